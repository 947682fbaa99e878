"""Which parameter of a helper gets the sample: the one that is given another value each time around the loop."""

from __future__ import annotations

import libcst as cst

from lint_rules.fixes.loops.batch_comprehension import comprehension_of
from lint_rules.fixes.loops.loop_shape import shape_around
from lint_rules.fixes.tree.changes import changes_in
from lint_rules.fixes.tree.locate import Tree
from lint_rules.fixes.tree.names import bound_paths, is_chain, read_paths, touches
from lint_rules.records import dataclass


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a helper is given, the instance of a method aside: by place, and by keyword only."""

    placed: tuple[cst.Param, ...] = ()
    keywords: tuple[cst.Param, ...] = ()

    @property
    def all(self) -> tuple[cst.Param, ...]:
        return (*self.placed, *self.keywords)

    @property
    def lone(self) -> cst.Param | None:
        """The first parameter, where it is the only one without a default: what `map(helper, xs)` fills."""
        required = [each for each in self.all if each.default is None]
        return required[0] if len(required) == 1 and [*self.placed[:1]] == required else None


@dataclass(frozen=True, slots=True)
class Passed:
    """A parameter, and the argument that a call passes for it."""

    parameter: cst.Param
    argument: cst.Arg


def parameters_of(tree: Tree, function: cst.FunctionDef) -> Parameters:
    """The parameters of a helper; none where it takes `*args` or `**kwargs`."""
    given = function.params
    if isinstance(given.star_arg, cst.Param) or given.star_kwarg is not None:
        return Parameters()
    placed = (*given.posonly_params, *given.params)
    method = isinstance(tree.parent(tree.parent(function) or function), cst.ClassDef)
    return Parameters(placed[1:] if method else placed, tuple(given.kwonly_params))


def sample_of(tree: Tree, call: cst.Call, parameters: Parameters) -> Passed | None:
    """The sample of a call of a helper in a loop: all else that it is given stays the same. None where it does not."""
    given = _given(call, parameters)
    if not given:
        return None
    if len(given) == 1:
        return given[0]
    changing = _changed_around(tree, call)
    if changing is None:
        return None
    varying = [each for each in given if touches(read_paths(each.argument.value), changing)]
    others = [each.argument.value for each in given if each not in varying]
    return varying[0] if len(varying) == 1 and all(_stays(other) for other in others) else None


def _given(call: cst.Call, parameters: Parameters) -> list[Passed] | None:
    """What a call gives each parameter; None where a star hides it, or a parameter without a default gets nothing."""
    named = {each.name.value: each for each in parameters.all}
    found: list[Passed] = []
    for place, argument in enumerate(call.args):
        keyword = argument.keyword
        parameter = named.get(keyword.value) if keyword is not None else dict(enumerate(parameters.placed)).get(place)
        if argument.star or parameter is None:
            return None
        found.append(Passed(parameter, argument))
    filled = [each.parameter for each in found]
    return None if any(each.default is None and each not in filled for each in parameters.all) else found


def _changed_around(tree: Tree, call: cst.Call) -> set[str] | None:
    """What the loop around a call binds or changes; None where there is none."""
    comprehension = comprehension_of(tree, call)
    if isinstance(comprehension, cst.ListComp):
        return bound_paths([comprehension.for_in])
    shape = shape_around(tree, call)
    if shape is None:
        return None
    changes = changes_in(tree.like)
    # What the helper itself does to what it is given, it does sample by sample in its own loop as well.
    changed = changes.changed([*shape.before, *shape.behind]) | changes.changed([shape.at], guessed=False)
    return bound_paths([shape.node]) | changed


def _stays(node: cst.BaseExpression) -> bool:
    """Whether an expression gives the same however often it is evaluated: a name, an attribute, a literal, a tuple of
    such."""
    match node:
        case cst.UnaryOperation(expression=operand):
            return isinstance(operand, cst.BaseNumber)
        case cst.Tuple(elements=elements):
            return all(isinstance(each, cst.Element) and _stays(each.value) for each in elements)
    return is_chain(node) or isinstance(node, (cst.BaseNumber, cst.SimpleString))
