"""Callables that run the functions they are given: where the function stands, what it gets, and how often it runs.

One row per callable of another library. A name with owners means that name in those packages alone; one without means
any callable of the name that is not the project's own.
"""

from __future__ import annotations

from enum import Enum, auto

from lint_rules.records import dataclass


class EdgeKind(Enum):
    """How a function is run from a place."""

    CALL = auto()  # once: called there, or handed to a thread, a process, an executor
    EACH = auto()  # once for every element of a collection: map, apply, np.vectorize
    SEARCH = auto()  # once for every point that an optimiser tries: scipy.optimize.minimize(f, x0)
    EVENT = auto()  # whenever something arrives: a message of a broker, a frame of a sensor, a tick of a clock
    TRACED = auto()  # while a graph is traced: tf.function(f), Dataset.map(f), Lambda(f), compile(loss=f)
    DIFFERENTIATED = auto()  # jax.grad(f), tfp.math.value_and_gradient(f)
    PYTHON = auto()  # called back from a graph in plain Python: tf.py_function(f)


@dataclass(frozen=True, slots=True)
class HigherOrder:
    """How a callable runs a function that it is given.

    `function` is the position of the function and `keywords` are its names. What the function gets: the arguments
    behind it (`rest`); a tuple at `args` and a dict at `kwargs`, which may be passed by the names of `spread`; an
    element of the collection at `collection`, of all that follow too where it is `parallel`, or one whose items are
    the arguments where it is `unpacked`; before that, where it `accumulates`, what it gave for the element before. A
    `collection` of None is the object whose method the callable is.
    """

    kind: EdgeKind = EdgeKind.CALL
    function: int = 0
    keywords: tuple[str, ...] = ()
    rest: bool = False
    args: int | None = None
    kwargs: int | None = None
    spread: tuple[str, ...] = ()
    collection: int | None = None
    parallel: bool = False
    unpacked: bool = False
    accumulates: bool = False
    owners: tuple[str, ...] = ()


_FUNCTION = ("func", "function", "f", "fn", "pyfunc")
_POOLS = ("multiprocessing.", "multiprocess.", "pathos.", "billiard.", "torch.multiprocessing.")

_MAP = HigherOrder(EdgeKind.EACH, 0, _FUNCTION, collection=1)
_MAPS = HigherOrder(EdgeKind.EACH, 0, _FUNCTION, collection=1, parallel=True)
_STARMAP = HigherOrder(EdgeKind.EACH, 0, _FUNCTION, collection=1, unpacked=True)
_OF_OWNER = HigherOrder(EdgeKind.EACH, 0, _FUNCTION)
_WORKER = HigherOrder(EdgeKind.CALL, 1, ("target",), args=3, kwargs=4, spread=("args", "kwargs"))
_POOLED = HigherOrder(EdgeKind.CALL, 0, ("func",), args=1, kwargs=2, spread=("args", "kwds"))
_WITH_REST = HigherOrder(EdgeKind.CALL, 0, (*_FUNCTION, "callback"), rest=True)
_AFTER_ONE = HigherOrder(EdgeKind.CALL, 1, (*_FUNCTION, "callback"), rest=True)


def _arriving(function: int, *keywords: str, owners: tuple[str, ...] = ()) -> HigherOrder:
    return HigherOrder(EdgeKind.EVENT, function, keywords, owners=owners)


_SOCKETS = ("socketio.", "flask_socketio.")
_QT = ("PyQt5", "PyQt6", "PySide2", "PySide6")


