"""`[model.predict(x[None])[0] for x in xs]` -> `list(model.predict(np.stack(xs)))`."""

from __future__ import annotations

from typing import TypeAlias

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.loops.batch_feed import Use, per_sample_call, use_of
from lint_rules.fixes.loops.batch_gather import Walk, batch_code, over_a_list
from lint_rules.fixes.loops.iteration import holds_still, with_list
from lint_rules.fixes.loops.known import NOTHING, Known
from lint_rules.fixes.tree.imports import bring_in
from lint_rules.fixes.tree.locate import Tree, call_at, called_name, statement_of
from lint_rules.fixes.tree.names import bound_paths, fresh_name, read_names, read_paths, touches, walk
from lint_rules.fixes.tree.text import Change, apply_changes, edits
from lint_rules.semantics.knowledge.model_methods import GIVES_NUMPY

Comprehension: TypeAlias = cst.ListComp | cst.SetComp | cst.GeneratorExp | cst.DictComp

_JOINS_ROWS = frozenset({"array", "asarray", "stack", "vstack"})
_JOINS_BATCHES = frozenset({"concatenate", "vstack"})
_NUMPY = frozenset({"np", "numpy"})


def batch_comprehension(
    text: str, at: Position, *, end: Position | None = None, known: Known = NOTHING
) -> tuple[Edit, ...] | None:
    """Replace a comprehension that predicts sample by sample by one over the rows of one batched predict.

    Order and type of the result stay. What may be gone after one pass, but is needed for the inputs and beside the
    predictions, is made a list first. None where the input depends on anything else bound
    inside.
    """
    found = call_at(text, at, end=end, named=GIVES_NUMPY)
    if found is None:
        return None
    return _batched(*found, known) or _over_a_list(*found, at, known)


def _over_a_list(tree: Tree, call: cst.Call, at: Position, known: Known) -> tuple[Edit, ...] | None:
    """The edits where `samples = list(xs)` goes above the statement first."""
    comprehension, statement = comprehension_of(tree, call), statement_of(tree, call)
    if comprehension is None or not isinstance(statement, cst.SimpleStatementLine):
        return None
    if any(isinstance(around, cst.BaseComp) for around in tree.ancestors(comprehension)):
        return None
    listed = with_list(tree, comprehension.for_in.iter, tree.line_start(tree.span(statement)[0]))
    again = listed and call_at(listed.text, Position(at.row + 1, at.column), named=GIVES_NUMPY)
    further = _batched(*again, known.with_steady(listed.name)) if listed and again else None
    return over_a_list(tree.text, listed.text, further) if listed and further else None


def _batched(tree: Tree, call: cst.Call, known: Known) -> tuple[Edit, ...] | None:
    text = tree.text
    comprehension = comprehension_of(tree, call)
    part = per_sample_call(tree, call, known)
    if comprehension is None or part is None:
        return None
    loop = comprehension.for_in
    clauses = _clauses(loop)
    if any(clause.asynchronous for clause in clauses):
        return None
    if len(part.samples) > 1 and not all(holds_still(tree, clause.iter, known.steady) for clause in clauses):
        # Each input is made in a pass of its own.
        return None
    variables = bound_paths([loop])
    settings = {path for node in part.settings for path in read_paths(node)}
    if touches(settings, variables) or is_unwrapped(tree, call):
        return None
    if touches(read_paths(part.receiver), variables) or not runs_every_time(tree, call, comprehension):
        return None
    if not any(touches(read_paths(sample.node), variables) for sample in part.samples):
        # The same input for every element: there is nothing to batch.
        return None
    use = use_of(tree, call, several=part.several)
    if touches(read_paths(comprehension, hole=use.node), known.reused):
        return None
    numpy, imported = bring_in(text, "numpy", alias="np")
    condition = _behind_first(tree, clauses)
    over = Walk(loop.target, loop.iter, condition, known.steady)
    predicted = part.batched(tree, lambda sample: batch_code(tree, sample, over, numpy, copied=bool(known.reused)))
    change = _rewritten(tree, comprehension, use, predicted, over)
    if change is None or any(comment not in change[2] for comment in tree.comments(change[0], change[1])):
        return None
    return (*imported, *edits(text, [change]))


def _clauses(loop: cst.CompFor) -> list[cst.CompFor]:
    """The `for` of a comprehension, and those in it."""
    found = [loop]
    while found[-1].inner_for_in is not None:
        found.append(found[-1].inner_for_in)
    return found


def _behind_first(tree: Tree, clauses: list[cst.CompFor]) -> str:
    """The code of what stands behind the first `for x in xs`: its conditions, and further clauses."""
    code = ""
    for place, clause in enumerate(clauses):
        if place:
            code += f" for {tree.code(clause.target)} in {tree.item(clause.iter)}"
        code += "".join(f" if {tree.code(check.test)}" for check in clause.ifs)
    return code


