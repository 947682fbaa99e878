"""Functional models: everything that their outputs are computed by."""

from __future__ import annotations

import ast

from lint_rules.records import replace
from lint_rules.semantics.domains.values import KerasModel
from lint_rules.semantics.effects.slicing import Slicer
from lint_rules.semantics.flow.activations import Run
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.models.layers import Truth
from lint_rules.semantics.models.parts.calls import call_order, called
from lint_rules.semantics.models.parts.walk import Region, State, Walk
from lint_rules.semantics.syntax.module_index import Module, start
from lint_rules.semantics.syntax.scopes import BindingKind


def functional(walk: Walk, module: Module, outputs: ast.expr, root: ast.expr, run: Run, state: State) -> None:
    """The model with these outputs, made by the call `root`."""
    function = module.function_of(root)
    scope: ast.AST = function.node if function is not None else module.tree
    found = Slicer(walk.inference, module, scope).of(outputs)
    region = Region(module, walk.constants.run_of(module, root, run), root)
    for call in sorted(found.calls(), key=call_order):
        if call is not root:
            called(walk, region, call, state)
    for node in sorted((n for n in found.nodes if isinstance(n, ast.Attribute)), key=start):
        if node.attr in ("output", "outputs") and not isinstance(node.ctx, ast.Store):
            _output_of(walk, region, node, state)
    if _is_parameter(module, outputs, found.parameters):
        walk.complete = False


def _is_parameter(module: Module, outputs: ast.expr, names: set[str]) -> bool:
    """Whether the outputs are a parameter, so that the layers before them are not to be seen here."""
    if not isinstance(outputs, ast.Name) or outputs.id not in names:
        return False
    return any(binding.kind is BindingKind.PARAMETER for binding in bindings_of(module, outputs))


def _output_of(walk: Walk, region: Region, node: ast.Attribute, state: State) -> None:
    """`base.output` holds all of base, `base.get_layer(name).output` and `base.layers[i].output` a part of it."""
    reached = walk.reached(region, node, state)
    if reached is None:
        return
    base: ast.expr = node.value
    cut = False
    while True:
        function = base.func if isinstance(base, ast.Call) else None
        if isinstance(function, ast.Attribute) and function.attr == "get_layer":
            base, cut = function.value, True
        elif isinstance(base, ast.Subscript) or (isinstance(base, ast.Attribute) and base.attr == "layers"):
            base, cut = base.value, True
        else:
            break
    values = walk.inference.values(region.module, base)
    if not cut:
        walk.any_of(values, region.run, reached)
        return
    inner = walk.inner()
    inner.any_of(values, region.run, reached)
    application = any(isinstance(v, KerasModel) and ".applications" in v.maker for v in values)
    for part in inner.parts:
        # Applications with BatchNormalization have it behind every convolution; Dropout comes at their end.
        kept = part.depends
        if kept is Truth.TRUE and not (application and part.name == "BatchNormalization"):
            kept = Truth.UNKNOWN
        walk.parts.append(replace(part, depends=kept))
    walk.complete = walk.complete and inner.complete
