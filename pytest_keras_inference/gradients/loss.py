"""The scalar that a gradient check differentiates, from what the user gave: a function, a Keras loss, or nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from pytest_keras_inference.models.flavour import BUILT_IN, Flavour

Forward = Callable[[Any], Any]


class ConstantLossError(Exception):
    """The loss function returned a Python or NumPy number, through which no gradient can flow."""

    def __init__(self, value: object) -> None:
        super().__init__(f"the loss function returned {type(value).__module__}.{type(value).__qualname__}")
        self.value = value


def forward_of(model: Any, flavour: Flavour, y: Any, loss: Any, kwargs_of_call: dict[str, Any]) -> Forward:
    """x -> scalar loss, the model's own losses (regularisers, add_loss) included.

    `loss` is a function of (y, outputs), or of (outputs) when `y` is None, or the name or object of a Keras loss.
    Without it the compiled loss serves when `y` is given, else a fixed projection of the outputs, whose gradient
    vanishes for no honest model (a plain sum would for softmax).
    """
    ops = _Ops(flavour)
    if loss is not None and not isinstance(loss, str) and not callable(loss):
        takes = "(y, outputs)" if y is not None else "(outputs)"
        raise TypeError(f"loss={loss!r}: give the name of a Keras loss, a Keras loss or a function of {takes}")
    if isinstance(loss, type) and _is_built_in(loss):
        raise TypeError(f"loss is the class {loss.__name__}: make a loss of it, {loss.__name__}()")
    function, is_built_in = _resolved(loss, flavour), _is_built_in(loss)

    def compared(outputs: Any, x: Any) -> Any:
        if loss is None and y is not None and getattr(model, "compiled", False):
            return ops.mean(model.compute_loss(x=x, y=y, y_pred=outputs))
        if loss is None:
            return ops.project(outputs)
        return _applied(function, is_built_in, y, outputs, ops)

    def forward(x: Any) -> Any:
        outputs = model(x, **kwargs_of_call)
        try:
            main = compared(outputs, x)
        except Exception as error:
            told = _other_rows(y, outputs, ops)
            if told and (is_built_in or loss is None):
                raise ValueError(told) from error
            if told:
                error.add_note(told)  # a function of the user's may have failed for a reason of its own
            raise
        if loss is None and y is not None:
            return main  # the compiled loss has the model's own losses in it
        # Under mixed precision the terms of layers are float16, and nothing adds them to float32 by itself.
        extra = [ops.as_type_of(ops.sum(term), main) for term in model.losses]
        return sum(extra, main)

    if loss is None and y is not None and not getattr(model, "compiled", False):
        raise ValueError(
            "y was given and nothing says how to compare it with the outputs: "
            "pass loss=, a Keras loss or a function of (y, outputs), or compile the model with one"
        )
    return forward


def _resolved(loss: Any, flavour: Flavour) -> Any:
    if not isinstance(loss, str):
        return loss
    try:
        return _losses(flavour).get(loss)
    except ValueError:
        raise ValueError(
            f'loss={loss!r}: Keras has no loss of that name; names are those of keras.losses, such as "mse" '
            'or "sparse_categorical_crossentropy"'
        ) from None


def _other_rows(y: Any, outputs: Any, ops: _Ops) -> str:
    """Why a loss may have failed: it was given targets for other rows; empty if it was not."""
    for target, output in zip(ops.leaves(y), ops.leaves(outputs), strict=False):
        rows, made = (tuple(getattr(one, "shape", ()))[:1] for one in (target, output))
        if rows and made and rows != made:
            return f"y has {rows[0]} rows and the outputs have {made[0]}: one target for each"
    return ""


def _losses(flavour: Flavour) -> Any:
    return sys.modules[flavour.name].losses


def _is_built_in(loss: Any) -> bool:
    """Whether Keras itself made `loss`, so that it compares one output with one target."""
    module = getattr(loss, "__module__", "") if callable(loss) else ""
    return isinstance(loss, str) or str(module).split(".")[0] in BUILT_IN or hasattr(loss, "reduction")


def _applied(function: Any, built_in: bool, y: Any, outputs: Any, ops: _Ops) -> Any:
    if y is None:
        return ops.mean(_differentiable(function(outputs)))
    targets, given = ops.leaves(y), ops.leaves(outputs)
    if len(given) > 1 and len(targets) == len(given) and built_in:
        return sum(ops.mean(function(one, other)) for one, other in zip(targets, given, strict=True))
    return ops.mean(_differentiable(function(y, outputs)))


def _differentiable(value: Any) -> Any:
    """What a loss function returned, if it is a tensor or an array."""
    import numpy as np

    if value is None:
        raise ValueError("loss: the function returned None; end it with `return` and a scalar, or one value per sample")
    if isinstance(value, bool | int | float | np.generic):
        raise ConstantLossError(value)
    return value


class _Ops:
    """The array functions of the model's Keras."""

    def __init__(self, flavour: Flavour) -> None:
        self._keras: Any = sys.modules[flavour.name]
        self._tensorflow: Any = None if flavour.is_keras3 else import_module("tensorflow")

    def leaves(self, structure: Any) -> list[Any]:
        if self._tensorflow is not None:
            return list(self._tensorflow.nest.flatten(structure))
        return list(self._keras.tree.flatten(structure))

    def mean(self, value: Any) -> Any:
        if not getattr(value, "shape", ()):
            return value
        return self._tensorflow.reduce_mean(value) if self._tensorflow is not None else self._keras.ops.mean(value)

    def as_type_of(self, value: Any, other: Any) -> Any:
        if getattr(value, "dtype", None) == getattr(other, "dtype", None):
            return value
        return (
            self._tensorflow.cast(value, other.dtype)
            if self._tensorflow is not None
            else self._keras.ops.cast(value, self._keras.backend.standardize_dtype(other.dtype))
        )

    def sum(self, value: Any) -> Any:
        return self._tensorflow.reduce_sum(value) if self._tensorflow is not None else self._keras.ops.sum(value)

    def project(self, outputs: Any) -> Any:
        import numpy as np

        total: Any = 0.0
        for leaf in self.leaves(outputs):
            if "float" not in str(getattr(leaf.dtype, "name", leaf.dtype)):
                continue
            shape = tuple(int(size) for size in leaf.shape)
            weights = np.cos(np.arange(1, int(np.prod(shape)) + 1, dtype="float32")).reshape(shape)
            if self._tensorflow is not None:
                total = total + self._tensorflow.reduce_sum(self._tensorflow.cast(leaf, "float32") * weights)
            else:
                ops = self._keras.ops
                total = total + ops.sum(ops.multiply(ops.cast(leaf, "float32"), ops.convert_to_tensor(weights)))
        if isinstance(total, float):
            raise ValueError("the model has no floating-point output, so there is nothing to differentiate")
        return total
