"""Which object runs an overridden method: a way through `self.call(x)` of a base class starts at the right subclass.

`Base.__call__` runs the `call` of whatever it is an instance of. A way that leads from `Sub.call` through
`Base.__call__` to `other(x)` is none if `other` is shown to be of a class with another `call`.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import ClassObject, Instance
from lint_rules.semantics.syntax.module_index import Class, Function

if TYPE_CHECKING:
    from lint_rules.semantics.calls.contexts import Frame
    from lint_rules.semantics.calls.edges import Edge


def is_right_object(inference: Inference, frames: Sequence[Frame], edge: Edge) -> bool:
    """Whether an edge that runs the outermost frame's method may run it on an object with the methods further in."""
    methods = _on_the_same_object(frames)
    function = frames[-1].function
    if not methods or function is None or not isinstance(edge.node, ast.Call):
        return True
    through = edge.module.function_of(edge.node)
    receiver: ast.expr = edge.node.func
    if function.name not in ("__call__", "__init__") and edge.receiver is not None:
        receiver = edge.receiver
    if through is not None and edge.module.own_method(receiver) is through:
        return True
    values = inference.values(edge.module, receiver)
    known = [value for value in values if isinstance(value, Instance | ClassObject)]
    if not known or len(known) < len(values):
        return True
    return any(all(_has(inference, value, method) for method in methods) for value in known)


def _on_the_same_object(frames: Sequence[Frame]) -> list[Function]:
    """The methods that the outermost frame runs on its own object, directly and through further methods of it."""
    found: list[Function] = []
    for inner, outer in zip(reversed(frames[:-1]), reversed(frames[1:]), strict=True):
        node = outer.node
        if inner.function is None or inner.function.owner is None or not isinstance(node, ast.Call):
            break
        own = outer.module.own_method(node.func.value) if isinstance(node.func, ast.Attribute) else None
        if own is None or own is not outer.function:
            break
        found.append(inner.function)
    return found


def _has(inference: Inference, value: Instance | ClassObject, method: Function) -> bool:
    """Whether an object runs this very method under its name; one that is only declared may be of a subclass."""
    if inference.method(value.cls, method.name) is method:
        return True
    declared = isinstance(value, Instance) and value.origin is None
    return declared and isinstance(method.owner, Class) and value.cls in inference.lineage(method.owner)
