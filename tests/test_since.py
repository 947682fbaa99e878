"""`--since`: the findings that are new against a commit, in a real git repository."""

from __future__ import annotations

import json
import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from lint_rules.cli import main

AGENT = """
import keras

class Agent:
    def __init__(self):
        self.model = keras.models.load_model("m.keras")

    def act(self, state):
        return self.model.predict(state)
"""
TRAIN = """
from agent import Agent
from data import batch

agent = Agent()
first = agent.model.predict(batch).numpy()
"""
LOOP = """
def play(env):
    state = env.reset()
    for step in range(100):
        state = env.step(agent.act(state))
"""

Told = Callable[..., list[str]]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit, in which one call is wrong."""
    monkeypatch.chdir(tmp_path)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    git("init", "--quiet", "--initial-branch=main")
    write("agent.py", AGENT)
    write("train.py", TRAIN)
    commit()
    return tmp_path


def git(*arguments: str) -> None:
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments], check=True, capture_output=True)


def commit() -> None:
    git("add", "--all")
    git("commit", "--quiet", "--message=m")


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")


@pytest.fixture
def told(repository: Path, capsys: pytest.CaptureFixture[str]) -> Told:
    """What a run reports, one `file:row CODE` each."""

    def check(*arguments: str) -> list[str]:
        main(["check", "--no-cache", "--output-format", "json", *arguments])
        return [
            f"{Path(found['filename']).relative_to(repository).as_posix()}:{found['location']['row']} {found['code']}"
            for found in json.loads(capsys.readouterr().out)
        ]

    return check


def test_what_the_commit_has_is_known(told: Told) -> None:
    assert told() == ["train.py:5 KI403"]
    assert told("--since", "HEAD") == []


def test_a_line_that_moved_is_known_and_a_copy_of_it_is_new(told: Told) -> None:
    write("train.py", "# a line above\n" + TRAIN.lstrip() + TRAIN.splitlines()[-1] + "\n")
    assert told("--since", "HEAD") == ["train.py:7 KI204", "train.py:7 KI403"]


def test_a_new_loop_is_told_at_the_call_in_the_file_that_has_not_changed(told: Told) -> None:
    write("train.py", TRAIN + LOOP)
    assert told("--since", "HEAD") == ["agent.py:8 KI202"]
    assert told("--since", "HEAD", "agent.py") == ["agent.py:8 KI202"]


def test_the_loop_of_the_commit_is_known_there(told: Told) -> None:
    write("train.py", TRAIN + LOOP)
    commit()
    write("agent.py", AGENT + "\n\ndef more(model, x):\n    return keras.Model().predict(x).numpy()\n")
    assert told("--since", "HEAD") == ["agent.py:12 KI403"]
    assert told("--since", "HEAD~1") == ["agent.py:8 KI202", "agent.py:12 KI403"]


def test_a_moved_file_takes_its_findings_along(told: Told) -> None:
    git("mv", "train.py", "sub.py")
    assert told("--since", "HEAD") == []


def test_from_the_point_where_a_branch_left_another(told: Told) -> None:
    git("checkout", "--quiet", "-b", "work")
    write("new.py", "import keras\n\ny = keras.Model().predict([2.0]).numpy()\n")
    commit()
    git("checkout", "--quiet", "main")
    write("train.py", "x = 1\n")
    commit()
    git("checkout", "--quiet", "work")
    assert told("--since", "main") == ["new.py:3 KI403", "train.py:5 KI403"]
    assert told("--since", "main...") == ["new.py:3 KI403"]


def test_a_new_setting_makes_nothing_new(told: Told) -> None:
    write("train.py", TRAIN + "second = agent.model.predict(batch, training=False)\n")
    commit()
    write("pyproject.toml", "[tool.keras-inference]\nselect = ['KI403']\n")
    assert told() == ["train.py:5 KI403"]
    write("pyproject.toml", "[tool.keras-inference]\nselect = ['KI4']\n")
    assert told() == ["train.py:5 KI403", "train.py:6 KI401"]
    assert told("--since", "HEAD") == []


def test_from_a_subfolder(told: Told, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("sub/more.py", "from agent import Agent\nx = Agent().model.predict([3.0]).numpy()\n")
    monkeypatch.chdir(repository / "sub")
    assert told("--since", "HEAD") == ["sub/more.py:2 KI403"]


def test_only_what_is_new_is_fixed(repository: Path, told: Told) -> None:
    write("train.py", TRAIN + "second = agent.model.predict(batch[1:]).numpy()\n")
    assert main(["check", "--no-cache", "--fix", "--since", "HEAD"]) == 0
    assert Path("train.py").read_text("utf-8").splitlines()[-2:] == [
        "first = agent.model.predict(batch).numpy()",
        "second = agent.model.predict(batch[1:])",
    ]


def test_the_report_says_what_is_known(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--no-cache", "--since", "HEAD"]) == 0
    assert capsys.readouterr().out == "No findings in 2 files (1 already in HEAD).\n"


@pytest.mark.parametrize(
    ("revision", "why"),
    [
        ("nowhere", "there is no such commit here"),
        ("nowhere...", "Not a valid object name nowhere"),
        ("--all", "expected"),
    ],
)
def test_a_commit_that_is_not_there_is_told(
    repository: Path, capsys: pytest.CaptureFixture[str], revision: str, why: str
) -> None:
    code = 0
    try:
        code = main(["check", "--no-cache", "--since", revision])
    except SystemExit as stop:
        code = int(stop.code or 0)
    assert code == 2
    assert why in capsys.readouterr().err


def test_outside_of_a_repository_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--since", "HEAD"]) == 2
    assert capsys.readouterr().err == (f"keras-inference: error: --since HEAD: {tmp_path} is in no git work tree\n")
