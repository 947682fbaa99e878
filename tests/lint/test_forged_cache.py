"""A cache counts only if this user wrote it, and as far as it holds: else a run says what `--no-cache` says."""

from __future__ import annotations

import copy
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lint_rules.cache import folder, kept, seal
from lint_rules.cache.encoding import decoded, encoded
from lint_rules.findings.report import Outcome, Report
from lint_rules.run.judge_file import FileJudge
from lint_rules.run.pipeline import check
from lint_rules.run.request import Request
from lint_rules.run.selection import Candidate
from pytest_keras_inference import vocabulary
from pytest_keras_inference.vocabulary import TEXTS

FILES = {
    "pyproject.toml": "[tool.keras-inference]\n",
    "models.py": "import keras\n\n\ndef build():\n    return keras.Sequential([keras.layers.Dense(2)])\n",
    "agent.py": "from models import build\n\nmodel = build()\n\n\ndef act(state):\n    return model.predict(state)\n",
    "train.py": "from agent import act\n\nwhile not done:\n    state, done = env.step(act(state))\n",
    "once.py": "from models import build\n\nbuild().predict(x, training=False)\nbuild().predict(x)  # noqa: KI101\n",
}
JUNK: list[Any] = [
    None, True, -1, 0, 7, 1 << 70, 1.5, "", "a", "KI999", "KI101", "safe", "../secret.py", "/dev/zero", "a\0b",
    "\x1b[31m\n::error::forged", "train.py", [], {}, [[]], [[], []], [[[]]], ["a", 1, 1, 1, 1, None],
]  # fmt: skip
"""What may stand anywhere in a forged cache."""

Honest = tuple[Path, Report, dict[str, bytes]]
Seal = Callable[[str, bytes], bytes]


def project(root: Path) -> Path:
    for name, text in FILES.items():
        (root / name).write_text(text)
    (root.parent / "secret.py").write_text("API_KEY = 'a line outside of the project'\n" * 9)
    return root


def run(root: Path, *, cache: bool = True) -> Report:
    return check(Request((str(root),), fixes=True, cache=cache))


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Honest:
    """A project, what is to be said of it, and its cache."""
    root = tmp_path_factory.mktemp("top") / "project"
    root.mkdir()
    expected = run(project(root), cache=False)
    assert len(expected.diagnostics) >= 2
    for path in root.iterdir():
        os.utime(path, (1, 1))
    assert run(root) == expected
    return root, expected, {path.name: path.read_bytes() for path in (root / folder.NAME).iterdir()}


