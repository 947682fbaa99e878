"""What is kept of one project, and what of it still holds."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lint_rules.cache import folder
from lint_rules.cache.encoding import decoded, encoded
from lint_rules.cache.facts import Facts
from lint_rules.cache.state import Entry, Place, Row, Signature, State, parsed
from lint_rules.findings.report import Outcome
from lint_rules.records import NamedTuple
from lint_rules.source.files import read_source_bytes
from pytest_keras_inference import vocabulary

if TYPE_CHECKING:
    from array import array

    from lint_rules.cache.words import StoredWords
    from lint_rules.semantics.project.project import Traces
    from lint_rules.semantics.project.word_index import Mentions

_RACY_NS = 2_000_000_000
"""A file that changed so shortly before it was looked at can change again without its times telling."""
_MOST_CHANGED = 200
"""Where more files than these changed (and more than a tenth of all), finding out what that touches takes longer than
judging again."""
_FRESH = 20
"""So many files (or a twentieth of all) may have changed before the index of words is written anew."""
_NEVER = (-1, 0, 0, 0)
_SETTINGS_KEPT = 4


class Cache:
    """The kept answers of one project. Paths come in absolute, and are kept relative to the project's folder."""

    def __init__(self, root: str, place: Path, common: str, unsaved: Mapping[str, bytes]) -> None:
        """`place` is the folder of the cache; `common` is what all answers rest on besides the files: the options of
        the analysis. `unsaved` is what files are to hold instead of what is on disk."""
        self._root = root
        self._folder = place
        self._stem = folder.digest(os.fsencode(root))[:12]
        self._common = common
        self._unsaved = unsaved
        self._rows: dict[str, Row] = {}
        self._old: dict[str, Row] = {}
        self._entries: dict[Place, Entry] = {}
        self._fresh: dict[str, frozenset[int]] = {}
        self._index = ""
        self._dirty = False
        self._surveyed = False
        state = self._read()
        if state is not None:
            self._old, self._entries, self._fresh, self._index = state[:4]

    # Reading

    def _read(self) -> State | None:
        """What is on disk, None where that is nothing, not ours, or of another version."""
        body = folder.read(self._folder / f"{self._stem}-state.json")
        state = parsed(body, self._common) if body is not None else None
        if state is None:
            return None
        if state.marks == self._marks:
            self._tool = state.tool
        return state if state.tool == self._tool else None

    @cached_property
    def _marks(self) -> str:
        return _marks()

    @cached_property
    def _tool(self) -> str:
        """This linter; its files are read only where they have other times than those that an earlier run has read."""
        return _tool()

    # Files

    def _name(self, path: str) -> str:
        prefix = self._root.rstrip(os.sep) + os.sep
        return path[len(prefix) :] if path.startswith(prefix) else os.path.relpath(path, self._root)

    def facts(self, path: str) -> Facts | None:
        """What is known of a file as it is on disk now, None for one that is new or has changed."""
        row = self._row(self._name(path), path)
        return row.facts if row is not None else None

    def note(self, path: str, facts: Facts) -> None:
        """Keep what a file shows."""
        name = self._name(path)
        row = self._row(name, path)
        if row is not None and row.facts != facts:
            self._rows[name] = row._replace(facts=facts)
            self._dirty = True

    def _row(self, name: str, path: str) -> Row | None:
        """A file as it is now; it is read only if its times or size are others than before. None if it is not there."""
        row = self._rows.get(name)
        if row is not None:
            return row
        try:
            signature = _signature(path) if path not in self._unsaved else _NEVER
            old = self._old.get(name)
            if old is not None and old.signature == signature != _NEVER:
                row = old
            else:
                digest = folder.digest(self._data(path))
                same = old is not None and old.digest == digest
                row = Row(signature, digest, old.facts if old is not None and same else None)
                self._dirty = True
        except OSError:
            return None
        self._rows[name] = row
        return row

    def _data(self, path: str) -> bytes:
        """What a file holds.

        Raises:
            OSError: it cannot be read.
        """
        unsaved = self._unsaved.get(path)
        return unsaved if unsaved is not None else read_source_bytes(path)

    # Answers

    def survey(self, paths: Iterable[str]) -> None:
        """Look at all files of the project, and drop the answers that no longer hold."""
        self._surveyed = True
        for path in paths:
            self._row(self._name(path), path)
        changed = {
            name for name, row in self._old.items() if name not in self._rows or self._rows[name].digest != row.digest
        }
        new = self._rows.keys() - self._old.keys()
        if not changed and not new:
            return
        self._dirty = True
        touched = {*changed, *new}
        moved = {*new, *(changed - self._rows.keys())}
        if len(touched) > max(_MOST_CHANGED, len(self._rows) // 10) or any(_is_init(name) for name in moved):
            self._entries = {}
        if not self._entries:
            return
        asked = frozenset().union(*(entry.words for entry in self._entries.values()))
        words = self._changed_mentions(changed, new, asked)
        names = {code for name in moved for code in _module_codes(name)}
        self._entries = {
            (name, key): entry
            for (name, key), entry in self._entries.items()
            if words is not None
            and name not in changed
            and entry.modules.isdisjoint(changed)
            and entry.words.isdisjoint(words)
            and entry.names.isdisjoint(names)
        }

    def _changed_mentions(self, changed: set[str], new: set[str], asked: frozenset[int]) -> set[int] | None:
        """The words of which one of the files that changed was among those that mention them, or is now, but not both;
        None where it cannot be told."""
        from lint_rules.cache.words import Membership

        stored = self._stored
        membership = Membership(stored) if stored is not None else None
        found: set[int] = set()
        for name in (*changed, *new):
            before: frozenset[int] | set[int]
            if name in new:
                before = set()
            elif name in self._fresh:
                before = self._fresh[name] & asked
            elif membership is not None and stored is not None and stored.digests.get(name) == self._old[name].digest:
                before = {code for code in asked if membership.mentions(name, code)}
            else:
                return None
            after = self._codes(name) & asked if name in self._rows else set()
            found |= before ^ after
        return found

    def _codes(self, name: str) -> frozenset[int]:
        """The codes of the words of a file as it is now."""
        from lint_rules.semantics.project.word_index import codes_of

        try:
            data = self._data(os.path.join(self._root, name))
            return frozenset(codes_of(data, name.endswith(".ipynb")))
        except OSError:
            return frozenset()

    def outcome(self, path: str, key: str) -> Outcome | None:
        """The kept outcome of a file under a key, if it still holds. `survey` comes first."""
        entry = self._entries.get((self._name(path), key))
        if entry is None:
            return None
        try:
            return decoded(entry.outcome, self._root, {self._name(path), *entry.modules})
        except (ValueError, TypeError, IndexError, KeyError):
            return None

    def keep(self, path: str, key: str, outcome: Outcome, traces: Traces | None) -> None:
        """Keep an outcome that rests on nothing but the files that its traces name."""
        from lint_rules.semantics.project.word_index import code_of

        name = self._name(path)
        modules, words, names = frozenset[str](), frozenset[int](), frozenset[int]()
        if traces is not None:
            modules = frozenset(self._name(str(module)) for module in traces.modules) - {name}
            words = frozenset(map(code_of, traces.words))
            names = frozenset(code_of(part) for lookup in traces.imports for part in lookup[0].split("."))
        self._entries.pop((name, key), None)
        self._entries[name, key] = Entry(encoded(outcome, self._root), modules, words, names)
        self._dirty = True

    # The index of words

    @cached_property
    def _stored(self) -> StoredWords | None:
        from lint_rules.cache.words import load

        return load(self._folder / self._index) if self._index else None

    def known_mentions(self) -> Known | None:
        """The index of an earlier run, as far as its files are still the same."""
        stored = self._stored
        if stored is None:
            return None
        same = {
            Path(self._root, name): number
            for name, number in stored.numbers.items()
            if name in self._rows and self._rows[name].digest == stored.digests[name]
        }
        return Known(same, stored)

    # Writing

    def save(self, files: Sequence[Path], mentions: Mentions | None) -> None:
        """Write what has changed; `files` are those that the index of this run, if one was made, is of.

        After a run that has not looked at the whole project there is nothing to write.
        """
        if not self._dirty or not self._surveyed:
            return
        self._join()
        now = time.time()
        index, fresh = self._save_index(files, mentions)
        names = list(self._rows)
        numbers = {name: number for number, name in enumerate(names)}
        state = {
            "common": self._common,
            "tool": self._tool,
            "marks": self._marks,
            "names": names,
            "rows": [_settled(row, now) for row in self._rows.values()],
            "entries": list(self._written_entries(numbers))[::-1],
            "fresh": {name: sorted(codes) for name, codes in sorted(fresh.items())},
            "index": index,
        }
        body = json.dumps(state, separators=(",", ":")).encode()
        name = f"{self._stem}-state.json"
        if folder.write(self._folder / name, body):
            folder.clean(self._folder, self._stem, {name, index}, now)

    def _join(self) -> None:
        """Take over what runs beside this one have kept meanwhile, if they saw the same files."""
        other = self._read()
        if other is None or other.rows.keys() != self._rows.keys():
            return
        if all(row.digest == self._rows[name].digest for name, row in other.rows.items()):
            self._entries = {**other.entries, **self._entries}

    def _written_entries(self, numbers: Mapping[str, int]) -> Iterator[tuple[int, list[Any]]]:
        """The answers, of each file those to the settings that were asked for last."""
        written = Counter[str]()
        for (name, key), entry in reversed(self._entries.items()):
            if name in numbers and entry.modules <= numbers.keys() and written[name] < _SETTINGS_KEPT:
                written[name] += 1
                modules = sorted(numbers[module] for module in entry.modules)
                yield numbers[name], [key, entry.outcome, modules, sorted(entry.words), sorted(entry.names)]

    def _save_index(self, files: Sequence[Path], mentions: Mentions | None) -> tuple[str, dict[str, frozenset[int]]]:
        """The name of the index, and the words of the files that are not in it as they are now."""
        stored = self._stored
        unlike = [name for name, row in self._rows.items() if stored is None or stored.digests.get(name) != row.digest]
        if stored is not None and len(unlike) <= max(_FRESH, len(self._rows) // 20):
            return self._index, {name: self._codes(name) for name in unlike}
        if mentions is None:
            return "", {}
        from lint_rules.cache.words import dump
        from lint_rules.semantics.project.word_index import BUCKETS

        rows = [(self._name(str(path)), path) for path in files]
        names = [(name, self._rows[name].digest if name in self._rows else "") for name, _ in rows]
        buckets: list[array[int]] = [mentions.bucket(number) for number in range(BUCKETS)]
        index = f"{self._stem}-{folder.digest(json.dumps(names).encode())[:12]}.words"
        return (index, {}) if dump(self._folder / index, names, buckets) else ("", {})


class Known(NamedTuple):
    """An index of an earlier run and the numbers of the files that are as they were."""

    numbers: Mapping[Path, int]
    stored: StoredWords

    def bucket(self, number: int) -> array[int]:
        """The sorted entries of one bucket."""
        return self.stored.bucket(number)


def _signature(path: str) -> Signature:
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _settled(row: Row, now: float) -> list[Any]:
    """A row as it is written: where the file may change again within the grain of its times, these prove nothing."""
    recent = max(row.signature[1:3]) + _RACY_NS > now * 1e9
    return [_NEVER if recent else row.signature, row.digest, row.facts]


def _is_init(name: str) -> bool:
    return os.path.basename(name) == "__init__.py"


def _module_codes(name: str) -> Iterator[int]:
    """The codes of the names by which an import can mean a file, or a folder above it."""
    from lint_rules.semantics.project.word_index import code_of

    *folders, file = Path(name).parts
    return map(code_of, (*folders, Path(file).stem))


def _files_of_linter() -> Iterator[str]:
    """What the answers rest on; the vocabulary stands outside of the package."""
    yield vocabulary.__file__
    for current, folders, files in os.walk(Path(__file__).resolve().parents[1]):
        folders.sort()
        yield from (os.path.join(current, name) for name in sorted(files) if name.endswith((".py", ".json")))


def _marks() -> str:
    """What changes whenever a file of this linter is written, or the Python that it runs on is another."""
    marks = [(path, _signature(path)) for path in _files_of_linter()]
    return folder.digest(os.fsencode(f"{sys.version} {marks}"))


def _tool() -> str:
    """This linter, down to the contents of its files, and the Python that it runs on: wherever and whenever it was
    installed, it gives the same answers."""
    contents = [sys.version]
    here = f"{Path(__file__).resolve().parents[1]}{os.sep}"
    for path in _files_of_linter():
        name = path.removeprefix(here) if path.startswith(here) else os.path.basename(path)
        with open(path, "rb") as stream:
            contents.append(f"{name} {folder.digest(stream.read())}")
    return folder.digest(os.fsencode("\n".join(contents)))
