"""KI407 inference-keeps-graph: outputs that hold their graph, on torch."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Lines = Callable[..., list[str]]

TORCH = """
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
import torch

model = keras.models.load_model("m.keras")
"""


def judged(lines_of: Lines, body: str, head: str = TORCH) -> list[str]:
    return lines_of("KI407", head + body)


LOOP = "found = []\nfor x in batches:\n    {0}\n"


# Missed alarms


@pytest.mark.parametrize("kept", ["found.append(model(x))", "found.append(model(x, training=False))"])
def test_outputs_collected_in_a_list(lines_of: Lines, kept: str) -> None:
    assert judged(lines_of, LOOP.format(kept)) == [kept]


def test_every_way_to_keep_them(lines_of: Lines) -> None:
    body = """
def scores(batches):
    found = {}
    for n, x in enumerate(batches):
        out = model(x)
        found[n] = out
    return found

def more(batches):
    return [model(x) for x in batches]

class Cache:
    def __init__(self):
        self.outputs = []
    def fill(self, batches):
        for x in batches:
            self.outputs.append(model(x, training=False))

def note(into, x):
    into.append(model(x) * 2)

def noted(batches):
    kept = []
    for x in batches:
        note(kept, x)
    return kept

def last(batches):
    for x in batches:
        kept = []
        show(kept, model(x))
        note(kept[:0], x)
"""
    assert judged(lines_of, body) == [
        "out = model(x)",
        "return [model(x) for x in batches]",
        "self.outputs.append(model(x, training=False))",
        "into.append(model(x) * 2)",
    ]


# False alarms


@pytest.mark.parametrize(
    "kept",
    [
        "found.append(model(x).detach())",
        "found.append(float(model(x)[0, 0]))",
        "found.append(keras.ops.convert_to_numpy(model(x)))",
        "found.append(model.predict_on_batch(x))",
        "show(model(x))",
        "last = model(x)",
        "with torch.no_grad():\n        found.append(model(x))",
        "with torch.inference_mode():\n        found.append(model(x))",
        "one = []\n    one.append(model(x))\n    show(one)",
    ],
)
def test_outputs_without_a_graph_or_not_kept(lines_of: Lines, kept: str) -> None:
    assert judged(lines_of, LOOP.format(kept)) == []


def test_gradients_switched_off_further_out(lines_of: Lines) -> None:
    body = """
@torch.no_grad()
def scores(batches):
    return [model(x) for x in batches]

def inner(batches):
    return [model(x) for x in batches]

def outer(batches):
    with torch.no_grad():
        return inner(batches)
"""
    assert judged(lines_of, body) == []


SWITCHES = """
import contextlib
import functools
@contextlib.contextmanager
def quiet():
    with torch.no_grad():
        yield
@contextlib.contextmanager
def timed():
    yield
def without_graph(function):
    @functools.wraps(function)
    def wrapped(*arguments):
        with torch.inference_mode():
            return function(*arguments)
    return wrapped
def logged(function):
    @functools.wraps(function)
    def wrapped(*arguments):
        print(function)
        return function(*arguments)
    return wrapped
off = torch.no_grad
"""


@pytest.mark.parametrize(
    ("switched", "other"),
    [
        (
            "def f(xs):\n    with quiet():\n        return [model(x) for x in xs]\n",
            "def f(xs):\n    with timed():\n        return [model(x) for x in xs]\n",
        ),
        (
            "def f(xs):\n    with off():\n        return [model(x) for x in xs]\n",
            "def f(xs):\n    with open('log'):\n        return [model(x) for x in xs]\n",
        ),
        (
            "@without_graph\ndef f(xs):\n    return [model(x) for x in xs]\n",
            "@logged\ndef f(xs):\n    return [model(x) for x in xs]\n",
        ),
        (
            "with contextlib.ExitStack() as stack:\n    stack.enter_context(torch.no_grad())\n"
            "    f = [model(x) for x in xs]\n",
            "with contextlib.ExitStack() as stack:\n    stack.enter_context(open('log'))\n"
            "    f = [model(x) for x in xs]\n",
        ),
    ],
    ids=["manager", "alias", "decorator", "stack"],
)
def test_gradients_switched_off_by_what_the_project_makes(lines_of: Lines, switched: str, other: str) -> None:
    assert judged(lines_of, SWITCHES + switched) == []
    assert len(judged(lines_of, SWITCHES + other)) == 1


def test_training_wants_the_graph(lines_of: Lines) -> None:
    body = """
def step(batches):
    losses = []
    for x in batches:
        losses.append(model(x))
    torch.stack(losses).sum().backward()
"""
    assert judged(lines_of, body) == []


def test_building_a_model_keeps_no_outputs(lines_of: Lines) -> None:
    body = """
class Block(keras.Model):
    def call(self, x):
        return x

class Backbone(keras.Model):
    def __init__(self, block, **options):
        x, found = inputs_of(options), []
        for i in range(3):
            x = block(x)
            found.append(Block()(x))
            found.append(block(x))
        super().__init__(inputs=options["inputs"], outputs=found)

