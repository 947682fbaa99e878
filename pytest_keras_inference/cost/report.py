"""What `measure_cost` found, as data, as a table, as a plot and as one sentence of advice."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import exp, log
from os import PathLike
from typing import Any

PREDICT = "predict"
ON_BATCH = "predict_on_batch"
DIRECT = "direct call"
COMPILED = "compiled call"
WHOLE = "predict, one batch"
"""`predict(x, batch_size=len(x))`, where that is more than the 32 rows of a batch by default."""
WAYS = (PREDICT, WHOLE, ON_BATCH, DIRECT, COMPILED)

_WRITE = {
    PREDICT: "model.predict(x)",
    WHOLE: "model.predict(x, batch_size=len(x))",
    ON_BATCH: "model.predict_on_batch(x)",
    DIRECT: "model(x, training=False)",
}
_COMPILE = {"tensorflow": "tf.function(model)", "jax": "jax.jit(model.stateless_call)", "torch": "torch.compile(model)"}
_WORTH = 1.5
"""A way that is less than this much faster is not worth a rewrite."""


@dataclass(frozen=True)
class Timing:
    """One way of calling the model at one number of rows."""

    way: str
    rows: int
    seconds: float
    """The median of `runs` calls."""
    speedup: float
    """How much faster than predict: the median over rounds, in each of which every way ran once."""
    runs: int
    peak_bytes: int | None
    """How much memory grew while it ran; None where the platform cannot tell."""
    spread: float | None = None
    """How far the middle half of the rounds lies from `speedup`, as a share of it; None if nobody looked."""


@dataclass(frozen=True)
class CostReport:
    """What a call of the model costs, by way and by number of rows."""

    model: str
    keras: str
    backend: str
    device: str
    timings: tuple[Timing, ...]
    unavailable: tuple[tuple[str, str], ...]
    """Ways that cannot be measured here, with the reason."""
    alone: bool = True
    """False under pytest-xdist, where other tests take the processor: then nothing is concluded from the times."""
    notes: tuple[str, ...] = ()
    """What was left out, and why."""

    @property
    def batch_sizes(self) -> tuple[int, ...]:
        """The numbers of rows measured, ascending."""
        return tuple(sorted({timing.rows for timing in self.timings}))

    @property
    def crossover(self) -> int | None:
        """Rows from which predict is no slower than a direct call; None if it stayed slower, or cannot be told.

        Between two measured sizes it is interpolated on logarithmic axes.
        """
        points = [(rows, timing.speedup) for rows in self.batch_sizes if (timing := self.timing(DIRECT, rows))]
        if not self.alone or not points or points[-1][1] > 1:
            return None
        slower = [index for index, (_, speedup) in enumerate(points) if speedup > 1]
        if not slower:
            return points[0][0]
        (low, fast), (high, slow) = points[slower[-1]], points[slower[-1] + 1]
        if slow >= 1:
            return high
        share = log(fast) / (log(fast) - log(slow))
        return round(exp(log(low) + share * (log(high) - log(low))))

    @property
    def recommendation(self) -> str:
        """What to call, in one sentence."""
        if not self.timings:
            return "Nothing was measured."
        if not self.alone:
            return "No advice: under pytest-xdist other tests take the processor; run this test alone, with -n0."
        few, many = self.batch_sizes[0], self.batch_sizes[-1]
        at_few = [timing for way in WAYS if (timing := self.timing(way, few))]
        best = max(at_few, key=lambda timing: timing.speedup)
        if best.way == PREDICT or best.speedup < _WORTH:
            advice = f"Keep predict: at {_rows(few)} nothing else is much faster"
        else:
            written = _COMPILE.get(self.backend, COMPILED) if best.way == COMPILED else _WRITE[best.way]
            advice = f"At {_rows(few)} use {written}, {_times(best.speedup)} faster than predict"
        return f"{advice}; {self._turn()}{self._memory(many)}{self._one_batch(many)}."

    def timing(self, way: str, rows: int) -> Timing | None:
        """The measurement of one way at one number of rows; None if there is none."""
        return next((one for one in self.timings if one.way == way and one.rows == rows), None)

    def table(self) -> str:
        """Median times, with how much faster than predict each is, and peak memory where it is known."""
        ways = [way for way in WAYS if any(timing.way == way for timing in self.timings)]
        lines = _grid(
            [["rows", *ways]] + [[f"{rows:,}", *(self._cell(way, rows) for way in ways)] for rows in self.batch_sizes]
        )
        if any(timing.peak_bytes is not None for timing in self.timings):
            cells = [[f"{rows:,}", *(_megabytes(self.timing(way, rows)) for way in ways)] for rows in self.batch_sizes]
            lines += ["", "memory added at the peak, MB", *_grid([["rows", *ways], *cells])]
        return "\n".join(lines)

    def plot(self, path: str | PathLike[str]) -> None:
        """Write a chart of time per row against rows to `path`; its ending says the format (png, svg, pdf).

        Raises ImportError with the way out when matplotlib is missing.
        """
        try:
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from matplotlib.figure import Figure
        except ImportError as error:
            raise ImportError(
                "CostReport.plot needs matplotlib: pip install 'pytest-keras-inference[plot]' "
                "(table() and to_dict() work without it)"
            ) from error

        figure = Figure(figsize=(7, 4.5), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        for way in WAYS:
            points = [timing for rows in self.batch_sizes if (timing := self.timing(way, rows))]
            if points:
                axes.plot([p.rows for p in points], [p.seconds / p.rows * 1e3 for p in points], marker="o", label=way)
        crossover = self.crossover
        if crossover is not None and crossover > self.batch_sizes[0]:
            axes.axvline(crossover, linestyle=":", color="gray", label=f"predict catches up: {crossover:,} rows")
        axes.set(
            xscale="log",
            yscale="log",
            xlabel="rows",
            ylabel="milliseconds per row",
            title=f"{self.model}, {self.keras}",
        )
        axes.grid(alpha=0.3)
        axes.legend()
        figure.savefig(path)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "model": self.model,
            "keras": self.keras,
            "backend": self.backend,
            "device": self.device,
            "timings": [asdict(timing) for timing in self.timings],
            "alone": self.alone,
            "unavailable": [{"way": way, "reason": reason} for way, reason in self.unavailable],
            "crossover": self.crossover,
            "recommendation": self.recommendation,
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        missing = [f"{way} not measured: {reason}" for way, reason in self.unavailable]
        head = f"{self.model}, {self.keras}, {self.device}: median time of a call (and how much faster than predict)"
        notes = [f"note: {note}" for note in self.notes]
        return "\n".join([head, "", self.table(), "", *missing, *notes, self.recommendation])

    def _cell(self, way: str, rows: int) -> str:
        timing = self.timing(way, rows)
        if timing is None:
            return "-"
        if way == PREDICT:
            return _seconds(timing.seconds)
        spread = "" if timing.spread is None else f" +-{timing.spread:.0%}"
        return f"{_seconds(timing.seconds)} ({_times(timing.speedup)}{spread})"

    def _turn(self) -> str:
        crossover, many = self.crossover, self.batch_sizes[-1]
        if self.timing(DIRECT, many) is None:
            return "no direct call was measured"
        if crossover is None:
            where = "up to" if len(self.batch_sizes) > 1 else "at"
            return f"a direct call stays faster than predict {where} {_rows(many)}"
        if crossover == self.batch_sizes[0]:
            return f"predict is no slower than a direct call from {_rows(crossover)} on"
        return f"predict is no slower than a direct call from about {_rows(_rounded(crossover))} on"

    def _memory(self, rows: int) -> str:
        predict, direct = self.timing(PREDICT, rows), self.timing(DIRECT, rows)
        if predict is None or direct is None or not predict.peak_bytes or not direct.peak_bytes:
            return ""
        ratio = direct.peak_bytes / predict.peak_bytes
        if ratio < 2 or direct.peak_bytes - predict.peak_bytes < 10e6:
            return ""
        return f", and at {_rows(rows)} predict needs {_times(ratio)[:-1]} times less memory"

    def _one_batch(self, rows: int) -> str:
        whole = self.timing(WHOLE, rows)
        if whole is None or whole.speedup < _WORTH:
            return ""
        return f"; at {_rows(rows)} predict(x, batch_size={rows}) is {_times(whole.speedup)} faster than predict(x)"


def _grid(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]


def _megabytes(timing: Timing | None) -> str:
    if timing is None or timing.peak_bytes is None:
        return "-"
    return f"{timing.peak_bytes / 1e6:,.1f}"


def _seconds(value: float) -> str:
    if value >= 1:
        return f"{value:.3g} s"
    if value >= 1e-3:
        return f"{value * 1e3:.3g} ms"
    return f"{value * 1e6:.3g} us"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}x" if ratio >= 10 else f"{ratio:.2g}x"


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _rounded(count: int) -> int:
    """Two figures are all that an interpolation deserves."""
    return int(float(f"{count:.2g}"))
