"""Loops made at random, run before and after `--fix --unsafe-fixes`: the same results, prints and exceptions.

`python tests/fuzz/test_fixed_loops.py FIRST COUNT` looks at other seeds and prints what diverges.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("numpy")

from loop_programs import Calls, Outcome, Program, StandIn, programs, run, stand_in

from lint_rules import check_source
from lint_rules.fixes.apply.apply import fix_text

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


def trials(folder: Path, first: int, count: int, library: Callable[[Calls], ModuleType] = stand_in) -> Iterator[Trial]:
    for program in programs(first, count):
        before = run(program.code, program.watched, library)
        if not before.calls:
            # Without any sample the batched call raises: the message of the fix says so.
            continue
        after = fixed(folder, program.code)
        yield Trial(program, after, before, run(after, program.watched, library) if after != program.code else before)


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


def test_no_fix_changes_what_a_program_leaves_behind_on_keras(tmp_path: Path) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    keras = pytest.importorskip("keras")
    entry = keras.Input((3,))
    scores = keras.layers.Dense(2, activation="sigmoid")(entry)
    # One model of each kind for all programs: each traces its predict function once.
    shared = {1: keras.Model(entry, scores), 2: keras.Model(entry, [scores, keras.layers.Dense(1)(scores)])}

    class OnKeras(StandIn):
        """The same model in Keras; what rounding leaves is the same for a row alone and for a row of a batch."""

        def predict(self, x: Any, batch_size: int | None = None, verbose: Any = "auto") -> Any:
            self.calls.rows.append(len(x))
            return self._rounded(shared[self.outputs].predict(x, batch_size=batch_size, verbose=0))

        def predict_on_batch(self, x: Any) -> Any:
            self.calls.rows.append(len(x))
            return self._rounded(shared[self.outputs].predict_on_batch(x))

        @staticmethod
        def _rounded(found: Any) -> Any:
            return [part.round(3) for part in found] if isinstance(found, list) else found.round(3)

    found = list(trials(tmp_path, 5000, 30, partial(stand_in, model=OnKeras)))
    diverging = [trial for trial in found if trial.divergence()]
    assert not diverging, "\n\n".join(trial.report() for trial in diverging[:3])
    assert sum(trial.batched for trial in found) >= 8


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        found = list(trials(Path(name), int(sys.argv[1]), int(sys.argv[2])))
    wrong = [trial for trial in found if trial.divergence()]
    print("\n\n".join(trial.report() for trial in wrong[:5]))
    changed, batched = sum(trial.changed for trial in found), sum(trial.batched for trial in found)
    print(f"{len(found)} programs: {changed} fixed, {batched} of them batched; {len(wrong)} diverge")
