"""Is this expression one NumPy batch on every visible way to it? The proof behind fixes that are called safe.

Where `rows` says what an expression can be, this says what it must be: every binding that reaches a name, every caller
of a function for its parameters, every return of a helper. What cannot be read is not proven.

A batch is an array whose first axis is one sample (`x[None]`, `np.expand_dims(x, 0)`, `np.array([x])`,
`x.reshape(1, -1)`, `np.zeros((1, n))`) or a slice of a NumPy array; a list, tuple or dict of batches is one too: that
is how models with several inputs are fed.
"""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.call_graph import Callers
from lint_rules.semantics.domains.row_count import RowCounter, Rows, is_newaxis
from lint_rules.semantics.domains.values import Basic, Collection, External, FunctionObject, Result, Value
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.receivers import Verdict, receivers_of
from lint_rules.semantics.syntax.module_index import Function, Module, last_name
from lint_rules.semantics.syntax.scopes import Binding, BindingKind

_MAX_DEPTH = 20
_MAKES_ONE_ROW = frozenset({"expand_dims", "reshape", "array", "asarray", "zeros", "ones", "full", "empty"})
_ELEMENTWISE = frozenset(
    ["asarray", "array", "ascontiguousarray", "float32", "float64", "uint8", "int32", "copy", "clip", "abs", "round",
     "divide", "multiply", "subtract", "add", "sqrt", "log", "exp", "nan_to_num"]
)  # fmt: skip
_METHODS = frozenset({"astype", "copy", "clip", "round"})
_JOINS = frozenset({"concatenate", "stack"})


def is_numpy_batch(project: Project, module: Module, node: ast.expr) -> bool:
    """Whether `node` is proven to be one NumPy batch (or a list, tuple or dict of such) whenever it is evaluated."""
    return _Proof(project).batch(module, node)


def is_handed_on(project: Project, function: Function) -> bool:
    """Whether a function is passed on or stored as a value somewhere, so that not all its callers can be seen."""
    inference = Callers.of(project).inference
    for module in (function.module, *project.modules_mentioning(function.name)):
        held: list[ast.expr] = [*module.attributes.get(function.name, ()), *module.names.get(function.name, ())]
        for node in held:
            parent = module.parents.get(node)
            if (isinstance(parent, ast.Call) and parent.func is node) or not isinstance(
                getattr(node, "ctx", None), ast.Load
            ):
                continue
            values = inference.values(module, node)
            if any(isinstance(value, FunctionObject) and value.function is function for value in values):
                return True
            if not values and isinstance(node, ast.Attribute) and function.owner is not None:
                return True
    return False


