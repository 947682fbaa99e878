"""Law of steps: a part of an expression may be named first, and read back from where it was kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import libcst as cst

from laws.sites import (
    Files,
    Transformer,
    bound_by_hand,
    children,
    code,
    each_module,
    is_inference,
    picked,
    with_heading,
)

Pick = Callable[[cst.CSTNode, set[str]], cst.BaseExpression | None]


def argument(node: cst.CSTNode, bound: set[str]) -> cst.BaseExpression | None:
    """What a model is called with."""
    if isinstance(node, cst.Call) and is_inference(node, bound) and node.args and not node.args[0].star:
        return node.args[0].value
    return None


def receiver(node: cst.CSTNode, bound: set[str]) -> cst.BaseExpression | None:
    """The model that is called."""
    if not isinstance(node, cst.Call) or not is_inference(node, bound):
        return None
    function = node.func
    predicts = isinstance(function, cst.Attribute) and function.attr.value.startswith("predict")
    model = function.value if isinstance(function, cst.Attribute) and predicts else function
    return None if isinstance(model, cst.Name) and model.value == "self" else model


def index(node: cst.CSTNode, _: set[str]) -> cst.BaseExpression | None:
    """An index, where it is one expression."""
    if isinstance(node, cst.Subscript) and len(node.slice) == 1 and isinstance(node.slice[0].slice, cst.Index):
        value = node.slice[0].slice.value
        return None if isinstance(value, cst.Name) and value.value == "None" else value
    return None


def bound_of_slice(node: cst.CSTNode, _: set[str]) -> cst.BaseExpression | None:
    """The upper bound of a slice."""
    return node.upper if isinstance(node, cst.Slice) else None


def shape(node: cst.CSTNode, _: set[str]) -> cst.BaseExpression | None:
    """The shape or axis that is given to what makes an array."""
    wanted = ("reshape", "expand_dims", "zeros", "ones", "broadcast_to", "tile")
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute) or node.func.attr.value not in wanted:
        return None
    last = node.args[-1] if node.args else None
    keyed = last is not None and last.keyword is not None and last.keyword.value in ("axis", "shape")
    if last is None or last.star or not (keyed or (last.keyword is None and len(node.args) in (1, 2))):
        return None
    return last.value


def loss(node: cst.CSTNode, _: set[str]) -> cst.BaseExpression | None:
    """What a tape is asked to differentiate."""
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value == "gradient":
        return node.args[0].value if node.args else None
    return None


def product(node: cst.CSTNode, bound: set[str]) -> cst.BaseExpression | None:
    """What a model gives, where more is done with it at once."""
    inner = node.value if isinstance(node, cst.Subscript | cst.Arg) else None
    return inner if inner is not None and is_inference(inner, bound) else None


@dataclass(frozen=True)
class Keep:
    """How a value is kept under a name: the statement, how it is read back, and what the module needs for it."""

    statement: str
    read: str
    heading: str = ""


VARIABLE = Keep("{name} = {value}", "{name}")
TUPLE = Keep("{name} = ({value}, 0)", "{name}[0]")
UNPACKED = Keep("{name}, _other = {value}, 0", "{name}")
DICT = Keep('{name} = {{"value": {value}}}', '{name}["value"]')
ATTRIBUTE = Keep(
    "{name} = Holder_{name}({value})",
    "{name}.kept",
    "class Holder_{name}:\n    def __init__(self, value):\n        self.kept = value\n",
)
FIELD = Keep(
    "{name} = Record_{name}({value})",
    "{name}.kept",
    "import dataclasses\n@dataclasses.dataclass\nclass Record_{name}:\n    kept: object\n",
)


def named(pick: Pick, keep: Keep) -> Transformer:
    """Each picked part of a statement is kept just before it, and read back in it."""

    def change(module: cst.Module) -> cst.Module:
        steps = _Steps(pick, keep, bound_by_hand(module))
        return with_heading(module.visit(steps), "".join(steps.headings))

    return each_module(change)


class _Steps(cst.CSTTransformer):
    def __init__(self, pick: Pick, keep: Keep, bound: set[str]) -> None:
        super().__init__()
        self.pick, self.keep, self.bound = pick, keep, bound
        self.headings: list[str] = []
        self.count = 0

    def leave_SimpleStatementLine(  # noqa: N802
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.FlattenSentinel[cst.BaseStatement]:
        if len(updated_node.body) != 1:
            return updated_node
        before: list[cst.BaseStatement] = []
        changed: cst.CSTNode = updated_node
        for part in picked(updated_node.body[0], lambda node: self.pick(node, self.bound)):
            if not any(node is part for node in children(changed)):
                continue
            self.count += 1
            texts = {"name": f"step_{self.count}", "value": code(part)}
            before.append(cst.parse_statement(self.keep.statement.format(**texts)))
            if self.keep.heading:
                self.headings.append(self.keep.heading.format(**texts))
            changed = changed.deep_replace(part, cst.parse_expression(self.keep.read.format(**texts)))
        assert isinstance(changed, cst.SimpleStatementLine)
        return cst.FlattenSentinel([*before, changed]) if before else updated_node


def named_tape(files: Files) -> dict[str, str]:
    """`with tf.GradientTape() as tape:` of a tape that was made before."""

    class Tapes(cst.CSTTransformer):
        count = 0

        def leave_With(  # noqa: N802
            self, original_node: cst.With, updated_node: cst.With
        ) -> cst.With | cst.FlattenSentinel[cst.BaseStatement]:
            first = updated_node.items[0]
            if "GradientTape(" not in code(first.item):
                return updated_node
            self.count += 1
            made = cst.parse_statement(f"made_{self.count} = {code(first.item)}")
            item = first.with_changes(item=cst.Name(f"made_{self.count}"))
            return cst.FlattenSentinel([made, updated_node.with_changes(items=[item, *updated_node.items[1:]])])

    return each_module(lambda module: module.visit(Tapes()))(files)
