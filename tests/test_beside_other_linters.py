"""The bridges, with the real flake8, LibCST and Fixit: one file is looked at, and the whole project is in view."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import libcst as cst
import pytest
from libcst.metadata import FullRepoManager, MetadataWrapper

from lint_rules.bridges import codemods, fixit_rules
from lint_rules.bridges.libcst_bridge import FindingProvider, ReceiverProvider
from lint_rules.rules.pages import class_name
from lint_rules.rules.registry import RULES
from pytest_keras_inference.vocabulary import TEXTS

ROOT = Path(__file__).resolve().parents[1]

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

def play(env):
    agent, state = Agent(), env.reset()
    for step in range(100):
        state = env.step(agent.act(state))
"""
SCORES = """
import keras

model = keras.models.load_model("m.keras")

def scores(x):
    return (model.predict(x)).numpy()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which `agent.py` is called in a loop of `train.py`, and `scores.py` has a safe fix."""
    monkeypatch.chdir(tmp_path)
    files = {"agent.py": AGENT, "train.py": TRAIN, "scores.py": SCORES, "pyproject.toml": "[tool.keras-inference]\n"}
    for name, text in files.items():
        write(name, text)
    return tmp_path


def write(name: str, text: str) -> None:
    Path(name).write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")


def read(name: str) -> str:
    return Path(name).read_text("utf-8")


