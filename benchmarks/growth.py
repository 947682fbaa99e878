"""How the cost of `keras-inference check` grows with one file or one package: seconds for n, 2n and 4n, and the ratios.

Run: python benchmarks/growth.py [--shapes calls_in_loop,functions] [--size 50] [--limit 20] [--output-format text]

Every figure is the user and system time of a child process without a cache, less that of a run with one finding. A
ratio of 2 is linear, 4 is quadratic. `limit` ends a run after so many seconds of processor time.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

HEAD = "import keras\nimport tensorflow as tf\n\nmodel = keras.Sequential([keras.layers.Dense(1)])\n"

Shape = Callable[[int], dict[str, str]]


def _file(line: Callable[[int], str], before: str = "", after: str = "") -> Shape:
    """One module with n times some lines."""
    return lambda n: {"m.py": HEAD + before + "".join(map(line, range(n))) + after}


def _methods(n: int) -> dict[str, str]:
    body = "".join(f"    def m{i}(self, x):\n        return self.model.predict(x[None])[0]\n" for i in range(n))
    calls = "".join(f"    agent.m{i}(x)\n" for i in range(n))
    head = "class Agent:\n    def __init__(self):\n        self.model = model\n"
    return {"m.py": f"{HEAD}{head}{body}agent = Agent()\nfor x in data:\n{calls}"}


def _elif(n: int) -> dict[str, str]:
    branches = "".join(f"    elif x == {i}:\n        y = model.predict(x[{i}])\n" for i in range(n))
    return {
        "m.py": f"{HEAD}def f(x):\n    if x is None:\n        y = 0\n{branches}    return y\nfor x in data:\n    f(x)\n"
    }


def _sum(n: int) -> dict[str, str]:
    calls = " + ".join(f"model.predict(x[{i}])" for i in range(n))
    return {"m.py": f"{HEAD}for x in data:\n    y = {calls}\n"}


def _stars(n: int) -> dict[str, str]:
    """A package whose modules all import each other by stars."""

    def module(i: int) -> str:
        stars = "".join(f"from p.m{j} import *\n" for j in range(n) if j != i)
        return (
            f"{HEAD}{stars}def f{i}(xs):\n    for x in xs:\n        f{(i + 1) % n}(x)\n        model.predict(x[None])\n"
        )

    return {"p/__init__.py": "", **{f"p/m{i}.py": module(i) for i in range(n)}}


SHAPES: dict[str, Shape] = {
    "calls_flat": _file(lambda i: f"y{i} = model.predict(x[{i}:{i + 1}])\n"),
    "calls_in_loop": _file(lambda i: f"    y{i} = model.predict(x[None] * {i})[0]\n", before="for x in data:\n"),
    "loops": _file(lambda _: "for x in data:\n    y = model.predict(x[None])\n"),
    "functions": _file(lambda i: f"def f{i}(data):\n    for x in data:\n        yield model.predict(x[None])[0]\n"),
    "methods": _methods,
    "stored_models": _file(
        lambda i: (
            f"    def s{i}(self):\n        self.model = self.model or model\n"
            f"    def p{i}(self, data):\n        for x in data:\n            self.model.predict(x[None])\n"
        ),
        before="class Agent:\n",
    ),
    "branches": _elif,
    "sums": _sum,
    "tapes": _file(
        lambda i: (
            f"with tf.GradientTape() as t{i}:\n    y{i} = model.predict(x{i})\n"
            f"g{i} = t{i}.gradient(y{i}, model.trainable_variables)\n"
        )
    ),
    "comments": _file(lambda _: "    y = model.predict(x[None])  # noqa: KI201\n", before="for x in data:\n"),
    "stars": _stars,
}


def seconds(files: dict[str, str], limit: int, output_format: str) -> float | None:
    """The processor time of one run; None where it was ended."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        command = [sys.executable, "-m", "lint_rules", "check", "--no-cache", "--no-progress", "--jobs", "1"]
        process = subprocess.Popen(
            [*command, "--output-format", output_format, folder],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit)),
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime if process.returncode in (0, 1) else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", default=",".join(SHAPES), help="names, separated by commas (default: all)")
    parser.add_argument("--size", type=int, default=50, help="the n of the smallest run (default: 50)")
    parser.add_argument("--limit", type=int, default=20, help="processor seconds of one run (default: 20)")
    parser.add_argument("--output-format", default="text", help="text makes the fixes too, concise does not")
    options = parser.parse_args()
    names = options.shapes.split(",")
    unknown = [name for name in names if name not in SHAPES]
    if unknown:
        parser.error(f"--shapes: no shape is called {', '.join(unknown)}; there are {', '.join(SHAPES)}")
    start = seconds(SHAPES["loops"](1), options.limit, options.output_format) or 0.0
    print(f"{'start-up':16} {start:6.2f} s")
    for name in names:
        row: list[float] = []
        for n in (options.size, 2 * options.size, 4 * options.size):
            used = seconds(SHAPES[name](n), options.limit, options.output_format)
            if used is None:
                break
            row.append(max(used - start, 0.01))
        ratios = " ".join(f"{after / before:4.1f}" for before, after in pairwise(row))
        ended = "" if len(row) == 3 else f"  ended after {options.limit} s"
        print(f"{name:16} {' '.join(f'{used:6.2f} s' for used in row)}  ratios {ratios}{ended}", flush=True)


if __name__ == "__main__":
    main()
