"""The law of order: what is found does not depend on what else is there, nor on what was looked at before."""

from __future__ import annotations

import ast
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from laws.programs import Findings, Program, expected, findings
from laws.reorder import (
    reversed_definitions,
    rotated_definitions,
    unrelated_above,
    unrelated_below,
    unrelated_between,
)
from lint_rules.semantics.calls.call_graph import Callers, inference_of
from lint_rules.semantics.effects.attribute_effects import changes_self
from lint_rules.semantics.effects.weight_updates import trained_by
from lint_rules.semantics.models.symbolic import is_symbolic
from lint_rules.semantics.project.options import Options
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.source.reader import read_source

Broken = list[tuple[Program, Findings, Findings]]


def broken(programs: list[Program], change: Callable[[Program], Findings]) -> Broken:
    """The programs in which another way of looking gives other findings: with those missed, and those made up."""
    found: Broken = []
    for program in programs:
        before, after = expected(program), change(program)
        if before != after:
            found.append((program, before - after, after - before))
    return found


def modules(program: Program) -> list[str]:
    return sorted(name for name in program.files if name.endswith(".py"))


@pytest.mark.parametrize(
    "transform",
    [unrelated_above, unrelated_below, unrelated_between, reversed_definitions, rotated_definitions],
    ids=lambda transform: transform.__name__,
)
def test_the_order_of_definitions(programs: list[Program], transform: Callable[[str], str]) -> None:
    def change(program: Program) -> Findings:
        return findings({n: transform(text) if n.endswith(".py") else text for n, text in program.files.items()})

    assert broken(programs, change) == []


def test_one_rule_alone_finds_what_it_finds_among_all(programs: list[Program]) -> None:
    def change(program: Program) -> Findings:
        codes = sorted({code for code, _, _ in expected(program)})
        return sum((findings(program.files, select=[code]) for code in codes), Counter())

    # Two rules may speak of the same call; then one is told. Alone, each rule tells what is its own.
    assert [(program, missed) for program, missed, _ in broken(programs, change) if missed] == []


def test_one_file_alone_has_the_findings_that_it_has_among_all(programs: list[Program]) -> None:
    def change(program: Program) -> Findings:
        return sum((findings(program.files, only=[name]) for name in modules(program)), Counter())

    assert broken(programs, change) == []


def test_the_order_of_files(programs: list[Program]) -> None:
    def change(program: Program) -> Findings:
        return findings(program.files, only=modules(program)[::-1])

    assert broken(programs, change) == []


def test_a_file_of_its_own_beside(programs: list[Program]) -> None:
    def change(program: Program) -> Findings:
        more = {"aaa_unrelated.py": unrelated_below("import keras\n"), "zzz_unrelated.py": unrelated_above("X = 1\n")}
        return findings({**program.files, **more})

    assert broken(programs, change) == []


# The questions that the rules ask


def _questions(project: Project) -> Iterator[tuple[str, Callable[[], object]]]:
    """Every question of every kind that leads to others, about every expression and function of a project."""
    for path in project.files:
        module = project.try_module(path)
        if module is None:
            continue
        for node in module.scopes:
            if isinstance(node, ast.Call | ast.Attribute | ast.Name) and isinstance(
                getattr(node, "ctx", None), ast.Load | None
            ):
                yield from _about(project, module, node)
        for function in module.functions.values():
            inference = inference_of(project)
            named = f"{function.name} {module.path.name}:{function.node.lineno}:{function.node.col_offset}"
            yield f"edges {named}", lambda f=function: [e.place() for e in Callers.of(project).edges(f)]
            yield f"trained by {named}", lambda f=function, i=inference: trained_by(i, f)
            yield f"changes {named}", lambda f=function, i=inference: changes_self(f, i)


def _about(project: Project, module: Module, node: ast.expr) -> Iterator[tuple[str, Callable[[], object]]]:
    place = f"{module.path.name}:{node.lineno}:{node.col_offset} {ast.unparse(node)}"
    yield f"values {place}", lambda: inference_of(project).values(module, node)
    yield f"symbolic {place}", lambda: is_symbolic(module, node, project)


def test_an_answer_is_the_same_whatever_was_asked_before(programs: list[Program], tmp_path: Path) -> None:
    dice = random.Random(0)
    for number, program in enumerate(programs[::4]):
        folder = tmp_path / str(number)
        for name, text in program.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        files = sorted(folder.rglob("*.py"))
        project = Project(folder, files, lambda path: read_source(path, path.read_bytes()), Options())
        asked = list(_questions(project))
        alone = {}
        for question, ask in asked:
            project.begin()
            alone[question] = ask()
        project.begin()
        dice.shuffle(asked)
        after_others = {question: ask() for question, ask in asked}
        assert after_others == alone, program
