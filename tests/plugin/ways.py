"""What is asked of every way of training, whatever the backend: see ways_on_*.py and test_ways_of_training.py.

A run takes some of the ways, others with every commit; EVERY_WAY=true takes all.
"""

from __future__ import annotations

import linecache
import os
import random
import warnings
from collections.abc import Callable, Iterable

import pytest
from sampling import seed

from pytest_keras_inference import GradientError, watch_gradients

WITHOUT_LINE = {"float16-underflow", "unused", "unreached"}
"""Causes that no line is to blame for."""

_SAMPLE = 5

Program = Callable[[bool], object]
"""Trains for a step or more; given True, with a fault at the line that ends with `# broken`."""


def sampled(names: Iterable[str]) -> list[str]:
    """The ways that this run takes."""
    every = list(names)
    if os.environ.get("EVERY_WAY", "").lower() in {"1", "true"}:
        return every
    return random.Random(seed()).sample(every, _SAMPLE)


def assert_sound_program_passes(run: Program) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        with watch_gradients() as seen:
            run(False)
    assert seen.reports
    assert all(report.ok for report in seen.reports)
    assert not seen.notes


def assert_broken_program_is_told(run: Program, kind: str) -> None:
    with pytest.raises(GradientError) as error, watch_gradients():
        run(True)
    causes = {row.cause for row in error.value.report.failures}
    assert {cause.kind for cause in causes} == {kind}
    for cause in causes:
        if kind not in WITHOUT_LINE:
            line = linecache.getline(cause.site.filename, cause.site.line)
            assert line.rstrip().endswith("# broken"), f"{cause.site}: {line}"
