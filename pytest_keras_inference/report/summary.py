"""What is told at the end of a run: the section in the terminal, the JSON file, the data of the HTML page."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_keras_inference.importhook import MODULES
from pytest_keras_inference.report.record import TestRecord
from pytest_keras_inference.vocabulary import TEXTS
from pytest_keras_inference.watching.calls import SiteCalls
from pytest_keras_inference.watching.callsite import CallSite
from pytest_keras_inference.watching.findings import Finding, merge
from pytest_keras_inference.watching.text import finding_lines
from pytest_keras_inference.watching.tracing import Retracing

VERSION = 1
"""Version of the JSON file; goes up when a reader of the older form would misread it."""


@dataclass(slots=True)
class RunSummary:
    """Everything that the tests of a run reported, from this process or from pytest-xdist's workers."""

    records: list[TestRecord] = field(default_factory=list)
    trouble: set[str] = field(default_factory=set)

    def add(self, record: TestRecord) -> None:
        """One more test. What was called outside tests is the same in every worker, and kept once."""
        if record.test == "" and any(known.test == "" for known in self.records):
            return
        self.records.append(record)

    @property
    def findings(self) -> list[Finding]:
        """All findings that nothing excuses, joined by place, worst time first."""
        return merge(finding for record in self.records for finding in record.findings)

    @property
    def told(self) -> list[Finding]:
        """The findings that the terminal shows."""
        return [finding for finding in self.findings if finding.is_told]

    @property
    def sites(self) -> list[SiteCalls]:
        """All calls joined by place and kind, worst time first."""
        joined: dict[tuple[CallSite, str], SiteCalls] = {}
        for record in self.records:
            for sites in record.sites:
                key = (sites.site, sites.kind)
                if key not in joined:
                    joined[key] = SiteCalls(sites.site, sites.kind, sites.model)
                joined[key].merge(sites)
        return sorted(joined.values(), key=lambda sites: (-sites.seconds, sites.site.filename, sites.site.line))

    @property
    def remarks(self) -> list[str]:
        """What calls left behind: traces, place by place, and memory."""
        worst: dict[tuple[CallSite, str], Retracing] = {}
        for record in self.records:
            for one in record.retracings:
                key = (one.site, one.kind)
                if key not in worst or worst[key].times < one.times:
                    worst[key] = one
        grown = [(record.test, record.growth) for record in self.records if record.growth is not None]
        return [*map(str, worst.values()), *(f"{test}: {growth}" if test else str(growth) for test, growth in grown)]

    def unused_allowances(self, ini: list[str]) -> list[str]:
        """Allowances that excused nothing: of the ini lines given, and of markers whose tests all passed."""
        used = {where for record in self.records for where in record.used}
        failed = {where for record in self.records if not record.passed for where in record.marked}
        marked = {where for record in self.records for where in record.marked}
        return sorted({*ini, *(marked - failed)} - used)

    def lines(self, unused: list[str], *, strict: bool = False) -> list[str]:
        """The terminal section; empty when there is nothing to say. In strict mode the failures of the tests have
        told what happened in them, and only what happened outside tests is left to tell."""
        told = [one for one in self.told if not (strict and one.is_misuse and one.tests)]
        blocks = ["\n".join(finding_lines(finding)) for finding in told]
        rest = (self.remarks, [f"no longer needed: {where}" for where in unused])
        blocks += ["\n".join(lines) for lines in rest if lines]
        return "\n\n".join(blocks).splitlines()

    def to_dict(self, root: Path, versions: dict[str, str]) -> dict[str, Any]:
        """The observations, for `keras-inference check --observations` and other readers."""
        records = self.records
        judged: dict[tuple[CallSite, str], list[tuple[Finding, bool]]] = {}
        excused = merge(finding for record in self.records for finding in record.excused)
        for allowed, findings in ((False, self.findings), (True, excused)):
            for finding in findings:
                judged.setdefault((finding.site, finding.kind), []).append((finding, allowed))
        tests: dict[tuple[CallSite, str], set[str]] = {}
        for record in self.records:
            for sites in record.sites:
                tests.setdefault((sites.site, sites.kind), set()).add(record.test)
        return {
            "version": VERSION,
            "tool": "pytest-keras-inference",
            "root": root.as_posix(),
            **versions,
            "observations": [
                _observation(sites, root, tests[sites.site, sites.kind], judged.get((sites.site, sites.kind), []))
                for sites in self.sites
            ],
            "retracings": [one.to_dict() | {"test": record.test} for record in records for one in record.retracings],
            "memory_growth": [one.growth.to_dict() | {"test": one.test} for one in records if one.growth is not None],
            "reports": [report for record in records for report in record.reports],
            "trouble": sorted(self.trouble),
        }


def _observation(sites: SiteCalls, root: Path, tests: set[str], findings: list[tuple[Finding, bool]]) -> dict[str, Any]:
    path = Path(sites.site.filename)
    site = sites.site
    return {
        "filename": site.filename,
        "path": path.relative_to(root).as_posix() if path.is_relative_to(root) else None,
        "location": {"row": site.line, "column": site.column or None},
        "end_location": {"row": site.end_line, "column": site.end_column or None},
        "function": site.function,
        "line": site.first_line,
        "code": site.code,
        "call": sites.kind,
        "model": sites.model,
        "calls": sites.calls,
        "rows": sites.rows if sites.min_rows is not None else None,
        "min_rows": sites.min_rows,
        "max_rows": sites.max_rows,
        "seconds": round(sites.seconds, 6),
        "first_calls": sites.first_calls,
        "first_seconds": round(sites.first_seconds, 6),
        "recording": sites.recording,
        "tracing": sites.tracing,
        "inside_fit": sites.inside_fit,
        "failed": sites.failed,
        "gradient_lost": sites.gradient_lost,
        "tests": sorted(test for test in tests if test),
        "findings": [
            {
                "code": finding.code,
                "name": finding.name,
                "severity": TEXTS[finding.code].severity,
                "message": finding.evidence,
                "instead": finding.instead,
                "speedup": finding.speedup,
                "allowed": allowed,
            }
            for finding, allowed in findings
        ],
    }


def plain(value: Any) -> Any:
    """Values that JSON and pytest-xdist can carry: NumPy scalars become Python's, NaN and infinity their names."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(one) for one in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    item = getattr(value, "item", None)
    return plain(item()) if callable(item) and getattr(value, "ndim", 1) == 0 else str(value)


def versions() -> dict[str, str]:
    """The Keras version and its backend, of the keras that is imported."""
    for name in MODULES:
        module = sys.modules.get(name)
        if module is not None and hasattr(module, "__version__"):
            config: Any = getattr(module, "config", None)
            backend = config.backend() if name == "keras" and hasattr(config, "backend") else "tensorflow"
            return {"keras": f"{name} {module.__version__}", "backend": str(backend)}
    return {}
