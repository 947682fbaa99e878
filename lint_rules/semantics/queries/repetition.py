"""Why a call repeats, and whether it needs to: the loops on a call's ways, judged by when the code really runs.

For each way (`Path`) from the call outwards the loops are judged one by one, the nearest first:

* the model is made, picked or loaded anew in each round: no misuse, and none further out;
* the next round's input depends on this round's output, or arrives live: a STEP; so it does where an optimiser tries
  one point after the other;
* each round has one sample, independent of the others: a SAMPLE;
* each round has a slice or a batch of a larger whole: a BATCH;
* nothing that matters changes between rounds: INVARIANT;
* otherwise (a whole data set a round, training between rounds): nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from lint_rules.semantics.calls.contexts import Contexts, Frame, Path, Region, RegionKind
from lint_rules.semantics.domains.array_readings import Rows, array, rows
from lint_rules.semantics.domains.types import Inference
from lint_rules.semantics.domains.values import (
    Basic,
    Collection,
    External,
    FunctionObject,
    Instance,
    KerasModel,
    Result,
)
from lint_rules.semantics.effects.slicing import Slice, Slicer
from lint_rules.semantics.effects.weight_updates import (
    CHANGES_WEIGHTS,
    Trained,
    is_spared,
    trained_by,
    trained_models,
)
from lint_rules.semantics.flow.feasibility import leaving
from lint_rules.semantics.flow.iterators import step_of
from lint_rules.semantics.flow.read_back import read_back
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge import live as arrivals
from lint_rules.semantics.knowledge.array_calls import EFFECTS, Effect
from lint_rules.semantics.knowledge.higher_order import EdgeKind
from lint_rules.semantics.knowledge.keras_names import LOOP_FAMILY
from lint_rules.semantics.queries.lengths import lengths_differ
from lint_rules.semantics.queries.loop_carried import Rounds
from lint_rules.semantics.queries.timing import CLOCKS, is_benchmarked, is_timed
from lint_rules.semantics.syntax.blocks import place_of
from lint_rules.semantics.syntax.module_index import COMPREHENSIONS, Function, Module, dotted, last_name
from lint_rules.semantics.syntax.scopes import BindingKind

_DRAWS = frozenset(
    {"sample", "choice", "choices", "randint", "rand", "randn", "normal", "uniform", "random", "shuffle"}
)


_NEVER_THE_SAME = re.compile(
    r"\b(?:training|stateful)\s*=\s*True\b|\b(?:tf|K|keras|backend)\.random[._](?:\w*normal|uniform)"
    r"|\btensorflow_probability\b"
)


_STATEFUL = re.compile(r"\bstateful\s*=\s*True\b")
_ON_DISK = frozenset(
    {"memmap", "open_memmap", "File", "HDFStore", "open_dataset", "open_array", "open_group", "open_zarr"}
)


# What is drawn anew in each iteration can be drawn at once; more rows than one batch of predict has are worth a call.
FEW_ROWS = 32

# What gives an image a size, and its twins for other arrays.
_RESIZERS = frozenset({"resize", "imresize", "rescale", "zoom", "resize_bilinear", "resize_images"})
# What cuts a collection into pieces.
_SPLITS = frozenset({"numpy.array_split", "numpy.split", "itertools.batched", "more_itertools.chunked"})
_WALKS = frozenset({"enumerate", "zip", "items", "values", "reversed", "sorted", "list", "tuple", "range", "len"})
# Methods that take one item out of a list or deque.
_TAKES = ("pop", "popleft")


# Methods that give another array and leave theirs as it is.
_READING = frozenset({Effect.KEEP, Effect.RESHAPED, Effect.AXIS_ADDED, Effect.FLATTENED, Effect.SQUEEZED})


class Repeat(Enum):
    """Why a call of predict repeats."""

    SAMPLE = auto()
    STEP = auto()
    BATCH = auto()
    INVARIANT = auto()


@dataclass(frozen=True, slots=True)
class LoopUse:
    """A loop that repeats a call on one of its ways.

    `frame` numbers the function of the way that holds the loop; `carried` tells that the next input depends on this
    output, `live` that it arrives from outside, `unlike` that each round gives its input a size of its own, `ragged`
    that the samples may differ in length.
    """

    repeat: Repeat
    path: Path
    frame: int
    region: Region
    carried: bool = False
    live: bool = False
    trained: bool = False
    rows: frozenset[Rows] = frozenset()
    unlike: bool = False
    ragged: bool = False

    @property
    def inner(self) -> tuple[Region, ...]:
        """The loops between the call and this one."""
        way = list(self.path.regions())
        here = next((place for place, (_, region) in enumerate(way) if region is self.region), 0)
        return tuple(region for _, region in way[:here] if region.kind is RegionKind.LOOP)

    @property
    def lexical(self) -> bool:
        return self.frame == 0

    @property
    def rank(self) -> tuple[int, int, int]:
        """The lower, the better the finding: what costs most first, then the nearest loop, which runs most often."""
        order = (Repeat.SAMPLE, Repeat.STEP, Repeat.INVARIANT, Repeat.BATCH)
        cost = max(order.index(self.repeat), 1)
        return (cost, self.frame, order.index(self.repeat))


@dataclass(slots=True)
class _Reach:
    """What a loop can change of the call: slices of its arguments and of its receiver, in the loop's own function."""

    argument: Slice
    receiver: Slice
    carried: bool
    renewed: bool = False


