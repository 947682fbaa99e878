"""Every built-in layer and application in a sound model, and in twins of it that are each broken in one known way.

Run: KERAS_BACKEND=jax python tests/plugin/broken_twins.py [--all | --sample N SEED] [--applications] [NAME ...]

A sound model must pass `check_gradients`, `check_modes` and `check_parity` without a note; of each twin the cause that
was put in must be named, at its line. The table counts, for each way to break a model, how many are told rightly;
`EXCEPTIONS` says what cannot be. The last line is the same as JSON.
"""

from __future__ import annotations

import argparse
import functools
import inspect
import json
import linecache
import random
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from layer_catalogue import CATALOGUE, SEVERAL, WORDS  # noqa: E402

from pytest_keras_inference import (  # noqa: E402
    GradientError,
    check_gradients,
    check_modes,
    check_parity,
    watch_gradients,
)
from pytest_keras_inference.models.flavour import takes_training  # noqa: E402

BACKEND = keras.backend.backend()
HUGE = 1e8

EXCEPTIONS: dict[tuple[str, str, str], str] = {
    ("*", "untrainable", "jax"): "jax.grad differentiates whatever it is given",
    ("ActivityRegularization", "*", "*"): "adds a loss of its own, which gives the weights before it a gradient",
    ("RandomCrop", "*", "*"): "Keras crops in training only, so that no Dense can follow",
    ("RandomCrop", "sound", "*"): "the same",
    ("SpatialDropout3D", "*", "torch"): "it has two channels here, and torch draws that both are dropped",
    ("SpatialDropout3D", "sound", "torch"): "the same",
}
"""(layer, fault, backend), with `*` for every fault or all backends: why it is not looked at."""

# fmt: off
LOOKED_AT = (
    "Activation", "AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D",
    "AdaptiveAveragePooling3D", "AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D", "Add",
    "AdditiveAttention", "AlphaDropout", "Attention", "AugMix", "AutoContrast", "Average", "AveragePooling1D",
    "AveragePooling2D", "AveragePooling3D", "BatchNormalization", "Bidirectional", "CategoryEncoding",
    "CenterCrop", "Concatenate", "ContrastLimitedAdaptiveHistogramEqualization", "Conv1D", "Conv1DTranspose",
    "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "Dense",
)
# fmt: on
"""Layers whose twins have all been found right on every backend: what a sample is drawn from."""


# Models


class Mix(layers.Layer):
    """Multiplies the last axis by a matrix that is trained: what stands before the layer that is looked at."""

    def build(self, shape: Any) -> None:
        size = shape[-1]
        self.matrix = self.add_weight(shape=(size, size), name="matrix", initializer=self._start)

    @staticmethod
    def _start(shape: Any, dtype: Any = None) -> Any:
        noise = np.random.default_rng(3).normal(size=shape) * 0.1
        return ops.convert_to_tensor((np.eye(shape[0]) + noise).astype("float32"), dtype)

    def call(self, x: Any) -> Any:
        return ops.matmul(ops.cast(x, self.compute_dtype), self.matrix)


class Twin(keras.Model):
    """A layer between trained ones. `tail` stands before the head; `aux` is an output of its own, `idle` is not called,
    `frozen` is read and not trainable."""

    def __init__(self, layer: Any, stem: bool, tail: Any = None, extra: str = "") -> None:
        super().__init__(name="twin")
        self.layer = layer
        self.stem = Mix(name="stem") if stem else None
        self.flat = layers.Flatten()
        self.middle = layers.Dense(4, activation="tanh", name="middle")
        self.tail = tail
        self.head = layers.Dense(1, name="head")
        self.extra = extra
        self.scale = 1.0
        if extra:
            self.spare = layers.Dense(2, name="spare")
        if extra == "idle":
            self.spare.build((None, 4))
        if extra == "frozen":
            self.frozen = self.add_weight(shape=(4,), initializer="ones", trainable=False, name="frozen")

    def build(self, input_shape: Any) -> None:
        """Nothing: the layers build themselves when they are called, which is quicker than a symbolic call."""

    def features(self, x: Any, training: bool | None) -> Any:
        """What the layer makes of `x`, one row of numbers per sample."""
        if self.stem is not None:
            x = [self.stem(part) for part in x] if isinstance(x, list | tuple) else self.stem(x)
        args = x if isinstance(self.layer, SEVERAL) else (x,)
        out = self.layer(*args, **({"training": training} if takes_training(self.layer) else {}))
        out = out["images"] if isinstance(out, dict) else out
        return self.flat(ops.cast(out, self.compute_dtype))

    def call(self, x: Any, training: bool | None = None) -> Any:
        hidden = self.middle(self.features(x, training) * self.scale)
        if self.extra == "frozen":
            hidden = hidden * ops.cast(self.frozen, hidden.dtype)
        found = self.head(hidden if self.tail is None else self.tail(hidden))
        return {"main": found, "aux": self.spare(hidden)} if self.extra == "aux" else found


