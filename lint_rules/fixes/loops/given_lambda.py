"""A lambda of one sample that is given to a call, which runs it for each: `map(lambda x: ..., xs)`, `xs.apply(...)`."""

from __future__ import annotations

import libcst as cst

from lint_rules.fixes.tree.locate import Tree
from lint_rules.records import dataclass


@dataclass(frozen=True, slots=True)
class GivenLambda:
    """The lambda, the name of its one parameter, and the call that it is an argument of."""

    function: cst.Lambda
    parameter: str
    given_to: cst.Call


def given_lambda(tree: Tree, node: cst.CSTNode) -> GivenLambda | None:
    """The innermost lambda around a node, if it takes one sample and nothing else and is given to a call."""
    function = next((around for around in tree.ancestors(node) if isinstance(around, cst.Lambda)), None)
    argument = tree.parent(function) if function is not None else None
    given_to = tree.parent(argument) if isinstance(argument, cst.Arg) else None
    if function is None or not isinstance(given_to, cst.Call):
        return None
    parameters = function.params
    if len(parameters.params) != 1 or not only_plain(parameters) or parameters.params[0].default is not None:
        return None
    return GivenLambda(function, parameters.params[0].name.value, given_to)


def only_plain(parameters: cst.Parameters) -> bool:
    """Whether there is no `*args`, `**kwargs`, `/` or `*` among the parameters."""
    further = (parameters.kwonly_params, parameters.posonly_params, parameters.star_kwarg)
    return not any(further) and not isinstance(parameters.star_arg, (cst.Param, cst.ParamStar))
