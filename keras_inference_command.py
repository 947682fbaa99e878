"""The command `keras-inference`, and `python -m keras_inference_command`: runs the linter that stands beside this file.

A project may have a package `lint_rules` of its own, and the current folder or PYTHONPATH may put it before what is
installed. This module has a name that nobody else uses, and knows which `lint_rules` is meant.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

HOME = os.path.dirname(os.path.abspath(__file__))
PACKAGES = ("pytest_keras_inference", "lint_rules")
RUN = "run"
"""The command that watches a program: the linter is not asked."""


def run() -> int:
    """The command as a process of its own; the exit code."""
    if sys.argv[1:2] == [RUN]:
        _import_from_home(PACKAGES[:1])
        from pytest_keras_inference.program.command import main

        return main(sys.argv[2:])
    _import_from_home(PACKAGES)
    from lint_rules.__main__ import run

    return run()


def jupyter_servers(_server: object) -> dict[str, dict[str, object]]:
    """The language server as jupyterlab-lsp starts it; none without the extra `server`.

    An entry point, as https://jupyterlab-lsp.readthedocs.io describes them.
    """
    from importlib.util import find_spec

    if find_spec("pygls") is None:
        return {}
    return {
        "keras-inference": {
            "version": 2,
            "argv": [sys.executable, "-m", "keras_inference_command", "server"],
            "languages": ["python"],
            "mime_types": ["text/python", "text/x-ipython"],
            "display_name": "Keras inference",
            "requires_documents_on_disk": False,
            "urls": {"home": "https://pytest-keras-inference.github.io/pytest-keras-inference/"},
        }
    }


def _import_from_home(packages: Sequence[str]) -> None:
    """Import the packages from beside this file; what is imported from them later comes from the same place.

    The folder is the first to be searched for these imports only: further ones must not find what is installed in it
    before the standard library.
    """
    sys.path.insert(0, HOME)
    try:
        for package in packages:
            import_module(package)
    finally:
        sys.path.remove(HOME)


if __name__ == "__main__":
    raise SystemExit(run())