class _Proof:
    """One proof. What is asked again while it is being proven holds if all else does: a value handed round a loop."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.callers = Callers.of(project)
        self.inference = self.callers.inference
        self.rows = RowCounter(self.inference)
        self._open: set[ast.AST] = set()

    def batch(self, module: Module, node: ast.expr) -> bool:
        if node in self._open:
            return True
        if len(self._open) > _MAX_DEPTH:
            return False
        self._open.add(node)
        try:
            return self._batch(module, node)
        finally:
            self._open.discard(node)

    def _all(self, module: Module, nodes: list[ast.expr]) -> bool:
        return bool(nodes) and all(self.batch(module, node) for node in nodes)

    def _batch(self, module: Module, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            bindings = bindings_of(module, node)
            return bool(bindings) and all(self._bound(module, binding) for binding in bindings)
        if isinstance(node, ast.IfExp):
            return self._all(module, [node.body, node.orelse])
        if isinstance(node, ast.NamedExpr):
            return self.batch(module, node.value)
        if isinstance(node, ast.List | ast.Tuple):
            return self._all(module, list(node.elts))
        if isinstance(node, ast.Dict):
            return None not in node.keys and self._all(module, list(node.values))
        if isinstance(node, ast.BinOp):
            return self._operation(module, node)
        if isinstance(node, ast.UnaryOp):
            return self.batch(module, node.operand) and not self._is_list(node.operand)
        if isinstance(node, ast.Subscript):
            return self._subscript(module, node)
        if isinstance(node, ast.Call):
            return self._call(module, node)
        return False

    @staticmethod
    def _is_list(node: ast.expr) -> bool:
        return isinstance(node, ast.List | ast.Tuple | ast.Dict)

    def _operation(self, module: Module, node: ast.BinOp) -> bool:
        """Arithmetic of a batch with a number or with another batch; what is unknown may broadcast to more rows."""
        left, right = node.left, node.right
        if self._is_list(left) or self._is_list(right):
            # `[token] + states` is a list of inputs; `[x] * 8` is another batch.
            return isinstance(node.op, ast.Add) and self._all(module, [left, right])
        if self._is_number(module, right):
            return self.batch(module, left)
        if self._is_number(module, left):
            return self.batch(module, right)
        return self._all(module, [left, right])

    def _is_number(self, module: Module, node: ast.expr) -> bool:
        if isinstance(node, ast.Constant):
            return isinstance(node.value, int | float)
        values = self.inference.values(module, node)
        return bool(values) and all(value is Basic.NUMBER for value in values)

    # Names

    def _bound(self, module: Module, binding: Binding) -> bool:
        if binding.kind is BindingKind.ASSIGN and binding.value is not None:
            if not binding.path:
                return self.batch(module, binding.value)
            return self._item(module, binding.value, binding.path)
        if binding.kind is BindingKind.AUGMENT:
            # `x /= 255.0` leaves the shape of an array as it is; what it was before is another binding.
            statement = binding.node
            return isinstance(statement, ast.AugAssign) and self._is_number(module, statement.value)
        if binding.kind is BindingKind.ITERATION and isinstance(binding.value, ast.expr):
            return self._element(module, binding.value, binding.path)
        if binding.kind is BindingKind.PARAMETER and isinstance(binding.node, ast.arg):
            function = binding.scope.function
            return function is not None and self._parameter(function, binding.node)
        return False

    def _element(self, module: Module, iterable: ast.expr, path: tuple[int, ...]) -> bool:
        """Whether what stands at `path` in each element of a collection is a batch: of samples from a memory."""
        if isinstance(iterable, ast.Name):
            bindings = bindings_of(module, iterable)
            return bool(bindings) and all(
                binding.kind is BindingKind.ASSIGN
                and binding.value is not None
                and not binding.path
                and not isinstance(binding.value, ast.Name)
                and self._element(module, binding.value, path)
                for binding in bindings
            )
        if isinstance(iterable, ast.Call) and last_name(iterable.func) == "sample" and iterable.args:
            values = self.inference.values(module, iterable.func)
            known = bool(values) and all(isinstance(v, External) and v.name == "random.sample" for v in values)
            return known and self._element(module, iterable.args[0], path)
        return isinstance(iterable, ast.Attribute) and self._filled(iterable.attr, path)

    def _filled(self, name: str, path: tuple[int, ...]) -> bool:
        """Whether attributes of a name are lists or deques that are only appended to, each time with a batch at
        `path`, and only sampled from; any other use of the name, in any class, ends the proof."""
        items: list[tuple[Module, ast.expr]] = []
        for module in self.project.modules_mentioning(name):
            for store in module.stores.get(name, ()):
                empty = isinstance(store.value, ast.List) and not store.value.elts
                made = isinstance(store.value, ast.Call) and last_name(store.value.func) in ("deque", "list")
                if not empty and not (made and isinstance(store.value, ast.Call) and not store.value.args):
                    return False
            for node in module.attributes.get(name, ()):
                parent = module.parents.get(node)
                if not isinstance(node.ctx, ast.Load):
                    continue
                if isinstance(parent, ast.Call) and last_name(parent.func) in ("len", "sample"):
                    continue
                call = module.parents.get(parent) if isinstance(parent, ast.Attribute) else None
                if not isinstance(call, ast.Call) or last_name(call.func) != "append" or len(call.args) != 1:
                    return False
                items.append((module, call.args[0]))
        return bool(items) and all(self._item(module, item, path) for module, item in items)

    def _item(self, module: Module, value: ast.expr, path: tuple[int, ...]) -> bool:
        """Whether the item of a tuple at `path` is a batch: of one that is written out, or that a helper returns."""
        for place, index in enumerate(path):
            if isinstance(value, ast.Call):
                if self._predicts(module, value):
                    # Of several outputs each has the rows of the input.
                    return self.batch(module, value)
                callees = self.inference.values(module, value.func)
                return (
                    bool(callees)
                    and all(
                        isinstance(callee, FunctionObject)
                        and not callee.function.is_generator
                        and bool(callee.function.returns)
                        # What is handed through from a further call may come back here.
                        and not any(isinstance(result, ast.Call) for result in callee.function.returns)
                        and all(
                            self._item(callee.function.module, result, path[place:])
                            for result in callee.function.returns
                        )
                        for callee in callees
                    )
                )
            if not isinstance(value, ast.Tuple | ast.List) or not 0 <= index < len(value.elts):
                return False
            if any(isinstance(item, ast.Starred) for item in value.elts):
                return False
            value = value.elts[index]
        return self.batch(module, value)

    def _parameter(self, function: Function, parameter: ast.arg) -> bool:
        """Whether every visible caller passes a batch; a function that is handed on as a value has callers unseen."""
        if parameter in self._open:
            return True
        edges = self.callers.edges(function)
        if not edges or len(edges) >= limits.MAX_EDGES or is_handed_on(self.project, function):
            return False
        self._open.add(parameter)
        try:
            for edge in edges:
                argument = edge.argument(function, parameter)
                if argument is None or not self.batch(edge.module, argument):
                    return False
            return True
        finally:
            self._open.discard(parameter)

    # Subscripts and calls

    def _subscript(self, module: Module, node: ast.Subscript) -> bool:
        index = node.slice
        first = index.elts[0] if isinstance(index, ast.Tuple) and index.elts else index
        if is_newaxis(first):
            return self._may_be_array(module, node.value)
        if isinstance(first, ast.Slice):
            if first.lower is None and first.upper is None and first.step is None:
                return self.batch(module, node.value) and not self._is_list(node.value)
            return self._is_array(module, node.value)
        return False

    def _is_array(self, module: Module, node: ast.expr) -> bool:
        """Whether an expression is a NumPy array, of any size: the result of NumPy's own functions, or a batch."""
        if isinstance(node, ast.Call) and last_name(node.func) == "pad_sequences":
            return self._is_keras(module, node.func)
        if isinstance(node, ast.Call) and self._numpy_name(module, node) is not None:
            return self.inference.values(module, node) == (Basic.ARRAY,)
        if isinstance(node, ast.Name):
            bindings = bindings_of(module, node)
            return bool(bindings) and all(
                binding.kind is BindingKind.ASSIGN
                and binding.value is not None
                and not binding.path
                and not isinstance(binding.value, ast.Name)
                and self._is_array(module, binding.value)
                for binding in bindings
            )
        return not self._is_list(node) and self.batch(module, node)

    def _may_be_array(self, module: Module, node: ast.expr) -> bool:
        """Whether nothing speaks against an array: an object that takes `[None]` is one, or a tensor."""
        return not any(
            isinstance(value, Collection)
            or value in _NO_ARRAYS
            or (isinstance(value, Result) and value.name.startswith("pandas."))
            for value in self.inference.values(module, node)
        )

    def _call(self, module: Module, node: ast.Call) -> bool:
        name = self._numpy_name(module, node)
        if name is not None:
            return self._numpy(module, node, name)
        if isinstance(node.func, ast.Attribute) and not self._of_project(module, node):
            if node.func.attr == "reshape":
                # Arrays have reshape, and tensors of some backends, for which the same holds.
                return self._may_be_array(module, node.func.value) and self._counts_one(module, node)
            if self._predicts(module, node):
                return self.batch(module, node.args[0])
            if node.func.attr == "transform" and len(node.args) == 1 and self._is_scaler(module, node.func.value):
                return self._is_single(node.args[0]) or self.batch(module, node.args[0])
            if node.func.attr in _METHODS:
                return self.batch(module, node.func.value) and not self._is_list(node.func.value)
        if node.args and self._is_keras(module, node.func):
            if last_name(node.func) == "pad_sequences":
                return self._is_single(node.args[0])
            # What keras.applications brings does arithmetic on the array it is given.
            return last_name(node.func) == "preprocess_input" and self.batch(module, node.args[0])
        values = self.inference.values(module, node.func)
        if values and all(isinstance(value, FunctionObject) for value in values):
            return all(self._returns_batch(value) for value in values)
        return False

    def _of_project(self, module: Module, node: ast.Call) -> bool:
        return any(isinstance(value, FunctionObject) for value in self.inference.values(module, node.func))

    def _is_keras(self, module: Module, node: ast.expr) -> bool:
        values = self.inference.values(module, node)
        return bool(values) and all(isinstance(v, External) and v.name.startswith("keras.") for v in values)

    def _predicts(self, module: Module, node: ast.Call) -> bool:
        """Whether a call is `predict` of a Keras model on an array: the result is NumPy, with as many rows."""
        return (
            isinstance(node.func, ast.Attribute)
            and node.func.attr in ("predict", "predict_on_batch")
            and bool(node.args)
            and receivers_of(self.project).of_call(module, node).verdict is Verdict.PROVEN
        )

    def _is_scaler(self, module: Module, node: ast.expr) -> bool:
        """Whether an expression is a scaler of scikit-learn, whose `transform` gives an array of as many rows."""
        values = self.inference.values(module, node)
        return bool(values) and all(
            isinstance(value, Result)
            and value.name.startswith("sklearn.preprocessing.")
            and value.name.endswith("Scaler")
            for value in values
        )

    def _returns_batch(self, value: Value) -> bool:
        assert isinstance(value, FunctionObject)
        function = value.function
        if function.is_generator or isinstance(function.node, ast.AsyncFunctionDef) or not function.returns:
            return False
        return self._all(function.module, function.returns)

    def _numpy_name(self, module: Module, node: ast.Call) -> str | None:
        """`expand_dims` for `np.expand_dims(...)`, None for what is no function of NumPy."""
        values = self.inference.values(module, node.func)
        names = [value.name for value in values if isinstance(value, External)]
        if len(names) != len(values) or len(set(names)) != 1 or not names[0].startswith("numpy."):
            return None
        return names[0].rpartition(".")[2]

    def _numpy(self, module: Module, node: ast.Call, name: str) -> bool:
        first = node.args[0] if node.args and not isinstance(node.args[0], ast.Starred) else None
        if name in _MAKES_ONE_ROW and self._made_with_one_row(module, node, name):
            return True
        if first is None:
            return False
        if name in _ELEMENTWISE and not self._is_list(first):
            others = [other for other in node.args[1:] if name in ("divide", "multiply", "subtract", "add")]
            return self.batch(module, first) and all(
                self._is_number(module, other) or self.batch(module, other) for other in others
            )
        if name == "append" and _joins_behind(node):
            return self.batch(module, first)
        if name in _JOINS and isinstance(first, ast.List | ast.Tuple):
            # One after the other along any axis but the first; of a single item along that too.
            return (self._is_single(first) or _joins_behind(node)) and self._all(module, list(first.elts))
        return False

    @staticmethod
    def _is_single(node: ast.expr) -> bool:
        return (
            isinstance(node, ast.List | ast.Tuple) and len(node.elts) == 1 and not isinstance(node.elts[0], ast.Starred)
        )

    def _made_with_one_row(self, module: Module, node: ast.Call, name: str) -> bool:
        first = node.args[0] if node.args else None
        if name in ("array", "asarray"):
            return first is not None and self._is_single(first)
        return self._counts_one(module, node)

    def _counts_one(self, module: Module, node: ast.Call) -> bool:
        """Whether the call itself says that there is one row; `rows` may have looked through it to its argument."""
        if last_name(node.func) in ("reshape", "expand_dims"):
            return self.rows.count(module, node) == {Rows.ONE} and _says_one(node)
        return self.rows.count(module, node) == {Rows.ONE}