Backbone(Block())
block, found = Block(), []
x = keras.Input((3,))
for _ in range(3):
    found.append(block(x))
"""
    assert judged(lines_of, body) == []


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_other_backends_keep_nothing(lines_of: Lines, backend: str) -> None:
    head = TORCH.replace('"torch"', f'"{backend}"').replace("import torch\n", "")
    assert judged(lines_of, LOOP.format("found.append(model(x))"), head=head) == []


def test_an_unknown_backend_is_not_torch(lines_of: Lines) -> None:
    head = "import keras\nmodel = keras.models.load_model('m.keras')\n"
    assert judged(lines_of, LOOP.format("found.append(model(x))"), head=head) == []


# What is computed from an output holds its graph

DERIVED = """
def scaled(out):
    return out.mean(dim=0) * 2

def plain(out):
    return out.detach().cpu().numpy()

def one(x):
    return model(x).cpu()

def judged_one_by_one(x, batches):
    found, total, flow = [], 0.0, model
"""


@pytest.mark.parametrize(
    "loop",
    [
        "for x in batches:\n        found.append(2.0 * model(x))",
        "for x in batches:\n        found.append((x, model(x)[0]))",
        "for _ in range(9):\n        x = x + 0.01 * flow(x)\n        found.append(x)",
        "for x in batches:\n        out = torch.softmax(model(x), dim=-1)\n        found.append(out)",
        "for x in batches:\n        found.append(scaled(model(x)))",
        "found = [model(x).squeeze() if x else None for x in batches]",
        "for x in batches:\n        total += model(x).sum()",
        "for x in batches:\n        total = total + (model(x) ** 2).mean()",
    ],
)
def test_what_is_computed_from_an_output(lines_of: Lines, loop: str) -> None:
    (line,) = judged(lines_of, DERIVED + f"    {loop}\n")
    assert "model(x)" in line or "flow(x)" in line


@pytest.mark.parametrize(
    "loop",
    [
        "for x in batches:\n        last.out = model(x)\n        found.append(last.out)",
        "for x in batches:\n        pair = {'x': x, 'y': model(x)}\n        found.append(pair['y'])",
        "for x in batches:\n        outs = [model(x)]\n        outs.append(x)\n        found.extend(outs)",
        "for x in batches:\n        first, _ = both(model(x))\n        found.append(first)",
        "for x in batches:\n        last.total += model(x).sum()",
        "sums = [0.0]\n    for x in batches:\n        sums[0] += model(x).sum()",
    ],
)
def test_what_reaches_the_keeper_through_objects(lines_of: Lines, loop: str) -> None:
    body = f"""
def both(out):
    return out, out.shape

class Last:
    out = total = None

def judged(batches, last: Last):
    found = []
    {loop}
"""
    (line,) = judged(lines_of, body)
    assert "model(x)" in line


def test_only_what_holds_the_graph_of_the_call(lines_of: Lines) -> None:
    body = """
def both(out):
    return out, out.shape

def shapes(batches):
    found = []
    for x in batches:
        out, shape = both(model(x))
        found.append({"out": out, "shape": shape}["shape"])
        place = 1
        found.append((out, shape)[place])
    return found
"""
    assert judged(lines_of, body) == []


def test_an_output_that_a_function_returns(lines_of: Lines) -> None:
    body = DERIVED + "    return [one(x) for x in batches]\n"
    assert judged(lines_of, body) == ["return model(x).cpu()"]


@pytest.mark.parametrize(
    "loop",
    [
        "for x in batches:\n        found.append(plain(model(x)))",
        "for x in batches:\n        out = model(x)\n        out = out.detach()\n        found.append(out * 2)",
        "for x in batches:\n        found.append(model(x).shape)",
        "for x in batches:\n        total += model(x).sum().item()",
        "for x in batches:\n        found.append(model(x).argmax(-1))",
        "for x in batches:\n        found.append(model(x)[0] > 0.5)",
        "for x in batches:\n        sums = 0\n        sums += model(x)\n        print(sums)",
        "for x in batches:\n        last = 2 * model(x)",
    ],
)
def test_what_holds_no_graph_any_more(lines_of: Lines, loop: str) -> None:
    assert judged(lines_of, DERIVED + f"    {loop}\n") == []


@pytest.mark.parametrize(
    "model",
    [
        "model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8)])",
        "entry = keras.Input((8,))\nmodel = keras.Model(entry, keras.layers.Dense(8)(entry))",
    ],
)
def test_outputs_fed_back_into_a_model_that_is_built_here(lines_of: Lines, model: str) -> None:
    """The model was built from a placeholder; what it is given is none."""
    body = f"""
{model}

def walk(x):
    path = []
    for _ in range(200):
        x = x + 0.01 * model(x, training=False)
        path.append(x)
    return path

def through(x, decoder=keras.models.load_model("d.keras")):
    return [decoder(model(part, training=False)) for part in x]
"""
    assert judged(lines_of, body) == [
        "x = x + 0.01 * model(x, training=False)",
        "return [decoder(model(part, training=False)) for part in x]",
    ]
