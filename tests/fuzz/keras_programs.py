"""Hypothesis strategies for programs that people could have written with Keras.

They hold models made, kept and called in the ways that the analysis follows, in every kind of statement that Python
has, and are laid out as nobody would. A generator of plain Python does not do here: the programs of hypothesmith 0.3.3
have 3 to 21 nodes in the median and a call in at most 3 of 200 (libcst 1.9, Hypothesis 6.170), so that the analysis is
over before it begins, and writing one takes 0.1 to 0.5 seconds. These have some 350 nodes, and take a twentieth.
"""

from __future__ import annotations

import ast
import io
import textwrap
import tokenize
from collections.abc import Sequence

from hypothesis import strategies as st

Files = dict[str, str]

IMPORTS = (
    "import keras\nimport numpy as np\nimport tensorflow as tf\nfrom keras import layers\n",
    "import numpy as np\nimport tensorflow as tf\nfrom tensorflow import keras\nfrom tensorflow.keras import layers\n",
    "from __future__ import annotations\nimport keras, keras.layers as layers, numpy as np, tensorflow as tf\n",
    "try:\n    import keras\nexcept ImportError:\n    from tensorflow import keras\n"
    "import jax, torch\nimport numpy as np\nimport tensorflow as tf\nlayers = keras.layers\n",
)
BUILDERS = """\
options = {}

def build(units=2, *sizes, name=None, **rest):
    inputs = keras.Input((4,))
    x = layers.Dense(units)(inputs)
    for size in sizes:
        x = layers.Dropout(0.5)(layers.Dense(size)(x))
    return keras.Model(inputs, x)

def make_pair():
    return build(), lambda value: value

class Net(keras.Model):
    scale: float = 1.0

    def __init__(self, *layers_, **options):
        super().__init__(**options)
        self.dense, (self.drop, *self.others) = layers.Dense(4), (layers.Dropout(0.5), 1, 2)

    def call(self, x, training=None):
        return self.drop(self.dense(x))

class Agent:
    def __init__(self, model=None):
        self.model = model or build()
        self.memory = []

    @property
    def net(self):
        return self.model

    def act(self, state):
        return self.model.predict(state[None], verbose=0)[0]

    def learn(self, batch):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(self.model(batch))
        self.model.optimizer.apply_gradients(zip(tape.gradient(loss, self.model.trainable_variables), [1]))
"""

# What can stand in one place, with bars between.

