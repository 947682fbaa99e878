"""Dicts and records: what is under a key or a field that is written out, and what a module keeps under one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from lint_rules.semantics.domains.types import named_members
from lint_rules.semantics.domains.types.classes import Classes
from lint_rules.semantics.domains.types.item_stores import item_stores
from lint_rules.semantics.domains.values import Collection, Instance, Values, union
from lint_rules.semantics.flow.read_back import argument_for
from lint_rules.semantics.knowledge.containers import DICTS
from lint_rules.semantics.syntax.module_index import Module, dotted, last_name


def keyed(keys: Sequence[ast.expr | None], held: Sequence[Values]) -> tuple[tuple[str, Values], ...]:
    """The items of a mapping by their keys, nothing where not every key is written out."""
    names = [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    return tuple(zip(names, held, strict=True)) if len(names) == len(keys) == len(held) else ()


def record(inference: Classes, module: Module, node: ast.Call, declared: ast.expr) -> Values:
    """An instance of a named tuple."""
    names = named_members.namedtuple_fields(declared)
    given = ((name, argument_for(node, name, names)) for name in names)
    named = tuple((name, inference.values(module, value)) for name, value in given if value is not None)
    items = tuple(values for _, values in named)
    return (Collection(items, union(*items), named),)


def mapping(inference: Classes, module: Module, node: ast.Call) -> Iterator[Values]:
    """What `dict(...)` makes of keywords, of another mapping and of pairs."""
    named = [keyword for keyword in node.keywords if keyword.arg is not None]
    held = [inference.values(module, keyword.value) for keyword in named]
    keys: list[ast.expr | None] = [ast.Constant(keyword.arg) for keyword in named]
    given = [k.value for k in node.keywords if k.arg is None]
    if not node.args and not given:
        yield (Collection(None, union(*held), keyed(keys, held)),)
        return
    alone = not named and len(node.args) + len(given) == 1
    for argument in [*node.args[:1], *given]:
        values = inference.values(module, argument)
        if alone and values and all(isinstance(value, Collection) and value.named for value in values):
            yield values
            return
        whole = [value for value in values if isinstance(value, Collection) and value.named]
        pairs = inference.elements(module, argument)
        tuples = tuple(pair for pair in pairs if isinstance(pair, Collection) and pair.items is not None)
        held.append(union(*(value.element for value in whole), inference.unpack(tuples, (1,))))
    yield (Collection(None, union(*held)),)


def of_instance(inference: Classes, value: Instance) -> Iterator[Values]:
    """What an object holds whose class is a kind of dict: `Bag({"model": model})["model"]`."""
    made = value.origin
    kinds = {last_name(base) for cls in inference.lineage(value.cls) for base in cls.node.bases}
    if made is not None and isinstance(made.node, ast.Call) and kinds & DICTS:
        if inference.method(value.cls, "__init__") is None and inference.method(value.cls, "__getitem__") is None:
            yield from mapping(inference, made.module, made.node)


def kept_under(inference: Classes, module: Module, node: ast.Subscript) -> Values:
    """What the same module keeps under the same key of an object: `app.config["MODEL"] = model`."""
    text = dotted(node.value)
    if text is None or not isinstance(node.slice, ast.Constant):
        return ()
    return union(
        *(
            inference.values(module, value)
            for target, value in item_stores(module)
            if isinstance(target.slice, ast.Constant)
            and target.slice.value == node.slice.value
            and dotted(target.value) == text
            and same_root(module, target.value, node.value)
        )
    )


def root_of(node: ast.expr) -> ast.Name | None:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node if isinstance(node, ast.Name) else None


def same_root(module: Module, one: ast.expr, other: ast.expr) -> bool:
    """Whether two dotted names begin with the same variable."""
    first_root, second_root = root_of(one), root_of(other)
    if first_root is None or second_root is None:
        return False
    return module.scopes[first_root].find(first_root.id) is module.scopes[second_root].find(second_root.id)
