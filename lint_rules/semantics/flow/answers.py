"""What an evaluation gives: all values that the code shows an expression to have, and whether that is all of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, Generic, TypeVar

from lint_rules.records import dataclass
from lint_rules.semantics.flow import limits
from lint_rules.semantics.syntax.module_index import Class, Function, Module

V = TypeVar("V", bound=Hashable)


@dataclass(frozen=True, slots=True)
class StoredAttribute:
    """An attribute that only methods of a class, and of its bases, are taken to store."""

    cls: Class
    name: str


@dataclass(frozen=True, slots=True)
class StoredGlobal:
    """A name that only its own module is taken to bind."""

    module: Module
    name: str


Assumed = Function | StoredAttribute | StoredGlobal


@dataclass(frozen=True, slots=True)
class Answer(Generic[V]):
    """The values that an expression is shown to have.

    `complete` tells that no source of it is out of sight, provided that of what it `assumes` nothing is: no caller of a
    function (one that is handed on as a value), nothing that is stored from afar in an attribute, or in a module.
    """

    values: frozenset[V] = frozenset()
    complete: bool = True
    assumes: frozenset[Assumed] = frozenset()

    def __or__(self, other: Answer[V]) -> Answer[V]:
        values = self.values | other.values
        if len(values) > limits.MAX_ALTERNATIVES:
            return Answer(frozenset(), False)
        return Answer(values, self.complete and other.complete, self.assumes | other.assumes)

    def assuming(self, assumed: Assumed) -> Answer[V]:
        """The same as long as something holds that is not looked at here."""
        return Answer(self.values, self.complete, self.assumes | {assumed})

    def incomplete(self) -> Answer[V]:
        """The same values, and perhaps others."""
        return Answer(self.values, False, self.assumes)

    def then(self, step: Callable[[V], Answer[V]]) -> Answer[V]:
        """What a step makes of each value."""
        return self._with(join(step(value) for value in self.values))

    def map(self, step: Callable[[V], V | None]) -> Answer[V]:
        """What a function makes of each value; None where it cannot tell."""
        return self.then(lambda value: known(step(value)))

    def _with(self, other: Answer[V]) -> Answer[V]:
        return Answer(other.values, self.complete and other.complete, self.assumes | other.assumes)

    @property
    def only(self) -> V | None:
        """The one value that it has in any case, else None."""
        return next(iter(self.values)) if len(self.values) == 1 and self.complete else None


def known(value: V | None) -> Answer[V]:
    """An answer of one value; of none, one that says nothing."""
    return Answer(frozenset([value])) if value is not None else _UNKNOWN


_UNKNOWN: Answer[Any] = Answer(frozenset(), False)


def unknown() -> Answer[V]:
    """The answer that says nothing."""
    return _UNKNOWN


def join(answers: Iterable[Answer[V]]) -> Answer[V]:
    """All that any of the answers says."""
    found: Answer[V] = Answer()
    for answer in answers:
        found = found | answer
    return found
