"""What `gradient_check` sees of JAX: the jaxpr of the differentiated function, evaluated with its concrete arguments.

JAX gives zeros, never None, and it gives them as well for a function that does not read its argument. So a zero
gradient is first looked at in the jaxpr: which operations lead from the argument to the result, and where one stops.
"""

from __future__ import annotations

import functools
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pytest_keras_inference.gradients.call import UNKNOWN, GradientCall, status_of
from pytest_keras_inference.gradients.causes import WORDS, Source, direct_call
from pytest_keras_inference.gradients.mode_note import mode_note
from pytest_keras_inference.gradients.recorder import Recorder, describe_layer, here
from pytest_keras_inference.gradients.report import Cause
from pytest_keras_inference.gradients.trace import CLIPPING, RELUS, SOFTMAX, STEPS, Node
from pytest_keras_inference.watching import callsite
from pytest_keras_inference.watching.callsite import CallSite

OnCall = Callable[[GradientCall], None]
Describe = Callable[[Any, int], Source]
Models = Callable[[], Iterable[Any]]

_WHOLE = RELUS | SOFTMAX | STEPS | CLIPPING
"""Functions that are looked at as one operation, not as what they are made of."""
_INNER = ("jaxpr", "call_jaxpr", "fun_jaxpr")
_CONTROL = frozenset({"scan", "while", "cond", "pallas_call", "shard_map", "pmap"})


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
    """Nothing can be seen of `jax.grad` itself: functions are wrapped with `watched.grad`."""
    yield


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
    transformed = getattr(jax, kind)(function, *args, **kwargs)
    argnums = kwargs.get("argnums", args[0] if args else 0)
    has_aux = bool(kwargs.get("has_aux", args[1] if len(args) > 1 else False))
    positions = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    @functools.wraps(function)
    def gradient(*values: Any, **named: Any) -> Any:
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

        # What ran before the function, or in another one, is not to blame for this gradient.
        for seen in (recorder.trace.predicts, recorder.trace.ops, recorder.trace.conversions, recorder.trace.numpy):
            seen.clear()
        called = len(recorder.trace.layers)
        try:
            result = transformed(*values, **named)
        except Exception as error:
            cause = cause_of_error(error, recorder, described())
            if cause is not None:
                on_call(GradientCall(described(), (None,) * len(flat), (), site=site, cause=cause))
            raise
        with recorder.guarded(), recorder.quiet():
            recorder.notes += [note for use in recorder.trace.layers[called:] if (note := mode_note(use))]
            value, gradients = _taken_apart(result, kind, has_aux, isinstance(argnums, int))
            found = tuple(to_numpy(leaf) for leaf in gradients)
            judged(recorder, scalar, flat, described(), found, value, on_call, site, models)
        return result

    return gradient


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
        seen = _evaluated(recorder, scalar, leaves)
        if seen is not None:
            inputs, target = seen
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


def _taken_apart(result: Any, kind: str, has_aux: bool, single: bool) -> tuple[float | None, list[Any]]:
    value: Any = None
    gradients = result
    if kind == "value_and_grad":
        value, gradients = result
        value = value[0] if has_aux else value
    elif has_aux:
        gradients = result[0]
    loss = float(value) if value is not None and _concrete(value) else None
    return loss, jax.tree_util.tree_leaves([gradients] if single else list(gradients))


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


def _evaluated(
    recorder: Recorder, scalar: Callable[[list[Any]], Any], leaves: list[Any]
) -> tuple[tuple[Node, ...], tuple[Node, ...]] | None:
    """Run the jaxpr of `scalar` one operation at a time into `recorder`; (nodes of the leaves, node of the result).

    None when there is no jaxpr to be had. Tracing a function that calls predict would leave tracers in the model,
    and one that calls a model bare would do so with its seeds: hence the scope.
    """
    if recorder.trace.predicts:
        return None
    keras: Any = sys.modules.get("keras")
    try:
        with keras.StatelessScope() if keras is not None else nullcontext():
            closed = jax.make_jaxpr(scalar)(leaves)
    except Exception:  # whatever the user's function does not bear under a trace: the gradient itself was taken
        return None
    run = _Run(recorder)
    flat = jax.tree_util.tree_leaves(leaves)
    inputs = tuple(run.fresh() for _ in flat)
    constants = [(value, run.constant(value)) for value in closed.consts]
    outputs = run.jaxpr(closed.jaxpr, constants, list(zip(flat, inputs, strict=True)), _Place())
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
        inner = next((equation.params[key] for key in _INNER if key in equation.params), None)
        if inner is not None and primitive not in _CONTROL:
            whole = name in _WHOLE
            body = getattr(inner, "jaxpr", inner)
            constants = [(value, self.constant(value)) for value in getattr(inner, "consts", ())]
            results = self.jaxpr(body, constants, given, place, noted and not whole)
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

    def _note(self, name: str, given: list[Any], found: list[Any], place: _Place) -> None:
        floating = any(_is_float(value) for value, _ in found)
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


def _is_float(value: Any) -> bool:
    dtype = getattr(value, "dtype", None)
    return dtype is not None and bool(jnp.issubdtype(dtype, jnp.inexact))


def _arrays(pairs: list[Any]) -> list[Any]:
    return [_array(value) for value, _ in pairs]


def _array(value: Any) -> Any:
    if not _is_float(value):
        return None
    array = np.asarray(value)
    return array if array.dtype.kind in "fc" else array.astype("float32")


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
    floats = [_is_float(leaf) for leaf in whole]
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
