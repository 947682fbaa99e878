"""`np.mean(x)` -> `tf.reduce_mean(x)` or `keras.ops.mean(x)`, `x.numpy()` -> `x`: a value that gradients flow through.

What the code then does to the value follows, since a tensor lacks most of an array's methods: `np.abs(x).mean()`
becomes `tf.reduce_mean(tf.abs(x))`, also where the value has a name first, or is what a function returns. So do the
NumPy functions that a value is given to by its name: one that stays would cut the gradient of its branch, unseen where
others have theirs.
"""

from __future__ import annotations

import itertools
from typing import TypeGuard

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.calls.arguments import keyword_of, unpacks
from lint_rules.fixes.tree.imports import bring_in, keras_in
from lint_rules.fixes.tree.locate import Tree, call_at, called_name
from lint_rules.fixes.tree.names import walk
from lint_rules.fixes.tree.text import Change, edits
from lint_rules.records import dataclass

_SAME_NAME = frozenset(
    {"abs", "ceil", "cos", "cosh", "exp", "expand_dims", "floor", "maximum", "minimum", "reshape", "round", "sign"}
    | {"sin", "sinh", "sqrt", "square", "squeeze", "stack", "tanh", "transpose", "where"}
)
_OTHER_NAME = {
    "absolute": "abs",
    "add": "add",
    "amax": "reduce_max",
    "amin": "reduce_min",
    "clip": "clip_by_value",
    "divide": "divide",
    "log": "math.log",
    "log1p": "math.log1p",
    "matmul": "matmul",
    "max": "reduce_max",
    "mean": "reduce_mean",
    "min": "reduce_min",
    "multiply": "multiply",
    "power": "pow",
    "prod": "reduce_prod",
    "std": "math.reduce_std",
    "subtract": "subtract",
    "sum": "reduce_sum",
    "var": "math.reduce_variance",
}
TENSORFLOW = (
    {name: name for name in _SAME_NAME}
    | _OTHER_NAME
    | {"array": "convert_to_tensor", "asarray": "convert_to_tensor", "norm": "norm", "concatenate": "concat"}
)
"""What TensorFlow calls the NumPy functions that it has with the same meaning of the arguments passed on."""

KERAS = {name: name for name in _SAME_NAME | set(_OTHER_NAME)} | {
    "array": "convert_to_tensor",
    "asarray": "convert_to_tensor",
    "concatenate": "concatenate",
    "norm": "norm",
}
"""The same for `keras.ops`, which follows NumPy's names."""

_KEYWORDS = {"axis", "keepdims"}
# With fewer arguments NumPy means something that TensorFlow does not do, or has a default that TensorFlow lacks.
_MINIMUM = {"where": 3, "clip": 3, "reshape": 2, "expand_dims": 2, "concatenate": 2}
# With more, the further arguments mean something else.
_MAXIMUM = {"array": 1, "asarray": 1}
_IN_LINALG = frozenset({"norm"})

_REDUCTIONS = frozenset({"max", "mean", "min", "prod", "std", "sum", "var"})
_NOTHING_TO_DO = frozenset({"copy", "item", "tolist"})
_AXES = frozenset({"None", "np.newaxis", "tf.newaxis", "..."})
_OF_TENSORS = frozenset({"dtype", "ndim", "shape"})


def stay_in_tensors(
    text: str, at: Position, *, end: Position | None = None, backend: str = "tensorflow"
) -> tuple[Edit, ...] | None:
    """Make the call at `at` give a tensor: `.numpy()` and `float()` go, a NumPy function becomes TensorFlow's (or that
    of `keras.ops` where `backend` is anything else).

    None for a function without a twin, for arguments whose meaning differs (`dtype=`, `out=`, ...), and where the code
    goes on with a method that tensors lack.
    """
    found = call_at(text, at, end=end, whole=True)
    if found is None:
        return None
    tree, call = found
    twins = TENSORFLOW if backend == "tensorflow" else KERAS
    library, imported = _library(text, backend)
    made = _tensor(tree, call, twins, library)
    if made is None:
        return None
    code, head = made
    names = _Names(library, twins, bring_in(text, "numpy", alias="np")[0])
    chain = _chained(tree, call, code, names)
    named = _uses(tree, chain.node, names, set()) if chain else None
    if chain is None or named is None:
        return None
    if chain.node is not call and tree.comments(*tree.full_span(chain.node)):
        return None
    changes = [*{head if chain.node is call else (*tree.full_span(chain.node), chain.code), *named}]
    if any(one[1] > other[0] for one, other in itertools.pairwise(sorted(changes))):
        return None
    needed = any(f"{library}." in content for _, _, content in changes)
    return (*(imported if needed else ()), *edits(text, changes))


