"""The laws: ways in which a program may be written as well, and what share of its findings each must leave."""

from __future__ import annotations

from collections import Counter
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


_MOVED = (
    "that the same is predicted twice in a row is told within one function only, and so is what conditions around the "
    "call and a list of losses say"
)

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
    Law("names: members imported", renames.members_imported),
    Law("steps: argument in a variable", steps.named(steps.argument, steps.VARIABLE)),
    Law("steps: argument in a tuple", steps.named(steps.argument, steps.TUPLE)),
    Law("steps: argument unpacked", steps.named(steps.argument, steps.UNPACKED)),
    Law("steps: argument in a dict", steps.named(steps.argument, steps.DICT)),
    Law("steps: argument in an attribute", steps.named(steps.argument, steps.ATTRIBUTE)),
    Law("steps: argument in a field", steps.named(steps.argument, steps.FIELD)),
    Law("steps: receiver in a variable", steps.named(steps.receiver, steps.VARIABLE)),
    Law("steps: receiver in a tuple", steps.named(steps.receiver, steps.TUPLE)),
    Law("steps: receiver unpacked", steps.named(steps.receiver, steps.UNPACKED)),
    Law("steps: receiver in a dict", steps.named(steps.receiver, steps.DICT)),
    Law("steps: receiver in an attribute", steps.named(steps.receiver, steps.ATTRIBUTE)),
    Law("steps: receiver in a field", steps.named(steps.receiver, steps.FIELD)),
    Law("steps: index in a variable", steps.named(steps.index, steps.VARIABLE)),
    Law("steps: bound of a slice in a variable", steps.named(steps.bound_of_slice, steps.VARIABLE)),
    Law("steps: shape in a variable", steps.named(steps.shape, steps.VARIABLE)),
    Law("steps: loss in a variable", steps.named(steps.loss, steps.VARIABLE)),
    Law("steps: loss in a tuple", steps.named(steps.loss, steps.TUPLE)),
    Law("steps: output in a variable", steps.named(steps.product, steps.VARIABLE)),
    Law("steps: tape in a variable", steps.named_tape),
    Law(
        "functions: argument from a function",
        functions.returned(steps.argument, functions.FUNCTION),
    ),
    Law(
        "functions: argument from a function of two steps",
        functions.returned(steps.argument, functions.STEPWISE),
    ),
    Law("functions: argument from a lambda", functions.returned(steps.argument, functions.LAMBDA)),
    Law("functions: argument from a method", functions.returned(steps.argument, functions.METHOD)),
    Law(
        "functions: argument from a static method",
        functions.returned(steps.argument, functions.STATIC),
    ),
    Law("functions: argument from another module", functions.returned_elsewhere(steps.argument)),
    Law(
        "functions: receiver from a function",
        functions.returned(steps.receiver, functions.FUNCTION),
    ),
    Law(
        "functions: receiver from a lambda",
        functions.returned(steps.receiver, functions.LAMBDA),
    ),
    Law(
        "functions: receiver from a method",
        functions.returned(steps.receiver, functions.METHOD),
    ),
    Law(
        "functions: receiver from another module",
        functions.returned_elsewhere(steps.receiver),
    ),
    Law("functions: statement moved", functions.moved_statement, kept=0.94, quiet=0.97, why=_MOVED),
    Law("functions: statement moved, defaults", functions.moved_with_defaults, kept=0.92, quiet=0.97, why=_MOVED),
    Law("functions: body of a loop moved", moved_body, kept=0.92, quiet=0.96, why=_MOVED),
    Law("functions: keywords", functions.keywords),
    Law("functions: defaults", functions.defaults),
    Law("functions: partial", functions.partials),
    Law("functions: decorated", functions.decorated),
    Law("flow: early return", flows.early_return),
    Law("flow: both arms", flows.both_arms),
    Law("flow: try around", flows.around(flows.TRY)),
    Law("flow: with around", flows.around(flows.WITH, "import contextlib\n")),
    Law("flow: while for for", flows.while_loops),
    Law("flow: comprehension for a loop", flows.comprehensions_for_loops),
    Law("flow: loop for a comprehension", flows.loops_for_comprehensions),
    Law("flow: generator between", flows.generators),
]


TOLD_WHERE_MADE = frozenset({"KI205"})
"""Rules whose finding stands where a model is made if that is another function: it moves where the making moves."""


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
            yield Trial(program, after, _as_told(found), _as_told(marked_findings(after)))


def _as_told(found: Marked) -> Marked:
    """Findings, those that may move without the statement that they stand at."""
    told: Marked = Counter()
    for (code, mark), count in found.items():
        told[code, "" if code in TOLD_WHERE_MADE else mark] += count
    return told


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
