"""What a library runs for each row of a table or each element of a collection: all is predicted ahead, in one call.

    frame["score"] = frame.apply(lambda row: model.predict(row.values[None])[0, 0], axis=1)
    best = max(images, key=lambda image: model.predict(image[None])[0, 0])

becomes

    predictions = iter(model.predict(np.stack([row.values for _, row in frame.iterrows()])))
    frame["score"] = frame.apply(lambda row: next(predictions)[0], axis=1)
    predictions = iter(model.predict(np.stack(images)))
    best = max(images, key=lambda image: next(predictions)[0])
"""

from __future__ import annotations

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.loops.batch_ahead import NO_LIST, Listing, list_first, predict_ahead
from lint_rules.fixes.loops.batch_comprehension import runs_every_time
from lint_rules.fixes.loops.batch_feed import Sample, per_sample_call
from lint_rules.fixes.loops.calling import Runner
from lint_rules.fixes.loops.evaluated_once import evaluated_once
from lint_rules.fixes.loops.given import given_function, given_lambda, ordered
from lint_rules.fixes.loops.iteration import holds_still, is_call_of
from lint_rules.fixes.loops.known import NOTHING, Known
from lint_rules.fixes.loops.loop_shape import ends_loop, suspends
from lint_rules.fixes.tree.locate import Tree, call_at, called_name
from lint_rules.fixes.tree.names import fresh_name, is_chain, read_paths, touches, walk
from lint_rules.fixes.tree.text import Change
from lint_rules.records import dataclass
from lint_rules.semantics.knowledge.model_methods import GIVES_NUMPY

_TAKES_ALL = frozenset({"list", "max", "min", "set", "sorted", "sum", "tuple"})


@dataclass(frozen=True, slots=True)
class _Collection:
    """What a call of a library goes through: its code, whether that is a table, of which it takes the rows, and the
    list that has to be made of it first."""

    code: str
    rows: bool = False
    listing: Listing = NO_LIST

    @property
    def listed(self) -> str:
        """The code of a list of its elements."""
        return self.code if self.listing.name else f"list({self.code})"

    def walk(self, name: str) -> str:
        """The code that goes over it, each element under a name."""
        return f"for _, {name} in {self.code}.iterrows()" if self.rows else f"for {name} in {self.code}"


def batch_applied(
    text: str, at: Position, *, runner: Runner, end: Position | None = None, known: Known = NOTHING
) -> tuple[Edit, ...] | None:
    """Predict ahead for the call at `at`, in a lambda that a library runs for each row, element or key.

    None for any other shape.
    """
    found = call_at(text, at, end=end, named=GIVES_NUMPY)
    if found is None:
        return None
    tree, call = found
    given, part = given_lambda(tree, call), per_sample_call(tree, call, known)
    if given is None or part is None or known.reused or given_function(given.given_to, runner) is not given.function:
        return None
    name, running = given.parameter, given.given_to
    through = _gone_through(tree, running, runner, known.steady)
    if through is None or not runs_every_time(tree, call, given.function):
        return None
    if touches({path for node in (*part.settings, part.receiver) for path in read_paths(node)}, {name}):
        return None
    if not all(touches(read_paths(sample.node), {name}) for sample in part.samples):
        return None

    def elements(sample: Sample) -> str:
        if sample.item == name and not through.rows:
            return through.listed
        return f"[{sample.item} {through.walk(name)}]"

    return predict_ahead(tree, call, part, running, elements, through.listing)


def applied_ahead(
    tree: Tree, running: cst.Call, function: str, *, runner: Runner, steady: frozenset[str], besides: str
) -> list[Change] | None:
    """The changes that hand all rows of `frame.apply(helper, axis=1)`, all elements of `series.apply(helper)`, or all
    that `max(xs, key=helper)` goes through, to a function ahead. None where that cannot be asked for first.

    `besides` is code that other changes put in: its names are taken.
    """
    if runner is Runner.MAP:
        return _mapped_over(tree, running, function)
    through = _gone_through(tree, running, runner, steady, besides)
    statement = evaluated_once(tree, running)
    given = given_function(running, runner)
    if through is None or statement is None or given is None:
        return None
    name = fresh_name(f"{tree.text} {besides}", "results", "all_results")
    element = fresh_name(tree.text, "row", "one_row")
    samples = f"[{element} {through.walk(element)}]" if through.rows else through.listed
    start = tree.line_start(tree.span(statement)[0])
    indent = tree.indentation(start)
    above = f"{indent}{name} = iter({function}({samples}))\n"
    changes: list[Change] = [(*tree.full_span(given), f"lambda {element}: next({name})")]
    if through.listing.name:
        above = f"{indent}{through.listing.name} = {through.listing.made_of}\n{above}"
        changes.append((*through.listing.span, through.listing.name))
    return [(start, start, above), *changes]


def _mapped_over(tree: Tree, mapping: cst.Call, function: str) -> list[Change] | None:
    """The changes that hand all of `map(helper, xs)` to a function, where all that the map gives is taken anyway."""
    if not is_call_of(mapping, "map", 2):
        return None
    holder = tree.parent(mapping)
    around = tree.parent(holder) if isinstance(holder, cst.Arg) else holder
    match around:
        case cst.Call(func=cst.Name(value=name), args=[_]) if name in _TAKES_ALL:
            span = tree.span(around) if name == "list" else tree.span(mapping)
        case cst.For(asynchronous=None) if not ends_loop([around.body]) and not suspends([around.body]):
            span = tree.span(mapping)
        case _:
            return None
    if tree.comments(*span):
        return None
    return [(*span, f"{function}({tree.code(mapping.args[1].value)})")]


def _gone_through(
    tree: Tree, running: cst.Call, runner: Runner, steady: frozenset[str], besides: str = ""
) -> _Collection | None:
    """What a call goes through; None where it may not be gone through first."""
    if evaluated_once(tree, running) is None:
        return None
    source = ordered(running) if runner is Runner.KEY else None
    if runner is Runner.KEY and source is None:
        return None
    if source is None or called_name(running) == "sort":
        owner = running.func.value if isinstance(running.func, cst.Attribute) else None
        return _Collection(tree.code(owner), runner is Runner.ROWS) if owner and _is_read_only(owner) else None
    if holds_still(tree, source, steady):
        return _Collection(tree.item(source))
    listing = list_first(tree, source, besides)
    return _Collection(listing.name, listing=listing) if listing is not None else None


def _is_read_only(node: cst.BaseExpression) -> bool:
    """Whether an expression only looks things up: `frame`, `self.frame["image"]`."""
    while isinstance(node, cst.Subscript) and not any(isinstance(inner, cst.Call) for inner in walk(node)):
        node = node.value
    return is_chain(node)
