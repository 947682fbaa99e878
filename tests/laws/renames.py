"""Law of names: what a program calls its own things, and what it imports them as, means nothing."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterable

import libcst as cst

from laws.sites import (
    Files,
    Transformer,
    bound_by_hand,
    children,
    code,
    each_module,
    imported_as,
    names_in,
    words_elsewhere,
)

# Attributes that Keras, or Python itself, reads and writes.
_OF_KERAS = frozenset(
    "model optimizer loss metrics trainable layers history params name built stateful training weights inputs outputs "
    "input output compute_dtype dtype trainable_variables trainable_weights supports_masking callbacks".split()
)
_HANDED_BY_NAME = frozenset({"training", "mask", "inputs", "logs", "sample_weight", "self", "cls", "y_true", "y_pred"})

Chosen = Callable[[list[cst.Module]], set[str]]


def _variables(modules: list[cst.Module]) -> set[str]:
    """Variables that assignments, loops and the like bind, and that no parameter has the name of."""
    parameters = {node.name.value for module in modules for node in children(module) if isinstance(node, cst.Param)}
    return {name for module in modules for name in bound_by_hand(module)} - parameters - _class_level(modules)


def _class_level(modules: list[cst.Module]) -> set[str]:
    return {
        name.value
        for module in modules
        for node in children(module)
        if isinstance(node, cst.ClassDef)
        for line in node.body.body
        if isinstance(line, cst.SimpleStatementLine)
        for name in names_in(line)
    }


def _parameters(modules: list[cst.Module]) -> set[str]:
    return {n.name.value for module in modules for n in children(module) if isinstance(n, cst.Param)} - _HANDED_BY_NAME


def _functions(modules: list[cst.Module]) -> set[str]:
    return {s.name.value for module in modules for s in module.body if isinstance(s, cst.FunctionDef)}


def _classes(modules: list[cst.Module]) -> set[str]:
    return {n.name.value for module in modules for n in children(module) if isinstance(n, cst.ClassDef)}


def _methods(modules: list[cst.Module]) -> set[str]:
    """Methods of classes that inherit nothing, with names that nothing else has."""
    return {
        line.name.value
        for module in modules
        for node in children(module)
        if isinstance(node, cst.ClassDef) and not node.bases
        for line in node.body.body
        if isinstance(line, cst.FunctionDef) and not line.name.value.startswith("__")
    }


def _attributes(modules: list[cst.Module]) -> set[str]:
    """Attributes that methods of the program's own classes store."""
    return {
        node.target.attr.value
        for module in modules
        for node in children(module)
        if isinstance(node, cst.AssignTarget)
        and isinstance(node.target, cst.Attribute)
        and isinstance(node.target.value, cst.Name)
        and node.target.value.value == "self"
    } - _OF_KERAS


def _other_uses(modules: list[cst.Module], kind: str) -> set[str]:
    """The names that stand where a renamed one must not: as what a library calls its own."""
    found: set[str] = set()
    variables = kind in ("attributes", "methods")
    own = _functions(modules) | _classes(modules)
    for module in modules:
        for node in children(module):
            if isinstance(node, cst.Attribute) and not variables:
                found.add(node.attr.value)
            elif isinstance(node, cst.Call):
                known = isinstance(node.func, cst.Name) and node.func.value in own
                if not known or kind != "parameters":
                    found.update(arg.keyword.value for arg in node.args if arg.keyword is not None)
            elif isinstance(node, cst.ImportAlias) and (kind != "functions" and kind != "classes"):
                found.add(imported_as(node))
            elif isinstance(node, cst.Global | cst.Nonlocal):
                found.update(item.name.value for item in node.names)
        if variables:
            bases = {n.name.value for n in children(module) if isinstance(n, cst.ClassDef) and n.bases}
            for node in children(module):
                if isinstance(node, cst.ClassDef) and node.name.value in bases and kind == "methods":
                    found.update(line.name.value for line in node.body.body if isinstance(line, cst.FunctionDef))
                if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and kind == "attributes":
                    if node.value.value in {imported_as(a) for a in _aliases(module)}:
                        found.add(node.attr.value)
            if kind == "methods":
                found.update({"predict", "fit", "call", "compile", "append", "add", "get", "step", "reset", "sample"})
        else:
            found.update(imported_as(alias) for alias in _aliases(module)) if kind in (
                "variables",
                "parameters",
            ) else None
    return found


