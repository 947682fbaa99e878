"""In which context does a call run: the loops, tapes and traces around it, through calls, methods and modules.

From the call outwards: first what encloses it in its own function, then, at the function's edge, every place that runs
the function. Each way from a call to a place that nobody calls is one `Path`. A `def`, `lambda` or `class` is a
barrier: what encloses its definition does not enclose its runs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from itertools import pairwise

from lint_rules.records import dataclass
from lint_rules.semantics.calls.call_graph import Callers
from lint_rules.semantics.calls.dispatch import is_right_object
from lint_rules.semantics.calls.edges import Edge
from lint_rules.semantics.domains.values import FunctionObject, Instance, Result, Value
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.feasibility import UNKNOWN, asked_parameters, is_passed_over, left_open_by, parameter_of
from lint_rules.semantics.flow.graph import LOOPS
from lint_rules.semantics.flow.turns import ends_by_flag, fills_once, loop_of_one_turn
from lint_rules.semantics.flow.use_def import bindings_of, comes_again, is_cut_off
from lint_rules.semantics.knowledge.higher_order import TRACED_METHODS, EdgeKind
from lint_rules.semantics.knowledge.iteration import AS_MANY
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.blocks import place_of
from lint_rules.semantics.syntax.module_index import COMPREHENSIONS, Function, Module, dotted, last_name
from lint_rules.semantics.syntax.scopes import BindingKind


class RegionKind(Enum):
    LOOP = auto()
    TAPE = auto()
    STOPPED = auto()  # tape.stop_recording()
    TRACED = auto()
    DIFFERENTIATED = auto()
    PYTHON = auto()


@dataclass(frozen=True, slots=True)
class Region:
    """Code that runs what it holds in a special way.

    `node` is the loop, comprehension, `with` or call; `once` marks a loop whose body runs once only; `variable` is the
    name of a tape; `label` names the tracer.
    """

    kind: RegionKind
    module: Module
    node: ast.AST
    once: bool = False
    variable: str | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """One function (or module level) on the way: `node` is what runs in it, `regions` enclose that, innermost first.

    `edge` is how this frame runs the one before it; None in the first frame.
    """

    module: Module
    node: ast.expr
    function: Function | None
    regions: tuple[Region, ...]
    edge: Edge | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """One way in which a call comes to run; `frames[0]` holds the call itself."""

    frames: tuple[Frame, ...]
    recursive: bool = False

    @property
    def likely(self) -> bool:
        """Whether a step of the way rests on weak evidence."""
        return any(frame.edge is not None and frame.edge.likely for frame in self.frames)

    def given(self, function: Function, parameter: ast.arg) -> tuple[int, Module, ast.expr] | None:
        """What the way passes for a parameter: the number of the frame that passes it, its module, the expression."""
        for number, (inner, outer) in enumerate(pairwise(self.frames), 1):
            if inner.function is function:
                argument = outer.edge.argument(function, parameter) if outer.edge is not None else None
                return (number, outer.module, argument) if argument is not None else None
        return None

    def regions(self) -> Iterator[tuple[int, Region]]:
        """(frame number, region) from the call outwards."""
        for number, frame in enumerate(self.frames):
            for region in frame.regions:
                yield number, region


class Contexts:
    """The questions `in which context does this run` over one project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.callers = Callers.of(project)
        self.inference = self.callers.inference
        self._open_blocks: dict[tuple[object, ...], frozenset[int] | None] = {}

    def paths(self, module: Module, node: ast.expr) -> list[Path]:
        """Every way in which an expression comes to run, at most a few dozen; at least one."""
        found: list[Path] = []
        skipping: Path | None = None
        for path in self._walk((), module, node, None):
            if any(self._skips(path, number) for number in range(len(path.frames))):
                skipping = skipping or path
                continue
            found.append(path)
            if len(found) >= limits.MAX_PATHS:
                break
        if not found and skipping is not None:
            return [Path(skipping.frames[:1])]
        return found

    def _skips(self, path: Path, number: int) -> bool:
        """Whether what a way passes to a function keeps it from what runs there: `act(state, explore=True)`."""
        if number + 1 == len(path.frames):
            return False
        frame = path.frames[number]
        return is_passed_over(frame.module, frame.node, lambda name: self._constant(path, number, name)) or is_cut_off(
            frame.module, frame.node, self._left_open(path, number)
        )

    def _left_open(self, path: Path, number: int) -> frozenset[int] | None:
        """The blocks of a frame's function that what a way passes to it lets run, the same for all that it holds."""
        frame = path.frames[number]
        asked = asked_parameters(frame.module, frame.function) if frame.function is not None else {}
        values = {it: self._parameter(path, number, it) for it in dict.fromkeys(asked.values())}
        if all(value is UNKNOWN for value in values.values()):
            return None
        key = (frame.function, tuple((type(value), value) for value in values.values()))
        if key not in self._open_blocks:
            self._open_blocks[key] = left_open_by(
                frame.module, frame.node, lambda name: values[asked[name]] if name in asked else UNKNOWN
            )
        return self._open_blocks[key]

    def _constant(self, path: Path, number: int, node: ast.expr) -> object:
        """The constant that an expression is on a way, UNKNOWN if the way does not show it."""
        if isinstance(node, ast.Constant):
            return node.value
        frame = path.frames[number]
        if not isinstance(node, ast.Name) or number + 1 >= len(path.frames) or frame.function is None:
            return UNKNOWN
        parameter = parameter_of(frame.module, frame.function, node)
        return self._parameter(path, number, parameter) if parameter is not None else UNKNOWN

    def _parameter(self, path: Path, number: int, parameter: ast.arg) -> object:
        """The constant that a way passes for a parameter of the function of a frame."""
        function, outer = path.frames[number].function, path.frames[number + 1]
        if function is None or outer.edge is None:
            return UNKNOWN
        given = outer.edge.argument(function, parameter)
        if given is not None:
            return self._constant(path, number + 1, given)
        default = function.default_of(parameter) if outer.edge.is_plain() else None
        return default.value if isinstance(default, ast.Constant) else UNKNOWN

    def _walk(self, frames: tuple[Frame, ...], module: Module, node: ast.expr, edge: Edge | None) -> Iterator[Path]:
        regions, function = self.enclosing(module, node)
        own = self._edge_region(edge)
        if function is not None:
            regions += self._implicit(function)
        frames = (*frames, Frame(module, node, function, own + regions, edge))
        if function is None or len(frames) >= limits.MAX_FRAMES or fills_once(module, node):
            # What fills an attribute that has no value yet runs once, however often the function does.
            yield Path(frames)
            return
        visited = {frame.function for frame in frames}
        onwards = False
        recursive = False
        # A function that was handed over runs only where it was: other callers hand over others.
        only = edge.via if edge is not None else None
        in_python = any(region.kind is RegionKind.PYTHON for frame in frames for region in frame.regions)
        for run_by in self.callers.edges(function) if only is None else [only]:
            outer = run_by.in_python() if in_python else run_by
            if isinstance(outer.node, ast.expr) and self._is_decorator(function, outer.node):
                # The decorator itself says how the function runs; who calls it is another way.
                traced = Frame(module, outer.node, None, self._edge_region(outer), outer)
                yield Path((*frames, traced))
                onwards = True
                continue
            if outer.kind is EdgeKind.EVENT:
                # It runs whenever something arrives; who hands it over, and in which loop, is another way.
                yield Path((*frames, Frame(outer.module, outer.node, None, self._edge_region(outer), outer)))
                onwards = True
                continue
            if outer.module.function_of(outer.node) in visited:
                recursive = True
                again, caller = self.enclosing(outer.module, outer.node)
                if any(region.kind is RegionKind.LOOP and not region.once for region in again):
                    # A tree search: every call makes several more.
                    yield Path((*frames, Frame(outer.module, outer.node, caller, again, outer)), recursive=True)
                continue
            if not is_right_object(self.inference, frames, outer):
                continue
            onwards = True
            yield from self._walk(frames, outer.module, outer.node, outer)
        if not onwards or recursive:
            yield Path(frames, recursive)

    @staticmethod
    def _is_decorator(function: Function, node: ast.expr) -> bool:
        return any(decorator is node for decorator in function.decorators)

    @staticmethod
    def _edge_region(edge: Edge | None) -> tuple[Region, ...]:
        if edge is None or edge.kind is EdgeKind.CALL:
            return ()
        kind = {
            EdgeKind.EACH: RegionKind.LOOP,
            EdgeKind.SEARCH: RegionKind.LOOP,
            EdgeKind.EVENT: RegionKind.LOOP,
            EdgeKind.TRACED: RegionKind.TRACED,
            EdgeKind.DIFFERENTIATED: RegionKind.DIFFERENTIATED,
            EdgeKind.PYTHON: RegionKind.PYTHON,
        }[edge.kind]
        return (Region(kind, edge.module, edge.node, label=edge.label),)

    def _implicit(self, function: Function) -> tuple[Region, ...]:
        """How a function is run by what the project does not show: by Keras, or in steps as the settings say."""
        owner = function.owner
        if self.is_step_function(function):
            return (Region(RegionKind.LOOP, function.module, function.node, label="step-functions"),)
        if owner is None or not (function.name in TRACED_METHODS or function.name in ("update_state", "__call__")):
            return ()
        kind = ""
        if function.name in TRACED_METHODS and (
            self.inference.is_model_class(owner) or self.inference.is_layer_class(owner)
        ):
            kind = f"{owner.name}.{function.name}"
        else:
            names = self.inference.external_bases(owner)
            if function.name in ("call", "__call__") and any(
                name.endswith(".Loss") or name.startswith("keras.losses.") for name in names
            ):
                kind = f"the loss {owner.name}"
            elif function.name == "update_state" and any(
                name.endswith(".Metric") or name.startswith("keras.metrics.") for name in names
            ):
                kind = f"the metric {owner.name}"
        if not kind:
            return ()
        return (Region(RegionKind.TRACED, function.module, function.node, label=kind),)

    def is_step_function(self, function: Function) -> bool:
        """Whether the settings name a function among `step-functions`: `Agent.act`, `agent.Agent.act`, `act`."""
        names = self.project.options.step_functions
        if not names:
            return False
        path = function.name if function.owner is None else f"{function.owner.name}.{function.name}"
        return any(name == path or name.endswith(f".{path}") for name in names)

    # What encloses a node in its own function

    def enclosing(self, module: Module, node: ast.AST) -> tuple[tuple[Region, ...], Function | None]:
        """The regions around a node, innermost first, up to the edge of its function, and that function."""
        regions: list[Region] = []
        filled_once = isinstance(node, ast.expr) and fills_once(module, node)
        of_one_turn: set[ast.AST] = set()
        entered = _entered_contexts(module)
        for child, parent in module.ancestors(node):
            if entered and isinstance(child, ast.stmt):
                regions.extend(self._entered_before(module, child, entered))
            if isinstance(parent, ast.If | ast.match_case):
                is_elif = isinstance(parent, ast.If) and len(parent.orelse) == 1 and parent.orelse[0] is child
                if not is_elif and _in_body(module, child) and (loop := loop_of_one_turn(module, parent)) is not None:
                    of_one_turn.add(loop)
            elif isinstance(parent, LOOPS):
                if _in_body(module, child) or (isinstance(parent, ast.While) and child is parent.test):
                    once = filled_once or parent in of_one_turn
                    once = once or not comes_again(module, node, parent) or _single(parent)
                    once = once or ends_by_flag(module, node, parent)
                    regions.append(Region(RegionKind.LOOP, module, parent, once))
            elif isinstance(parent, COMPREHENSIONS):
                if self._repeats(module, parent, child, node):
                    regions.append(Region(RegionKind.LOOP, module, parent, _single(parent)))
            elif isinstance(parent, ast.With | ast.AsyncWith) and _in_body(module, child):
                regions.extend(self._with(module, parent))
            elif isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
                if _in_body(module, child):
                    return tuple(regions), module.functions[parent]
            elif isinstance(parent, ast.Lambda) and child is parent.body:
                return tuple(regions), module.functions[parent]
        return tuple(regions), None

    @staticmethod
    def _repeats(module: Module, comprehension: ast.AST, child: ast.AST, node: ast.AST) -> bool:
        """Whether a part of a comprehension is evaluated more than once: all but the first iterable."""
        if not isinstance(child, ast.comprehension):
            return True
        generators: list[ast.comprehension] = comprehension.generators  # type: ignore[attr-defined]
        if child is not generators[0]:
            return True
        return not module.order.holds(child.iter, node)

    # Tapes

    def _with(self, module: Module, node: ast.With | ast.AsyncWith) -> Iterator[Region]:
        for item in reversed(node.items):
            context = item.context_expr
            if last_name(context) == "stop_recording":
                yield Region(RegionKind.STOPPED, module, node)
            elif self.is_tape(module, context) or self._records(module, context):
                variable = dotted(item.optional_vars) if item.optional_vars is not None else dotted(context)
                yield Region(RegionKind.TAPE, module, node, variable=variable, label="tf.GradientTape")

    def _entered_before(
        self, module: Module, child: ast.stmt, entered: Sequence[tuple[ast.Call, ast.expr]]
    ) -> Iterator[Region]:
        """Tapes that the block has entered before a statement, by an exit stack or by hand, for all that follows."""
        place = place_of(module, child)
        opened: list[Region] = []
        for statement in place.block[: place.number] if place is not None else ():
            value = getattr(statement, "value", None)
            for call, context in entered:
                if call is value:
                    opened.extend(self._entered(module, statement, context))
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
                if value.func.attr == "close":
                    opened.clear()
                elif value.func.attr == "__exit__":
                    owner = dotted(value.func.value)
                    opened = [region for region in opened if region.variable != owner]
        yield from reversed(opened)

    def _entered(self, module: Module, statement: ast.stmt, context: ast.expr) -> Iterator[Region]:
        """The tape of `tape = stack.enter_context(tf.GradientTape())`."""
        if self.is_tape(module, context) or self._records(module, context):
            target = statement.targets[0] if isinstance(statement, ast.Assign) else context
            yield Region(RegionKind.TAPE, module, statement, variable=dotted(target), label="tf.GradientTape")

    def is_tape(self, module: Module, node: ast.expr) -> bool:
        """Whether an expression is TensorFlow's gradient tape, however it got there."""
        values = self.inference.values(module, node)
        if any(self._is_tape(value) for value in values):
            return True
        # What a star import brings, or an unknown module, goes by its name.
        if values or not isinstance(node, ast.Call) or last_name(node.func) != "GradientTape":
            return False
        return not self.inference.values(module, node.func)

    def _is_tape(self, value: Value) -> bool:
        if isinstance(value, Instance):
            return any(name == "tensorflow.GradientTape" for name in self.inference.external_bases(value.cls))
        return isinstance(value, Result) and value.name == "tensorflow.GradientTape"

    def _records(self, module: Module, node: ast.expr) -> bool:
        """Whether a context manager of the project runs what it holds under a tape of its own."""
        if any(self._is_tape(value) for value in self.inference.entered(module, node)):
            return True
        for value in self.inference.values(module, node.func) if isinstance(node, ast.Call) else ():
            if isinstance(value, FunctionObject) and value.function.has_decorator("contextmanager"):
                inner = value.function.module
                for given in value.function.yields:
                    around, _ = self.enclosing(inner, given)
                    if any(region.kind is RegionKind.TAPE for region in around):
                        return True
        return False

    def region_of_tape(self, module: Module, tape: ast.expr) -> Region | None:
        """The statement under which a tape records, of those in the function that asks it for a gradient."""
        text, function = dotted(tape), module.function_of(tape)
        if text is None:
            return None
        bindings = bindings_of(module, tape) if isinstance(tape, ast.Name) else []
        opened = [binding.node for binding in bindings if binding.kind is BindingKind.WITH]
        for node in module.withs:
            if module.function_of(node) is function and (not opened or node in opened):
                for region in self._with(module, node):
                    if region.kind is RegionKind.TAPE and region.variable == text:
                        return region
        return None


