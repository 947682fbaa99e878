"""Why a gradient is None, zero or not finite: evidence in, cause out, most likely cause first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pytest_keras_inference.gradients.recorder import describe_layer
from pytest_keras_inference.gradients.report import Cause, Status
from pytest_keras_inference.gradients.source import numpy_call_near, receiver_call
from pytest_keras_inference.gradients.trace import (
    SELECTING,
    STOPPING,
    Conversion,
    LayerUse,
    Node,
    Op,
    Path,
    PredictUse,
    Trace,
    producers,
    trace_path,
    zero_origin,
)
from pytest_keras_inference.watching.callsite import CallSite


@dataclass(frozen=True)
class Source:
    """What a gradient is taken with respect to."""

    path: str
    shape: tuple[int, ...]
    dtype: str
    nodes: tuple[Node, ...]
    """Its ids in the trace."""
    key: int
    """Identity of the variable object."""
    trainable: bool = True
    is_variable: bool = True
    floating: bool = True
    layers: tuple[Any, ...] = ()
    """The layers that own it, innermost first."""


@dataclass(frozen=True)
class Tape:
    """What is known of the tape that the gradient came from. torch and JAX have none: all fields at their defaults."""

    id: int | None = None
    opened: int = 0
    """Number of operations that ran before it opened."""
    closed: int | None = None
    automatic: bool = True
    """`watch_accessed_variables`."""
    watched: frozenset[Node] = frozenset()
    """What `tape.watch` was given."""


@dataclass(frozen=True)
class Words:
    """How one backend names things."""

    recorded: str
    """`while the tape recorded`"""
    detach: str
    stays: str
    """What a NumPy expression should be written with."""


WORDS = {
    "tensorflow": Words("while the tape recorded", "tf.stop_gradient", "tf. or keras.ops functions"),
    "jax": Words("in the differentiated function", "jax.lax.stop_gradient", "jnp. or keras.ops functions"),
    "torch": Words("on the way to the loss", ".detach()", "torch. or keras.ops functions"),
}


@dataclass(frozen=True)
class Question:
    """Everything that a cause is told from."""

    trace: Trace
    source: Source
    target: tuple[Node, ...]
    tape: Tape
    backend: str
    status: Status
    loss: float | None = None
    foreign_effect: bool | None = None
    """JAX: whether a small change of the model's own weights, which the function should not read, moved it."""
    site: CallSite | None = None
    """The line that took the gradient."""
    nodes_of: Callable[[Any], tuple[Node, ...]] = lambda layer: ()
    """Ids of the variables of a layer."""

    @property
    def words(self) -> Words:
        """How this backend names things."""
        return WORDS[self.backend]

    def path(self) -> Path:
        """How far the influence of the source goes."""
        return trace_path(self.trace, self.source.nodes, self.target, self.tape.id)


def explain(question: Question) -> Cause:
    """The most likely cause of a gradient that is None, zero, NaN, infinite or lacks a term."""
    if question.status in ("nan", "inf"):
        return _not_finite(question)
    path = question.path()
    if question.status == "partial":
        return _predict_cause(question, lost_predict(question, path), partial=True)
    for find in _FINDERS:
        try:
            cause = find(question, path)
        except (AttributeError, LookupError, TypeError, ValueError):  # one cause that cannot be told costs no other
            continue
        if cause is not None:
            return cause
    return _undecided(question, path)


def lost_predict(question: Question, path: Path | None = None) -> PredictUse | None:
    """The predict call whose value the loss holds as a constant although it depends on the source, if there is one.

    A predict is innocent when nothing but tensors entered the loss after it.
    """
    if not question.trace.predicts:
        return None
    reached = (path or question.path()).reached
    behind = producers(question.trace, question.target)
    for use in question.trace.predicts:
        if question.tape.id is not None and question.tape.id not in use.tapes:
            continue
        if question.source.key not in use.variable_ids and not any(node in reached for node in use.inputs):
            continue
        entered = any(
            conversion.after >= use.after and conversion.kind != "int" and conversion.node in behind
            for conversion in question.trace.conversions
        )
        if entered or question.backend == "jax" or not question.target:
            return use
    return None


