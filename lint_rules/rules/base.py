"""What a rule is: a module with a `check`, whose docstring is its page, and a row in the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol, cast

from lint_rules.findings.diagnostics import Diagnostic, Fix, Severity
from lint_rules.records import dataclass
from pytest_keras_inference.vocabulary import TEXTS

if TYPE_CHECKING:
    from pathlib import Path

    from lint_rules.semantics.project.project import Project
    from lint_rules.semantics.syntax.module_index import Module


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic and, where the rule has one, the way to compute its fix; the fix is computed only when wanted.

    `proven` is a better fix, which must not be applied before a run of the program has proven it.
    """

    diagnostic: Diagnostic
    fix: Callable[[], Fix | None] | None = None
    proven: Callable[[], Fix | None] | None = None


@dataclass(frozen=True, slots=True)
class Glance:
    """A file before it is parsed: its text, all words in it, the way to its project, and the least severity that is
    shown of the rule that looks at it."""

    text: str
    words: frozenset[str]
    path: Path
    shown: Severity
    _project: Callable[[], Project]

    @property
    def project(self) -> Project:
        """The project, which costs time to make: what the text alone shows is asked first."""
        return self._project()


def always(_glance: Glance) -> bool:
    """No look at the text tells anything."""
    return True


class Written(Protocol):
    """The module of a rule. Its docstring is the page of the rule."""

    __doc__: str | None

    def check(self, module: Module, project: Project) -> Iterator[Finding]:
        """What is wrong in one module."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalogue: what is known of it before it is imported.

    `triggers` are the words of which a file must hold at least one (as a name in the code) for `check` to be worth
    calling. `may_find` looks at the text of a file that has a trigger; where it says no, `check` would find nothing,
    and the file need not be parsed for the rule. `default` is False for a rule that runs only when selected.
    `spares_tests` says that it leaves test files alone. `worst` is the worst severity of its findings, if not the
    rule's own. `written` is its module, if not the one of these rules that is named after its code.
    """

    code: str
    triggers: frozenset[str] = frozenset()
    may_find: Callable[[Glance], bool] = always
    default: bool = True
    spares_tests: bool = False
    worst: Severity | None = None
    written: Written | None = None

    @property
    def _module(self) -> Written:
        if self.written is not None:
            return self.written
        from importlib import import_module

        imported: Any = import_module(f"{__package__}.{self.code.lower()}")
        return cast("Written", imported)

    @property
    def check(self) -> Callable[[Module, Project], Iterator[Finding]]:
        """What finds what is wrong in one module."""
        return self._module.check

    @property
    def page(self) -> str:
        """What the rule finds, why it matters, wrong and right code: Markdown."""
        return self._module.__doc__ or ""

    @property
    def name(self) -> str:
        return TEXTS[self.code].name

    @property
    def severity(self) -> Severity:
        return Severity(TEXTS[self.code].severity)

    @property
    def summary(self) -> str:
        return TEXTS[self.code].summary
