"""Which transfer of the array domain tells what a piece of syntax gives."""

from __future__ import annotations

import ast
from collections.abc import Callable

from lint_rules.semantics.domains.arrays.attributes import attribute
from lint_rules.semantics.domains.arrays.calls import library_call
from lint_rules.semantics.domains.arrays.literals import (
    comprehension,
    constant,
    dict_comprehension,
    sequence,
    written_dict,
)
from lint_rules.semantics.domains.arrays.operators import binary, unary
from lint_rules.semantics.domains.arrays.subscripts import subscript
from lint_rules.semantics.domains.arrays.value import Array
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.answers import Answer
from lint_rules.semantics.flow.evaluator import Evaluator

TRANSFERS: dict[type[ast.AST], Callable[[Evaluator[Array], Place], Answer[Array]]] = {
    ast.Constant: constant,
    ast.List: sequence,
    ast.Tuple: sequence,
    ast.Set: sequence,
    ast.Dict: written_dict,
    ast.DictComp: dict_comprehension,
    ast.ListComp: comprehension,
    ast.GeneratorExp: comprehension,
    ast.SetComp: comprehension,
    ast.BinOp: binary,
    ast.UnaryOp: unary,
    ast.Attribute: attribute,
    ast.Subscript: subscript,
    ast.Call: library_call,
}
