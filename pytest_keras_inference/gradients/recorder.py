"""Fills a `Trace` while code runs: the part that is the same for every backend.

The backend adapters call `Recorder.op`, `numpy_use` and `conversion`; predict calls and layer calls are seen here,
by wrapping `Model.predict` and `Layer.__call__` of every Keras that is imported for as long as the block lasts.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from pytest_keras_inference.fault import without_own_frame
from pytest_keras_inference.gradients.trace import (
    Conversion,
    LayerUse,
    Look,
    Node,
    NumpyUse,
    Op,
    PredictUse,
    Trace,
    look_at,
)
from pytest_keras_inference.models.flavour import is_built_in
from pytest_keras_inference.watching import callsite
from pytest_keras_inference.watching.callsite import CallSite

PREDICTS = ("predict", "predict_on_batch", "evaluate", "test_on_batch")
_OURS = str(Path(__file__).parents[1])
_HANDING_ON = (os.path.join("torch", "_tensor.py"), os.path.join("torch", "overrides.py"))
_KEPT_OPS = 40_000
"""A training loop of any length is watched with the memory of this many operations."""

Nodes = Callable[[Any], tuple[Node, ...]]


class Recorder:
    """Collects evidence on one thread. `nodes` gives the node ids of all tensors and variables in a structure."""

    def __init__(self, nodes: Nodes, home: CallSite | None = None) -> None:
        self.trace = Trace(home=home)
        self.nodes = nodes
        self.tapes: list[int] = []
        self.layers: list[Any] = []
        self.count = 0
        self.kept: list[Any] = []
        """Objects whose ids the trace refers to, so that the ids are not used again."""
        self.explaining = True
        """Whether causes are wanted: further draws of a check only look at the gradients themselves."""
        self.failure: Exception | None = None
        """A bug of this package, met while it recorded: recording ended there, the user's code went on."""
        self.eager = True
        """Whether functions that the framework traces may be run as plain Python, so that their operations are seen."""
        self.most: int | None = None
        """Operations after which no evidence is wanted any more."""
        self.fitted: list[Any] = []
        """The models that `fit` or `train_on_batch` trains."""
        self.deferred: list[Callable[[], None]] = []
        """What is to be judged at the end of the block: gradients whose values come later than the call (JAX)."""
        self.notes: list[str] = []
        """What is to be told beside the gradients."""
        self._quiet = 0
        self._thread = threading.get_ident()

    @property
    def watching(self) -> bool:
        """Whether what happens now is the user's computation: not inside predict, not our own, not another thread.

        The threads in which tf.distribute runs a step for its replicas, one at a time, count as the one that waits.
        """
        return self._quiet == 0 and (threading.get_ident() == self._thread or _is_replica(threading.current_thread()))

    @property
    def listening(self) -> bool:
        """Whether evidence is wanted of what happens now."""
        return self.explaining and self.watching

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """A bug in this block ends the recording, never the user's code."""
        try:
            yield
        except Exception as error:  # whatever it is, it is ours
            self.failure = self.failure or error
            self.explaining = False

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Record nothing in this block."""
        self._quiet += 1
        try:
            yield
        finally:
            self._quiet -= 1

    def op(
        self,
        name: str,
        inputs: tuple[Node, ...],
        outputs: tuple[Node, ...],
        *,
        floating: bool,
        severed: bool = False,
        switched_off: bool = False,
        layer: str | None = None,
        values: Callable[[], tuple[list[Any], list[Any]]] | None = None,
        site: CallSite | None = None,
    ) -> None:
        """One operation ran; `values` gives its outputs and inputs as NumPy arrays, None for what is not
        floating-point, if they are to be had."""
        look = Look() if values is None else _seen(name, values)
        self.trace.zeros.update(inputs[position] for position in look.zero_inputs)
        if layer is None:
            layer = describe_layer(self.layers[-1]) if self.layers else ""
        self.trace.ops.append(
            Op(
                name=name,
                inputs=inputs,
                outputs=outputs,
                index=self.count,
                tapes=tuple(self.tapes),
                floating=floating,
                severed=severed,
                switched_off=switched_off,
                site=site or here(),
                layer=layer,
                flat=look.flat,
                zero=look.zero,
                broken=look.broken,
                root=look.root,
                passed_over=tuple(inputs[position] for position in look.passed_over),
                half=look.half,
            )
        )
        self.count += 1
        if self.count == self.most:
            self.explaining = False
        if len(self.trace.ops) > 2 * _KEPT_OPS:
            del self.trace.ops[:_KEPT_OPS]
            oldest = self.trace.ops[0].index
            self.trace.numpy = [use for use in self.trace.numpy if use.after >= oldest]
            self.trace.conversions = [use for use in self.trace.conversions if use.after >= oldest]
            self.trace.layers = [use for use in self.trace.layers if use.after >= oldest]

    def numpy_use(self, node: Node, how: str) -> None:
        """The value of a tensor left the framework."""
        if self.layers and is_built_in(self.layers[-1]) and _is_read_by_a_library():
            return  # a layer of Keras looks at a condition: its outputs are tensors all the same
        self.trace.numpy.append(NumpyUse(node, how, here(), self.count))

    def conversion(self, node: Node, value: Any) -> None:
        """A NumPy or Python value became a tensor."""
        import numpy as np

        kind, zero = "array", False
        if isinstance(value, bool | int | np.integer):
            kind, zero = "int", value == 0
        elif isinstance(value, float | np.floating):
            kind, zero = "float", value == 0
        elif isinstance(value, np.ndarray):
            kind = "array" if value.dtype.kind in "fc" else "int"
            zero = value.size > 0 and kind == "array" and not value.any()
        elif isinstance(value, list | tuple):
            kind = "array" if _has_float(value) else "int"
        self.trace.conversions.append(Conversion(node, kind, here(), self.count, bool(zero)))


def _is_read_by_a_library() -> bool:
    """Whether the code that asked for a tensor's value is not the user's: the first frame that is neither ours nor one
    in which torch hands the question on."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and (
        frame.f_code.co_filename.startswith(_OURS) or frame.f_code.co_filename.endswith(_HANDING_ON)
    ):
        frame = frame.f_back
    return frame is not None and callsite.is_internal(frame.f_code.co_filename)


