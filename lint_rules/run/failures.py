"""How an error of our own is told, so that it can be reported and costs nothing else."""

from __future__ import annotations


def failure(what: str, path: str) -> str:
    """The error that is being handled: `what` (a rule, the reader) failed on a file."""
    import traceback

    return f"{what} failed on {path}; the other rules and files were checked. Please report this:\n" + (
        traceback.format_exc().rstrip()
    )
