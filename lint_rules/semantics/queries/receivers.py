"""Is the receiver of a predict-family call a Keras model?

Names prove nothing. A model is proven by how the code makes it; weaker evidence (it is compiled, fitted batch by batch,
or predicts with arguments that only Keras takes) makes it likely; a class with a `predict` of its own, or another
library's object, is not Keras.
"""

from __future__ import annotations

import ast
from enum import Enum, auto

from lint_rules.records import dataclass
from lint_rules.semantics.calls.call_graph import inference_of
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
from lint_rules.semantics.knowledge import keras_names
from lint_rules.semantics.knowledge.model_methods import BY_NAME
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.receiver_evidence import weak_evidence, without_doubles
from lint_rules.semantics.syntax.module_index import Function, Module, dotted, last_name


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
        evidence = weak_evidence(self.project, module, call)
        return Receiver(Verdict.LIKELY, evidence) if evidence is not None else found

    def of(self, module: Module, node: ast.expr, method: str = "predict", call: ast.Call | None = None) -> Receiver:
        """Whether an expression is a Keras model whose `method` is Keras's own, from how the code makes it."""
        text = dotted(node)
        options = self.project.options
        if text is not None and text in options.not_models:
            return Receiver(Verdict.NO, "named in not-models")
        if text is not None and text in options.model_attributes:
            return Receiver(Verdict.PROVEN, "named in model-attributes")
        values = self._followed(without_doubles(module, self.inference.values(module, node)), method)
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
        foreign = words - BY_NAME["predict"].own - {"x"}

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
            own = self.inference.method(value.cls, method)
            return own is not None and not self._hands_on(own)
        return isinstance(value, Result) and not keras_names.lacks_predict(value.name)

    def _hands_on(self, function: Function) -> bool:
        """Whether a method of a wrapper calls the same method of a Keras model: it is written for nothing else."""
        return self.project.memo.ask(("hands on", function), lambda: self._calls_its_model(function), False)

    def _calls_its_model(self, function: Function) -> bool:
        module = function.module
        calls = [call for call in module.calls.get(function.name, ()) if module.function_of(call) is function]
        return any(self.of(module, c.func.value).verdict.is_model for c in calls if isinstance(c.func, ast.Attribute))

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
        if isinstance(value, External | ModuleObject | ClassObject | FunctionObject | ModelMethod):
            return Verdict.NO, "no instance of a model"
        if value is Basic.NONE or isinstance(value, Collection):
            # Nobody asks a list to predict: the code tells one from a model before, as in `if not isinstance(m, list)`.
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


def receivers_of(project: Project) -> Receivers:
    """The one instance that answers for a project."""
    return project.memo.one(Receivers, lambda: Receivers(project))