ROWS: dict[str, tuple[HigherOrder, ...]] = {
    # Once for every element
    "map": (_MAPS,),
    "filter": (_MAP,),
    "imap": (_MAP,),
    "imap_unordered": (_MAP,),
    "map_async": (_MAP,),
    "starmap": (_STARMAP,),
    "starmap_async": (_STARMAP,),
    "process_map": (_MAPS,),
    "thread_map": (_MAPS,),
    "map_fn": (_MAP,),
    "reduce": (HigherOrder(EdgeKind.EACH, 0, _FUNCTION, collection=1, accumulates=True, owners=("functools.",)),),
    "accumulate": (HigherOrder(EdgeKind.EACH, 1, _FUNCTION, collection=0, accumulates=True, owners=("itertools.",)),),
    "apply_along_axis": (HigherOrder(EdgeKind.EACH, 0, _FUNCTION, collection=2),),
    "progress_apply": (_OF_OWNER,),
    "parallel_apply": (_OF_OWNER,),
    "applymap": (_OF_OWNER,),
    "vectorize": (_OF_OWNER,),
    "fl_image": (_OF_OWNER,),
    "fl": (_OF_OWNER,),
    # Once, with arguments of its own
    "apply": (HigherOrder(EdgeKind.CALL, 0, ("func",), args=1, kwargs=2, spread=("args", "kwds"), owners=_POOLS),
              _OF_OWNER),
    "apply_async": (_POOLED,),
    "Thread": (_WORKER,),
    "Process": (_WORKER,),
    "DummyProcess": (_WORKER,),
    "Timer": (_arriving(1, "callback", owners=("rospy.",)),
              HigherOrder(EdgeKind.CALL, 1, ("function",), args=2, kwargs=3, spread=("args", "kwargs")),),
    "start_new_thread": (HigherOrder(EdgeKind.CALL, 0, args=1, kwargs=2),),
    "submit": (_WITH_REST,),
    "to_thread": (_WITH_REST,),
    "run_sync": (HigherOrder(EdgeKind.CALL, 0, ("func",), rest=True, owners=("anyio.", "trio.")),),
    "run_in_threadpool": (_WITH_REST,),
    "run_in_executor": (_AFTER_ONE,),
    "call_soon": (_WITH_REST,),
    "call_soon_threadsafe": (_WITH_REST,),
    "call_later": (_AFTER_ONE,),
    "call_at": (_AFTER_ONE,),
    "start_background_task": (HigherOrder(EdgeKind.CALL, 0, ("target",), rest=True),),
    "spawn": (HigherOrder(EdgeKind.CALL, 0, rest=True, owners=("gevent.", "eventlet.", "torch.multiprocessing.")),),
    # Whenever something arrives
    "basic_consume": (_arriving(1, "on_message_callback", "consumer_callback", "callback"),),
    "message_callback_add": (_arriving(1, "callback"),),
    "Subscriber": (_arriving(2, "callback", owners=("rospy.",)),),
    "create_subscription": (_arriving(2, "callback"),),
    "add_event_detect": (_arriving(2, "callback"),),
    "WebSocketApp": (_arriving(99, "on_message"),),
    "InputStream": (_arriving(99, "callback", owners=("sounddevice.",)),),
    "RawInputStream": (_arriving(99, "callback", owners=("sounddevice.",)),),
    "Stream": (_arriving(99, "callback", owners=("sounddevice.",)),),
    "open": (_arriving(99, "stream_callback"),),
    "listen_in_background": (_arriving(1, "callback"),),
    "webrtc_streamer": (_arriving(99, "video_frame_callback", "audio_frame_callback"),),
    "registerCallback": (_arriving(0, "cb", owners=("message_filters.",)),),
    "on": (_arriving(1, "handler", owners=_SOCKETS),),
    # Whenever a clock ticks
    "after": (_arriving(1, "func", owners=("tkinter.", "Tkinter.", "customtkinter.")),),
    "schedule_interval": (_arriving(0, "callback", owners=("kivy.",)),),
    "connect": (_arriving(0, owners=tuple(f"{package}.QtCore.QTimer" for package in _QT)),),
    "do": (_arriving(0, "job_func", owners=("schedule.",)),),
    "add_job": (_arriving(0, "func", owners=("apscheduler.",)),),
    "create_timer": (_arriving(1, "callback"),),
}  # fmt: skip
"""Callables by the last part of their name."""

PROMISES = frozenset({"submit", "apply_async"})
"""Of these callables those that give an object which hands out later what the function gave."""

COLLECTS = frozenset({"result", "get"})
"""The methods of such an object that hand it out."""

WAITS = frozenset({"to_thread", "run_in_threadpool", "run_in_executor", "run_sync"})
"""Of these callables those that give what the function gives, perhaps once it is awaited."""

MAPS = frozenset({"map", "imap", "imap_unordered", "process_map", "thread_map"})
"""Of these callables those that give what the function gives for each element."""

QUEUES = frozenset(
    f"{package}.{name}"
    for package in ("queue", "multiprocessing", "asyncio", "torch.multiprocessing", "Queue")
    for name in ("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue", "JoinableQueue")
)
"""What keeps what is put into it and hands it out again."""

