"""The analysis of uses and definitions against programs that run.

Small random programs note, at each use that runs, which definition gave the value. The analysis must contain it; for
programs of plain statements and `if` alone, run on all their ways, it must contain nothing else.
"""

from __future__ import annotations

import ast
import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from lint_rules.semantics.flow.use_def import (
    always_runs_before,
    bindings_of,
    carried_bindings,
    is_certainly_bound,
    is_reachable,
    loops_around,
)
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.scopes import Binding

NAMES = ("a", "b", "c")


class BoomError(Exception):
    """What the calls in a program raise now and then."""

    def __iadd__(self, other: int) -> BoomError:
        return self


class Enough(BaseException):
    """A program has run for long enough."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a definition in `row` gives; `rounds` are the loops around it: row of the loop -> (entry, iteration)."""

    row: int
    rounds: dict[int, tuple[int, int]]

    def __iadd__(self, other: int) -> Value:
        return self


@dataclass(slots=True)
class Machine:
    """What a program can call, and what it noted: (row of the use, name, value, loops around the use)."""

    choices: Iterator[bool]
    seen: list[tuple[int, str, Value, dict[int, tuple[int, int]]]] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    rounds: dict[int, tuple[int, int]] = field(default_factory=dict)
    kept: list[Callable[[], object]] = field(default_factory=list)
    entries: int = 0

    def cond(self) -> bool:
        answer = next(self.choices, None)
        if answer is None:
            raise Enough
        return answer

    def make(self, row: int) -> Value:
        return Value(row, dict(self.rounds))

    def risky(self, row: int) -> Value:
        if self.cond():
            raise BoomError
        return self.make(row)

    def mark(self, row: int) -> None:
        self.order.append(row)

    def use(self, row: int, name: str, value: object) -> bool:
        if isinstance(value, Value):
            self.seen.append((row, name, value, dict(self.rounds)))
        return True

    def enter(self, row: int) -> bool:
        self.entries += 1
        self.rounds[row] = (self.entries, 0)
        return True

    def again(self, row: int) -> bool:
        entry, number = self.rounds[row]
        if number > 8:
            raise Enough
        self.rounds[row] = (entry, number + 1)
        return True

    def items(self, row: int) -> Iterator[Value]:
        self.enter(row)
        while self.cond():
            self.again(row)
            yield self.make(row)

    def keep(self, action: Callable[[], object]) -> None:
        self.kept.append(action)

    def run_kept(self) -> None:
        for action in self.kept[:3]:
            action()

    @contextmanager
    def manager(self, row: int) -> Iterator[Value]:
        yield self.make(row)

    def run(self, text: str) -> int | None:
        """Run a program; the row of a name that was not bound, if that ended it."""
        words = ("cond", "mark", "make", "risky", "use", "enter", "again", "items", "keep", "run_kept", "manager")
        namespace = {word: getattr(self, word) for word in words} | {"BoomError": BoomError, "suppress": suppress}
        try:
            exec(compile(text, "program", "exec"), namespace)
        except (NameError, UnboundLocalError) as error:
            row = None
            trace = error.__traceback__
            while trace is not None:
                row = trace.tb_lineno if trace.tb_frame.f_code.co_filename == "program" else row
                trace = trace.tb_next
            return row
        except (BoomError, Enough, RecursionError):
            return None
        return None


