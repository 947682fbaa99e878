"""torch's graph: where it is switched off, and whether an output that holds one is kept from iteration to iteration."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.records import dataclass
from lint_rules.semantics.calls.contexts import Path, Region, RegionKind
from lint_rules.semantics.domains.recorded_outputs import holds_graph
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import External, FunctionObject
from lint_rules.semantics.effects.kept_results import lifted
from lint_rules.semantics.effects.slicing import Filling
from lint_rules.semantics.effects.weight_updates import trains
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.containers import GROWS
from lint_rules.semantics.knowledge.higher_order import EdgeKind
from lint_rules.semantics.knowledge.torch_names import GRAPH_OFF, TRAINING_CALLS, TRAINING_METHODS
from lint_rules.semantics.syntax.module_index import COMPREHENSIONS, Function, Module, last_name, start
from lint_rules.semantics.syntax.scopes import Binding, BindingKind


def without_graph(inference: Inference, path: Path) -> bool:
    """Whether gradients are off on a way to a call, or wanted there because something trains."""
    for frame in path.frames:
        if _is_within(inference, frame.module, frame.node) or _entered_before(inference, frame.module, frame.node):
            return True
        function = frame.function
        body: ast.AST = frame.module.tree if function is None else function.node
        if function is not None and (function.has_decorator(*GRAPH_OFF) or function.name in TRAINING_METHODS):
            return True
        if function is not None and _is_wrapped(inference, function):
            return True
        if _differentiates(frame.module, function) or (
            function is not None and trains(inference, frame.module, [body])
        ):
            return True
        if function is None and any(frame.module.calls.get(name) for name in ("set_grad_enabled",)):
            return True
    return False


def _is_within(inference: Inference, module: Module, node: ast.AST) -> bool:
    """Whether a `with` around a node, in its own function, switches the graph off."""
    for _, parent in module.ancestors(node):
        if isinstance(parent, ast.With | ast.AsyncWith):
            if any(_switches_off(inference, module, item.context_expr) for item in parent.items):
                return True
        elif isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            break
    return False


def _switches_off(inference: Inference, module: Module, context: ast.expr) -> bool:
    """Whether a context manager switches the graph off, by itself or in what it does around its `yield`."""
    if last_name(context) in GRAPH_OFF:
        return True
    called = inference.values(module, context.func) if isinstance(context, ast.Call) else ()
    for value in called:
        if isinstance(value, External) and value.name.rpartition(".")[2] in GRAPH_OFF:
            return True
        function = value.function if isinstance(value, FunctionObject) else None
        if function is not None and function.has_decorator("contextmanager"):
            yields = function.module.order.within(function.node, ast.Yield)
            if any(_is_within(inference, function.module, node) for node in yields):
                return True
    return False


def _entered_before(inference: Inference, module: Module, node: ast.AST) -> bool:
    """Whether the function of a node has entered such a context manager before: by an exit stack, or by hand."""
    contexts = [(call, call.args[0]) for call in module.calls.get("enter_context", ()) if call.args]
    for call in module.calls.get("__enter__", ()):
        if isinstance(call.func, ast.Attribute):
            contexts.append((call, call.func.value))
    function = module.function_of(node)
    return any(
        module.function_of(call) is function and start(call) < start(node) and _switches_off(inference, module, context)
        for call, context in contexts
    )


def _is_wrapped(inference: Inference, function: Function) -> bool:
    """Whether a decorator of the project calls a function with the graph switched off."""
    for decorator in function.decorators:
        node = decorator.func if isinstance(decorator, ast.Call) else decorator
        for value in inference.values(function.module, node):
            made = value.function if isinstance(value, FunctionObject) else None
            if made is not None and any(
                _is_within(inference, made.module, call) for call in made.module.order.within(made.node, ast.Call)
            ):
                return True
    return False


def _differentiates(module: Module, function: Function | None) -> bool:
    return any(module.function_of(call) is function for name in TRAINING_CALLS for call in module.calls.get(name, ()))


def keeping(inference: Inference, path: Path) -> tuple[int, Region] | None:
    """The loop over whose iterations the output of a call is kept, and the frame that holds it; None if it is not.

    Kept is what still holds the graph of the output, whatever it was computed by or handed through.
    """
    call = path.frames[0].node
    held: list[_Kept] = []
    for number, frame in enumerate(path.frames):
        kept = [*_keepers(inference, frame.module, frame.function, call), *held]
        loops = [region for region in frame.regions if region.kind is RegionKind.LOOP and not region.once]
        if loops and any(_is_kept_over(frame.module, each, loops) for each in kept):
            return number, loops[0]
        edge = path.frames[number + 1].edge if number + 1 < len(path.frames) else None
        if frame.function is None or edge is None or edge.kind is not EdgeKind.CALL:
            return None
        # What it puts into an object that it is handed, its caller keeps.
        given = [(each.holder, Filling()) for each in kept if not each.sums]
        held = [_Kept(node) for node, _ in lifted(inference, frame.module, frame.function, given, edge)]
    return None


@dataclass(frozen=True, slots=True)
class _Kept:
    """A place that keeps an output: a list or dict, a name to which it is added up, a comprehension."""

    holder: ast.expr
    sums: bool = False


def _is_kept_over(module: Module, kept: _Kept, loops: list[Region]) -> bool:
    """Whether what is kept lives longer than an iteration of the innermost loop."""
    loop = loops[0].node
    if isinstance(kept.holder, COMPREHENSIONS):
        return kept.holder is loop
    if kept.sums:
        inside = set(ast.walk(loop))
        bindings = [
            b
            for b in _all_bindings(module, kept.holder)
            if b.kind not in (BindingKind.AUGMENT, BindingKind.DECLARE) and not _adds_to(b.value, b.name)
        ]
        return bool(bindings) and all(binding.node not in inside for binding in bindings)
    # A list that is made anew in each iteration keeps one only: the loops inside which it is made do not count.
    return not _made_inside(module, kept.holder, loop)


def _adds_to(value: ast.expr | None, name: str) -> bool:
    """Whether a value that is given to a name is a sum with what the name had: `total = total + loss`."""
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add | ast.Sub):
        return False
    return any(
        (isinstance(side, ast.Name) and side.id == name) or _adds_to(side, name) for side in (value.left, value.right)
    )


def _all_bindings(module: Module, node: ast.expr) -> list[Binding]:
    scope = module.scopes[node].find(node.id) if isinstance(node, ast.Name) else None
    return scope.bindings[node.id] if scope is not None and isinstance(node, ast.Name) else []


def _keepers(inference: Inference, module: Module, function: Function | None, call: ast.AST) -> list[_Kept]:
    """The places of a function, or of a module's own code, that keep what holds the graph of a call."""
    body: ast.AST = module.tree if function is None else function.node
    puts = module.once(("puts", body), lambda: list(_puts(module, body)))
    return [
        kept
        for kept, value in puts
        if isinstance(call, ast.Call)
        and module.function_of(value) is function
        and holds_graph(inference, Place(module, value), call)
    ]


