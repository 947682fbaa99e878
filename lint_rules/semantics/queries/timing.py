"""Is code timed for the time's sake, or does it merely say how long it took?

A benchmark repeats a call because its time is the result: it keeps the times, or throws away what the call gave. A
program that reads a clock around its work, uses the work's result and prints the seconds is no benchmark.
"""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import Instance
from lint_rules.semantics.flow.read_back import makes_record
from lint_rules.semantics.knowledge.clocks import CLOCKS, SHOWS
from lint_rules.semantics.syntax.blocks import place_of
from lint_rules.semantics.syntax.module_index import Module, last_name, start


def is_benchmarked(types: Inference, module: Module, statement: ast.stmt) -> bool:
    """Whether a clock is read right before a statement and right after, for the sake of the time.

    Or a stopwatch of the project does so around it: `with Timer() as timer: y = model.predict(x)`.
    """
    after = _clock_after(types, module, statement)
    used = bool(_uses(module, _bound(statement), statement))
    if after is not None:
        return not (used and _only_shown(module, [after]))
    watched = _stopwatch_around(types, module, statement)
    if watched is None:
        return False
    names = [node for item in watched.items for node in ast.walk(item) if isinstance(node, ast.Name)]
    taken = [name for name in names if isinstance(name.ctx, ast.Store)]
    return not (used and _only_shown(module, [module.statement_of(use) for use in _uses(module, taken, watched)]))


def is_timed(types: Inference, module: Module, statement: ast.stmt) -> bool:
    """Whether a clock is read right before a statement and right after."""
    return _clock_after(types, module, statement) is not None


def _clock_after(types: Inference, module: Module, statement: ast.stmt) -> ast.stmt | None:
    """The statement right after this one if it reads a clock and the one right before does too.

    What only gives something a name takes no time.
    """
    place = place_of(module, statement)
    if place is None:
        return None
    before, after = reversed(place.block[: place.number]), place.block[place.number + 1 :]
    clocks = [next((s for s in part if not _is_free(types, module, s)), None) for part in (before, after)]
    return clocks[1] if all(clock is not None and _reads_clock(module, clock) for clock in clocks) else None


def _stopwatch_around(types: Inference, module: Module, statement: ast.stmt) -> ast.With | None:
    """The `with` right around a statement that enters an object of which both ends read a clock."""
    around = module.parents.get(statement)
    if not isinstance(around, ast.With):
        return None
    entered = [value for item in around.items for value in types.values(module, item.context_expr)]
    ends = [
        [types.method(value.cls, name) for name in ("__enter__", "__exit__")]
        for value in entered
        if isinstance(value, Instance)
    ]
    watches = any(all(end is not None and _reads_clock(end.module, end.node) for end in pair) for pair in ends)
    return around if watches else None


def _is_free(types: Inference, module: Module, statement: ast.stmt) -> bool:
    """Whether a statement only names something, or keeps it in a record."""
    if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
        return isinstance(statement, ast.AnnAssign | ast.Pass)
    calls = module.order.within(statement.value, ast.Call)
    return all(makes_record(types, module, call) for call in calls)


def _reads_clock(module: Module, node: ast.AST) -> bool:
    """Whether a clock is read anywhere in a node."""
    return any(module.order.holds(node, call) for clock in CLOCKS for call in module.calls.get(clock, ()))


def _bound(statement: ast.stmt) -> list[ast.Name]:
    """The names that a statement assigns to."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return [item for target in targets for item in ast.walk(target) if isinstance(item, ast.Name)]


def _uses(module: Module, names: list[ast.Name], statement: ast.stmt) -> list[ast.Name]:
    """Where names that a statement binds are read further down."""
    return [
        use
        for name in names
        for use in module.names.get(name.id, ())
        if isinstance(use.ctx, ast.Load)
        and start(use) > start(statement)
        and module.scopes[use].find(use.id) is module.scopes[name].find(name.id)
    ]


def _only_shown(module: Module, statements: list[ast.stmt]) -> bool:
    """Whether a time that statements take is printed, logged or drawn, and kept nowhere."""
    todo, seen = list(statements), set[ast.stmt]()
    while todo:
        statement = todo.pop()
        if statement in seen:
            continue
        seen.add(statement)
        if isinstance(statement, ast.Assign) and all(isinstance(target, ast.Name) for target in statement.targets):
            todo.extend(module.statement_of(use) for use in _uses(module, _bound(statement), statement))
        elif not (isinstance(statement, ast.Expr) and _shows(statement.value)):
            return False
    return True


def _shows(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in SHOWS
