"""Which transfer a library call has."""

from __future__ import annotations

import ast
from collections.abc import Callable

from lint_rules.semantics.domains.arrays.attributes import shape_of_model
from lint_rules.semantics.domains.arrays.elementwise import broadcasting, converted, first_axis_kept, kept, renamed
from lint_rules.semantics.domains.arrays.images import image_batch, image_of, image_read
from lint_rules.semantics.domains.arrays.joining import (
    appended,
    drawn,
    joined,
    joined_behind,
    pieces,
    repeated,
    stacked,
    taken,
    tiled,
)
from lint_rules.semantics.domains.arrays.library_call import LibraryCall
from lint_rules.semantics.domains.arrays.loading import batches, listed, loaded, next_element, queue, taken_out
from lint_rules.semantics.domains.arrays.making import filled, least, length, padded, slice_made, table
from lint_rules.semantics.domains.arrays.reshaping import (
    axis_added,
    flattened,
    moved,
    reshaped,
    squeezed,
    swapped,
    transposed,
    two_axes,
)
from lint_rules.semantics.domains.arrays.value import Array
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.answers import Answer, known
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.knowledge.array_calls import BY_NAME, EFFECTS, Effect

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
    Effect.TAKEN: taken,
    Effect.PIECES: pieces,
    Effect.TWO_AXES: two_axes,
    Effect.SQUEEZED: squeezed,
    Effect.FLATTENED: flattened,
    Effect.LOADED: loaded,
    Effect.TRANSPOSED: transposed,
    Effect.SWAPPED: swapped,
    Effect.MOVED: moved,
    Effect.IMAGE: image_read,
    Effect.IMAGE_BATCH: image_batch,
    Effect.PADDED: padded,
    Effect.TABLE: table,
    Effect.DRAWN: drawn,
    Effect.NEXT: next_element,
    Effect.LISTED: listed,
    Effect.QUEUE: queue,
    Effect.TAKEN_OUT: taken_out,
    Effect.LENGTH: length,
    Effect.BATCHES: batches,
    Effect.SLICE: slice_made,
}


def library_call(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    """What a call gives that runs no function of the project."""
    node = place.node
    assert isinstance(node, ast.Call)
    call = LibraryCall(evaluator, place, node)
    if (image := image_of(call)) is not None:
        return image
    effect = EFFECTS.get(call.name)
    if effect is None and (fewest := least(call)) is not None:
        return fewest
    if effect is None:
        if (shape := shape_of_model(call.name)) is not None:
            return known(shape).incomplete()
        return known(feed) if (feed := call.feed()) is not None else renamed(call)
    found = _EFFECTS[effect](call)
    # A name alone shows what is meant; what is done, only a library that is known.
    return found if call.is_shown or effect in BY_NAME else found.incomplete()
