"""The predict watch: who called a model, with how many rows, how long it took, and within which tape or trace."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from pytest_keras_inference import fault
from pytest_keras_inference.watching import hooks
from pytest_keras_inference.watching.calls import PREDICT_FAMILY, Call, SiteCalls
from pytest_keras_inference.watching.findings import Finding, judge
from pytest_keras_inference.watching.text import budget_report, calls_table

LOOP = 2
"""Within a watch of one's own, twice from the same place is a loop."""


class PredictBudgetError(AssertionError):
    """More predict calls, or smaller ones, than a budget allows. The message lists the call sites; `watch` has them."""

    def __init__(self, message: str, watch: PredictWatch) -> None:
        super().__init__(message)
        self.watch = watch


class Tally:
    """Adds calls up by place, kind and model. Safe to use from several threads, and from a signal's handler."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._sites: dict[tuple[int, str, int, str], SiteCalls] = {}

    def add(self, call: Call, test: str = "") -> SiteCalls:
        """Count a call made in `test`; gives what its place, kind and model add up to."""
        key = (id(call.site), call.kind, call.model_number, test)
        with self._lock:
            sites = self._sites.get(key)
            if sites is None:
                sites = self._sites[key] = SiteCalls(call.site, call.kind, call.model, test)
            sites.add(call)
        return sites

    def lost(self, call: Call, test: str = "") -> None:
        """Note that a counted call cut a gradient off."""
        with self._lock:
            sites = self._sites.get((id(call.site), call.kind, call.model_number, test))
            if sites is not None:
                sites.gradient_lost += 1

    def of(self, test: str) -> list[SiteCalls]:
        """What was counted in `test`."""
        with self._lock:
            return [sites for key, sites in self._sites.items() if key[3] == test]

    def take(self, test: str) -> list[SiteCalls]:
        """What was counted in `test`, which is forgotten."""
        with self._lock:
            keys = [key for key in self._sites if key[3] == test]
            return [self._sites.pop(key) for key in keys]


class PredictWatch:
    """Records every call of a Keras model while it is active.

    `calls` holds one `Call` per predict, predict_on_batch, evaluate, test_on_batch and top-level direct call, in the
    order in which they ended. Printing a watch lists its call sites.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def start(self) -> None:
        """Record from now on."""
        hooks.listen(self._record)

    def stop(self) -> None:
        """Record no longer; what was recorded stays."""
        hooks.unlisten(self._record)

    @property
    def sites(self) -> list[SiteCalls]:
        """The calls added up by place, kind and model, in the order in which the places first called."""
        tally = Tally()
        for call in list(self.calls):
            tally.add(call)
            if call.gradient_lost:
                tally.lost(call)
        return tally.of("")

    def findings(self, threshold: int = LOOP) -> list[Finding]:
        """What misuses predict, worst time first; a place is a loop from `threshold` calls on."""
        return judge(self.sites, threshold)

    def count(self, *kinds: str) -> int:
        """Number of calls of these kinds (default: the predict family), those that `fit` made left out."""
        wanted = kinds or PREDICT_FAMILY
        return sum(call.kind in wanted and call.inside != "fit" for call in self.calls)

    def check(self, calls: int | None = None, min_rows: int | None = None, *, name: str = "predict_watch") -> None:
        """Raise PredictBudgetError if the predict family was called more than `calls` times or with fewer than
        `min_rows` rows. Calls that `fit` makes do not count; nor do rows that are unknown."""
        __tracebackhide__ = True
        message = budget_report(self.sites, self.findings(), calls=calls, min_rows=min_rows, name=name)
        if message:
            raise PredictBudgetError(message, self)

    def at_most(self, calls: int | None = None, *, min_rows: int | None = None) -> Budget:
        """A `with` block that raises PredictBudgetError at its end if the predict family was called in it more than
        `calls` times, or with fewer than `min_rows` rows; gives the PredictWatch of the block."""
        __tracebackhide__ = True
        return Budget(calls, min_rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the call sites and the findings."""
        return {
            "sites": [sites.to_dict() for sites in self.sites],
            "findings": [finding.to_dict() for finding in self.findings()],
        }

    def __str__(self) -> str:
        reason = fault.trouble()
        text = calls_table(self.sites, self.findings())
        return text if reason is None else f"{text}\n\nthe watch switched itself off: {reason}"

    def _record(self, call: Call, model: Any, x: Any) -> None:
        self.calls.append(call)


class Budget:
    """The `with` block of `at_most`."""

    def __init__(self, calls: int | None, min_rows: int | None) -> None:
        __tracebackhide__ = True
        if calls is None and min_rows is None:
            raise TypeError("at_most() needs calls=..., min_rows=... or both")
        self._calls = calls
        self._min_rows = min_rows
        self._watch = PredictWatch()

    def __enter__(self) -> PredictWatch:
        self._watch.start()
        return self._watch

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        __tracebackhide__ = True
        self._watch.stop()
        if error is None:
            self._watch.check(self._calls, self._min_rows, name="at_most")


@contextmanager
def watch_predicts() -> Iterator[PredictWatch]:
    """Record the calls of Keras models in a `with` block; for scripts and notebooks, where there is no fixture.

    Gives a PredictWatch, which can be printed and asked after the block too.
    """
    watch = PredictWatch()
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()