def _library(text: str, backend: str) -> tuple[str, tuple[Edit, ...]]:
    """The name of the library of the twins, and the edits that import it."""
    if backend == "tensorflow":
        return bring_in(text, "tensorflow", alias="tf")
    name, imported = bring_in(text, "keras.ops")
    if not imported:
        return name, ()
    name, imported = keras_in(text)
    return f"{name}.ops", imported


def _tensor(tree: Tree, call: cst.Call, twins: dict[str, str], library: str) -> tuple[str, Change] | None:
    """The code that gives a tensor, and the smallest change that makes it of the call's."""
    match call:
        case cst.Call(func=cst.Attribute(value=value, attr=cst.Name("numpy")), args=[]):
            return tree.code(value), (tree.full_span(value)[1], tree.span(call)[1], "")
        case cst.Call(func=cst.Name("float"), args=[cst.Arg(star="", keyword=None, value=value)]):
            code = tree.code(value) if _binds_tightly(tree, value) else f"({tree.code(value)})"
            return code, (*tree.span(call), code)
        case cst.Call(func=cst.Attribute(value=owner, attr=cst.Name(name))) if name in twins and not unpacks(call):
            in_linalg = isinstance(owner, cst.Attribute) and owner.attr.value == "linalg"
            keywords = {keyword_of(argument) for argument in call.args} - {None}
            fewest, most = _MINIMUM.get(name, 1), _MAXIMUM.get(name, len(call.args))
            if in_linalg != (name in _IN_LINALG) or keywords - _KEYWORDS or not fewest <= len(call.args) <= most:
                return None
            start, stop = tree.full_span(call.func)[1], tree.span(call)[1]
            twin = f"{library}.{twins[name]}"
            return f"{twin}{tree.text[start:stop]}", (*tree.full_span(call.func), twin)
    return None


def _binds_tightly(tree: Tree, value: cst.BaseExpression) -> bool:
    """Whether the code can stand anywhere without parentheses of its own."""
    bare = (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.List, cst.Integer, cst.Float)
    return isinstance(value, bare) or bool(value.lpar and tree.text[tree.full_span(value)[0]] == "(")


@dataclass(frozen=True, slots=True)
class _Names:
    """How the library of the twins is called, what it calls them, and how NumPy is called."""

    library: str
    twins: dict[str, str]
    numpy: str

    def of(self, name: str) -> str:
        return f"{self.library}.{self.twins[name]}"


@dataclass(frozen=True, slots=True)
class _Chain:
    """A value with the methods called on it, and code for all of it."""

    node: cst.CSTNode
    code: str


def _chained(tree: Tree, node: cst.CSTNode, code: str, names: _Names) -> _Chain | None:
    """The value `node`, whose code becomes `code`, with what is called on it; None where a tensor has no such thing."""
    while True:
        whole, written = _calculated(tree, node, code)
        around = tree.parent(whole)
        if not isinstance(around, cst.Attribute) or around.value is not whole:
            return _Chain(node, code)
        called = tree.parent(around)
        if not isinstance(called, cst.Call) or called.func is not around:
            return _Chain(node, code) if around.attr.value in _OF_TENSORS else None
        further = _method(tree, called, around.attr.value, written, names)
        if further is None:
            return None
        node, code = called, further


def _calculated(tree: Tree, node: cst.CSTNode, code: str) -> tuple[cst.CSTNode, str]:
    """What is calculated with the value `node`, or cut from it, and is a tensor as well; with code for it."""
    parted = False
    while _gives_a_tensor(around := tree.parent(node), node, tree):
        (first, last), (start, stop) = tree.full_span(node), tree.span(around)
        code = f"({code})" if parted else code
        code = f"{tree.text[start:first]}{code}{tree.text[last:stop]}"
        node, parted = around, bool(around.lpar)
    return node, code


def _gives_a_tensor(around: cst.CSTNode | None, node: cst.CSTNode, tree: Tree) -> TypeGuard[cst.BaseExpression]:
    match around:
        case cst.BinaryOperation() | cst.UnaryOperation(operator=cst.Minus() | cst.Plus()):
            return True
        case cst.Subscript(value=value, slice=elements):
            return value is node and all(_is_basic(tree, element.slice) for element in elements)
    return False


def _is_basic(tree: Tree, index: cst.BaseSlice) -> bool:
    """Whether a tensor takes the index as an array does: a slice, a whole number, an axis more."""
    return isinstance(index, cst.Slice) or tree.code(index).lstrip("-").isdigit() or tree.code(index) in _AXES