class Loops:
    """The questions `why does this call repeat` over one project."""

    def __init__(self, contexts: Contexts) -> None:
        self.contexts = contexts
        self.inference: Inference = contexts.inference
        self.rounds = Rounds(self.inference)

    def uses(self, module: Module, call: ast.Call) -> list[LoopUse]:
        """For every way of a call its first loop that matters, the strongest first."""
        found: list[LoopUse] = []
        for path in self.contexts.paths(module, call):
            use = self._along(path, call)
            if use is not None:
                found.append(use)
        return sorted(found, key=lambda use: use.rank)

    def _along(self, path: Path, call: ast.Call) -> LoopUse | None:
        fallback: LoopUse | None = None
        for number, region in path.regions():
            if region.kind is not RegionKind.LOOP or region.once or (number and _in_a_test(region)):
                continue
            if self._runs_once(path, number, region):
                continue
            verdict = self._judge(path, number, region, call)
            if verdict == "stop":
                break
            if isinstance(verdict, LoopUse):
                if verdict.repeat is Repeat.BATCH and fallback is None:
                    fallback = verdict
                    continue
                return verdict if fallback is None or verdict.repeat is Repeat.STEP else fallback
        return fallback

    def _runs_once(self, path: Path, number: int, region: Region) -> bool:
        """Whether a loop has one iteration on this way: `for images, labels in dataset.take(batches)` with one."""
        iterable = region.node.iter if isinstance(region.node, ast.For | ast.AsyncFor) else None
        if not isinstance(iterable, ast.Call) or len(iterable.args) != 1:
            return False
        if last_name(iterable.func) not in ("take", "range"):
            return False
        found = array(self.inference.project, region.module, iterable.args[0], path, number)
        return found.complete and bool(found.values) and all(value.number in (0, 1) for value in found.values)

    # One loop

    def _makes_models(self, region: Region, reach: _Reach) -> bool:
        """Whether a loop makes each model that it uses, and does not merely walk through those of an ensemble."""
        slicer = Slicer(self.inference, region.module, region.node)
        calls = [call for call in reach.receiver.calls() if slicer.inside(call)]
        return not isinstance(region.node, (ast.For, *COMPREHENSIONS)) or any(
            last_name(call.func) not in _WALKS for call in calls
        )

    def _judge(self, path: Path, number: int, region: Region, call: ast.Call) -> LoopUse | str | None:
        """A use, "stop" where nothing further out can matter, or None to look at the next loop."""
        assert isinstance(call.func, ast.Attribute)
        if isinstance(region.node, ast.FunctionDef | ast.AsyncFunctionDef):
            # Named in the settings as what runs once per step.
            return LoopUse(Repeat.STEP, path, number, region)
        if number > 0 and isinstance(path.frames[0].module.parents.get(call), ast.Expr):
            # A helper that throws the prediction away warms the model up.
            return "stop"
        arguments = [*call.args[:1], *(k.value for k in call.keywords if k.arg in ("x", "X", "generator"))]
        reach = self._reach(path, number, region, call, arguments)
        if (
            reach.renewed
            or (reach.receiver.element and self._makes_models(region, reach))
            or (reach.receiver.changes and self._rebinds(reach, path, number, region, call))
        ):
            return "stop"
        if reach.receiver.element:
            # Every sample may go through each model of an ensemble: the loop further out tells.
            return None
        event = self._is_run_by(path.frames[number], region, EdgeKind.EVENT)
        live = event or self._is_live(path.frames[number], region, reach)
        if not live and self._is_benchmark(region, path.frames[number]):
            return "stop"
        given = self._rows(path, arguments)
        trained = self._trained(path, number, region, call)
        varies = reach.argument.element or reach.argument.changes
        source = self._source(path, number, region, reach, arguments)

        def use(repeat: Repeat) -> LoopUse:
            unlike = repeat is Repeat.STEP and self._unlike(region, reach)
            ragged = repeat is Repeat.SAMPLE and self._ragged(path, number, region, arguments)
            return LoopUse(repeat, path, number, region, reach.carried, live, trained, given, unlike, ragged)

        one = Rows.ONE in given and not given & {Rows.MANY, Rows.SET, Rows.PIECE}
        if event:
            return use(Repeat.STEP) if one or not given & {Rows.MANY, Rows.SET, Rows.PIECE} else None
        if self._is_run_by(path.frames[number], region, EdgeKind.SEARCH):
            reach.carried = True
            return use(Repeat.STEP) if one else None
        if not varies and number == 0 and self._invariant(path, region, reach, arguments, trained):
            return use(Repeat.INVARIANT)
        if Rows.SET in given and Rows.ONE not in given:
            return None
        if Rows.ONE not in given and Rows.PIECE not in given and _asks_for_batches(call, by_name=live):
            # Many rows a time, cut into batches by predict itself; the few faces of one frame are one batch.
            return None
        if reach.carried and not (trained and given & {Rows.MANY, Rows.SET, Rows.PIECE} and Rows.ONE not in given):
            return use(Repeat.STEP)
        if given == {Rows.MANY} and number == 0 and not trained and self._refilled(region, path.frames[0], arguments):
            return use(Repeat.BATCH)
        if live and not (trained and Rows.MANY in given):
            return use(Repeat.STEP)
        if one or (Rows.ONE in given and number > 0):
            if not varies and number == 0 and not self._asks_anew(region, reach):
                return use(Repeat.SAMPLE) if self._draws_again(region, reach, trained) else None
            frame = path.frames[number]
            if self.rounds.rest_on_predictions(frame.module, region.node, frame.node, reach.argument):
                reach.carried = True
                return use(Repeat.STEP)
            if trained and (self._only_noise(reach, region) or self._is_sampling(path, number, reach, source)):
                return None
            if number > 0 and any(self._recurs(frame.function) for frame in path.frames[:number]):
                reach.carried = True
                return use(Repeat.STEP)
            if trained or (isinstance(region.node, ast.While) and self._open_ended(region)):
                return use(Repeat.STEP)
            makers = self._makers(path.frames[0].module, call)
            stateful = any(_speaks_of(maker, _STATEFUL) for maker in makers)
            return use(Repeat.STEP if stateful or self._unlike(region, reach) else Repeat.SAMPLE)
        if not trained and self._draws_few(path, number, arguments):
            return use(Repeat.SAMPLE)
        if given & {Rows.MANY, Rows.SET}:
            return None
        if trained and not (number == 0 and source == "sample"):
            return None
        if Rows.PIECE in given:
            from_disk = any(self._is_on_disk(path.frames[0].module, argument) for argument in arguments)
            moves_on = varies or any(last_name(call.func) in ("next", "__next__") for call in reach.argument.calls())
            if from_disk or not moves_on or self._serves_a_consumer(region):
                return None
            return use(Repeat.BATCH)
        if not varies:
            return None
        if source == "batch":
            return use(Repeat.BATCH)
        if source == "sample":
            return use(Repeat.STEP if trained else Repeat.SAMPLE)
        return None

    @staticmethod
    def _serves_a_consumer(region: Region) -> bool:
        """Whether an endless generator predicts a batch whenever its consumer asks for the next one."""
        return (
            isinstance(region.node, ast.While)
            and isinstance(region.node.test, ast.Constant)
            and any(
                region.module.order.within(part, ast.Yield) or region.module.order.within(part, ast.YieldFrom)
                for part in region.node.body
            )
        )

    def _draws_few(self, path: Path, number: int, arguments: list[ast.expr]) -> bool:
        """Whether each iteration predicts a few rows of random numbers, which do not depend on each other."""
        module = path.frames[0].module
        found = [array(self.inference.project, module, argument, path) for argument in arguments]
        values = [value for answer in found for value in answer.values]
        few = bool(values) and all(
            value.is_array and isinstance(value.rows, int) and 1 < value.rows <= FEW_ROWS for value in values
        )
        function = path.frames[0].function
        within = path.frames[0].node if function is None else function.node
        if not few or any(not answer.complete for answer in found):
            return False
        calls = Slicer(self.inference, module, within, path.frames[0].node).of(*arguments).calls()
        return any(self._draws(module, call) for call in calls)

    def _unlike(self, region: Region, reach: _Reach) -> bool:
        """Whether each round resizes its input to another size, so that no one array holds all: an image pyramid."""
        slicer = Slicer(self.inference, region.module, region.node)
        for call in reach.argument.calls():
            if isinstance(call.func, ast.Call) or last_name(call.func) not in _RESIZERS or not slicer.inside(call):
                continue
            of_library = isinstance(call.func, ast.Name) or any(
                isinstance(value, External) for value in self.inference.values(region.module, call.func)
            )
            sizes = [*call.args[1 if of_library else 0 :], *(keyword.value for keyword in call.keywords)]
            if slicer.of(*sizes).element:
                return True
        return False

    def _ragged(self, path: Path, number: int, region: Region, arguments: list[ast.expr]) -> bool:
        """Whether the samples may differ in length, as the code between the loop and the call shows."""
        first = path.frames[0]
        scope = region.node if number == 0 or first.function is None else first.function.node
        return lengths_differ(self.inference, first.module, scope, arguments)

    @staticmethod
    def _is_run_by(frame: Frame, region: Region, kind: EdgeKind) -> bool:
        """Whether a loop is a callable of a kind that runs our function: `minimize(cost, start)`, a message broker."""
        edge = frame.edge
        return edge is not None and edge.kind is kind and region.node is edge.node

    def _asks_anew(self, region: Region, reach: _Reach) -> bool:
        """Whether each round gets its input from a call: a `while` loop from any, the others from a random draw."""
        slicer = Slicer(self.inference, region.module, region.node)
        calls = [call for call in reach.argument.calls() if slicer.inside(call)]
        if isinstance(region.node, ast.While):
            return any(not _is_pure(call) for call in calls)
        return any(self._draws(region.module, call) for call in calls)

    def _draws(self, module: Module, call: ast.Call) -> bool:
        """Whether a call gives other random numbers each time: `np.random.randn(...)`. JAX's are fixed by their key."""
        return any(
            isinstance(value, External) and "random" in value.name.split(".") and not value.name.startswith("jax.")
            for value in self.inference.values(module, call.func)
        )

    def _invariant(self, path: Path, region: Region, reach: _Reach, arguments: list[ast.expr], trained: bool) -> bool:
        """Whether every round provably predicts the same: plain arrays that nothing in the loop touches."""
        module = path.frames[0].module
        node = region.node
        is_while = isinstance(node, ast.While) and step_of(region.module, node) is None
        if trained or is_while or reach.receiver.changes or not arguments:
            return False
        if self._only_repeats(module, node) or self.is_random(module, path.frames[0].node):
            return False
        if any(not _is_pure(call) or self._draws(module, call) for call in reach.argument.calls()):
            return False
        for argument in arguments:
            values = self.inference.values(module, argument)
            answer = array(self.inference.project, module, argument, path)
            shown = answer.complete and bool(answer.values) and all(value.is_array for value in answer.values)
            loaded = shown or Rows.SET in rows(self.inference.project, module, argument, path)
            arrays = [v for v in values if v is Basic.ARRAY or (loaded and isinstance(v, Result))]
            if not shown and (not arrays or any(v not in arrays and v is not Basic.NONE for v in values)):
                return False
        call = path.frames[0].node
        assert isinstance(call, ast.Call)
        others = Slicer(self.inference, module, node).of(*call.args[1:], *(k.value for k in call.keywords))
        if others.element or others.changes:
            return False
        if _reads_a_clock_or_trains(module, node):
            return False
        handed = module.once(("handed on", node), lambda: _handed_on(module, node))
        names = {item.id for item in reach.argument.nodes if isinstance(item, ast.Name)}
        return all(handed.get(name, set()) <= {call} for name in names)

    def _draws_again(self, region: Region, reach: _Reach, trained: bool) -> bool:
        """Whether a comprehension collects what a random model says of one and the same row: rows to repeat instead."""
        node = region.node
        pure = all(_is_pure(call) for call in reach.argument.calls())
        return isinstance(node, COMPREHENSIONS) and pure and not trained and self._only_repeats(region.module, node)

    @staticmethod
    def _only_repeats(module: Module, node: ast.AST) -> bool:
        """Whether the rounds of a loop are all alike but for where the result goes: samples of a random model."""
        return module.once(("only repeats", node), lambda: _are_alike(node))

    @staticmethod
    def _is_on_disk(module: Module, node: ast.expr) -> bool:
        """Whether what a slice is cut from lies on disk: a memmap, an HDF5 or zarr file."""
        todo: list[ast.expr] = [node]
        for _ in range(8):
            if not todo:
                break
            node = todo.pop()
            while isinstance(node, ast.Subscript | ast.Attribute):
                node = node.value
            if isinstance(node, ast.Name):
                todo.extend(b.value for b in bindings_of(module, node) if b.value is not None)
            elif isinstance(node, ast.Call):
                if last_name(node.func) in _ON_DISK or any(k.arg == "mmap_mode" for k in node.keywords):
                    return True
                todo.extend(node.args[:1])
        return False

    def is_random(self, module: Module, call: ast.expr) -> bool:
        """Whether the code that makes the model of a call hints at other outputs for the same input each time."""
        return any(_speaks_of(maker, _NEVER_THE_SAME) for maker in self._makers(module, call))

    def _makers(self, module: Module, node: ast.expr) -> set[Module]:
        """The modules whose code makes the model of a call, and that of the call."""
        function = node.func if isinstance(node, ast.Call) else None
        values = self.inference.values(module, function.value) if isinstance(function, ast.Attribute) else ()
        makers = {module}
        for value in values:
            if isinstance(value, KerasModel | Instance) and value.origin is not None:
                makers.add(value.origin.module)
            if isinstance(value, Instance):
                makers.update(cls.module for cls in self.inference.lineage(value.cls))
        return makers

    # What the loop can change

    def _reach(self, path: Path, number: int, region: Region, call: ast.Call, arguments: list[ast.expr]) -> _Reach:
        """Slices of the arguments and the receiver, carried from the call out to the loop's function."""
        assert isinstance(call.func, ast.Attribute)
        wanted: list[ast.expr] = list(arguments)
        receiver: list[ast.expr] = [call.func.value]
        renewed = False
        returned = True
        fed_back = False
        only: dict[ast.AST, frozenset[str]] = {}
        of_element = False
        for index in range(number):
            frame, outer = path.frames[index], path.frames[index + 1]
            function = frame.function
            if function is None:
                break
            fixed = self._fixed_models(path, index, number)
            slicer = Slicer(self.inference, frame.module, function.node, None, fixed, only=only)
            argument_slice = slicer.of(*wanted)
            receiver_slice = Slicer(self.inference, frame.module, function.node, mutations=False).of(*receiver)
            fed_back = fed_back or (returned and self._fed_back(frame, function, argument_slice))
            returned = returned and self._flows_out(frame, function)
            wanted = self._mapped(argument_slice, function, outer)
            node = _object_of(outer)
            only = {node: argument_slice.of_self} if node is not None and argument_slice.of_self is not None else {}
            receiver = self._mapped(receiver_slice, function, outer)
            of_element = any(
                outer.edge is not None and outer.edge.argument(function, parameter) is None
                for parameter in function.parameters
                if parameter.arg in receiver_slice.parameters
            )
            # What a constructor predicts with what it made is another model for each instance.
            renewed = renewed or (function.name == "__init__" and receiver_slice.reads_self and not receiver)
        frame = path.frames[number]
        stop = frame.node
        if _is_each(region):
            # map(f, xs): the element is the argument, and a model that is made from it another in each round.
            return _Reach(Slice(element=True), Slice(element=of_element), False, renewed)
        slicer = Slicer(self.inference, frame.module, region.node, stop, only=only)
        argument = slicer.of(*wanted)
        carried = (returned and argument.reaches(stop)) or (fed_back and not argument.element)
        identity = Slicer(self.inference, frame.module, region.node, stop, mutations=False)
        which = identity.of(*receiver)
        if not which.element:
            # agents[game.turn].act(...): one of a few, whichever it is.
            which = identity.of(*(self._few(frame.module, item) for item in receiver))
        return _Reach(argument, which, carried, renewed)

    def _few(self, module: Module, node: ast.expr) -> ast.expr:
        """The list or dict out of which an expression picks a model, where the code does not show which one."""
        picks = isinstance(node, ast.Subscript) and read_back(self.inference, module, node) is None
        return node.value if picks and isinstance(node, ast.Subscript) else node

    def _fixed_models(self, path: Path, index: int, number: int) -> frozenset[ast.AST]:
        """The models, held by an object, that make a call's input and stay what they are on a way: `self.encoder`.

        What they predict depends on what they are given; that they train is asked elsewhere.
        """
        module, function = path.frames[index].module, path.frames[index].function
        running = {frame.function for frame in path.frames[: number + 1]}
        return frozenset(
            call.func.value
            for method in sorted(LOOP_FAMILY)
            for call in module.calls.get(method, ())
            if isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Attribute)
            and module.function_of(call) is function
            and self._is_fixed_model(module, call.func.value, running)
        )

    def _is_fixed_model(self, module: Module, node: ast.Attribute, running: set[Function | None]) -> bool:
        values = self.inference.values(module, node)
        stores = module.stores.get(node.attr, ())
        return (
            bool(values)
            and all(
                isinstance(value, KerasModel)
                or (isinstance(value, Instance) and self.inference.is_model_class(value.cls))
                for value in values
            )
            and not any(module.function_of(store.target) in running for store in stores)
        )

    def _mapped(self, found: Slice, function: Function, outer: Frame) -> list[ast.expr]:
        """What parameters and the instance are in the frame that calls the function."""
        edge = outer.edge
        if edge is None:
            return []
        result: list[ast.expr] = []
        for parameter in function.parameters:
            if parameter.arg in found.parameters:
                argument = edge.argument(function, parameter)
                if argument is not None:
                    result.append(argument)
        for parameter in function.node.args.kwonlyargs:
            if parameter.arg in found.parameters:
                argument = edge.argument(function, parameter)
                if argument is not None:
                    result.append(argument)
        instance = _object_of(outer)
        if found.reads_self and instance is not None:
            result.append(instance)
        return result

    def _flows_out(self, frame: Frame, function: Function) -> bool:
        """Whether what a frame's node gives leaves the function: by its return value or on the instance."""
        return self.inference.project.memo.ask(
            ("flows out", frame.node), lambda: self._leaves(frame, function), unknown=True
        )

    def _leaves(self, frame: Frame, function: Function) -> bool:
        if Slicer(self.inference, frame.module, function.node).is_change(frame.node):
            # What the call gets tells nothing of where its result goes.
            return self._given_out(function, frame.node).reaches(frame.node)
        given_out = self.inference.project.memo.ask(
            ("given out", function), lambda: self._given_out(function, None), unknown=None
        )
        return given_out is None or given_out.reaches(frame.node)

    def _given_out(self, function: Function, stop: ast.expr | None) -> Slice:
        """What the result of a function depends on, and what a method keeps on its instance."""
        given: list[ast.expr] = [*function.returns, *function.yields]
        if function.is_method and function.parameters:
            instance = function.parameters[0].arg
            given += [
                store.value
                for store in function.module.stores_in(function)
                if store.value is not None and (dotted(store.target) or "").partition(".")[0] == instance
            ]
        return Slicer(self.inference, function.module, function.node, stop).of(*given)

    def _fed_back(self, frame: Frame, function: Function, argument: Slice) -> bool:
        """Whether a method keeps what was predicted where its next run finds its input: `self.window = ...`."""
        if not argument.reads_self or not function.is_method or not function.parameters:
            return False
        read = {dotted(node) for node in argument.nodes if isinstance(node, ast.Attribute)}
        slicer = Slicer(self.inference, frame.module, function.node, frame.node)
        kept: list[tuple[str | None, ast.expr]] = [
            (dotted(store.target), store.value) for store in frame.module.stores_in(function) if store.value is not None
        ]
        for method in ("append", "appendleft", "extend"):
            for call in frame.module.calls.get(method, ()):
                if isinstance(call.func, ast.Attribute) and frame.module.function_of(call) is function:
                    kept.extend((dotted(call.func.value), value) for value in call.args)
        instance = function.parameters[0].arg
        return any(
            text is not None
            and text in read
            and text.startswith(f"{instance}.")
            and slicer.of(value).reaches(frame.node)
            for text, value in kept
        )

    def _rebinds(self, reach: _Reach, path: Path, number: int, region: Region, call: ast.Call) -> bool:
        """Whether what changes of the receiver in a loop is which model it is, not merely its state."""
        frame = path.frames[number]
        slicer = Slicer(self.inference, frame.module, region.node, frame.node)
        for node in reach.receiver.nodes - self._keys(slicer, number, call):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                scope = frame.module.scopes[node].find(node.id)
                if scope is None:
                    continue
                for binding in scope.bindings[node.id]:
                    value = binding.value
                    if binding.kind is BindingKind.ITERATION and binding.node is not region.node:
                        # Each model of an ensemble: the same ones in every round.
                        if value is None or self._is_made_inside(slicer, frame.module, value):
                            return True
                        continue
                    if isinstance(value, ast.Subscript) and isinstance(region.node, ast.While):
                        # player = players[turn]: one of a few, whichever it is.
                        value = value.value
                    if slicer.inside(binding.node) and not self._is_holder(frame.module, value):
                        return True
            elif isinstance(node, ast.Attribute):
                text = dotted(node)
                for store in frame.module.stores.get(node.attr, ()):
                    if dotted(store.target) == text and slicer.inside(store.target):
                        return True
            elif isinstance(node, ast.Call) and node is not call and slicer.inside(node):
                if last_name(node.func) not in _WALKS:
                    return True
        return False

    @staticmethod
    def _keys(slicer: Slicer, number: int, call: ast.Call) -> set[ast.AST]:
        """What only says which of some models is meant: `names[j]` for `name = names[j]; models[name].predict(x)`."""
        model = call.func.value if isinstance(call.func, ast.Attribute) else None
        if number or not isinstance(model, ast.Subscript):
            return set()
        return slicer.of(model.slice).nodes - slicer.of(model.value).nodes

    @staticmethod
    def _is_made_inside(slicer: Slicer, module: Module, node: ast.expr) -> bool:
        """Whether a loop's own region makes what an expression names."""
        for item in ast.walk(node):
            if isinstance(item, ast.Call) and last_name(item.func) not in _WALKS:
                return True
            if isinstance(item, ast.Name):
                scope = module.scopes[item].find(item.id)
                bindings = scope.bindings[item.id] if scope is not None else []
                if any(slicer.inside(binding.node) for binding in bindings):
                    return True
        return False

    @staticmethod
    def _is_holder(module: Module, value: ast.expr | None) -> bool:
        """Whether a binding only gives another name to what was there: `m = self.model`."""
        return value is not None and isinstance(value, ast.Attribute | ast.Name) and dotted(value) is not None

    # What a round is given

    def _rows(self, path: Path, arguments: list[ast.expr]) -> frozenset[Rows]:
        module = path.frames[0].module
        found: set[Rows] = set()
        for argument in arguments:
            found |= rows(self.inference.project, module, argument, path)
        if self._guarded(module, path.frames[0].node):
            found = (found - {Rows.ONE}) | {Rows.MANY}
        return frozenset(found)

    @staticmethod
    def _guarded(module: Module, node: ast.expr) -> bool:
        """Whether the code sends single samples elsewhere: the `else` of `if x.shape[0] == 1`."""
        for child, parent in module.ancestors(node):
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                break
            place = place_of(module, child)
            if place is None:
                continue
            if isinstance(parent, ast.If) and place.field == "orelse" and _tests_single(parent.test):
                return True
            if place.field == "body":
                first = _first_guard(module, parent, place.block)
                if first is not None and first < place.number:
                    return True
        return False

    @staticmethod
    def _refilled(region: Region, frame: Frame, arguments: list[ast.expr]) -> bool:
        """Whether the input is a buffer made before the loop and filled by index in it."""
        module, body = frame.module, _body(region.node)
        filled = module.once(
            ("filled", region.node),
            lambda: {
                item.value.id
                for part in body
                for item in module.order.within(part, ast.Subscript)
                if isinstance(item.ctx, ast.Store) and isinstance(item.value, ast.Name)
            },
        )
        return any(
            isinstance(argument, ast.Name)
            and argument.id in filled
            and not any(
                module.order.holds(part, binding.node) for binding in bindings_of(module, argument) for part in body
            )
            for argument in arguments
        )

    def _trained(self, path: Path, number: int, region: Region, call: ast.Call) -> bool:
        """Whether the model of a call is trained between one iteration and the next, as far as the code shows."""
        assert isinstance(call.func, ast.Attribute)
        found = self.inference.project.memo.ask(
            ("trained", region.node),
            lambda: trained_models(self.inference, region.module, list(_body(region.node))),
            unknown=Trained(others=True),
        )
        for frame in path.frames[:number]:
            if frame.function is not None:
                found |= trained_by(self.inference, frame.function)
        return bool(found) and not is_spared(self.inference, path.frames[0].module, call.func.value, found)

    def _is_live(self, frame: Frame, region: Region, reach: _Reach) -> bool:
        """Whether the input of each round arrives from outside: a camera, a socket, the keyboard."""
        if _is_each(region):
            return False
        if reach.argument.element and (
            isinstance(region.node, ast.AsyncFor)
            or (isinstance(region.node, ast.For) and dotted(region.node.iter) == "sys.stdin")
        ):
            return True
        if isinstance(region.node, ast.For | ast.AsyncFor):
            if self._is_stream(frame.module, region.node.iter):
                return True  # what runs when something arrives runs live, whatever it is given
            if reach.argument.element:
                return any(self._yields_live(function) for function in self._generators(frame.module, region.node.iter))
        return any(self._arrives(frame.module, region, call) for call in reach.argument.calls())

    def _arrives(self, module: Module, region: Region, call: ast.Call) -> bool:
        """Whether a call gives what comes next of a device, a socket, a queue."""
        name = last_name(call.func) if not isinstance(call.func, ast.Call) else None
        if name == arrivals.READ:
            return self._is_endless(module, region) and self._reads_source(module, call)
        return name in arrivals.CALLS

    def _is_endless(self, module: Module, region: Region) -> bool:
        """Whether a loop has no end of its own: `while`, `for _ in itertools.count()`."""
        if not isinstance(region.node, ast.For):
            return isinstance(region.node, ast.While)
        iterable = region.node.iter
        called = self.inference.values(module, iterable.func) if isinstance(iterable, ast.Call) else ()
        return any(isinstance(value, External) and value.name in arrivals.ENDLESS for value in called)

    def _generators(self, module: Module, iterable: ast.expr, depth: int = 0) -> list[Function]:
        """The generator functions of the project that an iterable can come from."""
        if isinstance(iterable, ast.Call):
            callees = self.inference.values(module, iterable.func)
            found = [v.function for v in callees if isinstance(v, FunctionObject) and v.function.is_generator]
            return found or [f for item in iterable.args for f in self._generators(module, item, depth + 1)]
        if isinstance(iterable, ast.IfExp):
            return self._generators(module, iterable.body) + self._generators(module, iterable.orelse)
        if isinstance(iterable, ast.Name) and depth < 4:
            values = [binding.value for binding in bindings_of(module, iterable) if not binding.path]
            return [f for value in values if value is not None for f in self._generators(module, value, depth + 1)]
        return []

    def _is_stream(self, module: Module, iterable: ast.expr) -> bool:
        """Whether a library hands out what a loop walks through as it arrives."""
        if isinstance(iterable, ast.Call) and last_name(iterable.func) in arrivals.CALLS:
            return not any(isinstance(value, FunctionObject) for value in self.inference.values(module, iterable.func))
        values = self.inference.values(module, iterable)
        return any(isinstance(value, Result) and value.name.startswith(arrivals.STREAMS) for value in values)

    def _yields_live(self, function: Function) -> bool:
        """Whether a generator reads a camera or the like."""
        return any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "read"
            and self._reads_source(function.module, node)
            for node in ast.walk(function.node)
        )

    def _reads_source(self, module: Module, call: ast.Call) -> bool:
        """Whether `x.read()` asks a camera, a stream or the like, and no file."""
        if not isinstance(call.func, ast.Attribute):
            return False
        owner = (last_name(call.func.value) or "").lower()
        return any(word in owner for word in arrivals.OWNERS) or any(
            isinstance(value, Result) and value.name.startswith(arrivals.DEVICES)
            for value in self.inference.values(module, call.func.value)
        )

    @staticmethod
    def _open_ended(region: Region) -> bool:
        """`while True`, `while not done`: no count of rounds is known before."""
        if step_of(region.module, region.node) is not None:
            return False
        test = region.node.test if isinstance(region.node, ast.While) else None
        if test is None or isinstance(test, ast.Compare):
            return False
        module, loop = region.module, region.node
        return not module.once(("uses up", loop), lambda: _uses_up(loop, test))

    def _only_noise(self, reach: _Reach, region: Region) -> bool:
        """Whether all that varies of the input is random numbers (a sample grid of a generator)."""
        if reach.argument.element or reach.argument.parameters:
            return False
        calls = reach.argument.calls()
        return any(last_name(call.func) in _DRAWS for call in calls if not isinstance(call.func, ast.Call))

    def _is_sampling(self, path: Path, number: int, reach: _Reach, source: str) -> bool:
        """Whether a training loop only looks now and then at what the model gives: samples to plot, scores to print."""
        if number > 0 and reach.argument.element and source != "sample":
            return True
        return any(self._periodic(frame.module, frame.node) for frame in path.frames[: number + 1])

    @staticmethod
    def _periodic(module: Module, node: ast.expr) -> bool:
        """Whether a node runs every n rounds only: under `if step % n == 0`."""
        for child, parent in module.ancestors(node):
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                return False
            if isinstance(parent, ast.If) and any(item is child for item in parent.body):
                if any(isinstance(item, ast.BinOp) and isinstance(item.op, ast.Mod) for item in ast.walk(parent.test)):
                    return True
        return False

    def _recurs(self, function: Function | None) -> bool:
        """Whether a function calls itself: a tree search, in which one result decides on the next input."""
        if function is None:
            return False
        edges = self.contexts.callers.edges(function)
        return any(edge.module is function.module and edge.module.function_of(edge.node) is function for edge in edges)

    def _source(self, path: Path, number: int, region: Region, reach: _Reach, arguments: list[ast.expr]) -> str:
        """What the loop hands out: "sample" (an element of a collection of samples), "batch", or "" if unclear."""
        if not reach.argument.element:
            return ""
        if self._picks_sample(path.frames[number].module, reach):
            return "sample"
        node = region.node
        frame = path.frames[number]
        iterable: ast.expr | None
        if isinstance(node, ast.For | ast.AsyncFor):
            iterable = node.iter
        elif isinstance(node, COMPREHENSIONS):
            iterable = node.generators[0].iter
        elif isinstance(node, ast.Call):
            iterable = next((f.edge.element_of for f in path.frames if f.edge and f.edge.node is node), None)
        else:
            return ""
        if iterable is None:
            return ""
        return self._hands_out(frame.module, iterable, 0)

    def _picks_sample(self, module: Module, reach: _Reach) -> bool:
        """Whether the input is picked by index from a drawn sample: `state = minibatch[i]`."""
        return any(
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Name)
            and not isinstance(node.slice, ast.Slice)
            and self._hands_out(module, node.value, 0) == "sample"
            for node in reach.argument.nodes
        )

    def _hands_out(self, module: Module, iterable: ast.expr, depth: int) -> str:
        if depth > 6:
            return ""
        if isinstance(iterable, ast.Call):
            name = last_name(iterable.func)
            if name in ("sample",):
                return "sample"
            if name in (
                "batch",
                "flow",
                "flow_from_directory",
                "flow_from_dataframe",
                "take",
                "as_numpy_iterator",
                "prefetch",
                "batches",
                "DataLoader",
                "iterbatches",
            ):
                return "batch"
            if (
                name in ("enumerate", "zip", "tqdm", "list", "reversed", "sorted", "iter", "islice", "track")
                and iterable.args
            ):
                found = [self._hands_out(module, item, depth + 1) for item in iterable.args]
                return next((item for item in found if item), "")
            if name == "range":
                return "batch" if len(iterable.args) == 3 else ""
            if any(isinstance(v, External) and v.name in _SPLITS for v in self.inference.values(module, iterable.func)):
                return "batch"
        values = self.inference.values(module, iterable)
        if Basic.DATASET in values or any(isinstance(v, Instance) and self._is_feeder(v) for v in values):
            return "batch"
        if isinstance(iterable, ast.Call):
            for value in self.inference.values(module, iterable.func):
                if isinstance(value, FunctionObject) and value.function.is_generator:
                    return "batch"
        if isinstance(iterable, ast.Name):
            if self._grown_from_memory(module, iterable):
                return "sample"
            for binding in bindings_of(module, iterable):
                function = binding.scope.function
                if binding.kind is BindingKind.PARAMETER and isinstance(binding.node, ast.arg) and function is not None:
                    for edge in self.contexts.callers.edges(function):
                        argument = edge.argument(function, binding.node)
                        handed = self._hands_out(edge.module, argument, depth + 1) if argument is not None else ""
                        if handed:
                            return handed
                if binding.value is not None and not binding.path:
                    found_here = self._hands_out(module, binding.value, depth + 1)
                    if found_here:
                        return found_here
        return ""

    def _grown_from_memory(self, module: Module, name: ast.Name) -> bool:
        """Whether a list is filled with single items of another: `minibatch.append(self.memory[i])`."""
        for call in module.calls.get("append", ()):
            owner = call.func.value if isinstance(call.func, ast.Attribute) else None
            if isinstance(owner, ast.Name) and owner.id == name.id and call.args:
                given = call.args[0]
                same = module.scopes[owner].find(owner.id) is module.scopes[name].find(name.id)
                if same and isinstance(given, ast.Subscript) and not isinstance(given.slice, ast.Slice):
                    # An array of indices, or a mask, picks several.
                    chosen = self.inference.values(module, given.slice)
                    return not any(v is Basic.ARRAY or isinstance(v, Collection) for v in chosen)
        return False

    def _is_feeder(self, value: Instance) -> bool:
        """Whether iterating over an instance gives batches: a class that feeds a model."""
        return any(self.inference.method(value.cls, name) for name in ("__iter__", "__next__", "__getitem__")) or any(
            name.endswith((".Sequence", ".PyDataset")) for name in self.inference.external_bases(value.cls)
        )

    def _is_benchmark(self, region: Region, frame: Frame) -> bool:
        """Whether the loop times the very call: a clock is read right before it and right after, for the time's sake.

        Or right before and after a loop that does not use its variable, `for _ in range(100)`.
        """
        if is_benchmarked(frame.module, frame.module.statement_of(frame.node)):
            return True
        loop = region.node
        if not isinstance(loop, ast.For) or not isinstance(loop.target, ast.Name):
            return False
        if region.module is not frame.module or not is_timed(frame.module, loop):
            return False
        order, name = region.module.order, loop.target.id
        return not any(item.id == name for part in loop.body for item in order.within(part, ast.Name))


