"""What is given to a call that runs it for each sample: `map(lambda x: ..., xs)`, `xs.apply(f)`, `max(xs, key=f)`."""

from __future__ import annotations

import libcst as cst

from lint_rules.fixes.calls.arguments import keyword_of
from lint_rules.fixes.loops.calling import Runner
from lint_rules.fixes.tree.locate import Tree, called_name
from lint_rules.records import dataclass
from lint_rules.semantics.knowledge.higher_order import KEYED, LAZILY_KEYED


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
    if len(parameters.params) != 1 or not _only_plain(parameters) or parameters.params[0].default is not None:
        return None
    return GivenLambda(function, parameters.params[0].name.value, given_to)


def _only_plain(parameters: cst.Parameters) -> bool:
    """Whether there is no `*args`, `**kwargs`, `/` or `*` among the parameters."""
    further = (parameters.kwonly_params, parameters.posonly_params, parameters.star_kwarg)
    return not any(further) and not isinstance(parameters.star_arg, (cst.Param, cst.ParamStar))


def given_function(running: cst.Call, runner: Runner) -> cst.BaseExpression | None:
    """The function that a call runs for each sample, None where it is not given in the place that it should have."""
    if runner is Runner.KEY:
        return next((each.value for each in running.args if keyword_of(each) == "key"), None)
    first = running.args[0] if running.args else None
    return first.value if first is not None and first.keyword is None and not first.star else None


def ordered(running: cst.Call) -> cst.BaseExpression | None:
    """`xs` of `sorted(xs, key=f)`, `max(xs, key=f)`, `heapq.nlargest(3, xs, key=f)` and `xs.sort(key=f)`.

    Python calls the key once for each element, in order, before anything is handed out.
    """
    name = called_name(running)
    if name not in KEYED or name in LAZILY_KEYED:
        return None
    place = KEYED[name]
    if place is None:
        return running.func.value if isinstance(running.func, cst.Attribute) else None
    given = [each for each in running.args if each.keyword is None]
    if len(given) != place + 1 or any(each.star for each in running.args):
        return None  # `max(a, b, key=f)` goes over what it is given
    return given[place].value
