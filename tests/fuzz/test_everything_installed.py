"""The command over code that nobody wrote for it: the standard library and the packages that are installed here.

Every file is judged in view of Keras: the copy of the standard library has a file beside it that imports Keras, or it
would be done after a search for that word. `EVERYTHING=true` goes through all installed packages, each as a project of
its own (three minutes of processor time); without it a part of the library and one of the packages of Keras.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import warnings
from collections.abc import Iterable
from importlib import util
from pathlib import Path
from typing import Any

import pytest
from sampling import EVERYTHING, one_in

ROOT = Path(__file__).parents[2]
KERAS = ("keras", "tf_keras")
IMPORTS_KERAS = re.compile(rb"^\s*(?:from|import)\s+(?:keras|tf_keras|tensorflow)\b", re.MULTILINE)


def findings(folder: Path) -> list[dict[str, Any]]:
    """What the command tells of a folder; no rule failed, and nothing else went wrong."""
    arguments = ["check", str(folder), "--no-cache", "--output-format", "jsonl", "--severity", "info"]
    run = subprocess.run(
        [sys.executable, "-m", "lint_rules", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stderr == ""
    found = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == bool(found)
    return found


def unreadable(found: Iterable[dict[str, Any]]) -> set[Path]:
    """The files that are told as such; Python cannot read or parse any of them either."""
    files = {Path(each["filename"]) for each in found if each["code"] == "KI000"}
    assert [path for path in sorted(files) if is_python(path)] == []
    return files


def is_python(path: Path) -> bool:
    data = path.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            util.decode_source(data)
            ast.parse(data)
        except (SyntaxError, ValueError, LookupError):
            return False
    return True


def test_the_standard_library_has_no_findings(tmp_path: Path) -> None:
    library = Path(sysconfig.get_paths()["stdlib"])
    there = {entry.name for entry in library.iterdir()} - {"site-packages"}

    def unwanted(folder: str, names: list[str]) -> set[str]:
        inner = {name for name in names if os.path.isdir(os.path.join(folder, name))}
        elsewhere = set(names) - taken if Path(folder) == library else set()
        return {
            name for name in names if name in elsewhere | {"__pycache__"} or (name not in inner and name[-3:] != ".py")
        }

    taken = one_in(3, there)
    copy = tmp_path / "lib"
    shutil.copytree(library, copy, ignore=unwanted)
    (copy / "uses_keras.py").write_text("import keras\n")
    (copy / "broken.py").write_text("print 'Python 2'\n")
    found = findings(copy)
    assert {each["code"] for each in found} == {"KI000"}
    assert copy / "broken.py" in unreadable(found)
    assert len(list(copy.rglob("*.py"))) > (500 if EVERYTHING else 50)


def folder_of(package: str) -> Path:
    spec = util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def is_silent(folder: Path) -> None:
    """A package without Keras has no findings; of any other nothing is unreadable that Python can read."""
    found = findings(folder)
    broken = unreadable(found)
    if not any(IMPORTS_KERAS.search(path.read_bytes()) for path in folder.rglob("*.py")):
        assert [each for each in found if Path(each["filename"]) not in broken] == []


@pytest.mark.sampled(2)
@pytest.mark.parametrize("package", [pytest.param(name, marks=pytest.mark.backend(name)) for name in KERAS])
def test_the_packages_of_keras_are_read_to_the_end(package: str) -> None:
    is_silent(folder_of(package))


@pytest.mark.skipif(not EVERYTHING, reason="EVERYTHING=true goes through all that is installed")
@pytest.mark.backend("tensorflow")
def test_all_that_is_installed_beside_them_is_too() -> None:
    beside = {folder_of(package).parent for package in ("tensorflow", *KERAS)}
    packages = [path for site in sorted(beside) for path in sorted(site.iterdir()) if (path / "__init__.py").exists()]
    assert len(packages) > 20
    for package in packages:
        is_silent(package)


# What the two checks above rest on


def test_what_imports_keras_is_told_from_what_does_not() -> None:
    assert IMPORTS_KERAS.search(b"x = 1\n    from tensorflow.keras import layers\n")
    assert IMPORTS_KERAS.search(b"import keras\n")
    assert not IMPORTS_KERAS.search(b"# import keras\nimport keras_like, kerastuner\n")
