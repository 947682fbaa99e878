"""torch's graph: where it is switched off, and whether an output that holds one is kept from round to round."""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.contexts import Path, Region, RegionKind
from lint_rules.semantics.domains.types import Inference
from lint_rules.semantics.effects.weight_updates import trains
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.syntax.module_index import COMPREHENSIONS, Function, Module, last_name
from lint_rules.semantics.syntax.scopes import BindingKind

_OFF = frozenset({"no_grad", "inference_mode", "set_grad_enabled"})
_GROWS = frozenset({"append", "add", "appendleft", "extend"})
_TRAINS = frozenset({"backward", "step", "zero_grad", "grad"})
_TRAINING_METHODS = frozenset({"call", "train_step", "test_step", "predict_step", "compute_loss", "forward"})


def without_graph(inference: Inference, path: Path) -> bool:
    """Whether gradients are off on a way to a call, or wanted there because something trains."""
    for frame in path.frames:
        for _, parent in frame.module.ancestors(frame.node):
            if isinstance(parent, ast.With | ast.AsyncWith) and any(
                last_name(item.context_expr) in _OFF for item in parent.items
            ):
                return True
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                break
        function = frame.function
        body: ast.AST = frame.module.tree if function is None else function.node
        if function is not None and (function.has_decorator(*_OFF) or function.name in _TRAINING_METHODS):
            return True
        if _differentiates(frame.module, function) or (
            function is not None and trains(inference, frame.module, [body])
        ):
            return True
        if function is None and any(frame.module.calls.get(name) for name in ("set_grad_enabled",)):
            return True
    return False


def _differentiates(module: Module, function: Function | None) -> bool:
    return any(module.function_of(call) is function for name in _TRAINS for call in module.calls.get(name, ()))


def keeping(module: Module, call: ast.Call, path: Path) -> Region | None:
    """The loop of the call's own function over whose rounds its output is kept; None if it is not."""
    loops = [region for region in path.frames[0].regions if region.kind is RegionKind.LOOP and not region.once]
    if not loops:
        return None
    parent = module.parents.get(call)
    if isinstance(parent, ast.ListComp | ast.DictComp) and parent is loops[0].node:
        return loops[0]
    kept = _kept(module, call, parent)
    if kept is None:
        return None
    # A list that is made anew in each round keeps one round only: the loops inside which it is made do not count.
    outside = [region for region in loops if not _made_inside(module, kept, region.node)]
    return outside[0] if outside and outside[0] is loops[0] else None


def _kept(module: Module, call: ast.Call, parent: ast.AST | None) -> ast.expr | None:
    """The list or dict into which an output goes as it is, directly or under a name."""
    holder = _container(module, call)
    if holder is not None:
        return holder
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name):
        name = parent.targets[0].id
        for use in module.names.get(name, ()):
            if isinstance(use.ctx, ast.Load) and [b.value for b in bindings_of(module, use)] == [call]:
                holder = _container(module, use)
                if holder is not None:
                    return holder
    return None


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
