"""How many rows an argument of predict has: one sample, a piece of something larger, many, or not readable.

Read from the code that makes it: `x[None]`, `np.expand_dims(x, 0)`, `reshape(1, ...)`, `np.array([x])`, `x[i:i+1]` are
one sample; `x[i:i+n]` is a piece; `np.array(list)`, `np.vstack(list)`, loaders and whole arrays are many. Followed
through assignments, helpers of the project, parameters (on the way that the call is judged on) and attributes.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from enum import Enum, auto

from lint_rules.semantics.calls.call_graph import passed
from lint_rules.semantics.calls.contexts import Path
from lint_rules.semantics.domains.image_shape import Images
from lint_rules.semantics.domains.list_length import Lengths, gets_one_item, grows
from lint_rules.semantics.domains.types import Inference, default_of
from lint_rules.semantics.domains.values import Collection, External, FunctionObject, Instance, Result
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.syntax.module_index import Function, Module, dotted, last_name
from lint_rules.semantics.syntax.scopes import Binding, BindingKind


class Rows(Enum):
    """How many rows: ONE sample; a PIECE cut from a larger whole; MANY; SET for a whole data set; RANDOM noise."""

    ONE = auto()
    PIECE = auto()
    MANY = auto()
    SET = auto()


_THROUGH = frozenset(
    [
        "asarray",
        "array",
        "float32",
        "float64",
        "int32",
        "int64",
        "uint8",
        "astype",
        "cast",
        "convert_to_tensor",
        "constant",
        "preprocess_input",
        "copy",
        "ascontiguousarray",
        "normalize",
        "nan_to_num",
        "clip",
        "clip_by_value",
        "abs",
        "sqrt",
        "log",
        "exp",
        "divide",
        "multiply",
        "subtract",
        "add",
        "pad_sequences",
        "sequence_padding",
        "tensor",
        "float",
        "double",
        "to",
        "one_hot",
        "to_categorical",
        "transform",
        "fit_transform",
        "inverse_transform",
        "deepcopy",
        "image_to_tensor",
        "identity",
        "as_tensor",
        "from_numpy",
        "round",
        "minimum",
        "maximum",
        "flip",
        "resize",
        "squeeze_",
        "tofloat",
        "toarray",
        "todense",
        "to_numpy",
        "numpy",
    ]
)
_KEEP_FIRST_AXIS = frozenset({"transpose", "swapaxes", "roll"})
_STACKS = frozenset(["vstack", "concatenate", "stack", "row_stack", "concat", "hstack", "column_stack"])
_MAKERS = frozenset(
    [
        "zeros",
        "ones",
        "empty",
        "ndarray",
        "full",
        "rand",
        "randn",
        "random",
        "normal",
        "uniform",
        "randint",
        "standard_normal",
        "truncated_normal",
    ]
)
_LOADERS = frozenset(
    [
        "load_data",
        "read_csv",
        "read_excel",
        "load",
        "loadtxt",
        "genfromtxt",
        "read_pickle",
        "read_parquet",
        "load_dataset",
        "train_test_split",
        "read_hdf",
        "read_json",
        "fetch_openml",
        "load_iris",
        "load_digits",
        "make_classification",
        "load_files",
        "fetch_mldata",
    ]
)
_NEXT = frozenset({"next", "__next__", "__getitem__"})
_FLOWS = (".flow()", ".flow_from_directory()", ".flow_from_dataframe()")


@dataclass(frozen=True, slots=True)
class Given:
    """What one call of a helper passes for its parameters: the `rows` of each, and which are the number `one`.

    `helpers` counts the calls that led there.
    """

    rows: dict[ast.arg, frozenset[Rows]] = field(default_factory=dict)
    one: frozenset[ast.arg] = frozenset()
    helpers: int = 0

    def __bool__(self) -> bool:
        return bool(self.one) or any(self.rows.values())


class RowCounter:
    """Counts the rows of expressions on one way through the code, or in one call of a helper."""

    def __init__(self, inference: Inference, path: Path | None = None, given: Given | None = None) -> None:
        self.inference = inference
        self.path = path
        self._lengths = Lengths(path)
        self._images = Images(inference, path)
        self.given = given or Given()

    def count(self, module: Module, node: ast.expr, frame: int = 0) -> frozenset[Rows]:
        """What the rows of an expression can be; empty if the code does not show it. `frame` numbers its function."""
        nothing: frozenset[Rows] = frozenset()
        return self.inference.project.memo.ask(
            (self, node, frame), lambda: frozenset(self._count(module, node, frame)), nothing
        )

    def count_inputs(self, module: Module, node: ast.expr) -> frozenset[Rows]:
        """The rows of what predict is given: a list under a name is one of inputs, as it is without, not an array."""
        if not isinstance(node, ast.Name) or not (bindings := bindings_of(module, node)):
            return self.count(module, node)
        found: set[Rows] = set()
        for binding in bindings:
            value = binding.value
            if binding.kind is not BindingKind.ASSIGN or binding.path or not isinstance(value, ast.List):
                found |= self._binding(module, binding, 0)
            elif not grows(module, binding):
                found |= self.count(module, value)
            else:
                alone = Rows.ONE in self._appended(module, node, 0) and not value.elts
                found.add(Rows.ONE if alone else Rows.MANY)
        return frozenset(found)

    @staticmethod
    def _is_grown_list(module: Module, node: ast.Name) -> bool:
        """Whether a name is a list that starts empty, on every way."""
        bindings = bindings_of(module, node)
        return bool(bindings) and all(
            binding.kind is BindingKind.ASSIGN
            and not binding.path
            and isinstance(binding.value, ast.List)
            and not binding.value.elts
            for binding in bindings
        )

    def _count(self, module: Module, node: ast.expr, frame: int) -> set[Rows]:
        if isinstance(node, ast.Name):
            return self._name(module, node, frame)
        if isinstance(node, ast.Subscript):
            return self._subscript(module, node, frame)
        if isinstance(node, ast.Call):
            return self._call(module, node, frame)
        if isinstance(node, ast.List | ast.Tuple):
            return self._inputs(module, node, frame)
        if isinstance(node, ast.Dict):
            return self._any(module, [value for value in node.values if value is not None], frame)
        if isinstance(node, ast.BinOp):
            return self._operation(module, node, frame)
        if isinstance(node, ast.IfExp):
            return self._any(module, [node.body, node.orelse], frame)
        if isinstance(node, ast.UnaryOp):
            return set(self.count(module, node.operand, frame))
        if isinstance(node, ast.NamedExpr | ast.Await | ast.Starred):
            return set(self.count(module, node.value, frame))
        if isinstance(node, ast.ListComp | ast.GeneratorExp):
            return self._comprehended(module, node)
        if isinstance(node, ast.Attribute):
            return self._attribute(module, node, frame)
        return set()

    def _any(self, module: Module, nodes: list[ast.expr], frame: int) -> set[Rows]:
        found: set[Rows] = set()
        for node in nodes:
            found |= self.count(module, node, frame)
        return found

    def _operation(self, module: Module, node: ast.BinOp, frame: int) -> set[Rows]:
        """Arithmetic broadcasts: the operand with more rows decides, a single row does not shrink the other."""
        if isinstance(node.op, ast.Mult) and isinstance(node.left, ast.List) and isinstance(node.right, ast.Constant):
            return set(self._elements_of_list(module, node.left, frame))
        left = self.count(module, node.left, frame)
        right = self.count(module, node.right, frame)
        return set(left or right) if not (left and right) else set(left)

    # Names, parameters, attributes

    def _name(self, module: Module, node: ast.Name, frame: int) -> set[Rows]:
        found: set[Rows] = set()
        for binding in bindings_of(module, node):
            found |= self._binding(module, binding, frame)
        return found

    def _binding(self, module: Module, binding: Binding, frame: int) -> set[Rows]:
        if binding.kind is BindingKind.ASSIGN and binding.value is not None:
            value = binding.value
            if binding.path:
                return self._unpacked(module, value, binding.path, frame)
            if isinstance(value, ast.List | ast.ListComp):
                # A list that grows is a batch; one that is written out is judged as an array of its items.
                return set(self._listed(module, binding, value, frame))
            return set(self.count(module, value, frame))
        if binding.kind is BindingKind.PARAMETER and isinstance(binding.node, ast.arg):
            function = binding.scope.function
            if function is not None:
                return self._parameter(function, binding.node, frame)
        if binding.kind is BindingKind.ITERATION and isinstance(binding.value, ast.expr):
            return self._element(module, binding, frame)
        return set()

    def _listed(self, module: Module, binding: Binding, value: ast.expr, frame: int) -> set[Rows]:
        if grows(module, binding):
            return {Rows.ONE} if gets_one_item(module, binding) else {Rows.MANY}
        if isinstance(value, ast.ListComp):
            return self._comprehended(module, value)
        assert isinstance(value, ast.List)
        return self._elements_of_list(module, value, frame)

    def _comprehended(self, module: Module, node: ast.ListComp | ast.GeneratorExp) -> set[Rows]:
        return {Rows.ONE} if self._lengths.is_one(module, node) else {Rows.MANY}

    def _unpacked(self, module: Module, value: ast.expr, path: tuple[int, ...], frame: int) -> set[Rows]:
        if self._takes_batch(module, value):
            return {Rows.PIECE}
        if isinstance(value, ast.Call):
            name = last_name(value.func)
            if name in _LOADERS:
                return {Rows.SET}
            if name == "next":
                return {Rows.PIECE}
            for callee in self.inference.values(module, value.func):
                if isinstance(callee, FunctionObject):
                    found: set[Rows] = set()
                    function = callee.function
                    if function.node.args.vararg is not None and 0 <= path[0] < len(value.args):
                        # a, b = to_arrays([a], [b]): one result an argument.
                        given = value.args[path[0]]
                        if isinstance(given, ast.List | ast.Tuple):
                            return self._elements_of_list(module, given, frame)
                    for result in function.returns:
                        if isinstance(result, ast.Tuple) and len(path) == 1 and 0 <= path[0] < len(result.elts):
                            found |= self._inside(function, result.elts[path[0]], module, value)
                    return found
        return set()

    def _takes_batch(self, module: Module, node: ast.expr) -> bool:
        """Whether an expression takes one batch from what feeds models: `gen[i]`, `gen.next()`."""
        source: ast.expr | None = None
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice | ast.Tuple):
            source = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _NEXT:
            source = node.func.value
        values = self.inference.values(module, source) if source is not None else ()
        return any(
            (isinstance(value, Result) and value.name.endswith(_FLOWS))
            or (
                isinstance(value, Instance)
                and any(name.endswith((".Sequence", ".PyDataset")) for name in self.inference.external_bases(value.cls))
            )
            for value in values
        )

    def _element(self, module: Module, binding: Binding, frame: int) -> set[Rows]:
        """The loop variable over a written-out collection: `for x in [a, b]`, `for name, x in [("train", a), ...]`."""
        value = binding.value
        if isinstance(value, ast.Name):
            for other in bindings_of(module, value):
                if (
                    other.kind is BindingKind.ASSIGN
                    and isinstance(other.value, ast.List | ast.Tuple)
                    and not other.path
                ):
                    value = other.value
        if isinstance(value, ast.List) and not value.elts and isinstance(binding.value, ast.Name) and not binding.path:
            return self._appended(module, binding.value, frame)
        if not isinstance(value, ast.List | ast.Tuple):
            return set()
        items: list[ast.expr] = list(value.elts)
        for index in binding.path:
            items = [
                item.elts[index]
                for item in items
                if isinstance(item, ast.Tuple | ast.List) and 0 <= index < len(item.elts)
            ]
        named: list[ast.expr] = [item for item in items if isinstance(item, ast.Name | ast.Attribute | ast.Call)]
        if not named:
            return set()
        found = self._any(module, named, frame)
        return found or {Rows.SET}

    def _appended(self, module: Module, name: ast.Name, frame: int) -> set[Rows]:
        """The elements of a list that was filled by `append`."""
        found: set[Rows] = set()
        for call in module.calls.get("append", ()):
            owner = call.func.value if isinstance(call.func, ast.Attribute) else None
            if isinstance(owner, ast.Name) and owner.id == name.id and call.args:
                if module.scopes[owner].find(owner.id) is module.scopes[name].find(name.id):
                    found |= self.count(module, call.args[0], frame)
        return found

    def _parameter(self, function: Function, parameter: ast.arg, frame: int) -> set[Rows]:
        if parameter in self.given.rows:
            return set(self.given.rows[parameter])
        frames = self.path.frames if self.path is not None else ()
        at = next((i for i, item in enumerate(frames) if item.function is function), None)
        if at is not None:
            given = self.path.given(function, parameter) if self.path is not None else None
            if given is not None:
                number, outer, argument = given
                return set(self.count(outer, argument, number))
            if at + 1 < len(frames):
                edge = frames[at + 1].edge
                if edge is not None and edge.element_of is not None:
                    return set()
            default = default_of(function, parameter)
            return set(self.count(function.module, default, frame)) if default is not None else set()
        return set()

    def _attribute(self, module: Module, node: ast.Attribute, frame: int) -> set[Rows]:
        if node.attr in ("T", "values"):
            return set(self.count(module, node.value, frame))
        text = dotted(node)
        function = module.function_of(node)
        owner = function.owner if function is not None else None
        found: set[Rows] = set()
        if owner is not None and text is not None and text.count(".") == 1:
            for cls in self.inference.lineage(owner):
                for store in cls.stores.get(node.attr, ()):
                    if store.value is None or store.kind is not BindingKind.ASSIGN:
                        continue
                    if store.path:
                        found |= self._unpacked(cls.module, store.value, store.path, -1)
                    elif isinstance(store.value, ast.List):
                        found.add(Rows.MANY)
                    else:
                        found |= self.count(cls.module, store.value, -1)
        return found

    # Subscripts

    def _subscript(self, module: Module, node: ast.Subscript, frame: int) -> set[Rows]:
        index = node.slice
        first = index.elts[0] if isinstance(index, ast.Tuple) and index.elts else index
        if is_newaxis(first):
            return {Rows.ONE}
        if isinstance(first, ast.Slice):
            if first.lower is None and first.upper is None:
                return set(self.count(module, node.value, frame))
            return {slice_rows(first)}
        if isinstance(first, ast.List) and len(first.elts) == 1:
            return {Rows.ONE}
        if isinstance(first, ast.Call) and last_name(first.func) in ("array", "asarray") and first.args:
            given = first.args[0]
            if isinstance(given, ast.List) and len(given.elts) == 1:
                return {Rows.ONE}
        if isinstance(first, ast.Name) and not isinstance(index, ast.Tuple):
            chosen = self.count(module, first, frame)
            if chosen:
                return set(chosen)
        if self._takes_batch(module, node.value):
            return {Rows.PIECE}
        if isinstance(first, ast.Constant) and first.value is Ellipsis:
            return set(self.count(module, node.value, frame))
        if isinstance(index, ast.Constant) and index.value == 0 and self._is_next(module, node.value):
            # inputs, labels = next(batches), left together.
            return {Rows.PIECE}
        if isinstance(node.value, ast.Name) and self._is_grown_list(module, node.value):
            if isinstance(first, ast.Constant | ast.UnaryOp) and not isinstance(index, ast.Tuple):
                return self._appended(module, node.value, frame)
        return set()

    @staticmethod
    def _is_next(module: Module, node: ast.expr) -> bool:
        """Whether an expression is what an iterator gives next."""
        if isinstance(node, ast.Name):
            bindings = bindings_of(module, node)
            return bool(bindings) and all(
                binding.kind is BindingKind.ASSIGN
                and not binding.path
                and isinstance(binding.value, ast.Call)
                and last_name(binding.value) == "next"
                for binding in bindings
            )
        return isinstance(node, ast.Call) and last_name(node) == "next"

    # Lists

    def _inputs(self, module: Module, node: ast.List | ast.Tuple, frame: int) -> set[Rows]:
        """A list given to predict is a list of inputs. All have the same number of rows: one that is known decides."""
        found: set[Rows] = set()
        if len(node.elts) == 1 and isinstance(only := node.elts[0], ast.List | ast.Tuple):
            if only.elts and not any(isinstance(item, ast.List | ast.Tuple | ast.Starred) for item in only.elts):
                # [[a, b]]: one row of numbers.
                return {Rows.ONE}
        for item in node.elts:
            if isinstance(item, ast.List | ast.Tuple):
                rows = self._elements_of_list(module, item, frame)
            else:
                rows = set(self.count(module, item, frame))
            if rows == {Rows.ONE}:
                return rows
            found |= rows
        return found

    def _elements_of_list(self, module: Module, node: ast.List | ast.Tuple, frame: int) -> set[Rows]:
        """A list made into an array: one element is one row, numbers side by side are no rows at all."""
        if any(isinstance(item, ast.Starred) for item in node.elts):
            return {Rows.MANY}
        if len(node.elts) == 1:
            only = node.elts[0]
            if isinstance(only, ast.List | ast.Tuple) and only.elts and isinstance(only.elts[0], ast.List | ast.Tuple):
                # [[[...]]]: still one row on the first axis.
                return {Rows.ONE}
            return {Rows.ONE}
        if len(node.elts) > 1 and all(isinstance(item, ast.List | ast.Tuple) for item in node.elts):
            return {Rows.MANY}
        return set()

    # Calls

    def _call(self, module: Module, node: ast.Call, frame: int) -> set[Rows]:
        name = last_name(node.func) if not isinstance(node.func, ast.Call) else None
        is_method = isinstance(node.func, ast.Attribute) and not self._is_module(module, node.func.value)
        receiver = node.func.value if isinstance(node.func, ast.Attribute) and is_method else None
        arguments = [receiver, *node.args] if receiver is not None else list(node.args)
        callees = self.inference.values(module, node.func)
        for callee in callees:
            if isinstance(callee, FunctionObject) and not callee.function.is_generator:
                return self._returned(callee.function, module, node, frame)
        if name == "expand_dims" or name == "unsqueeze":
            return self._expanded(module, node, arguments, frame)
        if name == "reshape" or (name == "resize" and is_method):
            return self._reshaped(module, node, arguments, frame)
        if name in _STACKS and not is_method:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.List | ast.Tuple):
                if len(first.elts) == 1:
                    return {Rows.ONE} if name == "stack" else set(self.count(module, first.elts[0], frame))
                if name in ("hstack", "column_stack") or _axis(node) not in (None, 0):
                    return self._any(module, first.elts, frame)
                return {Rows.MANY}
            if _axis(node) not in (None, 0):
                # np.stack(frames, axis=2): the rows are those of the elements, whatever these are.
                return set()
            return {Rows.MANY}
        if name in ("tile", "repeat"):
            if len(node.args) >= 2 and isinstance(node.args[1], ast.Tuple | ast.List) and node.args[1].elts:
                head = node.args[1].elts[0]
                if isinstance(head, ast.Constant) and head.value == 1:
                    return set(self.count(module, node.args[0], frame))
            return {Rows.MANY}
        if name in _LOADERS:
            return {Rows.SET}
        if name == "blobFromImage":
            return {Rows.ONE}
        if self._images.makes_one(module, node):
            return set()
        if name in _MAKERS:
            return self._made(module, node, name or "")
        if name in ("atleast_2d", "texts_to_sequences", "texts_to_matrix", "DataFrame", "img_to_array_batch"):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.List | ast.Tuple):
                return self._elements_of_list(module, first, frame)
            if name == "atleast_2d":
                return {Rows.ONE} if first is not None and not self.count(module, first, frame) else set()
            return set(self.count(module, first, frame)) if first is not None else set()
        if name in _THROUGH and arguments:
            subject = arguments[0]
            if (
                name
                in (
                    "transform",
                    "fit_transform",
                    "inverse_transform",
                    "array",
                    "asarray",
                    "float32",
                    "constant",
                    "convert_to_tensor",
                    "pad_sequences",
                    "sequence_padding",
                    "tensor",
                    "as_tensor",
                )
                and node.args
            ):
                subject = node.args[0]
                if isinstance(subject, ast.List | ast.Tuple):
                    return self._elements_of_list(module, subject, frame)
            return set(self.count(module, subject, frame)) if subject is not None else set()
        if name in _KEEP_FIRST_AXIS and len(node.args) <= 1 and receiver is None:
            return set(self.count(module, node.args[0], frame)) if node.args else set()
        if name == "next":
            return {Rows.PIECE}
        if name == "list" and node.args:
            return set(self.count(module, node.args[0], frame)) or {Rows.MANY}
        return set()

    def _is_module(self, module: Module, node: ast.expr) -> bool:
        return any(isinstance(value, External) for value in self.inference.values(module, node))

    def _unbound(self) -> RowCounter:
        """The counter that follows no way through the code; its answers serve the whole project."""
        if self.path is None and not self.given:
            return self
        return self.inference.project.memo.one(RowCounter, lambda: RowCounter(self.inference))

    def _returned(self, function: Function, module: Module, call: ast.Call, frame: int) -> set[Rows]:
        found: set[Rows] = set()
        for result in function.returns:
            found |= self._inside(function, result, module, call)
        return found

    def _inside(self, function: Function, result: ast.expr, module: Module, call: ast.Call) -> set[Rows]:
        """The rows of what a helper returns; where that hangs on its parameters, with the rows of what it is given."""
        found = set(self._unbound().count(function.module, result, -1))
        if self.given.helpers >= limits.MAX_BRANCHES_OF_ROWS:
            return found
        skip = 1 if function.is_method and isinstance(call.func, ast.Attribute) else 0
        rows: dict[ast.arg, frozenset[Rows]] = {}
        one: set[ast.arg] = set()
        for parameter in function.parameters:
            argument = passed(call.keywords, call.args, function, parameter, skip)
            if argument is not None and not found:
                rows[parameter] = self.count(module, argument, 0)
            if _is_one(argument if argument is not None else default_of(function, parameter)):
                one.add(parameter)
        given = Given(rows, frozenset(one), self.given.helpers + 1)
        if not given:
            return found
        exact = set(RowCounter(self.inference, given=given).count(function.module, result, -1)) or found
        if not exact and isinstance(result, ast.Name):
            # What a helper makes of a parameter, and returns under its name, is taken to have as many rows.
            return {row for parameter, held in rows.items() if parameter.arg == result.id for row in held}
        return exact

    def _is_one(self, module: Module, node: ast.expr | None) -> bool:
        """Whether a number is one: as it is written, as the only value of a name, as what the caller passes."""
        if not isinstance(node, ast.Name):
            return _is_one(node)
        bindings = bindings_of(module, node)
        if len(bindings) != 1 or bindings[0].path:
            return False
        binding = bindings[0]
        if binding.kind is BindingKind.ASSIGN:
            return _is_one(binding.value)
        function = binding.scope.function
        if binding.kind is not BindingKind.PARAMETER or not isinstance(binding.node, ast.arg) or function is None:
            return False
        if binding.node in self.given.one:
            return True
        frames = self.path.frames if self.path is not None else ()
        outer = next((frames[i + 1] for i, frame in enumerate(frames[:-1]) if frame.function is function), None)
        if outer is None or outer.edge is None:
            return False
        argument = outer.edge.argument(function, binding.node)
        return _is_one(argument if argument is not None else default_of(function, binding.node))

    def _expanded(self, module: Module, node: ast.Call, arguments: list[ast.expr], frame: int) -> set[Rows]:
        axis: ast.expr | None = next((k.value for k in node.keywords if k.arg in ("axis", "dim")), None)
        if axis is None and len(arguments) >= 2:
            axis = arguments[1]
        axes = axis.elts if isinstance(axis, ast.Tuple | ast.List) else [axis]
        if axis is None or any(isinstance(item, ast.Constant) and item.value == 0 for item in axes):
            return {Rows.ONE}
        return set(self.count(module, arguments[0], frame)) if arguments else set()

    def _reshaped(self, module: Module, node: ast.Call, arguments: list[ast.expr], frame: int) -> set[Rows]:
        shape: ast.expr | None = next((k.value for k in node.keywords if k.arg in ("newshape", "shape")), None)
        if shape is None and len(arguments) >= 2:
            shape = arguments[1]
        if isinstance(shape, ast.BinOp):
            shape = shape.left
        head = shape.elts[0] if isinstance(shape, ast.Tuple | ast.List) and shape.elts else shape
        if self._is_one(module, head):
            return {Rows.ONE}
        if isinstance(head, ast.Constant) and isinstance(head.value, int) and head.value > 1:
            return {Rows.MANY}
        if isinstance(head, ast.Call) and last_name(head.func) == "len":
            return {Rows.MANY}
        axes = len(shape.elts) if isinstance(shape, ast.Tuple | ast.List) else len(arguments) - 1
        if isinstance(head, ast.UnaryOp) and axes == 4:
            # (-1, height, width, channels): one image is one row.
            if self._images.is_one(module, arguments[0]):
                return {Rows.ONE}
        if isinstance(head, ast.Subscript | ast.UnaryOp) and arguments:
            # x.shape[0] and -1 keep what is there.
            return set(self.count(module, arguments[0], frame))
        return set()

    def _made(self, module: Module, node: ast.Call, name: str) -> set[Rows]:
        shape: ast.expr | None = next((k.value for k in node.keywords if k.arg in ("size", "shape")), None)
        if shape is None and node.args:
            if name in ("normal", "uniform") and len(node.args) >= 3:
                shape = node.args[2]
            elif name in ("randint",):
                shape = node.args[2] if len(node.args) > 2 else None
            elif name not in ("normal", "uniform") or isinstance(node.args[0], ast.Tuple | ast.List):
                shape = node.args[0]
        head = shape.elts[0] if isinstance(shape, ast.Tuple | ast.List) and shape.elts else shape
        if self._is_one(module, head) and isinstance(shape, ast.Tuple | ast.List):
            return {Rows.ONE}
        if name in ("rand", "randn") and len(node.args) > 1 and self._is_one(module, head):
            return {Rows.ONE}
        if head is not None and head is not shape and self._lengths.counts_one(module, head):
            return {Rows.ONE}
        return {Rows.MANY} if head is not None else set()


def _is_one(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1 and not isinstance(node.value, bool)


def _axis(node: ast.Call) -> int | None:
    for keyword in node.keywords:
        if keyword.arg == "axis":
            if isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, int):
                return keyword.value.value
            return -1
    if len(node.args) > 1 and isinstance(node.args[1], ast.Constant) and isinstance(node.args[1].value, int):
        return node.args[1].value
    return None


def is_newaxis(node: ast.expr) -> bool:
    """Whether an index is `None` or `np.newaxis`."""
    return (isinstance(node, ast.Constant) and node.value is None) or last_name(node) == "newaxis"


def slice_rows(node: ast.Slice) -> Rows:
    """The rows of `x[a:b]`: one for `x[i:i+1]`, `x[:1]`, `x[-1:]`; else a piece."""
    lower, upper = node.lower, node.upper
    if (
        isinstance(upper, ast.Constant)
        and upper.value == 1
        and (lower is None or (isinstance(lower, ast.Constant) and lower.value == 0))
    ):
        return Rows.ONE
    if lower is not None and upper is not None and isinstance(upper, ast.BinOp) and isinstance(upper.op, ast.Add):
        for one, other in ((upper.left, upper.right), (upper.right, upper.left)):
            if ast.dump(one) == ast.dump(lower) and isinstance(other, ast.Constant) and other.value == 1:
                return Rows.ONE
    if isinstance(lower, ast.Constant) and isinstance(upper, ast.Constant):
        if isinstance(lower.value, int) and isinstance(upper.value, int) and upper.value - lower.value == 1:
            return Rows.ONE
    if upper is None and isinstance(lower, ast.UnaryOp) and isinstance(lower.op, ast.USub):
        if isinstance(lower.operand, ast.Constant) and lower.operand.value == 1:
            return Rows.ONE
    return Rows.PIECE


def holds_collection(inference: Inference, module: Module, node: ast.expr) -> bool:
    """Whether an expression is shown to be a list, tuple or dict."""
    return any(isinstance(value, Collection) for value in inference.values(module, node))
