"""Move an evaluation above the `with` or the loop it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.loops.batch_comprehension import comprehension_of
from lint_rules.fixes.tree.changes import changes_in
from lint_rules.fixes.tree.locate import Tree, call_at, statement_of
from lint_rules.fixes.tree.names import bound_paths, fresh_name, read_paths, target_paths, touches, words
from lint_rules.fixes.tree.text import edits
from lint_rules.semantics.knowledge.model_methods import SETS_UP

Block: TypeAlias = cst.With | cst.For | cst.While


def hoist(
    text: str, at: Position, *, end: Position | None = None, above_row: int | None = None
) -> tuple[Edit, ...] | None:
    """Evaluate the call at `at` once, above the block around it.

    An assignment whose whole value is the call moves as it is, with the comments above it, and so do the calls right
    below it that set the model up (`model.load_weights(path)`); out of any other expression the call moves to a new
    name. `above_row` is the row of the `with`, `for` or `while` to leave; the innermost one without it.

    Out of a comprehension the call moves above the statement that holds it.

    None where the call stands in a branch or a nested function of the block, where what it reads is bound or changed
    in the block, where its target is bound anew or changed in it, and where the block would be left empty.
    """
    found = call_at(text, at, end=end)
    if found is None:
        return None
    tree, call = found
    if above_row is None and comprehension_of(tree, call):
        return _out_of_comprehension(tree, call)
    block, statement = _block_around(tree, call, above_row)
    if block is None or statement is None or not isinstance(block.body, cst.IndentedBlock):
        return None
    if touches(read_paths(call), _changed_in(tree, block)):
        return None
    row = tree.line_start(tree.span(block)[0])
    indent = tree.indentation(row)
    line = tree.parent(statement)
    if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 and _assigns_only(statement, call):
        return _moved(tree, block, statement, line, row)
    return _named(tree, call, row, indent)


def _named(tree: Tree, call: cst.Call, row: int, indent: str) -> tuple[Edit, ...] | None:
    """The edits that give the call's value a name on a row of its own at `row`."""
    code = tree.code(call)
    if "\n" in code or "\r" in code:
        return None
    name = fresh_name(tree.text, "prediction", "predicted")
    return edits(tree.text, [(row, row, f"{indent}{name} = {code}\n"), (*tree.full_span(call), name)])


def _out_of_comprehension(tree: Tree, call: cst.Call) -> tuple[Edit, ...] | None:
    """The edits that evaluate the call before the statement whose comprehension evaluates it again and again."""
    comprehension = comprehension_of(tree, call)
    statement = statement_of(tree, call)
    if comprehension is None or not isinstance(statement, cst.SimpleStatementLine):
        return None
    if touches(read_paths(call), bound_paths([statement])):
        return None
    row = tree.line_start(tree.span(statement)[0])
    return _named(tree, call, row, tree.indentation(row))


def _block_around(tree: Tree, call: cst.Call, above_row: int | None) -> tuple[Block | None, cst.CSTNode | None]:
    """The block to leave and the statement that holds the call; (None, None) behind a branch or a barrier."""
    inside: cst.CSTNode = call
    statement: cst.CSTNode | None = None
    local: set[str] = set()
    for around in tree.ancestors(call):
        if isinstance(around, (cst.Lambda, cst.IfExp, cst.BooleanOperation, cst.FunctionDef, cst.ClassDef)):
            return None, None
        if isinstance(around, cst.BaseComp):
            local |= bound_paths([around])
        elif isinstance(around, (cst.If, cst.Try, cst.TryStar, cst.Match, cst.ExceptHandler)):
            head = isinstance(around, cst.If) and inside is around.test and statement is None
            if not head:
                return None, None
            statement = around
        elif statement is None and isinstance(around, (cst.BaseSmallStatement, cst.BaseCompoundStatement)):
            statement = around
            if isinstance(around, cst.For) and inside is not around.iter:
                return None, None
            if isinstance(around, cst.While):
                # A test is evaluated again and again: it is the loop's own, not a statement of its body.
                return None, None
        elif isinstance(around, (cst.With, cst.For, cst.While)):
            if touches(read_paths(call), local):
                return None, None
            start = tree.span(around)[0]
            if above_row is None or tree.text.count("\n", 0, start) + 1 == above_row:
                return around, statement
        inside = around
    return None, None


def _changed_in(tree: Tree, block: Block) -> set[str]:
    """What the block binds or changes, its own header included."""
    return _bound_in_header(block) | changes_in(tree.text).changed([block.body], guessed=False)


def _bound_in_header(block: Block) -> set[str]:
    if isinstance(block, cst.For):
        return target_paths(block.target)
    return bound_paths(block.items) if isinstance(block, cst.With) else set()


def _assigns_only(statement: cst.CSTNode, call: cst.Call) -> bool:
    return (
        isinstance(statement, cst.Assign)
        and statement.value is call
        and len(statement.targets) == 1
        and isinstance(statement.targets[0].target, (cst.Name, cst.Tuple))
    )


def _moved(
    tree: Tree, block: Block, statement: cst.CSTNode, line: cst.SimpleStatementLine, row: int
) -> tuple[Edit, ...] | None:
    """The edits that take the whole statement above the block."""
    text = tree.text
    if tree.parent(line) is not block.body or not isinstance(statement, cst.Assign):
        return None
    names = target_paths(statement.targets[0].target)
    lines = [line, *_set_up(tree, block, line, names)]
    others = [other for other in block.body.body if other not in lines]
    if not others or (isinstance(block, cst.For) and names & target_paths(block.target)):
        return None
    if touches(names, changes_in(text).changed(others)):
        return None
    place = list(block.body.body).index(line)
    earlier = list(block.body.body)[:place]
    header_end = tree.full_span(block.body)[0]
    if any(names & set(words(tree.code(other))) for other in earlier) or names & set(
        words(text[tree.span(block)[0] : header_end])
    ):
        return None
    start, stop = tree.full_span(line)[0], tree.full_span(lines[-1])[1]
    lead = text[start : tree.line_start(tree.span(line)[0])]
    start += len(lead) - len(lead.lstrip("\r\n")) if not lead.strip() else 0
    code = text[start:stop]
    inner, outer = tree.indentation(tree.line_start(tree.span(line)[0])), tree.indentation(row)
    if '"""' in code or "'''" in code or not inner.startswith(outer):
        return None
    dedented = re.sub(rf"(?m)^{re.escape(inner)}", lambda _: outer, code)
    if not dedented.endswith(("\n", "\r")):
        dedented += "\n"
    return edits(text, [(row, row, dedented), (start, stop, "")])


def _set_up(
    tree: Tree, block: Block, line: cst.SimpleStatementLine, names: set[str]
) -> Iterator[cst.SimpleStatementLine]:
    """The statements right below that set a model up in the same way each time, and do nothing else."""
    rows = list(block.body.body)
    for row in rows[rows.index(line) + 1 :]:
        only = row.body[0] if isinstance(row, cst.SimpleStatementLine) and len(row.body) == 1 else None
        match only:
            case cst.Expr(value=cst.Call(func=cst.Attribute(value=cst.Name(model), attr=cst.Name(method)), args=args)):
                rest = [other for other in rows if other is not row]
                changed = _bound_in_header(block) | changes_in(tree.text).changed(rest, guessed=False)
                read = {path for argument in args for path in read_paths(argument.value)}
                if model not in names or method not in SETS_UP or touches(read, changed):
                    return
                assert isinstance(row, cst.SimpleStatementLine)
                yield row
            case _:
                return