MAKERS = """\
keras.Sequential([keras.Input((4,)), layers.Dense(8), layers.Dropout(0.5), layers.Dense(2)]) | build() | Net()
keras.Sequential([layers.RandomFlip(), *[layers.Dense(n) for n in (1, 2)], layers.BatchNormalization()])
keras.models.load_model('a.keras', **options) | keras.applications.ResNet50(weights=None) | Agent().model
keras.models.clone_model(keras.Sequential([])) | next(iter([build() for _ in range(3)])) | {'a': build()}['a']
(inputs := keras.Input((4,))) and keras.Model(inputs, layers.Dropout(0.5)(inputs, training=True)) | make_pair()[0]
"""
MODELS = "model | agent.model | agent.net | models[0] | self.model | Net() | build() | net | модель"
SAMPLES = """\
x | x[None] | x[None, ...] | np.array([x]) | np.expand_dims(x, axis=0) | xs[i:i + 1] | xs[i:i + 32] | xs | xs[i] | data
tf.constant(x) | x.reshape(1, -1) | [x, x] | {'a': x} | *xs | state | result | (x := x + 1) | b'x' | -1j | x @ xs
xs[..., ::2, None] | 'é' f'{x!r:>{i}}' | {*xs} | {**kw} | x if x else xs | not x | await x | x < 1 <= 2 in xs
"""
KEYWORDS = """\
, verbose=0 | , batch_size=32 | , training=False | , training=True | , steps=len(xs) // 32 | , **kw | , None, 0 | ,
"""
METHODS = """\
predict | predict_on_batch | evaluate | fit | call | predict_classes | predict_generator | set_weights | train_on_batch
"""
AFTER = "[0] | [0][0] | .numpy() | .argmax(axis=-1) | [:, 0] > 0.5 | .shape | .flatten() | [0](x)"
ITERABLES = """\
xs | range(len(xs)) | range(0, len(xs), 32) | enumerate(xs) | zip(xs, ys) | tqdm(xs) | map(f, xs) | [*xs, *ys] | models
tf.data.Dataset.from_tensor_slices(xs).batch(2) | iter(lambda: next(xs), None) | reversed(list(xs)) | data.items()
(x for x in xs if x is not None) | xs, | () | {x async for x in xs if x} | *xs, x
xs if x else ys
"""
TARGETS = "x | i | i, x | x, y | (i, (x, *rest)) | model | self.x | xs[0] | _ | [x, y]"
DECORATORS = """\
@tf.function | @tf.function(jit_compile=True) | @staticmethod | @functools.lru_cache(maxsize=None) | @jax.jit
@property | @contextlib.contextmanager | @(lambda f: f) | @app.route('/') | @torch.no_grad() | @(yield) | @classmethod
"""
LINES = """\
x = f(x) | state, done = env.step(result)[:2] | break | continue | xs = np.load('a.npy') | pass | return x | yield x
model = build(2, *[4, 8], **options) | model.compile('adam', 'mse') | model.fit(xs, ys, epochs=1) | self.model = Net()
models = [build(), Net(), *map(build, xs)] | agent = Agent(model=model) | result.append(x) | result[i] = x
x: int = 0 | x: int | loss.backward() | x += 1 | x @= xs | del x, xs[0], self.model | global model | nonlocal xs
raise ValueError from None | assert x, 'why' | ys = [y for x in xs for y in x if (z := y)] | await x
model = keras.models.load_model('a.h5') | grads = tape.gradient(loss, model.trainable_variables)
loss = tf.reduce_mean(result - y) | print(f'{x!r:>{i}}')
optimizer.apply_gradients(zip(grads, model.trainable_variables)) | from other import * | import other as o | raise
(model, other), *more = make_pair(), 1, 2 | model.layers[-1].trainable = False | f = lambda *a, m=model, **k: m(*a)
with tape.stop_recording(): pass | grads = jax.grad(f)(xs) | agent.learn(xs) | keras.config.set_backend('jax') | ...
model.add(layers.Dropout(0.5)) | type(model).predict(model, x) | модель = net | from . import other
f = functools.partial(f, x) | f = lambda f=f: f | model = f(model) | self.act = f(self.act) | x = y = model = net
x = (yield) | self.x: keras.Model = net | x = 1,; xs[x] = x | class Empty: pass | if x: pass | lambda: 0 | 'doc'
x = '''one | for x in xs: model.predict(x[None]) | while x: x = model.predict(x) | x = model.predict(xs); y = model(x)
"""


def one(choices: str | Sequence[str]) -> st.SearchStrategy[str]:
    """One of some texts: of those between bars, or of a sequence."""
    if not isinstance(choices, str):
        return st.sampled_from(choices)
    return st.sampled_from([part.strip() for line in choices.splitlines() for part in line.split(" | ")])


def maybe(choices: str) -> st.SearchStrategy[str]:
    """Nothing, or one of some texts."""
    return st.one_of(st.just(""), one(choices))


