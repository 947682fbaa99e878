"""What `gradient_check` sees of JAX: the jaxpr of the differentiated function, evaluated with its concrete arguments.

JAX gives zeros, never None, and it gives them as well for a function that does not read its argument. So a zero
gradient is first looked at in the jaxpr: which operations lead from the argument to the result, and where one stops.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pytest_keras_inference.gradients.backends.jax_deferred import Deferred
from pytest_keras_inference.gradients.backends.jaxpr import evaluated, is_float, traced
from pytest_keras_inference.gradients.call import UNKNOWN, GradientCall, status_of
from pytest_keras_inference.gradients.causes import WORDS, Source, direct_call
from pytest_keras_inference.gradients.mode_note import mode_note
from pytest_keras_inference.gradients.recorder import Recorder, here, replaced
from pytest_keras_inference.gradients.report import Cause
from pytest_keras_inference.gradients.trace import Node, Trace
from pytest_keras_inference.watching import callsite
from pytest_keras_inference.watching.callsite import CallSite

OnCall = Callable[[GradientCall], None]
Describe = Callable[[Any, int], Source]
Models = Callable[[], Iterable[Any]]

_FUNCTIONS = {"grad": jax.grad, "value_and_grad": jax.value_and_grad}


def nodes(structure: Any) -> tuple[Node, ...]:
    """JAX arrays have no node of their own: the jaxpr's variables are the nodes."""
    return ()


