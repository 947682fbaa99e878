"""The laws of meaning: a program that is written otherwise, and does the same, has the same findings.

Each law says what share of the findings it leaves, and of the silent programs it leaves silent. The shares of a sample
differ from those of all programs by chance: a law is broken where a sample lies further below than that can be.
"""

from __future__ import annotations

import math
from itertools import accumulate

import pytest

from laws.marks import marked, marked_findings
from laws.meaning import LAWS, Law, Trial, shares, trials
from laws.programs import EVERY_PROGRAM, Program, expected

TRIED = 8
"""Programs that each law writes otherwise in an ordinary run."""


def _sample(law: Law, programs: list[Program]) -> list[Trial]:
    """What a law makes of the programs: of all with EVERY_PROGRAM=true, else of the first few that it applies to."""
    found: list[Trial] = []
    for trial in trials(law, programs):
        found.append(trial)
        if len(found) == TRIED and not EVERY_PROGRAM:
            break
    return found


def _least(share: float, of: int) -> float:
    """The least number of survivors among so many: of all programs the share, of a sample what chance may leave.

    Programs that stand beside each other are lost together, and there are forty laws: one in a million is by chance.
    """
    if EVERY_PROGRAM:
        return share * of
    fewer = accumulate(math.comb(of, kept) * share**kept * (1 - share) ** (of - kept) for kept in range(of + 1))
    return sum(likelihood < 1e-6 for likelihood in fewer)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_what_means_the_same_is_found_the_same(law: Law, programs: list[Program]) -> None:
    tried = _sample(law, programs)
    found = shares(tried)
    lost = [(str(trial.program), trial.missed, trial.invented) for trial in tried if trial.before != trial.after]
    print(f"{law.name}: {len(tried)} programs, {found}")
    assert tried or not EVERY_PROGRAM
    assert found.kept >= _least(law.kept, found.findings), lost
    assert found.quiet >= _least(law.quiet, found.silent), lost


def test_marks_change_no_finding(programs: list[Program]) -> None:
    for program in programs:
        before, after = expected(program), marked_findings(marked(program.files))
        assert sorted(code for code, _, _ in before.elements()) == sorted(code for code, _ in after.elements()), program
        assert all(mark for _, mark in after), program


def test_every_law_that_leaves_less_says_why() -> None:
    assert [law.name for law in LAWS if min(law.kept, law.quiet) < 0.98 and not law.why] == []