def _aliases(module: cst.Module) -> Iterable[cst.ImportAlias]:
    return (node for node in children(module) if isinstance(node, cst.ImportAlias))


def renamed(kind: str, chosen: Chosen, prefix: str) -> Transformer:
    """Every name of a kind that the program may choose, in all its files, is another."""

    def transform(files: Files) -> dict[str, str]:
        modules = [cst.parse_module(text) for name, text in files.items() if name.endswith(".py")]
        own = sorted(chosen(modules) - _other_uses(modules, kind) - words_elsewhere(files) - set(dir(builtins)))
        own = [name for name in own if not name.startswith("__") and name != "_"]
        others = {name: f"{prefix}{number}" for number, name in enumerate(own, 1)}

        class Names(cst.CSTTransformer):
            def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:  # noqa: N802
                return updated_node.with_changes(value=others.get(updated_node.value, updated_node.value))

        return each_module(lambda module: module.visit(Names()))(files)

    return transform


variables = renamed("variables", _variables, "value_")
parameters = renamed("parameters", _parameters, "given_")
attributes = renamed("attributes", _attributes, "kept_")
methods = renamed("methods", _methods, "do_")
functions = renamed("functions", _functions, "work_")
classes = renamed("classes", _classes, "Kind")


def modules(files: Files) -> dict[str, str]:
    """Every module of the program that no string names has another name."""
    names = [n for n in files if n.endswith(".py") and not n.endswith("__init__.py")]
    stems = {name.rpartition("/")[2].removesuffix(".py") for name in names}
    texts = [cst.parse_module(files[name]) for name in files if name.endswith(".py")]
    plain = {n.value for module in texts for n in children(module) if isinstance(n, cst.Name)}
    imported = {
        word
        for module in texts
        for n in children(module)
        if isinstance(n, cst.ImportFrom)
        for word in re.findall(r"\w+", code(n.module) if n.module else "")
    }
    if len(names) < 2:
        return dict(files)
    variables_ = {n for module in texts for n in bound_by_hand(module)}
    own = sorted(stem for stem in stems & (plain & imported) - words_elsewhere(files) - variables_)
    others = {stem: f"part_{number}" for number, stem in enumerate(own, 1)}

    class Names(cst.CSTTransformer):
        def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:  # noqa: N802
            return updated_node.with_changes(value=others.get(updated_node.value, updated_node.value))

    changed = each_module(lambda module: module.visit(Names()))(files)
    moved: dict[str, str] = {}
    for name, text in changed.items():
        folder, slash, base = name.rpartition("/")
        stem = base.removesuffix(".py")
        moved[f"{folder}{slash}{others.get(stem, stem)}.py" if name.endswith(".py") else name] = text
    return moved


def _is_external(statement: cst.Import | cst.ImportFrom, files: Files) -> bool:
    if isinstance(statement, cst.ImportFrom):
        if statement.relative or statement.module is None or isinstance(statement.names, cst.ImportStar):
            return False
        return code(statement.module) != "__future__" and _root(statement.module) not in _own(files)
    return all(_root(alias.name) not in _own(files) for alias in statement.names)


def _own(files: Files) -> set[str]:
    return {part.removesuffix(".py") for name in files for part in name.split("/")}


def _root(node: cst.BaseExpression) -> str:
    return code(node).partition(".")[0]


def imports_as(of: type[cst.Import | cst.ImportFrom]) -> Transformer:
    """`import x` is `import x as y`, or `from a import b` is `from a import b as c`, of libraries."""

    def transform(files: Files) -> dict[str, str]:
        modules = {name: cst.parse_module(text) for name, text in files.items() if name.endswith(".py")}
        taken = words_elsewhere(files) | {n for m in modules.values() for n in bound_by_hand(m)}
        taken |= {
            s.name.value for m in modules.values() for s in children(m) if isinstance(s, cst.FunctionDef | cst.ClassDef)
        }
        for module in modules.values():
            for node in children(module):
                if (
                    isinstance(node, cst.ImportFrom)
                    and not _is_external(node, files)
                    and not isinstance(node.names, cst.ImportStar)
                ):
                    taken.update(code(alias.name) for alias in node.names)
        return {n: _imported(modules[n], of, files, taken) if n in modules else text for n, text in files.items()}

    return transform


