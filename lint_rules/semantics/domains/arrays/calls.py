"""Which transfer a library call has."""

from __future__ import annotations

import ast
from collections.abc import Callable

from lint_rules.semantics.domains.arrays.elementwise import broadcasting, converted, kept, renamed
from lint_rules.semantics.domains.arrays.joining import (
    appended,
    drawn,
    joined,
    joined_behind,
    pieces,
    repeated,
    stacked,
    tiled,
)
from lint_rules.semantics.domains.arrays.library_call import LibraryCall
from lint_rules.semantics.domains.arrays.loading import batches, loaded, next_element
from lint_rules.semantics.domains.arrays.making import filled, image_batch, length, one_image, padded, slice_made, table
from lint_rules.semantics.domains.arrays.reshaping import (
    axis_added,
    first_axis_kept,
    flattened,
    reshaped,
    squeezed,
    two_axes,
)
from lint_rules.semantics.domains.arrays.value import Array, Extent, Unit
from lint_rules.semantics.flow.evaluator import Answer, Evaluator, Place, known
from lint_rules.semantics.knowledge.array_calls import EFFECTS, Effect

_EFFECTS: dict[Effect, Callable[[LibraryCall], Answer[Array]]] = {
    Effect.KEEP: kept,
    Effect.BROADCAST: broadcasting,
    Effect.CONVERT: converted,
    Effect.AXIS_ADDED: axis_added,
    Effect.RESHAPED: reshaped,
    Effect.FILLED: filled,
    Effect.STACKED: stacked,
    Effect.JOINED: joined,
    Effect.JOINED_BEHIND: joined_behind,
    Effect.APPENDED: appended,
    Effect.TILED: tiled,
    Effect.REPEATED: repeated,
    Effect.FIRST_AXIS_KEPT: first_axis_kept,
    Effect.PIECES: pieces,
    Effect.TWO_AXES: two_axes,
    Effect.SQUEEZED: squeezed,
    Effect.FLATTENED: flattened,
    Effect.LOADED: loaded,
    Effect.IMAGE: one_image,
    Effect.IMAGE_BATCH: image_batch,
    Effect.PADDED: padded,
    Effect.TABLE: table,
    Effect.DRAWN: drawn,
    Effect.NEXT: next_element,
    Effect.LENGTH: length,
    Effect.BATCHES: batches,
    Effect.SLICE: slice_made,
}


def call(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    node = place.node
    assert isinstance(node, ast.Call)
    call = LibraryCall(evaluator, place, node)
    if call.is_one_image():
        return known(Array(call.kind, (Extent.ANY, Extent.ANY), unit=Unit.IMAGE))
    effect = EFFECTS.get(call.name)
    if effect is None:
        return known(feed) if (feed := call.feed()) is not None else renamed(call)
    return _EFFECTS[effect](call)
