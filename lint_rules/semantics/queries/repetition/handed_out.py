"""What does a loop hand out in each iteration: one sample of a collection, or a batch?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from enum import Enum, auto

from lint_rules.semantics.calls.contexts import Contexts, Path, Region
from lint_rules.semantics.domains.values import Basic, Collection, External, FunctionObject, Instance, Result, Value
from lint_rules.semantics.effects.slicing import Slice
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.iterators import is_next, walk_of
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.array_calls import FEEDERS
from lint_rules.semantics.knowledge.data_sources import GIVES_BATCHES, NEXT_BATCH, SPLITS, is_called_a_generator
from lint_rules.semantics.knowledge.iteration import PASSES_ON
from lint_rules.semantics.syntax.docstrings import said_of_parameter
from lint_rules.semantics.syntax.module_index import Module, last_name
from lint_rules.semantics.syntax.scopes import Binding, BindingKind


class Unit(Enum):
    """What one iteration gets."""

    SAMPLE = auto()
    BATCH = auto()


def handed_out(contexts: Contexts, path: Path, number: int, region: Region, argument: Slice) -> Unit | None:
    """What a loop hands out to the input of a call; None if the code does not show it, or it hands out nothing."""
    source = _Source(contexts, path.frames[number].module)
    if not argument.element:
        return Unit.BATCH if source.takes_next_batch(argument) else None
    if source.picks_sample(argument):
        return Unit.SAMPLE
    iterable = iterable_of(path, region)
    unit = source.unit(iterable) if iterable is not None else None
    return unit or (Unit.BATCH if source.picks_batch(argument) else None)


def iterable_of(path: Path, region: Region) -> ast.expr | None:
    """What a loop goes over."""
    loop = region.node
    if isinstance(loop, ast.Call):
        return next((f.edge.element_of for f in path.frames if f.edge and f.edge.node is loop), None)
    walk = walk_of(region.module, loop)
    return walk.iterable if walk is not None else None


class _Source:
    """What an iterable of one module hands out."""

    def __init__(self, contexts: Contexts, module: Module, depth: int = 0) -> None:
        self.contexts = contexts
        self.inference = contexts.inference
        self.module = module
        self.depth = depth

    def unit(self, iterable: ast.expr) -> Unit | None:
        """What the first of the readings that knows an iterable says."""
        if self.depth > limits.MAX_HANDED_ON:
            return None
        if isinstance(iterable, ast.Call) and last_name(iterable.func) == "range":
            return Unit.BATCH if len(iterable.args) == 3 else None
        if isinstance(iterable, ast.Call) and last_name(iterable.func) in PASSES_ON and iterable.args:
            return self.first(self.further(self.module, item) for item in iterable.args)
        return self.first(reading(self, iterable) for reading in READINGS)

    @staticmethod
    def first(units: Iterable[Unit | None]) -> Unit | None:
        return next((unit for unit in units if unit is not None), None)

    def further(self, module: Module, iterable: ast.expr) -> Unit | None:
        """What another iterable hands out, which this one comes from."""
        return _Source(self.contexts, module, self.depth + 1).unit(iterable)

    def picks_sample(self, argument: Slice) -> bool:
        """Whether the input is picked by index from a drawn sample: `state = minibatch[i]`."""
        return any(
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Name)
            and not isinstance(node.slice, ast.Slice)
            and self.unit(node.value) is Unit.SAMPLE
            for node in argument.nodes
        )

    def takes_next_batch(self, argument: Slice) -> bool:
        """Whether the input is the next that something gives which hands out batches: `x, y = next(batches)`."""
        calls = argument.calls()
        if any(isinstance(call.func, ast.Attribute) and call.func.attr in NEXT_BATCH for call in calls):
            return True
        return any(self.unit(call.args[0]) is Unit.BATCH for call in calls if is_next(call) and call.args)

    def picks_batch(self, argument: Slice) -> bool:
        """Whether the input is picked by index from what feeds models: `x, y = generator[i]`."""
        return any(
            isinstance(node, ast.Subscript)
            and not isinstance(node.slice, ast.Slice)
            and any(self.is_indexed_feeder(value) for value in self.inference.values(self.module, node.value))
            for node in argument.nodes
        )

    def is_indexed_feeder(self, value: Value) -> bool:
        """Whether a value gives a batch for each index: a Sequence of Keras, or an iterator of its generators."""
        if isinstance(value, Result):
            return value.name.removesuffix("()").endswith(FEEDERS)
        return isinstance(value, Instance) and any(
            name.endswith(FEEDERS) for name in self.inference.external_bases(value.cls)
        )


def drawn_or_batched(source: _Source, iterable: ast.expr) -> Unit | None:
    """`random.sample(memory, 32)`, `dataset.batch(32)`, `np.array_split(x, 10)`."""
    if not isinstance(iterable, ast.Call):
        return None
    name = last_name(iterable.func)
    if name == "sample":
        return Unit.SAMPLE
    callees = source.inference.values(source.module, iterable.func) if name not in GIVES_BATCHES else ()
    splits = any(isinstance(value, External) and value.name in SPLITS for value in callees)
    return Unit.BATCH if name in GIVES_BATCHES or splits else None


def feeds_models(source: _Source, iterable: ast.expr) -> Unit | None:
    """A `tf.data.Dataset`, an object of a class whose objects can be iterated over."""
    inference = source.inference
    values = inference.values(source.module, iterable)
    feeders = [
        value
        for value in values
        if source.is_indexed_feeder(value)
        or (
            isinstance(value, Instance)
            and any(inference.method(value.cls, name) for name in ("__iter__", "__next__", "__getitem__"))
        )
    ]
    return Unit.BATCH if Basic.DATASET in values or feeders else None


def generated(source: _Source, iterable: ast.expr) -> Unit | None:
    """What a generator function of the project yields, or a method by which an object is called: mostly batches."""
    callees = source.inference.values(source.module, iterable.func) if isinstance(iterable, ast.Call) else ()
    functions = [value.function for value in callees if isinstance(value, FunctionObject)]
    called = [source.inference.method(value.cls, "__call__") for value in callees if isinstance(value, Instance)]
    is_generator = any(function is not None and function.is_generator for function in [*functions, *called])
    return Unit.BATCH if is_generator else None


def documented(source: _Source, iterable: ast.expr) -> Unit | None:
    """A parameter of which the docstring says that it generates batches."""
    for binding in bindings_of(source.module, iterable) if isinstance(iterable, ast.Name) else ():
        function = binding.scope.function
        if binding.kind is BindingKind.PARAMETER and function is not None:
            if is_called_a_generator(said_of_parameter(function, binding.name)):
                return Unit.BATCH
    return None


def grown_from_memory(source: _Source, iterable: ast.expr) -> Unit | None:
    """A list that is filled with single items of another: `minibatch.append(self.memory[i])`."""
    if not isinstance(iterable, ast.Name):
        return None
    module, name = source.module, iterable
    for call in module.calls.get("append", ()):
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if isinstance(owner, ast.Name) and owner.id == name.id and call.args:
            given = call.args[0]
            same = module.scopes[owner].find(owner.id) is module.scopes[name].find(name.id)
            if same and isinstance(given, ast.Subscript) and not isinstance(given.slice, ast.Slice):
                # An array of indices, or a mask, picks several.
                chosen = source.inference.values(module, given.slice)
                several = any(value is Basic.ARRAY or isinstance(value, Collection) for value in chosen)
                return None if several else Unit.SAMPLE
    return None


def bound_to(source: _Source, iterable: ast.expr) -> Unit | None:
    """A name: what it is bound to hands out, or what callers pass for the parameter."""
    if not isinstance(iterable, ast.Name):
        return None
    return source.first(
        source.further(module, value)
        for binding in bindings_of(source.module, iterable)
        for module, value in _values_of(source, binding)
    )


def _values_of(source: _Source, binding: Binding) -> Iterator[tuple[Module, ast.expr]]:
    """The expressions that a binding gives to its name, each with its module."""
    function, parameter = binding.scope.function, binding.node
    if binding.kind is BindingKind.PARAMETER and isinstance(parameter, ast.arg) and function is not None:
        for edge in source.contexts.callers.edges(function):
            argument = edge.argument(function, parameter)
            if argument is not None:
                yield edge.module, argument
    if binding.value is not None and not binding.path:
        yield source.module, binding.value


READINGS: tuple[Callable[[_Source, ast.expr], Unit | None], ...] = (
    drawn_or_batched,
    feeds_models,
    generated,
    grown_from_memory,
    bound_to,
    documented,
)
"""What an iterable is known by; the first that knows it decides."""
