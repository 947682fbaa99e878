"""`--keras-lint`: every Python file of the project is a test item, and the linter's findings are its failure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lint_rules.findings.diagnostics import Diagnostic

MARKER = "keras_lint"
NAME = "keras-lint"


class LintError(AssertionError):
    """A file has findings; the message lists them."""


class LintFile(pytest.File):
    """A Python file as the linter sees it: it is read, never imported."""

    def collect(self) -> Iterable[pytest.Item]:
        """The one item of the file."""
        yield LintItem.from_parent(self, name=NAME)


class LintItem(pytest.Item):
    """Runs the linter over one file."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_marker(MARKER)

    def runtest(self) -> None:
        """Raises LintError if there are findings."""
        import lint_rules

        found: list[Diagnostic] = [
            finding for finding in lint_rules.check_paths([self.path]) if finding.severity.value != "info"
        ]
        if found:
            raise LintError("\n".join(line for finding in found for line in _lines(finding, self.config.rootpath)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The findings alone; a traceback would show the linter's own code."""
        if isinstance(excinfo.value, LintError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Shown as the heading of a failure."""
        return self.path, None, f"{NAME}: {_relative(self.path, self.config.rootpath)}"


def project_items(session: pytest.Session, seen: set[Path]) -> list[pytest.Item]:
    """Lint items for the Python files under the root that the collection did not pass, ignored folders left out."""
    items: list[pytest.Item] = []
    for path in _python_files(session.config.rootpath, session.config):
        if path not in seen:
            items.extend(LintFile.from_parent(session, path=path).collect())
    return items


def _python_files(folder: Path, config: pytest.Config) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if config.hook.pytest_ignore_collect(collection_path=path, config=config):
            continue
        if path.is_dir() and not path.is_symlink() and not path.name.startswith("."):
            yield from _python_files(path, config)
        elif path.suffix == ".py" and path.is_file():
            yield path


def _lines(finding: Diagnostic, root: Path) -> list[str]:
    start = finding.location.start
    place = f"{_relative(Path(finding.location.filename), root)}:{start.row}:{start.column}"
    lines = [f"{place}: {finding.code} {finding.name}: {finding.message}"]
    for step in finding.trace:
        where = step.location
        lines.append(f"    {_relative(Path(where.filename), root)}:{where.start.row}: {step.message}")
    return lines


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
