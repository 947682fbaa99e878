"""One module of the project: its tree and what ONE walk over it records.

The walk notes parents, scopes, bindings, calls and attribute stores by name, functions and classes. Everything else
is a question asked later, and most are never asked.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

from lint_rules.findings.diagnostics import Location, Position
from lint_rules.records import dataclass, field
from lint_rules.semantics.syntax.scopes import Binding, BindingKind, Scope, ScopeKind
from lint_rules.semantics.syntax.tree_order import TreeOrder
from lint_rules.source.reading import Broken

T = TypeVar("T")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
CONSTRUCTORS = ("__init__", "__post_init__")
"""The methods that run once on each new object."""


@dataclass(eq=False, slots=True)
class Function:
    """A function, method or lambda; `owner` is the class of a method."""

    module: Module
    node: FunctionNode
    name: str
    scope: Scope
    owner: Class | None
    returns: list[ast.expr] = field(default_factory=list)
    yields: list[ast.expr] = field(default_factory=list)
    yields_from: list[ast.expr] = field(default_factory=list)
    is_generator: bool = False

    @property
    def parameters(self) -> list[ast.arg]:
        """Positional parameters in order (with the self of a method), without *args and **kwargs."""
        arguments = self.node.args
        return [*arguments.posonlyargs, *arguments.args]

    def default_of(self, parameter: ast.arg) -> ast.expr | None:
        """The default value of a parameter, None without one."""
        arguments = self.node.args
        positional = self.parameters
        if parameter in positional:
            index = positional.index(parameter) - (len(positional) - len(arguments.defaults))
            return arguments.defaults[index] if index >= 0 else None
        if parameter in arguments.kwonlyargs:
            return arguments.kw_defaults[arguments.kwonlyargs.index(parameter)]
        return None

    @property
    def decorators(self) -> list[ast.expr]:
        return [] if isinstance(self.node, ast.Lambda) else self.node.decorator_list

    def has_decorator(self, *names: str) -> bool:
        """Whether a decorator's last name is one of `names` (staticmethod, property, ...)."""
        return any(last_name(decorator) in names for decorator in self.decorators)

    @property
    def is_method(self) -> bool:
        """Whether its first parameter is the instance (or the class)."""
        return self.owner is not None and not self.has_decorator("staticmethod")

    @property
    def is_declaration(self) -> bool:
        """Whether a body says nothing but that others have to: a docstring, `pass`, `raise NotImplementedError`."""
        return not isinstance(self.node, ast.Lambda) and all(
            isinstance(item, ast.Pass)
            or (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))
            or (isinstance(item, ast.Raise) and last_name(item.exc) == "NotImplementedError")
            for item in self.node.body
        )


@dataclass(eq=False, slots=True)
class AttributeStore:
    """`target.attr = value`; `path` as in a binding, `value` None where it is not an expression of its own."""

    target: ast.Attribute
    value: ast.expr | None
    path: tuple[int, ...]
    kind: BindingKind


@dataclass(eq=False, slots=True)
class Class:
    module: Module
    node: ast.ClassDef
    name: str
    scope: Scope
    methods: dict[str, Function] = field(default_factory=dict)
    stores: dict[str, list[AttributeStore]] = field(default_factory=dict)


_IMPORTED = "imported_name"
"""The note on a name that `from a import b as c` binds: the `b` of each `c`."""


def last_name(node: ast.expr | None) -> str | None:
    """`c` of `a.b.c`, of `a.b.c(...)` and of a plain `c`; of what is imported under another name, its own."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    if not isinstance(node, ast.Name):
        return None
    name: str = getattr(node, _IMPORTED, node.id)
    return name


def dotted(node: ast.expr | None) -> str | None:
    """`a.b.c` written as names and attributes only, else None."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    parts.append(node.id)
    return ".".join(reversed(parts))


def start(node: ast.AST) -> tuple[int, int]:
    """(row, byte column from 0) where a node starts."""
    return (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))


def end(node: ast.AST) -> tuple[int, int]:
    """(row, byte column from 0) just behind a node."""
    return (getattr(node, "end_lineno", 0) or 0, getattr(node, "end_col_offset", 0) or 0)


def _same_cell(row: int) -> tuple[int | None, int]:
    return None, row


