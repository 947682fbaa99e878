"""Where a gradient ends in NumPy or in whole numbers.

The target of a gradient is a sum of terms. A term that depends on the sources only through calls that no gradient
passes adds nothing to the gradient. A term that depends on them in another way too is not judged: a value without a
gradient that weights or indexes a differentiable one is common and right.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from lint_rules.semantics.calls.contexts import Contexts, Frame, Region, RegionKind
from lint_rules.semantics.domains.values import External, FunctionObject
from lint_rules.semantics.effects.slicing import Slice, Slicer
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.queries.gradients import Gradients
from lint_rules.semantics.syntax.module_index import Function, Module, dotted, last_name
from lint_rules.semantics.syntax.scopes import BindingKind

_STOPS = ("stop_gradient", "detach", "stop_recording")
_NUMBERS = frozenset({"float", "int", "bool"})
_WHOLE = frozenset({"argmax", "argmin", "argsort"})
_COMPARISONS = frozenset({"equal", "not_equal", "greater", "greater_equal", "less", "less_equal"})
_INTEGERS = ("int", "uint", "bool")
_MEANS = frozenset({"reduce_mean", "reduce_sum", "add", "add_n", "mean", "sum", "convert_to_tensor", "cast"})


@dataclass(frozen=True, slots=True)
class Break:
    """A call that no gradient passes, between a target and its sources.

    `whole` tells that the whole target rests on it, not one term of a sum; `what` and `instead` are words for a reader.
    """

    node: ast.expr
    target: ast.expr
    tape: ast.AST
    what: str
    instead: str
    whole: bool


def breaks(contexts: Contexts, module: Module) -> Iterator[Break]:
    """The breaks under the tapes of a module, in source order."""
    found: dict[ast.expr, Break] = {}
    for node in module.withs:
        regions = [r for r in contexts._with(module, node) if r.kind is RegionKind.TAPE]
        for region in regions:
            for broken in _Tape(contexts, module, region).breaks():
                found.setdefault(broken.node, broken)
    yield from sorted(found.values(), key=lambda item: (item.node.lineno, item.node.col_offset))


class _Tape:
    """One tape: what is differentiated, with respect to what, and what stands between."""

    def __init__(self, contexts: Contexts, module: Module, region: Region) -> None:
        self.inference = contexts.inference
        self.gradients = Gradients(contexts)
        self.module = module
        self.region = region
        assert isinstance(region.node, ast.With | ast.AsyncWith)
        self.node = region.node
        self.function = module.function_of(region.node)
        self.scope: ast.AST = self.function.node if self.function is not None else module.tree
        self.stops = frozenset(call for name in _STOPS for call in module.calls.get(name, ()))
        self.breakers = self._breakers()

    def breaks(self) -> Iterator[Break]:
        if not self.breakers:
            return
        frame = Frame(self.module, self.node.items[0].context_expr, self.function, (self.region,))
        for target, sources in self.gradients._gradient_calls(frame, self.region):
            if sources is None:
                continue
            models, names, unreadable = self.gradients._read_sources(self.module, sources)
            if unreadable or not models | names:
                continue
            yield from self._between(target, models, names)

    def _between(self, target: ast.expr, models: set[str], names: set[str]) -> Iterator[Break]:
        terms = list(self._terms(target, 6))
        for term in terms:
            whole = self._slice(term, self.stops)
            if not self._uses_sources(whole, models, names):
                continue
            passing = self._slice(term, self.stops | frozenset(self.breakers))
            if self._may_use_sources(passing, models, names):
                continue
            for node in sorted(passing.nodes & self.breakers.keys(), key=lambda n: (n.lineno, n.col_offset)):  # type: ignore[attr-defined]
                assert isinstance(node, ast.expr)
                if self._under(node) and self._uses_sources(self._slice(node, self.stops), models, names):
                    what, instead = self.breakers[node]
                    yield Break(node, target, self.node, what, instead, len(terms) == 1)
                    break

    def _under(self, node: ast.expr) -> bool:
        """Whether a break stands in the tape's own function, and makes a value: no test that only decides what runs."""
        if self.module.function_of(node) is not self.function:
            return False
        return not any(
            isinstance(parent, ast.If | ast.While | ast.IfExp | ast.Assert) and child is parent.test
            for child, parent in self.module.ancestors(node)
        )

    def _slice(self, node: ast.expr, barriers: frozenset[ast.AST]) -> Slice:
        return Slicer(self.inference, self.module, self.scope, barriers=barriers).of(node)

    # The terms of a sum

    def _terms(self, node: ast.expr, depth: int) -> Iterator[ast.expr]:
        """What is added up to an expression, through names that are bound once and `+=`."""
        if depth <= 0:
            yield node
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            yield from self._terms(node.left, depth - 1)
            yield from self._terms(node.right, depth - 1)
        elif isinstance(node, ast.Name):
            bindings = bindings_of(self.module, node)
            added = [b for b in bindings if b.kind is BindingKind.AUGMENT and b.value is not None]
            plain = [b for b in bindings if b not in added]
            if any(not isinstance(getattr(b.node, "op", None), ast.Add | ast.Sub) for b in added):
                yield node
            elif len(plain) == 1 and plain[0].kind is BindingKind.ASSIGN and plain[0].value and not plain[0].path:
                for binding in [*plain, *added]:
                    assert binding.value is not None
                    yield from self._terms(binding.value, depth - 1)
            else:
                yield node
        elif isinstance(node, ast.Call) and last_name(node.func) in _MEANS and len(node.args) == 1:
            inner = node.args[0]
            if node not in self.breakers and isinstance(inner, ast.BinOp | ast.Name | ast.Call):
                yield from self._terms(inner, depth - 1)
            else:
                yield node
        else:
            yield node

    # Sources

    def _uses_sources(self, found: Slice, models: set[str], names: set[str]) -> bool:
        """Whether a slice provably rests on the sources: a call of a model, a variable or input by its name."""
        for node in found.nodes:
            if isinstance(node, ast.Call):
                text = dotted(node.func)
                if text is not None and (text in models or self._alias(node.func) in models):
                    return True
            elif (
                isinstance(node, ast.Name | ast.Attribute)
                and dotted(node) in names
                and not isinstance(self.module.parents.get(node), ast.Attribute)
            ):
                return True
        return False

    def _alias(self, node: ast.expr) -> str | None:
        return self.gradients._alias(self.module, node)

    def _may_use_sources(self, found: Slice, models: set[str], names: set[str]) -> bool:
        """Whether a slice may rest on the sources in any way: one is named in it, or code that names one is called."""
        roots = {text.partition(".")[0] for text in models | names if "." in text}
        lasts = {text.rpartition(".")[2] for text in models | names}
        for node in found.nodes - self.breakers.keys():
            if isinstance(node, ast.Name) and node.id in lasts | models | names:
                return True
            if isinstance(node, ast.Attribute) and node.attr in lasts:
                return True
            if isinstance(node, ast.Call):
                callees = self.inference.values(self.module, node.func)
                text = dotted(node.func) or ""
                if any(isinstance(v, FunctionObject) for v in callees):
                    functions = [v.function for v in callees if isinstance(v, FunctionObject)]
                    if any(self._names_sources(function, lasts) for function in functions):
                        return True
                elif (
                    (not callees and text.partition(".")[0] in roots)
                    or any(isinstance(a, ast.Name) and a.id in roots for a in node.args)
                    or (not callees and not text)
                ):
                    return True
        return False

    def _names_sources(self, function: Function, lasts: set[str], depth: int = 2) -> bool:
        """Whether a function of the project may use a source that it is not given: it names one, or calls on."""
        for node in ast.walk(function.node):
            if (isinstance(node, ast.Name) and node.id in lasts) or (
                isinstance(node, ast.Attribute) and node.attr in lasts
            ):
                return True
            if isinstance(node, ast.Call) and depth:
                called = [
                    v.function
                    for v in self.inference.values(function.module, node.func)
                    if isinstance(v, FunctionObject)
                ]
                if any(self._names_sources(other, lasts, depth - 1) for other in called if other is not function):
                    return True
        return False

    # What no gradient passes

    def _breakers(self) -> dict[ast.AST, tuple[str, str]]:
        """The expressions of the tape's function that no gradient passes, with words for them."""
        module = self.module
        found: dict[ast.AST, tuple[str, str]] = {}
        for name, calls in module.calls.items():
            for call in calls:
                if module.function_of(call) is self.function:
                    words = self._breaking(name, call)
                    if words is not None:
                        found[call] = words
        for node in module.scopes:
            if isinstance(node, ast.Compare) and module.function_of(node) is self.function and _compares_values(node):
                found[node] = ("a comparison", "a differentiable loss on the values themselves")
        return found

    def _breaking(self, name: str, call: ast.Call) -> tuple[str, str] | None:
        values = self.inference.values(self.module, call.func)
        external = next((value.name for value in values if isinstance(value, External)), None)
        if name == "numpy" and isinstance(call.func, ast.Attribute) and not call.args:
            return ".numpy()", "omit it"
        if name in _NUMBERS and isinstance(call.func, ast.Name) and not values and call.args:
            return f"{name}()", "omit it"
        if external is not None and external.startswith("numpy.") and not external.startswith("numpy.random."):
            return f"np.{name}()", "its twin in tf. or keras.ops."
        if name in ("item", "tolist") and isinstance(call.func, ast.Attribute) and not call.args:
            return f".{name}()", "omit it"
        tensors = external is not None and external.startswith(("tensorflow.", "keras."))
        if name in _WHOLE and tensors:
            return f"{name}()", "a differentiable loss on the scores themselves"
        if name in _COMPARISONS and tensors:
            return f"{name}()", "a differentiable loss on the values themselves"
        if name == "cast" and tensors and len(call.args) + len(call.keywords) >= 2:
            kind = next((k.value for k in call.keywords if k.arg == "dtype"), call.args[-1])
            text = kind.value if isinstance(kind, ast.Constant) else last_name(kind)
            if isinstance(text, str) and text.startswith(_INTEGERS):
                return f"a cast to {text}", "a differentiable loss on the values themselves"
        return None


def _compares_values(node: ast.Compare) -> bool:
    return not any(isinstance(operator, ast.Is | ast.IsNot | ast.In | ast.NotIn) for operator in node.ops)
