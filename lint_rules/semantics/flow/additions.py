"""What is put into a list after it was made: `rows.append(row)`, `rows.extend(more)`, `rows += more`."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from lint_rules.semantics.flow.use_def import always_runs_before, loops_around, uses_of
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Module, last_name
from lint_rules.semantics.syntax.scopes import Binding, BindingKind

_ONE_BY_ONE = ("append", "appendleft", "add", "insert")
_MANY = ("extend",)


@dataclass(frozen=True, slots=True)
class Additions:
    """The expressions that are added to a list.

    `once` tells that it is one, added once whenever the list is made; `renewed` that the list is made before a loop
    that adds to it, and anew in the loop.
    """

    nodes: tuple[ast.expr, ...]
    by_many: bool
    once: bool
    renewed: bool = False

    def __bool__(self) -> bool:
        return bool(self.nodes)


def additions_to(module: Module, binding: Binding) -> Additions:
    """What is added to the list that a binding makes."""
    calls = [
        (method, call)
        for method in (*_ONE_BY_ONE, *_MANY)
        for call in module.calls.get(method, ())
        if call.args
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == binding.name
        and module.scopes[call].find(binding.name) is binding.scope
    ]
    nodes = tuple(call.args[-1] for _, call in calls)
    by_many = bool(calls) and all(method in _MANY for method, _ in calls)
    once = len(calls) == 1 and not by_many and _runs_with(module, binding, calls[0][1])
    return Additions(nodes, by_many, once, any(_renewed(module, binding, call) for _, call in calls))


def is_empty_collection(node: ast.expr) -> bool:
    """`[]`, `list()`, `deque()`, `deque(maxlen=100)`."""
    if isinstance(node, ast.List):
        return not node.elts
    return isinstance(node, ast.Call) and last_name(node.func) in ("deque", "list") and not node.args


def additions_to_attribute(project: Project, name: str) -> tuple[list[tuple[Module, ast.expr]], bool]:
    """What is appended to attributes of a name, and whether nothing else can change what they hold.

    They may be sampled from and measured; any other use of the name, in any class, may add to them unseen.
    """
    found: list[tuple[Module, ast.expr]] = []
    complete = True
    for module in project.modules_mentioning(name):
        complete = complete and all(
            store.value is not None and is_empty_collection(store.value) for store in module.stores.get(name, ())
        )
        for node in module.attributes.get(name, ()):
            if not isinstance(node.ctx, ast.Load):
                continue
            parent = module.parents.get(node)
            if isinstance(parent, ast.Call) and last_name(parent.func) in ("len", "sample"):
                continue
            call = module.parents.get(parent) if isinstance(parent, ast.Attribute) else None
            if isinstance(call, ast.Call) and last_name(call.func) in ("append", "appendleft") and len(call.args) == 1:
                found.append((module, call.args[0]))
            else:
                complete = False
    return found, complete


def _renewed(module: Module, binding: Binding, call: ast.Call) -> bool:
    """Whether a list is emptied in the loop that adds to it, and was made before it: it is filled again and again."""
    loops = {parent for _, parent in module.ancestors(call) if isinstance(parent, ast.For | ast.AsyncFor | ast.While)}
    emptied = [
        {parent for _, parent in module.ancestors(other.node)} & loops
        for other in binding.scope.bindings[binding.name]
        if isinstance(other.value, ast.List) and not other.value.elts
    ]
    return any(emptied) and not all(emptied)


def _runs_with(module: Module, binding: Binding, call: ast.Call) -> bool:
    """Whether a call runs once whenever the binding does, and before all other uses of what was bound."""
    if any(other.kind is BindingKind.AUGMENT for other in binding.scope.bindings[binding.name]):
        return False
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    return (
        isinstance(module.parents.get(call), ast.Expr)
        and loops_around(module, call) == loops_around(module, binding.node)
        and always_runs_before(module, binding.node, call)
        and all(always_runs_before(module, call, use) for use in uses_of(module, binding) if use is not receiver)
    )
