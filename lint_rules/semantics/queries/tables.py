"""What pandas runs a function for: each row of a table, or each element of a column."""

from __future__ import annotations

import ast
from enum import Enum, auto

from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.array_readings import array
from lint_rules.semantics.domains.arrays.value import Kind
from lint_rules.semantics.domains.values import Result
from lint_rules.semantics.knowledge.iteration import TABLE_WALKS
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Module


class Applied(Enum):
    """What a function gets that is applied to a table."""

    ROWS = auto()
    ELEMENTS = auto()


def applied_to(project: Project, module: Module, call: ast.expr) -> Applied | None:
    """What `table.apply(function, ...)` and `table.map(function)` run the function for, in order and at once; None
    where that is not shown: a table by its columns, groups, anything that is no table."""
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr not in TABLE_WALKS:
        return None
    table = call.func.value
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if len(call.args) != 1 or not given.keys() <= {"axis"}:
        return None
    match given.get("axis"):
        case ast.Constant(value=1 | "columns"):
            return Applied.ROWS if call.func.attr == "apply" and _may_be_table(project, module, table) else None
        case None:
            return Applied.ELEMENTS if _is_column(project, module, table) else None
    return None


def _may_be_table(project: Project, module: Module, node: ast.expr) -> bool:
    """Whether something that is applied along an axis may be a table: nothing else that is known has such a method."""
    return not array(project, module, node).values or _is_table(project, module, node)


def _is_column(project: Project, module: Module, node: ast.expr) -> bool:
    """Whether an expression is one column: `table["name"]` of a table, or a series that was made."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        return _is_table(project, module, node.value)
    made = inference_of(project).values(module, node)
    return bool(made) and all(isinstance(value, Result) and value.name == "pandas.Series" for value in made)


def _is_table(project: Project, module: Module, node: ast.expr) -> bool:
    found = array(project, module, node).values
    if found:
        return all(value.kind is Kind.TABLE for value in found)
    made = inference_of(project).values(module, node)
    return bool(made) and all(isinstance(value, Result) and value.name.startswith("pandas.") for value in made)
