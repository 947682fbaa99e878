"""Does something run once only, whatever is around it?

In one turn of a loop: `if i == 0`, `if n == 9`, `if first: first = False`. In the last turn of one that tries until it
succeeds: `while not done: run(); done = True`. Or until an attribute has a value:
`if self.size is None: self.size = self.measure()`, and so a name.
"""

from __future__ import annotations

import ast

from lint_rules.semantics.flow.use_def import bindings_of, loops_around
from lint_rules.semantics.syntax.blocks import place_of
from lint_rules.semantics.syntax.module_index import Module, dotted, last_name
from lint_rules.semantics.syntax.scopes import Binding, BindingKind


def loop_of_one_turn(module: Module, guard: ast.If | ast.match_case) -> ast.AST | None:
    """The loop in which the body of an `if` or `case` runs once at most, None where it may run more often."""
    loops = loops_around(module, guard)
    if not loops:
        return None
    if isinstance(guard, ast.match_case):
        match, pattern = module.parents[guard], guard.pattern
        asked = match.subject if isinstance(match, ast.Match) and isinstance(pattern, ast.MatchValue) else None
        return _counting_loop(module, asked, loops) if isinstance(asked, ast.Name) else None
    test = guard.test
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
        for one, other in ((test.left, test.comparators[0]), (test.comparators[0], test.left)):
            if isinstance(one, ast.Name) and isinstance(other, ast.Constant):
                return _counting_loop(module, one, loops)
    flag = test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else test
    return _flagged_loop(module, guard, flag, loops) if isinstance(flag, ast.Name) else None


def ends_by_flag(module: Module, node: ast.AST, loop: ast.AST) -> bool:
    """Whether a `while` loop ends once a node in it has run, because the flag that it tests is set right behind that.

    `while not done: try: run(size); done = True; except MemoryError: size //= 2`
    """
    test = loop.test if isinstance(loop, ast.While) else None
    until = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    flag = test.operand if isinstance(test, ast.UnaryOp) and until else test
    if not isinstance(flag, ast.Name) or not all(
        isinstance(binding.node, ast.stmt) and _sets(binding.node, flag.id, until)
        for binding in bindings_of(module, flag)
        if loop in loops_around(module, binding.node)
    ):
        return False
    for child, parent in module.ancestors(node):
        place = place_of(module, child) if isinstance(child, ast.stmt) else None
        for statement in place.block[place.number + 1 :] if place is not None else ():
            if module.order.within(statement, ast.Continue):
                return False
            if _sets(statement, flag.id, until):
                return True
        if parent is loop:
            break
    return False


def _sets(statement: ast.stmt, name: str, value: bool) -> bool:
    return (
        isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Constant)
        and bool(statement.value.value) is value
        and any(isinstance(target, ast.Name) and target.id == name for target in statement.targets)
    )


def fills_once(module: Module, node: ast.expr) -> bool:
    """Whether a node gives an attribute its value where that has none yet, and nothing takes it away again."""
    statement = module.statement_of(node)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    attributes = [target for target in targets if isinstance(target, ast.Attribute)]
    parent = module.parents.get(statement)
    if len(attributes) != 1 or len(targets) != 1:
        return False
    guarded = (
        isinstance(parent, ast.If) and statement in parent.body and _asks_whether_set(parent.test, attributes[0])
    ) or (isinstance(parent, ast.ExceptHandler) and _fails_unless_set(module, parent, attributes[0]))
    return guarded and _stays_set(module, attributes[0])


def binds_once(module: Module, binding: Binding) -> bool:
    """Whether a name gets its value where it has none yet, and none in any other way in the loops around that."""
    statement = binding.node
    guard = module.parents.get(statement)
    name = ast.Name(binding.name, ast.Load())
    if not isinstance(guard, ast.If) or statement not in guard.body or not _asks_whether_set(guard.test, name):
        return False
    loops = loops_around(module, statement)
    others = [other for other in binding.scope.bindings[binding.name] if other is not binding]
    return all(not loops or loops[-1] not in loops_around(module, other.node) for other in others)


