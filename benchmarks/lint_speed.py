"""What `keras-inference check` costs, as ratios of processor time to `ast.parse` in the same run.

Run: python benchmarks/lint_speed.py [--files 20000] [--rounds 1] [--only tensorflow] [--check]

Every figure is the user and system time of a child process, so that it holds on a busy machine, and each is measured
right beside what it is compared with. Peaks are the children's resident set sizes in MB. A bar is what is aimed at, a
limit what it may not cost again: with --check the exit code is 1 if one is exceeded.
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
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import IO, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PEAK_LIMIT_MB = 450.0
LEAF = "src/applications/xception.py"
"""A file of Keras's source that few others import."""
HUB = "src/layers/layer.py"
"""One that hundreds import."""
EDITED = "src/trainers/trainer.py"
"""One of a thousand lines."""
CHANGES = 5

PARSE = """
import ast, os, sys, warnings
warnings.simplefilter("ignore")
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        if name.endswith(".py"):
            with open(os.path.join(folder, name), "rb") as stream:
                ast.parse(stream.read())
"""
EDIT = """
import ast, sys, time
from lint_rules.run.request import Request
from lint_rules.run.session import Rerun
path, changes = sys.argv[1], int(sys.argv[2])
with open(path, encoding="utf-8") as stream:
    rows = stream.read().splitlines(keepends=True)
rerun = Rerun(Request(cache=False))
rerun.judge(path)
for number in range(changes):
    rows.insert(len(rows) // 2, "\\n")
    text = "".join(rows)
    start = time.process_time()
    rerun.hold(path, text.encode())
    rerun.judge(path)
    judged = time.process_time()
    ast.parse(text)
    print(judged - start, time.process_time() - judged)
"""
TWO_JOBS = """
import gc, resource, sys
gc.disable()
from lint_rules.cli import main
main(["check", sys.argv[1], "--no-cache", "--jobs", "2"])
for who, processes in ((resource.RUSAGE_SELF, 1), (resource.RUSAGE_CHILDREN, 2)):
    used = resource.getrusage(who)
    print((used.ru_utime + used.ru_stime) / processes, file=sys.stderr)
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


class Most(NamedTuple):
    """How many times as much as what it is compared with something may cost, and how many times it should."""

    limit: float
    bar: float


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


def edits(path: Path) -> list[tuple[Cost, Cost]]:
    """What judging a file costs after each of some changes in an editor, beside `ast.parse` of its text."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", EDIT, str(path), str(CHANGES)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    pairs = [line.split() for line in told.splitlines()]
    return [(Cost(float(judged), 0.0), Cost(float(parsed), 0.0)) for judged, parsed in pairs]


