"""Can what a loop goes over be gone over twice? `# again` where the code shows it, `# once` where it does not."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable

import pytest

from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.gone_over import gone_over, repeatable

CASES = {
    "lists": """
        rows = [1, 2]
        more = [row for row in rows]
        rows += more
        again = rows
        for row in again:  # again
            pass
        for row in more:  # again
            pass
    """,
    "iterators": """
        rows = [1, 2]
        walk = iter(rows)
        for row in walk:  # once
            pass
        for row in (row for row in rows):  # once
            pass
        for part in [iter(rows), iter(rows)]:
            for row in part:  # once
                pass
    """,
    "a name that is bound again": """
        def work(path):
            rows = path.split()
            print(len(rows))
            rows = map(int, rows)
            for row in rows:  # once
                pass
    """,
    "asked for its length": """
        def work(rows, others):
            # len(others) is not asked: a comment, and "others[0]" in a text
            print(len(rows))
            for row in rows:  # again
                pass
            for row in others:  # once
                pass
    """,
    "asked in another function": """
        def count(rows):
            return len(rows)

        def work(rows):
            for row in rows:  # once
                pass
    """,
    "arrays": """
        import numpy as np
        from numpy import load
        def work(path, n):
            for row in np.arange(n):  # again
                pass
            for row in np.random.rand(n):  # once
                pass
            rows = load(path)
            for row in rows:  # again
                pass
            scaled = rows / 2
            for row in scaled:  # again
                pass
            drawn = np.random.rand(n)
            for row in drawn:  # again
                pass
            for pair in np.ndenumerate(rows):  # once
                pass
    """,
    "dicts and their views": """
        def work(found):
            for key, value in found.items():  # again
                pass
    """,
    "attributes": """
        class Store:
            def __init__(self, path):
                self.rows = []
                self.lines = open(path)
                self.walk = iter(self.rows)

            def go(self):
                for row in self.rows:  # again
                    pass
                for row in self.lines:  # once
                    pass
                for row in self.walk:  # once
                    pass

        class Other:
            def size(self):
                return len(self.lines)
    """,
    "files and generators": """
        def lines(path):
            yield from open(path)
        for line in open("a"):  # once
            pass
        for line in lines("a"):  # once
            pass
        kept = list(lines("a"))
        for line in kept:  # again
            pass
    """,
}


@pytest.mark.parametrize("name", CASES)
def test_what_can_be_gone_over_twice(name: str, view: Callable[[dict[str, str]], Project]) -> None:
    text = textwrap.dedent(CASES[name]).lstrip("\n")
    of = view({"code.py": text})
    module = of.module(of.root / "code.py")
    wanted = {row: mark[1] for row, line in enumerate(text.splitlines(), 1) if (mark := re.search(r"# (\w+)$", line))}
    loops = {node.lineno: node for node in ast.walk(module.tree) if isinstance(node, ast.For)}
    told = {
        row: "again" if module.code(gone_over(loops[row])[0]) in repeatable(of, module, loops[row]) else "once"
        for row in wanted
    }
    assert told == wanted
