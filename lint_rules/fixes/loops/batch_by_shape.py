"""Samples of several shapes: those of one shape are predicted in one call, and each row goes back to its place.

    out = list(model.predict_by_shape(np.stack([encode(text) for text in texts])))

becomes

    inputs = [encode(text) for text in texts]
    by_shape = {}
    for place, sample in enumerate(inputs):
        by_shape.setdefault(np.shape(sample), []).append(place)
    predictions = [None] * len(inputs)
    for places in by_shape.values():
        batch = np.stack([inputs[place] for place in places])
        for place, row in zip(places, model.predict(batch)):
            predictions[place] = row
    out = list(predictions)

A loop is batched first as if its samples had one shape, by a call of a name that no model has; that is replaced here.
"""

from __future__ import annotations

import libcst as cst

from lint_rules.findings.diagnostics import Edit
from lint_rules.fixes.loops.evaluated_once import evaluated_once
from lint_rules.fixes.tree.imports import bring_in
from lint_rules.fixes.tree.locate import Tree, called_name, whole_tree
from lint_rules.fixes.tree.names import fresh_name, is_chain, words
from lint_rules.fixes.tree.text import Change, apply_changes, apply_edits, replacement

BY_SHAPE = "predict_by_shape"
"""The name of the call that stands for those of the several shapes until they are written."""


def by_shape(text: str, batched: tuple[Edit, ...]) -> tuple[Edit, ...] | None:
    """The edits that predict in one call for each shape, from those that do so in one call for all.

    None where the call stands where statements before its own would not run once for it.
    """
    missing = bring_in(text, "numpy", alias="np")[1]
    here = [edit for edit in batched if edit.filename is None and edit not in missing]
    listed = apply_edits(text, here)
    tree = whole_tree(listed)
    calls = (
        [node for node in tree.nodes() if isinstance(node, cst.Call) and called_name(node) == BY_SHAPE] if tree else []
    )
    cut = _cut(tree, calls[0], words(text)) if tree is not None and len(calls) == 1 else None
    if cut is None:
        return None
    imported = [edit for edit in batched if edit in missing]
    elsewhere = [edit for edit in batched if edit.filename is not None]
    return (*imported, *replacement(text, apply_changes(listed, cut)), *elsewhere)


def _cut(tree: Tree, call: cst.Call, known: frozenset[str]) -> list[Change] | None:
    """The changes that put the calls for each shape above the statement of `call`, and their rows in its place.

    `known` are the words of the file before: a name that is none of them is a list that batching has made.
    """
    statement = evaluated_once(tree, call)
    fed, *settings = call.args
    if statement is None or not isinstance(call.func, cst.Attribute) or not is_chain(call.func.value):
        return None
    joining = fed.value
    if not isinstance(joining, cst.Call) or not isinstance(joining.func, cst.Attribute) or len(joining.args) != 1:
        return None
    names = _Names(tree.text)
    samples, made = joining.args[0].value, ""
    if isinstance(samples, cst.Name) and samples.value not in known:
        inputs = samples.value
    else:
        inputs = names.fresh("inputs", "batch_inputs")
        again = isinstance(samples, cst.ListComp) or (isinstance(samples, cst.Call) and called_name(samples) == "list")
        made = tree.code(samples) if again else f"list({tree.item(samples)})"
    start = tree.line_start(tree.span(statement)[0])
    target = _only_names(tree, statement, call)
    rows = names.fresh("predictions", "batch_predictions") if target is None else target
    code = _code(tree, call, joining, settings, names, inputs=inputs, made=made, rows=rows)
    indent = tree.indentation(start)
    above = "".join(f"{indent}{row}\n" for row in code)
    if target is not None:
        return [(start, tree.full_span(statement)[1], above)]
    return [(start, start, above), (*tree.span(call), rows)]


class _Names:
    """Names that occur nowhere in a text, nor twice here."""

    def __init__(self, text: str) -> None:
        self._taken = text

    def fresh(self, *wanted: str) -> str:
        """The first of those that is free, or one like it."""
        name = fresh_name(self._taken, *wanted)
        self._taken += f" {name}"
        return name


def _code(
    tree: Tree,
    call: cst.Call,
    joining: cst.Call,
    settings: list[cst.Arg],
    names: _Names,
    *,
    inputs: str,
    made: str,
    rows: str,
) -> list[str]:
    """The lines that predict each shape in one call; `made` is the code of the inputs where they have no name yet."""
    assert isinstance(call.func, cst.Attribute)
    assert isinstance(joining.func, cst.Attribute)
    unit = tree.parsed.module.default_indent
    shapes, places = names.fresh("by_shape", "places_by_shape"), names.fresh("places", "same_shape")
    place, sample, row = (
        names.fresh("place", "at_place"),
        names.fresh("sample", "one_sample"),
        names.fresh("row", "one_row"),
    )
    batch = names.fresh("batch", "one_batch")
    numpy = tree.code(joining.func.value)
    given = "".join(f", {tree.code(setting).rstrip(' ,')}" for setting in settings)
    return [
        *([f"{inputs} = {made}"] if made else []),
        f"{shapes} = {{}}",
        f"for {place}, {sample} in enumerate({inputs}):",
        f"{unit}{shapes}.setdefault({numpy}.shape({sample}), []).append({place})",
        f"{rows} = [None] * len({inputs})",
        f"for {places} in {shapes}.values():",
        f"{unit}{batch} = {tree.code(joining.func)}([{inputs}[{place}] for {place} in {places}])",
        f"{unit}for {place}, {row} in zip({places}, {tree.code(call.func.value)}.predict({batch}{given})):",
        f"{unit}{unit}{rows}[{place}] = {row}",
    ]


def _only_names(tree: Tree, statement: cst.BaseStatement, call: cst.Call) -> str | None:
    """`p` where the statement is `p = call` and nothing else."""
    match statement:
        case cst.SimpleStatementLine(
            body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value)]
        ):
            start, stop = tree.full_span(statement)
            return name if value is call and not tree.comments(start, stop) else None
    return None
