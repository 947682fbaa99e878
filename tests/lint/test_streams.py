"""The command with standard streams that are closed, full, or read by nobody, and in a folder that is gone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Project = Callable[[dict[str, str]], Path]
Shell = Callable[[str], tuple[int, str, str]]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a POSIX shell closes the streams")
linux = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full device")

HIT = "import keras\nm = keras.Sequential([keras.layers.Dense(1)])\nfor x in data:\n    y = m.predict(x[None])\n"
TOLD = "m.py:4:9: KI201"
COMMANDS = ("check m.py", "check clean.py", "check --show-files .", "check --diff --unsafe-fixes m.py", "rule KI201",
            "rule --all", "--version")  # fmt: skip


@pytest.fixture
def shell(project: Project) -> Shell:
    """Run a line of the shell, in which `ki` is the command, beside `m.py` with a finding and `clean.py` without."""
    project({"m.py": HIT, "clean.py": "x = 1\n"})

    def call(line: str) -> tuple[int, str, str]:
        command = f'ki() {{ "{sys.executable}" -m lint_rules "$@"; }}\n{line}'
        path = {"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": os.environ["PATH"]}
        done = subprocess.run(["sh", "-c", command], env=path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    return call


def error(text: str) -> str:
    return f"keras-inference: error: {text}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_closed_standard_output_is_told(shell: Shell, command: str) -> None:
    assert shell(f"ki {command} >&-") == (2, "", error("standard output cannot be written: it is closed"))


@linux
@pytest.mark.parametrize("command", [*COMMANDS, "--help"])
def test_a_full_standard_output_is_told(shell: Shell, command: str) -> None:
    told = error("standard output cannot be written: No space left on device")
    assert shell(f"ki {command} >/dev/full") == (2, "", told)


@pytest.mark.parametrize("closing", [">&-", "<&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_not_needed_may_be_closed(shell: Shell, closing: str) -> None:
    assert shell(f"ki check --output-format concise --output-file report m.py {closing}")[0] == 1
    assert Path("report").read_text(encoding="utf-8").startswith(TOLD)


@pytest.mark.parametrize("stream", ["2>&-", pytest.param("2>/dev/full", marks=linux)])
def test_what_nobody_can_be_told_changes_nothing_else(shell: Shell, stream: str) -> None:
    code, out, _ = shell(f"ki check --output-format concise m.py {stream}")
    assert (code, out[: len(TOLD)]) == (1, TOLD)
    assert shell(f"ki check nope.py {stream}")[:2] == (2, "")


@pytest.mark.parametrize("arguments", ["-", "--stdin-filename m.py", "--files-from -"])
def test_a_closed_standard_input_is_told_where_it_is_read(shell: Shell, arguments: str) -> None:
    told = error("standard input cannot be read: it is closed")
    assert shell(f"ki check {arguments} <&-") == (2, "", told)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_seen_enough_is_no_error(shell: Shell, unbuffered: str) -> None:
    for number in range(1000):
        Path(f"broken_{number}_{'x' * 100}.py").write_text("x = (\n", encoding="utf-8")
    check = f'PYTHONUNBUFFERED="{unbuffered}" ki check --output-format concise broken*.py'
    code, out, err = shell(f'{{ {check}; echo "code $?" >&2; }} | head -n 1')
    assert (code, out.count("\n"), err) == (0, 1, "code 0\n")


@pytest.mark.parametrize("arguments", ["", ".", "m.py", "- </dev/null", "--show-files"])
def test_in_a_folder_that_is_gone_nothing_can_be_named_from_there(shell: Shell, arguments: str) -> None:
    told = error("the current folder is not there any more; change to one that is, or name absolute paths")
    assert shell(f"mkdir gone && cd gone && rmdir ../gone && ki check {arguments}") == (2, "", told)


@pytest.mark.parametrize("output_format", ["text", "concise", "json", "sarif", "github", "gitlab", "junit"])
def test_in_a_folder_that_is_gone_absolute_paths_are_checked(shell: Shell, output_format: str) -> None:
    here = os.getcwd()
    line = f"ki check --output-format {output_format} {here}/m.py"
    code, out, err = shell(f"mkdir gone && cd gone && rmdir ../gone && {line}")
    assert (code, err) == (1, "")
    assert f"{here}/m.py" in out
