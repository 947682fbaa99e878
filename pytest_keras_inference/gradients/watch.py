"""The watch over the user's own training step: every gradient taken in a block is judged."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from pytest_keras_inference.gradients.backends import adapter_of
from pytest_keras_inference.gradients.call import GradientCall, owners
from pytest_keras_inference.gradients.causes import WORDS, Source, direct_call
from pytest_keras_inference.gradients.judge import Ledger, Leniency, judge, patterns
from pytest_keras_inference.gradients.recorder import Recorder, here, keras_watched
from pytest_keras_inference.gradients.report import GradientError, GradientReport
from pytest_keras_inference.gradients.trace import PredictUse
from pytest_keras_inference.watching import callsite
from pytest_keras_inference.watching.text import count


@dataclass(repr=False)
class Watched:
    """What `watch_gradients` gives: after the block, `reports` holds one report per line that took gradients.

    `print(watched)` shows them all.
    """

    backend: str
    _recorder: Recorder
    _ledger: Ledger
    _lenient: Leniency
    _models: tuple[Any, ...] = ()
    _owners: dict[int, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def reports(self) -> tuple[GradientReport, ...]:
        """One report per line of the user's code that took gradients."""
        return self._ledger.reports()

    @property
    def notes(self) -> tuple[str, ...]:
        """What else was seen: a training step in inference mode, for example."""
        return tuple(dict.fromkeys(self._recorder.notes))

    def __str__(self) -> str:
        blocks = [f"{report.where}\n{report}" if report.ok and report.where else str(report) for report in self.reports]
        blocks += [f"note: {note}" for note in self.notes]
        return "\n\n".join(blocks) or f"no gradient was taken yet ({self.backend})"

    def __repr__(self) -> str:
        return f"<Watched: gradients taken at {count(len(self.reports), 'line')} ({self.backend})>"

    def grad(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """JAX: as `jax.grad(function, ...)`, and the gradients are judged whenever the result is called.

        Raises RuntimeError on TensorFlow and torch, where tapes and `backward()` are seen without help.
        """
        return self._differentiated("grad", function, args, kwargs)

    def value_and_grad(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """JAX: as `jax.value_and_grad(function, ...)`, judged like `grad`."""
        return self._differentiated("value_and_grad", function, args, kwargs)

    def _differentiated(self, kind: str, function: Callable[..., Any], args: Any, kwargs: Any) -> Callable[..., Any]:
        if self.backend != "jax":
            raise RuntimeError(
                f"watched.{kind}() is for JAX and the backend is {self.backend}: there, tape.gradient() and backward() "
                "are seen without help; run them inside the with block"
            )
        from pytest_keras_inference.gradients.backends import jax as jax_gradients

        return jax_gradients.differentiated(
            kind, function, args, kwargs, self._recorder, self._describe, self._judge, self._seen_models
        )

    def _judge(self, call: GradientCall) -> None:
        self._ledger.add(call, judge(call, self._recorder, self.backend, self._lenient))

    def _seen_models(self) -> Iterable[Any]:
        seen = {id(model): model for model in self._models}
        for use in self._recorder.trace.layers:
            if use.top:
                seen.setdefault(id(use.layer), use.layer)
        for call in self._recorder.trace.predicts:
            seen.setdefault(id(call.model), call.model)
        return seen.values()

    def _describe(self, leaf: Any, position: int) -> Source:
        return describe_source(leaf, position, self._nodes(leaf), self._owned(leaf))

    def _nodes(self, leaf: Any) -> tuple[int, ...]:
        return self._recorder.nodes(leaf)

    def _owned(self, leaf: Any) -> tuple[Any, ...]:
        if id(leaf) not in self._owners:
            self._owners = owners(self._seen_models())
        return self._owners.get(id(leaf), ())


def describe_source(
    leaf: Any, position: int, nodes: tuple[int, ...], layers: tuple[Any, ...] = (), path: str | None = None
) -> Source:
    """A variable or tensor as the source of a gradient."""
    dtype = getattr(leaf, "dtype", "?")
    dtype_name = str(getattr(dtype, "name", dtype)).replace("torch.", "")
    is_variable = hasattr(leaf, "assign") or type(leaf).__name__ == "Parameter"
    name = path or str(
        getattr(leaf, "path", None) or (is_variable and getattr(leaf, "name", None)) or f"source {position}"
    )
    trainable = _trainable(leaf)
    return Source(
        path=name,
        shape=tuple(int(size) if size is not None else -1 for size in leaf.shape),
        dtype=dtype_name,
        nodes=nodes,
        key=id(leaf),
        trainable=trainable,
        is_variable=is_variable,
        floating="int" not in dtype_name and "bool" not in dtype_name,
        layers=layers,
    )


def _trainable(leaf: Any) -> bool:
    """Whether the backend differentiates the variable: in Keras 3, `layer.trainable = False` stops no tape."""
    value = getattr(leaf, "_value", None) if hasattr(leaf, "path") else leaf
    for name in ("requires_grad", "trainable"):
        if hasattr(value, name):
            return bool(getattr(value, name))
    return bool(getattr(leaf, "trainable", True))


def watch_gradients(
    *models: Any,
    allow_none: Iterable[str] = (),
    allow_zero: Iterable[str] = (),
    allow_predict: bool = False,
    atol: float = 0.0,
) -> AbstractContextManager[Watched]:
    """Judge every gradient that the code in a `with` block computes.

    TensorFlow: every `tape.gradient`, `jacobian` and `batch_jacobian`, in `tf.function` and `fit` too (functions run
    eagerly in the block). torch: the parameters' `.grad` after every `backward()`. JAX: the functions that
    `jax.grad` and `jax.value_and_grad` make in it, under `jit` too, or `watched.grad` makes.

    `models`: torch only needs them when the block trains no part of them; every parameter that may be trained must
    then get a gradient. `allow_none`, `allow_zero`: variable paths, layer paths or patterns whose gradient may be
    missing or zero. `allow_predict`: a `predict` under the tape whose value is meant as a constant. `atol`: gradients
    within it count as zero.

    Raises GradientError at the end of the block when a gradient is None, all zero, NaN, infinite or lacks a term, or
    when no gradient was taken at all.
    """
    site = here()
    lenient = Leniency(patterns(allow_none, "allow_none"), patterns(allow_zero, "allow_zero"), allow_predict, atol)
    return _watching(backend_of(models), models, lenient, site)


def backend_of(models: Iterable[Any] = ()) -> str:
    """`tensorflow`, `jax` or `torch`: of the given models, else of the Keras that is imported."""
    for model in models:
        from pytest_keras_inference.models.flavour import flavour_of

        return flavour_of(model).backend
    keras: Any = sys.modules.get("keras")
    if keras is None:
        return "tensorflow" if "tf_keras" in sys.modules or "tensorflow" in sys.modules else _imported_backend()
    return str(keras.backend.backend()) if hasattr(keras.backend, "backend") else "tensorflow"


def _imported_backend() -> str:
    keras: Any = import_module("keras")
    return str(keras.backend.backend())


@contextmanager
def _watching(backend: str, models: tuple[Any, ...], lenient: Leniency, home: Any) -> Iterator[Watched]:
    __tracebackhide__ = True
    recorder = Recorder(adapter_of(backend).nodes)
    watched = Watched(backend, recorder, Ledger(backend), lenient, models)
    try:
        with _recorded(watched):
            yield watched
    except Exception as error:
        report = _first_failing(watched)
        if report is None:
            note, is_traced = predict_note(recorder, backend)
            if is_traced:
                # Functions run eagerly in the block, so that `error` is not the one that is seen without it.
                raise PredictInTraceError(note) from None
            if note:
                error.add_note(f"gradient_check: {note}")
            raise
        # What the optimizer or the framework says of a missing gradient is a consequence; the report is the cause.
        if isinstance(error, AssertionError):
            error.add_note(str(report))
            raise
        raise GradientError(report) from error
    report = _first_failing(watched)
    if report is not None:
        raise GradientError(report)
    if recorder.failure is not None:
        warnings.warn(failure_note(recorder.failure), RuntimeWarning, stacklevel=callsite.level())
    elif not watched.reports:
        raise NoGradientError(backend)
    lenient.require_matches([row.path for one in watched.reports for row in one.rows])
    for note in watched.notes:
        warnings.warn(note, RuntimeWarning, stacklevel=callsite.level())


@contextmanager
def recording(backend: str, most: int) -> Iterator[Watched]:
    """Record what the block computes, up to `most` operations, and judge it without a word: nothing is raised, and
    traced functions stay traced."""
    recorder = Recorder(adapter_of(backend).nodes)
    recorder.most = most
    recorder.eager = False
    watched = Watched(backend, recorder, Ledger(backend), Leniency((), ()))
    with _recorded(watched):
        yield watched


@contextmanager
def _recorded(watched: Watched) -> Iterator[None]:
    adapter, recorder = adapter_of(watched.backend), watched._recorder
    with ExitStack() as stack:
        stack.enter_context(keras_watched(recorder))
        stack.enter_context(
            adapter.recorded(recorder, watched._describe, watched._judge, watched._seen_models, watched._models)
        )
        yield


def failure_note(error: Exception) -> str:
    """One line on a bug of this package that ended the recording."""
    return f"gradient_check stopped looking for causes, which is a bug of its own: {type(error).__name__}: {error}"


def predict_note(recorder: Recorder, backend: str) -> tuple[str, bool]:
    """What to say of an exception that came while a predict was on its way to a gradient, empty if none was; and
    whether the predict is of a model that is not trained, in a function that TensorFlow traces: that is why it raised.
    """
    use = next((use for use in reversed(recorder.trace.predicts) if use.tapes or backend == "jax"), None)
    if use is None:
        return "", False
    layers = [one.layer for one in recorder.trace.layers if one.top] + recorder.fitted
    trained = backend != "tensorflow" or not use.traced or any(_trains(layer, use) for layer in layers)
    if trained:
        what = f"{use.method}() of model {use.name!r} ran {WORDS[backend].recorded} (KI101): {use.site}"
    else:
        what = (
            f"{use.method}() of model {use.name!r} ran in a function that TensorFlow traces, as fit does with the "
            f"loss: predict has no values to work with there (KI102): {use.site}"
        )
    return f"{what}\n    instead: {direct_call(use, trained)}", not trained


def _trains(layer: Any, use: PredictUse) -> bool:
    return any(id(variable) in use.variable_ids for variable in getattr(layer, "trainable_variables", ()))


def _first_failing(watched: Watched) -> GradientReport | None:
    return next((report for report in watched.reports if not report.ok), None)


class PredictInTraceError(AssertionError):
    """A predict in a function that TensorFlow traces raised; the message says where, and what to write instead."""


class NoGradientError(AssertionError):
    """The block took no gradient, so nothing was checked."""

    def __init__(self, backend: str) -> None:
        seen = {
            "tensorflow": "no tape.gradient() ran in the block",
            "torch": "no backward() ran in the block",
            "jax": "no function made with jax.grad or jax.value_and_grad in the block was called in it (one that was "
            "made before must be made with watched.grad(...) instead)",
        }[backend]
        super().__init__(f"nothing was checked: {seen}. Run the training step inside the with block.")
