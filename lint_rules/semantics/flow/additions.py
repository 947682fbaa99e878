"""What is put into a list or a dict after it was made: `rows.append(row)`, `rows += more`, `inputs[name] = row`."""

from __future__ import annotations

import ast

from lint_rules.records import dataclass, replace
from lint_rules.semantics.flow.use_def import always_runs_before, bindings_of, loops_around, uses_of
from lint_rules.semantics.knowledge.containers import ADDS_MANY, ADDS_ONE
from lint_rules.semantics.syntax.module_index import Class, Module
from lint_rules.semantics.syntax.scopes import Binding, BindingKind


@dataclass(frozen=True, slots=True)
class Additions:
    """The expressions that are added to a list; of those in `lists`, the elements.

    `once` tells that it is one, added once whenever the list is made; `renewed` that the list is made before a loop
    that adds to it, and anew in the loop; `walked` is what the one loop goes over that adds some in each iteration,
    and is all that adds any; `singly` that it adds one at most in each.
    """

    nodes: tuple[ast.expr, ...]
    lists: frozenset[ast.expr] = frozenset()
    once: bool = False
    renewed: bool = False
    walked: ast.expr | None = None
    singly: bool = False

    def __bool__(self) -> bool:
        return bool(self.nodes)


def additions_to(module: Module, binding: Binding) -> Additions:
    """What is added to the list that a binding makes."""
    return module.once((additions_to, binding), lambda: _additions_to(module, binding))


def _additions_to(module: Module, binding: Binding) -> Additions:
    calls = [
        (method, call)
        for method in (*ADDS_ONE, *ADDS_MANY)
        for call in module.calls.get(method, ())
        if call.args
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == binding.name
        and module.scopes[call].find(binding.name) is binding.scope
        and (module.function_of(call) is not binding.scope.function or binding in bindings_of(module, call.func.value))
    ]
    found = _additions(calls)
    once = len(calls) == 1 and not found.lists and _runs_with(module, binding, calls[0][1])
    renewed = any(_renewed(module, call) for _, call in calls)
    walks = {_walked(module, binding, call) for _, call in calls} if not found.lists else set()
    walked = walks.pop() if len(walks) == 1 else None  # in one loop, on whichever of its branches
    return replace(found, once=once, renewed=renewed, walked=walked, singly=walked is not None and len(calls) == 1)


def stored_under_keys(module: Module, binding: Binding) -> tuple[ast.expr, ...]:
    """What is stored under some key, or index, of what a binding makes."""
    parents = module.parents
    targets = [target for use in uses_of(module, binding) if isinstance(target := parents.get(use), ast.Subscript)]
    return tuple(
        statement.value
        for target in targets
        if isinstance(target.ctx, ast.Store)
        and isinstance(statement := parents.get(target), ast.Assign)
        and target in statement.targets
    )


def additions_to_attribute(cls: Class, name: str) -> Additions:
    """What the module of a class adds to the list in an attribute."""
    module = cls.module
    calls = [
        (parent.attr, call)
        for node in module.attributes.get(name, ())
        if isinstance(parent := module.parents.get(node), ast.Attribute)
        and parent.attr in (*ADDS_ONE, *ADDS_MANY)
        and isinstance(call := module.parents.get(parent), ast.Call)
        and call.func is parent
        and call.args
    ]
    return _additions(calls)


def _additions(calls: list[tuple[str, ast.Call]]) -> Additions:
    lists = frozenset(call.args[-1] for method, call in calls if method in ADDS_MANY)
    return Additions(tuple(call.args[-1] for _, call in calls), lists)


def _walked(module: Module, binding: Binding, call: ast.Call) -> ast.expr | None:
    """What the one loop goes over that stands around an addition and not around what makes the list."""
    made = loops_around(module, binding.node)
    loops = [loop for loop in loops_around(module, call) if loop not in made]
    only = loops[0] if len(loops) == 1 else None
    return only.iter if isinstance(only, ast.For | ast.AsyncFor) else None


def _renewed(module: Module, call: ast.Call) -> bool:
    """Whether a list is emptied in a loop that adds to it, and was made before that: it is filled again and again."""
    loops = {parent for _, parent in module.ancestors(call) if isinstance(parent, ast.For | ast.AsyncFor | ast.While)}
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    emptied = [
        {parent for _, parent in module.ancestors(other.node)} & loops
        for other in (bindings_of(module, receiver) if isinstance(receiver, ast.Name) else ())
        if isinstance(other.value, ast.List) and not other.value.elts
    ]
    return any(before < within for before in emptied for within in emptied)


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
