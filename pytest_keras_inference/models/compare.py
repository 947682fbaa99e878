"""Comparing the outputs of two calls of a model: which output differs most, where and by how much."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Difference:
    """The worst disagreement between two structures of arrays, `left` and `right`.

    `output` names the array inside the structure ("output" when there is only one), `index` the element that exceeds
    the tolerance most. `difference` is absolute, in the unit of the values; it is NaN where one side is not a number,
    or where the values are not numbers. `differing` of `size` elements are beyond the tolerance. When shapes or
    structures disagree, `mismatch` says so and the other figures are empty.
    """

    output: str
    index: tuple[int, ...] = ()
    left: Any = None
    right: Any = None
    difference: float = float("nan")
    differing: int = 0
    size: int = 0
    mismatch: str = ""

    def describe(self, left: str, right: str) -> str:
        """One line for a person, with `left` and `right` as the names of the two sides."""
        if self.mismatch:
            return f"{self.output}: {self.mismatch}"
        where = f"{self.output}[{', '.join(map(str, self.index))}]" if self.index else self.output
        values = f"{_value(self.left)} {left}, {_value(self.right)} {right}"
        by = "" if np.isnan(self.difference) else f" by {self.difference:.3g}"
        return f"{where} differs{by} ({values}); {self.differing:,} of {self.size:,} values differ"

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        if self.mismatch:
            return {"output": self.output, "mismatch": self.mismatch}
        return {
            "output": self.output,
            "index": list(self.index),
            "left": _plain(self.left),
            "right": _plain(self.right),
            "difference": _plain(self.difference),
            "differing": self.differing,
            "size": self.size,
        }


def leaves(structure: Any, path: str = "output") -> Iterator[tuple[str, Any]]:
    """The leaves of nested lists, tuples and mappings with their paths, in a fixed order; None is no leaf."""
    if structure is None:
        return
    if isinstance(structure, Mapping):
        for key in sorted(structure, key=str):
            yield from leaves(structure[key], f"{path}[{key!r}]")
    elif isinstance(structure, (list, tuple)):
        for position, item in enumerate(structure):
            yield from leaves(item, f"{path}[{position}]")
    else:
        yield path, structure


def map_leaves(function: Callable[[Any], Any], structure: Any) -> Any:
    """`structure` with `function` applied to each leaf; lists, tuples and dicts keep their kind."""
    if structure is None:
        return None
    if isinstance(structure, Mapping):
        return {key: map_leaves(function, value) for key, value in structure.items()}
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return type(structure)(*(map_leaves(function, item) for item in structure))
    if isinstance(structure, (list, tuple)):
        items = [map_leaves(function, item) for item in structure]
        return tuple(items) if isinstance(structure, tuple) else items
    return function(structure)


def worst_difference(left: Any, right: Any, *, atol: float, rtol: float) -> Difference | None:
    """The element where `left` and `right` exceed `atol + rtol * |right|` most, over all arrays; None if none does.

    Both are nested structures of NumPy arrays. NaN equals NaN, and infinities equal themselves.
    """
    ours, theirs = dict(leaves(left)), dict(leaves(right))
    if ours.keys() != theirs.keys():
        lost = ", ".join(sorted(ours.keys() ^ theirs.keys()))
        return Difference("outputs", mismatch=f"{len(ours)} arrays against {len(theirs)}; only on one side: {lost}")
    worst: Difference | None = None
    worst_excess = -1.0
    for path, value in ours.items():
        found = _differ(path, np.asarray(value), np.asarray(theirs[path]), atol, rtol)
        if found is None:
            continue
        difference, excess = found
        if excess > worst_excess:
            worst, worst_excess = difference, excess
    return worst


def _differ(path: str, left: Array, right: Array, atol: float, rtol: float) -> tuple[Difference, float] | None:
    if left.shape != right.shape:
        return Difference(path, mismatch=f"shape {left.shape} against {right.shape}"), float("inf")
    if left.size == 0:
        return None
    if not _numeric(left) or not _numeric(right):
        unequal = np.asarray(left != right)
        if not unequal.any():
            return None
        index = _first(unequal)
        return _at(path, index, left, right, float("nan"), unequal), float("inf")
    a, b = _wide(left), _wide(right)
    with np.errstate(invalid="ignore", over="ignore"):
        gap = np.abs(a - b)
        allowed = atol + rtol * np.abs(b)
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        beyond = ~same & ~(gap <= allowed)
    if not beyond.any():
        return None
    broken = beyond & ~np.isfinite(gap)
    if broken.any():
        index = _first(broken)
        return _at(path, index, left, right, float("nan"), beyond), float("inf")
    with np.errstate(divide="ignore"):
        excess = np.where(beyond, gap / allowed if atol or rtol else gap, -1.0)
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(excess)), excess.shape))
    return _at(path, index, left, right, float(gap[index]), beyond), float(excess[index])


def _at(path: str, index: tuple[int, ...], left: Array, right: Array, gap: float, beyond: Array) -> Difference:
    return Difference(
        output=path,
        index=index,
        left=left[index],
        right=right[index],
        difference=gap,
        differing=int(beyond.sum()),
        size=int(beyond.size),
    )


def _first(mask: Array) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(mask)), mask.shape))


def _numeric(array: Array) -> bool:
    # bfloat16 and the float8 kinds of ml_dtypes are of kind "V"; they convert to float32 without loss.
    return array.dtype.kind in "biufc" or array.dtype.name.startswith(("bfloat", "float8", "int4", "uint4"))


def _wide(array: Array) -> Array:
    return array if array.dtype.kind == "c" else array.astype(np.float64)


def _value(value: Any) -> str:
    plain = _plain(value)
    return f"{plain:.6g}" if isinstance(plain, float) else repr(plain)


def _plain(value: Any) -> Any:
    """A NumPy scalar as the Python value that JSON knows."""
    if isinstance(value, np.generic) and not _numeric(np.asarray(value)):
        value = value.item()
    elif isinstance(value, (np.generic, np.ndarray)):
        value = np.asarray(value).astype(np.float64).item() if value.dtype.kind == "V" else value.item()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, complex):
        return str(value)
    return value
