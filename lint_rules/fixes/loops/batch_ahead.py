"""All predictions made ahead, in the order in which the code asks for them: each call becomes `next(predictions)`.

    for y in range(0, height, 8):
        for x in range(0, width, 8):
            tile = image[y : y + 8, x : x + 8]
            mask[y : y + 8, x : x + 8] = model.predict(tile[None])[0]

becomes

    predictions = iter(model.predict(np.stack([image[y : y + 8, x : x + 8] for y in ... for x in ...])))
    for y in range(0, height, 8):
        for x in range(0, width, 8):
            tile = image[y : y + 8, x : x + 8]
            mask[y : y + 8, x : x + 8] = next(predictions)

This is for loops in loops and comprehensions in comprehensions, whose own code stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.loops.batch_comprehension import is_unwrapped, runs_every_time
from lint_rules.fixes.loops.batch_feed import PerSampleCall, Sample, per_sample_call, use_of
from lint_rules.fixes.loops.iteration import as_list, holds_still, innermost, without_progress
from lint_rules.fixes.loops.known import NOTHING, Known
from lint_rules.fixes.loops.loop_shape import Shape, keeps_code, leaves_early, shape_around, suspends
from lint_rules.fixes.tree.changes import changes_in, seen_by_functions
from lint_rules.fixes.tree.imports import bring_in
from lint_rules.fixes.tree.locate import Tree, call_at, statement_of
from lint_rules.fixes.tree.names import bound_paths, fresh_name, is_chain, read_paths, target_paths, touches, walk
from lint_rules.fixes.tree.text import Change, edits
from lint_rules.records import dataclass, replace
from lint_rules.semantics.knowledge.model_methods import GIVES_NUMPY


@dataclass(frozen=True, slots=True)
class _Round:
    """`for target in source`, of a loop or a comprehension, with the code of its conditions; `shape` is a loop's.

    `made` are the names that its body binds before the next loop, and that samples are made of, with their values.
    """

    node: cst.CSTNode
    target: cst.BaseAssignTargetExpression
    source: cst.BaseExpression
    condition: str = ""
    shape: Shape | None = None
    made: tuple[tuple[str, cst.BaseExpression], ...] = ()


def batch_nested(
    text: str, at: Position, *, end: Position | None = None, known: Known = NOTHING
) -> tuple[Edit, ...] | None:
    """Predict ahead for the call at `at`, which stands in a loop in a loop or in a comprehension in a comprehension.

    None where one of them can end early, goes over what may be gone after one pass or over what the loops change, and
    where an input depends on anything but what they go over.
    """
    found = call_at(text, at, end=end, named=GIVES_NUMPY)
    if found is None:
        return None
    tree, call = found
    rounds = _rounds(tree, call)
    part = per_sample_call(tree, call, known)
    if len(rounds) < 2 or part is None or known.reused:
        return None
    bound = bound_paths(each.node for each in rounds)
    if touches({path for node in (*part.settings, part.receiver) for path in read_paths(node)}, bound):
        return None
    if not all(touches(read_paths(sample.node), bound) for sample in part.samples):
        return None
    made = {sample: _item(tree, sample, rounds[-1]) for sample in part.samples}
    items = {sample: item for sample, item in made.items() if item is not None}
    if len(items) < len(made):
        return None
    rounds = _with_made(rounds, items.values())
    if not all(_goes_again(tree, rounds, place, known.steady) for place in range(1, len(rounds))):
        return None
    if not _stays(tree, call, rounds, part, list(items.values()), known):
        return None
    listing = (
        NO_LIST if holds_still(tree, without_progress(rounds[0].source), known.steady) else _listing(tree, rounds[0])
    )
    if listing is None:
        return None
    clauses = " ".join(
        f"for {tree.code(each.target)} in {_over(tree, each, listing if each is rounds[0] else NO_LIST)}"
        for each in rounds
    )
    return predict_ahead(tree, call, part, rounds[0].node, lambda sample: f"[{items[sample].code} {clauses}]", listing)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list made first of what may be gone after one pass: its name, the code of what it is made of, and where that
    stands."""

    name: str = ""
    made_of: str = ""
    span: tuple[int, int] = (0, 0)


NO_LIST = Listing()


def _listing(tree: Tree, outermost: _Round) -> Listing | None:
    core = innermost(outermost.source)
    code = as_list(tree, core)
    name = fresh_name(tree.text, "samples", "all_samples")
    return None if "\n" in code or "\r" in code else Listing(name, code, tree.full_span(core))


