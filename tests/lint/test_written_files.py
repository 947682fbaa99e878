"""What the command writes, and where: nothing of the user's is overwritten, and no repository says otherwise.

A cloned repository may hold any file, link and setting. None of them makes a run write outside of the project, through
a link, or over a file that is not ours.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lint_rules import writing
from lint_rules.cache import folder
from lint_rules.cli import main
from lint_rules.writing import OwnerError, lies_within, read_regular, write_in_place, write_whole

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")

CODE = (
    "import keras\n\nm = keras.Sequential([keras.layers.Dense(1)])\n\n\n"
    "def score(x):\n    return m.predict(x, training=False)\n"
)
FIXED = CODE.replace(", training=False", "")
COMMENTED = CODE.replace("=False)", "=False)  # noqa: KI401")
TAG = folder.TAG.decode()

Setting = Callable[[Path, Path], object]
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A project with one finding."""
    root = tmp_path / "repository"
    root.mkdir()
    (root / "a.py").write_text(CODE)
    (root / "pyproject.toml").write_text("[tool.keras-inference]\n")
    return root


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder of the user's, beside the project."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / ".gitignore").write_text("secrets.env\n")
    old = folder / "image.iso.part"
    old.write_text("90 percent")
    os.utime(old, (1, 1))
    (folder / "b.py").write_text(CODE)
    return folder


