"""What is a model made of? Each case builds `model`, and says which of its layers depend on the mode.

`+` marks a layer that surely does, `?` one of which the code does not show it; an incomplete reading ends in `...`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.models.composition import compositions_of
from lint_rules.semantics.models.layers import Composition, Part, Truth
from lint_rules.semantics.project.project import Project

Look = Callable[[dict[str, str]], Project]
HEAD = """\
import keras
import tensorflow as tf
from keras import layers
from keras.layers import (
    LSTM, Activation, Add, BatchNormalization, Bidirectional, Conv2D, Dense, Dropout, Flatten, Input, Lambda,
    RandomFlip, Resizing, TimeDistributed,
)
from keras.models import Model, Sequential
"""


def read(view: Look, code: str | dict[str, str], name: str = "model") -> Composition:
    """The composition of what the name is bound to in `code.py`."""
    files = {"code.py": code} if isinstance(code, str) else dict(code)
    files["code.py"] = HEAD + files["code.py"]
    project = view(files)
    module = next(path for path in project.files if path.name == "code.py")
    values = inference_of(project).global_name(project.module(module).path, name)
    assert len(values) == 1, values
    return compositions_of(project).of(values[0])


def shown(composition: Composition) -> str:
    """The mode-dependent layers in order, and whether there may be others."""
    marks = {Truth.TRUE: "+", Truth.UNKNOWN: "?"}
    parts = [marks[part.depends] + part.name for part in composition.parts if part.depends in marks]
    return " ".join([*parts, *([] if composition.complete else ["..."])])


def table(cases: dict[str, tuple[str, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("code", "wanted"), list(cases.values()), ids=list(cases))


@table(
    {
        "a list": (
            "model = Sequential([Dense(4), BatchNormalization(), Dropout(0.5)])",
            "+BatchNormalization +Dropout",
        ),
        "no such layer": ("model = Sequential([Input((4,)), Dense(4), Flatten()])", ""),
        "a rate of nought": ("model = Sequential([Dropout(0.0), LSTM(4), LSTM(4, dropout=0.1)])", "+LSTM"),
        "a rate that is a constant": ("RATE = 0.5\nmodel = Sequential([Dropout(RATE)])", "+Dropout"),
        "a rate from outside": ("import sys\nmodel = Sequential([Dropout(float(sys.argv[1]))])", "?Dropout"),
        "added": ("model = Sequential()\nmodel.add(Dense(4))\nmodel.add(Dropout(0.5))", "+Dropout"),
        "added in a loop": ("model = Sequential()\nfor n in (1, 2):\n    model.add(Dropout(0.5))", "+Dropout"),
        "added on a condition": (
            "import sys\nmodel = Sequential()\nif sys.argv:\n    model.add(Dropout(0.5))",
            "?Dropout",
        ),
        "added never": ("USE = False\nmodel = Sequential()\nif USE:\n    model.add(Dropout(0.5))", ""),
        "a list by name": ("stack = [Dense(4)]\nstack.append(Dropout(0.5))\nmodel = Sequential(stack)", "+Dropout"),
        "lists joined": ("model = Sequential([Dense(1)] + [Dropout(0.5)])", "+Dropout"),
        "one of two": ("import sys\nmodel = Sequential([Dropout(0.5) if sys.argv else Dense(1)])", "?Dropout"),
        "a list from elsewhere": ("import other\nmodel = Sequential(other.layers())", "..."),
        "nested": ("inner = Sequential([Dropout(0.5)])\nmodel = Sequential([inner, Dense(1)])", "+Dropout"),
        "wrapped": (
            "model = Sequential([TimeDistributed(Dropout(0.5)), Bidirectional(LSTM(2, recurrent_dropout=0.2))])",
            "+Dropout +LSTM",
        ),
        "a plain lambda": ("model = Sequential([Lambda(lambda x: tf.abs(x))])", ""),
        "a lambda of unknown code": ("import other\nmodel = Sequential([Lambda(lambda x: other.f(x))])", "..."),
        "a layer of another package": (
            "import other\nmodel = Sequential([other.Layer(), Dropout(0.5)])",
            "+Dropout ...",
        ),
    }
)
def test_sequential(view: Look, code: str, wanted: str) -> None:
    assert shown(read(view, code)) == wanted


FUNCTIONAL = "i = Input((8,))\nx = Dense(4)(i)\n"


@table(
    {
        "a chain": (FUNCTIONAL + "x = Dropout(0.5)(x)\nmodel = Model(i, Dense(1)(x))", "+Dropout"),
        "by keyword": (
            FUNCTIONAL + "x = BatchNormalization()(x)\nmodel = Model(inputs=i, outputs=[x])",
            "+BatchNormalization",
        ),
        "off the path": (FUNCTIONAL + "y = Dropout(0.5)(x)\nmodel = Model(i, x)", ""),
        "two branches": (FUNCTIONAL + "y = Add()([x, Dropout(0.5)(x)])\nmodel = Model(i, y)", "+Dropout"),
        "in a loop": (FUNCTIONAL + "for n in range(3):\n    x = Dropout(0.1)(x)\nmodel = Model(i, x)", "+Dropout"),
        "a mode set by hand": (FUNCTIONAL + "x = Dropout(0.5)(x, training=False)\nmodel = Model(i, x)", ""),
        "on a condition": (
            "import sys\n" + FUNCTIONAL + "if sys.argv:\n    x = Dropout(0.5)(x)\nmodel = Model(i, x)",
            "?Dropout",
        ),
        "a condition around it all": (
            "import sys\nif sys.argv:\n    i = Input((8,))\n    x = Dropout(0.5)(i)\n    model = Model(i, x)",
            "+Dropout",
        ),
        "an application": (
            "base = keras.applications.ResNet50(include_top=False)\nmodel = Model(base.input, Dense(1)(base.output))",
            "+BatchNormalization",
        ),
        "an application without modes": ("model = keras.applications.VGG16()", ""),
        "cut before its end": (
            "base = Sequential([Dense(1), Dropout(0.5)])\nmodel = Model(base.input, base.layers[0].output)",
            "?Dropout",
        ),
        "cut, with BatchNormalization everywhere": (
            "base = keras.applications.ResNet50()\nmodel = Model(base.input, base.get_layer('conv4').output)",
            "+BatchNormalization",
        ),
        "frozen": (
            "base = keras.applications.ResNet50(include_top=False)\nbase.trainable = False\ni = Input((9, 9, 3))\n"
            "model = Model(i, base(i))",
            "?BatchNormalization",
        ),
        "frozen layer by layer": (
            "base = keras.applications.ResNet50(include_top=False)\nfor layer in base.layers:\n"
            "    layer.trainable = False\nmodel = Sequential([base])",
            "?BatchNormalization",
        ),
        "a copy": ("first = Sequential([Dropout(0.5)])\nmodel = keras.models.clone_model(first)", "+Dropout"),
        "loaded": ("model = keras.models.load_model('m.keras')", "..."),
    }
)
def test_functional(view: Look, code: str, wanted: str) -> None:
    assert shown(read(view, code)) == wanted


BUILDER = """
def block(x, units, rate=0.0, norm=True, act=None):
    x = Dense(units)(x)
    if norm:
        x = BatchNormalization()(x)
    if rate > 0:
        x = Dropout(rate)(x)
    return x

