"""Which constant does an expression have in one run of its function?

A builder called as `block(x, dropout=0.3)` holds a Dropout, called as `block(x)` perhaps none. An expression has a
constant where all ways to it give the same one, apart from branches that the run does not take.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Hashable, Iterator
from typing import Any

from lint_rules.records import dataclass
from lint_rules.semantics.domains.values import Instance
from lint_rules.semantics.flow.activations import Place, Run
from lint_rules.semantics.flow.additions import Additions
from lint_rules.semantics.flow.answers import Answer, join, known, unknown
from lint_rules.semantics.flow.domain import OpaqueDomain
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.flow.own_objects import own_objects
from lint_rules.semantics.knowledge.keras_layers import UNREADABLE
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import COMPREHENSIONS, SCOPES, Module

_OPERATORS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.In: lambda left, right: left in right, ast.NotIn: lambda left, right: left not in right,
}  # fmt: skip
_LONGEST = 200
"""Texts and lists that are longer are not computed with."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number, a text, None. Its type tells `1`, `1.0` and `True` apart, which are equal."""

    value: Hashable
    type: type[object]


@dataclass(frozen=True, slots=True)
class Items:
    """A tuple or list; a dict, where there are `keys`."""

    items: tuple[Answer[Constant], ...]
    keys: tuple[Constant | None, ...] | None = None
    can_grow: bool = True


Constant = Scalar | Items


class Constants(OpaqueDomain[Constant]):
    """The domain: what displays and operators make of constants."""

    def expression(self, evaluator: Evaluator[Constant], place: Place) -> Answer[Constant]:
        node = place.node

        def of(part: ast.expr) -> Answer[Constant]:
            return evaluator.evaluate(place.at(part))

        if isinstance(node, ast.Constant):
            return _scalar(node.value)
        if isinstance(node, ast.Tuple | ast.List):
            return known(Items(tuple(map(of, node.elts)), can_grow=isinstance(node, ast.List)))
        if isinstance(node, ast.Dict):
            keys = tuple(of(key).only if key is not None else None for key in node.keys)
            return known(Items(tuple(map(of, node.values)), keys))
        if isinstance(node, ast.UnaryOp):
            return _negative(of(node.operand)) if isinstance(node.op, ast.USub) else unknown()
        if isinstance(node, ast.BinOp):
            return _computed(node.op, of(node.left), of(node.right))
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return _computed(node.ops[0], of(node.left), of(node.comparators[0]))
        if isinstance(node, ast.JoinedStr):
            return _joined([of(part) for part in node.values])
        if isinstance(node, ast.FormattedValue) and node.conversion == -1 and node.format_spec is None:
            return of(node.value)
        if isinstance(node, ast.Subscript):
            key = of(node.slice).only
            return of(node.value).then(lambda value: _under(value, key))
        return unknown()

    def unset(self) -> Answer[Constant]:
        return _scalar(None)

    def element(self, value: Constant) -> Answer[Constant]:
        if isinstance(value, Items):
            return join(value.items) if value.keys is None else join(map(known, value.keys))
        return unknown()

    def item(self, value: Constant, index: int) -> Answer[Constant]:
        return _under(value, Scalar(index, int)) if index >= 0 else unknown()

    def held(self, value: Constant) -> Answer[Constant]:
        return join(value.items) if isinstance(value, Items) else unknown()

    def is_container(self, value: Constant) -> bool:
        return isinstance(value, Items) and value.can_grow

    def packed(self, items: tuple[Answer[Constant], ...]) -> Answer[Constant]:
        return known(Items(items, can_grow=False))

    def grown(
        self, value: Constant, additions: Additions, added: Answer[Constant], walked: Answer[Constant]
    ) -> Answer[Constant]:
        return unknown()

    def augmented(
        self, node: ast.AugAssign, before: Answer[Constant], operand: Answer[Constant], again: bool
    ) -> Answer[Constant]:
        return _computed(node.op, before, operand)


def _scalar(value: Hashable) -> Answer[Constant]:
    return known(Scalar(value, type(value)))


def _under(value: Constant, key: Constant | None) -> Answer[Constant]:
    """The item of a tuple, list or dict under a constant key."""
    if not isinstance(value, Items) or not isinstance(key, Scalar):
        return unknown()
    if value.keys is not None:
        found = [item for other, item in zip(value.keys, value.items, strict=True) if other == key]
        return found[-1] if found and None not in value.keys else unknown()
    at = key.value
    return value.items[at] if isinstance(at, int) and -len(value.items) <= at < len(value.items) else unknown()


def _negative(operand: Answer[Constant]) -> Answer[Constant]:
    value = python_value(operand)
    return _scalar(-value) if isinstance(value, int | float) else unknown()


def _computed(kind: ast.operator | ast.cmpop, left: Answer[Constant], right: Answer[Constant]) -> Answer[Constant]:
    operands = python_value(left), python_value(right)
    operate = _OPERATORS.get(type(kind))
    if UNREADABLE in operands or operate is None:
        return unknown()
    if any(isinstance(value, list) and UNREADABLE in value for value in operands):
        return unknown()
    if any(isinstance(value, str | bytes | list) and len(value) > _LONGEST for value in operands):
        return unknown()
    if isinstance(kind, ast.Mult) and not all(isinstance(value, int | float) for value in operands):
        return unknown()
    try:
        made = operate(*operands)
    except (TypeError, ValueError, ArithmeticError):
        return unknown()
    return _scalar(made) if isinstance(made, Hashable) else unknown()


