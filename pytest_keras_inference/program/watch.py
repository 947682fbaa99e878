"""The watch over a program, or a part of one: what it calls, how often, in which loop, and what that costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

from pytest_keras_inference import fault
from pytest_keras_inference.gradients.applied import AppliedGradients, BrokenGradients
from pytest_keras_inference.importhook import ImportWatch
from pytest_keras_inference.program.cost import Cost, measured
from pytest_keras_inference.report.record import TestRecord
from pytest_keras_inference.report.summary import RunSummary, versions
from pytest_keras_inference.vocabulary import TEXTS
from pytest_keras_inference.watching import hooks
from pytest_keras_inference.watching.call_log import CallLog, Key
from pytest_keras_inference.watching.calls import DIRECT, Call, SiteCalls
from pytest_keras_inference.watching.callsite import CallSite
from pytest_keras_inference.watching.findings import SMALL_ROWS, Finding, finding_of, judge, merge
from pytest_keras_inference.watching.growth import Growth
from pytest_keras_inference.watching.loops import Loop
from pytest_keras_inference.watching.tracing import Retracing

THRESHOLD = 10
"""Calls from one place on one model that make a loop of it."""
_GAINS = ("KI201", "KI202")


class ProgramWatch:
    """What a program did with Keras models between `start` and `stop`.

    Printing it tells what is to be told. `findings`, `gradients`, `retracings` and `growth` have
    it as data, `sites` has every place that called a model, and `to_dict()` all of it as
    `keras-inference check --observations` reads it.
    """

    def __init__(self, *, threshold: int = THRESHOLD, ignore: Iterable[str] = ()) -> None:
        self.seconds = 0.0
        """Wall clock between start and stop."""
        self.costs: dict[CallSite, Cost] = {}
        """What other ways of calling cost, by place; filled by `measure`."""
        self._threshold = threshold
        self._ignore = frozenset(ignore)
        self._log = CallLog(threshold)
        self._applied = AppliedGradients()
        self._copies: dict[tuple[CallSite, str, int], set[int]] = {}
        self._started: float | None = None
        self._imports = ImportWatch(lambda _: self._applied.start())

    def start(self, *, measures: bool = False) -> None:
        """Watch from now on. With `measures` it keeps what `measure` needs."""
        self._log.measures = measures
        self._started = perf_counter()
        hooks.listen(self._record, adds_up=True, whole=self._threshold)
        self._log.start()
        self._imports.start()

    def stop(self) -> None:
        """Watch no longer; what was seen stays."""
        if self._started is None:
            return
        self.seconds += perf_counter() - self._started
        self._started = None
        self._imports.stop()
        self._applied.stop()
        self._log.stop()
        hooks.unlisten(self._record)

    def measure(self) -> None:
        """Measure on the models and rows of the worst loops what other ways of calling them cost, where that is cheap;
        once the watch has stopped."""
        samples, self._log.samples = self._log.samples, {}
        for finding in self.findings:
            sample = samples.get((finding.site, finding.kind))
            if finding.code in _GAINS and sample is not None:
                cost = measured(*sample, self._site(finding))
                if cost is not None:
                    self.costs[finding.site] = cost

    # what was seen

    @property
    def sites(self) -> list[SiteCalls]:
        """Every place that called a model, and what its calls add up to; the worst time first."""
        return self._summary([]).sites

    @property
    def findings(self) -> list[Finding]:
        """What misuses models, the worst time first."""
        found = judge(self._log.of(), self._threshold)
        found += [*self._rebuilt(), *self._log.in_training_mode()]
        kept = [
            replace(one, speedup=cost.speedup if (cost := self.costs.get(one.site)) else None)
            for one in merge(found)
            if one.code not in self._ignore
        ]
        # A model that is made for every call is told as that, and not as a loop too.
        rebuilt = {one.site for one in kept if one.code == "KI205"}
        return [one for one in kept if one.site not in rebuilt or one.code == "KI205"]

    @property
    def misuse(self) -> list[Finding]:
        """The findings that are told: those that are more than remarks, and calls that changed a model on the way."""
        return [finding for finding in self.findings if finding.is_told]

    @property
    def gradients(self) -> list[BrokenGradients]:
        """Gradients that an optimizer was given as None, NaN, infinite, or again and again as zero."""
        return [
            one
            for one in self._applied.broken
            if one.cause is None or one.cause.code is None or one.cause.code not in self._ignore
        ]

    @property
    def retracings(self) -> list[Retracing]:
        """The models whose predict was traced again and again."""
        return self._log.retracings()

    @property
    def growth(self) -> Growth | None:
        """By how much memory grew, if it grew all the time."""
        return self._log.growth

    @property
    def trouble(self) -> str | None:
        """Why the watch switched itself off; None if it did not."""
        return fault.trouble()

    @property
    def worst(self) -> str:
        """The highest severity of all that is told: error, warning or info; empty if there is nothing."""
        severities = {TEXTS[finding.code].severity for finding in self.findings}
        severities |= {broken.severity for broken in self.gradients}
        return next((one for one in ("error", "warning", "info") if one in severities), "")

    def loop(self, finding: Finding) -> Loop | None:
        """The loop that made the calls of a finding repeat, as the source of what was on the stack shows it."""
        return self._log.loop(finding.site, finding.kind)

    def to_dict(self, root: Path | None = None) -> dict[str, Any]:
        """Plain values, in the form that `keras-inference check --observations` reads; paths are relative to `root`,
        by default the working directory."""
        findings = self.findings
        data = self._summary(findings).to_dict(root or Path.cwd(), versions())
        loops = {(one.site.filename, one.site.line, one.kind): self.loop(one) for one in findings}
        for observation in data["observations"]:
            loop = loops.get((observation["filename"], observation["location"]["row"], observation["call"]))
            observation["loop"] = None if loop is None else loop.to_dict()
        return data | {
            "seconds": round(self.seconds, 6),
            "gradients": [one.to_dict() for one in self.gradients],
        }

    def __str__(self) -> str:
        from pytest_keras_inference.program.text import told
        from pytest_keras_inference.watching.text import count

        places = count(len({one.site for one in self.sites}), "place")
        return (
            "\n".join(told(self)) or f"nothing to tell: {count(self._log.calls, 'call')} of Keras models from {places}"
        )

    # what is called while the program runs

    def _record(self, call: Call, model: Any, x: Any) -> None:
        self._log.add(call, model, x)
        self._applied.model_called(call.times)
        if call.kind != DIRECT and call.first and not call.failed:
            self._note_copy((call.site, call.kind), call.model_number, model)

    def _note_copy(self, key: Key, number: int, model: Any) -> None:
        """Remember which models of equal weights a place has called."""
        prints = _fingerprint(model)
        if prints is not None:
            self._copies.setdefault((*key, prints), set()).add(number)

    def _rebuilt(self) -> Iterator[Finding]:
        """Places that call many models with the same weights, each of them for the first time."""
        for (site, kind, _), numbers in self._copies.items():
            if len(numbers) < self._threshold:
                continue
            calls = SiteCalls(site, kind, "")
            for one in self._log.of():
                if (one.site, one.kind) == (site, kind):
                    calls.merge(one)
            if calls.calls < 2 * len(numbers) and calls.max_rows is not None and calls.max_rows < SMALL_ROWS:
                evidence = f"{len(numbers):,} models with the same weights were called here, each traced anew"
                yield finding_of("KI205", calls, evidence)

    def _site(self, finding: Finding) -> SiteCalls:
        return next(one for one in self.sites if (one.site, one.kind) == (finding.site, finding.kind))

    def _summary(self, findings: list[Finding]) -> RunSummary:
        trouble = {self.trouble} if self.trouble else set()
        record = TestRecord(
            "", True, self._log.of(), findings, retracings=self._log.retracings(), growth=self._log.growth
        )
        return RunSummary([record], trouble)


@contextmanager
def watch(*, threshold: int = THRESHOLD, ignore: Iterable[str] = (), measure: bool = False) -> Iterator[ProgramWatch]:
    """Watch what the code in a `with` block does with Keras models.

    Gives a ProgramWatch, which can be printed and asked during the block and after it: places that call predict in a
    loop, gradients that are None, calls in training mode, retracing, memory. `threshold` calls from one place on one
    model make a loop; rules in `ignore` are not told. With `measure` it calls the models of the worst loops a few times
    at the end of the block, to say what other ways of calling them cost.
    """
    seen = ProgramWatch(threshold=threshold, ignore=ignore)
    seen.start(measures=measure)
    try:
        yield seen
    finally:
        seen.stop()
    if measure:
        fault.guarded(seen.measure)


def _fingerprint(model: Any) -> int | None:
    """A number that models with equal structure and equal first weights share; None for a model without weights."""
    weights = list(getattr(model, "weights", ()))[:2]
    if not weights:
        return None
    parts = [str([tuple(weight.shape) for weight in model.weights])]
    for weight in weights:
        value = weight.value if not callable(getattr(weight, "value", None)) else weight
        array = value.detach().cpu().numpy() if hasattr(value, "detach") else value
        import numpy as np

        parts.append(np.asarray(array).reshape(-1)[:1024].tobytes().hex())
    return hash(tuple(parts))
