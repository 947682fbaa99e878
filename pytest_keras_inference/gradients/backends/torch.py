"""What `gradient_check` sees of torch: every torch function through a `TorchFunctionMode`, and each `backward`.

A parameter counts as one that should be trained when its model is handed to the watch, when an optimizer steps it,
when it gets a gradient anywhere in the block, or when no model in the block gets any: a target network that is only
evaluated is none of these.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from pytest_keras_inference.gradients.call import UNKNOWN, GradientCall
from pytest_keras_inference.gradients.causes import Source
from pytest_keras_inference.gradients.recorder import Recorder, here, replaced
from pytest_keras_inference.gradients.trace import Node, trace_path
from pytest_keras_inference.watching.callsite import CallSite

OnCall = Callable[[GradientCall], None]
Describe = Callable[[Any, int], Source]

_LEAVES = {
    "numpy": ".numpy()",
    "__array__": "np.asarray()",
    "item": ".item()",
    "tolist": ".tolist()",
    "__float__": "float()",
    "__int__": "int()",
}
_MAKES = frozenset({"tensor", "as_tensor", "from_numpy", "asarray"})


def nodes(structure: Any) -> tuple[Node, ...]:
    """Ids of the tensors, parameters and Keras variables in `structure`."""
    return tuple(id(underlying(leaf)) for leaf in _flat(structure) if isinstance(underlying(leaf), torch.Tensor))


def underlying(leaf: Any) -> Any:
    """The torch Parameter of a Keras variable, anything else as it is."""
    if isinstance(leaf, torch.Tensor):
        return leaf
    inner = getattr(leaf, "_value", None)
    return leaf if inner is None else inner


def _flat(structure: Any) -> list[Any]:
    if isinstance(structure, dict):
        return [leaf for value in structure.values() for leaf in _flat(value)]
    if isinstance(structure, list | tuple):
        return [leaf for value in structure for leaf in _flat(value)]
    return [structure]


def to_numpy(tensor: Any) -> Any:
    """A gradient as a NumPy array, or None."""
    if tensor is None:
        return None
    dense = tensor.detach()
    if dense.layout != torch.strided:
        dense = dense.to_dense()
    return dense.cpu().float().numpy() if dense.dtype == torch.bfloat16 else dense.cpu().numpy()


@contextmanager
def recorded(
    recorder: Recorder,
    describe: Describe,
    on_call: OnCall,
    models: Callable[[], Iterable[Any]],
    given: tuple[Any, ...] = (),
) -> Iterator[None]:
    """Fill `recorder`; at the end hand every `backward` and `autograd.grad` of the block to `on_call`."""
    block = _Block(recorder, describe, models, given)
    try:
        with ExitStack() as stack:
            stack.enter_context(replaced(torch, "from_numpy", functools.partial(_from_numpy, recorder)))
            stack.enter_context(_optimizers_watched(block))
            stack.enter_context(_compiled_code_runs_eagerly())
            stack.enter_context(_Mode(recorder, block))
            yield
    finally:
        block.hand_over(on_call)


@contextmanager
def _compiled_code_runs_eagerly() -> Iterator[None]:
    """Let what `torch.compile` makes run as the Python that it was made of, as `tf.function` does in such a block: its
    operations and lines are seen, and the compiler does not read what watches them. Needs torch 2.6; an older one
    compiles, which takes minutes."""
    with ExitStack() as stack:
        if hasattr(torch.compiler, "set_stance"):
            if "torch._dynamo" in sys.modules:
                stack.enter_context(torch.compiler.set_stance("force_eager"))
            else:  # to ask for it imports the compiler, which takes seconds: once somebody compiles
                stack.enter_context(replaced(torch, "compile", functools.partial(_compiling, stack)))
        yield


def _compiling(stack: ExitStack, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def compile(*args: Any, **kwargs: Any) -> Any:  # noqa: A001
        if "torch._dynamo" not in sys.modules:
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        return original(*args, **kwargs)

    return compile


@dataclass
class _Backward:
    """One backward pass: what it started from and what it left in `.grad`."""

    target: tuple[Node, ...]
    loss: float | None
    site: CallSite | None
    gradients: dict[int, Any]
    """id of a parameter -> gradient that this pass added."""
    sources: tuple[Any, ...] | None = None
    """Given to autograd.grad; None for backward."""
    stepped: set[int] = field(default_factory=set)
    """ids of the parameters that an optimizer stepped after this pass and before the next."""


@dataclass
class _Block:
    recorder: Recorder
    describe: Describe
    models: Callable[[], Iterable[Any]]
    given: tuple[Any, ...]
    passes: list[_Backward] = field(default_factory=list)
    stepped: set[int] = field(default_factory=set)

    def parameters(self) -> dict[int, Any]:
        """id of the Parameter -> Keras variable, for all that requires a gradient in all models seen."""
        return {
            id(variable._value): variable
            for model in self.models()
            for variable in model.variables
            if getattr(variable, "_value", None) is not None and variable._value.requires_grad
        }

    def step(self, parameters: Iterable[int]) -> None:
        """An optimizer is about to step the parameters with these ids."""
        ids = set(parameters)
        self.stepped |= ids
        if self.passes:
            self.passes[-1].stepped |= ids

    def counts(self, key: int, entry: _Backward) -> bool:
        """Whether a parameter's gradient in a pass is to be judged: a critic's turn owes the generator none."""
        return key in entry.gradients or key in entry.stepped or key not in self.stepped

    def backward(self, run: Callable[[], Any], targets: Any) -> Any:
        __tracebackhide__ = True
        before = {
            key: None if variable._value.grad is None else variable._value.grad.detach().clone()
            for key, variable in self.parameters().items()
        }
        entry = _Backward(nodes(targets), _scalar(targets), here(), {})
        self.passes.append(entry)
        result = run()
        for key, variable in self.parameters().items():
            after, earlier = variable._value.grad, before.get(key)
            if after is None:
                continue
            if earlier is None:
                entry.gradients[key] = to_numpy(after).copy()
            elif not torch.equal(after, earlier):
                entry.gradients[key] = to_numpy(after - earlier)
        return result

    def grad(self, run: Callable[[], Any], targets: Any, sources: Any) -> Any:
        __tracebackhide__ = True
        leaves = tuple(_flat(sources))
        entry = _Backward(nodes(targets), _scalar(targets), here(), {}, leaves)
        self.passes.append(entry)
        try:
            result = run()
        except RuntimeError:
            for leaf in leaves:
                if (
                    leaf.requires_grad
                    and trace_path(self.recorder.trace, nodes(leaf), entry.target, None).differentiable
                ):
                    entry.gradients[id(leaf)] = UNKNOWN
            raise
        for leaf, value in zip(leaves, _flat(result), strict=True):
            if value is not None:
                entry.gradients[id(leaf)] = to_numpy(value)
        return result

    def hand_over(self, on_call: OnCall) -> None:
        with self.recorder.guarded(), self.recorder.quiet():
            backwards = [entry for entry in self.passes if entry.sources is None]
            wanted = self._wanted(backwards)
            for entry in backwards:
                own = {key: leaf for key, leaf in wanted.items() if self.counts(key, entry)}
                self._hand(on_call, entry, own, backwards[-1].site)
            for entry in self.passes:
                if entry.sources is not None:
                    known = self.parameters()
                    leaves = [known.get(id(leaf), leaf) for leaf in entry.sources]
                    self._hand(on_call, entry, {id(underlying(leaf)): leaf for leaf in leaves}, entry.site)

    def _hand(self, on_call: OnCall, entry: _Backward, wanted: dict[int, Any], site: CallSite | None) -> None:
        on_call(
            GradientCall(
                sources=tuple(self.describe(leaf, position) for position, leaf in enumerate(wanted.values())),
                gradients=tuple(entry.gradients.get(key) for key in wanted),
                target=entry.target,
                site=site,
                loss=entry.loss,
            )
        )

    def _wanted(self, backwards: list[_Backward]) -> dict[int, Any]:
        got = {key for entry in backwards for key in entry.gradients}
        everything = self.parameters()
        if not got:
            return everything
        wanted: dict[int, Any] = {}
        for model in self.models():
            own = {key: v for key, v in everything.items() if any(v is other for other in model.variables)}
            trained = any(model is other for other in self.given) or not (got | self.stepped).isdisjoint(own)
            if trained:
                wanted |= own
        return wanted


class _Mode(TorchFunctionMode):
    """Sees every torch function called from Python on this thread."""

    def __init__(self, recorder: Recorder, block: _Block) -> None:
        super().__init__()
        self._recorder = recorder
        self._block = block
        self._constants: set[Node] = set()

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        __tracebackhide__ = True
        kwargs = kwargs or {}
        recorder = self._recorder
        if not recorder.watching:
            return function(*args, **kwargs)
        name = str(getattr(function, "__name__", function))
        run = functools.partial(function, *args, **kwargs)
        if function is torch.Tensor.backward or function is torch.autograd.backward:
            with recorder.quiet():
                return self._block.backward(run, args[0])
        if function is torch.autograd.grad:
            sources = kwargs["inputs"] if "inputs" in kwargs else args[1]
            with recorder.quiet():
                return self._block.grad(run, args[0] if args else kwargs["outputs"], sources)
        if not recorder.listening:
            return run()
        if name == "__get__":
            name = str(getattr(getattr(function, "__self__", None), "__name__", ""))
            if name != "data":
                return run()
        if name in _LEAVES and args:
            with recorder.guarded():
                recorder.numpy_use(id(args[0]), _LEAVES[name])
            return run()
        with recorder.quiet():
            result = run()
        with recorder.guarded():
            self._note(name, args, kwargs, result)
        return result

    def _note(self, name: str, args: Any, kwargs: Any, result: Any) -> None:
        outputs = [leaf for leaf in _flat(result) if isinstance(leaf, torch.Tensor)]
        # A variable of Keras is no tensor, and hands its own over once it is asked to multiply: x * self.scale.
        given = [underlying(leaf) for leaf in _flat((args, list(kwargs.values())))]
        inputs = [leaf for leaf in given if isinstance(leaf, torch.Tensor)]
        if any(leaf.is_meta for leaf in (*outputs, *inputs)):
            return  # without values: Keras builds a model so
        ids = {id(leaf) for leaf in inputs}
        own = [leaf for leaf in outputs if id(leaf) in ids]
        weights = any(leaf.is_leaf and leaf.requires_grad for leaf in own)
        if len(own) == len(outputs) and (weights or not _is_in_place(name)):
            return  # the same tensor, or an update of weights
        self._recorder.kept += [*outputs, *inputs]
        if not inputs:
            if name in _MAKES and args:
                self._recorder.conversion(id(outputs[0]), args[0])
            return
        self._revive(inputs)
        floating = any(leaf.is_floating_point() or leaf.is_complex() for leaf in outputs)
        wants = any(leaf.requires_grad for leaf in inputs)
        severed = wants and not any(leaf.requires_grad for leaf in outputs)
        if severed:
            self._constants.update(id(leaf) for leaf in outputs)
        with self._recorder.quiet():
            self._recorder.op(
                name.rstrip("_") if _is_in_place(name) else name,
                tuple(id(leaf) for leaf in inputs),
                tuple(id(leaf) for leaf in outputs),
                floating=floating,
                severed=severed,
                switched_off=not torch.is_grad_enabled(),
                values=functools.partial(_values, outputs, inputs) if floating else None,
            )

    def _revive(self, inputs: list[torch.Tensor]) -> None:
        """The forward of an autograd.Function runs without gradients; its result requires one afterwards."""
        for leaf in inputs:
            if leaf.requires_grad and id(leaf) in self._constants:
                self._constants.discard(id(leaf))
                ops = self._recorder.trace.ops
                for position in reversed(range(len(ops))):
                    if id(leaf) in ops[position].outputs:
                        ops[position] = replace(ops[position], severed=False)
                        break


def _is_in_place(name: str) -> bool:
    """Whether a function changes its first tensor: `mul_` does, and `__getitem__` does not."""
    return name.endswith("_") and not name.endswith("__")


def _values(outputs: Any, inputs: Any) -> tuple[list[Any], list[Any]]:
    # What was changed in place no longer holds what the operation was given.
    own = {id(leaf) for leaf in outputs}
    return [_array(leaf) for leaf in outputs], [None if id(leaf) in own else _array(leaf) for leaf in inputs]


def _array(leaf: Any) -> Any:
    return to_numpy(leaf) if leaf.is_floating_point() or leaf.is_complex() else None


def _from_numpy(recorder: Recorder, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def from_numpy(array: Any) -> Any:
        tensor = original(array)
        if recorder.listening:
            with recorder.guarded():
                recorder.conversion(id(tensor), array)
                recorder.kept.append(tensor)
        return tensor

    return from_numpy


@contextmanager
def _optimizers_watched(block: _Block) -> Iterator[None]:
    """Note which parameters torch and Keras optimizers step."""
    from torch.optim.optimizer import register_optimizer_step_pre_hook

    def stepping(optimizer: Any, args: Any, kwargs: Any) -> None:
        block.step(id(p) for group in optimizer.param_groups for p in group["params"])

    def applying(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def apply(optimizer: Any, grads: Any, trainable_variables: Any = None) -> Any:
            variables = optimizer._trainable_variables if trainable_variables is None else trainable_variables
            block.step(nodes(list(variables)))
            return original(optimizer, grads, trainable_variables)

        return apply

    hook = register_optimizer_step_pre_hook(stepping)
    keras: Any = sys.modules.get("keras")
    try:
        with ExitStack() as stack:
            if keras is not None:
                stack.enter_context(replaced(keras.optimizers.Optimizer, "apply", applying))
            yield
    finally:
        hook.remove()


def _scalar(targets: Any) -> float | None:
    leaves = _flat(targets)
    if len(leaves) != 1 or not isinstance(leaves[0], torch.Tensor) or leaves[0].numel() != 1:
        return None
    return float(leaves[0].detach())


def tensors(structure: Any) -> Any:
    """`structure` with its arrays as tensors on Keras's device."""
    keras: Any = sys.modules["keras"]
    return keras.tree.map_structure(keras.ops.convert_to_tensor, structure)