def _asks_whether_set(test: ast.expr, attribute: ast.expr) -> bool:
    """`self.size is None`, `not self.size`, `not hasattr(self, "size")`."""
    text = dotted(attribute)
    if isinstance(test, ast.Compare):
        by_none = isinstance(test.comparators[0], ast.Constant) and test.comparators[0].value is None
        return len(test.ops) == 1 and isinstance(test.ops[0], ast.Is | ast.Eq) and by_none and dotted(test.left) == text
    if not isinstance(test, ast.UnaryOp) or not isinstance(test.op, ast.Not):
        return False
    asked = test.operand
    if isinstance(asked, ast.Call) and last_name(asked.func) == "hasattr" and len(asked.args) == 2:
        owner, name = asked.args
        return isinstance(attribute, ast.Attribute) and (
            dotted(owner) == dotted(attribute.value) and isinstance(name, ast.Constant) and name.value == attribute.attr
        )
    return text is not None and dotted(asked) == text


def _fails_unless_set(module: Module, handler: ast.ExceptHandler, attribute: ast.Attribute) -> bool:
    """`try: self.size`, `except AttributeError: self.size = ...`."""
    tried = module.parents.get(handler)
    body = tried.body if isinstance(tried, ast.Try) else []
    asked = body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr | ast.Return) else None
    return last_name(handler.type) == "AttributeError" and asked is not None and dotted(asked) == dotted(attribute)


def _stays_set(module: Module, attribute: ast.Attribute) -> bool:
    """Whether only `__init__` stores anything else under an attribute."""
    for store in module.stores.get(attribute.attr, ()):
        function = module.function_of(store.target)
        if store.target is not attribute and (function is None or function.name != "__init__"):
            return False
    return True


def _counting_loop(module: Module, name: ast.Name, loops: tuple[ast.AST, ...]) -> ast.AST | None:
    """The loop of which a name tells the turns apart: by `range`, `enumerate` or keys, or as `n += 1` in its body."""
    bindings = bindings_of(module, name)
    for loop in loops:
        if all(_counts(module, binding, loop) for binding in bindings) and bindings:
            return loop
    return None


def _counts(module: Module, binding: Binding, loop: ast.AST) -> bool:
    if binding.kind is BindingKind.ITERATION:
        return binding.node is loop and _are_distinct(module, binding.value, binding.path)
    if binding.kind is BindingKind.AUGMENT and isinstance(binding.node, ast.AugAssign):
        by_a_number = isinstance(binding.node.op, ast.Add) and isinstance(binding.node.value, ast.Constant)
        return by_a_number and loops_around(module, binding.node)[:1] == (loop,)
    outside = isinstance(binding.value, ast.Constant) and loop not in loops_around(module, binding.node)
    return binding.kind is BindingKind.ASSIGN and outside


def _are_distinct(module: Module, iterable: ast.expr | None, path: tuple[int, ...]) -> bool:
    """Whether no two elements of what a loop goes over are equal: numbers that count, keys, names written out."""
    if isinstance(iterable, ast.Call):
        made = last_name(iterable.func)
        no_arguments = isinstance(iterable.func, ast.Attribute) and not iterable.args
        if made in ("range", "keys") and not path:
            return made == "range" or no_arguments
        return path == (0,) and (made == "enumerate" or (made == "items" and no_arguments))
    if isinstance(iterable, ast.Name):
        bindings = bindings_of(module, iterable)
        only = bindings[0] if len(bindings) == 1 and bindings[0].kind is BindingKind.ASSIGN else None
        return only is not None and not only.path and _is_written_out(only.value) and not path
    return _is_written_out(iterable) and not path


def _is_written_out(node: ast.expr | None) -> bool:
    """Whether a list of constants, no two of them alike, is written out."""
    items = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else []
    values = [item.value for item in items if isinstance(item, ast.Constant)]
    return bool(items) and len(values) == len(items) == len(set(values))


def _flagged_loop(module: Module, guard: ast.If, flag: ast.Name, loops: tuple[ast.AST, ...]) -> ast.AST | None:
    """The innermost loop in which a flag is only ever changed where it has been asked."""
    told = [
        statement
        for statement in guard.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Constant)
        and any(isinstance(target, ast.Name) and target.id == flag.id for target in statement.targets)
    ]
    if not told:
        return None
    inside = [b.node for b in bindings_of(module, flag) if loops[0] in loops_around(module, b.node)]
    return loops[0] if all(node in told for node in inside) else None
