"""Which ways lead on from a call of `use`: does its loop go on once it has run, and which tests keep it from running?

`# again` and `# once` stand at the end of the line of `use()`, for the innermost loop around it. `# cut off` is what no
way leads to if `flag` is true, `# reached` what some way leads to all the same.
"""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path

import pytest

from lint_rules.semantics.flow.use_def import comes_again, is_cut_off, left_open, loops_around
from lint_rules.semantics.syntax.module_index import Module

MARK = re.compile(r"use\(\).*# (again|once|cut off|reached)$")


def marked_calls(text: str) -> tuple[Module, list[tuple[ast.Call, str]]]:
    text = textwrap.dedent(text).lstrip("\n")
    module = Module(Path("m.py"), text, ast.parse(text))
    marks = {row: mark[1] for row, line in enumerate(text.split("\n"), 1) if (mark := MARK.search(line))}
    found = [(call, marks[call.lineno]) for call in module.calls["use"]]
    assert len(found) == len(marks)
    return module, found


LOOPS = {
    "a_plain_loop": """
        for x in xs:
            use()  # again
    """,
    "return_behind_it": """
        def f():
            for x in xs:
                if x:
                    use()  # once
                    return
                use()  # again
    """,
    "both_arms_leave": """
        while True:
            use()  # once
            if done():
                break
            else:
                raise ValueError
    """,
    "one_arm_goes_on": """
        while True:
            use()  # again
            if more():
                continue
            break
    """,
    "an_iterator_that_ends_is_no_failure": """
        for x in xs:
            use()  # again
            while True:
                try:
                    y = next(items)
                except StopIteration:
                    break
                show(y)
    """,
    "tried_again_when_it_fails": """
        for attempt in range(3):
            try:
                use()  # once
                break
            except OSError:
                continue
    """,
    "the_else_of_try_leaves": """
        while True:
            try:
                use()  # once
            except OSError:
                continue
            else:
                break
    """,
    "raised_here_and_caught_here": """
        for x in xs:
            try:
                use()  # again
                raise Retry
            except Retry:
                pass
    """,
    "finally_leaves": """
        def f():
            for x in xs:
                try:
                    use()  # once
                finally:
                    return
    """,
    "with_around": """
        for x in xs:
            with lock:
                use()  # once
                break
    """,
    "suppressed": """
        for x in xs:
            with suppress(OSError):
                use()  # once
                break
    """,
    "the_inner_loop_ends_and_the_outer_goes_on": """
        for x in xs:
            for y in ys:
                use()  # once
                break
            use()  # again
    """,
    "the_test_of_a_loop": """
        while use():  # again
            break
    """,
    "an_assertion_is_no_way_on": """
        for x in xs:
            try:
                use()  # once
                assert x
                break
            except AssertionError:
                pass
    """,
}


@pytest.mark.parametrize("text", LOOPS.values(), ids=LOOPS)
def test_whether_a_loop_goes_on(text: str) -> None:
    module, calls = marked_calls(text)
    for call, mark in calls:
        loop = loops_around(module, call)[0]
        assert ("again" if comes_again(module, call, loop) else "once") == mark, call.lineno


BRANCHES = {
    "the_arms": """
        if flag:
            use()  # reached
        else:
            use()  # cut off
    """,
    "an_arm_that_leaves": """
        def f():
            if flag:
                return
            use()  # cut off
    """,
    "an_arm_that_goes_on_with_the_next": """
        for x in xs:
            if flag:
                continue
            use()  # cut off
    """,
    "an_arm_that_may_leave": """
        for x in xs:
            if flag:
                if x:
                    break
            use()  # reached
    """,
    "what_fails_goes_on_in_a_handler": """
        def f():
            try:
                if flag:
                    return step()
            except OSError:
                pass
            use()  # reached
    """,
    "elif": """
        if other:
            use()  # reached
        elif flag:
            use()  # reached
        else:
            use()  # cut off
    """,
    "the_test_itself": """
        if flag and use():  # reached
            pass
    """,
}


@pytest.mark.parametrize("text", BRANCHES.values(), ids=BRANCHES)
def test_what_a_test_keeps_from_running(text: str) -> None:
    module, calls = marked_calls(text)
    for call, mark in calls:
        left = left_open(module, call, lambda test: True if isinstance(test, ast.Name) and test.id == "flag" else None)
        cut = is_cut_off(module, call, left)
        assert ("cut off" if cut else "reached") == mark, call.lineno
