"""The `for` loop around a per-sample call, and the parts of it a rewrite needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import libcst as cst

from lint_rules.fixes.tree.changes import Changes
from lint_rules.fixes.tree.locate import Tree
from lint_rules.fixes.tree.names import (
    REMEMBERED,
    comprehension_names,
    kinds_in,
    read_paths,
    roots,
    target_paths,
    touches,
    walk,
    words,
)
from lint_rules.records import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """`node` is the loop, `at` the statement of its body that holds the call, `before` and `behind` the others."""

    node: cst.For
    before: Sequence[cst.BaseStatement]
    at: cst.BaseStatement | cst.BaseSmallStatement
    behind: Sequence[cst.BaseStatement]

    @property
    def targets(self) -> set[str]:
        """The names the loop binds."""
        return target_paths(self.node.target)

    @property
    def body(self) -> tuple[cst.CSTNode, ...]:
        return (*self.before, self.at, *self.behind)

    @property
    def inline(self) -> bool:
        """Whether the body stands on the row of the `for`."""
        return not isinstance(self.node.body, cst.IndentedBlock)


def shape_around(tree: Tree, call: cst.BaseExpression) -> Shape | None:
    """The loop whose body runs the call exactly once per iteration, before any branch; None where there is none."""
    loop, statement = loop_around(tree, call)
    return _shape(tree, loop, statement) if isinstance(loop, cst.For) and statement is not None else None


def loop_around(tree: Tree, call: cst.BaseExpression) -> tuple[cst.For | cst.While | None, cst.CSTNode | None]:
    """The loop whose body runs the call in each iteration, before any branch, and the statement of the body that does;
    None where there is none."""
    inside: cst.CSTNode = call
    statement: cst.CSTNode | None = None
    for around in tree.ancestors(call):
        if isinstance(around, (cst.Lambda, cst.IfExp, cst.BaseComp, cst.BooleanOperation, cst.Await, cst.NamedExpr)):
            return None, None
        if statement is None and isinstance(around, cst.BaseSmallStatement):
            statement = around
        elif statement is None and isinstance(around, cst.BaseCompoundStatement):
            if not (isinstance(around, cst.If) and inside is around.test) and not (
                isinstance(around, cst.For) and inside is around.iter
            ):
                return None, None
            statement = around
            if isinstance(around, cst.If) and isinstance(tree.parent(around), cst.If):
                return None, None
        elif isinstance(around, (cst.For, cst.While)):
            return (around, statement) if statement is not None else (None, None)
        elif isinstance(around, cst.BaseCompoundStatement):
            return None, None
        inside = around
    return None, None


def branch_around(tree: Tree, call: cst.Call) -> tuple[Shape, list[cst.BaseExpression]] | None:
    """The loop whose body runs the call in a branch, at most once per round, and the conditions that decide on that."""
    inside: cst.CSTNode = call
    statement: cst.CSTNode | None = None
    conditions: list[cst.BaseExpression] = []
    for around in tree.ancestors(call):
        match around:
            case cst.IfExp(test=test) | cst.If(test=test):
                conditions += [test] if inside is not test else []
            case cst.BooleanOperation(left=left):
                conditions += [left] if inside is not left else []
            case cst.Lambda() | cst.BaseComp() | cst.Await() | cst.NamedExpr():
                return None
            case cst.For():
                shape = _shape(tree, around, statement) if statement is not None and inside is around.body else None
                return (shape, conditions) if shape is not None and conditions else None
            case cst.BaseCompoundStatement():
                return None
        if isinstance(around, (cst.BaseSmallStatement, cst.BaseCompoundStatement)):
            statement = around
        inside = around
    return None


def _shape(tree: Tree, loop: cst.For, statement: cst.CSTNode) -> Shape | None:
    if loop.asynchronous or not isinstance(statement, (cst.BaseSmallStatement, cst.BaseCompoundStatement)):
        return None
    if isinstance(loop.body, cst.SimpleStatementSuite):
        return Shape(loop, (), statement, ()) if len(loop.body.body) == 1 else None
    rows = list(loop.body.body)
    for place, row in enumerate(rows):
        if row is statement or (isinstance(row, cst.SimpleStatementLine) and list(row.body) == [statement]):
            if not all(isinstance(other, cst.BaseStatement) for other in rows):
                return None
            before = [other for other in rows[:place] if isinstance(other, cst.BaseStatement)]
            behind = [other for other in rows[place + 1 :] if isinstance(other, cst.BaseStatement)]
            return Shape(loop, before, statement, behind)
    return None


def outlives(tree: Tree, loop: cst.For, names: Iterable[str]) -> bool:
    """Whether code behind a loop, or a loop around it, may see which value one of some names was left with."""
    text = tree.text
    start, stop = tree.full_span(loop)
    scope_end = len(text)
    scope_start = stop
    for around in tree.ancestors(loop):
        if isinstance(around, (cst.For, cst.While)):
            scope_start = tree.full_span(around)[0]
        elif isinstance(around, cst.FunctionDef):
            scope_end = tree.full_span(around)[1]
            break
    outside = words(f"{text[min(scope_start, start) : start]} {text[stop:scope_end]}")
    return not outside.isdisjoint(names)


def plain_bindings(statements: Iterable[cst.CSTNode]) -> set[str]:
    """The names the statements bind for certain, by plain assignment on their own level."""
    return {name for statement in statements for name in _binds(statement)}


@lru_cache(REMEMBERED)
def _binds(statement: cst.CSTNode) -> frozenset[str]:
    bound: set[str] = set()
    for small in statement.body if isinstance(statement, cst.SimpleStatementLine) else ():
        if isinstance(small, cst.Assign):
            for target in small.targets:
                if _only_names(target.target):
                    bound |= target_paths(target.target)
        elif isinstance(small, cst.AugAssign) and isinstance(small.target, cst.Name):
            if isinstance(small.value, (cst.Integer, cst.Float)):
                bound.add(small.target.value)
        elif isinstance(small, cst.AnnAssign) and small.value is not None and isinstance(small.target, cst.Name):
            bound.add(small.target.value)
    return frozenset(bound)


def _only_names(target: cst.BaseExpression) -> bool:
    if isinstance(target, (cst.Tuple, cst.List)):
        return all(_only_names(element.value) for element in target.elements)
    return isinstance(target, cst.Name)


def free_reads(statements: Iterable[cst.CSTNode], known: set[str]) -> set[str]:
    """The chains of names the statements read before they bind them; `known` are bound from the start."""
    bound, found = set(known), set()
    for statement in statements:
        found |= {path for path in _reads(statement) if path.partition(".")[0] not in bound}
        bound |= _binds(statement)
    return found


@lru_cache(REMEMBERED)
def _reads(statement: cst.CSTNode) -> frozenset[str]:
    """The chains of names that a statement reads; a name that it only binds is none of them."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return frozenset(read_paths(statement))
    found: set[str] = set()
    for small in statement.body:
        parts: list[cst.CSTNode] = [small]
        if isinstance(small, cst.Assign):
            targets = [target.target for target in small.targets]
            parts = [small.value, *(target for target in targets if not _only_names(target))]
        found = found.union(*(read_paths(part) for part in parts))
    return frozenset(found)


