"""Batches cut by hand -> `model.predict(x, batch_size=n)`.

    parts = []
    for i in range(0, len(x), 32):
        parts.append(model.predict(x[i:i + 32]))
    y = np.concatenate(parts)

becomes `y = model.predict(x, batch_size=32)`; the comprehension in `np.concatenate([...])` too.
"""

from __future__ import annotations

import re

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.calls.arguments import bound_arguments
from lint_rules.fixes.calls.predict_call import PARAMETERS
from lint_rules.fixes.loops.batch_comprehension import comprehension_of
from lint_rules.fixes.tree.locate import Tree, call_at, called_name
from lint_rules.fixes.tree.names import is_chain, target_paths, walk, words
from lint_rules.fixes.tree.text import Change, edits
from lint_rules.semantics.knowledge.model_methods import GIVES_NUMPY

_JOINS = frozenset({"concatenate", "vstack", "row_stack"})


def predict_whole(
    text: str, at: Position, *, end: Position | None = None, dataset: bool = False
) -> tuple[Edit, ...] | None:
    """Replace the loop that predicts slice by slice, and the joining of its results, by one predict.

    With `dataset` the loop goes over a `tf.data.Dataset` (or a Sequence) whose elements are inputs, and predict gets
    the dataset. None unless all there is to the loop is: slices that cover `x`, their predictions put in a list, and
    that list joined by `np.concatenate` or `np.vstack` and used for nothing else.
    """
    found = call_at(text, at, end=end, named=GIVES_NUMPY, whole=True)
    if found is None:
        return None
    tree, call = found
    bound = bound_arguments(call, PARAMETERS[call.func.attr.value]) if isinstance(call.func, cst.Attribute) else None
    if bound is None or "x" not in bound or set(bound) - {"x", "verbose", "batch_size"}:
        return None
    comprehension = comprehension_of(tree, call)
    if comprehension is not None:
        return _joined_comprehension(tree, call, comprehension, bound, dataset)
    return _joined_loop(tree, call, bound, dataset)


def _predicted(
    tree: Tree,
    call: cst.Call,
    bound: dict[str, cst.Arg],
    piece: cst.BaseExpression,
    target: cst.BaseExpression,
    source: cst.BaseExpression,
    dataset: bool,
) -> str | None:
    """The code of the one predict, if the loop covers the whole of something."""
    assert isinstance(call.func, cst.Attribute)
    rest = [f"verbose={tree.code(bound['verbose'].value)}"] if "verbose" in bound else []
    receiver = tree.code(call.func.value)
    if dataset:
        if not isinstance(target, cst.Name) or tree.code(piece) != target.value or not is_chain(source):
            return None
        return f"{receiver}.predict({', '.join((tree.code(source), *rest))})"
    whole = _covered(tree, piece, target, source)
    if whole is None:
        return None
    return f"{receiver}.predict({', '.join((whole[0], f'batch_size={whole[1]}', *rest))})"


def _covered(
    tree: Tree, piece: cst.BaseExpression, target: cst.BaseExpression, source: cst.BaseExpression
) -> tuple[str, str] | None:
    """("x", "32") where `piece` is `x[i:i + 32]` and `i` runs over `range(0, len(x), 32)`."""
    if not (
        isinstance(piece, cst.Subscript)
        and is_chain(piece.value)
        and len(piece.slice) == 1
        and isinstance(piece.slice[0].slice, cst.Slice)
        and isinstance(target, cst.Name)
        and isinstance(source, cst.Call)
        and called_name(source) == "range"
        and len(source.args) == 3
    ):
        return None
    cut, counter, array = piece.slice[0].slice, target.value, tree.code(piece.value)
    first, stop, step = (_squeezed(tree.code(argument.value)) for argument in source.args)
    if cut.lower is None or cut.upper is None or cut.step is not None or first != "0":
        return None
    lower, upper = _squeezed(tree.code(cut.lower)), _squeezed(tree.code(cut.upper))
    ends = {f"{counter}+{step}", f"{step}+{counter}", f"min({counter}+{step},{stop})"}
    if lower != counter or upper not in ends or stop not in (f"len({array})", f"{array}.shape[0]"):
        return None
    return array, tree.code(source.args[2].value)


def _squeezed(code: str) -> str:
    return re.sub(r"\s", "", code)


def _joined_comprehension(
    tree: Tree, call: cst.Call, comprehension: cst.CSTNode, bound: dict[str, cst.Arg], dataset: bool
) -> tuple[Edit, ...] | None:
    if not isinstance(comprehension, (cst.ListComp, cst.GeneratorExp)) or comprehension.elt is not call:
        return None
    loop = comprehension.for_in
    argument = tree.parent(comprehension)
    joining = tree.parent(argument) if isinstance(argument, cst.Arg) else None
    if loop.ifs or loop.inner_for_in or not isinstance(joining, cst.Call) or not _joins(joining):
        return None
    code = _predicted(tree, call, bound, bound["x"].value, loop.target, loop.iter, dataset)
    span = tree.span(joining)
    return edits(tree.text, [(*span, code)]) if code and not tree.comments(*span) else None