@st.composite
def calls(draw: st.DrawFn) -> str:
    """A call of a model, or one that leads to it."""
    model, sample = draw(one(MODELS)), draw(one(SAMPLES))
    keywords, after = draw(maybe(KEYWORDS)), draw(maybe(AFTER))
    shape = draw(st.integers(0, 9))
    if shape < 5:
        return f"{model}.{draw(one(METHODS))}({sample}{keywords}){after}"
    if shape < 7:
        return f"{model}({sample}{keywords}){after}"
    return draw(
        st.sampled_from(
            [
                f"agent.act({sample})",
                f"f({sample}, {model})",
                f"[{model}.predict(x[None]) for x in xs]",
                f"{{k: {model}(v{keywords}) async for k, v in data}}",
                f"sum({model}.predict_on_batch(x) for x in xs if x for y in x)",
                f"np.vectorize(lambda x: {model}.predict(x[None]))(xs)",
                f"list(map({model}.predict, xs))",
                f"functools.partial({model}.predict, {sample})()",
                f"(({model} if ({sample}) else net) or agent).predict({sample})",
                f"getattr({model}, 'predict')({sample})",
                f"xs.map(lambda x, y=None: {model}(x{keywords}))",
                f"frame['a'].apply({model}.predict)",
                f"lambda: (yield {model}.predict({sample}))",
                f"run(*[{model}], model={model}, **{{'x': {model}.predict(x)}})",
                f"f'{{{model}.predict(x)}}'",
            ]
        )
    )


@st.composite
def simple(draw: st.DrawFn) -> str:
    """One line."""
    call = draw(calls())
    return draw(
        st.sampled_from(
            [
                f"result = {call}\n",
                f"result.append({call})\n",
                f"x = {call}\n",
                f"state = {call}; x = state\n",
                f"loss = tf.reduce_mean(({call} - y) ** 2)\n",
                f"return {call}\n",
                f"yield from {call}\n",
                f"if (p := {call}) is not None: print(p)\n",
                f"a = b = c[{call}] = self.x = {call}\n",
                f"first, *rest = {call}\n",
                f"result += {call}\n",
                f"{call}\n",
                f"{draw(one(LINES))}\n",
                f"{draw(one(LINES))}\n",
            ]
        )
    )


def _in(block: str, by: int = 1) -> str:
    return textwrap.indent(block, "    " * by)


