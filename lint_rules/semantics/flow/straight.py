"""What a use sees where the tree alone shows it: one binding, and nothing on the way that could leave.

Nearly all uses are such: `self`, imported names, what a few lines above assigned. The answer is the one that the
analysis of reaching definitions gives (`use_def`), for a fraction of its cost; where anything is in doubt there is none
here, and the analysis answers.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from lint_rules.semantics.flow.expressions import constant_truth, forks_of
from lint_rules.semantics.syntax.blocks import place_of
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.scopes import Binding, BindingKind, Scope, ScopeKind

_SIMPLE = (BindingKind.ASSIGN, BindingKind.IMPORT, BindingKind.IMPORT_FROM, BindingKind.FUNCTION, BindingKind.CLASS)
_FOR_A_BODY = (BindingKind.ITERATION, BindingKind.WITH)
_LEAVING = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def only_binding(module: Module, name: ast.Name, home: Scope, unit: Scope) -> Binding | None:
    """The one binding of its name that a use in a unit sees; None where that takes more than a look at the tree."""
    bindings = home.bindings[name.id]
    if len(bindings) != 1 or home.kind is ScopeKind.CLASS:
        return None
    binding, straight = bindings[0], _straight(module)
    if not straight.is_reached(name):
        return None
    if home.kind is ScopeKind.COMPREHENSION:
        return binding
    if name.id in straight.deleted:
        return None
    if binding.kind is BindingKind.PARAMETER:
        return binding if home is unit else None
    bound = binding.node if isinstance(binding.node, ast.stmt) else module.parents.get(binding.node)
    if not isinstance(bound, ast.stmt) or module.scopes[bound] is not home:
        return None
    if home is unit:
        sees = straight.comes_before(bound, name, binding.kind)
    else:
        sees = home.kind is ScopeKind.MODULE and binding.kind in _SIMPLE and straight.stays(bound, unit)
    return binding if sees else None


class _Straight:
    """What certainly runs in a module, and which of its statements may leave."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.forks = forks_of(module)
        self.deleted = _deleted(module)
        self._completes: dict[ast.stmt, bool] = {}
        self._stops: dict[tuple[ast.AST, str], int] = {}
        self._reached: dict[ast.AST, bool] = {module.tree: True}
        self._stay: dict[ast.stmt, ast.stmt | None] = {}

    def is_reached(self, node: ast.AST) -> bool:
        """Whether something leads to the statement of a node, and to the functions around it, for certain."""
        passed: list[ast.AST] = []
        known, current = self._reached, node
        while current not in known:
            passed.append(current)
            current = self.module.parents[current]
        reached = known[current]
        for inner in reversed(passed):
            reached = reached and (not isinstance(inner, ast.stmt) or self._is_entered(inner))
            if isinstance(inner, ast.match_case):
                reached = False
            known[inner] = reached
        return reached

    def _is_entered(self, statement: ast.stmt) -> bool:
        """Whether the block of a statement runs as far as the statement wherever its parent runs."""
        place, parent = place_of(self.module, statement), self.module.parents[statement]
        if place is None or place.number > self._stop(parent, place.field, place.block):
            return False
        if isinstance(parent, ast.If | ast.While):
            constant = constant_truth(parent.test)
            if constant is not None or parent in self.forks:
                return False
        if place.field == "orelse" and not isinstance(parent, ast.If):
            return isinstance(parent, ast.Try) and self._block_completes(parent, "body", parent.body)
        return True

    def comes_before(self, bound: ast.stmt, name: ast.Name, kind: BindingKind) -> bool:
        """Whether a statement that binds a name has always run before a use that is reached in the same unit."""
        place = place_of(self.module, bound)
        holder = self.module.parents[bound]
        for child, parent in self.module.ancestors(name):
            if parent is bound:
                return kind in _FOR_A_BODY and isinstance(child, ast.stmt) and _is_in(child, bound)
            if parent is holder:
                other = place_of(self.module, child)
                return (
                    kind in _SIMPLE
                    and place is not None
                    and other is not None
                    and place.field == other.field
                    and place.number < other.number
                )
        return False

    def stays(self, bound: ast.stmt, unit: Scope) -> bool:
        """Whether what a statement of the module binds is there whenever a unit that uses it, a function, runs.

        The function is made by another statement of the module than the one that binds the name, or holds what does,
        and from both the module goes on to its end: whichever comes first, the function can run after both.
        """
        making = self._made_by(unit)
        if making is None or not self.is_reached(bound):
            return False
        ends, others = self._goes_on(bound), self._goes_on(making)
        return ends is not None and others is not None and ends is not others

    def _made_by(self, unit: Scope) -> ast.stmt | None:
        """The statement of the module, in a block or a class perhaps, that makes a unit or the outermost around it."""
        made: Scope | None = None
        scope: Scope | None = unit
        while scope is not None:
            if scope.kind is ScopeKind.FUNCTION:
                made = scope
            scope = scope.parent
        return self.module.statement_of(made.node) if made is not None else None

    def _goes_on(self, statement: ast.stmt) -> ast.stmt | None:
        """The statement in the body of the module that holds another, where it runs through from there to the end."""
        if statement not in self._stay:
            self._stay[statement] = self._outermost(statement)
        return self._stay[statement]

    def _outermost(self, statement: ast.stmt) -> ast.stmt | None:
        current = statement
        while True:
            place, parent = place_of(self.module, current), self.module.parents[current]
            if place is None or not self._block_completes(parent, place.field, place.block):
                return None
            if isinstance(parent, ast.Module):
                return current
            if isinstance(parent, ast.ExceptHandler):
                parent = self.module.parents[parent]
            if isinstance(parent, ast.Try) and not self._block_completes(parent, "finalbody", parent.finalbody):
                return None
            if isinstance(parent, _LOOPS) and (parent.orelse or parent in self.forks):
                return None
            if not isinstance(parent, ast.stmt) or isinstance(parent, ast.Match | _FUNCTIONS[0] | _FUNCTIONS[1]):
                return None
            current = parent

    # Statements that run through

    def _stop(self, parent: ast.AST, field: str, block: Sequence[ast.stmt]) -> int:
        """The number of the first statement of a block that may not run through; their count without one."""
        key = (parent, field)
        if key not in self._stops:
            self._stops[key] = next((n for n, each in enumerate(block) if not self.completes(each)), len(block))
        return self._stops[key]

    def _block_completes(self, parent: ast.AST, field: str, block: Sequence[ast.stmt]) -> bool:
        return self._stop(parent, field, block) == len(block)

    def completes(self, statement: ast.stmt) -> bool:
        """Whether some way leads through a statement, by what stands there."""
        known = self._completes.get(statement)
        if known is None:
            known = self._completes[statement] = statement not in self.forks and self._runs_through(statement)
        return known

    def _runs_through(self, node: ast.stmt) -> bool:
        if isinstance(node, ast.If):
            return self._if(node)
        if isinstance(node, ast.For | ast.AsyncFor):
            may_be_empty = isinstance(node.iter, ast.Name | ast.Attribute | ast.Subscript)
            return not node.orelse and (may_be_empty or self._block_completes(node, "body", node.body))
        if isinstance(node, ast.While):
            return not node.orelse and constant_truth(node.test) is None
        if isinstance(node, ast.With | ast.AsyncWith | ast.ClassDef):
            return self._block_completes(node, "body", node.body)
        if isinstance(node, ast.Try):
            return all(
                self._block_completes(node, field, getattr(node, field)) for field in ("body", "orelse", "finalbody")
            )
        if isinstance(node, ast.Assert):
            return constant_truth(node.test) is None
        return not isinstance(node, (*_LEAVING, ast.Match, ast.TryStar))

    def _if(self, node: ast.If) -> bool:
        """Whether one of the branches runs through; of `elif` there may be more than calls can nest."""
        while constant_truth(node.test) is None and node not in self.forks:
            if not node.orelse or self._block_completes(node, "body", node.body):
                return True
            following = node.orelse[0]
            if len(node.orelse) > 1 or not isinstance(following, ast.If):
                return self._block_completes(node, "orelse", node.orelse)
            node = following
        return False


def _is_in(child: ast.stmt, holder: ast.stmt) -> bool:
    body = getattr(holder, "body", ())
    return any(item is child for item in body)


def _deleted(module: Module) -> frozenset[str]:
    """The names that `del` unbinds anywhere in a module."""
    if "del" not in module.text:
        return frozenset()
    return frozenset(
        part.id
        for node in module.scopes
        if isinstance(node, ast.Delete)
        for part in ast.walk(node)
        if isinstance(part, ast.Name)
    )


def _straight(module: Module) -> _Straight:
    return module.once(_Straight, lambda: _Straight(module))
