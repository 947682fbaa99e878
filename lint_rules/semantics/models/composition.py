"""What is a model made of? Its layers, read from the code that builds it, and how each one depends on the mode.

Sequential models are read from their list and their `add` calls, functional ones backwards from their outputs through
builder functions in any module, subclasses from what their `call` calls. What the code does not show makes the answer
incomplete; nothing is guessed.
"""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.values import FunctionObject, Instance, KerasLayer, KerasModel, Origin, Value, Values
from lint_rules.semantics.flow.activations import Activation, Run
from lint_rules.semantics.knowledge import keras_names
from lint_rules.semantics.models.layers import UNREADABLE_MODEL, Composition
from lint_rules.semantics.models.parts.calls import body
from lint_rules.semantics.models.parts.functional import functional
from lint_rules.semantics.models.parts.keras_layers import application, backbone, layer
from lint_rules.semantics.models.parts.sequential import sequential
from lint_rules.semantics.models.parts.subclass import instance
from lint_rules.semantics.models.parts.walk import State, Walk, argument_of
from lint_rules.semantics.project.keras_version import keras_version
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Function, Module


class Compositions:
    """The questions `what is this model made of` over one project."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def of(self, value: Value) -> Composition:
        """The layers of a model, or of a layer that holds layers."""
        return self.project.memo.ask(("composition", value), lambda: self._read(value), UNREADABLE_MODEL)

    def thawed(self, module: Module, values: Values) -> Composition:
        """The layers behind an expression with these values, whether or not the code freezes their weights."""
        walk = Walk(self.project, self._keras(module), _enter, thawed=True)
        walk.any_of(values, None, State())
        return walk.found

    def of_call(self, cls_call: Function, receiver: Instance) -> Composition:
        """The layers that one method calls, which is what Keras runs when its object is called."""
        walk = Walk(self.project, self._keras(cls_call.module), _enter)
        body(walk, cls_call, Activation(cls_call, None, receiver=receiver), State())
        return walk.found

    def _read(self, value: Value) -> Composition:
        origin = getattr(value, "origin", None)
        module = origin.module if isinstance(origin, Origin) else None
        if isinstance(value, Instance):
            module = value.cls.module
        walk = Walk(self.project, self._keras(module) if module is not None else 3, _enter)
        walk.value(value, None, State())
        return walk.found

    def _keras(self, module: Module) -> int:
        return 3 if keras_version(self.project, module)[0] >= 3 else 2


def _enter(walk: Walk, value: Value, run: Run, state: State) -> None:
    """Add the parts of a value as its kind asks."""
    if isinstance(value, KerasLayer):
        layer(walk, value, run, state)
    elif isinstance(value, KerasModel):
        _model(walk, value, run, state)
    elif isinstance(value, Instance):
        instance(walk, value, state)
    elif isinstance(value, FunctionObject):
        receiver = value.receiver if isinstance(value.receiver, Instance) else None
        body(walk, value.function, Activation(value.function, None, run, receiver), state)
    else:
        walk.complete = False


def _model(walk: Walk, value: KerasModel, run: Run, state: State) -> None:
    origin = value.origin
    if origin is None or not isinstance(origin.node, ast.Call):
        walk.complete = False
        return
    module, call = origin.module, origin.node
    name = value.maker.rpartition(".")[2]
    own = keras_names.is_keras(value.maker)
    outputs = argument_of(call, 1, "outputs", "output")
    if ".applications" in value.maker and own:
        application(walk, name, origin, call, run, state)
    elif value.maker.startswith(("keras_hub.", "keras_nlp.")):
        backbone(walk, value.maker, origin, call, run, state)
    elif name == "Sequential" and own:
        sequential(walk, value, module, call, run, state)
    elif name in ("Model", "Functional") and own and outputs is not None:
        functional(walk, module, outputs, call, run, state)
    elif name == "clone_model" and call.args:
        here = walk.constants.run_of(module, call, run)
        walk.any_of(walk.inference.values(module, call.args[0]), here, state)
    else:
        walk.complete = False


def compositions_of(project: Project) -> Compositions:
    """The one instance that answers for a project."""
    return project.memo.one(Compositions, lambda: Compositions(project))
