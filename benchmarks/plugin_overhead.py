"""What the plugin costs: start-up when installed and unused, and microseconds a call when it watches.

Run: python benchmarks/plugin_overhead.py [--rounds 9] [--check]

Start-up is what a run of pytest on one empty test takes with the plugin, its import included, less what it takes with
`-p no:keras_inference`: pairs of runs in one process, each first in turn, in processor time and without the garbage
collector, which comes when it likes; the median of the differences. How many functions are called on the way is the
same on every machine, however busy. Beside it stands what pytest takes to read the list of the files that this
distribution has installed, as it does for every one that brings a plugin. A call is a real one of a small model: what
passes between the caller and Keras's own method, on the way in and out, is the watch, so that the work of the model,
which is a hundred times as long and leaves the processor's caches cold, does not blur it: the mean of all calls but the
slowest twentieth, in processor time of the thread, less what the same takes without a watch; beside it stands which
part of the call's own time that is. A watch looks at few of many equal calls, so that a median would leave out what it
does. The watch over tests and that over a program (`keras-inference run`) take turns. On a machine that does other work
too the caches are colder and the figures higher.
With --check the exit code is 1 if a limit is exceeded: 5 ms of start-up, 20 microseconds a call, or an import of keras,
a backend or libcst by an unused plugin.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from statistics import mean, median, quantiles
from time import process_time, thread_time
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
START_LIMIT_MS = 5.0
CALL_LIMIT_US = 20.0
WHOLE = 10
"""Calls of a place that a watch records whole before it only adds up."""
PLUGIN = "pytest_keras_inference.plugin"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
FORBIDDEN = ("keras", "tf_keras", "tensorflow", "jax", "torch", "libcst", "numpy")

PAIRS = """
import gc, json, sys
from io import StringIO
from contextlib import redirect_stdout
from time import process_time
import pytest
def run(*options):
    for name in [name for name in sys.modules if name.startswith("pytest_keras_inference")]:
        del sys.modules[name]
    gc.collect()
    gc.freeze()
    gc.disable()
    start = process_time()
    with redirect_stdout(StringIO()):
        pytest.main(["-q", "-p", "no:cacheprovider", *options, FOLDER])
    took = (process_time() - start) * 1e3
    gc.enable()
    return took
def calls(*options):
    number = 0
    def count(frame, event, argument):
        nonlocal number
        number += event in ("call", "c_call")
    sys.setprofile(count)
    run(*options)
    sys.setprofile(None)
    return number
PLAIN, WATCHED = ("-p", "no:keras_inference"), OPTIONS
run(*PLAIN), run(*WATCHED)
pairs = []
for _ in range(ROUNDS):
    pairs.append((run(*PLAIN), run(*WATCHED)))
    pairs.append((run(*WATCHED), run(*PLAIN))[::-1])
