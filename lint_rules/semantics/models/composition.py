"""What is a model made of? Its layers, read from the code that builds it, and how each one depends on the mode.

Sequential models are read from their list and their `add` calls, functional ones backwards from their outputs through
builder functions in any module, subclasses from what their `call` calls. What the code does not show makes the answer
incomplete; nothing is guessed.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator, Sequence

from lint_rules.records import dataclass, field, replace
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.calls.edges import Edge
from lint_rules.semantics.domains.constants import constants_of
from lint_rules.semantics.domains.values import (
    Basic,
    Collection,
    External,
    FunctionObject,
    Instance,
    KerasLayer,
    KerasModel,
    ModelMethod,
    Origin,
    Result,
    Value,
    Values,
)
from lint_rules.semantics.effects.slicing import Slicer
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.activations import Activation, Place, Run
from lint_rules.semantics.flow.own_objects import objects
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge import keras_names
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
from lint_rules.semantics.models.layers import UNREADABLE_MODEL, Composition, Part, Truth
from lint_rules.semantics.project.keras_version import keras_version
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Function, Module, dotted, last_name, start
from lint_rules.semantics.syntax.scopes import BindingKind

_BUILTINS = frozenset(dir(builtins))
# External callables that compute and know no mode, by the start of their name.
_PLAIN = (
    "tensorflow.", "numpy.", "math.", "keras.ops.", "keras.backend.", "keras.activations.", "keras.initializers.",
    "keras.regularizers.", "keras.constraints.", "keras.utils.", "keras.losses.", "keras.applications.",
    "keras.random.",
    "keras.saving.", "keras.Input", "keras.layers.Input", "keras.InputSpec", "keras.layers.InputSpec", "keras.metrics.",
    "keras.dtype_policies.", "keras.Variable", "keras.name_scope", "jax.", "torch.", "einops.", "absl.", "six.",
    "tensorflow_probability.distributions.", "tensorflow_probability.bijectors.",
)  # fmt: skip
_OPAQUE = ("tensorflow.layers.", "tensorflow.contrib.", "tensorflow.py_function", "tensorflow.cond")
# Keras's functional forms of layers, and functions that ask the mode themselves.
_MERGES = frozenset({"add", "subtract", "multiply", "average", "maximum", "minimum", "concatenate", "dot"})
_ASK_MODE = frozenset({"in_train_phase", "in_test_phase", "smart_cond", "learning_phase", "batch_normalization"})
# Methods of tensors, arrays and Python's own objects, and of layers and models, that call no layer.
PLAIN_METHODS = frozenset(
    "append extend insert pop get items keys values update copy format join split strip lower upper startswith "
    "endswith index count sort reverse add remove as_list get_shape set_shape numpy reshape astype transpose sum "
    "mean max min flatten squeeze with_values consumers eval assign assign_add assign_sub value read_value add_loss "
    "add_metric add_update add_weight add_variable compute_mask compute_output_shape build get_weights set_weights "
    "info debug warning error stack unstack write read size log_prob sample entropy mode prob stddev variance gather "
    "concat count_params summary get_config from_config compile load_weights save_weights save replace encode decode "
    "title setdefault round clip dot item tolist view permute contiguous unsqueeze write_sequence get_layer "
    "shape activation state_dict to_tensor to_dense with_flat_values row_lengths nested_row_lengths".split()
)
_CALL_METHODS = frozenset({"call", "__call__"})
_DATA_LAYERS = frozenset(
    "Rescaling Resizing CenterCrop Normalization Discretization CategoryEncoding Hashing HashedCrossing StringLookup "
    "IntegerLookup TextVectorization AutoContrast ContrastLimitedAdaptiveHistogramEqualization MaxNumBoundingBoxes "
    "Equalization Solarization RandAugment AugMix CutMix MixUp Pipeline MelSpectrogram STFTSpectrogram "
    "RandomBrightness RandomHeight RandomWidth InputLayer".split()
)


@dataclass(frozen=True, slots=True)
class _State:
    """How the walk came to where it is: whether all of it surely runs, in training mode on a bare call, with weights
    that may be frozen, and with a mode that the code sets by a constant. `waker` is what defaults to training mode."""

    certain: bool = True
    bare: bool = False
    waker: str = ""
    frozen: bool = False


@dataclass(slots=True)
class _Reading:
    """The parts found so far for one question; `looked_at` counts calls, over inner readings too."""

    keras: int
    parts: list[Part] = field(default_factory=list)
    complete: bool = True
    thawed: bool = False
    open: list[object] = field(default_factory=list)
    looked_at: list[ast.Call] = field(default_factory=list)

    def inner(self) -> _Reading:
        """An empty reading for a question within this one."""
        return _Reading(self.keras, thawed=self.thawed, open=list(self.open), looked_at=self.looked_at)

    @property
    def exhausted(self) -> bool:
        """Whether the question has cost enough: what is left is unknown."""
        return len(self.parts) > limits.MAX_LAYERS or len(self.looked_at) > limits.MAX_LAYER_CALLS


class Compositions:
    """The questions `what is this model made of` over one project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.inference = inference_of(project)
        self.constants = constants_of(project)

    def of(self, value: Value) -> Composition:
        """The layers of a model, or of a layer that holds layers."""
        return self.project.memo.ask(("composition", value), lambda: self._read(value), UNREADABLE_MODEL)

    def thawed(self, module: Module, values: Values) -> Composition:
        """The layers behind an expression with these values, whether or not the code freezes their weights."""
        reading = _Reading(self._keras(module), thawed=True)
        self._any(values, module, None, _State(), reading)
        return Composition(tuple(reading.parts), reading.complete)

    def of_call(self, cls_call: Function, instance: Instance) -> Composition:
        """The layers that one method calls, which is what Keras runs when the instance is called."""
        reading = _Reading(self._keras(cls_call.module))
        self._body(cls_call, Activation(cls_call, None, receiver=instance), _State(), reading)
        return Composition(tuple(reading.parts), reading.complete)

    def _keras(self, module: Module) -> int:
        return 3 if keras_version(self.project, module)[0] >= 3 else 2

    def _read(self, value: Value) -> Composition:
        origin = getattr(value, "origin", None)
        module = origin.module if isinstance(origin, Origin) else None
        if isinstance(value, Instance):
            module = value.cls.module
        reading = _Reading(self._keras(module) if module is not None else 3)
        self._value(value, None, _State(), reading)
        return Composition(tuple(reading.parts), reading.complete)

    # One value

    def _value(self, value: Value, run: Run, state: _State, reading: _Reading) -> None:
        key = value
        if key in reading.open:
            return
        if len(reading.open) > limits.MAX_LAYER_DEPTH or reading.exhausted:
            reading.complete = False
            return
        reading.open.append(key)
        state = replace(state, frozen=not reading.thawed and (state.frozen or self.frozen(value)))
        try:
            if isinstance(value, KerasLayer):
                self._layer(value, run, state, reading)
            elif isinstance(value, KerasModel):
                self._model(value, run, state, reading)
            elif isinstance(value, Instance):
                self._instance(value, state, reading)
            elif isinstance(value, FunctionObject):
                instance = value.receiver if isinstance(value.receiver, Instance) else None
                self._body(value.function, Activation(value.function, None, run, instance), state, reading)
            else:
                reading.complete = False
        finally:
            reading.open.pop()

    def _add(self, reading: _Reading, part: Part, state: _State) -> None:
        depends = part.depends
        if depends is Truth.TRUE and not state.certain:
            depends = Truth.UNKNOWN
        waker = part.waker if part.bare else state.waker
        reading.parts.append(replace(part, depends=depends, bare=part.bare or state.bare, waker=waker))

    def _any(
        self,
        values: Values,
        module: Module,
        run: Run,
        state: _State,
        reading: _Reading,
        each: bool = False,
    ) -> None:
        """Parts for an expression that is one of some values: certain where there is one, or where all of them run."""
        kinds = [v for v in values if isinstance(v, KerasLayer | KerasModel | Instance | FunctionObject)]
        collections = [v for v in values if isinstance(v, Collection)]
        if not kinds and not collections:
            if any(not isinstance(v, Basic) for v in values) or not values:
                reading.complete = False
            return
        if len(kinds) < len([v for v in values if v is not Basic.NONE]) - len(collections):
            reading.complete = False
        if len(kinds) > 1 and not each:
            state = replace(state, certain=self._all_depend(kinds, run, state, reading) and state.certain)
        for value in kinds:
            self._value(value, run, self._made(value, run, state), reading)
        for collection in collections:
            if collection.items is not None:
                for item in collection.items:
                    self._any(item, module, run, state, reading)
            else:
                self._any(collection.element, module, run, state, reading, each=True)

    def _all_depend(self, kinds: Sequence[Value], run: Run, state: _State, reading: _Reading) -> bool:
        for value in kinds:
            inner = reading.inner()
            self._value(value, run, state, inner)
            if not any(part.depends is Truth.TRUE for part in inner.parts):
                return False
        return True

    def _made(self, value: Value, run: Run, state: _State) -> _State:
        """The state for a value, uncertain where the code makes the value on a condition only."""
        origin = getattr(value, "origin", None)
        if not isinstance(origin, Origin) or not state.certain or isinstance(value, KerasModel):
            return state
        function = origin.module.function_of(origin.node)
        if function is None or function.name != "__init__":
            return state
        here = self.constants.run_of(origin.module, origin.node, run)
        made = self.constants.reaches(origin.module, origin.node, here)
        return state if made else replace(state, certain=False)

    # Keras's own layers

    def _layer(self, value: KerasLayer, run: Run, state: _State, reading: _Reading) -> None:
        name = value.name.rpartition(".")[2]
        facts = layer_facts(name, reading.keras)
        if facts is None or name == "Layer":
            reading.complete = False
            return
        if facts.mode in (Mode.WRAPPED, Mode.FOREIGN):
            self._wrapper(value, facts, run, state, reading)
            return
        call = value.origin.node if value.origin is not None else None
        positional: list[object] = []
        keywords: dict[str, object] = {"**": UNREADABLE}
        if value.origin is not None and isinstance(call, ast.Call):
            positional, keywords = self._arguments(value.origin.module, call, run)
        depends = Truth.of(depends_on_mode(facts, positional, keywords))
        if state.frozen and facts.frozen_by_trainable and depends is Truth.TRUE:
            depends = Truth.UNKNOWN
        self._add(reading, self._part(name, value.origin, depends, facts), state)

    @staticmethod
    def _part(name: str, origin: Origin | None, depends: Truth, facts: LayerFacts) -> Part:
        data_only = facts.trains_when_called_bare or name in _DATA_LAYERS
        return Part(name, origin, depends, facts.trains_when_called_bare, facts.training == "none", data_only)

    def _arguments(self, module: Module, call: ast.Call, run: Run) -> tuple[list[object], dict[str, object]]:
        """The arguments of a constructor as literals."""
        here = self.constants.run_of(module, call, run)
        positional: list[object] = []
        for argument in call.args:
            if isinstance(argument, ast.Starred):
                return [], {"**": UNREADABLE}
            positional.append(self.constants.of(module, argument, here))
        keywords: dict[str, object] = {}
        for keyword in call.keywords:
            value = UNREADABLE if keyword.arg is None else self.constants.of(module, keyword.value, here)
            keywords[keyword.arg or "**"] = value
        return positional, keywords

    def _wrapper(self, value: KerasLayer, facts: LayerFacts, run: Run, state: _State, reading: _Reading) -> None:
        origin = value.origin
        wraps = facts.wraps.name if facts.wraps is not None else "function"
        if origin is None or not isinstance(origin.node, ast.Call):
            reading.complete = False
            return
        wrapped = next((k.value for k in origin.node.keywords if k.arg == wraps), None)
        if wrapped is None and origin.node.args and not isinstance(origin.node.args[0], ast.Starred):
            wrapped = origin.node.args[0]
        if wrapped is None or facts.name in ("JaxLayer", "FlaxLayer", "TFSMLayer", "TorchModuleWrapper"):
            reading.complete = False
            return
        here = self.constants.run_of(origin.module, origin.node, run)
        values = self.inference.values(origin.module, wrapped)
        if facts.name == "Lambda" and values and all(isinstance(v, External) for v in values):
            self._external(values, origin, state, reading)
            return
        if facts.name == "Pipeline":
            state = replace(state, bare=True, waker=facts.name)
        self._any(values, origin.module, here, state, reading)

    # Keras models

    def _model(self, value: KerasModel, run: Run, state: _State, reading: _Reading) -> None:
        origin = value.origin
        name = value.maker.rpartition(".")[2]
        if origin is None or not isinstance(origin.node, ast.Call):
            reading.complete = False
            return
        call = origin.node
        if ".applications" in value.maker and keras_names.is_keras(value.maker):
            self._application(name, origin, call, run, state, reading)
        elif value.maker.startswith(("keras_hub.", "keras_nlp.")):
            self._backbone(value.maker, origin, call, run, state, reading)
        elif name == "Sequential" and keras_names.is_keras(value.maker):
            self._sequential(value, origin, call, run, state, reading)
        elif name in ("Model", "Functional") and keras_names.is_keras(value.maker):
            outputs = _argument(call, 1, "outputs", "output")
            if outputs is None:
                reading.complete = False
            else:
                self._outputs(origin.module, outputs, call, run, state, reading)
        elif name == "clone_model" and call.args:
            here = self.constants.run_of(origin.module, call, run)
            self._any(self.inference.values(origin.module, call.args[0]), origin.module, here, state, reading)
        else:
            reading.complete = False

    def _application(
        self, name: str, origin: Origin, call: ast.Call, run: Run, state: _State, reading: _Reading
    ) -> None:
        facts = application_facts(name)
        if facts is None:
            reading.complete = False
            return
        positional, keywords = self._arguments(origin.module, call, run)
        top = keywords.get("include_top", positional[0] if positional else True)
        if "**" in keywords or isinstance(top, Unreadable):
            held = [layer for layer in facts.without_top if layer in facts.with_top]
            reading.complete = reading.complete and set(facts.with_top) == set(facts.without_top)
        else:
            held = list(facts.with_top if top else facts.without_top)
        for layer in held:
            self._known(layer, origin, state, reading)
        if not held:
            reading.parts.append(Part(name, origin, Truth.FALSE))

    def _known(self, layer: str, origin: Origin, state: _State, reading: _Reading) -> None:
        """A layer of which the table says that it is in a model and switched on."""
        facts = layer_facts(layer, reading.keras)
        if facts is None:
            reading.complete = False
            return
        depends = Truth.UNKNOWN if state.frozen and facts.frozen_by_trainable else Truth.TRUE
        self._add(reading, self._part(layer, origin, depends, facts), state)

    def _backbone(self, maker: str, origin: Origin, call: ast.Call, run: Run, state: _State, reading: _Reading) -> None:
        parts = maker.split(".")
        facts = next((found for part in parts if (found := backbone_facts(part)) is not None), None)
        if facts is None:
            reading.complete = False
            return
        for layer in facts.always:
            self._known(layer, origin, state, reading)
        preset = parts[-1].startswith("from_")
        _, keywords = self._arguments(origin.module, call, run)
        for switch, default in facts.switches.items():
            value = keywords.get(switch, UNREADABLE if preset or "**" in keywords else default)
            if isinstance(value, Unreadable):
                reading.complete = False
            elif value:
                self._add(reading, Part("Dropout", origin, Truth.TRUE), state)

    # Sequential models

    def _sequential(
        self,
        value: KerasModel,
        origin: Origin,
        call: ast.Call,
        run: Run,
        state: _State,
        reading: _Reading,
    ) -> None:
        module = origin.module
        layers = _argument(call, 0, "layers")
        if layers is not None:
            self._listed(module, layers, call, run, state, reading)
        for add in self._adds(value, module):
            here = self.constants.run_of(module, add, run)
            self._argument_layer(module, add.args[0], add, here, origin.node, state, reading)

    def _adds(self, value: KerasModel | Instance, module: Module) -> list[ast.Call]:
        """The calls `model.add(layer)` on a Sequential model, in the module that makes it."""
        nothing: list[ast.Call] = []
        return self.project.memo.ask(("adds", value, module.path), lambda: self._find_adds(value, module), nothing)

    def _find_adds(self, value: KerasModel | Instance, module: Module) -> list[ast.Call]:
        return [
            add
            for add in module.calls.get("add", ())
            if isinstance(add.func, ast.Attribute)
            and len(add.args) == 1
            and value in self.inference.values(module, add.func.value)
        ]

    def _argument_layer(
        self,
        module: Module,
        node: ast.expr,
        place: ast.expr,
        run: Run,
        root: ast.AST | None,
        state: _State,
        reading: _Reading,
    ) -> None:
        """A layer that is an argument of `add` or an item of the list, where the code gets there."""
        taken = self.constants.reaches(module, place, run, root)
        if taken is False:
            return
        if taken is None:
            state = replace(state, certain=False)
        if isinstance(node, ast.Constant) and node.value is None:
            return
        values = self.inference.values(module, node)
        if values and all(value in (Basic.TENSOR, Basic.NONE) for value in values):
            return  # an Input
        if any(isinstance(value, FunctionObject) for value in values):
            reading.complete = False
            return
        self._any(values, module, run, state, reading, each=self._varies(module, node))

    def _listed(
        self,
        module: Module,
        layers: ast.expr,
        place: ast.expr,
        run: Run,
        state: _State,
        reading: _Reading,
    ) -> None:
        """The layers of a list: written out, joined, or filled elsewhere."""
        here = self.constants.run_of(module, place, run)
        if isinstance(layers, ast.List | ast.Tuple):
            for item in layers.elts:
                if isinstance(item, ast.Starred):
                    self._listed(module, item.value, place, run, state, reading)
                elif isinstance(item, ast.IfExp):
                    for branch in (item.body, item.orelse):
                        self._argument_layer(module, branch, branch, here, place, state, reading)
                else:
                    self._argument_layer(module, item, item, here, place, state, reading)
            return
        if isinstance(layers, ast.BinOp) and isinstance(layers.op, ast.Add):
            self._listed(module, layers.left, place, run, state, reading)
            self._listed(module, layers.right, place, run, state, reading)
            return
        if isinstance(layers, ast.Name):
            bindings = bindings_of(module, layers)
            if len(bindings) == 1 and isinstance(bindings[0].value, ast.List) and not bindings[0].path:
                self._listed(module, bindings[0].value, bindings[0].value, run, state, reading)
                self._appended(module, layers, here, place, state, reading)
                return
        if isinstance(layers, ast.ListComp):
            self._any(self.inference.values(module, layers.elt), module, here, state, reading, each=True)
            return
        reading.complete = False
        self._any(self.inference.values(module, layers), module, here, replace(state, certain=False), reading)

    def _appended(
        self, module: Module, name: ast.Name, run: Run, root: ast.AST, state: _State, reading: _Reading
    ) -> None:
        scope = module.scopes[name].find(name.id)
        for method in ("append", "extend", "insert"):
            for call in module.calls.get(method, ()):
                target = call.func.value if isinstance(call.func, ast.Attribute) else None
                if not isinstance(target, ast.Name) or target.id != name.id or not call.args:
                    continue
                if module.scopes[target].find(target.id) is not scope:
                    continue
                if method == "extend":
                    self._listed(module, call.args[-1], call, run, state, reading)
                else:
                    self._argument_layer(module, call.args[-1], call, run, root, state, reading)

    # Functional models

    def _outputs(
        self,
        module: Module,
        outputs: ast.expr,
        root: ast.expr,
        run: Run,
        state: _State,
        reading: _Reading,
    ) -> None:
        """Everything that the outputs of a functional model are computed by."""
        function = module.function_of(root)
        scope: ast.AST = function.node if function is not None else module.tree
        found = Slicer(self.inference, module, scope).of(outputs)
        here = self.constants.run_of(module, root, run)
        calls = sorted(found.calls(), key=_call_order)
        for call in calls:
            if call is not root:
                self._call(module, call, here, root, state, reading)
        for node in sorted((n for n in found.nodes if isinstance(n, ast.Attribute)), key=start):
            if node.attr in ("output", "outputs") and not isinstance(node.ctx, ast.Store):
                self._output_of(module, node, here, root, state, reading)
        if found.parameters or found.reads_self:
            self._tensor_parameters(module, function, found.parameters, outputs, reading)

    def _tensor_parameters(
        self, module: Module, function: Function | None, names: set[str], outputs: ast.expr, reading: _Reading
    ) -> None:
        """A parameter that is the output itself, or a model of which nothing is known, hides layers."""
        if not isinstance(outputs, ast.Name) or outputs.id not in names:
            return
        if any(binding.kind is BindingKind.PARAMETER for binding in bindings_of(module, outputs)):
            reading.complete = False

    def _output_of(
        self,
        module: Module,
        node: ast.Attribute,
        run: Run,
        root: ast.AST,
        state: _State,
        reading: _Reading,
    ) -> None:
        """`base.output` holds all of base, `base.get_layer(name).output` and `base.layers[i].output` a part of it."""
        taken = self.constants.reaches(module, node, run, root)
        if taken is False:
            return
        state = replace(state, certain=state.certain and bool(taken))
        base: ast.expr = node.value
        cut = False
        while True:
            function = base.func if isinstance(base, ast.Call) else None
            if isinstance(function, ast.Attribute) and function.attr == "get_layer":
                base, cut = function.value, True
            elif isinstance(base, ast.Subscript) or (isinstance(base, ast.Attribute) and base.attr == "layers"):
                base, cut = base.value, True
            else:
                break
        values = self.inference.values(module, base)
        if not cut:
            self._any(values, module, run, state, reading)
            return
        inner = reading.inner()
        self._any(values, module, run, state, inner)
        application = any(isinstance(v, KerasModel) and ".applications" in v.maker for v in values)
        for part in inner.parts:
            # Applications with BatchNormalization have it behind every convolution; Dropout comes at their end.
            kept = part.depends
            if kept is Truth.TRUE and not (application and part.name == "BatchNormalization"):
                kept = Truth.UNKNOWN
            reading.parts.append(replace(part, depends=kept))
        reading.complete = reading.complete and inner.complete

    # Subclasses

    def _instance(self, value: Instance, state: _State, reading: _Reading) -> None:
        cls = value.cls
        call = self.inference.method(cls, "call")
        bases = self.inference.external_bases(cls)
        if call is not None:
            self._body(call, Activation(call, None, receiver=value), state, reading)
            return
        layers = [name for name in bases if keras_names.is_layer(name) and name.rpartition(".")[2] != "Layer"]
        if layers:
            self._value(KerasLayer(layers[0]), None, state, reading)
            return
        if any(name.rpartition(".")[2] == "Sequential" for name in bases):
            self._built_in_init(value, "layers", 0, state, reading)
        elif any(keras_names.is_keras(name) and keras_names.is_model_base(name) for name in bases):
            self._built_in_init(value, "outputs", 1, state, reading)
        else:
            reading.complete = False

    def _built_in_init(self, value: Instance, keyword: str, position: int, state: _State, reading: _Reading) -> None:
        """A subclass without `call`: what it hands to `super().__init__`, and what it adds to itself."""
        init = self.inference.method(value.cls, "__init__")
        if init is None:
            reading.complete = False
            return
        module = init.module
        run = self.constants.run_on(value, init)
        handed = [
            call
            for call in module.calls.get("__init__", ())
            if module.function_of(call) is init and isinstance(call.func, ast.Attribute)
        ]
        found = False
        for call in handed:
            skip = 0 if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call) else 1
            argument = _argument(call, position + skip, keyword, keyword.rstrip("s"))
            if argument is None:
                continue
            found = True
            if keyword == "layers":
                self._listed(module, argument, call, run, state, reading)
            else:
                self._outputs(module, argument, call, run, state, reading)
        if keyword == "layers":
            for add in module.calls.get("add", ()):
                owner = add.func.value if isinstance(add.func, ast.Attribute) else None
                if not isinstance(owner, ast.Name) or module.function_of(add) is not init or len(add.args) != 1:
                    continue
                if init.parameters and owner.id == init.parameters[0].arg:
                    found = True
                    self._argument_layer(module, add.args[0], add, run, None, state, reading)
        if not found:
            reading.complete = False

    def _body(self, function: Function, run: Run, state: _State, reading: _Reading) -> None:
        """Everything that a function calls when it runs."""
        key = ("body", function, run.edge if run is not None else None)
        if key in reading.open or len(reading.open) > limits.MAX_LAYER_DEPTH:
            reading.complete = reading.complete and key in reading.open
            return
        reading.open.append(key)
        try:
            training = _training_parameter(function)
            if training is not None:
                default = self._default(function, training)
                if default is True:
                    state = replace(state, bare=True, waker=function.owner.name if function.owner else function.name)
                if function.name in _CALL_METHODS:
                    self._asked(function, training, run, state, reading)
            for call in self._calls_of(function):
                self._call(function.module, call, run, None, state, reading)
        finally:
            reading.open.pop()

    def _calls_of(self, function: Function) -> list[ast.Call]:
        nothing: list[ast.Call] = []
        return self.project.memo.ask(
            ("own calls", function), lambda: sorted(_own_calls(function), key=_call_order), nothing
        )

    def _default(self, function: Function, training: ast.arg) -> object:
        from lint_rules.semantics.domains.types.parameters import default_of

        default = default_of(function, training)
        return None if default is None else self.constants.of(function.module, default)

    def _asked(self, function: Function, training: ast.arg, run: Run, state: _State, reading: _Reading) -> None:
        """A `call` that tests `training` itself depends on the mode, whatever layers it holds."""
        module = function.module
        for name in module.names.get(training.arg, ()):
            if module.scopes[name].find(training.arg) is not function.scope:
                continue
            parent = module.parents[name]
            if isinstance(parent, ast.UnaryOp | ast.BoolOp):
                parent = module.parents[parent]
            if isinstance(parent, ast.If | ast.IfExp) and not _only_logs(parent):
                owner = function.owner
                label = owner.name if owner is not None else function.name
                origin = Origin(module, parent.test)
                self._add(reading, Part(label, origin, Truth.TRUE, follows=True, custom=True), state)
                return

    # One call

    def _call(
        self,
        module: Module,
        call: ast.Call,
        run: Run,
        root: ast.AST | None,
        state: _State,
        reading: _Reading,
    ) -> None:
        """What one call in a builder, or in a `call` method, adds to a model."""
        if reading.exhausted:
            reading.complete = False
            return
        reading.looked_at.append(call)
        taken = self.constants.reaches(module, call, run, root)
        if taken is False:
            return
        if taken is None:
            state = replace(state, certain=False)
        function = call.func
        values = objects(self.inference, Place(module, function, run))
        if isinstance(function, ast.Attribute) and function.attr in _CALL_METHODS:
            callees = [v for v in values if isinstance(v, FunctionObject)]
            if not callees:
                values = objects(self.inference, Place(module, function.value, run))
        if self._sets_mode(call, values):
            reading.parts.append(Part(last_name(function) or "layer", Origin(module, call), Truth.FALSE))
            return
        if not values:
            if not self._known_by_name(function) and not self._is_keras_method(module, function):
                reading.complete = False
            return
        externals = tuple(v for v in values if isinstance(v, External))
        if externals:
            self._external(externals, Origin(module, call), state, reading)
        each = self._varies(module, function)
        models = tuple(v for v in values if isinstance(v, KerasLayer | KerasModel | Instance))
        if models:
            self._any(models, module, run, state, reading, each=each)
        functions = [v for v in values if isinstance(v, FunctionObject)]
        if len(functions) > 1:
            state = replace(state, certain=False)
        for item in functions:
            self._body(item.function, self._run(item, module, call, run), state, reading)
        for value in values:
            if isinstance(value, ModelMethod):
                reading.complete = reading.complete and value.name in PLAIN_METHODS
            elif isinstance(value, Result):
                plain = self._known_by_name(function) or value.name.startswith(_PLAIN)
                reading.complete = reading.complete and plain

    @staticmethod
    def _run(value: FunctionObject, module: Module, call: ast.Call, outer: Run) -> Activation:
        skip = 1 if value.receiver is not None and value.function.is_method else 0
        return Activation(value.function, Edge(module, call, skip=skip), outer)

    @staticmethod
    def _sets_mode(call: ast.Call, values: Values) -> bool:
        """Whether a call sets the mode by a constant, so that it does not follow the model's."""
        training = next((k.value for k in call.keywords if k.arg == "training"), None)
        own = bool(values) and all(isinstance(v, KerasLayer | KerasModel) for v in values)
        if training is None and len(call.args) >= 2 and own:
            training = call.args[1]
        return isinstance(training, ast.Constant) and training.value is not None and training.value in (True, False)

    def _known_by_name(self, function: ast.expr) -> bool:
        if isinstance(function, ast.Name):
            return function.id in _BUILTINS
        return isinstance(function, ast.Attribute) and function.attr in PLAIN_METHODS

    def _is_keras_method(self, module: Module, function: ast.expr) -> bool:
        """A method of one of Keras's own layers, of a tensor or of a list: `self.cell.get_initial_state(...)`."""
        base = self.inference.values(module, function.value) if isinstance(function, ast.Attribute) else ()
        return bool(base) and all(isinstance(value, KerasLayer | Basic | Collection) for value in base)

    def _external(self, values: Values, origin: Origin, state: _State, reading: _Reading) -> None:
        for value in values:
            if not isinstance(value, External):
                continue
            name = value.name
            last = name.rpartition(".")[2]
            if last in _ASK_MODE and not name.startswith("tensorflow.nn."):
                reading.complete = False
            elif keras_names.makes_model(name) or keras_names.is_layer(name):
                continue  # it makes a layer; what matters is where the layer is called
            elif name.startswith("keras.layers.") and last in _MERGES:
                continue
            elif name.startswith(_OPAQUE):
                reading.complete = False
            elif not name.startswith(_PLAIN) and name.partition(".")[0] not in sys.stdlib_module_names:
                reading.complete = reading.complete and last[:1].isupper()

    def _varies(self, module: Module, node: ast.expr) -> bool:
        """Whether an expression is every element of a collection in turn, rather than one of several values."""
        if isinstance(node, ast.Subscript):
            return not isinstance(node.slice, ast.Constant)
        if isinstance(node, ast.Name):
            return any(
                binding.kind is BindingKind.ITERATION or isinstance(binding.value, ast.Subscript)
                for binding in bindings_of(module, node)
            )
        return False

    # Frozen weights

    def frozen(self, value: Value) -> bool:
        """Whether the module that makes a model or a layer sets `trainable = False` on it."""
        origin = getattr(value, "origin", None)
        if not isinstance(origin, Origin):
            return False
        return bool(self.frozen_at(value, origin.module))

    def frozen_at(self, value: Value, module: Module) -> list[bool]:
        """The constants that a module stores in `trainable` of a model (or of its layers), in source order."""
        found: list[bool] = []
        for store in module.stores.get("trainable", ()):
            if not isinstance(store.value, ast.Constant) or not isinstance(store.value.value, bool):
                continue
            owner: ast.expr = store.target.value
            if value in self.inference.values(module, owner) or self._layer_of(module, owner, value):
                found.append(store.value.value)
        return found

    def _layer_of(self, module: Module, node: ast.expr, value: Value) -> bool:
        """`layer` of `for layer in base.layers[:n]`, `base.layers[0]`, `base.get_layer(name)`."""
        if isinstance(node, ast.Name):
            return any(
                binding.value is not None and self._layer_of(module, binding.value, value)
                for binding in bindings_of(module, node)
                if binding.kind in (BindingKind.ITERATION, BindingKind.ASSIGN)
            )
        if isinstance(node, ast.Subscript):
            return self._layer_of(module, node.value, value)
        if isinstance(node, ast.Call):
            name = last_name(node.func)
            if name == "get_layer" and isinstance(node.func, ast.Attribute):
                return value in self.inference.values(module, node.func.value)
            return bool(name in ("enumerate", "reversed", "list") and node.args) and self._layer_of(
                module, node.args[0], value
            )
        return (
            isinstance(node, ast.Attribute)
            and node.attr == "layers"
            and value in self.inference.values(module, node.value)
        )


