"""Does code build a functional model here: is a value symbolic, computed from `keras.Input`?"""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.call_graph import Callers, inference_of
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import Basic, External, KerasLayer, KerasModel
from lint_rules.semantics.effects.slicing import Slicer
from lint_rules.semantics.flow import limits
from lint_rules.semantics.knowledge.higher_order import EdgeKind
from lint_rules.semantics.knowledge.keras_names import INPUTS
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Module


def is_symbolic(module: Module, node: ast.expr, project: Project) -> bool:
    """Whether an expression is computed from `keras.Input`, or from the inputs or outputs of a model or layer.

    Parameters are followed to the visible callers; one of them that builds a model is enough.
    """
    return project.memo.ask(("symbolic", node), lambda: _is_symbolic(module, node, project), unknown=False)


def _is_symbolic(module: Module, node: ast.expr, project: Project) -> bool:
    inference = inference_of(project)
    function = module.function_of(node)
    scope: ast.AST = function.node if function is not None else module.tree
    found = Slicer(inference, module, scope, mutations=False).of(node)
    if any(_is_input(inference, module, reached) for reached in found.nodes):
        # What a model gives is symbolic where its arguments are, however the model itself was built.
        built = frozenset(reached.func for reached in found.calls() if _is_model(inference, module, reached.func))
        found = Slicer(inference, module, scope, mutations=False, barriers=built).of(node) if built else found
    for reached in found.nodes:
        if _is_input(inference, module, reached):
            return True
        if isinstance(reached, ast.Attribute) and reached.attr in ("output", "outputs", "input", "inputs"):
            if _is_model(inference, module, reached.value):
                return Basic.TENSOR in inference.values(module, reached)
    if function is None or not found.parameters:
        return False
    for parameter in function.parameters:
        if parameter.arg not in found.parameters:
            continue
        for edge in Callers.of(project).edges(function)[: limits.MAX_CALLERS]:
            argument = edge.argument(function, parameter) if edge.kind is EdgeKind.CALL else None
            if argument is not None and is_symbolic(edge.module, argument, project):
                return True
    return False


def _is_input(inference: Inference, module: Module, node: ast.AST) -> bool:
    """Whether an expression makes a placeholder."""
    return isinstance(node, ast.Call) and any(
        isinstance(value, External) and value.name in INPUTS for value in inference.values(module, node.func)
    )


def _is_model(inference: Inference, module: Module, node: ast.expr) -> bool:
    return any(isinstance(value, KerasModel | KerasLayer) for value in inference.values(module, node))