def paths(structure: Any) -> list[tuple[str, Any]]:
    """(path, tensor) of every tensor in `structure`; the path of a lone tensor is empty."""
    if isinstance(structure, torch.Tensor):
        return [("", structure)]
    if isinstance(structure, dict):
        return [(f"/{name}{path}", leaf) for name, value in structure.items() for path, leaf in paths(value)]
    return [(f"/{number}{path}", leaf) for number, value in enumerate(structure) for path, leaf in paths(value)]


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
    seen = _Mode(recorder, _Block(recorder, lambda leaf, position: described[position], lambda: (), ()))
    if variables is None:
        flat = [leaf.detach().clone().requires_grad_(leaf.is_floating_point()) for leaf in _flat(x)]
        described = tuple(replace(one, nodes=(id(leaf),)) for one, leaf in zip(described, flat, strict=True))
        x = keras.tree.pack_sequence_as(x, flat)
        leaves = flat
    else:
        leaves = [underlying(variable) for variable in variables]
    stack.enter_context(replaced(torch, "from_numpy", functools.partial(_from_numpy, recorder)))
    with torch.enable_grad(), seen:
        loss = forward(x)
    gradients: list[Any] = [None] * len(leaves)
    asked = [position for position, leaf in enumerate(leaves) if leaf.requires_grad]
    with recorder.quiet():
        if loss.requires_grad and asked:
            found = torch.autograd.grad(loss, [leaves[position] for position in asked], allow_unused=True)
            for position, value in zip(asked, found, strict=True):
                gradients[position] = to_numpy(value)
    on_call(GradientCall(described, tuple(gradients), nodes(loss), loss=_scalar(loss)))


def evaluate(forward: Callable[[Any], Any], x: Any) -> float:
    """The loss alone."""
    with torch.no_grad():
        return float(forward(x))


def repair(found: Any) -> None:
    """Nothing of a model is lost when a torch computation raises."""
