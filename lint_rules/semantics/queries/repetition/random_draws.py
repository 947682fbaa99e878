"""Where do random numbers come in? Draws in a loop, and models that answer otherwise each time."""

from __future__ import annotations

import ast
import re

from lint_rules.regex import lazy_pattern
from lint_rules.semantics.calls.contexts import Path
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import External, Instance, KerasModel
from lint_rules.semantics.effects.results import calls_behind
from lint_rules.semantics.effects.slicing import Slicer
from lint_rules.semantics.knowledge.model_methods import BATCH_SIZE
from lint_rules.semantics.knowledge.random_draws import DRAWS
from lint_rules.semantics.queries.repetition.reach import Reach
from lint_rules.semantics.syntax.module_index import Module, last_name

FEW_ROWS = BATCH_SIZE
"""What each iteration draws can be drawn at once; more rows than one batch of predict has are worth a call."""

_NEVER_THE_SAME = lazy_pattern(
    r"\b(?:training|stateful)\s*=\s*True\b|\b(?:tf|K|keras|backend)\.random[._](?:\w*normal|uniform)"
    r"|\btensorflow_probability\b"
)
_STATEFUL = lazy_pattern(r"\bstateful\s*=\s*True\b")


def draws(inference: Inference, module: Module, call: ast.Call) -> bool:
    """Whether a call gives other random numbers each time: `np.random.randn(...)`. JAX's are fixed by their key."""
    return any(
        isinstance(value, External) and "random" in value.name.split(".") and not value.name.startswith("jax.")
        for value in inference.values(module, call.func)
    )


def any_draws(inference: Inference, module: Module, calls: list[ast.Call]) -> bool:
    """Whether any of some calls, or of those that make their results, gives other random numbers each time."""
    made = [*((module, call) for call in calls), *calls_behind(inference, module, calls)]
    return any(draws(inference, where, call) for where, call in made)


def draws_within(inference: Inference, path: Path, arguments: list[ast.expr]) -> bool:
    """Whether the function of a call, or what makes its inputs there, draws random numbers for them."""
    first = path.frames[0]
    within = first.module.tree if first.function is None else first.function.node
    calls = Slicer(inference, first.module, within, first.node).of(*arguments).calls()
    return any_draws(inference, first.module, calls)


def only_noise(reach: Reach) -> bool:
    """Whether all that varies of an input is random numbers (a sample grid of a generator)."""
    if reach.argument.element or reach.argument.parameters:
        return False
    calls = [*reach.argument.calls(), *(call for _, call in reach.inner_calls)]
    return any(last_name(call.func) in DRAWS for call in calls if not isinstance(call.func, ast.Call))


def is_random(inference: Inference, module: Module, call: ast.expr) -> bool:
    """Whether the code that makes the model of a call hints at other outputs for the same input each time."""
    return _made_with(inference, module, call, _NEVER_THE_SAME)


def is_stateful(inference: Inference, module: Module, call: ast.expr) -> bool:
    """Whether the code that makes the model of a call gives it a state which each prediction changes."""
    return _made_with(inference, module, call, _STATEFUL)


def _made_with(inference: Inference, module: Module, call: ast.expr, pattern: re.Pattern[str]) -> bool:
    """Whether the code that makes the model of a call, or that of the call, has what a pattern looks for."""
    return any(_speaks_of(maker, pattern) for maker in _makers(inference, module, call))


def _speaks_of(module: Module, pattern: re.Pattern[str]) -> bool:
    """Whether the text of a module has what a pattern looks for."""
    return module.once(pattern, lambda: pattern.search(module.text) is not None)


def _makers(inference: Inference, module: Module, node: ast.expr) -> set[Module]:
    """The modules whose code makes the model of a call, and that of the call."""
    function = node.func if isinstance(node, ast.Call) else None
    values = inference.values(module, function.value) if isinstance(function, ast.Attribute) else ()
    makers = {module}
    for value in values:
        if isinstance(value, KerasModel | Instance) and value.origin is not None:
            makers.add(value.origin.module)
        if isinstance(value, Instance):
            makers.update(cls.module for cls in inference.lineage(value.cls))
    return makers
