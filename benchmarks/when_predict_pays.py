"""When `predict` pays: its cost beside the other ways of calling a model, on three backends, and charts of it.

Run: python benchmarks/when_predict_pays.py measure [--gpu] [--to FILE] [BACKEND ...]    (a process for each backend)
     python benchmarks/when_predict_pays.py merge [--gpu] FILE ...
     python benchmarks/when_predict_pays.py draw

`measure` writes what `pytest_keras_inference.measure_cost` finds, with the versions it was found on, to
`when_predict_pays.json` beside this file, with `--gpu` to `when_predict_pays_gpu.json`; `merge` puts there what was
measured on another machine; `draw` makes the charts and the tables of `docs/when-predict-pays.md` from both files
(matplotlib), those of a GPU where its file is there. The ways take turns in every round, so ratios hold on a busy
machine; milliseconds are of that machine.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "when-predict-pays.md"
CHARTS = ROOT / "docs" / "charts"
NAMES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "torch"}
MODELS = {
    "mlp": "three Dense layers, 32 numbers a row",
    "cnn": "three Conv2D layers, 32 x 32 x 3 a row",
    "lstm": "an LSTM of 64 units, 50 steps of 16 numbers a row",
}
SIZES = {"mlp": (1, 8, 32, 256, 2048, 16384), "cnn": (1, 8, 32, 256, 2048), "lstm": (1, 8, 32, 256, 2048)}
WAYS = ("predict", "predict_on_batch", "direct call", "compiled call")
COLOURS = ("#c62828", "#1565c0", "#ef6c00", "#2e7d32")
MARKERS = ("o", "s", "^", "D")


@dataclass(frozen=True)
class Device:
    """Where is measured, and where that is kept."""

    data: Path
    backends: tuple[str, ...]
    charts: str
    """What the names of its charts end with."""
    environment: dict[str, str]


CPU = Device(
    data=Path(__file__).with_suffix(".json"),
    backends=("tensorflow", "jax", "torch"),
    charts="",
    # torch's threads wait for each other in busy loops: beside other work two are many times slower than one.
    environment={"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "OMP_NUM_THREADS": "1"},
)
GPU = Device(
    data=Path(__file__).with_name("when_predict_pays_gpu.json"),
    backends=("jax", "torch"),
    charts="_gpu",
    environment={"TF_CPP_MIN_LOG_LEVEL": "3", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"},
)


# Measuring


def build(name: str) -> Any:
    """One of the models, with weights that differ from run to run: the cost does not depend on them."""
    import keras

    layers = keras.layers
    if name == "mlp":
        dense = [layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu"), layers.Dense(10)]
        return keras.Sequential([keras.Input((32,)), *dense], name=name)
    if name == "cnn":
        convolutions = [layers.Conv2D(32, 3, activation="relu") for _ in range(3)]
        end = [layers.GlobalAveragePooling2D(), layers.Dense(10)]
        return keras.Sequential([keras.Input((32, 32, 3)), *convolutions, *end], name=name)
    return keras.Sequential([keras.Input((50, 16)), layers.LSTM(64), layers.Dense(1)], name=name)


def measure_here() -> dict[str, Any]:
    """What each model costs on the backend of this process."""
    import keras
    import numpy as np

    from pytest_keras_inference import measure_cost

    backend = keras.backend.backend()
    reports = {}
    for name, sizes in SIZES.items():
        model = build(name)
        sample = np.random.default_rng(0).normal(size=(1, *model.input_shape[1:])).astype("float32")
        reports[name] = measure_cost(model, sample, batch_sizes=sizes).to_dict()
        print(f"{backend} {name}: {reports[name]['recommendation']}", file=sys.stderr)
    return {"version": version(backend), "keras": version("keras"), "models": reports}


def measure(device: Device, backends: list[str], target: Path) -> None:
    """Measure on each backend in turn; what was measured before on the others stays."""
    data = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {"backends": {}}
    for backend in backends:
        run = subprocess.run(
            [sys.executable, __file__, "here"],
            env=os.environ | device.environment | {"KERAS_BACKEND": backend},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        found = json.loads(run.stdout.splitlines()[-1])
        used = {report["device"] for report in found["models"].values()}
        if device is GPU and used != {"GPU"}:
            raise SystemExit(f"--gpu: {backend} ran on {', '.join(sorted(used))}; it sees no GPU")
        data["backends"][backend] = found
        data["machine"] = machine(device)
        data["date"] = datetime.date.today().isoformat()
        target.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def merge(device: Device, files: list[Path]) -> None:
    """Put what was measured on another machine where `draw` finds it."""
    data: dict[str, Any] = {"backends": {}}
    for file in files:
        found = json.loads(file.read_text(encoding="utf-8"))
        data |= {key: value for key, value in found.items() if key != "backends"}
        data["backends"] |= found["backends"]
    device.data.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def machine(device: Device) -> str:
    """What does the work, in words."""
    words = f"{os.cpu_count()} CPU cores ({platform.machine()}), Python {platform.python_version()}"
    if device is CPU:
        return words
    query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    names = subprocess.run(query, capture_output=True, text=True, check=True).stdout.split("\n")
    return f"{names[0].strip()}, {words}"


# Telling


def load(device: Device = CPU) -> dict[str, Any]:
    """The measurements."""
    return json.loads(device.data.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def digest(device: Device = CPU) -> str:
    """What a chart carries to say which measurements it shows."""
    return hashlib.sha256(device.data.read_bytes()).hexdigest()[:16]


def points(data: dict[str, Any], backend: str, model: str, way: str, key: str) -> list[tuple[int, float]]:
    """(rows, value) of one way of calling, ascending; empty where it could not be measured."""
    timings = data["backends"][backend]["models"][model]["timings"]
    return sorted((t["rows"], t[key]) for t in timings if t["way"] == way and t[key] is not None)


def figure(value: float) -> str:
    """Two figures: what a measurement on a busy machine deserves."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def ratios(data: dict[str, Any], model: str) -> str:
    """How much faster than predict each way is, for every backend and size: a Markdown table."""
    lines = [
        "| backend | rows | predict | predict_on_batch | direct call | compiled call |",
        "|---|---|---|---|---|---|",
    ]
    for backend in data["backends"]:
        for rows, seconds in points(data, backend, model, "predict", "seconds"):
            cells = [f"{figure(seconds * 1e3)} ms"]
            for way in WAYS[1:]:
                speedup = dict(points(data, backend, model, way, "speedup")).get(rows)
                cells.append("-" if speedup is None else f"{figure(speedup)}x")
            lines.append(f"| {backend} | {rows:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def memory(data: dict[str, Any]) -> str:
    """The memory that each way adds at its peak, for the largest batch of the CNN: a Markdown table."""
    rows = SIZES["cnn"][-1]
    lines = [f"| backend, {rows:,} rows | predict | predict_on_batch | direct call |", "|---|---|---|---|"]
    for backend in data["backends"]:
        peaks = [dict(points(data, backend, "cnn", way, "peak_bytes")).get(rows) for way in WAYS[:3]]
        cells = ["-" if peak is None else f"{figure(peak / 1e6)} MB" for peak in peaks]
        lines.append(f"| {backend} | {' | '.join(cells)} |")
    return "\n".join(lines)


def crossovers(data: dict[str, Any]) -> str:
    """From how many rows on predict is no slower than a direct call: a Markdown table."""
    backends = list(data["backends"])
    lines = ["| model | " + " | ".join(backends) + " |", "|---" * (len(backends) + 1) + "|"]
    for model, words in MODELS.items():
        cells = []
        for backend in backends:
            crossover = data["backends"][backend]["models"][model]["crossover"]
            most = f"not up to {SIZES[model][-1]:,}"
            cells.append(most if crossover is None else f"{int(float(f'{crossover:.2g}')):,}")
        lines.append(f"| {words} | {' | '.join(cells)} |")
    return "\n".join(lines)


def versions(data: dict[str, Any]) -> str:
    """What the measurements were made on, in one line."""
    backends = data["backends"]
    keras = sorted({backends[name]["keras"] for name in backends})
    parts = [f"Keras {', '.join(keras)}", *(f"{NAMES[name]} {backends[name]['version']}" for name in backends)]
    return f"{', '.join(parts)}; {data['machine']}; {data['date']}."


def on_gpu() -> str:
    """The page's section on a GPU; empty where none was measured."""
    if not GPU.data.exists():
        return ""
    data = load(GPU)
    parts = ["## On a GPU", versions(data)]
    parts += [f"![Milliseconds per row on a GPU, {words}](charts/{chart_name(GPU, m)})" for m, words in MODELS.items()]
    parts += ["### From how many rows on is `predict` no slower than a direct call, on the GPU?", crossovers(data)]
    if any(points(data, backend, "cnn", way, "peak_bytes") for backend in data["backends"] for way in WAYS):
        parts += ["### Memory of the GPU", memory(data)]
    for model, words in MODELS.items():
        parts += [f"### On the GPU: {words}", ratios(data, model)]
    return "\n\n".join(parts)


def filled(text: str) -> str:
    """The page with its measured parts (`<!-- measured: NAME -->` to `<!-- end -->`) as the data have them."""
    data = load()
    parts = {"versions": versions(data), "crossovers": crossovers(data), "memory": memory(data), "gpu": on_gpu()}
    parts |= {name: ratios(data, name) for name in MODELS}

    def part(found: re.Match[str]) -> str:
        body = f"{parts[found[1]]}\n\n" if parts[found[1]] else ""
        return f"<!-- measured: {found[1]} -->\n\n{body}<!-- end -->"

    return re.sub(r"<!-- measured: (\w+) -->\n.*?<!-- end -->", part, text, flags=re.DOTALL)


def chart_name(device: Device, model: str) -> str:
    """The file of a chart."""
    return f"{model}{device.charts}.svg"


def draw() -> None:
    """Write the charts, and fill the tables of the page."""
    CHARTS.mkdir(exist_ok=True)
    for device in (CPU, GPU):
        if device.data.exists():
            draw_charts(device)
    if PAGE.exists():
        PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def draw_charts(device: Device) -> None:
    """A chart for each model, with a panel for each backend."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    data = load(device)
    backends = list(data["backends"])
    style = {"svg.fonttype": "none", "svg.hashsalt": "keras", "font.size": 9, "font.family": "sans-serif"}
    for model, words in MODELS.items():
        with matplotlib.rc_context(style):
            chart = Figure(figsize=(9.5, 3.4), layout="constrained")
            FigureCanvasSVG(chart)
            panels = chart.subplots(1, len(backends), sharey=True, squeeze=False)[0]
            for panel, backend in zip(panels, backends, strict=True):
                for way, colour, marker in zip(WAYS, COLOURS, MARKERS, strict=True):
                    line = points(data, backend, model, way, "seconds")
                    if line:
                        each = [1e3 * seconds / rows for rows, seconds in line]
                        panel.plot(
                            [rows for rows, _ in line], each, marker=marker, markersize=4, color=colour, label=way
                        )
                panel.set(xscale="log", yscale="log", title=backend, xlabel="rows in one call")
                panel.grid(alpha=0.3)
            panels[0].set_ylabel("milliseconds per row")
            panels[0].legend(fontsize=8)
            title = f"{words}, on a GPU" if device is GPU else words
            chart.suptitle(title)
            chart.savefig(
                CHARTS / chart_name(device, model),
                metadata={"Date": None, "Creator": None, "Title": title, "Identifier": digest(device)},
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "what", choices=("measure", "merge", "draw", "here"), help="here: on this process's backend, to stdout"
    )
    parser.add_argument(
        "names", nargs="*", metavar="BACKEND or FILE", help="for measure: the backends, default all; for merge: files"
    )
    parser.add_argument("--gpu", action="store_true", help="measure, or merge what was measured, on a GPU")
    parser.add_argument("--to", type=Path, metavar="FILE", help="where `measure` writes")
    options = parser.parse_intermixed_args()
    device = GPU if options.gpu else CPU
    if options.what == "here":
        print(json.dumps(measure_here()))
    elif options.what == "measure":
        if unknown := set(options.names) - set(device.backends):
            parser.error(f"unknown backend {', '.join(sorted(unknown))}; known: {', '.join(device.backends)}")
        measure(device, options.names or list(device.backends), options.to or device.data)
    elif options.what == "merge":
        merge(device, [Path(name) for name in options.names])
    else:
        draw()


if __name__ == "__main__":
    main()