def _argument(call: ast.Call, position: int, *keywords: str) -> ast.expr | None:
    for item in call.keywords:
        if item.arg in keywords:
            return item.value
    if len(call.args) > position and not any(isinstance(a, ast.Starred) for a in call.args[: position + 1]):
        return call.args[position]
    return None


def _training_parameter(function: Function) -> ast.arg | None:
    arguments = function.node.args
    return next((a for a in [*function.parameters, *arguments.kwonlyargs] if a.arg == "training"), None)


def _own_calls(function: Function) -> Iterator[ast.Call]:
    """The calls in a function's body, without those in functions and classes defined in it."""
    node = function.node
    stack: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
    while stack:
        current = stack.pop()
        if isinstance(current, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(current, ast.Call):
            yield current
        stack.extend(ast.iter_child_nodes(current))


def _call_order(call: ast.Call) -> tuple[int, int]:
    """Calls in the order in which they run, nearly: an inner call ends before the outer one."""
    return (call.end_lineno or 0, call.end_col_offset or 0)


def _only_logs(statement: ast.AST) -> bool:
    """Whether the branches of an `if` only report, or give `training` a value."""
    if not isinstance(statement, ast.If):
        return False
    return all(
        isinstance(item, ast.Pass | ast.Raise)
        or (isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name) and item.targets[0].id == "training")
        or (
            isinstance(item, ast.Expr)
            and isinstance(item.value, ast.Call)
            and (dotted(item.value.func) or "").startswith(("self.add_", "tf.summary", "print", "tf.print", "logging"))
        )
        for item in [*statement.body, *statement.orelse]
    )


def compositions_of(project: Project) -> Compositions:
    """The one instance that answers for a project."""
    return project.memo.one(Compositions, lambda: Compositions(project))
