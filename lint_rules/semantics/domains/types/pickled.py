"""What comes back out of a file that the project itself wrote: `pickle.dump(model, file)`, and later `pickle.load`."""

from __future__ import annotations

import ast
from pathlib import PurePath

from lint_rules.semantics.domains.types.questions import Questions
from lint_rules.semantics.domains.values import Basic, External, Values, union
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.saving_names import PICKLES
from lint_rules.semantics.syntax.module_index import Module, last_name
from lint_rules.semantics.syntax.scopes import BindingKind

LOADERS = frozenset(f"{library}.load" for library in PICKLES - {"pandas"})
_DUMPERS = frozenset(f"{library}.dump" for library in PICKLES - {"pandas"})


def loaded(inference: Questions, module: Module, call: ast.Call) -> Values:
    """What the project dumps to a file of the name that is loaded; nothing where the name cannot be read."""
    name = _file_name(inference, module, call.args[0]) if call.args else None
    if name is None or inference.project.how_many_mention("dump") > limits.MANY_MODULES:
        return ()
    found: list[Values] = []
    for other in inference.looking_through(inference.project.modules_mentioning("dump")):
        for dump in other.calls.get("dump", ()):
            if len(dump.args) < 2 or _file_name(inference, other, dump.args[1]) != name:
                continue
            called = inference.values(other, dump.func)
            if any(isinstance(value, External) and value.name in _DUMPERS for value in called):
                found.append(tuple(v for v in inference.values(other, dump.args[0]) if v is not Basic.NONE))
    return union(*found)


def _file_name(inference: Questions, module: Module, node: ast.expr, depth: int = 0) -> str | None:
    """The last part of the path of a file: of an open file, of a constant, of what is joined to one."""
    if depth > 4:
        return None
    if isinstance(node, ast.Constant):
        return PurePath(node.value).name or None if isinstance(node.value, str) else None
    if isinstance(node, ast.Call):
        name = last_name(node.func)
        if name in ("open", "Path", "join", "str", "abspath", "GzipFile", "BZ2File", "joinpath") and node.args:
            if name == "open" and isinstance(node.func, ast.Attribute) and _is_mode(node.args[0]):
                return _file_name(inference, module, node.func.value, depth + 1)
            last = node.args[-1] if name in ("join", "joinpath") else node.args[0]
            return _file_name(inference, module, last, depth + 1)
        if name == "open" and isinstance(node.func, ast.Attribute):
            return _file_name(inference, module, node.func.value, depth + 1)
        return None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Div):
        return _file_name(inference, module, node.right, depth + 1)
    if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[-1], ast.Constant):
        text = node.values[-1].value
        return PurePath(text).name if isinstance(text, str) and "/" in text else None
    if isinstance(node, ast.Name):
        return _named(inference, module, node, depth)
    return None


def _named(inference: Questions, module: Module, node: ast.Name, depth: int) -> str | None:
    found: set[str | None] = set()
    for binding in bindings_of(module, node):
        if binding.kind is BindingKind.IMPORT_FROM and isinstance(binding.node, ast.alias):
            statement = module.parents[binding.node]
            assert isinstance(statement, ast.ImportFrom)
            path = inference.project.find_module(statement.module or "", module.path, statement.level)
            other = inference.project.try_module(path) if path is not None and path.suffix == ".py" else None
            values = [b.value for b in other.scope.bindings.get(binding.node.name, ())] if other is not None else []
            constant = values[0] if other is not None and len(values) == 1 else None
            found.add(_file_name(inference, other, constant, depth + 1) if other and constant is not None else None)
        elif binding.value is not None and not binding.path:
            found.add(_file_name(inference, module, binding.value, depth + 1))
        elif isinstance(binding.node, ast.arg) and binding.scope.function is not None:
            default = binding.scope.function.default_of(binding.node)
            found.add(_file_name(inference, module, default, depth + 1) if default is not None else None)
        else:
            found.add(None)
    return found.pop() if len(found) == 1 else None


def _is_mode(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and set(node.value) <= set("rwbxat+")
