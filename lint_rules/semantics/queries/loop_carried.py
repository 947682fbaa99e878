"""Does one iteration of a loop feed the next? Whether an input rests on what an earlier one predicted elsewhere.

`value = critic.predict(state)` and then `state = env.step(agent.act(state))`: the critic's own result goes nowhere, and
still no state is known before the agent has predicted on the one before. Such inputs cannot be collected first.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import FunctionObject, Instance, KerasModel
from lint_rules.semantics.effects.slicing import Slice, Slicer
from lint_rules.semantics.flow.graph import LOOPS
from lint_rules.semantics.flow.use_def import carried_bindings, loops_around
from lint_rules.semantics.knowledge.model_methods import LOOP_FAMILY
from lint_rules.semantics.queries.receivers import receivers_of
from lint_rules.semantics.syntax.module_index import Function, Module, dotted, start


class Rounds:
    """The question `does an iteration rest on a prediction of the one before` over one project."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self.receivers = receivers_of(inference.project)

    def rest_on_predictions(self, module: Module, loop: ast.AST, stop: ast.expr, found: Slice) -> bool:
        """Whether a slice holds what an iteration of `loop` leaves to the next, made from a prediction.

        `stop` is the call in the loop that runs the one judged; the function it calls may return what another predicts.
        """
        if not isinstance(loop, LOOPS):
            return False
        slicer = Slicer(self.inference, module, loop, stop)
        return any(
            self._predicts(module, node)
            for value in _left_over(module, loop, slicer, found)
            for node in slicer.of(value).nodes
            if isinstance(node, ast.Call) and slicer.inside(node)
        )

    def _predicts(self, module: Module, call: ast.Call) -> bool:
        """Whether a call gives what a model predicts: `model.predict(x)`, `model(x)`, or a function that returns it."""
        if isinstance(call.func, ast.Attribute) and call.func.attr in LOOP_FAMILY:
            if self.receivers.of_call(module, call).verdict.is_model:
                return True
        for value in self.inference.values(module, call.func):
            if isinstance(value, KerasModel):
                return True
            if isinstance(value, Instance) and self.inference.is_model_class(value.cls):
                return True
            if isinstance(value, FunctionObject) and self._returns(value.function):
                return True
        return False

    def _returns(self, function: Function) -> bool:
        """Whether what a function returns rests on a prediction; what is too far to see may."""
        return self.inference.project.memo.ask(
            ("returns a prediction", function),
            lambda: self._is_predicted(function),
            unknown=True,
            cycle=False,
        )

    def _is_predicted(self, function: Function) -> bool:
        slicer = Slicer(self.inference, function.module, function.node)
        leaving: list[ast.expr] = [*function.returns, *function.yields]
        calls = slicer.of(*leaving).calls() if leaving else []
        return any(self._predicts(function.module, call) for call in calls)


def _left_over(module: Module, loop: ast.AST, slicer: Slicer, found: Slice) -> Iterator[ast.expr]:
    """What the names and objects of a slice are bound to, or changed with, further down in the same loop."""
    for node in found.nodes:
        if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
            continue
        if isinstance(node, ast.Name):
            for binding in carried_bindings(module, node, loop):
                if binding.value is not None and slicer.inside(binding.node):
                    yield binding.value
        text = dotted(node)
        for change in slicer.changes_of(text, node) if text is not None else ():
            if start(change.value) > start(node) and _common_loop(module, node, change.value) is loop:
                parts = [change.value] if change.stored or not isinstance(change.value, ast.Call) else change.value.args
                yield from parts


def _common_loop(module: Module, one: ast.AST, other: ast.AST) -> ast.AST | None:
    """The innermost loop statement that holds both nodes."""
    around = loops_around(module, other)
    return next((loop for loop in loops_around(module, one) if loop in around), None)
