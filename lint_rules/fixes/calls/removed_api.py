"""predict_classes and predict_proba -> what Keras's own removal notice told users to write."""

from __future__ import annotations

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.tree.imports import bring_in
from lint_rules.fixes.tree.locate import call_at
from lint_rules.fixes.tree.text import edits


def predict_proba_to_predict(text: str, at: Position, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """`model.predict_proba(x)` -> `model.predict(x)`: they were the same function."""
    found = call_at(text, at, end=end, named={"predict_proba"})
    if found is None:
        return None
    tree, call = found
    if not isinstance(call.func, cst.Attribute):
        return None
    return edits(text, [(*tree.full_span(call.func.attr), "predict")])


def predict_classes_to_predict(
    text: str, at: Position, last_activation: str, *, end: Position | None = None
) -> tuple[Edit, ...] | None:
    """`model.predict_classes(x)` -> the class by argmax after softmax, by the threshold 0.5 after sigmoid.

    None for any other `last_activation`.
    """
    found = call_at(text, at, end=end, named={"predict_classes"})
    if found is None or last_activation not in ("softmax", "sigmoid"):
        return None
    tree, call = found
    if not isinstance(call.func, cst.Attribute):
        return None
    start, stop = tree.span(call)
    renamed = (*tree.full_span(call.func.attr), "predict")
    if last_activation == "sigmoid":
        return edits(text, [(start, start, "("), renamed, (stop, stop, ' > 0.5).astype("int32")')])
    numpy, imported = bring_in(text, "numpy", alias="np")
    return (
        *imported,
        *edits(text, [(start, start, f"{numpy}.argmax("), renamed, (stop, stop, ", axis=-1)")]),
    )
