"""The project in view: its files, and the modules that the questions asked so far needed.

A `Project` holds what is memoised and nothing else. Modules are loaded when a question needs them; which files
mention a word is found out by one pass over the bytes of all files, made when the first question asks for it.
What answers were given is forgotten whenever another file is judged, so that no finding depends on what was judged
before; what was looked at for one file is kept as its `Traces`.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

from lint_rules.semantics.mentions import Mentions
from lint_rules.semantics.modules import Module
from lint_rules.semantics.options import Options


class SourceLike(Protocol):
    """What a project needs to know of a source: its text, and where a row of it stands in a notebook."""

    @property
    def text(self) -> str: ...

    def locate(self, row: int) -> tuple[int | None, int]: ...


@dataclass(slots=True)
class Traces:
    """What the judgement of one file looked at: its finding can change only when one of these does.

    `modules` are the files that were read, `words` those whose mentions were asked for, `imports` the names that were
    looked up as modules, with the folder and the level they were looked up from.
    """

    modules: set[Path] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    imports: dict[tuple[str, Path, int], Path | None] = field(default_factory=dict)


# Packages after which projects name subpackages of their own, or keep a stub of in a folder aside: an absolute import
# means the real one.
_NOT_SIBLINGS = frozenset({"tensorflow", "keras", "tf_keras", "torch", "jax", "numpy"})


class Project:
    """The files below `root` and the questions answered so far about them.

    `read` gives the text of a file; `files` are all files of the project, of which few are ever read.
    """

    def __init__(
        self,
        root: Path,
        files: Sequence[Path],
        read: Callable[[Path], SourceLike],
        options: Options | None = None,
    ) -> None:
        self.root = root
        self.files = sorted(set(files))
        self.options = options or Options()
        self._read = read
        self._modules: dict[Path, Module | None] = {}
        self._found: dict[tuple[str, Path, int], Path | None] = {}
        self._edited: frozenset[Path] = frozenset()
        self.memo: dict[object, object] = {}
        self.traces = Traces()

    def begin(self) -> None:
        """Forget the answers given so far, not the modules: another file is judged now."""
        self.memo = {}
        self.traces = Traces()

    def edited(self, path: Path) -> Project:
        """The project after the text of one file changed: what was read of the others is kept, no answer is."""
        project = Project(self.root, [*self.files, path], self._read, self.options)
        project._modules = {known: module for known, module in self._modules.items() if known != path}
        project._edited = self._edited | {path}
        if "mentions" in self.__dict__ and len(project.files) == len(self.files):
            project.mentions = self.mentions
        return project

    # Loading

    def module(self, path: Path) -> Module:
        """The module of a file.

        Raises what reading and parsing raise: SyntaxError, ValueError (NUL bytes), RecursionError, MemoryError,
        OSError and the reader's own errors.
        """
        self.traces.modules.add(path)
        known = self._modules.get(path)
        if known is not None:
            return known
        source = self._read(path)
        module = Module(path, source.text, parse(source.text), source.locate, path.name == "__init__.py")
        self._modules[path] = module
        return module

    def try_module(self, path: Path) -> Module | None:
        """The module of a file, None for one that cannot be read or parsed (it gets its own finding elsewhere)."""
        self.traces.modules.add(path)
        if path not in self._modules:
            try:
                self.module(path)
            except Exception:
                self._modules[path] = None
        return self._modules[path]

    # Imports

    @cached_property
    def _known(self) -> set[Path]:
        return set(self.files)

    @cached_property
    def _folders(self) -> set[Path]:
        """Every folder that holds a Python file, directly or deeper."""
        folders: set[Path] = set()
        for file in self.files:
            for folder in file.parents:
                if folder in folders or folder == self.root.parent:
                    break
                folders.add(folder)
        return folders

    @cached_property
    def _tops(self) -> dict[str, list[Path]]:
        """Top-level packages by name: the folders that hold a package whose own folder is no package."""
        tops: defaultdict[str, list[Path]] = defaultdict(list)
        for file in self.files:
            if file.name == "__init__.py" and file.parent.parent / "__init__.py" not in self._known:
                tops[file.parent.name].append(file.parent.parent)
        return dict(tops)

    def _at(self, base: Path, parts: Sequence[str]) -> Path | None:
        """The file of the module `parts` below `base`; for a folder without `__init__` the folder itself."""
        target = base.joinpath(*parts)
        for candidate in (target / "__init__.py", target.parent / f"{target.name}.py"):
            if parts and candidate in self._known:
                return candidate
        return target if parts and target in self._folders else None

    def find_module(self, name: str, origin: Path, level: int = 0) -> Path | None:
        """The file (or the folder of a namespace package) that `import name` in `origin` means, None if it is not ours.

        `level` counts the leading dots of a relative import.
        """
        key = (name, origin, level)
        if key not in self._found:
            self._found[key] = self._find_module(name, origin, level)
        found = self.traces.imports[key] = self._found[key]
        return found

    def _find_module(self, name: str, origin: Path, level: int) -> Path | None:
        parts = name.split(".") if name else []
        if level:
            base = origin.parent
            for _ in range(level - 1):
                base = base.parent
            if not parts:
                init = base / "__init__.py"
                return init if init in self._known else base if base in self._folders else None
            return self._at(base, parts)
        bases: list[Path] = []
        for folder in origin.parents:
            # `import tensorflow` in a package with a subpackage of that name (adapters for backends) means TensorFlow.
            if parts[0] not in _NOT_SIBLINGS or folder / "__init__.py" not in self._known:
                bases.append(folder)
            if folder == self.root:
                break
        bases += [self.root, self.root / "src"]
        if parts[0] not in _NOT_SIBLINGS:
            bases += self._tops.get(parts[0], [])
        namespace: Path | None = None
        for base in dict.fromkeys(bases):
            found = self._at(base, parts)
            if found is None:
                continue
            if found.suffix == ".py":
                if found != origin:
                    return found
            elif namespace is None:
                namespace = found
        return namespace

    # Who mentions a word

    @cached_property
    def mentions(self) -> Mentions:
        """The files by the words in them."""
        return Mentions(self.files)

    def how_many_mention(self, word: str) -> int:
        """How many files mention a word."""
        self.traces.words.add(word)
        return self.mentions.count(word)

    def modules_mentioning(self, word: str) -> Iterator[Module]:
        """The modules in whose bytes a name occurs, in path order; files that do not parse are passed over."""
        self.traces.words.add(word)
        found = [self.files[number] for number in self.mentions.of(word)]
        # A file with another text than on disk may mention anything: looking into it is right in any case.
        for file in sorted({*found, *self._edited}) if self._edited else found:
            module = self.try_module(file)
            if module is not None:
                yield module


def parse(text: str) -> ast.Module:
    """`ast.parse` without its warnings (an invalid escape in the user's code is not ours to tell)."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)
