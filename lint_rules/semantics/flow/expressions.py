"""What the control flow asks of expressions and patterns: the order of their parts, and what they certainly do."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from lint_rules.semantics.knowledge.leaving_calls import ENDING_CALLS, RAISING_CALLS, SWALLOWING_MANAGERS
from lint_rules.semantics.syntax.module_index import CHILD_FIELDS, Module, dotted, last_name
from lint_rules.semantics.syntax.scopes import BindingKind


def leaves(module: Module, call: ast.Call) -> bool:
    """Whether a call always ends in an exception of its own making: `sys.exit()`, `exit()`."""
    return _library_name(module, call.func) in RAISING_CALLS


def ends_process(module: Module, call: ast.Call) -> bool:
    """Whether a call ends the process on the spot: `os._exit(1)`."""
    return _library_name(module, call.func) in ENDING_CALLS


def _library_name(module: Module, node: ast.expr) -> str | None:
    """`sys.exit` for a function that is imported under any name, `builtins.exit` for a builtin."""
    text = dotted(node)
    if text is None:
        return None
    root, _, rest = text.partition(".")
    scope = module.scopes[node].find(root)
    if scope is None:
        return None if rest or module.stars else f"builtins.{root}"
    bindings = scope.bindings[root]
    alias = bindings[0].node
    if len(bindings) != 1 or not isinstance(alias, ast.alias):
        return None
    if bindings[0].kind is BindingKind.IMPORT:
        return f"{alias.name if alias.asname else root}.{rest}" if rest else None
    source = module.parents.get(alias)
    if bindings[0].kind is not BindingKind.IMPORT_FROM or not isinstance(source, ast.ImportFrom) or source.level:
        return None
    return ".".join(filter(None, (source.module, alias.name, rest)))


_LEAVING_NAMES = frozenset(name.rpartition(".")[2] for name in RAISING_CALLS | ENDING_CALLS)


def forks_of(module: Module) -> set[ast.AST]:
    """The expressions (and their statements) that hold a walrus, or a call that does not come back.

    Only in these does it matter for the names of a unit which part of an expression is evaluated.
    """
    known = module.derived.get(forks_of)
    if isinstance(known, set):
        return known
    names = set(_LEAVING_NAMES)
    found: list[ast.AST] = []
    for bindings in (held for scope in set(module.scopes.values()) for held in scope.bindings.values()):
        for node in (binding.node for binding in bindings):
            if isinstance(node, ast.NamedExpr):
                found.append(node)
            elif isinstance(node, ast.alias) and node.asname is not None and node.name in _LEAVING_NAMES:
                names.add(node.asname)
    calls = (call for name in names for call in module.calls.get(name, ()))
    found += [call for call in calls if leaves(module, call) or ends_process(module, call)]
    forks: set[ast.AST] = set()
    for node in found:
        current: ast.AST | None = node
        while current is not None and current not in forks:
            forks.add(current)
            current = None if isinstance(current, ast.stmt) else module.parents.get(current)
    module.derived[forks_of] = forks
    return forks


def names_of(target: ast.expr) -> Iterable[ast.Name]:
    """The names that a target or `del` names itself, in tuples too."""
    if isinstance(target, ast.Name):
        yield target
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from names_of(element)


def evaluated_with(arguments: ast.arguments) -> list[ast.expr]:
    """What Python evaluates of a parameter list where the function is made: defaults and annotations."""
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    annotations = [item.annotation for item in named if item is not None]
    return [part for part in [*arguments.defaults, *arguments.kw_defaults, *annotations] if part is not None]


def parts_of(node: ast.AST) -> list[ast.AST]:
    """The parts of an expression in the order in which Python evaluates them."""
    kind = type(node)
    parts: list[ast.AST] = []
    for name in _EVALUATION_ORDER.get(kind) or CHILD_FIELDS[kind]:
        value = getattr(node, name, None)
        if isinstance(value, list):
            parts += [child for child in value if child is not None]
        elif value is not None:
            parts.append(value)
    return parts


# Where that is not the order of the fields.
_EVALUATION_ORDER: dict[type[ast.AST], tuple[str, ...]] = {
    ast.IfExp: ("test", "body", "orelse"),
    ast.DictComp: ("generators", "key", "value"),
    ast.ListComp: ("generators", "elt"),
    ast.SetComp: ("generators", "elt"),
    ast.GeneratorExp: ("generators", "elt"),
    ast.comprehension: ("iter", "target", "ifs"),
}


def is_called(module: Module, node: ast.expr) -> bool:
    """Whether a name is read to call it."""
    parent = module.parents.get(node)
    return isinstance(parent, ast.Call) and parent.func is node


def constant_truth(test: ast.expr) -> bool | None:
    """What a test always is, None where that is not written there."""
    negated = False
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        negated, test = not negated, test.operand
    found: bool | None = None
    if isinstance(test, ast.Constant):
        found = bool(test.value)
    elif isinstance(test, ast.BoolOp):
        parts = {constant_truth(value) for value in test.values}
        deciding = isinstance(test.op, ast.Or)
        if deciding in parts:
            found = deciding
        elif parts == {not deciding}:
            found = not deciding
    return None if found is None else found is not negated


def certainly_has_items(module: Module, iterable: ast.expr) -> bool:
    """Whether a loop certainly runs at least once: over a display with items, a text, `range(3)`."""
    if isinstance(iterable, ast.List | ast.Tuple | ast.Set):
        return any(not isinstance(item, ast.Starred) for item in iterable.elts)
    if isinstance(iterable, ast.Constant):
        return isinstance(iterable.value, str | bytes) and bool(iterable.value)
    if not isinstance(iterable, ast.Call) or _library_name(module, iterable.func) != "builtins.range":
        return False
    limit = iterable.args[0] if len(iterable.args) == 1 else None
    return isinstance(limit, ast.Constant) and isinstance(limit.value, int) and limit.value > 0


def swallows_exceptions(manager: ast.expr) -> bool:
    return isinstance(manager, ast.Call) and last_name(manager.func) in SWALLOWING_MANAGERS


def catches_all(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or last_name(handler.type) == "BaseException"


def always_matches(pattern: ast.pattern) -> bool:
    if isinstance(pattern, ast.MatchAs):
        return pattern.pattern is None or always_matches(pattern.pattern)
    return isinstance(pattern, ast.MatchOr) and any(always_matches(item) for item in pattern.patterns)
