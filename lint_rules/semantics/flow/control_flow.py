"""Lays the control-flow graph of a unit: see graph.py.

The body of `finally` is built once for each way through it, as CPython does, so that what a `return` takes along does
not mix with what goes on.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from lint_rules.records import dataclass, field
from lint_rules.semantics.flow.expression_blocks import ExpressionBuilder
from lint_rules.semantics.flow.expressions import (
    always_matches,
    catches_all,
    certainly_has_items,
    evaluated_with,
    names_of,
    parts_of,
    swallows_exceptions,
)
from lint_rules.semantics.flow.graph import Block, Branches, EventKind, Graph, Loop, LoopBlocks, Start
from lint_rules.semantics.syntax.module_index import FunctionNode, Module, last_name

# Within so many `finally` bodies inside each other, all ways share one copy: copies would double with each.
_MAX_NESTED_FINALLY = 3


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


class _Builder(ExpressionBuilder):
    """Walks the statements of one unit and lays the blocks."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self.starts: dict[ast.stmt, list[Start]] = {}
        self.branches: dict[ast.expr, list[Branches]] = {}
        self.frames: list[_LoopFrame | _FinallyFrame] = []
        self.clock = 0
        self.nested_finally = 0

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
        return Graph(self.entry, self.exit, self.end, self.blocks, self.starts, self.loops, self.branches)

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

    # Statements

    def statements(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        self.note_start(node)
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
            self.branches.setdefault(chain.test, []).append(Branches(body.number, other.number))
            self.condition(chain.test, body, other)
            self.current = body
            self.statements(chain.body)
            self.current.leads_to(after)
            self.current = other
            following = chain.orelse[0] if len(chain.orelse) == 1 else None
            if isinstance(following, ast.If):  # `elif`, of which there may be more than calls can nest
                self.note_start(following)
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
            self.current.may_fail_to(swallowed)
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
        if any(last_name(handler.type) == "StopIteration" for handler in node.handlers):
            self.current.leads_to(self.raises)  # the end of what is walked through is no failure
        self.current.may_fail_to(self.raises)
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
        self.branches.setdefault(node.test, []).append(Branches(holds.number, fails.number))
        self.condition(node.test, holds, fails)
        self.current = fails
        self.expression(node.msg)
        self.current.may_fail_to(self.raises)
        self.current = holds

    def expression_statement(self, node: ast.Expr) -> None:
        self.expression(node.value)
        if not isinstance(node.value, ast.Constant):
            self.may_raise()

    def note_start(self, node: ast.stmt) -> None:
        self.clock += 1
        self.starts.setdefault(node, []).append(Start(self.current.number, self.clock))


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
