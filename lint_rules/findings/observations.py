"""What a run of tests or of a program saw of calls of models, read and checked: the file that
`pytest --keras-inference-json=FILE` and `keras-inference run --json FILE` write.

The file is all that the two halves of the project tell each other; docs/plugin/whole-run.md describes its keys. Those
that are not asked for here are passed over, so that a later plugin may write more of them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, Generic, TypeGuard, TypeVar

from lint_rules.config.keys import SettingsError
from lint_rules.findings.diagnostics import Position
from lint_rules.records import dataclass
from lint_rules.source.files import REPORT_BYTES, read_bytes
from pytest_keras_inference.vocabulary import TEXTS

VERSION = 1
WRITTEN_BY = "`keras-inference run --json FILE SCRIPT` or `pytest --keras-inference-json=FILE` writes one"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the run found wrong at a place: the rule, what in the calls showed it, and what to write instead."""

    code: str
    evidence: str
    instead: str


@dataclass(frozen=True, slots=True)
class Place:
    """The calls of one kind that one place in the code made.

    `filename` is absolute on the machine of the run, `path` relative to the root there, None outside it. `start` and
    `end` have column 0 where only the rows are known. `line` is the text of the first row, `code` are all rows without
    their indentation. `loop` says which loop made them repeat, if the run knew. `verdicts` leaves out what the project
    allows.
    """

    filename: str
    path: str | None
    start: Position
    end: Position
    function: str
    line: str
    code: str
    calls: int
    min_rows: int | None
    max_rows: int | None
    seconds: float
    tests: tuple[str, ...] = ()
    speedup: float | None = None
    loop: str = ""
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Observations:
    """What one run saw. `file` is the name under which it was read, `root` the folder of the project at that time."""

    file: str
    root: str
    places: tuple[Place, ...]


def read(file: str) -> Observations:
    """The observations in a file.

    Raises:
        SettingsError: the file is not there, no file of observations, or one of another version.
    """
    where = f"--observations {file}"
    try:
        document = json.loads(read_bytes(file, REPORT_BYTES))
    except OSError as error:
        raise SettingsError(f"{where}: cannot be read: {error.strerror}; {WRITTEN_BY}") from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{where}: not JSON: {error}; {WRITTEN_BY}") from None
    if not isinstance(document, dict) or document.get("tool") != "pytest-keras-inference":
        raise SettingsError(f"{where}: not a file of observations; {WRITTEN_BY}")
    table = _Table(f"{where}: ", document)
    version = table.value("version", _WHOLE)
    if version != VERSION:
        raise SettingsError(
            f"{where}: version: {version} cannot be read here, only {VERSION}; run the program or its tests again "
            "with this installation"
        )
    root = table.value("root", _TEXT)
    return Observations(file, root, tuple(_place(each, root) for each in table.tables("observations")))


def _place(table: _Table, root: str) -> Place:
    findings = table.tables("findings")
    speedups = [number for each in findings if (number := each.optional("speedup", _NUMBER)) is not None]
    return Place(
        filename=table.value("filename", _TEXT),
        path=table.optional("path", _TEXT),
        start=_position(table.table("location")),
        end=_position(table.table("end_location")),
        function=table.value("function", _TEXT),
        line=table.value("line", _TEXT),
        code=table.value("code", _TEXT),
        calls=table.value("calls", _WHOLE),
        min_rows=table.optional("min_rows", _WHOLE),
        max_rows=table.optional("max_rows", _WHOLE),
        seconds=table.value("seconds", _NUMBER),
        tests=tuple(_one_line(test) for test in table.value("tests", _TEXTS)),
        speedup=max(speedups, default=None),
        loop=_loop(table.table("loop"), root) if table.has("loop") else "",
        verdicts=tuple(_verdict(each) for each in findings if not each.value("allowed", _FLAG)),
    )


def _loop(table: _Table, root: str) -> str:
    """`train.py:7, while not done`, the file as it lies below the root of the run."""
    name = table.value("filename", _TEXT).removeprefix(f"{root}/")
    return f"{_one_line(name)}:{table.value('row', _WHOLE)}, {_one_line(table.value('text', _TEXT))}"


def _position(table: _Table) -> Position:
    return Position(table.value("row", _WHOLE), table.optional("column", _WHOLE) or 0)


def _verdict(table: _Table) -> Verdict:
    code = table.value("code", _RULE)
    return Verdict(code, _one_line(table.value("message", _TEXT)), _one_line(table.value("instead", _TEXT)))


def _one_line(text: str) -> str:
    return " ".join(text.split())


# Checking

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Kind(Generic[T]):
    """A kind of value: what a reader calls it, and how it is known."""

    name: str
    holds: Callable[[object], TypeGuard[T]]


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str)


def _is_rule(value: object) -> TypeGuard[str]:
    return value in TEXTS if isinstance(value, str) else False


def _are_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_flag(value: object) -> TypeGuard[bool]:
    return isinstance(value, bool)


def _is_whole(value: object) -> TypeGuard[int]:
    return type(value) is int and value >= 0


def _is_number(value: object) -> TypeGuard[float]:
    return _is_whole(value) or (isinstance(value, float) and math.isfinite(value) and value >= 0)


def _is_table(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _are_tables(value: object) -> TypeGuard[list[dict[str, Any]]]:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


_TEXT = _Kind("a string", _is_text)
_TEXTS = _Kind("a list of strings", _are_texts)
_RULE = _Kind("the code of a rule (`keras-inference rule --all` lists them)", _is_rule)
_FLAG = _Kind("true or false", _is_flag)
_WHOLE = _Kind("a whole number that is not negative", _is_whole)
_NUMBER = _Kind("a number that is not negative", _is_number)
_TABLE = _Kind("an object", _is_table)
_TABLES = _Kind("a list of objects", _are_tables)


class _Table:
    """An object of the document, with the name of its place, so that what is wrong is told with file and key.

    Every question raises SettingsError where the key is missing or holds another kind of value.
    """

    def __init__(self, where: str, values: dict[str, Any]) -> None:
        self._where = where
        self._values = values

    def value(self, key: str, kind: _Kind[T]) -> T:
        """The value of a key."""
        value = self._values.get(key)
        if key in self._values and kind.holds(value):
            return value
        got = json.dumps(value, ensure_ascii=False) if key in self._values else "nothing"
        shown = got if len(got) <= 60 else f"{got[:57]}..."
        raise SettingsError(
            f"{self._where}{key}: expected {kind.name}, got {shown}; run the program or its tests again"
        )

    def optional(self, key: str, kind: _Kind[T]) -> T | None:
        """The value of a key that may be null, but not missing."""
        return None if self._values.get(key, "") is None else self.value(key, kind)

    def has(self, key: str) -> bool:
        """Whether there is a value for a key that older files do not have, and it is not null."""
        return self._values.get(key) is not None

    def table(self, key: str) -> _Table:
        """The object that a key holds."""
        return _Table(f"{self._where}{key}.", self.value(key, _TABLE))

    def tables(self, key: str) -> list[_Table]:
        """The objects that a key lists."""
        listed = self.value(key, _TABLES)
        return [_Table(f"{self._where}{key}[{number}].", each) for number, each in enumerate(listed)]
