"""torch's graph: where it is switched off, and whether an output that holds one is kept from iteration to iteration."""

from __future__ import annotations

import ast

from lint_rules.records import dataclass
from lint_rules.semantics.calls.contexts import Path, Region, RegionKind
from lint_rules.semantics.calls.edges import Edge
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import External, FunctionObject
from lint_rules.semantics.effects.kept_results import lifted
from lint_rules.semantics.effects.slicing import Filling
from lint_rules.semantics.effects.weight_updates import trains
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.higher_order import EdgeKind
from lint_rules.semantics.knowledge.torch_names import (
    GRAPH_OFF,
    PLAIN_ATTRIBUTES,
    TRAINING_CALLS,
    TRAINING_METHODS,
    WITHOUT_GRAPH,
)
from lint_rules.semantics.syntax.module_index import COMPREHENSIONS, Function, Module, last_name
from lint_rules.semantics.syntax.scopes import Binding, BindingKind

_GROWS = frozenset({"append", "add", "appendleft", "extend"})


def without_graph(inference: Inference, path: Path) -> bool:
    """Whether gradients are off on a way to a call, or wanted there because something trains."""
    for frame in path.frames:
        for _, parent in frame.module.ancestors(frame.node):
            if isinstance(parent, ast.With | ast.AsyncWith) and any(
                last_name(item.context_expr) in GRAPH_OFF for item in parent.items
            ):
                return True
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                break
        function = frame.function
        body: ast.AST = frame.module.tree if function is None else function.node
        if function is not None and (function.has_decorator(*GRAPH_OFF) or function.name in TRAINING_METHODS):
            return True
        if _differentiates(frame.module, function) or (
            function is not None and trains(inference, frame.module, [body])
        ):
            return True
        if function is None and any(frame.module.calls.get(name) for name in ("set_grad_enabled",)):
            return True
    return False


def _differentiates(module: Module, function: Function | None) -> bool:
    return any(module.function_of(call) is function for name in TRAINING_CALLS for call in module.calls.get(name, ()))


def keeping(inference: Inference, path: Path) -> tuple[int, Region] | None:
    """The loop over whose iterations the output of a call is kept, and the frame that holds it; None if it is not.

    The output is followed through whatever keeps the graph: arithmetic, torch's functions, names, and what a function
    returns to its caller.
    """
    held: list[_Kept] = []
    returned = True
    for number, frame in enumerate(path.frames):
        outputs = _Outputs(inference, frame.module)
        if returned:
            outputs.follow(frame.node)
        kept = [*outputs.kept, *held]
        loops = [region for region in frame.regions if region.kind is RegionKind.LOOP and not region.once]
        if loops and any(_is_kept_over(frame.module, each, loops) for each in kept):
            return number, loops[0]
        edge = path.frames[number + 1].edge if number + 1 < len(path.frames) else None
        if frame.function is None or edge is None or edge.kind is not EdgeKind.CALL:
            return None
        # What it puts into an object that it is handed, its caller keeps.
        given = [(each.holder, Filling()) for each in kept if not each.sums]
        held = [_Kept(node) for node, _ in lifted(inference, frame.module, frame.function, given, edge)]
        returned = outputs.returned
        if not returned and not held:
            return None
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


