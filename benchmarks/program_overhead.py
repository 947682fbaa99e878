"""What watching a program costs: microseconds a call, milliseconds at its start, and a whole training loop.

Run: python benchmarks/program_overhead.py [--rounds 9] [--check]

The figures are medians over rounds of processor time of the main thread, so that they hold on a busy machine. Calls of
methods that do nothing alternate with and without the watch of `keras-inference run`; the start is that of a program of
one line; the loop trains a small model with a tape and predicts one row a step. With --check the exit code is 1 if a
call costs more than 20 microseconds, or the loop 3 % more.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import thread_time

ROOT = Path(__file__).resolve().parents[1]
CALL_LIMIT_US = 20.0
LOOP_LIMIT = 0.03
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")


def per_call(rounds: int, calls: int = 2000) -> dict[str, float]:
    """Median microseconds that the watch adds to a call, by kind: a method that does nothing, watched and not."""
    import keras
    import numpy as np

    from pytest_keras_inference.program.watch import ProgramWatch

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    optimizer = keras.optimizers.SGD()
    x, y = np.zeros((1, 3), "float32"), np.zeros((1, 2), "float32")
    gradients = [np.ones(1)] * len(model.trainable_variables)
    work: dict[str, tuple[type, str, Callable[[], object]]] = {
        "model.predict(x)": (keras.Model, "predict", lambda: model.predict(x)),
        "model(x)": (keras.Model, "__call__", lambda: model(x)),
        "optimizer.apply(gradients)": (
            keras.optimizers.Optimizer,
            "apply",
            lambda: optimizer.apply(gradients, model.trainable_variables),
        ),
    }
    saved = {label: vars(owner).get(name) for label, (owner, name, _) in work.items()}
    added: dict[str, list[float]] = {label: [] for label in work}
    try:
        for owner, name, _ in work.values():
            nothing = _nothing(y)
            nothing.__name__ = name
            setattr(owner, name, nothing)
        for _ in range(rounds):
            plain = {label: _time(call, calls) for label, (_, _, call) in work.items()}
            watch = ProgramWatch()
            watch.start(measures=True)
            watched = {label: _time(call, calls) for label, (_, _, call) in work.items()}
            watch.stop()
            for label, values in added.items():
                values.append(watched[label] - plain[label])
    finally:
        for label, (owner, name, _) in work.items():
            if saved[label] is None:
                delattr(owner, name)
            else:
                setattr(owner, name, saved[label])
    return {label: median(values) for label, values in added.items()}


def _nothing(result: object) -> Callable[..., object]:
    def nothing(self: object, *args: object, **kwargs: object) -> object:
        return result

    return nothing


def _time(call: Callable[[], object], calls: int) -> float:
    """Microseconds a call."""
    call()
    start = thread_time()
    for _ in range(calls):
        call()
    return (thread_time() - start) / calls * 1e6


def training_loop(rounds: int, steps: int = 100) -> float:
    """The share of processor time that watching adds to a training loop of a small model."""
    import keras
    import numpy as np
    import tensorflow as tf

    from pytest_keras_inference.program.watch import ProgramWatch

    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(2)])
    optimizer = keras.optimizers.Adam()
    x = np.random.default_rng(0).normal(size=(32, 8)).astype("float32")

    def loop() -> float:
        start = thread_time()
        for _ in range(steps):
            model.predict_on_batch(x[:1])
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(model(x, training=True) ** 2)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return thread_time() - start

    loop()
    shares: list[float] = []
    for _ in range(rounds):
        plain = loop()
        watch = ProgramWatch()
        watch.start(measures=True)
        shares.append(loop() / plain - 1)
        watch.stop()
    return median(shares)


def start(rounds: int) -> tuple[float, float]:
    """Median milliseconds of processor time of a program of one line, by Python and watched."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "nothing.py")
        script.write_text("pass\n", encoding="utf-8")
        ways: tuple[list[str], list[str]] = ([], ["-m", "pytest_keras_inference", "run"])
        times = [[_spent([sys.executable, *way, str(script)]) for _ in range(rounds)] for way in ways]
    return median(times[0]), median(times[1])


def _spent(command: list[str]) -> float:
    before = os.times()
    subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    after = os.times()
    return (after.children_user + after.children_system - before.children_user - before.children_system) * 1e3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--check", action="store_true", help="exit 1 if a limit is exceeded")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    plain, watched = start(options.rounds)
    print(f"a program of one line: {plain:.0f} ms by Python, {watched:.0f} ms watched")
    added = per_call(options.rounds)
    for label, microseconds in added.items():
        print(f"watching adds to {label}: {microseconds:.1f} us a call (limit {CALL_LIMIT_US:.0f} us)")
    share = training_loop(options.rounds)
    print(f"watching adds to a training loop of a small model: {share:.1%} (limit {LOOP_LIMIT:.0%})")
    fine = max(added.values()) <= CALL_LIMIT_US and share <= LOOP_LIMIT
    return 0 if fine or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())
