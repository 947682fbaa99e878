"""A model that is made on every call -> a function that makes it once and keeps it.

def score(x):                                        @functools.cache
    model = load_model("scores.keras")               def model_for_score():
    return model.predict(x)               ->             return load_model("scores.keras")


                                                     def score(x):
                                                         model = model_for_score()
                                                         return model.predict(x)
"""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.tree.imports import bring_in
from lint_rules.fixes.tree.locate import Tree, call_at, tree_at
from lint_rules.fixes.tree.names import fresh_name, walk
from lint_rules.fixes.tree.places import above_statement
from lint_rules.fixes.tree.text import apply_changes, edits, offset_of


def make_once(
    text: str, at: Position, *, end: Position | None = None, constants: Mapping[str, str] | None = None
) -> tuple[Edit, ...] | None:
    """Let a cached function above the function around the call at `at` make what the call makes.

    That the call reads nothing but names of the module is for the caller to know, and `constants`: local names, with
    the code of what they stand for. None outside a function, and where the call goes over several rows.
    """
    found = call_at(text, at, end=end)
    if found is None:
        return None
    tree, call = found
    around = [it.name.value for it in tree.ancestors(call) if isinstance(it, (cst.FunctionDef, cst.ClassDef))]
    if not any(isinstance(it, cst.FunctionDef) for it in tree.ancestors(call)):
        return None
    span = tree.span(call)
    if tree.comments(*span) or "\n" in tree.text[span[0] : span[1]]:
        return None
    # The name tells where it serves, so that no two fixes of a file choose the same.
    name = fresh_name(text, "_".join((_assigned(tree, call), "for", *reversed(around))).lower())
    functools, imported = bring_in(text, "functools")
    row = above_statement(tree)
    changes = [
        (start - span[0], stop - span[0], (constants or {})[node.value])
        for node in walk(call)
        if isinstance(node, cst.Name) and node.value in (constants or {}) and _is_read(tree, node)
        for start, stop in (tree.full_span(node),)
    ]
    code = apply_changes(tree.text[span[0] : span[1]], changes)
    made = f"@{functools}.cache\ndef {name}():\n    return {code}\n\n\n"
    return (*imported, *edits(text, [(row, row, made), (*span, f"{name}()")]))


def _assigned(tree: Tree, call: cst.Call) -> str:
    """The name that the function gives the model."""
    match tree.parent(call):
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))]):
            return name
    return "model"


def _is_read(tree: Tree, node: cst.Name) -> bool:
    """Whether the name is neither that of an attribute nor of a keyword argument."""
    around = tree.parent(node)
    return not (isinstance(around, cst.Attribute) and around.attr is node) and not (
        isinstance(around, cst.Arg) and around.keyword is node
    )


def cache_function(text: str, at: Position, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """Decorate the function whose `def` starts at `at`, which takes nothing, so that it runs once.

    None where it has decorators already, and where it is no plain function.
    """
    tree = tree_at(text, at)
    function = next((node for node in tree.nodes() if _starts_at(tree, node, text, at)), None) if tree else None
    if tree is None or not isinstance(function, cst.FunctionDef) or function.decorators or function.asynchronous:
        return None
    functools, imported = bring_in(text, "functools")
    row = tree.line_start(tree.span(function)[0])
    return (*imported, *edits(text, [(row, row, f"{tree.indentation(row)}@{functools}.cache\n")]))


def _starts_at(tree: Tree, node: cst.CSTNode, text: str, at: Position) -> bool:
    return isinstance(node, cst.FunctionDef) and tree.span(node)[0] == offset_of(text, at)
