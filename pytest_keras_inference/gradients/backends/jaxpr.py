"""A jaxpr evaluated one operation at a time, each of which a recorder notes."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pytest_keras_inference.gradients.recorder import Recorder, describe_layer
from pytest_keras_inference.gradients.trace import CLIPPING, RELUS, SOFTMAX, STEPS, Node
from pytest_keras_inference.watching import callsite
from pytest_keras_inference.watching.callsite import CallSite

_WHOLE = RELUS | SOFTMAX | STEPS | CLIPPING
"""Functions that are looked at as one operation, not as what they are made of."""
_INNER = ("jaxpr", "call_jaxpr", "fun_jaxpr")
_CONTROL = frozenset({"scan", "while", "cond", "pallas_call", "shard_map", "pmap"})
_MOST_STEPS = 32
"""A longer `scan` is looked at as one operation."""
_COLLECTIVE = frozenset({"psum", "psum2", "psum_invariant", "pmax", "pmin", "pvary", "pcast", "pbroadcast"})
"""What devices tell each other: of one device alone, what it has."""


def traced(scalar: Callable[[list[Any]], Any], leaves: list[Any]) -> Any:
    """The closed jaxpr of `scalar`; None when there is none to be had.

    Tracing a function that calls a model bare would leave tracers in the model's seeds: hence the scope.
    """
    keras: Any = sys.modules.get("keras")
    try:
        with keras.StatelessScope() if keras is not None else nullcontext():
            return jax.make_jaxpr(scalar)(leaves)
    except Exception:  # whatever the user's function does not bear under a trace: the gradient itself was taken
        return None


def evaluated(
    recorder: Recorder, closed: Any, constants: list[Any], leaves: list[Any]
) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """Run a jaxpr one operation at a time into `recorder`; (nodes of the leaves, nodes of the result)."""
    run = _Run(recorder)
    flat = jax.tree_util.tree_leaves(leaves)
    inputs = tuple(run.fresh() for _ in flat)
    given = [(value, run.constant(value)) for value in constants]
    outputs = run.jaxpr(closed.jaxpr, given, list(zip(flat, inputs, strict=True)), _Place())
    return inputs, tuple(node for _, node in outputs)


@dataclass(frozen=True)
class _Place:
    """Where an operation of a jaxpr comes from."""

    site: CallSite | None = None
    stack: str = ""
    """Named scopes, outermost first: Keras opens one per layer call, `model/dense`."""


_numbers = itertools.count(1)


class _Run:
    """Evaluates a jaxpr and notes every operation."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._layers = {
            str(getattr(use.layer, "path", None) or getattr(use.layer, "name", "")): use.layer
            for use in recorder.trace.layers
        }

    def fresh(self) -> Node:
        return next(_numbers)

    def constant(self, value: Any) -> Node:
        node = self.fresh()
        array = np.asarray(value) if _numeric(value) else None
        if array is not None:
            self._recorder.conversion(node, array if array.shape else array[()])
        return node

    def jaxpr(
        self, jaxpr: Any, constants: list[Any], arguments: list[Any], outer: _Place, noted: bool = True
    ) -> list[tuple[Any, Node]]:
        """(value, node) of every result of `jaxpr`."""
        environment: dict[Any, tuple[Any, Node]] = dict(zip(jaxpr.constvars, constants, strict=True))
        environment |= dict(zip(jaxpr.invars, arguments, strict=True))

        def read(atom: Any) -> tuple[Any, Node]:
            if hasattr(atom, "val"):
                return atom.val, self.constant(atom.val)
            return environment[atom]

        for equation in jaxpr.eqns:
            given = [read(atom) for atom in equation.invars]
            place = _Place(_site(equation) or outer.site, f"{outer.stack}/{equation.source_info.name_stack}".strip("/"))
            results = self._equation(equation, given, place, noted)
            environment.update(zip(equation.outvars, results, strict=True))
        return [read(atom) for atom in jaxpr.outvars]

    def _equation(self, equation: Any, given: list[Any], place: _Place, noted: bool) -> list[tuple[Any, Node]]:
        primitive = equation.primitive.name
        name = str(equation.params.get("name") or primitive).removeprefix("_")
        if primitive == "cond":
            branch = equation.params["branches"][int(given[0][0])]
            return self._closed(branch, given[1:], place, noted)
        if primitive == "scan" and 0 < equation.params["length"] <= _MOST_STEPS:
            return self._scan(equation.params, given, place, noted)
        inner = next((equation.params[key] for key in _INNER if key in equation.params), None)
        if inner is not None and primitive not in _CONTROL:
            whole = name in _WHOLE
            results = self._closed(inner, given, place, noted and not whole)
            if not whole:
                return results
            values = [value for value, _ in results]
        else:
            values = _bound(equation, [value for value, _ in given])
            values = list(values) if equation.primitive.multiple_results else [values]
        found = [(value, self.fresh()) for value in values]
        if noted:
            self._note(name if inner is not None else primitive, given, found, place)
        return found

    def _closed(self, inner: Any, given: list[Any], place: _Place, noted: bool) -> list[tuple[Any, Node]]:
        """The results of a jaxpr inside another, with its constants or without any."""
        constants = [(value, self.constant(value)) for value in getattr(inner, "consts", ())]
        return self.jaxpr(getattr(inner, "jaxpr", inner), constants, given, place, noted)

    def _scan(self, params: Any, given: list[Any], place: _Place, noted: bool) -> list[tuple[Any, Node]]:
        """A loop over the rows of its last arguments, step by step: what stops a gradient stands inside it."""
        fixed, count = params["num_consts"], params["num_carry"]
        constants, carried, arrays = given[:fixed], given[fixed : fixed + count], given[fixed + count :]
        steps = range(params["length"])
        made: dict[int, list[tuple[Any, Node]]] = {}
        for step in reversed(steps) if params["reverse"] else steps:
            rows = [self._derived("slice", [one], one[0][step], place, noted) for one in arrays]
            results = self._closed(params["jaxpr"], [*constants, *carried, *rows], place, noted)
            carried, made[step] = results[:count], results[count:]
        columns = zip(*(made[step] for step in steps), strict=True)
        stacked = [
            self._derived("concatenate", list(column), jnp.stack([value for value, _ in column]), place, noted)
            for column in columns
        ]
        return [*carried, *stacked]

    def _derived(self, name: str, given: list[Any], value: Any, place: _Place, noted: bool) -> tuple[Any, Node]:
        found = (value, self.fresh())
        if noted:
            self._note(name, given, [found], place)
        return found

    def _note(self, name: str, given: list[Any], found: list[Any], place: _Place) -> None:
        floating = any(is_float(value) for value, _ in found)
        self._recorder.op(
            name,
            tuple(node for _, node in given),
            tuple(node for _, node in found),
            floating=floating,
            values=(lambda: (_arrays(found), _arrays(given))) if floating else None,
            site=place.site,
            layer=self._layer(place.stack),
        )

    def _layer(self, stack: str) -> str:
        """The layer that the name stack of an operation names: Keras opens a scope for each layer call."""
        while stack and stack not in self._layers:
            stack = stack.rpartition("/")[0]
        return describe_layer(self._layers[stack]) if stack else ""