def _predict(question: Question, path: Path) -> Cause | None:
    if path.connected and path.cut is not None:
        return None  # the value did reach the loss through tensors, and where it stopped is known
    if path.lively:
        return None
    use = lost_predict(question, path)
    return None if use is None else _predict_cause(question, use)


def _predict_cause(question: Question, use: PredictUse | None, partial: bool = False) -> Cause:
    assert use is not None
    method = f"{use.method}()"
    instead = direct_call(use, question.source.is_variable and question.source.key in use.variable_ids)
    ran = f"{method} of model {use.name!r} ran {question.words.recorded}"
    what = f"{ran}: it returns NumPy values, and no gradient flows through them"
    if partial:
        what = f"{ran}, and its value is a constant in the loss: the gradient lacks that term although it is not None"
        instead += "; if a constant is meant, predict before the tape opens or pass allow_predict=True"
        if question.backend != "tensorflow":
            instead = instead.replace("predict before the tape opens", "predict before the block")
    return Cause("predict", what, instead, "KI101", question.trace.told(use.site))


def direct_call(use: PredictUse, of_its_weights: bool) -> str:
    """What to write instead of a predict call: training=True where its own weights are trained."""
    mode = f"training={of_its_weights}"
    if use.method in ("evaluate", "test_on_batch"):
        return f"call the model and compute the loss on its output: model(x, {mode})"
    return f"call the model: {receiver_call(use.site, use.method) or use.name + '(x'}, {mode})"


def _integer(question: Question, path: Path) -> Cause | None:
    source = question.source
    if source.floating or source.is_variable or question.status != "none":
        return None
    return Cause(
        "integer-input",
        f"the input is {source.dtype}: integers have no gradient",
        "take the gradient of the embedded input: the output of the Embedding layer",
    )


def _untrainable(question: Question, path: Path) -> Cause | None:
    source = question.source
    if source.trainable or question.backend == "jax" or any(node in question.tape.watched for node in source.nodes):
        return None
    if not source.is_variable:
        return Cause(
            "unwatched",
            "the input does not require a gradient: torch follows parameters by itself, tensors only when told",
            "x.requires_grad_(True) before the model is called",
        )
    return Cause(
        "untrainable",
        "the variable is not trainable: " + _no_grad_for_untrainable(question.backend),
        "take the gradient of model.trainable_variables, or create the weight with trainable=True",
    )


def _no_grad_for_untrainable(backend: str) -> str:
    return {
        "tensorflow": "a tape does not watch it by itself",
        "torch": "its requires_grad is False",
    }[backend]


def _unwatched(question: Question, path: Path) -> Cause | None:
    tape, source = question.tape, question.source
    if question.backend != "tensorflow" or tape.id is None or any(node in tape.watched for node in source.nodes):
        return None
    if question.status != "none" or _is_followed(question):
        return None
    if not source.is_variable:
        return Cause(
            "unwatched",
            "the input is not watched: a tape follows variables by itself, tensors only when told",
            "tape.watch(x) as the first line under the tape",
        )
    if not tape.automatic:
        return Cause(
            "unwatched",
            "the variable is not watched: the tape has watch_accessed_variables=False",
            "tape.watch(variable) under the tape, or leave watch_accessed_variables out",
        )
    return None


def _is_followed(question: Question) -> bool:
    """Whether the source was computed under the tape from what the tape follows, as the output of a layer is."""
    behind = producers(question.trace, question.source.nodes)
    if not behind.isdisjoint(question.tape.watched):
        return True
    return question.tape.automatic and any(
        op.name == "ReadVariableOp" and question.tape.id in op.tapes and any(node in behind for node in op.outputs)
        for op in question.trace.ops
    )


def _cut(question: Question, path: Path) -> Cause | None:
    if path.cut is None or path.differentiable:
        return None
    return _cut_cause(question, path.cut)