def comprehension_of(tree: Tree, call: cst.Call) -> Comprehension | None:
    """The comprehension whose element holds the call; None where a lambda or another scope comes between, or where
    the call stands in what is gone over or in a condition."""
    inside: cst.CSTNode = call
    for around in tree.ancestors(call):
        if isinstance(around, (cst.Lambda, cst.BaseStatement, cst.CompFor)):
            return None
        if isinstance(around, (cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp)):
            return None if inside is around.for_in else around
        inside = around
    return None


def is_unwrapped(tree: Tree, call: cst.Call) -> bool:
    """Whether the code takes `.numpy()` of the prediction: that must go first."""
    around: cst.CSTNode | None = tree.parent(call)
    while isinstance(around, cst.Subscript):
        around = tree.parent(around)
    return isinstance(around, cst.Attribute) and around.attr.value == "numpy"


def runs_every_time(tree: Tree, node: cst.CSTNode, holder: cst.CSTNode) -> bool:
    """Whether a node is evaluated every time that a comprehension or a lambda around it is: no branch and no `and` /
    `or` between, nothing bound by `:=`."""
    for around in tree.ancestors(node):
        if around is holder:
            break
        if isinstance(around, (cst.IfExp, cst.BooleanOperation)):
            return False
    return not any(isinstance(inner, cst.NamedExpr) for inner in walk(holder))


def _rewritten(tree: Tree, comprehension: Comprehension, use: Use, predicted: str, over: Walk) -> Change | None:
    """The change of the whole comprehension, which goes `over` something."""
    element = comprehension if isinstance(comprehension, cst.DictComp) else comprehension.elt
    if element is use.node and isinstance(comprehension, (cst.ListComp, cst.GeneratorExp)):
        return _bare(tree, comprehension, use, predicted)
    loop = comprehension.for_in
    name = fresh_name(tree.text, "prediction", "predicted")
    start, stop = tree.span(comprehension)
    header = (tree.full_span(loop.whitespace_before)[1], tree.full_span(loop)[1])
    body = apply_changes(tree.text[start : header[0]], [(use.start - start, use.end - start, use.code(name))])
    variables = bound_paths([loop])
    clauses = _clauses(loop)
    if touches(read_names_outside(element, use.node, tree), variables):
        if not all(holds_still(tree, clause.iter, over.steady) for clause in clauses):
            return None
        target, source = tree.item(loop.target), tree.code(loop.iter)
        if len(clauses) > 1:
            target = f"({', '.join(tree.item(clause.target) for clause in clauses)})"
        if over.condition:
            source = f"[{target} for {tree.code(loop.target)} in {source}{over.condition}]"
        walked = f"for {target}, {name} in zip({source}, {predicted})"
    else:
        walked = f"for {name} in {predicted}"
    return start, stop, f"{body}{walked}{tree.text[header[1] : stop]}"


def read_names_outside(element: cst.CSTNode, hole: cst.CSTNode, tree: Tree) -> set[str]:
    """The names read in `element` but for what stands in `hole`."""
    start, end = tree.full_span(hole)
    return {
        node.value
        for node in walk(element)
        if isinstance(node, cst.Name) and not start <= tree.span(node)[0] < end and node.value in read_names(element)
    }


def _bare(tree: Tree, comprehension: cst.ListComp | cst.GeneratorExp, use: Use, predicted: str) -> Change:
    """The change where the element is the prediction and nothing else."""
    holder, span = _joining_call(tree, comprehension)
    joins = _JOINS_ROWS if use.whole else _JOINS_BATCHES
    if holder in joins and span and not use.each and use.suffix in ("", "[None]"):
        return (*span, predicted)
    if use.whole and isinstance(comprehension, cst.ListComp):
        return (*tree.span(comprehension), f"list({predicted})")
    name = fresh_name(tree.text, "prediction", "predicted")
    start, stop = tree.span(comprehension)
    head = tree.text[start : tree.full_span(comprehension.elt)[0]]
    tail = tree.text[tree.full_span(comprehension.for_in)[1] : stop]
    return start, stop, f"{head}{use.code(name)} for {name} in {predicted}{tail}"


def _joining_call(tree: Tree, comprehension: cst.CSTNode) -> tuple[str | None, tuple[int, int] | None]:
    """The NumPy function whose only argument the comprehension is, and where its call stands."""
    argument = tree.parent(comprehension)
    around = tree.parent(argument) if isinstance(argument, cst.Arg) else None
    if (
        isinstance(around, cst.Call)
        and len(around.args) == 1
        and isinstance(around.func, cst.Attribute)
        and isinstance(around.func.value, cst.Name)
        and around.func.value.value in _NUMPY
    ):
        return called_name(around), tree.span(around)
    return None, None
