"""What a watched program is told on its way in, through one variable of the environment."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from typing import NamedTuple

VARIABLE = "KERAS_INFERENCE_PROGRAM"
_BETWEEN = "\x1f"
_PATH = "PYTHONPATH"


class Options(NamedTuple):
    """How a program is watched: plain strings, empty for what is not asked for.

    json, html: files to write, absolute
    outcome: a file that takes the worst severity found, for the process that waits
    ignore: codes of rules, with commas
    limit: seconds after which the program is interrupted
    """

    json: str = ""
    html: str = ""
    outcome: str = ""
    ignore: str = ""
    limit: str = ""


def into(environment: MutableMapping[str, str], options: Options, folder: str) -> None:
    """Let a Python with this environment begin with the modules in `folder`, and find `options` there."""
    before = environment.get(_PATH, "")
    environment[VARIABLE] = _BETWEEN.join((before, *options))
    environment[_PATH] = os.pathsep.join(filter(None, (folder, before)))


def out_of(environment: MutableMapping[str, str]) -> Options:
    """Undo `into`, and give the options. Raises KeyError where there are none."""
    before, *options = environment.pop(VARIABLE).split(_BETWEEN)
    environment.pop(_PATH, None)
    if before:
        environment[_PATH] = before
    return Options(*options)
