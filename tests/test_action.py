"""The GitHub action: its steps are run by the shell that a runner runs them by, with the package installed from here.

Needs a package index, as the action installs the package with pip.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS: dict[str, Any] = {step.get("name", step.get("uses")): step for step in ACTION["runs"]["steps"]}
SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
"""How a runner starts `shell: bash`."""
PACKAGED = ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "keras_inference_command.py", "lint_rules",
            "pytest_keras_inference")  # fmt: skip

WRONG = "import keras\n\nscores = keras.models.load_model('m.keras').predict(x).numpy()\n"


@dataclass(frozen=True)
class Runner:
    """A machine that runs jobs: its temporary folder, the checked out repository, and the files that steps write to."""

    temp: Path
    workspace: Path

    @property
    def files(self) -> dict[str, str]:
        return {
            name: str(self.temp / name)
            for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_PATH")
        }

    def read(self, name: str) -> str:
        path = Path(self.files[name])
        return path.read_text("utf-8") if path.exists() else ""

    def step(self, name: str, action_path: str = "", **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run a step as a runner does: expressions replaced first."""
        step = STEPS[name]
        values = {
            **{f"inputs.{key}": spec["default"] for key, spec in ACTION["inputs"].items()},
            **{f"inputs.{key.replace('_', '-')}": value for key, value in inputs.items()},
            "github.action_path": action_path,
            "steps.python.outputs.python-path": sys.executable,
        }

        def filled(text: str) -> str:
            return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: values[found[1]], text)

        own: Mapping[str, str] = {key: filled(value) for key, value in step["env"].items()}
        environment = {"RUNNER_TEMP": str(self.temp), "KERAS_INFERENCE_CACHE_KEY": "tests"}
        return subprocess.run(
            [*SHELL, filled(step["run"])],
            cwd=self.workspace / filled(step.get("working-directory", ".")),
            env={**os.environ, **environment, **self.files, **own},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def temp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The temporary folder of a runner, where the action has installed the package."""
    folder = tmp_path_factory.mktemp("runner")
    source = folder / "action"
    for name in PACKAGED:
        ignored = shutil.ignore_patterns("__pycache__")
        here = ROOT / name
        if here.is_dir():
            shutil.copytree(here, source / name, ignore=ignored)
        else:
            source.mkdir(exist_ok=True)
            shutil.copy(here, source / name)
    done = Runner(folder, folder).step("Install", action_path=str(source))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def runner(temp: Path, tmp_path: Path) -> Runner:
    """The runner with a repository in which one file is wrong."""
    workspace = tmp_path / "work space"
    (workspace / "sub").mkdir(parents=True)
    (workspace / ".git").mkdir()
    (workspace / "sub" / "a.py").write_text(WRONG, encoding="utf-8")
    made = Runner(temp, workspace)
    for file in made.files.values():
        Path(file).unlink(missing_ok=True)
    return made


def test_a_finding_is_an_annotation_and_in_the_summary_and_fails_the_job(runner: Runner) -> None:
    done = runner.step("Check")
    assert done.returncode == 1
    assert done.stdout.startswith("::error title=keras-inference KI403 numpy-on-predict,file=sub/a.py,line=3,")
    assert "| sub/a.py:3:10 |" in runner.read("GITHUB_STEP_SUMMARY")


def test_the_inputs_reach_the_command(runner: Runner) -> None:
    (runner.workspace / "clean.py").write_text("x = 1\n", encoding="utf-8")
    assert runner.step("Check", paths="clean.py", summary="false").returncode == 0
    assert runner.read("GITHUB_STEP_SUMMARY") == ""
    assert runner.step("Check", args="--select KI1 --severity info").returncode == 0
    assert runner.step("Check", fail_on="never").returncode == 0
    assert runner.step("Check", fail_on="error").returncode == 1
    assert "error: --since nowhere: " in runner.step("Check", since="nowhere").stderr


def test_from_a_subfolder_names_still_count_from_the_top(runner: Runner) -> None:
    assert ",file=sub/a.py,line=3," in runner.step("Check", working_directory="sub").stdout


def test_a_sarif_report_instead_of_annotations(runner: Runner) -> None:
    done = runner.step("Check", sarif_file="out.sarif", working_directory="sub")
    assert (done.returncode, done.stdout) == (1, "")
    assert runner.read("GITHUB_OUTPUT") == "sarif-file=sub/out.sarif\n"
    report = json.loads((runner.workspace / "sub/out.sarif").read_text("utf-8"))
    (result,) = report["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "sub/a.py"


def test_what_is_learnt_is_kept_outside_of_the_repository(runner: Runner) -> None:
    runner.step("Check")
    assert (runner.temp / "keras-inference-cache").is_dir()
    assert not list(runner.workspace.rglob(".keras_inference_cache"))
    kept = STEPS["Keep what runs learn"]["with"]["path"].splitlines()
    assert kept[0] == "${{ runner.temp }}/keras-inference-cache"
    assert {folder.rpartition("/")[2] for folder in kept[1:]} == {"keras-inference"}


def test_the_environment_of_the_job_stays_as_it_is(runner: Runner) -> None:
    assert STEPS["actions/setup-python@v5"]["with"]["update-environment"] is False
    runner.step("Check")
    assert (runner.read("GITHUB_ENV"), runner.read("GITHUB_PATH")) == ("", "")


def test_the_commands_are_found_where_windows_has_them(runner: Runner, tmp_path: Path) -> None:
    temp = tmp_path / "temp"
    scripts = temp / "keras-inference" / "Scripts"
    scripts.mkdir(parents=True)
    command = scripts / "keras-inference"
    command.write_text('#!/bin/sh\necho "called with $*"\n', encoding="utf-8")
    command.chmod(0o755)
    assert Runner(temp, runner.workspace).step("Check", summary="false", cache="false").stdout == (
        "called with check --output-format github .\n"
    )


def test_every_input_is_used() -> None:
    text = json.dumps(ACTION["runs"])
    assert [name for name in ACTION["inputs"] if f"inputs.{name}" not in text] == []


def test_the_documentation_names_inputs_that_exist() -> None:
    page = (ROOT / "docs" / "ci.md").read_text("utf-8")
    jobs = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(jobs:.*?)```", page, re.DOTALL)]
    used = [
        step.get("with", {})
        for job in jobs
        for step in job["jobs"]["keras-inference"]["steps"]
        if "pytest-keras-inference@" in step.get("uses", "")
    ]
    assert len(used) == 3
    assert {name for inputs in used for name in inputs} <= ACTION["inputs"].keys()
