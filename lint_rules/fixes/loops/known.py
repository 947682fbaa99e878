"""What the analysis tells a fix of a loop; without LibCST, so that rules can say it before they need a fix."""

from __future__ import annotations

from lint_rules.records import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a call besides its code.

    `single`: every input has one row, whatever the code shows. `reused`: the objects, by name, that the input may be in
    several iterations, each time rewritten, so that it has to be copied. `several`: the model has several outputs.
    """

    single: bool = False
    reused: frozenset[str] = frozenset()
    several: bool = False


NOTHING = Known()
