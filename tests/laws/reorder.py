"""Transformations that put the definitions of a module into another order, or others between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import libcst as cst

Statement = cst.BaseStatement
Definition = cst.FunctionDef | cst.ClassDef

UNRELATED = cst.parse_module("""
class UnrelatedHistory:
    def __init__(self, limit=10):
        self.limit = limit
        self.entries = []

    def add(self, entry):
        self.entries.append(entry)
        self.shorten()

    def shorten(self):
        while len(self.entries) > self.limit:
            self.entries.pop(0)
            self.shorten()


def unrelated_greeting(person, history=None):
    if history is not None:
        history.add(person)
    return unrelated_words("hello", person)


def unrelated_words(*words):
    return " ".join(words) if words else unrelated_greeting("nobody")
""")


def unrelated_above(text: str) -> str:
    """Definitions that nothing uses, above all others and below the imports."""
    module = cst.parse_module(text)
    body = list(module.body)
    at = 0
    for number, statement in enumerate(body):
        if isinstance(statement, Definition):
            break
        if isinstance(statement, cst.SimpleStatementLine) and _is_heading(statement, first=number == 0):
            at = number + 1
    return module.with_changes(body=[*body[:at], *UNRELATED.body, *body[at:]]).code


def unrelated_below(text: str) -> str:
    """Definitions that nothing uses, at the end."""
    module = cst.parse_module(text)
    return module.with_changes(body=[*module.body, *UNRELATED.body]).code


def unrelated_between(text: str) -> str:
    """Definitions that nothing uses, before each definition of the module."""
    module = cst.parse_module(text)
    body: list[Statement] = []
    for number, statement in enumerate(module.body):
        if isinstance(statement, Definition):
            made = cst.parse_statement(f"def unrelated_{number}(value):\n    return [value]\n")
            body.append(made.with_changes(leading_lines=[cst.EmptyLine()]))
        body.append(statement)
    return module.with_changes(body=body).code


def reversed_definitions(text: str) -> str:
    """Neighbouring functions and classes, and the methods of each class, from the last to the first."""
    return _permuted(text, lambda run: list(reversed(run)))


def rotated_definitions(text: str) -> str:
    """The first of neighbouring functions and classes, and of the methods of each class, behind the others."""
    return _permuted(text, lambda run: [*run[1:], run[0]])


def _permuted(text: str, order: Callable[[list[Definition]], list[Definition]]) -> str:
    module = cst.parse_module(text)

    class Methods(cst.CSTTransformer):
        def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:  # noqa: N802
            body = updated_node.body
            return updated_node.with_changes(body=body.with_changes(body=_in_order(body.body, order)))

    module = module.visit(Methods())
    return module.with_changes(body=_in_order(module.body, order)).code


def _in_order(
    statements: Sequence[cst.CSTNode], order: Callable[[list[Definition]], list[Definition]]
) -> list[cst.CSTNode]:
    found: list[cst.CSTNode] = []
    run: list[Definition] = []
    for statement in [*statements, None]:
        if isinstance(statement, Definition):
            run.append(statement)
            continue
        found += order(run) if len(run) > 1 and _may_move(run) else run
        run = []
        if statement is not None:
            found.append(statement)
    return found


def _may_move(run: list[Definition]) -> bool:
    """Whether definitions can be made in any order: no name is bound twice, and none is needed to make another."""
    names = {definition.name.value for definition in run}
    needed = {name for definition in run for part in _at_once(definition) for name in _names(part)}
    return len(names) == len(run) and not names & needed


def _at_once(definition: Definition) -> Iterable[cst.CSTNode]:
    """The parts of a definition that run when it is made."""
    yield from definition.decorators
    if isinstance(definition, cst.FunctionDef):
        yield definition.params
        if definition.returns is not None:
            yield definition.returns
        return
    yield from (*definition.bases, *definition.keywords)
    for statement in definition.body.body:
        if isinstance(statement, cst.FunctionDef):
            yield from _at_once(statement)
        else:
            yield statement


def _names(node: cst.CSTNode) -> set[str]:
    found: set[str] = set()

    class Names(cst.CSTVisitor):
        def visit_Name(self, node: cst.Name) -> None:  # noqa: N802
            found.add(node.value)

    node.visit(Names())
    return found


def _is_heading(statement: cst.SimpleStatementLine, *, first: bool) -> bool:
    """Whether a statement imports, or is the docstring."""
    part = statement.body[0]
    return isinstance(part, cst.Import | cst.ImportFrom) or (
        first and isinstance(part, cst.Expr) and isinstance(part.value, cst.SimpleString)
    )
