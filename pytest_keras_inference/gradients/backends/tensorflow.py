"""What `gradient_check` sees of TensorFlow: operations, conversions, tapes.

Uses four private places, each of which a test guards: `tensorflow.python.framework.op_callbacks` (operations),
`constant_op.convert_to_eager_tensor` (NumPy values that become tensors), `GradientTape._push_tape` (when a tape
records) and `BaseResourceVariable._handle` (variables that an operation reads by itself). Functions under
`tf.function` run eagerly while the block lasts: their tapes are then seen too, with values.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any

from pytest_keras_inference.fault import without_own_frame
from pytest_keras_inference.gradients.call import UNKNOWN, GradientCall
from pytest_keras_inference.gradients.causes import Source, Tape
from pytest_keras_inference.gradients.recorder import Recorder, here, replaced
from pytest_keras_inference.gradients.trace import Node

OnCall = Callable[[GradientCall], None]
Describe = Callable[[Any, int], Source]

_ARRAY_METHODS = {"numpy": ".numpy()", "__array__": "np.asarray()", "__float__": "float()", "__int__": "int()"}


def nodes(structure: Any) -> tuple[Node, ...]:
    """Ids of the eager tensors and variables in `structure`."""
    import tensorflow as tf

    return tuple(node for leaf in tf.nest.flatten(structure) for node in _node(leaf))


def _node(leaf: Any) -> tuple[Node, ...]:
    value = underlying(leaf)
    try:
        handle = getattr(value, "handle", None)
    except ValueError:  # a variable of a distribution strategy, asked outside of its replicas
        handle = None
    tensor = value if handle is None else handle
    found = getattr(tensor, "_id", None)
    return (found,) if isinstance(found, int) else ()


def underlying(leaf: Any) -> Any:
    """The tf.Variable of a Keras variable, anything else as it is."""
    if type(leaf).__module__.startswith("keras."):
        inner = getattr(leaf, "_value", None)
        return leaf if inner is None else inner
    return leaf


def to_numpy(value: Any) -> Any:
    """A gradient as a NumPy array: IndexedSlices made dense, symbolic tensors as UNKNOWN, None as None."""
    import tensorflow as tf

    if value is None:
        return None
    if isinstance(value, tf.IndexedSlices):
        value = tf.convert_to_tensor(value)
    if not hasattr(value, "_numpy_internal"):
        return UNKNOWN
    if value.dtype == tf.bfloat16:
        value = tf.cast(value, tf.float32)
    return value._numpy_internal()


@contextmanager
def recorded(
    recorder: Recorder,
    describe: Describe,
    on_call: OnCall,
    models: Callable[[], Iterable[Any]] = tuple,
    given: tuple[Any, ...] = (),
) -> Iterator[None]:
    """Fill `recorder` and hand every gradient that a tape gives to `on_call` while the block lasts.

    The tape's sources say what should be trained, so `models` and `given` are not asked.
    """
    import tensorflow as tf
    from tensorflow.python.eager import backprop
    from tensorflow.python.framework import constant_op, op_callbacks, ops

    tapes = _Tapes(recorder, describe, on_call)
    reads = _Reads(recorder)
    callback = _Operations(recorder, reads)
    eager_before = tf.config.functions_run_eagerly()
    tensor_class: Any = ops.EagerTensor.__mro__[1]
    with ExitStack() as stack:
        tape_class = backprop.GradientTape
        for name, wrap in (
            ("_push_tape", tapes.pushes),
            ("_pop_tape", tapes.pops),
            ("watch", tapes.watches),
            ("gradient", tapes.differentiates),
            ("jacobian", tapes.differentiates),
            ("batch_jacobian", tapes.differentiates),
        ):
            stack.enter_context(replaced(tape_class, name, wrap))
        for name, how in _ARRAY_METHODS.items():
            owner = next((base for base in (tensor_class, ops.EagerTensor) if name in base.__dict__), None)
            if owner is not None:
                stack.enter_context(replaced(owner, name, functools.partial(_leaves, recorder, how)))
        stack.enter_context(_numpy_functions(recorder, ops.EagerTensor))
        stack.enter_context(reads.noted())
        convert = functools.partial(_converts, recorder)
        stack.enter_context(replaced(constant_op, "convert_to_eager_tensor", convert))
        if recorder.eager:
            stack.enter_context(_without_warning("Even though the `tf.config.experimental_run_functions_eagerly`"))
            tf.config.run_functions_eagerly(True)
            stack.callback(tf.config.run_functions_eagerly, eager_before)
        op_callbacks.add_op_callback(callback)
        stack.callback(op_callbacks.remove_op_callback, callback)
        yield


class _Reads:
    """The variables that were asked for their handle since the last operation. TensorFlow's C++ fast path reads a
    variable that is handed to an operation, as in `tf.multiply(variable, x)`, without a call back."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._asked: list[Any] = []

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note them while the block lasts. Instances keep the handle in their `__dict__`, below this property."""
        from tensorflow.python.ops.resource_variable_ops import BaseResourceVariable

        def handle(variable: Any) -> Any:
            if self._recorder.listening and not any(variable is other for other in self._asked):
                self._asked.append(variable)
            try:
                return variable.__dict__["_handle"]
            except KeyError:
                raise AttributeError("_handle") from None

        def keep(variable: Any, value: Any) -> None:
            variable.__dict__["_handle"] = value

        if "_handle" in BaseResourceVariable.__dict__:
            yield
            return
        BaseResourceVariable._handle = property(handle, keep)
        try:
            yield
        finally:
            del BaseResourceVariable._handle

    def taken(self, tensors: list[Any]) -> dict[int, Node]:
        """id of each of `tensors` that is the value of a variable asked for -> the variable's node."""
        asked, self._asked = self._asked, []
        found: dict[int, Node] = {}
        for tensor in tensors if asked else ():
            fitting = [v for v in asked if v.dtype.base_dtype == tensor.dtype and v.shape == tensor.shape]
            if len(fitting) > 1 or len(tensors) > 1:
                fitting = [v for v in fitting if _equal(v, tensor)]
            if fitting:
                found[tensor._id] = fitting[0].__dict__["_handle"]._id
        return found

    def forget(self) -> None:
        """An operation ran that read none of them."""
        self._asked.clear()


