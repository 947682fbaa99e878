"""What was seen while a loss was computed: operations, conversions to and from NumPy, predict calls, layer calls.

The three backends fill the same `Trace`: TensorFlow from its op callbacks, torch from a function mode, JAX from the
jaxpr evaluated with concrete values. Nodes are integers (tensor ids, variable handles), and everything that asks
"does this variable reach the loss, and where does it stop?" is answered here, whatever the backend.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from pytest_keras_inference.watching.callsite import CallSite

Node = int

# Operations through which no gradient passes, by the names that TensorFlow, torch and JAX give them, in lower case.
# The registry of gradient functions does not tell: ArgMax and Round have one in TensorFlow, which returns None.
BLOCKING = frozenset({"argmax", "argmin", "stopgradient", "stop_gradient", "detach", "data", "bincount", "onehot"})
STOPPING = frozenset({"stopgradient", "stop_gradient", "detach", "data"})
# Step functions: TensorFlow gives None for some and zeros for others, torch and JAX give zeros.
STEPS = frozenset({"round", "rint", "floor", "ceil", "sign", "trunc", "heaviside", "floordiv", "floor_divide"})
RELUS = frozenset({"relu", "relu6", "relu_", "hardtanh", "relu6_"})
SATURATING = {"sigmoid": (0.0, 1.0), "logistic": (0.0, 1.0), "tanh": (-1.0, 1.0)}
SOFTMAX = frozenset({"softmax", "_softmax"})
CLIPPING = frozenset({"clipbyvalue", "clip", "clamp", "relu6", "relu6_", "hardtanh"})
CHOOSING = frozenset({"minimum", "maximum", "min", "max"})
SELECTING = frozenset({"select", "selectv2", "where", "select_n"})
# Functions of a residual with their minimum, and a zero derivative, at zero: what losses end with.
RESIDUALS = frozenset(
    {
        "square", "squareddifference", "squared_difference", "integer_pow", "pow", "abs", "absolute", "mse_loss",
        "l1_loss", "softmaxcrossentropywithlogits", "sparsesoftmaxcrossentropywithlogits", "cross_entropy",
    }
)  # fmt: skip
ROOTS = frozenset({"sqrt", "euclideannorm", "norm", "linalg_norm", "linalg_vector_norm"})
PRODUCTS = frozenset(
    {
        "mul", "multiply", "matmul", "batchmatmulv2", "batchmatmulv3", "conv1d", "conv2d", "conv3d", "dot_general",
        "depthwiseconv2dnative", "conv_general_dilated", "linear", "einsum", "bmm", "tensordot", "dot", "mm", "addmm",
    }
)  # fmt: skip
_FLAG_LIMIT = 1 << 22
"""Tensors with more elements than this are not looked into."""


@dataclass(frozen=True, slots=True)
class Op:
    """One operation that ran."""

    name: str
    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    index: int
    """How many operations ran before it."""
    tapes: tuple[int, ...] = ()
    """The tapes that recorded it."""
    floating: bool = True
    """Whether any output is a floating-point or complex tensor."""
    severed: bool = False
    """torch: an input required a gradient and the output does not."""
    switched_off: bool = False
    """torch: gradients were switched off when it ran."""
    site: CallSite | None = None
    layer: str = ""
    flat: str = ""
    """Why the operation's derivative is zero everywhere for these values: `dead ReLU`, `saturated sigmoid`, ..."""
    zero: bool = False
    """Whether every element of the output is zero."""
    broken: bool = False
    """Whether an output holds NaN or infinity."""
    root: bool = False
    """Whether it is a root of zero, whose derivative is infinite."""
    passed_over: tuple[Node, ...] = ()
    """For a minimum, maximum or selection: the inputs of which no element was chosen."""
    half: bool = False
    """Whether an output is float16, in which small gradients become zero."""


