"""What a loop goes over, and whether it can be gone over twice."""

from __future__ import annotations

import re

import libcst as cst

from lint_rules.fixes.tree.locate import Tree, called_name
from lint_rules.fixes.tree.names import fresh_name
from lint_rules.fixes.tree.text import apply_changes

_COPIES = frozenset({"list", "tuple", "sorted", "set"})
_FRESH_SEQUENCE = _COPIES | {"range"}
_VIEWS = frozenset({"items", "keys", "values", "tolist", "copy"})
_PROGRESS = frozenset({"tqdm", "track"})
_NUMPY = frozenset({"np", "numpy", "onp"})


def holds_still(tree: Tree, source: cst.BaseExpression) -> bool:
    """Whether going over `source` twice gives the same elements twice, as far as the code around shows.

    A name does when the code takes its length, its shape or an item, or binds it to something of the kind; a
    generator, an open file or a name of which nothing is known does not.
    """
    match source:
        case cst.List() | cst.Tuple() | cst.Set() | cst.ListComp() | cst.Dict():
            return True
        case cst.Subscript(value=value, slice=elements):
            return holds_still(tree, value) or any(isinstance(element.slice, cst.Slice) for element in elements)
        case cst.Call(func=cst.Name(value="zip" | "enumerate"), args=arguments):
            return all(
                not argument.star
                and (isinstance(argument.value, cst.Integer) or argument.keyword or holds_still(tree, argument.value))
                for argument in arguments
            )
        case cst.Call(func=cst.Name(value=name), args=arguments) if name in _COPIES:
            # A copy is made anew, and what it is made of may be gone.
            return all(argument.keyword or holds_still(tree, argument.value) for argument in arguments)
        case cst.Call(func=cst.Name()):
            return called_name(source) == "range"
        case cst.Call(func=cst.Attribute(value=owner)):
            return called_name(source) in _VIEWS or (isinstance(owner, cst.Name) and owner.value in _NUMPY)
        case cst.Name() | cst.Attribute():
            return _shown_to_be_sequence(tree, source)
    return False


def _shown_to_be_sequence(tree: Tree, name: cst.Name | cst.Attribute) -> bool:
    start, end = _scope_span(tree, name)
    code = tree.text[start:end]
    word = re.escape(tree.code(name))
    made = "|".join(sorted(_NUMPY | _FRESH_SEQUENCE))
    bound = rf"\s*=\s*(?:\[|(?:{made})\b[.(]|[\w.]+\.predict(?:_on_batch)?\()"
    # Both begin with what is written as it is: so the text is searched at the speed of a plain search.
    used_or_bound = rf"{word}(?<![\w.]{word})(?:\.(?:shape|ndim|dtype|reshape|astype)\b|\[[^\]]|{bound})"
    counted = rf"len\((?<!\wlen\()\s*{word}\s*\)"
    return any(re.search(pattern, code) is not None for pattern in (used_or_bound, counted))


def _scope_span(tree: Tree, node: cst.CSTNode) -> tuple[int, int]:
    """Where the function around `node` stands; the whole file outside a function, or for an attribute."""
    if isinstance(node, cst.Name):
        for around in tree.ancestors(node):
            if isinstance(around, cst.FunctionDef):
                return tree.full_span(around)
    return 0, len(tree.text)


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
    if isinstance(source, cst.Call) and called_name(source) in _PROGRESS and source.args:
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


def with_list(tree: Tree, source: cst.BaseExpression, row: int) -> str | None:
    """The file with `samples = list(xs)` as a new row at the offset `row`, and `samples` in place of `xs` in `source`.

    None where `xs` goes over several rows.
    """
    core = innermost(source)
    code = as_list(tree, core)
    if "\n" in code or "\r" in code:
        return None
    name = fresh_name(tree.text, "samples", "all_samples")
    made = f"{tree.indentation(row)}{name} = {code}\n"
    return apply_changes(tree.text, [(row, row, made), (*tree.full_span(core), name)])


def as_list(tree: Tree, source: cst.BaseExpression) -> str:
    """The code of a list of what is gone over: `list(xs)`, and `sorted(xs)` as it is."""
    made = (
        isinstance(source, cst.Call) and isinstance(source.func, cst.Name) and source.func.value in ("list", "sorted")
    )
    return tree.code(source) if made else f"list({tree.item(source)})"
