"""Does what is predicted come to an end? A generator without one, or a data set that is repeated for ever, does not."""

from __future__ import annotations

import ast
from enum import Enum, auto

from lint_rules.semantics.domains.values import Basic, External
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.answers import Answer, known, unknown
from lint_rules.semantics.flow.domain import OpaqueDomain
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.knowledge.endings import CUTTING, ENDLESS, KEEPING, REPEATING
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import SCOPES, Function, Module, last_name


class Ending(Enum):
    """Whether iterating over a value ends."""

    ENDS = auto()
    ENDLESS = auto()


class Endings(OpaqueDomain[Ending]):
    """The domain: what library calls and generators of the project do to the end of what they give."""

    def of_type(self, evaluator: Evaluator[Ending], place: Place, found: Answer[Ending]) -> Answer[Ending]:
        if not isinstance(place.node, ast.Call):
            return found
        functions = [function for function, _ in evaluator.called(place, place.node)]
        if functions and all(function.is_generator and never_returns(function) for function in functions):
            return known(Ending.ENDLESS)
        return found

    def expression(self, evaluator: Evaluator[Ending], place: Place) -> Answer[Ending]:
        node = place.node
        if isinstance(node, ast.GeneratorExp) and len(node.generators) == 1:
            return evaluator.evaluate(place.at(node.generators[0].iter))
        if not isinstance(node, ast.Call):
            return unknown()
        name = last_name(node.func)
        callees = evaluator.types.values(place.module, node.func)
        if any(isinstance(value, External) and value.name in ENDLESS for value in callees):
            return known(Ending.ENDLESS)
        if name in CUTTING:
            return known(Ending.ENDS)
        if not isinstance(node.func, ast.Attribute):
            return evaluator.evaluate(place.at(node.args[0])) if name in KEEPING and node.args else unknown()
        if name in REPEATING and Basic.DATASET in evaluator.types.values(place.module, node.func.value):
            return known(Ending.ENDLESS if _has_no_count(node) else Ending.ENDS)
        return evaluator.evaluate(place.at(node.func.value)) if name in KEEPING else unknown()


class EndingEvaluator(Evaluator[Ending]):
    """The evaluator of what ends."""

    def __init__(self, project: Project) -> None:
        super().__init__(project, Endings())


def never_ends(project: Project, module: Module, node: ast.expr) -> bool:
    """Whether iterating over an expression provably never ends, on every way to it."""
    evaluator = project.memo.one(EndingEvaluator, lambda: EndingEvaluator(project))
    return evaluator.evaluate(Place(module, node)).only is Ending.ENDLESS


def _has_no_count(node: ast.Call) -> bool:
    """`repeat()`, `repeat(None)`, `repeat(-1)`."""
    given = next((keyword.value for keyword in node.keywords if keyword.arg == "count"), None)
    count = given if given is not None else node.args[0] if node.args else None
    if count is None:
        return True
    if isinstance(count, ast.UnaryOp) and isinstance(count.op, ast.USub):
        return isinstance(count.operand, ast.Constant) and count.operand.value == 1
    return isinstance(count, ast.Constant) and count.value is None


def never_returns(function: Function) -> bool:
    """Whether a generator of the project yields from a `while True` that nothing leaves."""
    return not isinstance(function.node, ast.Lambda) and any(
        isinstance(statement, ast.While) and _is_endless(statement) for statement in function.node.body
    )


def _is_endless(loop: ast.While) -> bool:
    if not (isinstance(loop.test, ast.Constant) and loop.test.value):
        return False
    nodes = list(_own(loop))
    yields = any(isinstance(node, ast.Yield | ast.YieldFrom) for node in nodes)
    leaves = any(isinstance(node, ast.Return | ast.Raise) for node in nodes) or _breaks(loop.body)
    return yields and not leaves and not _passes_end(loop)


def _own(node: ast.AST) -> list[ast.AST]:
    """What is inside a node, without the functions in it."""
    found: list[ast.AST] = []
    queue = list(ast.iter_child_nodes(node))
    while queue:
        current = queue.pop()
        found.append(current)
        if not isinstance(current, SCOPES):
            queue.extend(ast.iter_child_nodes(current))
    return found


def _passes_end(node: ast.AST) -> bool:
    """Whether what `next(items)` raises at the end of another iterator ends this generator too: nothing catches it."""
    if isinstance(node, ast.Try) and any(_catches_end(handler) for handler in node.handlers):
        return any(_passes_end(part) for part in (*node.handlers, *node.orelse, *node.finalbody))
    if isinstance(node, ast.Call) and last_name(node.func) == "next" and len(node.args) == 1:
        return True
    return not isinstance(node, SCOPES) and any(_passes_end(part) for part in ast.iter_child_nodes(node))


def _catches_end(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(item is None or last_name(item) in ("StopIteration", "Exception", "BaseException") for item in caught)


def _breaks(body: list[ast.stmt]) -> bool:
    """Whether a `break` in a body leaves its own loop."""
    for statement in body:
        if isinstance(statement, ast.Break):
            return True
        if isinstance(statement, ast.For | ast.AsyncFor | ast.While):
            if _breaks(statement.orelse):
                return True
            continue
        for name in ("body", "orelse", "finalbody"):
            if _breaks(getattr(statement, name, [])):
                return True
        if any(_breaks(handler.body) for handler in getattr(statement, "handlers", [])):
            return True
        if any(_breaks(case.body) for case in getattr(statement, "cases", [])):
            return True
    return False
