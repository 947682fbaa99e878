"""What Python 2 and newer Pythons write otherwise, put so that this Python reads it: the same calls in the same order.

Each form gives changes of the text; whether the statement parses after them is for the caller to see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lint_rules.records import NamedTuple
from lint_rules.regex import lazy_pattern
from lint_rules.source.tolerant.lines import Token, ends_block_header, top_level

BLOCKS = frozenset({"if", "elif", "else", "for", "while", "try", "except", "finally", "with", "def", "class", "async"})
"""The words that a statement with a block begins with."""

_OCTAL = lazy_pattern(r"0[0-7]+[lL]?")
_LONG = lazy_pattern(r"(?:0[xXoObB])?[0-9a-fA-F]+[lL]")
_RAW_UNICODE = lazy_pattern(r"[uU][rR]")
_NOT_AFTER_PRINT = frozenset("=.,)]}:(")


class Change(NamedTuple):
    """The text between two offsets becomes another one in the same row; `replaces_all` of the statement, rows kept."""

    start: int
    end: int
    text: str
    replaces_all: bool = False


class Form(NamedTuple):
    """Changes with the name of what they mend, as a reader calls it; `newer` is what a newer Python has."""

    name: str
    changes: tuple[Change, ...]
    newer: bool = False


def forms(text: str, found: list[Token]) -> Iterator[Form]:
    """Everything in a statement that another Python reads."""
    for part in _simple_statements(found):
        word = part[0].text
        if word in ("print", "exec") and len(part) > 1 and part[1].text not in _NOT_AFTER_PRINT:
            yield Form(f"Python 2's {word} statement", tuple(_called(text, part)))
        elif word == "raise":
            yield from _raised(part)
    if found[0].text == "except":
        yield from _caught(text, found)
    yield from _tokens(found)
    yield from _tuple_parameters(found)
    yield from _type_parameters(found)
    if found[0].text in BLOCKS and not any(token.text == ":" for _, token in top_level(found)):
        yield Form("expected ':'", (Change(found[-1].end, found[-1].end, ":"),))


def _simple_statements(found: list[Token]) -> Iterator[list[Token]]:
    """The simple statements of a line: between semicolons, and behind the colon of `if x: ...`."""
    part: list[Token] = []
    begun_by_block = found[0].text in BLOCKS
    outside = {index for index, _ in top_level(found)}
    in_lambda = 0
    for index, token in enumerate(found):
        in_lambda += index in outside and token.text == "lambda"
        ends_header = begun_by_block and token.text == ":" and index in outside and not in_lambda
        if index in outside and (token.text == ";" or ends_header):
            begun_by_block = begun_by_block and not ends_header
            if part and not ends_header:
                yield part
            part = []
        else:
            in_lambda -= index in outside and token.text == ":" and in_lambda > 0
            part.append(token)
    if part and not begun_by_block:
        yield part


def _called(text: str, part: list[Token]) -> Iterator[Change]:
    """`print a, b` as `print(a, b)`, and `print >>stream, a` as `print(stream, a)`."""
    word, first = part[0], part[1]
    blank = text[word.end : word.end + 1] in (" ", "\t")
    yield Change(word.end, word.end + blank, "(")
    if first.text == ">" and len(part) > 2 and part[2].text == ">":
        yield Change(first.start, part[2].end, "  ")
    yield Change(part[-1].end, part[-1].end, ")")


def _raised(part: list[Token]) -> Iterator[Form]:
    """`raise Error, "text"` as `raise Error( "text")`."""
    comma = next((token for _, token in top_level(part) if token.text == ","), None)
    if comma is not None:
        changes = Change(comma.start, comma.end, "("), Change(part[-1].end, part[-1].end, ")")
        yield Form("Python 2's raise statement", changes)


def _caught(text: str, found: list[Token]) -> Iterator[Form]:
    """`except Error, name:` as `except Error as name:`."""
    commas = [index for index, token in top_level(found) if token.text == ","]
    if len(commas) != 1 or len(found) < commas[0] + 3:
        return
    comma, name, colon = found[commas[0] : commas[0] + 3]
    if name.kind == "name" and colon.text == ":":
        blank = " " if name.start == comma.end else ""
        yield Form("Python 2's except clause", (Change(comma.start, comma.end, f" as{blank}"),))


def _tokens(found: list[Token]) -> Iterator[Form]:
    """What Python 2 spells otherwise within an expression."""
    ticks = [token for token in found if token.text == "`"]
    if ticks and len(ticks) % 2 == 0:
        spelled = ("repr(", ")")
        yield Form(
            "Python 2's backticks",
            tuple(Change(token.start, token.end, spelled[index % 2]) for index, token in enumerate(ticks)),
        )
    for token, following in zip(found, [*found[1:], None], strict=True):
        if token.kind == "number" and _OCTAL.fullmatch(token.text) and token.text.strip("0lL"):
            digits = token.text.rstrip("lL").lstrip("0")
            yield Form("Python 2's octal number", (Change(token.start, token.end, f"0o{digits}"),))
        elif token.kind == "number" and _LONG.fullmatch(token.text):
            yield Form("Python 2's long number", (Change(token.end - 1, token.end, " "),))
        elif token.kind == "string" and _RAW_UNICODE.match(token.text):
            yield Form("Python 2's ur'' string", (Change(token.start, token.start + 1, " "),))
        elif token.text == "<" and following is not None and following.text == ">" and token.end == following.start:
            yield Form("Python 2's <> operator", (Change(token.start, following.end, "!="),))


def _tuple_parameters(found: list[Token]) -> Iterator[Form]:
    """`def f(a, (b, c)):` with a parameter of the same width in place of the tuple."""
    depth, opened, in_parameters = 0, None, False
    for index, token in enumerate(found):
        if token.text == "def" or token.text == "lambda":
            in_parameters, depth = True, 0
            base = 1 if token.text == "def" else 0
        elif not in_parameters:
            continue
        elif token.text in ("(", "[", "{"):
            if depth == base and token.text == "(" and found[index - 1].text in ("(", ",", "lambda"):
                opened = index
            depth += 1
        elif token.text in (")", "]", "}"):
            depth -= 1
            if depth == base and opened is not None:
                yield Form("Python 2's tuple parameter", tuple(_one_name(found[opened : index + 1])))
                opened = None
            in_parameters = depth >= base and (base == 0 or depth > 0)
        elif token.text == ":" and depth == base:
            in_parameters = False


def _one_name(part: list[Token]) -> Iterator[Change]:
    """One name as wide as a tuple of names in one row."""
    before = part[0].start
    for token in part:
        if token.start > before:
            yield Change(before, token.start, "_" * (token.start - before))
        if token.kind != "name":
            yield Change(token.start, token.end, "_" * (token.end - token.start))
        before = token.end


def _type_parameters(found: list[Token]) -> Iterator[Form]:
    """`def f[T](x):` and `class C[T]:` without what stands in the brackets."""
    for index, token in enumerate(found[:3]):
        if token.text in ("def", "class") and len(found) > index + 2 and found[index + 2].text == "[":
            depth = 0
            for closing in found[index + 2 :]:
                depth += (closing.text == "[") - (closing.text == "]")
                if depth == 0:
                    start = found[index + 2].start
                    blank = Change(start, closing.end, " " * (closing.end - start))
                    yield Form("type parameters", (blank,), newer=True)
                    return


def suspects_newer(text: str, found: list[Token]) -> bool:
    """Whether a statement looks like what a newer Python may read: libraries that know its grammar should be asked."""
    if found[0].text == "type" and len(found) > 2 and found[1].kind == "name" and found[2].text in ("=", "["):
        return True
    formatted = re.compile(r"[rR]?[fFtT][rR]?['\"]")
    return any(token.kind == "string" and formatted.match(token.text) for token in found)


def is_newer(text: str, found: list[Token]) -> bool:
    """Whether LibCST, whose grammar does not depend on the running Python, reads a statement that this one does not."""
    if not suspects_newer(text, found):
        return False
    import libcst

    code = text[found[0].start : found[-1].end]
    try:
        libcst.parse_module(f"{code}\n pass\n" if ends_block_header(found) else f"{code}\n")
    except Exception:
        return False
    return True
