"""A project that has a package `lint_rules` of its own: it harms nobody, and nobody harms it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parent.parent
BAD = "import keras\nm = keras.Sequential([keras.layers.Dense(1)])\nfor x in data:\n    y = m.predict(x[None])\n"
FOUND = "agent.py:4:9: KI201 predict() runs once per sample of `for x in data`"
THEIRS = {
    "a package": {"lint_rules/__init__.py": "RULES = ['theirs']\n", "lint_rules/codes.py": "TEXTS = None\n"},
    "a package that cannot be imported": {"lint_rules/__init__.py": "raise RuntimeError('theirs')\n"},
    "a module": {"lint_rules.py": "RULES = ['theirs']\n"},
    "a folder": {"lint_rules/rules.txt": "theirs\n"},
}
INSTALLED = f"import sys; sys.path.append({str(HOME)!r}); from keras_inference_command import run; sys.exit(run())"
"""What the console script does, with this working copy where an installation puts it: behind PYTHONPATH."""
WAYS = {
    "installed": ["-c", INSTALLED],
    "by its file": [str(HOME / "keras_inference_command.py")],
}


@pytest.fixture(params=THEIRS.values(), ids=THEIRS.keys())
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A project with something of that name in it."""
    for name, text in {"agent.py": BAD, **request.param}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def command(folder: Path, way: list[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": "."}
    return subprocess.run(
        [sys.executable, *way, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_the_command_finds_its_own_package(project: Path, way: list[str]) -> None:
    done = command(project, way, "check", "--no-cache", "--output-format", "concise", "agent.py")
    assert done.stdout.startswith(FOUND), done.stderr
    assert done.returncode == 1


def test_so_do_its_workers(tmp_path: Path) -> None:
    (tmp_path / "lint_rules").mkdir()
    (tmp_path / "lint_rules" / "__init__.py").write_text("raise RuntimeError('theirs')\n", encoding="utf-8")
    for name in ("a.py", "b.py", "c.py"):
        (tmp_path / name).write_text(BAD, encoding="utf-8")
    done = command(tmp_path, WAYS["installed"], "check", "--no-cache", "--jobs", "2", "--output-format", "concise", ".")
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == ["a.py", "b.py", "c.py"], done.stderr


def test_so_does_the_language_server(tmp_path: Path) -> None:
    pytest.importorskip("pygls")
    (tmp_path / "lint_rules").mkdir()
    (tmp_path / "lint_rules" / "__init__.py").write_text("raise RuntimeError('theirs')\n", encoding="utf-8")
    body = '{"jsonrpc": "2.0", "method": "exit"}'
    done = subprocess.run(
        [sys.executable, "-c", INSTALLED, "server"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": "."},
        input=f"Content-Length: {len(body)}\r\n\r\n{body}".encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr  # what the protocol wants where no shutdown was asked for
    assert b"theirs" not in done.stderr
