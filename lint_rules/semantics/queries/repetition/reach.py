"""What a loop can change of a call: slices of the input and of the model, carried from the call out to the loop."""

from __future__ import annotations

import ast

from lint_rules.records import dataclass
from lint_rules.semantics.calls.contexts import Frame, Path, Region
from lint_rules.semantics.domains.references import references_of
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import Instance, KerasModel
from lint_rules.semantics.effects.kept_results import Kept, kept_by, lifted, outliving
from lint_rules.semantics.effects.results import calls_behind
from lint_rules.semantics.effects.slicing import Slice, Slicer
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.read_back import read_back
from lint_rules.semantics.knowledge.model_methods import LOOP_FAMILY
from lint_rules.semantics.queries.repetition.enclosed import Enclosed, reached, read_around
from lint_rules.semantics.queries.repetition.loop_syntax import is_each
from lint_rules.semantics.syntax.module_index import Function, Module, dotted


@dataclass(frozen=True, slots=True)
class Reach:
    """Slices of the arguments and of the receiver, in the function that holds the loop.

    `carried` tells that the input depends on what was predicted before, `renewed` that a constructor on the way
    predicts with the model that it makes. `inner_calls` are those which the input rests on in other functions: those
    between, and those that make a part of it. `passed` tells that all of the input is what callers pass, `enclosed`
    that some of it is what a function around one on the way had when it made that.
    """

    argument: Slice
    receiver: Slice
    carried: bool = False
    renewed: bool = False
    inner_calls: tuple[tuple[Module, ast.Call], ...] = ()
    passed: bool = True
    enclosed: bool = False


def reach_of(
    inference: Inference, path: Path, number: int, region: Region, receiver: ast.expr, arguments: list[ast.expr]
) -> Reach:
    """The slices of a call's input and model, carried along a way to the frame `number`, that of the loop."""
    lifted = _Lifted(inference, path, number, receiver, arguments)
    for index in range(number):
        if path.frames[index].function is None:
            break
        lifted.leave(index)
    if is_each(region.node):
        # map(f, xs): the element is the argument, and a model that is made from it another in each iteration.
        argument = Slice(element=lifted.input_of_element)
        model = Slice(set(lifted.models_made), element=lifted.model_of_element)
        carried = lifted.input_of_result and lifted.returned
        return Reach(argument, model, carried, lifted.renewed, enclosed=lifted.enclosed)
    return lifted.within(region.node)


class _Lifted:
    """The input and the model of a call as a frame further out sees them, frame by frame."""

    def __init__(
        self, inference: Inference, path: Path, number: int, receiver: ast.expr, arguments: list[ast.expr]
    ) -> None:
        self.inference = inference
        self.path = path
        self.running = {frame.function for frame in path.frames[: number + 1]}
        self.loop_frame = path.frames[number]
        self.arguments = list(arguments)
        self.receiver = [receiver]
        self.only: dict[ast.AST, frozenset[str]] = {}  # which attributes of an object matter
        self.returned = True  # what was predicted leaves each function so far
        self.kept: list[Kept] = []  # the objects in which functions keep what was predicted
        self.inner_calls: list[tuple[Module, ast.Call]] = []
        self.models_made: list[ast.Call] = []  # the calls that give the model in other functions
        self.renewed = False
        self.passed = True
        # What functions read of the scopes around them, until the way comes there.
        self.read_around: list[Enclosed] = []
        self.model_around: list[Enclosed] = []
        # Whether the input and the model come from what the loop gives to the function that it runs.
        self.input_of_element = True
        self.model_of_element = False
        self.input_of_result = False  # whether the input rests on what the function gave for the element before

    def leave(self, index: int) -> None:
        """Goes from one frame to the one that runs it."""
        inference, frame, outer = self.inference, self.path.frames[index], self.path.frames[index + 1]
        function = frame.function
        assert function is not None
        fixed = _fixed_models(inference, frame, self.running)
        argument = Slicer(inference, frame.module, function.node, None, fixed, only=self.only).of(*self.arguments)
        identity = Slicer(inference, frame.module, function.node, mutations=False)
        receiver = identity.of(*self.receiver)
        self.models_made += receiver.calls()
        if outer.edge is not None:
            self.kept = list(lifted(inference, frame.module, function, self.kept, outer.edge))
            if self.returned:
                self.kept += kept_by(inference, function, frame.node, outer.edge)
        self.passed = self.passed and _is_passed(argument, function, outer)
        calls = argument.calls()
        self.inner_calls += [(frame.module, call) for call in calls]
        self.inner_calls += calls_behind(inference, frame.module, calls)
        self.returned = self.returned and _flows_out(inference, frame, function)
        self.read_around += read_around(frame.module, function, argument, outer)
        self.model_around += read_around(frame.module, function, receiver, outer)
        self.arguments = [*_given_by(argument, function, outer), *reached(self.read_around, outer)]
        instance = _object_of(outer)
        self.only = {instance: argument.of_self} if instance is not None and argument.of_self is not None else {}
        self.receiver = [*_given_by(receiver, function, outer), *reached(self.model_around, outer)]
        self.input_of_element = _is_left_open(argument, function, outer) or argument.reads_self
        self.model_of_element = _is_left_open(receiver, function, outer)
        self.input_of_result = outer.edge is not None and any(
            outer.edge.is_accumulated(function, parameter)
            for parameter in function.parameters
            if parameter.arg in argument.parameters
        )
        # What a constructor predicts with what it made is another model for each instance.
        new = function.name == "__init__" and receiver.reads_self and not self.receiver
        self.renewed = self.renewed or new

    @property
    def enclosed(self) -> bool:
        """Whether the input rests on what a function had that is not on the way."""
        return any(item.function is not None for item in self.read_around)

    def within(self, loop: ast.AST) -> Reach:
        """The slices in a loop of the last frame."""
        module, stop = self.loop_frame.module, self.loop_frame.node
        filled = outliving(self.inference, module, loop, self.kept)
        argument = Slicer(self.inference, module, loop, stop, only=self.only, filled=filled).of(*self.arguments)
        self.inner_calls += calls_behind(self.inference, module, argument.calls())
        identity = Slicer(self.inference, module, loop, stop, mutations=False)
        carried = argument.refilled or (self.returned and argument.reaches(stop))
        which = identity.of(*self.receiver)
        if not which.element:
            # agents[game.turn].act(...): one of a few, whichever it is.
            which = identity.of(*(_few(self.inference, module, item) for item in self.receiver))
        return Reach(argument, which, carried, self.renewed, tuple(self.inner_calls), self.passed, self.enclosed)