modules = sorted(sys.modules)
print("@" + json.dumps({"pairs": pairs, "calls": (calls(*PLAIN), calls(*WATCHED)), "modules": modules}))
"""


def start_up(rounds: int) -> tuple[list[float], float, tuple[int, int], list[str]]:
    """Milliseconds that the plugin adds to a run of pytest without Keras, as the quartiles of the pairs; those of the
    run without it; calls of functions without it and with it; and the forbidden modules that were imported."""
    # An installed plugin loads itself; naming it would make pytest look through all packages a second time.
    installed = any(entry.value == PLUGIN for entry in metadata.entry_points(group="pytest11"))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_nothing.py").write_text("def test_nothing():\n    pass\n", encoding="utf-8")
        script = PAIRS.replace("OPTIONS", repr(() if installed else ("-p", PLUGIN)))
        answer = _run(script.replace("FOLDER", repr(folder)).replace("ROUNDS", str(4 * rounds)))
    imported = sorted(name for name in answer["modules"] if name.partition(".")[0] in FORBIDDEN)
    pairs = answer["pairs"]
    added, plain = [watched - plain for plain, watched in pairs], median(plain for plain, _ in pairs)
    return quantiles(added), plain, answer["calls"], imported


def listing() -> tuple[int, float]:
    """How many files the installed distribution lists, and the milliseconds that reading the list takes, as pytest
    does it at its start for every distribution with a plugin."""
    times: list[float] = []
    files: list[str] = []
    for _ in range(9):
        start = process_time()
        files = [str(file) for file in metadata.distribution("pytest-keras-inference").files or ()]
        times.append((process_time() - start) * 1e3)
    return len(files), median(times)


def _run(script: str) -> dict:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
    result = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    return json.loads(result.stdout.rpartition("@")[2])


def per_call(rounds: int, calls: int = 60) -> dict[tuple[str, str], tuple[float, float]]:
    """Microseconds that a watch adds to a real call, and the median of the call itself, by kind of call and watch."""
    import keras
    import numpy as np

    from pytest_keras_inference.program.watch import ProgramWatch
    from pytest_keras_inference.session.wholerun import RunWatch
    from pytest_keras_inference.watching.equal_calls import TOGETHER

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    state = np.random.default_rng(0)

    def x() -> Any:
        return state.random((1, 3), "float32")

    def no_watch() -> None:
        return None

    def tests() -> RunWatch:
        watch = RunWatch(ROOT, WHOLE, [])
        watch.start()
        return watch

    def program() -> ProgramWatch:
        watch = ProgramWatch(threshold=WHOLE)
        watch.start(measures=True)
        return watch

    kinds: dict[str, Callable[[Any], object]] = {
        "model.predict(x)": lambda x: model.predict(x, verbose=0),
        "model.predict_on_batch(x)": lambda x: model.predict_on_batch(x),
        "model(x)": lambda x: model(x),
    }
    added: dict[tuple[str, str], tuple[float, float]] = {}
    for name, call in kinds.items():
        call(x())
        method = name.partition("(")[0].partition(".")[2] or "__call__"
        times: dict[str, list[float]] = {"": [], "tests": [], "a program": []}
        own: list[float] = []
        with inner_times(keras.Model, method) as spent:
            for _ in range(rounds):
                for label, begin in (("", no_watch), ("tests", tests), ("a program", program)):
                    watch = begin()
                    for _ in range(WHOLE + TOGETHER + 2):
                        call(x())
                    times[label] += [_around(call, x(), spent) for _ in range(calls)]
                    own += spent[-calls:]
                    if watch is not None:
                        watch.stop()
        plain = usual(times.pop(""))
        whole = median(own) * 1e6
        added |= {(name, label): (usual(values) - plain, whole) for label, values in times.items()}
    return added


def usual(values: list[float]) -> float:
    """The mean of all but the largest twentieth, which the machine's other work has made."""
    return mean(sorted(values)[: len(values) - len(values) // 20])


@contextmanager
def inner_times(owner: type, name: str) -> Iterator[list[float]]:
    """The seconds that each outermost call of a method took, while the block lasts."""
    own, original = vars(owner).get(name), getattr(owner, name)
    spent: list[float] = []
    depth = 0

    def timed(self: object, *args: object, **kwargs: object) -> object:
        nonlocal depth
        depth += 1
        start = thread_time()
        try:
            return original(self, *args, **kwargs)
        finally:
            depth -= 1
            if not depth:
                spent.append(thread_time() - start)

    setattr(owner, name, timed)
    try:
        yield spent
    finally:
        if own is None:
            delattr(owner, name)
        else:
            setattr(owner, name, own)


def _around(call: Callable[[Any], object], x: Any, spent: list[float]) -> float:
    """Microseconds that pass around the method in one call."""
    start = thread_time()
    call(x)
    return (thread_time() - start - spent[-1]) * 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--check", action="store_true", help="exit 1 if a limit is exceeded")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    (low, milliseconds, high), whole, (plain_calls, calls), imported = start_up(options.rounds)
    print(
        f"start-up, installed and unused: {milliseconds:.1f} ms (limit {START_LIMIT_MS:.0f} ms; half of the pairs "
        f"{low:.1f} to {high:.1f} ms), {milliseconds / whole:.1%} of {whole:.0f} ms, pytest with one empty test"
    )
    print(f"functions called by it: {calls - plain_calls:,}, {calls / plain_calls - 1:.1%} of {plain_calls:,}")
    number, reading = listing()
    print(f"reading the list of its {number:,} installed files: {reading:.1f} ms")
    print(f"imported by it: {', '.join(imported) or 'nothing of ' + ', '.join(FORBIDDEN)}")
    added = per_call(options.rounds)
    for (name, label), (microseconds, own) in added.items():
        print(
            f"watching {label} adds to {name}: {microseconds:.1f} us a call (limit {CALL_LIMIT_US:.0f} us), "
            f"{microseconds / own:.1%} of its {own:.0f} us"
        )
    most = max(microseconds for microseconds, _ in added.values())
    fine = milliseconds <= START_LIMIT_MS and not imported and most <= CALL_LIMIT_US
    return 0 if fine or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())