def in_two_processes(path: Path) -> Cost:
    """The processor time of the first process and of one of its two: what a run takes where each has its own core."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", TWO_JOBS, str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stderr
    return Cost(sum(map(float, told.split())), 0.0)


def compile_ourselves() -> None:
    """Compile the linter and what it takes from the plugin, as installing does: what is measured must not be that."""
    for package in ("lint_rules", "pytest_keras_inference"):
        compileall.compile_dir(str(ROOT / package), quiet=1)


def source_of(package: str) -> Path | None:
    """The folder of an installed package, None where it is not installed."""
    spec = importlib.util.find_spec(package)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def checkout(package: str, above: Path) -> Path | None:
    """A copy of the Python files of an installed package in a folder of its own, as in a checkout of its repository."""
    installed = source_of(package)
    if installed is None:
        print(f"{package} is not installed: nothing is measured of it", flush=True)
        return None

    def ignored(folder: str, names: list[str]) -> list[str]:
        return [
            name for name in names if name == "__pycache__" or not (name.endswith(".py") or Path(folder, name).is_dir())
        ]

    return Path(shutil.copytree(installed, above / package, ignore=ignored))


def generate(folder: Path, files: int, each: int = 100) -> None:
    """A project in which one file of so many predicts."""
    folder.mkdir()
    for number in range(files):
        package = folder / f"part_{number // 200}"
        package.mkdir(exist_ok=True)
        text = WITH_CANDIDATE if number % each == 0 else WITHOUT_CANDIDATE
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


class Measured:
    """What is measured in one run of this script; `exceeded` tells whether anything cost more than its limit."""

    def __init__(self, folder: Path, rounds: int, files: int) -> None:
        self.folder = folder
        self.rounds = range(rounds)
        self.files = files
        self.exceeded = False

    def report(self, what: str, pairs: list[tuple[Cost, Cost]], most: Most) -> None:
        """Print one line: the median of the ratios of pairs of costs."""
        mine, other = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        ratio = median(own.seconds / base.seconds for own, base in zip(mine, other, strict=True))
        peak = max(own.peak for own in mine)
        self.exceeded = self.exceeded or ratio > most.limit or peak > PEAK_LIMIT_MB
        seconds, base = median(own.seconds for own in mine), median(base.seconds for base in other)
        print(
            f"{what:37} {ratio:5.2f}x (bar {most.bar}x, limit {most.limit}x)  {seconds:6.2f} s to {base:6.2f} s, peak "
            f"{peak:4.0f} MB",
            flush=True,
        )

    def warm(self, path: Path) -> Cost:
        """A run that uses and keeps what runs learn."""
        return check(path, "--cache-dir", str(self.folder / "cache"))

    def keras(self) -> None:
        installed, source = source_of("keras"), checkout("keras", self.folder / "keras")
        if installed is None or source is None:
            return
        pairs = [(check(installed), parse(installed)) for _ in self.rounds]
        self.report("keras as installed, cold", pairs, Most(4.0, 1.5))
        pairs = [(check(source.parent), parse(source)) for _ in self.rounds]
        # From the folder above a package its imports of itself lead somewhere, so that far more can be a model.
        self.report("keras as a checkout, cold", pairs, Most(4.0, 1.5))
        self.warm(source.parent)
        pairs = [(self.warm(source.parent), parse(source)) for _ in self.rounds]
        self.report("the same, warm", pairs, Most(0.2, 0.12))
        self.report("one file of it, as a hook, warm", [(self.warm(source / LEAF), parse(source))], Most(0.2, 0.1))
        for what, name, most in (("leaf", LEAF, Most(0.4, 0.1)), ("hub", HUB, Most(2.5, 0.5))):
            (source / name).write_text((source / name).read_text() + "# changed\n")
            self.report(f"one {what} of it changed, warm", [(self.warm(source.parent), parse(source))], most)
        self.report("one file of it in an editor, a change", edits(source / EDITED), Most(16.0, 8.0))

    def tensorflow(self) -> None:
        source = checkout("tensorflow", self.folder / "tensorflow")
        if source is not None:
            pairs = [(check(source.parent), parse(source)) for _ in self.rounds]
            self.report("tensorflow as a checkout, cold", pairs, Most(5.0, 2.5))

    def generated(self) -> None:
        project = self.folder / "project"
        generate(project, self.files)
        pairs = [(check(project), parse(project)) for _ in self.rounds]
        # One in a hundred predicts.
        self.report(f"{self.files} files, cold", pairs, Most(3.0, 1.5))
        first = self.warm(project)
        print(f"{'the same, filling the cache':37} {first.seconds:5.2f} s, peak {first.peak:.0f} MB", flush=True)
        pairs = [(self.warm(project), parse(project)) for _ in self.rounds]
        self.report(f"{self.files} files, warm", pairs, Most(0.5, 0.12))

    def jobs(self) -> None:
        project = self.folder / "candidates"
        generate(project, 2000, each=1)
        alone = check(project, "--no-cache", "--jobs", "1")
        self.report("2000 candidates, in two processes", [(in_two_processes(project), alone)], Most(0.75, 0.65))

    def large(self) -> None:
        (self.folder / "large").mkdir()
        pathological(self.folder / "large" / "large.py", 450_000)
        large = check(self.folder / "large" / "large.py")
        print(f"{'one pathological file of 450 KB':37} {large.seconds:5.2f} s, peak {large.peak:.0f} MB")


PARTS: dict[str, Callable[[Measured], None]] = {
    "keras": Measured.keras,
    "tensorflow": Measured.tensorflow,
    "generated": Measured.generated,
    "jobs": Measured.jobs,
    "large": Measured.large,
}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--files", type=int, default=20_000, help="files of the generated project")
    arguments.add_argument("--rounds", type=int, default=1, help="measure so many times and take the median")
    arguments.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="measure these (default: all)")
    arguments.add_argument("--check", action="store_true", help="exit with 1 when a limit is exceeded")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        measured = Measured(Path(name), options.rounds, options.files)
        compile_ourselves()
        for part in options.only:
            PARTS[part](measured)
    return 1 if options.check and measured.exceeded else 0


if __name__ == "__main__":
    raise SystemExit(main())
