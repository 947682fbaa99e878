"""A helper that predicts one sample, and the loop that calls it -> a helper that predicts all samples in one call.

    def embed(image):                                    def embed(images):
        image = scale(image)                                 inputs = []
        return model.predict(image[None])[0]     ->          for image in images:
                                                                 image = scale(image)
    found = [embed(image) for image in photos]                   inputs.append(image)
                                                             return list(model.predict(np.stack(inputs)))

                                                         found = embed(photos)

What else the helper is given, `score(model, image)`, stays the same for all samples and is handed over once. First the
loop goes into the helper, then the helper's own loop is batched as any other. `list(map(lambda x: ..., xs))`
becomes the comprehension that it is, and is batched.
"""

from __future__ import annotations

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.loops.batch_comprehension import batch_comprehension, comprehension_of, read_names_outside
from lint_rules.fixes.loops.batch_gather import over_a_list
from lint_rules.fixes.loops.batch_loop import batch_predict
from lint_rules.fixes.loops.given import given_lambda
from lint_rules.fixes.loops.helper_body import into_a_loop, return_at_end, samples_name
from lint_rules.fixes.loops.iteration import as_list, holds_still, is_call_of, without_progress
from lint_rules.fixes.loops.known import NOTHING, Known
from lint_rules.fixes.loops.loop_shape import Shape, ends_loop, outlives, shape_around, suspends
from lint_rules.fixes.loops.sample_parameter import Passed, parameters_of, sample_of
from lint_rules.fixes.tree.changes import changes_in
from lint_rules.fixes.tree.locate import Tree, call_at, called_name
from lint_rules.fixes.tree.names import bound_paths, fresh_name, read_paths, target_paths, touches, walk, words
from lint_rules.fixes.tree.text import Change, apply_changes, position_of
from lint_rules.records import dataclass
from lint_rules.semantics.knowledge.model_methods import GIVES_NUMPY


def batch_mapped(
    text: str, at: Position, *, end: Position | None = None, known: Known = NOTHING
) -> tuple[Edit, ...] | None:
    """Batch `list(map(lambda x: ..., xs))`, whose lambda holds the predict call at `at`. None for any other shape."""
    found = call_at(text, at, end=end, named=GIVES_NUMPY)
    if found is None:
        return None
    tree, call = found
    given = given_lambda(tree, call)
    if given is None or not is_call_of(given.given_to, "map", 2):
        return None
    function, name, mapping = given.function, given.parameter, given.given_to
    holder = tree.parent(mapping)
    listing = tree.parent(holder) if isinstance(holder, cst.Arg) else None
    if not isinstance(listing, cst.Call) or not is_call_of(listing, "list", 1):
        return None
    if mapping.args[0].value is not function:
        return None
    start, stop = tree.span(listing)
    body = tree.full_span(function.body)
    source = tree.item(mapping.args[1].value)
    if tree.comments(start, stop) or name in words(source):
        return None
    listed = apply_changes(text, [(start, stop, f"[{text[body[0] : body[1]]} for {name} in {source}]")])
    moved = tree.span(call)[0] - body[0] + start + 1
    further = batch_comprehension(listed, position_of(listed, moved), known=known)
    return over_a_list(text, listed, further) if further else None


def batch_helper(
    text: str,
    at: Position,
    *,
    caller: Position,
    caller_end: Position,
    end: Position | None = None,
    known: Known = NOTHING,
) -> tuple[Edit, ...] | None:
    """Let the function that holds the predict call at `at` take all samples; `caller` is the one call of it.

    None where the function does not end in a `return`, leaves before the call, or in a loop of its own, where the call
    passes anything else that changes from sample to sample, and where the loop around the call is none of those that
    can hand all samples over.
    """
    found = call_at(text, at, end=end, named=GIVES_NUMPY, whole=True)
    outside = call_at(text, caller, end=caller_end, whole=True)
    if found is None or outside is None:
        return None
    tree, call = found
    function = helper_around(tree, call)
    if function is None or any(around is function for around in tree.ancestors(outside[1])):
        return None
    sample = sample_of(tree, outside[1], parameters_of(tree, function))
    if sample is None:
        return None
    taken = samples_name(text, sample.parameter)
    changes = into_a_loop(tree, call, function, sample.parameter, taken)
    if changes is None:
        return None
    taking = Taking(tree.code(outside[1].func), taken, return_at_end(function) is not None)
    handed = handed_over(tree, outside[1], sample, taking, known.steady)
    if handed is None:
        return None
    moved = tree.span(call)[0]
    changes += handed
    moved += sum(len(content) - (stop - start) for start, stop, content in changes if stop <= moved)
    listed = apply_changes(text, changes)
    further = batch_predict(listed, position_of(listed, moved), known=known)
    return over_a_list(text, listed, further) if further else None


def helper_around(tree: Tree, call: cst.Call) -> cst.FunctionDef | None:
    """The function around a call, where it is a plain one: neither decorated nor asynchronous nor a lambda."""
    function = next(
        (around for around in tree.ancestors(call) if isinstance(around, (cst.FunctionDef, cst.Lambda))), None
    )
    plain = isinstance(function, cst.FunctionDef) and not function.decorators and not function.asynchronous
    return function if plain and isinstance(function, cst.FunctionDef) else None


