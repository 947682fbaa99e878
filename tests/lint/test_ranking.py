"""Which of several findings at one place is told."""

from __future__ import annotations

import pytest

from lint_rules.findings.diagnostics import Confidence, Diagnostic, Location, Position, Severity
from lint_rules.rules.base import Finding
from lint_rules.run.ranking import in_order, rank


def at(code: str, row: int | None, message: str = "m") -> Finding:
    place = Location("/a.py", Position(row or 1, 1), Position(row or 1, 5))
    anchor = None if row is None else place.start
    return Finding(
        Diagnostic(code, "n", message, Severity.WARNING, Confidence.CERTAIN, place, noqa_row=1, anchor=anchor)
    )


@pytest.mark.parametrize(
    ("codes", "kept"),
    [
        (["KI203", "KI201", "KI202"], ["KI201"]),
        (["KI201", "KI205", "KI204"], ["KI205"]),
        (["KI201", "KI301", "KI403"], ["KI201", "KI301", "KI403"]),
        (["KI201", "KI301", "KI403", "KI104"], ["KI104", "KI403"]),
        (["KI104", "KI101"], ["KI101"]),
    ],
    ids=[
        "first of a family",
        "KI205 before its family",
        "families side by side",
        "KI1 silences KI2 and KI3",
        "first of KI1",
    ],
)
def test_findings_at_one_call_compete(codes: list[str], kept: list[str]) -> None:
    assert sorted(each.diagnostic.code for each in rank([at(code, 3) for code in codes])) == kept


def test_findings_at_other_calls_do_not() -> None:
    assert len(rank([at("KI101", 3), at("KI201", 4), at("KI202", None)])) == 3


def test_findings_without_an_anchor_only_lose_their_doubles() -> None:
    assert len(rank([at("KI201", None), at("KI201", None), at("KI201", None, "other")])) == 2


def test_findings_are_told_by_file_and_place() -> None:
    later, first, other = at("KI101", 7).diagnostic, at("KI403", 3).diagnostic, at("KI201", 5).diagnostic
    assert in_order([later, other, first]) == (first, other, later)
