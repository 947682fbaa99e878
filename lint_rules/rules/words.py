"""The names that rules look for, of which a file must hold one; and the methods whose calls they judge.

They stand apart from the rules: the registry tells by them which rules to import.
"""

from __future__ import annotations

from lint_rules.semantics.knowledge.model_methods import GIVES_NUMPY, LOOP_FAMILY

UNDER_TAPE = LOOP_FAMILY | {"test_on_batch", "evaluate"}
PER_SAMPLE = LOOP_FAMILY | {"evaluate"}
PER_STEP = LOOP_FAMILY - {"predict_on_batch"}
PER_BATCH = (LOOP_FAMILY | {"predict_generator"}) - {"predict_on_batch"}
CHECKED_ARGUMENTS = GIVES_NUMPY | {"evaluate", "test_on_batch"}
IN_ORDER = (LOOP_FAMILY | {"predict_generator"}) - {"predict_on_batch"}
ROUNDED_STEPS = frozenset({"predict", "predict_generator"})
OF_KERAS_MODELS = LOOP_FAMILY | {"evaluate"}

MAKERS = frozenset({"Model", "load_model", "from_pretrained", "applications"})
"""What makes a model that costs time to make, of those that are called directly."""
MODELS = frozenset({"Model", "Sequential", "load_model", "model"})
"""What a file holds that calls a model."""
TAKES_GRADIENT = frozenset({"GradientTape", "gradient", "value_and_grad", "grad", "backward"})
DIFFERENTIATED = frozenset({"GradientTape", "backward", "call", "model", "numpy", "training", "value_and_grad"})
"""What a file holds that takes a gradient, and what a function elsewhere can be known by that it runs."""
TRAINED = frozenset({"GradientTape", "Sequential", "Model", "backward", "stateless_call"})
