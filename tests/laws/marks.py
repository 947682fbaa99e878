"""Marks on the statements of a program, by which a finding is known again when the program is written otherwise."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

import libcst as cst

from laws.programs import found_rows

Marked = Counter[tuple[str, str]]
"""How often there is a finding of (code, mark of the statement)."""

_MARK = re.compile(r"# (~\w+)$")


def marked(files: Mapping[str, str]) -> dict[str, str]:
    """The same files, with a comment of its own at the end of each statement (of its first line, where it has more)."""
    changed = dict(files)
    for number, name in enumerate(sorted(name for name in files if name.endswith(".py"))):
        changed[name] = cst.parse_module(files[name]).visit(_Marker(f"~{number}x")).code
    return changed


def marked_findings(files: Mapping[str, str]) -> Marked:
    """What is found in marked files, by the mark of the statement."""
    lines = {name: text.splitlines() for name, text in files.items()}
    return Counter((code, _mark(lines[name][row - 1 :])) for code, name, row in found_rows(files))


def _mark(lines: list[str]) -> str:
    """The mark of the statement that goes on in the first of some lines: it stands at its end."""
    found = (_MARK.search(line) for line in lines)
    return next((mark[1] for mark in found if mark is not None), "")


class _Marker(cst.CSTTransformer):
    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.prefix = prefix
        self.count = 0

    def _after(self, space: cst.TrailingWhitespace) -> cst.TrailingWhitespace:
        self.count += 1
        before = f"{space.comment.value}  " if space.comment is not None else ""
        comment = cst.Comment(f"{before}# {self.prefix}{self.count}")
        return space.with_changes(whitespace=cst.SimpleWhitespace("  "), comment=comment)

    def leave_SimpleStatementLine(  # noqa: N802
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine:
        return updated_node.with_changes(trailing_whitespace=self._after(updated_node.trailing_whitespace))

    def leave_SimpleStatementSuite(  # noqa: N802
        self, original_node: cst.SimpleStatementSuite, updated_node: cst.SimpleStatementSuite
    ) -> cst.SimpleStatementSuite:
        return updated_node.with_changes(trailing_whitespace=self._after(updated_node.trailing_whitespace))

    def leave_IndentedBlock(  # noqa: N802
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        return updated_node.with_changes(header=self._after(updated_node.header))
