"""The calls `model(x)` of Keras models, and what rules ask about them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lint_rules.records import dataclass
from lint_rules.semantics.calls.call_graph import Callers, inference_of
from lint_rules.semantics.calls.contexts import Region, RegionKind, contexts_of
from lint_rules.semantics.domains.references import references_of
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import Instance, KerasModel, ModelMethod, Value
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.activations import Place, activation
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.higher_order import MINIMIZES, EdgeKind
from lint_rules.semantics.knowledge.layer_calls import PLAIN_METHODS
from lint_rules.semantics.knowledge.torch_names import OWN_WEIGHTS, STEPS
from lint_rules.semantics.knowledge.training_names import APPLIES
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.gradient_uses import Effect, GradientUse, Sources, uses_of
from lint_rules.semantics.syntax.module_index import Module, last_name, start
from lint_rules.semantics.syntax.scopes import BindingKind

if TYPE_CHECKING:
    from lint_rules.semantics.models.layers import Part, Truth

_DEFINED = (BindingKind.FUNCTION, BindingKind.CLASS, BindingKind.IMPORT)


@dataclass(frozen=True, slots=True)
class DirectCall:
    """A call `model(x)`; `models` are the Keras models the callee can be, `proven` tells that it is nothing else.

    `before` counts the arguments before the inputs: the two lists of weights of `model.stateless_call`.
    """

    module: Module
    call: ast.Call
    models: tuple[KerasModel | Instance, ...]
    proven: bool
    before: int = 0

    @property
    def argument(self) -> ast.expr | None:
        """What the model is called on: the first argument, or `inputs=`."""
        given = self.call.args[: self.before + 1]
        if len(given) > self.before and not any(isinstance(argument, ast.Starred) for argument in given):
            return given[-1]
        return next((k.value for k in self.call.keywords if k.arg in ("inputs", "x")), None)

    @property
    def text(self) -> str:
        """The callee as it is written."""
        return self.module.source(self.call.func, 40)


def direct_calls(module: Module, project: Project, wanted: Callable[[ast.Call], bool]) -> Iterator[DirectCall]:
    """The direct calls of Keras models in a module, in source order, of those calls that are `wanted`.

    Few calls are, by how they are written; what a call calls is a far dearer question.
    """
    inference = inference_of(project)
    for call in possible_direct_calls(module):
        direct = _direct_call(module, call, inference) if wanted(call) else None
        if direct is not None:
            yield direct


def possible_direct_calls(module: Module) -> list[ast.Call]:
    """The calls that can be direct calls of a model by how they are written, in source order."""
    return module.once("possible direct calls", lambda: _possible_direct_calls(module))


def _possible_direct_calls(module: Module) -> list[ast.Call]:
    calls = [call for named in module.calls.values() for call in named if _may_be_model(module, call)]
    calls += [call for call in module.other_calls if isinstance(call.func, ast.Subscript)]
    calls += [call for call in module.other_calls if isinstance(call.func, ast.Call) and _is_given(module, call.func)]
    return sorted(calls, key=lambda call: (*start(call), call.end_lineno or 0, call.end_col_offset or 0))


def direct_call(module: Module, call: ast.Call, project: Project) -> DirectCall | None:
    """A call as a direct call of a model, None if it is none."""
    return _direct_call(module, call, inference_of(project))


def _direct_call(module: Module, call: ast.Call, inference: Inference) -> DirectCall | None:
    values = inference.cheap_values(module, call.func)
    models = tuple(v for v in values if _is_model(inference, v))
    if not models or _is_partial(module, call.func):
        return None
    return DirectCall(module, call, models, len(models) == len(values))  # type: ignore[arg-type]


def stateless_calls(module: Module, project: Project) -> Iterator[DirectCall]:
    """The calls `model.stateless_call(trainable, non_trainable, x)` of Keras models in a module, in source order."""
    inference = inference_of(project)
    names = {"stateless_call"}
    for node in module.attributes.get("stateless_call", ()):
        # forward = model.stateless_call
        parent = module.parents.get(node)
        if isinstance(parent, ast.Assign) and parent.value is node:
            names.update(name for target in parent.targets if (name := last_name(target)) is not None)
    others = module.other_calls if "stateless_call" in module.attributes else []
    for call in sorted([*(call for name in names for call in module.calls.get(name, ())), *others], key=start):
        values = inference.values(module, call.func)
        models = tuple(v.model for v in values if isinstance(v, ModelMethod) and v.name == "stateless_call")
        if models:
            yield DirectCall(module, call, models, len(models) == len(values), before=2)


def stateless_update(site: DirectCall, project: Project) -> GradientUse | None:
    """The differentiated function in which a stateless call takes the weights by which it is derived."""
    weights = next((k.value for k in site.call.keywords if k.arg == "trainable_variables"), None)
    weights = weights or (site.call.args[0] if site.call.args else None)
    if weights is None:
        return None
    differentiated = [
        use
        for use in direct_uses(site, project)
        if use.effect is Effect.BREAKS and use.region.kind is RegionKind.DIFFERENTIATED and not _is_backward(use.region)
    ]
    if not differentiated:
        return None
    from lint_rules.semantics.queries.gradients import Gradients

    gradients = Gradients(contexts_of(project))
    return next((use for use in differentiated if gradients.is_derived_by(use, weights)), None)


def _may_be_model(module: Module, call: ast.Call) -> bool:
    """A quick test that spares most calls the question what they call."""
    function = call.func
    root: ast.expr = function
    while isinstance(root, ast.Attribute):
        root = root.value
    if not isinstance(root, ast.Name) or (not call.args and not call.keywords):
        return False
    if isinstance(function, ast.Attribute):
        around = module.function_of(call)
        if root.id == "self":
            if around is not None and around.owner is not None and function.attr in around.owner.methods:
                return False
        elif function.attr in PLAIN_METHODS:
            return False
    scope = module.scopes[root].find(root.id)
    if scope is None:
        return False
    kinds = {binding.kind for binding in scope.bindings[root.id]}
    return not kinds <= set(_DEFINED)


def _is_given(module: Module, maker: ast.Call) -> bool:
    """Whether what is called may come from a function of the project: `layers.Dense(3)(x)` makes it of a library."""
    root: ast.expr = maker.func
    while isinstance(root, ast.Attribute):
        root = root.value
    scope = module.scopes[root].find(root.id) if isinstance(root, ast.Name) else None
    if scope is None or not isinstance(root, ast.Name):
        return False
    return any(binding.kind is not BindingKind.IMPORT for binding in scope.bindings[root.id])


def _is_model(inference: Inference, value: Value) -> bool:
    if isinstance(value, KerasModel):
        return True
    return (
        isinstance(value, Instance)
        and inference.is_model_class(value.cls)
        and inference.method(value.cls, "__call__") is None
    )


def _is_partial(module: Module, node: ast.expr) -> bool:
    """`partial(model, training=True)` is called as `model(x)` and still has its training flag."""
    if isinstance(node, ast.Name):
        values = [binding.value for binding in bindings_of(module, node)]
    elif isinstance(node, ast.Attribute):
        values = [store.value for store in module.stores.get(node.attr, ())]
    else:
        return False
    return any(isinstance(value, ast.Call) and last_name(value.func) == "partial" for value in values)


# The training flag


def training_argument(site: DirectCall, project: Project) -> ast.expr | None:
    """What the call passes for `training`, by keyword or by position."""
    for keyword in site.call.keywords:
        if keyword.arg == "training":
            return keyword.value
    inference = inference_of(project)
    for model in site.models:
        position = 1
        if isinstance(model, Instance):
            method = inference.method(model.cls, "call")
            names = [p.arg for p in method.parameters[1:]] if method is not None else ["inputs", "training"]
            if "training" not in names:
                continue
            position = names.index("training")
        if len(site.call.args) > position + site.before:
            return site.call.args[position + site.before]
    return None


def may_leave_the_mode(call: ast.Call) -> bool:
    """Whether a call as it is written may leave open in which mode it runs: no keyword, `*args` or `**kwargs` says it.

    Which of its plain arguments may be the flag, only the model tells.
    """
    return all(keyword.arg not in (None, "training") for keyword in call.keywords) and not any(
        isinstance(argument, ast.Starred) for argument in call.args
    )


def may_ask_for_training(call: ast.Call) -> bool:
    """Whether a call as it is written may say `training=True`, by keyword or by position."""
    given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "training")]
    return any(isinstance(argument, ast.Constant) and argument.value is True for argument in given)


def passes_training(site: DirectCall, project: Project) -> bool:
    """Whether the call says in which mode it runs, or may say it through `*args` and `**kwargs`."""
    return not may_leave_the_mode(site.call) or training_argument(site, project) is not None


def defaults_to_training(model: KerasModel | Instance, project: Project) -> bool:
    """Whether the `call` of a subclass has another default than None or False for `training`."""
    if not isinstance(model, Instance):
        return False
    method = inference_of(project).method(model.cls, "call")
    if method is None:
        return False
    arguments = method.node.args
    parameter = next((p for p in [*method.parameters, *arguments.kwonlyargs] if p.arg == "training"), None)
    default = method.default_of(parameter) if parameter is not None else None
    return default is not None and not (isinstance(default, ast.Constant) and default.value in (None, False))


# What the models hold


def sleeping_parts(site: DirectCall, project: Project) -> tuple[Truth, tuple[Part, ...]]:
    """Whether a bare call leaves mode-dependent layers in inference mode, and which ones those are."""
    from lint_rules.semantics.models.composition import compositions_of
    from lint_rules.semantics.models.layers import Truth

    compositions = compositions_of(project)
    truths = []
    parts: list[Part] = []
    for model in site.models:
        if defaults_to_training(model, project):
            truths.append(Truth.FALSE)
            continue
        composition = compositions.of(model)
        sleeps = composition.sleeps_bare
        # What is frozen does not train, in whichever mode it runs.
        idle = sleeps is Truth.UNKNOWN and not composition.may_train_asleep
        truths.append(Truth.FALSE if idle else sleeps)
        parts.extend(composition.sleeping)
    # What is true of every model the callee can be, else unknown.
    return truths[0] if len(set(truths)) == 1 else Truth.UNKNOWN, tuple(parts)


# Gradients


def direct_uses(site: DirectCall, project: Project) -> list[GradientUse]:
    """The tapes and traces that a direct call runs under, the worst first."""
    return uses_of(project, site.module, site.call)


def weight_update(site: DirectCall, project: Project) -> GradientUse | None:
    """The tape whose gradients of this model's own weights the call takes part in, and which the code applies.

    On torch it is `loss.backward()`. None for penalties and saliency, and for gradients that are only looked at
    (influence, Fisher information).
    """
    breaking = [use for use in direct_uses(site, project) if use.effect is Effect.BREAKS]
    tapes = [use for use in breaking if use.region.kind is RegionKind.TAPE]
    if any(use.sources is Sources.INPUT for use in tapes):
        return None
    for use in tapes:
        if use.sources is Sources.WEIGHTS and _is_applied(use):
            return use
    return next((use for use in breaking if _is_stepped(site, use, project) or _is_minimized(site, use, project)), None)


def _is_backward(region: Region) -> bool:
    return region.kind is RegionKind.DIFFERENTIATED and region.label == "backward()"


def _is_stepped(site: DirectCall, use: GradientUse, project: Project) -> bool:
    """Whether a module that calls `backward` hands the weights of this model, and of no other, to an optimizer."""
    if not _is_backward(use.region):
        return False
    module = use.region.module
    given = [node.value for name in OWN_WEIGHTS for node in module.attributes.get(name, ())]
    return _are_of_the_model(site, use, given, project) and any(name in module.calls for name in STEPS)


def _is_minimized(site: DirectCall, use: GradientUse, project: Project) -> bool:
    """Whether an optimizer changes the weights of this model itself: `minimize(loss, net.trainable_variables)`."""
    call = use.region.node
    if use.region.label != MINIMIZES or not isinstance(call, ast.Call):
        return False
    given = [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "var_list")]
    owners = [node.value for node in given if isinstance(node, ast.Attribute) and node.attr in OWN_WEIGHTS]
    return len(owners) == len(given) and _are_of_the_model(site, use, owners, project)


def _are_of_the_model(site: DirectCall, use: GradientUse, owners: list[ast.expr], project: Project) -> bool:
    """Whether some expressions all name the model that a call runs."""
    references = references_of(project)
    named = {references.of(Place(use.region.module, node)) for node in owners}
    model = references.of(Place(site.module, site.call.func, activation(use.path)))
    return model is not None and named == {model}


def _is_applied(use: GradientUse) -> bool:
    """Whether a module on the way of the call changes weights by gradients."""
    return any(name in frame.module.calls for frame in use.path.frames for name in APPLIES)


def under_tape(site: DirectCall, project: Project) -> bool:
    """Whether any way of the call leads under a tape, or into a differentiated function."""
    return any(use.region.kind in (RegionKind.TAPE, RegionKind.DIFFERENTIATED) for use in direct_uses(site, project))


def names_of(parts: tuple[Part, ...]) -> str:
    """The classes of some layers in words: `Dropout and BatchNormalization`."""
    names = list(dict.fromkeys(part.name for part in parts))
    if len(names) > 3:
        names = [*names[:2], "others"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def is_unused(module: Module, call: ast.Call) -> bool:
    """Whether nothing looks at the outputs' numbers: the call builds the model, or shows a shape."""
    parent = module.parents.get(call)
    if isinstance(parent, ast.Assign):
        return all(isinstance(target, ast.Name) and target.id == "_" for target in parent.targets)
    return isinstance(parent, ast.Expr) or (isinstance(parent, ast.Attribute) and parent.attr in ("shape", "dtype"))


