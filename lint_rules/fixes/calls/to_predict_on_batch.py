"""`model.predict(x, verbose=0)` -> `model.predict_on_batch(x)`."""

from __future__ import annotations

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.calls.arguments import removal
from lint_rules.fixes.calls.predict_call import lone_input
from lint_rules.fixes.tree.locate import call_at
from lint_rules.fixes.tree.text import edits


def to_predict_on_batch(text: str, at: Position, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """Call predict_on_batch with the same input; `verbose` and `batch_size` go, since it takes neither.

    None where the call passes more than that (steps, callbacks, unpacked arguments).
    """
    found = call_at(text, at, end=end, named={"predict"})
    if found is None:
        return None
    tree, call = found
    sample = lone_input(call)
    if sample is None or not isinstance(call.func, cst.Attribute):
        return None
    return edits(
        text,
        [
            (*tree.full_span(call.func.attr), "predict_on_batch"),
            *removal(tree, call, lambda argument: argument is not sample),
        ],
    )
