"""What a run is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable

from lint_rules.config.settings import Overrides
from lint_rules.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lint_rules.findings.observations import Observations
    from lint_rules.findings.report import Report
    from lint_rules.findings.view import View

Progress = Callable[[str, int], None]
"""Told of every file before it is judged, with how many files of its project are still to be judged, it included."""


class Request(NamedTuple):
    """What to check. `paths` are files and folders; `listed` are files of a larger run, such as `--files-from` names.

    `stdin` is the text of one more file under the name that it should have. `fixes` tells whether fixes are wanted:
    they cost time; `proven` whether those too that only a run of the program can decide on. `noqa` False shows what
    comments silence, `baseline` False what the baseline knows. `observations` are what a test run saw. `workspace`
    are the folders that an editor works in, outside of which no code is read; None where no editor asks. `cache`
    tells whether to use and keep what runs learn of a project. `jobs` is how many processes judge, 0 for one a
    processor, None for as many as pay. `earlier` takes from a report what an earlier commit has too.
    `seconds_per_file` is how much processor time each file may take; None leaves that to us.
    """

    paths: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    stdin: tuple[str, bytes] | None = None
    overrides: Overrides = Overrides()
    fixes: bool = False
    noqa: bool = True
    baseline: bool = True
    observations: Observations | None = None
    workspace: tuple[str, ...] | None = None
    cache: bool = False
    jobs: int | None = 1
    earlier: Callable[[Report, View], Report] | None = None
    seconds_per_file: float | None = None
    proven: bool = False

    @property
    def text(self) -> tuple[str, bytes] | None:
        """What standard input holds, and the absolute path of the file that it stands for."""
        return (os.path.abspath(self.stdin[0]), self.stdin[1]) if self.stdin is not None else None

    @property
    def folders(self) -> list[str]:
        """The absolute paths of the folders that were asked for."""
        return [path for path in map(os.path.abspath, self.paths) if os.path.isdir(path)]
