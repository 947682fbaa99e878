"""`--keras-inference-html`: what a run observed as one page that needs nothing but itself.

Takes what `report.RunSummary.to_dict` gives, the same as the JSON file holds. Every text is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from math import isfinite, log10
from typing import Any

from pytest_keras_inference.watching.calls import DIRECT
from pytest_keras_inference.watching.text import count, seconds

_STYLE = """
:root { --ink: #1d2330; --soft: #667085; --line: #e2e6ee; --bar: #5b8def; --bad: #c43d3d; --warn: #b7791f;
  --ok: #2f855a; --paper: #fff; --wash: #f6f8fb; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9f0; --soft: #98a2b3; --line: #343b4a; --paper: #171b24;
  --wash: #1f2530; --bar: #7aa5ff; --bad: #ff8080; --warn: #e8b95b; --ok: #6fce9f; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin-bottom: 0; } h2 { font-size: 1.1rem; margin-top: 2.2rem; } h3 { font-size: 1rem; }
p.sub { color: var(--soft); margin-top: .2rem; }
article { border: 1px solid var(--line); border-left: 4px solid var(--soft); border-radius: 4px; padding: .6rem .9rem;
  margin: .8rem 0; }
article.error { border-left-color: var(--bad); } article.warning { border-left-color: var(--warn); }
article.allowed { opacity: .65; }
pre, code { font: 13px/1.45 ui-monospace, monospace; } pre { background: var(--wash); padding: .5rem .7rem;
  overflow-x: auto; margin: .5rem 0; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .25rem .6rem;
  border-bottom: 1px solid var(--line); vertical-align: top; } th { color: var(--soft); font-weight: 600; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.bar { width: 30%; } td.bar div { background: var(--bar); height: .8em; border-radius: 2px; min-width: 1px; }
.bad { color: var(--bad); } .ok { color: var(--ok); } .soft { color: var(--soft); }
svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
"""

_LINE_COLOURS = ("#5b8def", "#e07b39", "#2f9e6e", "#a463c9")


def page(data: dict[str, Any]) -> str:
    """The whole page for the observations of a run."""
    observations: list[dict[str, Any]] = data["observations"]
    found = [(finding, one) for one in observations for finding in one["findings"]]
    shown = [pair for pair in found if pair[0]["severity"] != "info"]
    versions = ", ".join(data[name] for name in ("keras", "backend") if name in data)
    calls = sum(one["calls"] for one in observations)
    parts = [
        "<h1>Keras inference</h1>",
        f'<p class="sub">{escape(versions)}{" · " if versions else ""}{count(calls, "call")} from '
        f"{count(len(observations), 'place')}</p>",
        *(f'<p class="bad">The watch switched itself off: {escape(reason)}</p>' for reason in data["trouble"]),
        _findings(shown),
        _sites(observations),
        _applied(data.get("gradients", [])),
        *(_report(report) for report in data["reports"]),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Keras inference</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def _findings(pairs: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> str:
    if not pairs:
        return '<h2>Findings</h2>\n<p class="ok">None.</p>'
    blocks: list[str] = []
    for finding, one in pairs:
        gain = f", predict_on_batch {finding['speedup']:.0f}x faster" if finding["speedup"] else ""
        allowed = " allowed" if finding["allowed"] else ""
        note = ' <span class="soft">(allowed)</span>' if finding["allowed"] else ""
        blocks.append(
            f'<article class="{escape(finding["severity"])}{allowed}">\n'
            f"<strong>{escape(finding['code'])} {escape(finding['name'])}</strong>{note} "
            f'<code>{escape(_place(one))}</code>\n<span class="soft">{_figures(one)}{gain}</span>\n'
            f"<pre>{escape(one['code'])}</pre>\n"
            f"<div>{escape(finding['message'])}. Instead: {escape(finding['instead'])}</div>\n</article>"
        )
    return "<h2>Findings</h2>\n" + "\n".join(blocks)


def _sites(observations: Sequence[dict[str, Any]]) -> str:
    if not observations:
        return ""
    longest = max(one["seconds"] for one in observations) or 1.0
    rows = [
        [
            f"<code>{escape(_place(one))}</code>",
            escape(_call(one["call"])),
            f"{one['calls']:,}",
            "" if one["rows"] is None else f"{one['rows']:,}",
            seconds(one["seconds"]),
            f'<div style="width:{100 * one["seconds"] / longest:.1f}%"></div>',
        ]
        for one in observations
    ]
    return "<h2>Time by call site</h2>\n" + _table(
        ["place", "call", "calls", "rows", "time", ""], rows, numbers=(2, 3, 4), bars=(5,)
    )


def _applied(gradients: Sequence[dict[str, Any]]) -> str:
    """Gradients that optimizers were given, of a program that was watched."""
    if not gradients:
        return ""
    rows = [
        [
            f"<code>{escape(one['where']['filename'])}:{one['where']['line']}</code>",
            f'<span class="bad">{escape(one["status"])}</span>',
            escape(", ".join(one["variables"])),
            f"{one['first_step']:,}",
            escape(one["cause"]["what"] if one["cause"] else ""),
        ]
        for one in gradients
    ]
    head = ["place", "gradient", "variables", "since step", "why"]
    return "<h2>Gradients given to optimizers</h2>\n" + _table(head, rows, numbers=(3,))


def _report(kept: dict[str, Any]) -> str:
    report = kept["report"]
    draw: dict[str, Callable[[dict[str, Any]], str]] = {
        "gradient_check": _gradients,
        "gradient_check.watch": _gradients,
        "mode_check": _modes,
        "predict_parity": _parity,
        "inference_cost": _cost,
    }
    return f"<h2>{escape(kept['check'])} <code>{escape(kept['test'])}</code></h2>\n" + draw[kept["check"]](report)


def _gradients(report: dict[str, Any]) -> str:
    """Norms as bars on a logarithmic scale: gradients that vanish and explode differ by powers of ten."""
    norms = [row["norm"] for row in report["rows"] if isinstance(row["norm"], float) and row["norm"] > 0]
    low, high = (log10(min(norms)), log10(max(norms))) if norms else (0.0, 0.0)
    rows: list[list[str]] = []
    for row in report["rows"]:
        norm = row["norm"]
        positive = isinstance(norm, float) and norm > 0
        width = 100 * (log10(norm) - low + 0.5) / (high - low + 0.5) if positive else 0
        cause = row["cause"]["what"] if row["cause"] else row["note"]
        rows.append(
            [
                f"<code>{escape(row['path'])}</code>",
                escape(" x ".join(map(str, row["shape"]))),
                f'<span class="{"bad" if row["failed"] else "ok"}">{escape(row["status"])}</span>',
                "" if norm is None else escape(f"{norm:.3g}" if isinstance(norm, (int, float)) else str(norm)),
                f'<div style="width:{width:.1f}%"></div>' if positive else "",
                escape(cause),
            ]
        )
    head = ["variable", "shape", "gradient", "norm", "log scale", "why"]
    return _table(head, rows, numbers=(3,), bars=(4,))


def _modes(report: dict[str, Any]) -> str:
    lines = [f"<p>{escape(report['model'])}: {_differs(report['training_difference'], 'training', 'inference')}; "]
    lines.append(f"{_differs(report['bare_difference'], 'a bare call', 'inference')}.</p>")
    if report["origin"]:
        lines.append(f"<p>First divergence: <code>{escape(report['origin'])}</code></p>")
    largest = max((_size(layer) for layer in report["layers"]), default=0.0) or 1.0
    rows = [
        [
            f"<code>{escape(layer['path'])}</code>",
            escape(layer["kind"]),
            escape(f"{_size(layer):.3g}" if layer["difference"] else ""),
            f'<div style="width:{100 * _size(layer) / largest:.1f}%"></div>',
            escape(", ".join(layer["state"])),
        ]
        for layer in report["layers"]
    ]
    if rows:
        head = ["layer", "class", "divergence", "", "state that training changes"]
        lines.append(_table(head, rows, numbers=(2,), bars=(3,)))
    lines.extend(f"<p>{escape(str(note.get('text', '')))}</p>" for note in report["notes"])
    return "\n".join(lines)


def _parity(report: dict[str, Any]) -> str:
    rows = [
        [
            f"<code>{escape(way['way'])}</code>",
            '<span class="ok">agrees</span>'
            if way["difference"] is None and not way["error"]
            else f'<span class="{"bad" if way["required"] else "soft"}">'
            f"{escape(way['error'] or _difference_text(way['difference']))}</span>",
        ]
        for way in report["ways"]
    ]
    causes = "".join(f"<p>{escape(cause['text'])}</p>" for cause in report["causes"])
    return _table([f"against {report['reference']}", ""], rows) + causes


def _cost(report: dict[str, Any]) -> str:
    lines: dict[str, list[tuple[float, float]]] = {}
    for timing in report["timings"]:
        lines.setdefault(timing["way"], []).append((timing["rows"], 1000 * timing["seconds"] / timing["rows"]))
    advice = f"<p>{escape(report['model'])}: {escape(report['recommendation'])}</p>"
    return advice + _chart(lines, report["crossover"])


def _chart(lines: dict[str, list[tuple[float, float]]], crossover: float | None) -> str:
    """Milliseconds a row against rows, both logarithmic, one line a way of calling."""
    points = [point for line in lines.values() for point in line if point[0] > 0 and point[1] > 0]
    if not points:
        return ""
    left, right, top, bottom = 60, 640, 16, 260
    low_x, high_x = _span([log10(x) for x, _ in points])
    low_y, high_y = _span([log10(y) for _, y in points])

    def across(x: float) -> float:
        return left + (log10(x) - low_x) / (high_x - low_x) * (right - left)

    def down(y: float) -> float:
        return bottom - (log10(y) - low_y) / (high_y - low_y) * (bottom - top)

    parts = ['<svg viewBox="0 0 820 300" role="img" aria-label="milliseconds a row by number of rows">']
    for power in range(int(low_y // 1), int(high_y // 1) + 1):
        if low_y <= power <= high_y:
            y = down(10.0**power)
            parts.append(f'<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--line)"/>')
            parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g} ms</text>')
    for x in sorted({x for x, _ in points}):
        parts.append(f'<text x="{across(x):.1f}" y="{bottom + 20}" text-anchor="middle">{x:,.0f}</text>')
    parts.append(f'<text x="{right}" y="{bottom + 36}" text-anchor="end">rows; milliseconds a row</text>')
    if crossover is not None and low_x <= log10(crossover) <= high_x:
        x = across(crossover)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}" stroke="var(--soft)" ')
        parts.append(f'stroke-dasharray="4 4"/><text x="{x + 4:.1f}" y="{top + 10}">crossover {crossover:,.0f}</text>')
    for number, (way, line) in enumerate(lines.items()):
        colour = _LINE_COLOURS[number % len(_LINE_COLOURS)]
        path = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in sorted(line) if y > 0)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        row = top + 18 * number + 10
        parts.append(f'<line x1="656" x2="676" y1="{row - 4}" y2="{row - 4}" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="682" y="{row}">{escape(way)}</text>')
    parts.append("</svg>")
    return "".join(parts)


def _span(values: Iterable[float]) -> tuple[float, float]:
    kept = list(values)
    low, high = min(kept), max(kept)
    return (low - 0.1, high + 0.1) if high - low < 0.2 else (low, high)


def _table(
    head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = (), bars: Sequence[int] = ()
) -> str:
    """A table of cells that are HTML already; the heads are text."""

    def cell(tag: str, column: int, text: str) -> str:
        kind = ' class="n"' if column in numbers else ' class="bar"' if column in bars and tag == "td" else ""
        return f"<{tag}{kind}>{text}</{tag}>"

    top = "".join(cell("th", column, escape(text)) for column, text in enumerate(head))
    body = "\n".join("<tr>" + "".join(cell("td", n, text) for n, text in enumerate(row)) + "</tr>" for row in rows)
    return f"<table>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _place(one: dict[str, Any]) -> str:
    return f"{one['path'] or one['filename']}:{one['location']['row']}"


def _figures(one: dict[str, Any]) -> str:
    rows = "" if one["rows"] is None else f", {count(one['rows'], 'row')}"
    return f"{count(one['calls'], 'call')}{rows}, {seconds(one['seconds'])}"


def _call(kind: str) -> str:
    return "model(x)" if kind == DIRECT else kind


def _differs(difference: dict[str, Any] | None, one: str, other: str) -> str:
    if difference is None:
        return f"{one} returns what {other} returns"
    return f'<span class="bad">{one} differs from {other}: {escape(_difference_text(difference))}</span>'


def _difference_text(difference: dict[str, Any]) -> str:
    if "mismatch" in difference:
        return f"{difference['output']}: {difference['mismatch']}"
    by = difference["difference"]
    size = f" by {by:.3g}" if isinstance(by, (int, float)) else ""
    return f"{difference['output']}{size}, {difference['differing']:,} of {difference['size']:,} values"


def _size(layer: dict[str, Any]) -> float:
    """A layer's divergence as a number; 0 where it is none or not finite."""
    value = (layer["difference"] or {}).get("difference")
    return float(value) if isinstance(value, (int, float)) and isfinite(value) else 0.0
