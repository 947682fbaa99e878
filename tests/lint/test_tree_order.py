"""The order of a module's nodes says the same as a walk of the tree, and blocks the same as a search of them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from lint_rules.semantics.syntax.blocks import place_of
from lint_rules.semantics.syntax.module_index import Module

CODE = """
@wraps(f)
def first(a, b: int = one(), *rest, **named) -> str:
    with open(a) as stream, lock:
        for row in rows(stream):
            yield row.cells[0]["x"]
        else:
            done(row)
    try:
        total = [g(x) for x in xs if keep(x) for y in x]
    except (ValueError, KeyError) as error:
        raise Wrapped(f"{error!r} {b:>{width}}") from error
    finally:
        close(stream)

class Second(Base, metaclass=Meta):
    field: int = value()
    def method(self): return lambda x: self.call(x)

match subject():
    case {"k": Point(x=0), **others} if allowed(others):
        pass
    case [first_one, *_] | (first_one, 2):
        use(first_one)
"""


def module_of(text: str) -> Module:
    return Module(Path("m.py"), text, ast.parse(text))


def test_what_lies_within_a_node_is_what_a_walk_finds():
    module = module_of(CODE)
    for outer in (node for node in ast.walk(module.tree) if hasattr(node, "lineno")):
        inside = set(ast.walk(outer))
        for kind in (ast.Call, ast.Name, ast.Subscript):
            expected = {node for node in inside if isinstance(node, kind)}
            assert set(module.order.within(outer, kind)) == expected, ast.dump(outer)
            assert all(module.order.holds(outer, node) for node in expected)
    calls = module.order.within(module.tree, ast.Call)
    assert [(call.lineno, call.col_offset) for call in calls if call.lineno > 20] == [(21, 40), (24, 8)]


def test_a_node_of_another_module_lies_nowhere():
    module, other = module_of(CODE), module_of("call()")
    (call,) = other.order.within(other.tree, ast.Call)
    assert not module.order.holds(module.tree, call)
    assert module.order.within(call, ast.Call) == []


def test_every_statement_has_its_place():
    module = module_of(CODE)
    for parent in ast.walk(module.tree):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(parent, field, None)
            for number, statement in enumerate(block if isinstance(block, list) else ()):
                place = place_of(module, statement)
                assert place is not None
                assert (place.field, place.block, place.number) == (field, block, number)
    assert place_of(module, module.order.within(module.tree, ast.Call)[0]) is None


@pytest.mark.parametrize(
    "text",
    [
        "y = model.predict(x)",
        "é = model.predict('ü', x)",
        "y = model.predict(\n    'ü',\n    x,\n)",
        "if a:\n    b = '\x0c'; c = d",
    ],
)
def test_a_node_is_shown_as_python_cuts_it_from_the_text(text: str):
    module = module_of(text)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.expr | ast.stmt):
            expected = " ".join((ast.get_source_segment(text, node) or "").split())
            assert module.source(node, limit=1000) == expected