def _are_alike(node: ast.AST) -> bool:
    """Whether the element of a loop says nothing but where its result goes."""
    if isinstance(node, ast.For | ast.AsyncFor):
        target, parts = node.target, list[ast.AST](node.body)
    elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp) and len(node.generators) == 1:
        target, parts = node.generators[0].target, [node.elt]
    else:
        return False
    names = {item.id for item in ast.walk(target) if isinstance(item, ast.Name)}
    read = [item for part in parts for item in ast.walk(part) if isinstance(item, ast.Name) and item.id in names]
    filled = {
        index
        for part in parts
        for item in ast.walk(part)
        if isinstance(item, ast.Subscript) and isinstance(item.ctx, ast.Store)
        for index in ast.walk(item.slice)
    }
    return all(item in filled for item in read)


def _reads_a_clock_or_trains(module: Module, loop: ast.AST) -> bool:
    return module.once(
        ("clock or training", loop),
        lambda: any(
            name in CLOCKS or name in CHANGES_WEIGHTS or name in ("timeit", "shuffle")
            for call in _calls_in(module, loop)
            if (name := last_name(call.func) if not isinstance(call.func, ast.Call) else None) is not None
        ),
    )


def _handed_on(module: Module, loop: ast.AST) -> dict[str, set[ast.expr]]:
    """The calls in a loop that are given a name, and may change what it means, by the name."""
    found: dict[str, set[ast.expr]] = {}
    for call in _calls_in(module, loop):
        if not _is_pure(call):
            for given in call.args:
                if isinstance(given, ast.Name):
                    found.setdefault(given.id, set()).add(call)
    return found


