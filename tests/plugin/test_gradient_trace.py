"""Following a variable through recorded operations: laws of every trace, and the cases that decide causes."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pytest_keras_inference.gradients.trace import Conversion, Op, Trace, trace_path, zero_origin

TAPE = 1


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    """A trace of up to eight operations; node 0 is the source, and each operation makes one new node."""
    ops = []
    for index in range(draw(st.integers(1, 8))):
        inputs = tuple(draw(st.lists(st.integers(0, index), min_size=1, max_size=2)))
        ops.append(
            Op(
                name=draw(st.sampled_from(["MatMul", "Mul", "Relu", "ArgMax", "StopGradient", "AddV2", "Round"])),
                inputs=inputs,
                outputs=(index + 1,),
                index=index,
                tapes=(TAPE,) if draw(st.booleans()) else (),
                floating=draw(st.booleans()),
                flat=draw(st.sampled_from(["", "", "dead ReLU"])),
                zero=draw(st.booleans()),
            )
        )
    return Trace(ops=ops)


@given(traces(), st.sampled_from([TAPE, None]))
def test_a_path_that_carries_values_carries_less_the_more_is_asked_of_it(trace, tape):
    path = trace_path(trace, [0], [len(trace.ops)], tape)
    assert path.differentiable or not path.lively
    assert path.connected or not path.differentiable
    assert path.used or not path.connected
    assert {0} <= path.reached


@given(traces())
def test_a_broken_path_has_a_place_where_it_breaks(trace):
    path = trace_path(trace, [0], [len(trace.ops)], TAPE)
    if path.connected and not path.differentiable:
        assert path.cut is not None
        assert set(path.cut.inputs) & path.reached
    if path.differentiable and not path.lively:
        assert path.dead is not None


@given(traces())
def test_without_obstacles_every_path_is_lively(trace):
    clean = Trace(
        ops=[replace(op, name="AddV2", tapes=(TAPE,), floating=True, flat="", zero=False) for op in trace.ops]
    )
    path = trace_path(clean, [0], [len(clean.ops)], TAPE)
    assert path.connected == path.differentiable == path.lively
    assert path.cut is None
    assert path.dead is None


def test_a_second_way_round_keeps_the_path_alive():
    trace = Trace(
        ops=[
            Op("StopGradient", (0,), (1,), 0, (TAPE,)),
            Op("Identity", (0,), (2,), 1, (TAPE,)),
            Op("AddV2", (1, 2), (3,), 2, (TAPE,)),
        ]
    )
    path = trace_path(trace, [0], [3], TAPE)
    assert path.lively
    assert path.cut is trace.ops[0]


def test_a_zero_factor_is_followed_to_the_dead_relu_behind_it():
    relu = Op("Relu", (5,), (6,), 0, (TAPE,), flat="dead ReLU", zero=True)
    trace = Trace(
        ops=[relu, Op("Mul", (6, 7), (8,), 1, (TAPE,), zero=True), Op("MatMul", (8, 0), (9,), 2, (TAPE,), zero=True)],
        conversions=[Conversion(7, "float", None, 0, zero=True)],
    )
    path = trace_path(trace, [0], [9], TAPE)
    assert path.differentiable
    assert not path.lively
    assert path.dead_input == 8
    assert zero_origin(trace, 8) is relu


def test_a_zero_weight_is_its_own_origin():
    trace = Trace(ops=[Op("matmul", (0, 4), (9,), 0, (TAPE,), zero=True)], zeros={4})
    assert trace_path(trace, [0], [9], TAPE).dead_input == 4
    assert zero_origin(trace, 4) == 4


def test_the_barrier_after_which_nothing_is_in_the_way_is_the_one_that_is_meant():
    """Softmax subtracts a maximum through which no gradient passes; argmax of its result is what stops the gradient."""
    trace = Trace(
        ops=[
            Op("stop_gradient", (0,), (1,), 0),
            Op("sub", (0, 1), (2,), 1),
            Op("exp", (2,), (3,), 2),
            Op("argmax", (3,), (4,), 3, floating=False),
            Op("cast", (4,), (5,), 4, floating=False),
            Op("cast", (5,), (6,), 5),
        ]
    )
    assert trace_path(trace, [0], [6], None).cut is trace.ops[3]


def test_a_branch_that_is_zero_is_not_why_the_whole_is():
    """A recurrent layer starts from zeros; the sigmoid behind it is saturated."""
    trace = Trace(
        ops=[
            Op("mul", (0, 9), (1,), 0),
            Op("add", (0, 1), (2,), 1),
            Op("sigmoid", (2,), (3,), 2, flat="saturated sigmoid"),
        ],
        zeros={9},
    )
    assert trace_path(trace, [0], [3], None).dead is trace.ops[2]
