"""Which definitions does a use see? Beside each use stand the lines of the definitions that it sees.

`# sees: 1, 2` marks the names in the call `use(...)` of that line. More words after a semicolon: `unbound` (some way
binds nothing), `carried 2` (the definition in line 2 also arrives from an earlier iteration of the innermost loop).
`# sees: nothing` is a builtin or a name that is certainly unbound, `# dead` is what no way leads to.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from lint_rules.semantics.flow import use_def
from lint_rules.semantics.flow.use_def import (
    always_runs_before,
    bindings_of,
    carried_bindings,
    is_certainly_bound,
    is_reachable,
    loops_around,
    uses_of,
)
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.scopes import Binding

MARK = re.compile(r"# (sees: .+|dead)$")


def module_of(text: str) -> Module:
    text = textwrap.dedent(text).lstrip("\n")
    return Module(Path("m.py"), text, ast.parse(text))


def names_used(module: Module, row: int) -> Iterator[ast.Name]:
    """The names in the calls of `use` in a row."""
    for call in module.calls.get("use", ()):
        if call.lineno == row:
            yield from (node for item in call.args for node in ast.walk(item) if isinstance(node, ast.Name))


def rows(bindings: list[Binding]) -> list[int]:
    return sorted(binding.node.lineno if hasattr(binding.node, "lineno") else line_of(binding) for binding in bindings)


def line_of(binding: Binding) -> int:
    """The line of the iterable: a part of a comprehension has no line of its own."""
    assert binding.value is not None
    return binding.value.lineno


def told(module: Module, name: ast.Name) -> str:
    """What the analysis says of a use, in the words of the marks."""
    if not is_reachable(module, name):
        assert bindings_of(module, name) == []
        return "dead"
    seen = rows(bindings_of(module, name))
    words = ["sees: " + (", ".join(map(str, seen)) or "nothing")]
    if seen and not is_certainly_bound(module, name):
        words.append("unbound")
    loops = loops_around(module, name)
    carried = rows(carried_bindings(module, name, loops[0])) if loops else []
    if carried:
        words.append("carried " + ", ".join(map(str, carried)))
    return "; ".join(words)


def check(text: str) -> None:
    module = module_of(text)
    marks = {row: m[1] for row, line in enumerate(module.lines, 1) if (m := MARK.search(line))}
    assert marks
    found = {row: {told(module, name) for name in names_used(module, row)} for row in marks}
    assert found == {row: {mark} for row, mark in marks.items()}


TABLE = {
    "straight line": """
        x = 1
        use(x)  # sees: 1
        x = 2
        use(x)  # sees: 3
        use(len)  # sees: nothing
    """,
    "both arms of an if bind": """
        x = 1
        if a:
            x = 2
            use(x)  # sees: 3
        else:
            x = 3
        use(x)  # sees: 3, 6
    """,
    "one arm binds": """
        x = 1
        if a:
            x = 2
        elif b:
            pass
        use(x)  # sees: 1, 3
    """,
    "an if whose test is constant": """
        x = 1
        if True:
            x = 2
        use(x)  # sees: 3
        if 0:
            use(x)  # dead
    """,
    "bound on one way only": """
        def f(a):
            if a:
                x = 1
            use(x)  # sees: 3; unbound
    """,
    "early return": """
        def f(a):
            x = 1
            if a:
                x = 2
                return use(x)  # sees: 4
            use(x)  # sees: 2
            return x
            use(x)  # dead
    """,
    "raise": """
        x = 1
        if a:
            x = 2
            raise ValueError
        use(x)  # sees: 1
    """,
    "calls that never return": """
        import os
        import sys
        from sys import exit as leave
        x = 1
        if a:
            x = 2
            sys.exit(1)
        elif b:
            x = 3
            leave()
        elif c:
            x = 4
            quit()
        elif d:
            x = 5
            os._exit(2)
        use(x)  # sees: 4
        b or sys.exit()
        use(x)  # sees: 4
    """,
    "a function of one's own that is called exit": """
        def exit():
            pass
        x = 1
        if a:
            x = 2
            exit()
        use(x)  # sees: 3, 5
    """,
    "assert": """
        x = 1
        if a:
            x = 2
            assert False
        use(x)  # sees: 1
        assert x
        use(x)  # sees: 1
    """,
    "while": """
        x = 1
        while use(x):  # sees: 1, 4; carried 4
            use(x)  # sees: 1, 4; carried 4
            x = 2
            use(x)  # sees: 4
        use(x)  # sees: 1, 4
    """,
    "while True ends by break": """
        x = 1
        while True:
            use(x)  # sees: 1, 8; carried 8
            if a:
                x = 2
                break
            use(x)  # sees: 1, 8; carried 8
            x = 3
        use(x)  # sees: 5
    """,
    "while True without break": """
        while True:
            x = 1
        use(x)  # dead
    """,
    "continue": """
        x = 1
        while a:
            x = 2
            if b:
                x = 3
                continue
            use(x)  # sees: 3
            x = 4
        use(x)  # sees: 1, 5, 8
    """,
    "for and its else": """
        x = 1
        for i in items:
            use(i)  # sees: 2
            if i:
                x = 2
                break
        else:
            use(x)  # sees: 1
            x = 3
        use(x)  # sees: 5, 9
        use(i)  # sees: 2; unbound
    """,
    "a loop that certainly runs": """
        for i in range(3):
            x = 1
        use(x)  # sees: 2
        use(i)  # sees: 1
        for j in [1, 2]:
            y = 1
        use(y)  # sees: 6
        for k in range(n):
            z = 1
        use(z)  # sees: 9; unbound
    """,
    "nested loops": """
        x = 1
        for i in items:
            for j in items:
                use(x)  # sees: 1, 5; carried 5
                x = 2
            use(x)  # sees: 1, 5; carried 5
    """,
    "bound anew at the top of each iteration": """
        for i in items:
            x = 1
            for j in items:
                use(x)  # sees: 2, 5; carried 5
                x = 2
            use(x)  # sees: 2, 5
    """,
    "try and except": """
        x = None
        try:
            x = load()
            other()
            use(x)  # sees: 3
        except ValueError:
            use(x)  # sees: 1, 3
            x = 3
        use(x)  # sees: 3, 8
    """,
    "an assignment that fails binds nothing": """
        x = None
        try:
            x = load()
        except OSError:
            use(x)  # sees: 1
            raise SystemExit
        use(x)  # sees: 3
    """,
    "try, else and finally": """
        x = 1
        try:
            x = load()
        except OSError:
            x = 2
        else:
            use(x)  # sees: 3
            x = 3
        finally:
            use(x)  # sees: 1, 3, 5, 8
        use(x)  # sees: 5, 8
    """,
    "finally on the way of a return": """
        def f():
            x = 1
            try:
                x = load()
                if x:
                    x = 2
                    return x
            finally:
                use(x)  # sees: 2, 4, 6
            use(x)  # sees: 4
    """,
    "finally on the way of a break": """
        x = 0
        while True:
            try:
                x = load()
                break
            except OSError:
                x = 2
                continue
            finally:
                use(x)  # sees: 1, 4, 7; carried 7
        use(x)  # sees: 4
    """,
    "finally that returns": """
        def f():
            try:
                x = 1
                raise ValueError
            finally:
                return 1
            use(x)  # dead
    """,
    "the name of an exception": """
        e = 1
        try:
            load()
        except OSError as e:
            use(e)  # sees: 4
        use(e)  # sees: 1; unbound
    """,
    "the name of an exception, on the way out of its handler": """
        def f():
            try:
                load()
            except OSError as e:
                return
            finally:
                use(e)  # sees: nothing
    """,
    "a comprehension in a class body": """
        x = 1
        class C:
            x = 2
            y = [use(x) for _ in items]  # sees: 1
    """,
    "raise inside of try": """
        x = 1
        try:
            x = 2
            raise ValueError
        except ValueError:
            use(x)  # sees: 3
            x = 3
        use(x)  # sees: 7
    """,
    "with": """
        x = 1
        with manager() as x:
            use(x)  # sees: 2
            x = 2
        use(x)  # sees: 4
        with lock:
            raise ValueError
        use(x)  # dead
    """,
    "with that ends exceptions": """
        from contextlib import suppress
        x = 1
        with suppress(OSError):
            x = load()
            x = other()
        use(x)  # sees: 2, 4, 5
    """,
    "match": """
        x = 1
        match command:
            case "a":
                x = 2
            case [y, *rest] if y:
                use(y, rest)  # sees: 5
                x = 3
            case {"k": value, **others}:
                use(value, others)  # sees: 8
                return_ = 1
            case Point(px=0) as point:
                use(point)  # sees: 11
        use(x)  # sees: 1, 4, 7
    """,
    "match that always matches": """
        match command:
            case 1:
                x = 1
            case _:
                x = 2
        use(x)  # sees: 3, 5
    """,
    "comprehensions": """
        x = 1
        y = [use(x) for x in items]  # sees: 2
        use(x)  # sees: 1
        z = {k: use(k, v) for k, v in items}  # sees: 4
    """,
    "the first iterable of a comprehension": """
        x = 1
        y = [x for x in use(x)]  # sees: 1
    """,
    "walrus": """
        if (x := load()) and (y := x):
            use(x, y)  # sees: 1
        use(x)  # sees: 1
        use(y)  # sees: 1; unbound
        z = (w := 1) if a else 2
        use(w)  # sees: 5; unbound
        while not (line := read()):
            use(line)  # sees: 7
        use(line)  # sees: 7
    """,
    "walrus in an or": """
        if a or (x := load()):
            use(x)  # sees: 1; unbound
        else:
            use(x)  # sees: 1
    """,
    "walrus in a comprehension": """
        last = 0
        values = [last := item for item in items if use(last)]  # sees: 1, 2
        use(last)  # sees: 1, 2
    """,
    "conditional expressions": """
        x = 1
        y = use(x) if (x := load()) else use(x)  # sees: 2
        use(x)  # sees: 2
    """,
    "augmented assignment": """
        x = 1
        x += 2
        use(x)  # sees: 1, 2
        x = 3
        use(x)  # sees: 4
        for i in items:
            x += i
        use(x)  # sees: 4, 7
    """,
    "annotations": """
        x: int
        use(x)  # sees: 1; unbound
        x: int = 1
        use(x)  # sees: 3
    """,
    "del": """
        def f():
            x = 1
            del x
            use(x)  # sees: nothing
            y = 1
            if a:
                del y
            use(y)  # sees: 5; unbound
    """,
    "star import": """
        x = 1
        from somewhere import *
        use(x)  # sees: 1; unbound
        use(y)  # sees: nothing
        x = 2
        use(x)  # sees: 5
    """,
    "imports, functions and classes": """
        import os.path
        from a import b as c
        def f(): pass
        class C: pass
        use(os)  # sees: 1
        use(c)  # sees: 2
        use(f)  # sees: 3
        use(C)  # sees: 4
    """,
    "a module that is not in the order in which it is run": """
        use(x)  # sees: 3; unbound
        use(input)  # sees: nothing
        x = 1
        input = 2
    """,
    "parameters": """
        x = 1
        def f(x, *args, y=use(x), **kwargs):  # sees: 1
            use(x, args, kwargs)  # sees: 2
            x = 2
            use(x)  # sees: 4
    """,
    "class bodies": """
        x = 1
        class C:
            use(x)  # sees: 1
            x = x
            use(x)  # sees: 4
            def f(self):
                use(x)  # sees: 1, 8
        x = 2
    """,
    "a class body that binds on one way": """
        x = 1
        class C:
            if a:
                x = 2
            use(x)  # sees: 1, 4
    """,
    "a function sees what holds where it is called": """
        x = 1
        use(x)  # sees: 1
        def f():
            use(x)  # sees: 5, 7
        x = 2
        f()
        x = 3
    """,
    "a function of a function": """
        def outer():
            x = 1
            def f():
                use(x)  # sees: 5
            x = 2
            f()
            x = 3
    """,
    "a function that is handed on": """
        def outer():
            x = 1
            def f():
                use(x)  # sees: 5, 7
            x = 2
            start(f)
            x = 3
    """,
    "functions that call each other": """
        def outer():
            x = 1
            def f():
                use(x)  # sees: 7
            def g():
                f()
            x = 2
            g()
            x = 3
    """,
    "methods and lambdas": """
        x = 1
        x = 2
        class C:
            def f(self):
                use(x)  # sees: 2, 7
        g = lambda: use(x)  # sees: 2, 7
        x = 3
    """,
    "generators": """
        def outer():
            x = 1
            def f():
                yield use(x)  # sees: 5, 7, 10
            x = 2
            found = f()
            x = 3
            found = (use(x) for _ in items)  # sees: 7, 10
            total = sum(use(x) for _ in items)  # sees: 7
            x = 4
    """,
    "a function that nothing leads to": """
        x = 1
        if False:
            def f():
                y = 1
                use(x)  # dead
                use(y)  # dead
    """,
    "global": """
        x = 1
        def f():
            global x
            use(x)  # sees: 1, 5, 7, 11
            x = load()
            use(x)  # sees: 5
            x = 3
        use(x)  # sees: 1
        f()
        use(x)  # sees: 1, 5, 7
        x = 4
        print()
        use(x)  # sees: 11
        def g():
            use(x)  # sees: 5, 7, 11
    """,
    "global, run through another function": """
        x = 1
        def f():
            global x
            x = 2
        def g():
            f()
        other()
        use(x)  # sees: 1
        g()
        use(x)  # sees: 1, 4
    """,
    "global, handed on": """
        x = 1
        def f():
            global x
            x = 2
        button(f)
        use(x)  # sees: 1, 4
    """,
    "nonlocal": """
        def outer():
            x = 1
            def f():
                nonlocal x
                x = 2
            use(x)  # sees: 2
            f()
            use(x)  # sees: 2, 5
            return x
    """,
    "finally within finally": """
        x = 1
        try:
            a()
        finally:
            try:
                x = b()
            finally:
                try:
                    c()
                finally:
                    try:
                        d()
                    finally:
                        try:
                            e()
                        finally:
                            use(x)  # sees: 1, 6
        use(x)  # sees: 6
    """,
}


@pytest.mark.parametrize("text", TABLE.values(), ids=TABLE.keys())
def test_sees(text: str) -> None:
    check(text)


SOURCES = sorted((Path(__file__).parents[2] / "lint_rules" / "semantics").rglob("*.py"))


def what_all_see(text: str) -> dict[tuple[int, int, str], list[int]]:
    module = Module(Path("m.py"), text, ast.parse(text))
    uses = [name for named in module.names.values() for name in named]
    return {(use.lineno, use.col_offset, use.id): rows(bindings_of(module, use)) for use in uses}


@pytest.mark.parametrize(
    "text",
    [*TABLE.values(), *(f"def f():{text}" for text in TABLE.values()), *SOURCES[::9]],
    ids=lambda text: text.stem if isinstance(text, Path) else None,
)
def test_what_the_tree_alone_shows_is_what_the_analysis_says(text: str | Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = text.read_text() if isinstance(text, Path) else textwrap.dedent(text)
    shown = what_all_see(text)
    monkeypatch.setattr(use_def, "only_binding", lambda *_: None)
    assert shown == what_all_see(text)


def test_the_cells_of_a_notebook_are_run_one_by_one() -> None:
    text = "x = 1\nraise SystemExit\nuse(x)\nuse(x)\n"
    module = Module(Path("n.ipynb"), text, ast.parse(text), lambda row: (1 if row < 4 else 2, row))
    assert [told(module, name) for row in (3, 4) for name in names_used(module, row)] == ["dead", "sees: 1"]


def test_an_elif_chain_may_be_long() -> None:
    chain = "".join(f"elif a == {number}:\n    x = {number}\n" for number in range(1500))
    module = module_of(f"if a is None:\n    x = 1\n{chain}else:\n    x = 2\nuse(x)\n")
    (name,) = names_used(module, len(module.lines) - 1)
    assert len(bindings_of(module, name)) == 1502
    assert is_certainly_bound(module, name)


def test_uses_of_a_definition() -> None:
    module = module_of("x = 1\nuse(x)\nif a:\n    x = 2\nuse(x)\n")
    first, second = module.scope.bindings["x"]
    assert [use.lineno for use in uses_of(module, first)] == [2, 5]
    assert [use.lineno for use in uses_of(module, second)] == [5]


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("first()\nthen()", True),
        ("then()\nfirst()", False),
        ("if a:\n    first()\nthen()", False),
        ("if a:\n    first()\n    then()", True),
        ("if first():\n    then()", True),
        ("if not a:\n    raise OSError\nfirst()\nthen()", True),
        ("try:\n    first()\nfinally:\n    pass\nthen()", True),
        ("try:\n    a()\n    first()\nexcept OSError:\n    pass\nthen()", False),
        ("try:\n    a()\nfinally:\n    first()\nthen()", True),
        ("while a:\n    first()\nthen()", False),
        ("while True:\n    first()\n    if a:\n        break\nthen()", True),
        ("for i in range(2):\n    first()\nthen()", True),
        ("first()\ndef f():\n    then()", False),
        ("if False:\n    first()\n    then()", False),
    ],
)
def test_always_runs_before(text: str, before: bool) -> None:
    module = module_of(text)
    (first,), (then,) = module.calls["first"], module.calls["then"]
    assert always_runs_before(module, first, then) is before


def test_loops_around() -> None:
    module = module_of("""
        for a in use(a):
            while use(b):
                def f():
                    for c in d:
                        use(c)
                use(e)
            else:
                use(g)
    """)
    around = {call.lineno: [loop.lineno for loop in loops_around(module, call)] for call in module.calls["use"]}
    assert around == {1: [], 2: [2, 1], 5: [4], 6: [2, 1], 8: [1]}


@pytest.mark.parametrize("word", ["break", "continue"])
def test_what_parses_and_does_not_compile_is_read_on(word: str) -> None:
    module = module_of(f"x = 1\nif y:\n    {word}\nuse(x)\n")
    (name,) = names_used(module, 4)
    assert rows(bindings_of(module, name)) == [1]
