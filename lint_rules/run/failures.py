"""How an error of our own is told, so that it can be reported and costs nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from lint_rules.findings.report import Failure


def failure(what: str, path: str) -> Failure:
    """The error that is being handled: `what` failed on a file."""
    import traceback

    return Failure(what, path, traceback.format_exc().rstrip())


def texts_of(failures: Iterable[Failure]) -> tuple[str, ...]:
    """What a run says of its failures: each rule once, with the first file and how many others there are."""
    first: dict[str, Failure] = {}
    paths: dict[str, set[str]] = {}
    for each in failures:
        first.setdefault(each.what, each)
        paths.setdefault(each.what, set()).add(each.path)
    return tuple(_text(each, len(paths[what]) - 1) for what, each in first.items())


def _text(failed: Failure, others: int) -> str:
    more = f" and {others} more file{'s' if others > 1 else ''}" if others else ""
    return (
        f"{failed.what} failed on {failed.path}{more}; the other rules and files were checked. Please report this:\n"
        f"{failed.trace}"
    )
