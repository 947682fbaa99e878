"""`--version`."""

from __future__ import annotations

from lint_rules.streams import write_stdout
from pytest_keras_inference.version import VERSION

OPTIONS = ("-V", "--version")


def tell_version() -> None:
    """Print the version."""
    write_stdout(f"keras-inference {VERSION}\n")
