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
from lint_rules.fixes.loops.given_lambda import given_lambda
from lint_rules.fixes.loops.known import NOTHING, Known
from lint_rules.fixes.tree.locate import Tree, call_at, statement_of
from lint_rules.fixes.tree.names import fresh_name, is_chain, read_paths, touches, walk
from lint_rules.fixes.tree.text import Change
from lint_rules.semantics.knowledge.model_methods import GIVES_NUMPY


def batch_applied(
    text: str, at: Position, *, end: Position | None = None, known: Known = NOTHING, rows: bool = False
) -> tuple[Edit, ...] | None:
    """Predict ahead for the call at `at` in `series.apply(lambda x: ...)`; with `rows`, in
    `frame.apply(lambda row: ..., axis=1)`. None for any other shape."""
    found = call_at(text, at, end=end, named=GIVES_NUMPY)
    if found is None:
        return None
    tree, call = found
    given, part = given_lambda(tree, call), per_sample_call(tree, call, known)
    if given is None or part is None or known.reused or not isinstance(given.given_to.func, cst.Attribute):
        return None
    name, applying, owner = given.parameter, given.given_to, given.given_to.func.value
    if not _runs_at_once(tree, applying) or not _is_read_only(owner) or not runs_every_time(tree, call, given.function):
        return None
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
