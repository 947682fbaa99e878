"""Where predictions of a data source meet labels that another pass over it gave.

A pair is one expression that takes both, side by side: a metric's call, a comparison, a difference, `zip`, a table.
The order of rows must matter: sums, means and lengths carry none.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.records import dataclass
from lint_rules.semantics.calls.call_graph import Callers, inference_of
from lint_rules.semantics.domains.data_sources import DataSource, is_source, told_to_keep_order
from lint_rules.semantics.domains.values import FunctionObject, Instance, KerasModel
from lint_rules.semantics.effects.slicing import Slicer
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.graph import LOOPS
from lint_rules.semantics.flow.iterators import walk_of
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.array_calls import POSITIONS, REDUCTIONS
from lint_rules.semantics.knowledge.higher_order import EdgeKind
from lint_rules.semantics.knowledge.iteration import GIVES_ITSELF, IN_ORDER
from lint_rules.semantics.knowledge.row_order import (
    COLLECTORS,
    LABELS,
    METRIC_ENDS,
    METRICS,
    ORDERLESS_ATTRIBUTES,
    ORDERLESS_CALLS,
    TAKES_PAIRS,
)
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import COMPREHENSIONS, Function, Module, dotted, last_name

_WRAPPERS = IN_ORDER | GIVES_ITSELF


@dataclass(frozen=True, slots=True)
class Pair:
    """An expression that puts predictions beside labels, with its module; `labels` is where those were read."""

    module: Module
    node: ast.expr
    labels: ast.expr


def pairs(project: Project, module: Module, call: ast.Call, source: DataSource) -> Iterator[Pair]:
    """Where the result of a predict call on `source` is put beside labels of another pass over it."""
    for where, result in _results(project, module, call):
        yield from _pairs_at(project, where, result, source)


def _results(project: Project, module: Module, call: ast.Call) -> Iterator[tuple[Module, ast.Call]]:
    """The calls that give what one predicts: itself, and those of the functions that return it."""
    reached = [(module, call)]
    for _ in range(limits.MAX_CALLS_WITH_OUTPUT):
        yield from reached
        reached = [outer for where, result in reached for outer in _handing_on(project, where, result)]


def _handing_on(project: Project, module: Module, call: ast.Call) -> Iterator[tuple[Module, ast.Call]]:
    """The calls of a function that returns what one of its own gives, of data whose order nothing keeps."""
    function = module.function_of(call)
    if function is None or not function.returns:
        return
    barriers = frozenset(_barriers(module))
    returned = Slicer(inference_of(project), module, function.node, barriers=barriers).of(*function.returns)
    for edge in Callers.of(project).edges(function) if returned.reaches(call) else ():
        if edge.kind is EdgeKind.CALL and isinstance(edge.node, ast.Call):
            given = [*edge.node.args, *(keyword.value for keyword in edge.node.keywords)]
            if not any(told_to_keep_order(edge.module, item) for item in given):
                yield edge.module, edge.node


def _pairs_at(project: Project, module: Module, call: ast.Call, source: DataSource) -> Iterator[Pair]:
    """The same for what one call gives, in its own function."""
    function = module.function_of(call)
    reads = [
        node
        for node in _label_reads(project, module, source)
        if module.function_of(node) is function and node is not call
    ]
    if not reads:
        return
    scope: ast.AST = function.node if function is not None else module.tree
    barriers = frozenset(_barriers(module))
    predicted = Slicer(inference_of(project), module, scope, stop=call, barriers=barriers)
    known: dict[ast.expr, tuple[bool, ast.expr | None]] = {}

    def look(operand: ast.expr) -> tuple[bool, ast.expr | None]:
        if operand not in known:
            found = predicted.of(operand)
            known[operand] = found.reaches(call), next((read for read in reads if found.reaches(read)), None)
        return known[operand]

    for node, operands in _meetings(module):
        if module.function_of(node) is not function:
            continue
        seen = [look(operand) for operand in operands]
        if any(hit and read is None for hit, read in seen):
            for hit, read in seen:
                if read is not None and not hit:
                    yield Pair(module, node, read)
                    break


def _label_reads(project: Project, module: Module, source: DataSource) -> Iterator[ast.expr]:
    """Expressions that give labels (or file names) of a source in an order of their own, here or in a helper."""
    yield from _direct_reads(project, module, source)
    yield from _read_by_helpers(project, module, source)


def _direct_reads(project: Project, module: Module, source: DataSource) -> Iterator[ast.expr]:
    for name in sorted(LABELS):
        for attribute in module.attributes.get(name, ()):
            if isinstance(attribute.ctx, ast.Load) and is_source(project, module, attribute.value, source):
                yield attribute
    for node in module.scopes:
        if isinstance(node, (*LOOPS, ast.comprehension)):
            walk = walk_of(module, node)
            walked = node.iter if isinstance(node, ast.comprehension) else walk.iterable if walk is not None else None
            if walked is not None and is_source(project, module, _unwrapped(walked), source):
                yield walked
        elif isinstance(node, ast.Starred) and is_source(project, module, _unwrapped(node.value), source):
            yield node.value
        elif (
            source.iterator
            and isinstance(node, ast.Subscript)
            and isinstance(node.ctx, ast.Load)
            and is_source(project, module, node.value, source)
        ):
            yield node
    for name in COLLECTORS:
        for call in module.calls.get(name, ()):
            if call.args and is_source(project, module, _unwrapped(call.args[0]), source):
                yield call
    for call in module.calls.get("next", ()):
        given = call.func.value if isinstance(call.func, ast.Attribute) else next(iter(call.args), None)
        if given is not None and is_source(project, module, _unwrapped(given), source):
            yield call
    if isinstance(source.labels, ast.Name) and source.module is module:
        meant = set(bindings_of(module, source.labels))
        for name_node in module.names.get(source.labels.id, ()):
            if isinstance(name_node.ctx, ast.Load) and meant & set(bindings_of(module, name_node)):
                yield name_node


def _read_by_helpers(project: Project, module: Module, source: DataSource) -> Iterator[ast.expr]:
    """Calls of functions that walk through a source, predict nothing of it, and give what they read back."""
    for call in _given_to(project, module, source):
        for value in inference_of(project).values(module, call.func):
            function = value.function if isinstance(value, FunctionObject) else None
            if function is not None and module.function_of(call) is not function:
                if _gives_labels(project, function, source):
                    yield call
                    break
    # Those that find the source by themselves, on their object.
    holders = dict.fromkeys(module.function_of(read) for read in _direct_reads(project, module, source))
    for holder in holders:
        for edge in Callers.of(project).edges(holder) if holder is not None and holder.is_method else ():
            is_read = edge.on is not None or isinstance(edge.node, ast.Call)
            is_run = edge.module is module and edge.kind is EdgeKind.CALL and is_read
            if is_run and holder is not None and _gives_labels(project, holder, source):
                yield edge.node


def _gives_labels(project: Project, function: Function, source: DataSource) -> bool:
    """Whether a function reads the labels of a source, predicts nothing of it, and gives them back."""
    inner = function.module
    if _predicts(project, function):
        return False
    reads = [read for read in _direct_reads(project, inner, source) if inner.function_of(read) is function]
    slicer = Slicer(inference_of(project), inner, function.node, barriers=frozenset(_barriers(inner)))
    given_out = [*function.returns, *function.yields, *function.yields_from]
    return bool(reads) and any(slicer.of(given).reaches(read) for given in given_out for read in reads)


def _given_to(project: Project, module: Module, source: DataSource) -> Iterator[ast.Call]:
    """The calls that get a source as an argument."""
    for calls in list(module.calls.values()):
        for call in calls:
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            plain = [item for item in given if isinstance(item, ast.Name | ast.Attribute)]
            if any(is_source(project, module, item, source) for item in plain):
                yield call


def _predicts(project: Project, function: Function) -> bool:
    """Whether a function runs a model: its labels may come from the same pass as its predictions."""
    calls = [node for node in ast.walk(function.node) if isinstance(node, ast.Call)]
    return any(
        (last_name(call.func) or "").startswith("predict")
        or any(isinstance(v, KerasModel | Instance) for v in inference_of(project).values(function.module, call.func))
        for call in calls
    )


def _unwrapped(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Call) and last_name(node.func) in _WRAPPERS:
        if node.args:
            node = node.args[0]
        elif isinstance(node.func, ast.Attribute):
            node = node.func.value
        else:
            break
    return node


def _barriers(module: Module) -> Iterator[ast.AST]:
    """What the order of rows does not pass."""
    for name in ORDERLESS_ATTRIBUTES:
        yield from module.attributes.get(name, ())
    for name in ORDERLESS_CALLS:
        yield from module.calls.get(name, ())
    for name in REDUCTIONS:
        for call in module.calls.get(name, ()):
            through_module = isinstance(call.func, ast.Attribute) and dotted(call.func.value) in (
                "np",
                "numpy",
                "tf",
                "K",
            )
            if name in POSITIONS and _is_in_a_loop(module, call):
                continue  # the class of one sample
            if len(call.args) <= (1 if through_module or isinstance(call.func, ast.Name) else 0) and not any(
                k.arg in ("axis", "dim") for k in call.keywords
            ):
                yield call


def _is_in_a_loop(module: Module, node: ast.expr) -> bool:
    """Whether something is evaluated once for each element that a loop of its own function walks through."""
    for child, parent in module.ancestors(node):
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return False
        if isinstance(parent, ast.For | ast.AsyncFor) and child is not parent.iter:
            return True
        if isinstance(parent, COMPREHENSIONS):
            return True
    return False


def _meetings(module: Module) -> Iterator[tuple[ast.expr, list[ast.expr]]]:
    """Expressions that set values side by side, with those values."""
    for name, calls in module.calls.items():
        if name in METRICS or name.endswith(METRIC_ENDS):
            for call in calls:
                operands: list[ast.expr] = [*call.args, *(k.value for k in call.keywords)]
                for operand in list(operands):
                    if isinstance(operand, ast.Dict):
                        operands.remove(operand)
                        operands.extend(operand.values)
                    elif name == "DataFrame" and isinstance(operand, ast.Call) and last_name(operand.func) == "zip":
                        operands.remove(operand)
                if len(operands) >= 2:
                    yield call, operands
    for name in TAKES_PAIRS:
        # Features that a model predicted, and the labels that another model learns them with.
        for call in module.calls.get(name, ()):
            yield call, [*call.args[:2], *(k.value for k in call.keywords if k.arg in ("x", "y"))]
            for keyword in call.keywords:
                if keyword.arg == "validation_data" and isinstance(keyword.value, ast.Tuple):
                    yield call, keyword.value.elts
    for node in module.scopes:
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            yield node, [node.left, *node.comparators]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            yield node, [node.left, node.right]
        elif isinstance(node, ast.Dict) and not _is_in_comprehension(module, node):
            yield node, list(node.values)


def _is_in_comprehension(module: Module, node: ast.expr) -> bool:
    return isinstance(module.parents.get(node), COMPREHENSIONS)