@dataclass(frozen=True, eq=False)
class Subject:
    """What is broken: a name, how to build a fresh model, one batch and its targets."""

    name: str
    build: Callable[..., Any]
    x: Any
    y: Any
    kinds: frozenset[str] = frozenset()
    """Of `integers`, `words`, `application`."""

    @functools.cached_property
    def model(self) -> Any:
        """One model for all faults that are in the loss or the input: checks leave it as they found it."""
        return self.build()


def subject(name: str) -> Subject:
    """A layer of the catalogue between others."""
    build, x = CATALOGUE[name]
    if isinstance(x, list):
        x = [x[0], *(0.7 * other + 0.1 for other in x[1:])]
    parts = x if isinstance(x, list | tuple) else list(x.values()) if isinstance(x, dict) else [x]
    floats = all(getattr(part, "dtype", None) is not None and part.dtype.kind == "f" for part in parts[:1])
    kinds = {"words"} if x is WORDS else set() if floats else {"integers"}
    rows = len(parts[0])

    def model(tail: Any = None, extra: str = "") -> Any:
        keras.utils.set_random_seed(11)
        layer = build()
        stem = floats and not isinstance(x, dict) and ".preprocessing." not in type(layer).__module__
        twin = Twin(layer, stem, tail, extra)
        twin(as_given(x))
        size = float(np.abs(keras.ops.convert_to_numpy(twin.features(as_given(x), False))).mean())
        twin.scale = 1.0 / max(size, 1e-3)
        return twin

    y = np.linspace(-1.5, 2.5, rows, dtype="float32")[:, None]
    return Subject(name, model, x, y, frozenset(kinds))


SMALLEST = {"InceptionResNetV2": 75, "InceptionV3": 75, "Xception": 71}
FAMILIES = (
    "ConvNeXtTiny", "DenseNet121", "EfficientNetB0", "EfficientNetV2B0", "InceptionResNetV2", "InceptionV3",
    "MobileNet", "MobileNetV2", "MobileNetV3Small", "NASNetMobile", "ResNet50", "ResNet50V2", "VGG16", "Xception",
)  # fmt: skip
"""The smallest of each family of keras.applications; the others differ in the number of their layers."""


def application(name: str) -> Subject:
    """A model of keras.applications with random weights, on the smallest images that it takes."""
    size = SMALLEST.get(name, 32)
    x = (np.random.default_rng(5).random((2, size, size, 3)) * 255).astype("float32")

    def model(tail: Any = None, extra: str = "") -> Any:
        keras.utils.set_random_seed(11)
        make = getattr(keras.applications, name)
        more = {"include_preprocessing": True} if "include_preprocessing" in inspect.signature(make).parameters else {}
        return make(weights=None, input_shape=(size, size, 3), include_top=False, pooling="avg", **more)

    width = {"y": np.linspace(-1, 1, 2, dtype="float32")[:, None]}
    return Subject(name, model, x, width["y"], frozenset({"application"}))


def as_given(x: Any) -> Any:
    """Words as TensorFlow's tensors: no model takes them as arrays."""
    if x is not WORDS:
        return x
    import tensorflow as tf

    return tf.constant(x)