def _joins_behind(node: ast.Call) -> bool:
    """Whether `axis=` names another axis than the first."""
    axis = next((keyword.value for keyword in node.keywords if keyword.arg == "axis"), None)
    if isinstance(axis, ast.UnaryOp) and isinstance(axis.op, ast.USub):
        return True
    return isinstance(axis, ast.Constant) and isinstance(axis.value, int) and axis.value > 0


_NO_ARRAYS = (Basic.DATASET, Basic.TEXT, Basic.NONE)


def _says_one(node: ast.Call) -> bool:
    """Whether a `reshape` or `expand_dims` is written with a first axis of one."""
    method = isinstance(node.func, ast.Attribute) and last_name(node.func.value) not in ("np", "numpy", "onp")
    given = [*node.args] if method else node.args[1:]
    shape = next(
        (k.value for k in node.keywords if k.arg in ("newshape", "shape", "axis")), given[0] if given else None
    )
    if last_name(node.func) == "expand_dims":
        return isinstance(shape, ast.Constant) and shape.value == 0
    if isinstance(shape, ast.BinOp) and isinstance(shape.op, ast.Add):
        shape = shape.left
    head = shape.elts[0] if isinstance(shape, ast.Tuple | ast.List) and shape.elts else shape
    several = isinstance(shape, ast.Tuple | ast.List) or len(given) > 1
    return several and isinstance(head, ast.Constant) and head.value == 1