class Writer:
    """Writes a random program."""

    def __init__(self, source: random.Random, kinds: str) -> None:
        self.random = source
        self.kinds = kinds.split()
        self.lines: list[str] = []
        self.functions = 0

    def program(self, in_function: bool, *, all_bound: bool = False) -> str:
        indent = 0
        if in_function:
            self.put(0, "def main():")
            indent = 1
        for name in NAMES:
            if all_bound or self.random.random() < 0.6:
                self.put(indent, f"{name} = make(ROW)")
        self.block(indent, 3, loop=False, function=in_function)
        for name in NAMES:
            self.use(indent, name)
        if in_function:
            self.put(0, "main()")
        return "\n".join(self.lines) + "\n"

    def put(self, indent: int, text: str) -> int:
        row = len(self.lines) + 1
        self.lines.append("    " * indent + text.replace("ROW", str(row)))
        return row

    def use(self, indent: int, name: str) -> None:
        self.put(indent, "mark(ROW)")
        self.put(indent, f"use(ROW, '{name}', {name})")

    def block(self, indent: int, depth: int, *, loop: bool, function: bool) -> None:
        for _ in range(self.random.randint(1, 4)):
            self.statement(indent, depth, loop=loop, function=function)

    def statement(self, indent: int, depth: int, *, loop: bool, function: bool) -> None:
        kinds = [kind for kind in self.kinds if depth > 0 or not hasattr(Writer, f"{kind}_")]
        kind = self.random.choice(kinds)
        name = self.random.choice(NAMES)
        plain = {
            "assign": f"{name} = make(ROW)",
            "risky": f"{name} = risky(ROW)",
            "augment": f"{name} += 1",
            "walrus": f"(cond() and ({name} := make(ROW)))",
            "ternary": f"({name} := make(ROW)) if cond() else use(ROW, '{name}', {name})",
            "comprehension": f"[({name} := make(ROW)) for _ in items(ROW) if use(ROW, '{name}', {name})]",
            "generator": f"keep(lambda g=(use(ROW, '{name}', {name}) for _ in (1,)): list(g))",
            "lambda": f"keep(lambda: use(ROW, '{name}', {name}))",
            "kept": "run_kept()",
            "del": f"del {name}",
            "assert": "assert cond() or use(ROW, 'a', a)",
            "raise": "raise BoomError",
        }
        if kind in plain:
            self.put(indent, plain[kind])
        elif kind == "use":
            self.use(indent, name)
        elif kind == "leave":
            words = (["break", "continue"] if loop else []) + (["return"] if function else ["pass"])
            self.put(indent, self.random.choice(words))
        else:
            getattr(self, f"{kind}_")(indent, depth - 1, name, loop, function)

    def if_(self, indent: int, depth: int, name: str, loop: bool, function: bool) -> None:
        self.put(indent, "if cond():")
        self.block(indent + 1, depth, loop=loop, function=function)
        if self.random.random() < 0.3:
            self.put(indent, f"elif cond() and ({name} := make(ROW)):" if "walrus" in self.kinds else "elif cond():")
            self.block(indent + 1, depth, loop=loop, function=function)
        if self.random.random() < 0.5:
            self.put(indent, "else:")
            self.block(indent + 1, depth, loop=loop, function=function)

    def while_(self, indent: int, depth: int, name: str, loop: bool, function: bool) -> None:
        row = len(self.lines) + 2
        self.put(indent, f"enter({row})")
        tests = ("cond()", "True", f"not (cond() and ({name} := make(ROW)))", f"use(ROW, '{name}', {name}) and cond()")
        self.put(indent, f"while again({row}) and {self.random.choice(tests)}:")
        self.loop_body(indent, depth, function, loop)

    def for_(self, indent: int, depth: int, name: str, loop: bool, function: bool) -> None:
        self.put(indent, f"for {name} in items(ROW):")
        self.loop_body(indent, depth, function, loop)

    def loop_body(self, indent: int, depth: int, function: bool, outer: bool) -> None:
        self.block(indent + 1, depth, loop=True, function=function)
        self.put(indent + 1, "cond()")
        if self.random.random() < 0.4:
            self.put(indent, "else:")
            self.block(indent + 1, depth, loop=outer, function=function)

    def try_(self, indent: int, depth: int, name: str, loop: bool, function: bool) -> None:
        self.put(indent, "try:")
        self.block(indent + 1, depth, loop=loop, function=function)
        handled = self.random.random() < 0.7
        if handled:
            self.put(indent, self.random.choice(("except BoomError:", "except:", f"except BoomError as {name}:")))
            self.block(indent + 1, depth, loop=loop, function=function)
            if self.random.random() < 0.4:
                self.put(indent, "else:")
                self.block(indent + 1, depth, loop=loop, function=function)
        if not handled or self.random.random() < 0.4:
            self.put(indent, "finally:")
            self.block(indent + 1, depth, loop=loop, function=function)

    def with_(self, indent: int, depth: int, name: str, loop: bool, function: bool) -> None:
        managers = (f"manager(ROW) as {name}", "suppress(BoomError)")
        self.put(indent, f"with {self.random.choice(managers)}:")
        self.block(indent + 1, depth, loop=loop, function=function)

    def match_(self, indent: int, depth: int, name: str, loop: bool, function: bool) -> None:
        self.put(indent, f"match make({len(self.lines) + 2}):")  # the value of the first case
        self.put(indent + 1, f"case {name} if cond():")
        self.block(indent + 2, depth, loop=loop, function=function)
        self.put(indent + 1, self.random.choice(("case _:", "case object() if cond():")))
        self.block(indent + 2, depth, loop=loop, function=function)

    def function_(self, indent: int, depth: int, name: str, loop: bool, function: bool) -> None:
        self.functions += 1
        title = f"f{self.functions}"
        self.put(indent, f"def {title}():")
        if self.random.random() < 0.4:
            self.put(indent + 1, f"{'nonlocal' if function else 'global'} {name}")
            self.put(indent + 1, f"{name} = make(ROW)")
            self.put(indent + 1, f"use(ROW, '{name}', {name})")
        else:
            self.use(indent + 1, name)
        self.put(indent, self.random.choice((f"{title}()", f"keep({title})", "cond()")))
        if self.random.random() < 0.5:
            self.statement(indent, depth, loop=loop, function=function)
            self.put(indent, f"{title}()")

    def class_(self, indent: int, depth: int, name: str, loop: bool, function: bool) -> None:
        self.put(indent, "class C:")
        kinds, self.kinds = self.kinds, [kind for kind in self.kinds if kind != "del"]  # which makes a name local, too
        self.block(indent + 1, 0, loop=False, function=False)
        self.kinds = kinds


