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
    that adds to it, and emptied in the loop, or that a method empties it whenever it is full; `walked` is what the one
    loop goes over that adds some in each iteration, and is all that adds any; `singly` that it adds one at most each.
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
    return replace(_additions(calls), renewed=any(_emptied_when_full(cls, name, call) for _, call in calls))


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
    if not isinstance(receiver, ast.Name) or not loops:
        return False
    bindings = bindings_of(module, receiver)
    places: list[ast.AST] = [other.node for other in bindings if _is_empty_list(other.value)]
    places += [
        node
        for node in _cleared(module)
        if isinstance(node, ast.Name) and node.id == receiver.id and set(bindings_of(module, node)) & set(bindings)
    ]
    emptied = [{parent for _, parent in module.ancestors(place)} & loops for place in places]
    return any(before < within for before in emptied for within in emptied)


def _emptied_when_full(cls: Class, name: str, call: ast.Call) -> bool:
    """Whether the method that adds to a list in an attribute empties it where it has grown to some length."""
    module, method = cls.module, cls.module.function_of(call)
    emptied: list[ast.AST] = [store.target for store in cls.stores.get(name, ()) if _is_empty_list(store.value)]
    emptied += [node for node in _cleared(module) if isinstance(node, ast.Attribute) and node.attr == name]
    emptying = {function.name for node in emptied if (function := module.function_of(node)) is not None}
    return method is not None and any(
        any(module.order.holds(part, node) for node in emptied)
        or any(_is_own_call(inner, emptying) for inner in module.order.within(part, ast.Call))
        for test in module.order.within(method.node, ast.If)
        if _asks_for_length(module, test.test, name)
        for part in test.body
    )


def _is_empty_list(node: ast.expr | None) -> bool:
    return isinstance(node, ast.List) and not node.elts


def _cleared(module: Module) -> list[ast.expr]:
    """What is emptied in place: `rows` of `rows.clear()`."""
    calls = module.calls.get("clear", ())
    return [call.func.value for call in calls if isinstance(call.func, ast.Attribute) and not call.args]


def _asks_for_length(module: Module, test: ast.expr, name: str) -> bool:
    return any(
        isinstance(call.func, ast.Name)
        and call.func.id == "len"
        and len(call.args) == 1
        and isinstance(call.args[0], ast.Attribute)
        and call.args[0].attr == name
        for call in module.order.within(test, ast.Call)
    )


def _is_own_call(call: ast.Call, names: set[str]) -> bool:
    """Whether a call is one of a method, of those with these names, on what a name holds: `self.flush()`."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in names and isinstance(call.func.value, ast.Name)


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
