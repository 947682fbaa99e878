"""Is an expression one image: height, width and perhaps channels, and no axis for a batch?

Known by what makes it: image libraries read and resize single images, and `frame[y : y + h, x : x + w]` cuts one out.
"""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.contexts import Path
from lint_rules.semantics.domains.must import everywhere
from lint_rules.semantics.domains.types import Inference
from lint_rules.semantics.domains.values import External, Result
from lint_rules.semantics.syntax.module_index import Module, last_name

# Functions of these packages take and give single images; of Keras, these do.
_PACKAGES = ("cv2.", "PIL.", "skimage.", "imageio.", "matplotlib.image.", "scipy.misc.", "scipy.ndimage.")
_FUNCTIONS = frozenset({"img_to_array", "load_img"})
# What leaves the axes as they are.
_THROUGH = frozenset({"array", "asarray", "astype", "copy", "invert", "float32"})
_MAX_DEPTH = 10


class Images:
    """The question on one way through the code; without a way nothing is known of parameters."""

    def __init__(self, inference: Inference, path: Path | None) -> None:
        self._inference = inference
        self._path = path

    def makes_one(self, module: Module, call: ast.Call) -> bool:
        """Whether a call is one of a function that gives single images."""
        if last_name(call.func) in _FUNCTIONS:
            return True
        names = self._names(module, call.func)
        return any(name.startswith(_PACKAGES) and not name.startswith("cv2.dnn") for name in names)

    def is_one(self, module: Module, node: ast.expr, depth: int = 0) -> bool:
        """Whether an expression is one image whatever its names are bound to."""
        if depth > _MAX_DEPTH:
            return False
        if isinstance(node, ast.Subscript):
            return self._is_crop(node)
        if isinstance(node, ast.BinOp):
            return self.is_one(module, node.left, depth + 1)
        if isinstance(node, ast.Call):
            if self.makes_one(module, node):
                return True
            if last_name(node.func) not in _THROUGH:
                return False
            of_library = isinstance(node.func, ast.Name) or bool(self._names(module, node.func))
            inner = (node.args[0] if node.args else None) if of_library else getattr(node.func, "value", None)
            return inner is not None and self.is_one(module, inner, depth + 1)
        if not isinstance(node, ast.Name):
            return False
        return everywhere(self._path, module, node, lambda where, value: self.is_one(where, value, depth + 1))

    @staticmethod
    def _is_crop(node: ast.Subscript) -> bool:
        """`frame[top:bottom, left:right]`: bounds on both axes of an image."""
        index = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
        return len(index) >= 2 and all(
            isinstance(part, ast.Slice) and part.lower is not None and part.upper is not None for part in index[:2]
        )

    def _names(self, module: Module, function: ast.expr) -> list[str]:
        values = self._inference.values(module, function)
        return [value.name for value in values if isinstance(value, External | Result)]
