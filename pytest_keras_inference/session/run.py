"""One pytest session's hooks. Light to import: what does the work is imported when keras is."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from pytest_keras_inference.watching import fault
from pytest_keras_inference.watching.importhook import MODULES, ImportWatch

if TYPE_CHECKING:
    from types import ModuleType

    from pytest_keras_inference.report.summary import RunSummary
    from pytest_keras_inference.session.fixtures import MarkedBudget
    from pytest_keras_inference.session.wholerun import RunWatch
    from pytest_keras_inference.watching.findings import Finding

MODES = ("off", "report", "strict")
_CARRIED = "keras_inference"
"""Name under which a test's record travels on its report, and a worker's on its output."""
_TROUBLE = pytest.StashKey[set[str]]()
"""Why the watch of a session switched itself off, in this process or in a worker."""
_T = TypeVar("_T")


def guarded(config: pytest.Config, work: Callable[..., _T], *args: Any) -> _T | None:
    """`work(*args)`; a fault of this plugin switches the watch off, is told at the end, and fails nobody's test.

    What is wrong with the user's options and markers (pytest.UsageError) is no fault, and passes.
    """
    try:
        return work(*args)
    except pytest.UsageError:
        raise
    except Exception as error:
        fault.switch_off(error)
        config.stash.setdefault(_TROUBLE, set()).add(fault.described(error))
        return None


def faults_of(config: pytest.Config) -> list[str]:
    """Why the watch of the session switched itself off, in this process or in a worker; empty while it works."""
    faults: set[str] = config.stash.setdefault(_TROUBLE, set())
    return sorted(faults)


class Run:
    """Starts the watch once keras is imported, gives each test's record to its report, and tells the end of it."""

    def __init__(self, config: pytest.Config) -> None:
        """Reads the options. Raises pytest.UsageError for one that cannot be."""
        self.config = config
        self.mode: str = config.getoption("keras_inference") or config.getini("keras_inference")
        if self.mode not in MODES:
            raise pytest.UsageError(f"keras_inference = {self.mode}: write off, report or strict")
        self.threshold = _threshold(config.getini("keras_inference_threshold"))
        self.allow_lines: list[str] = config.getini("keras_inference_allow")
        if self.allow_lines:
            from pytest_keras_inference.session.allow import from_ini

            from_ini(self.allow_lines)  # a wrong line is told now, not at the end of the run
        self._json: str | None = config.getoption("keras_inference_json")
        self._html: str | None = config.getoption("keras_inference_html")
        self._is_worker = hasattr(config, "workerinput")
        self._watch: RunWatch | None = None
        self._imports: ImportWatch | None = None
        self._summary: RunSummary | None = None
        self._reports: dict[str, list[dict[str, Any]]] = {}
        self._told: set[tuple[str, str, str, int]] = set()
        self._passed: set[str] = set()
        self._trouble = config.stash.setdefault(_TROUBLE, set())
        self._versions: dict[str, str] = {}
        self._written: list[str] = []

    def start(self) -> None:
        """Wait for keras."""
        if self.mode != "off":
            self._imports = ImportWatch(self._keras_imported)
            self._imports.start()

    def stop(self) -> None:
        """Leave no trace in the process."""
        for part in (self._imports, self._watch):
            if part is not None:
                self._guarded(part.stop)
        self._guarded(self._note_trouble)
        self._imports = self._watch = None

    def keep(self, test: str, check: str, report: Any) -> None:
        """Remember the report of a check for the JSON file and the HTML page, if one is asked for."""
        if self._json or self._html:
            self._guarded(self._keep, test, check, report)

    # what pytest calls: nothing but the user's own code runs unguarded in these

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Calls from here on belong to this test."""
        self._guarded(self._begin, item)
        try:
            return (yield)
        finally:
            self._guarded(self._end)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """The budget of a test, and strict mode."""
        mark = item.get_closest_marker("predict_budget")
        budget = None if mark is None else self._guarded(self._budget, mark)
        try:
            yield
        finally:
            if budget is not None:
                self._guarded(budget.stop)
        exceeded = None if budget is None else self._guarded(budget.exceeded)
        if exceeded:
            pytest.fail(exceeded, pytrace=False)
        self._guarded(self._measure, item)
        misuse = self._guarded(self._strict_text, item)
        if misuse:
            pytest.fail(misuse, pytrace=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        """Strict mode, for what fixtures did on their way out."""
        yield
        misuse = self._guarded(self._strict_text, item)
        if misuse:
            pytest.fail(misuse, pytrace=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Explains a failure, and sends the test's record with the last report of the test."""
        report = yield
        if call.when == "call" and report.passed:
            self._passed.add(item.nodeid)
        if self._watch is not None and report.failed:
            self._guarded(self._explain, item, report)
        if call.when == "teardown":
            self._guarded(self._send, item, report)
            self._guarded(self._note_trouble)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test's record arrives, from this process or from a worker; or a part of a test has ended."""
        if self._watch is not None and hasattr(report, "context"):
            self._watch.subtest()
        carried = getattr(report, _CARRIED, None)
        if carried is not None and not self._is_worker:
            self._guarded(self._add, carried)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker of pytest-xdist is done."""
        self._guarded(self._receive, getattr(node, "workeroutput", {}).get(_CARRIED))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """What no test's report carried; then the files."""
        rest = self._guarded(self._rest) or {"record": None, "versions": {}}
        self._guarded(self.stop)
        rest["trouble"] = sorted(self._trouble)
        if self._is_worker:
            self.config.workeroutput[_CARRIED] = rest  # type: ignore[attr-defined]
            return
        self._guarded(self._receive, rest)
        if self._json or self._html:
            self._guarded(self._write)

    def lines(self, exitstatus: int) -> list[str]:
        """The section at the end, without faults of our own; empty if there is nothing to say."""
        if self._summary is None:
            return []
        from pytest_keras_inference.printable import printable_lines

        unused = self._unused() if exitstatus == pytest.ExitCode.OK else []
        return [printable_lines(line) for line in self._summary.lines(unused, strict=self.mode == "strict")]

    def written(self) -> list[str]:
        """A line for each file that was asked for."""
        if not self._written:
            return []
        from pytest_keras_inference.printable import printable

        return [printable(line) for line in self._written]

    # what these are made of

    @property
    def summary(self) -> RunSummary:
        """What has been reported so far."""
        if self._summary is None:
            from pytest_keras_inference.report.summary import RunSummary

            self._summary = RunSummary(trouble=self._trouble)
        return self._summary

    def _write(self) -> None:
        """The files that were asked for; one that cannot be written is told, and is no reason to fail the run."""
        observed = self.summary.to_dict(self.config.rootpath, self._versions)
        for name, is_page in ((self._json, False), (self._html, True)):
            if not name:
                continue
            path = self.config.invocation_params.dir / name
            try:
                if is_page:
                    from pytest_keras_inference.report.html import page

                    text = page(observed)
                else:
                    text = json.dumps(observed, indent=2) + "\n"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            except OSError as error:
                self._written.append(f"cannot write keras inference file: {error}")
            else:
                self._written.append(f"generated keras inference file: {name}")

    def _keep(self, test: str, check: str, report: Any) -> None:
        from pytest_keras_inference.report.summary import plain

        kept = {"test": test, "check": check, "report": plain(report.to_dict())}
        self._reports.setdefault(test, []).append(kept)

    def _begin(self, item: pytest.Item) -> None:
        self._running = item.nodeid
        if self._watch is None and self._imports is not None and not sys.modules.keys().isdisjoint(MODULES):
            self._keras_imported(None)  # imported in a way that the finder could not follow
        if self._watch is not None:
            self._watch.begin(item.nodeid)

    def _end(self) -> None:
        self._running = ""
        if self._watch is not None:
            self._watch.begin("")

    def _budget(self, mark: pytest.Mark) -> MarkedBudget:
        from pytest_keras_inference.session.fixtures import MarkedBudget

        budget = MarkedBudget(mark)
        budget.start()
        return budget

    def _measure(self, item: pytest.Item) -> None:
        if self._watch is not None:
            self._watch.measure(item)

    def _add(self, carried: dict[str, Any]) -> None:
        from pytest_keras_inference.report.record import TestRecord

        self.summary.add(TestRecord.from_dict(carried))

    def _keras_imported(self, module: ModuleType | None) -> None:
        if self._watch is not None or self._trouble:
            return
        self._guarded(self._start_watch)

    def _start_watch(self) -> None:
        from pytest_keras_inference import recorded

        if recorded.VARIABLE in os.environ:
            return  # a run that is recorded is to print the same whatever its models are asked

        from pytest_keras_inference.session.allow import from_ini
        from pytest_keras_inference.session.wholerun import RunWatch

        self._watch = RunWatch(
            self.config.rootpath, self.threshold, from_ini(self.allow_lines), measures=not self._is_worker
        )
        self._watch.begin(self._running)
        self._watch.start()

    _running = ""

    def _guarded(self, work: Callable[..., _T], *args: Any) -> _T | None:
        return guarded(self.config, work, *args)

    def _strict_text(self, item: pytest.Item) -> str:
        """What strict mode fails the test with; empty if there is nothing, or another mode."""
        if self.mode != "strict":
            return ""
        from pytest_keras_inference.printable import printable_lines
        from pytest_keras_inference.session.wholerun import failure_text

        new = self._untold(item)
        return printable_lines(failure_text(new)) if new else ""

    def _untold(self, item: pytest.Item) -> list[Finding]:
        """The test's misuse that no failure has shown yet."""
        if self._watch is None:
            return []
        new: list[Finding] = []
        for finding in self._watch.misuse(item):
            key = (item.nodeid, finding.code, finding.site.filename, finding.site.line)
            if key not in self._told:
                self._told.add(key)
                new.append(finding)
        return new

    def _explain(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """A failed test shows the misuse that may be its cause; in strict mode all of it."""
        from pytest_keras_inference.printable import printable_lines
        from pytest_keras_inference.watching.text import finding_lines

        told = report.longreprtext
        shown = [
            finding
            for finding in self._untold(item)
            if (self.mode == "strict" or finding.code in ("KI101", "KI102"))
            and not (finding.code in told and finding.site.location in told)  # a check's own message has said it
        ]
        if shown:
            text = "\n\n".join("\n".join(finding_lines(finding)) for finding in shown)
            report.sections.append(("keras inference", printable_lines(text)))

    def _send(self, item: pytest.Item, report: pytest.TestReport) -> None:
        reports = self._reports.pop(item.nodeid, [])
        if self._watch is None and not reports:
            return
        from pytest_keras_inference.report.record import TestRecord

        record = TestRecord(item.nodeid) if self._watch is None else self._watch.finish(item)
        record.reports = reports
        record.passed = item.nodeid in self._passed
        if record:
            setattr(report, _CARRIED, record.to_dict())

    def _note_trouble(self) -> None:
        reason = fault.trouble() if self._watch is not None else None
        if reason is not None:
            self._trouble.add(reason)

    def _rest(self) -> dict[str, Any]:
        """What was called outside tests, and what it all ran on."""
        if self._watch is None:
            return {"record": None, "versions": {}}
        from pytest_keras_inference.report.summary import versions

        record = self._watch.outside()
        return {"record": record.to_dict() if record else None, "versions": versions()}

    def _receive(self, rest: dict[str, Any] | None) -> None:
        if rest is None:
            return
        self._versions |= rest["versions"]
        self._trouble.update(rest["trouble"])
        if rest["record"]:
            self._add(rest["record"])

    def _unused(self) -> list[str]:
        """Allowances that excused nothing; asked only after a run of whole folders in which nothing failed."""
        config = self.config
        option = config.option
        chosen = any(getattr(option, name, None) for name in ("keyword", "markexpr", "lf", "deselect", "stepwise"))
        named = config.args_source is pytest.Config.ArgsSource.ARGS
        folders = [config.invocation_params.dir / arg for arg in config.args] if named else []
        if chosen or not all(folder.is_dir() for folder in folders):
            return []
        if not any(record.sites for record in self.summary.records):
            return []
        ini: list[str] = []
        if not named or any(folder in (config.rootpath, *config.rootpath.iterdir()) for folder in folders):
            from pytest_keras_inference.session.allow import from_ini

            ini = [allowance.where for allowance in from_ini(self.allow_lines)]
        return self.summary.unused_allowances(ini)


def _threshold(text: str) -> int:
    try:
        threshold = int(text)
    except ValueError:
        threshold = 0
    if threshold < 2:
        raise pytest.UsageError(f"keras_inference_threshold = {text}: write a whole number, 2 or more (default 10)")
    return threshold
