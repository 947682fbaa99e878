"""What a name is bound to on one way through the code: by assignments, and by what the callers on the way pass."""

from __future__ import annotations

import ast
from collections.abc import Callable

from lint_rules.semantics.calls.contexts import Path
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.scopes import Binding, BindingKind


def everywhere(path: Path | None, module: Module, name: ast.Name, holds: Callable[[Module, ast.expr], bool]) -> bool:
    """Whether something holds of every expression that a name can stand for; not, where one of them is out of sight."""
    sources = [_source(path, module, binding) for binding in bindings_of(module, name)]
    return bool(sources) and all(source is not None and holds(*source) for source in sources)


def _source(path: Path | None, module: Module, binding: Binding) -> tuple[Module, ast.expr] | None:
    if binding.kind is BindingKind.ASSIGN and binding.value is not None and not binding.path:
        return (module, binding.value)
    function = binding.scope.function
    if binding.kind is BindingKind.PARAMETER and isinstance(binding.node, ast.arg) and function is not None:
        given = path.given(function, binding.node) if path is not None else None
        return (given[1], given[2]) if given is not None else None
    return None