i = Input((8,))
"""


@table(
    {
        "defaults": (BUILDER + "model = Model(i, block(i, 4))", "+BatchNormalization"),
        "by keyword": (BUILDER + "model = Model(i, block(i, 4, norm=False, rate=0.5))", "+Dropout"),
        "by position": (BUILDER + "model = Model(i, block(i, 4, 0.5, False))", "+Dropout"),
        "both off": (BUILDER + "model = Model(i, block(i, 4, norm=False))", ""),
        "unreadable": (
            BUILDER + "import sys\nmodel = Model(i, block(i, 4, rate=len(sys.argv), norm=False))",
            "?Dropout",
        ),
        "through two functions": (
            BUILDER + "def deep(x, norm):\n    return block(block(x, 4, norm=norm), 4, norm=norm)\n\n"
            "model = Model(i, deep(i, False))",
            "",
        ),
        "a function that makes functions": (
            "def conv(n):\n    def f(x):\n        return BatchNormalization()(Conv2D(n, 3)(x))\n    return f\n\n"
            "i = Input((9, 9, 3))\nmodel = Model(i, conv(4)(i))",
            "+BatchNormalization",
        ),
        "one that returns the model": (
            "def build(dropout):\n    return Sequential([Dense(4), Dropout(dropout)])\n\nmodel = build(0.5)",
            "+Dropout",
        ),
        "one that returns the model, called twice": (
            "def build(dropout):\n    return Sequential([Dense(4), Dropout(dropout)])\n\nmodel = build(0.5)\n"
            "other = build(0.0)",
            "?Dropout",
        ),
    }
)
def test_builder_functions(view: Look, code: str, wanted: str) -> None:
    assert shown(read(view, code)) == wanted


def test_builders_and_base_classes_in_other_modules(view: Look) -> None:
    files = {
        "net/__init__.py": "",
        "net/blocks.py": (
            "from tensorflow.keras import layers as L\n\ndef head(x, rate):\n    return L.Dropout(rate)(x)\n"
        ),
        "net/base.py": (
            "import tensorflow as tf\n\nclass Base(tf.keras.Model):\n    def __init__(self):\n"
            "        super().__init__()\n"
            "        self.norm = tf.keras.layers.BatchNormalization()\n\n    def call(self, x, training=None):\n"
            "        return self.body(self.norm(x))\n"
        ),
        "code.py": (
            "from net.base import Base\nfrom net.blocks import head\n\nclass Net(Base):\n    def body(self, x):\n"
            "        return x\n\ni = Input((8,))\nfirst = Net()\nsecond = Model(i, head(i, 0.3))\n"
        ),
    }
    assert shown(read(view, files, "first")) == "+BatchNormalization"
    assert shown(read(view, files, "second")) == "+Dropout"


def subclass(
    init: str, call: str, bases: str = "Model", made: str = "Net()", sign: str = "self, x, training=None"
) -> str:
    """A class `Net` with these bodies, and `model` made of it."""
    parameters = "self, rate=0.0, norm=True"
    return (
        f"class Net({bases}):\n    def __init__({parameters}):\n        super().__init__()\n        {init}\n\n"
        f"    def call({sign}):\n        {call}\n\nmodel = {made}\n"
    )


@table(
    {
        "a layer": (subclass("self.drop = Dropout(0.5)", "return self.drop(x, training=training)"), "+Dropout"),
        "never called": (subclass("self.drop = Dropout(0.5)", "return x"), ""),
        "always in one mode": (subclass("self.drop = Dropout(0.5)", "return self.drop(x, training=True)"), ""),
        "a rate of the instance": (
            subclass("self.drop = Dropout(rate)", "return self.drop(x)", made="Net(0.5)"),
            "+Dropout",
        ),
        "a switch that is off": (
            subclass(
                "self.use = norm; self.norm = BatchNormalization()",
                "return self.norm(x) if self.use else x",
                made="Net(norm=False)",
            ),
            "",
        ),
        "made on a condition": (
            subclass("import sys; self.drop = Dropout(0.5) if sys.argv else Activation('relu')", "return self.drop(x)"),
            "?Dropout",
        ),
        "a list of layers": (
            subclass(
                "self.steps = [Dense(1), Dropout(0.5)]",
                "for step in self.steps:\n            x = step(x)\n        return x",
            ),
            "+Dropout",
        ),
        "filled one by one": (
            subclass(
                "self.steps = []\n        for n in range(3):\n            self.steps.append(Dropout(0.5))",
                "for step in self.steps:\n            x = step(x)\n        return x",
            ),
            "+Dropout",
        ),
        "only if training": (
            subclass("self.drop = Dropout(0.5)", "if training:\n            x = self.drop(x)\n        return x"),
            "+Net +Dropout",
        ),
        "training asked for by the class itself": (
            subclass("self.scale = 2.0", "return x * self.scale if training else x"),
            "+Net",
        ),
        "training given a value": (
            subclass(
                "self.a = Dense(1)", "if training is None:\n            training = False\n        return self.a(x)"
            ),
            "",
        ),
        "helper methods": (
            subclass(
                "self.drop = Dropout(0.5)", "return self.head(x)\n\n    def head(self, x):\n        return self.drop(x)"
            ),
            "+Dropout",
        ),
        "unknown code inside": (subclass("import other; self.a = other.make()", "return self.a(x)"), "..."),
        "the activation of a layer of Keras's": (
            "class Own(Dense):\n    def call(self, x):\n        return self.activation(super().call(x))\n\n"
            "model = Sequential([Own(3)])",
            "",
        ),
        "a Sequential inside": (subclass("self.net = Sequential([Dropout(0.5)])", "return self.net(x)"), "+Dropout"),
        "a functional subclass": (
            "class Net(Model):\n    def __init__(self):\n        i = Input((4,))\n"
            "        super().__init__(inputs=i, outputs=Dropout(0.5)(i))\n\nmodel = Net()",
            "+Dropout",
        ),
        "a Sequential subclass": (
            "class Net(Sequential):\n    def __init__(self):\n        super().__init__()\n"
            "        self.add(Dropout(0.5))\n\n"
            "model = Net()",
            "+Dropout",
        ),
        "a layer of ours inside": (
            subclass("self.drop = Dropout(0.5)", "return self.drop(x)", "layers.Layer", "Sequential([Net()])"),
            "+Dropout",
        ),
        "a dropout that is always on": (
            "class MC(Dropout):\n    def call(self, x):\n        return super().call(x, training=True)\n\n"
            "model = Sequential([MC(0.5)])",
            "",
        ),
    }
)
def test_subclasses(view: Look, code: str, wanted: str) -> None:
    assert shown(read(view, code)) == wanted


@pytest.mark.parametrize(
    ("code", "awake", "woken"),
    [
        ("model = Sequential([RandomFlip(), Dense(1)])", ["RandomFlip"], []),
        ("model = Sequential([Resizing(8, 8), BatchNormalization()])", [], ["BatchNormalization"]),
        ("model = Sequential([BatchNormalization(), Resizing(8, 8)])", [], []),
        ("model = Sequential([Resizing(8, 8), Dropout(0.5)])", [], []),
        (subclass("self.d = Dropout(0.5)", "return self.d(x)", sign="self, x, training=True"), ["Dropout"], []),
    ],
    ids=["augmentation", "a resizing before", "a resizing after", "a default of its own", "call defaults to training"],
)
def test_what_a_bare_call_runs_in_training_mode(view: Look, code: str, awake: list[str], woken: list[str]) -> None:
    composition = read(view, code)
    assert [part.name for part in composition.awake_bare] == awake
    assert [part.name for _, part in composition.woken] == woken


def test_a_model_that_holds_itself_ends(view: Look) -> None:
    code = subclass("self.again = Net(); self.drop = Dropout(0.5)", "return self.again(self.drop(x))")
    assert "+Dropout" in shown(read(view, code))


truths = st.sampled_from(Truth)
part_lists = st.lists(st.builds(Part, st.just("Layer"), st.none(), truths, st.booleans()), max_size=6)


@given(part_lists, st.booleans())
def test_one_proven_layer_proves_the_model_and_only_complete_readings_deny_it(
    parts: list[Part], complete: bool
) -> None:
    depends = Composition(tuple(parts), complete).depends
    kinds = [part.depends for part in parts]
    assert (depends is Truth.TRUE) == (Truth.TRUE in kinds)
    assert (depends is Truth.FALSE) == (complete and all(kind is Truth.FALSE for kind in kinds))


@given(part_lists, st.booleans())
def test_more_knowledge_never_turns_a_proof_around(parts: list[Part], complete: bool) -> None:
    before = Composition(tuple(parts), complete=False).depends
    after = Composition(tuple(parts), complete=complete).depends
    assert before in (after, Truth.UNKNOWN)
