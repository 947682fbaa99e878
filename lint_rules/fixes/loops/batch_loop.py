"""A `for` loop that predicts sample by sample -> one batched predict, and a loop over its rows.

Where the input can be written from the loop variable alone, one line goes above the loop:

    predictions = model.predict(np.stack(xs))
    for x, prediction in zip(xs, predictions):
        ...

Where statements of the body prepare it, the loop is cut in two at the call: the first half collects the inputs (and
what the second half still needs), the second half goes over the predictions. Order, results and comments stay.
"""

from __future__ import annotations

from functools import lru_cache

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.loops.batch_comprehension import batch_comprehension, turn_of
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
from lint_rules.fixes.loops.known import NOTHING, Known
from lint_rules.fixes.loops.loop_shape import (
    Shape,
    branch_around,
    ends_loop,
    independent,
    keeps_code,
    leaves_early,
    leaves_function,
    outlives,
    plain_bindings,
    raises,
    shape_around,
    suspends,
)
from lint_rules.fixes.tree.changes import Changes, changes_in, imports_of, seen_by_functions
from lint_rules.fixes.tree.imports import bring_in
from lint_rules.fixes.tree.locate import Tree, call_at, call_in, tree_with_row
from lint_rules.fixes.tree.names import (
    REMEMBERED,
    bound_paths,
    fresh_name,
    read_paths,
    roots,
    target_paths,
    touches,
    walk,
    words,
)
from lint_rules.fixes.tree.text import Change, edits, position_of
from lint_rules.records import dataclass
from lint_rules.semantics.knowledge.model_methods import GIVES_NUMPY

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
    changes: Changes
    known: Known

    @property
    def row_start(self) -> int:
        return self.tree.line_start(self.tree.span(self.shape.node)[0])

    @property
    def indent(self) -> str:
        return self.tree.indentation(self.row_start)

    @property
    def holds_still(self) -> bool:
        """Whether what the loop goes over can be gone over twice."""
        return holds_still(self.tree, without_progress(self.shape.node.iter), self.known.steady)

    @property
    def late(self) -> tuple[cst.CSTNode, ...]:
        """The statement of the call and those behind it: what runs with the predictions at hand."""
        return (self.shape.at, *self.shape.behind)


def batch_branch(
    text: str, at: Position, *, end: Position | None = None, known: Known = NOTHING
) -> tuple[Edit, ...] | None:
    """Hoist one batched predict of all samples out of the loop that predicts some of them: the call at `at` is in a
    branch of its body.

    None where an input is made in the loop, by a call, or is asked by the condition of the branch: that may be there
    because not every sample can be predicted.
    """
    found = call_at(text, at, end=end, named=GIVES_NUMPY)
    branch = branch_around(*found) if found is not None else None
    if found is None or branch is None:
        return None
    (tree, call), (shape, conditions) = found, branch
    loop = _loop_of(tree, call, known, shape)
    if loop is None or loop.known.reused:
        return None
    needed = {path for sample in loop.part.samples for path in read_paths(sample.node)}
    asked = {path for condition in conditions for path in read_paths(condition)}
    if touches(needed, asked) or any("(" in sample.item for sample in loop.part.samples):
        return None
    if touches(needed, loop.changes.changed([*shape.before, shape.at])) or not touches(needed, shape.targets):
        return None
    if leaves_early(shape.before) or ends_loop(shape.body) or suspends(shape.body):
        return None
    if loop.holds_still:
        return _hoisted(loop)
    return _over_a_list(loop, at, branch=True)


