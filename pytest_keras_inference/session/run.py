"""What one pytest session comes to: the watch, each test's record, and what is told and written at the end.

The hooks in `plugin` hand over what pytest tells, and hold the guard: whatever raises in here fails nobody's test.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from pytest_keras_inference import fault
from pytest_keras_inference.report.summary import RunSummary

if TYPE_CHECKING:
    from pytest_keras_inference.session.wholerun import RunWatch
    from pytest_keras_inference.watching.findings import Finding


class Run:
    """Watches once keras is imported, gives each test's record to its report, and tells the end of it."""

    def __init__(self, config: pytest.Config, mode: str, guard: fault.Guard) -> None:
        """Reads the options. Raises pytest.UsageError for one that cannot be."""
        self.config = config
        self.mode = mode
        self.threshold = _threshold(config.getini("keras_inference_threshold"))
        self.allow_lines: list[str] = config.getini("keras_inference_allow")
        if self.allow_lines:
            from pytest_keras_inference.session.allow import from_ini

            from_ini(self.allow_lines)  # a wrong line is told now, not at the end of the run
        self._json: str | None = config.getoption("keras_inference_json")
        self._html: str | None = config.getoption("keras_inference_html")
        self._is_worker = hasattr(config, "workerinput")
        self._watch: RunWatch | None = None
        self._running = ""
        self._reports: dict[str, list[dict[str, Any]]] = {}
        self._told: set[tuple[str, str, str, int]] = set()
        self._passed: set[str] = set()
        self._guarded = guard
        self._summary: RunSummary | None = None
        self._versions: dict[str, str] = {}
        self._written: list[str] = []

    def watch(self) -> None:
        """Watch from now on, if it does not yet: keras has been imported."""
        if self._watch is not None:
            return
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

    def stop(self) -> None:
        """Leave no trace in the process."""
        watch = self._watch
        if watch is not None:
            self._guarded(watch.stop)
            self._note_trouble()
        self._watch = None

    def begin(self, test: str) -> None:
        """Calls from here on belong to this test, or to none ("")."""
        self._running = test
        if self._watch is not None:
            self._watch.begin(test)

    def subtest(self) -> None:
        """A part of the test that is running has ended."""
        if self._watch is not None:
            self._watch.subtest()

    def keep(self, test: str, check: str, report: Any) -> None:
        """Remember the report of a check for the JSON file and the HTML page, if one is asked for."""
        if self._json or self._html:
            from pytest_keras_inference.report.summary import plain

            kept = {"test": test, "check": check, "report": plain(report.to_dict())}
            self._reports.setdefault(test, []).append(kept)

    def measure(self, item: pytest.Item) -> None:
        """Measure what the loops of a test that passed would gain."""
        if self._watch is not None:
            self._watch.measure(item)

    def strict_text(self, item: pytest.Item) -> str:
        """What strict mode fails the test with; empty if there is nothing."""
        from pytest_keras_inference.printable import printable_lines
        from pytest_keras_inference.session.wholerun import failure_text

        new = self._untold(item)
        return printable_lines(failure_text(new)) if new else ""

    def reported(self, item: pytest.Item, report: pytest.TestReport) -> dict[str, Any] | None:
        """Explain a failure; gives the test's record, which the last report of the test is to carry."""
        if report.when == "call" and report.passed:
            self._passed.add(item.nodeid)
        if self._watch is not None and report.failed:
            self._guarded(self._explain, item, report)
        if report.when != "teardown":
            return None
        record = self._guarded(self._record, item)
        self._note_trouble()
        return record

    def add(self, carried: dict[str, Any]) -> None:
        """A test's record has arrived, from this process or from a worker."""
        from pytest_keras_inference.report.record import TestRecord

        self.summary.add(TestRecord.from_dict(carried))

    def rest(self) -> dict[str, Any]:
        """What was called outside tests, and what it all ran on; the watch ends. A worker sends it."""
        rest = self._guarded(self._outside) or {"record": None, "versions": {}}
        self.stop()
        return rest | {"trouble": sorted(self._guarded.faults)}

    def receive(self, rest: dict[str, Any]) -> None:
        """The rest of this process or of a worker has arrived."""
        self._versions |= rest["versions"]
        self._guarded.faults.update(rest["trouble"])
        if rest["record"]:
            self.add(rest["record"])

    def finish(self, rest: dict[str, Any]) -> None:
        """The session is at its end: take the rest of this process in, and write the files."""
        self._guarded(self.receive, rest)
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

            self._summary = RunSummary(trouble=self._guarded.faults)
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

    def _record(self, item: pytest.Item) -> dict[str, Any] | None:
        """What was seen of a test that has ended; None if nothing was."""
        reports = self._reports.pop(item.nodeid, [])
        if self._watch is None and not reports:
            return None
        from pytest_keras_inference.report.record import TestRecord

        record = TestRecord(item.nodeid) if self._watch is None else self._watch.finish(item)
        record.reports = reports
        record.passed = item.nodeid in self._passed
        return record.to_dict() if record else None

    def _outside(self) -> dict[str, Any] | None:
        if self._watch is None:
            return None
        from pytest_keras_inference.report.summary import versions

        record = self._watch.outside()
        return {"record": record.to_dict() if record else None, "versions": versions()}

    def _note_trouble(self) -> None:
        reason = fault.trouble() if self._watch is not None else None
        if reason is not None:
            self._guarded.faults.add(reason)

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
