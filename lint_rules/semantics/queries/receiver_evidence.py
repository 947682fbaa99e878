"""What shows that a receiver is a Keras model where the code does not show how it was made.

Each kind of evidence is a function that gives it in words, or None; `EVIDENCE` is the order in which they are asked.
None rests on a name: they are what is called on the same object, read of it, said of it in documentation, or what it
predicts on.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from lint_rules.records import dataclass
from lint_rules.semantics.calls.call_graph import Callers, inference_of
from lint_rules.semantics.calls.contexts import RegionKind, contexts_of
from lint_rules.semantics.domains.array_readings import array
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import Basic, Collection, Instance, KerasLayer, Result, Values
from lint_rules.semantics.effects.arguments import call_given, uses_of_argument
from lint_rules.semantics.flow.use_def import bindings_of, uses_of
from lint_rules.semantics.knowledge import keras_names
from lint_rules.semantics.knowledge.model_methods import ATTRIBUTES, BY_NAME, METHODS, Shows
from lint_rules.semantics.project.prefilter import defining
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.docstrings import said_of_parameter
from lint_rules.semantics.syntax.module_index import Class, Function, Module, dotted
from lint_rules.semantics.syntax.scopes import BindingKind, Scope
from lint_rules.semantics.syntax.testcode import is_test_file

_DEPTH = 3
"""How many calls and assignments away an object is still followed."""
_CALLERS = 20
"""Of how many calls of a function the arguments are looked at."""
_Object = tuple[str, Class | Scope | None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A call whose receiver is in question, and the expressions that are the same object."""

    project: Project
    module: Module
    call: ast.Call
    values: Values
    spelled: tuple[tuple[Module, ast.expr], ...]
    used: frozenset[str]
    """The methods that are called on the object and show something of it, and the attributes that are read of it."""

    @property
    def method(self) -> str:
        assert isinstance(self.call.func, ast.Attribute)
        return self.call.func.attr


def weak_evidence(project: Project, module: Module, call: ast.Call) -> str | None:
    """Why the receiver of `receiver.method(...)` is likely to be a Keras model, in a project that uses Keras."""
    assert isinstance(call.func, ast.Attribute)
    node = call.func.value
    inference = inference_of(project)
    values = without_doubles(module, inference.values(module, node))
    if not uses_keras(project, module) or not _may_be_model(inference, values):
        return None
    spelled = tuple(_spellings(project, module, node))
    used = frozenset(use for where, other in spelled for use in _uses(where, other))
    asked = Asked(project, module, call, values, spelled, used)
    return next((words for evidence in EVIDENCE if (words := evidence(asked)) is not None), None)


def _may_be_model(inference: Inference, values: Values) -> bool:
    """Whether nothing that is known of an object speaks against a Keras model."""
    known = [value for value in values if value is not Basic.NONE and not isinstance(value, Collection)]
    return all(isinstance(value, Result | KerasLayer | Instance) for value in known) and not any(
        isinstance(value, Instance) and inference.method(value.cls, "predict") for value in known
    )


def without_doubles(module: Module, values: Values) -> Values:
    """The values without objects of classes that only tests define: they stand in for what the code is written for."""
    if is_test_file(module.path, module.text):
        return values
    return tuple(
        value
        for value in values
        if not (isinstance(value, Instance) and is_test_file(value.cls.module.path, value.cls.module.text))
    )


# The kinds of evidence


def is_a_part_of_a_model(asked: Asked) -> str | None:
    """`model.get_layer("encoder").predict(x)`: of the layers of a model, models have the method."""
    layers = [value for value in asked.values if isinstance(value, KerasLayer) and value.name == "keras.layers.Layer"]
    found = bool(layers) and len(layers) == len(asked.values)
    return f"a layer of a model with {asked.method}() is a model in it" if found else None


def is_documented(asked: Asked) -> str | None:
    """The docstring of its parameter says so, here or wherever it is handed on.

    A base class is handed models by all that extend it: one of them for Keras speaks for none of the others.
    """
    told = [(where is asked.module, _documented_as_model(where, other)) for where, other in asked.spelled]
    elsewhere = [documented for here, documented in told if not here]
    found = (True, True) in told or (bool(elsewhere) and all(elsewhere))
    return "its documentation calls it a Keras model" if found else None


def is_called_as_keras_is(asked: Asked) -> str | None:
    """`network.predict(x, batch_size=64)`, where the project has no `predict` of its own."""
    own = BY_NAME["predict"].own
    words = {keyword.arg for keyword in asked.call.keywords if keyword.arg}
    signed = asked.method == "predict" and words & own and not words - own - {"x"}
    if not signed or others_define(asked.project, "predict"):
        return None
    return f"predict({', '.join(sorted(words))}=...) is Keras's signature"


