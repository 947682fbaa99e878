"""What is this expression? Asked on demand, memoised, safe against cycles.

The answer is every kind of value that the code of the project shows the expression to have: through assignments,
attributes that any method of a class binds, returns of functions (here and in other modules), elements of lists,
parameters with all their visible callers. What the code does not show stays out of the answer.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.domains.types.expressions import TRANSFERS
from lint_rules.semantics.domains.types.names import Names
from lint_rules.semantics.domains.types.tested import tested
from lint_rules.semantics.domains.values import (
    Values,
    first,
)
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.read_back import read_back
from lint_rules.semantics.syntax.module_index import Module


class Inference(Names):
    """The questions `what is this expression` over one project; `runs` tells who runs a function."""

    def values(self, module: Module, node: ast.expr) -> Values:
        """Every kind of value that `node`, an expression of `module`, is shown to have."""
        return self.ask(node, lambda: self._expression(module, node))

    def cheap_values(self, module: Module, node: ast.expr) -> Values:
        """The same for one of many expressions of which few matter: nothing is known where it is far to seek."""
        return self.project.memo.ask_cheaply(
            node, lambda: first(self._expression(module, node), limits.MAX_VALUES), (), most=limits.CHEAP_COST
        )

    def _expression(self, module: Module, node: ast.expr) -> Iterator[Values]:
        """What the code shows of an expression, or failing that what the tests around it say."""
        shown = False
        for values in self._shown(module, node):
            shown = shown or bool(values)
            yield values
        if not shown and isinstance(node, ast.Name | ast.Attribute):
            yield from tested(self, module, node)

    def _shown(self, module: Module, node: ast.expr) -> Iterator[Values]:
        if isinstance(node, ast.Name):
            return self.of_name(module, node)
        held = read_back(self, module, node)
        if held is not None:
            return iter((self.values(module, held),))
        if isinstance(node, ast.Attribute):
            return self.of_attribute(module, node)
        if isinstance(node, ast.Call):
            return self.of_call(module, node)
        if isinstance(node, ast.Subscript):
            return self.of_subscript(module, node)
        transfer = TRANSFERS.get(type(node))
        return transfer(self, module, node) if transfer is not None else iter(())
