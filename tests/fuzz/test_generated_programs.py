"""Laws over generated programs: models in every kind of statement, laid out in every way, in one module and in two."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TypeVar

import invariants
import keras_programs
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from keras_programs import Files

from lint_rules.semantics.syntax.module_index import Module

Example = TypeVar("Example")

ROOT = Path(__file__).parents[2]
some = settings(max_examples=int(os.environ.get("EXAMPLES", "25")), suppress_health_check=list(HealthCheck))


def examples(strategy: st.SearchStrategy[Example], count: int) -> list[Example]:
    """The same few examples of a strategy in every run."""
    found: list[Example] = []

    @settings(max_examples=count, derandomize=True, database=None, phases=[Phase.generate])
    @given(strategy)
    def collect(example: Example) -> None:
        found.append(example)

    collect()
    return found


@some
@given(files=keras_programs.projects)
def test_findings_are_sound_and_do_not_depend_on_what_else_was_judged(files: Files) -> None:
    invariants.findings(files)


@some
@given(data=st.data(), files=keras_programs.projects)
def test_the_layout_of_a_program_changes_no_finding(data: st.DataObject, files: Files) -> None:
    other = {name: data.draw(keras_programs.laid_out(text)) for name, text in files.items()}
    plain, found = invariants.findings(files), invariants.findings(other)
    assert [(each.code, each.severity, each.confidence) for each in found] == [
        (each.code, each.severity, each.confidence) for each in plain
    ]


@some
@given(data=st.data(), files=keras_programs.projects)
def test_all_fixes_leave_programs_that_parse_and_nothing_to_fix(data: st.DataObject, files: Files) -> None:
    invariants.assert_fixable({name: data.draw(keras_programs.laid_out(text)) for name, text in files.items()})


@some
@given(text=keras_programs.without_keras)
def test_a_program_without_keras_is_silent(text: str) -> None:
    assert invariants.findings({"a.py": text}) == ()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few dozen projects side by side, each in a folder with settings of its own."""
    folder = tmp_path_factory.mktemp("projects")
    for number, files in enumerate(examples(keras_programs.projects, 40)):
        (folder / str(number)).mkdir()
        for name, text in {"pyproject.toml": "[tool.keras-inference]\n", **files}.items():
            (folder / str(number) / name).write_text(text, encoding="utf-8")
    return folder


def test_the_programs_reach_the_analysis(written: Path) -> None:
    found = invariants.check(invariants.request(written)).diagnostics
    assert {each.code[:3] for each in found} == {"KI1", "KI2", "KI3", "KI4"}
    assert len({each.code for each in found}) >= 8
    assert sum(len(each.trace) > 1 for each in found) >= 5
    assert sum(each.fix is not None for each in found) >= 20


def test_the_findings_are_the_same_under_every_hash_seed(written: Path) -> None:
    outputs = set()
    arguments = ["check", str(written), "--no-cache", "--select", "ALL", "--output-format", "jsonl"]
    for seed in ("0", "1", "4242"):
        run = subprocess.run(
            [sys.executable, "-m", "lint_rules", *arguments],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        )
        assert run.returncode == 1, run.stderr.decode()
        outputs.add(run.stdout)
    (output,) = outputs
    assert all(json.loads(line)["code"] in invariants.ALL for line in output.splitlines())


# What the walk over a module records


@some
@given(text=keras_programs.modules())
def test_the_walk_knows_every_node(text: str) -> None:
    tree = ast.parse(text)
    module = Module(Path("a.py"), text, tree, lambda row: (None, row), False)
    expressions = [node for node in ast.walk(tree) if isinstance(node, ast.expr | ast.stmt)]
    assert all(node in module.scopes and node in module.parents for node in expressions)
    assert sum(map(len, module.calls.values())) + len(module.other_calls) == sum(
        isinstance(node, ast.Call) for node in expressions
    )
