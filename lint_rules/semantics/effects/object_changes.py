"""What changes objects: the calls and the stores in some code, by the dotted names of the objects."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.records import dataclass
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import (
    External,
    FunctionObject,
    Instance,
    KerasModel,
    ModuleObject,
    Result,
    Value,
)
from lint_rules.semantics.effects.attribute_effects import base_text, changes_self
from lint_rules.semantics.effects.inplace import written_texts
from lint_rules.semantics.knowledge.iteration import PROGRESS_MODULES
from lint_rules.semantics.knowledge.library import TABLE_WRITERS, WRITTEN_THROUGH
from lint_rules.semantics.knowledge.pure_methods import PURE_METHODS
from lint_rules.semantics.syntax.module_index import Function, Module, dotted


@dataclass(frozen=True, slots=True)
class Change:
    """What changes an object: a method call on it, or a value stored under an index or attribute of it (`target`).

    `given` is the object where a call is not made on it but given it, and writes into it.
    """

    value: ast.expr
    target: ast.expr | None = None
    given: ast.expr | None = None

    @property
    def stored(self) -> bool:
        return self.target is not None

    @property
    def is_call_on_it(self) -> bool:
        return self.target is None and self.given is None

    @property
    def put_in(self) -> list[ast.expr]:
        """What it puts into the object: the value that is stored, or what the call is given."""
        if self.stored or not isinstance(self.value, ast.Call):
            return [self.value]
        return [*self.value.args, *(keyword.value for keyword in self.value.keywords)]


def changed_by(inference: Inference, module: Module, call: ast.Call) -> Iterator[str]:
    """The name of the object that the call of a method changes, or an item of which it changes."""
    if isinstance(call.func, ast.Attribute) and call.func.attr not in PURE_METHODS:
        text = base_text(call.func.value)
        if (
            text is not None
            and _mutates(inference, module, call.func)
            and not _gives_another_table(inference, module, call)
        ):
            yield text


def stores(inference: Inference, module: Module, statement: ast.stmt) -> Iterator[tuple[str, Change]]:
    """The items and attributes that a statement stores, with the names of what they are stored in."""
    value = statement.value if isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign) else None
    if value is None:
        return
    for part in _stored_parts(statement):
        if isinstance(part, ast.Attribute):
            text = dotted(part.value)
            if text is not None:
                yield text, Change(value, part)
            continue
        texts = [base_text(part)]
        if isinstance(part.value, ast.Name) and not isinstance(statement, ast.AnnAssign):
            # What is written through a view is written to what it is a view of.
            viewed = written_texts(inference, module, part.value)
            texts += [text for text in viewed if text != part.value.id]
        for text in texts:
            if text is not None:
                text = _without_indexer(text)
                yield text, Change(value, part)
                yield text, Change(part.slice, part)


def _stored_parts(statement: ast.stmt) -> Iterator[ast.Attribute | ast.Subscript]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    for target in targets:
        for part in ast.walk(target) if target is not None else ():
            if isinstance(part, ast.Attribute | ast.Subscript) and isinstance(part.ctx, ast.Store):
                yield part


def _mutates(inference: Inference, module: Module, function: ast.Attribute) -> bool:
    values = inference.values(module, function.value)
    if any(isinstance(value, External | ModuleObject) for value in values):
        return False
    if values and all(isinstance(value, KerasModel) or _is_progress_bar(value) for value in values):
        return False
    known = run_by(inference, module, function)
    if not known and values and all(_lacks(inference, value, function.attr) for value in values):
        return False
    return not (known and all(not changes_self(item, inference) for item in known))


def _gives_another_table(inference: Inference, module: Module, call: ast.Call) -> bool:
    """Whether a method of pandas leaves its table as it is and gives another one: `group.assign(p=scores)`."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr in TABLE_WRITERS:
        return False
    if any(keyword.arg == "inplace" for keyword in call.keywords):
        return False
    values = inference.values(module, call.func.value)
    shown = bool(values) and all(isinstance(v, Result) and v.name.startswith("pandas.") for v in values)
    # A variable of TensorFlow is assigned its `value`, a table its columns by name.
    words = {keyword.arg for keyword in call.keywords}
    return shown or (call.func.attr == "assign" and bool(words) and "value" not in words and not call.args)


def _lacks(inference: Inference, value: Value, name: str) -> bool:
    """Whether neither the class of an object nor an heir of it has a member: a call of it changes nothing."""
    return (
        isinstance(value, Instance)
        and inference.is_whole(value.cls)
        and not inference.attribute(value, name)
        and not any(name in heir.methods for heir in inference.subclasses(value.cls))
    )


def changed_within(inference: Inference, module: Module, call: ast.Call) -> Iterator[tuple[str, Change]]:
    """What functions of the module that a call runs change of what lies around them: `def buy(): agent.cash -= 1`."""
    for function in run_by(inference, module, call.func):
        if function.module is module:
            for text, target in _outer_changes(inference, function):
                root = text.partition(".")[0]
                if module.scopes[call].find(root) is function.scope.find(root):
                    yield text, Change(call, target)


def _outer_changes(inference: Inference, function: Function) -> tuple[tuple[str, ast.expr | None], ...]:
    """(name, attribute that is stored) of all that a run of a function changes of what is not its own."""
    return inference.project.memo.ask(
        ("outer changes", function), lambda: tuple(_find_outer(inference, function)), unknown=(), cycle=()
    )


def _find_outer(inference: Inference, function: Function) -> Iterator[tuple[str, ast.expr | None]]:
    module, order = function.module, function.module.order
    for name in sorted(function.scope.global_names | function.scope.nonlocal_names):
        yield name, None
    for kind in (ast.Assign, ast.AugAssign, ast.AnnAssign):
        for statement in order.within(function.node, kind):
            for text, change in stores(inference, module, statement):
                if _is_from_around(function, text):
                    yield text, change.target if isinstance(change.target, ast.Attribute) else None
    for call in order.within(function.node, ast.Call):
        for text in changed_by(inference, module, call):
            if _is_from_around(function, text):
                yield text, None
        for text, change in changed_within(inference, module, call):
            if _is_from_around(function, text):
                yield text, change.target


def _is_from_around(function: Function, text: str) -> bool:
    """Whether a dotted name begins with a name of the module, or of a function around."""
    home = function.scope.find(text.partition(".")[0])
    return home is not None and home is not function.scope


def run_by(inference: Inference, module: Module, function: ast.expr) -> list[Function]:
    """The functions of the project that a call of an expression can run."""
    return [
        item
        for value in inference.values(module, function)
        if isinstance(value, FunctionObject)
        for item in inference.implementations(value.function)
    ]


def _without_indexer(text: str) -> str:
    """The array or table that is written through one of its attributes: `board` of `board.flat[i] = 1`."""
    owner, _, name = text.rpartition(".")
    return owner if owner and name in WRITTEN_THROUGH else text


def _is_progress_bar(value: Value) -> bool:
    """Whether a value is what a loop walks through to show how far it is: `bar = tqdm(data)`."""
    return isinstance(value, Result) and value.name.startswith(PROGRESS_MODULES)
