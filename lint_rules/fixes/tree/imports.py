"""Imports a fix needs, where isort would put them, and only if they are missing."""

from __future__ import annotations

import ast
import sys
from functools import lru_cache

from lint_rules.findings.diagnostics import Edit
from lint_rules.fixes.tree.locate import syntax_of
from lint_rules.fixes.tree.text import edits, line_starts, newline_of

_FUTURE, _STANDARD, _THIRD_PARTY, _LOCAL = range(4)


def bring_in(text: str, module: str, *, alias: str | None = None) -> tuple[str, tuple[Edit, ...]]:
    """The name under which a top-level import of the file has `module`, and the edits that add it if it is missing.

    `alias` is the usual short name; where the file uses that word for something else the module's own name is taken.
    """
    present = _imported_as(text, module)
    if present is not None:
        return present, ()
    parsed = syntax_of(text)
    name = alias or module
    if alias and alias != module and parsed and alias in _bound(text):
        name = module
    statement = f"import {module}" if name == module else f"import {module} as {name}"
    return name, (_insertion(text, module, statement),)


def keras_in(text: str) -> tuple[str, tuple[Edit, ...]]:
    """How the file can say `keras`, and the edits that import it if it has neither Keras nor TensorFlow."""
    for module in ("keras", "tensorflow.keras"):
        present = _imported_as(text, module)
        if present is not None:
            return present, ()
    tensorflow = _imported_as(text, "tensorflow")
    return (f"{tensorflow}.keras", ()) if tensorflow is not None else bring_in(text, "keras")


def leave_out(text: str, name: str) -> tuple[Edit, ...] | None:
    """The edits that take a name out of the top-level `from module import ...` that brings it in.

    None where there is none, and where other names share its row in an import of several rows.
    """
    parsed = syntax_of(text)
    for statement in parsed.body if parsed else ():
        if isinstance(statement, ast.ImportFrom):
            alias = next((it for it in statement.names if (it.asname or it.name) == name), None)
            if alias is not None:
                return _without(text, statement, alias)
    return None


def _without(text: str, statement: ast.ImportFrom, alias: ast.alias) -> tuple[Edit, ...] | None:
    starts = [*line_starts(text), len(text)]
    others = [it for it in statement.names if it is not alias]
    first = statement if not others else alias
    rows = text[starts[first.lineno - 1] : starts[first.end_lineno or first.lineno]]
    if not others or statement.lineno != statement.end_lineno:
        alone = rows.split("#")[0].strip().rstrip(",").split() == ast.unparse(first).split()
        return (
            edits(text, [(starts[first.lineno - 1], starts[first.end_lineno or first.lineno], "")]) if alone else None
        )
    if not rows.isascii():
        return None
    row = starts[statement.lineno - 1]
    begin, stop = row + statement.names[0].col_offset, row + (statement.names[-1].end_col_offset or 0)
    return edits(text, [(begin, stop, ", ".join(map(ast.unparse, others)))])


def _imported_as(text: str, module: str) -> str | None:
    """The name a top-level statement imports `module` under."""
    parsed = syntax_of(text)
    package, _, leaf = module.rpartition(".")
    for statement in parsed.body if parsed else ():
        if isinstance(statement, ast.Import):
            for name in statement.names:
                if name.name == module:
                    return name.asname or module
        elif isinstance(statement, ast.ImportFrom) and package and not statement.level and statement.module == package:
            for name in statement.names:
                if name.name == leaf:
                    return name.asname or leaf
    return None


@lru_cache(maxsize=4)
def _bound(text: str) -> frozenset[str]:
    """Every name that anything in the file binds."""
    module = syntax_of(text)
    names: set[str] = set()
    for node in ast.walk(module) if module else ():
        match node:
            case ast.Name(id=found, ctx=ast.Store() | ast.Del()) | ast.arg(arg=found):
                names.add(found)
            case ast.alias():
                names.add(node.asname or node.name.split(".")[0])
            case ast.FunctionDef(name=found) | ast.ClassDef(name=found) | ast.AsyncFunctionDef(name=found):
                names.add(found)
    return frozenset(names)


def _section(module: str, level: int = 0) -> int:
    top = module.split(".")[0]
    if level:
        return _LOCAL
    if top == "__future__":
        return _FUTURE
    return _STANDARD if top in sys.stdlib_module_names else _THIRD_PARTY


def _rank(statement: ast.Import | ast.ImportFrom) -> tuple[int, int, str]:
    """Where isort sorts the statement: by section, `import` before `from`, then by module."""
    if isinstance(statement, ast.Import):
        return _section(statement.names[0].name), 0, statement.names[0].name.lower()
    return _section(statement.module or "", statement.level), 1, (statement.module or "").lower()


def _insertion(text: str, module: str, statement: str) -> Edit:
    parsed = syntax_of(text)
    body = parsed.body if parsed else []
    starts, newline = line_starts(text), newline_of(text)
    wanted = (_section(module), 0, module.lower())
    block: list[ast.Import | ast.ImportFrom] = []
    header_end = 0  # the row behind a docstring
    for place, node in enumerate(body):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            block.append(node)
        elif place == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            header_end = node.end_lineno or node.lineno
        else:
            break
    before = [node for node in block if _rank(node) <= wanted]
    after = [node for node in block if _rank(node) > wanted]
    content = f"{statement}{newline}"
    if before and (_rank(before[-1])[0] == wanted[0] or not after or _rank(after[0])[0] != wanted[0]):
        row = (before[-1].end_lineno or before[-1].lineno) + 1
        if _rank(before[-1])[0] != wanted[0]:
            content = newline + content
    elif after:
        row = after[0].lineno
        if _rank(after[0])[0] != wanted[0]:
            content += newline
    else:
        row = header_end + 1 if header_end else _first_code_row(text)
        content = (newline if header_end else "") + content + newline
    if row > len(starts) or (row == len(starts) and text and not text.endswith(("\n", "\r"))):
        return edits(text, [(len(text), len(text), newline + content.lstrip(newline))])[0]
    offset = starts[row - 1]
    return edits(text, [(offset, offset, content)])[0]


def _first_code_row(text: str) -> int:
    """The row behind the comments a file opens with (interpreter, encoding, licence)."""
    row = 1
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        row += 1
    return row