def is_called_elsewhere_as_keras_is(asked: Asked) -> str | None:
    """The same of another call on the object."""
    found = "predict" in asked.used and not others_define(asked.project, "predict")
    return "predict() is called on it with arguments that Keras has" if found else None


def has_a_method_of_keras(asked: Asked) -> str | None:
    """`network.train_on_batch(...)`: no other library has such a method, nor has the project."""
    shown = sorted(_shown(asked.used, Shows.A_MODEL))
    method = next((name for name in shown if not others_define(asked.project, name)), None)
    return f"{method}() is called on it" if method else None


def has_an_attribute_of_keras(asked: Asked) -> str | None:
    """`network.input_shape` is read of it."""
    read = sorted(asked.used & ATTRIBUTES)
    return f"{read[0]} is read of it" if read and not others_define(asked.project, "predict") else None


def takes_images(asked: Asked) -> str | None:
    """It predicts on an array of three axes or more in a module that uses Keras and nothing like it.

    Tables have two axes: what predicts on more is a network.
    """
    libraries = libraries_of(asked.module)
    rivals = keras_names.OTHER_LIBRARIES - keras_names.NO_IMAGES
    if asked.values or asked.method != "predict" or not asked.call.args:
        return None
    if not libraries & keras_names.PACKAGES or libraries & rivals or others_define(asked.project, "predict"):
        return None
    given = array(asked.project, asked.module, asked.call.args[0]).values
    found = bool(given) and all(value.is_array and len(value.dims) > 2 for value in given)
    return "it predicts on three axes or more, where no other library is used that does" if found else None


def is_fed_by_keras(asked: Asked) -> str | None:
    """It predicts on what Keras has prepared for a network, in a module that uses nothing else which predicts."""
    if asked.values or asked.method != "predict" or not asked.call.args:
        return None
    rivals = keras_names.OTHER_LIBRARIES - keras_names.NO_IMAGES
    if libraries_of(asked.module) & rivals or others_define(asked.project, "predict"):
        return None
    given = inference_of(asked.project).values(asked.module, asked.call.args[0])
    made = [value.name for value in given if isinstance(value, Result)]
    found = bool(made) and len(made) == len(given) and all(keras_names.feeds_networks(name) for name in made)
    return f"it predicts on what Keras's {made[0].rpartition('.')[2]}() gives" if found else None


def is_differentiated(asked: Asked) -> str | None:
    """`with tf.GradientTape() as tape: y = network(x)`: what TensorFlow differentiates, and has `predict` besides."""
    contexts = contexts_of(asked.project)
    under = any(
        region.kind is RegionKind.TAPE
        for where, other in asked.spelled
        if (text := dotted(other)) is not None
        for call in where.calls.get(text.rpartition(".")[2], ())
        if _object(where, other) == _object(where, call.func)
        for region in contexts.enclosing(where, call)[0]
    )
    return "it is called under a GradientTape" if under and not others_define(asked.project, asked.method) else None


def is_trained_as_keras_is(asked: Asked) -> str | None:
    """`network.compile(loss=...)` or `network.fit(x, y, epochs=3)`."""
    return "it is compiled or fitted as Keras models are" if asked.used & {"compile", "fit"} else None


def has_several_methods_of_keras(asked: Asked) -> str | None:
    """`network.summary()` and `network.get_weights()`: each alone could be anything's."""
    shown = sorted(_shown(asked.used, Shows.A_MODEL, Shows.IN_COMPANY))
    return f"{shown[0]}() and {shown[1]}() are called on it" if len(shown) >= 2 else None


EVIDENCE: tuple[Callable[[Asked], str | None], ...] = (
    is_a_part_of_a_model,
    is_documented,
    is_called_as_keras_is,
    is_called_elsewhere_as_keras_is,
    has_a_method_of_keras,
    has_an_attribute_of_keras,
    takes_images,
    is_fed_by_keras,
    is_differentiated,
    is_trained_as_keras_is,
    has_several_methods_of_keras,
)


# What the project and the module hold


def others_define(project: Project, method: str) -> bool:
    """Whether a class of the project has such a method of its own: then an unknown receiver may be one of those.

    What only tests define stands in for what the code is written for.
    """
    return any(
        method in cls.methods and not is_test_file(module.path, module.text)
        for module in defining(project, method)
        for cls in module.classes.values()
    )


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


# What is known of the object


def _shown(used: frozenset[str], *kinds: Shows) -> set[str]:
    return {name for name in used if name in BY_NAME and BY_NAME[name].shows in kinds}