def _joined(parts: list[Answer[Constant]]) -> Answer[Constant]:
    """An f-string."""
    values = [python_value(part) for part in parts]
    return _scalar("".join(map(str, values))) if UNREADABLE not in values else unknown()


def python_value(answer: Answer[Constant]) -> Any:
    """The Python value of an expression, lists for tuples; UNREADABLE where it is not the same one in any case."""
    only = answer.only
    if only is None:
        return UNREADABLE
    if isinstance(only, Scalar):
        return only.value
    return [python_value(item) for item in only.items] if only.keys is None else UNREADABLE


class ConstantEvaluator(Evaluator[Constant]):
    """The evaluator of constants, which leaves out branches that are not taken."""

    def __init__(self, project: Project) -> None:
        super().__init__(project, Constants(), given=_chosen)

    def of(self, module: Module, node: ast.expr, run: Run = None) -> object:
        """The Python value of an expression in a run of its function, or UNREADABLE."""
        return python_value(self.evaluate(Place(module, node, run)))

    def truth(self, place: Place) -> bool | None:
        """Whether an expression is true; None where that depends."""
        node = place.node
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            operand = self.truth(place.at(node.operand))
            return None if operand is None else not operand
        if isinstance(node, ast.BoolOp):
            deciding = isinstance(node.op, ast.Or)
            parts = {self.truth(place.at(part)) for part in node.values}
            return deciding if deciding in parts else None if None in parts else not deciding
        value = self.of(place.module, node, place.run)
        return None if value is UNREADABLE else bool(value)

    def run_of(self, module: Module, node: ast.AST, run: Run) -> Run:
        """The run of the function that holds `node`, as seen from `run`: one of its outer runs, or that of another
        method of its object."""
        function = module.function_of(node)
        if run is None or function is None:
            return None
        own = next((value for value in own_objects(self.types, run) if isinstance(value, Instance)), None)
        is_method = own is not None and function.owner is not None and function.owner in self.types.lineage(own.cls)
        return run.of(function) or (self.run_on(own, function) if own is not None and is_method else None)

    def reaches(self, module: Module, node: ast.AST, run: Run, root: ast.AST | None = None) -> bool | None:
        """Whether a run of its function evaluates a node: True, False (a dead branch), or None when it depends.

        Branches that hold `root` too are not asked: what is asked is relative to it.
        """
        shared: set[ast.AST] = {parent for _, parent in module.ancestors(root)} if root is not None else set()
        answers = set(self._taken(module, node, run, shared))
        return False if False in answers else None if None in answers else True

    def _taken(self, module: Module, node: ast.AST, run: Run, shared: set[ast.AST]) -> Iterator[bool | None]:
        for child, parent in module.ancestors(node):
            if parent in shared or isinstance(parent, SCOPES):
                return
            if isinstance(parent, ast.If | ast.IfExp):
                if child is not parent.test and not _asks_training(parent.test):
                    truth = self.truth(Place(module, parent.test, run))
                    body = parent.body if isinstance(parent.body, list) else [parent.body]
                    yield None if truth is None else truth is any(item is child for item in body)
            elif isinstance(parent, ast.BoolOp):
                yield True if child is parent.values[0] else None
            elif isinstance(parent, ast.ExceptHandler | ast.match_case | ast.comprehension) or (
                isinstance(parent, COMPREHENSIONS) and any(generator.ifs for generator in parent.generators)
            ):
                yield None


def _chosen(evaluator: Evaluator[Constant], place: Place) -> Answer[Constant] | None:
    """What `a if test else b`, `a or b`, `not a` are, of what is known to be true or false."""
    node = place.node
    assert isinstance(evaluator, ConstantEvaluator)
    if isinstance(node, ast.IfExp):
        truth = evaluator.truth(place.at(node.test))
        return evaluator.evaluate(place.at(node.body if truth else node.orelse)) if truth is not None else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        truth = evaluator.truth(place)
        return _scalar(truth) if truth is not None else unknown()
    if not isinstance(node, ast.BoolOp):
        return None
    deciding = isinstance(node.op, ast.Or)
    left: list[ast.expr] = []
    for part in node.values:
        truth = evaluator.truth(place.at(part))
        if truth is None or truth is deciding or part is node.values[-1]:
            left.append(part)
        if truth is deciding:
            break
    return join(evaluator.evaluate(place.at(part)) for part in left)


def _asks_training(test: ast.expr) -> bool:
    """`if training: x = self.dropout(x)` is how a layer depends on the mode."""
    return isinstance(test, ast.Name) and test.id in ("training", "is_training", "train")


def constants_of(project: Project) -> ConstantEvaluator:
    """The one evaluator of constants of a project."""
    return project.memo.one(ConstantEvaluator, lambda: ConstantEvaluator(project))
