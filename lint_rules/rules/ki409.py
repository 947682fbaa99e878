"""# saved-model-has-no-predict (KI409)

## What it does
Finds `predict`, `predict_on_batch` and `evaluate` of what `tf.saved_model.load` (or TensorFlow Hub's `load`) returns.

## Why is this bad?
That is no Keras model but the functions that were saved: the call ends in `AttributeError: '_UserObject' object has no
attribute 'predict'`, also where a Keras model was saved.

## Example
```python
import numpy as np
import tensorflow as tf

scorer = tf.saved_model.load("models/scorer")
scores = scorer.predict(np.random.rand(10, 8))
```

Use instead:
```python
import keras
import numpy as np

scorer = keras.models.load_model("models/scorer.keras")
scores = scorer.predict(np.random.rand(10, 8))
```

## When not to
A `tf.Module` that was saved with a `tf.function` called `predict` has one when it is loaded. The rule is silent where
the project defines such a class, asks `hasattr(model, "predict")`, catches the `AttributeError`, or sets the attribute.

## Fix safety
There is no fix: what to call depends on what was saved. Where there is nothing but the SavedModel, its signature runs
it (`scorer.signatures["serving_default"](tf.constant(x))`), and so does `keras.layers.TFSMLayer` as a layer of a model.

## References
- [TensorFlow: using the SavedModel format](https://www.tensorflow.org/guide/saved_model)
- [Keras: TFSMLayer](https://keras.io/api/layers/backend_specific_layers/tfsm_layer/)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.rules import words
from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.saved_models import calls_on_saved_models
from lint_rules.semantics.syntax.module_index import Module


def check(module: Module, project: Project) -> Iterator[Finding]:
    for call, loader in calls_on_saved_models(module, project, words.OF_KERAS_MODELS):
        assert isinstance(call.func, ast.Attribute)
        yield finding(
            "KI409",
            module,
            call,
            f"what {loader}() gives has no {call.func.attr}(): AttributeError: '_UserObject' object has no attribute "
            f"'{call.func.attr}'. Load a Keras model with keras.models.load_model(path), or call "
            'loaded.signatures["serving_default"](tf.constant(x)).',
            certain=False,
        )
