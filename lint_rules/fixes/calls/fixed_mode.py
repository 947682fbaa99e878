"""A constant `training=` that a functional model forgets -> a layer that keeps its mode by itself.

x = layers.Dropout(0.5)(x, training=True)      ->    class MCDropout(layers.Dropout):
                                                         def call(self, inputs):
                                                             return super().call(inputs, training=True)


                                                     x = MCDropout(0.5)(x)
"""

from __future__ import annotations

import re

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.calls.arguments import keyword_of, removal, setting
from lint_rules.fixes.tree.imports import keras_in
from lint_rules.fixes.tree.locate import Tree, call_at, statement_of
from lint_rules.fixes.tree.names import fresh_name, words
from lint_rules.fixes.tree.places import above_statement
from lint_rules.fixes.tree.text import Change, edits, offset_of

Span = tuple[Position, Position]


def always_in_training(text: str, at: Position, *, made: Span, end: Position | None = None) -> tuple[Edit, ...] | None:
    """Make the layer that is called at `at`, by the call at `made`, one of a subclass that is always in training mode.

    The subclass stands above the first statement that makes such a layer. None where its name is taken.
    """
    found, making = call_at(text, at, end=end, whole=True), call_at(text, made[0], end=made[1], whole=True)
    if found is None or making is None:
        return None
    tree, call = found
    base = tree.code(making[1].func)
    name = f"MC{base.rpartition('.')[2]}"
    code = f"class {name}({base}):\n    def call(self, inputs):\n        return super().call(inputs, training=True)\n"
    changes: list[Change] = [(*tree.full_span(making[1].func), name), *_without_flag(tree, call)]
    defined = text.find(code)
    if name in words(text) and not 0 <= defined < tree.span(making[1])[0]:
        return None
    if defined < 0:
        row = above_statement(tree, _first_maker(tree, base))
        changes.append((row, row, f"{_blank_rows(text[:row])}{code}\n\n"))
    return edits(text, changes)


def _blank_rows(before: str) -> str:
    """The empty rows that are missing between what stands before and a class."""
    rows = before.split("\n")[:-1]
    missing = next((count for count, row in enumerate(reversed(rows)) if row.strip()), len(rows))
    return "\n" * max(0, 2 - missing) if "".join(rows).strip() else ""


def _first_maker(tree: Tree, base: str) -> cst.CSTNode:
    """The first top-level statement in which the class is called, the same for every such layer of the file."""
    calls = [it for it in tree.nodes() if isinstance(it, cst.Call) and tree.code(it.func) == base]
    first = min(calls, key=lambda call: tree.span(call)[0])
    rows = [it for it in tree.ancestors(first) if not isinstance(it, cst.Module)]
    return rows[-1]


def _without_flag(tree: Tree, call: cst.Call) -> list[Change]:
    return removal(tree, call, lambda argument: keyword_of(argument) == "training")


def frozen_layer(text: str, at: Position, *, made: Span, end: Position | None = None) -> tuple[Edit, ...] | None:
    """Make the BatchNormalization that is called at `at`, by the call at `made`, with `trainable=False`."""
    found, making = call_at(text, at, end=end, whole=True), call_at(text, made[0], end=made[1], whole=True)
    if found is None or making is None:
        return None
    tree, call = found
    change = setting(tree, making[1], "trainable", "False")
    return edits(text, [change, *_without_flag(tree, call)]) if change else None


def frozen_base(
    text: str, at: Position, *, thawed: Position | None = None, end: Position | None = None
) -> tuple[Edit, ...] | None:
    """Freeze every BatchNormalization of the base that is called at `at`.

    That happens below the statement at `thawed`, which makes the base trainable, or else above the call.
    """
    found = call_at(text, at, end=end, whole=True)
    if found is None:
        return None
    tree, call = found
    base = tree.code(call.func)
    place = _row_at(tree, offset_of(text, thawed)) if thawed is not None else statement_of(tree, call)
    if not isinstance(place, cst.SimpleStatementLine) or not re.fullmatch(r"[\w.]+", base):
        return None
    keras, imported = keras_in(text)
    layer = fresh_name(text, "layer", "base_layer")
    indent = tree.indentation(tree.line_start(tree.span(place)[0]))
    rows = (
        f"for {layer} in {base}.layers:",
        f"    if isinstance({layer}, {keras}.layers.BatchNormalization):",
        f"        {layer}.trainable = False",
    )
    code = "".join(f"{indent}{row}\n" for row in rows)
    row = tree.full_span(place)[1] if thawed is not None else above_statement(tree, place)
    if thawed is not None and not text[:row].endswith(("\n", "\r")):
        code = "\n" + code
    return (*imported, *edits(text, [(row, row, code), *_without_flag(tree, call)]))


def _row_at(tree: Tree, start: int) -> cst.CSTNode | None:
    """The simple statement that starts at an offset."""
    return next(
        (it for it in tree.nodes() if isinstance(it, cst.SimpleStatementLine) and tree.span(it)[0] == start), None
    )
