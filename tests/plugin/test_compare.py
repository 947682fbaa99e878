"""Comparing outputs: which element differs most, and what counts as equal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from pytest_keras_inference.models.compare import Difference, leaves, map_leaves, worst_difference

VALUES = st.floats(width=32, allow_nan=True, allow_infinity=True)
ARRAYS = arrays(np.float32, array_shapes(max_dims=3, max_side=4), elements=VALUES)
STRUCTURES = st.recursive(
    ARRAYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


def worst(left: Any, right: Any, atol: float = 0.0, rtol: float = 0.0) -> Difference | None:
    return worst_difference(left, right, atol=atol, rtol=rtol)


@given(STRUCTURES)
def test_everything_equals_itself_nan_and_infinity_too(structure: Any) -> None:
    assert worst(structure, structure) is None


@given(ARRAYS, st.data())
def test_one_changed_element_is_found_where_it_is(array: Any, data: st.DataObject) -> None:
    index = tuple(data.draw(st.integers(0, size - 1)) for size in array.shape)
    changed = array.copy()
    changed[index] = 1.0 if changed[index] != 1.0 else 2.0
    difference = worst({"a": array}, {"a": changed})
    assert difference is not None
    assert (difference.output, difference.index, difference.differing) == ("output['a']", index, 1)
    assert difference.size == array.size


@given(ARRAYS, ARRAYS)
def test_who_stands_left_does_not_matter_to_whether_they_differ(left: Any, right: Any) -> None:
    assert (worst(left, right, atol=0.5) is None) == (worst(right, left, atol=0.5) is None)


@given(STRUCTURES)
def test_mapping_the_leaves_keeps_the_structure(structure: Any) -> None:
    mapped = map_leaves(lambda leaf: leaf.shape, structure)
    assert [path for path, _ in leaves(structure)] == [path for path, _ in leaves(map_leaves(np.asarray, structure))]
    assert type(mapped) is type(structure) or isinstance(structure, np.ndarray)


def test_the_element_that_exceeds_the_tolerance_most_is_the_worst() -> None:
    left, right = np.array([1000.0, 0.0]), np.array([1010.0, 1.0])
    difference = worst(left, right, rtol=0.1)
    assert difference is not None
    assert (difference.index, difference.difference, difference.differing) == ((1,), 1.0, 1)


@pytest.mark.parametrize(
    ("left", "right", "line"),
    [
        (np.zeros((2, 3)), np.zeros((2, 2)), "output: shape (2, 3) against (2, 2)"),
        ([np.zeros(1)], np.zeros(1), "outputs: 1 arrays against 1; only on one side: output, output[0]"),
        (
            np.array([1.0, np.nan]),
            np.array([1.0, 2.0]),
            "output[1] differs (nan here, 2 there); 1 of 2 values differ",
        ),
        (
            np.array([b"a", b"b"], dtype=object),
            np.array([b"a", b"c"], dtype=object),
            "output[1] differs ('b' here, 'c' there); 1 of 2 values differ",
        ),
        (np.array(3), np.array(1), "output differs by 2 (3 here, 1 there); 1 of 1 values differ"),
    ],
)
def test_a_difference_is_told_in_one_line(left: Any, right: Any, line: str) -> None:
    difference = worst(left, right)
    assert difference is not None
    assert difference.describe("here", "there") == line
