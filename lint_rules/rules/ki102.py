"""# predict-in-traced-code (KI102)

## What it does
Finds the predict family in code that is traced into a graph: `@tf.function`, `jax.jit`, `jax.vmap`, `Dataset.map`,
`tf.vectorized_map`, a compiled or added loss or metric, `call`, `train_step`, `test_step` or `compute_loss` of a model
or layer, a `Lambda` layer, `strategy.run`; directly or through calls.

## Why is this bad?
`predict` runs a Python loop over concrete arrays, and a traced function has only symbols. Keras 3 dies with texts that
do not say so: `'SymbolicTensor' object has no attribute 'numpy'` in a `tf.function`,
`int() argument must be a string, a bytes-like object or a real number, not 'NoneType'` or
`Method requires being in cross-replica context` in a compiled loss or a `train_step`.

## Example
```python
import keras
import tensorflow as tf

teacher = keras.models.load_model("teacher.keras")


@tf.function
def distillation_loss(x, student_output):
    return tf.reduce_mean((teacher.predict(x) - student_output) ** 2)
```

Use instead:
```python
import keras
import tensorflow as tf

teacher = keras.models.load_model("teacher.keras")


@tf.function
def distillation_loss(x, student_output):
    return tf.reduce_mean((teacher(x, training=False) - student_output) ** 2)
```

## When not to
Keras callbacks, `tf.py_function`, `tf.numpy_function` and `jax.pure_callback` run plain Python, and so does an eager
`tf.map_fn`: `predict` works there.

## Fix safety
Unsafe: the call becomes a direct one, which returns a tensor where a NumPy array was. There is none where the model is
built or loaded in the traced code itself: that has to move out first.

## References
- [TensorFlow: better performance with tf.function](https://www.tensorflow.org/guide/function)
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding, trace_of
from lint_rules.rules.rewrite import Rewrite, offer
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import call_sites, gradient_uses
from lint_rules.semantics.queries.gradient_uses import Effect
from lint_rules.semantics.syntax.module_index import Module


def check(module: Module, project: Project) -> Iterator[Finding]:
    for site in call_sites(module, project):
        use = next((u for u in gradient_uses(site, project) if u.effect is Effect.TRACED), None)
        if use is None:
            continue
        from lint_rules.semantics.queries.model_origin import built_within

        built = built_within(site, use.path, use.frame, project)
        instead = "Call the model: model(x, training=False)."
        if built is not None:
            instead = (
                f"And `{module.source(built, 40)}` makes a model there, where a traced function can make no weights: "
                "build or load it once, outside, and call it here: model(x, training=False)."
            )
        yield finding(
            "KI102",
            module,
            site.call,
            f"{site.method}() cannot run in traced code ({use.region.label}): Keras 3 fails with \"'SymbolicTensor' "
            f"object has no attribute 'numpy'\" or the like. {instead}",
            certain=site.proven and not use.path.likely,
            trace=trace_of(use.path, use.frame, use.region),
            fix=None if built is not None else offer(module, site.call, _direct_call, _FIX),
        )


_FIX = "Call the model with training=False; the result is a tensor where a NumPy array was"


def _direct_call() -> Rewrite:
    from lint_rules.fixes.calls.to_direct_call import to_direct_call

    return partial(to_direct_call, training="False")
