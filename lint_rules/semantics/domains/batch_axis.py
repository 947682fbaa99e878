"""Is an array that is predicted one sample without its batch axis, or no array at all?

Proven only: an image as a reader gives it, an element of an array of `keras.datasets`, a list of plain numbers.
"""

from __future__ import annotations

import ast
from enum import Enum, auto

from lint_rules.semantics.domains.types import Inference
from lint_rules.semantics.domains.values import External
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.syntax.module_index import Module, last_name
from lint_rules.semantics.syntax.scopes import Binding, BindingKind

# Readers and resizers of one image, and what keeps every axis of their result.
_READERS = frozenset({"imread", "img_to_array", "decode_jpeg", "decode_png", "decode_image"})
_KEEP_AXES = frozenset(
    [
        "resize",
        "cvtColor",
        "astype",
        "float32",
        "float64",
        "uint8",
        "array",
        "asarray",
        "preprocess_input",
        "copy",
        "GaussianBlur",
        "flip",
        "normalize",
        "img_to_array",
        "cast",
        "convert_image_dtype",
        "clip",
        "divide",
        "round",
        "to_array",
        "threshold_",
        "rot90",
    ]
)
_MAX_DEPTH = 12


class Lack(Enum):
    """What is wrong with what predict is given."""

    IMAGE = auto()  # one image as it was read
    ELEMENT = auto()  # one element of an array of samples
    LIST = auto()  # a list of numbers


