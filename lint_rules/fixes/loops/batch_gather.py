"""The code of a whole batch, from the code of one sample and the loop it runs in."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst

from lint_rules.findings.diagnostics import Edit
from lint_rules.fixes.loops.batch_feed import Sample
from lint_rules.fixes.loops.iteration import counted_sequence, holds_still, is_call_of
from lint_rules.fixes.tree.imports import bring_in
from lint_rules.fixes.tree.locate import Tree
from lint_rules.fixes.tree.names import words
from lint_rules.fixes.tree.text import apply_edits, replacement
from lint_rules.records import dataclass


@dataclass(frozen=True, slots=True)
class Walk:
    """`for target in source if condition`, of a loop or a comprehension; `condition` is code that may be empty, and
    `steady` the code of what in `source` gives the same elements whenever it is gone over."""

    target: cst.BaseAssignTargetExpression
    source: cst.BaseExpression
    condition: str = ""
    steady: frozenset[str] = frozenset()


def batch_code(tree: Tree, sample: Sample, walk: Walk, numpy: str, *, copied: bool = False) -> str:
    """The code of the batch of all samples: `np.stack(xs)`, `np.concatenate([f(x) for x in xs])`, or `xs` itself.

    With `copied` each sample is copied as it is made, since the next one is written over it.
    """
    if copied:
        return f"{numpy}.{sample.joined}({_items(tree, f'{numpy}.copy({sample.item})', walk)})"
    variable = tree.code(walk.target)
    sequence = None if walk.condition else counted_sequence(tree, walk.source)
    if sequence and _squeezed(sample.item) == _squeezed(f"{sequence}[{variable}:{variable}+1]"):
        return sequence
    if sequence and sample.item == f"{sequence}[{variable}]":
        return f"{numpy}.{sample.joined}({sequence})"
    return f"{numpy}.{sample.joined}({_items(tree, sample.item, walk)})"


def _squeezed(code: str) -> str:
    return re.sub(r"\s", "", code)


def _items(tree: Tree, item: str, walk: Walk) -> str:
    """The code of the sequence of `item` over the walk; the counter of `enumerate` goes where nothing needs it."""
    source, variable = walk.source, tree.code(walk.target)
    needed = words(f"{item} {walk.condition}")
    if isinstance(source, cst.Call) and is_call_of(source, "enumerate", 1) and isinstance(walk.target, cst.Tuple):
        names = [element.value for element in walk.target.elements]
        if len(names) == 2 and tree.code(names[0]) not in needed:
            source, variable = source.args[0].value, tree.code(names[1])
    over = tree.item(source)
    if item != variable or walk.condition:
        return f"[{item} for {variable} in {over}{walk.condition}]"
    if isinstance(source, (cst.Name, cst.Attribute, cst.Subscript, cst.List)) and holds_still(
        tree, source, walk.steady
    ):
        return over
    return f"list({over})"


def over_a_list(before: str, listed: str, further: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits of `before` that first make it `listed` and then make `further` edits; the import NumPy may need stays
    an edit of its own, so that fixes can share it."""
    missing = bring_in(before, "numpy", alias="np")[1]
    rest = [edit for edit in further if edit not in missing]
    imported = missing if len(rest) < len(further) else ()
    return (*imported, *replacement(before, apply_edits(listed, rest)))
