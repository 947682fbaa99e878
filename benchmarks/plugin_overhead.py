"""What the plugin costs: start-up when installed and unused, and microseconds a call when it watches.

Run: python benchmarks/plugin_overhead.py [--rounds 9] [--check]

Start-up is what the plugin's import and hooks take within a run of pytest, shown beside what the whole run takes: a
median of processor time. A call is a real one of a small model: what passes between the caller and Keras's own method,
on the way in and out, is the watch, so that the work of the model, which is a hundred times as long and leaves the
processor's caches cold, does not blur it: the median of all calls in processor time of the thread, less what the same
takes without a watch. With --check the exit code is 1 if a limit is exceeded: 5 ms of start-up, 20 microseconds a call,
or an import of keras, a backend or libcst by an unused plugin.
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
from pathlib import Path
from statistics import median
from time import thread_time
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
START_LIMIT_MS = 5.0
CALL_LIMIT_US = 20.0
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
FORBIDDEN = ("keras", "tf_keras", "tensorflow", "jax", "torch", "libcst", "numpy")

TIMED_HOOKS = """
import json, sys
from time import process_time
import pytest
before = set(sys.modules)
begin = process_time()
import pytest_keras_inference.plugin as plugin
spent = process_time() - begin
def timed(function):
    def run(*args):
        global spent
        start = process_time()
        try:
            return function(*args)
        finally:
            spent += process_time() - start
    return run
add, configure, unconfigure = plugin.pytest_addoption, plugin.pytest_configure, plugin.pytest_unconfigure
add_timed, configure_timed, unconfigure_timed = timed(add), timed(configure), timed(unconfigure)
class Timed:
    def pytest_addoption(self, parser): add_timed(parser)
    def pytest_configure(self, config): configure_timed(config)
    def pytest_unconfigure(self, config): unconfigure_timed(config)
pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:keras_inference", FOLDER], plugins=[Timed()])
new = sorted(set(sys.modules) - before)
print("\\n@" + json.dumps({"ms": spent * 1e3, "all_ms": process_time() * 1e3, "new": new}))
"""


def start_up(rounds: int) -> tuple[float, float, list[str]]:
    """Median milliseconds that the plugin's import and start-up hooks take in a run without Keras, those of the whole
    run, and the forbidden modules that were imported."""
    times: list[float] = []
    whole: list[float] = []
    imported: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_nothing.py").write_text("def test_nothing():\n    pass\n", encoding="utf-8")
        script = TIMED_HOOKS.replace("FOLDER", repr(folder))
        for _ in range(rounds):
            answer = _run(script)
            times.append(float(answer["ms"]))
            whole.append(float(answer["all_ms"]))
            imported.update(name for name in answer["new"] if name.partition(".")[0] in FORBIDDEN)
    return median(times), median(whole), sorted(imported)


def _run(script: str) -> dict:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
    result = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    return json.loads(result.stdout.rpartition("@")[2])


def per_call(rounds: int, calls: int = 100) -> dict[str, float]:
    """Median microseconds that the watch adds to a real call, by kind."""
    import keras
    import numpy as np

    from pytest_keras_inference.session.wholerun import RunWatch

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    state = np.random.default_rng(0)

    def x() -> Any:
        return state.random((1, 3), "float32")

    kinds: dict[str, Callable[[Any], object]] = {
        "predict": lambda x: model.predict(x, verbose=0),
        "predict_on_batch": model.predict_on_batch,
        "__call__": model,
    }
    for call in kinds.values():
        call(x())
    added: dict[str, float] = {}
    for name, call in kinds.items():
        with inner_times(keras.Model, name) as spent:
            plain, watched = [], []
            for _ in range(rounds):
                plain += [_around(call, x(), spent) for _ in range(calls)]
                watch = RunWatch(ROOT, 10, [])
                watch.test = "test_benchmark"
                watch.start()
                call(x())
                watched += [_around(call, x(), spent) for _ in range(calls)]
                watch.stop()
        added[name] = median(watched) - median(plain)
    return added


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
    milliseconds, whole, imported = start_up(options.rounds)
    print(
        f"start-up, installed and unused: {milliseconds:.2f} ms (limit {START_LIMIT_MS:.0f} ms), "
        f"{milliseconds / whole:.1%} of a pytest run of one empty test"
    )
    print(f"imported by it: {', '.join(imported) or 'nothing of ' + ', '.join(FORBIDDEN)}")
    added = per_call(options.rounds)
    for name, microseconds in added.items():
        label = "model(x)" if name == "__call__" else f"model.{name}(x)"
        print(f"watching adds to {label}: {microseconds:.1f} us a call (limit {CALL_LIMIT_US:.0f} us)")
    fine = milliseconds <= START_LIMIT_MS and not imported and max(added.values()) <= CALL_LIMIT_US
    return 0 if fine or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())
