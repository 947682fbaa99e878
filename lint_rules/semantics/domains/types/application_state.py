"""What a web application keeps for its handlers, in whatever file it is put there."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.domains.types.classes import Classes
from lint_rules.semantics.domains.types.item_stores import item_stores
from lint_rules.semantics.domains.values import External, Result, Value, Values
from lint_rules.semantics.flow import limits
from lint_rules.semantics.knowledge.application_state import FRAMEWORKS, is_state, may_be_state
from lint_rules.semantics.syntax.module_index import Module, last_name


def kept_under(inference: Classes, module: Module, owner: ast.expr, key: str) -> Iterator[Values]:
    """What the project stores as `state[key]`, where `owner` is the state of a web application."""
    for other in _sharing(inference, module, owner, key):
        for target, value in item_stores(other):
            if isinstance(target.slice, ast.Constant) and target.slice.value == key:
                if _is_state(inference, other, target.value):
                    yield inference.values(other, value)


def kept_as(inference: Classes, module: Module, owner: ast.expr, name: str) -> Iterator[Values]:
    """What the project stores as `state.name`, where `owner` is the state of a web application."""
    for other in _sharing(inference, module, owner, name):
        for store in other.stores.get(name, ()):
            if store.value is not None and _is_state(inference, other, store.target.value):
                yield inference.unpack(inference.values(other, store.value), store.path)


def _sharing(inference: Classes, module: Module, owner: ast.expr, word: str) -> Iterator[Module]:
    """The modules that may store under a name what is read of the state of an application; none for other owners."""
    project = inference.project
    if not may_be_state(last_name(owner)) or not any(name in module.text for name in FRAMEWORKS):
        return
    if project.how_many_mention(word) > limits.MANY_MODULES or not _is_state(inference, module, owner):
        return
    yield from inference.looking_through(project.modules_mentioning(word))


def _is_state(inference: Classes, module: Module, node: ast.expr) -> bool:
    """Whether an expression is such a state: by its kind, or by its name where nothing shows what it is."""
    values = inference.values(module, node)
    return any(_names_state(value) for value in values) if values else may_be_state(last_name(node))


def _names_state(value: Value) -> bool:
    return isinstance(value, External | Result) and is_state(value.name)