def _equal(variable: Any, tensor: Any) -> bool:
    import numpy as np

    return np.array_equal(variable.read_value()._numpy_internal(), tensor._numpy_internal())


class _Operations:
    """The op callback. Inputs that no operation made and that did not exist before the last one are variables that the
    operation read, or NumPy values that TensorFlow's C++ fast path converted on the way: tensor ids only ever grow."""

    def __init__(self, recorder: Recorder, reads: _Reads) -> None:
        import tensorflow as tf

        self._recorder = recorder
        self._reads = reads
        self._newest: int = tf.constant(0.0)._id

    def __call__(
        self, op_type: Any, inputs: Any, attrs: Any, outputs: Any, op_name: Any = None, graph: Any = None
    ) -> None:
        if graph is not None:
            return
        recorder = self._recorder
        inputs = [tensor for tensor in inputs if hasattr(tensor, "_id")]
        outputs = [tensor for tensor in outputs if hasattr(tensor, "_id")]
        if recorder.listening:
            name = op_type.decode() if isinstance(op_type, bytes) else str(op_type)
            floating = any(tensor.dtype.is_floating or tensor.dtype.is_complex for tensor in outputs)
            with recorder.guarded(), recorder.quiet():
                new = [tensor for tensor in inputs if tensor._id > self._newest and tensor.dtype.is_numpy_compatible]
                read = self._reads.taken(new)
                for tensor in new:
                    if tensor._id in read:
                        recorder.op("ReadVariableOp", (read[tensor._id],), (tensor._id,), floating=True)
                        continue
                    array = tensor._numpy_internal()  # of a lone string, bytes
                    recorder.conversion(tensor._id, array if getattr(array, "shape", True) else array[()])
                recorder.op(
                    name,
                    tuple(tensor._id for tensor in inputs),
                    tuple(tensor._id for tensor in outputs),
                    floating=floating or not outputs,
                    values=functools.partial(_values, outputs, inputs) if floating else None,
                )
        self._reads.forget()
        self._newest = max([self._newest, *(tensor._id for tensor in (*inputs, *outputs))])


