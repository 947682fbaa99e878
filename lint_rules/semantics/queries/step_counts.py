"""Numbers of steps: is `n // batch_size` rounded down, and does the rest matter?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.domains.array_readings import Rows, rows
from lint_rules.semantics.domains.data_sources import DataSource, sources
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import Basic, Instance
from lint_rules.semantics.flow.same_value import constant_of
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.syntax.module_index import Module, dotted, last_name
from lint_rules.semantics.syntax.scopes import BindingKind

_FLOORS = frozenset({"int", "floor", "trunc"})
_COUNTS = frozenset({"samples", "n"})


class Steps:
    """The questions `does this number of steps leave rows out` over one project."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference

    def rounded_down(self, module: Module, node: ast.expr, depth: int = 4) -> ast.expr | None:
        """The division of a number of rows that `node` rounds down, None where it is none or leaves no rest."""
        if isinstance(node, ast.Name) and depth:
            value = self._only_value(module, node)
            return self.rounded_down(module, value, depth - 1) if value is not None else None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv):
            return node if self._leaves_rest(module, node) else None
        if isinstance(node, ast.Call) and last_name(node.func) in _FLOORS and len(node.args) == 1:
            inner = node.args[0]
            if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Div | ast.FloorDiv):
                return node if self._leaves_rest(module, inner) else None
            if isinstance(inner, ast.Call | ast.Name) and depth:
                return self.rounded_down(module, inner, depth - 1)
        return None

    def _leaves_rest(self, module: Module, division: ast.BinOp) -> bool:
        """Whether rows divided by a batch size can leave a rest."""
        rows, size = self.number(module, division.left), self.number(module, division.right)
        if size == 1 or self._is_rounded_up(division.left):
            return False
        if rows is not None and size:
            return rows % size != 0
        return self._counts_rows(module, division.left)

    def _is_rounded_up(self, node: ast.expr) -> bool:
        """`(n + b - 1) // b`."""
        return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)

    def _counts_rows(self, module: Module, node: ast.expr, depth: int = 4) -> bool:
        """Whether an expression is a number of rows: `len(x)`, `x.shape[0]`, `generator.samples`."""
        if isinstance(node, ast.Name) and depth:
            value = self._only_value(module, node)
            return value is not None and self._counts_rows(module, value, depth - 1)
        if isinstance(node, ast.Call):
            return last_name(node.func) == "len"
        if isinstance(node, ast.Attribute):
            return node.attr in _COUNTS
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            index = constant_of(module, node.slice)
            return index is not None and index.value == 0
        return False

    def number(self, module: Module, node: ast.expr, depth: int = 4) -> int | None:
        """The whole number that an expression is, through names with one value and the batch size of a generator."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, int) and not isinstance(node.value, bool) else None
        if isinstance(node, ast.Name) and depth:
            value = self._only_value(module, node)
            return self.number(module, value, depth - 1) if value is not None else None
        if isinstance(node, ast.Attribute) and node.attr == "batch_size" and depth:
            sizes = {
                self._batch_size(source, depth - 1)
                for source in sources(self.inference.project, module, node.value).values
            }
            return sizes.pop() if len(sizes) == 1 else None
        return None

    def _batch_size(self, source: DataSource, depth: int) -> int | None:
        """The batch size of a generator: Keras's own where none is given."""
        given = next((k.value for k in source.call.keywords if k.arg == "batch_size"), None)
        return self.number(source.module, given, depth) if given is not None else 32

    @staticmethod
    def _only_value(module: Module, node: ast.Name) -> ast.expr | None:
        bindings = bindings_of(module, node)
        if len(bindings) != 1 or bindings[0].kind is not BindingKind.ASSIGN or bindings[0].path:
            return None
        return bindings[0].value

    def has_end(self, module: Module, node: ast.expr) -> bool:
        """Whether what is predicted is shown to end: arrays, Keras's own iterators, a sequence of the project."""
        found = sources(self.inference.project, module, node)
        if found.values and found.complete:
            return not self._repeats(module)
        values = self.inference.values(module, node)
        if values and all(value is Basic.ARRAY for value in values):
            return True
        if any(isinstance(v, Instance) and "__getitem__" in _methods(self.inference, v) for v in values):
            return True
        return Rows.SET in rows(self.inference.project, module, node)

    @staticmethod
    def _repeats(module: Module) -> bool:
        """Whether a data set is repeated somewhere in the module: then nobody knows how often."""
        return bool(module.calls.get("repeat"))

    def cut_to_fit(self, module: Module, call: ast.Call, steps: ast.expr) -> bool:
        """Whether code cuts labels to the number of predictions: `y[:len(predictions)]`, `y[: steps * batch_size]`."""
        names = {steps.id} if isinstance(steps, ast.Name) else set()
        statement = module.statement_of(call)
        if isinstance(statement, ast.Assign):
            names |= {text for target in statement.targets if (text := dotted(target)) is not None}
        function = module.function_of(call)
        for node in module.scopes:
            if isinstance(node, ast.Slice) and node.upper is not None and module.function_of(node) is function:
                parts = list(self._parts(module, node.upper))
                if any(isinstance(part, ast.Name) and part.id in names for part in parts):
                    return True
                if any(isinstance(part, ast.FloorDiv) for part in parts):
                    return True
        return False

    def _parts(self, module: Module, node: ast.expr, depth: int = 4) -> Iterator[ast.AST]:
        """All that a number is worked out of, through names with one value."""
        for part in ast.walk(node):
            yield part
            value = self._only_value(module, part) if isinstance(part, ast.Name) and depth else None
            if value is not None:
                yield from self._parts(module, value, depth - 1)


def _methods(inference: Inference, value: Instance) -> set[str]:
    return {name for cls in inference.lineage(value.cls) for name in cls.methods}
