"""Does a list have one item on one way through the code: `[image]`, also handed on or made into another list?"""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.contexts import Path
from lint_rules.semantics.domains.must import everywhere
from lint_rules.semantics.flow.use_def import bindings_of, blocks_around
from lint_rules.semantics.syntax.module_index import Module, last_name, start
from lint_rules.semantics.syntax.scopes import Binding, BindingKind

_MAX_DEPTH = 10


class Lengths:
    """The question on one way; without a way nothing is known of parameters."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def is_one(self, module: Module, node: ast.expr, depth: int = 0) -> bool:
        """Whether a list provably has one item."""
        if depth > _MAX_DEPTH:
            return False
        if isinstance(node, ast.List | ast.Tuple):
            return len(node.elts) == 1 and not isinstance(node.elts[0], ast.Starred)
        if isinstance(node, ast.ListComp | ast.GeneratorExp):
            generator = node.generators[0]
            alone = len(node.generators) == 1 and not generator.ifs
            return alone and self.is_one(module, generator.iter, depth + 1)
        if isinstance(node, ast.Call):
            first = node.args[0] if node.args else None
            wraps = last_name(node.func) in ("array", "asarray", "list", "tuple")
            return wraps and first is not None and self.is_one(module, first, depth + 1)
        if not isinstance(node, ast.Name):
            return False
        grown = any(grows(module, binding) for binding in bindings_of(module, node))
        return not grown and everywhere(
            self._path, module, node, lambda where, value: self.is_one(where, value, depth + 1)
        )

    def counts_one(self, module: Module, node: ast.expr) -> bool:
        """Whether an expression is the length of such a list: `len(images)`, or a name for that."""
        if isinstance(node, ast.Name):
            bindings = bindings_of(module, node)
            value = bindings[0].value if len(bindings) == 1 and not bindings[0].path else None
            return isinstance(value, ast.Call) and self.counts_one(module, value)
        return (
            isinstance(node, ast.Call)
            and last_name(node.func) == "len"
            and len(node.args) == 1
            and self.is_one(module, node.args[0])
        )


def grows(module: Module, binding: Binding) -> bool:
    """Whether a list is filled after it was made."""
    return bool(_additions(module, binding))


def gets_one_item(module: Module, binding: Binding) -> bool:
    """Whether an empty list gets one item, once, whenever it is made: `rows = []`, then `rows.append(row)`."""
    scope = binding.scope
    added = [call for call in _additions(module, binding) if module.scopes[call].find(binding.name) is scope]
    empty = isinstance(binding.value, ast.List) and not binding.value.elts
    if not empty or len(added) != 1 or last_name(added[0].func) != "append":
        return False
    if any(other.kind is BindingKind.AUGMENT for other in scope.bindings[binding.name]):
        return False
    block = blocks_around(module, added[0])[:1]
    is_statement = isinstance(module.parents.get(added[0]), ast.Expr)
    return is_statement and block == blocks_around(module, binding.node)[:1] and start(binding.node) < start(added[0])


def _additions(module: Module, binding: Binding) -> list[ast.Call]:
    """The calls that add items to a list."""
    return [
        call
        for method in ("append", "extend", "insert")
        for call in module.calls.get(method, ())
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == binding.name
    ]
