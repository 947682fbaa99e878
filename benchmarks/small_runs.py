"""What a run costs that has little to do: starting, few files, notebooks, findings as text, editors' hooks.

Run: python benchmarks/small_runs.py [--rounds 5] [--check]

Every figure is the user and system time of a child process beside that of another in the same round; the table has the
median of the rounds. A bare start is `python -c pass`. A bar is what is aimed at, a limit what it may not cost again:
with --check the exit code is 1 if one is exceeded.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

from lint_speed import WITH_CANDIDATE, Cost, check, compile_ourselves, cost

NOTEBOOKS = 40
FINDINGS = 100
DECODE = """
import ast, json, os, sys
for name in os.listdir(sys.argv[1]):
    with open(os.path.join(sys.argv[1], name), "rb") as stream:
        book = json.load(stream)
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            ast.parse("".join(cell["source"]))
"""
CLEAN = """
import numpy as np
import keras

def scaled(rows):
    return keras.ops.convert_to_tensor(np.asarray(rows) / 255.0)
"""
WITH_FINDING = """
import keras

model = keras.models.load_model("digits.keras")

def score_{number}(images):
    scores = []
    for image in images:
        scores.append(model.predict(image[None])[0])
    return scores
"""
CELL = """
def step_{number}(rows):
    total = 0
    for row in rows:
        total += len(row)
    return total
values_{number} = [step_{number}([[1, 2], [3]]) for _ in range(3)]
print(values_{number})
"""


class Row(NamedTuple):
    """What is measured beside what, how many times as much it may cost, and, where one is set, how many it should."""

    what: str
    own: Callable[[], Cost]
    base: Callable[[], Cost]
    limit: float
    bar: float | None = None


def notebook(number: int) -> str:
    """A notebook of 24 code cells with text between them, a picture under every fourth; one in ten predicts."""
    cells: list[dict[str, object]] = []
    draw = random.Random(number)
    for place in range(24):
        picture = {"image/png": base64.b64encode(draw.randbytes(60_000)).decode()}
        outputs = [{"output_type": "display_data", "data": picture, "metadata": {}}] if place % 4 == 0 else []
        text = WITH_CANDIDATE if place == 1 and number % 10 == 0 else CELL
        source = text.replace("{number}", str(place)).splitlines(keepends=True)
        cells.append({"cell_type": "markdown", "metadata": {}, "source": ["# A step\n"]})
        cells.append({"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": outputs, "source": source})
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def fill(folder: Path) -> None:
    """The files that are checked."""
    for name, text in {"clean": CLEAN, "candidate": WITH_CANDIDATE, "finding": WITH_FINDING}.items():
        (folder / name).mkdir()
        (folder / name / f"{name}.py").write_text(text.replace("{number}", "1"))
    (folder / "notebooks").mkdir()
    for number in range(NOTEBOOKS):
        (folder / "notebooks" / f"{number}.ipynb").write_text(notebook(number))
    (folder / "findings").mkdir()
    for number in range(FINDINGS):
        (folder / "findings" / f"score_{number}.py").write_text(WITH_FINDING.replace("{number}", str(number)))


def rows(folder: Path) -> list[Row]:
    """What is measured."""
    findings, hooked = folder / "findings", folder / "findings" / "score_1.py"
    cache = ("--cache-dir", str(folder / "cache"))

    def bare() -> Cost:
        return cost(sys.executable, "-c", "pass")

    def on_findings(*options: str) -> Callable[[], Cost]:
        return lambda: check(findings, *options)

    def hook() -> Cost:
        with hooked.open("rb") as text:
            return check(Path("-"), "--stdin-filename", str(hooked), *cache, stdin=text)

    def start(*arguments: str) -> Callable[[], Cost]:
        return lambda: cost(sys.executable, "-m", "lint_rules", *arguments)

    cold = ("--no-cache", "--output-format")
    return [
        Row("--version / bare start", start("--version"), bare, 3.0, 3.0),
        Row("one clean file / bare start", lambda: check(folder / "clean"), bare, 4.5, 3.0),
        Row("one candidate / bare start", lambda: check(folder / "candidate"), bare, 12.0, 6.0),
        Row("one finding as text / bare start", lambda: check(folder / "finding"), bare, 36.0),
        Row(
            "notebooks / decoding and parsing them",
            lambda: check(folder / "notebooks"),
            lambda: cost(sys.executable, "-c", DECODE, str(folder / "notebooks")),
            3.5,
            2.0,
        ),
        Row("100 findings, text / concise", on_findings(*cold, "text"), on_findings(*cold, "concise"), 2.8, 1.2),
        Row("the same, warm", on_findings(*cache), on_findings(*cold, "text"), 0.2),
        Row("junit after text", on_findings(*cache, "--output-format", "junit"), on_findings(*cold, "junit"), 0.4),
        Row("a hook's standard input / 100 findings", hook, on_findings(*cold, "concise"), 0.3),
    ]


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=5, help="measure so many times and take the median")
    arguments.add_argument("--check", action="store_true", help="exit with 1 when a limit is exceeded")
    options = arguments.parse_args()
    compile_ourselves()
    exceeded = False
    with tempfile.TemporaryDirectory() as name:
        fill(Path(name))
        check(Path(name) / "findings", "--cache-dir", str(Path(name) / "cache"))
        for row in rows(Path(name)):
            pairs = [(row.own().seconds, row.base().seconds) for _ in range(options.rounds)]
            ratio = median(own / base for own, base in pairs)
            exceeded = exceeded or ratio > row.limit
            seconds = median(own for own, _ in pairs)
            bar = "" if row.bar is None else f"bar {row.bar}x, "
            print(f"{row.what:40} {ratio:5.2f}x ({bar}limit {row.limit}x)  {seconds:6.3f} s", flush=True)
    return 1 if options.check and exceeded else 0


if __name__ == "__main__":
    raise SystemExit(main())
