"""`--fix` that is stopped, or not alone: every file is its old or its new text, whole, and nothing is in the way."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from lint_rules import cli
from lint_rules.findings.report import Outcome, Report
from lint_rules.run.judge_file import FileJudge
from lint_rules.run.session import Rerun

pytestmark = pytest.mark.sampled(4)

ROOT = Path(__file__).parents[2]
FILES = 9
MODES = (0o644, 0o755, 0o600)
OLD = "import keras\nmodel = keras.Sequential([])\n" + "".join(
    f"def score_{number}(x):\n    return model.predict(x).numpy()\n" for number in range(3)
)
NEW = OLD.replace(".numpy()", "")

# Sends a signal to itself right before or right after the n-th call of a function of `os`.
STOPPED = """
import os, sys
from lint_rules.cli import main
name, when, calls, number = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
function = getattr(os, name)
def stopped(*arguments, **options):
    global calls
    calls -= 1
    if calls == 0 and when == "before":
        os.kill(os.getpid(), number)
    result = function(*arguments, **options)
    if calls == 0 and when == "after":
        os.kill(os.getpid(), number)
    return result
setattr(os, name, stopped)
sys.exit(main(["check", "--fix", "--no-cache", "."]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(FILES):
        path = tmp_path / f"m{number:02}.py"
        path.write_text(OLD)
        path.chmod(MODES[number % len(MODES)])
    (tmp_path / "pyproject.toml").write_text("[tool.keras-inference]\n")
    return tmp_path


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def command(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    # The cache writes files of its own, and has its own tests.
    return start(folder, "-m", "lint_rules", "check", ".", "--no-cache", "--output-format", "concise", *arguments)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def fixed(folder: Path) -> int:
    """How many files have their new text; the others have their old one, and all have their mode."""
    texts = []
    for number in range(FILES):
        path = folder / f"m{number:02}.py"
        assert stat.S_IMODE(path.stat().st_mode) == MODES[number % len(MODES)]
        texts.append(path.read_text())
    assert set(texts) <= {OLD, NEW}
    return texts.count(NEW)


def left_behind(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.suffix not in (".py", ".toml")]


def in_the_end(folder: Path) -> None:
    """A later run fixes the rest, and looks at nothing that was left behind."""
    before = left_behind(folder)
    code, out, err = ended(command(folder, "--fix"))
    assert (code, out) == (0, "")
    assert "internal" not in err
    assert fixed(folder) == FILES
    assert left_behind(folder) == before
    assert ended(command(folder))[:2] == (0, "")


@pytest.mark.parametrize(
    ("name", "when", "calls"),
    [
        ("fsync", "before", 1),
        ("fsync", "after", 4),
        ("chmod", "after", FILES),
        ("replace", "before", 5),
        ("replace", "after", 1),
        ("replace", "after", FILES),
    ],
)
def test_killed_while_it_writes_a_file(folder: Path, name: str, when: str, calls: int) -> None:
    code, _, _ = ended(start(folder, "-c", STOPPED, name, when, str(calls), str(int(signal.SIGKILL))))
    assert code == -signal.SIGKILL
    assert fixed(folder) == calls - 1 + ((name, when) == ("replace", "after"))
    left = left_behind(folder)
    assert len(left) == ((name, when) != ("replace", "after"))
    assert all(path.name.startswith(".") and path.suffix == ".tmp" for path in left)
    in_the_end(folder)


@pytest.mark.parametrize(
    ("name", "when", "calls"), [("open", "after", 1), ("fsync", "before", 4), ("replace", "after", FILES)]
)
def test_interrupted_while_it_writes_a_file(folder: Path, name: str, when: str, calls: int) -> None:
    code, out, err = ended(start(folder, "-c", STOPPED, name, when, str(calls), str(int(signal.SIGINT))))
    assert (code, out) == (130, "")
    assert err.endswith("keras-inference: interrupted\n")
    assert fixed(folder) == calls - 1 + ((name, when) == ("replace", "after"))
    assert left_behind(folder) == []
    in_the_end(folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("progress", [1, FILES // 2])
def test_stopped_from_outside_once_it_has_come_so_far(folder: Path, number: signal.Signals, progress: int) -> None:
    process = command(folder, "--fix")
    while process.poll() is None and fixed(folder) < progress:
        time.sleep(0.001)
    process.send_signal(number)
    code, _, _ = ended(process)
    assert code in ((130, 0) if number is signal.SIGINT else (-number, 0))
    assert fixed(folder) >= progress
    assert number is signal.SIGKILL or left_behind(folder) == []
    in_the_end(folder)


# Not alone


def test_two_fixes_and_two_checks_at_once(folder: Path) -> None:
    processes = [command(folder, "--fix"), command(folder, "--fix"), command(folder), command(folder)]
    with ThreadPoolExecutor() as pool:
        results = list(pool.map(ended, processes))
    assert all(code in (0, 1) and "internal" not in err and "KI000" not in out for code, out, err in results)
    assert fixed(folder) == FILES
    assert left_behind(folder) == []
    in_the_end(folder)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Let something happen between the check of `--fix` and its first fix."""

    def happens(change: Callable[[], None]) -> None:
        report = Rerun.report
        changes = [change]

        def late(self: Rerun, *arguments: Any) -> Report:
            found = report(self, *arguments)
            while changes:
                changes.pop()()
            return found

        monkeypatch.setattr(Rerun, "report", late)

    return happens


def test_what_another_run_has_fixed_meanwhile_is_not_fixed_twice(
    folder: Path, meanwhile: Callable[[Callable[[], None]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    meanwhile(lambda: (folder / "m00.py").write_text(NEW) and None)
    assert cli.main(["check", "--fix", "m00.py"]) == 0
    assert (folder / "m00.py").read_text() == NEW


@pytest.mark.parametrize("option", ["--fix", "--add-noqa"])
def test_what_an_editor_has_changed_meanwhile_is_judged_anew(
    folder: Path, meanwhile: Callable[[Callable[[], None]], None], monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    """Edits for the old text would hit other places of the new one."""
    monkeypatch.chdir(folder)
    above = "notes = '''\n" + "what predict() gives\n" * 7 + "'''\n"
    meanwhile(lambda: (folder / "m00.py").write_text(above + OLD) and None)
    assert cli.main(["check", option, "m00.py"]) == 0
    wanted = NEW if option == "--fix" else OLD.replace(".numpy()", ".numpy()  # noqa: KI403")
    assert (folder / "m00.py").read_text() == above + wanted


def test_each_file_is_judged_once_where_nothing_changed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The edits of the first round are those of the check itself; the second round and the last look make three."""
    monkeypatch.chdir(folder)
    judged = count()
    judge = FileJudge.judge

    def counted(self: FileJudge, *arguments: Any, **options: Any) -> Outcome:
        next(judged)
        return judge(self, *arguments, **options)

    monkeypatch.setattr(FileJudge, "judge", counted)
    assert cli.main(["check", "--fix", "m00.py"]) == 0
    assert next(judged) == 3