def run(*command: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a module of this Python, which finds the package and its entry points as they are here."""
    about = Path(".about") / "pytest_keras_inference-0.dist-info"
    about.mkdir(parents=True, exist_ok=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: pytest-keras-inference\nVersion: 0\n", "utf-8")
    entries = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["flake8.extension"]
    lines = [f"{name} = {target}" for name, target in entries.items()]
    (about / "entry_points.txt").write_text("\n".join(["[flake8.extension]", *lines, ""]), "utf-8")
    path = os.pathsep.join([str(about.parent.absolute()), str(ROOT), "."])
    return subprocess.run(
        [sys.executable, "-m", *command],
        input=given,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path, "NO_COLOR": "1"},
        check=False,
    )


# flake8


def flake8(*arguments: str, given: str | None = None) -> list[str]:
    """`file:row:column CODE name` of what flake8 says with our codes alone."""
    done = run("flake8", "--select=KI", *arguments, given=given)
    assert done.stderr == ""
    return [":".join(line.removeprefix("./").split(":")[:4]) for line in done.stdout.splitlines()]


def test_flake8_reports_a_call_whose_loop_is_in_another_file(folder: Path) -> None:
    assert flake8("agent.py") == ["agent.py:8:16: KI202 predict-per-step"]
    assert flake8("--jobs=2", ".") == [
        "agent.py:8:16: KI202 predict-per-step",
        "scores.py:6:12: KI403 numpy-on-predict",
    ]


def test_flake8_judges_standard_input_as_the_file_that_it_stands_for(folder: Path) -> None:
    text = read("agent.py").replace("return self", "\n        return self")
    assert flake8("--stdin-display-name=agent.py", "-", given=text) == ["agent.py:9:16: KI202 predict-per-step"]


def test_comments_and_settings_of_both_count(folder: Path) -> None:
    assert flake8("--extend-ignore=KI4", "scores.py") == []
    write("scores.py", SCORES.replace(".numpy()", ".numpy()  # noqa: KI403"))
    assert flake8("scores.py") == []
    write("scores.py", SCORES.replace(".numpy()", ".numpy()  # keras-inference: ignore[KI403]"))
    assert flake8("scores.py") == []
    write("pyproject.toml", "[tool.keras-inference]\nignore = ['KI2']\n")
    assert flake8("agent.py") == []


def test_flake8_tells_of_wrong_settings(folder: Path) -> None:
    write("pyproject.toml", "[tool.keras-inference]\nseverity = 'high'\n")
    done = run("flake8", "--select=KI", "scores.py")
    assert done.stdout.startswith("scores.py:1:1: KI000 unreadable-file: not judged: ")
    assert 'severity: "high" is not allowed.' in done.stdout


def test_flake8_names_the_plugin(folder: Path) -> None:
    assert "pytest-keras-inference: 0" in run("flake8", "--version").stdout.replace("\n", "")


# LibCST: metadata


class Seen(cst.CSTVisitor):
    """What the metadata say of each node, by the text of the node."""

    METADATA_DEPENDENCIES = (FindingProvider, ReceiverProvider)

    def __init__(self) -> None:
        super().__init__()
        self.findings: list[tuple[str, str]] = []
        self.receivers: list[tuple[str, str, str]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        for found in self.get_metadata(FindingProvider, node, ()):
            self.findings.append((code_of(node), found.code))
        receiver = self.get_metadata(ReceiverProvider, node, None)
        if receiver is not None:
            self.receivers.append((code_of(node), receiver.method, receiver.confidence.value))
        return True


def code_of(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node).strip()


def test_metadata_hang_findings_and_receivers_on_their_nodes(folder: Path) -> None:
    manager = FullRepoManager(str(folder), ["agent.py", "train.py"], {FindingProvider, ReceiverProvider})
    seen = Seen()
    manager.get_metadata_wrapper_for_path("agent.py").visit(seen)
    assert seen.findings == [("self.model.predict(state)", "KI202")]
    assert seen.receivers == [("self.model", "predict", "certain")]
    other = Seen()
    manager.get_metadata_wrapper_for_path("train.py").visit(other)
    assert (other.findings, other.receivers) == ([], [])


def seen_in(name: str, text: str) -> Seen:
    """The metadata of a text that stands for a file."""
    seen = Seen()
    caches = dict.fromkeys((FindingProvider, ReceiverProvider), name)
    MetadataWrapper(cst.parse_module(text), cache=caches).visit(seen)
    return seen


def test_metadata_of_a_text_that_is_not_on_disk(folder: Path) -> None:
    seen = seen_in("scores.py", read("scores.py").replace("(model.predict(x)).numpy()", "model.evaluate(x)"))
    assert (seen.findings, seen.receivers) == ([], [("model", "evaluate", "certain")])
    again = seen_in("scores.py", read("scores.py"))
    assert again.receivers == [("model", "predict", "certain")]
    assert [code for _, code in again.findings] == ["KI403"]


def test_a_finding_where_no_node_begins_hangs_on_the_module(folder: Path) -> None:
    text = "import keras\n\nx = 1  # noqa: KI999\n"
    assert seen_in("late.py", text).findings == [(text.strip(), "KI002")]


def test_the_example_of_the_documentation_runs(folder: Path) -> None:
    page = (ROOT / "docs" / "libcst.md").read_text("utf-8")
    write("models.py", page.partition('```python title="models.py"\n')[2].partition("```")[0])
    told = run("models").stdout.splitlines()
    assert told[0].startswith("KI202 predict() runs once per step of `for step in range(100)`")
    assert told[1].startswith("predict of a Keras model (certain): ")


# LibCST: codemods


def codemod(name: str, *arguments: str) -> str:
    """Run a codemod by LibCST's tool; what it says."""
    options = ("-x", f"lint_rules.bridges.codemods.{name}", "--no-format", "--hide-progress")
    done = run("libcst.tool", "codemod", *options, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_a_codemod_applies_the_safe_fixes_of_its_rule(folder: Path) -> None:
    codemod("NumpyOnPredict", "scores.py", "agent.py")
    assert read("scores.py") == SCORES.lstrip().replace("(model.predict(x)).numpy()", "(model.predict(x))")
    assert read("agent.py") == AGENT.lstrip()


def test_a_codemod_has_the_project_in_view_and_applies_unsafe_fixes_when_asked(folder: Path) -> None:
    codemod("PredictPerStep", "--jobs", "1", "agent.py")
    assert read("agent.py") == AGENT.lstrip()
    codemod("PredictPerStep", "--jobs", "1", "--unsafe-fixes", "agent.py")
    assert "predict_on_batch(state)" in read("agent.py")


def test_every_rule_with_a_fix_has_its_codemod() -> None:
    there = {made.CODE: made for made in codemods.CODEMODS}
    assert set(there) == set(
        re.findall(r"KI\d{3}", (ROOT / "docs" / "fixing.md").read_text("utf-8").partition("## Rules with fixes")[2])
    )
    assert all(getattr(codemods, class_name(code)) is made for code, made in there.items())
    assert all(TEXTS[code].summary in made.DESCRIPTION for code, made in there.items())


# Fixit


FIXIT = """
[tool.fixit]
root = true
enable = ["lint_rules.bridges.fixit_rules"]
disable = ["fixit.rules"]
[tool.keras-inference]
"""


def test_fixit_reports_and_fixes(folder: Path) -> None:
    write("pyproject.toml", FIXIT)
    told = sorted(line.partition(": KI")[0] for line in run("fixit", "lint", ".").stdout.splitlines() if ": KI" in line)
    assert told == ["agent.py@8:15 PredictPerStep", "scores.py@6:11 NumpyOnPredict"]
    run("fixit", "fix", "--automatic", ".")
    assert read("scores.py") == SCORES.lstrip().replace("(model.predict(x)).numpy()", "(model.predict(x))")
    assert read("agent.py") == AGENT.lstrip()


def test_every_rule_is_one_of_fixit() -> None:
    assert [made.CODE for made in fixit_rules.LINT_RULES] == [rule.code for rule in RULES]
    assert all(getattr(fixit_rules, class_name(made.CODE)) is made for made in fixit_rules.LINT_RULES)
