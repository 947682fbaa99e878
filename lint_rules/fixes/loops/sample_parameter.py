"""Which parameter of a helper gets the sample: the one that is given another value each time around the loop."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from lint_rules.fixes.loops.batch_comprehension import comprehension_of
from lint_rules.fixes.loops.given_lambda import only_plain
from lint_rules.fixes.loops.loop_shape import shape_around
from lint_rules.fixes.tree.changes import changes_in
from lint_rules.fixes.tree.locate import Tree
from lint_rules.fixes.tree.names import bound_paths, is_chain, read_paths, touches
from lint_rules.records import dataclass


@dataclass(frozen=True, slots=True)
class Passed:
    """A parameter, and the argument that a call passes for it."""

    parameter: cst.Param
    argument: cst.Arg


def parameters_of(tree: Tree, function: cst.FunctionDef) -> Sequence[cst.Param]:
    """What a helper is given, the instance of a method aside; nothing where it takes `*args` and the like."""
    given = function.params
    if not only_plain(given):
        return ()
    method = isinstance(tree.parent(tree.parent(function) or function), cst.ClassDef)
    return given.params[1:] if method else given.params


def lone_parameter(parameters: Sequence[cst.Param]) -> cst.Param | None:
    """The first parameter, where it is the only one without a default."""
    required = [each for each in parameters if each.default is None]
    return required[0] if len(required) == 1 and required[0] is parameters[0] else None


def sample_of(tree: Tree, call: cst.Call, parameters: Sequence[cst.Param]) -> Passed | None:
    """The sample of a call of a helper in a loop: all else that it is given stays the same. None where it does not."""
    given = _given(call, parameters)
    if given is None or not given:
        return None
    if len(given) == 1:
        return given[0] if given[0].parameter is lone_parameter(parameters) else None
    changing = _changed_around(tree, call)
    if changing is None:
        return None
    varying = [each for each in given if touches(read_paths(each.argument.value), changing)]
    others = [each.argument.value for each in given if each not in varying]
    if len(varying) != 1 or varying[0].argument.keyword is not None or not all(_stays(other) for other in others):
        return None
    return varying[0]


def _given(call: cst.Call, parameters: Sequence[cst.Param]) -> list[Passed] | None:
    """What a call gives each parameter; None where a star hides it, or a parameter without a default gets nothing."""
    named = {each.name.value: each for each in parameters}
    found: list[Passed] = []
    for place, argument in enumerate(call.args):
        keyword = argument.keyword
        parameter = named.get(keyword.value) if keyword is not None else dict(enumerate(parameters)).get(place)
        if argument.star or parameter is None:
            return None
        found.append(Passed(parameter, argument))
    missing = [each for each in parameters if each.default is None and all(it.parameter is not each for it in found)]
    return None if missing else found


def _changed_around(tree: Tree, call: cst.Call) -> set[str] | None:
    """What the loop around a call binds or changes; None where there is none."""
    comprehension = comprehension_of(tree, call)
    if isinstance(comprehension, cst.ListComp):
        return bound_paths([comprehension.for_in])
    shape = shape_around(tree, call)
    if shape is None:
        return None
    return bound_paths([shape.node]) | changes_in(tree.like).changed(shape.body)


def _stays(node: cst.BaseExpression) -> bool:
    """Whether an expression gives the same however often it is evaluated: a name, an attribute, a literal."""
    return is_chain(node) or isinstance(node, (cst.BaseNumber, cst.SimpleString))
