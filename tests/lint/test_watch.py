"""`--watch`, from outside: the command runs, files change under it, and it reports again."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lint_rules.cli import main
from lint_rules.commands.watch import CLEAR

pytest.importorskip("watchfiles")

Project = Callable[[dict[str, str]], Path]
Start = Callable[..., Any]

MODEL = 'import keras\nmodel = keras.models.load_model("model.keras")\n'
RIGHT = f"{MODEL}scores = model.predict(xs)\n"
WRONG = f"{MODEL}scores = model.predict(xs).numpy()\n"
FOUND = "a.py:3:10: KI403"
CLEAN = r"No findings in \d+ files?\.\n"
AGENT = "def act(model, state):\n    return model.predict(state)\n"
LOOP = f"{MODEL}import agent\nwhile state:\n    state = agent.act(model, state)\n"


def waits(run: Any) -> str:
    """Wait until a run is over and the watch is on; what standard error told of it."""
    return str(run.until(r"Checked at \d\d:\d\d:\d\d\. Watching \d+ files?; Ctrl-C ends\.\n", "stderr"))


def replaced(path: Path, text: str) -> None:
    """Save a file as many editors do: a new one takes its place."""
    new = path.with_name(f".{path.name}.tmp")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def test_every_change_is_followed_by_a_report_until_an_interrupt(project: Project, start: Start) -> None:
    root = project({"a.py": RIGHT, "b.py": "x = 1\n"})
    run = start("check", "--watch")
    assert re.fullmatch(r"Checked at [\d:]{8}\. Watching 2 files; Ctrl-C ends\.\n", waits(run))
    assert run.until(CLEAN) == "No findings in 2 files.\n"
    (root / "a.py").write_text(WRONG, encoding="utf-8")
    waits(run)
    assert run.until(FOUND) == FOUND
    replaced(root / "a.py", RIGHT)
    waits(run)
    run.until(CLEAN)
    assert run.interrupt() == 130
    assert "Traceback" not in run.texts["stderr"]


def test_where_the_system_tells_of_no_changes(project: Project, start: Start) -> None:
    root = project({"a.py": RIGHT})
    run = start("check", "--watch", environment={"WATCHFILES_FORCE_POLLING": "1"})
    waits(run)
    replaced(root / "a.py", WRONG)
    os.utime(root / "a.py", (2e9, 2e9))  # polling does not tell the parts of a second
    run.until(FOUND)
    assert run.interrupt() == 130


def test_an_interrupt_while_nothing_has_changed_ends_it_quietly(project: Project, start: Start) -> None:
    project({"a.py": RIGHT})
    run = start("check", "--watch")
    told = waits(run)
    assert run.interrupt() == 130
    assert run.texts["stderr"] == f"{told}\n"


def test_a_terminal_shows_one_report_at_a_time(project: Project, start: Start) -> None:
    root = project({"a.py": RIGHT})
    run = start(
        "check", "--watch", "--no-progress", "--output-format", "concise", terminal=["stdin", "stdout", "stderr"]
    )
    assert run.until("Ctrl-C ends", "terminal").startswith(f"{CLEAR}No findings in 1 file.\nChecked at ")
    replaced(root / "a.py", WRONG)
    run.until(re.escape(CLEAR), "terminal")
    assert "KI403" in run.until("Found 1 finding", "terminal")
    run.until("Ctrl-C ends", "terminal")
    assert run.interrupt() == 130


def test_a_terminal_shows_an_error_below_nothing_else(project: Project, start: Start) -> None:
    root = project({"pyproject.toml": "", "a.py": WRONG})
    run = start("check", "--watch", "--no-progress", terminal=["stdin", "stdout", "stderr"])
    run.until("Ctrl-C ends", "terminal")
    replaced(root / "pyproject.toml", "[tool.keras-inference\n")
    run.until(re.escape(CLEAR), "terminal")
    assert run.until("Ctrl-C ends", "terminal").startswith("keras-inference: error: ")
    assert run.interrupt() == 130


@pytest.mark.parametrize("environment", [{}, {"TERM": "dumb"}])
def test_nothing_is_cleared_where_there_is_no_screen(
    project: Project, start: Start, environment: dict[str, str]
) -> None:
    project({"a.py": RIGHT})
    run = start("check", "--watch", terminal=["stdout"] if environment else [], environment=environment)
    waits(run)
    assert run.interrupt() == 130
    assert run.texts["terminal" if environment else "stdout"] == "No findings in 1 file.\n"


# What is watched


@pytest.fixture(params=["every folder", "the outermost folder"])
def way(request: pytest.FixtureRequest) -> str:
    """What a test does before the command runs, so that folders are watched as on Linux, and as on other systems."""
    return f"from lint_rules.commands import watch; watch.RECURSIVE = {request.param != 'every folder'}"


def test_files_and_folders_come_and_go(project: Project, start: Start, way: str) -> None:
    root = project({"pkg/b.py": RIGHT})
    run = start("check", "--watch", "--output-format", "concise", before=way)
    assert "Watching 1 file;" in waits(run)
    replaced(root / "a.py", WRONG)
    assert "Watching 2 files;" in waits(run)
    assert run.until(FOUND)
    (root / "new" / "deep").mkdir(parents=True)
    replaced(root / "new" / "deep" / "a.py", WRONG)
    run.until(f"new/deep/{FOUND}")
    replaced(root / "new" / "deep" / "a.py", f"\n{WRONG}")
    run.until("new/deep/a.py:4:10: KI403")
    shutil.move(root / "new" / "deep", root / "moved")
    run.until("moved/a.py:4:10: KI403")
    shutil.rmtree(root / "moved")
    (root / "a.py").unlink()
    run.until("Watching 1 file;", "stderr")
    assert run.interrupt() == 130


def test_the_rest_of_the_project_is_watched_too(project: Project, start: Start, way: str) -> None:
    root = project({"pyproject.toml": "", "src/agent.py": AGENT, "src/train.py": "import agent\n"})
    run = start("check", "src/agent.py", "--watch", "--output-format", "concise", before=way)
    assert "Watching 1 file;" in waits(run)
    replaced(root / "src" / "train.py", LOOP)
    run.until(r"src/agent\.py:2:12: KI202 ")
    assert run.interrupt() == 130


def test_settings_and_what_git_ignores(project: Project, start: Start, way: str) -> None:
    root = project({".git/HEAD": "", "pyproject.toml": "", "a.py": WRONG})
    run = start("check", "--watch", "--output-format", "concise", before=way)
    waits(run)
    run.until(FOUND)
    settings = root / "pyproject.toml"
    replaced(settings, '[tool.keras-inference]\nignore = ["KI403"]\n')
    waits(run)
    replaced(settings, "[tool.keras-inference]\n")
    run.until(FOUND)
    waits(run)
    replaced(root / ".gitignore", "a.py\n")
    assert "Watching 0 files;" in waits(run)
    assert run.interrupt() == 130
    assert run.texts["stdout"].count(FOUND) == 2


def test_a_gitignore_above_the_project(project: Project, start: Start) -> None:
    root = project({".git/HEAD": "", "own/pyproject.toml": "[tool.keras-inference]\n", "own/a.py": WRONG})
    run = start("check", "own", "--watch", before="from lint_rules.commands import watch; watch.RECURSIVE = False")
    assert "Watching 1 file;" in waits(run)
    replaced(root / ".gitignore", "a.py\n")
    assert "Watching 0 files;" in waits(run)
    assert run.interrupt() == 130


def test_a_baseline_that_is_written_meanwhile(project: Project, start: Start) -> None:
    root = project({"pyproject.toml": '[tool.keras-inference]\nbaseline = "known.json"\n', "a.py": WRONG})
    assert main(["check", "--write-baseline"]) == 0
    known = root / "known.json"
    text = known.read_text(encoding="utf-8")
    replaced(root / "a.py", f"{WRONG}again = model.predict(ys).numpy()\n")
    run = start("check", "--watch", "--output-format", "concise")
    waits(run)
    assert run.until(r"a\.py:4:9: KI403").startswith("a.py:4:9")
    assert main(["check", "--write-baseline"]) == 0
    waits(run)
    replaced(known, text)
    waits(run)
    run.until(r"a\.py:4:9: KI403")
    assert run.interrupt() == 130


def test_what_no_run_reads_makes_none(project: Project, start: Start, way: str) -> None:
    root = project(
        {
            ".gitignore": "ignored.py\nmade/\n",
            ".git/HEAD": "",
            "venv/x.py": "",
            "made/x.py": "",
            "a.py": RIGHT,
        }
    )
    run = start("check", "--watch", "--output-format", "concise", before=way)
    waits(run)
    for name in ("ignored.py", "venv/x.py", "venv/pyproject.toml", "made/x.py", "notes.txt", ".a.py.swp"):
        (root / name).write_text(WRONG, encoding="utf-8")
    (root / "__pycache__").mkdir()
    os.symlink("nowhere", root / ".#a.py")
    replaced(root / "a.py", WRONG)
    run.until(FOUND)
    waits(run)
    assert run.interrupt() == 130
    assert run.texts["stderr"].count("Checked at") == 2


def test_many_changes_at_once_are_one(project: Project, start: Start) -> None:
    root = project({f"pkg{number}/a.py": RIGHT for number in range(20)})
    run = start("check", "--watch", "--output-format", "concise")
    waits(run)
    # While the command stands still, so that this is at once on a busy machine too.
    run.process.send_signal(signal.SIGSTOP)
    for number in range(20):
        replaced(root / f"pkg{number}" / "a.py", WRONG)
        (root / f"new{number}").mkdir()
        (root / f"new{number}" / "b.py").write_text("x = 1\n", encoding="utf-8")
    run.process.send_signal(signal.SIGCONT)
    assert "Watching 40 files;" in waits(run)
    run.until(f"pkg9/{FOUND}")
    replaced(root / "last.py", "x = 1\n")
    assert "Watching 41 files;" in waits(run)
    assert run.interrupt() == 130
    assert run.texts["stderr"].count("Checked at") == 3


# What goes wrong meanwhile


def test_settings_that_are_broken_for_a_while(project: Project, start: Start) -> None:
    root = project({"pyproject.toml": "[tool.keras-inference]\n", "a.py": WRONG})
    run = start("check", "--watch", "--output-format", "concise")
    waits(run)
    run.until(FOUND)
    settings = root / "pyproject.toml"
    replaced(settings, '[tool.keras-inference]\nbackend = "theano"\n')
    told = waits(run)
    assert told.startswith(f'keras-inference: error: {settings}: [tool.keras-inference] backend: "theano" is not ')
    assert "Watching 1 file;" in told
    replaced(settings, "[tool.keras-inference\n")
    assert f"keras-inference: error: {settings}: not TOML: " in waits(run)
    replaced(settings, '[tool.keras-inference]\nbackend = "jax"\n')
    run.until(FOUND)
    waits(run)
    assert run.interrupt() == 130


def test_a_path_that_is_gone_for_a_while(project: Project, start: Start) -> None:
    root = project({"pyproject.toml": "", "src/a.py": RIGHT})
    run = start("check", "src", "--watch", "--output-format", "concise")
    waits(run)
    shutil.move(root / "src", root / "away")
    run.until("keras-inference: error: src: no such file or folder\n", "stderr")
    waits(run)
    replaced(root / "away" / "a.py", WRONG)
    shutil.move(root / "away", root / "src")
    run.until(f"src/{FOUND}")
    replaced(root / "src" / "a.py", f"\n{WRONG}")
    run.until("src/a.py:4:10: KI403")
    assert run.interrupt() == 130


def test_a_folder_that_is_another_one_at_once(project: Project, start: Start, way: str) -> None:
    root = project({"pkg/a.py": RIGHT, "other/a.py": RIGHT})
    run = start("check", "--watch", "--output-format", "concise", before=way)
    waits(run)
    run.process.send_signal(signal.SIGSTOP)
    shutil.rmtree(root / "pkg")
    shutil.copytree(root / "other", root / "pkg")
    run.process.send_signal(signal.SIGCONT)
    waits(run)
    replaced(root / "pkg" / "a.py", WRONG)
    run.until(f"pkg/{FOUND}")
    assert run.interrupt() == 130


def test_a_file_that_does_not_parse_for_a_while(project: Project, start: Start) -> None:
    root = project({"a.py": RIGHT})
    run = start("check", "--watch", "--output-format", "concise")
    waits(run)
    replaced(root / "a.py", "# keras model\ndef f(:\n")
    run.until("a.py:2:7: KI000 syntax error")
    replaced(root / "a.py", WRONG)
    run.until(FOUND)
    assert run.interrupt() == 130


def test_a_name_that_is_no_text(project: Project, start: Start) -> None:
    root = project({"a.py": RIGHT})
    run = start("check", "--watch", "--output-format", "concise")
    waits(run)
    folder = os.fsencode(root)
    try:
        os.mkdir(os.path.join(folder, b"caf\xe9"))
    except OSError:
        pytest.skip("this file system has no such names")
    replaced(root / "a.py", WRONG)
    run.until(FOUND)
    with open(os.path.join(folder, b"caf\xe9", b"b.py"), "w", encoding="utf-8") as file:
        file.write(WRONG)
    replaced(root / "a.py", f"\n{WRONG}")
    run.until("a.py:4:10: KI403")
    assert run.interrupt() == 130


# With other options


def test_fixes_are_made_and_told_once(project: Project, start: Start) -> None:
    root = project({"a.py": RIGHT, "b.py": "x = 1\n"})
    run = start("check", "--watch", "--fix")
    waits(run)
    replaced(root / "a.py", WRONG)
    assert waits(run).startswith("Fixed 1 finding in 1 file.\nChecked at ")
    assert (root / "a.py").read_text(encoding="utf-8") == RIGHT
    replaced(root / "b.py", "x = 2\n")
    assert waits(run).startswith("Checked at ")
    replaced(root / "a.py", WRONG)
    assert waits(run).startswith("Fixed 1 finding in 1 file.\nChecked at ")
    assert run.interrupt() == 130
    assert run.texts["stdout"] == "No findings in 2 files.\n" * 4


def test_a_report_in_a_file_is_kept_up_to_date(project: Project, start: Start) -> None:
    root = project({"a.py": RIGHT})
    run = start("check", "--watch", "--output-format", "json", "--output-file", "out.json")
    waits(run)
    assert (root / "out.json").read_text(encoding="utf-8") == "[]\n"
    replaced(root / "a.py", WRONG)
    waits(run)
    assert "KI403" in (root / "out.json").read_text(encoding="utf-8")
    assert run.interrupt() == 130
    assert run.texts["stdout"] == ""


def test_a_list_of_files_is_read_again(project: Project, start: Start) -> None:
    root = project({"a.py": WRONG, "b.py": RIGHT, "list.txt": "b.py\n"})
    run = start("check", "--watch", "--files-from", "list.txt", "--output-format", "concise")
    assert "Watching 1 file;" in waits(run)
    replaced(root / "list.txt", "a.py\nb.py\n")
    replaced(root / "b.py", f"{RIGHT}\n")
    run.until(FOUND)
    assert "Watching 2 files;" in waits(run)
    assert run.interrupt() == 130


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--diff"], "--diff is for one run; omit --diff or --watch"),
        (["--add-noqa"], "--add-noqa is for one run; omit --add-noqa or --watch"),
        (["--write-baseline"], "--write-baseline is for one run; omit --write-baseline or --watch"),
        (["--show-files"], "--show-files is for one run; omit --show-files or --watch"),
        (["--show-settings"], "--show-settings is for one run; omit --show-settings or --watch"),
        (["-"], "standard input does not change; name files or folders to watch"),
        (["--stdin-filename", "a.py"], "standard input does not change; name files or folders to watch"),
        (["--files-from", "-"], "standard input does not change; name files or folders to watch"),
    ],
)
def test_2_with_what_cannot_be_watched(
    project: Project, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    project({"a.py": WRONG})
    assert main(["check", "--watch", *arguments]) == 2
    assert capsys.readouterr() == ("", f"keras-inference: error: --watch: {message}\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope.py"], "nope.py: no such file or folder\n"),
        (["--select", "KI9"], '--select: unknown rule "KI9"'),
        (["--output-file", "no/such/folder"], "--output-file no/such/folder: cannot be written: "),
    ],
)
def test_2_when_the_first_run_cannot_be(
    project: Project, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    project({"a.py": WRONG})
    assert main(["check", "--watch", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"keras-inference: error: {message}")


def test_2_without_the_extra(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    project({"a.py": WRONG})
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    assert main(["check", "--watch"]) == 2
    assert capsys.readouterr() == (
        "",
        "keras-inference: error: --watch: needs watchfiles, which is not installed here; "
        'install the extra: pip install "pytest-keras-inference[watch]"\n',
    )


@pytest.mark.parametrize(
    "error", [OSError("OS file watch limit reached."), RuntimeError("Error creating recommended watcher: ...")]
)
def test_2_when_the_system_watches_no_more(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def watch(*_: object, **__: object) -> Iterator[Any]:
        raise error
        yield

    project({"a.py": WRONG, "pkg/b.py": ""})
    monkeypatch.setattr("watchfiles.watch", watch)
    monkeypatch.setattr("lint_rules.commands.watch.RECURSIVE", False)
    assert main(["check", "--watch"]) == 2
    assert capsys.readouterr() == (
        "",
        f"keras-inference: error: --watch: the system does not watch 2 folders: {error}; extend-exclude in the "
        "settings leaves folders out, WATCHFILES_FORCE_POLLING=1 does without the system\n",
    )
