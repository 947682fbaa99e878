"""Where data that are predicted come from, and whether their order is the same in every pass.

The generators of `ImageDataGenerator` and the `*_dataset_from_directory` functions shuffle unless told otherwise;
`Dataset.shuffle` gives another order in every pass unless `reshuffle_each_iteration=False`; `Dataset.cache` after a
shuffle keeps the order of the first pass. Measured in docs/keras-facts.md.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from lint_rules.semantics.calls.call_graph import Callers
from lint_rules.semantics.calls.edges import Edge
from lint_rules.semantics.domains.types import Inference, default_of
from lint_rules.semantics.domains.values import Basic, External, FunctionObject, Instance
from lint_rules.semantics.flow.read_back import read_back
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.syntax.module_index import Function, Module, dotted, last_name
from lint_rules.semantics.syntax.scopes import Binding, BindingKind

# Sources that shuffle by default, with the position of their `shuffle` argument (without self); None: by keyword only.
_SHUFFLING = {
    "flow": 3,
    "flow_from_directory": 6,
    "flow_from_dataframe": 10,
    "image_dataset_from_directory": 7,
    "text_dataset_from_directory": 6,
    "audio_dataset_from_directory": 8,
}
_KEEP_SOURCE = frozenset(
    [
        "map",
        "batch",
        "prefetch",
        "with_options",
        "unbatch",
        "padded_batch",
        "take",
        "skip",
        "repeat",
        "apply",
        "filter",
        "enumerate",
        "as_numpy_iterator",
        "ignore_errors",
        "shard",
        "rebatch",
        "ragged_batch",
    ]
)
_FIX_ORDER = frozenset({"cache", "snapshot"})
_FROM_ARRAYS = frozenset({"from_tensor_slices", "from_tensors"})
_MAX_DEPTH = 12
MAX_STEPS = 1000
"""What one question may cost: parameters with many callers, whose arguments are parameters again, lead everywhere."""


@dataclass(frozen=True, slots=True)
class DataSource:
    """A data set or generator: the call that made it (or shuffles it), and whether each pass has another order.

    `maker` is the name of that call, `shuffled` None where the code does not show it; `labels` is the array of labels
    that it was made of, where there is one; `iterator` marks a Keras iterator, which has `classes` and `labels`.
    """

    module: Module
    call: ast.Call
    maker: str
    shuffled: bool | None
    labels: ast.expr | None = None
    iterator: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    """A call of a project's function that the search went into."""

    function: Function
    edge: Edge


