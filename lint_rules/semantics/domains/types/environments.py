"""What `gym.make("Name-v0")` gives: an object of the class that the project registers under that name."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.domains.types.classes import Classes
from lint_rules.semantics.domains.values import ClassObject, External, Instance, Origin, Values, union
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.same_value import written_out
from lint_rules.semantics.knowledge.environments import REGISTRARS
from lint_rules.semantics.syntax.module_index import Module


def made(inference: Classes, module: Module, call: ast.Call) -> Values:
    """The environments of the project that a call of `make` may give; all of them where the name cannot be read."""
    name = _text(module, call.args[0] if call.args else _keyword(call, "id"))
    if inference.project.how_many_mention("entry_point") > limits.MANY_MODULES:
        return ()
    origin = Origin(module, call)
    registered = list(_registrations(inference))
    found = [classes for known, classes in registered if name is None or known is None or known == name]
    return union(*((Instance(value.cls, origin),) for values in found for value in values))


def _registrations(inference: Classes) -> Iterator[tuple[str | None, tuple[ClassObject, ...]]]:
    """The name and the class of each registration."""
    for module in inference.looking_through(inference.project.modules_mentioning("entry_point")):
        for call in module.calls.get("register", ()):
            called = inference.values(module, call.func)
            entry = _keyword(call, "entry_point") or (call.args[1] if len(call.args) > 1 else None)
            if entry is None or not any(isinstance(v, External) and v.name in REGISTRARS for v in called):
                continue
            name = _text(module, call.args[0] if call.args else _keyword(call, "id"))
            yield name, tuple(v for v in _entered(inference, module, entry) if isinstance(v, ClassObject))


def _entered(inference: Classes, module: Module, entry: ast.expr) -> Values:
    """What an entry point is."""
    text = _text(module, entry)
    if text is None:
        return inference.values(module, entry)
    where, _, name = text.partition(":")
    path = inference.project.find_module(where, module.path)
    return inference.global_name(path, name) if path is not None and name else ()


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _text(module: Module, node: ast.expr | None) -> str | None:
    """The text that an expression is written out as, or named for."""
    node = written_out(module, node) if node is not None else None
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