class Elements:
    """The questions `does this lack its batch axis` over one project."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference

    def lack(self, module: Module, node: ast.expr) -> Lack | None:
        """What an argument lacks on every way to it; None unless it is proven."""
        if self._is_numbers(module, node):
            return Lack.LIST
        if self._is_image(module, node, _MAX_DEPTH):
            return Lack.IMAGE
        return Lack.ELEMENT if self._is_element(module, node, _MAX_DEPTH) else None

    # A list of numbers

    def _is_numbers(self, module: Module, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            bindings = bindings_of(module, node)
            if len(bindings) != 1 or bindings[0].kind is not BindingKind.ASSIGN or bindings[0].path:
                return False
            value = bindings[0].value
            grown = any(
                isinstance(call.func, ast.Attribute)
                and isinstance(call.func.value, ast.Name)
                and call.func.value.id == node.id
                for method in ("append", "extend", "insert")
                for call in module.calls.get(method, ())
            )
            return value is not None and not grown and _numbers(value)
        return _numbers(node)

    # One image

    def _is_image(self, module: Module, node: ast.expr, depth: int) -> bool:
        """Whether an expression is one image of two or three axes, on every way."""
        if depth <= 0:
            return False
        if isinstance(node, ast.Name):
            bindings = bindings_of(module, node)
            return bool(bindings) and all(self._image_bound(module, binding, depth - 1) for binding in bindings)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Mult | ast.Sub | ast.Add):
            return self._is_image(module, node.left, depth - 1) and _is_number(node.right)
        if isinstance(node, ast.Call):
            name = last_name(node.func) if not isinstance(node.func, ast.Call) else None
            if name in _READERS and self._is_external(module, node):
                return True
            if name in _KEEP_AXES:
                return (subject := self._subject(module, node)) is not None and self._is_image(
                    module, subject, depth - 1
                )
        return False

    def _image_bound(self, module: Module, binding: Binding, depth: int) -> bool:
        value = binding.value
        if value is None or binding.path:
            return False
        if binding.kind is BindingKind.AUGMENT:
            return isinstance(value, ast.Constant) or _is_number(value)
        return binding.kind is BindingKind.ASSIGN and self._is_image(module, value, depth)

    def _is_external(self, module: Module, node: ast.Call) -> bool:
        return any(isinstance(value, External) for value in self.inference.values(module, node.func))

    def _subject(self, module: Module, node: ast.Call) -> ast.expr | None:
        """What a function or method works on: its first argument, or its object."""
        if isinstance(node.func, ast.Attribute) and not self._is_external(module, node):
            if any(isinstance(value, External) for value in self.inference.values(module, node.func.value)):
                return None
            return node.func.value
        if not self._is_external(module, node):
            return None
        return node.args[0] if node.args and not isinstance(node.args[0], ast.Starred) else None

    # One element of an array of samples

    def _is_element(self, module: Module, node: ast.expr, depth: int) -> bool:
        if depth <= 0:
            return False
        if isinstance(node, ast.Name):
            bindings = bindings_of(module, node)
            return bool(bindings) and all(self._element_bound(module, binding, depth - 1) for binding in bindings)
        if isinstance(node, ast.Subscript):
            return self._is_scalar(module, node.slice) and self._is_samples(module, node.value, depth - 1)
        return False

    def _element_bound(self, module: Module, binding: Binding, depth: int) -> bool:
        value = binding.value
        if value is None:
            return False
        if binding.kind is BindingKind.ASSIGN and not binding.path:
            return self._is_element(module, value, depth)
        if binding.kind is BindingKind.ITERATION:
            if isinstance(value, ast.Call) and binding.path and isinstance(value.func, ast.Name):
                if value.func.id == "zip" and len(binding.path) == 1 and 0 <= binding.path[0] < len(value.args):
                    return self._is_samples(module, value.args[binding.path[0]], depth)
                if value.func.id == "enumerate" and binding.path == (1,) and value.args:
                    return self._is_samples(module, value.args[0], depth)
                return False
            return not binding.path and self._is_samples(module, value, depth)
        return False

    def _is_scalar(self, module: Module, node: ast.expr) -> bool:
        """Whether an index picks one element: a whole number, a loop variable over a range, a random number."""
        if isinstance(node, ast.UnaryOp):
            node = node.operand
        if isinstance(node, ast.Constant):
            return isinstance(node.value, int) and not isinstance(node.value, bool)
        if isinstance(node, ast.Call):
            return last_name(node.func) in ("randint", "randrange") and len(node.args) <= 2 and not node.keywords
        if not isinstance(node, ast.Name):
            return False
        bindings = bindings_of(module, node)
        return bool(bindings) and all(
            binding.value is not None
            and (
                (binding.kind is BindingKind.ITERATION and not binding.path and last_name(binding.value) == "range")
                or (
                    binding.kind is BindingKind.ITERATION
                    and binding.path == (0,)
                    and last_name(binding.value) == "enumerate"
                )
                or (
                    binding.kind is BindingKind.ASSIGN
                    and not binding.path
                    and not isinstance(binding.value, ast.Name)
                    and self._is_scalar(module, binding.value)
                )
            )
            for binding in bindings
        )

    def _is_samples(self, module: Module, node: ast.expr, depth: int) -> bool:
        """Whether an expression is the inputs of one of `keras.datasets`, one row a sample, on every way."""
        if depth <= 0:
            return False
        if isinstance(node, ast.Name):
            bindings = bindings_of(module, node)
            return bool(bindings) and all(self._samples_bound(module, binding, depth - 1) for binding in bindings)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Mult | ast.Sub | ast.Add):
            return _is_number(node.right) and self._is_samples(module, node.left, depth - 1)
        if isinstance(node, ast.Call):
            name = last_name(node.func) if not isinstance(node.func, ast.Call) else None
            if name in ("astype", "float32", "array", "asarray", "preprocess_input"):
                subject = self._subject(module, node)
                return subject is not None and self._is_samples(module, subject, depth - 1)
            if name in ("reshape", "expand_dims"):
                subject = self._subject(module, node)
                kept = _keeps_samples(node) if name == "reshape" else _adds_last_axis(node)
                return kept and subject is not None and self._is_samples(module, subject, depth - 1)
        return False

    def _samples_bound(self, module: Module, binding: Binding, depth: int) -> bool:
        value = binding.value
        if value is None:
            return False
        if binding.kind is BindingKind.AUGMENT:
            return _is_number(value)
        if binding.kind is not BindingKind.ASSIGN:
            return False
        if not binding.path:
            return self._is_samples(module, value, depth)
        if len(binding.path) != 2 or binding.path[1] != 0 or not isinstance(value, ast.Call):
            return False
        return any(
            isinstance(v, External) and v.name.startswith("keras.datasets.") and v.name.endswith(".load_data")
            for v in self.inference.values(module, value.func)
        )


def _numbers(node: ast.expr) -> bool:
    """Whether a list (of lists) is written out in numbers."""
    if not isinstance(node, ast.List) or not node.elts:
        return False
    return all(_is_number(item) or _numbers(item) for item in node.elts)


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        node = node.operand
    if isinstance(node, ast.BinOp):
        return _is_number(node.left) and _is_number(node.right)
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool)


def _keeps_samples(node: ast.Call) -> bool:
    """Whether a reshape keeps the first axis and gives the samples no axis of length one in front."""
    shape = node.args[-1] if node.args else None
    parts = list(shape.elts) if isinstance(shape, ast.Tuple | ast.List) else list(node.args)
    if len(parts) < 2 or node.keywords:
        return False
    head, second = parts[0], parts[1]
    keeps = isinstance(head, ast.UnaryOp | ast.Subscript) or (
        isinstance(head, ast.Call) and last_name(head.func) == "len"
    ) or (isinstance(head, ast.Constant) and isinstance(head.value, int) and head.value >= 1000)  # fmt: skip
    return keeps and isinstance(second, ast.Constant) and isinstance(second.value, int) and second.value > 1


def _adds_last_axis(node: ast.Call) -> bool:
    axis = next((k.value for k in node.keywords if k.arg == "axis"), node.args[-1] if len(node.args) > 1 else None)
    if isinstance(axis, ast.UnaryOp):
        return True
    return isinstance(axis, ast.Constant) and isinstance(axis.value, int) and axis.value >= 2
