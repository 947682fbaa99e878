"""Whatever else lies in a project, the files that can be read are reported: what cannot is told, or passed over."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lint_rules.cli import main
from lint_rules.source.files import OddFileError, read_bytes, read_start
from lint_rules.writing import write_report

Project = Callable[[dict[str, str]], Path]
Run = Callable[..., tuple[int, str, str]]

HIT = "import keras\nm = keras.Sequential([keras.layers.Dense(1)])\nfor x in data:\n    y = m.predict(x[None])\n"
TOLD = "m.py:4:9: KI201"

unix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes, and no endless devices")
linux = pytest.mark.skipif(sys.platform != "linux", reason="names of files are any bytes on Linux only")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command: (exit code, standard output, standard error)."""

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def an_endless_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def a_circular_link(path: Path) -> None:
    path.symlink_to(path.name)


def a_link_to_nowhere(path: Path) -> None:
    path.symlink_to("not-there")


def a_folder(path: Path) -> None:
    path.mkdir()


def a_huge_file(path: Path) -> None:
    """A file that takes no room on disk, and more than there is in memory."""
    with path.open("wb") as stream:
        stream.truncate(1 << 40)


def a_socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # the names of sockets are short
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)


ODD = [a_pipe, an_endless_device, a_circular_link, a_link_to_nowhere, a_folder, a_huge_file, a_socket]
odd = pytest.mark.parametrize("make", ODD, ids=lambda make: make.__name__)


# Reading


@unix
@odd
def test_what_is_no_file_of_a_size_to_be_read_is_an_error(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "odd")
    with pytest.raises(OSError, match=r"\w"):
        read_bytes(tmp_path / "odd", 1_000_000)


def test_a_file_is_read_up_to_its_limit_and_none_beyond(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 3_000_000)
    assert read_bytes(path, 3_000_000) == b"x" * 3_000_000
    assert read_start(path, 5) == b"xxxxx"
    with pytest.raises(OddFileError, match="larger than 2 MB"):
        read_bytes(path, 2_999_999)


@pytest.mark.parametrize("name", ["a\0b", "\ud800"], ids=["NUL", "surrogate"])
def test_a_name_that_no_file_can_have_is_an_error_of_the_file(name: str) -> None:
    with pytest.raises(OSError, match="no file name can hold"):
        read_bytes(name, 10)
    with pytest.raises(OSError, match="no file name can hold"):
        write_report(name, b"")


@unix
def test_a_pipe_is_read_to_its_end_where_pipes_are_wanted(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"m.py\n")
    os.close(writer)
    assert read_bytes(f"/dev/fd/{reader}", 100, pipes=True) == b"m.py\n"
    os.close(reader)
    a_pipe(tmp_path / "unused")
    assert read_bytes(tmp_path / "unused", 100, pipes=True) == b""


# Files to check


@unix
@odd
@pytest.mark.parametrize("name", ["odd.py", "odd.ipynb"])
def test_beside_an_odd_file_the_others_are_reported(
    project: Project, run: Run, make: Callable[[Path], None], name: str
) -> None:
    make(project({"m.py": HIT}) / name)
    code, out, err = run("check", "--output-format", "concise", ".")
    assert (code, err) == (1, "")
    assert [line[:15] for line in out.splitlines() if "KI000" not in line] == [TOLD]


@unix
@pytest.mark.parametrize("make", [each for each in ODD if each is not a_folder], ids=lambda make: make.__name__)
def test_an_odd_file_that_is_named_is_told(project: Project, run: Run, make: Callable[[Path], None]) -> None:
    make(project({"m.py": HIT}) / "odd.py")
    code, out, err = run("check", "--output-format", "concise", "odd.py", "m.py")
    assert (code, err) == (1, "")
    first, second = sorted(out.splitlines())
    assert first.startswith(TOLD)
    assert second.startswith("odd.py:1:1: KI000 cannot be read: ")


DIGITS = "9" * 5000
DEEP = "[" * 100_000


@pytest.mark.parametrize(
    "text",
    [
        f'{{"keras predict": 1, "n": {DIGITS}}}',
        f'{{"keras predict": 1, "n": {DEEP}',
        '{"keras predict": 1, "worksheets": [{"cells": 5}]}',
        '{"keras predict": 1, "cells": {"a": 1}}',
        '{"cells": [{"cell_type": "code", "source": ["import keras; predict\\n", "\\ud800"]}]}',
        "\0keras predict",
    ],
    ids=["huge number", "deep", "cells a number", "cells an object", "half a character", "NUL"],
)
def test_a_notebook_that_makes_no_sense_costs_itself(project: Project, run: Run, text: str) -> None:
    project({"m.py": HIT, "n.ipynb": text})
    code, out, err = run("check", "--output-format", "concise", ".")
    assert (code, err) == (1, "")
    assert out.startswith(TOLD)
    assert all("n.ipynb" in line and "KI000" in line for line in out.splitlines()[1:])


def test_a_number_of_too_many_digits_is_named(project: Project, run: Run) -> None:
    project({"n.ipynb": f'{{"keras predict": {DIGITS}}}'})
    _, out, _ = run("check", "--output-format", "concise", "n.ipynb")
    assert out == "n.ipynb:1:1: KI000 the notebook is not JSON that can be read: a number has too many digits\n"


# Files that a run reads besides

BESIDES = (
    ".gitignore",
    "sub/.gitignore",
    ".git/info/exclude",
    "requirements.txt",
    "poetry.lock",
    "setup.cfg",
    "sub/pyproject.toml",
)


@unix
@odd
@pytest.mark.parametrize("name", BESIDES)
def test_odd_files_that_tell_of_the_project_are_passed_over(
    project: Project, run: Run, make: Callable[[Path], None], name: str
) -> None:
    root = project({"m.py": HIT, ".git/info/x": "", "sub/x": ""})
    make(root / name)
    code, out, err = run("check", "--output-format", "concise", ".")
    assert (code, err) == (1, "")
    assert out.startswith(TOLD)


