"""One question "what is this made of?": the walk from a value to the layers that run when it is called."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from lint_rules.records import dataclass, replace
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.constants import constants_of
from lint_rules.semantics.domains.values import (
    Basic,
    Collection,
    FunctionObject,
    Instance,
    KerasLayer,
    KerasModel,
    Origin,
    Value,
    Values,
)
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.activations import Run
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.keras_layers import UNREADABLE, LayerFacts
from lint_rules.semantics.knowledge.layer_calls import DATA_LAYERS
from lint_rules.semantics.models.layers import Composition, Part, Truth
from lint_rules.semantics.models.parts.freezing import frozen
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.scopes import BindingKind

Enter = Callable[["Walk", Value, Run, "State"], None]
"""How the parts of one value are added to a walk, by the value's kind."""


@dataclass(frozen=True, slots=True)
class State:
    """How a walk came to where it is: whether all of it surely runs, in training mode on a bare call, with weights
    that may be frozen. `waker` is what defaults to training mode."""

    certain: bool = True
    bare: bool = False
    waker: str = ""
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """Code that builds or calls: its module, the run of its function, and the node relative to which conditions count
    (None: the start of the function)."""

    module: Module
    run: Run
    root: ast.AST | None = None


class Walk:
    """The parts found so far for one question; `complete` is False once something was met that the code does not show.

    `keras` is the major version, `thawed` leaves out whether weights are frozen, `enter` is what a value's kind asks.
    """

    def __init__(self, project: Project, keras: int, enter: Enter, thawed: bool = False) -> None:
        self.project = project
        self.inference = inference_of(project)
        self.constants = constants_of(project)
        self.keras = keras
        self.thawed = thawed
        self.parts: list[Part] = []
        self.complete = True
        self.unread_frozen = False
        self.open: list[object] = []
        self._enter = enter
        self._calls = [0]

    @property
    def found(self) -> Composition:
        """The answer as it stands."""
        complete = self.complete and not self.unread_frozen
        return Composition(tuple(self.parts), complete, self.complete and self.unread_frozen)

    def inner(self) -> Walk:
        """An empty walk for a question within this one; its calls count as this one's."""
        walk = Walk(self.project, self.keras, self._enter, self.thawed)
        walk.open = list(self.open)
        walk._calls = self._calls
        return walk

    @property
    def exhausted(self) -> bool:
        """Whether the question has cost enough: what is left is unknown."""
        return len(self.parts) > limits.MAX_LAYERS or self._calls[0] > limits.MAX_LAYER_CALLS

    def count_call(self) -> None:
        """Another call is looked at."""
        self._calls[0] += 1

    def add(self, part: Part, state: State) -> None:
        """A part as it is met in a state."""
        depends = part.depends
        if depends is Truth.TRUE and not state.certain:
            depends = Truth.UNKNOWN
        waker = part.waker if part.bare else state.waker
        self.parts.append(replace(part, depends=depends, bare=part.bare or state.bare, waker=waker))

    def reached(self, region: Region, node: ast.AST, state: State) -> State | None:
        """The state at a node of a region; None in a branch that its run does not take."""
        taken = self.constants.reaches(region.module, node, region.run, region.root)
        if taken is False:
            return None
        return state if taken else replace(state, certain=False)

    def value(self, value: Value, run: Run, state: State) -> None:
        """Add the parts of one value."""
        if value in self.open:
            return
        if len(self.open) > limits.MAX_LAYER_DEPTH or self.exhausted:
            self.complete = False
            return
        self.open.append(value)
        state = replace(state, frozen=not self.thawed and (state.frozen or frozen(self.inference, value)))
        shown = self.complete
        try:
            self._enter(self, value, run, state)
        finally:
            self.open.pop()
        if state.frozen and shown and not self.complete:
            self.complete, self.unread_frozen = True, True

    def any_of(self, values: Values, run: Run, state: State, each: bool = False) -> None:
        """Add the parts of an expression with these values: certain where it is one, or where `each` runs."""
        kinds = [v for v in values if isinstance(v, KerasLayer | KerasModel | Instance | FunctionObject)]
        collections = [v for v in values if isinstance(v, Collection)]
        if not kinds and not collections:
            if any(not isinstance(v, Basic) for v in values) or not values:
                self.complete = False
            return
        if len(kinds) < len([v for v in values if v is not Basic.NONE]) - len(collections):
            self.complete = False
        if len(kinds) > 1 and not each:
            state = replace(state, certain=state.certain and self._all_depend(kinds, run, state))
        for value in kinds:
            self.value(value, run, self._made(value, run, state))
        for collection in collections:
            if collection.items is not None:
                for item in collection.items:
                    self.any_of(item, run, state)
            else:
                self.any_of(collection.element, run, state, each=True)

    def _all_depend(self, kinds: Sequence[Value], run: Run, state: State) -> bool:
        for value in kinds:
            inner = self.inner()
            inner.value(value, run, state)
            if not any(part.depends is Truth.TRUE for part in inner.parts):
                return False
        return True

    def _made(self, value: Value, run: Run, state: State) -> State:
        """The state for a value, uncertain where the code makes the value on a condition only."""
        origin = getattr(value, "origin", None)
        if not isinstance(origin, Origin) or not state.certain or isinstance(value, KerasModel):
            return state
        function = origin.module.function_of(origin.node)
        if function is None or function.name != "__init__":
            return state
        here = self.constants.run_of(origin.module, origin.node, run)
        made = self.constants.reaches(origin.module, origin.node, here)
        return state if made else replace(state, certain=False)


def part_of(name: str, origin: Origin | None, depends: Truth, facts: LayerFacts) -> Part:
    """The part that one layer of Keras is."""
    data_only = facts.trains_when_called_bare or name in DATA_LAYERS
    return Part(name, origin, depends, facts.trains_when_called_bare, facts.training == "none", data_only)


def literal_arguments(walk: Walk, module: Module, call: ast.Call, run: Run) -> tuple[list[object], dict[str, object]]:
    """The arguments of a constructor as literals; the key `**` stands for keywords that cannot be read."""
    here = walk.constants.run_of(module, call, run)
    positional: list[object] = []
    for argument in call.args:
        if isinstance(argument, ast.Starred):
            return [], {"**": UNREADABLE}
        positional.append(walk.constants.of(module, argument, here))
    keywords: dict[str, object] = {}
    for keyword in call.keywords:
        value = UNREADABLE if keyword.arg is None else walk.constants.of(module, keyword.value, here)
        keywords[keyword.arg or "**"] = value
    return positional, keywords


def argument_of(call: ast.Call, position: int, *keywords: str) -> ast.expr | None:
    """The argument of a call at a position or under one of these keywords."""
    for item in call.keywords:
        if item.arg in keywords:
            return item.value
    if len(call.args) > position and not any(isinstance(a, ast.Starred) for a in call.args[: position + 1]):
        return call.args[position]
    return None


def varies(module: Module, node: ast.expr) -> bool:
    """Whether an expression is every element of a collection in turn, rather than one of several values."""
    if isinstance(node, ast.Subscript):
        return not isinstance(node.slice, ast.Constant)
    if isinstance(node, ast.Name):
        return any(
            binding.kind is BindingKind.ITERATION or isinstance(binding.value, ast.Subscript)
            for binding in bindings_of(module, node)
        )
    return False
