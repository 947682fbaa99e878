"""One loop that repeats a call on one of its ways, and what the code shows of the two, each found when it is asked."""

from __future__ import annotations

import ast
from functools import cached_property

from lint_rules.semantics.calls.contexts import Contexts, Frame, Path, Region
from lint_rules.semantics.domains.array_readings import Rows, array, most_known_rows, rows
from lint_rules.semantics.domains.handouts import Handout
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.effects.slicing import Slicer
from lint_rules.semantics.effects.weight_updates import Trained, is_spared, trained_by, trained_models
from lint_rules.semantics.knowledge.higher_order import EdgeKind
from lint_rules.semantics.models.open_inputs import leaves_axis_open
from lint_rules.semantics.queries.lengths import gives_one_length, lengths_differ
from lint_rules.semantics.queries.repetition.handed_out import handed_out, iterable_of
from lint_rules.semantics.queries.repetition.live import is_live
from lint_rules.semantics.queries.repetition.loop_syntax import body_of
from lint_rules.semantics.queries.repetition.reach import Reach, reach_of
from lint_rules.semantics.queries.repetition.single_rows import sent_elsewhere
from lint_rules.semantics.queries.repetition.taken_as_one import taken_as_one
from lint_rules.semantics.syntax.module_index import Module

_WHOLE = frozenset({Rows.MANY, Rows.SET, Rows.PIECE})


class Repetition:
    """A call, a way on which it comes to run, and a loop on that way.

    `number` is that of the frame which holds the loop: 0 is the function of the call itself.
    """

    def __init__(self, contexts: Contexts, call: ast.Call, path: Path, number: int, region: Region) -> None:
        assert isinstance(call.func, ast.Attribute)
        self.contexts = contexts
        self.inference: Inference = contexts.inference
        self.call = call
        self.path = path
        self.number = number
        self.region = region
        self.receiver: ast.expr = call.func.value
        self.arguments: list[ast.expr] = [
            *call.args[:1],
            *(keyword.value for keyword in call.keywords if keyword.arg in ("x", "X", "generator")),
        ]

    # Where

    @property
    def module(self) -> Module:
        """The module of the call."""
        return self.path.frames[0].module

    @property
    def frame(self) -> Frame:
        """The function that holds the loop."""
        return self.path.frames[self.number]

    @property
    def loop(self) -> ast.AST:
        """The loop: a statement, a comprehension, a call that runs a function for each element, or a function."""
        return self.region.node

    @property
    def lexical(self) -> bool:
        """Whether the loop stands in the function of the call."""
        return self.number == 0

    def is_run_by(self, kind: EdgeKind) -> bool:
        """Whether the loop is a callable of a kind that runs our function: `minimize(cost, start)`, a broker."""
        edge = self.frame.edge
        return edge is not None and edge.kind is kind and self.loop is edge.node

    # What it is given

    @cached_property
    def rows(self) -> frozenset[Rows]:
        """How many rows one input can have."""
        found: set[Rows] = set()
        for argument in self.arguments:
            found |= rows(self.inference.project, self.module, argument, self.path)
        if sent_elsewhere(self.module, self.path.frames[0].node):
            found = (found - {Rows.ONE}) | {Rows.MANY}
        return frozenset(found)

    @cached_property
    def most_rows(self) -> int | None:
        """The largest number of rows that an input has; None where it is not known."""
        project = self.inference.project
        counts = [most_known_rows(project, self.module, argument, self.path) for argument in self.arguments]
        known = [count for count in counts if count is not None]
        return max(known) if known and len(known) == len(counts) else None

    @property
    def one_row(self) -> bool:
        """Whether each input is one row, as far as the code shows."""
        return Rows.ONE in self.rows and not self.rows & _WHOLE

    @property
    def some_rows(self) -> bool:
        """Whether the input is known to be more than one row, and never shown to be one."""
        return bool(self.rows & _WHOLE) and Rows.ONE not in self.rows

    @property
    def single(self) -> bool:
        """Whether the loop goes sample by sample: one row a time, or a helper that other callers give more."""
        if self.one_row or (Rows.ONE in self.rows and not self.lexical):
            return True
        return not self.rows and self.handout is not Handout.BATCH and self.taken_as_one

    @cached_property
    def handout(self) -> Handout | None:
        """What the loop hands out: a sample or a batch."""
        return handed_out(self.inference, self.path, self.number, self.region, self.reach.argument)

    @cached_property
    def taken_as_one(self) -> bool:
        """Whether the code takes an output for that of one row."""
        return taken_as_one(self.inference, self.path, self.receiver)

    @cached_property
    def ragged(self) -> bool:
        """Whether the samples may differ in length, as the code between the loop and the call, or the model, shows."""
        function = self.path.frames[0].function
        scope = self.loop if self.lexical or function is None else function.node
        if lengths_differ(self.inference, self.module, scope, self.arguments):
            return True
        models = self.inference.values(self.module, self.receiver)
        if not any(leaves_axis_open(self.inference, model) for model in models):
            return False
        one_length = gives_one_length(self.inference, self.module, scope, self.arguments)
        return not one_length and not self._goes_over_rows()

    def _goes_over_rows(self) -> bool:
        """Whether the loop goes over the rows of one array, which all have one length."""
        iterable = iterable_of(self.path, self.region)
        if iterable is None:
            return False
        made = array(self.inference.project, self.region.module, iterable, self.path, self.number).values
        return bool(made) and all(value.is_array for value in made)

    # What changes

    @cached_property
    def reach(self) -> Reach:
        """What the loop can change of the call."""
        return reach_of(self.inference, self.path, self.number, self.region, self.receiver, self.arguments)

    @property
    def varies(self) -> bool:
        """Whether the input changes between the iterations."""
        return self.reach.argument.element or self.reach.argument.changes

    @cached_property
    def slicer(self) -> Slicer:
        """Slices of what stands in the loop."""
        return Slicer(self.inference, self.region.module, self.loop)

    @cached_property
    def calls_within(self) -> list[ast.Call]:
        """The calls in the loop that the input depends on."""
        return [call for call in self.reach.argument.calls() if self.slicer.inside(call)]

    @cached_property
    def event(self) -> bool:
        """Whether what runs is a handler, which something from outside runs when it arrives."""
        return self.is_run_by(EdgeKind.EVENT)

    @cached_property
    def live(self) -> bool:
        """Whether the inputs arrive from outside: a camera, a socket, the keyboard."""
        return self.event or is_live(self.inference, self.region, self.reach)

    @cached_property
    def trained(self) -> bool:
        """Whether the model of a call is trained between one iteration and the next, as far as the code shows."""
        found = self.inference.project.memo.ask(
            ("trained", self.loop),
            lambda: trained_models(self.inference, self.region.module, list(body_of(self.loop))),
            unknown=Trained(others=True),
        )
        for frame in self.path.frames[: self.number]:
            if frame.function is not None:
                found |= trained_by(self.inference, frame.function)
        return bool(found) and not is_spared(self.inference, self.module, self.receiver, found)
