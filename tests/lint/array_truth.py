"""Compares what is said of an expression with what it is when it runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from lint_rules.semantics.domains.array_readings import array
from lint_rules.semantics.domains.arrays.value import Array, Kind, Unit
from lint_rules.semantics.flow.answers import Answer
from lint_rules.semantics.project.project import Project

Look = Callable[[str | dict[str, str]], Project]


def holds(answer: Answer[Array], real: object) -> bool:
    """Whether what is known of a value is true of it."""
    return not answer.complete or any(is_true(value, real) for value in answer.values)


def is_true(value: Array, real: Any) -> bool:
    """Whether an abstract array says nothing wrong of a real one."""
    if value.kind is Kind.NUMBER:
        return np.ndim(real) == 0 and (not isinstance(value.number, int) or value.number == real)
    if value.kind in (Kind.LIST, Kind.TUPLE):
        if value.kind is Kind.TUPLE and not isinstance(real, tuple):
            return False
        if not isinstance(real, list | tuple | deque | set) or (
            isinstance(value.rows, int) and value.rows != len(real)
        ):
            return False
        if value.items is not None and not all(map(holds, value.items, real)):
            return False
        return value.each is None or all(holds(value.each, item) for item in real)
    if value.kind in (Kind.OTHER, Kind.SLICE, Kind.DICT):
        return not hasattr(real, "shape")
    if value.kind is Kind.NUMPY and value.dims and not isinstance(real, np.ndarray):
        return False
    if value.kind is Kind.TENSOR and isinstance(real, np.ndarray):
        return False
    return value.unit is Unit.OUTPUTS or has_axes(value, tuple(np.shape(real)))


def has_axes(value: Array, shape: tuple[int, ...]) -> bool:
    if len(value.dims) > len(shape) or (value.closed and len(value.dims) != len(shape)):
        return False
    return all(not isinstance(dim, int) or dim == size for dim, size in zip(value.dims, shape, strict=False))


def compare(view: Look, setup: str, expressions: list[str], names: dict[str, object]) -> list[Answer[Array]]:
    """Read expressions and run them; what is read must be true, and is returned."""
    project = view({"code.py": setup + "".join(f"look({expression})\n" for expression in expressions)})
    module = project.module(project.files[0])
    answers = [array(project, module, call.args[0]) for call in module.calls["look"]]
    wrong = [
        (expression, answer, real)
        for expression, answer in zip(expressions, answers, strict=True)
        if not holds(answer, real := eval(expression, names))
    ]
    assert not wrong, wrong
    return answers


def names_after(setup: str) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(setup, names)
    return names


def split(text: str) -> list[str]:
    return [part.strip() for line in text.strip().splitlines() for part in line.split(" | ")]
