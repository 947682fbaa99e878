"""What the tests around an expression say that it is: `if isinstance(model, keras.Model): model.predict(x)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.domains.types.annotations import Annotations
from lint_rules.semantics.domains.values import Values, union
from lint_rules.semantics.flow.use_def import bindings_of, is_cut_off, left_open
from lint_rules.semantics.syntax.module_index import Module, dotted


def tested(inference: Annotations, module: Module, node: ast.Name | ast.Attribute) -> Iterator[Values]:
    """The classes of which a name, or an attribute of one, is told to be an instance on every way to it."""
    for call in module.calls.get("isinstance", ()):
        if not isinstance(call.func, ast.Name) or len(call.args) != 2 or call.args[0] is node:
            continue
        asked, classes = call.args
        if _is_same(module, asked, node) and _must_hold(module, node, call):
            named = classes.elts if isinstance(classes, ast.Tuple) else [classes]
            yield union(*(inference.annotated(module, item) for item in named))


def _is_same(module: Module, asked: ast.expr, node: ast.expr) -> bool:
    """Whether two expressions of one function read what nothing in it has bound or stored in between."""
    text = dotted(node)
    if text is None or dotted(asked) != text or module.function_of(asked) is not module.function_of(node):
        return False
    while isinstance(asked, ast.Attribute) and isinstance(node, ast.Attribute):
        stores = module.stores.get(node.attr, ())
        if any(module.function_of(store.target) is module.function_of(node) for store in stores):
            return False
        asked, node = asked.value, node.value
    if not isinstance(asked, ast.Name) or not isinstance(node, ast.Name):
        return False
    return bindings_of(module, asked) == bindings_of(module, node)


def _must_hold(module: Module, node: ast.expr, call: ast.Call) -> bool:
    """Whether no way leads to a node where a call gives False."""
    return is_cut_off(module, node, left_open(module, node, lambda test: _where_false(test, call)))


def _where_false(test: ast.expr, call: ast.Call) -> bool | None:
    """What a test says where a call in it gives False; None where other parts of it decide."""
    if test is call:
        return False
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _where_false(test.operand, call)
        return None if inner is None else not inner
    if isinstance(test, ast.BoolOp):
        parts = [_where_false(part, call) for part in test.values]
        deciding = isinstance(test.op, ast.Or)
        return deciding if deciding in parts else None if None in parts else not deciding
    return None
