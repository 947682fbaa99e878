"""The surroundings of a file that belongs to no project.

Nothing says how far its folder matters: it may be a home folder, or one for everybody's temporary files. So what counts
is what lies beside the file, and the folders there that are imported from.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator

from lint_rules.config.discovery import SettingsOf, folders, is_entered, walk
from lint_rules.regex import lazy_pattern

_IMPORT = lazy_pattern(
    rb"""^[ \t"']*(?:from[ \t]+(?:(?P<module>\w+)[\w.]*|\.+[ \t]+import[ \t(]+(?P<names>[\w, \t]+))"""
    rb"""|import[ \t]+(?P<modules>[\w., \t]+))""",
    re.MULTILINE,
)


def surroundings(
    folder: str, files: Iterable[str], settings_of: SettingsOf, read: Callable[[str], bytes]
) -> Iterator[str]:
    """The files in a folder that belongs to no project, and those below it from which some of its files import,
    directly or through others. `read` gives the bytes of a file and may raise OSError."""
    _, beside = next(folders(folder, settings_of), (folder, list[str]()))
    yield from beside
    known = set(beside)
    entered: set[str] = set()
    left = list(files)
    while left:
        file = left.pop()
        for name in sorted(_imported(file, read, os.path.dirname(file) == folder)):
            package, module = os.path.join(folder, name), os.path.join(folder, f"{name}.py")
            if name in entered:
                continue
            entered.add(name)
            if module in known:
                left.append(module)
            if is_entered(package, settings_of):
                found = list(walk(package, settings_of))
                left += found
                yield from found


def _imported(path: str, read: Callable[[str], bytes], relative: bool) -> set[str]:
    """The first parts of the names of modules that a file imports, as far as its lines show; those of `from . import`
    where `relative` imports count."""
    try:
        data = read(path)
    except OSError:
        return set()
    names: set[str] = set()
    for found in _IMPORT.finditer(data):
        listed = found["module"] or found["modules"] or (found["names"] if relative else None) or b""
        firsts = (each.split(b".")[0].split() for each in listed.split(b","))
        names.update(first[0].decode("utf-8", "replace") for first in firsts if first)
    return names
