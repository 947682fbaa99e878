"""Law of functions: the body of a loop may stand in a function of its own."""

from __future__ import annotations

import libcst as cst

from laws.sites import Files, children, code, each_module, free_names, names_in, stored_in, with_heading

_LEAVES = (cst.Break, cst.Continue, cst.Return, cst.Global, cst.Nonlocal, cst.Del, cst.FunctionDef, cst.ClassDef)
_IMPORTS = (cst.Import, cst.ImportFrom)


def moved_body(files: Files) -> dict[str, str]:
    """The body of each innermost loop is a function, which is handed what it reads and gives back what it binds."""
    return each_module(_with_moved_bodies)(files)


def _with_moved_bodies(module: cst.Module) -> cst.Module:
    bodies = _Bodies(module)
    changed = module.visit(bodies)
    return with_heading(changed, "".join(code(made) for made in bodies.made))


class _Bodies(cst.CSTTransformer):
    def __init__(self, module: cst.Module) -> None:
        super().__init__()
        self.module = module
        self.around: list[cst.CSTNode] = [module]
        self.made: list[cst.FunctionDef] = []

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:  # noqa: N802
        self.around.append(node)

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:  # noqa: N802
        self.around.pop()
        return updated_node

    def leave_For(self, original_node: cst.For, updated_node: cst.For) -> cst.For:  # noqa: N802
        body = original_node.body
        if not isinstance(body, cst.IndentedBlock) or updated_node.asynchronous is not None:
            return updated_node
        if any(isinstance(node, (*_LEAVES, *_IMPORTS, cst.For, cst.While)) for node in children(body)):
            return updated_node
        free = free_names(body, self.module)
        if free is None:
            return updated_node
        stored = stored_in(body)
        inside = {id(name) for name in names_in(body)}
        outside = {name.value for name in names_in(self.around[-1]) if id(name) not in inside}
        held = {id(part) for part in children(body)}
        outside_stores = {n for part in children(self.around[-1]) if id(part) not in held for n in _binds(part)}
        parameters = [name for name in free if name not in stored or name in outside_stores]
        given = [name for name in free if name in stored and name in outside]
        if any(name not in parameters and name not in _surely(body) for name in given):
            return updated_node
        name = f"body_{len(self.made) + 1}"
        lines = list(body.body)
        if given:
            lines.append(cst.parse_statement(f"return {', '.join(given)}"))
        made = cst.parse_statement(f"def {name}({', '.join(parameters)}):\n    pass\n")
        assert isinstance(made, cst.FunctionDef)
        self.made.append(made.with_changes(body=cst.IndentedBlock(lines)))
        assigned = f"{', '.join(given)} = " if given else ""
        call = cst.parse_statement(f"{assigned}{name}({', '.join(parameters)})")
        return updated_node.with_changes(body=body.with_changes(body=[call]))


def _binds(node: cst.CSTNode) -> set[str]:
    """The names that one node binds."""
    if isinstance(node, cst.Param):
        return {node.name.value}
    if isinstance(node, cst.AssignTarget | cst.AnnAssign | cst.AugAssign | cst.For | cst.AsName):
        target = node.name if isinstance(node, cst.AsName) else node.target
        return {name.value for name in names_in(target)}
    return set()


def _surely(body: cst.IndentedBlock) -> set[str]:
    """The names that each run of a body binds."""
    return {name for line in body.body if isinstance(line, cst.SimpleStatementLine) for name in stored_in(line)}
