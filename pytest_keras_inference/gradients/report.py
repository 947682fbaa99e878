"""What a gradient check reports: one row per variable, the causes, and the text a person reads."""

from __future__ import annotations

import linecache
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pytest_keras_inference.watching.callsite import CallSite, short_path

Status = Literal["ok", "none", "zero", "nan", "inf", "partial"]
FAILING: tuple[Status, ...] = ("none", "zero", "nan", "inf", "partial")
_SHOWN = {"ok": "ok", "none": "None", "zero": "all zero", "nan": "NaN", "inf": "infinite", "partial": "lost a term"}
_HEALTHY_ROWS_SHOWN = 12


@dataclass(frozen=True)
class Cause:
    """Why a gradient is what it is."""

    kind: str
    """A short name: predict, numpy, untrainable, unreached, unwatched, non-differentiable, before-tape, ..."""
    what: str
    """What happened, in one sentence."""
    instead: str = ""
    """What to write instead."""
    code: str | None = None
    """The rule that says the same of source code, KI101 for example."""
    site: CallSite | None = None
    ruled_out: tuple[str, ...] = ()
    """What the evidence excludes, told where it does not decide."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "kind": self.kind,
            "what": self.what,
            "instead": self.instead,
            "code": self.code,
            "site": site_dict(self.site),
            "ruled_out": list(self.ruled_out),
        }


@dataclass(frozen=True)
class GradientRow:
    """The gradient of one variable or input."""

    path: str
    shape: tuple[int, ...]
    dtype: str
    status: Status
    norm: float | None = None
    """Euclidean norm of the gradient; None when there is no gradient."""
    cause: Cause | None = None
    note: str = ""
    """What was forgiven and why: `allowed`, `zero only at initialisation`, `None in 1 of 4 draws`."""

    @property
    def failed(self) -> bool:
        """Whether this row makes the check fail."""
        return self.status in FAILING and not self.note

    @property
    def site(self) -> CallSite | None:
        """The line of the user's code that is to blame, where there is one."""
        return self.cause.site if self.cause else None

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "path": self.path,
            "shape": list(self.shape),
            "dtype": self.dtype,
            "status": self.status,
            "norm": self.norm,
            "failed": self.failed,
            "note": self.note,
            "cause": self.cause.to_dict() if self.cause else None,
        }


@dataclass(frozen=True)
class GradientReport:
    """The gradients of one loss: `print(report)` shows them in a table, with what is wrong above it."""

    rows: tuple[GradientRow, ...]
    backend: str
    loss: float | None = None
    where: CallSite | None = None
    """The line that took the gradient, when the user's own code did."""
    notes: tuple[str, ...] = ()

    @property
    def failures(self) -> tuple[GradientRow, ...]:
        """The rows that make the check fail."""
        return tuple(row for row in self.rows if row.failed)

    @property
    def ok(self) -> bool:
        """Whether no row failed."""
        return not self.failures

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The distinct causes of the failures, in order of first appearance."""
        return tuple(dict.fromkeys(row.cause for row in self.failures if row.cause))

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "check": "gradient_check",
            "ok": self.ok,
            "backend": self.backend,
            "loss": self.loss,
            "where": site_dict(self.where),
            "rows": [row.to_dict() for row in self.rows],
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        lines = [self._headline()]
        causes = self.causes
        for number, cause in enumerate(causes, 1):
            lines += _cause_lines(f"[{number}] " if len(causes) > 1 else "", cause)
        lines += ["", *self._table(causes)]
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join(lines)

    def _headline(self) -> str:
        total, bad = len(self.rows), len(self.failures)
        gradients = f"{total} gradient" if total == 1 else f"{total} gradients"
        loss = "" if self.loss is None else f"; loss {self.loss:.6g}"
        if not bad:
            return (
                f"{gradients}, every one finite and not zero ({self.backend}{loss})"
                if all(row.status == "ok" for row in self.rows)
                else f"{gradients}, none broken ({self.backend}{loss})"
            )
        at = f" at {self.where}" if self.where else ""
        return f"{bad} of {gradients} {'is' if bad == 1 else 'are'} broken{at} ({self.backend}{loss})"

    def _table(self, causes: tuple[Cause, ...]) -> list[str]:
        shown: list[tuple[str, ...]] = []
        healthy = 0
        for row in self.rows:
            if row.status == "ok" and not row.note:
                healthy += 1
                if healthy > _HEALTHY_ROWS_SHOWN:
                    continue
            norm = "-" if row.norm is None else f"{row.norm:.3g}"
            mark = row.note
            if row.failed and row.cause and len(causes) > 1:
                mark = f"[{causes.index(row.cause) + 1}]"
            shown.append((row.path, str(row.shape), row.dtype, _SHOWN[row.status], norm, mark))
        lines = _aligned([("variable", "shape", "dtype", "gradient", "norm", ""), *shown])
        if healthy > _HEALTHY_ROWS_SHOWN:
            lines.append(f"  and {healthy - _HEALTHY_ROWS_SHOWN} more with finite gradients")
        return lines


class GradientError(AssertionError):
    """A gradient is None, all zero, NaN, infinite or lacks a term; the message is the printed report."""

    def __init__(self, report: GradientReport) -> None:
        super().__init__(str(report))
        self.report = report


def _cause_lines(mark: str, cause: Cause) -> list[str]:
    code = f" ({cause.code})" if cause.code else ""
    lines = ["", f"{mark}{cause.what}{code}"]
    if cause.site:
        linecache.checkcache(cause.site.filename)
        lines.append(f"    {cause.site}")
        lines += [f"        {line}" for line in cause.site.code.splitlines()]
    if cause.ruled_out:
        lines.append("    ruled out: " + ", ".join(cause.ruled_out))
    if cause.instead:
        lines.append(f"    instead: {cause.instead}")
    return lines


def site_dict(site: CallSite | None) -> dict[str, Any] | None:
    """A call site as JSON: filename, line, function, code."""
    if site is None:
        return None
    return {
        "filename": short_path(site.filename),
        "line": site.line,
        "function": site.function,
        "code": site.code,
    }


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
