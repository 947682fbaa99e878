"""From gradients that were taken to rows of a report: status, cause, and one row per variable over many calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from pytest_keras_inference.gradients.call import GradientCall, status_of
from pytest_keras_inference.gradients.causes import Question, explain, lost_predict
from pytest_keras_inference.gradients.recorder import Recorder
from pytest_keras_inference.gradients.report import GradientReport, GradientRow, Status
from pytest_keras_inference.gradients.trace import Conversion, Node, Op, producers
from pytest_keras_inference.watching.callsite import CallSite


@dataclass(frozen=True)
class Leniency:
    """What a check forgives."""

    allow_none: tuple[str, ...] = ()
    allow_zero: tuple[str, ...] = ()
    allow_predict: bool = False
    atol: float = 0.0

    def forgives(self, status: Status, path: str) -> bool:
        """Whether `status` of the variable at `path` is meant."""
        if status == "none":
            return _matches(path, self.allow_none)
        if status == "zero":
            return _matches(path, self.allow_zero) or _matches(path, self.allow_none)
        return status == "partial" and self.allow_predict

    def require_matches(self, paths: Iterable[str]) -> None:
        """Raise ValueError for a pattern that matches no variable: a misspelt one would excuse nothing, in silence."""
        known = list(dict.fromkeys(paths))
        for name, given in (("allow_none", self.allow_none), ("allow_zero", self.allow_zero)):
            idle = [pattern for pattern in given if not any(_matches(path, [pattern]) for path in known)]
            if idle:
                shown = ", ".join(known[:8]) + (f" and {len(known) - 8} more" if len(known) > 8 else "")
                raise ValueError(f"{name}: {', '.join(map(repr, idle))} matches no variable; the paths are {shown}")


def patterns(given: str | Iterable[str], name: str) -> tuple[str, ...]:
    """A lone pattern, or several. Raises TypeError, which names the argument, for anything else."""
    found = (given,) if isinstance(given, str) else tuple(given) if isinstance(given, Iterable) else (given,)
    if not all(isinstance(one, str) for one in found):
        raise TypeError(f"{name}={given!r}: give the path of a variable, a shell pattern, or a list of them")
    return found


def _matches(path: str, allowed: Iterable[str]) -> bool:
    from fnmatch import fnmatchcase

    return any(path == pattern or fnmatchcase(path, pattern) or path.startswith(f"{pattern}/") for pattern in allowed)


def judge(call: GradientCall, recorder: Recorder, backend: str, lenient: Leniency) -> tuple[GradientRow, ...]:
    """One row per source of `call`, with the cause of each failure."""

    def nodes_of(layer: Any) -> tuple[Node, ...]:
        return recorder.nodes(list(layer.variables))

    rows = []
    for source, gradient in zip(call.sources, call.gradients, strict=True):
        status, norm = status_of(gradient, lenient.atol)
        question = Question(
            trace=recorder.trace,
            source=source,
            target=call.target,
            tape=call.tape,
            backend=backend,
            status=status,
            loss=call.loss,
            foreign_effect=call.foreign_effect,
            site=call.site,
            nodes_of=nodes_of,
        )
        if status == "ok" and lost_predict(question) is not None:
            status = "partial"
            question = replace(question, status=status)
        row = GradientRow(source.path, source.shape, source.dtype, status, norm)
        if status != "ok":
            if not recorder.explaining and call.cause is None:
                rows.append(replace(row, note="allowed" if lenient.forgives(status, source.path) else ""))
                continue
            if call.cause is not None:
                row = replace(row, cause=call.cause)
            elif lenient.forgives(status, source.path):
                row = replace(row, note="allowed")
            elif status == "zero" and _zero_at_initialisation(question, call):
                row = replace(row, note="zero only at initialisation")
            elif status == "zero" and _cancels(question):
                row = replace(row, note="its contributions cancel out")
            else:
                row = replace(row, cause=explain(question))
        rows.append(row)
    return tuple(rows)


def _cancels(question: Question) -> bool:
    """Whether a loss calls the model more than once, as `critic(made) - critic(real)` does, and nothing stops the
    gradient on the way from the variable: what it adds in one call it takes away in the other, as a last bias does."""
    key = question.source.key
    calls = [use for use in question.trace.layers if use.top and any(id(one) == key for one in use.layer.variables)]
    if len(calls) < 2 or not question.path().lively:
        return False
    behind = producers(question.trace, question.target)
    on_the_way = [op for op in question.trace.ops if any(node in behind for node in op.outputs)]
    reads = [op for op in on_the_way if any(node in question.source.nodes for node in op.inputs)]
    return len(reads) > 1 and not any(op.half for op in on_the_way)


def _zero_at_initialisation(question: Question, call: GradientCall) -> bool:
    """Whether the gradient is zero only because a weight that is being trained is still all zero."""
    from pytest_keras_inference.gradients.trace import zero_origin

    path = question.path()
    if path.dead_input is None or path.lively:
        return False
    origin = zero_origin(question.trace, path.dead_input)
    if isinstance(origin, Conversion):
        return False
    training = {
        node
        for source, gradient in zip(call.sources, call.gradients, strict=True)
        if status_of(gradient, 0.0)[0] == "ok"
        for node in source.nodes
    }
    weights = (*origin.inputs, *origin.outputs) if isinstance(origin, Op) else (origin,)
    return any(node in training for node in weights)


@dataclass
class Ledger:
    """Rows of many gradient calls, by the line that took the gradient; a variable fails when it failed every time."""

    backend: str
    calls: dict[CallSite | None, dict[tuple[int, str], list[GradientRow]]] = field(default_factory=dict)
    losses: dict[CallSite | None, float | None] = field(default_factory=dict)

    def add(self, call: GradientCall, rows: tuple[GradientRow, ...]) -> None:
        """Note the rows of one call."""
        kept = self.calls.setdefault(call.site, {})
        self.losses[call.site] = call.loss
        namesakes: Counter[str] = Counter()
        for row in rows:
            kept.setdefault((namesakes[row.path], row.path), []).append(row)
            namesakes[row.path] += 1

    def reports(self) -> tuple[GradientReport, ...]:
        """One report per line that took gradients."""
        return tuple(
            GradientReport(
                rows=tuple(merged(rows) for rows in kept.values()),
                backend=self.backend,
                loss=self.losses[site],
                where=site,
            )
            for site, kept in self.calls.items()
        )


def merged(rows: list[GradientRow]) -> GradientRow:
    """One row for several gradients of one variable: NaN and lost terms count once, None and zero every time."""
    for status in ("nan", "inf", "partial"):
        bad = [row for row in rows if row.status == status and row.failed]
        if bad:
            return bad[0]
    good = [row for row in rows if not row.failed]
    if good and len(good) < len(rows):
        best = next((row for row in good if row.status == "ok"), None)
        if best is None:
            return good[0]
        failed = next(row for row in rows if row.failed)
        word = "None" if failed.status == "none" else "all zero"
        return replace(best, note=f"{word} in {len(rows) - len(good)} of {len(rows)} calls")
    return rows[0] if not good else next((row for row in good if row.status == "ok"), good[0])
