"""Which constant does an expression have in one run of its function?

A builder called as `block(x, dropout=0.3)` holds a Dropout, called as `block(x)` perhaps none: parameters are followed
to the call at hand, or to all visible callers where they agree; `self.rate` is followed to what `__init__` stores.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from typing import Any

from lint_rules.records import dataclass
from lint_rules.semantics.calls.call_graph import Callers
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.types.parameters import default_of
from lint_rules.semantics.domains.values import Instance
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.higher_order import EdgeKind
from lint_rules.semantics.knowledge.keras_layers import UNREADABLE, Unreadable
from lint_rules.semantics.syntax.module_index import COMPREHENSIONS, Function, Module
from lint_rules.semantics.syntax.scopes import BindingKind

_OPERATORS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.In: lambda left, right: left in right, ast.NotIn: lambda left, right: left not in right,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a function: by `call` (in `module`, in the run `outer`), or by whoever calls it where that is None.

    `skip` is how many parameters the call does not fill by position; `instance` is what `self` is in it.
    """

    function: Function | None
    module: Module | None = None
    call: ast.Call | None = None
    skip: int = 0
    outer: Run | None = None
    instance: Instance | None = None


class Literals:
    """The questions `which constant is this` over one project."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference

    def run_of(self, module: Module, node: ast.AST, run: Run | None) -> Run:
        """The run of the function that holds `node`, as seen from `run`: one of its outer runs, the `__init__` of its
        instance, or an unknown run."""
        function = module.function_of(node)
        current = run
        while current is not None:
            if current.function is function:
                return current
            current = current.outer
        instance = run.instance if run is not None else None
        if function is not None and instance is not None and function.owner in self.inference.lineage(instance.cls):
            return self.init_run(instance, function)
        return Run(function)

    def init_run(self, instance: Instance, function: Function) -> Run:
        """The run of a method of an instance; that of its own `__init__` is the call that made it."""
        origin = instance.origin
        own = function.name == "__init__" and self.inference.method(instance.cls, "__init__") is function
        if own and origin is not None and isinstance(origin.node, ast.Call):
            outer = Run(origin.module.function_of(origin.node))
            return Run(function, origin.module, origin.node, 1, outer, instance)
        return Run(function, instance=instance)

    def of(self, module: Module, node: ast.expr, run: Run | None = None) -> object:
        """The Python value of an expression, or UNREADABLE."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return self._ask(("constant", node, run), lambda: self._agreed(self._name(module, node, run)))
        if isinstance(node, ast.Attribute):
            return self._ask(("constant", node, run), lambda: self._agreed(self._attribute(module, node, run)))
        if isinstance(node, ast.Tuple | ast.List):
            return [self.of(module, item, run) for item in node.elts]
        if isinstance(node, ast.IfExp):
            test = self.of(module, node.test, run)
            if isinstance(test, Unreadable):
                return UNREADABLE
            return self.of(module, node.body if test else node.orelse, run)
        return self._computed(module, node, run)

    def _computed(self, module: Module, node: ast.expr, run: Run | None) -> object:
        if isinstance(node, ast.UnaryOp):
            value = self.of(module, node.operand, run)
            if isinstance(value, Unreadable):
                return UNREADABLE
            if isinstance(node.op, ast.Not):
                return not value
            if isinstance(node.op, ast.USub) and isinstance(value, int | float):
                return -value
            return UNREADABLE
        if isinstance(node, ast.BoolOp):
            values = [self.of(module, item, run) for item in node.values]
            known = [value for value in values if not isinstance(value, Unreadable)]
            stops = isinstance(node.op, ast.Or)
            if any(bool(value) is stops for value in known):
                return stops
            return UNREADABLE if len(known) < len(values) else values[-1]
        if isinstance(node, ast.BinOp):
            return self._operate(type(node.op), module, node.left, node.right, run)
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self._operate(type(node.ops[0]), module, node.left, node.comparators[0], run)
        return UNREADABLE

    def _operate(self, kind: type[ast.AST], module: Module, left: ast.expr, right: ast.expr, run: Run | None) -> object:
        one, other = self.of(module, left, run), self.of(module, right, run)
        if isinstance(one, Unreadable) or isinstance(other, Unreadable) or kind not in _OPERATORS:
            return UNREADABLE
        if any(isinstance(value, str | bytes | list) and len(value) > 200 for value in (one, other)):
            return UNREADABLE
        if kind is ast.Mult and not all(isinstance(value, int | float) for value in (one, other)):
            return UNREADABLE
        try:
            return _OPERATORS[kind](one, other)
        except (TypeError, ValueError, ArithmeticError):
            return UNREADABLE

    @staticmethod
    def _agreed(values: Iterator[object]) -> object:
        """The one value that all have, else UNREADABLE."""
        found: list[object] = []
        for value in values:
            if isinstance(value, Unreadable) or (found and (type(value), value) != (type(found[0]), found[0])):
                return UNREADABLE
            found.append(value)
        return found[0] if found else UNREADABLE

    # Names

    def _name(self, module: Module, node: ast.Name, run: Run | None) -> Iterator[object]:
        for binding in bindings_of(module, node):
            function = binding.scope.function
            if binding.kind is BindingKind.PARAMETER and isinstance(binding.node, ast.arg) and function is not None:
                yield self.parameter(function, binding.node, self._run_of_function(function, run))
            elif binding.kind is BindingKind.ASSIGN and binding.value is not None and not binding.path:
                yield self.of(module, binding.value, run)
            else:
                yield UNREADABLE

    @staticmethod
    def _run_of_function(function: Function, run: Run | None) -> Run:
        current = run
        while current is not None:
            if current.function is function:
                return current
            current = current.outer
        return Run(function, instance=run.instance if run is not None else None)

    def parameter(self, function: Function, parameter: ast.arg, run: Run) -> object:
        """The constant that a parameter has in a run; where the call is not known, that of all visible callers."""
        if parameter in (function.node.args.vararg, function.node.args.kwarg):
            return UNREADABLE
        if run.call is not None and run.module is not None:
            return self._passed(function, parameter, run.module, run.call, run.skip, run.outer)
        return self._ask(("constant", parameter), lambda: self._of_all_callers(function, parameter))

    def _ask(self, key: object, answer: Callable[[], object]) -> object:
        return self.inference.project.memo.ask(key, answer, UNREADABLE)

    def _of_all_callers(self, function: Function, parameter: ast.arg) -> object:
        edges = Callers.of(self.inference.project).edges(function)
        if not edges or len(edges) > limits.MAX_CALLERS:
            return UNREADABLE
        return self._agreed(
            self._passed(function, parameter, edge.module, edge.node, edge.skip, None)
            if edge.kind is EdgeKind.CALL and edge.handed is None and isinstance(edge.node, ast.Call)
            else UNREADABLE
            for edge in edges
        )

    def _passed(
        self,
        function: Function,
        parameter: ast.arg,
        module: Module,
        call: ast.Call,
        skip: int,
        run: Run | None,
    ) -> object:
        for keyword in call.keywords:
            if keyword.arg == parameter.arg:
                return self.of(module, keyword.value, run)
        parameters = function.parameters
        index = parameters.index(parameter) - skip if parameter in parameters else -1
        if any(isinstance(argument, ast.Starred) for argument in call.args):
            return UNREADABLE
        if 0 <= index < len(call.args):
            return self.of(module, call.args[index], run)
        default = default_of(function, parameter)
        if default is None or any(keyword.arg is None for keyword in call.keywords):
            return UNREADABLE
        return self.of(function.module, default, None)

    # Attributes of self

    def _attribute(self, module: Module, node: ast.Attribute, run: Run | None) -> Iterator[object]:
        instance = run.instance if run is not None else None
        owner = run.function.owner if run is not None and run.function is not None else None
        if not isinstance(node.value, ast.Name) or run is None or run.function is None:
            return
        if instance is None and owner is not None:
            instance = Instance(owner)
        parameters = run.function.parameters
        if instance is None or not parameters or parameters[0].arg != node.value.id:
            return
        for cls in self.inference.lineage(instance.cls):
            for store in cls.stores.get(node.attr, ()):
                function = cls.module.function_of(store.target)
                if store.value is None or store.path or function is None:
                    yield UNREADABLE
                else:
                    yield self.of(cls.module, store.value, self.init_run(instance, function))
            for binding in cls.scope.bindings.get(node.attr, ()):
                if binding.kind is BindingKind.ASSIGN and binding.value is not None and not binding.path:
                    yield self.of(cls.module, binding.value, None)
                else:
                    yield UNREADABLE


