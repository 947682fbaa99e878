"""What a domain says to the evaluator: what literals, operators and library calls do to its values."""

from __future__ import annotations

import ast
from collections.abc import Hashable
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.additions import Additions
from lint_rules.semantics.flow.answers import Answer, known, unknown

if TYPE_CHECKING:
    from lint_rules.semantics.flow.evaluator import Evaluator

V = TypeVar("V", bound=Hashable)


class Domain(Protocol[V]):
    """What is special to one kind of abstract values."""

    def expression(self, evaluator: Evaluator[V], place: Place) -> Answer[V]:
        """A literal, operator, comprehension, subscript, or a call or attribute of what the project does not define."""

    def of_type(self, evaluator: Evaluator[V], place: Place, found: Answer[V]) -> Answer[V]:
        """What the type of an expression says where no value of it was `found`."""

    def unset(self) -> Answer[V]:
        """What an attribute is that holds None until something is stored in it."""

    def count(self) -> Answer[V]:
        """What `range` and `enumerate` count."""

    def yielded(self, value: V) -> V:
        """What a generator gives one by one, as a piece of all that it gives."""

    def element(self, value: V) -> Answer[V]:
        """What iterating over a value gives."""

    def item(self, value: V, index: int) -> Answer[V]:
        """What unpacking a value gives at an index; -1 for a starred target."""

    def held(self, value: V) -> Answer[V]:
        """What the values of a dict are."""

    def is_container(self, value: V) -> bool:
        """Whether a value can be filled after it was made: a list, a dict."""

    def packed(self, items: tuple[Answer[V], ...]) -> Answer[V]:
        """A tuple of some items."""

    def counted(self, evaluator: Evaluator[V], place: Place) -> Answer[V]:
        """How many elements an iterable has, as far as that is a value of the domain."""

    def grown(self, value: V, additions: Additions, added: Answer[V], walked: Answer[V]) -> Answer[V]:
        """A list that gets items after it was made: one for each of as many elements as were `walked` over."""

    def filled(self, value: V, stored: tuple[Answer[V], ...]) -> Answer[V]:
        """A dict that gets items under keys after it was made; what else is stored into tells by itself."""

    def augmented(self, node: ast.AugAssign, before: Answer[V], operand: Answer[V], again: bool) -> Answer[V]:
        """What `before op= operand` leaves under the name; `again` where it may have left `before` too, in a loop."""


class OpaqueDomain(Generic[V]):
    """A domain whose values are of one piece: nothing is in them, and nothing becomes of them.

    A domain derives from it, and says what it knows besides.
    """

    def of_type(self, evaluator: Evaluator[V], place: Place, found: Answer[V]) -> Answer[V]:
        return found

    def unset(self) -> Answer[V]:
        return Answer()

    def count(self) -> Answer[V]:
        return unknown()

    def yielded(self, value: V) -> V:
        return value

    def element(self, value: V) -> Answer[V]:
        return unknown()

    def item(self, value: V, index: int) -> Answer[V]:
        return unknown()

    def held(self, value: V) -> Answer[V]:
        return unknown()

    def is_container(self, value: V) -> bool:
        return False

    def packed(self, items: tuple[Answer[V], ...]) -> Answer[V]:
        return unknown()

    def counted(self, evaluator: Evaluator[V], place: Place) -> Answer[V]:
        return unknown()

    def grown(self, value: V, additions: Additions, added: Answer[V], walked: Answer[V]) -> Answer[V]:
        return known(value)

    def filled(self, value: V, stored: tuple[Answer[V], ...]) -> Answer[V]:
        return known(value)

    def augmented(self, node: ast.AugAssign, before: Answer[V], operand: Answer[V], again: bool) -> Answer[V]:
        return unknown()


class Given(Protocol[V]):
    """What a question says of an expression before it is followed."""

    def __call__(self, evaluator: Evaluator[V], place: Place) -> Answer[V] | None: ...