def _over(tree: Tree, each: _Round, listing: Listing) -> str:
    """The code of what a round goes over, with its conditions; of a list that is made first its name."""
    source = without_progress(each.source)
    start, stop = tree.full_span(source)
    code = tree.item(source)
    if listing.name:
        first, last = listing.span
        code = f"{tree.text[start:first]}{listing.name}{tree.text[last:stop]}"
    made = "".join(f" for {name} in [{tree.code(value)}]" for name, value in each.made)
    return f"{code}{each.condition}{made}"


def _goes_again(tree: Tree, rounds: Sequence[_Round], place: int, steady: frozenset[str]) -> bool:
    """Whether what an inner loop goes over can be gone over twice, which it is if it is no part of what an outer one
    goes over: each round of that goes over it again."""
    source = rounds[place].source
    core = innermost(source)
    targets = {name for each in rounds[:place] for name in target_paths(each.target)}
    targets |= {name for each in rounds[:place] for name, _ in each.made}
    again = is_chain(core) and not touches(read_paths(core), targets)
    return again or holds_still(tree, without_progress(source), steady)


def _rounds(tree: Tree, call: cst.Call) -> list[_Round]:
    """The loops and comprehensions around a call, the outermost first: each runs all of the next one every time."""
    found: list[_Round] = []
    inside: cst.CSTNode = call
    while True:
        further = _around_comprehension(tree, inside) or _around_loop(tree, inside)
        if not further:
            return found
        found = [*further, *found]
        inside = further[0].node


def _around_comprehension(tree: Tree, node: cst.CSTNode) -> list[_Round]:
    inside = node
    for around in tree.ancestors(node):
        if isinstance(around, (cst.ListComp, cst.SetComp, cst.DictComp)):
            if inside is around.for_in or not runs_every_time(tree, node, around):
                return []
            clause: cst.CompFor | None = around.for_in
            rounds = []
            while clause is not None:
                condition = "".join(f" if {tree.code(check.test)}" for check in clause.ifs)
                rounds.append(_Round(around, clause.target, clause.iter, condition))
                clause = clause.inner_for_in
            return rounds
        if isinstance(around, (cst.BaseStatement, cst.BaseSmallStatement, cst.Lambda, cst.GeneratorExp)):
            return []
        inside = around
    return []


def _around_loop(tree: Tree, node: cst.CSTNode) -> list[_Round]:
    shape = _shape(tree, node)
    if shape is None or shape.node.orelse is not None or leaves_early(shape.body) or suspends(shape.body):
        return []
    return [_Round(shape.node, shape.node.target, shape.node.iter, shape=shape)]


def _shape(tree: Tree, node: cst.CSTNode) -> Shape | None:
    """The loop that runs a node in each of its rounds; of a loop itself, the loop around it."""
    if isinstance(node, cst.BaseExpression):
        return shape_around(tree, node)
    block = tree.parent(node)
    outer = tree.parent(block) if isinstance(block, cst.IndentedBlock) else None
    if not isinstance(node, cst.For) or not isinstance(outer, cst.For) or outer.asynchronous:
        return None
    rows = [row for row in outer.body.body if isinstance(row, cst.BaseStatement)]
    place = rows.index(node)
    return Shape(outer, rows[:place], node, rows[place + 1 :])


@dataclass(frozen=True, slots=True)
class _Item:
    """The code of one sample in terms of what the loops go over, the chains of names that it reads, and the expression
    that a name stood for, which is evaluated ahead and in the loop."""

    code: str
    reads: frozenset[str]
    again: tuple[cst.BaseExpression, ...] = ()


def _item(tree: Tree, sample: Sample, inner: _Round) -> _Item | None:
    """One sample; a name that the innermost loop binds once, on the way to the call, stands for what it is bound to.
    None where the loop makes the sample in another way."""
    needed = read_paths(sample.node)
    if inner.shape is None:
        return _Item(sample.item, frozenset(needed))
    bound = bound_paths(inner.shape.body)
    if not touches(needed, bound):
        return _Item(sample.item, frozenset(needed))
    for row in inner.shape.before:
        match row:
            case cst.SimpleStatementLine(
                body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value)]
            ) if name == sample.item:
                again = bound_paths(other for other in inner.shape.body if other is not row)
                if touches(read_paths(value), bound) or touches({name}, again):
                    return None
                return _Item(tree.item(value), frozenset(read_paths(value)), (value,))
    return None


