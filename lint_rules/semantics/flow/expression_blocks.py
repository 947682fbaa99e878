"""The blocks and events of expressions, in the order in which Python evaluates them."""

from __future__ import annotations

import ast

from lint_rules.semantics.flow.expressions import (
    constant_truth,
    ends_process,
    evaluated_with,
    forks_of,
    is_called,
    leaves,
    parts_of,
)
from lint_rules.semantics.flow.graph import Block, Comprehension, Event, EventKind, LoopBlocks
from lint_rules.semantics.syntax.module_index import COMPREHENSIONS, Module

_RUNNING = frozenset({ast.Call, ast.Await, ast.Yield, ast.YieldFrom})


class ExpressionBuilder:
    """Lays the blocks of the expressions of one unit.

    `raises` is where the unit goes on when something fails; only where that is `guarded` does it matter for its names.
    """

    def __init__(self, module: Module) -> None:
        self.module = module
        self.blocks: list[Block] = []
        self.loops: dict[ast.AST, list[LoopBlocks]] = {}
        self.guarded = False
        self.forks = forks_of(module)
        self.function_names = module.once(
            "names of functions", lambda: {function.name for function in module.functions.values()}
        )
        self.entry = self.current = self.block()
        self.exit = self.block()
        self.end = self.raises = self.block()

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
            self.current.may_fail_to(self.raises)
            self.continue_at(self.block())

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