def batch_predict(
    text: str, at: Position, *, end: Position | None = None, known: Known = NOTHING
) -> tuple[Edit, ...] | None:
    """Hoist one batched predict out of the comprehension or `for` loop that calls it per sample at `at`.

    None where the shape is not one of those above: a branch, a `while`, a `try` or another loop between the `for` and
    the call, inputs that depend on what the loop does behind the call, and a loop in which the order of what happens
    could be told from its results.
    """
    found = call_at(text, at, end=end, named=GIVES_NUMPY)
    if found is None:
        return None
    tree, call = found
    if turn_of(tree, call):
        return batch_comprehension(text, at, end=end, known=known)
    loop = _loop_of(tree, call, known, shape_around(tree, call))
    if loop is None:
        return None
    shape = loop.shape
    needed = {path for sample in loop.part.samples for path in read_paths(sample.node)}
    prepared = touches(needed, loop.changes.changed(shape.before))
    if not prepared and not touches(needed, shape.targets):
        # The same input in every iteration: there is nothing to batch.
        return None
    if prepared or leaves_early(shape.before):
        return _cut_in_two(loop)
    inputs = [sample.node for sample in loop.part.samples]
    read = _read_late(loop).union(*(read_paths(statement) for statement in shape.before))
    if touches(read, known.reused | loop.changes.mutated(inputs)):
        return None
    others = roots(needed) - shape.targets - imports_of(tree.like).keys()
    if others and touches(shape.targets, loop.changes.mutated(shape.body, guessed=False)):
        # `row[:] = 0` changes what else the inputs are made of as well, where that is one of the rows.
        return None
    if loop.changes.ordered(inputs) & loop.changes.ordered(shape.body):
        return None
    still = loop.holds_still
    if ends_loop(shape.body) and (not still or _calls(inputs)):
        # Inputs that the loop may never come to would be read, or made.
        return None
    waits = suspends(shape.body) and not known.early
    if still or (not _goes_over_source(loop) and len(loop.part.samples) == 1 and not waits):
        return _hoisted(loop)
    return _over_a_list(loop, at) if not waits else None


def _calls(nodes: list[cst.BaseExpression]) -> bool:
    return any(isinstance(inner, cst.Call) for node in nodes for inner in walk(node))


def _loop_of(tree: Tree, call: cst.Call, known: Known, shape: Shape | None) -> _Loop | None:
    part = per_sample_call(tree, call, known)
    if shape is None or part is None or not _plain_names(shape.node.target):
        return None
    changes = changes_in(tree.like)
    inputs = [*(sample.node for sample in part.samples), *part.settings]
    if not independent(shape, part.receiver, inputs, changes):
        return None
    if touches({path for node in part.settings for path in read_paths(node)}, shape.targets | bound_paths(shape.body)):
        return None
    if (shape.targets | roots(bound_paths(shape.before))) & seen_by_functions(tree, call) or keeps_code(shape.body):
        # What a function reads of the loop's names would be that of another iteration.
        return None
    use = use_of(tree, call, several=part.several)
    if tree.comments(use.start, use.end) or _is_unwrapped(tree, shape, use):
        return None
    own = _own_name(tree, shape, use)
    name = own or fresh_name(tree.text, "prediction", "predicted")
    return _Loop(tree, shape, part, use, name, own is not None, changes, known)


def _plain_names(target: cst.BaseExpression) -> bool:
    """Whether a loop binds names, and no attribute or item, which everybody can see."""
    if isinstance(target, (cst.Tuple, cst.List)):
        return all(_plain_names(element.value) for element in target.elements)
    return isinstance(target, cst.Name)


def _is_unwrapped(tree: Tree, shape: Shape, use: Use) -> bool:
    """Whether the code takes `.numpy()` of the prediction: that must go first."""
    named = {name for node in (shape.at,) if isinstance(node, cst.Assign) for name in bound_paths([node])}
    return any(
        use.node in walk(taken.value) or not named.isdisjoint(roots(read_paths(taken.value)))
        for statement in (shape.at, *shape.behind)
        for taken in _taken_as_numpy(statement)
    )


@lru_cache(REMEMBERED)
def _taken_as_numpy(statement: cst.CSTNode) -> tuple[cst.Attribute, ...]:
    """Where a statement takes the `.numpy` of something."""
    return tuple(node for node in walk(statement) if isinstance(node, cst.Attribute) and node.attr.value == "numpy")


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


def _use_changes(loop: _Loop) -> list[Change]:
    """The changes at the call: the row's name in its place, or the whole statement gone where it only named it."""
    if not loop.names_row:
        return [(loop.use.start, loop.use.end, loop.use.code(loop.name))]
    row = loop.tree.parent(loop.shape.at)
    assert row is not None
    start = loop.tree.line_start(loop.tree.span(row)[0])
    return [(start, loop.tree.full_span(row)[1], "")]


def _hoisted(loop: _Loop) -> tuple[Edit, ...] | None:
    tree, shape = loop.tree, loop.shape
    numpy, imported = bring_in(tree.like, "numpy", alias="np")
    over = Walk(shape.node.target, without_progress(shape.node.iter), steady=loop.known.steady)
    predicted = loop.part.batched(
        tree, lambda sample: batch_code(tree, sample, over, numpy, copied=bool(loop.known.reused))
    )
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