class DataSources:
    """The questions `where do these data come from` over one project."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self._steps = 0

    def of(self, module: Module, node: ast.expr) -> list[DataSource | None]:
        """What an expression is on every way to it; None stands for what cannot be read, or is too far to seek."""
        self._steps = 0
        return self._of(module, node, (), _MAX_DEPTH)

    def shuffled(self, module: Module, node: ast.expr) -> DataSource | None:
        """The source of an expression if it is one that is shuffled anew in every pass, on every way to it."""
        found = self.of(module, node)
        if not found or any(source is None or source.shuffled is not True for source in found):
            return None
        return found[0]

    def same(self, module: Module, node: ast.expr, source: DataSource) -> bool:
        """Whether an expression is (or may be) this very source."""
        return any(other is not None and other.call is source.call for other in self.of(module, node))

    def _of(self, module: Module, node: ast.expr, entries: tuple[_Entry, ...], depth: int) -> list[DataSource | None]:
        self._steps += 1
        if depth <= 0 or self._steps > MAX_STEPS:
            return [None]
        if isinstance(node, ast.Name):
            bindings = bindings_of(module, node)
            found = [item for binding in bindings for item in self._binding(module, binding, entries, depth - 1)]
            return found or [None]
        kept = read_back(self.inference, module, node)
        if kept is not None:
            return self._of(module, kept, entries, depth - 1)
        if isinstance(node, ast.Attribute):
            return self._attribute(module, node, depth - 1)
        if isinstance(node, ast.IfExp):
            return [
                *self._of(module, node.body, entries, depth - 1),
                *self._of(module, node.orelse, entries, depth - 1),
            ]
        if isinstance(node, ast.Call):
            return self._call(module, node, entries, depth - 1)
        return [None]

    # Names and attributes

    def _binding(
        self, module: Module, binding: Binding, entries: tuple[_Entry, ...], depth: int
    ) -> list[DataSource | None]:
        if binding.kind is BindingKind.ASSIGN and binding.value is not None:
            return self._stored(module, binding.value, binding.path, entries, depth)
        if binding.kind is BindingKind.PARAMETER and isinstance(binding.node, ast.arg):
            function = binding.scope.function
            return self._parameter(function, binding.node, entries, depth) if function is not None else [None]
        return [None]

    def _stored(
        self, module: Module, value: ast.expr, path: tuple[int, ...], entries: tuple[_Entry, ...], depth: int
    ) -> list[DataSource | None]:
        if not path:
            return self._of(module, value, entries, depth)
        if isinstance(value, ast.Call) and len(path) == 1 and path[0] >= 0:
            found = self._call(module, value, entries, depth)
            if len(found) == 1 and found[0] is not None and found[0].call is value:
                # subset="both": Keras shuffles the first of the two, never the second.
                return [found[0] if path[0] == 0 else None]
            return self._returned(module, value, path[0], entries, depth) or [None]
        return [None]

    def _parameter(
        self, function: Function, parameter: ast.arg, entries: tuple[_Entry, ...], depth: int
    ) -> list[DataSource | None]:
        if entries and entries[-1].function is function:
            edges = [entries[-1].edge]
            entries = entries[:-1]
        else:
            edges = Callers.of(self.inference.project).edges(function)[:20]
            entries = ()
        found: list[DataSource | None] = []
        for edge in edges:
            argument = edge.argument(function, parameter)
            if argument is None:
                argument = default_of(function, parameter)
                found += self._of(function.module, argument, (), depth) if argument is not None else [None]
            else:
                found += self._of(edge.module, argument, entries, depth)
        return found or [None]

    def _attribute(self, module: Module, node: ast.Attribute, depth: int) -> list[DataSource | None]:
        found: list[DataSource | None] = []
        for value in self.inference.values(module, node.value):
            if not isinstance(value, Instance):
                return [None]
            for cls in self.inference.lineage(value.cls):
                for store in cls.stores.get(node.attr, ()):
                    if store.value is None or store.kind is not BindingKind.ASSIGN:
                        return [None]
                    if isinstance(store.value, ast.Constant) and store.value.value is None:
                        continue
                    found += self._stored(cls.module, store.value, store.path, (), depth)
        return found or [None]

    # Calls

    def _call(self, module: Module, node: ast.Call, entries: tuple[_Entry, ...], depth: int) -> list[DataSource | None]:
        name = last_name(node.func) if not isinstance(node.func, ast.Call) else None
        if name in _SHUFFLING and self._is_source(module, node, name):
            return [self._source(module, node, name)]
        if name in _FROM_ARRAYS and node.args:
            given = node.args[0]
            labels = given.elts[1] if isinstance(given, ast.Tuple | ast.List) and len(given.elts) >= 2 else None
            return [DataSource(module, node, name, False, labels)]
        if isinstance(node.func, ast.Attribute):
            base = node.func.value
            if name == "shuffle":
                return [self._shuffle(module, node, source) for source in self._of(module, base, entries, depth)]
            if name in _FIX_ORDER:
                return [
                    source and DataSource(source.module, source.call, source.maker, False, source.labels)
                    for source in self._of(module, base, entries, depth)
                ]
            if name in _KEEP_SOURCE:
                return self._of(module, base, entries, depth)
        return self._returned(module, node, None, entries, depth) or [None]

    def _shuffle(self, module: Module, node: ast.Call, base: DataSource | None) -> DataSource | None:
        """`ds.shuffle(...)`: only for what is a tf.data set (or may be one)."""
        labels = base.labels if base is not None else None
        if base is None and not self._is_dataset(module, node):
            return None
        if base is not None and base.shuffled:
            return base
        again = next((k.value for k in node.keywords if k.arg == "reshuffle_each_iteration"), None)
        if again is None and len(node.args) > 2:
            again = node.args[2]
        if again is None or (isinstance(again, ast.Constant) and again.value is None):
            shuffled: bool | None = True
        else:
            shuffled = self.constant(module, again)
        if any(k.arg is None for k in node.keywords):
            shuffled = None
        return DataSource(module, node, "Dataset.shuffle", shuffled, labels)

    def _is_dataset(self, module: Module, node: ast.Call) -> bool:
        assert isinstance(node.func, ast.Attribute)
        return Basic.DATASET in self.inference.values(module, node.func.value)

    def _is_source(self, module: Module, node: ast.Call, name: str) -> bool:
        """Whether a call with a telling name is Keras's."""
        callees = self.inference.values(module, node.func)
        if any(isinstance(value, FunctionObject) for value in callees):
            return False
        if name.endswith("_from_directory") and name != "flow_from_directory":
            return not callees or any(isinstance(v, External) and v.name.startswith("keras.") for v in callees)
        if not isinstance(node.func, ast.Attribute):
            return False
        made = self.inference.values(module, node.func.value)
        if any(getattr(value, "name", "").endswith("ImageDataGenerator") for value in made):
            return True
        return name != "flow" and not made

    def _source(self, module: Module, node: ast.Call, name: str) -> DataSource:
        shuffled: bool | None = True
        given: ast.expr | None = next((k.value for k in node.keywords if k.arg == "shuffle"), None)
        if given is None and len(node.args) > _SHUFFLING[name]:
            given = node.args[_SHUFFLING[name]]
        if given is not None:
            shuffled = self.constant(module, given)
        if any(k.arg is None for k in node.keywords) or any(isinstance(a, ast.Starred) for a in node.args):
            shuffled = None
        labels = None
        if name == "flow":
            labels = next((k.value for k in node.keywords if k.arg == "y"), None)
            if labels is None and len(node.args) > 1:
                labels = node.args[1]
        return DataSource(module, node, name, shuffled, labels, name.startswith("flow"))

    def _returned(
        self, module: Module, node: ast.Call, position: int | None, entries: tuple[_Entry, ...], depth: int
    ) -> list[DataSource | None]:
        """What a function of the project returns, or one element of the tuple it returns."""
        found: list[DataSource | None] = []
        for callee in self.inference.values(module, node.func):
            if not isinstance(callee, FunctionObject) or callee.function.is_generator:
                return [None]
            function = callee.function
            bound = callee.receiver is not None and function.is_method
            entry = _Entry(function, Edge(module, node, skip=1 if bound else 0))
            for result in function.returns:
                if position is not None:
                    if not isinstance(result, ast.Tuple) or position >= len(result.elts):
                        return [None]
                    result = result.elts[position]
                found += self._of(function.module, result, (*entries, entry), depth)
        return found

    def constant(self, module: Module, node: ast.expr) -> bool | None:
        """The truth of a constant, through names that have one value; None for anything else."""
        for _ in range(4):
            if isinstance(node, ast.Constant):
                return bool(node.value)
            if not isinstance(node, ast.Name):
                return None
            bindings = bindings_of(module, node)
            if len(bindings) != 1 or bindings[0].value is None or bindings[0].kind is not BindingKind.ASSIGN:
                return None
            if bindings[0].path:
                return None
            node = bindings[0].value
        return None


def told_to_keep_order(module: Module, node: ast.expr) -> bool:
    """Whether code sets `shuffle` on a generator after it was made, or reads the order it went in."""
    text = dotted(node)
    if text is None:
        return False
    return any(dotted(store.target.value) == text for store in module.stores.get("shuffle", ())) or any(
        dotted(attribute.value) == text for attribute in module.attributes.get("index_array", ())
    )