class _Outputs:
    """Follows a tensor forwards through one function, as long as it holds its graph."""

    def __init__(self, inference: Inference, module: Module, depth: int = 0) -> None:
        self.inference = inference
        self.module = module
        self.depth = depth
        self.kept: list[_Kept] = []
        self.returned = False
        self._seen: set[ast.AST] = set()

    def follow(self, node: ast.AST) -> None:
        """Where the value of an expression goes."""
        while node not in self._seen:
            self._seen.add(node)
            parent = self.module.parents.get(node)
            if parent is None or self._arrives(node, parent):
                return
            if not self._passes(node, parent):
                return
            node = parent

    def _arrives(self, node: ast.AST, parent: ast.AST) -> bool:
        """Whether a value is kept, bound or returned at a place, and the expression around it ends."""
        if isinstance(parent, ast.Return):
            self.returned = True
        elif isinstance(parent, ast.Lambda):
            self.returned = parent.body is node
        elif isinstance(parent, ast.ListComp | ast.SetComp | ast.DictComp):
            self.kept.append(_Kept(parent))
        elif isinstance(parent, ast.AugAssign) and isinstance(parent.target, ast.Name):
            self.kept.append(_Kept(parent.target, sums=True))
        elif isinstance(parent, ast.Assign | ast.AnnAssign | ast.NamedExpr) and parent.value is node:
            targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
            for target in targets:
                if isinstance(target, ast.Name) and _adds_to(parent.value, target.id):
                    self.kept.append(_Kept(target, sums=True))
                self._bound(parent, target)
            return not isinstance(parent, ast.NamedExpr)
        elif isinstance(parent, ast.Call) and isinstance(node, ast.expr):
            holder = _container(self.module, node)
            if holder is not None:
                self.kept.append(_Kept(holder))
            return holder is not None
        else:
            return False
        return True

    def _bound(self, statement: ast.AST, target: ast.expr) -> None:
        if isinstance(target, ast.Subscript):
            self.kept.append(_Kept(target.value))
        names = [item for item in ast.walk(target) if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store)]
        for name in names:
            for use in self.module.names.get(name.id, ()):
                if isinstance(use.ctx, ast.Load) and any(b.node is statement for b in bindings_of(self.module, use)):
                    self.follow(use)

    def _passes(self, node: ast.AST, parent: ast.AST) -> bool:
        """Whether the value of `parent` holds the graph of `node`, a part of it."""
        if isinstance(parent, ast.Subscript):
            return parent.value is node
        if isinstance(parent, ast.IfExp):
            return parent.test is not node
        if isinstance(parent, ast.Attribute):
            call = self.module.parents.get(parent)
            is_method = isinstance(call, ast.Call) and call.func is parent
            return parent.attr not in (WITHOUT_GRAPH if is_method else PLAIN_ATTRIBUTES)
        if isinstance(parent, ast.Call):
            return parent.func is node or self._call_passes(parent, node)
        if isinstance(parent, ast.keyword):
            return True
        return isinstance(parent, ast.BinOp | ast.UnaryOp | ast.Tuple | ast.List | ast.Dict | ast.Starred)

    def _call_passes(self, call: ast.Call, argument: ast.AST) -> bool:
        """Whether what a call gives holds the graph of an argument: torch's, and the project's that do."""
        name = last_name(call.func) or ""
        values = self.inference.values(self.module, call.func)
        for value in values:
            if isinstance(value, External) and value.name.startswith(("torch.", "keras.ops.")):
                return name not in WITHOUT_GRAPH
            if isinstance(value, FunctionObject) and self.depth < limits.MAX_CALLS_WITH_OUTPUT:
                skip = 1 if value.receiver is not None and value.function.is_method else 0
                if self._function_passes(value.function, Edge(self.module, call, skip=skip), argument):
                    return True
        return not values and isinstance(call.func, ast.Name) and name in ("list", "tuple", "sum", "abs")

    def _function_passes(self, function: Function, edge: Edge, argument: ast.AST) -> bool:
        for parameter in function.parameters:
            given = edge.argument(function, parameter)
            if given is argument or (isinstance(argument, ast.keyword) and given is argument.value):
                inner = _Outputs(self.inference, function.module, self.depth + 1)
                for use in function.module.names.get(parameter.arg, ()):
                    if any(binding.node is parameter for binding in bindings_of(function.module, use)):
                        inner.follow(use)
                if inner.returned:
                    return True
        return False


def _container(module: Module, node: ast.expr) -> ast.expr | None:
    parent = module.parents.get(node)
    if isinstance(parent, ast.Call) and node in parent.args and isinstance(parent.func, ast.Attribute):
        return parent.func.value if parent.func.attr in _GROWS else None
    if isinstance(parent, ast.Assign) and parent.value is node and isinstance(parent.targets[0], ast.Subscript):
        return parent.targets[0].value
    return None


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
