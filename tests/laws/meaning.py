"""The laws: ways in which a program may be written as well, and what share of its findings each must leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import libcst as cst

from laws import flows, functions, renames, steps
from laws.loop_bodies import moved_body
from laws.marks import Marked, marked, marked_findings
from laws.programs import Program
from laws.sites import Files, Transformer


@dataclass(frozen=True)
class Law:
    """A transformation that keeps the meaning, and the least shares of findings kept and of silent programs quiet."""

    name: str
    transform: Transformer
    kept: float = 0.98
    quiet: float = 0.98
    why: str = ""


_LINES = "two calls are told to say the same, and a clock to stand right beside one, by the lines as they are written"
_TUPLES = "what is unpacked from a tuple that a variable holds is not told apart"
_IMPORTED = "some libraries are told by the name of their module"
_EDGE = "what a function is given at a call is not followed into every question about loops"
_MOVED = (
    "a function that throws its prediction away is taken for a warm-up, one that predicts the same each time is not "
    "told, and a model that is made again is told where it is made"
)
_FORM = "that a slice or an index is of one row is read off the form in which its bounds are written"
_ARMS = "which model a loop makes anew is told of one definition only"
_DECORATED = "where a wrapped function can run, and so what a global variable is in it, is not told"
_WALK = "what else a loop does to the object that next() gives it counts as a change of the next one"

LAWS = [
    Law("names: variables", renames.variables),
    Law("names: parameters", renames.parameters),
    Law("names: attributes", renames.attributes),
    Law("names: methods", renames.methods),
    Law("names: functions", renames.functions),
    Law("names: classes", renames.classes),
    Law("names: modules", renames.modules),
    Law("names: import as", renames.imports_as(cst.Import)),
    Law("names: from import as", renames.imports_as(cst.ImportFrom)),
    Law("names: members imported", renames.members_imported, kept=0.95, why=_IMPORTED),
    Law("steps: argument in a variable", steps.named(steps.argument, steps.VARIABLE)),
    Law("steps: argument in a tuple", steps.named(steps.argument, steps.TUPLE)),
    Law("steps: argument unpacked", steps.named(steps.argument, steps.UNPACKED)),
    Law("steps: argument in a dict", steps.named(steps.argument, steps.DICT)),
    Law("steps: argument in an attribute", steps.named(steps.argument, steps.ATTRIBUTE)),
    Law("steps: argument in a field", steps.named(steps.argument, steps.FIELD)),
    Law("steps: receiver in a variable", steps.named(steps.receiver, steps.VARIABLE), kept=0.94, why=_LINES),
    Law("steps: receiver in a tuple", steps.named(steps.receiver, steps.TUPLE), kept=0.94, why=_LINES),
    Law("steps: receiver unpacked", steps.named(steps.receiver, steps.UNPACKED), kept=0.94, why=_LINES),
    Law("steps: receiver in a dict", steps.named(steps.receiver, steps.DICT), kept=0.94, why=_LINES),
    Law("steps: receiver in an attribute", steps.named(steps.receiver, steps.ATTRIBUTE), kept=0.94, why=_LINES),
    Law("steps: receiver in a field", steps.named(steps.receiver, steps.FIELD), kept=0.94, why=_LINES),
    Law("steps: index in a variable", steps.named(steps.index, steps.VARIABLE), kept=0.95, quiet=0.95, why=_FORM),
    Law(
        "steps: bound of a slice in a variable", steps.named(steps.bound_of_slice, steps.VARIABLE), kept=0.5, why=_FORM
    ),
    Law("steps: shape in a variable", steps.named(steps.shape, steps.VARIABLE), kept=0.95, why=_FORM),
    Law("steps: loss in a variable", steps.named(steps.loss, steps.VARIABLE)),
    Law("steps: loss in a tuple", steps.named(steps.loss, steps.TUPLE), kept=0.96, why=_TUPLES),
    Law("steps: output in a variable", steps.named(steps.product, steps.VARIABLE)),
    Law("steps: tape in a variable", steps.named_tape),
    Law(
        "functions: argument from a function",
        functions.returned(steps.argument, functions.FUNCTION),
        kept=0.97,
        why=_EDGE,
    ),
    Law(
        "functions: argument from a function of two steps",
        functions.returned(steps.argument, functions.STEPWISE),
        kept=0.97,
        why=_EDGE,
    ),
    Law(
        "functions: argument from a lambda", functions.returned(steps.argument, functions.LAMBDA), kept=0.97, why=_EDGE
    ),
    Law(
        "functions: argument from a method", functions.returned(steps.argument, functions.METHOD), kept=0.97, why=_EDGE
    ),
    Law(
        "functions: argument from a static method",
        functions.returned(steps.argument, functions.STATIC),
        kept=0.97,
        why=_EDGE,
    ),
    Law("functions: argument from another module", functions.returned_elsewhere(steps.argument), kept=0.97, why=_EDGE),
    Law(
        "functions: receiver from a function",
        functions.returned(steps.receiver, functions.FUNCTION),
        kept=0.87,
        why=_EDGE,
    ),
    Law(
        "functions: receiver from a lambda",
        functions.returned(steps.receiver, functions.LAMBDA),
        kept=0.87,
        why=_EDGE,
    ),
    Law(
        "functions: receiver from a method",
        functions.returned(steps.receiver, functions.METHOD),
        kept=0.87,
        why=_EDGE,
    ),
    Law(
        "functions: receiver from another module",
        functions.returned_elsewhere(steps.receiver),
        kept=0.87,
        why=_EDGE,
    ),
    Law("functions: statement moved", functions.moved_statement, kept=0.84, why=_MOVED),
    Law("functions: statement moved, defaults", functions.moved_with_defaults, kept=0.84, why=_MOVED),
    Law("functions: body of a loop moved", moved_body, kept=0.76, quiet=0.97, why=_MOVED),
    Law("functions: keywords", functions.keywords),
    Law("functions: defaults", functions.defaults),
    Law("functions: partial", functions.partials),
    Law("functions: decorated", functions.decorated, kept=0.93, why=_DECORATED),
    Law("flow: early return", flows.early_return),
    Law("flow: both arms", flows.both_arms, kept=0.94, quiet=0.97, why=_ARMS),
    Law("flow: try around", flows.around(flows.TRY)),
    Law("flow: with around", flows.around(flows.WITH, "import contextlib\n")),
    Law("flow: while for for", flows.while_loops, kept=0.92, quiet=0.96, why=_WALK),
    Law("flow: comprehension for a loop", flows.comprehensions_for_loops),
    Law("flow: loop for a comprehension", flows.loops_for_comprehensions),
    Law("flow: generator between", flows.generators),
]


@dataclass(frozen=True)
class Trial:
    """What a law made of one program: the findings before and after."""

    program: Program
    files: Files
    before: Marked
    after: Marked

    @property
    def missed(self) -> Marked:
        return self.before - self.after

    @property
    def invented(self) -> Marked:
        return self.after - self.before


@dataclass(frozen=True)
class Shares:
    """How many findings there were in all and how many survived; how many silent programs, and how many stayed so."""

    findings: int
    kept: int
    silent: int
    quiet: int


def trials(law: Law, programs: Iterable[Program]) -> Iterator[Trial]:
    """The programs that a law can write otherwise, with what is found in them."""
    for program in programs:
        before, found = _as_written(program)
        after = law.transform(before)
        if after != before:
            yield Trial(program, after, found, marked_findings(after))


@cache
def _as_written(program: Program) -> tuple[Files, Marked]:
    files = marked(program.files)
    return files, marked_findings(files)


def shares(tried: Iterable[Trial]) -> Shares:
    """The sums over some programs."""
    findings = kept = silent = quiet = 0
    for trial in tried:
        findings += trial.before.total()
        kept += (trial.before & trial.after).total()
        silent += not trial.before
        quiet += not trial.before and not trial.after
    return Shares(findings, kept, silent, quiet)
