"""The activation that a model ends with, where the code shows it."""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.values import Instance, KerasModel
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.models.composition import compositions_of
from lint_rules.semantics.models.layers import Part
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import CallSite
from lint_rules.semantics.syntax.module_index import Module, dotted, last_name, start


def last_activation(site: CallSite, project: Project) -> str | None:
    """`softmax` or `sigmoid`, if every model that the receiver can be ends with it; None where that is not shown.

    A sigmoid counts only behind a layer of one unit: of several, `predict_classes` took the largest.
    """
    models = [
        value
        for value in inference_of(project).values(site.module, site.receiver_node)
        if isinstance(value, KerasModel | Instance)
    ]
    found: set[str | None] = set()
    for model in models:
        composition = compositions_of(project).of(model)
        # A class of the project may do anything behind its last layer.
        readable = composition.complete and isinstance(model, KerasModel) and _ends_with(model, composition.parts)
        found.add(_of_layers(composition.parts) if readable else None)
    return found.pop() if len(found) == 1 else None


def _ends_with(model: KerasModel, parts: tuple[Part, ...]) -> bool:
    """Whether the model gives what its last layer gives: no function and no layer of unknown parts comes behind."""
    if model.origin is None or not parts or parts[-1].origin is None or not isinstance(model.origin.node, ast.Call):
        return False
    module, made, last = model.origin.module, model.origin.node, parts[-1].origin.node
    if model.maker.endswith(".Sequential"):
        listed = made.args[0] if made.args else next((k.value for k in made.keywords if k.arg == "layers"), None)
        added = _added(module, made)
        final = added[-1] if added else listed.elts[-1] if isinstance(listed, ast.List) and listed.elts else None
        return final is last
    outputs = next((k.value for k in made.keywords if k.arg == "outputs"), made.args[1] if len(made.args) > 1 else None)
    if isinstance(outputs, ast.Name):
        bindings = bindings_of(module, outputs)
        outputs = bindings[0].value if len(bindings) == 1 and not bindings[0].path else None
    return isinstance(outputs, ast.Call) and outputs.func is last


def _added(module: Module, made: ast.Call) -> list[ast.expr]:
    """What is added to a model after it was made and given a name, in source order."""
    statement = module.statement_of(made)
    names = {dotted(target) for target in statement.targets} if isinstance(statement, ast.Assign) else set()
    calls = [
        call
        for call in module.calls.get("add", ())
        if isinstance(call.func, ast.Attribute)
        and dotted(call.func.value) in names
        and module.function_of(call) is module.function_of(made)
        and call.args
    ]
    return [call.args[0] for call in sorted(calls, key=start)]


def _of_layers(parts: tuple[Part, ...]) -> str | None:
    if not parts:
        return None
    *_, last = parts
    name = "softmax" if last.name == "Softmax" else _named(last)
    if name == "softmax":
        return name
    if name == "sigmoid":
        dense = last if last.name == "Dense" else parts[-2] if len(parts) > 1 else None
        return name if dense is not None and _units(dense) == 1 else None
    return None


def _named(part: Part) -> str | None:
    """The activation that a layer is given by name."""
    call = part.origin.node if part.origin is not None else None
    if not isinstance(call, ast.Call) or part.name not in ("Dense", "Activation"):
        return None
    place = 0 if part.name == "Activation" else 1
    given = next((k.value for k in call.keywords if k.arg == "activation"), None)
    if given is None and len(call.args) > place:
        given = call.args[place]
    if isinstance(given, ast.Constant):
        return str(given.value)
    return last_name(given) if isinstance(given, ast.Attribute) else None


def _units(part: Part) -> int | None:
    call = part.origin.node if part.origin is not None else None
    if not isinstance(call, ast.Call) or part.name != "Dense":
        return None
    given = next((k.value for k in call.keywords if k.arg == "units"), call.args[0] if call.args else None)
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, int) else None
