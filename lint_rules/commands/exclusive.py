"""Which options of `check` cannot be given together: of each two, one would be ignored or undo the other.

An option that is quietly passed over is worse than an error: `--add-noqa` would write what `--diff` promises not to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lint_rules.config.keys import FORMATS
from lint_rules.records import NamedTuple

STDIN = ("-", "--stdin-filename")


class Exclusion(NamedTuple):
    """An option and those that it cannot be given with; `why` goes on behind the name of the other one.

    Where leaving out one of the two is not the only way out, `way_out` tells another.
    """

    option: str
    others: tuple[str, ...]
    why: str
    way_out: str = ""


COMMENTS = ("--add-noqa", "--add-ignore")
KEEPS = (*COMMENTS, "--write-baseline")
WRITES = ("--fix", *KEEPS)
SHOWS = ("--show-files", "--show-settings")

EXCLUSIONS = (
    Exclusion("--watch", ("--diff", *KEEPS, *SHOWS), "is for one run"),
    Exclusion("--verify", ("--watch", *KEEPS, *SHOWS), "does not try fixes"),
    Exclusion("--verify", STDIN, "stands in no project that a command could run in"),
    Exclusion("--diff", KEEPS, "changes files, which --diff promises not to"),
    Exclusion("--diff", ("--statistics",), "counts findings, and --diff shows changes alone"),
    Exclusion("--fix", KEEPS, "keeps the findings that --fix resolves", "run --fix first"),
    Exclusion("--add-noqa", ("--add-ignore",), "writes the same comments in another form"),
    *(Exclusion(option, ("--write-baseline",), "keeps the same findings in another way") for option in COMMENTS),
    *(Exclusion(option, ("--ignore-noqa",), "reports what has its comment already") for option in COMMENTS),
    *(
        Exclusion(option, ("--statistics", "--output-file"), f"is for a report, and {option} makes none")
        for option in KEEPS
    ),
    *(
        Exclusion(option, (*WRITES, "--diff", "--statistics"), f"needs a check, and {option} makes none")
        for option in SHOWS
    ),
    Exclusion("--show-files", ("--show-settings",), "shows something else"),
    Exclusion(
        "--statistics",
        tuple(f"--output-format {name}" for name in FORMATS if name not in ("text", "json")),
        "has no form for numbers",
        "write --output-format json",
    ),
    Exclusion("--fail-on", ("--exit-zero",), "is --fail-on never"),
    Exclusion("--write-baseline", ("--since",), "hides findings that the baseline is to know"),
    *(
        Exclusion(option, ("--summary-file",), f"is for a report, and {option} makes none")
        for option in (*KEEPS, *SHOWS, "--diff")
    ),
    *(Exclusion(option, STDIN, "reads standard input, which is no file to write to") for option in KEEPS),
)


def conflict(given: Sequence[str]) -> str | None:
    """What is wrong with these options: names of switches, `-`, and `--output-format NAME`. None if nothing is."""
    return next(_conflicts(frozenset(given)), None)


def _conflicts(given: frozenset[str]) -> Iterator[str]:
    for option, others, why, way_out in EXCLUSIONS:
        if option in given:
            for other in others:
                if other in given:
                    instead = f"{way_out}, or omit" if way_out else "omit"
                    yield f"{option}: {other} {why}; {instead} {other} or {option}"