def _imported(module: cst.Module, of: type[cst.Import | cst.ImportFrom], files: Files, taken: set[str]) -> str:
    dotted = {imported_as(a) for a in _aliases(module) if a.asname is None and isinstance(a.name, cst.Attribute)}
    others: dict[str, str] = {}
    for node in children(module):
        if isinstance(node, of) and _is_external(node, files):
            for alias in node.names:
                name = imported_as(alias)
                if name not in taken and name not in dotted:
                    others.setdefault(name, f"lib_{len(others) + 1}")

    class Names(cst.CSTTransformer):
        def __init__(self) -> None:
            super().__init__()
            self.skipped: set[cst.CSTNode] = set()

        def visit_Attribute(self, node: cst.Attribute) -> None:  # noqa: N802
            self.skipped.add(node.attr)

        def visit_Arg(self, node: cst.Arg) -> None:  # noqa: N802
            if node.keyword is not None:
                self.skipped.add(node.keyword)

        def visit_Import(self, node: cst.Import) -> bool:  # noqa: N802
            return False

        def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:  # noqa: N802
            return False

        def _with(self, node: cst.Import | cst.ImportFrom) -> cst.Import | cst.ImportFrom:
            if not isinstance(node, of) or not _is_external(node, files):
                return node
            aliases = [
                alias.with_changes(asname=cst.AsName(cst.Name(others[imported_as(alias)])))
                if imported_as(alias) in others
                else alias
                for alias in node.names
            ]
            return node.with_changes(names=aliases)

        def leave_Import(self, original_node: cst.Import, updated_node: cst.Import) -> cst.Import | cst.ImportFrom:  # noqa: N802
            return self._with(updated_node)

        def leave_ImportFrom(  # noqa: N802
            self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
        ) -> cst.Import | cst.ImportFrom:
            return self._with(updated_node)

        def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:  # noqa: N802
            if original_node in self.skipped:
                return updated_node
            return updated_node.with_changes(value=others.get(updated_node.value, updated_node.value))

    return module.visit(Names()).code


def members_imported(files: Files) -> dict[str, str]:
    """`library.part.name(...)` is `name(...)` of a `from library.part import name as other`."""

    def change(module: cst.Module) -> cst.Module:
        libraries: dict[str, str] = {}
        for statement in module.body:
            part = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
            if isinstance(part, cst.Import) and _is_external(part, files) and len(part.names) == 1:
                alias = part.names[0]
                libraries[imported_as(alias)] = code(alias.name) if alias.asname else imported_as(alias)
        bound = bound_by_hand(module)
        libraries = {name: path for name, path in libraries.items() if name not in bound}
        made: dict[str, str] = {}

        class Members(cst.CSTTransformer):
            def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:  # noqa: N802
                text = code(updated_node.func)
                parts = text.split(".")
                if len(parts) < 2 or parts[0] not in libraries or not all(part.isidentifier() for part in parts):
                    return updated_node
                # A class between (`tf.data.Dataset.from_tensor_slices`) is no module.
                if any(part[:1].isupper() for part in parts[1:-1]):
                    return updated_node
                path = ".".join([libraries[parts[0]], *parts[1:-1]])
                name = made.setdefault(f"from {path} import {parts[-1]}", f"member_{len(made) + 1}")
                return updated_node.with_changes(func=cst.Name(name))

        changed = module.visit(Members())
        if not made:
            return module
        at = 1 + max(
            number
            for number, statement in enumerate(changed.body)
            if isinstance(statement, cst.SimpleStatementLine)
            and isinstance(statement.body[0], cst.Import)
            and any(imported_as(alias) in libraries for alias in statement.body[0].names)
        )
        lines = [cst.parse_statement(f"{text} as {name}") for text, name in made.items()]
        # A call above the last import would not find its name.
        above = {n.value for statement in changed.body[:at] for n in names_in(statement)}
        if above & set(made.values()):
            return module
        return changed.with_changes(body=[*changed.body[:at], *lines, *changed.body[at:]])

    return each_module(change)(files)
