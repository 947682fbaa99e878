"""What the text of a project's files shows before they are parsed: questions that may answer yes in vain, never no.

A rule about rare things asks them first, because parsing a file costs a hundred times as much.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from lint_rules.regex import lazy_pattern
from lint_rules.semantics.knowledge import keras_names
from lint_rules.semantics.knowledge.keras_names import LIBRARIES_OF_MODELS
from lint_rules.semantics.project.project import SUFFIXES, Project
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.source.parsing import parse

_CLASS = lazy_pattern(r"class[ \t]+(\w+)\s*(?:\[[^\]]{0,400}\]\s*)?\((.{1,2000}?)\)\s*:", re.DOTALL)
_IMPORT = lazy_pattern(r"^[ \t]*((?:from|import)\b(?:[^\n]*\([^)]*\)|(?:[^\n]*\\\n)*[^\n]*))", re.MULTILINE)
# The two forms that nearly all imports have; what else there is, the parser reads.
_FROM = lazy_pattern(r"from[ \t]+(\.*)[ \t]*([\w.]*)[ \t]+import\b[ \t\\]*\(?([\w\s,*]+?),?\s*\)?[ \t]*(?:#[^\n]*)?")
_PLAIN = lazy_pattern(r"import[ \t]+([\w., \t]+?)[ \t]*(?:#[^\n]*)?")
_BEFORE_A_VALUE = lazy_pattern(r"=[ \t]*(?:\w+\.)*\Z")
_STAR = lazy_pattern(r"\bimport\s+\*")
_COMPUTED = lazy_pattern(r"\bimport_module\b|\b__import__\b|%run\b|\bexec\s*\(")
_COMPUTED_WORDS = ("import_module", "__import__", "%run", "exec")
_WORD = lazy_pattern(r"\w+")


def uses_or_imports(project: Project, path: Path, text: str, names: frozenset[str]) -> bool:
    """Whether a file calls anything by one of some names, or imports a file that does."""
    users = files_using(project, names)
    if path in users or not users:
        return bool(users)
    modules = {user.parent.name if user.name == "__init__.py" else user.stem for user in users}
    statements = "\n".join(_IMPORT.findall(text))
    if modules.isdisjoint(_WORD.findall(statements)) and not any(user.parent == path.parent for user in users):
        return False
    return not users.isdisjoint(imports_of(project, path))


def imported_by_users(project: Project, names: frozenset[str]) -> frozenset[Path]:
    """The files that call anything by one of some names, and the files that these import."""

    def found() -> frozenset[Path]:
        users = files_using(project, names)
        return users.union(*(imports_of(project, user) for user in sorted(users)))

    return project.lasting(("imported by users", names), found)


def imports_of(project: Project, path: Path) -> frozenset[Path]:
    """The files of the project that a file imports, wherever in its text."""

    def found() -> frozenset[Path]:
        names = dict.fromkeys(_imported_names(project.text(path)))
        targets = (project.find_module(name, path, level) for name, level in names)
        return frozenset(target for target in targets if target is not None and target.suffix in SUFFIXES)

    return project.lasting(("imports", path), found)


def led_to(project: Project, path: Path) -> frozenset[Path]:
    """The files of the project that a file imports, and those that these import."""

    def found() -> frozenset[Path]:
        direct = imports_of(project, path)
        return direct.union(*(imports_of(project, other) for other in sorted(direct)))

    return project.lasting(("led to", path), found)


def importing(project: Project, target: Path, name: str) -> tuple[Path, ...]:
    """The files that may use `name` of the module `target`: they mention it, and import that module or a re-export.

    A file that imports by a name that is computed may import anything.
    """
    return project.lasting(("importing", target, name), lambda: _importing(project, target, name))


def _importing(project: Project, target: Path, name: str) -> tuple[Path, ...]:
    mentioning = project.files_mentioning(name)
    passing = set(mentioning)  # what re-exports a name mentions it, or imports everything

    def leads_there(path: Path) -> bool:
        seen, waiting = {path}, [path]
        while waiting:
            for imported in imports_of(project, waiting.pop()) - seen:
                if imported == target or (imported.name == "__init__.py" and imported.parent in target.parents):
                    return True
                seen.add(imported)
                if imported in passing or _imports_all(project, imported):
                    waiting.append(imported)
        return False

    return tuple(path for path in mentioning if path == target or _imports_any(project, path) or leads_there(path))


def _imports_all(project: Project, path: Path) -> bool:
    """Whether a file has a star import."""
    return project.lasting(("star", path), lambda: _STAR.search(project.text(path)) is not None)


def _imports_any(project: Project, path: Path) -> bool:
    """Whether a file imports by a name that is computed."""

    def found() -> bool:
        text = project.text(path)
        return any(word in text for word in _COMPUTED_WORDS) and _COMPUTED.search(text) is not None

    return project.lasting(("computed imports", path), found)


def _imported_names(text: str) -> Iterator[tuple[str, int]]:
    """Every name that may be a module which a text imports, with the number of its leading dots."""
    for statement in _IMPORT.findall(text):
        yield from _names_in(statement)


def _names_in(statement: str) -> Iterator[tuple[str, int]]:
    if (plain := _PLAIN.fullmatch(statement)) is not None:
        names = _without_aliases(plain[1])
        if names is not None:
            yield from ((name, 0) for name in names)
            return
    elif (matched := _FROM.fullmatch(statement)) is not None:
        names = _without_aliases(matched[3])
        if names is not None:
            yield from _from(matched[2], len(matched[1]), names)
            return
    try:
        body = parse(statement).body
    except SyntaxError:  # a line of a string that begins with such a word
        return
    for node in body:  # more than one behind a semicolon
        if isinstance(node, ast.Import):
            yield from ((alias.name, 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from _from(node.module or "", node.level, [alias.name for alias in node.names])


def _from(base: str, level: int, names: list[str]) -> Iterator[tuple[str, int]]:
    yield base, level
    yield from ((f"{base}.{name}" if base else name, level) for name in names)


def _without_aliases(listed: str) -> list[str] | None:
    """The names of `a, b as c`; None where that is not what is written."""
    found = []
    for item in listed.split(","):
        words = item.split()
        if len(words) not in (1, 3) or (len(words) == 3 and words[1] != "as"):
            return None
        found.append(words[0])
    return found


def calling(project: Project, name: str) -> Iterator[Module]:
    """The modules that call anything by a name, or give it another name, in path order."""
    for path in sorted(files_using(project, frozenset({name}))):
        module = project.try_module(path)
        if module is not None:
            yield module


def files_using(project: Project, names: frozenset[str]) -> frozenset[Path]:
    """The files that call anything by one of some names, or give it another name."""
    return project.lasting(("files using", names), lambda: _files_using(project, names))


def _files_using(project: Project, names: frozenset[str]) -> frozenset[Path]:
    found: set[Path] = set()
    for name in sorted(names):
        # It begins with the name itself: so the text is searched at the speed of a plain search.
        used = lazy_pattern(rf"{name}(?<!\w{name})(?:(\s*\()|\s+as\s+(?!{name}\b)|([ \t]*(?:$|#)))", re.MULTILINE)
        found.update(
            path for path in project.files_mentioning(name) if path not in found and _is_used(used, project.text(path))
        )
    return frozenset(found)


def _is_used(used: re.Pattern[str], text: str) -> bool:
    """Whether a name is called in a text, imported under another name, or assigned to one."""
    for match in used.finditer(text):
        if match[1] is not None:
            if not text.endswith("class ", 0, match.start()):
                return True
        elif match[2] is None or _BEFORE_A_VALUE.search(text, text.rfind("\n", 0, match.start()) + 1, match.start()):
            return True
    return False


def _modules(project: Project, paths: Iterable[Path]) -> Iterator[Module]:
    return (module for path in paths if (module := project.try_module(path)) is not None)


def defining(project: Project, method: str) -> Iterator[Module]:
    """The modules that define a function of a name within a class or a function, in path order."""
    return _modules(project, project.lasting(("defining", method), lambda: _defining(project, method)))


def _defining(project: Project, method: str) -> tuple[Path, ...]:
    definition = re.compile(rf"^[ \t]+(?:async[ \t]+)?def[ \t]+{method}\b", re.MULTILINE)
    return tuple(path for path in project.files_mentioning(method) if definition.search(project.text(path)))


def storing(project: Project, name: str) -> Iterator[Module]:
    """The modules that store anything under an attribute of a name, or may do so by `setattr`, in path order."""
    return _modules(project, project.lasting(("storing", name), lambda: _storing(project, name)))


def _storing(project: Project, name: str) -> tuple[Path, ...]:
    # As a target of its own, with an annotation, in a tuple, or of a loop or `with`.
    stored = re.compile(rf"\.\s*{name}\s*(?:=(?!=)|[:,)\]]|in\b)|setattr\w*\s*\([^)]*[\"']{name}[\"']")
    return tuple(path for path in project.files_mentioning(name) if stored.search(project.text(path)))


def decorated_with(project: Project, name: str) -> Iterator[Module]:
    """The modules with a decorator of a name, whatever it is an attribute of, in path order."""
    return _modules(project, project.lasting(("decorated with", name), lambda: _decorated_with(project, name)))


def _decorated_with(project: Project, name: str) -> tuple[Path, ...]:
    decorator = re.compile(rf"^[ \t]*@[ \t]*(?:\w+\.)*{name}\b", re.MULTILINE)
    return tuple(path for path in project.files_mentioning(name) if decorator.search(project.text(path)))


def may_define_a_model(project: Project, text: str) -> bool:
    """Whether one of the classes of a text may be a Keras model, by the names of its bases and of theirs."""
    if any(library in text for library in LIBRARIES_OF_MODELS):
        return True
    models = project.lasting("names of models", lambda: _model_names(project))
    return any(name in models for name, _ in _CLASS.findall(text))


def _model_names(project: Project) -> frozenset[str]:
    """The names of classes that may be Keras models: those whose bases have the name of one, and theirs in turn."""
    factories = (name.rpartition(".")[2] for name in project.options.model_factories)
    queue = sorted({*keras_names.MODEL_CLASSES, *factories})
    found: set[str] = set()
    while queue:
        base = queue.pop()
        for path in project.files_mentioning(f"({base}"):
            new = {name for name in _children(project.text(path), base) if name not in found}
            found |= new
            queue.extend(sorted(new))
    return frozenset(found)


def _children(text: str, base: str) -> Iterator[str]:
    """The classes of a text with a base of that name; all of them where the base may have another name there."""
    word = re.compile(rf"\b{base}\b")
    renamed = re.search(rf"\b{base}\s+as\s|=[ \t]*[\w.]*\b{base}[ \t]*(?:$|#)", text, re.MULTILINE) is not None
    return (name for name, bases in _CLASS.findall(text) if renamed or word.search(bases))
