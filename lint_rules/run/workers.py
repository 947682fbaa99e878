"""Judging files in several processes at once, where that pays.

The processes are forked, so that each has the listing and the index of the project that were made before, at no cost.
On systems that cannot fork there is one process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    T = TypeVar("T")

FILES_PER_WORKER = 1000
"""A process finds out for itself what the files around the judged ones are, which other processes find out too; with
fewer files each, that outweighs what they save."""
_CHUNK = 8

_judge: Callable[[Any], Any] | None = None


def how_many(files: int, wanted: int | None) -> int:
    """The number of processes for so many files; `wanted` None leaves it to us, 0 is one for each processor."""
    if not hasattr(os, "fork"):
        return 1
    cores = os.cpu_count() or 1
    if wanted is None:
        return max(1, min(cores, files // FILES_PER_WORKER))
    return max(1, min(wanted or cores, files))


def in_workers(judge: Callable[[T], Any], items: Sequence[T], workers: int) -> Iterator[Any]:
    """What `judge` gives for each item, in order. What a process that dies has not judged is judged here."""
    from lint_rules.budget import watched

    if workers < 2:
        with watched():
            yield from map(judge, items)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    global _judge
    chunks = [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]
    _judge = judge
    done = 0
    # Nobody ever writes to this pipe. The first process alone holds its other end, so that it ends with that process,
    # however that ends.
    lifeline, held = os.pipe()
    pool = ProcessPoolExecutor(workers, get_context("fork"), _begin, (lifeline, held))
    try:
        for results in pool.map(_run, chunks):
            yield from results
            done += len(results)
    except BrokenProcessPool:
        yield from in_workers(judge, items[done:], 1)
    finally:
        pool.shutdown(cancel_futures=True)
        os.close(lifeline)
        os.close(held)
        _judge = None


def _begin(lifeline: int, held: int) -> None:
    """Prepare a new process. Ctrl-C reaches every process of a terminal; the first one tells what is to be told of it,
    and all end with it."""
    import signal
    import threading

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.close(held)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()


def _end_with(lifeline: int) -> None:
    """End this process when the other end of a pipe is closed; what it was about is of no use any more."""
    os.read(lifeline, 1)
    os._exit(1)


def _run(items: Sequence[Any]) -> list[Any]:
    from lint_rules.budget import watched

    assert _judge is not None
    with watched():
        return [_judge(item) for item in items]
