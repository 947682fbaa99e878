"""Which of several findings at one place is told, and the order in which findings are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lint_rules.findings.diagnostics import Diagnostic
    from lint_rules.rules.base import Finding


def rank(findings: Sequence[Finding]) -> list[Finding]:
    """One finding of a family (KI1, KI2, ...) for each call, the first code of it; KI1 silences KI2 and KI3 there.

    KI205 comes before its family: to make the model again costs more than any way to predict.
    What would not be shown does not compete. Findings without an anchor have no competitor; equal findings are one.
    """
    best: dict[object, Finding] = {}
    for finding in findings:
        found = finding.diagnostic
        if found.anchor is None:
            key: object = (found.code, found.location, found.message)
        else:
            key = (found.location.filename, found.location.cell, found.anchor, _family(found.code))
        other = best.get(key)
        if other is None or _place(found.code) < _place(other.diagnostic.code):
            best[key] = finding
    kept = []
    for key, finding in best.items():
        silenced = isinstance(key, tuple) and key[-1] in ("KI2", "KI3") and (*key[:-1], "KI1") in best
        if not silenced:
            kept.append(finding)
    return kept


def _family(code: str) -> str:
    """The codes of which a call gets the first; the order of the data has nothing to do with the call's own faults."""
    return code if code == "KI405" else code[:3]


def _place(code: str) -> tuple[bool, str]:
    """The place of a code in its family."""
    return (code != "KI205", code)


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Findings as they are told: by file, cell, row and column."""
    return tuple(sorted(diagnostics, key=lambda diagnostic: diagnostic.sort_key))
