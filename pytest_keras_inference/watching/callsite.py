"""Where in the user's code a call came from.

The standard library, everything under `site-packages` or `dist-packages` and this package are internal; the nearest
other frame is the user's. A look-up costs about a microsecond: file names are classified once, sites are cached by
code object and instruction. Inside a `tf.function` the user's frame is a file that AutoGraph generated; TensorFlow
knows which line it stands for.
"""

from __future__ import annotations

import linecache
import os
import sys
import sysconfig
import textwrap
import threading
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType

_HERE = str(Path(__file__).resolve().parents[1]) + os.sep
_STANDARD = tuple(
    {os.path.realpath(sysconfig.get_path(name)) + os.sep for name in ("stdlib", "platstdlib")}
    | {sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib")}
)
_USER_PSEUDO_FILES = ("<ipython", "<stdin", "<cell", "<doctest")
_WAITS = ("threading", "concurrent", "multiprocessing", "asyncio")
"""Packages in which a thread waits for others."""
_AUTOGRAPH = "__autograph_generated_file"


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call expression in the user's code.

    `line`, `end_line`, `column` and `end_column` count from 1, as editors do; `end_column` is exclusive. Where only
    the line is known (AutoGraph, python -X no_debug_ranges) both columns are 0.
    """

    filename: str
    line: int
    end_line: int
    column: int
    end_column: int
    function: str

    @property
    def code(self) -> str:
        """The source lines of the call, dedented; empty if the source cannot be read."""
        lines = [linecache.getline(self.filename, row) for row in range(self.line, self.end_line + 1)]
        return textwrap.dedent("".join(lines)).rstrip()

    @property
    def first_line(self) -> str:
        """The first source line of the call as it stands in the file; empty if the source cannot be read."""
        return linecache.getline(self.filename, self.line).rstrip()

    @property
    def location(self) -> str:
        """`path:line`, the path relative to the working directory where it lies below it."""
        return f"{short_path(self.filename)}:{self.line}"

    def __str__(self) -> str:
        return f"{self.location} in {self.function}"


UNKNOWN_SITE = CallSite("<unknown>", 0, 0, 0, 0, "<unknown>")
"""Stands for a call that no user code is on the stack of."""

_internal: dict[str, bool] = {}
_sites: dict[tuple[int, int], tuple[CodeType, CallSite]] = {}
_same: dict[CallSite, CallSite] = {}
"""Equal sites are one object: whoever counts by them may ask for its id."""


def find(depth: int = 1) -> CallSite:
    """The nearest call in user code, looking outwards from `depth` frames above the caller of this function."""
    frame: FrameType | None = sys._getframe(depth)
    script: FrameType | None = None
    while frame is not None:
        code = frame.f_code
        internal = _internal.get(code.co_filename)
        if internal is None:
            internal = _internal[code.co_filename] = is_internal(code.co_filename)
        if not internal:
            return _site(frame)
        if code.co_filename == "<string>" and script is None and frame.f_globals.get("__name__") == "__main__":
            script = frame
        frame = frame.f_back
    if script is None:
        script = _waiting()
    return UNKNOWN_SITE if script is None else _site(script)


def _waiting() -> FrameType | None:
    """The user's code in which the main thread waits for other threads, as in `pool.map(model.predict, batches)`; None
    where it does something else, or is the one that asks."""
    main = threading.main_thread().ident
    frame = None if main is None or main == threading.get_ident() else sys._current_frames().get(main)
    waits = False
    while frame is not None and _internal.get(name := frame.f_code.co_filename, is_internal(name)):
        waits = waits or str(frame.f_globals.get("__name__")).partition(".")[0] in _WAITS
        frame = frame.f_back
    return frame if waits else None


@dataclass(frozen=True, slots=True)
class Span:
    """What a frame is at: an expression in a file. Columns count bytes from 0, as Python's syntax trees do; both are
    None where only the line is known."""

    filename: str
    line: int
    column: int | None
    end_line: int
    end_column: int | None


@dataclass(frozen=True, slots=True)
class Stack:
    """What is on the stack, innermost first: where each frame of user code is, and the packages that have frames
    there."""

    spans: tuple[Span, ...]
    packages: frozenset[str]


def stack(depth: int = 1) -> Stack:
    """The stack from `depth` frames above the caller on, as `find` counts it."""
    frame: FrameType | None = sys._getframe(depth)
    spans: list[Span] = []
    packages: set[str] = set()
    while frame is not None:
        if is_internal(frame.f_code.co_filename):
            packages.add(str(frame.f_globals.get("__name__")).partition(".")[0])
        else:
            spans.append(_span(frame))
        frame = frame.f_back
    return Stack(tuple(spans), frozenset(packages))


def level() -> int:
    """The `stacklevel` with which a warning that the caller gives points at the nearest line of user code."""
    frame: FrameType | None = sys._getframe(1)
    found = 1
    while frame is not None and is_internal(frame.f_code.co_filename):
        frame = frame.f_back
        found += 1
    return found


def is_internal(filename: str) -> bool:
    """Whether a file belongs to the standard library, an installed package or this package."""
    if filename.startswith("<"):
        return not filename.startswith(_USER_PSEUDO_FILES)
    if filename.startswith(_HERE):
        return True
    parts = filename.replace("\\", "/").split("/")
    if "site-packages" in parts or "dist-packages" in parts:
        return True
    return filename.startswith(_STANDARD)


def short_path(filename: str) -> str:
    """`filename` relative to the working directory if it lies below it, else as it is; always with slashes."""
    try:
        return Path(filename).relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return filename.replace("\\", "/")


def _site(frame: FrameType) -> CallSite:
    code = frame.f_code
    key = (id(code), frame.f_lasti)
    known = _sites.get(key)
    if known is not None:
        return known[1]
    site = _mapped_from_autograph() if _AUTOGRAPH in code.co_filename else None
    if site is None:
        site = _read_site(frame)
    site = _same.setdefault(site, site)
    _sites[key] = (code, site)  # the code object is kept, so that its id stays its own
    return site


def _span(frame: FrameType) -> Span:
    code = frame.f_code
    line, end_line, column, end_column = next(
        islice(code.co_positions(), frame.f_lasti // 2, None), (None, None, None, None)
    )
    if line is None or end_line is None:
        return Span(code.co_filename, frame.f_lineno, None, frame.f_lineno, None)
    if column is None or end_column is None:
        return Span(code.co_filename, line, None, end_line, None)
    return Span(code.co_filename, line, column, end_line, end_column)


def _read_site(frame: FrameType) -> CallSite:
    span, function = _span(frame), _function(frame.f_code)
    if span.column is None or span.end_column is None:
        return CallSite(span.filename, span.line, span.end_line, 0, 0, function)
    return CallSite(
        span.filename,
        span.line,
        span.end_line,
        _characters(span.filename, span.line, span.column) + 1,
        _characters(span.filename, span.end_line, span.end_column) + 1,
        function,
    )


def _function(code: CodeType) -> str:
    """The name as a reader would say it; Python 3.12 has no frames for comprehensions, so they are left out."""
    name = code.co_qualname.replace("<locals>.", "")
    for part in ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"):
        name = name.removesuffix(part).removesuffix(".")
    return "module level" if name in ("<module>", "") else name


def _characters(filename: str, row: int, offset: int) -> int:
    """Python counts columns in UTF-8 bytes; people and linters count characters."""
    text = linecache.getline(filename, row)
    if not text or text.isascii():
        return offset
    return len(text.encode()[:offset].decode(errors="replace"))


def _mapped_from_autograph() -> CallSite | None:
    """The user's line as TensorFlow maps it. Uses a private module; None when a release has moved it."""
    try:
        from tensorflow.python.util import tf_stack

        frames = list(tf_stack.extract_stack())
    except (ImportError, AttributeError, KeyError, IndexError):
        return None
    for entry in reversed(frames):
        if _AUTOGRAPH not in entry.filename and not is_internal(entry.filename):
            name = entry.name.removeprefix("tf__")
            return CallSite(entry.filename, entry.lineno, entry.lineno, 0, 0, name)
    return None
