"""How the cost of `keras-inference check` grows with one file or one package: seconds for a quarter of a size and for
all of it, and the ratio of the two.

Run: python benchmarks/growth.py [--shapes calls_in_loop,functions] [--times 2] [--limit 25] [--output-format text]
     [--check]

Every figure is the user and system time of a child process without a cache, less that of a run with one finding. A
ratio of 4 is linear, 16 is quadratic. `limit` ends a run after so many seconds of processor time. With --check the exit
code is 1 if a shape grows faster than its text, costs more than its seconds, or is ended.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from lint_speed import compile_ourselves

HEAD = "import keras\nimport tensorflow as tf\n\nmodel = keras.Sequential([keras.layers.Dense(1)])\n"
RATIO = 5.0
"""How many times as much four times the text may cost."""
SECONDS = 3.0
NOISE = 0.1
"""Seconds that two runs of the same may lie apart: smaller ones are taken for this."""

Files = Callable[[int], dict[str, str]]


class Shape(NamedTuple):
    """Programs of a kind, and the size that has to cost less than `SECONDS`.

    The text of the program grows with this power of the size.
    """

    files: Files
    size: int
    power: int = 1

    @property
    def ratio(self) -> float:
        """How many times as much four times the size may cost."""
        return RATIO * 4 ** (self.power - 1)


def _file(line: Callable[[int], str], before: str = "", after: str = "") -> Files:
    """One module with n times some lines."""
    return lambda n: {"m.py": HEAD + before + "".join(map(line, range(n))) + after}


def _methods(n: int) -> dict[str, str]:
    body = "".join(f"    def m{i}(self, x):\n        return self.model.predict(x[None])[0]\n" for i in range(n))
    calls = "".join(f"    agent.m{i}(x)\n" for i in range(n))
    head = "class Agent:\n    def __init__(self):\n        self.model = model\n"
    return {"m.py": f"{HEAD}{head}{body}agent = Agent()\nfor x in data:\n{calls}"}


def _chain(n: int) -> dict[str, str]:
    """Functions that call the next one, of which the last predicts."""
    calls = "".join(f"def f{i}(x):\n    return f{i + 1}(x)\n" for i in range(n))
    return {"m.py": f"{HEAD}{calls}def f{n}(x):\n    return model.predict(x[None])[0]\nfor x in data:\n    f0(x)\n"}


def _cycle(n: int) -> dict[str, str]:
    """Functions that predict and call each other in two cycles."""
    calls = "".join(
        f"def f{i}(x):\n    model.predict(x[None])\n    return f{(i + 1) % n}(x) + f{(i * 7 + 3) % n}(x)\n"
        for i in range(n)
    )
    return {"m.py": f"{HEAD}{calls}for x in data:\n    f0(x)\n"}


def _nested(n: int) -> dict[str, str]:
    tests = "".join(f"{'  ' * (i + 1)}if x > {i}:\n" for i in range(n))
    return {"m.py": f"{HEAD}for x in data:\n{tests}{'  ' * (n + 1)}y = model.predict(x[None])\n"}


def _decorated(n: int) -> dict[str, str]:
    made = "".join(
        f"def d{i}(f):\n    def inner(*given):\n        return f(*given)\n    return inner\n" for i in range(n)
    )
    marks = "".join(f"@d{i}\n" for i in range(n))
    return {"m.py": f"{HEAD}{made}{marks}def f(x):\n    return model.predict(x[None])\nfor x in data:\n    f(x)\n"}


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


_IN_LOOP = "for x in data:\n"
SHAPES: dict[str, Shape] = {
    "calls_flat": Shape(_file(lambda i: f"y{i} = model.predict(x[{i}:{i + 1}])\n"), 1000),
    "calls_in_loop": Shape(_file(lambda i: f"    y{i} = model.predict(x[None] * {i})[0]\n", before=_IN_LOOP), 100),
    "loops": Shape(_file(lambda _: f"{_IN_LOOP}    y = model.predict(x[None])\n"), 300),
    "functions": Shape(
        _file(lambda i: f"def f{i}(data):\n    for x in data:\n        yield model.predict(x[None])[0]\n"), 400
    ),
    "methods": Shape(_methods, 200),
    "stored_models": Shape(
        _file(
            lambda i: (
                f"    def s{i}(self):\n        self.model = self.model or model\n"
                f"    def p{i}(self, data):\n        for x in data:\n            self.model.predict(x[None])\n"
            ),
            before="class Agent:\n",
        ),
        200,
    ),
    "classes": Shape(
        _file(
            lambda i: (
                f"class Agent{i}:\n    def __init__(self):\n        self.model = keras.Sequential()\n"
                "    def act(self, data):\n        for x in data:\n            self.model.predict(x[None])\n"
            )
        ),
        200,
    ),
    "branches": Shape(
        _file(
            lambda i: f"    elif x == {i}:\n        y = model.predict(x[{i}])\n",
            before="def f(x):\n    if x is None:\n        y = 0\n",
            after=f"    return y\n{_IN_LOOP}    f(x)\n",
        ),
        200,
    ),
    "nested": Shape(_nested, 80),
    "matches": Shape(
        _file(
            lambda i: f"        case {{'kind': {i}}}:\n            y = model.predict(x[None])\n",
            before=f"{_IN_LOOP}    match x:\n",
        ),
        100,
    ),
    "attempts": Shape(
        _file(
            lambda i: f"    try:\n        y{i} = model.predict(x[None])\n    except ValueError:\n        y{i} = 0\n",
            before=_IN_LOOP,
        ),
        100,
    ),
    "sums": Shape(_sum, 100),
    "tapes": Shape(
        _file(
            lambda i: (
                f"with tf.GradientTape() as t{i}:\n    y{i} = model.predict(x{i})\n"
                f"g{i} = t{i}.gradient(y{i}, model.trainable_variables)\n"
            )
        ),
        300,
    ),
    "files_opened": Shape(
        _file(lambda i: f"with open('{i}.txt') as file{i}:\n    y{i} = model.predict(read(file{i}))\n"), 300
    ),
    "chain": Shape(_chain, 400),
    "cycle": Shape(_cycle, 40),
    "decorated": Shape(_decorated, 60),
    "dictionary": Shape(
        _file(
            lambda i: f"    'key{i}': {i},\n", before="table = {\n", after=f"}}\n{_IN_LOOP}    model.predict(x[None])\n"
        ),
        10_000,
    ),
    "data": Shape(
        _file(lambda i: f"rows.append(({i}, 'name{i}'))\n", before="rows = []\n", after="model.predict(rows)\n"), 10_000
    ),
    "comments": Shape(_file(lambda _: "    y = model.predict(x[None])  # noqa: KI201\n", before=_IN_LOOP), 100),
    "stars": Shape(_stars, 40, power=2),
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", default=",".join(SHAPES), help="names, separated by commas (default: all)")
    parser.add_argument("--times", type=float, default=1.0, help="sizes so many times as large (default: 1)")
    parser.add_argument("--limit", type=int, default=25, help="processor seconds of one run (default: 25)")
    parser.add_argument("--output-format", default="text", help="text makes the fixes too, concise does not")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a limit is exceeded")
    options = parser.parse_args()
    names = options.shapes.split(",")
    unknown = [name for name in names if name not in SHAPES]
    if unknown:
        parser.error(f"--shapes: no shape is called {', '.join(unknown)}; there are {', '.join(SHAPES)}")
    compile_ourselves()
    start = seconds(SHAPES["loops"].files(1), options.limit, options.output_format) or 0.0
    print(f"{'start-up':14} {start:6.2f} s")
    exceeded = False
    for name in names:
        shape = SHAPES[name]
        size = int(shape.size * options.times)
        used = [seconds(shape.files(n), options.limit, options.output_format) for n in (size // 4, size)]
        few, many = (max(each - start, NOISE) if each is not None else float("inf") for each in used)
        ended = used[1] is None
        wrong = ended or many > few * shape.ratio or many > SECONDS * options.times**shape.power
        exceeded = exceeded or wrong
        print(
            f"{name:14} {few:6.2f} s of {size // 4:5}, {many:6.2f} s of {size:5}  ratio {many / few:4.1f} (limit "
            f"{shape.ratio:.0f}){'  exceeded' if wrong else ''}",
            flush=True,
        )
    return 1 if options.check and exceeded else 0


if __name__ == "__main__":
    raise SystemExit(main())
