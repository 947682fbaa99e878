"""What pandas applies to the rows of a table or the elements of a column: all is predicted ahead, in one call.

    frame["score"] = frame.apply(lambda row: model.predict(row.values[None])[0, 0], axis=1)

becomes

    predictions = iter(model.predict(np.stack([row.values for _, row in frame.iterrows()])))
    frame["score"] = frame.apply(lambda row: next(predictions)[0], axis=1)
"""

from __future__ import annotations

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.loops.batch_ahead import predict_ahead
from lint_rules.fixes.loops.batch_comprehension import runs_every_time
from lint_rules.fixes.loops.batch_feed import Sample, per_sample_call
from lint_rules.fixes.loops.known import NOTHING, Known
from lint_rules.fixes.tree.locate import Tree, call_at, statement_of
from lint_rules.fixes.tree.names import fresh_name, is_chain, read_paths, touches, walk
from lint_rules.fixes.tree.text import Change

_FAMILY = {"predict", "predict_on_batch"}


def batch_applied(
    text: str, at: Position, *, end: Position | None = None, known: Known = NOTHING, rows: bool = False
) -> tuple[Edit, ...] | None:
    """Predict ahead for the call at `at` in `series.apply(lambda x: ...)`; with `rows`, in
    `frame.apply(lambda row: ..., axis=1)`. None for any other shape."""
    found = call_at(text, at, end=end, named=_FAMILY)
    if found is None:
        return None
    tree, call = found
    function = next((around for around in tree.ancestors(call) if isinstance(around, cst.Lambda)), None)
    argument = tree.parent(function) if function is not None else None
    applying = tree.parent(argument) if isinstance(argument, cst.Arg) else None
    part = per_sample_call(tree, call, known)
    if function is None or not isinstance(applying, cst.Call) or not isinstance(applying.func, cst.Attribute):
        return None
    owner, parameters = applying.func.value, function.params.params
    if part is None or known.reused or len(parameters) != 1 or parameters[0].default is not None:
        return None
    if not _runs_at_once(tree, applying) or not _is_read_only(owner) or not runs_every_time(tree, call, function):
        return None
    name = parameters[0].name.value
    if touches({path for node in (*part.settings, part.receiver) for path in read_paths(node)}, {name}):
        return None
    if not all(touches(read_paths(sample.node), {name}) for sample in part.samples):
        return None
    walked = f"for _, {name} in {tree.code(owner)}.iterrows()" if rows else f"for {name} in {tree.code(owner)}"

    def elements(sample: Sample) -> str:
        return f"list({tree.code(owner)})" if sample.item == name and not rows else f"[{sample.item} {walked}]"

    return predict_ahead(tree, call, part, applying, elements)


def applied_ahead(tree: Tree, applying: cst.Call, function: str, *, rows: bool) -> list[Change] | None:
    """The changes that hand all rows of `frame.apply(helper, axis=1)`, or all elements of `series.apply(helper)`, to a
    function ahead. None where that cannot be asked for first."""
    statement = statement_of(tree, applying)
    owner = applying.func.value if isinstance(applying.func, cst.Attribute) else None
    if statement is None or owner is None or not _runs_at_once(tree, applying) or not _is_read_only(owner):
        return None
    code = tree.code(owner)
    name, row = fresh_name(tree.text, "results", "all_results"), fresh_name(tree.text, "row", "one_row")
    given = f"[{row} for _, {row} in {code}.iterrows()]" if rows else f"list({code})"
    start = tree.line_start(tree.span(statement)[0])
    return [
        (start, start, f"{tree.indentation(start)}{name} = iter({function}({given}))\n"),
        (*tree.full_span(applying.args[0].value), f"lambda {row}: next({name})"),
    ]


def _runs_at_once(tree: Tree, applying: cst.Call) -> bool:
    """Whether a call is evaluated whenever its statement is, once."""
    between = (cst.Lambda, cst.BaseComp, cst.IfExp, cst.BooleanOperation, cst.NamedExpr)
    simple = isinstance(statement_of(tree, applying), cst.SimpleStatementLine)
    return simple and not any(isinstance(around, between) for around in tree.ancestors(applying))


def _is_read_only(node: cst.BaseExpression) -> bool:
    """Whether an expression only looks things up: `frame`, `self.frame["image"]`."""
    while isinstance(node, cst.Subscript) and not any(isinstance(inner, cst.Call) for inner in walk(node)):
        node = node.value
    return is_chain(node)