def sharp(kind: str) -> Any:
    """A layer that is at its limit for every sample."""
    if kind == "relu":
        return layers.Dense(4, activation="relu", bias_initializer=keras.initializers.Constant(-1e3), name="sharp")
    start, other = (keras.initializers.RandomNormal(stddev=HUGE, seed=seed) for seed in (2, 3))
    return layers.Dense(3, activation=kind, kernel_initializer=start, bias_initializer=other, name="sharp")


# Losses that are broken; the line that is to be named ends with a mark


def mse(y: Any, outputs: Any) -> Any:
    return ops.mean(ops.square(ops.cast(outputs, "float32") - ops.convert_to_tensor(y, "float32")))


def with_predict(model: Any, x: Any) -> Any:
    def loss(y: Any, outputs: Any) -> Any:
        seen = model.predict(x, verbose=0)  # mark: predict
        return mse(y, ops.convert_to_tensor(seen))

    return loss


def with_numpy(model: Any, x: Any) -> Any:
    def loss(y: Any, outputs: Any) -> Any:
        seen = ops.convert_to_numpy(outputs)  # mark: numpy
        spread = np.std(seen)
        return mse(y, ops.convert_to_tensor(seen)) + ops.convert_to_tensor(spread)

    return loss


def with_array(model: Any, x: Any) -> Any:
    def loss(y: Any, outputs: Any) -> Any:
        squared = np.square(outputs if BACKEND != "torch" else outputs.detach())  # mark: ufunc
        return ops.mean(ops.convert_to_tensor(squared, "float32"))

    return loss


def with_stop_gradient(model: Any, x: Any) -> Any:
    def loss(y: Any, outputs: Any) -> Any:
        fixed = ops.stop_gradient(outputs)  # mark: stop_gradient
        return mse(y, fixed)

    return loss


def with_argmax(model: Any, x: Any) -> Any:
    def loss(y: Any, outputs: Any) -> Any:
        chosen = ops.argmax(ops.concatenate([outputs, -outputs], axis=-1), axis=-1)  # mark: argmax
        return mse(y[:, 0], chosen)

    return loss


def with_round(model: Any, x: Any) -> Any:
    def loss(y: Any, outputs: Any) -> Any:
        near = ops.round(outputs)  # mark: round
        return mse(y, near)

    return loss


def tiny(y: Any, outputs: Any) -> Any:
    return mse(y, outputs) * 1e-11


def main_only(y: Any, outputs: Any) -> Any:
    return mse(y, outputs["main"])


# Faults


class NotHereError(Exception):
    """The model cannot be broken so on this backend."""


@dataclass(frozen=True)
class Fault:
    """One way to break a model: what runs it, and what must be said."""

    name: str
    kinds: tuple[str, ...]
    run: Callable[[Subject], Any]
    mark: str = ""
    """The line that must be named."""
    words: str = ""
    """What the text must hold."""
    paths: str = ""
    """The end of the paths that must be broken; all by default."""
    skip: Callable[[Subject], str] = field(default=lambda subject: "")
    """Why a subject cannot be broken so."""


def with_loss(make: Any) -> Callable[[Subject], Any]:
    def run(one: Subject) -> Any:
        check_gradients(one.model, as_given(one.x), one.y, loss=make(one.model, as_given(one.x)))

    return run


def with_tail(kind: str) -> Callable[[Subject], Any]:
    def run(one: Subject) -> Any:
        check_gradients(one.build(sharp(kind)), as_given(one.x), one.y, loss=mse)

    return run


def with_extra(extra: str, loss: Any) -> Callable[[Subject], Any]:
    def run(one: Subject) -> Any:
        model = one.build(extra=extra)
        sources = [model.frozen] if extra == "frozen" else None
        check_gradients(model, as_given(one.x), one.y, loss=loss, sources=sources)

    return run


def at_minimum(one: Subject) -> Any:
    y = keras.ops.convert_to_numpy(one.model(as_given(one.x), training=False))
    return check_gradients(one.model, as_given(one.x), y, loss=mse, training=False)


