"""The causes that `gradient_check` names are the true ones: see broken_twins.py.

A run takes layers of those that are known to be right on every backend, others with every commit. EVERY_TWIN=true takes
all layers on the backend of this process, a quarter of an hour of processor time, and then asks for 98 in 100;
`python tests/plugin/broken_twins.py --applications` looks at keras.applications.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import keras
import pytest
from sampling import seed

sys.path.insert(0, str(Path(__file__).parent))

from broken_twins import LOOKED_AT, cases, subject, table
from layer_catalogue import CATALOGUE

EVERY = os.environ.get("EVERY_TWIN", "").lower() in {"1", "true"}
SAMPLE = {"tensorflow": 3, "jax": 1, "torch": 3}
"""Layers; on JAX each takes the longest."""


def is_here(name: str) -> bool:
    """Whether this Keras has the layer."""
    return hasattr(keras.layers, name)


@pytest.mark.filterwarnings("ignore")
def test_what_is_told_of_sound_and_broken_models_is_so() -> None:
    sample = random.Random(seed()).sample([*filter(is_here, LOOKED_AT)], SAMPLE[keras.backend.backend()])
    names = sorted(filter(is_here, CATALOGUE)) if EVERY else sample
    found = [case for name in names for case in cases(subject(name), set())]
    wrong = [case for case in found if case.told]
    print(table(found))
    assert len(found) >= 10 * len(names)
    assert len(wrong) <= (0.02 * len(found) if EVERY else 0), "\n".join(map(str, wrong))