def _joins(call: cst.Call) -> bool:
    """Whether the call is `np.concatenate(parts)`, `np.vstack(parts)`, along the first axis."""
    if called_name(call) not in _JOINS or not isinstance(call.func, cst.Attribute) or not call.args:
        return False
    return len(call.args) == 1 or (
        len(call.args) == 2
        and isinstance(call.args[1].value, cst.Integer)
        and call.args[1].value.value == "0"
        and (call.args[1].keyword is None or call.args[1].keyword.value == "axis")
    )


def _joined_loop(tree: Tree, call: cst.Call, bound: dict[str, cst.Arg], dataset: bool) -> tuple[Edit, ...] | None:
    loop = next((node for node in tree.ancestors(call) if isinstance(node, cst.For)), None)
    if loop is None or loop.orelse or loop.asynchronous or not isinstance(loop.body, cst.IndentedBlock):
        return None
    rows = [row.body[0] for row in loop.body.body if isinstance(row, cst.SimpleStatementLine) and len(row.body) == 1]
    if len(rows) != len(loop.body.body) or not 1 <= len(rows) <= 3 or tree.comments(*tree.full_span(loop.body)):
        return None
    named: dict[str, cst.BaseExpression] = {}
    for row in rows[:-1]:
        match row:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value):
                named[name] = value
            case _:
                return None
    match rows[-1]:
        case cst.Expr(
            value=cst.Call(
                func=cst.Attribute(value=cst.Name(value=collected), attr=cst.Name("append")),
                args=[cst.Arg(star="", keyword=None, value=value)],
            )
        ):
            pass
        case _:
            return None
    appended = named.get(value.value, value) if isinstance(value, cst.Name) else value
    given = bound["x"].value
    piece = named.get(given.value, given) if isinstance(given, cst.Name) else given
    if appended is not call or len(named) != (appended is not value) + (piece is not given):
        return None
    code = _predicted(tree, call, bound, piece, loop.target, loop.iter, dataset)
    return _spliced(tree, loop, collected, code, {*named}) if code else None


def _spliced(tree: Tree, loop: cst.For, collected: str, code: str, named: set[str]) -> tuple[Edit, ...] | None:
    """The edits that take out the list and the loop and put `code` where the list was joined."""
    block = tree.parent(loop)
    if not isinstance(block, (cst.IndentedBlock, cst.Module)):
        return None
    rows = list(block.body)
    place = rows.index(loop)
    start = next((row for row in reversed(rows[:place]) if _starts_list(row, collected)), None)
    end = next((row for row in rows[place + 1 :] if collected in words(tree.text[slice(*tree.span(row))])), None)
    if start is None or not isinstance(end, cst.SimpleStatementLine) or tree.comments(*_whole_rows(tree, start)):
        return None
    joining = next((node for node in walk(end) if _joins_list(node, collected)), None)
    if joining is None:
        return None
    scope = next((tree.full_span(node) for node in tree.ancestors(loop) if isinstance(node, cst.FunctionDef)), None)
    rebinds = any(
        isinstance(small, cst.Assign) and collected in {tree.code(target.target) for target in small.targets}
        for small in end.body
    )
    until = tree.full_span(end)[1]
    here = re.findall(rf"\b{re.escape(collected)}\b", tree.text[tree.span(start)[0] : until])
    behind = words(tree.text[until : scope[1] if scope else len(tree.text)])
    gone = named | target_paths(loop.target)
    if len(here) != (4 if rebinds else 3) or gone & behind or (collected in behind and not rebinds):
        return None
    changes: list[Change] = [
        (*_whole_rows(tree, start), ""),
        (*_whole_rows(tree, loop), ""),
        (*tree.span(joining), code),
    ]
    return edits(tree.text, changes)


def _whole_rows(tree: Tree, node: cst.CSTNode) -> tuple[int, int]:
    """From the row the statement starts on to the end of its last row; the comments above it stay."""
    return tree.line_start(tree.span(node)[0]), tree.full_span(node)[1]


def _starts_list(row: cst.CSTNode, name: str) -> bool:
    match row:
        case cst.SimpleStatementLine(
            body=[
                cst.Assign(
                    targets=[cst.AssignTarget(target=cst.Name(value=bound))],
                    value=cst.List(elements=[]) | cst.Call(func=cst.Name("list"), args=[]),
                )
            ]
        ):
            return bound == name
    return False


def _joins_list(node: cst.CSTNode, name: str) -> bool:
    return (
        isinstance(node, cst.Call)
        and _joins(node)
        and isinstance(node.args[0].value, cst.Name)
        and node.args[0].value.value == name
    )
