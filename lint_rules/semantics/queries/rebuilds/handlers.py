"""Does a server run a function for every request?"""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import External, Result
from lint_rules.semantics.knowledge.higher_order import PER_REQUEST
from lint_rules.semantics.syntax.module_index import Function, last_name


def is_handler(inference: Inference, function: Function) -> bool:
    """Whether a function is run for every request: `@app.route(...)`, `Resource.post`, `lambda_handler`."""
    if function.name in PER_REQUEST.functions:
        return True
    if function.owner is not None and function.name in PER_REQUEST.methods:
        return not PER_REQUEST.views.isdisjoint(inference.external_bases(function.owner))
    for decorator in function.decorators:
        inner = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(inner, ast.Attribute) and inner.attr in PER_REQUEST.routes:
            makers = inference.values(function.module, inner.value)
            if last_name(inner.value) in PER_REQUEST.routers or any(
                isinstance(value, Result) and value.name.startswith(PER_REQUEST.frameworks) for value in makers
            ):
                return True
        values = inference.values(function.module, inner)
        if any(isinstance(value, External | Result) and value.name in PER_REQUEST.decorators for value in values):
            return True
    return False