@dataclass(eq=False)
class Module:
    """A parsed module. `is_package` tells an `__init__`.

    `broken` are the statements that do not parse; `whole` is the text without the cells of a notebook that hold one.
    """

    path: Path
    text: str
    tree: ast.Module
    locate: Callable[[int], tuple[int | None, int]] = _same_cell
    is_package: bool = False
    broken: tuple[Broken, ...] = ()
    whole: str = ""

    parents: dict[ast.AST, ast.AST] = field(default_factory=dict, repr=False)
    scopes: dict[ast.AST, Scope] = field(default_factory=dict, repr=False)
    calls: dict[str, list[ast.Call]] = field(default_factory=dict, repr=False)
    other_calls: list[ast.Call] = field(default_factory=list, repr=False)
    names: dict[str, list[ast.Name]] = field(default_factory=dict, repr=False)
    attributes: dict[str, list[ast.Attribute]] = field(default_factory=dict, repr=False)
    stores: dict[str, list[AttributeStore]] = field(default_factory=dict, repr=False)
    functions: dict[ast.AST, Function] = field(default_factory=dict, repr=False)
    classes: dict[ast.AST, Class] = field(default_factory=dict, repr=False)
    stars: list[ast.ImportFrom] = field(default_factory=list, repr=False)
    withs: list[ast.With | ast.AsyncWith] = field(default_factory=list, repr=False)
    # What later stages work out from this module alone and keep as long as it lives, by their own keys.
    derived: dict[object, Any] = field(default_factory=dict, repr=False)
    scope: Scope = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.scope = Scope(ScopeKind.MODULE, self.tree, None)
        _Walk(self).run()

    def release(self) -> None:
        """Let go of what the walk has recorded, for a module that nobody asks any more.

        A scope and its bindings hold each other, and so do a class and its methods, a module and its functions: without
        this only the garbage collector would free them, which looks at all that a run holds.
        """
        for scope in set(self.scopes.values()):
            scope.bindings.clear()
            scope.parent = scope.function = scope.owner = None
        for cls in self.classes.values():
            cls.methods.clear()
            cls.stores.clear()
        for table in (self.parents, self.scopes, self.functions, self.classes, self.stores, self.derived):
            table.clear()

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def order(self) -> TreeOrder:
        """Where each node stands in the tree: for questions about all that a loop or a function holds."""
        return TreeOrder(self.tree, CHILD_FIELDS)

    def position(self, row: int, offset: int) -> Position:
        """The position of a byte offset in a row: cells taken into account, columns in characters from 1."""
        line = self.lines[row - 1] if 0 < row <= len(self.lines) else ""
        column = offset if line.isascii() else len(line.encode()[:offset].decode("utf-8", "replace"))
        return Position(self.locate(row)[1], column + 1)

    def location(self, node: ast.AST) -> Location:
        """Where a node stands, as the outputs want it."""
        return Location(
            str(self.path), self.position(*start(node)), self.position(*end(node)), self.locate(start(node)[0])[0]
        )

    def header(self, node: ast.AST) -> Location:
        """Where the first line of a statement stands: its header, not its body."""
        row, offset = start(node)
        last_row, last_offset = end(node)
        if last_row > row:
            last_row, last_offset = row, len(self.lines[row - 1].rstrip().encode())
        return Location(
            str(self.path), self.position(row, offset), self.position(last_row, last_offset), self.locate(row)[0]
        )

    def once(self, key: object, compute: Callable[[], T]) -> T:
        """What `compute` gives, which rests on this module alone: it is kept in `derived` under the key."""
        if key not in self.derived:
            self.derived[key] = compute()
        known: T = self.derived[key]
        return known

    def stores_in(self, function: Function) -> list[AttributeStore]:
        """The attributes that a function stores, by name, then by place."""

        def by_function() -> dict[Function | None, list[AttributeStore]]:
            found: defaultdict[Function | None, list[AttributeStore]] = defaultdict(list)
            for stores in self.stores.values():
                for store in stores:
                    found[self.function_of(store.target)].append(store)
            return dict(found)

        return self.once("stores in functions", by_function).get(function, [])

    def stores_of(self, text: str) -> list[AttributeStore]:
        """The stores whose target is written so: `agent.model`."""

        def by_text() -> dict[str | None, list[AttributeStore]]:
            found: defaultdict[str | None, list[AttributeStore]] = defaultdict(list)
            for stores in self.stores.values():
                for store in stores:
                    found[dotted(store.target)].append(store)
            return dict(found)

        return self.once("stores by text", by_text).get(text, [])

    def own_method(self, node: ast.expr) -> Function | None:
        """The method whose own object an expression is: `self`, also in functions and lambdas in it."""
        scope = self.scopes[node].find(node.id) if isinstance(node, ast.Name) and node in self.scopes else None
        function = scope.function if scope is not None else None
        if function is None or not isinstance(node, ast.Name) or not function.is_method:
            return None
        parameters = function.parameters
        return function if parameters and parameters[0].arg == node.id else None

    def function_of(self, node: ast.AST) -> Function | None:
        """The function in whose body a node runs, None at module level."""
        return self.scopes[node].function

    def ancestors(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """(child, parent) pairs from a node outwards, to the module."""
        child = node
        while (parent := self.parents.get(child)) is not None:
            yield child, parent
            child = parent

    def statement_of(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that holds a node."""
        current = node
        while not isinstance(current, ast.stmt):
            current = self.parents[current]
        return current

    def source(self, node: ast.expr | ast.stmt, limit: int = 60) -> str:
        """A node as it is written, on one line, shortened to `limit` characters."""
        text = " ".join(self._segment(node).split())
        return text if len(text) <= limit else text[: limit - 1] + "…"

    def code(self, node: ast.expr | ast.stmt) -> str:
        """A node as it is written."""
        return self._segment(node)

    def _segment(self, node: ast.expr | ast.stmt) -> str:
        """What `ast.get_source_segment` gives, which cuts the whole text into lines for every node."""
        (row, first), (last_row, behind) = start(node), end(node)
        if row == last_row:
            return self._cut(row, first, behind)
        return "\n".join([self._cut(row, first), *self.lines[row : last_row - 1], self._cut(last_row, 0, behind)])

    def _cut(self, row: int, first: int, behind: int | None = None) -> str:
        """A row between two byte offsets."""
        line = self.lines[row - 1]
        return line[first:behind] if line.isascii() else line.encode()[first:behind].decode(errors="replace")


# Fields of nodes that hold no node whose place anybody asks for: names, flags, operators.
_PLAIN_FIELDS = frozenset(
    "arg asname attr conversion ctx id is_async kind kwd_attrs level module name names op ops rest simple type_comment "
    "type_ignores".split(" ")
)
_PLAIN_NODES = (ast.Constant, ast.MatchSingleton, ast.Name)


# The fields of each kind of node that hold other nodes.
CHILD_FIELDS: dict[type, tuple[str, ...]] = {
    kind: () if issubclass(kind, _PLAIN_NODES) else tuple(name for name in kind._fields if name not in _PLAIN_FIELDS)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}


_place = attrgetter("lineno", "col_offset")
_effect = attrgetter("effect")


class _Walk:
    """The one walk: an explicit stack, so that deep nesting cannot overflow ours."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.stack: list[tuple[ast.AST, Scope]] = []
        self.calls: defaultdict[str, list[ast.Call]] = defaultdict(list)
        self.names: defaultdict[str, list[ast.Name]] = defaultdict(list)
        self.attributes: defaultdict[str, list[ast.Attribute]] = defaultdict(list)
        self.stores: defaultdict[str, list[AttributeStore]] = defaultdict(list)
        self.scopes: list[Scope] = [module.scope]

    def run(self) -> None:
        module = self.module
        module.scopes[module.tree] = module.scope
        self.children(module.tree, module.scope)
        stack, scopes, handlers = self.stack, module.scopes, _HANDLERS
        while stack:
            node, scope = stack.pop()
            scopes[node] = scope
            handlers.get(type(node), _Walk.children)(self, node, scope)
        self.finish()

    def finish(self) -> None:
        """Put what was recorded in source order and hang the stores on `self` to their classes."""
        module = self.module
        tables: tuple[dict[str, list[Any]], ...] = (self.calls, self.names, self.attributes)
        for nodes in (nodes for table in tables for nodes in table.values() if len(nodes) > 1):
            nodes.sort(key=_place)
        for stores in self.stores.values():
            stores.sort(key=lambda store: _place(store.target))
        for scope in self.scopes:
            self.hand_over(scope)
        for scope in self.scopes:
            for bindings in scope.bindings.values():
                if len(bindings) > 1:
                    bindings.sort(key=_effect)
        self.name_imports()
        module.calls, module.names = dict(self.calls), dict(self.names)
        module.attributes, module.stores = dict(self.attributes), dict(self.stores)
        module.other_calls.sort(key=_place)
        for attribute, stores in module.stores.items():
            for store in stores:
                method = self.module.own_method(store.target.value)
                if method is not None and method.owner is not None:
                    method.owner.stores.setdefault(attribute, []).append(store)

    def name_imports(self) -> None:
        """Note the own names of what is imported under others, and list the calls of it by those."""
        renamed = False
        for scope in self.scopes:
            for name, bindings in scope.bindings.items():
                alias = bindings[0].node
                if len(bindings) > 1 or not isinstance(alias, ast.alias) or alias.asname in (None, alias.name):
                    continue
                if bindings[0].kind is BindingKind.IMPORT_FROM:
                    for use in self.names.get(name, ()):
                        if self.module.scopes[use].find(name) is scope:
                            setattr(use, _IMPORTED, alias.name)
                            renamed = True
        if not renamed:
            return
        calls = [call for named in self.calls.values() for call in named]
        self.calls.clear()
        for call in sorted(calls, key=_place):
            self.calls[last_name(call.func) or ""].append(call)

    @staticmethod
    def hand_over(scope: Scope) -> None:
        """Give the bindings of `global` and `nonlocal` names to the scope that they mean."""
        for name in (scope.global_names | scope.nonlocal_names) & scope.bindings.keys():
            bindings = scope.bindings.pop(name)
            home = scope.root if name in scope.global_names or scope.parent is None else scope.parent.find(name)
            home = home or scope.root
            for binding in bindings:
                binding.scope = home
            home.bindings.setdefault(name, []).extend(bindings)

    def children(self, node: ast.AST, scope: Scope) -> None:
        """Queue all children in the same scope; of the leaves, which are most of them, note here what there is."""
        parents, scopes, push = self.module.parents, self.module.scopes, self.stack.append
        for field_name in CHILD_FIELDS[type(node)]:
            value: Any = getattr(node, field_name, None)
            for child in value if type(value) is list else (value,):
                if child is None:  # as a key of `{**a}` and a missing default are
                    continue
                parents[child] = node
                kind = type(child)
                if kind is ast.Name:
                    scopes[child] = scope
                    if type(child.ctx) is ast.Load:
                        self.names[child.id].append(child)
                elif kind is ast.Constant:
                    scopes[child] = scope
                else:
                    push((child, scope))

    def opened(self, scope: Scope) -> Scope:
        self.scopes.append(scope)
        return scope

    def push(self, parent: ast.AST, scope: Scope, *nodes: ast.AST | None) -> None:
        for node in nodes:
            if node is not None:
                self.module.parents[node] = parent
                self.stack.append((node, scope))

    def bind(
        self,
        scope: Scope,
        name: str,
        kind: BindingKind,
        node: ast.AST,
        value: ast.expr | None = None,
        path: tuple[int, ...] = (),
        effect: tuple[int, int] | None = None,
    ) -> None:
        scope.bindings.setdefault(name, []).append(Binding(name, kind, node, value, path, scope, effect or end(node)))

    def bind_target(
        self,
        target: ast.expr,
        kind: BindingKind,
        node: ast.AST,
        value: ast.expr | None,
        scope: Scope,
        effect: tuple[int, int] | None = None,
        path: tuple[int, ...] = (),
    ) -> None:
        if isinstance(target, ast.Name):
            self.bind(scope, target.id, kind, node, value, path, effect)
        elif isinstance(target, ast.Attribute):
            self.stores[target.attr].append(AttributeStore(target, value, path, kind))
        elif isinstance(target, ast.Starred):
            self.bind_target(target.value, kind, node, value, scope, effect, (*path[:-1], -1) if path else (-1,))
        elif isinstance(target, ast.Tuple | ast.List):
            literal = value if kind is BindingKind.ASSIGN and isinstance(value, ast.Tuple | ast.List) else None
            pairs = literal is not None and len(literal.elts) == len(target.elts) and not path
            for index, element in enumerate(target.elts):
                if pairs and literal is not None and not any(isinstance(e, ast.Starred) for e in literal.elts):
                    self.bind_target(element, kind, node, literal.elts[index], scope, effect)
                else:
                    self.bind_target(element, kind, node, value, scope, effect, (*path, index))

    # One method per kind of node that binds names or opens a scope.

    def function(self, node: FunctionNode, scope: Scope) -> None:
        outer = scope
        arguments = node.args
        inner = self.opened(Scope(ScopeKind.FUNCTION, node, outer))
        owner = outer.owner if outer.kind is ScopeKind.CLASS else None
        name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
        function = Function(self.module, node, name, inner, owner)
        inner.function = function
        self.module.functions[node] = function
        annotated = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for argument in [*annotated, arguments.vararg, arguments.kwarg]:
            if argument is not None:
                self.module.parents[argument] = node
                self.module.scopes[argument] = inner
                self.push(argument, outer, argument.annotation)
                self.bind(inner, argument.arg, BindingKind.PARAMETER, argument, effect=(0, 0))
        self.module.parents[arguments] = node
        self.module.scopes[arguments] = outer
        self.push(arguments, outer, *arguments.defaults, *arguments.kw_defaults)
        if isinstance(node, ast.Lambda):
            function.returns.append(node.body)
            self.push(node, inner, node.body)
            return
        self.bind(outer, node.name, BindingKind.FUNCTION, node)
        if owner is not None:
            owner.methods[node.name] = function
        self.push(node, outer, *node.decorator_list, node.returns)
        self.push(node, inner, *reversed(node.body))

    def class_(self, node: ast.ClassDef, scope: Scope) -> None:
        inner = self.opened(Scope(ScopeKind.CLASS, node, scope, scope.function))
        inner.owner = Class(self.module, node, node.name, inner)
        self.module.classes[node] = inner.owner
        self.bind(scope, node.name, BindingKind.CLASS, node)
        self.push(node, scope, *node.decorator_list, *node.bases, *node.keywords)
        self.push(node, inner, *reversed(node.body))

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, scope: Scope) -> None:
        inner = self.opened(Scope(ScopeKind.COMPREHENSION, node, scope, scope.function))
        for number, generator in enumerate(node.generators):
            self.module.parents[generator] = node
            self.module.scopes[generator] = inner
            self.push(generator, scope if number == 0 else inner, generator.iter)
            self.push(generator, inner, generator.target, *generator.ifs)
            self.bind_target(generator.target, BindingKind.ITERATION, generator, generator.iter, inner, (0, 0))
        if isinstance(node, ast.DictComp):
            self.push(node, inner, node.key, node.value)
        else:
            self.push(node, inner, node.elt)

    def assign(self, node: ast.Assign, scope: Scope) -> None:
        for target in node.targets:
            self.bind_target(target, BindingKind.ASSIGN, node, node.value, scope)
        self.children(node, scope)

    def ann_assign(self, node: ast.AnnAssign, scope: Scope) -> None:
        kind = BindingKind.ASSIGN if node.value is not None else BindingKind.DECLARE
        self.bind_target(node.target, kind, node, node.value, scope)
        self.children(node, scope)

    def aug_assign(self, node: ast.AugAssign, scope: Scope) -> None:
        self.bind_target(node.target, BindingKind.AUGMENT, node, node.value, scope)
        self.children(node, scope)

    def for_(self, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        self.bind_target(node.target, BindingKind.ITERATION, node, node.iter, scope, end(node.iter))
        self.children(node, scope)

    def with_(self, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        self.module.withs.append(node)
        for item in node.items:
            if item.optional_vars is not None:
                self.bind_target(
                    item.optional_vars, BindingKind.WITH, node, item.context_expr, scope, end(item.optional_vars)
                )
        self.children(node, scope)

    def named(self, node: ast.NamedExpr, scope: Scope) -> None:
        home = scope
        while home.kind is ScopeKind.COMPREHENSION and home.parent is not None:
            home = home.parent
        self.bind(home, node.target.id, BindingKind.ASSIGN, node, node.value)
        self.children(node, scope)

    def import_(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            self.module.parents[alias] = node
            self.bind(scope, alias.asname or alias.name.partition(".")[0], BindingKind.IMPORT, alias, effect=end(node))

    def import_from(self, node: ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            self.module.parents[alias] = node
            if alias.name == "*":
                self.module.stars.append(node)
            else:
                self.bind(scope, alias.asname or alias.name, BindingKind.IMPORT_FROM, alias, effect=end(node))

    def handler(self, node: ast.ExceptHandler, scope: Scope) -> None:
        if node.name:
            self.bind(scope, node.name, BindingKind.OTHER, node, effect=start(node))
        self.children(node, scope)

    def pattern(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping, scope: Scope) -> None:
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name:
            subject, path = self.matched(node)
            kind = BindingKind.ASSIGN if path is not None else BindingKind.OTHER
            self.bind(scope, name, kind, node, subject, path or ())
        self.children(node, scope)

    def matched(self, pattern: ast.AST) -> tuple[ast.expr | None, tuple[int, ...] | None]:
        """The subject of a pattern, and where in it the pattern stands; None where no position says so."""
        path: tuple[int, ...] | None = None if isinstance(pattern, ast.MatchMapping) else ()
        above = self.module.parents.get(pattern)
        while above is not None and not isinstance(above, ast.match_case):
            if isinstance(above, ast.MatchSequence) and path is not None:
                index = next(number for number, item in enumerate(above.patterns) if item is pattern)
                starred = any(isinstance(item, ast.MatchStar) for item in above.patterns[:index])
                path = None if starred else (-1 if isinstance(pattern, ast.MatchStar) else index, *path)
            elif not isinstance(above, ast.MatchAs | ast.MatchOr):
                path = None
            pattern, above = above, self.module.parents.get(above)
        statement = self.module.parents.get(above) if above is not None else None
        return (statement.subject, path) if isinstance(statement, ast.Match) else (None, None)

    def global_(self, node: ast.Global, scope: Scope) -> None:
        scope.global_names.update(node.names)

    def nonlocal_(self, node: ast.Nonlocal, scope: Scope) -> None:
        scope.nonlocal_names.update(node.names)

    def call(self, node: ast.Call, scope: Scope) -> None:
        name = last_name(node.func) if not isinstance(node.func, ast.Call) else None
        if name is None:
            self.module.other_calls.append(node)
        else:
            self.calls[name].append(node)
        self.children(node, scope)

    def name(self, node: ast.Name, scope: Scope) -> None:
        if isinstance(node.ctx, ast.Load):
            self.names[node.id].append(node)

    def attribute(self, node: ast.Attribute, scope: Scope) -> None:
        if isinstance(node.ctx, ast.Load):
            self.attributes[node.attr].append(node)
        self.children(node, scope)

    def return_(self, node: ast.Return, scope: Scope) -> None:
        if scope.function is not None and node.value is not None:
            scope.function.returns.append(node.value)
        self.children(node, scope)

    def yield_(self, node: ast.Yield | ast.YieldFrom, scope: Scope) -> None:
        if scope.function is not None:
            scope.function.is_generator = True
            if isinstance(node, ast.YieldFrom):
                scope.function.yields_from.append(node.value)
            elif node.value is not None:
                scope.function.yields.append(node.value)
        self.children(node, scope)


_HANDLERS: dict[type[ast.AST], Callable[[_Walk, Any, Scope], None]] = {
    ast.FunctionDef: _Walk.function,
    ast.AsyncFunctionDef: _Walk.function,
    ast.Lambda: _Walk.function,
    ast.ClassDef: _Walk.class_,
    ast.ListComp: _Walk.comprehension,
    ast.SetComp: _Walk.comprehension,
    ast.DictComp: _Walk.comprehension,
    ast.GeneratorExp: _Walk.comprehension,
    ast.Assign: _Walk.assign,
    ast.AnnAssign: _Walk.ann_assign,
    ast.AugAssign: _Walk.aug_assign,
    ast.For: _Walk.for_,
    ast.AsyncFor: _Walk.for_,
    ast.With: _Walk.with_,
    ast.AsyncWith: _Walk.with_,
    ast.NamedExpr: _Walk.named,
    ast.Import: _Walk.import_,
    ast.ImportFrom: _Walk.import_from,
    ast.ExceptHandler: _Walk.handler,
    ast.MatchAs: _Walk.pattern,
    ast.MatchStar: _Walk.pattern,
    ast.MatchMapping: _Walk.pattern,
    ast.Global: _Walk.global_,
    ast.Nonlocal: _Walk.nonlocal_,
    ast.Call: _Walk.call,
    ast.Name: _Walk.name,
    ast.Attribute: _Walk.attribute,
    ast.Return: _Walk.return_,
    ast.Yield: _Walk.yield_,
    ast.YieldFrom: _Walk.yield_,
}
