"""The body of a helper that takes one sample, put into a loop over all samples."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from lint_rules.fixes.loops.sample_parameter import parameters_of
from lint_rules.fixes.tree.locate import Tree
from lint_rules.fixes.tree.names import bound_paths, fresh_name, kinds_in, of_kinds, touches
from lint_rules.fixes.tree.text import Change


def samples_name(text: str, parameter: cst.Param) -> str:
    """What the parameter of a sample is called once it gets all samples; a name that the text does not know."""
    name = parameter.name.value
    return fresh_name(text, f"{name}s", f"all_{name}", "samples")


def into_a_loop(
    tree: Tree, call: cst.Call, function: cst.FunctionDef, parameter: cst.Param, taken: str
) -> list[Change] | None:
    """The changes that put the body of a helper into a loop over all that its parameter, now `taken`, gets."""
    if not isinstance(function.body, cst.IndentedBlock):
        return None
    rows = list(function.body.body)
    if function.get_docstring() is not None:
        rows = rows[1:]
    leaving = return_at_end(function)
    returns = [node for row in rows for node in of_kinds(row, frozenset({cst.Return})) if isinstance(node, cst.Return)]
    if not rows or any((node.value is None) != (leaving is None) for node in returns):
        return None
    barred = {cst.Yield, cst.Await, cst.Global, cst.Nonlocal, cst.FunctionDef, cst.Lambda}
    if any(not barred.isdisjoint(kinds_in(row)) for row in rows):
        return None
    earlier = [node for node in returns if node is not leaving]
    if not all(_leaves_behind(tree, node, call, function) for node in earlier):
        return None
    name = parameter.name.value
    if touches(bound_paths(rows), {each.name.value for each in parameters_of(tree, function).all} - {name}):
        return None  # what one sample leaves there, the next would find
    changes: list[Change] = [(*tree.full_span(parameter.name), taken)]
    for annotation in (parameter.annotation, function.returns if leaving is not None else None):
        if annotation is not None:
            held = tree.full_span(annotation.annotation)
            changes += [(held[0], held[0], "list["), (held[1], held[1], "]")]
    if len(rows) == 1 and leaving is not None:
        value = _returned(leaving)
        first, stop = tree.full_span(value)
        opening, closing = _around_bare_tuple(value)
        changes += [(first, first, f"[{opening}"), (stop, stop, f"{closing} for {name} in {taken}]")]
        return None if "\n" in tree.text[first:stop] or "\r" in tree.text[first:stop] else changes
    body = _body_in_a_loop(tree, function, rows, f"for {name} in {taken}:", leaving, earlier)
    return None if body is None else [*changes, *body]


def return_at_end(function: cst.FunctionDef) -> cst.Return | None:
    """The `return` with a value that a function ends in; None of one that gives nothing."""
    match function.body.body[-1:]:
        case [cst.SimpleStatementLine(body=[cst.Return(value=cst.BaseExpression()) as leaving])]:
            return leaving
    return None


def _returned(leaving: cst.Return) -> cst.BaseExpression:
    assert leaving.value is not None
    return leaving.value


def _body_in_a_loop(
    tree: Tree,
    function: cst.FunctionDef,
    rows: Sequence[cst.CSTNode],
    header: str,
    leaving: cst.Return | None,
    earlier: Sequence[cst.Return],
) -> list[Change] | None:
    """The changes that put the rows of a helper under a header, with a list of what it returns, if it returns anything:
    at its end, by `leaving`, and `earlier`."""
    first, stop = tree.line_start(tree.span(rows[0])[0]), tree.full_span(rows[-1])[1]
    body = tree.text[first:stop]
    if '"""' in body or "'''" in body or "\\\n" in body:
        return None
    indent = tree.indentation(first)
    unit = indent.removeprefix(tree.indentation(tree.line_start(tree.span(function)[0])))
    results = fresh_name(tree.text, "results", "all_results")
    changes: list[Change] = [(place, place, unit) for place in _row_starts(tree.text, first, stop) if place != first]
    if leaving is None:
        changes.append((first, first, f"{indent}{header}\n{unit}"))
        changes += [(*tree.span(node), "continue") for node in earlier]
        return changes
    changes.append((first, first, f"{indent}{results} = []\n{indent}{header}\n{unit}"))
    for node in (leaving, *earlier):
        value = _returned(node)
        given = tree.full_span(value)
        further = tree.indentation(tree.line_start(given[0])) + unit
        opening, closing = _around_bare_tuple(value)
        changes.append((tree.span(node)[0], given[0], f"{results}.append({opening}"))
        changes.append((given[1], given[1], f"{closing})" if node is leaving else f"{closing})\n{further}continue"))
    end = tree.full_span(_returned(leaving))[1]
    tail = "" if tree.text[end:stop].endswith(("\n", "\r")) else "\n"
    changes.append((stop, stop, f"{tail}{indent}return {results}\n"))
    return changes


def _around_bare_tuple(value: cst.BaseExpression) -> tuple[str, str]:
    """The parentheses that `return a, b` does without, and an element of a list does not."""
    return ("(", ")") if isinstance(value, cst.Tuple) and not value.lpar else ("", "")


def _leaves_behind(tree: Tree, leaving: cst.Return, call: cst.Call, function: cst.FunctionDef) -> bool:
    """Whether a `return` stands behind the call of predict, in branches alone: in a loop over all samples
    it goes on with the next one."""
    row = tree.parent(leaving)
    if not isinstance(row, cst.SimpleStatementLine) or len(row.body) > 1:
        return False
    for around in tree.ancestors(row):
        if around is function:
            break
        if not isinstance(around, (cst.If, cst.Else, cst.IndentedBlock)):
            return False
    return tree.span(leaving)[0] > tree.span(call)[1]


def _row_starts(text: str, first: int, stop: int) -> list[int]:
    """Where the rows between two offsets start that hold anything."""
    places = [first]
    for place in range(first, stop - 1):
        if text[place] == "\n" or (text[place] == "\r" and text[place + 1] != "\n"):
            places.append(place + 1)
    return [place for place in places if text[place] not in "\r\n"]