def _with_made(rounds: Sequence[_Round], items: Iterable[_Item]) -> list[_Round]:
    """The rounds with those names that the body of an outer one binds, once and by plain assignment, and that the
    samples, or what the further rounds go over, are made of."""
    needed = set().union(*(item.reads for item in items), read_paths(rounds[-1].source))
    found = [rounds[-1]]
    for each in reversed(rounds[:-1]):
        made: list[tuple[str, cst.BaseExpression]] = []
        for row in reversed(each.shape.before if each.shape is not None else ()):
            match row:
                case cst.SimpleStatementLine(
                    body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value)]
                ) if touches(needed, {name}) and not _is_bound_again(name, row, each):
                    made.insert(0, (name, value))
                    needed |= read_paths(value)
        found.insert(0, replace(each, made=tuple(made)))
        needed |= read_paths(each.source)
    return found


def _is_bound_again(name: str, row: cst.CSTNode, each: _Round) -> bool:
    """Whether a round binds a name elsewhere than in a row of its body."""
    assert each.shape is not None
    return touches({name}, each.shape.targets | bound_paths(other for other in each.shape.body if other is not row))


def _stays(
    tree: Tree,
    call: cst.Call,
    rounds: Sequence[_Round],
    part: PerSampleCall,
    items: Sequence[_Item],
    known: Known,
) -> bool:
    """Whether the inputs are the same before the loops begin, and nobody can tell that they were made then."""
    changes = changes_in(tree.like)
    shapes = [each.shape for each in rounds if each.shape is not None]
    bodies = [statement for shape in shapes for statement in shape.body if not isinstance(statement, cst.For)]
    bodies += [each.node for each in rounds if each.shape is None]
    again = [value for each in rounds for _, value in each.made] + [value for item in items for value in item.again]
    if not all(_can_be_made_again(tree, value, known) for value in again):
        return False
    inputs = [sample.node for sample in part.samples]
    needed = read_paths(part.receiver).union(*(item.reads for item in items), *map(read_paths, again))
    needed = needed.union(*(read_paths(each.source) for each in rounds))
    if touches(needed, changes.mutated([*bodies, *inputs])) or keeps_code(bodies):
        return False
    made = {name for each in rounds for name, _ in each.made}
    if touches(needed, bound_paths(row for shape in shapes for row in (*shape.before, *shape.behind)) - made):
        return False
    if changes.ordered(inputs) & changes.ordered(bodies):
        return False
    own = {path for shape in shapes for path in shape.targets}
    return not own & seen_by_functions(tree, call)


def _can_be_made_again(tree: Tree, value: cst.BaseExpression, known: Known) -> bool:
    """Whether an expression gives the same when it is evaluated a second time, and has no effect."""
    return all(
        tree.code(inner) in known.again
        if isinstance(inner, cst.Call)
        else not isinstance(inner, (cst.NamedExpr, cst.Await, cst.Yield))
        for inner in walk(value)
    )


def predict_ahead(
    tree: Tree,
    call: cst.Call,
    part: PerSampleCall,
    first: cst.CSTNode,
    items: Callable[[Sample], str],
    listing: Listing = NO_LIST,
) -> tuple[Edit, ...] | None:
    """The edits that predict all before the statement of `first`, and take the next prediction at the call."""
    statement = statement_of(tree, first)
    use = use_of(tree, call, several=part.several)
    if statement is None or is_unwrapped(tree, call) or tree.comments(use.start, use.end):
        return None
    numpy, imported = bring_in(tree.like, "numpy", alias="np")
    predicted = part.batched(tree, lambda sample: f"{numpy}.{sample.joined}({items(sample)})")
    name = fresh_name(tree.text, "predictions", "batch_predictions")
    start = tree.line_start(tree.span(statement)[0])
    indent = tree.indentation(start)
    rows = f"{indent}{name} = iter({predicted})\n"
    changes: list[Change] = [(use.start, use.end, use.code(f"next({name})"))]
    if listing.name:
        rows = f"{indent}{listing.name} = {listing.made_of}\n{rows}"
        changes.append((*listing.span, listing.name))
    return (*imported, *edits(tree.text, [(start, start, rows), *changes]))