@dataclass(frozen=True, slots=True)
class Taking:
    """The function that takes all samples: the code that names it, its parameter for them, and whether it returns
    something for each."""

    function: str
    parameter: str
    returns: bool


def handed_over(
    tree: Tree, call: cst.Call, sample: Passed, taking: Taking, steady: frozenset[str]
) -> list[Change] | None:
    """The changes that hand all samples over to a function where the loop called a helper sample by sample.

    `steady` is the code of what the loop goes over that gives the same elements whenever it is gone over.
    """
    handing = _Handing(tree, call, sample, taking)
    comprehension = comprehension_of(tree, call)
    if comprehension is not None:
        return _from_comprehension(handing, comprehension)
    shape = shape_around(tree, call)
    return _from_loop(handing, shape, steady) if shape is not None else None


@dataclass(frozen=True, slots=True)
class _Handing:
    """A call of a helper in a loop, its sample, and the function that is to take all samples."""

    tree: Tree
    call: cst.Call
    sample: Passed
    taking: Taking

    def of(self, target: cst.CSTNode, over: str, condition: str = "") -> str:
        """`embed(photos)`, or `embed([f(x) for x in photos if g(x)])`, of what is gone `over`."""
        item, variable = self.tree.code(self.sample.argument.value), self.tree.code(target)
        samples = over if item == variable and not condition else f"[{item} for {variable} in {over}{condition}]"
        given = [self._given(each, samples) for each in self.call.args]
        return f"{self.taking.function}({', '.join(given)})"

    def _given(self, argument: cst.Arg, samples: str) -> str:
        name, code = argument.keyword.value if argument.keyword else "", self.tree.code(argument.value)
        if argument is self.sample.argument:
            name, code = name and self.taking.parameter, samples
        return f"{name}={code}" if name else code


def _from_comprehension(handing: _Handing, comprehension: cst.CSTNode) -> list[Change] | None:
    tree, call = handing.tree, handing.call
    if not isinstance(comprehension, cst.ListComp) or not handing.taking.returns:
        return None
    loop = comprehension.for_in
    if loop.inner_for_in or loop.asynchronous or touches(read_paths(call.func), bound_paths([loop])):
        return None
    condition = "".join(f" if {tree.code(check.test)}" for check in loop.ifs)
    handed = handing.of(loop.target, tree.item(loop.iter), condition)
    start, stop = tree.span(comprehension)
    if tree.comments(start, stop):
        return None
    if comprehension.elt is call:
        return [(start, stop, handed)]
    if any(
        isinstance(node, (cst.IfExp, cst.BooleanOperation, cst.NamedExpr, cst.BaseComp))
        for node in walk(comprehension.elt)
    ):
        return None
    if touches(read_names_outside(comprehension.elt, call, tree), bound_paths([loop])):
        return None
    name = fresh_name(tree.text, "result", "one_result")
    element = tree.full_span(comprehension.elt)
    here = tree.full_span(call)
    code = f"{tree.text[element[0] : here[0]]}{name}{tree.text[here[1] : element[1]]}"
    return [(start, stop, f"[{code} for {name} in {handed}]")]


def _from_loop(handing: _Handing, shape: Shape, steady: frozenset[str]) -> list[Change] | None:
    tree, call, node = handing.tree, handing.call, shape.node
    if ends_loop(shape.body) or suspends(shape.body):
        # Samples that the loop may never come to would be predicted, or all before the first is handed out.
        return None
    if shape.before or touches(read_paths(call.func), bound_paths([node])) or node.orelse is not None:
        return None
    if touches(read_paths(handing.sample.argument.value) - target_paths(node.target), bound_paths([node])):
        return None
    source = without_progress(node.iter)
    over = tree.item(source)
    handed = handing.of(node.target, over)
    start, stop = tree.span(node)[0], tree.full_span(node)[1]
    alone = not shape.behind and not tree.comments(start, stop) and not outlives(tree, node, target_paths(node.target))
    match shape.at:
        case cst.Expr(value=value) if value is call and alone:
            return [(start, tree.span(shape.at)[1], handed)]
        case cst.Expr(value=cst.Call(func=cst.Attribute(value=owner, attr=cst.Name("append")), args=[only])) if (
            only.value is call and alone and handing.taking.returns
        ):
            return [(start, tree.span(shape.at)[1], f"{tree.code(owner)}.extend({handed})")]
    if not handing.taking.returns:
        return None
    listed: list[Change] = []
    if not holds_still(tree, source, steady):
        # It may be gone after one pass: a list is made first.
        if touches(read_paths(source), changes_in(tree.like).changed(shape.body)):
            return None
        row, over = tree.line_start(start), fresh_name(tree.text, "samples", "all_samples")
        listed.append((row, row, f"{tree.indentation(row)}{over} = {as_list(tree, source)}\n"))
        handed = handing.of(node.target, over)
    name = fresh_name(tree.text, "result", "one_result")
    header = (tree.full_span(node.target)[0], tree.full_span(node.iter)[1])
    if tree.comments(*header) or called_name(call) is None:
        return None
    return [
        *listed,
        (*header, f"{tree.item(node.target)}, {name} in zip({over}, {handed})"),
        (*tree.full_span(call), name),
    ]
