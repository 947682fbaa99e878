"""Arguments of a call: take some out, put one in, change a value; comments and layout of the others stay."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.tree.locate import Tree, call_at
from lint_rules.fixes.tree.text import Change, edits


def keyword_of(argument: cst.Arg) -> str | None:
    """`verbose` for `verbose=0`, None for a positional or starred argument."""
    return argument.keyword.value if argument.keyword else None


def unpacks(call: cst.Call) -> bool:
    """Whether an argument is `*args` or `**kwargs`, so that what is passed cannot be read."""
    return any(argument.star for argument in call.args)


def bound_arguments(call: cst.Call, parameters: Sequence[str]) -> dict[str, cst.Arg] | None:
    """The arguments by the parameter they fill; None where that cannot be read."""
    if unpacks(call):
        return None
    bound: dict[str, cst.Arg] = {}
    for place, argument in enumerate(call.args):
        name = keyword_of(argument)
        if name is None:
            if place >= len(parameters):
                return None
            name = parameters[place]
        bound[name] = argument
    return bound


def removal(tree: Tree, call: cst.Call, drop: Callable[[cst.Arg], bool]) -> list[Change]:
    """The changes that take out every argument for which `drop` holds."""
    args = call.args
    changes: list[Change] = []
    place = 0
    while place < len(args):
        if not drop(args[place]):
            place += 1
            continue
        first = place
        while place < len(args) and drop(args[place]):
            place += 1
        changes.append(_without(tree, call, first, place))
    return changes


def _token_span(tree: Tree, argument: cst.Arg) -> tuple[int, int]:
    """From the first character of the argument to its comma, or to its end where it has none."""
    start, end = tree.full_span(argument)
    if isinstance(argument.comma, cst.Comma):
        end = tree.full_span(argument.comma)[0]
        end += len(tree.text[end : tree.full_span(argument.comma)[1]].split(",")[0]) + 1
    else:
        end = value_end(tree, argument)
    return start, end


def value_end(tree: Tree, argument: cst.Arg) -> int:
    """The offset behind the value of the argument."""
    return tree.full_span(argument.value)[1]


def _without(tree: Tree, call: cst.Call, first: int, stop: int) -> Change:
    """The change that takes out the arguments from `first` up to `stop` (exclusive)."""
    args, text = call.args, tree.text
    start, end = _token_span(tree, args[first])[0], _token_span(tree, args[stop - 1])[1]
    if stop < len(args):
        following = tree.full_span(args[stop])[0]
        if "#" in text[end:following]:
            following = end + len(text[end:following]) - len(text[end:following].lstrip(" \t"))
        return start, following, ""
    closing = tree.full_span(call)[1] if not call.rpar else tree.span(call)[1]
    comment_follows = "#" in text[end:closing].split("\n")[0].split("\r")[0]
    if first == 0:
        return start, end + (1 if text[end : end + 1] == " " and not comment_follows else 0), ""
    previous_value = value_end(tree, args[first - 1])
    previous_comma = _token_span(tree, args[first - 1])[1]
    if comment_follows:
        # The comment beside the argument stays on a row of its own rather than slip to the argument before.
        gap = text[end:closing]
        return start, end + len(gap) - len(gap.lstrip(" \t")), ""
    if "#" in text[previous_comma:start]:
        # The row goes too, unless the closing parenthesis is on it: that would be part of the comment then.
        alone = text[end:closing].lstrip(" \t").startswith(("\n", "\r"))
        return (len(text[:start].rstrip()) if alone else start), end, ""
    trailing = isinstance(args[-1].comma, cst.Comma)
    return (previous_comma if trailing else previous_value), end, ""


def addition(tree: Tree, call: cst.Call, argument: str) -> Change | None:
    """The change that puts `argument` (as `training=False`) behind the last argument, laid out as that one is.

    None where nothing can follow: a bare generator expression.
    """
    text = tree.text
    if not call.args:
        end = tree.span(call)[1] - 1
        return end, end, argument
    last = call.args[-1]
    if isinstance(last.value, cst.GeneratorExp) and not last.value.lpar:
        return None
    start = tree.full_span(last)[0]
    end = value_end(tree, last)
    row = text[tree.line_start(start) : start]
    if not row.strip() and "\n" in text[_opening(tree, call) : start]:
        return end, end, f",\n{row}{argument}"
    return end, end, f", {argument}"


def _opening(tree: Tree, call: cst.Call) -> int:
    """The offset of the parenthesis that opens the arguments."""
    return tree.text.index("(", tree.full_span(call.func)[1])


def setting(tree: Tree, call: cst.Call, name: str, value: str) -> Change | None:
    """The change after which the call passes `name=value`: the value is replaced, or the argument added."""
    for argument in call.args:
        if keyword_of(argument) == name:
            return (*tree.full_span(argument.value), value)
    return addition(tree, call, f"{name}={value}")


def remove_arguments(
    text: str, at: Position, names: Collection[str], *, end: Position | None = None
) -> tuple[Edit, ...] | None:
    """Take the keyword arguments `names` out of the call at `at`; None where none of them is there."""
    found = call_at(text, at, end=end)
    if found is None:
        return None
    tree, call = found
    return edits(text, removal(tree, call, lambda argument: keyword_of(argument) in names)) or None


def remove_positional(text: str, at: Position, place: int, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """Take out the positional argument at `place`, counted from 0: labels given to predict, for one.

    None where there is no such argument, or where one behind it would move to its place.
    """
    found = call_at(text, at, end=end)
    if found is None:
        return None
    tree, call = found
    if place >= len(call.args) or any(
        argument.star or keyword_of(argument) is None for argument in call.args[place + 1 :]
    ):
        return None
    target = call.args[place]
    if target.star or keyword_of(target) is not None:
        return None
    return edits(text, removal(tree, call, lambda argument: argument is target)) or None


def set_argument(
    text: str, at: Position, name: str, value: str, *, end: Position | None = None
) -> tuple[Edit, ...] | None:
    """Pass `name=value` (`training=False`, `shuffle=False`) to the call at `at`; None where it does so already."""
    found = call_at(text, at, end=end)
    if found is None:
        return None
    tree, call = found
    change = setting(tree, call, name, value)
    return edits(text, [change]) or None if change else None