def is_unused_by_callers(site: DirectCall, project: Project) -> bool:
    """Whether a helper gives the outputs to callers of which none looks at their numbers."""
    callers = _calls_of(site.module, site.call, project)
    returned = isinstance(site.module.parents.get(site.call), ast.Return)
    return returned and bool(callers) and all(is_unused(module, call) for module, call in callers)


def _calls_of(module: Module, node: ast.AST, project: Project) -> list[tuple[Module, ast.Call]]:
    """The calls that run the function of a node; none where something else runs it as well."""
    function = module.function_of(node)
    edges = Callers.of(project).edges(function) if function is not None else []
    calls = [
        (edge.module, edge.node) for edge in edges if edge.kind is EdgeKind.CALL and isinstance(edge.node, ast.Call)
    ]
    return calls if len(calls) == len(edges) <= limits.MAX_CALLERS_FOLLOWED else []


def in_keras_method(site: DirectCall, project: Project) -> bool:
    """Whether a call stands in a method of a Keras model or layer, or in a helper of one: others choose the mode."""
    if _is_in_keras_method(site.module, site.call, project):
        return True
    callers = _calls_of(site.module, site.call, project)
    return bool(callers) and all(_is_in_keras_method(module, node, project) for module, node in callers)


def _is_in_keras_method(module: Module, node: ast.AST, project: Project) -> bool:
    inference = inference_of(project)
    function = module.scopes[node].function
    while function is not None:
        owner = function.owner
        if owner is not None:
            return inference.is_model_class(owner) or inference.is_layer_class(owner)
        parent = function.scope.parent
        function = parent.function if parent is not None else None
    return False


def trains_weights(site: DirectCall, project: Project) -> bool:
    """Whether a call may take part in a weight update: it runs under a tape that is not asked for the input alone."""
    return any(
        use.region.kind in (RegionKind.TAPE, RegionKind.DIFFERENTIATED) and use.sources is not Sources.INPUT
        for use in direct_uses(site, project)
    )
