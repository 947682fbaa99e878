"""The control-flow graph of one unit of execution: its blocks, and what happens in them.

A *unit* is what runs by itself: a module, or the body of a function or lambda. Class bodies and comprehensions run
where they stand and belong to the unit around them. The graph consists of *blocks* of *events* (a name is read, a name
is bound, ...) in the order in which Python evaluates them; code that nothing leads to is in blocks that nothing leads
to.
"""

from __future__ import annotations

import ast
from enum import Enum, auto

from lint_rules.records import NamedTuple, dataclass, field

Loop = ast.For | ast.AsyncFor | ast.While
LOOPS = (ast.For, ast.AsyncFor, ast.While)
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class EventKind(Enum):
    """What happens. RUN: code elsewhere may run (a call, `yield`, the next item of a loop). FUNCTION: a function object
    is made; from here on its body may run. STAR: a star import may bind any name."""

    READ = auto()
    READ_LATER = auto()
    BIND = auto()
    UNBIND = auto()
    RUN = auto()
    FUNCTION = auto()
    STAR = auto()


class Event(NamedTuple):
    """`node` is the Name that is read or deleted, the node of the binding, the call, the function."""

    kind: EventKind
    node: ast.AST
    name: str = ""


@dataclass(eq=False, slots=True)
class Block:
    """Events that run one after the other; `successors` are the numbers of the blocks that may run next.

    `planned` are those of them that run without anything having failed which the code does not `raise` itself.
    """

    number: int
    events: list[Event] = field(default_factory=list)
    successors: list[int] = field(default_factory=list)
    planned: list[int] = field(default_factory=list)

    def leads_to(self, other: Block) -> None:
        self.may_fail_to(other)
        if other.number not in self.planned:
            self.planned.append(other.number)

    def may_fail_to(self, other: Block) -> None:
        """Where it goes on when something in it fails."""
        if other.number not in self.successors:
            self.successors.append(other.number)


@dataclass(frozen=True, slots=True)
class LoopBlocks:
    """The blocks of a loop: `header` runs once more before each iteration, the rest are numbered up to `end`."""

    header: int
    end: int

    def __contains__(self, block: int) -> bool:
        return self.header <= block < self.end


class Start(NamedTuple):
    """Where a statement begins: in which block, and how many began before it."""

    block: int
    clock: int


class Branches(NamedTuple):
    """The blocks with which the two arms of an `if`, or of an `assert`, begin; nothing but its test leads to them."""

    holds: int
    fails: int


@dataclass(eq=False, slots=True)
class Graph:
    """`exit` is where the unit ends by itself or by `return`, `raises` where it ends by an exception.

    Statements and loops in a `finally` are there once for each copy of it; so are the tests of `if` and `assert`, in
    `branches`.
    """

    entry: Block
    exit: Block
    raises: Block
    blocks: list[Block]
    starts: dict[ast.stmt, list[Start]]
    loops: dict[ast.AST, list[LoopBlocks]]
    branches: dict[ast.expr, list[Branches]]