def _method(tree: Tree, call: cst.Call, name: str, code: str, names: _Names) -> str | None:
    """The code of a method of an array, called on a tensor."""
    if unpacks(call):
        return None
    given = ", ".join(_argument(tree, argument) for argument in call.args)
    if name in _NOTHING_TO_DO and not call.args:
        return code
    if name in _REDUCTIONS:
        keywords = {keyword_of(argument) for argument in call.args} - {None}
        places = len(call.args) - len(keywords)
        if keywords <= _KEYWORDS and places <= 1:
            return f"{names.of(name)}({', '.join(filter(None, (code, given)))})"
    if name == "reshape" and call.args and all(keyword_of(argument) is None for argument in call.args):
        listed = len(call.args) == 1 and isinstance(call.args[0].value, (cst.Tuple, cst.List))
        return f"{names.of(name)}({code}, {given if listed else f'[{given}]'})"
    if name in ("flatten", "ravel") and not call.args:
        return f"{names.of('reshape')}({code}, [-1])"
    if name == "astype" and len(call.args) == 1 and isinstance(call.args[0].value, cst.SimpleString):
        return f"{names.library}.cast({code}, {given})"
    return None


def _argument(tree: Tree, argument: cst.Arg) -> str:
    name = keyword_of(argument)
    return tree.code(argument.value) if name is None else f"{name}={tree.code(argument.value)}"


def _uses(tree: Tree, value: cst.CSTNode, names: _Names, seen: set[cst.CSTNode]) -> list[Change] | None:
    """The changes where the code goes on with a value under a name, or as what a function of the file returns.

    None where that needs what a tensor has not. `seen` are the statements that have been followed already.
    """
    whole, _ = _calculated(tree, value, "")
    statement = tree.parent(whole)
    if statement is None or statement in seen:
        return []
    match statement:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))]):
            uses = _loads(tree, statement, name)
        case cst.Return():
            function = next((it for it in tree.ancestors(statement) if isinstance(it, cst.FunctionDef)), None)
            if function is None:
                return []
            uses = [(it, tree.code(it)) for it in tree.nodes() if _is_call_of(it, function.name.value)]
        case _:
            return []
    seen.add(statement)
    changes: list[Change] = []
    for use, code in uses:
        chain = _chained(tree, use, code, names)
        given = _given(tree, chain.node, names) if chain else None
        further = _uses(tree, given.node, names, seen) if given else None
        if chain is None or given is None or further is None or tree.comments(*tree.full_span(chain.node)):
            return None
        if chain.node is not use:
            changes.append((*tree.full_span(chain.node), chain.code))
        changes += (*given.changes, *further)
    return changes


_HERE = "\0"
"""Stands for the code of a value in that of what is made of it; no code holds it."""


@dataclass(frozen=True, slots=True)
class _Given:
    """What NumPy functions make of a value that they are given, one of the result of the other, with their twins."""

    node: cst.CSTNode
    changes: tuple[Change, ...] = ()


def _given(tree: Tree, value: cst.CSTNode, names: _Names) -> _Given | None:
    """The functions with a twin that a value is given to, and what the code does to their results; None where that
    needs what a tensor has not."""
    found = _Given(value)
    while True:
        whole, _ = _calculated(tree, found.node, "")
        argument = tree.parent(whole)
        call = tree.parent(argument) if isinstance(argument, cst.Arg) else None
        made = _tensor(tree, call, names.twins, names.library) if _is_numpy_call(call, tree, names) else None
        if not isinstance(call, cst.Call) or made is None:
            return found
        chain = _chained(tree, call, _HERE, names)
        if chain is None:
            return None
        (start, stop), (first, last) = tree.full_span(chain.node), tree.full_span(call)
        before, _, behind = chain.code.partition(_HERE)
        around = [(start, first, before), (last, stop, behind)] if chain.node is not call else []
        found = _Given(chain.node, (*found.changes, made[1], *around))


def _is_numpy_call(node: cst.CSTNode | None, tree: Tree, names: _Names) -> TypeGuard[cst.Call]:
    match node:
        case cst.Call(func=cst.Attribute(value=owner)):
            return tree.code(owner) in (names.numpy, f"{names.numpy}.linalg")
    return False


def _is_call_of(node: cst.CSTNode, name: str) -> bool:
    return isinstance(node, cst.Call) and called_name(node) == name


def _loads(tree: Tree, statement: cst.CSTNode, name: str) -> list[tuple[cst.CSTNode, str]]:
    """Where the scope reads the name behind the statement that binds it."""
    scope = next(it for it in tree.ancestors(statement) if isinstance(it, (cst.FunctionDef, cst.Module)))
    behind = tree.span(statement)[1]
    return [
        (node, name)
        for node in walk(scope)
        if isinstance(node, cst.Name)
        and node.value == name
        and tree.span(node)[0] >= behind
        and _is_read(tree.parent(node), node)
    ]


def _is_read(around: cst.CSTNode | None, node: cst.Name) -> bool:
    match around:
        case cst.Attribute(value=value):
            return value is node
        case cst.Arg(value=value) | cst.AugAssign(value=value) | cst.AnnAssign(value=value):
            return value is node
    return not isinstance(around, (cst.AssignTarget, cst.Param))