@unix
@pytest.mark.parametrize("make", [a_pipe, an_endless_device, a_folder, a_huge_file], ids=lambda make: make.__name__)
def test_without_an_odd_baseline_everything_is_new(project: Project, run: Run, make: Callable[[Path], None]) -> None:
    root = project({"m.py": HIT, "pyproject.toml": '[tool.keras-inference]\nbaseline = "known.json"\n'})
    make(root / "known.json")
    code, out, err = run("check", "--output-format", "concise", ".")
    assert code == 1
    assert out.startswith(TOLD)
    assert err.startswith(
        f"keras-inference: baseline {root / 'known.json'}: not used, so nothing counts as known: it is "
    )


@unix
@odd
@pytest.mark.parametrize("option", ["--files-from", "--observations"])
def test_an_odd_file_that_an_option_names_is_an_error_of_one_line(
    project: Project, run: Run, make: Callable[[Path], None], option: str
) -> None:
    make(project({"m.py": HIT}) / "odd")
    if (option, make) == ("--files-from", a_pipe):
        assert run("check", option, "odd")[:2] == (0, "No findings in 0 files.\n")  # nobody has written to it
        return
    code, out, err = run("check", option, "odd", "m.py")
    assert (code, out) == (2, "")
    assert err.startswith(f"keras-inference: error: {option} odd: cannot be read: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("text", [DEEP, f"[{DIGITS}]", "\0"], ids=["deep", "huge number", "NUL"])
@pytest.mark.parametrize("option", ["--baseline", "--observations"])
def test_json_that_cannot_be_read_is_an_error_of_one_line(project: Project, run: Run, option: str, text: str) -> None:
    project({"m.py": HIT, "odd.json": text})
    code, out, err = run("check", option, "odd.json", "m.py")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "odd.json" in err


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f"select = {DEEP}", "not TOML that can be read: it nests too deeply"),
        (f"select = {DIGITS}", "not TOML that can be read: a number has too many digits"),
        (r'baseline = "a\u0000b"', "baseline: 'a\\x00b' holds a NUL character, which no path can"),
        (r'cache-dir = "\u0000"', "cache-dir: '\\x00' holds a NUL character, which no path can"),
    ],
    ids=["deep", "huge number", "NUL in baseline", "NUL in cache-dir"],
)
def test_settings_that_cannot_be_used_are_named_in_one_line(project: Project, run: Run, line: str, told: str) -> None:
    project({"m.py": HIT, "pyproject.toml": f"[tool.keras-inference]\n{line}\n"})
    for arguments in ((".",), ("m.py",), ("--write-baseline", ".")):
        code, out, err = run("check", *arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert told in err


# Names that are no UTF-8

FORMATS = ("text", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit")


@linux
@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize("to_file", [False, True], ids=["printed", "to a file"])
def test_every_format_tells_of_a_file_whose_name_is_no_utf_8(
    project: Project, run: Run, output_format: str, to_file: bool
) -> None:
    project({"m.py": HIT, os.fsdecode(b"z\xff.py"): HIT})
    extra = ("--output-file", "report") if to_file else ()
    code, out, err = run("check", "--output-format", output_format, *extra, ".")
    text = Path("report").read_text(encoding="utf-8") if to_file else out
    assert (code, err) == (1, "")
    assert "m.py" in text
    assert "z%FF.py" in text if output_format == "sarif" else r"z\xff.py" in text.replace(r"\\", "\\")
    if output_format in ("json", "sarif", "gitlab"):
        json.loads(text).__repr__().encode()  # no half characters, which strict readers refuse


@linux
def test_names_that_are_no_utf_8_can_be_listed_and_fixed(project: Project, run: Run) -> None:
    name = os.fsdecode(b"z\xff.py")
    root = project({name: HIT})
    (root / "list").write_bytes(b"z\xff.py\n")
    assert run("check", "--files-from", "list")[0] == 1
    assert run("check", "--diff", "--unsafe-fixes", ".")[0] == 1
    assert run("check", "--fix", "--unsafe-fixes", ".")[0] == 0
    assert (root / name).read_text() != HIT


# Writing a report


def test_a_report_that_cannot_be_written_leaves_the_one_that_was_there(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project({"m.py": HIT, "report": "the report of yesterday\n"})

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    code, out, err = run("check", "--no-cache", "--output-file", "report", "m.py")
    assert (code, out) == (2, "")
    assert err == "keras-inference: error: --output-file report: cannot be written: No space left on device\n"
    assert (root / "report").read_text() == "the report of yesterday\n"
    assert sorted(os.listdir(root)) == ["m.py", "report"]


@unix
def test_a_report_goes_through_links_and_into_devices(project: Project, run: Run) -> None:
    root = project({"m.py": HIT, "old": "old"})
    (root / "old").chmod(0o640)
    (root / "link").symlink_to("old")
    assert run("check", "--output-format", "concise", "--output-file", "link", "m.py")[0] == 1
    assert (root / "link").is_symlink()
    assert (root / "old").read_text().startswith(TOLD)
    assert (root / "old").stat().st_mode & 0o777 == 0o640
    assert run("check", "--output-file", os.devnull, "m.py")[0] == 1
    assert not Path(os.devnull).is_file()


@linux
def test_a_full_device_is_told_in_one_line(project: Project, run: Run) -> None:
    project({"m.py": HIT})
    code, out, err = run("check", "--output-file", "/dev/full", "m.py")
    assert (code, out) == (2, "")
    assert err == "keras-inference: error: --output-file /dev/full: cannot be written: No space left on device\n"
