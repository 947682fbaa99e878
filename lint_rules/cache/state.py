"""What is written of a project, and reading it back: only what has the shape that was written."""

from __future__ import annotations

import json
from typing import Any

from lint_rules.cache.facts import Facts
from lint_rules.records import NamedTuple
from lint_rules.regex import lazy_pattern

Place = tuple[str, str]
"""A file, and the rules and settings that it was judged by: an editor's are others than those of a commit."""
Signature = tuple[int, int, int, int]
"""Size, times of the last change of the text and of the entry, inode: while they are the same, so is the file."""

_INDEX = lazy_pattern(r"(?:[0-9a-f]{12}-[0-9a-f]{12}\.words)?")
_FACTS = ([bool] * 6, [*[bool] * 5, type(None)])


class Row(NamedTuple):
    """One file as it was looked at last."""

    signature: Signature
    digest: str
    facts: Facts | None


class Entry(NamedTuple):
    """The outcome of one file. `modules` are the files that were looked at for it, `words` the codes of the words whose
    mentions were asked for, `names` those of the names that were looked up as modules."""

    outcome: list[Any]
    modules: frozenset[str]
    words: frozenset[int]
    names: frozenset[int]


class State(NamedTuple):
    """What is written: the files, the answers, the words of files that changed after the index was made, its name.

    `tool` is the linter down to the contents of its files, `marks` the sizes and times that these had.
    """

    rows: dict[str, Row]
    entries: dict[Place, Entry]
    fresh: dict[str, frozenset[int]]
    index_name: str
    tool: str
    marks: str


def parsed(body: bytes, common: str) -> State | None:
    """What was written, None where it is something else, or rests on other options than `common`."""
    try:
        state = json.loads(body)
        if state["common"] != common:
            return None
        names: list[str] = _all(str, state["names"])
        rows = {name: _row(*row) for name, row in zip(names, state["rows"], strict=True)}
        entries = {
            (names[number], _is(str, key)): Entry(
                outcome, frozenset(names[m] for m in modules), _codes(words), _codes(lookups)
            )
            for number, (key, outcome, modules, words, lookups) in state["entries"]
        }
        fresh = {name: _codes(words) for name, words in state["fresh"].items()}
        if not _INDEX.fullmatch(state["index"]):
            return None
        return State(rows, entries, fresh, state["index"], _is(str, state["tool"]), _is(str, state["marks"]))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return None


def _row(signature: list[int], digest: str, facts: list[Any] | None) -> Row:
    if len(_all(int, signature)) != 4:
        raise ValueError("a signature has four numbers")
    if facts is not None and list(map(type, facts)) not in _FACTS:
        raise TypeError("facts are flags")
    size, changed, moved, inode = signature
    return Row((size, changed, moved, inode), _is(str, digest), None if facts is None else Facts(*facts))


def _codes(values: list[int]) -> frozenset[int]:
    return frozenset(_all(int, values))


def _all(kind: type, values: list[Any]) -> list[Any]:
    """A list, if all that it holds is of one type and no other: a flag is no number."""
    if type(values) is not list or set(map(type, values)) - {kind}:
        raise TypeError(f"expected a list of {kind.__name__}")
    return values


def _is(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"expected {kind.__name__}")
    return value
