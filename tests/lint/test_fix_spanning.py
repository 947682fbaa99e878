"""Fixes that change several files: a helper in one, the loops that call it in others; all are changed, or none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lint_rules.cli import main
from lint_rules.commands import together
from lint_rules.fixes.apply.files import FileError, FileText

HELPER = """\
import keras
import numpy as np

model = keras.models.load_model("m.keras")


def embed(image):
    image = image / 255.0
    return model.predict(image[None], verbose=0)[0]
"""
COPY = """\


def embed_all(images):
    results = []
    inputs = []
    for image in images:
        image = image / 255.0
        inputs.append(image)
    predictions = model.predict(np.stack(inputs), verbose=0)
    for prediction in predictions:
        results.append(prediction)
    return results
"""
CLASS = """\
import keras
import numpy as np


class Embedder:
    def __init__(self):
        self.model = keras.models.load_model("m.keras")

    def embed(self, image):
        return self.model.predict(image[None], verbose=0)[0]
"""
COMPREHENSION = "def run(images):\n    return [{call}(image) for image in images]\n"
LOOP = "def run(images):\n    out = []\n    for image in images:\n        out.append({call}(image))\n    return out\n"
APPENDED = "def run(images):\n    out = []\n    out.extend({call}(images))\n    return out\n"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in the project: (exit code, standard output, standard error)."""
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(["check", "--unsafe-fixes", "--select", "KI201", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "from helper import embed\n\n\n" + COMPREHENSION.format(call="embed"),
            "from helper import embed, embed_all\n\n\ndef run(images):\n    return embed_all(images)\n",
            id="by its name",
        ),
        pytest.param(
            "from helper import (\n    embed as e,\n    model,\n)\n\n\n" + LOOP.format(call="e"),
            "from helper import (\n    embed as e, embed_all,\n    model,\n)\n\n\n" + APPENDED.format(call="embed_all"),
            id="by another name",
        ),
        pytest.param(
            "import helper\n\n\n" + LOOP.format(call="helper.embed"),
            "import helper\n\n\n" + APPENDED.format(call="helper.embed_all"),
            id="through the module",
        ),
    ],
)
def test_a_helper_in_another_file(run: Run, tmp_path: Path, before: str, after: str) -> None:
    write(tmp_path, helper=HELPER, caller=before)
    code, _, told = run("--fix")
    assert (code, told) == (0, "Fixed 1 finding in 2 files.\n")
    assert (tmp_path / "caller.py").read_text() == after
    assert (tmp_path / "helper.py").read_text() == HELPER + COPY
    assert run("--fix")[2] == ""


def test_a_method_of_a_class_in_another_file(run: Run, tmp_path: Path) -> None:
    start = "from helper import Embedder\n\nembedder = Embedder()\n\n\n"
    write(tmp_path, helper=CLASS, caller=start + LOOP.format(call="embedder.embed"))
    assert run("--fix")[2] == "Fixed 1 finding in 2 files.\n"
    assert (tmp_path / "caller.py").read_text() == start + APPENDED.format(call="embedder.embed_all")
    assert (
        "    def embed_all(self, images):\n        return list(self.model.predict("
        in (tmp_path / "helper.py").read_text()
    )


def test_all_loops_share_one_copy_and_others_keep_the_helper(run: Run, tmp_path: Path) -> None:
    start = "from helper import embed\n\n\n"
    once = start + "def one(image):\n    return embed(image)\n"
    write(tmp_path, helper=HELPER, a=start + COMPREHENSION.format(call="embed"), z=start + LOOP.format(call="embed"))
    write(tmp_path, c=once)
    assert run("--fix")[2] == "Fixed 1 finding in 3 files.\n"
    assert "embed_all(images)" in (tmp_path / "a.py").read_text()
    assert (tmp_path / "z.py").read_text().endswith(APPENDED.format(call="embed_all"))
    assert (tmp_path / "c.py").read_text() == once
    assert (tmp_path / "helper.py").read_text() == HELPER + COPY