def integer_input(one: Subject) -> Any:
    x = one.x.astype("int32") if isinstance(one.x, np.ndarray) else [part.astype("int32") for part in one.x]
    check_gradients(one.model, x, one.y, loss=mse, sources="input")


def underflow(one: Subject) -> Any:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        try:
            model = one.build()
            model(as_given(one.x), training=True)
        except Exception as error:
            raise NotHereError(f"does not run in float16 on {BACKEND}") from error
        check_gradients(model, as_given(one.x), one.y, loss=tiny)
    finally:
        keras.config.set_dtype_policy(before)


def called_before(one: Subject) -> Any:
    model, x = one.model, as_given(one.x)
    with watch_gradients(*([model] if BACKEND == "torch" else [])) as watched:
        if BACKEND == "tensorflow":
            import tensorflow as tf

            outputs = model(x)  # mark: before-tensorflow
            with tf.GradientTape() as tape:
                loss = mse(one.y, outputs)
            tape.gradient(loss, model.trainable_variables)
        elif BACKEND == "jax":
            outputs = model(x)  # mark: before-jax
            step = watched.grad(lambda weights: mse(one.y, outputs))
            step([variable.value for variable in model.trainable_variables])
        else:
            import torch

            with torch.no_grad():
                outputs = model(x)  # mark: before-torch
            loss = mse(one.y, outputs)
            loss.requires_grad_(True)
            loss.backward()


def no_twin(one: Subject) -> str:
    return "an application is not built around" if "application" in one.kinds else ""


def no_integers(one: Subject) -> str:
    if "words" in one.kinds or isinstance(one.x, dict | tuple) or no_twin(one):
        return "has no input of numbers alone"
    return "" if "integers" in one.kinds or one.model.stem is not None else "the layer takes no integers"


FAULTS = (
    Fault("predict in the loss", ("predict",), with_loss(with_predict), "predict"),
    Fault("NumPy in the loss", ("numpy",), with_loss(with_numpy), "numpy"),
    Fault("a NumPy function in the loss", ("numpy", "detached"), with_loss(with_array), "ufunc"),
    Fault("stop_gradient", ("stop-gradient", "detached"), with_loss(with_stop_gradient), "stop_gradient"),
    Fault("argmax", ("non-differentiable",), with_loss(with_argmax), "argmax"),
    Fault("round", ("non-differentiable",), with_loss(with_round), "round"),
    Fault("saturated softmax", ("saturated",), with_tail("softmax"), words="softmax is saturated", skip=no_twin),
    Fault("saturated sigmoid", ("saturated",), with_tail("sigmoid"), words="saturated sigmoid", skip=no_twin),
    Fault("saturated tanh", ("saturated",), with_tail("tanh"), words="saturated tanh", skip=no_twin),
    Fault("dead ReLU", ("dead-relu",), with_tail("relu"), words="sharp", skip=no_twin),
    Fault("loss at its minimum", ("minimum",), at_minimum),
    Fault("float16 underflow", ("float16-underflow",), underflow, skip=no_twin),
    Fault("untrainable", ("untrainable",), with_extra("frozen", mse), paths="frozen", skip=no_twin),
    Fault("unused output", ("unused",), with_extra("aux", main_only), paths="spare", skip=no_twin),
    Fault("layer never called", ("unreached",), with_extra("idle", mse), paths="spare", skip=no_twin),
    Fault("integer input", ("integer-input",), integer_input, paths="input", skip=no_integers),
    Fault(
        "called before the tape",
        ("before-tape", "before-function", "no-grad"),
        called_before,
        f"before-{BACKEND}",
    ),
)


# Judging


@dataclass(frozen=True)
class Case:
    """One model and one fault, or none."""

    subject: str
    fault: str
    told: str
    """Empty if right; else what was said or done."""