def _cut_cause(question: Question, op: Op) -> Cause:
    tape, site = question.tape, question.trace.told(op.site)
    name = op.name.lower()
    if tape.id is not None and tape.id not in op.tapes:
        if op.index < tape.opened:
            call = _call_around(question.trace, op)
            what = "the model was called before the tape opened" if call else f"{op.name} ran before the tape opened"
            where = question.trace.told(call.site) if call else site
            return Cause(
                "before-tape", f"{what}: the tape did not record it", "call the model under the tape", site=where
            )
        if tape.closed is not None and op.index >= tape.closed:
            return Cause(
                "after-tape",
                f"the loss is computed after the tape closed: {op.name} is not recorded",
                "compute the loss inside the with block",
                site=site,
            )
        call = _call_around(question.trace, op)
        return Cause(
            "stopped-recording",
            f"{'the model was called' if call else op.name + ' ran'} while recording was stopped",
            "move it out of tape.stop_recording()",
            site=question.trace.told(call.site) if call else site,
        )
    if name in STOPPING:
        what = {"detach": ".detach()", "data": ".data"}.get(name, question.words.detach)
        kind = "detached" if name in ("detach", "data") else "stop-gradient"
        return Cause(
            kind,
            f"{what} stands between the variable and the loss{_in_layer(op)}",
            "remove it, or leave the variable out of the sources if a constant is meant",
            site=site,
        )
    if op.severed and op.switched_off:
        call = _call_around(question.trace, op)
        return Cause(
            "no-grad",
            "the forward pass ran with gradients switched off (torch.no_grad or inference_mode): it gives a constant",
            "move it out of the no_grad block",
            site=question.trace.told(call.site) if call else site,
        )
    result = "gives integers or booleans" if not op.floating else "has no gradient"
    return Cause(
        "non-differentiable",
        f"{op.name} {result}, and the loss is computed from the result{_in_layer(op)}",
        "compute the loss on the values before it: logits or probabilities instead of classes",
        "KI103",
        site,
    )


def _flat(question: Question, path: Path) -> Cause | None:
    op = path.dead
    if op is None or path.lively:
        return None
    lowest = _lowest(question, op)
    if lowest is not None:
        return _at_minimum(question, lowest)
    origin: Op | Conversion | Node = op
    if path.dead_input is not None:
        origin = zero_origin(question.trace, path.dead_input)
    if isinstance(origin, Op) and origin.flat:
        return _flat_operation(question, origin)
    site = question.trace.told(op.site)
    if path.dead_input is None and op.name.lower() in SELECTING:
        return Cause(
            "clipped",
            f"{op.name} takes the other operand for every value of this batch{_in_layer(op)}",
            "check the condition by which it chooses",
            site=site,
        )
    if path.dead_input is None:
        return Cause(
            "clipped",
            f"{op.name} chooses the other operand for every value of this batch{_in_layer(op)}: it clips everything",
            "widen the bounds, or check the scale of what is clipped",
            site=site,
        )
    if isinstance(origin, Conversion):
        if path.cut is not None:
            return _cut_cause(question, path.cut)  # a term times zero in the loss only hides that there is no gradient
        return Cause(
            "zero-factor",
            f"{op.name} multiplies by a constant zero{_in_layer(op)}",
            "check the input batch and the weights of the loss terms",
            site=site or question.trace.told(origin.site),
        )
    return Cause(
        "zero-factor",
        f"the other factor of {op.name} is all zero for this batch{_in_layer(op)}",
        "check the input batch and how the weights after it are initialised",
        site=site,
    )


def _lowest(question: Question, dead: Op) -> Op | None:
    """What makes a loss of zero its minimum: a residual that is zero, wherever else the gradient stops on its way."""
    if question.loss != 0:
        return None
    if dead.zero and not dead.layer and dead.passed_over:
        return dead
    behind = producers(question.trace, question.target)
    residuals = [op for op in question.trace.ops if op.flat == "at its minimum" and op.zero and not op.layer]
    return next((op for op in residuals if any(node in behind for node in op.outputs)), None)


def _at_minimum(question: Question, op: Op) -> Cause:
    return Cause(
        "minimum",
        "the loss is at its minimum for this batch: its gradient is zero",
        "check with another batch or other targets; allow_zero=... if this is meant",
        site=question.trace.told(op.site),
    )


