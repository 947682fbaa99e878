"""How rules offer a fix: a rewrite from `fixes`, computed only when it is wanted."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Protocol

from lint_rules.findings.diagnostics import Applicability, Edit, Fix, Position, chained
from lint_rules.semantics.syntax.module_index import Module, end, start


class Rewrite(Protocol):
    """A rewrite of the call that starts at `at` and ends before `end`; None where it does not know the shape."""

    def __call__(self, text: str, at: Position, *, end: Position) -> tuple[Edit, ...] | None: ...


def offer(
    module: Module,
    node: ast.expr | ast.stmt,
    rewrite: Callable[[], Rewrite],
    message: str,
    *,
    safe: bool = False,
    proven: bool = False,
) -> Callable[[], Fix | None]:
    """The fix that `rewrite` makes of `node`. `rewrite` is asked for late, so that LibCST is imported late.

    `message` says what is rewritten and, unless `safe`, what may change. `proven`: to be applied only where a run of
    the program has proven it.
    """

    def fix() -> Fix | None:
        from lint_rules.fixes.apply.cells import fix_in_cells

        text = module.whole or module.text
        edits = rewrite()(text, place(module, *start(node)), end=place(module, *end(node)))
        if not edits:
            return None
        applicability = Applicability.SAFE if safe else Applicability.DISPLAY if proven else Applicability.UNSAFE
        return fix_in_cells(Fix(applicability, message, edits), text, module.locate)

    return fix


def first_of(*fixes: Callable[[], Fix | None]) -> Callable[[], Fix | None]:
    """The first of the fixes that there is."""
    return lambda: next((found for fix in fixes if (found := fix()) is not None), None)


def all_of(*fixes: Callable[[], Fix | None]) -> Callable[[], Fix | None]:
    """The first of the fixes that there is, with those behind it as what to try where it does not hold."""

    def fix() -> Fix | None:
        kept: list[Fix] = []
        for each in fixes:
            found = each()
            if found is not None and all(found.edits != other.edits for other in kept):
                kept.append(found)
        return chained(kept)

    return fix


def place(module: Module, row: int, offset: int) -> Position:
    """The position in the module's text of a byte offset in one of its rows."""
    line = module.lines[row - 1]
    return Position(row, (offset if line.isascii() else len(line.encode()[:offset].decode("utf-8", "replace"))) + 1)
