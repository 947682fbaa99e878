"""Calls that give single images."""

from __future__ import annotations

from lint_rules.semantics.domains.arrays.library_call import LibraryCall
from lint_rules.semantics.domains.arrays.value import Array, Extent, Kind, Unit
from lint_rules.semantics.domains.values import External, Result
from lint_rules.semantics.flow.answers import Answer, known
from lint_rules.semantics.knowledge.array_calls import (
    EFFECTS,
    IMAGE_FUNCTIONS,
    IMAGE_PACKAGES,
    PACKAGES_OF_ANY_ARRAYS,
    Effect,
)


def image_of(call: LibraryCall) -> Answer[Array] | None:
    """The image that a call reads, or makes of another; None where it gives none."""
    image = Array(call.kind, (Extent.ANY, Extent.ANY), unit=Unit.IMAGE)
    if EFFECTS.get(call.name) is Effect.IMAGE and (call.callees or not call.is_method):
        return known(image)
    names = [value.name for value in call.callees if isinstance(value, External | Result)]
    of_images = [name for name in names if name.startswith(IMAGE_PACKAGES)]
    if not of_images or call.name not in IMAGE_FUNCTIONS:
        return None
    if not call.library and call.name in EFFECTS:
        return None  # a method that arrays have as well
    if of_images[0].startswith(PACKAGES_OF_ANY_ARRAYS):
        # What is done to each image of a batch is written in the same way.
        subject = call.subject
        if not subject.values:
            return known(image).incomplete()
        return subject.map(lambda value: image if value.unit is Unit.IMAGE else None)
    return known(image)


def image_read(call: LibraryCall) -> Answer[Array]:
    """`cv2.imread(path)`."""
    return known(Array(call.kind, (Extent.ANY, Extent.ANY), unit=Unit.IMAGE))


def image_batch(call: LibraryCall) -> Answer[Array]:
    """`cv2.dnn.blobFromImage(image)`: one image with its batch axis."""
    return known(Array(Kind.NUMPY, (1, Extent.ANY, Extent.ANY, Extent.ANY), True))
