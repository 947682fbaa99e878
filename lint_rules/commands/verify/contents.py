"""What files hold, as lines of text that can be compared value by value.

Besides texts these are arrays of NumPy (`.npy`, `.npz`), other archives member by member, and pickles, which are read
and never run: a pickle's values stand in it as the arguments of its instructions.
"""

from __future__ import annotations

import hashlib
import io
import math
import pickletools
import sys
import zipfile
from array import array
from ast import literal_eval
from collections.abc import Iterator, Sequence
from pathlib import Path

from lint_rules.records import NamedTuple
from lint_rules.regex import lazy_pattern

_LIMIT = 8_000_000
"""Bytes up to which a file is compared value by value."""
_NPY = b"\x93NUMPY"
_ZIP = b"PK\x03\x04"
_PICKLE = b"\x80"
_DTYPE = lazy_pattern(r"[fiubcmMUSVO]\d*")
_FLOATS = {"f4": "f", "f8": "d"}
"""The type codes of `array` for the floats of NumPy."""
_PUTS = frozenset({"MEMOIZE", "BINPUT", "LONG_BINPUT", "PUT"})
_GETS = frozenset({"BINGET", "LONG_BINGET", "GET"})
_PLACES = _PUTS | {"FRAME", "PROTO"}
"""Instructions of a pickle that say nothing of what is in it."""


def content(path: str, size: int) -> str:
    """What a file holds, as text; a digest, which begins with NUL as no text does, where only that can be compared."""
    try:
        if size > _LIMIT:
            with open(path, "rb") as stream:
                return "\0" + hashlib.file_digest(stream, "sha256").hexdigest()
        return told(Path(path).read_bytes())
    except OSError as error:
        return f"\0{error.strerror}"


def told(data: bytes) -> str:
    """Some bytes as text, a value or a line of it in each line; a digest for what is not known."""
    try:
        if data.startswith(_NPY):
            return "\n".join(_npy(data))
        if data.startswith(_ZIP):
            return "\n".join(_members(data))
        if data.startswith(_PICKLE):
            return "\n".join(_pickle(data))
        if b"\0" not in data:
            return data.decode()
    except (ValueError, SyntaxError, KeyError, RuntimeError, NotImplementedError, zipfile.BadZipFile):
        pass  # only begins like one
    return "\0" + hashlib.sha256(data).hexdigest()


def _npy(data: bytes) -> Iterator[str]:
    """The header of an array, and its values.

    https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
    """
    wide = data[6] > 1
    begin = 12 if wide else 10
    stop = begin + int.from_bytes(data[8:begin], "little")
    header = literal_eval(data[begin:stop].decode("latin-1"))
    yield str(header)
    kind = header["descr"]
    yield from _values(data[stop:], kind[1:] if isinstance(kind, str) and kind[:1] == "<" else "")


def _members(data: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in sorted(archive.infolist(), key=lambda each: each.filename):
            if info.file_size > _LIMIT:
                raise ValueError(f"{info.filename} is too long")
            yield info.filename
            yield from told(archive.read(info)).splitlines()


class _Step(NamedTuple):
    """An instruction of a pickle."""

    name: str
    argument: object


def _pickle(data: bytes) -> Iterator[str]:
    """The instructions of a pickle; the bytes of its arrays as numbers where they are floats."""
    stream = io.BytesIO(data)
    steps: list[_Step] = []
    while stream.tell() < len(data):
        steps += [_Step(code.name, argument) for code, argument, _ in pickletools.genops(stream)]
    swapped = any(step.argument == ">" for step in steps)
    for (name, argument), kind in zip(steps, _kinds(steps), strict=True):
        if name in _PLACES:
            continue
        if isinstance(argument, (bytes, bytearray)):
            yield f"{name} {len(argument)}"
            yield from _values(bytes(argument), "" if swapped else kind)
        else:
            yield f"{name} {argument!r}"


def _kinds(steps: Sequence[_Step]) -> list[str]:
    """The kind of array, such as `f4`, that is named last before each instruction; of a buffer, that behind it."""
    named = list(_named(steps))
    kinds, kind = [], ""
    for number, (name, _) in enumerate(steps):
        kind = named[number] or kind
        buffer = name == "BYTEARRAY8"
        kinds.append(next(filter(None, named[number:]), "") if buffer else kind)
    return kinds


def _named(steps: Sequence[_Step]) -> Iterator[str]:
    """The kind that each instruction names, empty for most.

    A dtype is made by `dtype("f4", False, True)` once, and taken out of the memo for each further array.
    """
    kept: dict[object, str] = {}
    made = ""
    places = 0
    for number, (name, argument) in enumerate(steps):
        if name in _PUTS:
            place = places if name == "MEMOIZE" else argument
            places += name == "MEMOIZE"
            if made and steps[number - 1].name == "REDUCE":
                kept[place], made = made, ""
            yield ""
        elif isinstance(argument, str) and _DTYPE.fullmatch(argument) and _is_followed_by_flag(steps, number):
            made = argument
            yield argument
        else:
            yield kept.get(argument, "") if name in _GETS else ""


def _is_followed_by_flag(steps: Sequence[_Step], number: int) -> bool:
    """Whether a word is the first of arguments of which the second is False."""
    further = next((step for step in steps[number + 1 :] if step.name not in _PUTS), None)
    return further is not None and (further.name == "NEWFALSE" or further.argument is False)


def _values(data: bytes, kind: str) -> Iterator[str]:
    """Floats of a kind such as `f4`, in the order of little-endian bytes; a digest of anything else."""
    code = _FLOATS.get(kind)
    if code is None or sys.byteorder != "little" or len(data) % array(code).itemsize:
        yield hashlib.sha256(data).hexdigest()
        return
    values = array(code, data)
    yield from (repr(value) if math.isfinite(value) else f"<{value}>" for value in values)
