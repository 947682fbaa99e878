"""Keras's own layers, the applications and backbones it ships, and layers around other layers."""

from __future__ import annotations

import ast

from lint_rules.records import replace
from lint_rules.semantics.domains.values import External, KerasLayer, Origin
from lint_rules.semantics.flow.activations import Run
from lint_rules.semantics.knowledge.keras_layers import (
    UNREADABLE,
    LayerFacts,
    Mode,
    Unreadable,
    application_facts,
    backbone_facts,
    depends_on_mode,
    layer_facts,
)
from lint_rules.semantics.knowledge.layer_calls import FOREIGN_WRAPPERS
from lint_rules.semantics.models.layers import Part, Truth
from lint_rules.semantics.models.parts.calls import external
from lint_rules.semantics.models.parts.walk import State, Walk, literal_arguments, part_of


def layer(walk: Walk, value: KerasLayer, run: Run, state: State) -> None:
    """One of Keras's layers, with the arguments that it is made with."""
    name = value.name.rpartition(".")[2]
    facts = layer_facts(name, walk.keras)
    if facts is None or name == "Layer":
        walk.complete = False
        return
    if facts.mode in (Mode.WRAPPED, Mode.FOREIGN):
        _wrapper(walk, value, facts, run, state)
        return
    call = value.origin.node if value.origin is not None else None
    positional: list[object] = []
    keywords: dict[str, object] = {"**": UNREADABLE}
    if value.origin is not None and isinstance(call, ast.Call):
        positional, keywords = literal_arguments(walk, value.origin.module, call, run)
    depends = Truth.of(depends_on_mode(facts, positional, keywords))
    if state.frozen and facts.frozen_by_trainable and depends is Truth.TRUE:
        depends = Truth.UNKNOWN
    walk.add(part_of(name, value.origin, depends, facts), state)


def _wrapper(walk: Walk, value: KerasLayer, facts: LayerFacts, run: Run, state: State) -> None:
    origin = value.origin
    wraps = facts.wraps.name if facts.wraps is not None else "function"
    if origin is None or not isinstance(origin.node, ast.Call):
        walk.complete = False
        return
    wrapped = next((k.value for k in origin.node.keywords if k.arg == wraps), None)
    if wrapped is None and origin.node.args and not isinstance(origin.node.args[0], ast.Starred):
        wrapped = origin.node.args[0]
    if wrapped is None or facts.name in FOREIGN_WRAPPERS:
        walk.complete = False
        return
    values = walk.inference.values(origin.module, wrapped)
    if facts.name == "Lambda" and values and all(isinstance(v, External) for v in values):
        external(walk, values)
        return
    if facts.name == "Pipeline":
        state = replace(state, bare=True, waker=facts.name)
    walk.any_of(values, walk.constants.run_of(origin.module, origin.node, run), state)


def application(walk: Walk, name: str, origin: Origin, call: ast.Call, run: Run, state: State) -> None:
    """A model of `keras.applications`, with or without its top."""
    facts = application_facts(name)
    if facts is None:
        walk.complete = False
        return
    positional, keywords = literal_arguments(walk, origin.module, call, run)
    top = keywords.get("include_top", positional[0] if positional else True)
    if "**" in keywords or isinstance(top, Unreadable):
        held = [layer for layer in facts.without_top if layer in facts.with_top]
        walk.complete = walk.complete and set(facts.with_top) == set(facts.without_top)
    else:
        held = list(facts.with_top if top else facts.without_top)
    for name_of_layer in held:
        _switched_on(walk, name_of_layer, origin, state)
    if not held:
        walk.parts.append(Part(name, origin, Truth.FALSE))


def backbone(walk: Walk, maker: str, origin: Origin, call: ast.Call, run: Run, state: State) -> None:
    """A model of KerasHub, with the Dropout that its arguments switch on."""
    names = maker.split(".")
    facts = next((found for name in names if (found := backbone_facts(name)) is not None), None)
    if facts is None:
        walk.complete = False
        return
    for name_of_layer in facts.always:
        _switched_on(walk, name_of_layer, origin, state)
    preset = names[-1].startswith("from_")
    _, keywords = literal_arguments(walk, origin.module, call, run)
    for switch, default in facts.switches.items():
        value = keywords.get(switch, UNREADABLE if preset or "**" in keywords else default)
        if isinstance(value, Unreadable):
            walk.complete = False
        elif value:
            walk.add(Part("Dropout", origin, Truth.TRUE), state)


def _switched_on(walk: Walk, name: str, origin: Origin, state: State) -> None:
    """A layer of which the table says that it is in a model and switched on."""
    facts = layer_facts(name, walk.keras)
    if facts is None:
        walk.complete = False
        return
    depends = Truth.UNKNOWN if state.frozen and facts.frozen_by_trainable else Truth.TRUE
    walk.add(part_of(name, origin, depends, facts), state)