def _few(inference: Inference, module: Module, node: ast.expr) -> ast.expr:
    """The list or dict out of which an expression picks a model, where the code does not show which one."""
    if isinstance(node, ast.Subscript) and read_back(inference, module, node) is None:
        return node.value
    return node


def _object_of(frame: Frame) -> ast.expr | None:
    """The object on which a frame runs the method of the one before it."""
    return frame.edge.receiver if frame.edge is not None else None


def _given_by(found: Slice, function: Function, outer: Frame) -> list[ast.expr]:
    """What parameters and the instance are in the frame that calls the function."""
    edge = outer.edge
    if edge is None:
        return []
    given = [
        argument
        for parameter in (*function.parameters, *function.node.args.kwonlyargs)
        if parameter.arg in found.parameters and (argument := edge.argument(function, parameter)) is not None
    ]
    instance = _object_of(outer)
    return [*given, instance] if found.reads_self and instance is not None else given


def _is_left_open(found: Slice, function: Function, outer: Frame) -> bool:
    """Whether a slice reads a parameter that the frame which runs the function fills with no expression."""
    return outer.edge is not None and any(
        outer.edge.argument(function, parameter) is None
        for parameter in function.parameters
        if parameter.arg in found.parameters
    )


def _is_passed(found: Slice, function: Function, outer: Frame) -> bool:
    """Whether all that a slice starts from is what the frame which runs the function passes to it, and can be read."""
    edge, above = outer.edge, function.scope.parent
    if edge is None or found.reads_self or found.globals_read or (above is not None and above.function is not None):
        return False
    return all(
        edge.argument(function, parameter) is not None or function.default_of(parameter) is not None
        for parameter in (*function.parameters, *function.node.args.kwonlyargs)
        if parameter.arg in found.parameters
    )


# Models that stay what they are


def _fixed_models(inference: Inference, frame: Frame, running: set[Function | None]) -> frozenset[ast.AST]:
    """The models, held by an object, that make a call's input and stay what they are on a way: `self.encoder`.

    What they predict depends on what they are given; that they train is asked elsewhere.
    """
    module, function = frame.module, frame.function
    nothing: frozenset[ast.AST] = frozenset()

    def found() -> frozenset[ast.AST]:
        return frozenset(
            call.func.value
            for method in sorted(LOOP_FAMILY)
            for call in module.calls.get(method, ())
            if isinstance(call.func, ast.Attribute)
            and module.function_of(call) is function
            and _is_fixed_model(inference, module, call.func.value, running)
        )

    key = ("fixed models", module.path, function, frozenset(running))
    return inference.project.memo.ask(key, found, nothing)


def _is_fixed_model(inference: Inference, module: Module, node: ast.expr, running: set[Function | None]) -> bool:
    held = references_of(inference.project).of(Place(module, node))
    if held is None or not held.attributes:
        return False
    values = inference.values(module, node)
    models = bool(values) and all(
        isinstance(value, KerasModel) or (isinstance(value, Instance) and inference.is_model_class(value.cls))
        for value in values
    )
    return models and not any(
        module.function_of(store.target) in running for store in module.stores.get(held.attributes[-1], ())
    )


# Where the result of a call goes


def _flows_out(inference: Inference, frame: Frame, function: Function) -> bool:
    """Whether what a frame's node gives leaves the function: by its return value or on the instance."""
    return inference.project.memo.ask(
        ("flows out", frame.node), lambda: _leaves(inference, frame, function), unknown=True
    )


def _leaves(inference: Inference, frame: Frame, function: Function) -> bool:
    if Slicer(inference, frame.module, function.node).is_change(frame.node):
        # What the call gets tells nothing of where its result goes.
        return _given_out(inference, function, frame.node).reaches(frame.node)
    given_out = inference.project.memo.ask(
        ("given out", function), lambda: _given_out(inference, function, None), unknown=None
    )
    return given_out is None or given_out.reaches(frame.node)


def _given_out(inference: Inference, function: Function, stop: ast.expr | None) -> Slice:
    """What the result of a function depends on, and what a method keeps on its instance."""
    given: list[ast.expr] = [*function.returns, *function.yields]
    if function.is_method and function.parameters:
        instance = function.parameters[0].arg
        given += [
            store.value
            for store in function.module.stores_in(function)
            if store.value is not None and (dotted(store.target) or "").partition(".")[0] == instance
        ]
    return Slicer(inference, function.module, function.node, stop).of(*given)
