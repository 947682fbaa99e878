"""What the text of files shows before they are parsed: it may say yes in vain, never no."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from lint_rules.semantics.project.prefilter import (
    defining,
    files_using,
    imported_by_users,
    imports_of,
    may_define_a_model,
)
from lint_rules.semantics.project.project import Project
from lint_rules.source.reader import read_source


def project_of(folder: Path, files: Mapping[str, str]) -> Project:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return Project(folder, [folder / name for name in files], lambda path: read_source(path))


@pytest.mark.parametrize(
    "text",
    ["RandomFlip()", "layers.RandomFlip (x)", "from keras.layers import RandomFlip as RF", "flip = layers.RandomFlip"],
)
def test_a_file_that_uses_a_name(tmp_path: Path, text: str) -> None:
    project = project_of(tmp_path, {"a.py": text})
    assert files_using(project, frozenset({"RandomFlip"})) == {tmp_path / "a.py"}


@pytest.mark.parametrize(
    "text",
    [
        "class RandomFlip(Layer): pass",
        "from a import RandomFlip as RandomFlip",
        "from a import RandomFlip",
        "x = RandomFlips()",
    ],
)
def test_a_file_that_only_mentions_it(tmp_path: Path, text: str) -> None:
    assert files_using(project_of(tmp_path, {"a.py": text}), frozenset({"RandomFlip"})) == frozenset()


@pytest.mark.parametrize(
    "statement",
    [
        "import pkg.models",
        "from pkg import models",
        "from pkg.models import build",
        "from pkg import (\n    other,\n    models,\n)",
        "from pkg.models import \\\n    build",
        "def f():\n    from pkg import models",
        "import os, pkg.models as m  # both",
        "from pkg.models import build as b, other as o",
        "from .pkg import models",
        "from pkg import (\n    other,  # noqa\n    models,\n)",
        "import os; import pkg.models",
        "import pkg.models; import os",
        "try:\n    import pkg.models as m\nexcept ImportError:\n    m = None",
    ],
)
def test_the_modules_that_a_text_imports(tmp_path: Path, statement: str) -> None:
    files = {"pkg/__init__.py": "", "pkg/models.py": "", "pkg/other.py": "", "main.py": statement}
    project = project_of(tmp_path, files)
    assert tmp_path / "pkg/models.py" in imports_of(project, tmp_path / "main.py")


def test_relative_imports_and_what_is_no_import(tmp_path: Path) -> None:
    text = 'from . import models\n"""\nfrom here on\nimport nothing at all\n"""\n'
    project = project_of(tmp_path, {"pkg/__init__.py": "", "pkg/models.py": "", "pkg/main.py": text})
    found = imports_of(project, tmp_path / "pkg/main.py")
    assert found == {tmp_path / "pkg/__init__.py", tmp_path / "pkg/models.py"}


def test_who_is_imported_by_a_file_with_a_tape(tmp_path: Path) -> None:
    files = {
        "train.py": "import losses\nwith tf.GradientTape() as tape:\n    losses.loss(x)\n",
        "losses.py": "def loss(x): return model(x)\n",
        "other.py": "# no GradientTape here\n",
    }
    found = imported_by_users(project_of(tmp_path, files), frozenset({"GradientTape"}))
    assert found == {tmp_path / "train.py", tmp_path / "losses.py"}


@pytest.mark.parametrize(
    "text",
    [
        "class Net(keras.Model): pass",
        "class Net(\n    tf.keras.Sequential,\n): pass",
        "class Net(Base): pass",
        "from base import Base as B\nclass Net(B): pass",
        "class Net(keras_hub.models.Backbone): pass",
    ],
)
def test_a_text_that_may_define_a_model(tmp_path: Path, text: str) -> None:
    files = {"base.py": "from keras import Model as M\nclass Root(M): pass\nclass Base(Root): pass", "net.py": text}
    assert may_define_a_model(project_of(tmp_path, files), text)


def test_a_text_that_defines_none(tmp_path: Path) -> None:
    text = "class Net(Layer):\n    def call(self, x): return keras.Model(x)"
    assert not may_define_a_model(project_of(tmp_path, {"a.py": text}), text)


def test_who_defines_a_method(tmp_path: Path) -> None:
    files = {
        "a.py": "class A:\n    async def predict(self): pass",
        "b.py": "def predict(x): return model.predict(x)",
        "c.py": "class C:\n    def predict_all(self): self.predict()",
        "d.py": "class D:\n    def predict(self) print",
    }
    assert [module.path.name for module in defining(project_of(tmp_path, files), "predict")] == ["a.py"]
