"""A helper that predicts one sample -> a copy of it that takes all, for the loops that call it, also in other files.

    def embed(image):                                      def embed(image):
        return model.predict(image[None])[0]                   return model.predict(image[None])[0]

                                                  ->       def embed_all(images):
                                                               return list(model.predict(np.stack(images)))

    found = [embed(image) for image in photos]             found = embed_all(photos)

The helper stays for who calls it otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.loops.batch_applied import applied_ahead
from lint_rules.fixes.loops.batch_gather import over_a_list
from lint_rules.fixes.loops.batch_helper import Taking, handed_over, helper_around
from lint_rules.fixes.loops.batch_loop import batch_predict
from lint_rules.fixes.loops.calling import Calling, Runner
from lint_rules.fixes.loops.given import given_function
from lint_rules.fixes.loops.helper_body import into_a_loop, return_at_end, samples_name
from lint_rules.fixes.loops.known import NOTHING, Known
from lint_rules.fixes.loops.sample_parameter import Parameters, parameters_of, sample_of
from lint_rules.fixes.tree.locate import Tree, call_at
from lint_rules.fixes.tree.names import fresh_name, words
from lint_rules.fixes.tree.text import Change, apply_changes, edits, position_of
from lint_rules.records import dataclass, replace
from lint_rules.semantics.knowledge.model_methods import GIVES_NUMPY


@dataclass(frozen=True, slots=True)
class _Copy:
    """The copy of a helper: its name, where it is put, its text, and where the call of predict stands in that."""

    name: str
    place: int
    text: str
    call: int


def batch_twin(
    text: str,
    at: Position,
    *,
    callings: Sequence[Calling],
    end: Position | None = None,
    known: Known = NOTHING,
) -> tuple[Edit, ...] | None:
    """Add a copy of the helper that holds the predict call at `at`, which takes all samples, for the loops of
    `callings`. A loop that cannot hand all samples over keeps the helper.

    None where no loop can, and where the body of the helper cannot be batched.
    """
    found = call_at(text, at, end=end, named=GIVES_NUMPY, whole=True)
    function = helper_around(*found) if found is not None else None
    if found is None or function is None:
        return None
    tree, call = found
    parameters = parameters_of(tree, function)
    parameter = next(filter(None, (_sample_parameter(each, text, parameters) for each in callings)), None)
    if parameter is None:
        return None
    texts = [text, *(each.text for each in callings if each.text)]
    taken = samples_name(text, parameter)
    copy = _copied(tree, function, call, texts)
    if copy is None or into_a_loop(tree, call, function, parameter, taken) is None:
        return None
    here: list[Change] = []
    elsewhere: list[Edit] = []
    handed = 0
    for calling in callings:
        of_it = _sample_parameter(calling, text, parameters) is parameter
        taking = Taking(copy.name, taken, return_at_end(function) is not None)
        changes = _handed_over(calling, text, function, parameters, taking, here) if of_it else None
        handed += changes is not None
        if calling.filename is None:
            here += changes or ()
        else:
            edited = edits(calling.text, changes or ())
            elsewhere += (replace(edit, filename=calling.filename) for edit in edited)
    if not handed:
        return None
    return _with_copy(text, copy, (parameter.name.value, taken), here, known, elsewhere)


def _sample_parameter(calling: Calling, text: str, parameters: Parameters) -> cst.Param | None:
    """The parameter of the helper that gets the sample, as far as one call of it shows."""
    if calling.runner is not Runner.LOOP:
        return parameters.lone
    found = call_at(calling.text or text, calling.start, end=calling.end, whole=True)
    sample = sample_of(*found, parameters) if found is not None else None
    return sample.parameter if sample is not None else None


def _with_copy(
    text: str,
    copy: _Copy,
    names: tuple[str, str],
    here: Sequence[Change],
    known: Known,
    elsewhere: Sequence[Edit],
) -> tuple[Edit, ...] | None:
    """The edits that put in the copy, batched, and those of the loops in this file and in others.

    `names` are those of the parameter in the helper and in the copy.
    """
    twinned = apply_changes(text, [*here, (copy.place, copy.place, copy.text)])
    shift = sum(len(content) - (stop - start) for start, stop, content in here if stop <= copy.place)
    moved = copy.place + shift + copy.call
    again = call_at(twinned, position_of(twinned, moved), named=GIVES_NUMPY, whole=True)
    function = helper_around(*again) if again is not None else None
    if again is None or function is None:
        return None
    name, taken = names
    parameter = next(each for each in parameters_of(again[0], function).all if each.name.value == name)
    changes = into_a_loop(*again, function, parameter, taken)
    if changes is None:
        return None
    listed = apply_changes(twinned, changes)
    moved += sum(len(content) - (stop - start) for start, stop, content in changes if stop <= moved)
    further = batch_predict(listed, position_of(listed, moved), known=known)
    return (*over_a_list(text, listed, further), *dict.fromkeys(elsewhere)) if further else None


def _copied(tree: Tree, function: cst.FunctionDef, call: cst.Call, texts: Sequence[str]) -> _Copy | None:
    """A copy of a function under a name that none of the texts knows, to be put in behind it."""
    first, behind = tree.line_start(tree.span(function)[0]), tree.full_span(function)[1]
    code, old = tree.text[first:behind], function.name.value
    if old in words(tree.text[tree.full_span(function.body)[0] : behind]) or not code.endswith("\n"):
        return None
    new = fresh_name("\n".join(texts), f"{old}_all", f"{old}_batch")
    gap = "\n" if isinstance(tree.parent(tree.parent(function) or function), cst.ClassDef) else "\n\n"
    name = tree.full_span(function.name)[0] - first
    text = f"{gap}{code[:name]}{new}{code[name + len(old) :]}"
    return _Copy(new, behind, text, len(gap) + tree.span(call)[0] - first + len(new) - len(old))


def _handed_over(
    calling: Calling,
    text: str,
    function: cst.FunctionDef,
    parameters: Parameters,
    taking: Taking,
    here: Sequence[Change],
) -> list[Change] | None:
    """The changes of one file that hand all samples of a loop over to the copy, beside those that others have led to
    `here`; None where that cannot be."""
    found = call_at(calling.text or text, calling.start, end=calling.end, whole=True)
    if found is None:
        return None
    tree, call = found
    old, new = function.name.value, taking.function
    helper = call.func if calling.runner is Runner.LOOP else given_function(call, calling.runner)
    named = helper.attr if isinstance(helper, cst.Attribute) else helper
    if not isinstance(named, cst.Name) or (named.value != old and not calling.imported):
        return None
    if any(around is function for around in tree.ancestors(call)):
        return None
    if calling.runner is not Runner.LOOP and not taking.returns:
        return None
    owned = f"{tree.code(helper.value)}.{new}" if isinstance(helper, cst.Attribute) else new
    if calling.runner is Runner.LOOP:
        sample = sample_of(tree, call, parameters)
        taking = replace(taking, function=owned)
        changes = handed_over(tree, call, sample, taking, calling.steady) if sample is not None else None
    else:
        besides = " ".join(content for _, _, content in here)
        changes = applied_ahead(tree, call, owned, runner=calling.runner, steady=calling.steady, besides=besides)
    if changes is None or not calling.imported:
        return changes
    imported = next(_imports(tree, old, named.value), None)
    return None if imported is None else [*changes, (imported, imported, f", {new}")]


def _imports(tree: Tree, function: str, name: str) -> Iterator[int]:
    """Where the imports on the module's own level that bring in a function under a name end with that name."""
    for node in tree.nodes():
        if not isinstance(node, cst.ImportFrom) or isinstance(node.names, cst.ImportStar):
            continue
        row = tree.parent(node)
        if row is not None and isinstance(tree.parent(row), cst.Module):
            for alias in node.names:
                if alias.evaluated_name == function and (alias.evaluated_alias or function) == name:
                    yield tree.span(alias.asname or alias.name)[1]
