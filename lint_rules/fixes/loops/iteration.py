"""What a loop goes over, and whether it can be gone over twice."""

from __future__ import annotations

import re

import libcst as cst

from lint_rules.fixes.tree.locate import Tree, called_name
from lint_rules.fixes.tree.names import fresh_name
from lint_rules.fixes.tree.text import apply_changes
from lint_rules.records import dataclass
from lint_rules.semantics.knowledge.iteration import PROGRESS_BARS

_COPIES = frozenset({"list", "tuple", "sorted", "set"})


def holds_still(tree: Tree, source: cst.BaseExpression, steady: frozenset[str]) -> bool:
    """Whether going over `source` twice gives the same elements twice; `steady` is the code of what is known to.

    A generator, an open file or a name of which nothing is known does not.
    """
    match source:
        case cst.List() | cst.Tuple() | cst.Set() | cst.ListComp() | cst.Dict():
            return True
        case cst.Subscript(value=value, slice=elements):
            return holds_still(tree, value, steady) or any(isinstance(each.slice, cst.Slice) for each in elements)
        case cst.Call(func=cst.Name(value="zip" | "enumerate"), args=arguments):
            return all(
                not each.star
                and (isinstance(each.value, cst.Integer) or each.keyword or holds_still(tree, each.value, steady))
                for each in arguments
            )
        case cst.Call(func=cst.Name(value=name), args=arguments) if name in _COPIES:
            # A copy is made anew, and what it is made of may be gone.
            return all(each.keyword or holds_still(tree, each.value, steady) for each in arguments)
        case cst.Call(func=cst.Name(value="range")):
            return True
    return tree.code(source) in steady


def is_call_of(node: cst.CSTNode, name: str, arguments: int | None = None) -> bool:
    """Whether the node is a call of the bare function `name` with only positional arguments (that many, if given)."""
    return (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Name)
        and node.func.value == name
        and all(argument.keyword is None and not argument.star for argument in node.args)
        and (arguments is None or len(node.args) == arguments)
    )


def counted_sequence(tree: Tree, source: cst.BaseExpression) -> str | None:
    """`xs` for `range(len(xs))`, `range(xs.shape[0])` and `range(0, ...)` of either."""
    if not isinstance(source, cst.Call) or not isinstance(source.func, cst.Name) or source.func.value != "range":
        return None
    code = [tree.code(argument.value) for argument in source.args]
    if any(argument.star or argument.keyword for argument in source.args):
        return None
    if len(code) == 2 and code[0] == "0":
        code = code[1:]
    if len(code) != 1:
        return None
    match = re.fullmatch(r"len\(\s*([\w.]+)\s*\)|([\w.]+)\.shape\[0\]", code[0])
    return (match.group(1) or match.group(2)) if match else None


def without_progress(source: cst.BaseExpression) -> cst.BaseExpression:
    """`xs` for `tqdm(xs)`."""
    if isinstance(source, cst.Call) and called_name(source) in PROGRESS_BARS and source.args:
        first = source.args[0]
        if first.keyword is None and not first.star:
            return first.value
    return source


def innermost(source: cst.BaseExpression) -> cst.BaseExpression:
    """`xs` for `xs`, `tqdm(xs)`, `enumerate(xs)` and `tqdm(enumerate(xs))`."""
    plain = without_progress(source)
    if isinstance(plain, cst.Call) and called_name(plain) == "enumerate" and plain.args and not plain.args[0].star:
        return without_progress(plain.args[0].value)
    return plain


@dataclass(frozen=True, slots=True)
class Listed:
    """A file in which a list is made first of what a loop goes over: its text, and the name of the list."""

    text: str
    name: str


def with_list(tree: Tree, source: cst.BaseExpression, row: int) -> Listed | None:
    """The file with `samples = list(xs)` as a new row at the offset `row`, and `samples` in place of `xs` in `source`.

    None where `xs` goes over several rows.
    """
    core = innermost(source)
    code = as_list(tree, core)
    if "\n" in code or "\r" in code:
        return None
    name = fresh_name(tree.text, "samples", "all_samples")
    made = f"{tree.indentation(row)}{name} = {code}\n"
    return Listed(apply_changes(tree.text, [(row, row, made), (*tree.full_span(core), name)]), name)


def as_list(tree: Tree, source: cst.BaseExpression) -> str:
    """The code of a list of what is gone over: `list(xs)`, and `sorted(xs)` as it is."""
    made = (
        isinstance(source, cst.Call) and isinstance(source.func, cst.Name) and source.func.value in ("list", "sorted")
    )
    return tree.code(source) if made else f"list({tree.item(source)})"
