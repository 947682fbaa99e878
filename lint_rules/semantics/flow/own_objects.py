"""Which object is `self`? In one run of a method it is the object that the method is called on, and what made it shows
what the object holds: `Block(rate=0.3)` and `Block(rate=0)` are two objects of one class.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import ClassObject, FunctionObject, Instance, Origin, Values, union
from lint_rules.semantics.flow.activations import Activation, Place


def objects(types: Inference, place: Place) -> Values:
    """What an expression is by its type; of `self` and its attributes, in the run at hand."""
    node = place.node
    if place.run is not None:
        if isinstance(node, ast.Attribute):
            owners = _own(types, place.at(node.value))
            if owners:
                return union(*(types.attribute(owner, node.attr) for owner in owners))
        elif owners := _own(types, place):
            return owners
    return types.values(place.module, node)


def own_objects(types: Inference, run: Activation) -> Values:
    """The objects on which a run calls its method."""
    if run.receiver is not None:
        return (run.receiver,)
    if run.edge is None or not run.function.is_method:
        return ()
    return types.project.memo.ask(("own objects", run), lambda: tuple(dict.fromkeys(_found(types, run))), ())


def _own(types: Inference, place: Place) -> Values:
    """The object whose method runs, where an expression is its `self`."""
    method = place.module.own_method(place.node)
    run = place.run.of(method) if place.run is not None and method is not None else None
    return own_objects(types, run) if run is not None else ()


def _found(types: Inference, run: Activation) -> Iterator[Instance]:
    edge, owner = run.edge, run.function.owner
    assert edge is not None
    assert owner is not None
    node = edge.node
    if edge.on is not None:
        found = objects(types, Place(edge.module, edge.on, run.outer))
    elif edge.handed is not None or not isinstance(node, ast.Call):
        found = ()
    elif isinstance(node.func, ast.Attribute) and is_super(node.func.value):
        outer = run.outer.of(edge.module.function_of(node)) if run.outer is not None else None
        found = own_objects(types, outer) if outer is not None else ()
    else:
        found = objects(types, Place(edge.module, node.func, run.outer))
    for value in found:
        one: object = value
        if isinstance(value, FunctionObject):
            one = value.receiver
        elif isinstance(value, ClassObject):
            one = Instance(value.cls, Origin(edge.module, node))
        if isinstance(one, Instance) and owner in types.lineage(one.cls):
            yield one


def is_super(node: ast.AST) -> bool:
    """Whether a node is `super()`, which is the object of the method that it stands in."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
