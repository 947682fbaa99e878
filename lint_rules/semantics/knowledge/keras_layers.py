"""What is known of Keras's own layers and applications: which depend on the mode, and on which arguments.

The data stand in `keras_layers.json` beside this file. `tests/lint/probe_keras_layers.py` measures them on the
installed Keras 3 and tf_keras, and the tests fail when a release behaves otherwise. `keras_hub_backbones.json` is read
from the source of keras_hub, not measured. Both are loaded at the first question, not at import.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Literal

from lint_rules.records import dataclass


class Mode(StrEnum):
    """How the outputs or the state of a layer depend on `training`.

    NEVER does not; ALWAYS does, whatever its arguments; SWITCHED does when one of its `switches` is on; WRAPPED does
    when a layer it wraps does; FOREIGN runs code that the table does not know (Lambda, JaxLayer, the base Layer).
    """

    NEVER = "never"
    ALWAYS = "always"
    SWITCHED = "switched"
    WRAPPED = "wrapped"
    FOREIGN = "foreign"


Training = Literal["absent", "none", "false", "true"]


@dataclass(frozen=True, slots=True)
class Argument:
    """A constructor argument and its place among the positional ones, from 0; None when it is keyword only."""

    name: str
    position: int | None


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """What is known of one layer class.

    `training` is the default of that parameter of `call`: "true" runs in training mode on a bare call, "absent" has
    no such parameter. `random`: two training calls differ. `moves`: a training call changes non-random state (moving
    averages). `frozen_by_trainable`: `trainable=False` puts it into inference mode. `stateful` is the argument that
    makes it carry state from call to call in both modes.
    """

    name: str
    mode: Mode
    training: Training
    switches: tuple[Argument, ...] = ()
    wraps: Argument | None = None
    stateful: Argument | None = None
    random: bool = False
    moves: bool = False
    frozen_by_trainable: bool = False

    @property
    def trains_when_called_bare(self) -> bool:
        """Whether `layer(x)` outside of any other call runs with training=True."""
        return self.training == "true"


@dataclass(frozen=True, slots=True)
class ApplicationFacts:
    """The mode-dependent layer classes of a `keras.applications` model, with its classifier and without."""

    name: str
    with_top: tuple[str, ...]
    without_top: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BackboneFacts:
    """What a keras_hub backbone holds: the layer classes that are always there, and the (keyword) arguments that bring
    dropout, with their defaults. A preset can set these arguments: after `from_preset` only `always` is certain."""

    name: str
    always: tuple[str, ...]
    switches: Mapping[str, float]


class Unreadable:
    """The type of `UNREADABLE`, which stands for an argument whose value the code does not show."""

    __slots__ = ()


UNREADABLE = Unreadable()


@cache
def _table() -> dict[str, dict[str, Any]]:
    document: dict[str, dict[str, Any]] = json.loads(
        Path(__file__).with_name("keras_layers.json").read_text(encoding="utf-8")
    )
    return document


@cache
def layer_facts(name: str, keras: int = 3) -> LayerFacts | None:
    """The facts of the built-in layer class `name` ("Dropout", "MaxPool2D") in Keras 2 (tf_keras) or 3, or None when
    that release line has no such layer."""
    table = _table()
    entry = table["keras3"].get(name)
    if keras == 2:
        entry = table["keras2"].get(name) or (None if name in table["not_in_keras2"] else entry)
    if entry is None:
        return None
    if "alias" in entry:
        return layer_facts(entry["alias"], keras)
    return LayerFacts(
        name=name,
        mode=Mode(entry["mode"]),
        training=entry["training"],
        switches=tuple(Argument(switch, position) for switch, position in entry.get("switches", {}).items()),
        wraps=Argument(*entry["wraps"]) if "wraps" in entry else None,
        stateful=Argument(*entry["stateful"]) if "stateful" in entry else None,
        random=entry.get("random", False),
        moves=entry.get("moves", False),
        frozen_by_trainable=entry.get("frozen_by_trainable", False),
    )


@cache
def layer_names(keras: int = 3) -> frozenset[str]:
    """Every built-in layer class of that release line, aliases included."""
    table = _table()
    if keras == 2:
        return frozenset((table["keras3"].keys() - table["not_in_keras2"].keys()) | table["keras2"].keys())
    return frozenset(table["keras3"])


@cache
def application_facts(name: str) -> ApplicationFacts | None:
    """The facts of `keras.applications.<name>`, or None when there is no such application."""
    entry = _table()["applications"].get(name)
    return None if entry is None else ApplicationFacts(name, tuple(entry["top"]), tuple(entry["no_top"]))


@cache
def backbone_facts(name: str) -> BackboneFacts | None:
    """The facts of `keras_hub.models.<name>` ("BertBackbone"), or None when the table does not know it."""
    document = json.loads(Path(__file__).with_name("keras_hub_backbones.json").read_text(encoding="utf-8"))
    entry = document["backbones"].get(name)
    return None if entry is None else BackboneFacts(name, tuple(entry.get("always", ())), entry.get("switches", {}))


def argument_value(argument: Argument, positional: Sequence[object], keywords: Mapping[str, object]) -> object:
    """The value that a call gives to `argument`, or None when it gives none (its default is then off or empty)."""
    if argument.name in keywords:
        return keywords[argument.name]
    if argument.position is not None and argument.position < len(positional):
        return positional[argument.position]
    return None


def depends_on_mode(
    facts: LayerFacts, positional: Sequence[object] = (), keywords: Mapping[str, object] | None = None
) -> bool | None:
    """Whether a layer constructed with these arguments behaves differently in training.

    Arguments are Python literals, or `UNREADABLE` for what the code does not show; a keyword `"**"` stands for
    arguments passed as a mapping. None means that the arguments, a wrapped layer or foreign code decide it.
    """
    given = keywords or {}
    if facts.frozen_by_trainable and "trainable" in given:
        if given["trainable"] is False:
            return False
        if isinstance(given["trainable"], Unreadable):
            return None
    match facts.mode:
        case Mode.NEVER:
            return False
        case Mode.ALWAYS:
            return True
        case Mode.WRAPPED | Mode.FOREIGN:
            return None
    values = [argument_value(switch, positional, given) for switch in facts.switches]
    if any(not isinstance(value, Unreadable) and _is_on(value) for value in values):
        return True
    return None if "**" in given or any(isinstance(value, Unreadable) for value in values) else False


def _is_on(value: object) -> bool:
    if isinstance(value, tuple | list):
        return any(_is_on(item) for item in value)
    return bool(value)
