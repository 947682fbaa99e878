"""What a call or a function writes in place: the one place that answers it.

Of libraries `knowledge.library` tells; of the project's functions their code does: a parameter is written where the
function stores into it, calls a method that changes it, or hands it to what writes it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import Basic, ClassObject, External, FunctionObject, Result
from lint_rules.semantics.effects.attribute_effects import base_text
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.library import (
    ARGUMENT_METHODS,
    ARRAY_VIEWS,
    DRAWINGS,
    MUTATORS,
    OUTPUT_METHODS,
    VIEW_FUNCTIONS,
    Written,
    written_by,
)
from lint_rules.semantics.syntax.module_index import Function, Module, dotted
from lint_rules.semantics.syntax.scopes import BindingKind

_MAX_DEPTH = 4


def written_arguments(
    inference: Inference, module: Module, call: ast.Call, *, drawn: bool = True
) -> Iterator[ast.expr]:
    """The arguments that a call writes in place: `x[0]` of `np.copyto(x[0], row)`, `buf` of `fill(buf, path)`.

    Without `drawn`, what is drawn on an image leaves it the image that it is.
    """
    values = inference.values(module, call.func)
    for value in values:
        if isinstance(value, External):
            if not drawn and value.name in DRAWINGS:
                continue
            keywords = frozenset(keyword.arg for keyword in call.keywords if keyword.arg is not None)
            yield from _given(call, written_by(value.name, len(call.args), keywords))
        elif isinstance(value, FunctionObject):
            for function in inference.implementations(value.function):
                yield from _parameters_written(inference, call, function, value.receiver is not None, drawn)
    if isinstance(call.func, ast.Attribute) and not any(isinstance(v, External | FunctionObject) for v in values):
        written = ARGUMENT_METHODS.get(call.func.attr)
        yield from _given(call, [written] if written is not None else ())
        if call.func.attr in OUTPUT_METHODS:
            yield from _given(call, [Written(None, "out")])


def _given(call: ast.Call, written: Iterable[Written]) -> Iterator[ast.expr]:
    for one in written:
        if one.position is not None and one.position < len(call.args):
            yield call.args[one.position]
        for keyword in call.keywords:
            if keyword.arg is not None and keyword.arg == one.keyword:
                yield from keyword.value.elts if isinstance(keyword.value, ast.Tuple) else [keyword.value]


def _parameters_written(
    inference: Inference, call: ast.Call, function: Function, bound: bool, drawn: bool
) -> Iterator[ast.expr]:
    """What a call passes for the parameters that a function of the project writes."""
    names = [parameter.arg for parameter in function.parameters]
    if function.is_method and bound:
        names = names[1:]
    for name, argument in [*zip(names, call.args, strict=False), *((k.arg, k.value) for k in call.keywords)]:
        if name is not None and writes_parameter(inference, function, name, drawn=drawn):
            yield argument


def writes_parameter(inference: Inference, function: Function, name: str, *, drawn: bool = True) -> bool:
    """Whether a function of the project may write the object that is passed for one of its parameters."""
    return name in inference.project.memo.ask(
        ("writes parameters", function, drawn),
        lambda: _parameters_written_by(inference, function, drawn),
        unknown=frozenset[str](),
    )


def _parameters_written_by(inference: Inference, function: Function, drawn: bool) -> frozenset[str]:
    return frozenset(base.id for base in _written_names(inference, function, drawn) if _is_parameter(function, base))


def _written_names(inference: Inference, function: Function, drawn: bool) -> Iterator[ast.Name]:
    """The names in a function whose objects it writes, and those of which they are views."""
    for node in ast.walk(function.node):
        for written in writes_of(inference, function.module, node, drawn=drawn):
            base = _base(function.module, written)
            if isinstance(base, ast.Name):
                yield base
                yield from (viewed for viewed in views(function.module, base) if isinstance(viewed, ast.Name))


def writes_of(inference: Inference, module: Module, node: ast.AST, *, drawn: bool = True) -> Iterator[ast.expr]:
    """The expressions whose objects a node itself writes in place: stores, `+=`, calls."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        yield node.value
    elif isinstance(node, ast.AugAssign):
        if not (isinstance(node.target, ast.Name) and isinstance(node.value, ast.Constant)):
            yield node.target
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
            owner = inference.values(module, node.func.value)
            if not any(isinstance(value, External | ClassObject) for value in owner):
                yield node.func.value
        yield from written_arguments(inference, module, node, drawn=drawn)


def _is_parameter(function: Function, name: ast.Name) -> bool:
    """Whether a name still is what was passed for it: not bound anew in the function."""
    return all(
        binding.kind in (BindingKind.PARAMETER, BindingKind.AUGMENT) for binding in bindings_of(function.module, name)
    )


def _base(module: Module, node: ast.expr) -> ast.expr:
    """The name or the attribute under indexes and views: `x` of `x[0].T`, `self.buffer` of `self.buffer[i]`."""
    while True:
        if isinstance(node, ast.Subscript | ast.Starred) or (
            isinstance(node, ast.Attribute) and node.attr in ARRAY_VIEWS
        ):
            node = node.value
        elif isinstance(node, ast.Call) and (viewed := _viewed_by(module, node)) is not None:
            node = viewed
        else:
            return node


def _viewed_by(module: Module, call: ast.Call) -> ast.expr | None:
    """The array of which a call gives a view: `x` of `x.squeeze()` and of `np.squeeze(x)`."""
    if not isinstance(call.func, ast.Attribute):
        return None
    name, owner = call.func.attr, call.func.value
    if name in ARRAY_VIEWS and not (isinstance(owner, ast.Name) and _is_imported(module, owner)):
        return owner
    return call.args[0] if call.args and name in VIEW_FUNCTIONS else None


