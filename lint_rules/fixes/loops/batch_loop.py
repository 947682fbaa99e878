"""A `for` loop that predicts sample by sample -> one batched predict, and a loop over its rows.

Where the input can be written from the loop variable alone, one line goes above the loop:

    predictions = model.predict(np.stack(xs))
    for x, prediction in zip(xs, predictions):
        ...

Where statements of the body prepare it, the loop is cut in two at the call: the first half collects the inputs (and
what the second half still needs), the second half goes over the predictions. Order, results and comments stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.loops.batch_comprehension import batch_comprehension, comprehension_of
from lint_rules.fixes.loops.batch_feed import PerSampleCall, Use, per_sample_call, use_of
from lint_rules.fixes.loops.batch_gather import Walk, batch_code, over_a_list
from lint_rules.fixes.loops.iteration import (
    counted_sequence,
    holds_still,
    innermost,
    is_call_of,
    with_list,
    without_progress,
)
from lint_rules.fixes.loops.loop_shape import (
    Shape,
    independent,
    leaves_early,
    leaves_function,
    plain_bindings,
    shape_around,
)
from lint_rules.fixes.tree.imports import bring_in
from lint_rules.fixes.tree.locate import Tree, call_at
from lint_rules.fixes.tree.names import bound_paths, fresh_name, mutated_paths, read_paths, target_paths, touches, words
from lint_rules.fixes.tree.text import Change, edits

CAVEAT = (
    "all inputs are made before the first prediction is used and must have one shape, the model is taken to have one "
    "output, and without any sample the batched call raises an error"
)
"""What may change when a loop is batched, for the message of an unsafe fix."""


@dataclass(frozen=True, slots=True)
class _Loop:
    """A loop to rewrite; `name` is what one row of the predictions is called in it."""

    tree: Tree
    shape: Shape
    part: PerSampleCall
    use: Use
    name: str
    names_row: bool

    @property
    def row_start(self) -> int:
        return self.tree.line_start(self.tree.span(self.shape.node)[0])

    @property
    def indent(self) -> str:
        return self.tree.indentation(self.row_start)


def batch_predict(
    text: str, at: Position, *, end: Position | None = None, single: bool = False
) -> tuple[Edit, ...] | None:
    """Hoist one batched predict out of the comprehension or `for` loop that calls it per sample at `at`.

    `single` tells that the input has one row even where its code does not show it.

    None where the shape is not one of those above: a branch, a `while`, a `try` or another loop between the `for` and
    the call, or inputs that depend on what the loop does behind the call.
    """
    found = call_at(text, at, end=end, named={"predict", "predict_on_batch"})
    if found is None:
        return None
    tree, call = found
    if comprehension_of(tree, call):
        return batch_comprehension(text, at, end=end, single=single)
    loop = _loop_of(tree, call, single)
    if loop is None:
        return None
    shape = loop.shape
    needed = {path for sample in loop.part.samples for path in read_paths(sample.node)}
    prepared = touches(needed, bound_paths(shape.before))
    if not prepared and not touches(needed, shape.targets):
        # The same input in every round: there is nothing to batch.
        return None
    if prepared or leaves_early(shape.before):
        return _cut_in_two(loop)
    if _holds_still(tree, shape.node.iter) or not _goes_over_source(loop):
        return _hoisted(loop)
    return _over_a_list(loop, at, single)


def _loop_of(tree: Tree, call: cst.Call, single: bool) -> _Loop | None:
    shape, part = shape_around(tree, call), per_sample_call(tree, call, single)
    if shape is None or part is None or not independent(shape, part.receiver, (it.node for it in part.samples)):
        return None
    use = use_of(tree, call)
    if tree.comments(use.start, use.end):
        return None
    own = _own_name(tree, shape, use)
    return _Loop(tree, shape, part, use, own or fresh_name(tree.text, "prediction", "predicted"), own is not None)


def _own_name(tree: Tree, shape: Shape, use: Use) -> str | None:
    """`p` where the statement is `p = model.predict(..)[0]` and nothing else: the row can have that name at once."""
    match shape.at:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value) if value is use.node:
            row = tree.parent(shape.at)
            if (
                use.whole
                and name not in shape.targets | bound_paths(shape.before)
                and (shape.behind or shape.before)
                and isinstance(row, cst.SimpleStatementLine)
                and not tree.comments(*tree.full_span(row))
            ):
                return name
    return None


def _reads_target(loop: _Loop) -> bool:
    """Whether the rewritten loop, or the code behind it, still needs a name the `for` binds."""
    return bool(_still_read(loop) & loop.shape.targets)


def _goes_over_source(loop: _Loop) -> bool:
    """Whether the rewritten loop still goes over what the `for` goes over, which by then the inputs have used up."""
    tree, node = loop.tree, loop.shape.node
    own = words(tree.code(innermost(node.iter))) - {"zip", "enumerate", "range", "len"}
    return bool(own & words(_header(loop, node.target, node.iter, "_")[1]))


def _still_read(loop: _Loop) -> set[str]:
    """The words of the loop's body outside the expression replaced, and of what follows in its scope."""
    tree, text = loop.tree, loop.tree.text
    start, stop = tree.full_span(loop.shape.node.body)
    scope_end = next(
        (tree.full_span(node)[1] for node in tree.ancestors(loop.shape.node) if isinstance(node, cst.FunctionDef)),
        len(text),
    )
    return set(words(f"{text[start : loop.use.start]} {text[loop.use.end : max(stop, scope_end)]}"))


