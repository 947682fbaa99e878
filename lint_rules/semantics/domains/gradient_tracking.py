"""Is a value still on the tape, or has its gradient ended, and where?

A value of this domain says whether it depends on the sources of one gradient in a way that a gradient passes, and which
calls ended the gradient of what it depends on besides: `.numpy()`, `float()`, `tf.argmax`. A sum keeps what its terms
have lost; a product with something differentiable does not, for a constant that weights or indexes a term is right.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from lint_rules.records import dataclass, field, replace
from lint_rules.semantics.domains.references import Reference, References
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import (
    Basic,
    External,
    FunctionObject,
    Instance,
    KerasLayer,
    KerasModel,
    Value,
)
from lint_rules.semantics.flow.activations import Activation, Place
from lint_rules.semantics.flow.additions import Additions
from lint_rules.semantics.flow.answers import Answer, known, unknown
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.flow.read_back import read_back
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge import gradient_calls, model_methods
from lint_rules.semantics.syntax.module_index import Function, Module, last_name
from lint_rules.semantics.syntax.scopes import BindingKind

_OMIT = "omit it"
_TWIN = "use its twin in keras.ops, tf or jax.numpy"
_PLAIN = (Basic.NUMBER, Basic.TEXT, Basic.NONE, Basic.ARRAY, Basic.DATASET)


@dataclass(frozen=True, slots=True)
class Left:
    """A place where a gradient ends.

    `what` and `instead` are words for a reader, `run` the way that leads there, `to_python` tells that the value itself
    leaves the tensors there, and not only what could be derived of it.
    """

    module: Module
    node: ast.expr
    what: str
    instead: str
    run: Activation | None = None

    @property
    def to_python(self) -> bool:
        return self.instead in (_OMIT, _TWIN)


@dataclass(frozen=True, slots=True)
class Track:
    """What the gradient of a value can be.

    `depends`: the sources provably are in it, by steps that a gradient passes; `may`: perhaps they are. `left`: where
    the gradient of terms that hold them ended. `fields` are the items of a tuple or dict that is written out.
    """

    depends: bool = False
    may: bool = False
    left: frozenset[Left] = frozenset()
    fields: tuple[tuple[object, Track], ...] = ()

    @property
    def is_constant(self) -> bool:
        return not self.may and not self.left

    def plain(self) -> Track:
        return replace(self, fields=())


CONSTANT = Track()
TRACKED = Track(depends=True, may=True)
UNCLEAR = Track(may=True)


def added(tracks: Iterable[Track]) -> Track:
    """A sum: what one term has lost is lost."""
    items = list(tracks)
    left: frozenset[Left] = frozenset().union(*(item.left for item in items))
    return Track(any(item.depends for item in items), any(item.may for item in items), left)


def combined(tracks: Iterable[Track]) -> Track:
    """Any other function of some values: a factor without a gradient is right beside one that has it."""
    found = added(tracks)
    return replace(found, left=frozenset()) if found.may else found


def either(tracks: Iterable[Track]) -> Track:
    """What a value is that can be one or the other: none is said to be lost as a whole where another is kept."""
    items = [item for item in dict.fromkeys(tracks) if not item.is_constant]
    if len(items) <= 1:
        return items[0] if items else CONSTANT
    return added([item for item in items if item.may] or items)


def one(answer: Answer[Track]) -> Track:
    """An answer as one value; one that says nothing may be anything."""
    if not answer.values:
        return CONSTANT if answer.complete else UNCLEAR
    if len(answer.values) == 1:
        return next(iter(answer.values))
    return either(answer.values)


@dataclass(slots=True)
class GradientTracking:
    """The domain for one gradient: of which objects it is taken.

    `models` are the objects whose weights are the sources, `inputs` the sources that are values themselves; `recorded`
    is the statement under which calls are recorded, None for everywhere.
    """

    types: Inference
    references: References
    models: frozenset[Reference]
    inputs: frozenset[Reference]
    recorded: ast.AST | None = None
    _recorded: dict[ast.AST, bool] = field(default_factory=dict)

    # What the question says

    def given(self, evaluator: Evaluator[Track], place: Place) -> Answer[Track] | None:
        node = place.node
        if isinstance(node, ast.Call):
            found = self._of_call(evaluator, place, node)
            return known(found) if found is not None else None
        if isinstance(node, ast.Name | ast.Attribute):
            found = self._of_object(place, node)
            return known(found) if found is not None else None
        return None

    def _of_object(self, place: Place, node: ast.Name | ast.Attribute) -> Track | None:
        reference = self.references.of(place)
        if reference is None:
            return None
        if any(source.holds(reference) for source in self.inputs):
            return TRACKED
        if reference in self.models or any(reference.holds(model) for model in self.models):
            return UNCLEAR  # the model, or what keeps it, as a value
        if any(model.holds(reference) for model in self.models):
            values = self.types.values(place.module, node)
            if not values or not all(value in _PLAIN for value in values):
                return UNCLEAR
        if isinstance(node, ast.Name) and self._is_outer_parameter(place, node):
            return CONSTANT
        return None

    @staticmethod
    def _is_outer_parameter(place: Place, node: ast.Name) -> bool:
        """Whether a name is a parameter that no call on the way fills: what it is given is no business of this tape."""
        bindings = bindings_of(place.module, node)
        functions = [binding.scope.function for binding in bindings if binding.kind is BindingKind.PARAMETER]
        return (
            bool(bindings)
            and len(functions) == len(bindings)
            and all(place.run is None or place.run.of(function) is None for function in functions)
        )

    def _of_call(self, evaluator: Evaluator[Track], place: Place, node: ast.Call) -> Track | None:
        name = last_name(node.func) or ""
        if name in gradient_calls.STOPS or name in gradient_calls.FORM_CALLS:
            return CONSTANT
        if name in model_methods.PREDICT_FAMILY and isinstance(node.func, ast.Attribute):
            return CONSTANT  # which is for another rule to judge
        values = self.types.values(place.module, node.func)
        words = self._ends(node, name, values)
        if words is not None:
            return self._ended(place, combined(self._operands(evaluator, place, node)), *words)
        reference = self.references.of(place.at(node.func))
        if reference is not None and any(model.holds(reference) for model in self.models):
            found = self._of_part(evaluator, place, node, reference, values)
            if found is not None:
                return found
        if any(isinstance(v, FunctionObject) and v.function.has_decorator(*gradient_calls.BY_HAND) for v in values):
            return combined(self._operands(evaluator, place, node))
        loss = self._loss(values)
        if loss is not None:
            return one(evaluator.returned(place, node, loss, 1))
        return None

    def _of_part(
        self,
        evaluator: Evaluator[Track],
        place: Place,
        node: ast.Call,
        reference: Reference,
        values: tuple[Value, ...],
    ) -> Track | None:
        """A call of a model whose weights are the sources, or of an attribute of it."""
        if reference in self.models or reference.attributes[-1:] == ("call",) or any(map(self._has_weights, values)):
            return TRACKED if self._is_recorded(place) else CONSTANT
        if any(isinstance(value, FunctionObject) for value in values):
            return None  # a method of it: followed
        operands = list(self._operands(evaluator, place, node))
        if values and not any(isinstance(value, KerasModel | Instance) for value in values):
            return combined(operands) if all(isinstance(value, External) for value in values) else None
        return combined([UNCLEAR, *operands])

    def _has_weights(self, value: Value) -> bool:
        return isinstance(value, KerasModel | KerasLayer) or (
            isinstance(value, Instance)
            and (self.types.is_model_class(value.cls) or self.types.is_layer_class(value.cls))
        )

    def _loss(self, values: tuple[Value, ...]) -> Function | None:
        """The `call` of a loss class of the project."""
        for value in values:
            if isinstance(value, Instance):
                names = self.types.external_bases(value.cls)
                if any(name.endswith(".Loss") or name.startswith("keras.losses.") for name in names):
                    return self.types.method(value.cls, "call")
        return None

    def _is_recorded(self, place: Place) -> bool:
        """Whether what runs at a place runs under the tape, and not while it is told to stop."""
        run, node, module = place.run, place.node, place.module
        if _stopped(module, node):
            return False
        while run is not None and run.edge is not None:
            node, module = run.edge.node, run.edge.module
            if _stopped(module, node):
                return False
            run = run.outer
        if self.recorded is None or module.function_of(node) is not module.function_of(self.recorded):
            return True
        return any(parent is self.recorded for _, parent in module.ancestors(node))

    # Where a gradient ends

    def _ends(self, call: ast.Call, name: str, values: tuple[Value, ...]) -> tuple[str, str] | None:
        """Words for a call that no gradient passes, None for any other."""
        external = next((value.name for value in values if isinstance(value, External)), None)
        is_method = isinstance(call.func, ast.Attribute)
        if name == "numpy" and is_method and not call.args:
            return ".numpy()", _OMIT
        if name in gradient_calls.NUMBERS and not is_method and not values and call.args:
            return f"{name}()", _OMIT
        mapped = call.args[0] if name == "map" and not is_method and call.args else None
        if isinstance(mapped, ast.Name) and mapped.id in gradient_calls.NUMBERS:
            return f"{mapped.id}()", _OMIT
        if name in gradient_calls.TO_PYTHON and is_method and not call.args:
            return f".{name}()", _OMIT
        if external is None:
            return None
        if external in gradient_calls.TO_ARRAY:
            return f"{name}()", _OMIT
        if external.startswith(gradient_calls.ARRAY_LIBRARIES) and not external.startswith("numpy.random."):
            return f"{external.replace('numpy.', 'np.', 1)}()", _TWIN
        if external in gradient_calls.WITHOUT_GRADIENT:
            return f"{name}()", "use tf.py_function, or TensorFlow's own functions"
        if external.startswith(gradient_calls.TENSOR_LIBRARIES):
            return _ending_in_whole_numbers(call, name)
        return None

    @staticmethod
    def _ended(place: Place, operand: Track, what: str, instead: str) -> Track:
        if operand.depends:
            return Track(left=frozenset([Left(place.module, place.node, what, instead, place.run)]))
        return Track(left=operand.left)

    def _operands(self, evaluator: Evaluator[Track], place: Place, node: ast.Call) -> Iterable[Track]:
        """What a call computes with: its arguments, and the object whose method it is."""
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            if isinstance(argument, ast.Lambda) or self._is_function(place.module, argument):
                yield UNCLEAR
            else:
                yield one(evaluator.evaluate(place.at(argument))).plain()
        called = read_back(self.types, place.module, node.func) or node.func
        if isinstance(called, ast.Attribute):
            # What keeps the model beside what is called says nothing of that: `self.loss(...)`.
            if not (self._keeps_a_model(place.at(called.value)) and self._is_readable(place, node)):
                yield one(evaluator.evaluate(place.at(called.value))).plain()
        elif not isinstance(called, ast.Name) and self.references.of(place.at(called)) is None:
            yield UNCLEAR

    def _is_function(self, module: Module, node: ast.expr) -> bool:
        return isinstance(node, ast.Name | ast.Attribute) and any(
            isinstance(value, FunctionObject) for value in self.types.values(module, node)
        )

    # What is no name and no function of the project

    def expression(self, evaluator: Evaluator[Track], place: Place) -> Answer[Track]:
        return known(self._track(evaluator, place))

    def _track(self, evaluator: Evaluator[Track], place: Place) -> Track:
        node = place.node

        def of(inner: ast.expr) -> Track:
            return one(evaluator.evaluate(place.at(inner)))

        if isinstance(node, ast.Call):
            return self._library_call(evaluator, place, node)
        if isinstance(node, ast.BinOp):
            operands = (of(node.left).plain(), of(node.right).plain())
            return added(operands) if isinstance(node.op, ast.Add | ast.Sub) else combined(operands)
        if isinstance(node, ast.UnaryOp):
            return of(node.operand).plain()
        if isinstance(node, ast.Compare):
            operand = combined([of(node.left), *(of(item) for item in node.comparators)])
            if any(isinstance(operator, ast.Is | ast.IsNot | ast.In | ast.NotIn) for operator in node.ops):
                return CONSTANT
            return self._ended(place, operand, "a comparison", "use a differentiable loss on the values themselves")
        if isinstance(node, ast.Attribute):
            return (
                CONSTANT
                if node.attr in gradient_calls.FORM_ATTRIBUTES
                else self._attribute(place, node, of(node.value))
            )
        if isinstance(node, ast.Subscript):
            return self._item(of(node.value), node)
        return self._container(evaluator, place)

    @staticmethod
    def _attribute(place: Place, node: ast.Attribute, owner: Track) -> Track:
        return owner.plain() if owner.depends or owner.left else Track(may=owner.may)

    @staticmethod
    def _item(base: Track, node: ast.Subscript) -> Track:
        index = node.slice.value if isinstance(node.slice, ast.Constant) else None
        for key, item in base.fields:
            if key == index and type(key) is type(index):
                return item
        return base.plain()

    def _container(self, evaluator: Evaluator[Track], place: Place) -> Track:
        node = place.node

        def of(inner: ast.expr) -> Track:
            return one(evaluator.evaluate(place.at(inner)))

        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            items = [of(item) for item in node.elts]
            return replace(added(items), fields=tuple(enumerate(items)))
        if isinstance(node, ast.Dict):
            values = [of(value) for value in node.values]
            keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
            pairs = [(key, value) for key, value in zip(keys, values, strict=True) if key is not None]
            return replace(added(values), fields=tuple(pairs) if len(pairs) == len(values) else ())
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            return of(node.elt).plain()
        if isinstance(node, ast.DictComp):
            return of(node.value).plain()
        return CONSTANT

    def _library_call(self, evaluator: Evaluator[Track], place: Place, node: ast.Call) -> Track:
        name = last_name(node.func) or ""
        operands = list(self._operands(evaluator, place, node))
        if name == "partial" or not self._is_readable(place, node):
            return combined([UNCLEAR, *operands])
        if name in gradient_calls.LINEAR and (len(node.args) == 1 or name in ("add", "cast", "convert_to_tensor")):
            return added(operands)
        return combined(operands)

    def _is_readable(self, place: Place, node: ast.Call) -> bool:
        """Whether a call has no way to the sources but its arguments: a library's, or an object without them."""
        values = self.types.values(place.module, node.func)
        if any(isinstance(value, FunctionObject) for value in values):
            return False  # one of the project that could not be followed
        if values or not isinstance(node.func, ast.Attribute):
            return True
        return not self._keeps_a_model(place.at(node.func.value))

    def _keeps_a_model(self, place: Place) -> bool:
        """Whether an expression is an object that holds a model whose weights are the sources."""
        owner = self.references.of(place)
        return owner is not None and any(owner.holds(model) for model in self.models)

    def of_type(self, evaluator: Evaluator[Track], place: Place, found: Answer[Track]) -> Answer[Track]:
        """What nothing is known of is data, unless it could not be followed."""
        node = place.node
        if found.complete:
            return found
        if isinstance(node, ast.Name):
            followed = (BindingKind.ASSIGN, BindingKind.AUGMENT)
            unread = any(b.kind in followed for b in bindings_of(place.module, node))
            return known(UNCLEAR if unread else CONSTANT)
        if isinstance(node, ast.Attribute):
            return known(CONSTANT)
        return known(UNCLEAR)

    def unset(self) -> Answer[Track]:
        return Answer()

    # Elements

    def count(self) -> Answer[Track]:
        return known(CONSTANT)

    def yielded(self, value: Track) -> Track:
        return value

    def element(self, value: Track) -> Answer[Track]:
        return known(either(item for _, item in value.fields) if value.fields else value)

    def held(self, value: Track) -> Answer[Track]:
        return self.element(value)

    def is_container(self, value: Track) -> bool:
        return True  # a list of tracked values is tracked itself

    def item(self, value: Track, index: int) -> Answer[Track]:
        return known(next((item for key, item in value.fields if key == index), value.plain()))

    def packed(self, items: tuple[Answer[Track], ...]) -> Answer[Track]:
        tracks = [one(item) for item in items]
        return known(replace(added(tracks), fields=tuple(enumerate(tracks))))

    def counted(self, evaluator: Evaluator[Track], place: Place) -> Answer[Track]:
        return unknown()

    def grown(self, value: Track, additions: Additions, added_: Answer[Track], walked: Answer[Track]) -> Answer[Track]:
        return known(added([value.plain(), one(added_).plain()]))

    def filled(self, value: Track, stored: tuple[Answer[Track], ...]) -> Answer[Track]:
        return known(value)

    def augmented(
        self, node: ast.AugAssign, before: Answer[Track], operand: Answer[Track], again: bool
    ) -> Answer[Track]:
        operands = (one(before).plain(), one(operand).plain())
        return known(added(operands) if isinstance(node.op, ast.Add | ast.Sub) else combined(operands))


def _ending_in_whole_numbers(call: ast.Call, name: str) -> tuple[str, str] | None:
    if name in gradient_calls.WHOLE:
        return f"{name}()", "use a differentiable loss on the scores themselves"
    if name in gradient_calls.COMPARISONS:
        return f"{name}()", "use a differentiable loss on the values themselves"
    if name == "cast" and len(call.args) + len(call.keywords) >= 2:
        kind = next((keyword.value for keyword in call.keywords if keyword.arg == "dtype"), call.args[-1])
        text = kind.value if isinstance(kind, ast.Constant) else last_name(kind)
        if isinstance(text, str) and text.startswith(gradient_calls.INTEGERS):
            return f"a cast to {text}", "use a differentiable loss on the values themselves"
    return None


def _stopped(module: Module, node: ast.AST) -> bool:
    """Whether a node stands in `with tape.stop_recording():`."""
    if "stop_recording" not in module.calls:
        return False
    function = module.function_of(node)
    return any(
        isinstance(parent, ast.With | ast.AsyncWith)
        and module.function_of(parent) is function
        and any(last_name(item.context_expr) == "stop_recording" for item in parent.items)
        for _, parent in module.ancestors(node)
    )