KEYED = {"sorted": 0, "min": 0, "max": 0, "groupby": 0, "nlargest": 1, "nsmallest": 1, "sort": None}
"""Those that take a function as `key=` and run it for each element: the position of the collection."""

LAZILY_KEYED = frozenset({"groupby"})
"""Of these those that run it only while what they give is gone over."""

DATASET_METHODS = frozenset({"filter", "flat_map", "interleave", "take_while"})
"""Methods of a tf.data.Dataset, besides map, that trace their function."""

ARRIVING_DECORATORS = {"on": _SOCKETS, "event": _SOCKETS, "scheduled_job": ("apscheduler.",)}
"""Decorators of what runs whenever something arrives, with their packages. Requests and commands of people are none."""

ARRIVING_METHODS = {
    "recv": ("streamlit_webrtc.", "aiortc."),
    "transform": ("streamlit_webrtc.",),
    "on_message": ("tornado.websocket.", "stomp."),
    "data_received": ("asyncio.",),
    "datagram_received": ("asyncio.",),
    "on_update": ("arcade.",),
    "on_created": ("watchdog.events.",),
    "on_modified": ("watchdog.events.",),
}
"""Methods that run whenever something arrives, with the packages whose classes theirs inherit from."""

ARRIVING_ATTRIBUTES = {"on_message": ("paho.", "websocket.")}
"""Attributes that hold what runs whenever something arrives, with the packages whose objects have them."""

KEEPS_FUNCTION = frozenset(
    """
    functools.lru_cache functools.cache jax.jit tensorflow.function numba.jit numba.njit streamlit.cache_resource
    streamlit.cache_data streamlit.cache streamlit.experimental_singleton cachetools.cached cachetools.func.lru_cache
    joblib.Memory().cache diskcache.Cache().memoize memoization.cached torch.compile
    """.split()
)
"""What gives a function, or a model, which does the same as the one it gets."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What frameworks run for every request or task: `functions` of these names; the `methods` of these `views`; what
    `decorators` mark; and what a `router` registers by one of its `routes`: `@app.route("/")`."""

    functions: frozenset[str]
    methods: frozenset[str]
    views: frozenset[str]
    decorators: frozenset[str]
    routes: frozenset[str]
    routers: frozenset[str]
    frameworks: tuple[str, ...]


PER_REQUEST = Serving(
    functions=frozenset({"lambda_handler"}),
    methods=frozenset({"get", "post", "put", "patch", "delete"}),
    views=frozenset(
        """
        flask.views.MethodView flask_restful.Resource flask_restx.Resource django.views.View django.views.generic.View
        rest_framework.views.APIView tornado.web.RequestHandler
        """.split()
    ),
    decorators=frozenset(
        {"rest_framework.decorators.api_view", "celery.shared_task", "celery.task", "celery.Celery.task"}
        | {"dramatiq.actor", "huey.RedisHuey.task", "huey.SqliteHuey.task"}
    ),
    routes=frozenset({"route", "post", "get", "put", "api_view", "message_handler", "command", "event", "websocket"}),
    routers=frozenset({"app", "router", "api", "bp", "blueprint", "server", "bot", "client", "application"}),
    frameworks=(
        "flask.",
        "fastapi.",
        "quart.",
        "sanic.",
        "starlette.",
        "bottle.",
        "aiohttp.web.",
        "litestar.",
        "ninja.",
    ),
)

REQUEST_NAMES = frozenset({"request", "req", "session", "g", "event"})
"""What a server hands to a handler under a name of the module."""

TRACED_METHODS = frozenset({"call", "train_step", "test_step", "predict_step", "compute_loss", "compute_metrics"})
"""Methods of Keras models and layers that Keras itself traces."""

