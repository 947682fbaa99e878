"""The watch over a whole run, in the process that runs the tests: counts calls test by test and judges them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_keras_inference.report.record import TestRecord
from pytest_keras_inference.session.allow import Allowance, from_markers
from pytest_keras_inference.watching import hooks
from pytest_keras_inference.watching.call_log import CallLog
from pytest_keras_inference.watching.calls import SiteCalls
from pytest_keras_inference.watching.callsite import CallSite
from pytest_keras_inference.watching.findings import Finding, judge
from pytest_keras_inference.watching.speedup import speedup_on_batch
from pytest_keras_inference.watching.text import finding_lines

OUTSIDE = ""
"""Stands for the test id of calls made outside tests, while modules are imported."""

_GAINS = ("KI201", "KI202")
"""Rules whose findings predict_on_batch would make faster."""
_LOOPS = ("KI201", "KI202", "KI204")
"""Rules about a call that is repeated."""
_WORTH = 2.0
"""Less than this much faster is not worth telling."""
_REPEATERS = frozenset({"hypothesis", "pytest_benchmark", "pytest_codspeed"})
"""Packages that call a test, or what it hands them, again and again."""


class RunWatch:
    """Counts every call under the test that is running, and judges a test when asked."""

    def __init__(self, root: Path, threshold: int, allowances: Sequence[Allowance], *, measures: bool = False) -> None:
        """With `measures` it measures predict_on_batch where predict is called in a loop; see `measure`."""
        self._log = CallLog(threshold, measures=measures)
        self._speedups: dict[CallSite, float | None] = {}
        self._root = root
        self._threshold = threshold
        self._allowances = tuple(allowances)
        self._has_subtests = False

    def start(self) -> None:
        """Count from now on."""
        hooks.listen(self._log.add, adds_up=True, whole=self._threshold)
        self._log.start()

    def stop(self) -> None:
        """Count no longer."""
        hooks.unlisten(self._log.add)
        self._log.stop()

    def begin(self, test: str) -> None:
        """Calls from here on belong to this test, or to none ("")."""
        self._log.begin(test)
        self._has_subtests = False

    def subtest(self) -> None:
        """A subtest of the test that is running has ended."""
        self._has_subtests = True

    def measure(self, item: pytest.Item) -> None:
        """Measure what the test's loops would gain, each place once in a run. For tests that passed."""
        samples, self._log.samples = self._log.samples, {}
        loops = {finding.site for finding in self.misuse(item) if finding.code in _GAINS}
        for (site, _), (model, x) in samples.items():
            if site in loops:
                self._speedups[site] = speedup_on_batch(model, x)
                self._log.measured.add(site)

    def misuse(self, item: pytest.Item) -> list[Finding]:
        """What the test has misused so far and nothing excuses."""
        kept, _, _ = self._split(item, self._judged(item, self._log.of(item.nodeid)))
        return [finding for finding in kept if finding.is_misuse]

    def finish(self, item: pytest.Item) -> TestRecord:
        """What is to be remembered of the test; the watch forgets it."""
        test = item.nodeid
        kept, excused, used = self._split(item, self._judged(item, self._log.of(test)))
        traced = [
            one for one in self._log.retracings(self._threshold) if not _is_test_file(one.site.filename, item.path)
        ]
        growth = self._log.growth
        return TestRecord(
            test,
            sites=self._log.take(test),
            findings=kept,
            excused=excused,
            used=used,
            marked=sorted({allowance.where for allowance in from_markers(item)}),
            retracings=traced,
            growth=growth,
        )

    def outside(self) -> TestRecord:
        """What was called outside tests; the watch forgets it."""
        sites = self._log.take()
        kept, excused, used = self._sort(judge(sites, self._threshold), self._allowances)
        return TestRecord(OUTSIDE, True, sites, kept, excused, used)

    def _judged(self, item: pytest.Item, sites: list[SiteCalls]) -> list[Finding]:
        """What is to be said of the test's calls."""
        drawn = self._log.in_training_mode(item.nodeid, monte_carlo=True)
        return [
            *(
                finding
                for finding in judge(sites, self._threshold)
                if finding.code not in _LOOPS or not self._is_the_tests_loop(finding, item)
            ),
            *(finding for finding in drawn if not _is_test_file(finding.site.filename, item.path)),
        ]

    def _is_the_tests_loop(self, finding: Finding, item: pytest.Item) -> bool:
        """Whether it is the test that repeats the calls in order to check them; how its own code, and what calls it
        for that end, go about it is not judged."""
        if _is_test_file(finding.site.filename, item.path):
            return True
        stack = self._log.stack(finding.site, finding.kind)
        loop = self._log.loop(finding.site, finding.kind)
        if loop is None:
            return stack is not None and not stack.packages.isdisjoint(_REPEATERS)
        # A test that steps an agent stands for the program that will; one that compares results or reports each case
        # by itself does not.
        return _is_test_file(loop.filename, item.path) and (self._has_subtests or finding.code == "KI204")

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


def _is_test_file(filename: str, test_file: Path) -> bool:
    path = Path(filename)
    return path == test_file or path.name == "conftest.py"


def failure_text(findings: Sequence[Finding]) -> str:
    """The message of a test that strict mode fails."""
    blocks = ["\n".join(finding_lines(finding)) for finding in findings]
    codes = ", ".join(sorted({f'"{finding.code}"' for finding in findings}))
    excuse = f"If this is meant: @pytest.mark.keras_inference(allow=[{codes}])"
    return "\n\n".join(["Keras inference is misused in this test (--keras-inference=strict)", *blocks, excuse])
