"""Numbers of steps: do the rows that they leave out matter?"""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.array_readings import Rows, rows
from lint_rules.semantics.domains.counts import rounded_down
from lint_rules.semantics.domains.data_sources import sources
from lint_rules.semantics.domains.values import Basic, Instance, Origin
from lint_rules.semantics.effects.slicing import Slicer
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Module, dotted


def rounding_of(project: Project, module: Module, steps: ast.expr) -> Origin | None:
    """The division that rounds a number of batches down; None where it is none, or leaves no rest."""
    return rounded_down(project, Place(module, steps))


def has_end(project: Project, module: Module, node: ast.expr) -> bool:
    """Whether what is predicted is shown to end: arrays, Keras's own iterators, a sequence of the project."""
    found = sources(project, module, node)
    if found.values and found.complete:
        return not module.calls.get("repeat")  # of a data set that is repeated nobody knows how often
    inference = inference_of(project)
    values = inference.values(module, node)
    if values and all(value is Basic.ARRAY for value in values):
        return True
    if any(isinstance(value, Instance) and inference.method(value.cls, "__getitem__") for value in values):
        return True
    return Rows.SET in rows(project, module, node)


def cut_to_fit(project: Project, module: Module, call: ast.Call, steps: ast.expr) -> bool:
    """Whether code cuts labels to the number of predictions: `y[:len(predictions)]`, `y[: steps * batch_size]`."""
    names = {steps.id} if isinstance(steps, ast.Name) else set()
    statement = module.statement_of(call)
    if isinstance(statement, ast.Assign):
        names |= {text for target in statement.targets if (text := dotted(target)) is not None}
    function = module.function_of(call)
    scope: ast.AST = function.node if function is not None else module.tree
    slicer = Slicer(inference_of(project), module, scope, mutations=False)
    for cut in module.order.within(scope, ast.Slice):
        if cut.upper is None or module.function_of(cut) is not function:
            continue
        parts = slicer.of(cut.upper).nodes
        if any(isinstance(part, ast.Name) and part.id in names for part in parts):
            return True
        if any(isinstance(part, ast.BinOp) and isinstance(part.op, ast.FloorDiv) for part in parts):
            return True
    return False
