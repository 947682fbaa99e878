"""Reading the file that `pytest --keras-inference-json` writes: what is taken from it, and how it can be wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lint_rules.cli import main
from lint_rules.config.keys import SettingsError
from lint_rules.findings import observations
from lint_rules.findings.diagnostics import Position
from lint_rules.findings.observations import Place, Verdict, read

PLACE = {
    "filename": "/ci/project/agent.py",
    "path": "agent.py",
    "location": {"row": 6, "column": 20},
    "end_location": {"row": 6, "column": 54},
    "function": "Agent.act",
    "line": "        return self.model.predict(state)",
    "code": "return self.model.predict(state)",
    "call": "predict",
    "model": "Sequential 'policy'",
    "calls": 20,
    "rows": 20,
    "min_rows": 1,
    "max_rows": 1,
    "seconds": 1,
    "tests": ["test_agent.py::test_episode[a\nb]"],
    "findings": [
        {"code": "KI202", "message": "few  rows", "instead": "write\nless", "speedup": 101.5, "allowed": False},
        {"code": "KI204", "message": "the same", "instead": "predict once", "speedup": None, "allowed": True},
    ],
}
DOCUMENT = {"version": 1, "tool": "pytest-keras-inference", "root": "/ci/project", "observations": [PLACE, PLACE]}


def written(tmp_path: Path, value: Any) -> str:
    file = tmp_path / "seen.json"
    file.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return str(file)


def changed(value: Any, *keys: str | int) -> dict[str, Any]:
    """The document with another value at a key; `...` takes the key away."""
    document = json.loads(json.dumps(DOCUMENT))
    *way, last = keys
    inner = document
    for key in way:
        inner = inner[key]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return dict(document)


def test_what_is_read(tmp_path: Path) -> None:
    file = written(tmp_path, DOCUMENT)
    seen = read(file)
    assert (seen.file, seen.root, len(seen.places)) == (file, "/ci/project", 2)
    assert seen.places[0] == Place(
        filename="/ci/project/agent.py",
        path="agent.py",
        start=Position(6, 20),
        end=Position(6, 54),
        function="Agent.act",
        line="        return self.model.predict(state)",
        code="return self.model.predict(state)",
        calls=20,
        min_rows=1,
        max_rows=1,
        seconds=1,
        tests=("test_agent.py::test_episode[a b]",),
        speedup=101.5,
        verdicts=(Verdict("KI202", "few rows", "write less"),),
    )


@pytest.mark.parametrize("key", ["path", "min_rows", "max_rows"])
def test_what_the_run_could_not_know_is_null(tmp_path: Path, key: str) -> None:
    place = read(written(tmp_path, changed(None, "observations", 0, key))).places[0]
    assert getattr(place, key) is None


def test_columns_that_the_run_could_not_know_are_0(tmp_path: Path) -> None:
    place = read(written(tmp_path, changed(None, "observations", 0, "location", "column"))).places[0]
    assert place.start == Position(6, 0)


def test_keys_that_nobody_asked_for_are_passed_over(tmp_path: Path) -> None:
    assert len(read(written(tmp_path, changed("?", "observations", 0, "colour"))).places) == 2


def test_the_loop_that_a_program_was_in(tmp_path: Path) -> None:
    loop = {"filename": f"{DOCUMENT['root']}/train.py", "row": 7, "text": "while not done"}
    first, second = read(written(tmp_path, changed(loop, "observations", 0, "loop"))).places
    assert (first.loop, second.loop) == ("train.py:7, while not done", "")


WHOLE = "a whole number that is not negative"
NUMBER = "a number that is not negative"
SECOND = ("observations", 1)
WRITES = "`keras-inference run --json FILE SCRIPT` or `pytest --keras-inference-json=FILE` writes one"
AGAIN = "run the program or its tests again"
NONE = f"not a file of observations; {WRITES}"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param("{", "not JSON: Expecting property name", id="no JSON"),
        pytest.param("[" * 100_000, "not JSON: ", id="too deep"),
        pytest.param([], NONE, id="no object"),
        pytest.param({"version": 1, "findings": []}, NONE, id="a baseline"),
        pytest.param(changed(..., "version"), f"version: expected {WHOLE}, got nothing", id="no version"),
        pytest.param(
            changed(2, "version"),
            "version: 2 cannot be read here, only 1; run the program or its tests again with this installation",
            id="a later version",
        ),
        pytest.param(
            changed(3, "root"), "root: expected a string, got 3; run the program or its tests again", id="root"
        ),
        pytest.param(changed({}, "observations"), "observations: expected a list of objects, got {}", id="no list"),
        pytest.param(changed(4, *SECOND), "observations: expected a list of objects, got [{", id="no objects in it"),
        pytest.param(
            changed("x" * 99, *SECOND, "calls"),
            f'observations[1].calls: expected {WHOLE}, got "{"x" * 56}...',
            id="a long value is cut",
        ),
        pytest.param(
            changed(-1, *SECOND, "location", "row"),
            f"observations[1].location.row: expected {WHOLE}, got -1",
            id="below",
        ),
        pytest.param(
            changed(True, *SECOND, "calls"),
            f"observations[1].calls: expected {WHOLE}, got true",
            id="true is no number",
        ),
        pytest.param(
            changed(None, *SECOND, "calls"),
            f"observations[1].calls: expected {WHOLE}, got null",
            id="null, not allowed",
        ),
        pytest.param(
            changed(float("nan"), *SECOND, "seconds"),
            f"observations[1].seconds: expected {NUMBER}, got NaN",
            id="not a number",
        ),
        pytest.param(
            changed(..., *SECOND, "path"),
            "observations[1].path: expected a string, got nothing",
            id="missing, not null",
        ),
        pytest.param(
            changed([1], *SECOND, "tests"), "observations[1].tests: expected a list of strings, got [1]", id="tests"
        ),
        pytest.param(
            changed("KI999", *SECOND, "findings", 0, "code"),
            "observations[1].findings[0].code: expected the code of a rule (`keras-inference rule --all` lists them), "
            'got "KI999"',
            id="an unknown rule",
        ),
        pytest.param(
            changed(0, *SECOND, "findings", 0, "allowed"),
            "observations[1].findings[0].allowed: expected true or false, got 0",
            id="allowed",
        ),
        pytest.param(
            changed("fast", *SECOND, "findings", 0, "speedup"),
            f'observations[1].findings[0].speedup: expected {NUMBER}, got "fast"',
            id="speedup",
        ),
    ],
)
def test_what_is_wrong_is_told_with_file_and_key(tmp_path: Path, value: Any, message: str) -> None:
    file = written(tmp_path, value)
    with pytest.raises(SettingsError) as caught:
        read(file)
    assert str(caught.value).startswith(f"--observations {file}: {message}")


def test_a_wrong_file_ends_the_command_before_anything_is_checked(
    project: Callable[[dict[str, str]], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    project({"a.py": "import keras\n"})
    assert main(["check", "--observations", "none.json"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == (
        f"keras-inference: error: --observations none.json: cannot be read: No such file or directory; {WRITES}\n"
    )


def test_both_halves_speak_of_the_same_version() -> None:
    from pytest_keras_inference.report import summary

    assert summary.VERSION == observations.VERSION