@contextmanager
def recorded(
    recorder: Recorder,
    describe: Describe,
    on_call: OnCall,
    models: Models,
    given: tuple[Any, ...] = (),
) -> Iterator[None]:
    """Judge the functions that are made with `jax.grad` and `jax.value_and_grad` while the block lasts, by the user or
    by Keras's `fit`; at the end those gradients too that were taken under `jit` and its like.
    """

    def seen(kind: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def make(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            if not _is_users(sys._getframe(1).f_code.co_filename):
                return original(function, *args, **kwargs)
            return differentiated(kind, function, args, kwargs, recorder, describe, on_call, models)

        return make

    with ExitStack() as stack:
        for kind in _FUNCTIONS:
            stack.enter_context(replaced(jax, kind, functools.partial(seen, kind)))
        try:
            yield
        finally:
            with recorder.guarded(), recorder.quiet():
                for hand_over in recorder.deferred:
                    hand_over()


def _is_users(filename: str) -> bool:
    """Whether a file is the user's or of Keras: what other libraries differentiate is theirs."""
    return not callsite.is_internal(filename) or f"{os.sep}keras{os.sep}src{os.sep}" in filename


def differentiated(
    kind: str,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    recorder: Recorder,
    describe: Describe,
    on_call: OnCall,
    models: Models,
) -> Callable[..., Any]:
    """`jax.grad(function, ...)` or `jax.value_and_grad`, whose every call is handed to `on_call`."""
    transformed = _FUNCTIONS[kind](function, *args, **kwargs)
    argnums = kwargs.get("argnums", args[0] if args else 0)
    has_aux = bool(kwargs.get("has_aux", args[1] if len(args) > 1 else False))
    positions = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    @functools.wraps(function)
    def gradient(*values: Any, **named: Any) -> Any:
        __tracebackhide__ = True
        if not recorder.watching:
            return transformed(*values, **named)
        site = here()
        chosen = [values[position] for position in positions]
        flat, structure = jax.tree_util.tree_flatten(chosen)
        names = [_leaf_name(path, positions) for path, _ in jax.tree_util.tree_flatten_with_path(chosen)[0]]

        def scalar(leaves: list[Any]) -> Any:
            given = list(values)
            for position, value in zip(positions, jax.tree_util.tree_unflatten(structure, leaves), strict=True):
                given[position] = value
            result = function(*given, **named)
            return result[0] if has_aux else result

        def described() -> tuple[Source, ...]:
            return _described(flat, names, models(), describe)

        called = len(recorder.trace.layers)
        with _own_trace(recorder):
            try:
                result = transformed(*values, **named)
            except Exception as error:
                cause = cause_of_error(error, recorder, described())
                if cause is not None:
                    on_call(GradientCall(described(), (None,) * len(flat), (), site=site, cause=cause))
                raise
            with recorder.guarded(), recorder.quiet():
                inside = recorder.trace.layers[called:]
                recorder.notes += [note for use in inside if (note := mode_note(use))]
                value, gradients = _taken_apart(result, kind, has_aux, isinstance(argnums, int))
                if all(_concrete(leaf) for leaf in (*flat, *gradients)):
                    found = tuple(to_numpy(leaf) for leaf in gradients)
                    loss = None if value is None else float(value)
                    judged(recorder, scalar, flat, described(), found, loss, on_call, site, models)
                else:
                    bare = any(use.top and not use.stateless for use in inside)
                    later = Deferred(recorder, on_call, described(), site, bare, recorder.trace)
                    later.follow(scalar, flat, gradients, value)
        return result

    return gradient


@contextmanager
def _own_trace(recorder: Recorder) -> Iterator[None]:
    """What ran before the function, or in another one, is not to blame for its gradient."""
    outer = recorder.trace
    recorder.trace = Trace(layers=outer.layers, home=outer.home)
    try:
        yield
    finally:
        outer.predicts += recorder.trace.predicts
        recorder.trace = outer


def judged(
    recorder: Recorder,
    scalar: Callable[[list[Any]], Any],
    leaves: list[Any],
    sources: tuple[Source, ...],
    gradients: tuple[Any, ...],
    loss: float | None,
    on_call: OnCall,
    site: CallSite | None,
    models: Models,
    integers: tuple[Source, ...] = (),
) -> None:
    """Hand one gradient over; where one is zero or not finite, with the operations that made the loss. `integers` are
    what was asked for as well, and has none."""
    target: tuple[Node, ...] = ()
    foreign: bool | None = None
    bad = any(status_of(value, 0.0)[0] != "ok" for value in gradients)
    if recorder.explaining and bad and all(_concrete(leaf) for leaf in leaves):
        # Tracing a function that calls predict would leave tracers in the model.
        closed = None if recorder.trace.predicts else traced(scalar, leaves)
        if closed is not None:
            inputs, target = evaluated(recorder, closed, list(closed.consts), leaves)
            sources = tuple(replace(one, nodes=(node,)) for one, node in zip(sources, inputs, strict=True))
        foreign = _foreign_effect(recorder, scalar, leaves)
    none = (None,) * len(integers)
    on_call(
        GradientCall((*sources, *integers), (*gradients, *none), target, site=site, loss=loss, foreign_effect=foreign)
    )


def to_numpy(value: Any) -> Any:
    """A gradient as a NumPy array; UNKNOWN under an outer transformation."""
    if not _concrete(value):
        return UNKNOWN
    array = np.asarray(value)
    return array if array.dtype.kind in "fc" else array.astype("float32")


def cause_of_error(error: Exception, recorder: Recorder, sources: tuple[Source, ...]) -> Cause | None:
    """Why the differentiated function raised, if it is for want of a gradient path."""
    if recorder.trace.predicts:
        use = recorder.trace.predicts[-1]
        return Cause(
            "predict",
            f"{use.method}() of model {use.name!r} ran in the differentiated function, where it can neither read the "
            f"values it needs nor give a gradient: JAX raised {type(error).__name__}",
            direct_call(use, any(source.key in use.variable_ids for source in sources)),
            "KI101",
            recorder.trace.told(use.site),
        )
    if isinstance(error, jax.errors.ConcretizationTypeError | jax.errors.TracerArrayConversionError):
        return Cause(
            "numpy",
            f"a value of the differentiated function is wanted as a NumPy array or Python number, "
            f"and JAX raised {type(error).__name__}",
            f"stay in tensors: {WORDS['jax'].stays}",
            "KI103",
            recorder.trace.told(_raised_at(error)),
        )
    return None


def _raised_at(error: BaseException) -> CallSite | None:
    found: CallSite | None = None
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if not callsite.is_internal(code.co_filename):
            name = code.co_qualname.replace("<locals>.", "")
            found = CallSite(code.co_filename, step.tb_lineno, step.tb_lineno, 0, 0, name)
        step = step.tb_next
    return found


def _concrete(value: Any) -> bool:
    return not isinstance(value, jax.core.Tracer)


def _leaf_name(path: Any, positions: tuple[int, ...]) -> str:
    """`[kernel]` for an entry of the argument, `argument 0` for the argument itself."""
    entry = jax.tree_util.keystr(path[1:]).replace("'", "")
    argument = f"argument {positions[path[0].idx]}"
    return entry if entry and len(positions) == 1 else argument + entry


def _taken_apart(result: Any, kind: str, has_aux: bool, single: bool) -> tuple[Any, list[Any]]:
    value: Any = None
    gradients = result
    if kind == "value_and_grad":
        value, gradients = result
        value = value[0] if has_aux else value
    elif has_aux:
        gradients = result[0]
    return value, jax.tree_util.tree_leaves([gradients] if single else list(gradients))


def _described(flat: list[Any], names: list[str], models: Iterable[Any], describe: Describe) -> tuple[Source, ...]:
    """Leaves that are a model's weights, by identity or by shape and value, get the names of its variables."""
    known: dict[int, Any] = {}
    for model in models:
        for variable in model.variables:
            known.setdefault(id(getattr(variable, "_value", None)), variable)
    found = [known.get(id(leaf)) for leaf in flat]
    if not any(variable is not None for variable in found):
        found = list(_same_shapes(flat, models)) or found
    return tuple(
        describe(variable if variable is not None else _Named(leaf, name), position)
        for position, (variable, leaf, name) in enumerate(zip(found, flat, names, strict=True))
    )


def _same_shapes(flat: list[Any], models: Iterable[Any]) -> list[Any]:
    """The trainable variables of the model whose weights `flat` may be: by shapes, the equal values first."""
    shapes = [tuple(jnp.shape(leaf)) for leaf in flat]
    fitting = [
        own
        for own in (list(model.trainable_variables) for model in models)
        if [tuple(variable.shape) for variable in own] == shapes
    ]
    equal = [own for own in fitting if all(_equal(leaf, variable) for leaf, variable in zip(flat, own, strict=True))]
    return next(iter(equal or fitting), [])


def _equal(leaf: Any, variable: Any) -> bool:
    held = getattr(variable, "_value", None)
    if not _concrete(leaf) or held is None or held.is_deleted() or not _concrete(held):
        return False
    return bool(np.array_equal(np.asarray(leaf), np.asarray(held)))


class _Named:
    """An array with the name that its place in the argument gives it."""

    def __init__(self, leaf: Any, path: str) -> None:
        self.path = path
        self.shape = jnp.shape(leaf)
        self.dtype = jnp.result_type(leaf)


def _foreign_effect(recorder: Recorder, scalar: Callable[[list[Any]], Any], leaves: list[Any]) -> bool | None:
    """Whether the result moves with the own weights of a model that the function called bare; None without one."""
    bare = [use.layer for use in recorder.trace.layers if use.top and not use.stateless]
    if not bare:
        return None
    own = [(variable, np.array(variable.numpy())) for variable in bare[-1].variables]
    try:
        base = float(scalar(leaves))
        for variable, value in own:
            variable.assign(value * np.asarray(1.1, value.dtype) + 0.01 if variable.trainable else value)
        return bool(abs(float(scalar(leaves)) - base) > 1e-6 * max(1.0, abs(base)))
    finally:
        for variable, value in own:
            variable.assign(value)


def tensors(structure: Any) -> Any:
    """`structure` with its arrays as JAX arrays."""
    keras: Any = sys.modules["keras"]
    return keras.tree.map_structure(keras.ops.convert_to_tensor, structure)


def paths(structure: Any) -> list[tuple[str, Any]]:
    """(path, array) of every array in `structure`; the path of a lone array is empty."""
    if isinstance(structure, dict):
        return [(f"/{name}{path}", leaf) for name in sorted(structure) for path, leaf in paths(structure[name])]
    if isinstance(structure, list | tuple):
        return [(f"/{number}{path}", leaf) for number, value in enumerate(structure) for path, leaf in paths(value)]
    return [("", structure)]


def differentiate(
    recorder: Recorder,
    forward: Callable[[Any], Any],
    x: Any,
    variables: list[Any] | None,
    described: tuple[Source, ...],
    on_call: OnCall,
    stack: ExitStack,
) -> None:
    """Hand the gradients of `forward(x)` with respect to `variables`, or to `x` itself, to `on_call`."""
    keras: Any = sys.modules["keras"]
    whole, structure = jax.tree_util.tree_flatten(x) if variables is None else ([], None)
    floats = [is_float(leaf) for leaf in whole]
    leaves = (
        [leaf for leaf, chosen in zip(whole, floats, strict=True) if chosen]
        if variables is None
        else [jnp.array(variable.value) for variable in variables]
    )

    def scalar(values: list[Any]) -> Any:
        if variables is None:
            rest = iter(values)
            mixed = [next(rest) if chosen else leaf for leaf, chosen in zip(whole, floats, strict=True)]
            with keras.StatelessScope(collect_losses=True):
                return forward(jax.tree_util.tree_unflatten(structure, mixed))
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True)), collect_losses=True):
            return forward(x)

    try:
        loss, gradients = jax.value_and_grad(scalar)(leaves)
    except Exception as error:
        cause = cause_of_error(error, recorder, described)
        if cause is None:
            raise
        on_call(GradientCall(described, (None,) * len(described), (), cause=cause))
        return
    found: list[Any] = [to_numpy(gradient) for gradient in gradients]
    sources, integers = described, tuple[Source, ...]()
    if not all(floats):
        sources = tuple(one for one, chosen in zip(described, floats, strict=True) if chosen)
        integers = tuple(one for one, chosen in zip(described, floats, strict=True) if not chosen)
    with recorder.quiet():
        judged(recorder, scalar, leaves, sources, tuple(found), float(loss), on_call, None, tuple, integers)


def evaluate(forward: Callable[[Any], Any], x: Any) -> float:
    """The loss alone."""
    keras: Any = sys.modules["keras"]
    with keras.StatelessScope(collect_losses=True):
        return float(forward(x))


def repair(found: Any) -> None:
    """A predict that raised under `jax.grad` leaves variables without a value or with a donated buffer: refill them."""
    for variable, value in found.values:
        held = getattr(variable, "_value", None)
        if held is None or (hasattr(held, "is_deleted") and held.is_deleted()):
            variable._value = jnp.asarray(value)
