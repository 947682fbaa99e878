"""Reading a gradient report in tests: line numbers become N, since the code line below them tells which line it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pytest_keras_inference import GradientError

_PLACE = re.compile(r"[^\s]*?(\w+\.py):\d+")


def shown(text: str) -> str:
    """`text` with `some/where/file.py:12` as `file.py:N`."""
    return "\n".join(line.rstrip() for line in _PLACE.sub(r"\1:N", text).splitlines())


def failure(run: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    """The message of the GradientError that `run` must raise."""
    try:
        run(*args, **kwargs)
    except GradientError as error:
        return shown(str(error))
    raise AssertionError("no GradientError was raised")


def text(expected: str) -> str:
    """An expected text as it stands between triple quotes; Keras 3.3 has names of layers only, no paths."""
    import textwrap

    import keras

    dedented = textwrap.dedent(expected).strip("\n")
    return dedented if hasattr(keras.layers.Layer, "path") else re.sub(r"layer '[^']*/", "layer '", dedented)