def _flat_operation(question: Question, op: Op) -> Cause:
    """`op` has a zero derivative for these values, and its `flat` says why."""
    where = _in_layer(op)
    code = None
    if op.flat == "dead ReLU":
        kind, what = "dead-relu", f"every unit of the ReLU is dead for this batch: its outputs are all zero{where}"
        instead = "scale the inputs, lower the learning rate, or use leaky_relu; check with another batch"
    elif op.flat == "step function":
        kind, what = "non-differentiable", f"{op.name} is a step function, its derivative is zero everywhere{where}"
        instead, code = "compute the loss on the values before it", "KI103"
    elif op.flat == "softmax over one class":
        kind, what = "one-class-softmax", f"softmax over a single unit is always 1{where}"
        instead = "one unit with sigmoid, or two units with softmax"
    elif op.flat == "saturated softmax":
        kind, what = "saturated", f"the softmax is saturated for this batch: every probability is 0 or 1{where}"
        instead = "take the loss from logits (from_logits=True) or the score before the softmax, or scale the inputs"
    elif op.flat == "clipped everywhere":
        kind, what = "clipped", f"{op.name} clips every value of this batch{where}: its derivative is zero there"
        instead = "widen the bounds, or check the scale of what is clipped"
    elif op.flat == "at its minimum":
        kind, what = "zero-factor", f"every value that {op.name} takes is at its minimum, where its derivative is zero"
        instead = "check with another batch"
    else:
        kind, what = "saturated", f"{op.flat}: every output is exactly at its limit{where}"
        instead = "scale the inputs or the initial weights down"
    return Cause(kind, what, instead, code, question.trace.told(op.site))


def _underflow(question: Question, path: Path) -> Cause | None:
    """Nothing on the way stops the gradient, and a part of the way is float16."""
    if question.status != "zero" or not path.lively:
        return None
    behind = producers(question.trace, question.target)
    halves = [op for op in question.trace.ops if op.half and any(n in path.reached and n in behind for n in op.outputs)]
    if not halves:
        return None
    return Cause(
        "float16-underflow",
        f"a part of the gradient is computed in float16{_in_layer(halves[0])}, where what is smaller than 6e-8 becomes "
        "0: it underflows",
        "loss = optimizer.scale_loss(loss) before the gradient is taken (a LossScaleOptimizer scales it back); "
        'or the policy "mixed_bfloat16"',
    )


def _numpy(question: Question, path: Path) -> Cause | None:
    if path.connected or not path.used:
        return None
    behind = producers(question.trace, question.target)
    entries = [entry for entry in question.trace.conversions if entry.node in behind and entry.kind != "int"]
    taken = [use for use in question.trace.numpy if use.node in path.reached]
    for use in reversed(taken):
        if any(entry.after >= use.after for entry in entries) or not question.target:
            # Arrays made for a predict call: critic.predict(actor_output.numpy()). Stays with predict, which is worse.
            predict = next((one for one in question.trace.predicts if one.after >= use.after), None)
            if predict is not None and any(entry.after >= predict.after for entry in entries):
                return _predict_cause(question, predict)
            return _numpy_cause(question, use.how, use.site)
    # np.tanh(tensor) reads the tensor's memory and leaves no event: the source tells.
    calls = [use.site for use in question.trace.layers if use.top and use.site]
    for site in dict.fromkeys([*reversed([entry.site for entry in entries if entry.site]), *reversed(calls)]):
        call = numpy_call_near(site, below=site in calls)
        if call is not None and not _is_behind(call.site, question.site):
            return _numpy_cause(question, f"{call.name}()", call.site)
    return None


def _is_behind(site: CallSite, taken: CallSite | None) -> bool:
    """Whether a line stands below the one that took the gradient, in its function: nothing that the loss is made of
    stands there."""
    if taken is None or site.filename != taken.filename or site.line <= taken.end_line:
        return False
    return site.function == taken.function.rpartition(".")[2]


def _numpy_cause(question: Question, how: str, site: CallSite | None) -> Cause:
    return Cause(
        "numpy",
        f"{how} takes the values out of the graph {question.words.recorded}: what is computed from them is a constant",
        f"stay in tensors: {question.words.stays}",
        "KI103",
        question.trace.told(site),
    )


