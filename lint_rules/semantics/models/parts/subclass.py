"""Subclasses of layers and models: what their `call` runs, or what they hand to the class that they extend."""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.values import Instance, KerasLayer
from lint_rules.semantics.flow.activations import Activation
from lint_rules.semantics.knowledge import keras_names
from lint_rules.semantics.models.parts.calls import body
from lint_rules.semantics.models.parts.functional import functional
from lint_rules.semantics.models.parts.sequential import layer_argument, listed
from lint_rules.semantics.models.parts.walk import Region, State, Walk, argument_of
from lint_rules.semantics.syntax.module_index import Function, Module


def instance(walk: Walk, value: Instance, state: State) -> None:
    """An object of a class of the project."""
    call = walk.inference.method(value.cls, "call")
    if call is not None:
        body(walk, call, Activation(call, None, receiver=value), state)
        return
    bases = walk.inference.external_bases(value.cls)
    layers = [name for name in bases if keras_names.is_layer(name) and name.rpartition(".")[2] != "Layer"]
    init = walk.inference.method(value.cls, "__init__")
    if layers:
        walk.value(KerasLayer(layers[0]), None, state)
    elif init is not None and any(name.rpartition(".")[2] == "Sequential" for name in bases):
        _sequential_init(walk, value, init, state)
    elif init is not None and any(keras_names.is_keras(name) and keras_names.is_model_base(name) for name in bases):
        _functional_init(walk, value, init, state)
    else:
        walk.complete = False


def _sequential_init(walk: Walk, value: Instance, init: Function, state: State) -> None:
    """What a Sequential without `call` hands to `super().__init__`, and what it adds to itself."""
    module = init.module
    run = walk.constants.run_on(value, init)
    handed = _handed_up(module, init, 0, "layers", "layer")
    for call, layers in handed:
        listed(walk, module, layers, call, run, state)
    own = init.parameters[0].arg if init.parameters else None
    added = [
        add
        for add in module.calls.get("add", ())
        if isinstance(add.func, ast.Attribute)
        and isinstance(add.func.value, ast.Name)
        and add.func.value.id == own
        and module.function_of(add) is init
        and len(add.args) == 1
    ]
    for add in added:
        layer_argument(walk, Region(module, run), add.args[0], add, state)
    if not (handed or added):
        walk.complete = False


def _functional_init(walk: Walk, value: Instance, init: Function, state: State) -> None:
    """The outputs that a Model without `call` hands to `super().__init__`."""
    handed = _handed_up(init.module, init, 1, "outputs", "output")
    run = walk.constants.run_on(value, init)
    for call, outputs in handed:
        functional(walk, init.module, outputs, call, run, state)
    if not handed:
        walk.complete = False


def _handed_up(module: Module, init: Function, position: int, *keywords: str) -> list[tuple[ast.Call, ast.expr]]:
    """The calls of a base class's `__init__` in `init`, each with one argument of it."""
    found: list[tuple[ast.Call, ast.expr]] = []
    for call in module.calls.get("__init__", ()):
        if module.function_of(call) is not init or not isinstance(call.func, ast.Attribute):
            continue
        itself = 0 if isinstance(call.func.value, ast.Call) else 1  # Base.__init__(self, ...)
        argument = argument_of(call, position + itself, *keywords)
        if argument is not None:
            found.append((call, argument))
    return found
