"""What a rule is: a module whose docstring is its documentation page, with a `RULE` at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lint_rules.findings.diagnostics import Diagnostic, Fix, Severity
from lint_rules.records import dataclass, field
from pytest_keras_inference.vocabulary import TEXTS

if TYPE_CHECKING:
    from lint_rules.semantics.project.project import Project
    from lint_rules.semantics.syntax.module_index import Module


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic and, where the rule has one, the way to compute its fix; the fix is computed only when wanted."""

    diagnostic: Diagnostic
    fix: Callable[[], Fix | None] | None = None


@dataclass(frozen=True, slots=True)
class Glance:
    """A file before it is parsed: its text, all words in it, and the least severity that is shown of the rule that
    looks at it."""

    text: str
    words: frozenset[str]
    path: Path
    project: Project
    shown: Severity


def _always(_glance: Glance) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalogue.

    `check` yields what is wrong in one module. `triggers` are the words of which a file must hold at least one
    (as a name in the code) for `check` to be worth calling. `default` is False for a rule that runs only when selected.
    `may_find` looks at the text of a file that has a trigger; where it says no, `check` would find nothing, and the
    file need not be parsed for the rule. `spares_tests` says that it leaves test files alone.
    `worst` is the worst severity of its findings, if not the rule's own.
    """

    code: str
    page: str
    check: Callable[[Module, Project], Iterator[Finding]]
    triggers: frozenset[str] = field(default_factory=frozenset)
    default: bool = True
    may_find: Callable[[Glance], bool] = _always
    spares_tests: bool = False
    worst: Severity | None = None

    @property
    def name(self) -> str:
        return TEXTS[self.code].name

    @property
    def severity(self) -> Severity:
        return Severity(TEXTS[self.code].severity)

    @property
    def summary(self) -> str:
        return TEXTS[self.code].summary