def restore(root: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (root / folder.NAME / name).write_bytes(data)


def state_of(files: dict[str, bytes]) -> tuple[str, bytes]:
    return next((name, data) for name, data in files.items() if name.endswith("-state.json"))


# Seals of others

FOREIGN: dict[str, Seal] = {
    "no key": lambda name, body: blake2b(body, digest_size=16).digest(),
    "no key, with the name": lambda name, body: blake2b(name.encode() + b"\0" + body, digest_size=16).digest(),
    "an empty key": lambda name, body: seal.seal(b"", name, body),
    "the key of another user": lambda name, body: seal.seal(b"another user's", name, body),
    "the seal of another file": lambda name, body: seal.seal(seal.key() or b"", "000000000000-state.json", body),
    "nothing": lambda name, body: bytes(16),
}


def clean(body: dict[str, Any]) -> None:
    for _, entry in body["entries"]:
        entry[1] = [[], []]


@pytest.mark.parametrize("name", FOREIGN)
def test_a_cache_that_hides_findings_counts_for_nothing(honest: Honest, name: str) -> None:
    root, expected, files = honest
    file, data = state_of(files)
    body = json.loads(data[16:])
    clean(body)
    forged = json.dumps(body).encode()
    restore(root, files)
    (root / folder.NAME / file).write_bytes(FOREIGN[name](file, forged) + forged)
    assert run(root) == expected


def test_what_is_hidden_with_our_own_seal_would_be_hidden(honest: Honest) -> None:
    """So the tests here do reach the answers that are kept."""
    root, expected, files = honest
    file, data = state_of(files)
    body = json.loads(data[16:])
    clean(body)
    restore(root, files)
    folder.write(root / folder.NAME / file, json.dumps(body).encode())
    assert run(root).diagnostics == ()
    restore(root, files)
    assert run(root) == expected


def test_an_old_seal_does_not_cover_a_change(honest: Honest) -> None:
    root, expected, files = honest
    file, data = state_of(files)
    for place in (16, len(data) // 2, len(data) - 1):
        restore(root, files)
        (root / folder.NAME / file).write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert run(root) == expected


# Every field


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in a document."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with another value in one place."""
    if not path:
        return value
    document = copy.deepcopy(document)
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return document


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_in_any_field(honest: Honest, data: st.DataObject) -> None:
    root, expected, files = honest
    file, raw = state_of(files)
    body = json.loads(raw[16:])
    forged = body
    for _ in range(data.draw(st.integers(1, 3))):
        forged = changed(forged, data.draw(st.sampled_from(list(places(forged)))), data.draw(st.sampled_from(JUNK)))
    text = json.dumps(forged).encode()
    restore(root, files)
    (root / folder.NAME / file).write_bytes(blake2b(text, digest_size=16).digest() + text)
    assert run(root) == expected
    restore(root, files)
    # Not even our own seal makes a run fail, or speak of what lies outside of the project.
    folder.write(root / folder.NAME / file, text)
    report = run(root)
    assert report.failures == ()
    for found in (*report.diagnostics, *report.suppressed):
        assert TEXTS[found.code].name == found.name
        for place in (found.location, *(step.location for step in found.trace)):
            assert Path(place.filename).parent == root


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_every_field_of_a_finding_is_checked(honest: Honest, junk: Any) -> None:
    root, expected, _ = honest
    outcome = Outcome(expected.diagnostics, expected.suppressed)
    document = json.loads(json.dumps(encoded(outcome, str(root))))
    names = {name for name in FILES if name.endswith(".py")}
    assert decoded(document, str(root), names) == outcome
    for path in places(document):
        try:
            got = decoded(changed(document, path, junk), str(root), names)
        except (ValueError, TypeError, KeyError, IndexError):
            continue
        assert json.loads(json.dumps(encoded(got, str(root)))) == changed(document, path, junk)
        for found in (*got.diagnostics, *got.suppressed):
            assert TEXTS[found.code].name == found.name
            assert Path(found.location.filename).name in names
            assert type(found.message) is str
            assert type(found.location.start.row) is int


# The key


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder for caches, empty."""
    monkeypatch.delenv(seal.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "caches"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return seal.users_folder()


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were really judged."""
    names: list[str] = []
    inner = FileJudge.judge

    def counted(judge: FileJudge, candidate: Candidate, *, prove: bool) -> Outcome:
        names.append(candidate.path)
        return inner(judge, candidate, prove=prove)

    monkeypatch.setattr(FileJudge, "judge", counted)
    return names


def test_a_key_is_made_once_and_is_nobody_elses(home: Path) -> None:
    first = seal.key()
    assert first is not None
    assert (home / "key").read_bytes() == first == seal.key()
    assert len(first) == 32
    assert [path.name for path in home.iterdir()] == ["key"]
    if sys.platform != "win32":
        assert stat.S_IMODE((home / "key").stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
def test_a_key_that_others_could_read_is_replaced(home: Path) -> None:
    first = seal.key()
    (home / "key").chmod(0o644)
    second = seal.key()
    assert second != first
    assert seal.key() == second


def test_a_key_that_is_not_whole_is_replaced(home: Path) -> None:
    seal.key()
    (home / "key").write_bytes(b"half")
    assert seal.key() == (home / "key").read_bytes()
    assert len((home / "key").read_bytes()) == 32


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
@pytest.mark.parametrize("there", ["link", "folder", "pipe"])
def test_what_is_no_key_is_left_alone_and_there_is_no_cache(
    home: Path, tmp_path: Path, judged: list[str], there: str
) -> None:
    home.mkdir(parents=True)
    (tmp_path / "mine").write_bytes(b"x" * 32)
    if there == "link":
        (home / "key").symlink_to(tmp_path / "mine")
    elif there == "folder":
        (home / "key").mkdir()
    else:
        os.mkfifo(home / "key")
    (tmp_path / "project").mkdir()
    root = project(tmp_path / "project")
    expected = run(root, cache=False)
    assert [run(root), run(root)] == [expected] * 2
    assert judged
    assert not list(root.rglob("*-state.json"))
    assert (tmp_path / "mine").read_bytes() == b"x" * 32


@pytest.mark.skipif(sys.platform == "win32", reason="owners are of POSIX")
def test_the_key_of_another_user_is_left_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = seal.key()
    monkeypatch.setattr(seal.os, "geteuid", lambda: 12345)
    assert seal.key() is None
    assert (home / "key").read_bytes() == first


def test_another_users_cache_is_no_cache(
    home: Path, tmp_path: Path, judged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project").mkdir()
    root = project(tmp_path / "project")
    expected = run(root)
    judged.clear()
    assert run(root) == expected
    assert judged == []
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "others"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "others"))
    monkeypatch.setenv("HOME", str(tmp_path / "others"))
    assert run(root) == expected
    assert judged


def test_a_key_in_the_environment_travels_with_the_cache(
    home: Path, tmp_path: Path, judged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project").mkdir()
    root = project(tmp_path / "project")
    monkeypatch.setenv(seal.VARIABLE, "a secret of the repository")
    expected = run(root)
    judged.clear()
    assert run(root) == expected
    assert judged == []
    assert not home.exists()
    monkeypatch.setenv(seal.VARIABLE, "another secret")
    assert run(root) == expected
    assert judged


def test_an_installed_package_has_its_cache_beside_the_key(home: Path, tmp_path: Path, judged: list[str]) -> None:
    root = tmp_path / "site-packages" / "package"
    root.mkdir(parents=True)
    expected = run(project(root))
    judged.clear()
    assert run(root) == expected
    assert judged == []
    assert not (root / folder.NAME).exists()
    assert list(home.rglob("*-state.json"))


# The linter that wrote it


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The linter, installed somewhere else at another time."""
    place = tmp_path / "site" / "lint_rules"
    shutil.copytree(Path(kept.__file__).parents[1], place, ignore=shutil.ignore_patterns("__pycache__"))
    for path in place.rglob("*.py"):
        os.utime(path, (1, 1))
    return place


def identity(place: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    with monkeypatch.context() as patched:
        patched.setattr(kept, "__file__", str(place / "cache" / "kept.py"))
        return kept._tool(), kept._marks()


def test_the_same_linter_installed_again_is_the_same(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again, marks = identity(copied, monkeypatch)
    assert again == kept._tool()
    assert marks != kept._marks()


def test_a_change_of_the_same_size_and_time_is_another_linter(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = copied / "api.py"
    before, marks = identity(copied, monkeypatch)
    times = path.stat()
    path.write_bytes(path.read_bytes()[:-1] + b" ")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    after, later = identity(copied, monkeypatch)
    assert after != before
    assert later != marks


def test_other_texts_and_severities_make_another_linter(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They stand beside the package, for the plugin reads them too."""
    before, marks = identity(copied, monkeypatch)
    changed = tmp_path / "vocabulary.py"
    changed.write_bytes(Path(vocabulary.__file__).read_bytes() + b"\n")
    monkeypatch.setattr(vocabulary, "__file__", str(changed))
    after, later = identity(copied, monkeypatch)
    assert after != before
    assert later != marks


def test_a_cache_outlives_a_new_installation(copied: Path, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    root = project(tmp_path / "project")
    run(root)
    (state,) = (root / folder.NAME).glob("*-state.json")
    body = folder.read(state)
    assert body is not None
    forged = json.loads(body)
    clean(forged)
    folder.write(state, json.dumps(forged).encode())
    script = "import sys; from lint_rules.cli import main; sys.exit(main(['check', '.']))"
    environment = {**os.environ, "PYTHONPATH": str(copied.parent)}
    again = subprocess.run([sys.executable, "-c", script], cwd=root, env=environment, capture_output=True, check=False)
    assert again.returncode == 0, again.stdout  # what this installation had kept
    changed = copied / "api.py"
    changed.write_text(changed.read_text() + "\n")
    other = subprocess.run([sys.executable, "-c", script], cwd=root, env=environment, capture_output=True, check=False)
    assert other.returncode == 1, other.stderr