def _over_a_list(loop: _Loop, at: Position, *, branch: bool = False) -> tuple[Edit, ...] | None:
    """As `_hoisted`, over a list made first, since what the loop goes over may be gone after one pass."""
    tree, shape = loop.tree, loop.shape
    made = None if shape.inline else with_list(tree, shape.node.iter, loop.row_start)
    if made is None:
        return None
    row, further = position_of(tree.text, loop.row_start).row, Position(at.row + 1, at.column)
    moved = tree_with_row(tree.text, made.text, row, further)
    again = call_in(moved, further, named=GIVES_NUMPY) if moved else None
    if not again:
        return None
    around = branch_around(*again) if branch else None
    listed = _loop_of(*again, loop.known.with_steady(made.name), around[0] if around else shape_around(*again))
    edited = _hoisted(listed) if listed else None
    return over_a_list(tree.text, made.text, edited) if edited else None


def _cut_in_two(loop: _Loop) -> tuple[Edit, ...] | None:
    tree, shape = loop.tree, loop.shape
    text = tree.text
    at_row = shape.at if isinstance(shape.at, cst.BaseStatement) else tree.parent(shape.at)
    if shape.inline or shape.node.orelse or at_row is None or _order_shows(loop):
        return None
    kept = _kept(loop)
    shared = loop.changes.shared(shape.before, shape.targets, loop.known.reused)
    if kept is None or touches(kept, shared) or touches(_read_late(loop) - _renewed_paths(loop), shared):
        return None
    if leaves_early(shape.before) and outlives(tree, shape.node, kept):
        return None
    numpy, imported = bring_in(text, "numpy", alias="np")
    taken = text
    lists: list[str] = []
    for _ in loop.part.samples:
        lists.append(fresh_name(taken, "inputs", "batch_inputs"))
        taken += f" {lists[-1]}"
    inputs = dict(zip(loop.part.samples, lists, strict=True))
    # Where only the input itself is needed again, the list of inputs serves for both.
    copies = {sample for sample in loop.part.samples if loop.known.reused or touches(read_paths(sample.node), shared)}
    again = [
        lists[place] for place, sample in enumerate(loop.part.samples) if [sample.item] == kept and sample not in copies
    ]
    keeper = again[0] if again else fresh_name(taken, "kept", "kept_values")
    predictions = fresh_name(taken, "predictions", "batch_predictions")
    predicted = loop.part.batched(tree, lambda sample: f"{numpy}.{sample.joined}({inputs[sample]})")

    start = tree.full_span(at_row)[0]
    body = tree.indentation(tree.line_start(tree.span(at_row)[0]))
    above = [f"{name} = []" for name in lists]
    ends = [
        f"{inputs[sample]}.append({f'{numpy}.copy({sample.item})' if sample in copies else sample.item})"
        for sample in loop.part.samples
    ]
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
    rows = [
        (loop.row_start, loop.row_start, "".join(f"{loop.indent}{row}\n" for row in above)),
        (start, start, "".join(middle)),
        *_use_changes(loop),
    ]
    if loop.names_row and not shape.behind:
        return None
    return (*imported, *edits(text, rows))


def _order_shows(loop: _Loop) -> bool:
    """Whether it can be told from the results that all inputs were made before the first prediction was used."""
    shape, changes = loop.shape, loop.changes
    if leaves_function(shape.before) or raises(shape.before) or ends_loop(loop.late):
        return True
    if suspends(loop.late) and not (loop.holds_still or loop.known.early):
        return True
    return bool(changes.ordered(shape.before) & changes.ordered(loop.late))


def _kept(loop: _Loop) -> list[str] | None:
    """The names whose value of each iteration the second loop needs; None where one of them may be unbound."""
    bound = roots(bound_paths(loop.shape.before)) | loop.shape.targets
    needed = roots(_read_late(loop)) | roots(bound_paths(loop.late))
    kept = sorted(bound & needed)
    sure = loop.shape.targets | plain_bindings(loop.shape.before)
    return kept if sure.issuperset(kept) else None


def _renewed_paths(loop: _Loop) -> set[str]:
    """What the late statements read of names that the iteration binds anew."""
    renewed = loop.shape.targets | plain_bindings(loop.shape.before)
    return {path for path in _read_late(loop) if path.partition(".")[0] in renewed}


def _read_late(loop: _Loop) -> set[str]:
    """The chains of names that the call's statement (but for the call) and those behind it read."""
    paths = read_paths(loop.shape.at, hole=loop.use.node)
    return paths.union(*(read_paths(statement) for statement in loop.shape.behind))
