"""The places that run a function, and what each of them gives its parameters."""

from __future__ import annotations

import ast

from lint_rules.records import dataclass, replace
from lint_rules.semantics.knowledge.higher_order import EdgeKind, HigherOrder
from lint_rules.semantics.syntax.module_index import Function, Module, last_name, start


@dataclass(frozen=True, slots=True)
class Handed:
    """The arguments with which a function is run that was handed over: `Thread(target=f, args=(1, 2))`.

    `complete` tells that all of them are written out.
    """

    positional: tuple[ast.expr, ...]
    keywords: tuple[ast.keyword, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Edge:
    """A place that runs a function.

    `node` is the call; `skip` is how many of the function's parameters the call does not fill by position (the self of
    a method; less than 0 where its first arguments are not for the function); `element_of` is the collection whose
    elements the first parameter takes; `label` names the tracer; `partial` is the `functools.partial(f, ...)` that
    fills the parameters before; `via` is the only call that leads here, where a function got ours as an argument.
    `target` is the expression that names the function where it is handed over and not called, `handed` what it is then
    run with; `parallel` are the collections that fill the parameters behind the first, and the items of `element_of`
    are all arguments where it is `unpacked`; where it `accumulates`, the first parameter takes what the function gave
    for the element before, and the second the element. `on` is the object whose method Python runs where code reads a
    property, an item or the elements of it.
    """

    module: Module
    node: ast.expr
    kind: EdgeKind = EdgeKind.CALL
    skip: int = 0
    likely: bool = False
    element_of: ast.expr | None = None
    label: str = ""
    on: ast.expr | None = None
    partial: ast.Call | None = None
    via: Edge | None = None
    target: ast.expr | None = None
    handed: Handed | None = None
    parallel: tuple[ast.expr, ...] = ()
    unpacked: bool = False
    accumulates: bool = False

    @property
    def receiver(self) -> ast.expr | None:
        """The object on which the place runs a method."""
        if self.on is not None:
            return self.on
        function = self.target
        if function is None and isinstance(self.node, ast.Call):
            function = self.node.func
        return function.value if isinstance(function, ast.Attribute) else None

    def is_plain(self) -> bool:
        """Whether the call shows which parameters it leaves out: nothing is spread, and nothing bound before."""
        if self.handed is not None:
            return self.handed.complete and self.partial is None
        return (
            self.kind is EdgeKind.CALL
            and self.partial is None
            and isinstance(self.node, ast.Call)
            and not any(isinstance(argument, ast.Starred) for argument in self.node.args)
            and all(keyword.arg is not None for keyword in self.node.keywords)
        )

    def in_python(self) -> Edge:
        """This edge where what it traces calls back into Python: a data set's method then runs that once an element."""
        is_dataset = self.kind is EdgeKind.TRACED and self.label.startswith("Dataset.")
        if not is_dataset or not isinstance(self.node, ast.Call) or not isinstance(self.node.func, ast.Attribute):
            return self
        return replace(self, kind=EdgeKind.EACH, element_of=self.node.func.value)

    def place(self) -> tuple[object, ...]:
        """What tells an edge from others of the same function."""
        via = self.via.place() if self.via is not None else None
        return str(self.module.path), start(self.node), self.kind, via

    def argument(self, function: Function, parameter: ast.arg) -> ast.expr | None:
        """The expression that this place passes for a parameter, None if it passes none that can be read."""
        skip = self.skip
        if self.partial is not None:
            found = passed(self.partial.keywords, self.partial.args[1:], function, parameter, skip)
            if found is not None:
                return found
            skip += len(self.partial.args) - 1
        if self.handed is not None:
            return passed(list(self.handed.keywords), list(self.handed.positional), function, parameter, skip)
        if self.on is not None or not isinstance(self.node, ast.Call):
            return None
        if self.kind is EdgeKind.PYTHON and self.label.startswith("tensorflow."):
            inputs = next((keyword.value for keyword in self.node.keywords if keyword.arg == "inp"), None)
            inputs = inputs or (self.node.args[1] if len(self.node.args) > 1 else None)
            given = inputs.elts if isinstance(inputs, ast.List | ast.Tuple) else []
            return passed([], given, function, parameter, 1 if function.is_method else 0)
        if self.kind is not EdgeKind.CALL:
            return None
        return passed(self.node.keywords, self.node.args, function, parameter, skip)

    def rest(self, function: Function) -> tuple[ast.expr, ...] | None:
        """What this place passes for `*args`, None where that cannot be read."""
        call = self._plain_call()
        if call is None or any(isinstance(argument, ast.Starred) for argument in call.args):
            return None
        return tuple(call.args[max(len(function.parameters) - self._filled(), 0) :])

    def spread(self, function: Function, parameter: ast.arg) -> tuple[ast.expr, int] | None:
        """The list that fills a parameter in `f(*items)`, and where in it what it is filled with stands."""
        call = self._plain_call()
        stars = [(n, item) for n, item in enumerate(call.args) if isinstance(item, ast.Starred)] if call else []
        if len(stars) != 1 or self.partial is not None or parameter not in function.parameters:
            return None
        number, star = stars[0]
        index = function.parameters.index(parameter) - self.skip - number
        return (star.value, index) if index >= 0 else None

    def is_accumulated(self, function: Function, parameter: ast.arg) -> bool:
        """Whether a parameter takes what the function gave for the element before: that of `functools.reduce`."""
        at = self._filled()
        return self.accumulates and function.parameters[at : at + 1] == [parameter]

    def _filled(self) -> int:
        """How many parameters of the function are filled before those that the place fills."""
        return self.skip + (len(self.partial.args) - 1 if self.partial is not None else 0)

    def _plain_call(self) -> ast.Call | None:
        """The call whose arguments are those of the function."""
        is_plain = self.kind is EdgeKind.CALL and self.handed is None and self.on is None
        return self.node if is_plain and isinstance(self.node, ast.Call) else None

    def element(self, function: Function, parameter: ast.arg) -> tuple[ast.expr, tuple[int, ...]] | None:
        """The collection whose elements a parameter takes, and which item of each element it is."""
        if self.element_of is None or parameter not in function.parameters:
            return None
        index = function.parameters.index(parameter) - self._filled() - int(self.accumulates)
        if index < 0:
            return None
        if self.unpacked:
            return self.element_of, (index,)
        collections = (self.element_of, *self.parallel)
        return (collections[index], ()) if index < len(collections) else None


def passed(
    keywords: list[ast.keyword], arguments: list[ast.expr], function: Function, parameter: ast.arg, skip: int
) -> ast.expr | None:
    """What the arguments of a call have for a parameter; the first one is for the parameter number `skip`."""
    for keyword in keywords:
        if keyword.arg == parameter.arg:
            return keyword.value
    parameters = function.parameters
    if parameter not in parameters:
        return None
    index = parameters.index(parameter) - skip
    if any(isinstance(argument, ast.Starred) for argument in arguments[: index + 1]):
        return None
    return arguments[index] if 0 <= index < len(arguments) else None


def is_function_of(row: HigherOrder, call: ast.Call, node: ast.expr, keyword: str | None) -> bool:
    """Whether an argument of a callable with a row is the function that it runs."""
    if keyword is not None:
        return keyword in row.keywords
    return row.function < len(call.args) and call.args[row.function] is node


def function_of(row: HigherOrder, call: ast.Call) -> ast.expr | None:
    """The function that a callable with a row is given."""
    named = (keyword.value for keyword in call.keywords if keyword.arg in row.keywords)
    return next(named, call.args[row.function] if row.function < len(call.args) else None)


def handed_by(row: HigherOrder, call: ast.Call) -> Handed:
    """What a callable with a row runs its function with."""
    if row.rest:
        named = tuple(keyword for keyword in call.keywords if keyword.arg not in row.keywords)
        by_name = any(keyword.arg in row.keywords for keyword in call.keywords)
        positional = tuple(call.args[0 if by_name else row.function + 1 :])
        whole = all(keyword.arg is not None for keyword in named)
        return Handed(positional, named, whole and not any(isinstance(item, ast.Starred) for item in positional))
    names = row.spread or ("", "")
    items = _at(call, row.args, names[0])
    written = items.elts if isinstance(items, ast.Tuple | ast.List) else []
    mapping = _at(call, row.kwargs, names[1])
    keywords: list[ast.keyword] = []
    if isinstance(mapping, ast.Call) and last_name(mapping.func) == "dict" and not mapping.args:
        keywords = mapping.keywords
    elif isinstance(mapping, ast.Dict):
        keywords = [
            ast.keyword(key.value, value)
            for key, value in zip(mapping.keys, mapping.values, strict=True)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        ]
    complete = (items is None or isinstance(items, ast.Tuple | ast.List)) and (mapping is None or bool(keywords))
    return Handed(tuple(written), tuple(keywords), complete)


def _at(call: ast.Call, position: int | None, name: str) -> ast.expr | None:
    named = (keyword.value for keyword in call.keywords if name and keyword.arg == name)
    at = call.args[position] if position is not None and position < len(call.args) else None
    return next(named, at)
