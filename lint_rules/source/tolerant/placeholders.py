"""What stands for a statement that nothing can read: it binds the names that the statement may bind, to nothing known,
and calls what the statement may call with nothing known. So nothing that is said of the code around it rests on the
statement not being there."""

from __future__ import annotations

import keyword
from collections.abc import Iterator

from lint_rules.source.tolerant.lines import Token, top_level

UNKNOWN = "__left_out__"
"""The name of what is not known; nothing defines it."""


def simple(found: list[Token]) -> str:
    """A statement in place of one without a block."""
    word = found[0].text
    if word in ("import", "from"):
        return _bound(_names(found[1:]), UNKNOWN)
    if word in ("def", "class"):
        return _bound(_names(found[1:2]), UNKNOWN)
    if word in ("return", "yield"):
        return f"{word} {_opaque(found[1:])}"
    if word in ("del", "global", "nonlocal"):
        return _bound(_names(found[1:]), UNKNOWN)
    split = _last_assignment(found)
    if split is None:
        return _opaque(found)
    return _bound(list(_targets(found[:split])), _opaque(found))


def header(found: list[Token]) -> str:
    """The first line of a block in place of another, the colon included."""
    word = found[0].text
    if word == "async" and len(found) > 1:
        return f"async {header(found[1:])}" if found[1].text in ("def", "for", "with") else header(found[1:])
    if word in ("else", "try", "finally"):
        return f"{word}:"
    if word in ("if", "elif", "while"):
        return f"{word} {_opaque(found[1:])}:"
    if word == "for":
        until = next((index for index, token in enumerate(found) if token.text == "in"), len(found))
        return f"for {', '.join(_names(found[1:until])) or '_'} in {_opaque(found[until:])}:"
    if word == "except":
        return f"except {UNKNOWN}:"
    if word == "with":
        named = [found[index + 1].text for index, token in enumerate(found[:-1]) if token.text == "as"]
        return f"with {_opaque(found[1:])}" + (f" as ({', '.join(filter(_is_name, named))})" if named else "") + ":"
    if word in ("def", "class") and len(found) > 1 and _is_name(found[1].text):
        if word == "class":
            return f"class {found[1].text}({UNKNOWN}):"
        parameters = "".join(f"{name}, " for name in _names(found[2:]))
        return f"def {found[1].text}({parameters}*{UNKNOWN}):"
    if word == "case":
        return f"case {UNKNOWN}.{UNKNOWN}:"
    return f"if {_opaque(found)}:"


def decorator() -> str:
    """A decorator in place of another."""
    return f"@{UNKNOWN}"


def empty_block(found: list[Token]) -> str:
    """The block of a header that has none."""
    return " pass" if found[0].text == "class" else f" {UNKNOWN}()"


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


def _names(found: list[Token]) -> list[str]:
    """The names in some tokens, each once; what follows a dot is none."""
    names = [
        token.text
        for before, token in zip([None, *found], found, strict=False)
        if token.kind == "name" and _is_name(token.text) and (before is None or before.text != ".")
    ]
    return list(dict.fromkeys(names))


def _chains(found: list[Token]) -> Iterator[tuple[int, int]]:
    """Every `a.b.c`: the places of its first and its last name."""
    index = 0
    while index < len(found):
        first = index
        index += 1
        if found[first].kind != "name" or not _is_name(found[first].text) or (first and found[first - 1].text == "."):
            continue
        while index + 1 < len(found) and found[index].text == "." and _is_name(found[index + 1].text):
            index += 2
        yield first, index - 1


def _opaque(found: list[Token]) -> str:
    """A call of something unknown with everything that is named, and with the results of everything that is called."""
    outside = {index for index, _ in top_level(found)}
    arguments = []
    for first, last in _chains(found):
        after = found[last + 1] if last + 1 < len(found) else None
        name = "".join(token.text for token in found[first : last + 1])
        if after is not None and after.text == "(" and after.start == found[last].end:
            arguments.append(f"{name}(*{UNKNOWN}, **{UNKNOWN})")
        elif after is None or after.text != "=" or last + 1 in outside:
            arguments.append(name)
    return f"{UNKNOWN}({', '.join(dict.fromkeys(arguments))})"


def _last_assignment(found: list[Token]) -> int | None:
    """The place of the last sign outside of brackets that assigns what is behind it."""
    places = [index for index, token in top_level(found) if token.text == "=" and index > 0]
    signs = [
        index
        for index in places
        if found[index - 1].text not in ("=", "!", "<", ">")
        and not (index + 1 < len(found) and found[index + 1].text == "=" and found[index + 1].start == found[index].end)
    ]
    return signs[-1] if signs else None


def _targets(found: list[Token]) -> Iterator[str]:
    """What is assigned as a whole by what stands before the sign: not `x` of `x[0]`, of `x.f()` or within brackets."""
    within = next((index for index, token in enumerate(found) if token.text in ("[", "{")), len(found))
    for first, last in _chains(found[:within]):
        if last + 1 == len(found) or found[last + 1].text not in ("[", "(", "."):
            yield "".join(token.text for token in found[first : last + 1])


def _bound(targets: list[str], value: str) -> str:
    return " = ".join([*dict.fromkeys(targets), value])
