"""What an index, an installer and a distributor get: metadata, links that hold there, an archive that can be tested.

Needs hatchling, hatch-fancy-pypi-readme and rich (`pip install '.[test]'`).
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import keras_inference_command
from lint_rules.output.links import DOCS
from pytest_keras_inference.version import VERSION

ROOT = Path(__file__).resolve().parents[1]
REPOSITORY = "https://github.com/pytest-keras-inference/pytest-keras-inference"
MADE = {"__pycache__", "node_modules"}
FILES = "https://raw.githubusercontent.com/pytest-keras-inference/pytest-keras-inference/main/"


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def ran(*command: str, cwd: Path = ROOT) -> str:
    """What a Python command that has to succeed prints."""
    run = subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env={key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "PYTHON"))},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.fixture(scope="module", autouse=True)
def tools() -> None:
    """Skip without what builds, and fail in CI."""
    missing = [name for name in ("hatchling", "hatch_fancy_pypi_readme", "rich") if not importlib.util.find_spec(name)]
    if missing:
        told = f"needs {', '.join(missing)}: pip install '.[test]'"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{told}, which CI must have")
        pytest.skip(told)


@pytest.fixture(scope="module")
def metadata(tools: None) -> dict[str, Any]:
    """The metadata as a build writes it."""
    found: dict[str, Any] = json.loads(ran("-m", "hatchling", "metadata"))
    return found


def test_the_version_is_known_without_metadata(metadata: dict[str, Any]) -> None:
    assert metadata["version"] == VERSION
    # Without site-packages nothing is installed.
    assert ran("-S", "keras_inference_command.py", "--version") == f"keras-inference {VERSION}\n"


def test_the_pages_name_the_release_that_there_is() -> None:
    pages = ["README.md", *(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/*.md"))]
    named = re.findall(r"pytest-keras-inference(?:@|\n +rev: )v([\d.]+)", "\n".join(text_of(page) for page in pages))
    assert len(named) >= 3
    assert set(named) == {VERSION}


def test_the_project_has_its_addresses(metadata: dict[str, Any]) -> None:
    assert metadata["urls"] == {
        "Documentation": f"{DOCS}/",
        "Repository": REPOSITORY,
        "Changelog": f"{REPOSITORY}/blob/main/CHANGELOG.md",
        "Issues": f"{REPOSITORY}/issues",
    }
    site = dict(re.findall(r"^(site_url|edit_uri_template): (.*)$", text_of("mkdocs.yml"), re.MULTILINE))
    assert site == {"site_url": f"{DOCS}/", "edit_uri_template": f"{REPOSITORY}/edit/main/docs/{{path}}"}


def test_jupyterlab_finds_the_server(metadata: dict[str, Any]) -> None:
    assert metadata["entry-points"]["jupyter_lsp_spec_v1"] == {
        "keras-inference": "keras_inference_command:jupyter_servers"
    }
    spec = keras_inference_command.jupyter_servers(None)["keras-inference"]
    assert spec["argv"] == [sys.executable, "-m", "keras_inference_command", "server"]
    assert (spec["version"], spec["languages"], spec["requires_documents_on_disk"]) == (2, ["python"], False)


@pytest.mark.parametrize("name", ["README.md", *sorted(f"docs/{path.name}" for path in ROOT.glob("docs/*.md"))])
def test_a_page_names_no_other_repository_as_ours(name: str) -> None:
    owners = re.findall(r"([\w-]+)/pytest-keras-inference(?:\.git)?(?:@|$|[\s)\"'])", text_of(name), re.MULTILINE)
    assert set(owners) <= {"pytest-keras-inference"}


def test_the_readme_of_an_index_page_has_links_that_hold_there(metadata: dict[str, Any]) -> None:
    there = metadata["readme"]["text"]
    targets = re.findall(r"\]\(([^)]+)\)", there)
    assert [target for target in targets if not re.match("https://|#", target)] == []
    ours = [target for target in targets if target.startswith((f"{REPOSITORY}/blob/main/", FILES))]
    assert len(ours) == len(re.findall(r"\]\((?!https:)", text_of("README.md"))) > 5
    for target in ours:
        assert (ROOT / target.removeprefix(f"{REPOSITORY}/blob/main/").removeprefix(FILES)).is_file(), target


def test_every_python_that_is_named_is_tested(metadata: dict[str, Any]) -> None:
    named = re.findall(r"Programming Language :: Python :: (3\.\d+)", "\n".join(metadata["classifiers"]))
    matrix = re.search(r"python: (\[.*\])", text_of(".github/workflows/ci.yml"))
    assert matrix is not None
    assert json.loads(matrix[1]) == named
    assert metadata["requires-python"] == f">={named[0]}"


def test_the_archive_of_the_sources_can_be_tested(tmp_path: Path) -> None:
    built = ran("-m", "hatchling", "build", "--target", "sdist", "--directory", str(tmp_path)).split()
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    home = tmp_path / f"pytest_keras_inference-{VERSION}"
    assert home.is_dir(), built
    for name in ("tests", "examples", "benchmarks", "docs", ".ci", ".github"):
        here, there = (
            {str(path.relative_to(root)) for path in (root / name).rglob("*") if not MADE & set(path.parts)}
            for root in (ROOT, home)
        )
        assert here - there == set()
    tests = ["tests/test_contributing.py", "tests/test_readme.py"]
    ran("-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, "tests/lint/test_rule_ki401.py", cwd=home)


# The picture of a terminal


def test_the_picture_shows_what_the_command_prints() -> None:
    path = ROOT / "docs" / "pictures" / "terminal-run.svg"
    drawn = ElementTree.parse(path)
    words = "".join("".join(text.itertext()) for text in drawn.iter("{http://www.w3.org/2000/svg}text"))
    shown = re.search(r"```console\n(\$ keras-inference check scores\.py\n.*?)```", text_of("README.md"), re.DOTALL)
    assert shown is not None
    renew = f"python {path.with_name('terminal_run.py').relative_to(ROOT)}"
    assert re.sub(r"\s", "", words) == "keras-inference" + re.sub(r"\s", "", shown[1]), f"renew the picture: {renew}"


def test_the_picture_loads_nothing() -> None:
    picture = text_of("docs/pictures/terminal-run.svg")
    assert re.findall(r"url\((?!#)|(?:href|src)=", picture) == []
