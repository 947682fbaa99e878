"""Does a model have several outputs, so that predict() gives a list of arrays?"""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.values import Instance, KerasModel
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.keras_names import FUNCTIONAL
from lint_rules.semantics.syntax.module_index import Module


def has_several_outputs(model: KerasModel | Instance, *, surely: bool = False) -> bool:
    """Whether the code shows a functional model to be made with a list of outputs.

    A list whose length it does not show counts as well, unless it has to be `surely` several.
    """
    if not isinstance(model, KerasModel) or model.maker.rpartition(".")[2] not in FUNCTIONAL:
        return False
    origin = model.origin
    call = origin.node if origin is not None else None
    if origin is None or not isinstance(call, ast.Call):
        return False
    given = next((k.value for k in call.keywords if k.arg in ("outputs", "output")), None)
    if given is None and len(call.args) > 1:
        given = call.args[1]
    return given is not None and _is_several(origin.module, given, surely)


def _is_several(module: Module, node: ast.expr, surely: bool) -> bool:
    if isinstance(node, ast.List | ast.Tuple):
        plain = [item for item in node.elts if not isinstance(item, ast.Starred)]
        return len(plain) > 1 or (len(plain) < len(node.elts) and not surely)
    if isinstance(node, ast.Name):
        values = [binding.value for binding in bindings_of(module, node) if not binding.path]
        several = [
            isinstance(v, ast.List | ast.Tuple | ast.ListComp) and _is_several(module, v, surely) for v in values
        ]
        return bool(several) and all(several) if surely else any(several)
    return isinstance(node, ast.ListComp) and not surely
