"""What runs keep for the next one: it changes how long a run takes, never what it says."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lint_rules.cache import folder
from lint_rules.cli import main
from lint_rules.config.settings import Overrides, Selection
from lint_rules.findings.report import Outcome, Report
from lint_rules.run.judge_file import FileJudge
from lint_rules.run.pipeline import check
from lint_rules.run.request import Request
from lint_rules.run.selection import Candidate

CACHE = folder.NAME

# Versions of the files of a small project. Each finding rests on several of them: what the model is, who calls the
# helper and in which loop, what an import means, who has a predict of its own, which Keras it is.
FILES = {
    "models.py": [
        "import keras\ndef build():\n    return keras.Sequential([keras.layers.Dense(2)])\n",
        "from sklearn.svm import SVC\ndef build():\n    return SVC()\n",
        "import keras\nclass Net(keras.Model):\n    def predict(self, x):\n        return x\n"
        "def build():\n    return Net()\n",
        "def build(:\n",
    ],
    "agent.py": [
        "from models import build\nclass Agent:\n    def __init__(self):\n        self.model = build()\n"
        "    def act(self, state):\n        return self.model.predict(state)\n",
        "from models import build\nclass Agent:\n    def __init__(self):\n        self.model = build()\n"
        "    def act(self, state):\n        return self.model(state)\n",
        "from models import build\nclass Agent:\n    def __init__(self):\n        self.model = build()\n"
        "    def act(self, state):\n        return self.model.predict(state)  # noqa: KI202\n",
    ],
    "train.py": [
        "from agent import Agent\nagent = Agent()\nstate = env.reset()\nwhile not done:\n"
        "    state, done = env.step(agent.act(state))\n",
        "from agent import Agent\nagent = Agent()\nagent.act(state)\n",
        "from other import Agent\nagent = Agent()\nwhile not done:\n    state, done = env.step(agent.act(state))\n",
        "import models\n",
    ],
    "other.py": [
        "from agent import Agent\n",
        "class Agent:\n    def act(self, state):\n        return state\n",
        "from agent import Agent as Base\nclass Agent(Base):\n    pass\n",
    ],
    "loss.py": [
        "from models import build\nmodel = build()\ndef loss(x):\n    return model.predict(x) - x\n",
        "from models import build\nmodel = build()\nmodel.predict_classes(x)\n",
    ],
    "fit.py": [
        "import tensorflow as tf\nfrom loss import loss, model\nwith tf.GradientTape() as tape:\n"
        "    value = tf.reduce_mean(loss(x))\ntape.gradient(value, model.trainable_variables)\n",
        "import loss\nloss.loss(x)\n",
    ],
    "models/__init__.py": ["def build():\n    return None\n"],
    "sub/models.py": ["import keras\ndef build():\n    return keras.Model()\n"],
    "requirements.txt": ["keras==2.4\n", "keras>=3\n"],
    "plain.py": ["import os\n", "print 1\n", "x = 1  # keras\n"],
}


def put(root: Path, name: str, text: str | None) -> None:
    path = root / name
    if text is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    else:
        path.unlink(missing_ok=True)


def fill(root: Path) -> None:
    """The first version of every file but those that take others' places."""
    for name in ("models.py", "agent.py", "train.py", "other.py", "loss.py", "fit.py", "plain.py"):
        put(root, name, FILES[name][0])


ALL = Overrides(selection=Selection(("ALL",)))


def run(
    root: Path, *, cache: bool = True, paths: Sequence[str] = (), overrides: Overrides = ALL, fixes: bool = True
) -> Report:
    names = tuple(str(root / name) for name in paths) or (str(root),)
    return check(Request(names, overrides=overrides, fixes=fixes, cache=cache))