@pytest.mark.parametrize(
    "caller",
    [
        pytest.param("from package import embed\n\n\n" + LOOP.format(call="embed"), id="handed on by another module"),
        pytest.param(
            "from helper import embed\n\n\n"
            + LOOP.format(call="embed").replace("(image))", "(image))  # noqa: KI202 by intent"),
            id="a comment speaks of the line",
        ),
        pytest.param(
            "from helper import embed\n\n\ndef run(images):\n    for image in images:\n"
            "        if embed(image)[0] > 0.5:\n            return image\n",
            id="a loop that ends early",
        ),
        pytest.param(
            "import random\n\nfrom helper import embed\n\nif random.random() < 0.5:\n    from other import embed\n\n\n"
            + LOOP.format(call="embed"),
            id="two functions of one name",
        ),
    ],
)
def test_loops_that_are_left(run: Run, tmp_path: Path, caller: str) -> None:
    write(
        tmp_path, helper=HELPER, caller=caller, package="from helper import embed\n", other="def embed(x): return x\n"
    )
    run("--fix")
    assert (tmp_path / "caller.py").read_text() == caller
    assert "embed_all" not in (tmp_path / "helper.py").read_text()


def test_the_patch_holds_both_files_and_changes_none(run: Run, tmp_path: Path) -> None:
    caller = "from helper import embed\n\n\n" + COMPREHENSION.format(call="embed")
    write(tmp_path, helper=HELPER, caller=caller)
    code, patch, told = run("--diff")
    assert (code, told) == (1, "Would fix 1 finding in 2 files.\n")
    assert "+++ caller.py\n" in patch
    assert "+def embed_all(images):\n" in patch
    assert (tmp_path / "caller.py").read_text() == caller
    assert (tmp_path / "helper.py").read_text() == HELPER


def test_a_file_that_was_not_named_keeps_the_fix_away(run: Run, tmp_path: Path) -> None:
    caller = "from helper import embed\n\n\n" + COMPREHENSION.format(call="embed")
    write(tmp_path, helper=HELPER, caller=caller)
    _, _, told = run("--fix", "helper.py")
    assert "caller.py too, which is not to be changed here: name that file as well" in told
    assert (tmp_path / "helper.py").read_text() == HELPER
    assert (tmp_path / "caller.py").read_text() == caller


def test_where_one_file_cannot_be_written_none_is(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    caller = "from helper import embed\n\n\n" + COMPREHENSION.format(call="embed")
    write(tmp_path, helper=HELPER, caller=caller)
    really = together.write_file

    def full(source: FileText, text: str) -> str | None:
        if source.path.name == "helper.py":
            raise FileError("helper.py: cannot be written: No space left on device")
        return really(source, text)

    monkeypatch.setattr(together, "write_file", full)
    code, _, told = run("--fix")
    assert "helper.py: cannot be written: No space left on device" in told
    assert code != 0
    assert (tmp_path / "helper.py").read_text() == HELPER
    assert (tmp_path / "caller.py").read_text() == caller


def test_formats_name_the_file_of_each_edit(run: Run, tmp_path: Path) -> None:
    write(tmp_path, helper=HELPER, caller="from helper import embed\n\n\n" + COMPREHENSION.format(call="embed"))
    (found,) = map(json.loads, run("--output-format", "jsonl")[1].splitlines())
    elsewhere = [edit for edit in found["fix"]["edits"] if "filename" in edit]
    assert {Path(edit["filename"]).name for edit in elsewhere} == {"caller.py"}
    assert sorted(edit["content"] for edit in elsewhere) == [", embed_all", "embed_all(images)"]
    assert json.loads(run("--output-format", "jsonl")[1]) == found, "an answer from the cache is another"
    (result,) = json.loads(run("--output-format", "sarif")[1])["runs"][0]["results"]
    changes = result["fixes"][0]["artifactChanges"]
    assert [change["artifactLocation"]["uri"] for change in changes] == ["helper.py", "caller.py"]
    assert [len(change["replacements"]) for change in changes] == [1, 2]
