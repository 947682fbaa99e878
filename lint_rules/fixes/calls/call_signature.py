"""`def call(self, x):` -> `def call(self, x, training=None):`, and the flag passed on to the layers that need it."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.calls.arguments import keyword_of, setting, unpacks
from lint_rules.fixes.tree.locate import Tree, call_at, tree_at
from lint_rules.fixes.tree.text import Change, edits, offset_of

Span = tuple[Position, Position]


def accept_training(text: str, at: Position, forward: Sequence[Span] = ()) -> tuple[Edit, ...] | None:
    """Add the parameter to the method whose `def` starts at `at`, unless it has it, and pass it on.

    `forward` are start and end of the calls of layers in the method that depend on the mode. None where there is
    nothing to add.
    """
    tree = tree_at(text, at)
    if tree is None:
        return None
    start = offset_of(text, at)
    method = next(
        (
            node
            for node in tree.nodes()
            if isinstance(node, cst.FunctionDef) and start in (tree.span(node)[0], tree.line_start(tree.span(node)[0]))
        ),
        None,
    ) or _method_of_decorated(tree, start)
    if method is None:
        return None
    changes = [_new_parameter(tree, method)] if not _takes_training(method) else []
    for first, last in forward:
        found = call_at(text, first, end=last)
        if found is None or unpacks(found[1]):
            return None
        if any(keyword_of(argument) == "training" for argument in found[1].args):
            continue
        change = setting(found[0], found[1], "training", "training")
        if change is None:
            return None
        changes.append(change)
    return edits(text, changes) or None


def _method_of_decorated(tree: Tree, start: int) -> cst.FunctionDef | None:
    """The function whose `def` keyword is at `start`, below its decorators."""
    for node in tree.nodes():
        if isinstance(node, cst.FunctionDef) and node.decorators:
            first = tree.full_span(node.decorators[-1])[1]
            if first <= start <= tree.full_span(node.name)[0] and not tree.text[first:start].strip():
                return node
    return None


def _takes_training(method: cst.FunctionDef) -> bool:
    parameters = method.params
    every = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
    return any(parameter.name.value == "training" for parameter in every)


def _new_parameter(tree: Tree, method: cst.FunctionDef) -> Change:
    """The change that puts `training=None` behind the last parameter that can be passed by place."""
    parameters = method.params
    annotated = any(parameter.annotation for parameter in parameters.params)
    code = "training: bool | None = None" if annotated else "training=None"
    places = (*parameters.posonly_params, *parameters.params)
    if not places:
        opening = tree.text.index("(", tree.full_span(method.name)[1]) + 1
        return opening, opening, code if not parameters.star_kwarg else f"{code}, "
    last = places[-1]
    end = max(tree.full_span(part)[1] for part in (last.name, last.annotation, last.default) if part is not None)
    start = tree.full_span(last)[0]
    row = tree.text[tree.line_start(start) : start]
    return end, end, f", {code}" if row.strip() else f",\n{row}{code}"
