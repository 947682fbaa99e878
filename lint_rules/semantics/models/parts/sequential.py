"""Sequential models: their list of layers and what is added to it."""

from __future__ import annotations

import ast

from lint_rules.records import replace
from lint_rules.semantics.domains.values import Basic, FunctionObject, Instance, KerasModel
from lint_rules.semantics.flow.activations import Run
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.models.parts.walk import Region, State, Walk, argument_of, varies
from lint_rules.semantics.syntax.module_index import Module


def sequential(walk: Walk, value: KerasModel, module: Module, call: ast.Call, run: Run, state: State) -> None:
    """A Sequential model that a call makes."""
    layers = argument_of(call, 0, "layers")
    if layers is not None:
        listed(walk, module, layers, call, run, state)
    for add in _adds(walk, value, module):
        here = walk.constants.run_of(module, add, run)
        layer_argument(walk, Region(module, here, call), add.args[0], add, state)


def _adds(walk: Walk, value: KerasModel | Instance, module: Module) -> list[ast.Call]:
    """The calls `model.add(layer)` on a Sequential model, in the module that makes it."""
    nothing: list[ast.Call] = []
    return walk.project.memo.ask(("adds", value, module.path), lambda: _find_adds(walk, value, module), nothing)


def _find_adds(walk: Walk, value: KerasModel | Instance, module: Module) -> list[ast.Call]:
    return [
        add
        for add in module.calls.get("add", ())
        if isinstance(add.func, ast.Attribute)
        and len(add.args) == 1
        and value in walk.inference.values(module, add.func.value)
    ]


def layer_argument(walk: Walk, region: Region, node: ast.expr, place: ast.expr, state: State) -> None:
    """A layer that is an argument of `add` or an item of the list, where the code gets to `place`."""
    reached = walk.reached(region, place, state)
    if reached is None or (isinstance(node, ast.Constant) and node.value is None):
        return
    values = walk.inference.values(region.module, node)
    if values and all(value in (Basic.TENSOR, Basic.NONE) for value in values):
        return  # an Input
    if any(isinstance(value, FunctionObject) for value in values):
        walk.complete = False
        return
    walk.any_of(values, region.run, reached, each=varies(region.module, node))


def listed(walk: Walk, module: Module, layers: ast.expr, place: ast.expr, run: Run, state: State) -> None:
    """The layers of a list: written out, joined, or filled elsewhere."""
    region = Region(module, walk.constants.run_of(module, place, run), place)
    if isinstance(layers, ast.List | ast.Tuple):
        for item in layers.elts:
            if isinstance(item, ast.Starred):
                listed(walk, module, item.value, place, run, state)
            elif isinstance(item, ast.IfExp):
                for branch in (item.body, item.orelse):
                    layer_argument(walk, region, branch, branch, state)
            else:
                layer_argument(walk, region, item, item, state)
        return
    if isinstance(layers, ast.BinOp) and isinstance(layers.op, ast.Add):
        listed(walk, module, layers.left, place, run, state)
        listed(walk, module, layers.right, place, run, state)
        return
    if isinstance(layers, ast.Name):
        bindings = bindings_of(module, layers)
        if len(bindings) == 1 and isinstance(bindings[0].value, ast.List) and not bindings[0].path:
            listed(walk, module, bindings[0].value, bindings[0].value, run, state)
            _appended(walk, region, layers, state)
            return
    if isinstance(layers, ast.ListComp):
        walk.any_of(walk.inference.values(module, layers.elt), region.run, state, each=True)
        return
    walk.complete = False
    walk.any_of(walk.inference.values(module, layers), region.run, replace(state, certain=False))


def _appended(walk: Walk, region: Region, name: ast.Name, state: State) -> None:
    module = region.module
    scope = module.scopes[name].find(name.id)
    for method in ("append", "extend", "insert"):
        for call in module.calls.get(method, ()):
            target = call.func.value if isinstance(call.func, ast.Attribute) else None
            if not isinstance(target, ast.Name) or target.id != name.id or not call.args:
                continue
            if module.scopes[target].find(target.id) is not scope:
                continue
            if method == "extend":
                listed(walk, module, call.args[-1], call, region.run, state)
            else:
                layer_argument(walk, region, call.args[-1], call, state)
