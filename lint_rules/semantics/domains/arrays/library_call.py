"""A call of a library, as its transfer sees it."""

from __future__ import annotations

import ast
from dataclasses import replace

from lint_rules.semantics.domains.arrays.typed import is_feeder
from lint_rules.semantics.domains.arrays.value import Array, Extent, Kind, Unit
from lint_rules.semantics.domains.values import External, Result
from lint_rules.semantics.flow.evaluator import Answer, Evaluator, Place, unknown
from lint_rules.semantics.knowledge.array_calls import EFFECTS, IMAGE_PACKAGES, Effect
from lint_rules.semantics.syntax.module_index import last_name


class LibraryCall:
    """A call of a library: its subject and its other arguments, whether it is written as a function or a method."""

    def __init__(self, evaluator: Evaluator[Array], place: Place, node: ast.Call) -> None:
        self.evaluator = evaluator
        self.place = place
        self.node = node
        self.callees = evaluator.types.values(place.module, node.func)
        self.name = self.library.rpartition(".")[2] if self.library else last_name(node.func) or ""
        if isinstance(node.func, ast.Call):
            self.name = ""
        self.is_method = isinstance(node.func, ast.Attribute) and not self._of_library(node.func.value)
        self.arguments: list[ast.expr] = list(node.args)
        if self.is_method and isinstance(node.func, ast.Attribute):
            self.arguments = [node.func.value, *node.args]

    def _of_library(self, node: ast.expr) -> bool:
        return any(isinstance(value, External) for value in self.evaluator.types.values(self.place.module, node))

    @property
    def library(self) -> str:
        """The canonical name of the function, "" where it is not shown."""
        return next((value.name for value in self.callees if isinstance(value, External)), "")

    @property
    def kind(self) -> Kind:
        """What kind of array the library makes."""
        if self.library.startswith("numpy."):
            return Kind.NUMPY
        if self.library.startswith(("tensorflow.", "keras.ops.", "keras.backend.", "torch.", "jax.")):
            return Kind.TENSOR
        if self.library.startswith("pandas."):
            return Kind.TABLE
        if self.library.startswith(IMAGE_PACKAGES):
            return Kind.NUMPY
        return Kind.ARRAY

    def is_one_image(self) -> bool:
        if EFFECTS.get(self.name) is Effect.IMAGE and (self.callees or not self.is_method):
            return True
        names = [value.name for value in self.callees if isinstance(value, External)]
        if self.name not in EFFECTS:
            names += [value.name for value in self.callees if isinstance(value, Result)]
        return any(name.startswith(IMAGE_PACKAGES) and not name.startswith("cv2.dnn") for name in names)

    def feed(self) -> Array | None:
        """What feeds a model, with the rows of what it is made of."""
        if not is_feeder(self.evaluator, self.place):
            return None
        made_of = [value.rows for node in self.node.args for value in self.value(node).values]
        return Array(Kind.FEED, (Extent.SOME,) if Extent.SOME in made_of else ())

    def argument(self, index: int, *names: str) -> ast.expr | None:
        """An argument by its position (the subject has 0) or by its name."""
        for keyword in self.node.keywords:
            if keyword.arg in names:
                return keyword.value
        if index < len(self.arguments) and not any(isinstance(a, ast.Starred) for a in self.arguments[: index + 1]):
            return self.arguments[index]
        return None

    def value(self, node: ast.expr | None) -> Answer[Array]:
        return self.evaluator.evaluate(self.place.at(node)) if node is not None else unknown()

    @property
    def subject(self) -> Answer[Array]:
        return self.value(self.argument(0, "x", "a", "array", "tensor", "data", "object"))

    def whole(self, node: ast.expr | None) -> int | None:
        only = self.value(node).only
        return only.number if only is not None and isinstance(only.number, int) else None

    def axis(self, index: int, default: int) -> int | None:
        """The axis that a call names; None where it cannot be read."""
        node = self.argument(index, "axis", "dim")
        return default if node is None else self.whole(node)

    def converted(self, value: Array) -> Array | None:
        """A value as an array of this library."""
        if value.kind is Kind.OTHER or value.kind is Kind.FEED:
            return None
        if value.kind in (Kind.LIST, Kind.TUPLE):
            unit = value.unit if value.unit is Unit.NUMBERS else None
            return Array(self._made(), value.dims, False, unit, literal=value.literal and len(value.dims) == 1)
        if value.kind is Kind.NUMBER:
            return replace(value)
        if value.kind is Kind.DICT:
            return None
        return replace(value, kind=self._made(value.kind), items=None, each=None)

    def _made(self, given: Kind = Kind.ARRAY) -> Kind:
        if self.is_method:
            return Kind.NUMPY if self.name in ("numpy", "toarray", "to_numpy") else given
        return self.kind if self.kind is not Kind.ARRAY or given in (Kind.LIST, Kind.TUPLE) else given
