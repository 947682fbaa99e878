"""Which expression does another read back: `pair[0]` of `pair = (x, y)`, `row["a"]` of a dict, `run.net` of `Run(net)`?

Only where nothing else can stand there: one definition reaches the use, it shows what was kept, and nobody else had the
chance to put something else in its place.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Protocol

from lint_rules.semantics.domains.values import FunctionObject, Values
from lint_rules.semantics.flow.same_value import constant_of
from lint_rules.semantics.flow.use_def import bindings_of, uses_of
from lint_rules.semantics.syntax.module_index import Class, Function, Module
from lint_rules.semantics.syntax.scopes import Binding, BindingKind, Scope, ScopeKind

_STEPS = 4
"""Names of names that are followed."""


class Classes(Protocol):
    """What is asked of the types: what is called, which class a call makes an instance of, what that defines."""

    def values(self, module: Module, node: ast.expr) -> Values: ...

    def class_made(self, module: Module, call: ast.Call) -> Class | None: ...

    def lineage(self, cls: Class) -> list[Class]: ...

    def method(self, cls: Class, name: str) -> Function | None: ...


def read_back(types: Classes, module: Module, node: ast.expr) -> ast.expr | None:
    """The expression of the same function whose value another one reads back; None if it cannot be told."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        return _item(module, node)
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        return _attribute(types, module, node)
    return None


def handed_back(types: Classes, module: Module, call: ast.Call) -> ast.expr | None:
    """The argument that a function of the project gives back as it is: `net` of `same(net)`."""
    found = types.values(module, call.func) if call.args or call.keywords else ()
    callee = found[0] if len(found) == 1 else None
    if not isinstance(callee, FunctionObject) or any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    function = callee.function
    name = function.module.once(("gives back", function), lambda: _given_back(function))
    if name is None:
        return None
    order = [parameter.arg for parameter in function.parameters]
    return argument_for(call, name, order[1:] if callee.receiver is not None and function.is_method else order)


def _given_back(function: Function) -> str | None:
    """The parameter that a function gives back, and does nothing else."""
    if len(function.returns) != 1 or function.decorators or function.is_generator:
        return None
    body = [] if isinstance(function.node, ast.Lambda) else function.node.body
    if isinstance(function.node, ast.AsyncFunctionDef) or not all(_only_names(part) for part in body):
        return None
    given, module = function.returns[0], function.module
    for _ in range(_STEPS):
        bindings = bindings_of(module, given) if isinstance(given, ast.Name) else []
        if len(bindings) != 1 or bindings[0].scope is not function.scope:
            return None
        if bindings[0].kind is BindingKind.PARAMETER:
            return bindings[0].name if bindings[0].node in function.parameters else None
        if bindings[0].value is None or bindings[0].path:
            return None
        given = bindings[0].value
    return None


def _only_names(statement: ast.stmt) -> bool:
    """Whether a statement only gives a name to what has one, or gives that back; or says what a function is for."""
    if isinstance(statement, ast.Assign):
        return all(isinstance(node, ast.Name) for node in [statement.value, *statement.targets])
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Return) and isinstance(statement.value, ast.Name)


def readers_of(types: Classes, module: Module, node: ast.expr) -> list[ast.expr]:
    """What reads an expression back from where it is kept: `pair[0]` for the `f` of `pair = (f, 1)`."""
    keeper = module.parents.get(node)
    if isinstance(keeper, ast.keyword):
        keeper = module.parents.get(keeper)
    if not isinstance(keeper, ast.Tuple | ast.List | ast.Dict | ast.Call):
        return []
    found: list[ast.expr] = []
    for binding in _bound_by(module, module.parents.get(keeper)):
        if binding.value is node:
            found += uses_of(module, binding)
        elif binding.value is keeper:
            readers = (module.parents.get(use) for use in uses_of(module, binding))
            found += [r for r in readers if isinstance(r, ast.expr) and read_back(types, module, r) is node]
    return found


def _bound_by(module: Module, statement: ast.AST | None) -> Iterator[Binding]:
    """What an assignment binds to names."""
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        for name in module.order.within(statement, ast.Name):
            scope = module.scopes[name].find(name.id) if isinstance(name.ctx, ast.Store) else None
            yield from (b for b in (scope.bindings[name.id] if scope is not None else ()) if b.node is statement)


def makes_record(types: Classes, module: Module, call: ast.Call) -> bool:
    """Whether a call makes an object that only keeps what it is given, and does nothing else."""
    cls = types.class_made(module, call)
    maker = types.method(cls, "__init__") if cls is not None else None
    body = maker.node.body if maker is not None and isinstance(maker.node, ast.FunctionDef) else []
    return cls is not None and all(
        isinstance(part, ast.Assign) and isinstance(part.value, ast.Name | ast.Constant) for part in body
    )


def stands_for(types: Classes, module: Module, node: ast.expr) -> ast.expr:
    """The first expression of the same function that gives the object of another: `net` for `m` of `m = net`.

    It ends at a name of what a call makes, of what a caller passes, and of what can be more than one object.
    """
    for _ in range(_STEPS):
        further = handed_back(types, module, node) if isinstance(node, ast.Call) else read_back(types, module, node)
        if further is not None:
            node = further
            continue
        if isinstance(node, ast.Name):
            binding = _assignment(module, node)
            further = binding.value if binding is not None else None
        if not isinstance(further, ast.Name | ast.Attribute | ast.Subscript):
            return node
        node = further
    return node


