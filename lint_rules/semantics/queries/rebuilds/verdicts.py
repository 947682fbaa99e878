"""What is said of a model that is made again and again: how it is made, and what repeats that."""

from __future__ import annotations

import ast
from enum import Enum, auto

from lint_rules.records import dataclass
from lint_rules.semantics.calls.contexts import Path, Region
from lint_rules.semantics.syntax.module_index import Module


class How(Enum):
    """How a call makes a model: read from disk, of the layers of another model, or with new weights."""

    LOADED = auto()
    PART = auto()
    FRESH = auto()


@dataclass(frozen=True, slots=True)
class Made:
    """The call that makes a model, and the number of the frame that it stands in; of a method also the object.

    `held` tells that the call makes an object, which keeps the model that its constructor makes.
    """

    module: Module
    call: ast.Call
    frame: int
    how: How
    own: ast.expr | None = None
    held: bool = False


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that a server runs for every request."""

    name: str


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A model made again and again: the call that makes it, and the loop, handler or trace that repeats it.

    `frame` numbers the function of the way that holds the cause; `apart` tells that the model is made once for many
    calls of it: in a function further out, or before a loop. Where one of several calls makes it, `made` is the first
    of so many `alternatives`. `held` is as in `Made`.
    """

    module: Module
    made: ast.Call
    path: Path
    frame: int
    cause: Region | Handler
    apart: bool = False
    alternatives: int = 1
    held: bool = False
