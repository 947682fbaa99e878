"""What `keras-inference check` costs, as ratios of processor time to `ast.parse` in the same run.

Run: python benchmarks/lint_speed.py [--files 20000] [--rounds 1] [--check]

Every figure is the user and system time of a child process, so that it holds on a busy machine, and each is measured
right beside what it is compared with. Peaks are the children's resident set sizes in MB. With --check the exit code is
1 if a limit is exceeded.
"""

from __future__ import annotations

import argparse
import compileall
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import IO, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
COLD_LIMIT = 2.0
WITHOUT_BYTECODE_LIMIT = 2.5
"""Where Python has not compiled the files before, each must be proven to be Python."""
CHECKOUT_LIMIT = 5.0
"""From the folder above a package its imports of itself lead somewhere, so that far more can be a model."""
WARM_LIMIT = 0.5
PEAK_LIMIT_MB = 300.0

PARSE = """
import ast, os, sys, warnings
warnings.simplefilter("ignore")
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        if name.endswith(".py"):
            with open(os.path.join(folder, name), "rb") as stream:
                ast.parse(stream.read())
"""
WITHOUT_CANDIDATE = """
import os

class Step{number}:
    def __init__(self, path, size=10):
        self.path_{number} = path
        self.size = size

    def names(self):
        found = []
        for name in sorted(os.listdir(self.path_{number})):
            if name.endswith(".txt") and len(name) < self.size:
                found.append(os.path.join(self.path_{number}, name))
        return found

def total_{number}(steps):
    return sum(len(step.names()) for step in steps)
"""
WITH_CANDIDATE = """
import keras

def build_{number}():
    model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(2)])
    model.compile(loss="mse")
    return model

def score_{number}(rows):
    model = build_{number}()
    return model.predict(rows)
"""


class Cost(NamedTuple):
    """Processor time in seconds and peak memory in MB of one child process."""

    seconds: float
    peak: float


def cost(*command: str, stdin: IO[bytes] | None = None) -> Cost:
    """Run a command and wait for it alone."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        command, stdin=stdin, stdout=subprocess.DEVNULL, cwd=tempfile.gettempdir(), env=environment
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    scale = 1e6 if sys.platform == "darwin" else 1e3
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale)


def check(path: Path, *arguments: str, stdin: IO[bytes] | None = None) -> Cost:
    """A run over a file or folder, without a cache if no arguments name one."""
    given = arguments or ("--no-cache",)
    return cost(sys.executable, "-m", "lint_rules", "check", str(path), *given, stdin=stdin)


def parse(path: Path) -> Cost:
    """`ast.parse` on every file of a folder."""
    return cost(sys.executable, "-c", PARSE, str(path))


def compile_ourselves() -> None:
    """Compile the linter, as installing it does: what is measured must not be that."""
    compileall.compile_dir(str(ROOT / "lint_rules"), quiet=1)


def keras_source() -> Path:
    """The folder of the installed keras package."""
    spec = importlib.util.find_spec("keras")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("keras is not installed: pip install keras")
    return Path(spec.submodule_search_locations[0])


def generate(folder: Path, files: int) -> None:
    """A project in which one file of a hundred predicts."""
    for number in range(files):
        package = folder / f"part_{number // 200}"
        package.mkdir(exist_ok=True)
        text = WITH_CANDIDATE if number % 100 == 0 else WITHOUT_CANDIDATE
        (package / f"module_{number}.py").write_text(text.replace("{number}", str(number)))


def pathological(path: Path, size: int) -> None:
    """One file of so many bytes: functions that predict in loops and call each other in a long chain."""
    parts = ["import keras\nmodel = keras.Sequential([keras.layers.Dense(2)])\n"]
    length, number = len(parts[0]), 0
    while length < size:
        body = f"    for row in x:\n        m.predict(row[None])\n    return f{number + 1}(x, m)\n"
        parts.append(f"def f{number}(x, m=model):\n{body}")
        length += len(parts[-1])
        number += 1
    path.write_text("".join(parts))


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--files", type=int, default=20_000, help="files of the generated project")
    arguments.add_argument("--rounds", type=int, default=1, help="measure so many times and take the median")
    arguments.add_argument("--check", action="store_true", help="exit with 1 when a limit is exceeded")
    options = arguments.parse_args()
    exceeded = False

    def report(what: str, pairs: list[tuple[Cost, Cost]], limit: float) -> None:
        nonlocal exceeded
        mine, other = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        ratio = median(own.seconds / base.seconds for own, base in zip(mine, other, strict=True))
        peak = max(own.peak for own in mine)
        exceeded = exceeded or ratio > limit or peak > PEAK_LIMIT_MB
        seconds, base = median(own.seconds for own in mine), median(base.seconds for base in other)
        print(
            f"{what:37} {ratio:5.2f}x (limit {limit}x)  {seconds:6.2f} s to {base:6.2f} s, peak {peak:4.0f} MB",
            flush=True,
        )

    rounds = range(options.rounds)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compile_ourselves()

        def warm(path: Path) -> Cost:
            return check(path, "--cache-dir", str(folder / "cache"))

        pairs = [(check(keras_source()), parse(keras_source())) for _ in rounds]
        report("keras as installed, cold", pairs, COLD_LIMIT)
        source = folder / "above" / "keras"
        shutil.copytree(keras_source(), source, ignore=shutil.ignore_patterns("__pycache__"))
        pairs = [(check(source.parent), parse(source)) for _ in rounds]
        report("keras as a checkout, cold", pairs, CHECKOUT_LIMIT)
        pairs = [(check(source), parse(source)) for _ in rounds]
        report("keras without bytecode, cold", pairs, WITHOUT_BYTECODE_LIMIT)
        warm(source)
        pairs = [(warm(source), parse(source)) for _ in rounds]
        report("keras, warm", pairs, WARM_LIMIT)
        changed = source / "src" / "models" / "model.py"
        changed.write_text(changed.read_text() + "# changed\n")
        pairs = [(warm(changed), parse(source))]
        report("keras, one changed file, warm", pairs, WARM_LIMIT)
        project = folder / "project"
        project.mkdir()
        generate(project, options.files)
        pairs = [(check(project), parse(project)) for _ in rounds]
        report(f"{options.files} files, cold", pairs, COLD_LIMIT)
        first = warm(project)
        print(f"{'the same, filling the cache':37} {first.seconds:5.2f} s, peak {first.peak:.0f} MB", flush=True)
        pairs = [(warm(project), parse(project)) for _ in rounds]
        report(f"{options.files} files, warm", pairs, WARM_LIMIT)
        (folder / "large").mkdir()
        pathological(folder / "large" / "large.py", 450_000)
        large = check(folder / "large" / "large.py")
        print(f"{'one pathological file of 450 KB':37} {large.seconds:5.2f} s, peak {large.peak:.0f} MB")
    return 1 if options.check and exceeded else 0


if __name__ == "__main__":
    raise SystemExit(main())
