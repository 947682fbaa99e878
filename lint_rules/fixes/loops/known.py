"""What the analysis tells a fix of a loop; without LibCST, so that rules can say it before they need a fix."""

from __future__ import annotations

from lint_rules.records import dataclass, replace


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a call besides its code.

    `single`: every input has one row, whatever the code shows. `reused`: the objects, by name, that the input may be in
    several iterations, each time rewritten, so that it has to be copied. `several`: the model has several outputs.
    `steady`: the code of parts of what the loop goes over that give the same elements whenever they are gone over.
    `again`: the code of calls in the loop that can be made twice, with the same result and no effect. `ragged`: samples
    may differ in shape. `early`: what a generator goes over may be gone through before its first result is asked for.
    """

    single: bool = False
    reused: frozenset[str] = frozenset()
    several: bool = False
    steady: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()
    ragged: bool = False
    early: bool = False

    @property
    def unproven(self) -> bool:
        """Whether only a run of the program can tell that a rewrite is right."""
        return self.ragged or self.early

    def with_steady(self, name: str) -> Known:
        """The same, with one more name of something that gives the same elements whenever it is gone over."""
        return replace(self, steady=self.steady | {name})


NOTHING = Known()
