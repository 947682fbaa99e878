"""The project in view: its files, and the modules that the questions asked so far needed.

A `Project` holds what is memoised and nothing else. Modules are loaded when a question needs them; which files
mention a word is found out by one pass over the bytes of all files, made when the first question asks for it.
Answers serve for all files that are judged, as long as the modules that they rest on are held; what was looked at for
the findings of one file, be it for an answer that was known already, is kept as its `Traces`.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeVar

from lint_rules.records import dataclass, field
from lint_rules.regex import lazy_pattern
from lint_rules.semantics.flow.memo import Memo
from lint_rules.semantics.knowledge import model_methods
from lint_rules.semantics.knowledge.own_sources import LIBRARY_PARTS
from lint_rules.semantics.project.options import Options
from lint_rules.semantics.project.word_index import KnownMentions, Mentions
from lint_rules.semantics.syntax import bound_methods
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.source import parsing
from lint_rules.source.files import read_source_bytes
from lint_rules.source.parsing import Text

T = TypeVar("T")


class SourceLike(Text, Protocol):
    """What a project needs to know of a source: its text, and where a row of it stands in a notebook."""

    def locate(self, row: int) -> tuple[int | None, int]: ...


Lookup = tuple[str, Path, int]
"""A name that is looked up as a module, the file that imports it, and the number of leading dots."""


@dataclass(slots=True, eq=False)
class Traces:
    """What the judgement of one file looked at: its finding can change only when one of these does.

    `modules` are the files that were read, `words` those whose mentions were asked for, `imports` the names that were
    looked up as modules, with the folder and the level they were looked up from.
    """

    modules: set[Path] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    imports: dict[Lookup, Path | None] = field(default_factory=dict)

    def add(self, other: Traces) -> None:
        """Count what was looked at for an answer as looked at for this file too."""
        self.modules |= other.modules
        self.words |= other.words
        self.imports.update(other.imports)

    def note(self, looked_at: LookedAt) -> None:
        """Count one thing as looked at."""
        if isinstance(looked_at, Path):
            self.modules.add(looked_at)
        elif isinstance(looked_at, str):
            self.words.add(looked_at)
        elif isinstance(looked_at, Traces):
            self.add(looked_at)
        else:
            self.imports[looked_at[0]] = looked_at[1]


LookedAt = Path | str | tuple[Lookup, Path | None] | Traces
"""A file that was read, a word whose mentions were asked for, a name that was looked up, or all of that together."""


SUFFIXES = (".py", ".ipynb")
HELD_CHARACTERS = 5_000_000
"""How much code is kept parsed from one judged file to the next; a parsed file takes some fifty times its size."""
HELD_AT_MOST = 14_000_000
"""How much where files are parsed again and again otherwise: in a package of which everything uses everything."""
HELD_TEXT = 5_000_000
"""How many characters are kept that were read and may be read again: to read a notebook is to parse its cells."""
HELD_ANSWERS = 300_000
"""How many answers are kept from one judged file to the next; each takes some 500 bytes."""
# What a file does that imports from folders of its own choice.
_CHANGES_THE_PATH = lazy_pattern(r"\bsys\.path\b|\bos\.chdir\b|%cd\b")


class Project:
    """The files below `root` and the questions answered so far about them.

    `read` gives the text of a file, `on_disk` the bytes that its mentions go by; `files` are all files of the project,
    of which few are ever read.
    """

    def __init__(
        self,
        root: Path,
        files: Sequence[Path],
        read: Callable[[Path], SourceLike],
        options: Options | None = None,
        known: KnownMentions | None = None,
        on_disk: Callable[[Path], bytes] = read_source_bytes,
    ) -> None:
        self.root = root
        self.files = sorted(set(files))
        self.options = options or Options()
        self._read = read
        self._known_mentions = known
        self._on_disk = on_disk
        self._modules: dict[Path, Module | None] = {}
        self._held = 0
        self._may_hold = HELD_CHARACTERS
        self._read_again = 0
        self._sources: dict[Path, SourceLike] = {}
        self._held_text = 0
        self._found: dict[Lookup, Path | None] = {}
        self._parsed: set[str] = set()
        self._lasting: dict[object, tuple[object, Traces]] = {}
        self._edited: frozenset[Path] = frozenset()
        self.memo = Memo(self._looked_at_before)
        self.traces = Traces()

    def begin(self) -> None:
        """Judge another file now: what is looked at for it is traced anew, and too much is not held."""
        self.traces = Traces()
        self.memo.begin_round()
        if len(self.memo) > HELD_ANSWERS:
            self.forget_answers()
        self._let_go()

    def forget_answers(self) -> None:
        """Answer every question anew; what was read is kept."""
        self.memo = Memo(self._looked_at_before)

    def _looked_at_before(self, looked_at: LookedAt) -> None:
        self.traces.note(looked_at)

    def _look_at(self, looked_at: LookedAt) -> None:
        """Trace what is looked at, for the file that is judged and for the question at hand."""
        self.traces.note(looked_at)
        self.memo.note(looked_at)

    def _let_go(self) -> None:
        """Forget the modules that were asked for longest ago where too much is held, down to half of that; and the
        answers, which rest on them. More may be held where twice as much has been parsed again."""
        if self._read_again > 2 * self._may_hold:
            self._may_hold, self._read_again = min(2 * self._may_hold, HELD_AT_MOST), 0
        if self._held <= self._may_hold:
            return
        self.forget_answers()
        for path, module in [(path, module) for path, module in self._modules.items() if module is not None]:
            if self._held <= self._may_hold // 2:
                break
            self._held -= len(module.text)
            del self._modules[path]
            module.release()

    def lasting(self, key: object, answer: Callable[[], T]) -> T:
        """An answer that is kept when the next file is judged, because it rests on what the files say alone."""
        known = self._lasting.get(key)
        if known is None:
            outer, self.traces = self.traces, Traces()
            try:
                known = self._lasting[key] = (answer(), self.traces)
            finally:
                self.traces = outer
        self._look_at(known[1])
        return known[0]  # type: ignore[return-value]

    def edited(self, path: Path) -> Project:
        """The project after the text of one file changed: what was read of the others is kept, no answer is."""
        files = [*self.files, path]
        project = Project(self.root, files, self._read, self.options, self._known_mentions, self._on_disk)
        project._modules = {known: module for known, module in self._modules.items() if known != path}
        project._held = sum(len(module.text) for module in project._modules.values() if module is not None)
        project._may_hold = self._may_hold
        project._edited = self._edited | {path}
        project._parsed = self._parsed - {str(path)}
        if "mentions" in self.__dict__ and len(project.files) == len(self.files):
            project.mentions = self.mentions
        return project

    # Loading

    def module(self, path: Path) -> Module:
        """The module of a file, without what does not parse of it.

        Raises what reading and parsing raise: SyntaxError, ValueError (NUL bytes), RecursionError, MemoryError,
        OSError and the reader's own errors.
        """
        self._look_at(path)
        known = self._modules.pop(path, None)
        if known is not None:
            self._modules[path] = known  # now the one that was asked for last
            return known
        source = self._source(path)
        reading = parsing.read(source)
        bound_methods.write_out(reading.tree, reading.text, model_methods.GIVES_NUMPY)
        is_package = path.name == "__init__.py"
        module = Module(path, reading.text, reading.tree, source.locate, is_package, reading.broken, source.text)
        self._modules[path] = module
        self._held += len(module.text)
        if str(path) in self._parsed:
            self._read_again += len(module.text)
        if not module.broken:
            self._parsed.add(str(path))
        return module

    def has_parsed(self, path: str) -> bool:
        """Whether a file has been parsed as it is, so that it is Python."""
        return path in self._parsed

    def try_module(self, path: Path) -> Module | None:
        """The module of a file, None for one that cannot be read or parsed (it gets its own finding elsewhere)."""
        if path in self._modules and self._modules[path] is None:
            self._look_at(path)
            return None
        try:
            return self.module(path)
        except Exception:
            self._modules[path] = None
            return None

    # Imports

    @cached_property
    def _known(self) -> dict[str, Path]:
        """Every file, and every folder that holds one, directly or deeper, by its name as text."""
        known = {str(file): file for file in self.files}
        for file in self.files:
            for folder in file.parents:
                if str(folder) in known or folder == self.root.parent:
                    break
                known[str(folder)] = folder
        return known

    @cached_property
    def _tops(self) -> dict[str, list[Path]]:
        """Top-level packages by name: the folders that hold a package whose own folder is no package."""
        tops: defaultdict[str, list[Path]] = defaultdict(list)
        for file in self.files:
            if file.name == "__init__.py" and not self._is_package(file.parent.parent):
                tops[file.parent.name].append(file.parent.parent)
        return dict(tops)

    def _is_package(self, folder: Path) -> bool:
        return f"{folder}{os.sep}__init__.py" in self._known

    def _is_library(self, base: Path, name: str) -> bool:
        """Whether the package `name` in a folder is a library's own source, which is known by name."""
        parts = LIBRARY_PARTS.get(name)
        return parts is not None and all(self._at(base, (name, *part.split("."))) for part in parts)

    def _hides_library(self, base: Path, name: str) -> bool:
        """Whether `import name` means what stands in a folder rather than the library of that name.

        A folder without `__init__`, of examples say, hides no package that is installed.
        """
        target = f"{str(base).rstrip(os.sep)}{os.sep}{name}"
        return f"{target}{os.sep}__init__.py" in self._known or f"{target}.py" in self._known

    def _at(self, base: Path, parts: Sequence[str]) -> Path | None:
        """The file of the module `parts` below `base`; for a folder without `__init__` the folder itself."""
        if not parts:
            return None
        known, target = self._known, os.sep.join((str(base).rstrip(os.sep), *parts))
        return known.get(f"{target}{os.sep}__init__.py") or known.get(f"{target}.py") or known.get(target)

    def find_module(self, name: str, origin: Path, level: int = 0) -> Path | None:
        """The file (or the folder of a namespace package) that `import name` in `origin` means, None if it is not ours.

        `level` counts the leading dots of a relative import.
        """
        key = (name, origin, level)
        if key not in self._found:
            self._found[key] = self._find_module(name, origin, level)
        found = self._found[key]
        self._look_at((key, found))
        return found

    def text(self, path: Path) -> str:
        """What a file says, "" for one that cannot be read."""
        self._look_at(path)
        known = self._modules.get(path)
        if known is not None:
            return known.text
        try:
            return self._source(path).text
        except Exception:
            return ""

    def _source(self, path: Path) -> SourceLike:
        """A file as it is read, once as long as there is room; those that were asked for longest ago make room."""
        source = self._sources.pop(path, None)
        if source is None:
            source = self._read(path)
            self._held_text += len(source.text)
        self._sources[path] = source
        while len(self._sources) > 1 and self._held_text > HELD_TEXT:
            self._held_text -= len(self._sources.pop(next(iter(self._sources))).text)
        return source

    def _find_module(self, name: str, origin: Path, level: int) -> Path | None:
        parts = name.split(".") if name else []
        if level:
            base = origin.parent
            for _ in range(level - 1):
                base = base.parent
            if not parts:
                return self._known.get(f"{base}{os.sep}__init__.py") or self._known.get(str(base))
            return self._at(base, parts)
        bases: list[Path] = []
        for folder in origin.parents:
            bases.append(folder)
            if folder == self.root:
                break
        bases += [self.root, self.root / "src"]
        if parts[0] in LIBRARY_PARTS:
            # `import tensorflow` in a package with a subpackage of that name (adapters for backends) means TensorFlow.
            bases = [folder for folder in bases if folder == self.root or not self._is_package(folder)]
        if parts[0] not in LIBRARY_PARTS:
            bases += self._tops.get(parts[0], [])
        namespace: Path | None = None
        for base in dict.fromkeys(bases):
            found = self._at(base, parts)
            if found is None or (parts[0] in LIBRARY_PARTS and not self._hides_library(base, parts[0])):
                continue
            if self._is_library(base, parts[0]):
                return None
            if found.suffix == ".py":
                if found != origin:
                    return found
            elif namespace is None:
                namespace = found
        return namespace or self._elsewhere_on_the_path(parts, origin)

    def _elsewhere_on_the_path(self, parts: list[str], origin: Path) -> Path | None:
        """A module that a file finds because it changes `sys.path`: the only one of that name in the project."""
        if parts[0] in LIBRARY_PARTS or parts[0] in sys.stdlib_module_names:
            return None
        folders = self._folders_of_modules.get(parts[0], [])
        if len(folders) != 1 or _CHANGES_THE_PATH.search(self.text(origin)) is None:
            return None
        found = self._at(folders[0], parts)
        return found if found != origin else None

    @cached_property
    def _folders_of_modules(self) -> dict[str, list[Path]]:
        """Modules that stand in no package, by name: their folders."""
        folders: defaultdict[str, list[Path]] = defaultdict(list)
        for file in self.files:
            if file.suffix == ".py" and not self._is_package(file.parent):
                folders[file.stem].append(file.parent)
        return dict(folders)

    # Who mentions a word

    @cached_property
    def mentions(self) -> Mentions:
        """The files by the words in them."""
        return Mentions(self.files, self._on_disk, self._known_mentions)

    @property
    def mentions_made(self) -> Mentions | None:
        """The same if it has been asked for."""
        made: Mentions | None = self.__dict__.get("mentions")
        return made

    def how_many_mention(self, word: str) -> int:
        """How many files mention a word."""
        self._look_at(word)
        return self.mentions.count(word)

    def files_mentioning(self, word: str) -> list[Path]:
        """The files in whose bytes a name occurs, in path order."""
        self._look_at(word)
        found = [self.files[number] for number in self.mentions.of(word)]
        # A file with another text than on disk may mention anything: looking into it is right in any case.
        return sorted({*found, *self._edited}) if self._edited else found

    def modules_mentioning(self, word: str) -> Iterator[Module]:
        """The modules in whose bytes a name occurs, in path order; files that do not parse are passed over."""
        for file in self.files_mentioning(word):
            module = self.try_module(file)
            if module is not None:
                yield module
