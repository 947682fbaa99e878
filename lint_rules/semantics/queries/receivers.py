"""Is the receiver of a predict-family call a Keras model?

Names prove nothing. A model is proven by how the code makes it; weaker evidence (it is compiled, fitted batch by batch,
or predicts with arguments that only Keras takes) makes it likely; a class with a `predict` of its own, or another
library's object, is not Keras.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from enum import Enum, auto

from lint_rules.records import dataclass
from lint_rules.regex import lazy_pattern
from lint_rules.semantics.calls.call_graph import Callers, inference_of
from lint_rules.semantics.domains.array_readings import array
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import (
    Basic,
    ClassObject,
    Collection,
    External,
    FunctionObject,
    Instance,
    KerasLayer,
    KerasModel,
    ModelMethod,
    ModuleObject,
    Result,
    Value,
    Values,
    union,
)
from lint_rules.semantics.effects.arguments import uses_of_argument
from lint_rules.semantics.flow.use_def import bindings_of, uses_of
from lint_rules.semantics.knowledge import keras_names
from lint_rules.semantics.project.prefilter import defining
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.docstrings import said_of_parameter
from lint_rules.semantics.syntax.module_index import Class, Function, Module, dotted, last_name
from lint_rules.semantics.syntax.scopes import BindingKind
from lint_rules.semantics.syntax.testcode import is_test_file

# Methods that only Keras models have, of those that code calls on them.
_KERAS_METHODS = frozenset(
    [
        "train_on_batch",
        "test_on_batch",
        "fit_generator",
        "predict_generator",
        "evaluate_generator",
        "load_weights",
        "save_weights",
        "get_layer",
        "compile",
        "to_json",
        "summary",
        "set_weights",
        "get_weights",
        "predict_on_batch",
        "make_predict_function",
    ]
)
# Of these, each alone is evidence enough in a project that uses Keras; the others need company.
_STRONG_METHODS = frozenset(
    [
        "train_on_batch",
        "test_on_batch",
        "fit_generator",
        "predict_on_batch",
        "get_layer",
        "load_weights",
        "save_weights",
        "evaluate_generator",
        "predict_generator",
        "make_predict_function",
    ]
)
_COMPILE_WORDS = frozenset({"loss", "optimizer", "metrics", "loss_weights"})
_PREDICT_WORDS = frozenset({"verbose", "batch_size", "steps", "callbacks", "workers", "use_multiprocessing"})
# A call of predict with nothing but such words, among the uses of a name.
_SIGNED = "predict(batch_size)"
_FIT_WORDS = frozenset({"epochs", "nb_epoch", "validation_data", "validation_split", "callbacks", "steps_per_epoch"})

_KERAS_MODEL = lazy_pattern(r"\bkeras(?:\.\w+)*\.(?:Model|Sequential)\b|\bkeras\b[`'\s-]+(?:\w+[\s-])?models?\b", re.I)
_OTHER_MODEL = lazy_pattern(r"torch|sklearn|scikit|xgboost|lightgbm|\bor an?\b|wrapper|\bmxnet\b|\bonnx\b", re.I)


class Verdict(Enum):
    """Whether a receiver is a Keras model."""

    PROVEN = auto()
    LIKELY = auto()
    UNKNOWN = auto()
    NO = auto()

    @property
    def is_model(self) -> bool:
        return self in (Verdict.PROVEN, Verdict.LIKELY)


@dataclass(frozen=True, slots=True)
class Receiver:
    """What is known of a receiver: the verdict, the evidence in words, and the models it can be."""

    verdict: Verdict
    evidence: str
    models: tuple[KerasModel | Instance, ...] = ()


class Receivers:
    """The questions `is this a Keras model` over one project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.inference: Inference = inference_of(project)

    def of_call(self, module: Module, call: ast.Call) -> Receiver:
        """The receiver of `receiver.method(...)`, judged with the call's own arguments as evidence."""
        function = call.func
        assert isinstance(function, ast.Attribute)
        return self.project.memo.ask(
            ("receiver", call), lambda: self._of_call(module, call, function), Receiver(Verdict.UNKNOWN, "")
        )

    def _of_call(self, module: Module, call: ast.Call, function: ast.Attribute) -> Receiver:
        found = self.of(module, function.value, function.attr, call)
        if found.verdict is not Verdict.UNKNOWN:
            return found
        return self._weak(module, call, function) or found

    def of(self, module: Module, node: ast.expr, method: str = "predict", call: ast.Call | None = None) -> Receiver:
        """Whether an expression is a Keras model whose `method` is Keras's own, from how the code makes it."""
        text = dotted(node)
        options = self.project.options
        if text is not None and text in options.not_models:
            return Receiver(Verdict.NO, "named in not-models")
        if text is not None and text in options.model_attributes:
            return Receiver(Verdict.PROVEN, "named in model-attributes")
        values = self._followed(_without_doubles(module, self.inference.values(module, node)), method)
        return self.of_values(values if call is None else self._taking(values, method, call), method)

    def _taking(self, values: Values, method: str, call: ast.Call) -> Values:
        """Of the values of a receiver those that can take a call, by the words in it, where they do not all have to.

        A wrapper whose own `predict` has no `verbose` is not what `predict(x, verbose=0)` is called on.
        """
        words = {keyword.arg for keyword in call.keywords if keyword.arg}
        own = {
            value: function
            for value in values
            if isinstance(value, Instance) and (function := self.inference.method(value.cls, method)) is not None
        }
        if not words or not own or method != "predict" or any(keyword.arg is None for keyword in call.keywords):
            return values
        foreign = words - _PREDICT_WORDS - {"x"}

        def takes(value: Value) -> bool:
            if isinstance(value, Instance) and value in own:
                arguments = own[value].node.args
                names = {item.arg for item in [*own[value].parameters, *arguments.kwonlyargs]}
                return arguments.kwarg is not None or words <= names
            return not (foreign and isinstance(value, KerasModel))

        return tuple(value for value in values if takes(value)) or values

    def _followed(self, values: Values, method: str) -> Values:
        """The values, with what has the method in place of a wrapper that only keeps it, or hands it on."""
        found: list[Values] = []
        for value in values:
            handed: Values = ()
            if isinstance(value, Instance) and self.inference.method(value.cls, method) is None:
                if not self.inference.is_model_class(value.cls):
                    handed = self._kept(value, method) or self.inference.delegate(value.cls)
            found.append(handed or (value,))
        return union(*found)

    def _kept(self, value: Instance, method: str) -> Values:
        """The models whose method an object keeps under the same name: `self.predict = self.model.predict`."""
        kept = (
            self.inference.attribute(value, method)
            if any(method in cls.stores for cls in self.inference.lineage(value.cls))
            else ()
        )
        return tuple(item.model for item in kept if isinstance(item, ModelMethod) and item.name == method)

    def of_values(self, values: Values, method: str = "predict") -> Receiver:
        """Whether values that an expression can have are Keras models."""
        models: list[KerasModel | Instance] = []
        against = 0
        rivals = False
        evidence = ""
        for value in values:
            verdict, reason = self._judge(value, method)
            rivals = rivals or (verdict is Verdict.NO and self._rivals(value, method))
            if verdict is Verdict.PROVEN:
                models.append(value)  # type: ignore[arg-type]
                evidence = evidence or reason
            elif verdict is Verdict.NO:
                against += 1
                evidence = evidence if models else evidence or reason
        if models and rivals:
            # Code that takes scikit-learn's estimators and wrappers as well is not written for Keras.
            return Receiver(Verdict.UNKNOWN, evidence, tuple(models))
        if models:
            return Receiver(Verdict.LIKELY if against else Verdict.PROVEN, evidence, tuple(models))
        if against:
            return Receiver(Verdict.NO, evidence)
        return Receiver(Verdict.UNKNOWN, "the code does not show what this is")

    def _rivals(self, value: Value, method: str) -> bool:
        """Whether a value has the method, and not Keras's: the same code then serves both."""
        if isinstance(value, Instance):
            return self.inference.method(value.cls, method) is not None
        return isinstance(value, Result) and not keras_names.lacks_predict(value.name)

    def _judge(self, value: Value, method: str) -> tuple[Verdict, str]:
        if isinstance(value, KerasModel):
            return Verdict.PROVEN, f"made by {value.maker}"
        if isinstance(value, Instance):
            cls = value.cls
            if self.inference.method(cls, method) is not None:
                return Verdict.NO, f"{cls.name} has its own {method}"
            if self.inference.is_model_class(cls):
                return Verdict.PROVEN, f"{cls.name} is a Keras model"
            if self.inference.is_layer_class(cls):
                return Verdict.NO, f"{cls.name} is a Keras layer"
            known = self.inference.external_bases(cls)
            if not known and all(not base for base in self._unknown_bases(value)):
                return Verdict.NO, f"{cls.name} is not a Keras model"
            if any(keras_names.is_other_library(name) or name.endswith("TestCase") for name in known):
                return Verdict.NO, f"{cls.name} is not a Keras model"
            return Verdict.UNKNOWN, ""
        if isinstance(value, Result):
            if keras_names.is_other_library(value.name):
                return Verdict.NO, f"made by {value.name}"
            return Verdict.UNKNOWN, ""
        if isinstance(value, KerasLayer):
            # get_layer(...) and .layers can give a nested model.
            return Verdict.UNKNOWN, ""
        if isinstance(value, External | ModuleObject | ClassObject | FunctionObject | ModelMethod | Collection):
            return Verdict.NO, "no instance of a model"
        if value is Basic.NONE:
            return Verdict.UNKNOWN, ""
        return Verdict.NO, f"a {value.value}"

    def _unknown_bases(self, value: Instance) -> list[bool]:
        """For every base of the class (and of its bases): whether the code does not show what it is."""
        found = []
        for owner in self.inference.lineage(value.cls):
            for base in owner.node.bases:
                name = last_name(base)
                if isinstance(base, ast.Name) and name in ("object", "Exception", "ABC", "Protocol", "Generic"):
                    continue
                found.append(not self.inference.values(owner.module, base))
        return found

    # Weak evidence

    def _weak(self, module: Module, call: ast.Call, function: ast.Attribute) -> Receiver | None:
        """Evidence from how the same name or attribute is used nearby; the module or its project must use Keras."""
        if not uses_keras(self.project, module):
            return None
        node = function.value
        values = self.inference.values(module, node)
        if any(not isinstance(value, Result | KerasLayer | Instance) and value is not Basic.NONE for value in values):
            return None
        if any(isinstance(value, Instance) and self.inference.method(value.cls, "predict") for value in values):
            return None
        if values and all(isinstance(value, KerasLayer) and value.name == "keras.layers.Layer" for value in values):
            return Receiver(Verdict.LIKELY, f"a layer of a model with {function.attr}() is a model in it")
        spelled = list(self._spellings(module, node))
        told = [(where is module, _documented_as_model(where, other)) for where, other in spelled]
        elsewhere = [documented for here, documented in told if not here]
        # A base class is handed models by all that extend it: one of them for Keras speaks for none of the others.
        if (True, True) in told or (elsewhere and all(elsewhere)):
            return Receiver(Verdict.LIKELY, "its documentation calls it a Keras model")
        used = {use for where, other in spelled for use in self._uses(where, other)}
        words = {keyword.arg for keyword in call.keywords if keyword.arg}
        signed = function.attr == "predict" and words & _PREDICT_WORDS and not (words - _PREDICT_WORDS - {"x"})
        if signed and not self.others_define("predict"):
            return Receiver(Verdict.LIKELY, f"predict({', '.join(sorted(words))}=...) is Keras's signature")
        if _SIGNED in used and not self.others_define("predict"):
            return Receiver(Verdict.LIKELY, "predict() is called on it with arguments that Keras has")
        strong = sorted(method for method in used & _STRONG_METHODS if not self.others_define(method))
        shown = sorted(used & keras_names.MODEL_ATTRIBUTES)
        if strong:
            return Receiver(Verdict.LIKELY, f"{strong[0]}() is called on it")
        if shown and not self.others_define("predict"):
            return Receiver(Verdict.LIKELY, f"{shown[0]} is read of it")
        if not values and function.attr == "predict" and self._takes_images(module, call):
            return Receiver(
                Verdict.LIKELY, "it predicts on three axes or more, where no other library is used that does"
            )
        if "compile(loss)" in used or "fit(epochs)" in used:
            return Receiver(Verdict.LIKELY, "it is compiled or fitted as Keras models are")
        company = sorted(used & _KERAS_METHODS)
        if len(company) >= 2:
            return Receiver(Verdict.LIKELY, f"{company[0]}() and {company[1]}() are called on it")
        return None

    def _takes_images(self, module: Module, call: ast.Call) -> bool:
        """Whether a call predicts on an array of three axes or more in a module that uses Keras and nothing like it.

        Tables have two axes: what predicts on more is a network.
        """
        libraries = libraries_of(module)
        rivals = keras_names.OTHER_LIBRARIES - keras_names.NO_IMAGES
        if not libraries & keras_names.PACKAGES or libraries & rivals or self.others_define("predict"):
            return False
        given = array(self.project, module, call.args[0]).values if call.args else frozenset()
        return bool(given) and all(value.is_array and len(value.dims) > 2 for value in given)

    def others_define(self, method: str) -> bool:
        """Whether a class of the project has such a method of its own: then an unknown receiver may be one of those."""
        return any(
            method in cls.methods for module in defining(self.project, method) for cls in module.classes.values()
        )

    def _spellings(self, module: Module, node: ast.expr, depth: int = 0) -> Iterator[tuple[Module, ast.expr]]:
        """Other expressions that are the same object: what callers pass for it, what is stored under it, and what the
        functions that it is passed to call it.
        """
        yield module, node
        if depth >= 3:
            return
        if isinstance(node, ast.Name):
            if depth == 0:
                yield from self._passed_on(module, node)
            for binding in bindings_of(module, node):
                function = binding.scope.function
                if binding.kind is BindingKind.PARAMETER and isinstance(binding.node, ast.arg) and function is not None:
                    for edge in Callers.of(self.project).edges(function)[:20]:
                        argument = edge.argument(function, binding.node)
                        if isinstance(argument, ast.Name | ast.Attribute):
                            yield from self._spellings(edge.module, argument, depth + 1)
                elif isinstance(binding.value, ast.Name | ast.Attribute) and not binding.path:
                    yield from self._spellings(module, binding.value, depth + 1)
        elif isinstance(node, ast.Attribute):
            owner = _method_owner(module.function_of(node))
            if isinstance(owner, Class) and isinstance(node.value, ast.Name):
                for cls in self.inference.lineage(owner):
                    for store in cls.stores.get(node.attr, ()):
                        if isinstance(store.value, ast.Name | ast.Attribute) and not store.path:
                            yield from self._spellings(cls.module, store.value, depth + 1)

    def _passed_on(self, module: Module, node: ast.Name) -> Iterator[tuple[Module, ast.expr]]:
        """The parameters that get what a name holds, each at its first use."""
        for binding in bindings_of(module, node):
            for use in uses_of(module, binding):
                given = uses_of_argument(self.inference, module, use) or ()
                yield from {function: (function.module, inner) for _, function, inner in reversed(given)}.values()

    def _uses(self, module: Module, node: ast.expr) -> set[str]:
        """The methods that are called on the same name (in its scope) or the same attribute (of the same class)."""
        found: set[str] = set()
        text = dotted(node)
        if text is None:
            return found
        names = _KERAS_METHODS | {"fit", "predict"}
        for method in names:
            for call in module.calls.get(method, ()):
                if not isinstance(call.func, ast.Attribute) or dotted(call.func.value) != text:
                    continue
                if not self._same(module, node, call.func.value):
                    continue
                words = {keyword.arg for keyword in call.keywords if keyword.arg}
                if method == "compile":
                    if words & _COMPILE_WORDS:
                        found.add("compile(loss)")
                elif method == "fit":
                    if words & _FIT_WORDS:
                        found.add("fit(epochs)")
                elif method == "predict":
                    if words & _PREDICT_WORDS and not words - _PREDICT_WORDS:
                        found.add(_SIGNED)
                else:
                    found.add(method)
        found |= {
            name
            for name in keras_names.MODEL_ATTRIBUTES
            for read in module.attributes.get(name, ())
            if dotted(read.value) == text and self._same(module, node, read.value)
        }
        return found

    @staticmethod
    def _same(module: Module, one: ast.expr, other: ast.expr) -> bool:
        """Whether two spellings of a dotted name mean the same object: same variable, or the `self` of one class."""
        while isinstance(one, ast.Attribute) and isinstance(other, ast.Attribute):
            one, other = one.value, other.value
        if not isinstance(one, ast.Name) or not isinstance(other, ast.Name):
            return False
        first, second = module.scopes[one].find(one.id), module.scopes[other].find(other.id)
        if first is second:
            return True
        return (
            first is not None
            and second is not None
            and _method_owner(first.function) is not None
            and _method_owner(first.function) is _method_owner(second.function)
        )


