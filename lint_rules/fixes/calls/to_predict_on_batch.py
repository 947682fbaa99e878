"""`model.predict(x, verbose=0)` -> `model.predict_on_batch(x)`."""

from __future__ import annotations

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.calls.arguments import removal
from lint_rules.fixes.calls.predict_call import batch_size_of, lone_input
from lint_rules.fixes.tree.locate import call_at
from lint_rules.fixes.tree.text import edits


def to_predict_on_batch(
    text: str, at: Position, *, end: Position | None = None, one_row: bool = False
) -> tuple[Edit, ...] | None:
    """Call predict_on_batch with the same input; `verbose` and `batch_size` go, since it takes neither.

    None where the call passes more than that (steps, callbacks, unpacked arguments), and where a `batch_size` other
    than 1 would be lost on an input that is not known to have `one_row`: one batch would hold any number of rows.
    """
    found = call_at(text, at, end=end, named={"predict"})
    if found is None:
        return None
    tree, call = found
    sample = lone_input(call)
    size = batch_size_of(call)
    if size is not None and not one_row and tree.code(size) not in ("1", "None"):
        return None
    if sample is None or not isinstance(call.func, cst.Attribute):
        return None
    return edits(
        text,
        [
            (*tree.full_span(call.func.attr), "predict_on_batch"),
            *removal(tree, call, lambda argument: argument is not sample),
        ],
    )