def _documented_as_model(module: Module, node: ast.expr) -> bool:
    """Whether a name is a parameter of which the docstring says that it is a Keras model, and nothing else."""
    return any(
        keras_names.is_called_a_model(said_of_parameter(binding.scope.function, binding.name))
        for binding in (bindings_of(module, node) if isinstance(node, ast.Name) else ())
        if binding.kind is BindingKind.PARAMETER and binding.scope.function is not None
    )


def _spellings(project: Project, module: Module, node: ast.expr, depth: int = 0) -> Iterator[tuple[Module, ast.expr]]:
    """Other expressions that are the same object: what callers pass for it, what is stored under it, and what the
    functions that it is passed to call it.
    """
    yield module, node
    if depth >= _DEPTH:
        return
    if isinstance(node, ast.Name):
        if depth == 0:
            yield from _passed_on(project, module, node)
        for binding in bindings_of(module, node):
            function = binding.scope.function
            if binding.kind is BindingKind.PARAMETER and isinstance(binding.node, ast.arg) and function is not None:
                for edge in Callers.of(project).edges(function)[:_CALLERS]:
                    argument = edge.argument(function, binding.node)
                    if isinstance(argument, ast.Name | ast.Attribute):
                        yield from _spellings(project, edge.module, argument, depth + 1)
            elif isinstance(binding.value, ast.Name | ast.Attribute) and not binding.path:
                yield from _spellings(project, module, binding.value, depth + 1)
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        yield from _passed_on(project, module, node)
        owner = _method_owner(module.function_of(node))
        for cls in inference_of(project).lineage(owner) if owner is not None else ():
            for store in cls.stores.get(node.attr, ()):
                if isinstance(store.value, ast.Name | ast.Attribute) and not store.path:
                    yield from _spellings(project, cls.module, store.value, depth + 1)


def _passed_on(project: Project, module: Module, node: ast.Name | ast.Attribute) -> Iterator[tuple[Module, ast.expr]]:
    """The parameters that get what a name or an attribute holds, each at its first use."""
    uses: list[ast.expr] = []
    if isinstance(node, ast.Name):
        uses = [use for binding in bindings_of(module, node) for use in uses_of(module, binding)]
    elif (named := _object(module, node)) is not None:
        uses = _arguments(module, node.attr).get(named, [])
    for use in uses:
        given = uses_of_argument(inference_of(project), module, use) or ()
        yield from {function: (function.module, inner) for _, function, inner in reversed(given)}.values()


def _uses(module: Module, node: ast.expr) -> Iterator[str]:
    """What is called on the same name (in its scope) or attribute (of the same class), and what is read of it."""
    named = _object(module, node)
    if named is None:
        return
    for method in METHODS:
        if not method.own and method.shows is Shows.NOTHING:
            continue
        for read in _reads(module, method.name).get(named, ()):
            call = module.parents.get(read)
            if isinstance(call, ast.Call) and call.func is read:
                words = {keyword.arg for keyword in call.keywords if keyword.arg}
                foreign = words - (method.takes or method.own)
                if not method.own or (words & method.own and not foreign):
                    yield method.name
    for name in ATTRIBUTES:
        if named in _reads(module, name):
            yield name


def _reads(module: Module, name: str) -> dict[_Object, list[ast.expr]]:
    """The attributes of a name in a module, by the objects of which they are read."""

    def by_object() -> dict[_Object, list[ast.expr]]:
        return _by_object((_object(module, read.value), read) for read in module.attributes.get(name, ()))

    return module.once(("reads by object", name), by_object)


def _arguments(module: Module, name: str) -> dict[_Object, list[ast.expr]]:
    """The attributes of a name in a module that calls are given, by the objects that they are."""

    def by_object() -> dict[_Object, list[ast.expr]]:
        given = (node for node in module.attributes.get(name, ()) if call_given(module, node) is not None)
        return _by_object((_object(module, node), node) for node in given)

    return module.once(("arguments by object", name), by_object)


def _by_object(found: Iterable[tuple[_Object | None, ast.expr]]) -> dict[_Object, list[ast.expr]]:
    grouped: dict[_Object, list[ast.expr]] = {}
    for named, node in found:
        if named is not None:
            grouped.setdefault(named, []).append(node)
    return grouped


def _object(module: Module, node: ast.expr) -> _Object | None:
    """What tells which object a dotted name means: the text, and the variable or the class whose `self` it is of."""
    text = dotted(node)
    if text is None:
        return None
    root = node
    while isinstance(root, ast.Attribute):
        root = root.value
    assert isinstance(root, ast.Name)
    scope = module.scopes[root].find(root.id)
    owner = _method_owner(scope.function) if scope is not None else None
    return text, owner or scope


def _method_owner(function: Function | None) -> Class | None:
    return function.owner if function is not None and function.is_method else None
