"""A call of a library, as its transfer sees it."""

from __future__ import annotations

import ast
import builtins

from lint_rules.records import replace
from lint_rules.semantics.domains.arrays.typed import is_feeder
from lint_rules.semantics.domains.arrays.value import Array, Extent, Kind, Unit, has_no_more_axes
from lint_rules.semantics.domains.values import Basic, External, KerasModel, ModelMethod, Result
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.answers import Answer, known, unknown
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.array_calls import (
    ARRAY_METHODS,
    EFFECTS,
    IMAGE_PACKAGES,
    LIBRARIES,
    REBATCHES,
    TENSOR_LIBRARIES,
    Effect,
)
from lint_rules.semantics.syntax.module_index import last_name


class LibraryCall:
    """A call of a library: its subject and its other arguments, whether it is written as a function or a method."""

    def __init__(self, evaluator: Evaluator[Array], place: Place, node: ast.Call) -> None:
        self.evaluator = evaluator
        self.place = place
        self.node = node
        self.callees = evaluator.types.values(place.module, node.func)
        self.library = self._library()
        self.name = self._name()
        # A function of a library that an object keeps is none of its methods: `self.prepare = preprocess_input`.
        is_function = any(isinstance(value, External) for value in self.callees)
        self.is_method = isinstance(node.func, ast.Attribute) and not (
            is_function or self._is_external(node.func.value)
        )
        self.arguments: list[ast.expr] = list(node.args)
        if self.is_method and isinstance(node.func, ast.Attribute):
            self.arguments = [node.func.value, *node.args]

    def _is_external(self, node: ast.expr) -> bool:
        return any(isinstance(value, External) for value in self.evaluator.types.values(self.place.module, node))

    def _library(self) -> str:
        """The canonical name of the function, "" where it is not shown."""
        for value in self.callees:
            if isinstance(value, External):
                return value.name
        func = self.node.func
        if isinstance(func, ast.Attribute) and not self.callees and EFFECTS.get(func.attr) is Effect.FILLED:
            if self.evaluator.types.values(self.place.module, func.value) == (Basic.ARRAY,):
                return f"numpy.random.{func.attr}"  # arrays have no such method: it is one of a generator of numbers
        return ""

    def _name(self) -> str:
        """The name that the function has where it is defined, whatever it is called here."""
        if self.library:
            return self.library.rpartition(".")[2]
        methods = {value.name for value in self.callees if isinstance(value, ModelMethod)}
        if len(methods) == 1:
            return methods.pop()
        return "" if isinstance(self.node.func, ast.Call) else last_name(self.node.func) or ""

    @property
    def is_shown(self) -> bool:
        """Whether the code shows what is called: one function of a known library, a builtin, a method of arrays."""
        if len(self.callees) == 1:
            only = self.callees[0]
            if isinstance(only, External | Result):
                return only.name.partition(".")[0] in LIBRARIES
            return isinstance(only, ModelMethod | KerasModel)
        func = self.node.func
        if self.library and not self.callees:
            return True
        if isinstance(func, ast.Name):
            return not self.callees and hasattr(builtins, func.id) and not bindings_of(self.place.module, func)
        return self.is_method and self.name in ARRAY_METHODS

    @property
    def kind(self) -> Kind:
        """What kind of array the library makes."""
        if self.library.startswith(("numpy.", *IMAGE_PACKAGES)):
            return Kind.NUMPY
        if self.library.startswith(TENSOR_LIBRARIES):
            return Kind.TENSOR
        return Kind.TABLE if self.library.startswith("pandas.") else Kind.ARRAY

    def feed(self) -> Array | None:
        """What feeds a model, with the rows of what it is made of."""
        if not is_feeder(self.evaluator, self.place):
            return None
        made_of = [value.rows for node in self.node.args for value in self.value(node).values]
        return Array(Kind.FEED, (Extent.SOME,) if Extent.SOME in made_of else (), each=self.fed_one_by_one())

    def fed_one_by_one(self) -> Answer[Array] | None:
        """The batches of one sample that a feeder is told to give, None for other batches."""
        given = next((keyword.value for keyword in self.node.keywords if keyword.arg == "batch_size"), None)
        if given is None and self.name == "batch":
            given = self.argument(1)
        if given is not None:
            return known(Array(Kind.BATCH, (1,))) if self.whole(given) == 1 else None
        if not self.is_method or self.name in REBATCHES:
            return None
        before = self.subject.only
        return before.each if before is not None and before.kind is Kind.FEED else None

    # Arguments

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
        if value.kind in (Kind.OTHER, Kind.FEED, Kind.DICT):
            return None
        if value.kind in (Kind.LIST, Kind.TUPLE):
            unit = value.unit if value.unit is Unit.NUMBERS else None
            closed = has_no_more_axes(value)
            literal = value.literal and len(value.dims) == 1 and not closed
            return Array(self._made(), value.dims, closed, unit, literal=literal)
        if value.kind is Kind.NUMBER:
            return value
        return replace(value, kind=self._made(value.kind), items=None, each=None)

    def _made(self, given: Kind = Kind.ARRAY) -> Kind:
        if self.is_method:
            return Kind.NUMPY if self.name in ("numpy", "toarray", "to_numpy") else given
        return self.kind if self.kind is not Kind.ARRAY or given in (Kind.LIST, Kind.TUPLE) else given
