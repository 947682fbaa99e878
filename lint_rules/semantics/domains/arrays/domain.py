"""The domain of abstract arrays: what literals, operators and library calls do to them.

One domain for every question about shapes: how many rows has what predict gets, is it one NumPy batch, does it lack
its batch axis, is it one image, how long is this list, is it a whole data set. They are readings of it
(`array_readings`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import cache

from lint_rules.records import replace
from lint_rules.semantics.domains.arrays.typed import is_feeder
from lint_rules.semantics.domains.arrays.value import (
    MAX_ITEMS,
    Array,
    Dim,
    Extent,
    Kind,
    Unit,
    common_axes,
    elements_of,
    number,
    one_element,
)
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.additions import Additions
from lint_rules.semantics.flow.answers import Answer, join, known, unknown
from lint_rules.semantics.flow.evaluator import Evaluator


class Arrays:
    """The domain: what literals, operators and library calls do to arrays."""

    # Values

    def of_type(self, evaluator: Evaluator[Array], place: Place, found: Answer[Array]) -> Answer[Array]:
        node = place.node
        if is_feeder(evaluator, place):
            return known(Array(Kind.FEED))
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice | ast.Tuple):
            if is_feeder(evaluator, place.at(node.value)):
                return known(Array(Kind.BATCH, (Extent.SOME,)))
        return found

    def unset(self) -> Answer[Array]:
        return Answer()

    def count(self) -> Answer[Array]:
        return known(number())

    def yielded(self, value: Array) -> Array:
        several = value.rows is Extent.MANY or (isinstance(value.rows, int) and value.rows > 1)
        dims = (Extent.SOME, *value.dims[1:]) if several and value.kind is not Kind.TUPLE else value.dims
        items = tuple(item.map(self.yielded) for item in value.items) if value.items is not None else None
        return replace(value, dims=dims, items=items, each=value.each.map(self.yielded) if value.each else None)

    def element(self, value: Array) -> Answer[Array]:
        if value.kind is Kind.FEED:
            return value.each or known(Array(Kind.BATCH, (Extent.SOME,)))
        if value.kind is Kind.DICT:
            return unknown()
        if value.each is not None:
            return value.each
        if value.items is not None:
            return join(elements_of(value))
        if value.kind in (Kind.NUMPY, Kind.TENSOR, Kind.ARRAY):
            found = known(one_element(value))
            return found.incomplete() if value.unit is Unit.OUTPUTS else found
        return unknown()

    def held(self, value: Array) -> Answer[Array]:
        holds = value.kind is Kind.DICT and (value.items or value.each)
        return join(elements_of(value)) if holds else self.element(value)

    def is_container(self, value: Array) -> bool:
        return value.kind in (Kind.LIST, Kind.DICT)

    def item(self, value: Array, index: int) -> Answer[Array]:
        if value.kind in (Kind.BATCH, Kind.FEED) or value.unit is Unit.OUTPUTS:
            return known(value)
        if value.items is not None and 0 <= index < len(value.items):
            return value.items[index]
        if index >= 0 and value.each is not None:
            if not value.each.values and value.rows is Extent.SOME:
                return known(Array(Kind.BATCH, (Extent.SOME,))).incomplete()
            return value.each
        return unknown()

    def packed(self, items: tuple[Answer[Array], ...]) -> Answer[Array]:
        return known(Array(Kind.TUPLE, (len(items),), items=items))

    def counted(self, evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
        from lint_rules.semantics.domains.arrays.literals import length_of

        return length_of(evaluator, place)

    def grown(self, value: Array, additions: Additions, added: Answer[Array], walked: Answer[Array]) -> Answer[Array]:
        if value.kind is not Kind.LIST:
            return known(value)
        begun = value.items or ()
        each = join((added, *begun))
        length = next(iter(walked.values)).number if len(walked.values) == 1 else None
        one = additions.once or (additions.singly and length == 1)
        rows: Dim = 1 if one and value.items == () else Extent.MANY
        piece = length is Extent.SOME
        if value.items == () and (additions.renewed or piece):
            rows = Extent.SOME  # filled, used and emptied again and again, or filled from a piece of something larger
        found = known(Array(Kind.LIST, (rows, *common_axes(each)), each=each))
        by_the_loop = piece or (one and not additions.once)
        return found.incomplete() if by_the_loop and not walked.complete else found

    def filled(self, value: Array, stored: tuple[Answer[Array], ...]) -> Answer[Array]:
        if value.kind is not Kind.DICT or value.each is not None:
            return known(value)
        return known(replace(value, items=(*(value.items or ()), *stored)[:MAX_ITEMS]))

    def augmented(
        self, node: ast.AugAssign, before: Answer[Array], operand: Answer[Array], again: bool
    ) -> Answer[Array]:
        from lint_rules.semantics.domains.arrays.operators import operate

        # How much an unknown operand adds is not known either.
        found = before.then(lambda left: operate(node.op, left, operand, again or not operand.values))
        return _counted(found) if again else found

    # Expressions

    def expression(self, evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
        transfer = _transfers().get(type(place.node))
        return transfer(evaluator, place) if transfer is not None else unknown()


@cache
def _transfers() -> Mapping[type[ast.AST], Callable[[Evaluator[Array], Place], Answer[Array]]]:
    """The transfers by syntax, imported for the first array that code shows."""
    from lint_rules.semantics.domains.arrays.transfers import TRANSFERS

    return TRANSFERS


def _counted(answer: Answer[Array]) -> Answer[Array]:
    """What `n += 1` leaves: in a loop any number, not the first one."""
    return answer.map(lambda value: number() if value.kind is Kind.NUMBER else value)
