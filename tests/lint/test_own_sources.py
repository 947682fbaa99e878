"""What `import tensorflow` means in a project: the library, unless a module of the project stands in its way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lint_rules.semantics.knowledge.own_sources import LIBRARY_PARTS
from lint_rules.semantics.project.project import Project


@pytest.mark.parametrize("name", LIBRARY_PARTS)
def test_the_source_of_a_library_is_known_by_name(
    name: str, view: Callable[[dict[str, str]], Project], tmp_path: Path
) -> None:
    parts = {f"{name}/{part.replace('.', '/')}/__init__.py": "" for part in LIBRARY_PARTS[name]}
    project = view({f"{name}/__init__.py": "", "train.py": f"import {name}\n", **parts})
    part = f"{name}.{LIBRARY_PARTS[name][0]}"
    assert project.find_module(name, tmp_path / "train.py") is None
    assert project.find_module(part, tmp_path / name / "__init__.py") is None


@pytest.mark.parametrize("name", LIBRARY_PARTS)
def test_a_package_of_the_same_name_hides_it(
    name: str, view: Callable[[dict[str, str]], Project], tmp_path: Path
) -> None:
    project = view({f"{name}/__init__.py": "", "train.py": f"import {name}\n"})
    assert project.find_module(name, tmp_path / "train.py") == tmp_path / name / "__init__.py"


def test_a_folder_of_examples_does_not(judge: Callable[..., object]) -> None:
    judge(
        {
            "tensorflow/train.py": """
                import tensorflow as tf

                model = tf.keras.models.load_model("digits.keras")
                for image in images:
                    model.predict(image[None])  # KI201
            """,
            "keras/train.py": """
                import keras

                model = keras.models.load_model("digits.keras")
                for image in images:
                    model.predict(image[None])  # KI201
            """,
        }
    )


@pytest.mark.parametrize("name", LIBRARY_PARTS)
@pytest.mark.parametrize("package", ["src", "adapters"])
def test_a_part_of_a_package_with_its_name_does_not(
    package: str, name: str, view: Callable[[dict[str, str]], Project], tmp_path: Path
) -> None:
    files = {f"{package}/{part}": "" for part in ("__init__.py", f"{name}/__init__.py", f"{name}/models.py")}
    project = view(files | {f"{package}/run.py": f"import {name}\nfrom {package}.{name}.models import build\n"})
    assert project.find_module(name, tmp_path / package / "run.py") is None
    assert project.find_module(f"{name}.models", tmp_path / package / "run.py") is None
