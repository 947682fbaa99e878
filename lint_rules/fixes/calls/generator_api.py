"""`model.predict_generator(g, steps=n)` -> `model.predict(g, steps=n)`; evaluate_generator too."""

from __future__ import annotations

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.calls.arguments import bound_arguments, keyword_of, removal
from lint_rules.fixes.tree.locate import call_at
from lint_rules.fixes.tree.text import edits

_NEW_NAME = {"predict_generator": "predict", "evaluate_generator": "evaluate"}
# The signatures of the last Keras that had them (2.3 to 2.11).
_OLD_PARAMETERS = ("generator", "steps", "callbacks", "max_queue_size", "workers", "use_multiprocessing", "verbose")
_GONE = frozenset({"max_queue_size", "workers", "use_multiprocessing", "pickle_safe", "max_q_size"})
_KEPT = frozenset({"steps", "callbacks", "verbose"})


def to_generator_free(text: str, at: Position, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """Call predict (or evaluate), which takes generators too.

    Queue and worker arguments go; what was passed by place is passed by name, since the order differs. None where an
    argument is unpacked or unknown (`val_samples` of Keras 1).
    """
    found = call_at(text, at, end=end, named=_NEW_NAME)
    if found is None:
        return None
    tree, call = found
    bound = bound_arguments(call, _OLD_PARAMETERS)
    if bound is None or not isinstance(call.func, cst.Attribute) or "generator" not in bound:
        return None
    if set(bound) - {"generator"} - _GONE - _KEPT:
        return None
    gone = {id(argument) for name, argument in bound.items() if name in _GONE}
    changes = [(*tree.full_span(call.func.attr), _NEW_NAME[call.func.attr.value])]
    changes += removal(tree, call, lambda argument: id(argument) in gone)
    for name, argument in bound.items():
        start = tree.full_span(argument)[0]
        if name == "generator" and keyword_of(argument) and argument.keyword:
            changes.append((*tree.full_span(argument.keyword), "x"))
        elif name in _KEPT and keyword_of(argument) is None:
            changes.append((start, start, f"{name}="))
    return edits(text, changes)
