"""`python -m pytest_keras_inference run` is `keras-inference run`, with the options of Python before `-m`."""

from __future__ import annotations

from pytest_keras_inference.program.command import run

if __name__ == "__main__":
    raise SystemExit(run())
