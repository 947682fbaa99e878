"""Members that code does not spell as attributes: declared as fields, handed out by `__getattr__`, found by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.regex import lazy_pattern
from lint_rules.semantics.domains.types.classes import Classes
from lint_rules.semantics.domains.values import Basic, External, ModuleObject, Values, union
from lint_rules.semantics.flow.same_value import written_out
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.plain_classes import FIELDS
from lint_rules.semantics.syntax.module_index import Class, Function, Module

_BLANK = lazy_pattern(r"\{[^}]*\}|%s")
"""Where a value goes into a text."""


def field_default(inference: Classes, module: Module, call: ast.Call, name: str) -> Values | None:
    """What `field(default_factory=f)` gives, None for a call that declares no field."""
    if name not in FIELDS:
        return None
    for keyword in call.keywords:
        if keyword.arg in ("default_factory", "factory"):
            return inference.call_of(module, call, keyword.value)
        if keyword.arg == "default":
            return inference.values(module, keyword.value)
    return ()


def namedtuple_fields(call: ast.expr) -> list[str]:
    """The fields that `namedtuple("Name", "a b")` or `namedtuple("Name", ["a", "b"])` declares."""
    given = call.args[1] if isinstance(call, ast.Call) and len(call.args) > 1 else None
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        return given.value.replace(",", " ").split()
    if isinstance(given, ast.List | ast.Tuple):
        return [item.value for item in given.elts if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return []


def delegate(inference: Classes, cls: Class) -> Values:
    """What a class hands the attributes on to that it does not have.

    `return getattr(self.model, name)`, `return self.model.__getattribute__(name)`.
    """
    method = inference.method(cls, "__getattr__")
    if method is None or len(method.parameters) != 2:
        return ()
    asked = method.parameters[1].arg
    return union(*(_handed_on(inference, method, node, asked) for node in method.returns))


def _handed_on(inference: Classes, method: Function, node: ast.expr, asked: str) -> Values:
    if isinstance(node, ast.IfExp):
        return union(*(_handed_on(inference, method, part, asked) for part in (node.body, node.orelse)))
    if not isinstance(node, ast.Call) or not node.args:
        return ()
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("__getattr__", "__getattribute__"):
        owner, name = node.func.value, node.args[0]
    elif isinstance(node.func, ast.Name) and node.func.id == "getattr" and len(node.args) > 1:
        owner, name = node.args[:2]
    else:
        return ()
    if not isinstance(name, ast.Name) or name.id != asked:
        return ()
    return tuple(v for v in inference.values(method.module, owner) if v is not Basic.NONE)


def by_spelling(inference: Classes, module: Module, node: ast.expr) -> Iterator[Values]:
    """What the globals of a module have under a name that is put together: `globals()["build_" + kind]`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield inference.global_name(module.path, node.value)
        return
    before, after = _ends(node)
    if not before and not after:
        return
    for known in module.scope.bindings:
        if known.startswith(before) and known.endswith(after) and len(known) > len(before) + len(after):
            yield inference.global_name(module.path, known)


def _ends(node: ast.expr) -> tuple[str, str]:
    """The constant text with which a text that is put together begins and ends."""
    parts: list[ast.expr] = []
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [node.left, node.right]
    elif isinstance(node, ast.JoinedStr):
        parts = node.values
    elif (template := _template(node)) is not None:
        pieces = _BLANK.split(template)
        return (pieces[0], pieces[-1]) if len(pieces) > 1 else ("", "")
    if not parts:
        return "", ""
    before = parts[0].value if isinstance(parts[0], ast.Constant) else _ends(parts[0])[0]
    after = parts[-1].value if isinstance(parts[-1], ast.Constant) else ""
    return (before if isinstance(before, str) else ""), (after if isinstance(after, str) else "")


def _template(node: ast.expr) -> str | None:
    """The text with blanks that is filled in: `"models.{}".format(name)`, `"models.%s" % name`."""
    text: ast.expr | None = None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        text = node.func.value
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        text = node.left
    return text.value if isinstance(text, ast.Constant) and isinstance(text.value, str) else None


def imported_by_name(inference: Classes, module: Module, call: ast.Call) -> Values:
    """What `importlib.import_module("package.module")` gives; of `f"package.{name}"` each module that it may name."""
    if not call.args:
        return ()
    name = written_out(module, call.args[0])
    bindings = bindings_of(module, name) if isinstance(name, ast.Name) else []
    if len(bindings) == 1 and bindings[0].value is not None and not bindings[0].path:
        name = bindings[0].value
    text = name.value if isinstance(name, ast.Constant) else None
    if not isinstance(text, str):
        return union(*_modules_named(inference, module, *_ends(name)))
    if text.startswith("."):
        return ()
    path = inference.project.find_module(text, module.path)
    return (ModuleObject(path),) if path is not None else (External(text),)


def _modules_named(inference: Classes, module: Module, before: str, after: str) -> Iterator[Values]:
    """The modules of a package that use Keras, and whose full name begins and ends in given ways."""
    package, dot, begun = before.rpartition(".")
    project = inference.project
    found = project.find_module(package, module.path) if dot and package else None
    if found is None:
        return
    folder = found.parent if found.name == "__init__.py" else found
    for file in sorted({*project.files_mentioning("keras"), *project.files_mentioning("tensorflow")}):
        inner = file.relative_to(folder).parts if folder in file.parents else ()
        stem = file.stem if len(inner) == 1 else inner[0] if inner else ""
        if not stem.startswith(begun) or stem == "__init__":
            continue
        full = f"{stem}{after}" if after.startswith(".") else stem
        if after and not full.endswith(after):
            continue
        path = project.find_module(f"{package}.{full}", module.path)
        if path is not None:
            yield (ModuleObject(path),)