@pytest.fixture
def run(repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The exit code and what is told on standard error of `check` in the project."""
    monkeypatch.chdir(repository)

    def check(*arguments: str) -> tuple[int, str]:
        code = main(["check", *arguments])
        return code, capsys.readouterr().err

    return check


def contents(top: Path) -> dict[str, str | bytes]:
    """Every file below a folder with what it holds, every link with what it points to."""
    found: dict[str, str | bytes] = {}
    for path in sorted(top.rglob("*")):
        if path.is_symlink():
            found[str(path)] = f"link to {os.readlink(path)}"
        else:
            found[str(path)] = path.read_bytes() if path.is_file() else "folder or pipe"
    return found


def settings(root: Path, line: str) -> None:
    (root / "pyproject.toml").write_text(f"[tool.keras-inference]\n{line}\n")


def cache_of(root: Path, files: dict[str, str]) -> Path:
    place = root / folder.NAME
    place.mkdir()
    for name, text in files.items():
        (place / name).write_text(text)
    return place


# The folder of the cache

REFUSED: dict[str, Setting] = {
    "a link to a folder": lambda root, out: (root / folder.NAME).symlink_to(out),
    "a link to a folder in the project": lambda root, out: (
        (root / "here").mkdir(),
        (root / folder.NAME).symlink_to("here"),
    ),
    "a link to nothing": lambda root, out: (root / folder.NAME).symlink_to(out / "new"),
    "a link to a file": lambda root, out: (root / folder.NAME).symlink_to(out / "b.py"),
    "a circle of links": lambda root, out: (root / folder.NAME).symlink_to(folder.NAME),
    "its .gitignore is a link": lambda root, out: (cache_of(root, {}) / ".gitignore").symlink_to(out / ".gitignore"),
    "its tag is a link to nothing": lambda root, out: (cache_of(root, {}) / "CACHEDIR.TAG").symlink_to(out / "tag"),
    "its tag is a link to a tag": lambda root, out: (
        (out / "tag").write_text(TAG),
        (cache_of(root, {}) / "CACHEDIR.TAG").symlink_to(out / "tag"),
    ),
    "its tag is a folder": lambda root, out: (cache_of(root, {}) / "CACHEDIR.TAG").mkdir(),
    "its tag is a pipe": lambda root, out: os.mkfifo(cache_of(root, {}) / "CACHEDIR.TAG"),
    "another tool's": lambda root, out: cache_of(
        root, {"CACHEDIR.TAG": TAG.replace("keras-inference", "another tool"), ".gitignore": "*\n"}
    ),
    "files of the user's": lambda root, out: cache_of(root, {".gitignore": "mine\n", "notes.txt": "mine"}),
    "settings name a folder beside": lambda root, out: settings(root, 'cache-dir = "../outside"'),
    "settings name a new folder beside": lambda root, out: settings(root, 'cache-dir = "../outside/new"'),
    "settings name an absolute folder": lambda root, out: settings(root, f'cache-dir = "{out / "new"}"'),
    "settings name the project": lambda root, out: (
        settings(root, 'cache-dir = "."'),
        (root / ".gitignore").write_text("secrets.env\n"),
    ),
    "settings name a folder of the project": lambda root, out: (
        settings(root, 'cache-dir = "source"'),
        (root / "source").mkdir(),
        (root / "source" / "c.txt").write_text("mine"),
    ),
    "settings lead through a link": lambda root, out: (
        settings(root, 'cache-dir = "link/new"'),
        (root / "link").symlink_to(out),
    ),
    "settings lead through a link and back": lambda root, out: (
        settings(root, 'cache-dir = "link/../new"'),
        (root / "link").symlink_to(out / "deep"),
        (root / "new").mkdir(),
        (root / "new" / "c.txt").write_text("mine"),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_folder_that_is_not_ours_is_left_alone_and_named(
    repository: Path, outside: Path, run: Run, name: str
) -> None:
    REFUSED[name](repository, outside)
    before = contents(repository.parent)
    code, told = run()
    assert contents(repository.parent) == before
    assert code == 1
    assert told.startswith("keras-inference: ")
    assert "not used as the cache" in told
    assert told.count("\n") == 1
    assert run("--no-cache") == (1, "")


TAKEN: dict[str, Setting] = {
    "no folder yet": lambda root, out: None,
    "an empty folder": lambda root, out: cache_of(root, {}),
    "one that a killed run began": lambda root, out: cache_of(root, {".keras-inference.0123456789abcdef.tmp": TAG[:9]}),
    "one with our tag": lambda root, out: cache_of(root, {"CACHEDIR.TAG": TAG}),
}


@pytest.mark.parametrize("name", TAKEN)
def test_a_folder_that_is_ours_is_used(repository: Path, outside: Path, run: Run, name: str) -> None:
    TAKEN[name](repository, outside)
    before = contents(outside)
    assert run() == (1, "")
    assert contents(outside) == before
    assert list((repository / folder.NAME).glob("*-state.json"))


@pytest.mark.parametrize("line", ['cache-dir = "new"', 'cache-dir = "new/deep"', 'cache-dir = "./new/../other"'])
def test_settings_may_name_a_folder_in_the_project(repository: Path, run: Run, line: str) -> None:
    settings(repository, line)
    assert run() == (1, "")
    assert len(list(repository.rglob("*-state.json"))) == 1


def test_the_command_line_may_name_any_folder_that_is_free(repository: Path, outside: Path, run: Run) -> None:
    (repository.parent / "link").symlink_to("space")
    (repository.parent / "space").mkdir()
    assert run("--cache-dir", "../link") == (1, "")
    assert list((repository.parent / "space").glob("*-state.json"))
    before = contents(outside)
    code, told = run("--cache-dir", "../outside")
    assert (code, contents(outside)) == (1, before)
    assert "it holds other files" in told


PLANTED: dict[str, Callable[[Path, Path], object]] = {
    "a link": lambda state, out: state.symlink_to(out / "b.py"),
    "a link to nothing": lambda state, out: state.symlink_to(out / "new"),
    "a pipe": lambda state, out: os.mkfifo(state),
    "a folder": lambda state, out: state.mkdir(),
    "a device": lambda state, out: state.symlink_to("/dev/zero"),
    "too large": lambda state, out: (state.touch(), os.truncate(state, 1 << 40)),
}


@pytest.mark.parametrize("name", PLANTED)
@pytest.mark.parametrize("pattern", ["*-state.json", "*.words"])
def test_what_stands_in_the_place_of_a_file_of_the_cache(
    repository: Path, outside: Path, run: Run, pattern: str, name: str
) -> None:
    run()
    (file,) = (repository / folder.NAME).glob(pattern)
    file.unlink()
    PLANTED[name](file, outside)
    before = contents(outside)
    assert run() == (1, "")
    (repository / "b.py").write_text(CODE)
    assert run() == (1, "")
    assert contents(outside) == before


def test_only_what_is_ours_by_name_is_deleted(repository: Path, run: Run) -> None:
    run()
    place = repository / folder.NAME
    stem = next(place.glob("*-state.json")).name.partition("-")[0]
    mine = [place / name for name in (f"{stem}-notes.txt", "x.part", ".keras-inference.tmp", "image.iso.part")]
    for path in mine:
        path.write_text("mine")
        os.utime(path, (1, 1))
    (repository / "b.py").write_text(CODE)
    run()
    assert all(path.exists() for path in mine)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_costs_the_cache_alone(repository: Path, run: Run) -> None:
    repository.chmod(0o500)
    assert run() == (1, "")
    repository.chmod(0o700)
    assert not (repository / folder.NAME).exists()


# The baseline

NO_BASELINE: dict[str, tuple[Setting, str]] = {
    "settings name a file beside": (
        lambda root, out: settings(root, 'baseline = "../outside/known.json"'),
        "leads out of the project",
    ),
    "settings lead through a link": (
        lambda root, out: (settings(root, 'baseline = "link/known.json"'), (root / "link").symlink_to(out)),
        "leads out of the project",
    ),
    "settings name a link": (
        lambda root, out: (settings(root, 'baseline = "known.json"'), (root / "known.json").symlink_to(out / "new")),
        "leads out of the project",
    ),
    "settings name a file of the project": (
        lambda root, out: settings(root, 'baseline = "a.py"'),
        "is there already and no baseline",
    ),
    "settings name a folder": (lambda root, out: settings(root, 'baseline = "."'), "is no file"),
    "the usual name is a link": (
        lambda root, out: (root / "keras-inference-baseline.json").symlink_to(out / "b.py"),
        "leads out of the project",
    ),
}


@pytest.mark.parametrize("name", NO_BASELINE)
def test_a_baseline_is_written_only_where_one_may_be(repository: Path, outside: Path, run: Run, name: str) -> None:
    prepare, reason = NO_BASELINE[name]
    prepare(repository, outside)
    before = contents(repository.parent)
    code, told = run("--no-cache", "--write-baseline")
    assert code == 2
    assert told.startswith("keras-inference: error: --write-baseline ")
    assert reason in told
    assert contents(repository.parent) == before


@pytest.mark.parametrize("there", [None, "", '{"version": 1, "findings": [\n<<<<<<< ours\n', '{"version": 9}'])
def test_a_baseline_that_is_damaged_or_not_there_is_made_anew(repository: Path, run: Run, there: str | None) -> None:
    if there is not None:
        (repository / "known.json").write_text(there)
    assert run("--no-cache", "--write-baseline", "--baseline", "known.json") == (0, "")
    assert run("--no-cache", "--baseline", "known.json") == (0, "")


def test_the_command_line_may_name_a_baseline_anywhere_but_no_link(repository: Path, outside: Path, run: Run) -> None:
    assert run("--no-cache", "--write-baseline", "--baseline", "../outside/known.json") == (0, "")
    (repository / "link.json").symlink_to(outside / "known.json")
    before = contents(repository.parent)
    code, told = run("--no-cache", "--write-baseline", "--baseline", "link.json")
    assert (code, contents(repository.parent)) == (2, before)
    assert "is a link" in told


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_baseline_that_cannot_be_written_leaves_nothing(
    repository: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(repository)
    monkeypatch.setattr(writing.os, "fsync", full)
    code, told = run("--no-cache", "--write-baseline")
    assert (code, contents(repository)) == (2, before)
    assert "cannot be written: No space left on device" in told


# The files that are checked

WRITERS = [("--fix", FIXED, 1), ("--add-noqa", COMMENTED, 2)]
"""An option, what comes of a file, and the exit code where one of the files is left alone."""


@pytest.mark.parametrize(("option", "after", "code"), WRITERS)
def test_what_a_link_leads_to_outside_is_left_alone(
    repository: Path, outside: Path, run: Run, option: str, after: str, code: int
) -> None:
    (repository / "link.py").symlink_to(outside / "b.py")
    before = contents(outside)
    got, told = run("--no-cache", option)
    assert contents(outside) == before
    assert got == code
    assert f"link.py: leads to {outside / 'b.py'}" in told
    assert (repository / "a.py").read_text() == after


@pytest.mark.parametrize(("option", "after", "code"), WRITERS)
def test_a_link_that_is_named_is_not_its_target(
    repository: Path, outside: Path, run: Run, option: str, after: str, code: int
) -> None:
    (repository / "link.py").symlink_to(outside / "b.py")
    before = contents(outside)
    assert run("--no-cache", option, "link.py")[0] == code
    assert contents(outside) == before


@pytest.mark.parametrize(("option", "after", "_code"), WRITERS)
@pytest.mark.parametrize("named", ["../outside", "../outside/b.py", "linked", "linked/b.py"])
def test_what_is_named_outside_is_changed(
    repository: Path, outside: Path, run: Run, option: str, after: str, _code: int, named: str
) -> None:
    (repository / "linked").symlink_to(outside)
    assert run("--no-cache", option, named)[0] == 0
    assert (outside / "b.py").read_text() == after


@pytest.mark.parametrize(("option", "after", "_code"), WRITERS)
def test_a_link_within_the_project_stays_a_link(
    repository: Path, run: Run, option: str, after: str, _code: int
) -> None:
    (repository / "sub").mkdir()
    (repository / "sub" / "link.py").symlink_to("../a.py")
    assert run("--no-cache", option, "sub")[0] == 0
    assert (repository / "sub" / "link.py").is_symlink()
    assert (repository / "a.py").read_text() == after


def test_a_link_to_what_is_passed_over_in_the_project(repository: Path, run: Run) -> None:
    (repository / "venv").mkdir()
    (repository / "venv" / "c.py").write_text(CODE)
    (repository / "sub").mkdir()
    (repository / "sub" / "link.py").symlink_to("../venv/c.py")
    code, told = run("--no-cache", "--fix", "sub")
    assert code == 1
    assert "left alone" in told
    assert (repository / "venv" / "c.py").read_text() == CODE


@pytest.mark.parametrize(("option", "after", "_code"), WRITERS)
def test_a_file_of_several_names_stays_one_file(
    repository: Path, outside: Path, run: Run, option: str, after: str, _code: int
) -> None:
    (outside / "also.py").hardlink_to(repository / "a.py")
    code, told = run("--no-cache", option)
    assert code == 0
    assert "a.py: has 2 names (hard links)" in told
    assert (repository / "a.py").read_text() == after
    assert (outside / "also.py").samefile(repository / "a.py")


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(errno.ENOSPC, "No space left on device")])
def test_writing_in_place_that_fails_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException] | BaseException
) -> None:
    def fails(_: int) -> None:
        raise error

    path = tmp_path / "a.py"
    path.write_text(CODE)
    monkeypatch.setattr(writing.os, "fsync", fails)
    with pytest.raises((KeyboardInterrupt, OSError)):
        write_in_place(str(path), b"much longer than before\n" * 9, CODE.encode())
    assert path.read_text() == CODE


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_is_kept(repository: Path, run: Run) -> None:
    os.chown(repository / "a.py", 1000, 1000)
    (repository / "a.py").chmod(0o640)
    assert run("--no-cache", "--fix") == (0, "Fixed 1 finding in 1 file.\n")
    found = (repository / "a.py").stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (1000, 1000, 0o640)


def test_a_file_whose_owner_cannot_be_kept_is_written_in_place(
    repository: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(path: str, like: os.stat_result) -> None:
        raise OwnerError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(writing, "_give", lost)
    before = (repository / "a.py").stat().st_ino
    assert run("--no-cache", "--fix") == (0, "Fixed 1 finding in 1 file.\n")
    assert (repository / "a.py").read_text() == FIXED
    assert (repository / "a.py").stat().st_ino == before
    assert sorted(path.name for path in repository.iterdir()) == ["a.py", "pyproject.toml"]


def test_a_comment_that_cannot_be_written_is_an_error_and_not_counted(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "b.py").write_text(CODE)
    replace = os.replace

    def partly(source: str, target: str) -> None:
        if target.endswith("a.py"):
            full()
        replace(source, target)

    monkeypatch.setattr(writing.os, "replace", partly)
    monkeypatch.chdir(repository)
    assert main(["check", "--no-cache", "--add-noqa"]) == 2
    out, err = capsys.readouterr()
    assert out == "Added 1 comment in 1 file.\n"
    assert err == "keras-inference: a.py: cannot be written: No space left on device\n"
    assert (repository / "b.py").read_text() == COMMENTED
    assert sorted(path.name for path in repository.iterdir()) == ["a.py", "b.py", "pyproject.toml"]


# The means


def test_a_whole_file_takes_the_place_of_a_link_and_leaves_its_target(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("mine")
    (tmp_path / "link").symlink_to("target")
    write_whole(str(tmp_path / "link"), b"new")
    assert (tmp_path / "target").read_text() == "mine"
    assert (tmp_path / "link").read_bytes() == b"new"
    assert not (tmp_path / "link").is_symlink()


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("a", True),
        ("a/b/c", True),
        ("a/../b", True),
        (".", True),
        ("..", False),
        ("../other", False),
        ("..a", True),
        ("link", False),
        ("link/a", False),
        ("inner/a", False),
        ("dangling", False),
        ("circle", False),
        ("a\0b", False),
    ],
)
def test_where_a_path_leads(tmp_path: Path, path: str, inside: bool) -> None:
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (root / "link").symlink_to(tmp_path)
    (root / "inner").symlink_to("a")
    (root / "dangling").symlink_to("nothing")
    (root / "circle").symlink_to("circle")
    assert lies_within(os.path.join(root, path), str(root)) is inside


def test_the_project_itself_may_lie_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert lies_within(str(tmp_path / "link" / "a"), str(tmp_path / "link"))


def test_only_regular_files_up_to_a_limit_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"1234")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")
    read = read_regular(str(tmp_path / "file"), 4)
    assert read is not None
    assert read[0] == b"1234"
    assert read_regular(str(tmp_path / "file"), 3) is None
    assert [read_regular(path, 99) for path in (str(tmp_path / "link"), str(tmp_path / "pipe"), "/dev/zero")] == [
        None
    ] * 3
    with pytest.raises(OSError, match="file or directory"):
        read_regular(str(tmp_path / "nothing"), 99)
