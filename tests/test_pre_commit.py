"""The hooks work where people meet them: a real git repository, a real pre-commit, the hook installed from this code.

Needs git, pre-commit and a package index, as pre-commit builds the hook's environment with pip.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGED = (
    "pyproject.toml",
    "README.md",
    "LICENSE",
    ".pre-commit-hooks.yaml",
    "keras_inference_command.py",
    "lint_rules",
    "pytest_keras_inference",
)

AGENT = """\
import keras
import numpy as np


class Agent:
    def __init__(self):
        self.model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(2)])

    def act(self, state):
        return int(np.argmax(self.model.{call}[0]))
"""
BAD_AGENT = AGENT.format(call="predict(state[None], verbose=0)")
GOOD_AGENT = AGENT.format(call="predict_on_batch(state[None])")
BAD_SCORES = """\
import keras
import numpy as np

scores = keras.models.load_model("scores.keras").predict(np.ones((8, 4)), training=False)
"""
GOOD_SCORES = BAD_SCORES.replace(", training=False", "")
TRAIN = """\
from agent import Agent


def play(env):
    agent = Agent()
    state, done = env.reset(), False
    while not done:
        state, _, done = env.step(agent.act(state))
"""


@dataclass(frozen=True)
class Repository:
    """A git repository with its own pre-commit store."""

    folder: Path
    environment: dict[str, str]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the repository; standard error is in `stdout` too, in order."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=600,
        )

    def done(self, *command: str) -> str:
        """The output of a command that has to succeed."""
        run = self.run(*command)
        assert run.returncode == 0, f"{' '.join(command)}: exit code {run.returncode}\n{run.stdout}"
        return run.stdout

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def commit(self, *names: str) -> subprocess.CompletedProcess[str]:
        """Add files and commit them, through the hooks."""
        self.done("git", "add", *names)
        return self.run("git", "commit", "-m", f"change {' '.join(names)}")

    def log(self) -> list[str]:
        return self.done("git", "log", "--format=%s").splitlines()


def made(folder: Path, environment: dict[str, str]) -> Repository:
    """A new repository with nothing in it."""
    folder.mkdir(parents=True)
    repository = Repository(folder, environment)
    repository.done("git", "init", "-q", "-b", "main")
    return repository


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables for git and pre-commit that depend on nobody's configuration."""
    if shutil.which("git") is None or importlib.util.find_spec("pre_commit") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("git and pre-commit must be there in CI: pip install '.[test]'")
        pytest.skip("needs git and pre-commit: pip install '.[test]'")
    home = tmp_path_factory.mktemp("home")
    who = {
        f"GIT_{role}_{what}": f"{role.lower()}@example.org"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PRE_COMMIT", "PYTHON"))}
    return (
        kept
        | who
        | {"PRE_COMMIT_HOME": str(home / "store"), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> tuple[Path, str]:
    """This code as it is now, as a repository that pre-commit can clone, and its revision."""
    repository = made(tmp_path_factory.mktemp("checkout") / "hooks", environment)
    for name in PACKAGED:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, repository.folder / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, repository.folder / name)
    repository.done("git", "add", ".")
    repository.done("git", "commit", "-q", "-m", "the hooks")
    return repository.folder, repository.done("git", "rev-parse", "HEAD").strip()


@pytest.fixture
def project(
    tmp_path: Path, environment: dict[str, str], checkout: tuple[Path, str], request: pytest.FixtureRequest
) -> Repository:
    """A project whose commits go through a hook of this code; `train.py`, which acts in a loop, is in already."""
    hook = getattr(request, "param", "keras-inference")
    repository = made(tmp_path / "project", environment)
    folder, revision = checkout
    lines = [f"- repo: {folder.as_uri()}", f"  rev: {revision}", f"  hooks: [{{id: {hook}}}]"]
    repository.write(".pre-commit-config.yaml", "\n".join(["repos:", *lines, ""]))
    repository.write("train.py", TRAIN)
    repository.done("git", "add", ".")
    repository.done("git", "commit", "-q", "-m", "before the hook")
    repository.done(sys.executable, "-m", "pre_commit", "install")
    return repository


def test_a_bad_file_is_refused_with_the_message_and_the_mended_one_is_taken(project: Repository) -> None:
    project.write("agent.py", BAD_AGENT)
    refused = project.commit("agent.py")
    assert refused.returncode == 1
    assert "- hook id: keras-inference\n- exit code: 1\n" in refused.stdout
    assert "agent.py:10:30: KI202 [*] predict-per-step [warning]: predict() runs once per step" in refused.stdout
    # The loop is in a file that is no part of this commit.
    assert "train.py:7:5: in this loop: while not done" in refused.stdout
    assert project.log() == ["before the hook"]

    project.write("agent.py", GOOD_AGENT)
    taken = project.commit("agent.py")
    assert taken.returncode == 0, taken.stdout
    assert project.log() == ["change agent.py", "before the hook"]


@pytest.mark.parametrize("project", ["keras-inference-fix"], indirect=True)
def test_the_fixing_hook_mends_the_file_and_the_next_commit_takes_it(project: Repository) -> None:
    project.write("scores.py", BAD_SCORES)
    refused = project.commit("scores.py")
    assert refused.returncode == 1
    assert "- files were modified by this hook\n" in refused.stdout
    assert (project.folder / "scores.py").read_text(encoding="utf-8") == GOOD_SCORES
    assert project.log() == ["before the hook"]

    taken = project.commit("scores.py")
    assert taken.returncode == 0, taken.stdout
    assert project.log() == ["change scores.py", "before the hook"]


def test_what_the_settings_exclude_and_what_is_no_code_passes(project: Repository) -> None:
    project.write("pyproject.toml", '[tool.keras-inference]\nextend-exclude = ["legacy"]\n')
    project.write("legacy/agent.py", BAD_AGENT.replace("import keras", "import keras\nfrom train import play"))
    project.write("agent.pyi", "class Agent: ...\n")
    taken = project.commit("pyproject.toml", "legacy/agent.py", "agent.pyi")
    assert taken.returncode == 0, taken.stdout


def test_notebooks_are_judged_too(project: Repository) -> None:
    code = "import keras\\nmodel = keras.models.load_model('m.keras')\\ny = [model.predict(x[None]) for x in xs]"
    cell = f'{{"cell_type": "code", "execution_count": null, "metadata": {{}}, "outputs": [], "source": "{code}"}}'
    project.write("scores.ipynb", f'{{"cells": [{cell}], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 5}}\n')
    refused = project.commit("scores.ipynb")
    assert refused.returncode == 1
    assert "scores.ipynb:cell 1:3:6: KI201 predict-per-sample" in refused.stdout


def test_both_hooks_take_the_same_files_and_only_the_fixing_one_runs_alone() -> None:
    yaml = pytest.importorskip("yaml", reason="comes with pre-commit")
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    check, fix = hooks
    assert [check["id"], fix["id"]] == ["keras-inference", "keras-inference-fix"]
    assert (check["types_or"], check["exclude_types"]) == (fix["types_or"], fix["exclude_types"])
    assert (check.get("require_serial", False), fix.get("require_serial", False)) == (False, True)
