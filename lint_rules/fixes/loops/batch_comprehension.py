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
from lint_rules.fixes.tree.names import fresh_name, read_names, read_paths, target_paths, touches, walk
from lint_rules.fixes.tree.text import Change, apply_changes, edits, position_of
from lint_rules.records import dataclass
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


@dataclass(frozen=True, slots=True)
class Turn:
    """What a comprehension has gone through when it evaluates a call, which it does again and again.

    `clauses` are its `for` that have begun a turn by then, each with those of its conditions that have been asked.
    `behind` is what follows them before the element, and `taken` the clause of that which goes over the call.
    """

    comprehension: Comprehension
    clauses: tuple[tuple[cst.CompFor, tuple[cst.CompIf, ...]], ...]
    behind: tuple[cst.CSTNode, ...] = ()
    taken: cst.CompFor | None = None

    @property
    def variables(self) -> set[str]:
        """The names that have been bound by then."""
        return {name for clause, _ in self.clauses for name in target_paths(clause.target)}

    @property
    def rest(self) -> tuple[cst.CSTNode, ...]:
        """All that is evaluated in the same turn: the element, and what stands behind the clauses."""
        whole = self.comprehension
        element = (whole.key, whole.value) if isinstance(whole, cst.DictComp) else (whole.elt,)
        return (*element, *self.behind)


def turn_of(tree: Tree, call: cst.Call) -> Turn | None:
    """Where in a comprehension a call stands: in the element, in a condition, or in what a further clause goes over.

    None where a lambda or another scope comes between, and in what the first clause goes over, which is evaluated once.
    """
    inside: cst.CSTNode = call
    place: tuple[cst.CompFor, cst.CSTNode] | None = None
    for around in tree.ancestors(call):
        if isinstance(around, (cst.Lambda, cst.BaseStatement)):
            return None
        if isinstance(around, cst.CompFor) and place is None:
            place = (around, inside)
        if isinstance(around, (cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp)):
            return _turn(around, place, call)
        inside = around
    return None


def _turn(comprehension: Comprehension, place: tuple[cst.CompFor, cst.CSTNode] | None, call: cst.Call) -> Turn | None:
    clauses = _clauses(comprehension.for_in)
    whole = tuple((clause, tuple(clause.ifs)) for clause in clauses)
    if place is None:
        return Turn(comprehension, whole)
    clause, part = place
    number = clauses.index(clause)
    if part is clause.iter:
        if number == 0:
            return None
        return Turn(comprehension, whole[:number], (clause,), clause if part is call else None)
    asked = [condition is part for condition in clause.ifs].index(True)
    inner = (clause.inner_for_in,) if clause.inner_for_in is not None else ()
    begun = (*whole[:number], (clause, tuple(clause.ifs[:asked])))
    return Turn(comprehension, begun, (*clause.ifs[asked:], *inner))


def _over_a_list(tree: Tree, call: cst.Call, at: Position, known: Known) -> tuple[Edit, ...] | None:
    """The edits where `samples = list(xs)` goes above the statement first."""
    turn, statement = turn_of(tree, call), statement_of(tree, call)
    if turn is None or not isinstance(statement, cst.SimpleStatementLine):
        return None
    comprehension = turn.comprehension
    if any(isinstance(around, cst.BaseComp) for around in tree.ancestors(comprehension)):
        return None
    listed = with_list(tree, comprehension.for_in.iter, tree.line_start(tree.span(statement)[0]))
    if listed is None:
        return None
    start, moved = tree.span(call)[0], Position(at.row + 1, at.column)
    if tree.span(comprehension.for_in.iter)[0] < start:
        # All that is put in stands before the call.
        moved = position_of(listed.text, start + len(listed.text) - len(tree.text))
    again = call_at(listed.text, moved, named=GIVES_NUMPY)
    further = _batched(*again, known.with_steady(listed.name)) if again else None
    return over_a_list(tree.text, listed.text, further) if further else None


def _batched(tree: Tree, call: cst.Call, known: Known) -> tuple[Edit, ...] | None:
    text = tree.text
    turn = turn_of(tree, call)
    part = per_sample_call(tree, call, known)
    if turn is None or part is None:
        return None
    comprehension, variables = turn.comprehension, turn.variables
    if any(clause.asynchronous for clause in _clauses(comprehension.for_in)):
        return None
    if len(part.samples) > 1 and not _hold_still(tree, turn, known.steady):
        # Each input is made in a pass of its own.
        return None
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
    first = turn.clauses[0][0]
    over = Walk(first.target, first.iter, _behind_first(tree, turn), known.steady)
    predicted = part.batched(tree, lambda sample: batch_code(tree, sample, over, numpy, copied=bool(known.reused)))
    change = _rewritten(tree, turn, use, predicted, over)
    if change is None or any(comment not in change[2] for comment in tree.comments(change[0], change[1])):
        return None
    return (*imported, *edits(text, [change]))


def _hold_still(tree: Tree, turn: Turn, steady: frozenset[str]) -> bool:
    return all(holds_still(tree, clause.iter, steady) for clause, _ in turn.clauses)


def _clauses(loop: cst.CompFor) -> list[cst.CompFor]:
    """The `for` of a comprehension, and those in it."""
    found = [loop]
    while found[-1].inner_for_in is not None:
        found.append(found[-1].inner_for_in)
    return found


def _behind_first(tree: Tree, turn: Turn) -> str:
    """The code of what has run behind the first `for x in xs`: its conditions, and further clauses."""
    code = ""
    for place, (clause, conditions) in enumerate(turn.clauses):
        if place:
            code += f" for {tree.code(clause.target)} in {tree.item(clause.iter)}"
        code += "".join(f" if {tree.code(check.test)}" for check in conditions)
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


def _rewritten(tree: Tree, turn: Turn, use: Use, predicted: str, over: Walk) -> Change | None:
    """The change of the whole comprehension, which goes `over` something."""
    comprehension = turn.comprehension
    if isinstance(comprehension, (cst.ListComp, cst.GeneratorExp)) and comprehension.elt is use.node:
        return _bare(tree, comprehension, use, predicted)
    # What goes over the prediction of one sample gets one row: that of the sample.
    row = turn.taken if turn.taken is not None and not use.each else None
    name = fresh_name(tree.text, "prediction", "predicted") if row is None else tree.item(row.target)
    start, stop = tree.span(comprehension)
    head = tree.full_span(comprehension.for_in.whitespace_before)[1]
    tail = tree.full_span(comprehension.for_in)[1]
    if turn.behind:
        tail = tree.full_span(turn.behind[0])[0] if row is None else tree.full_span(row.iter)[1]
    clauses = [clause for clause, _ in turn.clauses]
    if any(touches(read_names_outside(each, use.node, tree), turn.variables) for each in turn.rest):
        if not _hold_still(tree, turn, over.steady):
            return None
        target, source = tree.item(clauses[0].target), tree.code(clauses[0].iter)
        if len(clauses) > 1:
            target = f"({', '.join(tree.item(clause.target) for clause in clauses)})"
        if over.condition:
            source = f"[{target} for {tree.code(clauses[0].target)} in {source}{over.condition}]"
        walked = f"for {target}, {name} in zip({source}, {predicted})"
    else:
        walked = f"for {name} in {predicted}"
    changes: list[Change] = [(head - start, tail - start, walked)]
    if row is None:
        changes.append((use.start - start, use.end - start, use.code(name)))
    return start, stop, apply_changes(tree.text[start:stop], changes)


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
