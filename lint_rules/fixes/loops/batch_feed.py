"""From the input of one sample to the input of all: what goes into the one batched predict."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from lint_rules.fixes.calls.arguments import bound_arguments, keyword_of
from lint_rules.fixes.calls.predict_call import PARAMETERS
from lint_rules.fixes.loops.batch_by_shape import BY_SHAPE
from lint_rules.fixes.loops.known import NOTHING, Known
from lint_rules.fixes.tree.locate import Tree
from lint_rules.fixes.tree.names import bound_paths, fresh_name
from lint_rules.records import dataclass
from lint_rules.regex import lazy_pattern

_NEW_AXIS = frozenset({"None", "np.newaxis", "numpy.newaxis", "tf.newaxis"})
_EXPAND = frozenset({"np.expand_dims", "numpy.expand_dims", "tf.expand_dims"})
_COLLECTIONS = (cst.Dict, cst.DictComp, cst.GeneratorExp, cst.List, cst.ListComp, cst.StarredElement, cst.Tuple)
_ARRAY = frozenset({"np.array", "np.asarray", "numpy.array", "numpy.asarray"})


@dataclass(frozen=True, slots=True)
class Sample:
    """The input of one call.

    `item` is the code of one sample without its batch axis, or of a batch of one; `joined` makes the batch of them:
    `stack` puts the axis in front, `array` does so for plain values, `concatenate` joins batches of one.
    """

    node: cst.BaseExpression
    item: str
    joined: str


@dataclass(frozen=True, slots=True)
class PerSampleCall:
    """A predict call on one sample: its inputs (more than one for a list or a dict), and the code around them.

    `keys` is the code of the keys of a dict; `several` tells that it gives a list of outputs. `method` is what the
    batched call is of.
    """

    call: cst.Call
    receiver: cst.BaseExpression
    samples: tuple[Sample, ...]
    listed: bool
    keys: tuple[str, ...]
    keywords: tuple[str, ...]
    settings: tuple[cst.BaseExpression, ...]
    several: bool
    method: str = "predict"

    def batched(self, tree: Tree, gather: Callable[[Sample], str]) -> str:
        """The code of what gives one row after the other, of several outputs a tuple of rows; `gather` gives the code
        of the whole batch of one input."""
        inputs = [gather(sample) for sample in self.samples]
        fed = f"[{', '.join(inputs)}]" if self.listed else inputs[0]
        if self.keys:
            fed = f"{{{', '.join(f'{key}: {each}' for key, each in zip(self.keys, inputs, strict=True))}}}"
        predicted = f"{tree.code(self.receiver)}.{self.method}({', '.join((fed, *self.keywords))})"
        return f"zip(*{predicted})" if self.several else predicted


def per_sample_call(tree: Tree, call: cst.Call, known: Known = NOTHING) -> PerSampleCall | None:
    """The parts of a predict or predict_on_batch call; None where it passes what a batched call cannot take, and where
    an input may have more than one row.

    Where its value is taken apart at once, the model has several outputs: one row is nothing to take apart.
    """
    around = tree.parent(call)
    several = known.several or (
        isinstance(around, cst.Assign) and any(_takes_apart(target.target) for target in around.targets)
    )
    if not isinstance(call.func, cst.Attribute) or call.func.attr.value not in PARAMETERS:
        return None
    bound = bound_arguments(call, PARAMETERS[call.func.attr.value])
    if bound is None or "x" not in bound or set(bound) - {"x", "batch_size", "verbose"}:
        return None
    value = bound["x"].value
    keys = _keys(tree, value)
    listed = isinstance(value, cst.List)
    parts = [each.value for each in value.elements] if isinstance(value, cst.List | cst.Dict) else [value]
    if isinstance(value, cst.Dict) and not keys:
        return None
    if not parts or any(isinstance(part, _COLLECTIONS) for part in parts):
        return None
    if listed and len(parts) == 1:
        # One input of a model, or a list with one sample (a text): the code does not tell.
        return None
    kept = {
        name: argument
        for name, argument in bound.items()
        if name != "x" and not (name == "batch_size" and tree.code(argument.value) in ("1", "None"))
    }
    keywords = tuple(f"{name}={tree.code(argument.value)}" for name, argument in kept.items())
    settings = tuple(argument.value for argument in kept.values())
    samples = tuple(_sample(tree, part) for part in parts)
    one_row = known.single or all(it.joined != "concatenate" or _is_one_row(tree, it.node) for it in samples)
    if not one_row or (known.ragged and (several or listed or keys)):
        return None
    method = BY_SHAPE if known.ragged else "predict"
    return PerSampleCall(call, call.func.value, samples, listed, keys, keywords, settings, several, method)


def _keys(tree: Tree, value: cst.BaseExpression) -> tuple[str, ...]:
    """The code of the keys of a dict whose keys are texts, in the order of its values; empty for anything else."""
    if not isinstance(value, cst.Dict):
        return ()
    keys = [element.key for element in value.elements if isinstance(element, cst.DictElement)]
    written = [tree.code(key) for key in keys if isinstance(key, cst.SimpleString)]
    return tuple(written) if len(written) == len(value.elements) else ()


def _takes_apart(target: cst.BaseExpression) -> bool:
    """Whether an assignment takes a value apart into several."""
    return isinstance(target, (cst.Tuple, cst.List)) and (
        len(target.elements) > 1 or any(isinstance(element, cst.StarredElement) for element in target.elements)
    )


_FIRST_AXIS_ONE = lazy_pattern(r"\.reshape\(\s*\(?\s*\(?\s*1\s*,|np\.reshape\([^()]*,\s*[(\[]\s*1\s*,")
_ONE_ROW_SLICE = lazy_pattern(r"\[\s*(\w+)\s*:\s*(?:\1\s*\+\s*1|1\s*\+\s*\1)\s*(?:,[^\[\]]*)?\]$")


def _is_one_row(tree: Tree, node: cst.BaseExpression) -> bool:
    """Whether the code of an input shows that it is a batch of one: `x.reshape(1, -1)`, `x[i:i + 1]`, or a name last
    bound to such a thing, to `x[None]`, `np.expand_dims(x, 0)` or `np.array([x])`, in the body of the loop."""
    code = tree.code(node)
    if _ONE_ROW_SLICE.search(code) or (_FIRST_AXIS_ONE.search(code) and code.endswith(")")):
        return True
    if not isinstance(node, cst.Name):
        return False
    start = tree.span(node)[0]
    value: cst.BaseExpression | None = None
    for around in tree.ancestors(node):
        if not isinstance(around, cst.IndentedBlock):
            continue
        for row in around.body:
            if tree.full_span(row)[1] > start:
                break
            for small in row.body if isinstance(row, cst.SimpleStatementLine) else ():
                if isinstance(small, cst.Assign) and any(
                    isinstance(it.target, cst.Name) and it.target.value == node.value for it in small.targets
                ):
                    value = small.value
            if not isinstance(row, cst.SimpleStatementLine) and node.value in bound_paths([row]):
                return False
        break
    if value is None:
        return False
    return _sample(tree, value).joined != "concatenate" or _is_one_row(tree, value)


def _sample(tree: Tree, node: cst.BaseExpression) -> Sample:
    """The sample in `x[None]`, `np.expand_dims(x, 0)` or `np.array([x])`; else the batch of one as it is."""
    match node:
        case cst.Subscript(slice=[cst.SubscriptElement(slice=cst.Index(value=index)), *others]):
            if tree.code(index) in _NEW_AXIS and all(_takes_everything(other) for other in others):
                return Sample(node, tree.code(node.value), "stack")
        case cst.Call(func=func, args=[cst.Arg(star="", keyword=None, value=value), axis]):
            if tree.code(func) in _EXPAND and keyword_of(axis) in (None, "axis") and tree.code(axis.value) == "0":
                return Sample(node, tree.code(value), "stack")
        case cst.Call(func=func, args=[cst.Arg(keyword=None, value=cst.List(elements=[cst.Element(value=value)]))]):
            if tree.code(func) in _ARRAY:
                return Sample(node, tree.code(value), "array")
    return Sample(node, tree.code(node), "concatenate")


def _takes_everything(element: cst.SubscriptElement) -> bool:
    """Whether the element is `:` or `...`."""
    match element.slice:
        case cst.Slice(lower=None, upper=None, step=None):
            return True
        case cst.Index(value=cst.Ellipsis()):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Use:
    """Where the value of the call is used: the text from `start` to `end` becomes what `code` gives for the row's name.

    `whole` is true where the name alone stands for it; `node` is the expression replaced. `each` is a name for one of
    several outputs, whose rows are given their batch axis back.
    """

    start: int
    end: int
    suffix: str
    node: cst.BaseExpression
    each: str = ""

    @property
    def whole(self) -> bool:
        return not self.suffix and not self.each

    def code(self, name: str) -> str:
        """What stands for the value of the call, once a row of all predictions has a name."""
        return f"[{self.each}[None] for {self.each} in {name}]" if self.each else f"{name}{self.suffix}"


def use_of(tree: Tree, call: cst.Call, *, several: bool = False) -> Use:
    """The use of one call's result, in terms of that sample's row of the batched result.

    `predict(..)[0]` is the row; `predict(..)[0, :, 1]` is `row[:, 1]`; anything else is `row[None]`, a batch of one.
    """
    start, end = tree.full_span(call)
    around = tree.parent(call)
    if several:
        return Use(start, end, "", call, fresh_name(tree.text, "output", "one_output"))
    if isinstance(around, cst.Subscript) and around.value is call:
        first, *others = around.slice
        if isinstance(first.slice, cst.Index) and tree.code(first.slice.value) == "0":
            if not others:
                return Use(start, tree.span(around)[1], "", around)
            rest = tree.text[tree.full_span(others[0])[0] : tree.span(around)[1] - 1]
            return Use(start, tree.span(around)[1], f"[{rest}]", around)
    return Use(start, end, "[None]", call)
