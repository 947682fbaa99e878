"""What one test did, or what was called outside of tests, as it travels to the one who reports it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pytest_keras_inference.watching.calls import SiteCalls
from pytest_keras_inference.watching.findings import Finding
from pytest_keras_inference.watching.growth import Growth
from pytest_keras_inference.watching.tracing import Retracing


@dataclass(slots=True)
class TestRecord:
    """What one test did, as it travels from the process that ran it to the one that reports.

    `excused` are findings that an allowance covers, `used` names those allowances, `marked` the allowances of the
    test's markers. `reports` are those of the checks that the test made. `retracings` and `growth` say what its calls
    left behind.
    """

    __test__ = False  # to pytest: no test class

    test: str
    passed: bool = True
    sites: list[SiteCalls] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    excused: list[Finding] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)
    retracings: list[Retracing] = field(default_factory=list)
    growth: Growth | None = None

    def __bool__(self) -> bool:
        return bool(self.sites or self.marked or self.reports)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for pytest-xdist."""
        return {
            "test": self.test,
            "passed": self.passed,
            "sites": [sites.to_dict() for sites in self.sites],
            "findings": [finding.to_dict() for finding in self.findings],
            "excused": [finding.to_dict() for finding in self.excused],
            "used": self.used,
            "marked": self.marked,
            "reports": self.reports,
            "retracings": [retracing.to_dict() for retracing in self.retracings],
            "growth": None if self.growth is None else self.growth.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> TestRecord:
        """What `to_dict` made."""
        return cls(
            **{
                **data,
                "sites": [SiteCalls.from_dict(sites) for sites in data["sites"]],
                "findings": [Finding.from_dict(finding) for finding in data["findings"]],
                "excused": [Finding.from_dict(finding) for finding in data["excused"]],
                "retracings": [Retracing.from_dict(retracing) for retracing in data["retracings"]],
                "growth": None if data["growth"] is None else Growth(**data["growth"]),
            }
        )