def _puts(module: Module, body: ast.AST) -> Iterator[tuple[_Kept, ast.expr]]:
    """Whatever outlives a statement in a piece of code, with the value that is put there."""
    order = module.order
    for node in order.within(body, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in GROWS:
            yield from ((_Kept(node.func.value), argument) for argument in node.args)
    for sum_ in order.within(body, ast.AugAssign):
        holder = sum_.target.value if isinstance(sum_.target, ast.Subscript) else sum_.target
        yield _Kept(holder, sums=isinstance(holder, ast.Name) and holder is sum_.target), sum_.value
    for assign in order.within(body, ast.Assign):
        for target in assign.targets:
            if isinstance(target, ast.Subscript):
                yield _Kept(target.value), assign.value
            elif isinstance(target, ast.Name) and _adds_to(assign.value, target.id):
                yield _Kept(target, sums=True), assign.value
    yield from ((_Kept(made), made.elt) for made in order.within(body, ast.ListComp))
    yield from ((_Kept(made), made.elt) for made in order.within(body, ast.SetComp))
    yield from ((_Kept(made), made.value) for made in order.within(body, ast.DictComp))


def _made_inside(module: Module, holder: ast.expr, loop: ast.AST) -> bool:
    if not isinstance(holder, ast.Name):
        return not isinstance(holder, ast.Attribute)
    inside = set(ast.walk(loop))
    bindings = bindings_of(module, holder)
    if any(not isinstance(b.value, ast.List | ast.Dict | ast.Call) for b in bindings if b.kind is BindingKind.ASSIGN):
        return True
    return not bindings or any(
        binding.kind is not BindingKind.ASSIGN or binding.node in inside for binding in bindings
    ) or isinstance(loop, COMPREHENSIONS)  # fmt: skip
