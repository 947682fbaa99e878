"""The watch over a whole run, in the process that runs the tests: counts calls test by test and judges them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_keras_inference.report.record import TestRecord
from pytest_keras_inference.session.allow import Allowance, from_markers
from pytest_keras_inference.watching import hooks, tapes
from pytest_keras_inference.watching.calls import Call, SiteCalls
from pytest_keras_inference.watching.callsite import CallSite
from pytest_keras_inference.watching.findings import Finding, judge
from pytest_keras_inference.watching.predict_watch import Tally
from pytest_keras_inference.watching.speedup import speedup_on_batch
from pytest_keras_inference.watching.text import finding_lines

COLLECTION = ""
"""Stands for the test id of calls made outside tests, while modules are imported."""

_GAINS = ("KI201", "KI202")
"""Rules whose findings predict_on_batch would make faster."""
_LOOPS = ("KI201", "KI202", "KI204")
"""Rules about a call that is repeated."""
_WORTH = 2.0
"""Less than this much faster is not worth telling."""
_MOST = 5
"""Places measured in one run: each costs a trace and a few calls."""


class RunWatch:
    """Counts every call under the test that is running, and judges a test when asked."""

    def __init__(self, root: Path, threshold: int, allowances: Sequence[Allowance], *, measures: bool = False) -> None:
        """With `measures` it measures predict_on_batch where predict is called in a loop; see `measure`."""
        self.test = COLLECTION
        self._measures = measures
        self._samples: dict[tuple[CallSite, str], tuple[Any, Any]] = {}
        self._speedups: dict[CallSite, float | None] = {}
        self._root = root
        self._threshold = threshold
        self._allowances = tuple(allowances)
        self._tally = Tally()

    def start(self) -> None:
        """Count from now on."""
        hooks.listen(self._record)
        tapes.on_lost(self._lost)

    def stop(self) -> None:
        """Count no longer."""
        hooks.unlisten(self._record)
        tapes.off_lost(self._lost)

    def measure(self, item: pytest.Item) -> None:
        """Measure what the test's loops would gain, each place once in a run. For tests that passed."""
        samples, self._samples = self._samples, {}
        loops = {finding.site for finding in self.misuse(item) if finding.code in _GAINS}
        for (site, test), (model, x) in samples.items():
            if test == item.nodeid and site in loops:
                self._speedups[site] = speedup_on_batch(model, x)

    def misuse(self, item: pytest.Item) -> list[Finding]:
        """What the test has misused so far and nothing excuses."""
        kept, _, _ = self._split(item, self._judged(item, self._tally.of(item.nodeid)))
        return [finding for finding in kept if finding.is_misuse]

    def finish(self, item: pytest.Item) -> TestRecord:
        """What is to be remembered of the test; the watch forgets it."""
        hooks.forget_inputs()
        self._samples = {key: sample for key, sample in self._samples.items() if key[1] != item.nodeid}
        sites = self._tally.take(item.nodeid)
        kept, excused, used = self._split(item, self._judged(item, sites))
        marked = sorted({allowance.where for allowance in from_markers(item)})
        return TestRecord(item.nodeid, True, sites, kept, excused, used, marked)

    def outside(self) -> TestRecord:
        """What was called outside tests; the watch forgets it."""
        sites = self._tally.take(COLLECTION)
        kept, excused, used = self._sort(judge(sites, self._threshold), self._allowances)
        return TestRecord(COLLECTION, True, sites, kept, excused, used)

    def _judged(self, item: pytest.Item, sites: list[SiteCalls]) -> list[Finding]:
        """What is to be said of the test's calls. Loops written in the test itself are its business: it repeats a
        call in order to check it, as property tests and subtests do; what it tests is the code that it calls."""
        return [
            finding
            for finding in judge(sites, self._threshold)
            if finding.code not in _LOOPS or not _is_test_code(finding.site, item)
        ]

    def _split(self, item: pytest.Item, found: list[Finding]) -> tuple[list[Finding], list[Finding], list[str]]:
        if not found:
            return [], [], []
        return self._sort(found, (*from_markers(item), *self._allowances))

    def _sort(
        self, found: list[Finding], allowances: Sequence[Allowance]
    ) -> tuple[list[Finding], list[Finding], list[str]]:
        kept: list[Finding] = []
        excused: list[Finding] = []
        used: list[str] = []
        for one in found:
            finding = replace(one, speedup=self._gain(one))
            covering = [allowance.where for allowance in allowances if allowance.excuses(finding, self._root)]
            (excused if covering else kept).append(finding)
            used.extend(covering)
        return kept, excused, sorted(set(used))

    def _gain(self, finding: Finding) -> float | None:
        gain = self._speedups.get(finding.site) if finding.code in _GAINS else None
        return gain if gain is not None and gain >= _WORTH else None

    def _record(self, call: Call, model: Any, x: Any) -> None:
        sites = self._tally.add(call, self.test)
        if (
            sites.calls == self._threshold
            and self._measures
            and call.kind == "predict"
            and call.inside != "fit"
            and call.site not in self._speedups
            and len(self._speedups) + len(self._samples) < _MOST
            and type(x).__name__ == "ndarray"
        ):
            self._samples[call.site, self.test] = (model, x.copy())

    def _lost(self, call: Call) -> None:
        self._tally.lost(call, self.test)


def _is_test_code(site: CallSite, item: pytest.Item) -> bool:
    path = Path(site.filename)
    return path == item.path or path.name == "conftest.py"


def failure_text(findings: Sequence[Finding]) -> str:
    """The message of a test that strict mode fails."""
    blocks = ["\n".join(finding_lines(finding)) for finding in findings]
    codes = ", ".join(sorted({f'"{finding.code}"' for finding in findings}))
    excuse = f"If this is meant: @pytest.mark.keras_inference(allow=[{codes}])"
    return "\n\n".join(["Keras inference is misused in this test (--keras-inference=strict)", *blocks, excuse])