def _calls_in(module: Module, loop: ast.AST) -> list[ast.Call]:
    return [call for part in _body(loop) for call in module.order.within(part, ast.Call)]


def _first_guard(module: Module, parent: ast.AST, block: Sequence[ast.stmt]) -> int | None:
    """The first place of a block at which an `if` sends a single sample elsewhere."""
    guards = (
        number
        for number, statement in enumerate(block)
        if isinstance(statement, ast.If) and _tests_single(statement.test) and leaving(statement.body)
    )
    return module.once(("guard", parent), lambda: next(guards, None))


def _speaks_of(module: Module, pattern: re.Pattern[str]) -> bool:
    """Whether the text of a module has what a pattern looks for."""
    return module.once(pattern, lambda: pattern.search(module.text) is not None)


def _object_of(frame: Frame) -> ast.expr | None:
    """The object on which a frame runs the method of the one before it."""
    return frame.edge.receiver if frame.edge is not None else None


def _in_a_test(region: Region) -> bool:
    """Whether a test runs a loop: `test_*` in a test file, not a script that calls its evaluation a test."""
    function = region.module.function_of(region.node)
    name = region.module.path.name
    return (name.startswith("test_") or name.endswith("_test.py")) and (
        function is not None and function.name.startswith("test_")
    )


