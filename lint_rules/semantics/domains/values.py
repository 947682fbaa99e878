"""What an expression can be: the answers of `inference`, plain frozen data.

An empty tuple of values means that nothing is known.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from enum import Enum
from pathlib import Path

from lint_rules.records import dataclass
from lint_rules.semantics.syntax.module_index import Class, Function, Module


@dataclass(frozen=True, slots=True)
class Origin:
    """The expression that made a value, and the module it stands in."""

    module: Module
    node: ast.expr


@dataclass(frozen=True, slots=True)
class KerasModel:
    """A Keras model. `maker` is the canonical name that made it (`keras.models.load_model`)."""

    maker: str
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class KerasLayer:
    """A layer of Keras's own, by its canonical name."""

    name: str
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance of a class of the project; `origin` is the call that made it, where there is one."""

    cls: Class
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class ClassObject:
    cls: Class


@dataclass(frozen=True, slots=True)
class FunctionObject:
    """A function of the project, or a method bound to `receiver`."""

    function: Function
    receiver: Instance | ClassObject | None = None


@dataclass(frozen=True, slots=True)
class External:
    """A module, class or function of another package, by its canonical name."""

    name: str


@dataclass(frozen=True, slots=True)
class Result:
    """What calling an external name gave, or an attribute of that; `name` is that of the callee."""

    name: str
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class ModuleObject:
    """A module of the project, or the folder of a namespace package."""

    path: Path


@dataclass(frozen=True, slots=True)
class Collection:
    """A list, tuple, set or dict: its items where they are written out, else what an element can be.

    `named` are the items under the keys, or the fields, that are written out.
    """

    items: tuple[Values, ...] | None
    element: Values
    named: tuple[tuple[str, Values], ...] = ()

    def under(self, name: str) -> Values | None:
        """The item under a key, None where no such key is written out."""
        return next((values for key, values in self.named if key == name), None)


@dataclass(frozen=True, slots=True)
class ModelMethod:
    """A method of a Keras model taken as a value: `f = model.predict`."""

    name: str
    model: KerasModel | Instance


class Basic(Enum):
    """Values of which the kind is all that matters."""

    ARRAY = "array"
    TENSOR = "tensor"
    DATASET = "dataset"
    NUMBER = "number"
    TEXT = "text"
    NONE = "none"


Value = (
    KerasModel
    | KerasLayer
    | Instance
    | ClassObject
    | FunctionObject
    | External
    | Result
    | ModuleObject
    | Collection
    | ModelMethod
    | Basic
)
Values = tuple[Value, ...]


def union(*groups: Values) -> Values:
    """All values, each once, in the order they were found."""
    filled = [group for group in groups if group]
    if not filled:
        return ()
    if len(filled) == 1 and len(filled[0]) == 1:
        return filled[0]
    return tuple(dict.fromkeys(value for group in filled for value in group))


def first(groups: Iterable[Values], most: int) -> Values:
    """The first values, each once; groups that come after as many as that are not asked for."""
    found: dict[Value, None] = {}
    for group in groups:
        if group:
            found.update(dict.fromkeys(group))
            if len(found) >= most:
                break
    return tuple(found)[:most]
