"""How far the questions about code go: every limit in one place, with its reason.

Real code stays far below them. They are there for generated code, for names that everybody uses and for chains that
never end, and what lies beyond one is unknown (`memo.py`).
"""

from __future__ import annotations

# How far, and at what cost

MAX_DEPTH = 60
"""How many questions may lead to each other. A chain of assignments and calls is rarely ten links long; each takes up
to ten frames of Python's own stack, which has a thousand."""

MAX_COST = 1000
"""How many questions one about types may lead to. One in a thousand leads to more than 200; what leads to more than
these is about what everything in a large project passes through, and would name nothing certain."""

CHEAP_COST = 200
"""The same for one of many expressions of which few matter."""

MODULE_COST = 10
"""What looking through another module counts for, which may have to be parsed first."""

MAX_EVALUATED = 10_000
"""How many questions the evaluation of one expression may lead to; each link of a chain asks two or three."""

MAX_ITERATIONS = 2
"""How often what leads back to itself is asked again: a value that changes with each iteration of a loop, an array that
loses an axis, say, may be anything after the third."""

MAX_CHAIN = 8
"""A chain of calls that goes deeper is taken for a recursion."""

# How many

MAX_VALUES = 24
"""Of what can be more things than these the first are looked at: one of them being a model is what most questions
are after."""

MAX_ALTERNATIVES = 8
"""An expression that can be more different arrays than these may be any."""

MAX_HANDS = 3
"""A function that is passed on as a value goes through so many hands."""

MAX_CALLERS_FOLLOWED = 12
"""What more places than these call, with one thing and another, is followed from none of them."""

MANY_MODULES = 30
"""A name in more modules than these (`build`, `from_config`, `Layer`, a decorator) is everybody's: what its uses show
is looked for only in its own module."""

MAX_EDGES = 120
"""A function that is run from more places is a utility: the first places show as much as all."""

MAX_CALLERS = 12
"""A parameter that more places fill has no one constant, and hands on no one tensor."""

MAX_CALLS_OF_A_BODY = 160
"""A body with more calls than these is generated."""

MAX_CALLS_TO_TRAINING = 5
"""Loops that train do it a few calls down: `fit` in `update` in `learn`. Weights that are set further away are those of
another model, such as a copy that a library makes of it."""

MAX_CALLS_TO_SAVING = 3
"""What trains or saves a model between two makings of it stands in the loop, or a few calls down."""

MAX_CALLS_WITH_OUTPUT = 3
"""A tensor is followed so many calls down: one that computes with it is rarely two away."""

MAX_SLICE_NODES = 4000
"""What more of a function goes into is all of it."""

MAX_FRAMES = 7
"""How many calls a way from a call outwards may have: what is seven calls away is nobody's context any more."""

MAX_PATHS = 80
"""How many ways to one call are looked at: they multiply with each shared helper, and the first ones repeat."""

MAX_LAYER_DEPTH = 14
"""How deeply models hold blocks that hold layers."""

MAX_LAYERS = 600
MAX_LAYER_CALLS = 3000
"""How many calls one model is read from: the largest models of the wild take a few hundred."""