def _is_each(region: Region) -> bool:
    """Whether a loop is no statement and no comprehension but `map(f, xs)` or the like."""
    return isinstance(region.node, ast.expr) and not isinstance(region.node, COMPREHENSIONS)


def _is_pure(call: ast.Call) -> bool:
    """Whether a call leaves its arguments alone, by its name: NumPy functions, prints, predictions."""
    if isinstance(call.func, ast.Name):
        return call.func.id in ("print", "len", "range", "float", "int", "str", "list", "tuple", "zip", "enumerate")
    root = dotted(call.func) or ""
    if isinstance(call.func, ast.Attribute) and EFFECTS.get(call.func.attr) in _READING:
        return True
    return root.startswith(("np.", "numpy.", "plt.", "tf.", "math.")) and not root.endswith(
        (".shuffle", ".copyto", ".fill")
    )


def _asks_for_batches(call: ast.Call, by_name: bool = False) -> bool:
    """Whether a call says how many rows of its input make a batch: more than the one that one row would be.

    With `by_name` a number that is written out is none that anybody chooses by the input.
    """
    given = [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "batch_size")]
    plain = [size for size in given if isinstance(size, ast.Constant)]
    return len(plain) < len(given) or (not by_name and any(size.value not in (None, 1) for size in plain))


def _tests_single(test: ast.expr) -> bool:
    """Whether a test asks for one row: `len(x) == 1`, `x.shape[0] == 1`."""
    if isinstance(test, ast.BoolOp):
        return any(_tests_single(item) for item in test.values)
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Eq):
        return False
    other = test.comparators[0]
    if not (isinstance(other, ast.Constant) and other.value == 1):
        return False
    left = test.left
    if isinstance(left, ast.Call):
        return last_name(left.func) == "len"
    return isinstance(left, ast.Subscript) and last_name(left.value) == "shape"


def _uses_up(loop: ast.AST, test: ast.expr) -> bool:
    """`while paths: path = paths.pop()`: a list that the loop only takes from has all its items from the start."""
    text = dotted(test)
    if text is None:
        return False
    uses = [
        node
        for part in _body(loop)
        for node in ast.walk(part)
        if isinstance(node, ast.Name | ast.Attribute) and dotted(node) == text
    ]
    taken = {
        call.func.value
        for part in _body(loop)
        for call in ast.walk(part)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in _TAKES
    }
    return bool(uses) and taken.issuperset(uses)


def _body(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.For | ast.AsyncFor | ast.While):
        return list(node.body)
    if isinstance(node, ast.Call):
        return []
    return [node]
