"""Does the input of each iteration arrive from outside: from a camera, a socket, the keyboard, a queue?"""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.contexts import Region
from lint_rules.semantics.domains.generators import generators
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import External, FunctionObject, Result
from lint_rules.semantics.effects.slicing import Slicer
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.iterators import walk_of
from lint_rules.semantics.flow.same_value import constant_of
from lint_rules.semantics.knowledge import live as arrivals
from lint_rules.semantics.queries.repetition.loop_syntax import is_each
from lint_rules.semantics.queries.repetition.reach import Reach
from lint_rules.semantics.syntax.module_index import COMPREHENSIONS, Function, Module, last_name


def is_live(inference: Inference, region: Region, reach: Reach) -> bool:
    """Whether what a loop gives to a call arrives as the loop runs."""
    module, loop, argument = region.module, region.node, reach.argument
    if is_each(loop):
        return False
    walk = walk_of(module, loop) if not isinstance(loop, COMPREHENSIONS) else None
    if walk is not None:
        if argument.element and (isinstance(loop, ast.AsyncFor) or _is_input(inference, module, walk.iterable)):
            return True
        if _is_stream(inference, module, walk.iterable) or _asks_again(inference, module, walk.iterable):
            return True  # what runs when something arrives runs live, whatever it is given
        if argument.element:
            made = generators(inference.project, Place(module, walk.iterable))
            return any(_yields_live(inference, function) for function in made)
    endless = isinstance(loop, ast.While) if walk is None else _is_endless(inference, module, walk.iterable)
    calls = [*((module, call) for call in argument.calls()), *reach.inner_calls]
    return any(_arrives(inference, where, call, endless) for where, call in calls)


def _arrives(inference: Inference, module: Module, call: ast.Call, endless: bool) -> bool:
    """Whether a call gives what comes next of a device, a socket, a queue; of a file there is an end."""
    name = last_name(call.func) if not isinstance(call.func, ast.Call) else None
    if name == arrivals.READ:
        return endless and _reads_source(inference, module, call.func)
    return name in arrivals.CALLS


def _is_endless(inference: Inference, module: Module, iterable: ast.expr) -> bool:
    """Whether what a loop walks through has no end: `itertools.count()`."""
    called = inference.values(module, iterable.func) if isinstance(iterable, ast.Call) else ()
    return any(isinstance(value, External) and value.name in arrivals.ENDLESS for value in called)


def _is_input(inference: Inference, module: Module, iterable: ast.expr) -> bool:
    """Whether a loop walks through the lines of what is typed or piped in."""
    if isinstance(iterable, ast.Call):
        iterable = iterable.func
    values = inference.values(module, iterable)
    return any(isinstance(value, External) and value.name in arrivals.INPUTS for value in values)


def _is_stream(inference: Inference, module: Module, iterable: ast.expr) -> bool:
    """Whether a library hands out what a loop walks through as it arrives."""
    if isinstance(iterable, ast.Call) and last_name(iterable.func) in arrivals.CALLS:
        return not any(isinstance(value, FunctionObject) for value in inference.values(module, iterable.func))
    values = inference.values(module, iterable)
    return any(isinstance(value, Result) and value.name.startswith(arrivals.STREAMS) for value in values)


def _yields_live(inference: Inference, function: Function) -> bool:
    """Whether a generator reads a camera or the like, or hands on what arrives of a stream."""
    module = function.module
    reads = (call for call in module.calls.get(arrivals.READ, ()) if module.function_of(call) is function)
    if any(_reads_source(inference, module, call.func) for call in reads):
        return True
    handed_out = [*function.yields, *function.yields_from] if function.is_generator else function.returns
    given = Slicer(inference, module, function.node).of(*handed_out)
    if any(_arrives(inference, module, call, endless=True) for call in given.calls()):
        return True
    walks = (walk_of(module, node) for node in ast.walk(function.node) if isinstance(node, ast.For | ast.AsyncFor))
    return any(
        _is_stream(inference, module, walk.iterable) or _asks_again(inference, module, walk.iterable)
        for walk in walks
        if walk is not None
    )


def _reads_source(inference: Inference, module: Module, method: ast.expr) -> bool:
    """Whether `x.read` asks a camera, a stream or the like, and no file."""
    if not isinstance(method, ast.Attribute):
        return False
    owner = (last_name(method.value) or "").lower()
    values = inference.values(module, method.value)
    if values and all(isinstance(value, Result) and _is_of_file(value) for value in values):
        return False
    return any(word in owner for word in arrivals.OWNERS) or any(
        isinstance(value, Result) and value.name.startswith(arrivals.DEVICES) for value in values
    )


def _is_of_file(source: Result) -> bool:
    """Whether a device is the film in a file that is named: `cv2.VideoCapture("film.mp4")`."""
    made = source.origin.node if source.origin is not None else None
    if (
        source.origin is None
        or not isinstance(made, ast.Call)
        or source.name not in arrivals.READ_FILES
        or not made.args
    ):
        return False
    named = constant_of(source.origin.module, made.args[0])
    text = named.value if named is not None else None
    return isinstance(text, str) and not any(sign in text for sign in arrivals.NO_FILES)


def _asks_again(inference: Inference, module: Module, iterable: ast.expr) -> bool:
    """Whether a loop asks a device, a socket or a queue for what comes next: `iter(port.readline, b"")`."""
    if not isinstance(iterable, ast.Call) or last_name(iterable.func) != "iter" or len(iterable.args) != 2:
        return False
    asked = iterable.args[0]
    if isinstance(asked, ast.Call) and last_name(asked.func) == "partial" and asked.args:
        asked = asked.args[0]
    if isinstance(asked, ast.Lambda) and isinstance(asked.body, ast.Call):
        asked = asked.body.func
    if not isinstance(asked, ast.Attribute):
        return False
    if asked.attr in (arrivals.READ, "readline"):
        return _reads_source(inference, module, asked)  # files have them too
    return asked.attr in arrivals.CALLS
