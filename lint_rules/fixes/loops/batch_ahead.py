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
from lint_rules.fixes.loops.batch_comprehension import is_unwrapped
from lint_rules.fixes.loops.batch_feed import PerSampleCall, Sample, per_sample_call, use_of
from lint_rules.fixes.loops.iteration import as_list, holds_still, innermost, without_progress
from lint_rules.fixes.loops.known import NOTHING, Known
from lint_rules.fixes.loops.loop_shape import keeps_code
from lint_rules.fixes.loops.rounds import Round, rounds_around
from lint_rules.fixes.tree.changes import changes_in, seen_by_functions
from lint_rules.fixes.tree.imports import bring_in
from lint_rules.fixes.tree.locate import Tree, call_at, statement_of
from lint_rules.fixes.tree.names import bound_paths, fresh_name, is_chain, read_paths, target_paths, touches, walk
from lint_rules.fixes.tree.text import Change, edits
from lint_rules.records import dataclass, replace
from lint_rules.semantics.knowledge.model_methods import GIVES_NUMPY


def batch_nested(
    text: str, at: Position, *, end: Position | None = None, known: Known = NOTHING
) -> tuple[Edit, ...] | None:
    """Predict ahead for the call at `at`, which stands in a loop in a loop or in a comprehension in a comprehension, or
    in a `while` that counts.

    None where one of them can end early, goes over what may be gone after one pass or over what the loops change, and
    where an input depends on anything but what they go over.
    """
    found = call_at(text, at, end=end, named=GIVES_NUMPY)
    if found is None:
        return None
    tree, call = found
    rounds, part = rounds_around(tree, call), per_sample_call(tree, call, known)
    if part is None or known.reused:
        return None
    ahead = _ahead(tree, call, part, rounds, known) if len(rounds) > 1 else None
    return _ahead(tree, call, part, rounds[-1:], known) if ahead is None and rounds and rounds[-1].counts else ahead


def _ahead(
    tree: Tree, call: cst.Call, part: PerSampleCall, rounds: list[Round], known: Known
) -> tuple[Edit, ...] | None:
    """The edits that predict ahead of the outermost of some loops around a call."""
    bound = bound_paths(each.node for each in rounds).union(*(target_paths(each.target) for each in rounds))
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
        NO_LIST
        if holds_still(tree, without_progress(rounds[0].source), known.steady)
        else list_first(tree, innermost(rounds[0].source))
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


def list_first(tree: Tree, source: cst.BaseExpression, besides: str = "") -> Listing | None:
    """The list that is made first of what a loop goes over; None where its code takes several rows. `besides` is code
    whose names are taken as well."""
    code = as_list(tree, source)
    name = fresh_name(f"{tree.text} {besides}", "samples", "all_samples")
    return None if "\n" in code or "\r" in code else Listing(name, code, tree.full_span(source))


def _over(tree: Tree, each: Round, listing: Listing) -> str:
    """The code of what a round goes over, with its conditions; of a list that is made first its name."""
    made = "".join(f" for {name} in [{tree.code(value)}]" for name, value in each.made)
    if each.code:
        return f"{each.code}{made}"
    source = without_progress(each.source)
    start, stop = tree.full_span(source)
    code = tree.item(source)
    if listing.name:
        first, last = listing.span
        code = f"{tree.text[start:first]}{listing.name}{tree.text[last:stop]}"
    return f"{code}{each.condition}{made}"


def _goes_again(tree: Tree, rounds: Sequence[Round], place: int, steady: frozenset[str]) -> bool:
    """Whether what an inner loop goes over can be gone over twice, which it is if it is no part of what an outer one
    goes over: each round of that goes over it again."""
    source = rounds[place].source
    core = innermost(source)
    targets = {name for each in rounds[:place] for name in target_paths(each.target)}
    targets |= {name for each in rounds[:place] for name, _ in each.made}
    again = is_chain(core) and not touches(read_paths(core), targets)
    return again or holds_still(tree, without_progress(source), steady)


@dataclass(frozen=True, slots=True)
class _Item:
    """The code of one sample in terms of what the loops go over, the chains of names that it reads, and the expression
    that a name stood for, which is evaluated ahead and in the loop."""

    code: str
    reads: frozenset[str]
    again: tuple[cst.BaseExpression, ...] = ()


def _item(tree: Tree, sample: Sample, inner: Round) -> _Item | None:
    """One sample; a name that the innermost loop binds once, on the way to the call, stands for what it is bound to.
    None where the loop makes the sample in another way."""
    needed = read_paths(sample.node)
    bound = bound_paths(inner.body)
    if not touches(needed, bound):
        return _Item(sample.item, frozenset(needed))
    for row in inner.before:
        match row:
            case cst.SimpleStatementLine(
                body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value)]
            ) if name == sample.item:
                again = bound_paths(other for other in inner.body if other is not row)
                if touches(read_paths(value), bound) or touches({name}, again):
                    return None
                return _Item(tree.item(value), frozenset(read_paths(value)), (value,))
    return None


def _with_made(rounds: Sequence[Round], items: Iterable[_Item]) -> list[Round]:
    """The rounds with those names that the body of an outer one binds, once and by plain assignment, and that the
    samples, or what the further rounds go over, are made of."""
    needed = set().union(*(item.reads for item in items), read_paths(rounds[-1].source))
    found = [rounds[-1]]
    for each in reversed(rounds[:-1]):
        made: list[tuple[str, cst.BaseExpression]] = []
        for row in reversed(each.before):
            match row:
                case cst.SimpleStatementLine(
                    body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value)]
                ) if touches(needed, {name}) and not _is_bound_again(name, row, each):
                    made.insert(0, (name, value))
                    needed |= read_paths(value)
        found.insert(0, replace(each, made=tuple(made)))
        needed |= read_paths(each.source)
    return found


def _is_bound_again(name: str, row: cst.CSTNode, each: Round) -> bool:
    """Whether a round binds a name elsewhere than in a row of its body."""
    return touches({name}, target_paths(each.target) | bound_paths(other for other in each.body if other is not row))


def _stays(
    tree: Tree,
    call: cst.Call,
    rounds: Sequence[Round],
    part: PerSampleCall,
    items: Sequence[_Item],
    known: Known,
) -> bool:
    """Whether the inputs are the same before the loops begin, and nobody can tell that they were made then."""
    changes = changes_in(tree.like)
    loops = [each for each in rounds if each.body]
    inner = [each.node for each in rounds[1:]]
    bodies = [statement for each in loops for statement in each.body if statement not in inner]
    bodies += [each.node for each in rounds if not each.body]
    again = [value for each in rounds for _, value in each.made] + [value for item in items for value in item.again]
    if not all(_can_be_made_again(tree, value, known) for value in again):
        return False
    inputs = [sample.node for sample in part.samples]
    needed = read_paths(part.receiver).union(*(item.reads for item in items), *map(read_paths, again))
    needed = needed.union(*(read_paths(each.source) for each in rounds))
    if touches(needed, changes.mutated([*bodies, *inputs])) or keeps_code(bodies):
        return False
    made = {name for each in rounds for name, _ in each.made}
    if touches(needed, bound_paths(row for each in loops for row in (*each.before, *each.rest[1:])) - made):
        return False
    if changes.ordered(inputs) & changes.ordered(bodies):
        return False
    own = {path for each in loops for path in target_paths(each.target)}
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