def _entered_contexts(module: Module) -> list[tuple[ast.Call, ast.expr]]:
    """The calls by which a module enters contexts without `with`, and the contexts."""
    entered = [(call, call.args[0]) for call in module.calls.get("enter_context", ()) if call.args]
    for call in module.calls.get("__enter__", ()):
        if isinstance(call.func, ast.Attribute):
            entered.append((call, call.func.value))
    return entered


def _in_body(module: Module, child: ast.AST) -> bool:
    """Whether a node is a statement of the body of its parent, not of an `else` nor of its head."""
    place = place_of(module, child)
    return place is not None and place.field == "body"


def _single(loop: ast.AST) -> bool:
    """Whether a loop has one iteration at most, as it is written."""
    if isinstance(loop, COMPREHENSIONS):
        return len(loop.generators) == 1 and _has_one(loop.generators[0].iter)
    return isinstance(loop, ast.For | ast.AsyncFor) and _has_one(loop.iter)


def _has_one(iterable: ast.expr) -> bool:
    """Whether an iterable has one element at most, as it is written."""
    if isinstance(iterable, ast.List | ast.Tuple | ast.Set):
        return len(iterable.elts) <= 1 and not any(isinstance(item, ast.Starred) for item in iterable.elts)
    if not isinstance(iterable, ast.Call) or not iterable.args:
        return False
    name = last_name(iterable.func)
    if name in AS_MANY:
        return _has_one(iterable.args[0])
    # range(1), dataset.take(1)
    limit = iterable.args[0]
    bounded = name == "range" or (name == "take" and isinstance(iterable.func, ast.Attribute))
    return bounded and len(iterable.args) == 1 and isinstance(limit, ast.Constant) and limit.value in (0, 1)


def contexts_of(project: Project) -> Contexts:
    """The one instance that answers for a project."""
    return project.memo.one(Contexts, lambda: Contexts(project))