@st.composite
def compound(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    """A statement with a block in it, or several."""
    block, other = "".join(draw(st.lists(inner, min_size=1, max_size=3))), draw(inner)
    target, iterable, call = draw(one(TARGETS)), draw(one(ITERABLES)), draw(calls())
    decorator = draw(maybe(DECORATORS))
    above = f"{decorator}\n" if decorator else ""
    body = _in(block)
    return draw(
        st.sampled_from(
            [
                f"for {target} in {iterable}:\n{body}",
                f"for {target} in {iterable}:\n{body}else:\n{_in(other)}",
                f"while not done:\n{body}",
                f"while (x := {call}):\n{body}",
                f"if {call}:\n{body}elif x:\n    pass\nelse:\n{_in(other)}",
                f"with tf.GradientTape() as tape:\n{body}grads = tape.gradient(loss, model.trainable_variables)\n",
                f"with tf.GradientTape(persistent=True) as t, (tf.GradientTape()) as tape, open('a') as x.f:\n{body}",
                f"with torch.no_grad():\n{body}",
                f"async with lock:\n{body}",
                f"async for {target} in {iterable}:\n{body}",
                f"try:\n{body}except (ValueError, OSError) as error:\n{_in(other)}finally:\n    x = None\n",
                f"try:\n{body}except* ValueError:\n    pass\nelse:\n{_in(other)}",
                f"match {call}:\n    case [x, *xs] if x:\n{_in(block, 2)}"
                f"    case {{'a': Net(units=1) as model, **rest}}:\n{_in(other, 2)}"
                "    case str() | None | -1 | a.b:\n        pass\n    case _:\n        pass\n",
                f"{above}def f(x, model=net, /, *xs, y: keras.Model = None, **kw) -> keras.Model:\n{body}",
                f"{above}async def g(x, model: 'keras.Model'):\n{body}",
                f"{above}def train_step(self, data):\n{body}",
                f"class Agent(Agent, metaclass=type, **options):\n    model = build()\n    def act(self, state):\n"
                f"{_in(block, 2)}",
                f"class Own(keras.layers.Layer):\n    def call(self, x, training=None):\n{_in(block, 2)}",
                f"@decorate({call})\nclass Net(keras.Model):\n    def train_step(self, data):\n{_in(block, 2)}",
                f"class Watch(keras.callbacks.Callback):\n    def on_epoch_end(self, *args):\n{_in(block, 2)}",
                f"def step(x):\n{body}    return x\nfor x in xs:\n    step(x)\n",
                f"def step(x):\n{body}\nxs.map(step)\n",
            ]
        )
    )


def parses(text: str) -> bool:
    """Whether a text is Python."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


statements = st.recursive(simple(), compound, max_leaves=8)
blocks = st.lists(statements, min_size=1, max_size=4).map("".join).filter(parses)


@st.composite
def modules(draw: st.DrawFn) -> str:
    """One module that parses: imports, the builders, a model, then anything."""
    head = draw(one(IMPORTS)) + "import contextlib, functools\n"
    head += draw(one((BUILDERS, "from other import *\n", "from other import build, Net, Agent\n")))
    head += (
        f"model = net = модель = {draw(one(MAKERS))}\nagent = Agent()\nmodels = [model]\nxs = ys = np.zeros((8, 4))\n"
    )
    body = draw(blocks)
    if draw(st.booleans()):
        start = "if __name__ == '__main__':\n    main(xs, xs)\n"
        return f"{head}\nasync def main(x, xs, *, done=False):\n{_in(body)}\n{start}"
    return head + body


projects: st.SearchStrategy[Files] = st.fixed_dictionaries(
    {"train.py": modules()}, optional={"other.py": modules().map(lambda text: text.replace("from other", "from train"))}
)
"""Name to text, of one module or of two that import each other."""

without_keras = blocks.map(
    lambda text: (
        "import numpy as np\nfrom sklearn.svm import SVC\nmodel = SVC()\n"
        + text.replace("keras", "theirs").replace("tf.", "np.")
    )
)
"""The same statements, with a model that is none of Keras's."""


# The same program, laid out in another way


@st.composite
def laid_out(draw: st.DrawFn, text: str) -> str:
    """A program that says the same as another one: continued lines, comments, blanks, tabs and other line ends."""
    rows = text.split("\n")
    tokens = [token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.string.strip()]
    places = st.one_of(st.integers(1, len(tokens) - 1), st.integers(len(tokens) * 3 // 4, len(tokens) - 1))
    for index in sorted(draw(st.sets(places, max_size=16)), reverse=True):
        (row, column), before = tokens[index].start, tokens[index - 1]
        if before.end[0] == row:
            line = rows[row - 1]
            gap = draw(one((" \\\n", "\t", "  ", " \x0c ", "# é\n", "\n# 𝔵\n\n")))
            changed = [*rows[: row - 1], *f"{line[:column]}{gap}{line[column:]}".split("\n"), *rows[row:]]
            if _says_the_same("\n".join(changed), text):
                rows = changed
    for index in sorted(draw(st.sets(st.integers(0, len(rows) - 1), max_size=6)), reverse=True):
        changed = [*rows[:index], draw(one(("", "   ", "# ключ", "\x0c", "  # model.predict(x)"))), *rows[index:]]
        if _says_the_same("\n".join(changed), text):
            rows = changed
    other = "\n".join(rows)
    tabs = "\n".join(row.replace("    ", "\t") if not row.strip(" ").startswith(" ") else row for row in rows)
    if draw(st.booleans()) and _says_the_same(tabs, other):
        other = tabs
    return other.replace("\n", draw(one(("\n", "\r\n", "\r"))))


def _says_the_same(text: str, other: str) -> bool:
    return parses(text) and ast.dump(ast.parse(text)) == ast.dump(ast.parse(other))
