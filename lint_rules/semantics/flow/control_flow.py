"""The control-flow graph of one unit of execution.

A *unit* is what runs by itself: a module, or the body of a function or lambda. Class bodies and comprehensions run
where they stand and belong to the unit around them. The graph consists of *blocks* of *events* (a name is read, a name
is bound, ...) in the order in which Python evaluates them; code that nothing leads to is in blocks that nothing leads
to. The body of `finally` is built once for each way through it, as CPython does, so that what a `return` takes along
does not mix with what goes on.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Any, NamedTuple

from lint_rules.records import dataclass, field
from lint_rules.semantics.flow.expressions import (
    always_matches,
    catches_all,
    certainly_has_items,
    constant_truth,
    ends_process,
    evaluated_with,
    forks_of,
    is_called,
    leaves,
    names_of,
    parts_of,
    swallows_exceptions,
)
from lint_rules.semantics.syntax.module_index import (
    COMPREHENSIONS,
    FunctionNode,
    Module,
)

Loop = ast.For | ast.AsyncFor | ast.While
LOOPS = (ast.For, ast.AsyncFor, ast.While)
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

# Within so many `finally` bodies inside each other, all ways share one copy: copies would double with each.
_MAX_NESTED_FINALLY = 3


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
    """Events that run one after the other; `successors` are the numbers of the blocks that may run next."""

    number: int
    events: list[Event] = field(default_factory=list)
    successors: list[int] = field(default_factory=list)

    def leads_to(self, other: Block) -> None:
        if other.number not in self.successors:
            self.successors.append(other.number)


@dataclass(frozen=True, slots=True)
class LoopBlocks:
    """The blocks of a loop: `header` runs once more before each iteration, the rest are numbered up to `end`."""

    header: int
    end: int

    def __contains__(self, block: int) -> bool:
        return self.header <= block < self.end


class Place(NamedTuple):
    """Where a statement begins: in which block, and how many began before it."""

    block: int
    clock: int


@dataclass(eq=False, slots=True)
class Graph:
    """`exit` is where the unit ends by itself or by `return`, `raises` where it ends by an exception.

    Statements and loops in a `finally` are there once for each copy of it.
    """

    entry: Block
    exit: Block
    raises: Block
    blocks: list[Block]
    places: dict[ast.stmt, list[Place]]
    loops: dict[ast.AST, list[LoopBlocks]]


def control_flow_of(module: Module, node: ast.AST) -> Graph:
    """The graph of a unit: of the tree of a module, or of a function or lambda."""
    return _Builder(module).build(node)


@dataclass(eq=False, slots=True)
class _LoopFrame:
    """A loop around the statement that is built."""

    after: Block
    header: Block


@dataclass(eq=False, slots=True)
class _FinallyFrame:
    """What runs on every way out of the statement that is built, such as the body of a `finally`: `unwind` builds it
    once more, `copies` has where it begins for each place to which it goes on."""

    unwind: Callable[[], None]
    outer: list[_LoopFrame | _FinallyFrame]
    raises: Block
    guarded: bool
    depth: int
    copies: dict[Block, Block] = field(default_factory=dict)
    shared: tuple[Block, Block] | None = None


class _Builder:
    """Walks the statements of one unit and lays the blocks."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.blocks: list[Block] = []
        self.places: dict[ast.stmt, list[Place]] = {}
        self.loops: dict[ast.AST, list[LoopBlocks]] = {}
        self.frames: list[_LoopFrame | _FinallyFrame] = []
        self.clock = 0
        self.guarded = False
        self.nested_finally = 0
        self.forks = forks_of(module)
        self.function_names = module.once(
            "names of functions", lambda: {function.name for function in module.functions.values()}
        )
        self.entry = self.current = self.block()
        self.exit = self.block()
        self.end = self.raises = self.block()

    def build(self, node: ast.AST) -> Graph:
        if isinstance(node, ast.Module):
            self.cells(node.body)
        elif isinstance(node, ast.Lambda):
            self.parameters(node)
            self.expression(node.body)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self.parameters(node)
            self.statements(node.body)
        self.current.leads_to(self.exit)
        return Graph(self.entry, self.exit, self.end, self.blocks, self.places, self.loops)

    def cells(self, body: list[ast.stmt]) -> None:
        """The statements of a module. What ends one cell of a notebook does not keep the next from being run."""
        cells: dict[int | None, list[ast.stmt]] = {}
        for statement in body:
            cells.setdefault(self.module.locate(statement.lineno)[0], []).append(statement)
        for number, cell in enumerate(cells.values()):
            following = self.block() if number + 1 < len(cells) else self.end
            self.raises = following
            self.statements(cell)
            if following is not self.end:
                self.continue_at(following)
        self.raises = self.end

    def parameters(self, node: FunctionNode) -> None:
        arguments = node.args
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        for argument in named:
            if argument is not None:
                self.bind(argument, argument.arg)

    # Blocks

    def block(self) -> Block:
        block = Block(len(self.blocks))
        self.blocks.append(block)
        return block

    def event(self, kind: EventKind, node: ast.AST, name: str = "") -> None:
        self.current.events.append(Event(kind, node, name))

    def bind(self, node: ast.AST, name: str) -> None:
        self.event(EventKind.BIND, node, name)

    def split(self) -> None:
        """Begin a new block, for an event at which the state of all names matters."""
        if self.current.events:
            self.continue_at(self.block())

    def continue_at(self, block: Block) -> None:
        """Go on at a block, which the current one leads to."""
        self.current.leads_to(block)
        self.current = block

    def leave_to(self, block: Block) -> None:
        """Go to a block for good; what follows in the text has no way to it."""
        self.current.leads_to(block)
        self.current = self.block()

    def may_raise(self) -> None:
        """What was evaluated last may have raised: a handler sees the names as they are now."""
        if self.guarded:
            self.current.leads_to(self.raises)
            self.continue_at(self.block())

    # Statements

    def statements(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        self.note_place(node)
        if node in self.forks:
            self.may_raise()
        handler = _STATEMENTS.get(type(node))
        if handler is not None:
            handler(self, node)
        else:
            self.children(node)
            self.may_raise()

    def children(self, node: ast.AST) -> None:
        for child in parts_of(node):
            self.expression(child)

    def assign(self, node: ast.Assign) -> None:
        self.expression(node.value)
        for target in node.targets:
            self.expression(target)
        if not isinstance(node.value, ast.Constant) or not all(isinstance(item, ast.Name) for item in node.targets):
            self.may_raise()
        for target in node.targets:
            self.bind_target(target, node)

    def ann_assign(self, node: ast.AnnAssign) -> None:
        self.expression(node.annotation)
        if node.value is not None:
            self.expression(node.value)
        self.expression(node.target)
        self.may_raise()
        self.bind_target(node.target, node)

    def aug_assign(self, node: ast.AugAssign) -> None:
        self.expression(node.target)
        self.expression(node.value)
        self.may_raise()
        self.bind_target(node.target, node)

    def bind_target(self, target: ast.expr, node: ast.AST) -> None:
        """Bind the names of a target; `node` is the node of the binding."""
        if isinstance(target, ast.Name):
            self.bind(node, target.id)
        elif isinstance(target, ast.Starred):
            self.bind_target(target.value, node)
        elif isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                self.bind_target(element, node)

    def delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            self.expression(target)
        self.may_raise()
        for name in (item for target in node.targets for item in names_of(target)):
            self.event(EventKind.UNBIND, name, name.id)

    def import_(self, node: ast.Import | ast.ImportFrom) -> None:
        self.event(EventKind.RUN, node)
        self.may_raise()
        for alias in node.names:
            if alias.name == "*":
                self.event(EventKind.STAR, node)
            elif alias.asname is not None or isinstance(node, ast.ImportFrom):
                self.bind(alias, alias.asname or alias.name)
            else:
                self.bind(alias, alias.name.partition(".")[0])

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in [*node.decorator_list, *evaluated_with(node.args), node.returns]:
            self.expression(part)
        self.may_raise()
        self.split()
        self.event(EventKind.FUNCTION, node)
        self.bind(node, node.name)

    def class_(self, node: ast.ClassDef) -> None:
        for part in [*node.decorator_list, *node.bases, *node.keywords]:
            self.expression(part)
        self.may_raise()
        self.statements(node.body)
        self.bind(node, node.name)

    def nothing(self, node: ast.stmt) -> None:
        pass

    def return_(self, node: ast.Return) -> None:
        self.expression(node.value)
        if node.value is not None:
            self.may_raise()
        self.jump(self.exit, None)

    def raise_(self, node: ast.Raise) -> None:
        self.children(node)
        self.leave_to(self.raises)

    def break_(self, node: ast.Break) -> None:
        frame = self.loop_frame()
        if frame is not None:
            self.jump(frame.after, frame)

    def continue_(self, node: ast.Continue) -> None:
        frame = self.loop_frame()
        if frame is not None:
            self.jump(frame.header, frame)

    def loop_frame(self) -> _LoopFrame | None:
        """The loop that `break` and `continue` are of; None outside of one, which parses and does not compile."""
        return next((frame for frame in reversed(self.frames) if isinstance(frame, _LoopFrame)), None)

    def jump(self, target: Block, stop: _LoopFrame | None) -> None:
        """Leave for a block outside of the frames up to `stop`, through the `finally` bodies on the way."""
        first = 0 if stop is None else self.frames.index(stop)
        for number in range(first, len(self.frames)):
            frame = self.frames[number]
            if isinstance(frame, _FinallyFrame):
                target = self.through(frame, target)
        self.leave_to(target)

    def through(self, frame: _FinallyFrame, target: Block) -> Block:
        """Where the copy of a `finally` body begins that goes on at `target`."""
        if target in frame.copies:
            return frame.copies[target]
        if frame.shared is not None:
            entry, end = frame.shared
        else:
            entry = self.block()
            end = self.copy(frame, entry)
            if frame.depth >= _MAX_NESTED_FINALLY:
                frame.shared = (entry, end)
        frame.copies[target] = entry
        end.leads_to(target)
        return entry

    def copy(self, frame: _FinallyFrame, entry: Block) -> Block:
        """Build the body of a `finally` once more, as seen from outside of its `try`; the block where it ends."""
        kept = (self.current, self.frames, self.raises, self.guarded, self.nested_finally)
        self.current, self.frames, self.raises, self.guarded = entry, frame.outer, frame.raises, frame.guarded
        self.nested_finally = frame.depth + 1
        frame.unwind()
        end = self.current
        self.current, self.frames, self.raises, self.guarded, self.nested_finally = kept
        return end

    def if_(self, node: ast.If) -> None:
        after = self.block()
        chain: ast.If | None = node
        while chain is not None:
            body, other = self.block(), self.block()
            self.condition(chain.test, body, other)
            self.current = body
            self.statements(chain.body)
            self.current.leads_to(after)
            self.current = other
            following = chain.orelse[0] if len(chain.orelse) == 1 else None
            if isinstance(following, ast.If):  # `elif`, of which there may be more than calls can nest
                self.note_place(following)
                chain = following
            else:
                self.statements(chain.orelse)
                chain = None
        self.continue_at(after)

    def while_(self, node: ast.While) -> None:
        after, header = self.block(), self.block()
        self.continue_at(header)
        body, other = self.block(), self.block()
        self.condition(node.test, body, other)
        self.current = body
        self.loop_body(node, header, after)
        self.current = other
        self.statements(node.orelse)
        self.continue_at(after)

    def for_(self, node: ast.For | ast.AsyncFor) -> None:
        self.expression(node.iter)
        self.may_raise()
        after, header = self.block(), self.block()
        before = self.current
        self.current = header
        self.event(EventKind.RUN, node)
        self.expression(node.target)
        self.may_raise()
        body, other = self.block(), self.block()
        self.current.leads_to(body)
        self.current.leads_to(other)
        before.leads_to(body if certainly_has_items(self.module, node.iter) else header)
        self.current = body
        self.bind_target(node.target, node)
        self.loop_body(node, header, after)
        self.current = other
        self.statements(node.orelse)
        self.continue_at(after)

    def loop_body(self, node: Loop, header: Block, after: Block) -> None:
        self.frames = [*self.frames, _LoopFrame(after, header)]
        self.statements(node.body)
        self.frames = self.frames[:-1]
        self.current.leads_to(header)
        self.loops.setdefault(node, []).append(LoopBlocks(header.number, len(self.blocks)))

    def with_(self, node: ast.With | ast.AsyncWith) -> None:
        kept = (self.raises, self.guarded)
        swallows = any(swallows_exceptions(item.context_expr) for item in node.items)
        for item in node.items:
            self.expression(item.context_expr)
            self.event(EventKind.RUN, node)
            if item.optional_vars is not None:
                self.expression(item.optional_vars)
            self.may_raise()
            if item.optional_vars is not None:
                self.bind_target(item.optional_vars, node)
        after = self.block()
        if swallows:
            swallowed = self.block()
            swallowed.leads_to(after)
            swallowed.leads_to(self.raises)
            self.raises, self.guarded = swallowed, True
            self.current.leads_to(swallowed)
        self.statements(node.body)
        self.raises, self.guarded = kept
        self.event(EventKind.RUN, node)
        self.may_raise()
        self.continue_at(after)

    def try_(self, node: ast.Try | ast.TryStar) -> None:
        kept = (self.frames, self.raises, self.guarded)
        after = self.block()
        frame: _FinallyFrame | None = None
        if node.finalbody:
            frame = self.unwinding(lambda: self.statements(node.finalbody))
            self.frames = [*self.frames, frame]
            self.raises, self.guarded = self.through(frame, self.raises), True
        outer = (self.raises, self.guarded)
        dispatch = self.block()
        if node.handlers:
            self.raises, self.guarded = dispatch, True
        self.continue_at(self.block())
        self.current.leads_to(self.raises)
        self.statements(node.body)
        self.raises, self.guarded = outer
        self.statements(node.orelse)
        ends = [self.current]
        if not any(catches_all(handler) for handler in node.handlers):
            dispatch.leads_to(self.raises)
        for handler in node.handlers:
            self.current = self.block()
            dispatch.leads_to(self.current)
            self.handler(handler)
            ends.append(self.current)
        self.frames, self.raises, self.guarded = kept
        following = self.through(frame, after) if frame is not None else after
        for end in ends:
            end.leads_to(following)
        self.current = after

    def handler(self, node: ast.ExceptHandler) -> None:
        self.expression(node.type)
        if node.name is None:
            self.statements(node.body)
            return
        name = node.name
        kept = (self.frames, self.raises, self.guarded)
        frame = self.unwinding(lambda: self.event(EventKind.UNBIND, node, name))
        self.frames = [*self.frames, frame]
        self.raises, self.guarded = self.through(frame, self.raises), True
        self.bind(node, name)
        self.statements(node.body)
        self.frames, self.raises, self.guarded = kept
        frame.unwind()

    def unwinding(self, unwind: Callable[[], None]) -> _FinallyFrame:
        """A frame for what runs on every way out of a statement that stands here."""
        return _FinallyFrame(unwind, self.frames, self.raises, self.guarded, self.nested_finally)

    def match(self, node: ast.Match) -> None:
        self.expression(node.subject)
        self.may_raise()
        after = self.block()
        for case in node.cases:
            body, other = self.block(), self.block()
            self.pattern(case.pattern)
            if not always_matches(case.pattern):
                self.current.leads_to(other)
            self.continue_at(self.block())
            self.captures(case.pattern)
            if case.guard is None:
                self.current.leads_to(body)
            else:
                self.condition(case.guard, body, other)
            self.current = body
            self.statements(case.body)
            self.current.leads_to(after)
            self.current = other
        self.continue_at(after)

    def pattern(self, pattern: ast.pattern) -> None:
        """The values and classes that a pattern reads."""
        for part in ast.walk(pattern):
            if isinstance(part, ast.MatchValue):
                self.expression(part.value)
            elif isinstance(part, ast.MatchClass):
                self.expression(part.cls)
            elif isinstance(part, ast.MatchMapping):
                for key in part.keys:
                    self.expression(key)

    def captures(self, pattern: ast.pattern) -> None:
        """The names that a pattern binds, all at once when it has matched."""
        for part in ast.walk(pattern):
            if isinstance(part, ast.MatchAs | ast.MatchStar) and part.name is not None:
                self.bind(part, part.name)
            elif isinstance(part, ast.MatchMapping) and part.rest is not None:
                self.bind(part, part.rest)

    def assert_(self, node: ast.Assert) -> None:
        holds, fails = self.block(), self.block()
        self.condition(node.test, holds, fails)
        self.current = fails
        self.expression(node.msg)
        self.current.leads_to(self.raises)
        self.current = holds

    def expression_statement(self, node: ast.Expr) -> None:
        self.expression(node.value)
        if not isinstance(node.value, ast.Constant):
            self.may_raise()

    # Expressions

    def condition(self, test: ast.expr, holds: Block, fails: Block) -> None:
        """Evaluate a test and go to one of two blocks."""
        constant = constant_truth(test)
        if constant is not None or test not in self.forks or not isinstance(test, ast.BoolOp | ast.UnaryOp):
            self.expression(test)
            self.may_raise()
            if constant is not False:
                self.current.leads_to(holds)
            if constant is not True:
                self.current.leads_to(fails)
        elif isinstance(test, ast.UnaryOp):
            negated = isinstance(test.op, ast.Not)
            self.condition(test.operand, *((fails, holds) if negated else (holds, fails)))
        else:
            for value in test.values[:-1]:
                following = self.block()
                if isinstance(test.op, ast.And):
                    self.condition(value, following, fails)
                else:
                    self.condition(value, holds, following)
                self.current = following
            self.condition(test.values[-1], holds, fails)

    def expression(self, node: ast.AST | None) -> None:
        if node is None:
            return
        if node not in self.forks:
            self.plain(node)
        elif isinstance(node, ast.BoolOp):
            after = self.block()
            for value in node.values:
                self.expression(value)
                self.current.leads_to(after)
                self.continue_at(self.block())
            self.continue_at(after)
        elif isinstance(node, ast.IfExp):
            body, other, after = self.block(), self.block(), self.block()
            self.condition(node.test, body, other)
            for block, value in ((body, node.body), (other, node.orelse)):
                self.current = block
                self.expression(value)
                self.current.leads_to(after)
            self.current = after
        elif isinstance(node, COMPREHENSIONS):
            self.comprehension(node)
        else:
            self.forked(node)

    def forked(self, node: ast.AST) -> None:
        """An expression that holds a walrus, or a call that does not come back."""
        if isinstance(node, ast.Lambda):
            self.lambda_(node)
            return
        for child in parts_of(node):
            if not isinstance(node, ast.NamedExpr) or child is not node.target:
                self.expression(child)
        if isinstance(node, ast.NamedExpr):
            self.bind(node, node.target.id)
        elif isinstance(node, ast.Call):
            self.call(node)
            if leaves(self.module, node):
                self.leave_to(self.raises)
            elif ends_process(self.module, node):
                self.current = self.block()
        elif isinstance(node, ast.Await | ast.Yield | ast.YieldFrom):
            self.event(EventKind.RUN, node)

    def comprehension(self, node: Comprehension) -> None:
        """A comprehension whose walrus binds a name of the unit: its loops, inside each other."""
        after = self.block()
        headers: list[tuple[ast.comprehension, Block]] = []
        for generator in node.generators:
            self.expression(generator.iter)
            header = self.block()
            self.continue_at(header)
            self.event(EventKind.RUN, generator)
            self.current.leads_to(headers[-1][1] if headers else after)
            self.continue_at(self.block())
            self.expression(generator.target)
            for test in generator.ifs:
                following = self.block()
                self.condition(test, following, header)
                self.current = following
            headers.append((generator, header))
        for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            self.expression(part)
        self.current.leads_to(headers[-1][1])
        for generator, header in headers:
            self.loops.setdefault(generator, []).append(LoopBlocks(header.number, len(self.blocks)))
        self.current = after

    def plain(self, node: ast.AST) -> None:
        """The events of an expression that runs from one end to the other, however deep it nests."""
        todo: list[ast.AST | Event] = [node]
        while todo:
            part = todo.pop()
            kind = type(part)
            if kind is ast.Name:
                self.read(part)  # type: ignore[arg-type]
            elif kind is ast.Constant:
                continue
            elif isinstance(part, Event):  # of a node whose parts have been evaluated
                self.ran(part)
            elif isinstance(part, ast.Lambda):
                self.lambda_(part)
            elif isinstance(part, ast.GeneratorExp) and not isinstance(self.module.parents.get(part), ast.Call):
                self.generator(part)
            else:
                if kind in _RUNNING:
                    todo.append(Event(EventKind.RUN, part))
                parts = parts_of(part)
                parts.reverse()
                todo += parts

    def ran(self, event: Event) -> None:
        if isinstance(event.node, ast.Call):
            self.call(event.node)
        else:
            self.current.events.append(event)

    def call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id in self.function_names:
            self.split()
        self.event(EventKind.RUN, node)

    def read(self, node: ast.Name) -> None:
        if node.id in self.function_names and not is_called(self.module, node):
            self.split()
        self.event(EventKind.READ, node, node.id)

    def lambda_(self, node: ast.Lambda) -> None:
        for part in evaluated_with(node.args):
            self.expression(part)
        self.split()
        self.event(EventKind.FUNCTION, node)

    def generator(self, node: ast.GeneratorExp) -> None:
        """A generator that is kept: all but its first iterable is evaluated when somebody takes its items."""
        self.expression(node.generators[0].iter)
        self.split()
        first = node.generators[0]
        todo: list[ast.AST] = [node.elt, *node.generators[1:], first.target, *first.ifs]
        while todo:
            part = todo.pop()
            if isinstance(part, ast.Name):
                self.event(EventKind.READ_LATER, part, part.id)
            elif isinstance(part, ast.Lambda):
                self.event(EventKind.FUNCTION, part)
                todo.extend(evaluated_with(part.args))
            else:
                todo.extend(parts_of(part))

    def note_place(self, node: ast.stmt) -> None:
        self.clock += 1
        self.places.setdefault(node, []).append(Place(self.current.number, self.clock))


_RUNNING = frozenset({ast.Call, ast.Await, ast.Yield, ast.YieldFrom})

_STATEMENTS: dict[type[ast.stmt], Callable[[_Builder, Any], None]] = {
    ast.AnnAssign: _Builder.ann_assign,
    ast.Assert: _Builder.assert_,
    ast.Assign: _Builder.assign,
    ast.AsyncFor: _Builder.for_,
    ast.AsyncFunctionDef: _Builder.function,
    ast.AsyncWith: _Builder.with_,
    ast.AugAssign: _Builder.aug_assign,
    ast.Break: _Builder.break_,
    ast.ClassDef: _Builder.class_,
    ast.Continue: _Builder.continue_,
    ast.Delete: _Builder.delete,
    ast.Expr: _Builder.expression_statement,
    ast.For: _Builder.for_,
    ast.FunctionDef: _Builder.function,
    ast.Global: _Builder.nothing,
    ast.If: _Builder.if_,
    ast.Import: _Builder.import_,
    ast.ImportFrom: _Builder.import_,
    ast.Match: _Builder.match,
    ast.Nonlocal: _Builder.nothing,
    ast.Pass: _Builder.nothing,
    ast.Raise: _Builder.raise_,
    ast.Return: _Builder.return_,
    ast.Try: _Builder.try_,
    ast.TryStar: _Builder.try_,
    ast.While: _Builder.while_,
    ast.With: _Builder.with_,
}
