"""The files of a project that may say which versions of Keras and TensorFlow it runs on."""

from __future__ import annotations

import os

from lint_rules.source.files import read_start

_FILES = (
    "requirements.txt", "requirements-dev.txt", "requirements/base.txt", "setup.py", "setup.cfg", "pyproject.toml",
    "Pipfile", "environment.yml", "environment.yaml", "conda.yaml", "uv.lock", "poetry.lock", "Pipfile.lock",
    "constraints.txt", "requirements_dev.txt", "docker/requirements.txt",
)  # fmt: skip

_NAMES = frozenset(os.path.basename(name) for name in _FILES)
_MOST = 400_000


def may_pin(name: str) -> bool:
    """Whether a file of this name may be one of them."""
    return name in _NAMES


def texts_that_pin(root: str) -> list[str]:
    """The beginning of each of these files, "" for one that is not there, in order of their weight."""
    texts = []
    for name in _FILES:
        try:
            texts.append(read_start(os.path.join(root, name), _MOST).decode("utf-8", "replace"))
        except OSError:
            texts.append("")
    return texts
