"""Loops made at random, run before and after `--fix --unsafe-fixes`: the same results, prints and exceptions.

`python tests/fuzz/test_fixed_loops.py FIRST COUNT` looks at other seeds and prints what diverges.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lint_rules import check_source
from lint_rules.fixes.apply.apply import fix_text

pytest.importorskip("numpy")
sys.path.insert(0, str(Path(__file__).parent))
from loop_programs import Outcome, Program, programs, run

COUNT = 320
RULES = ["KI201", "KI202", "KI203", "KI204", "KI403"]


@dataclass(frozen=True)
class Trial:
    """A program, what fixing made of it, and what both left behind."""

    program: Program
    fixed: str
    before: Outcome
    after: Outcome

    @property
    def changed(self) -> bool:
        return self.program.code != self.fixed

    @property
    def batched(self) -> bool:
        return self.changed and len(self.after.calls) < len(self.before.calls)

    def divergence(self) -> str:
        """What differs, in words; empty where nothing does."""
        before, after = self.before, self.after
        if before.failed or after.failed:
            return "" if before.failed == after.failed else f"{before.failed} became {after.failed}"
        if before.printed != after.printed:
            return f"printed {before.printed}, then {after.printed}"
        names = [name for name in before.values if before.values[name] != after.values.get(name)]
        return "".join(f"\n  {name}: {before.values[name]}\n  became {after.values.get(name)}" for name in names)

    def report(self) -> str:
        code = difflib.unified_diff(self.program.code.splitlines(), self.fixed.splitlines(), lineterm="", n=30)
        return f"seed {self.program.seed}: {self.divergence()}\n" + "\n".join(code)


def fixed(folder: Path, code: str) -> str:
    path = folder / "program.py"
    return fix_text(
        path, code, lambda at, text: check_source(text, str(at), select=RULES, fixes=True), unsafe=True
    ).after


def trials(folder: Path, first: int, count: int) -> Iterator[Trial]:
    for program in programs(first, count):
        before = run(program.code, program.watched)
        if not before.calls:
            # Without any sample the batched call raises: the message of the fix says so.
            continue
        after = fixed(folder, program.code)
        yield Trial(program, after, before, run(after, program.watched) if after != program.code else before)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[Trial]:
    return list(trials(tmp_path_factory.mktemp("loops"), 0, COUNT))


def test_no_fix_changes_what_a_program_leaves_behind(outcomes: list[Trial]) -> None:
    diverging = [trial for trial in outcomes if trial.divergence()]
    assert not diverging, "\n\n".join(trial.report() for trial in diverging[:3])


def test_a_good_share_of_the_programs_is_batched(outcomes: list[Trial]) -> None:
    batched = sum(trial.batched for trial in outcomes)
    changed = sum(trial.changed for trial in outcomes)
    print(f"{len(outcomes)} programs: {changed} fixed, {batched} of them batched")
    assert len(outcomes) >= 300
    assert changed >= len(outcomes) // 2
    assert batched >= len(outcomes) // 4


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        found = list(trials(Path(name), int(sys.argv[1]), int(sys.argv[2])))
    wrong = [trial for trial in found if trial.divergence()]
    print("\n\n".join(trial.report() for trial in wrong[:5]))
    changed, batched = sum(trial.changed for trial in found), sum(trial.batched for trial in found)
    print(f"{len(found)} programs: {changed} fixed, {batched} of them batched; {len(wrong)} diverge")