def condition(
    literals: Literals, module: Module, node: ast.AST, run: Run | None, root: ast.AST | None = None
) -> bool | None:
    """Whether a node is evaluated in a run of its function: True, False (a dead branch), or None when it depends.

    Branches that hold `root` too are not asked: what is asked is relative to it.
    """
    shared: set[ast.AST] = {parent for _, parent in module.ancestors(root)} if root is not None else set()
    answer: bool | None = True
    for child, parent in module.ancestors(node):
        if parent in shared or isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            break
        taken: bool | None = True
        if isinstance(parent, ast.If):
            if child is not parent.test:
                taken = _taken(literals, module, parent.test, run, any(item is child for item in parent.body))
        elif isinstance(parent, ast.IfExp):
            if child is not parent.test:
                taken = _taken(literals, module, parent.test, run, child is parent.body)
        elif isinstance(parent, ast.BoolOp):
            taken = True if child is parent.values[0] else None
        elif isinstance(parent, ast.ExceptHandler | ast.match_case | ast.comprehension) or (
            isinstance(parent, COMPREHENSIONS) and any(generator.ifs for generator in parent.generators)
        ):
            taken = None
        if taken is False:
            return False
        if taken is None:
            answer = None
    return answer


def _taken(literals: Literals, module: Module, test: ast.expr, run: Run | None, body: bool) -> bool | None:
    if _asks_training(test):
        # `if training: x = self.dropout(x)` is how a layer depends on the mode.
        return True
    value = literals.of(module, test, run)
    return None if isinstance(value, Unreadable) else bool(value) is body


def _asks_training(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id in ("training", "is_training", "train")
