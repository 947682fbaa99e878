"""From counted calls to findings: what is misuse, under which rule, and what to write instead.

Test data are small and machines differ, so a finding rests on the shape of the calls, never on seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from pytest_keras_inference.vocabulary import TEXTS
from pytest_keras_inference.watching.calls import DIRECT, SiteCalls
from pytest_keras_inference.watching.callsite import CallSite

SMALL_ROWS = 32
"""A call with fewer rows than Keras's default batch is small: most of its time is overhead."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A place that misuses predict, with what was measured there.

    `evidence` says what in the calls shows it. `instead` is what to write. `tests` are node ids, sorted.
    `speedup` is how many times faster predict_on_batch was measured here; None if it was not measured.
    """

    code: str
    site: CallSite
    kind: str
    calls: int
    rows: int
    min_rows: int | None
    max_rows: int | None
    seconds: float
    evidence: str
    instead: str
    tests: tuple[str, ...] = ()
    speedup: float | None = None

    @property
    def name(self) -> str:
        """The rule's name."""
        return TEXTS[self.code].name

    @property
    def is_misuse(self) -> bool:
        """Whether it is more than a remark: its rule's severity is warning or error."""
        return TEXTS[self.code].severity != "info"

    @property
    def is_told(self) -> bool:
        """Whether a person is told: of misuse, and of calls that changed a model on the way."""
        return self.is_misuse or self.code == "KI306"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, which JSON and pytest-xdist can carry."""
        return asdict(self) | {"tests": list(self.tests)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Finding:
        """What `to_dict` made."""
        return cls(**{**data, "site": CallSite(**data["site"]), "tests": tuple(data["tests"])})


def judge(sites: Iterable[SiteCalls], threshold: int) -> list[Finding]:
    """What is to be said of the counted calls of one test, worst time first.

    A place is a loop when it calls predict or evaluate on the same model at least `threshold` times with fewer than
    32 rows. Calls within `fit` are never misuse.
    """
    found = [finding for calls in sites if (finding := _judge_one(calls, threshold)) is not None]
    return sorted(found, key=lambda finding: (-finding.seconds, finding.site.filename, finding.site.line))


def merge(findings: Iterable[Finding]) -> list[Finding]:
    """One finding per code and place, the tests and figures of all joined, worst time first."""
    joined: dict[tuple[str, CallSite, str], Finding] = {}
    for finding in findings:
        key = (finding.code, finding.site, finding.kind)
        known = joined.get(key)
        joined[key] = finding if known is None else _join(known, finding)
    return sorted(joined.values(), key=lambda finding: (-finding.seconds, finding.site.filename, finding.site.line))


def _join(one: Finding, two: Finding) -> Finding:
    speedups = [speedup for speedup in (one.speedup, two.speedup) if speedup is not None]
    worst = one if one.seconds >= two.seconds else two
    return Finding(
        code=one.code,
        site=one.site,
        kind=one.kind,
        calls=one.calls + two.calls,
        rows=one.rows + two.rows,
        min_rows=_least(one.min_rows, two.min_rows),
        max_rows=_most(one.max_rows, two.max_rows),
        seconds=one.seconds + two.seconds,
        evidence=worst.evidence,
        instead=worst.instead,
        tests=tuple(sorted({*one.tests, *two.tests})),
        speedup=max(speedups) if speedups else None,
    )


def _least(one: int | None, two: int | None) -> int | None:
    known = [value for value in (one, two) if value is not None]
    return min(known) if known else None


def _most(one: int | None, two: int | None) -> int | None:
    known = [value for value in (one, two) if value is not None]
    return max(known) if known else None


def _judge_one(calls: SiteCalls, threshold: int) -> Finding | None:
    if calls.kind == DIRECT:
        return None
    outside = calls.calls - calls.inside_fit
    if calls.tracing and calls.failed:
        return finding_of("KI102", calls, f"{calls.kind} was called while a graph was traced, and raised")
    if calls.gradient_lost:
        return finding_of(
            "KI101", calls, f"{calls.kind} ran while a tape recorded, and the tape was asked for gradients through it"
        )
    if calls.recording and outside:
        return finding_of("KI104", calls, f"{calls.kind} ran while a tape recorded")
    if calls.kind not in ("predict", "evaluate") or outside < threshold:
        return None
    if calls.max_rows is None or calls.max_rows >= SMALL_ROWS:
        return None
    # the first call of a place has no predecessor to compare with
    if calls.repeats >= calls.calls - 1 > 0:
        return finding_of("KI204", calls, "every call had the same input and gave the same output")
    if calls.slices >= calls.calls - 1 > 0:
        return finding_of("KI201", calls, "every input was cut from one array")
    return finding_of("KI202", calls, "the same model, a few rows at a time")


def finding_of(code: str, calls: SiteCalls, evidence: str) -> Finding:
    """What is said of the calls of one place that a rule is about."""
    return Finding(
        code=code,
        site=calls.site,
        kind=calls.kind,
        calls=calls.calls,
        rows=calls.rows,
        min_rows=calls.min_rows,
        max_rows=calls.max_rows,
        seconds=calls.seconds,
        evidence=evidence,
        instead=_instead(code, calls.kind),
        tests=(calls.test,) if calls.test else (),
    )


def _instead(code: str, kind: str) -> str:
    if code == "KI201":
        return f"one call for all samples: model.{kind}(x, batch_size=...)"
    if code == "KI202" and kind == "predict":
        return f"{TEXTS[code].instead}; one call for all samples if they do not depend on each other"
    if code == "KI202":
        return f"one {kind} call for all samples"
    return TEXTS[code].instead