def _is_replica(thread: threading.Thread) -> bool:
    return type(thread).__module__.startswith("tensorflow.python.distribute.")


def _in_traced_function() -> bool:
    """Whether a `tf.function` is on the stack: while a block lasts they run eagerly."""
    frame = sys._getframe(1).f_back
    while frame is not None:
        if frame.f_code.co_filename.endswith("polymorphic_function.py"):
            return True
        frame = frame.f_back
    return False


def _seen(name: str, values: Callable[[], tuple[list[Any], list[Any]]]) -> Look:
    try:
        return look_at(name, *values())
    except (TypeError, ValueError):  # values of a kind that cannot be compared: nothing is told of this operation alone
        return Look()


def here() -> CallSite | None:
    """The user's line that runs now."""
    site = callsite.find(2)
    return None if site is callsite.UNKNOWN_SITE else site


def describe_layer(layer: Any) -> str:
    """`layer 'encoder/dense' (Dense)`."""
    name = getattr(layer, "path", None) or getattr(layer, "name", "?")
    return f"layer {str(name)!r} ({type(layer).__name__})"


@contextmanager
def keras_watched(recorder: Recorder) -> Iterator[None]:
    """Wrap the predict family and layer calls of every imported Keras while the block lasts."""
    with ExitStack() as stack:
        for library in ("keras", "tf_keras"):
            module: Any = sys.modules.get(library)
            if module is None or not hasattr(module, "Model"):
                continue
            for method in PREDICTS:
                stack.enter_context(replaced(module.Model, method, functools.partial(_predict, recorder, method)))
            if hasattr(getattr(module, "ops", None), "convert_to_numpy"):
                stack.enter_context(replaced(module.ops, "convert_to_numpy", functools.partial(_to_numpy, recorder)))
            for method in ("fit", "train_on_batch"):
                stack.enter_context(replaced(module.Model, method, functools.partial(_fit, recorder)))
            # Another watch may have given Model a __call__ of its own, which bypasses the one of Layer set here.
            owners = [module.layers.Layer, *([module.Model] if "__call__" in vars(module.Model) else [])]
            for owner in owners:
                for method in ("__call__", "stateless_call"):
                    if hasattr(owner, method):
                        wrap = functools.partial(_layer_call, recorder, method)
                        stack.enter_context(replaced(owner, method, wrap))
        yield