def leaves_early(statements: Iterable[cst.CSTNode]) -> bool:
    """Whether a statement can skip the rest of the iteration."""
    return _hold(statements, cst.Continue, cst.Break, cst.Return, cst.Raise, cst.Try)


def leaves_function(statements: Iterable[cst.CSTNode]) -> bool:
    """Whether a statement can end or suspend the function."""
    return _hold(statements, cst.Return, cst.Yield, cst.Await)


def suspends(statements: Iterable[cst.CSTNode]) -> bool:
    """Whether a statement hands a value out before the loop has ended."""
    return _hold(statements, cst.Yield, cst.Await)


def raises(statements: Iterable[cst.CSTNode]) -> bool:
    """Whether a statement can raise an exception of its own accord."""
    return _hold(statements, cst.Raise, cst.Assert)


def _hold(statements: Iterable[cst.CSTNode], *kinds: type[cst.CSTNode]) -> bool:
    return any(not kinds_in(statement).isdisjoint(kinds) for statement in statements)


def ends_loop(statements: Iterable[cst.CSTNode]) -> bool:
    """Whether a statement of a loop's body can end that loop: `break`, `return`, `raise`."""
    return any(_ends_loop(statement) for statement in statements)


@lru_cache(REMEMBERED)
def _ends_loop(statement: cst.CSTNode) -> bool:
    if not _hold([statement], cst.Return, cst.Raise, cst.Break):
        return False
    waiting = [(statement, False)]
    while waiting:
        node, nested = waiting.pop()
        if isinstance(node, (cst.Return, cst.Raise)) or (isinstance(node, cst.Break) and not nested):
            return True
        if isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
            continue
        inner = nested or isinstance(node, (cst.For, cst.While))
        waiting.extend((child, inner) for child in node.children)
    return False


def keeps_code(statements: Iterable[cst.CSTNode]) -> bool:
    """Whether a statement binds code that runs later, when the names it reads may have moved on: `f = lambda: name`."""
    return any(_keeps_code(statement) for statement in statements)


@lru_cache(REMEMBERED)
def _keeps_code(statement: cst.CSTNode) -> bool:
    return _hold([statement], cst.FunctionDef, cst.ClassDef) or any(
        isinstance(node, cst.Assign) and isinstance(node.value, (cst.Lambda, cst.GeneratorExp))
        for node in walk(statement)
    )


def independent(shape: Shape, receiver: cst.BaseExpression, inputs: Sequence[cst.CSTNode], changes: Changes) -> bool:
    """Whether neither the model nor an input depends on what an earlier iteration did behind the call."""
    if touches(read_paths(receiver), changes.changed(shape.body, guessed=False) | shape.targets):
        return False
    renewed = shape.targets | plain_bindings(shape.before)
    carried = {
        path
        for node in inputs
        for path in read_paths(node)
        if path.partition(".")[0] not in renewed | comprehension_names(node)
    }
    late = changes.changed([shape.at, *shape.behind]) | changes.written_through(shape.before, [shape.at, *shape.behind])
    earlier = free_reads(shape.before, shape.targets) | carried
    if touches(earlier | read_paths(shape.node.iter), late):
        return False
    # An item of what the loop goes over, changed for its own sake, is changed for whoever reads the whole, too.
    writes_item = touches(shape.targets, changes.mutated([shape.at, *shape.behind]))
    return not (writes_item and roots(read_paths(shape.node.iter)) & roots(earlier))
