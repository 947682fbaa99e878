"""May the samples of a loop differ in length? Then no one array holds them all, unless they are padded first.

The code shows it where the length comes from the data: an array made of what a comprehension over the sample gives,
`np.zeros((1, len(text), 8))`, `x[:n]` with another `n` for each sample, token ids that nothing pads. A helper of the
project shows it too, and a model whose input leaves an axis open.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from lint_rules.records import dataclass
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import FunctionObject
from lint_rules.semantics.effects.slicing import Slicer
from lint_rules.semantics.flow.same_value import same_value, written_out
from lint_rules.semantics.knowledge.sequence_lengths import EVENS_OUT, LENGTH_KEYWORDS, SHAPED, TOKENIZERS
from lint_rules.semantics.syntax.module_index import Function, Module, last_name

_MAX_HELPERS = 2


def lengths_differ(inference: Inference, module: Module, region: ast.AST, arguments: Sequence[ast.expr]) -> bool:
    """Whether each iteration of a region (each run of a function) may give its input a length of its own."""
    return _differ(inference, module, region, arguments, 0)


def _differ(inference: Inference, module: Module, region: ast.AST, arguments: Sequence[ast.expr], depth: int) -> bool:
    slicer = Slicer(inference, module, region)
    inside = [node for node in slicer.of(*arguments).nodes if slicer.inside(node)]
    if _evens_out(inside):
        return False
    lengths = _lengths_in(slicer, module, region)
    if any(lengths.differ(node) for node in inside):
        return True
    return depth < _MAX_HELPERS and any(
        _differ(inference, function.module, function.node, function.returns, depth + 1)
        for node in inside
        if isinstance(node, ast.Call) and lengths.vary(*node.args)
        for function in _helpers(inference, module, node)
    )


def gives_one_length(inference: Inference, module: Module, region: ast.AST, arguments: Sequence[ast.expr]) -> bool:
    """Whether something in each iteration of a region gives its input a length that is the same for all."""
    return _give_one(inference, module, region, arguments, 0)


def _give_one(inference: Inference, module: Module, region: ast.AST, arguments: Sequence[ast.expr], depth: int) -> bool:
    slicer = Slicer(inference, module, region)
    inside = [node for node in slicer.of(*arguments).nodes if slicer.inside(node)]
    lengths = _lengths_in(slicer, module, region)
    if _evens_out(inside) or any(isinstance(node, ast.Subscript) and lengths.cuts_evenly(node) for node in inside):
        return True
    return depth < _MAX_HELPERS and any(
        _give_one(inference, function.module, function.node, function.returns, depth + 1)
        for node in inside
        if isinstance(node, ast.Call)
        for function in _helpers(inference, module, node)
    )


def _lengths_in(slicer: Slicer, module: Module, region: ast.AST) -> _Lengths:
    return _Lengths(slicer, module, isinstance(region, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))


def _evens_out(nodes: Iterable[ast.AST]) -> bool:
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    return any(_name(call) in EVENS_OUT or LENGTH_KEYWORDS & {k.arg for k in call.keywords} for call in calls)


def _helpers(inference: Inference, module: Module, call: ast.Call) -> Iterator[Function]:
    """The functions of the project that a call runs."""
    for value in inference.values(module, call.func):
        if isinstance(value, FunctionObject) and not value.function.is_generator:
            yield value.function


def _name(call: ast.Call) -> str | None:
    return None if isinstance(call.func, ast.Call) else last_name(call.func)


def _counts(node: ast.ListComp | ast.GeneratorExp) -> bool:
    """Whether a comprehension goes over a fixed number of things: `for _ in range(8)`."""
    return any(
        isinstance(generator.iter, ast.Call)
        and _name(generator.iter) == "range"
        and all(isinstance(argument, ast.Constant) for argument in generator.iter.args)
        for generator in node.generators
    )


@dataclass(frozen=True, slots=True)
class _Lengths:
    """What gives a length to the input of one iteration, or of one run where what repeats is a function (`runs`)."""

    slicer: Slicer
    module: Module
    runs: bool

    def differ(self, node: ast.AST) -> bool:
        """Whether a piece of code gives each input a length of its own."""
        if isinstance(node, ast.ListComp | ast.GeneratorExp):
            # A condition on the items leaves some of them out.
            return any(self.vary(generator.iter) for generator in node.generators) and not _counts(node)
        if isinstance(node, ast.Subscript):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            return any(isinstance(part, ast.Slice) and self._cut_by_data(part) for part in parts)
        if isinstance(node, ast.Call):
            if _name(node) in TOKENIZERS:
                return True
            return _name(node) == "len" and _in_a_shape(self.module, node) and self.vary(*node.args)
        return False

    def vary(self, *nodes: ast.expr) -> bool:
        """Whether values are others in each iteration: what a function is given does not change in a loop in it."""
        found = self.slicer.of(*nodes)
        return found.element or (self.runs and bool(found.parameters))

    def cuts_evenly(self, node: ast.Subscript) -> bool:
        """Whether a slice cuts pieces of one length: `x[i : i + 8]`."""
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return any(
            isinstance(part, ast.Slice)
            and part.lower is not None
            and part.upper is not None
            and not self._cut_by_data(part)
            for part in parts
        )

    def _cut_by_data(self, part: ast.Slice) -> bool:
        """Whether the bounds of a slice lie as far apart as the data say: not in `x[i:i + 8]`."""
        lower, upper = (
            None if bound is None else written_out(self.module, bound) for bound in (part.lower, part.upper)
        )
        if lower is not None and upper is not None and isinstance(upper, ast.BinOp) and isinstance(upper.op, ast.Add):
            for one, other in ((upper.left, upper.right), (upper.right, upper.left)):
                if same_value(self.module, one, lower):
                    return self.vary(other)
        if lower is not None and upper is not None and isinstance(lower, ast.BinOp) and isinstance(lower.op, ast.Sub):
            if same_value(self.module, lower.left, upper):
                return self.vary(lower.right)
        bounds = [bound for bound in (lower, upper, part.step) if bound is not None]
        return bool(bounds) and self.vary(*bounds)


def _in_a_shape(module: Module, node: ast.Call) -> bool:
    """Whether a number is a part of the shape that an array gets."""
    for child, parent in module.ancestors(node):
        if isinstance(parent, ast.Call):
            return _name(parent) in SHAPED and any(child is argument for argument in parent.args)
        if not isinstance(parent, ast.Tuple | ast.List | ast.BinOp):
            return False
    return False