SIMPLE = "assign assign use use if if"
FLOW = f"{SIMPLE} risky augment walrus ternary leave while for try with match raise del assert"
CLOSURES = f"{FLOW} comprehension generator lambda kept function class"


def row_of(binding: Binding) -> int:
    node = binding.node
    return getattr(node, "lineno", 0) or (binding.value.lineno if binding.value is not None else 0)


def use_at(module: Module, row: int, name: str) -> list[ast.Name]:
    """The Name in `use(row, 'name', name)`."""
    return [
        call.args[2]
        for call in module.calls.get("use", ())
        if call.lineno == row and isinstance(call.args[2], ast.Name) and call.args[2].id == name
    ]


def write(seed: int, kinds: str, in_function: bool, *, all_bound: bool = False) -> tuple[str, Module] | None:
    text = Writer(random.Random(seed), kinds).program(in_function, all_bound=all_bound)
    try:
        tree = ast.parse(text)
        compile(tree, "program", "exec")
    except SyntaxError:  # nonlocal of a name that the function does not bind
        return None
    return text, Module(Path("program.py"), text, tree)


def check_run(module: Module, machine: Machine, unbound_row: int | None) -> None:
    for row, name, value, rounds in machine.seen:
        uses = use_at(module, row, name)
        assert any(value.row in map(row_of, bindings_of(module, use)) for use in uses), (row, name, value)
        for use in uses:
            assert is_reachable(module, use), (row, name)
            for loop in loops_around(module, use):
                then, now = value.rounds.get(loop.lineno), rounds.get(loop.lineno)
                inside = loop.lineno <= value.row <= (loop.end_lineno or 0)
                if inside and then is not None and now is not None and then[0] == now[0] and then[1] < now[1]:
                    carried = carried_bindings(module, use, loop)
                    assert value.row in map(row_of, carried), (row, name, value, loop.lineno)
    if unbound_row is not None:
        for name in NAMES:
            uses = use_at(module, unbound_row, name)
            if len(uses) == 1 and sum(use_at(module, unbound_row, other) != [] for other in NAMES) == 1:
                assert not is_certainly_bound(module, uses[0]), (unbound_row, name)


def check_order(module: Module, machine: Machine, in_function: bool) -> None:
    """A statement that always runs before another has run whenever the other runs."""
    home = [
        call
        for call in module.calls.get("mark", ())
        if (function := module.function_of(call)) is None or (in_function and function.name == "main")
    ]
    for first, then in itertools.permutations(home[:8], 2):
        if always_runs_before(module, first, then) and then.lineno in machine.order:
            before = machine.order[: machine.order.index(then.lineno)]
            assert first.lineno in before, (first.lineno, then.lineno)


seeds = st.integers(0, 2**32 - 1)


def check_programs(seed: int, kinds: str, in_function: bool, *, ordered: bool) -> None:
    written = write(seed, kinds, in_function)
    if written is None:
        return
    text, module = written
    source = random.Random(seed)
    for share in (0.3, 0.5, 0.5, 0.7):
        machine = Machine(iter([source.random() < share for _ in range(60)]))
        unbound_row = machine.run(text)
        check_run(module, machine, unbound_row)
        if ordered:
            check_order(module, machine, in_function)


@settings(max_examples=150, deadline=None)
@given(seed=seeds, in_function=st.booleans())
def test_what_a_use_saw_is_among_its_bindings(seed: int, in_function: bool) -> None:
    check_programs(seed, FLOW, in_function, ordered=True)


@settings(max_examples=150, deadline=None)
@given(seed=seeds, in_function=st.booleans())
def test_what_a_use_in_a_function_saw_is_among_its_bindings(seed: int, in_function: bool) -> None:
    check_programs(seed, CLOSURES, in_function, ordered=False)


@settings(max_examples=100, deadline=None)
@given(seed=seeds, in_function=st.booleans())
def test_without_loops_a_use_sees_nothing_else(seed: int, in_function: bool) -> None:
    """All ways of a program whose tests do not depend on each other are ways that it can go."""
    written = write(seed, SIMPLE, in_function, all_bound=True)
    assert written is not None
    text, module = written
    tests = text.count("cond()")
    if tests > 8:
        return
    saw: dict[tuple[int, str], set[int]] = {}
    for choices in itertools.product([True, False], repeat=tests):
        machine = Machine(iter(choices))
        assert machine.run(text) is None
        for row, name, value, _ in machine.seen:
            saw.setdefault((row, name), set()).add(value.row)
    for call in module.calls["use"]:
        use = call.args[2]
        assert isinstance(use, ast.Name)
        assert set(map(row_of, bindings_of(module, use))) == saw.get((use.lineno, use.id)), (use.lineno, use.id)
        assert is_certainly_bound(module, use)
