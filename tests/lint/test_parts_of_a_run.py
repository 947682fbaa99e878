"""A part of the files has exactly the findings that the whole run gives for it, whatever else was judged before."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from typing import Any

import pytest

from lint_rules import budget
from lint_rules.config.settings import Overrides, Selection
from lint_rules.run.pipeline import check
from lint_rules.run.request import Request
from lint_rules.semantics.domains.data_sources import SourceEvaluator
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.memo import Memo
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.source.reader import read_source

EXAMPLES = Path(__file__).parents[2] / "examples"

AGENT = """
import keras

class Agent:
    def __init__(self):
        self.model = build()

    def act(self, state):
        return self.model.predict(state[None])

def build():
    return keras.Sequential([keras.layers.Dense(2)])
"""
TRAIN = """
from agent import Agent

def play(environment):
    agent = Agent()
    state, done = environment.reset(), False
    while not done:
        state, _, done = environment.step(agent.act(state))
"""


def _project(folder: Path) -> Path:
    (folder / "agent.py").write_text(AGENT)
    (folder / "train.py").write_text(TRAIN)
    for number in range(6):
        (folder / f"copy_{number}.py").write_text(AGENT.replace("Agent", f"Agent{number}"))
        (folder / f"use_{number}.py").write_text(
            TRAIN.replace("Agent", f"Agent{number}").replace("from agent", f"from copy_{number}")
        )
    (folder / "pyproject.toml").write_text("[tool.keras-inference]\n")
    return folder


def _found(request: Request) -> list[str]:
    report = check(request)
    assert not report.failures
    return [repr(found) for found in report.diagnostics]


def test_each_file_alone_has_the_findings_of_the_whole_run(tmp_path: Path) -> None:
    folder = _project(tmp_path)
    whole = _found(Request(paths=(str(folder),)))
    assert len(whole) == 7
    alone = [found for file in sorted(folder.glob("*.py")) for found in _found(Request(listed=(str(file),)))]
    assert alone == whole


@pytest.mark.parametrize("seed", range(4))
def test_any_split_of_the_files_comes_to_the_same(tmp_path: Path, seed: int) -> None:
    folder = _project(tmp_path)
    files = sorted(map(str, folder.glob("*.py")))
    random.Random(seed).shuffle(files)
    cut = random.Random(seed).randrange(1, len(files))
    parts = _found(Request(listed=tuple(files[:cut]))) + _found(Request(listed=tuple(files[cut:])))
    assert sorted(parts) == sorted(_found(Request(paths=(str(folder),))))


def test_the_findings_are_the_same_under_every_hash_seed(tmp_path: Path) -> None:
    folder = _project(tmp_path)
    outputs = set()
    for seed in ("0", "1", "77"):
        run = subprocess.run(
            [sys.executable, "-m", "lint_rules", "check", str(folder), str(EXAMPLES), "--output-format", "json"],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(EXAMPLES.parent)},
            capture_output=True,
            check=False,
        )
        assert run.returncode == 1, run.stderr.decode()
        assert json.loads(run.stdout)
        outputs.add(run.stdout)
    assert len(outputs) == 1


# Names that are everybody's, and questions that cost too much


def test_a_name_that_many_modules_use_still_shows_its_callers(tmp_path: Path) -> None:
    folder = _project(tmp_path)
    for number in range(limits.MANY_MODULES + 5):
        (folder / f"other_{number}.py").write_text("class Other:\n    def act(self, state):\n        return state\n")
    found = _found(Request(listed=(str(folder / "agent.py"),)))
    assert len(found) == 1
    assert "train.py" in found[0]


def test_a_question_that_costs_too_much_has_no_answer_and_the_others_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = "\n".join(f"def f{n}(x):\n    return f{n + 1}(x)" for n in range(30))
    text = f"import keras\n{chain}\ndef f30(x):\n    return x\n"
    text += "far = f0(keras.Sequential([]))\nnear = keras.Sequential([])\n"
    text += "for batch in data:\n    far.predict(batch[None])\n    near.predict(batch[None])\n"
    (tmp_path / "code.py").write_text(text)
    near = text.count("\n", 0, text.index("    near.predict")) + 1
    monkeypatch.setattr(limits, "MAX_COST", 40)
    rows = {found.location.start.row for found in check(Request(paths=(str(tmp_path),))).diagnostics}
    assert rows == {near}


def test_data_that_come_from_everywhere_are_followed_along_each_way_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = limits.MAX_CALLERS_FOLLOWED
    hands = "".join(f"def f{n}(x):\n" + f"    f{n + 1}(x)\n" * many for n in range(5))
    text = f"import keras\nmodel = keras.Sequential([])\n{hands}def f5(x):\n    model.predict(x)\nf0(data)\n"
    (tmp_path / "code.py").write_text(text)
    asked: list[object] = []
    evaluate = SourceEvaluator.evaluate

    def counted(evaluator: SourceEvaluator, place: Any) -> Any:
        asked.append(place)
        return evaluate(evaluator, place)

    monkeypatch.setattr(SourceEvaluator, "evaluate", counted)
    assert _found(Request(paths=(str(tmp_path),), overrides=Overrides(Selection(("KI405",))))) == []
    assert 5 * many < len(asked) < 10 * many


# The time that one file may take


def test_the_budget_stops_an_analysis_in_any_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _project(tmp_path)
    monkeypatch.setattr(budget, "SECONDS_PER_FILE", -1.0)
    # Ask the clock at every step: these files are done before the 256th.
    monkeypatch.setattr(Memo, "spend", lambda _self, _cost: budget.check())
    outcomes: list[list[str]] = []
    request = Request(paths=(str(tmp_path),), overrides=Overrides())

    def run() -> None:
        outcomes.append([found.code for found in check(request).diagnostics])

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert set(outcomes[0]) == {"KI000"}


def test_a_budget_within_another_ends_with_it() -> None:
    with budget.budget(100.0):
        with pytest.raises(budget.BudgetExceeded), budget.budget(-1.0):
            budget.check()
        budget.check()
    budget.check()


def test_modules_that_are_let_go_are_freed_without_the_collector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run lets the collector rest, so that what holds itself in a circle would stay to its end."""
    for source in EXAMPLES.rglob("*.py"):
        target = _project(tmp_path) / source.relative_to(EXAMPLES)
        target.parent.mkdir(exist_ok=True)
        target.write_text(source.read_text())
    monkeypatch.setattr("lint_rules.semantics.project.project.HELD_CHARACTERS", 0)
    trees: list[weakref.ref[object]] = []
    left: list[int] = []
    module, begin = Project.module, Project.begin

    def noted(project: Project, path: Path) -> Module:
        found = module(project, path)
        trees.append(weakref.ref(found.tree))
        return found

    def begun(project: Project) -> None:
        begin(project)
        left.append(sum(tree() is not None for tree in trees))

    monkeypatch.setattr(Project, "module", noted)
    monkeypatch.setattr(Project, "begin", begun)
    assert _found(Request(paths=(str(tmp_path),), fixes=True))
    assert len(trees) > 20
    assert not any(left)


def test_what_is_parsed_again_and_again_is_held_at_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where judging each file takes all others, to let them go is to parse all of them for each."""
    paths = [tmp_path / f"part_{number}.py" for number in range(8)]
    for path in paths:
        path.write_text("value = 1\n" * 10)
    monkeypatch.setattr("lint_rules.semantics.project.project.HELD_CHARACTERS", 200)
    project = Project(tmp_path, paths, read_source)
    parsed = [0]
    known: dict[Path, Module] = {}
    for _ in range(20):
        project.begin()
        modules = {path: project.module(path) for path in paths}
        parsed.append(sum(modules[path] is not known.get(path) for path in paths))
        known = modules
    assert parsed[2] > 0, "what is let go is parsed again"
    assert sum(parsed) < 40