@dataclass(frozen=True, slots=True)
class NumpyUse:
    """A tensor's value was taken out of the framework: `.numpy()`, `float()`, a NumPy function."""

    node: Node
    how: str
    site: CallSite | None
    after: int
    """Number of operations that had run."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """A NumPy array or Python number became a tensor."""

    node: Node
    kind: str
    """`array`, `float` or `int`."""
    site: CallSite | None
    after: int
    zero: bool


@dataclass(frozen=True, slots=True)
class PredictUse:
    """A call of the predict family on a Keras model."""

    method: str
    model: Any
    name: str
    variables: frozenset[Node]
    variable_ids: frozenset[int]
    inputs: tuple[Node, ...]
    tapes: tuple[int, ...]
    site: CallSite | None
    after: int
    traced: bool = False
    """TensorFlow: whether it ran in a function that is traced when nobody watches, as those of `fit` are."""


@dataclass(frozen=True, slots=True)
class LayerUse:
    """A call of a layer or model."""

    layer: Any
    top: bool
    """Whether no other layer was being called."""
    stateless: bool
    """Whether a Keras StatelessScope supplied the weights (JAX)."""
    site: CallSite | None
    after: int
    tapes: tuple[int, ...] = ()
    modeless: bool = False
    """Whether it is a `stateless_call` that was not told the mode."""


@dataclass
class Trace:
    """Everything that was seen, in order."""

    ops: list[Op] = field(default_factory=list)
    numpy: list[NumpyUse] = field(default_factory=list)
    conversions: list[Conversion] = field(default_factory=list)
    predicts: list[PredictUse] = field(default_factory=list)
    layers: list[LayerUse] = field(default_factory=list)
    zeros: set[Node] = field(default_factory=set)
    """Nodes whose elements were all zero when an operation multiplied by them."""
    home: CallSite | None = None
    """The line that started the check itself: as a call site it would say nothing."""

    def told(self, site: CallSite | None) -> CallSite | None:
        """`site` when it tells the user something."""
        return None if site is None or site == self.home else site


@dataclass(frozen=True)
class Path:
    """How far the influence of a source goes."""

    used: bool
    """Whether any operation read the source."""
    connected: bool
    """Whether operations lead from the source to the target, differentiable or not."""
    differentiable: bool
    """Whether differentiable operations do."""
    lively: bool
    """Whether they do with a derivative that is not zero for these values."""
    cut: Op | None
    """The operation at which the gradient stops: from its result on everything is differentiable, where there is one
    such. One that stops a part of the way, as the maximum that softmax subtracts, is not meant."""
    dead: Op | None
    """The operation whose derivative is zero: from its result on there is none such, where that holds of one."""
    dead_input: Node | None
    """For a product: the factor that is all zero."""
    reached: frozenset[Node]
    """Everything computed from the source."""


def trace_path(trace: Trace, sources: Iterable[Node], target: Iterable[Node], tape: int | None) -> Path:
    """Follow `sources` forward to `target` through the operations that `tape` recorded (None: any)."""
    wanted = set(target)
    start = set(sources)
    behind = _backward(trace, wanted)
    zeros = trace.zeros | {node for op in trace.ops if op.zero for node in op.outputs}
    zeros |= {conversion.node for conversion in trace.conversions if conversion.zero}
    reached, smooth, lively = set(start), set(start), set(start)
    barriers: set[int] = set()
    still: set[int] = set()
    cuts: list[Op] = []
    deaths: list[tuple[Op, Node | None]] = []
    used = False
    for op in trace.ops:
        hits = [node for node in op.inputs if node in reached]
        if not hits:
            continue
        used = used or any(node in start for node in hits)
        reached.update(op.outputs)
        on_path = any(node in behind for node in op.outputs)
        if not any(node in smooth for node in hits):
            continue
        if stops(op, tape):
            barriers.add(op.index)
            if on_path:
                cuts.append(op)
            continue
        smooth.update(op.outputs)
        alive = [node for node in hits if node in lively]
        if not alive:
            continue
        killer = _killer(op, alive, zeros)
        if op.flat or killer is not None or all(node in op.passed_over for node in alive):
            still.add(op.index)
            if on_path:
                deaths.append((op, killer))
            continue
        lively.update(op.outputs)
    # Behind a barrier there may be another: what is meant is the one after which nothing is in the way.
    free = _backward(trace, wanted, barriers)
    cut = next((op for op in cuts if not free.isdisjoint(op.outputs)), next(iter(cuts), None))
    free = _backward(trace, wanted, barriers | still)
    first = next(iter(deaths), (None, None))
    dead, dead_input = next((one for one in deaths if not free.isdisjoint(one[0].outputs)), first)
    return Path(
        used=used,
        connected=bool(wanted & reached),
        differentiable=bool(wanted & smooth),
        lively=bool(wanted & lively),
        cut=cut,
        dead=dead,
        dead_input=dead_input,
        reached=frozenset(reached),
    )


def stops(op: Op, tape: int | None) -> bool:
    """Whether no gradient passes through `op`: not recorded, not differentiable, or an integer result."""
    return not op.floating or op.severed or op.name.lower() in BLOCKING or (tape is not None and tape not in op.tapes)


def zero_origin(trace: Trace, node: Node) -> Op | Conversion | Node:
    """Where an all-zero factor comes from: a dead ReLU if there is one behind it, else the first operation that gave
    zeros, a constant, or the node itself (a weight or an input) when nothing made it."""
    made = {output: op for op in trace.ops for output in op.outputs}
    constants = {conversion.node: conversion for conversion in trace.conversions}
    found: list[Op | Conversion | Node] = []
    waiting, seen = [node], {node}
    while waiting:
        current = waiting.pop()
        op = made.get(current)
        if op is None:
            found.append(constants.get(current, current))
            continue
        if op.flat:
            return op
        behind = [
            i
            for i in op.inputs
            if i in trace.zeros or (i in made and made[i].zero) or (i in constants and constants[i].zero)
        ]
        if not behind:
            found.append(op)
        waiting += [i for i in behind if i not in seen]
        seen.update(behind)
    return next((origin for origin in found if not isinstance(origin, Conversion)), found[0])


def producers(trace: Trace, target: Iterable[Node]) -> frozenset[Node]:
    """Every node from which `target` was computed."""
    return frozenset(_backward(trace, set(target)))


def _backward(trace: Trace, target: set[Node], barriers: Collection[int] = ()) -> set[Node]:
    """What `target` was computed from, not through the operations whose indices are `barriers`."""
    behind = set(target)
    for op in reversed(trace.ops):
        if op.index not in barriers and any(node in behind for node in op.outputs):
            behind.update(op.inputs)
    return behind


def _killer(op: Op, alive: list[Node], zeros: set[Node]) -> Node | None:
    if op.name.lower() not in PRODUCTS or len(set(op.inputs)) < 2:
        return None
    others = [node for node in op.inputs if node not in alive]
    return next((node for node in others if node in zeros), None)


@dataclass(frozen=True, slots=True)
class Look:
    """What the values of an operation tell: see `Op`."""

    flat: str = ""
    zero: bool = False
    broken: bool = False
    root: bool = False
    zero_inputs: tuple[int, ...] = ()
    """For a product: the positions of all-zero factors."""
    passed_over: tuple[int, ...] = ()
    """For a minimum, maximum or selection: the positions of inputs of which no element was chosen."""
    half: bool = False


def look_at(name: str, outputs: list[Any], inputs: list[Any]) -> Look:
    """Judge an operation by its values: NumPy arrays, None for what is not floating-point."""
    import numpy as np

    floats = [value for value in outputs if value is not None and 0 < value.size <= _FLAG_LIMIT]
    if not floats:
        return Look()
    first = floats[0]
    zero = not any(value.any() for value in floats)
    broken = not all(bool(np.isfinite(value).all()) for value in floats)
    kind = name.lower()
    factors = inputs if kind in PRODUCTS else []
    full = [n for n, value in enumerate(factors) if value is not None and 0 < value.size <= _FLAG_LIMIT]
    is_choice = (kind in CHOOSING and len(inputs) == 2) or (kind in SELECTING and len(inputs) == 3)
    choices = inputs if is_choice else []
    return Look(
        flat=_flat(kind, first, inputs, zero),
        zero=zero,
        broken=broken,
        root=kind in ROOTS and not first.all(),
        zero_inputs=tuple(n for n in full if not factors[n].any()),
        passed_over=tuple(n for n, value in enumerate(choices) if _is_passed_over(value, first)),
        half=any(value.dtype.name == "float16" for value in floats),
    )


def _flat(kind: str, first: Any, inputs: list[Any], zero: bool) -> str:
    """Why the derivative is zero everywhere for these values; empty if it is not."""
    import numpy as np

    if kind in RELUS and zero:
        return "dead ReLU"
    if kind in STEPS:
        return "step function"
    if kind in RESIDUALS and zero:
        return "at its minimum"
    if kind in SOFTMAX and first.shape:
        if first.shape[-1] == 1:
            return "softmax over one class"
        return "saturated softmax" if _one_hot(first) else ""
    if kind == "div" and len(inputs) == 2 and first.shape:  # JAX: exp(x) / sum(exp(x))
        if first.shape[-1] == 1:
            return "softmax over one class" if _same(inputs) else ""
        return "saturated softmax" if _one_hot(first) else ""
    if kind in SATURATING:
        low, high = SATURATING[kind]
        at_limit = bool(np.logical_or(first == low, first == high).all())
        return f"saturated {'sigmoid' if kind == 'logistic' else kind}" if at_limit else ""
    if kind in CLIPPING and inputs and inputs[0] is not None and inputs[0].shape == first.shape:
        return "" if bool((inputs[0] == first).any()) else "clipped everywhere"
    return ""


def _one_hot(probabilities: Any) -> bool:
    """Whether every row has one value of 1, and what is left of the others is below its precision."""
    import numpy as np

    precision = np.finfo(probabilities.dtype).eps
    sure = np.minimum(np.abs(probabilities), np.abs(1 - probabilities)) <= precision
    return bool(sure.all()) and bool((np.abs(probabilities.sum(axis=-1) - 1) <= 8 * precision).all())


def _is_passed_over(value: Any, chosen: Any) -> bool:
    """Whether no element of `value`, an operand of an elementwise minimum or maximum, is in the result."""
    import numpy as np

    if value is None or value.size == 0:
        return False
    try:
        spread = np.broadcast_to(value, chosen.shape)
    except ValueError:  # a reduction, whose other input is the axis
        return False
    return not bool((spread == chosen).any())


def _same(pair: list[Any]) -> bool:
    left, right = pair
    return left is not None and right is not None and left.shape == right.shape and bool((left == right).all())