def _holds_still(tree: Tree, source: cst.BaseExpression) -> bool:
    return holds_still(tree, without_progress(source))


def _use_changes(loop: _Loop) -> list[Change]:
    """The changes at the call: the row's name in its place, or the whole statement gone where it only named it."""
    if not loop.names_row:
        return [(loop.use.start, loop.use.end, f"{loop.name}{loop.use.suffix}")]
    row = loop.tree.parent(loop.shape.at)
    assert row is not None
    start = loop.tree.line_start(loop.tree.span(row)[0])
    return [(start, loop.tree.full_span(row)[1], "")]


def _hoisted(loop: _Loop) -> tuple[Edit, ...] | None:
    tree, shape = loop.tree, loop.shape
    numpy, imported = bring_in(tree.text, "numpy", alias="np")
    over = Walk(shape.node.target, without_progress(shape.node.iter))
    predicted = loop.part.batched(tree, lambda sample: batch_code(tree, sample, over, numpy))
    whole = _extended(loop, predicted)
    if whole:
        return (*imported, *edits(tree.text, [whole]))
    predictions = fresh_name(tree.text, "predictions", "batch_predictions")
    target, source = _header(loop, shape.node.target, shape.node.iter, predictions)
    start, stop = tree.full_span(shape.node.target)[0], tree.full_span(shape.node.iter)[1]
    changes: list[Change] = [
        (loop.row_start, loop.row_start, f"{loop.indent}{predictions} = {predicted}\n"),
        (start, stop, f"{target} in {source}"),
        *_use_changes(loop),
    ]
    if tree.comments(start, stop):
        return None
    return (*imported, *edits(tree.text, changes))


def _extended(loop: _Loop, predicted: str) -> Change | None:
    """`out.extend(...)` for a loop that does nothing but append the rows to a list."""
    tree, shape = loop.tree, loop.shape
    start = tree.span(shape.node)[0]
    match shape.at:
        case cst.Expr(value=cst.Call(func=cst.Attribute(value=owner, attr=cst.Name("append")), args=[only])) if (
            only.value is loop.use.node
            and loop.use.whole
            and not shape.before
            and not shape.behind
            and not shape.node.orelse
            and not _reads_target(loop)
            and not tree.comments(start, tree.full_span(shape.node)[1])
        ):
            return start, tree.span(shape.at)[1], f"{tree.code(owner)}.extend({predicted})"
    return None


def _header(loop: _Loop, target: cst.BaseExpression, source: cst.BaseExpression, predictions: str) -> tuple[str, str]:
    """What the loop binds and goes over once the predictions are at hand."""
    tree, name = loop.tree, loop.name
    names = target_paths(target)
    if not names & _still_read(loop):
        return name, predictions
    elements = list(target.elements) if isinstance(target, cst.Tuple) else []
    if isinstance(source, cst.Call) and not any(argument.star for argument in source.args):
        if isinstance(source.func, cst.Name) and source.func.value == "enumerate" and len(elements) == 2:
            inner, over = _header(loop, elements[1].value, source.args[0].value, predictions)
            rest = tree.text[tree.full_span(source.args[0].value)[1] : tree.span(source)[1] - 1].strip().rstrip(",")
            inner = inner if inner == name else f"({inner})"
            return f"{tree.code(elements[0].value)}, {inner}", f"enumerate({over}{rest})"
        if is_call_of(source, "zip") and len(elements) == len(source.args):
            bound = ", ".join(tree.code(element.value) for element in elements)
            walked = ", ".join(tree.code(argument.value) for argument in source.args)
            return f"{bound}, {name}", f"zip({walked}, {predictions})"
    if counted_sequence(tree, source) and isinstance(target, cst.Name):
        return f"{target.value}, {name}", f"enumerate({predictions})"
    return f"{tree.item(target)}, {name}", f"zip({tree.item(source)}, {predictions})"