def run_stdin(root: Path, name: str, text: str, *, cache: bool = True) -> Report:
    """As an editor's hook does: the text comes on standard input."""
    return check(Request(stdin=(str(root / name), text.encode()), overrides=ALL, fixes=True, cache=cache))


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were really judged, in order."""
    names: list[str] = []
    inner = FileJudge.judge

    def counted(judge: FileJudge, candidate: Candidate, *, prove: bool) -> Outcome:
        names.append(os.path.relpath(candidate.path, candidate.settings.root))
        return inner(judge, candidate, prove=prove)

    monkeypatch.setattr(FileJudge, "judge", counted)
    return names


def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.keras-inference]\n")
    fill(tmp_path)
    return tmp_path


EDITS = st.lists(
    st.tuples(
        st.sampled_from([(name, text) for name, texts in FILES.items() for text in (*texts, None)]),
        st.lists(st.sampled_from(["agent.py", "train.py", "loss.py", "fit.py"]), max_size=2, unique=True),
    ),
    max_size=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_a_run_says_the_same_with_and_without_what_was_kept(
    edits: list[tuple[tuple[str, str | None], list[str]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = project(tmp_path_factory.mktemp("project"))
    run(root)
    for (name, text), part in edits:
        if text is not None and name.endswith(".py"):
            assert run_stdin(root, name, text) == run_stdin(root, name, text, cache=False)
        put(root, name, text)
        paths = [path for path in part if (root / path).exists()]
        assert run(root, paths=paths) == run(root, cache=False, paths=paths)
    assert run(root) == run(root, cache=False)


def test_the_first_project_has_findings_of_both_kinds(tmp_path: Path) -> None:
    assert {found.code for found in run(project(tmp_path)).diagnostics} >= {"KI202", "KI101"}


def test_nothing_is_judged_twice(tmp_path: Path, judged: list[str]) -> None:
    root = project(tmp_path)
    first = run(root)
    assert {"agent.py", "loss.py"} <= set(judged)
    judged.clear()
    assert run(root) == first
    assert judged == []


def test_other_times_of_a_file_are_no_change(tmp_path: Path, judged: list[str]) -> None:
    root = project(tmp_path)
    first = run(root)
    judged.clear()
    for path in root.glob("*.py"):
        os.utime(path, (1, 1))
    assert run(root) == first
    assert judged == []


def test_the_same_size_and_times_do_not_hide_a_change(tmp_path: Path) -> None:
    root = project(tmp_path)
    path = root / "train.py"
    run(root)
    before = path.stat()
    text = path.read_text()
    path.write_text(text.replace("agent.act(state)", "agent.fct(state)"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert run(root) == run(root, cache=False)


def test_only_what_rests_on_a_changed_file_is_judged_again(tmp_path: Path, judged: list[str]) -> None:
    root = project(tmp_path)
    put(root, "alone.py", "import keras\nkeras.Sequential().predict(x)\n")
    run(root)
    judged.clear()
    put(root, "train.py", FILES["train.py"][1])
    run(root)
    assert "agent.py" in judged
    assert "alone.py" not in judged


def test_a_part_of_the_files_leaves_the_answers_of_the_others(tmp_path: Path, judged: list[str]) -> None:
    root = project(tmp_path)
    whole = run(root)
    judged.clear()
    assert set(run(root, paths=["agent.py"]).diagnostics) <= set(whole.diagnostics)
    assert run(root) == whole
    assert judged == []


def test_a_new_file_that_says_nothing_new_leaves_the_answers(tmp_path: Path, judged: list[str]) -> None:
    root = project(tmp_path)
    run(root)
    judged.clear()
    put(root, "unrelated.py", "def unrelated():\n    return 1\n")
    run(root)
    assert judged == []


@pytest.mark.parametrize(
    "toml", ['ignore = ["KI202"]', 'severity = "error"', 'not-models = ["models.build"]', 'backend = "jax"']
)
def test_other_settings_are_other_answers(tmp_path: Path, toml: str) -> None:
    root = project(tmp_path)
    run(root, overrides=Overrides())
    (root / "pyproject.toml").write_text(f"[tool.keras-inference]\n{toml}\n")
    assert run(root, overrides=Overrides()) == run(root, cache=False, overrides=Overrides())


def test_answers_to_some_settings_are_kept_side_by_side(tmp_path: Path, judged: list[str]) -> None:
    root = project(tmp_path)
    severities = ("error", "warning", "info")
    first = [run(root, overrides=Overrides(severity=severity)) for severity in severities]
    judged.clear()
    assert [run(root, overrides=Overrides(severity=severity)) for severity in severities] == first
    assert judged == []
    put(root, "train.py", FILES["train.py"][1])
    for severity in severities:
        overrides = Overrides(severity=severity)
        assert run(root, overrides=overrides) == run(root, cache=False, overrides=overrides)


def test_not_all_settings_that_ever_were_are_kept(tmp_path: Path) -> None:
    root = project(tmp_path)
    kept = []
    for code in ("KI206", "KI301", "KI302", "KI303", "KI304", "KI305", "KI306", "KI307"):
        run(root, overrides=Overrides(selection=Selection(ignore=(code,))))
        state = folder.read(next((root / CACHE).glob("*-state.json")))
        assert state is not None
        kept.append(len(json.loads(state)["entries"]))
    assert kept[7] == kept[3] > kept[0]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names of files are text there")
def test_names_that_are_no_text(tmp_path: Path, judged: list[str]) -> None:
    root = tmp_path / os.fsdecode(b"caf\xe9")
    root.mkdir()
    first = run(project(root))
    put(root, os.fsdecode(b"mod\xe8le.py"), "import keras\nkeras.Sequential().predict(x).numpy()\n")
    second = run(root)
    assert len(second.diagnostics) == len(first.diagnostics) + 1
    judged.clear()
    assert run(root) == second
    assert judged == []
    put(root, os.fsdecode(b"mod\xe8le.py"), None)
    assert run(root) == run(root, cache=False)


def test_a_project_can_be_moved_with_its_cache(tmp_path: Path, judged: list[str]) -> None:
    (tmp_path / "old").mkdir()
    root = project(tmp_path / "old")
    cache_dir = str(tmp_path / "cache")
    run(root, overrides=ALL._replace(cache_dir=cache_dir))
    moved = tmp_path / "new"
    shutil.move(root, moved)
    report = run(moved, overrides=ALL._replace(cache_dir=cache_dir))
    assert report == run(moved, cache=False)
    assert all(Path(found.location.filename).is_relative_to(moved) for found in report.diagnostics)


# Where it lies


def test_the_folder_ignores_itself(tmp_path: Path) -> None:
    root = project(tmp_path)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    run(root)
    status = subprocess.run(
        ["git", "-C", str(root), "status", "--porcelain"], capture_output=True, text=True, check=True
    ).stdout
    assert (root / CACHE).is_dir()
    assert CACHE not in status
    assert (root / CACHE / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")


def test_an_installed_package_gets_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "users"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    root = tmp_path / "lib" / "site-packages" / "package"
    root.mkdir(parents=True)
    fill(root)
    run(root)
    assert not (root / CACHE).exists()
    assert list(tmp_path.rglob("*-state.json"))


def test_options_of_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "p").mkdir()
    root = project(tmp_path / "p")
    monkeypatch.chdir(root)
    assert main(["check", "--no-cache"]) == 1
    assert not (root / CACHE).exists()
    assert main(["check", "--cache-dir", "../elsewhere"]) == 1
    assert not (root / CACHE).exists()
    assert list((tmp_path / "elsewhere").glob("*-state.json"))
    assert main(["check"]) == 1
    assert list((root / CACHE).glob("*-state.json"))


def test_the_functions_of_the_package_keep_nothing(tmp_path: Path) -> None:
    root = project(tmp_path)
    check(Request((str(root),)))
    assert not (root / CACHE).exists()


def test_standard_input_that_is_saved_is_as_the_file(tmp_path: Path, judged: list[str]) -> None:
    root = project(tmp_path)
    first = run_stdin(root, "agent.py", FILES["agent.py"][0])
    assert judged == ["agent.py"]
    assert run_stdin(root, "agent.py", FILES["agent.py"][0]) == first == run(root, paths=["agent.py"])
    assert judged == ["agent.py"]


def test_standard_input_that_is_not_saved_leaves_what_is_kept(tmp_path: Path, judged: list[str]) -> None:
    root = project(tmp_path)
    first = run(root)
    (state,) = (root / CACHE).glob("*-state.json")
    kept = state.read_bytes()
    judged.clear()
    assert run_stdin(root, "agent.py", FILES["agent.py"][1]).diagnostics == ()
    assert judged == ["agent.py"]
    assert state.read_bytes() == kept
    judged.clear()
    assert run(root) == first
    assert judged == []


@pytest.mark.parametrize(("fixes", "again"), [(True, set()), (False, {"agent.py", "loss.py"})])
def test_what_is_kept_serves_other_formats(tmp_path: Path, judged: list[str], fixes: bool, again: set[str]) -> None:
    """Some show fixes. What was found with them serves without; what has no findings serves both."""
    root = project(tmp_path)
    expected = run(root, fixes=not fixes, cache=False)
    run(root, fixes=fixes)
    judged.clear()
    assert run(root, fixes=not fixes) == expected
    assert set(judged) == again


def test_a_few_files_without_findings_are_read_faster_than_a_cache(tmp_path: Path) -> None:
    root = project(tmp_path)
    run(root, paths=["plain.py"])
    assert not (root / CACHE).exists()


def test_what_is_no_longer_used_is_deleted(tmp_path: Path) -> None:
    root = project(tmp_path)
    for number in range(3):
        for other in range(30):
            put(root, f"file_{other}.py", f"import keras\nname_{number}_{other} = 1\nmodel.predict(x)\n")
        run(root)
    left = root / CACHE / ".keras-inference.0123456789abcdef.tmp"
    left.write_text("left by a killed run")
    os.utime(left, (1, 1))
    put(root, "train.py", FILES["train.py"][1])
    run(root)
    assert len(list((root / CACHE).glob("*.words"))) == 1
    assert not left.exists()


# Damage


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "one bit": lambda path: path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1])),
    "anything": lambda path: path.write_bytes(os.urandom(200)),
    "another shape": lambda path: folder.write(path, b'{"common": 1}\n[]'),
    "no text": lambda path: folder.write(path, b"[]\n\xff"),
    "gone": Path.unlink,
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("pattern", ["*-state.json", "*.words"])
def test_a_damaged_file_costs_time_alone(tmp_path: Path, pattern: str, damage: str) -> None:
    root = project(tmp_path)
    expected = run(root)
    DAMAGES[damage](next((root / CACHE).glob(pattern)))
    assert run(root) == expected
    put(root, "train.py", FILES["train.py"][1])
    assert run(root) == run(root, cache=False)
    put(root, "train.py", FILES["train.py"][0])
    assert run(root) == expected
    assert len(list((root / CACHE).glob(pattern))) == 1


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    root = project(tmp_path)
    expected = run(root, cache=False)
    (root / CACHE).write_text("a file in its place")
    assert run(root) == expected


def test_runs_side_by_side(tmp_path: Path) -> None:
    root = project(tmp_path)
    expected = run(root, cache=False)
    command = [sys.executable, "-m", "lint_rules", "check", str(root), "--select", "ALL", "--output-format", "concise"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
    outputs = {process.communicate()[0] for process in running}
    assert len(outputs) == 1
    assert [process.returncode for process in running] == [1] * 4
    assert run(root) == expected


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_run_leaves_the_cache_whole_or_absent(tmp_path: Path) -> None:
    root = project(tmp_path)
    for other in range(60):
        put(root, f"file_{other}.py", f"import keras\nmodel_{other} = keras.Sequential()\nmodel_{other}.predict(x)\n")
    expected = run(root, cache=False)
    script = (
        "import os, signal, sys\n"
        "inner, left = os.replace, int(sys.argv.pop(1))\n"
        "def cut(source, target):\n"
        "    global left\n"
        "    left -= 1\n"
        "    if left < 0:\n"
        "        os.truncate(source, os.path.getsize(source) // 3)\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return inner(source, target)\n"
        "os.replace = cut\n"
        "from lint_rules.cli import main\n"
        "main(sys.argv[1:])\n"
    )
    for writes in range(2):
        shutil.rmtree(root / CACHE, ignore_errors=True)
        process = subprocess.run(
            [sys.executable, "-c", script, str(writes), "check", str(root)], capture_output=True, check=False
        )
        assert process.returncode == -signal.SIGKILL
        assert list((root / CACHE).glob(".keras-inference.*.tmp"))
        assert run(root) == expected


def test_answers_do_not_rest_on_the_order_of_changes(tmp_path: Path) -> None:
    root = project(tmp_path)
    dice = random.Random(7)
    choices = [(name, text) for name, texts in FILES.items() for text in (*texts, None)]
    for _ in range(25):
        put(root, *dice.choice(choices))
        run(root)
    assert run(root) == run(root, cache=False)