# Calls whose function arguments run while a graph is traced or differentiated, by the position(s) of the function.
TRACERS = {
    "tensorflow.function": "tf.function",
    "keras.layers.Lambda": "a Lambda layer",
    "jax.jit": "jax.jit",
    "jax.pmap": "jax.pmap",
    "jax.vmap": "jax.vmap",
    "jax.checkpoint": "jax.checkpoint",
    "jax.lax.scan": "jax.lax.scan",
    "jax.lax.map": "jax.lax.map",
    "jax.lax.fori_loop": "jax.lax.fori_loop",
    "jax.lax.while_loop": "jax.lax.while_loop",
    "jax.lax.cond": "jax.lax.cond",
    "tensorflow.vectorized_map": "tf.vectorized_map",
    "tensorflow.while_loop": "tf.while_loop",
    "tensorflow.cond": "tf.cond",
    "tensorflow.scan": "tf.scan",
    "keras.ops.map": "keras.ops.map",
    "keras.ops.scan": "keras.ops.scan",
    "keras.ops.vectorized_map": "keras.ops.vectorized_map",
    "keras.ops.while_loop": "keras.ops.while_loop",
    "keras.ops.fori_loop": "keras.ops.fori_loop",
    "keras.ops.cond": "keras.ops.cond",
    "tensorflow.contrib.eager.defun": "tf.function",
}
# tf.cond, tf.scan and tf.while_loop run eagerly outside a graph, as tf.map_fn does.
EAGER_OUTSIDE_GRAPHS = frozenset(
    {"tensorflow.while_loop", "tensorflow.cond", "tensorflow.scan", "tensorflow.map_fn",
     "keras.ops.map", "keras.ops.scan", "keras.ops.while_loop", "keras.ops.fori_loop", "keras.ops.cond"}
)  # fmt: skip
DIFFERENTIATORS = {
    "jax.grad": "jax.grad",
    "jax.value_and_grad": "jax.value_and_grad",
    "jax.jacobian": "jax.jacobian",
    "jax.jacfwd": "jax.jacfwd",
    "jax.jacrev": "jax.jacrev",
    "jax.hessian": "jax.hessian",
    "jax.vjp": "jax.vjp",
    "jax.jvp": "jax.jvp",
    "jax.linearize": "jax.linearize",
    "torch.func.grad": "torch.func.grad",
    "torch.func.grad_and_value": "torch.func.grad_and_value",
    "torch.func.vjp": "torch.func.vjp",
    "torch.func.jacrev": "torch.func.jacrev",
    "torch.func.jacfwd": "torch.func.jacfwd",
    "tensorflow_probability.math.value_and_gradient": "tfp.math.value_and_gradient",
}
# What any library calls a function that differentiates the function it is given.
DIFFERENTIATES = frozenset(
    {"filter_grad", "filter_value_and_grad", "grad", "grad_and_value", "value_and_grad", "value_and_gradient"}
    | {"value_and_gradients"}
)


def differentiator(name: str) -> str | None:
    """What to call the function of that name if it differentiates a function that it is given: `jax.grad`."""
    if name in DIFFERENTIATORS:
        return DIFFERENTIATORS[name]
    return name if name.rpartition(".")[2] in DIFFERENTIATES else None


MINIMIZES = "optimizer.minimize"
"""What to call the method of an optimizer of Keras that differentiates a loss and changes the weights by it."""

# What tries one point after the other on the function it is given, the next chosen by the results so far.
SEARCHES = frozenset(
    f"scipy.optimize.{name}"
    for name in (
        "minimize",
        "minimize_scalar",
        "differential_evolution",
        "dual_annealing",
        "basinhopping",
        "shgo",
        "direct",
        "fmin",
        "fmin_powell",
        "fmin_cobyla",
        "fmin_bfgs",
        "fmin_cg",
        "fmin_l_bfgs_b",
        "fmin_slsqp",
        "fmin_tnc",
        "least_squares",
        "root",
        "root_scalar",
        "bisect",
        "brentq",
    )
)
# Python code that a graph calls back into: no trace and no tape inside.
CALLBACKS_TO_PYTHON = frozenset(
    {
        "tensorflow.py_function",
        "tensorflow.numpy_function",
        "tensorflow.py_func",
        "jax.pure_callback",
        "jax.experimental.io_callback",
        "jax.debug.callback",
    }
)


TAKES_FUNCTIONS = frozenset(
    {*ROWS, *KEYED, *DATASET_METHODS, *DIFFERENTIATES, "delayed", "compile", "add_loss", "add_metric", "minimize"}
    | {name.rpartition(".")[2] for name in (*TRACERS, *DIFFERENTIATORS, *CALLBACKS_TO_PYTHON, *SEARCHES)}
)
"""The last parts of the names of all that runs a function which it is given."""


def row(name: str, owners: list[str]) -> HigherOrder | None:
    """The row of a callable by its name and what the code shows of its qualified names, if it has one."""
    for candidate in ROWS.get(name, ()):
        if not candidate.owners or any(owner.startswith(candidate.owners) for owner in owners):
            return candidate
    return None
