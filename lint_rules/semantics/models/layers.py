"""What a model is made of, as plain data: its layers, and how each one depends on the mode."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto

from lint_rules.records import dataclass
from lint_rules.semantics.domains.values import Origin


class Truth(Enum):
    """What the code shows of a statement: that it holds, that it does not, or neither."""

    TRUE = auto()
    FALSE = auto()
    UNKNOWN = auto()

    @classmethod
    def of(cls, value: bool | None) -> Truth:
        """TRUE and FALSE for a bool, UNKNOWN for None."""
        return cls.UNKNOWN if value is None else cls.TRUE if value else cls.FALSE

    def __bool__(self) -> bool:
        raise TypeError("a Truth has three values: compare it with Truth.TRUE")


@dataclass(frozen=True, slots=True)
class Part:
    """One layer of a model.

    `name` is its class (`Dropout`, or a class of the project), `origin` where it is made or called. `depends` tells
    whether it behaves differently in training, `bare` whether a call without `training=` runs it in training mode,
    `follows` whether its own `call` has no default, so that it takes the mode of the layer called before it.
    `data_only` marks Keras's preprocessing and augmentation layers, `custom` code of the project that asks for
    `training` itself: what it does with the flag is its own affair. `waker` is what holds the layer and runs it in
    training mode by a default of its own, such as Keras's Pipeline.
    """

    name: str
    origin: Origin | None
    depends: Truth
    bare: bool = False
    follows: bool = False
    data_only: bool = False
    custom: bool = False
    waker: str = ""


@dataclass(frozen=True, slots=True)
class Composition:
    """The layers of a model in the order of the code; `complete` is False where the code does not show all of them.

    `unread_frozen` tells that all which it does not show is within parts whose weights are frozen.
    """

    parts: tuple[Part, ...]
    complete: bool
    unread_frozen: bool = False

    @property
    def depends(self) -> Truth:
        """Whether the model behaves differently in training."""
        return self._any(part.depends for part in self.parts)

    @property
    def sleeps_bare(self) -> Truth:
        """Whether it holds a layer that would behave differently if a bare call were one with training=True."""
        return self._any(Truth.FALSE if part.bare else part.depends for part in self.parts)

    @property
    def may_train_asleep(self) -> bool:
        """Whether anything that the code does not show may be trained by a bare call, in inference mode then."""
        unknown = any(part.depends is Truth.UNKNOWN and not part.bare for part in self.parts)
        return unknown or not (self.complete or self.unread_frozen)

    @property
    def sleeping(self) -> tuple[Part, ...]:
        """The layers that a bare call runs in inference mode although they depend on the mode."""
        return tuple(part for part in self.parts if part.depends is Truth.TRUE and not part.bare)

    @property
    def awake_bare(self) -> tuple[Part, ...]:
        """Keras's mode-dependent layers that a bare call runs in training mode, by a default of `call`."""
        return tuple(part for part in self.parts if part.depends is Truth.TRUE and part.bare and not part.custom)

    @property
    def woken(self) -> tuple[tuple[Part, Part], ...]:
        """(waking, woken): layers that Keras 3 runs in training mode on a bare call because of one called before."""
        found: list[tuple[Part, Part]] = []
        waking: Part | None = None
        for part in self.parts:
            if part.bare:
                waking = waking or part
            elif waking is not None and part.follows and part.depends is Truth.TRUE:
                found.append((waking, part))
        return tuple(found)

    @property
    def only_data(self) -> bool:
        """Whether it holds nothing but preprocessing and augmentation layers."""
        return all(part.data_only for part in self.parts)

    def _any(self, truths: Iterable[Truth]) -> Truth:
        kept = set(truths)
        if Truth.TRUE in kept:
            return Truth.TRUE
        return Truth.UNKNOWN if Truth.UNKNOWN in kept or not self.complete else Truth.FALSE


UNREADABLE_MODEL = Composition((), complete=False)