def _unreached(question: Question, path: Path) -> Cause | None:
    if path.used or not question.source.is_variable:
        return None
    called = {id(use.layer) for use in question.trace.layers}
    if not question.source.layers:
        return None
    if id(question.source.layers[0]) in called:
        return Cause(
            "unreached",
            f"{describe_layer(question.source.layers[0])} was called but did not read this variable",
            "use the variable in call(), or do not create it",
        )
    idle = [layer for layer in question.source.layers if id(layer) not in called]
    return Cause(
        "unreached",
        f"the forward pass never called {describe_layer(idle[-1])}",
        "call it in call(), or leave its variables out of the sources",
    )


def _bare_call(question: Question, path: Path) -> Cause | None:
    if question.backend != "jax" or path.used or not question.source.is_variable:
        return None
    bare = [use for use in question.trace.layers if use.top and not use.stateless]
    if not bare:
        return None
    use = bare[-1]
    if question.foreign_effect is False:
        return Cause(
            "before-function",
            "the model was called before the differentiated function: its outputs are constants there",
            "call it inside the function, with the weights the function is given: model.stateless_call(...)",
            site=question.trace.told(use.site),
        )
    name = getattr(use.layer, "name", "model")
    return Cause(
        "bare-call",
        f"{name}(x) was called on its own weights: the weights that are differentiated are never read, "
        "and JAX gives zeros instead of an error",
        f"outputs, state = {name}.stateless_call(trainable, non_trainable, x, training=True)",
        site=question.trace.told(use.site),
    )


def _unused_output(question: Question, path: Path) -> Cause | None:
    if not path.used or path.connected or not question.target:
        return None
    behind = producers(question.trace, question.target)
    idle = [layer for layer in question.source.layers if not any(node in behind for node in question.nodes_of(layer))]
    origin = describe_layer(idle[-1]) if idle else "it"
    return Cause(
        "unused",
        f"what is computed from {origin} does not enter the loss",
        "use every output in the loss, or leave these variables out of the sources",
    )


_FINDERS: tuple[Callable[[Question, Path], Cause | None], ...] = (
    _integer,
    _untrainable,
    _predict,
    _unwatched,
    _cut,
    _numpy,
    _bare_call,
    _unreached,
    _flat,
    _unused_output,
    _underflow,
)


def _not_finite(question: Question) -> Cause:
    word = "NaN" if question.status == "nan" else "infinite values"
    first = next((op for op in question.trace.ops if op.broken), None)
    if first is not None:
        return Cause(
            "not-finite",
            f"{first.name} is the first operation whose result holds NaN or infinity{_in_layer(first)}",
            "check its inputs: log and division need a small constant, exp a bound",
            site=question.trace.told(first.site),
        )
    root = next((op for op in question.trace.ops if op.root), None)
    if root is not None:
        return Cause(
            "not-finite-derivative",
            f"the loss is finite, its derivative is not: {root.name} of zero has an infinite one{_in_layer(root)}",
            "add a small constant under the root; tf.where around it does not help"
            if question.backend == "tensorflow"
            else "add a small constant under the root; where() around it does not help",
            site=question.trace.told(root.site),
        )
    return Cause(
        "not-finite-derivative",
        f"the loss is finite, its derivative has {word}: sqrt, norm, pow or division at zero",
        "add a small constant inside it; a where() around it does not help",
    )


def _undecided(question: Question, path: Path) -> Cause:
    out = list(_ruled_out(question, path))
    if question.status == "zero":
        kind, what = "zero", "the gradient is zero for this batch, and nothing that was seen says why"
    else:
        kind, what = "undecided", "nothing that was seen says why the gradient is None"
    return Cause(kind, what, ruled_out=tuple(out))


def _ruled_out(question: Question, path: Path) -> Iterator[str]:
    if not question.trace.predicts:
        yield "predict"
    if not question.trace.numpy:
        yield "NumPy on a tensor"
    if question.source.trainable:
        yield "an untrainable variable"
    if path.used:
        yield "a layer that is never called"
    if path.differentiable:
        yield "an operation without gradient"
    if path.used and path.lively:
        yield "a dead ReLU"


def _call_around(trace: Trace, op: Op) -> LayerUse | None:
    before = [use for use in trace.layers if use.top and use.after <= op.index]
    return before[-1] if before and op.layer else None


def _in_layer(op: Op) -> str:
    return f" in {op.layer}" if op.layer else ""