def _values(outputs: Any, inputs: Any) -> tuple[list[Any], list[Any]]:
    return _arrays(outputs), _arrays(inputs)


def _arrays(tensors: Any) -> list[Any]:
    return [_array(tensor) for tensor in tensors]


def _array(tensor: Any) -> Any:
    if not hasattr(tensor, "_numpy_internal") or not tensor.dtype.is_numpy_compatible:
        return None
    if not (tensor.dtype.is_floating or tensor.dtype.is_complex):
        return None
    array = tensor._numpy_internal()
    return array if array.dtype.kind in "fc" else array.astype("float32")


def _leaves(recorder: Recorder, how: str, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def method(tensor: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        if not recorder.listening:
            return original(tensor, *args, **kwargs)
        with recorder.guarded():
            recorder.numpy_use(tensor._id, how)
        with recorder.quiet():
            return original(tensor, *args, **kwargs)

    return method


@contextmanager
def _numpy_functions(recorder: Recorder, tensor_class: Any) -> Iterator[None]:
    """See np.mean(tensor) and its like: NumPy asks the argument's class first. Ufuncs do not ask without changing
    what `array * tensor` means, so np.tanh(tensor) is told from the source line instead."""

    def array_function(tensor: Any, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        plain = getattr(function, "_implementation", None)
        if plain is None:
            return NotImplemented
        if recorder.listening:
            with recorder.guarded():
                for node in nodes((args, kwargs)):
                    recorder.numpy_use(node, f"np.{function.__name__}()")
        return plain(*args, **kwargs)

    if "__array_function__" in tensor_class.__dict__:
        yield
        return
    tensor_class.__array_function__ = array_function
    try:
        yield
    finally:
        del tensor_class.__array_function__


def _converts(recorder: Recorder, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def convert(value: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        tensor = original(value, *args, **kwargs)
        if recorder.listening and hasattr(tensor, "_id") and tensor._id != getattr(value, "_id", None):
            with recorder.guarded():
                recorder.conversion(tensor._id, value)
        return tensor

    return convert


class _Tapes:
    """Follows every GradientTape: open or not, what it watches, what is asked of it."""

    def __init__(self, recorder: Recorder, describe: Describe, on_call: OnCall) -> None:
        self._recorder = recorder
        self._describe = describe
        self._on_call = on_call
        self._known: dict[int, dict[str, Any]] = {}

    def _facts(self, tape: Any) -> dict[str, Any]:
        # The tape itself is kept, so that its id is not used again.
        return self._known.setdefault(
            id(tape), {"tape": tape, "opened": self._recorder.count, "closed": None, "watched": set()}
        )

    def pushes(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def push(tape: Any) -> Any:
            self._facts(tape)["closed"] = None
            if self._recorder.listening:
                self._recorder.tapes.append(id(tape))
            return original(tape)

        return push

    def pops(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def pop(tape: Any) -> Any:
            self._facts(tape)["closed"] = self._recorder.count
            if id(tape) in self._recorder.tapes:
                self._recorder.tapes.remove(id(tape))
            return original(tape)

        return pop

    def watches(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def watch(tape: Any, tensor: Any) -> Any:
            self._facts(tape)["watched"].update(nodes(tensor))
            return original(tape, tensor)

        return watch

    def differentiates(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def gradient(tape: Any, target: Any, sources: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            import tensorflow as tf

            recorder = self._recorder
            if not recorder.watching:
                return original(tape, target, sources, *args, **kwargs)
            site = here()
            eagerly = tf.config.functions_run_eagerly()
            # Another tape that is open differentiates this gradient: what it is computed with is evidence then.
            higher_order = any(other != id(tape) for other in recorder.tapes)
            with nullcontext() if higher_order else recorder.quiet():
                # jacobian vectorises with tf.function, which must trace to do so.
                tf.config.run_functions_eagerly(False)
                try:
                    result = original(tape, target, sources, *args, **kwargs)
                except BaseException as error:
                    without_own_frame(error)
                    raise
                finally:
                    tf.config.run_functions_eagerly(eagerly)
            with recorder.guarded(), recorder.quiet():
                flat_sources = tf.nest.flatten(sources)
                flat_result = tf.nest.flatten(result)
                facts = self._facts(tape)
                self._on_call(
                    GradientCall(
                        sources=tuple(self._describe(source, position) for position, source in enumerate(flat_sources)),
                        gradients=tuple(to_numpy(value) for value in flat_result),
                        target=nodes(target),
                        tape=Tape(
                            id=id(tape),
                            opened=facts["opened"],
                            closed=facts["closed"],
                            automatic=bool(getattr(tape, "_watch_accessed_variables", True)),
                            watched=frozenset(facts["watched"]),
                        ),
                        site=site,
                        loss=_scalar(target),
                    )
                )
            return result

        return gradient


def _scalar(target: Any) -> float | None:
    import tensorflow as tf

    leaves = tf.nest.flatten(target)
    if len(leaves) != 1 or not hasattr(leaves[0], "_numpy_internal") or leaves[0].shape.rank != 0:
        return None
    return float(leaves[0]._numpy_internal())


@contextmanager
def _without_warning(start: str) -> Iterator[None]:
    """Silence one warning and nothing else; the filters are left as they were but for that entry."""
    import re

    warnings.filterwarnings("ignore", message=re.escape(start))
    entry = warnings.filters[0]
    try:
        yield
    finally:
        if entry in warnings.filters:
            warnings.filters.remove(entry)  # type: ignore[attr-defined]


def tensors(structure: Any) -> Any:
    """`structure` with its arrays as tensors."""
    import tensorflow as tf

    return tf.nest.map_structure(tf.convert_to_tensor, structure)


def paths(structure: Any) -> list[tuple[str, Any]]:
    """(path, tensor) of every tensor in `structure`; the path of a lone tensor is empty."""
    import tensorflow as tf

    flat = tf.nest.flatten(structure)
    if len(flat) == 1 and flat[0] is structure:
        return [("", structure)]
    names = sorted(structure) if isinstance(structure, dict) else range(len(flat))
    return [(f"/{name}", leaf) for name, leaf in zip(names, flat, strict=True)]


def differentiate(
    recorder: Recorder,
    forward: Callable[[Any], Any],
    x: Any,
    variables: list[Any] | None,
    described: tuple[Source, ...],
    on_call: OnCall,
    stack: ExitStack,
) -> None:
    """Hand the gradients of `forward(x)` with respect to `variables`, or to `x` itself, to `on_call`."""
    import tensorflow as tf

    known = {source.key: source for source in described}
    stack.enter_context(recorded(recorder, lambda leaf, position: known.get(id(leaf), described[position]), on_call))
    with tf.GradientTape() as tape:
        floats = [leaf for leaf in tf.nest.flatten(x) if leaf.dtype.is_floating]
        if variables is None:
            tape.watch(floats)
        loss = forward(x)
    tape.gradient(loss, tf.nest.flatten(x) if variables is None else variables)


def evaluate(forward: Callable[[Any], Any], x: Any) -> float:
    """The loss alone."""
    return float(forward(x))


def repair(found: Any) -> None:
    """Nothing of a model is lost when a TensorFlow computation raises."""