def _over_a_list(loop: _Loop, at: Position, single: bool) -> tuple[Edit, ...] | None:
    """As `_hoisted`, over a list made first, since what the loop goes over may be gone after one pass."""
    tree, shape = loop.tree, loop.shape
    text = None if shape.inline else with_list(tree, shape.node.iter, loop.row_start)
    again = text and call_at(text, Position(at.row + 1, at.column), named={"predict", "predict_on_batch"})
    listed = _loop_of(*again, single) if again else None
    further = _hoisted(listed) if listed else None
    return over_a_list(tree.text, text, further) if text and further else None


def _cut_in_two(loop: _Loop) -> tuple[Edit, ...] | None:
    tree, shape = loop.tree, loop.shape
    text = tree.text
    at_row = shape.at if isinstance(shape.at, cst.BaseStatement) else tree.parent(shape.at)
    if shape.inline or shape.node.orelse or at_row is None or leaves_function(shape.before):
        return None
    read = _read_behind(loop)
    if touches(read, mutated_paths(shape.before)):
        return None
    sure = shape.targets | plain_bindings(shape.before)
    kept = sorted(name for name in read & bound_paths([*shape.before, shape.node]) if "." not in name)
    kept = [name for name in kept if name in sure or name in bound_paths(shape.before)]
    if any(name not in sure for name in kept):
        return None
    numpy, imported = bring_in(text, "numpy", alias="np")
    taken = text
    lists: list[str] = []
    for _ in loop.part.samples:
        lists.append(fresh_name(taken, "inputs", "batch_inputs"))
        taken += f" {lists[-1]}"
    inputs = dict(zip(loop.part.samples, lists, strict=True))
    # Where only the input itself is needed again, the list of inputs serves for both.
    again = [lists[place] for place, sample in enumerate(loop.part.samples) if [sample.item] == kept]
    keeper = again[0] if again else fresh_name(taken, "kept", "kept_values")
    predictions = fresh_name(taken, "predictions", "batch_predictions")
    predicted = loop.part.batched(tree, lambda sample: f"{numpy}.{sample.joined}({inputs[sample]})")

    start = tree.full_span(at_row)[0]
    body = tree.indentation(tree.line_start(tree.span(at_row)[0]))
    above = [f"{name} = []" for name in lists]
    ends = [f"{inputs[sample]}.append({sample.item})" for sample in loop.part.samples]
    bound, walked = loop.name, predictions
    if kept:
        held = kept[0] if len(kept) == 1 else f"({', '.join(kept)})"
        if not again:
            above.append(f"{keeper} = []")
            ends.append(f"{keeper}.append({held})")
        bound, walked = f"{held}, {loop.name}", f"zip({keeper}, {predictions})"
    middle = [
        *(f"{body}{row}\n" for row in ends),
        f"{loop.indent}{predictions} = {predicted}\n",
        f"{loop.indent}for {bound} in {walked}:\n",
    ]
    changes = [
        (loop.row_start, loop.row_start, "".join(f"{loop.indent}{row}\n" for row in above)),
        (start, start, "".join(middle)),
        *_use_changes(loop),
    ]
    if loop.names_row and not shape.behind:
        return None
    return (*imported, *edits(text, changes))


def _read_behind(loop: _Loop) -> set[str]:
    """The chains of names that the call's statement (but for the call) and those behind it read."""
    tree, shape = loop.tree, loop.shape
    paths: set[str] = set()
    for statement in (shape.at, *shape.behind):
        paths |= read_paths(statement)
    if shape.at is not None:
        inside = read_paths(loop.use.node)
        start, stop = tree.full_span(shape.at)
        outside = words(f"{tree.text[start : loop.use.start]} {tree.text[loop.use.end : stop]}")
        behind = {path for statement in shape.behind for path in read_paths(statement)}
        paths -= {path for path in inside if path.split(".")[0] not in outside and path not in behind}
    return paths