def _without_doubles(module: Module, values: Values) -> Values:
    """The values without objects of classes that only tests define: they stand in for what the code is written for."""
    if is_test_file(module.path, module.text):
        return values
    return tuple(
        value
        for value in values
        if not (isinstance(value, Instance) and is_test_file(value.cls.module.path, value.cls.module.text))
    )


def _documented_as_model(module: Module, node: ast.expr) -> bool:
    """Whether a name is a parameter of which the docstring says that it is a Keras model, and nothing else."""
    for binding in bindings_of(module, node) if isinstance(node, ast.Name) else ():
        function = binding.scope.function
        if binding.kind is BindingKind.PARAMETER and function is not None:
            said = said_of_parameter(function, binding.name)
            if _KERAS_MODEL.search(said) and not _OTHER_MODEL.search(said):
                return True
    return False


def _method_owner(function: Function | None) -> object:
    return function.owner if function is not None and function.is_method else None


def libraries_of(module: Module) -> frozenset[str]:
    """The packages that a module imports from anywhere but its own."""

    def found() -> frozenset[str]:
        imports = [node for node in module.scopes if isinstance(node, ast.Import)]
        froms = [node for node in module.scopes if isinstance(node, ast.ImportFrom) and not node.level]
        names = [alias.name for node in imports for alias in node.names] + [node.module or "" for node in froms]
        return frozenset(name.partition(".")[0] for name in names)

    return module.once("libraries", found)


def uses_keras(project: Project, module: Module) -> bool:
    """Whether a module imports Keras or TensorFlow, or is in one project with modules that do."""
    return "keras" in module.text or "tensorflow" in module.text or bool(project.files_mentioning("keras"))


def receivers_of(project: Project) -> Receivers:
    """The one instance that answers for a project."""
    return project.memo.one(Receivers, lambda: Receivers(project))