def _bound(equation: Any, values: list[Any]) -> Any:
    """The results of one operation. What `get_bind_params` returns has changed between releases of JAX."""
    if equation.primitive.name in _COLLECTIVE:
        return values if equation.primitive.multiple_results else values[0]
    found = equation.primitive.get_bind_params(equation.params)
    functions, parameters = ((), found) if isinstance(found, dict) else found
    return equation.primitive.bind(*functions, *values, **parameters)


def _site(equation: Any) -> CallSite | None:
    traceback = equation.source_info.traceback
    for frame in traceback.frames if traceback is not None else ():
        if not callsite.is_internal(frame.file_name):
            name = "module level" if frame.function_name == "<module>" else frame.function_name
            return CallSite(frame.file_name, frame.line_num, frame.line_num, 0, 0, name.replace("<locals>.", ""))
    return None


def _numeric(value: Any) -> bool:
    return not jnp.issubdtype(getattr(value, "dtype", np.asarray(value).dtype), jax.dtypes.prng_key)


def is_float(value: Any) -> bool:
    dtype = getattr(value, "dtype", None)
    return dtype is not None and bool(jnp.issubdtype(dtype, jnp.inexact))


def _arrays(pairs: list[Any]) -> list[Any]:
    return [_array(value) for value, _ in pairs]


def _array(value: Any) -> Any:
    if not is_float(value):
        return None
    array = np.asarray(value)
    return array if array.dtype.kind in "fc" else array.astype("float32")