@contextmanager
def replaced(owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Iterator[None]:
    """Set `owner.name` to `make(original)` and put back exactly what was there, own or inherited."""
    original = getattr(owner, name)
    own = owner.__dict__.get(name, _ABSENT)
    setattr(owner, name, make(original))
    try:
        yield
    finally:
        if own is _ABSENT:
            delattr(owner, name)
        else:
            setattr(owner, name, own)


_ABSENT = object()


def _predict(recorder: Recorder, method: str, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def predict(model: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        if not recorder.listening:
            return original(model, *args, **kwargs)
        with recorder.guarded():
            # Told before it runs: under a trace predict raises, and the evidence must be there then.
            own = _variables(model)
            recorder.trace.predicts.append(
                PredictUse(
                    method=method,
                    model=model,
                    name=str(getattr(model, "name", type(model).__name__)),
                    variables=frozenset(recorder.nodes(own)),
                    variable_ids=frozenset(id(variable) for variable in own),
                    inputs=recorder.nodes((args, kwargs)),
                    tapes=tuple(recorder.tapes),
                    site=here(),
                    after=recorder.count,
                    traced=_in_traced_function(),
                )
            )
        with recorder.quiet():
            try:
                return original(model, *args, **kwargs)
            except BaseException as error:
                without_own_frame(error)
                raise

    return predict


def _to_numpy(recorder: Recorder, original: Callable[..., Any]) -> Callable[..., Any]:
    """`keras.ops.convert_to_numpy`: TensorFlow's tensors hand NumPy their memory, which leaves no other event."""

    @functools.wraps(original)
    def convert_to_numpy(x: Any) -> Any:
        __tracebackhide__ = True
        if not recorder.listening:
            return original(x)
        with recorder.guarded():
            for node in recorder.nodes(x):
                recorder.numpy_use(node, "convert_to_numpy()")
        return original(x)

    return convert_to_numpy


def _fit(recorder: Recorder, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def fit(model: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        recorder.fitted.append(model)
        try:
            return original(model, *args, **kwargs)
        except BaseException as error:
            without_own_frame(error)
            raise

    return fit


def _layer_call(recorder: Recorder, method: str, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        if not recorder.listening or _is_symbolic(args) or (recorder.layers and recorder.layers[-1] is layer):
            return original(layer, *args, **kwargs)
        recorder.trace.layers.append(
            LayerUse(
                layer=layer,
                top=not recorder.layers,
                stateless=method == "stateless_call" or _in_stateless_scope(),
                site=here(),
                after=recorder.count,
                tapes=tuple(recorder.tapes),
                modeless=method == "stateless_call" and kwargs.get("training") is None,
            )
        )
        recorder.layers.append(layer)
        try:
            return original(layer, *args, **kwargs)
        except BaseException as error:
            without_own_frame(error)
            raise
        finally:
            recorder.layers.pop()

    return call


def _is_symbolic(args: Any) -> bool:
    """Whether a layer is called on a placeholder: a model is being built then, and nothing is computed."""
    x = args[0] if args else None
    while isinstance(x, list | tuple) and x:
        x = x[0]
    return type(x).__name__ == "KerasTensor"


def _variables(model: Any) -> list[Any]:
    try:
        return list(model.variables)
    except (AttributeError, ValueError):  # tf_keras: a model that is not built yet
        return []


def _in_stateless_scope() -> bool:
    backend: Any = sys.modules.get("keras.src.backend")
    inside = getattr(backend, "in_stateless_scope", None)
    return bool(inside()) if inside is not None else False


def _has_float(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_has_float(item) for item in value[:8])
    dtype = getattr(value, "dtype", None)
    return isinstance(value, float) or getattr(dtype, "kind", "") == "f"