def marked(mark: str) -> int:
    """The number of the line with a mark."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    (found,) = [number for number, line in enumerate(lines, 1) if line.endswith(f"# mark: {mark}")]
    return found


def judged(one: Subject, fault: Fault) -> str:
    """Empty if the cause that was put in is what is told of every broken gradient."""
    try:
        passed = fault.run(one)
    except GradientError as error:
        report = error.report
    else:
        # The same sums in another order are not the same: the loss is only near its minimum then.
        return "" if fault.run is at_minimum and passed.loss > 0 else "nothing was said"
    failures = report.failures
    wanted = [row for row in report.rows if f"{fault.paths}/" in f"{row.path}/" or row.path.startswith("input")]
    if fault.paths and (not wanted or {row.path for row in failures} != {row.path for row in wanted}):
        return f"broken: {', '.join(row.path for row in failures)}"
    if not fault.paths and not fault.words and fault.name != "loss at its minimum" and len(failures) < len(report.rows):
        fine = [row.path for row in report.rows if not row.failed]
        return f"said to be fine: {', '.join(fine[:3])}"
    for row in failures:
        cause = row.cause
        if cause is None or cause.kind not in fault.kinds or fault.words not in cause.what:
            return f"{row.path}: {cause.kind}: {cause.what}" if cause else f"{row.path}: no cause"
        if fault.mark and (cause.site is None or cause.site.line != marked(fault.mark)):
            return f"{row.path}: the line {cause.site.line if cause.site else None}"
    return f"note: {report.notes[0]}" if report.notes else ""


def sound(one: Subject) -> str:
    """Empty if nothing is said of a sound model."""
    model, x = one.model, as_given(one.x)
    report = check_gradients(model, x, one.y, loss=mse)
    noted = [row for row in report.rows if row.note or row.status != "ok"]
    if report.notes or noted:
        return f"gradients: {report.notes or noted[0]}"
    modes = check_modes(model, x)
    if modes.notes:
        return f"modes: {modes.notes[0].text}"
    modes.assert_inference_deterministic()
    parity = check_parity(model, x, batch_sizes=(len(one.y), None))
    return "" if parity.ok else f"parity: {parity}"


def is_exception(who: str, fault: str) -> bool:
    faults = (fault,) if fault == "sound" else (fault, "*")
    return any((name, what, on) in EXCEPTIONS for name in (who, "*") for what in faults for on in (BACKEND, "*"))


def cases(one: Subject, names: set[str]) -> Iterator[Case]:
    """The sound model, and every twin of it."""
    if "words" in one.kinds and BACKEND != "tensorflow":
        return
    for fault in (None, *FAULTS):
        name = fault.name if fault else "sound"
        if (names and name not in names) or (fault and fault.skip(one)):
            continue
        if is_exception(one.name, name):
            continue
        try:
            told = judged(one, fault) if fault else sound(one)
        except NotHereError:
            continue
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            text = " ".join(str(error).split())[:300]
            told = f"{type(error).__name__}: {text} ({Path(where.filename).name}:{where.lineno})"
        yield Case(one.name, name, told)
    linecache.clearcache()


def table(found: list[Case]) -> str:
    """How many of each are right."""
    total = Counter(case.fault for case in found)
    right = Counter(case.fault for case in found if not case.told)
    lines = [f"{name:30} {right[name]:5} of {total[name]:5}" for name in total]
    return "\n".join([*lines, f"{'all':30} {right.total():5} of {total.total():5}"])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", help="layers; default: those that --all or --sample say")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--sample", nargs=2, metavar=("N", "SEED"))
    parser.add_argument("--applications", action="store_true", help="the applications instead of the layers")
    parser.add_argument("--fault", action="append", default=[])
    options = parser.parse_args()
    known = list(FAMILIES) if options.applications else sorted(CATALOGUE)
    names = options.names or known
    if options.sample:
        number, seed = options.sample
        names = random.Random(seed).sample(LOOKED_AT, int(number))
    warnings.simplefilter("ignore")
    found: list[Case] = []
    for name in names:
        for case in cases(application(name) if options.applications else subject(name), set(options.fault)):
            found.append(case)
            if case.told:
                print(f"{case.subject}: {case.fault}: {case.told}", flush=True)
    print(table(found))
    wrong = [[case.subject, case.fault, case.told] for case in found if case.told]
    print(json.dumps({"backend": BACKEND, "cases": len(found), "wrong": wrong}))


if __name__ == "__main__":
    main()