def _is_imported(module: Module, name: ast.Name) -> bool:
    """Whether a name is that of a module: `np`."""
    return any(binding.kind is BindingKind.IMPORT for binding in bindings_of(module, name))


def views(module: Module, name: ast.Name, depth: int = 0) -> Iterator[ast.Name | ast.Attribute]:
    """The objects of which a name is a view: `x` for `view` after `view = x[0]`, `self.x` after `view = self.x.T`."""
    for binding in bindings_of(module, name):
        value = binding.value
        if binding.kind is not BindingKind.ASSIGN or value is None or binding.path or depth >= _MAX_DEPTH:
            continue
        base = _base(module, value)
        if isinstance(base, ast.Attribute):
            yield base
        elif isinstance(base, ast.Name) and base.id != name.id:
            yield base
            yield from views(module, base, depth + 1)


def array_views(inference: Inference, module: Module, name: ast.Name) -> Iterator[ast.Name | ast.Attribute]:
    """The arrays of which a name is a view: who writes them writes what the name gives, too."""
    for base in views(module, name):
        if Basic.ARRAY in inference.values(module, base):
            yield base


def written_texts(inference: Inference, module: Module, written: ast.expr) -> Iterator[str]:
    """The dotted names of the objects that a written expression belongs to: `view` and `x` for `view` of `x`."""
    base = _base(module, written)
    text = base_text(base)
    if text is not None:
        yield text
    if isinstance(base, ast.Name):
        yield from (viewed for base in views(module, base) if (viewed := dotted(base)) is not None)


def reused_objects(inference: Inference, module: Module, region: ast.AST, argument: ast.expr) -> frozenset[str]:
    """The objects, by their dotted names, that an input may be in several iterations of a loop, each time rewritten.

    Collected over the iterations, an input that is such an object, or a view of one, must be copied.
    """
    outliving = frozenset(_outliving(inference, module, region, argument, 0))
    if not outliving:
        return frozenset()
    inside = set(ast.walk(region))
    written = _written_texts(inference, ((module, node) for node in inside))
    found = outliving & written
    attributes = {text for text in outliving - found if "." in text}
    if attributes:
        further = {text.rpartition(".")[2] for text in _written_texts(inference, _run(inference, module, inside))}
        found |= {text for text in attributes if text.rpartition(".")[2] in further}
    return found


def _written_texts(inference: Inference, code: Iterable[tuple[Module, ast.AST]]) -> frozenset[str]:
    """The dotted names of what some nodes write in place."""
    return frozenset(
        text
        for module, node in code
        for written in writes_of(inference, module, node)
        for text in written_texts(inference, module, written)
    )


def _run(
    inference: Inference, module: Module, nodes: Iterable[ast.AST], depth: int = 0
) -> Iterator[tuple[Module, ast.AST]]:
    """What the functions of the project hold that some nodes call."""
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        for value in inference.values(module, node.func):
            if isinstance(value, FunctionObject):
                for function in inference.implementations(value.function):
                    body = list(ast.walk(function.node))
                    yield from ((function.module, item) for item in body)
                    if depth < 2:
                        yield from _run(inference, function.module, body, depth + 1)


def is_of_others(inference: Inference, function: Function, node: ast.expr) -> bool:
    """Whether an expression of a function is, or is a view of, an object that it has not made, and others may write."""
    return any(True for _ in _outliving(inference, function.module, function.node, node, 0))


def _outliving(inference: Inference, module: Module, region: ast.AST, node: ast.expr, depth: int) -> Iterator[str]:
    """The dotted names of the objects from outside of a region that an expression is, or is a view of."""
    base = _base(module, node)
    if depth > _MAX_DEPTH:
        return
    if isinstance(base, ast.IfExp):
        yield from _outliving(inference, module, region, base.body, depth + 1)
        yield from _outliving(inference, module, region, base.orelse, depth + 1)
    elif isinstance(base, ast.List | ast.Tuple):
        for element in base.elts:
            yield from _outliving(inference, module, region, element, depth + 1)
    elif isinstance(base, ast.Name):
        bindings = bindings_of(module, base)
        inside = [
            binding
            for binding in bindings
            if binding.kind is not BindingKind.PARAMETER and _lies_in(module, binding.node, region)
        ]
        if len(inside) < len(bindings):
            yield base.id
            yield from (viewed for base in views(module, base) if (viewed := dotted(base)) is not None)
        for binding in inside:
            if binding.value is not None and binding.kind is BindingKind.ASSIGN and not binding.path:
                yield from _outliving(inference, module, region, binding.value, depth + 1)
    elif isinstance(base, ast.Attribute):
        text = base_text(base)
        if text is not None:
            yield text
    elif isinstance(base, ast.Call):
        yield from _returned(inference, module, region, base, depth)


def _returned(inference: Inference, module: Module, region: ast.AST, call: ast.Call, depth: int) -> Iterator[str]:
    """What a function of the project returns of what it was given, or of what its object keeps."""
    for value in inference.values(module, call.func):
        if isinstance(value, Result) or not isinstance(value, FunctionObject):
            continue
        function = value.function
        names = [parameter.arg for parameter in function.parameters]
        if function.is_method and value.receiver is not None:
            names = names[1:]
        given = dict(zip(names, call.args, strict=False))
        given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
        for result in function.returns:
            for text in _outliving(inference, function.module, function.node, result, depth + 1):
                if text in given:
                    yield from _outliving(inference, module, region, given[text], depth + 1)
                else:
                    yield text


def _lies_in(module: Module, node: ast.AST, region: ast.AST) -> bool:
    return node is region or any(parent is region for _, parent in module.ancestors(node))
