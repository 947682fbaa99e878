"""Can a call be made twice, with the same result and nobody the wiser?"""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import External
from lint_rules.semantics.effects.arguments import runs_of
from lint_rules.semantics.effects.purity import changes_nothing
from lint_rules.semantics.knowledge.array_calls import ARRAY_METHODS, NUMPY_ITERATORS, REDUCTIONS
from lint_rules.semantics.knowledge.pure_methods import PURE_BUILTINS
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Function, Module


def calls_to_make_again(project: Project, module: Module, node: ast.AST) -> frozenset[str]:
    """The code of those calls in what the statements below a node assign that can be made twice."""
    values = [assigned.value for assigned in ast.walk(node) if isinstance(assigned, ast.Assign)]
    calls = (call for value in values for call in ast.walk(value) if isinstance(call, ast.Call))
    inference = inference_of(project)
    return frozenset(module.code(call) for call in calls if _gives_the_same(inference, module, call))


def _gives_the_same(inference: Inference, module: Module, call: ast.Call) -> bool:
    runs = runs_of(inference, module, call)
    if runs:
        return all(_is_a_function_of_its_arguments(inference, function) for _, function in runs)
    names = [value.name for value in inference.values(module, call.func) if isinstance(value, External)]
    if names:
        return all(_calculates(name) for name in names)
    match call.func:
        case ast.Name(id=name):
            return name in PURE_BUILTINS
        case ast.Attribute(attr=name):
            return name in ARRAY_METHODS or name in REDUCTIONS
    return False


def _calculates(name: str) -> bool:
    """Whether a function of a library gives the same for the same arguments, and does nothing else."""
    library, _, function = name.partition(".")
    if library not in ("numpy", "math"):
        return False
    return not function.startswith("random") and function.rpartition(".")[2] not in NUMPY_ITERATORS


def _is_a_function_of_its_arguments(inference: Inference, function: Function) -> bool:
    """Whether a function of the project changes nothing, and asks nothing that may answer otherwise."""

    def judged() -> bool:
        calls = (node for node in ast.walk(function.node) if isinstance(node, ast.Call))
        return changes_nothing(inference, function) and all(
            _gives_the_same(inference, function.module, call) for call in calls
        )

    return inference.project.memo.ask(("gives the same", function), judged, unknown=False, cycle=False)
