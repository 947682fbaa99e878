"""`--keras-lint`: every Python file of the project is a test item, and the linter's findings are its failure.

The items stand below the session, not below the packages of their files, whose `__init__.py` pytest would import
before it runs them: what is linted is read, never imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_keras_inference.printable import printable
from pytest_keras_inference.session.lint_run import Finding, LintRun, LintRunError

MARKER = "keras_lint"
NAME = "keras-lint"
_RUN = pytest.StashKey[LintRun]()


class LintError(AssertionError):
    """A file has findings; the message lists them."""


class LintFile(pytest.File):
    """A Python file as the linter sees it."""

    def collect(self) -> Iterable[pytest.Item]:
        """The one item of the file."""
        yield LintItem.from_parent(self, name=NAME)


class LintItem(pytest.Item):
    """Tells what the linter's run over all files found in one of them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_marker(MARKER)

    def runtest(self) -> None:
        """Raises LintError if there are findings."""
        found = [finding for finding in _run_of(self.session).findings(self.path) if finding["severity"] != "info"]
        if found:
            raise LintError("\n".join(line for finding in found for line in _lines(finding, self.config.rootpath)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What the linter says alone; a traceback would show the code of this plugin."""
        if isinstance(excinfo.value, (LintError, LintRunError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Shown as the heading of a failure."""
        return self.path, None, f"{NAME}: {_shown(self.path, self.config.rootpath)}"


def lint_file(path: Path, session: pytest.Session) -> LintFile:
    """The collector of one file; its id, which pytest shows as it is, is fit to be shown."""
    file: LintFile = LintFile.from_parent(session, path=path, nodeid=_shown(path, session.config.rootpath))
    return file


def project_items(session: pytest.Session, seen: set[Path]) -> list[pytest.Item]:
    """Lint items for the Python files under the root that the collection did not pass, ignored folders left out.

    Each file is reported as collected, as pytest does it: who counts or shows what was collected hears of them.
    """
    items: list[pytest.Item] = []
    for path in _python_files(session.config.rootpath, session.config):
        if path not in seen:
            report = session.ihook.pytest_make_collect_report(collector=lint_file(path, session))
            session.ihook.pytest_collectreport(report=report)
            items.extend(report.result)
    return items


def _run_of(session: pytest.Session) -> LintRun:
    """The session's one run of the linter: over the items that were selected, when the first of them runs."""
    if _RUN not in session.stash:
        paths = tuple(item.path for item in session.items if isinstance(item, LintItem))
        session.stash[_RUN] = LintRun(paths, _shared_file(session.config))
    return session.stash[_RUN]


def _shared_file(config: pytest.Config) -> Path | None:
    """Where the workers of pytest-xdist on one machine leave the result for each other; None without workers."""
    worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    own_folder: str | None = config.getoption("basetemp")
    if worker is None or own_folder is None:  # pytest-xdist names no folder to a worker on another machine
        return None
    folder = Path(own_folder).parent
    return folder / f"keras-lint-{worker['testrunuid']}.json" if folder.is_dir() else None


def _python_files(folder: Path, config: pytest.Config) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if config.hook.pytest_ignore_collect(collection_path=path, config=config):
            continue
        if path.is_dir() and not path.is_symlink() and not path.name.startswith("."):
            yield from _python_files(path, config)
        elif path.suffix == ".py" and path.is_file():
            yield path


def _lines(finding: Finding, root: Path) -> list[str]:
    place = f"{_place(finding, root)}:{finding['location']['column']}"
    lines = [f"{place}: {finding['code']} {finding['name']}: {printable(finding['message'])}"]
    return lines + [f"    {_place(step, root)}: {printable(step['message'])}" for step in finding["trace"]]


def _place(found: Finding, root: Path) -> str:
    return f"{_shown(Path(found['filename']), root)}:{found['location']['row']}"


def _shown(path: Path, root: Path) -> str:
    return printable(path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix())