def _definition(module: Module, node: ast.expr) -> Binding | None:
    """The only definition of the object that a name stands for."""
    for _ in range(_STEPS):
        binding = _assignment(module, node) if isinstance(node, ast.Name) else None
        if binding is None or not isinstance(binding.value, ast.Name):
            return binding
        node = binding.value
    return None


def _assignment(module: Module, node: ast.Name) -> Binding | None:
    """The assignment that alone gives a name its value where it is used."""
    home = module.scopes[node].find(node.id)
    if home is None:
        return None
    if home.kind is not ScopeKind.CLASS and node.id not in _assigned(module, home):
        return None  # which of the bindings it sees costs far more to find out
    bindings = bindings_of(module, node)
    if len(bindings) != 1 or bindings[0].kind is not BindingKind.ASSIGN or bindings[0].path:
        return None
    return bindings[0]


def _assigned(module: Module, home: Scope) -> frozenset[str]:
    """The names of a scope that an assignment binds."""

    def found() -> frozenset[str]:
        kinds = ((name, binding.kind) for name, bindings in home.bindings.items() for binding in bindings)
        return frozenset(name for name, kind in kinds if kind is BindingKind.ASSIGN)

    return module.once(("assigned names", home), found)


def _item(module: Module, node: ast.Subscript) -> ast.expr | None:
    definition = _definition(module, node.value)
    index = constant_of(module, node.slice) if definition is not None else None
    if definition is None or index is None or index.value is None:
        return None
    key = index.value
    made = definition.value
    if not isinstance(made, ast.Tuple) and not _is_only_read(module, definition):
        return None
    if isinstance(made, ast.Tuple | ast.List) and isinstance(key, int) and 0 <= key < len(made.elts):
        return None if any(isinstance(item, ast.Starred) for item in made.elts) else made.elts[key]
    if isinstance(made, ast.Dict) and all(isinstance(each, ast.Constant) for each in made.keys):
        found = [
            v for k, v in zip(made.keys, made.values, strict=True) if isinstance(k, ast.Constant) and k.value == key
        ]
        return found[-1] if found else None
    return None


def _is_only_read(module: Module, definition: Binding) -> bool:
    """Whether all that is done with a list or dict is to read single items of it."""
    parents = [module.parents.get(use) for use in uses_of(module, definition)]
    return all(isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Load) for parent in parents)


def _attribute(types: Classes, module: Module, node: ast.Attribute) -> ast.expr | None:
    definition = _definition(module, node.value)
    call = definition.value if definition is not None else None
    if not isinstance(call, ast.Call) or any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    cls = types.class_made(module, call)
    if cls is None or types.method(cls, node.attr) is not None:
        return None
    maker = types.method(cls, "__init__")
    if maker is None:
        name = node.attr if node.attr in fields(types, cls) else None
    else:
        name = _kept_parameter(types, cls, maker, node.attr)
    if name is None or _stored_elsewhere(types, module, cls, node.attr):
        return None
    order = fields(types, cls) if maker is None else [parameter.arg for parameter in maker.parameters[1:]]
    return argument_for(call, name, order)


def argument_for(call: ast.Call, name: str, order: list[str]) -> ast.expr | None:
    """What a call passes under a name, by keyword or by the order of the names."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    index = order.index(name) if name in order else len(call.args)
    if any(isinstance(argument, ast.Starred) for argument in call.args[: index + 1]):
        return None
    return call.args[index] if index < len(call.args) else None


def fields(types: Classes, cls: Class) -> list[str]:
    """The fields that a class declares for the constructor which `dataclass` or `NamedTuple` gives it."""
    found = [
        item.target.id
        for owner in reversed(types.lineage(cls))
        for item in owner.node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    ]
    return list(dict.fromkeys(found))


def _kept_parameter(types: Classes, cls: Class, maker: Function, name: str) -> str | None:
    """The parameter of a constructor that is all that the class ever stores under a name."""
    stores = [(owner.module, store) for owner in types.lineage(cls) for store in owner.stores.get(name, ())]
    if len(stores) != 1 or stores[0][1].path:
        return None
    module, value = stores[0][0], stores[0][1].value
    if not isinstance(value, ast.Name) or module.function_of(value) is not maker:
        return None
    bindings = bindings_of(maker.module, value)
    parameter = bindings[0].node if len(bindings) == 1 else None
    return value.id if isinstance(parameter, ast.arg) and parameter in maker.parameters[1:] else None


def _stored_elsewhere(types: Classes, module: Module, cls: Class, name: str) -> bool:
    """Whether code stores something under a name of an object from outside the methods of its class."""
    in_methods = {
        id(store)
        for place in (module, cls.module)
        for owner in (*place.classes.values(), *types.lineage(cls))
        for store in owner.stores.get(name, ())
    }
    return any(id(store) not in in_methods for place in (module, cls.module) for store in place.stores.get(name, ()))
