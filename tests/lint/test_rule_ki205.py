"""KI205 model-rebuilt-for-predict: the same model, again and again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lint_rules.findings.diagnostics import Diagnostic

Lines = Callable[..., list[str]]

HEAD = """
import os
from functools import lru_cache
import keras
import numpy as np
from flask import Flask

app = Flask(__name__)
FOLDER = "models"
"""


def judged(lines_of: Lines, body: str) -> list[str]:
    return lines_of("KI205", HEAD + body)


# Missed alarms


@pytest.mark.parametrize(
    "made",
    [
        "keras.models.load_model('m.keras')",
        "keras.models.load_model(os.path.join(FOLDER, 'm.keras'), compile=False)",
        "keras.applications.ResNet50(weights='imagenet')",
        "keras.applications.VGG16()",
    ],
)
def test_made_in_the_loop_that_predicts(lines_of: Lines, made: str) -> None:
    body = f"for x in batches:\n    model = {made}\n    print(model.predict(x))\n"
    assert judged(lines_of, body) == ["print(model.predict(x))"]


def test_made_in_the_function_that_the_loop_calls(lines_of: Lines) -> None:
    body = """
def score(name, path="m.keras"):
    x = np.load(name)
    model = keras.models.load_model(path)
    return model.predict(x)

for name in os.listdir("in"):
    print(name, score(name))
"""
    assert judged(lines_of, body) == ["return model.predict(x)"]


def test_built_by_a_helper_and_given_its_weights(lines_of: Lines) -> None:
    body = """
def build():
    model = keras.Sequential([keras.layers.Dense(3)])
    model.load_weights("m.weights.h5")
    return model

def score(x):
    return build().predict(x)

scores = [score(x) for x in batches]
"""
    assert judged(lines_of, body) == ["return build().predict(x)"]


def test_built_by_a_helper_that_is_told_the_file(lines_of: Lines) -> None:
    body = """
def build(weights="m.weights.h5"):
    model = keras.Sequential([keras.layers.Dense(3)])
    model.load_weights(weights)
    return model

def score(x):
    return build().predict(x)

def apart(name):
    return build(name).predict(x)

scores = [score(x) for x in batches]
others = [apart(name) for name in names]
"""
    assert judged(lines_of, body) == ["return build().predict(x)"]


def test_built_by_a_helper_of_the_helper(lines_of: Lines) -> None:
    body = """
def load(weights="m.weights.h5"):
    model = keras.Sequential([keras.layers.Dense(3)])
    model.load_weights(weights)
    return model

def fresh():
    return keras.Sequential([keras.layers.Dense(3)])

def trained():
    return load()

def untrained():
    return fresh()

def score(x):
    return trained().predict(x)

def other(x):
    return untrained().predict(x)

scores = [score(x) for x in batches]
others = [other(x) for x in batches]
"""
    assert judged(lines_of, body) == ["return trained().predict(x)"]


@pytest.mark.parametrize("route", ["@app.route('/score', methods=['POST'])", "@app.post('/score')", "@router.get('/')"])
def test_made_for_every_request(lines_of: Lines, route: str) -> None:
    body = f"""
{route}
def score():
    model = keras.models.load_model("m.keras")
    return str(model.predict(read_input()))
"""
    assert judged(lines_of, body) == ["return str(model.predict(read_input()))"]


@pytest.mark.parametrize(("weights", "rebuilt"), [("'imagenet'", True), ("None", False)])
def test_built_of_a_pretrained_model_for_every_request(lines_of: Lines, weights: str, rebuilt: bool) -> None:
    body = f"""
def features():
    base = keras.applications.VGG16(weights={weights})
    return keras.Model(base.input, base.get_layer("fc2").output)

@app.post("/score")
def score():
    return str(features().predict(read_input()))
"""
    assert judged(lines_of, body) == (["return str(features().predict(read_input()))"] if rebuilt else [])


def test_built_from_a_description_for_every_request(lines_of: Lines) -> None:
    body = """
@app.route("/score")
def score():
    with open("model.json") as file:
        described = file.read()
    model = keras.models.model_from_json(described)
    model.load_weights("model.weights.h5")
    return str(model.predict(read_input()))
"""
    assert judged(lines_of, body) == ["return str(model.predict(read_input()))"]


def test_made_by_what_a_request_calls(lines_of: Lines) -> None:
    body = """
def score(x):
    model = keras.models.load_model("m.keras")
    return model.predict(x)

@app.route("/score")
def handle():
    return str(score(read_input()))
"""
    assert judged(lines_of, body) == ["return model.predict(x)"]


def test_made_in_both_arms_of_a_condition(lines_of: Lines) -> None:
    body = """
for x in batches:
    if len(x) > 32:
        model = keras.models.load_model("large.keras")
    elif len(x) > 1:
        model = keras.models.load_model("small.keras")
    else:
        model = keras.models.load_model("one.keras")
    model.predict(x)
"""
    assert judged(lines_of, body) == ["model.predict(x)"]


# False alarms


@pytest.mark.parametrize(
    "body",
    [
        # Made once.
        "model = keras.models.load_model('m.keras')\nfor x in batches:\n    model.predict(x)\n",
        "def score(x):\n    model = keras.models.load_model('m.keras')\n    return model.predict(x)\n\nscore(rows)\n",
        # Another model in each round: ensembles, folds, checkpoints.
        "for path in paths:\n    model = keras.models.load_model(path)\n    model.predict(rows)\n",
        "for k in range(5):\n    model = keras.models.load_model(f'fold{k}.keras')\n    model.predict(rows)\n",
        "for k in range(5):\n    name = 'fold' + str(k)\n    model = keras.models.load_model(name)\n"
        "    model.predict(rows)\n",
        "for x in batches:\n    model = keras.models.load_model(newest())\n    model.predict(x)\n",
        "def score(path):\n    return keras.models.load_model(path).predict(rows)\n\n"
        "for path in paths:\n    score(path)\n",
        # Trained or saved between two loads.
        "for x, y in folds:\n    model = keras.models.load_model('m.keras')\n    model.fit(x, y)\n"
        "    model.predict(x)\n",
        "for x in batches:\n    train(x)\n    model = keras.models.load_model('m.keras')\n    model.predict(x)\n\n"
        "def train(x):\n    net.fit(x)\n    net.save('m.keras')\n",
        # Built without weights: another random model each time.
        "for x in batches:\n    model = keras.Sequential([keras.layers.Dense(3)])\n    model.predict(x)\n",
        "for x in batches:\n    model = keras.applications.VGG16(weights=None)\n    model.predict(x)\n",
        # Made on demand, or cached.
        "model = None\nfor x in batches:\n    if model is None:\n        model = keras.models.load_model('m.keras')\n"
        "    model.predict(x)\n",
        "for x in batches:\n    if x is rows:\n        model = keras.models.load_model('m.keras')\n"
        "    else:\n        model = kept\n    model.predict(x)\n",
        "for x in batches:\n    if x is rows:\n        model = keras.models.load_model('m.keras')\n"
        "    model.predict(x)\n",
        "for k in range(5):\n    if k:\n        model = keras.models.load_model('m.keras')\n"
        "    else:\n        model = keras.models.load_model(newest())\n    model.predict(rows)\n",
        "@lru_cache\ndef load():\n    return keras.models.load_model('m.keras')\n\n"
        "for x in batches:\n    load().predict(x)\n",
        "@app.route('/<name>')\ndef score(name):\n    model = keras.models.load_model(name)\n"
        "    return model.predict(rows)\n",
        "from flask import request\n\n@app.route('/')\ndef score():\n"
        "    model = keras.models.load_model(request.args.get('name'))\n    return model.predict(rows)\n",
        "class Runs:\n    def all(self):\n        for name in names:\n            self.path = name\n"
        "            model = keras.models.load_model(self.path)\n            model.predict(rows)\n",
        # A loop that runs once.
        "for x in [rows]:\n    model = keras.models.load_model('m.keras')\n    model.predict(x)\n",
    ],
)
def test_models_that_are_made_once_or_differ(lines_of: Lines, body: str) -> None:
    assert judged(lines_of, body) == []


def test_a_global_that_is_loaded_on_the_first_call(lines_of: Lines) -> None:
    body = """
_model = None

def load():
    global _model
    if _model is None:
        _model = keras.models.load_model("m.keras")
    return _model

for x in batches:
    load().predict(x)
"""
    assert judged(lines_of, body) == []


def test_one_sample_at_a_time_is_the_smaller_mistake(judge: Callable[..., list[Diagnostic]]) -> None:
    judge(
        """
        def score(x):
            model = keras.models.load_model("m.keras")
            return model.predict(x[None])  # KI205
        scores = [score(x) for x in xs]
        """,
        select=("KI201", "KI205"),
    )


@pytest.mark.parametrize(
    ("setup", "header"),
    [
        ("from rest_framework.decorators import api_view", "@api_view(['POST'])\ndef view(request):"),
        ("from celery import shared_task", "@shared_task\ndef work(rows):"),
        ("from aiohttp import web\nroutes = web.RouteTableDef()", "@routes.post('/score')\nasync def view(request):"),
        ("from flask import Blueprint\nv1 = Blueprint('v1', 'v1')", "@v1.route('/score')\ndef view():"),
        ("from celery import Celery\njobs = Celery()", "@jobs.task(bind=True)\ndef work(self, rows):"),
        ("from flask_restful import Resource", "class View(Resource):\n  def post(self):"),
        ("from rest_framework.views import APIView", "class View(APIView):\n  def post(self, request):"),
        ("import tornado.web", "class View(tornado.web.RequestHandler):\n  def get(self):"),
    ],
)
def test_made_for_every_request_or_task(lines_of: Lines, setup: str, header: str) -> None:
    body = "    model = keras.models.load_model('m.keras')\n    return model.predict(read())\n"
    assert judged(lines_of, f"{setup}\n{header}\n{body}") == ["return model.predict(read())"]


@pytest.mark.parametrize(
    ("setup", "header"),
    [
        ("from elsewhere import api_view", "@api_view\ndef view(request):"),
        ("from flask_restful import Resource", "class View(Resource):\n  def load(self):"),
        ("class Store: pass", "class Disk(Store):\n  def get(self):"),
    ],
)
def test_made_by_a_function_that_no_server_runs(lines_of: Lines, setup: str, header: str) -> None:
    body = "    model = keras.models.load_model('m.keras')\n    return model.predict(read())\n"
    assert judged(lines_of, f"{setup}\n{header}\n{body}") == []


# Parts of a model, models made further out, models made in traced code


HEAD_OF_PARTS = """
import keras
import numpy as np
import tensorflow as tf
from flask import Flask
app = Flask("app")
model = keras.models.load_model("m.keras")
"""


@pytest.mark.parametrize(
    "code",
    [
        """
def tr(m, w):
    return m.predict(np.array([[len(w)]]))  # KI201
@app.route('/')
def home():
    m = keras.models.load_model('m')  # KI205
    return [tr(m, w) for w in 'a b'.split()]
""",
        """
@app.route('/')
def home():
    m = keras.models.load_model('m')  # KI205
    for w in 'a b'.split():
        print(m.predict(np.array([[len(w)]])))  # KI201
""",
        """
def maps(x):
    probe = keras.Model(inputs=model.input, outputs=[l.output for l in model.layers[:8]])
    return probe.predict(x)  # KI205
for name in ('a', 'b'):
    maps(np.load(name))
""",
        """
def cam(image):
    grad = keras.Model([model.inputs], [model.get_layer('c').output, model.output])
    with tf.GradientTape() as tape:
        conv, out = grad(image)  # KI205
        loss = out[:, 0]
    return tape.gradient(loss, conv)
for i in np.load('x'):
    cam(i[None])
""",
        """
def loss(y, p):
    vgg = keras.applications.VGG16(weights='imagenet')  # KI205
    return keras.ops.mean(vgg(y) - vgg(p))
model.compile(loss=loss)
""",
        """
def embed(x):
    net = keras.models.load_model('e.keras')  # KI205
    return net(x)
layer = keras.layers.Lambda(embed)
""",
        """
def activations(net, x):
    found = {}
    for layer in net.layers:
        part = keras.Model(net.inputs, layer.output)
        found[layer.name] = part.predict(x)  # KI205
    return found
for name in ("a.npy", "b.npy"):
    activations(model, np.load(name))
""",
        """
import cv2
camera = cv2.VideoCapture(0)
def build():
    net = keras.Sequential()
    net.add(keras.layers.Dense(3))
    return net
while True:
    net = build()
    ok, frame = camera.read()
    print(net.predict(frame[None]))  # KI205
""",
        """
def load(path):
    return keras.models.load_model(path)
def score(x, path="m.keras"):
    net = load(path)
    return net.predict(x)  # KI205
for name in ("a.npy", "b.npy"):
    score(np.load(name))
""",
        """
class Service:
    folder = "models"
    def __init__(self, name):
        self.name = name
    def load(self):
        return keras.models.load_model(f"{self.folder}/{self.name}")
    def score(self, x):
        net = self.load()
        return net.predict(x)  # KI205
service = Service("m.keras")
for name in ("a.npy", "b.npy"):
    service.score(np.load(name))
""",
        """
def cut(net, layer):
    return keras.Model(net.input, net.get_layer(layer).output)
def features(x):
    return cut(model, "a").predict(x[None])  # KI205
for x in np.load("x.npy"):
    features(x)
""",
        """
class Probe:
    def __init__(self):
        self.net = keras.models.load_model("n.keras")
    def features(self, x):
        part = keras.Model(self.net.input, self.net.get_layer("a").output)
        return part.predict(x)  # KI205
probe = Probe()
for name in ("a.npy", "b.npy"):
    probe.features(np.load(name))
""",
        """
@app.route('/')
def home():
    head = keras.Sequential(model.layers[:-1])
    return head.predict(read())  # KI205
""",
        """
for name in ("a.npy", "b.npy"):
    head = keras.Sequential([layer for layer in model.layers[:-2]])
    print(head.predict(np.load(name)))  # KI205
""",
        """
class Scorer:
    def __init__(self, path="m.keras"):
        self.net = keras.models.load_model(path)
    def scores(self, x):
        return self.net.predict(x)
@app.route('/')
def home():
    scorer = Scorer()  # KI205
    return scorer.scores(read())
""",
        """
class Scorer:
    def __init__(self):
        self.path = "m.keras"
        self.net = keras.models.load_model(self.path)
class Desk:
    def __init__(self):
        self.scorer = Scorer()
    def scores(self, x):
        return self.scorer.net.predict(x)
@app.route('/')
def home():
    return Desk().scores(read())  # KI205
""",
        """
class Scorer:
    def __init__(self, path):
        self.net = keras.models.load_model(path)
def scores(scorer, x):
    return scorer.net.predict(x)
for name in ("a.npy", "b.npy"):
    scorer = Scorer("m.keras")  # KI205
    print(scores(scorer, np.load(name)))
""",
        """
class Base:
    def __init__(self, path):
        self.path = path
        self.load()
    def load(self):
        self.net = keras.models.load_model(self.path)
class Scorer(Base):
    def __init__(self):
        super().__init__("m.keras")
    def scores(self, x):
        return self.net.predict(x)
@app.route('/')
def home():
    scorer = Scorer()  # KI205
    return scorer.scores(read())
""",
        """
class Scorer:
    def __init__(self, weights="m.weights.h5"):
        self.net = self.build()
        self.net.load_weights(weights)
    def build(self):
        return keras.Sequential([keras.layers.Dense(3)])
    def scores(self, x):
        return self.net.predict(x)
@app.route('/')
def home():
    return Scorer().scores(read())  # KI205
""",
    ],
)
def test_made_again_for_what_one_model_could_do(judge: Callable[..., list[Diagnostic]], code: str) -> None:
    judge(HEAD_OF_PARTS + code, select=("KI201", "KI205"))


@pytest.mark.parametrize(
    "code",
    [
        """
probe = keras.Model(inputs=model.input, outputs=model.layers[-2].output)
for name in ('a', 'b'):
    probe.predict(np.load(name))
""",
        """
x = np.load('x')
for layer in model.layers:
    probe = keras.Model(model.input, layer.output)
    print(probe.predict(x))
""",
        """
def maps(net, x):
    probe = keras.Model(inputs=net.input, outputs=net.layers[-2].output)
    return probe.predict(x)
for k in range(3):
    net = keras.models.clone_model(model)
    net.fit(1, 2)
    maps(net, np.load('x'))
""",
        """
vgg = keras.applications.VGG16(weights='imagenet')
def loss(y, p):
    return keras.ops.mean(vgg(y) - vgg(p))
model.compile(loss=loss)
""",
        """
for size in (3, 4):
    inputs = keras.Input((size,))
    part = keras.Model(model.inputs, model.layers[-2].output)
    full = keras.Model(inputs, part(inputs))
""",
        """
while budget > 0:
    net = keras.Sequential([keras.layers.Dense(3)])
    budget -= net.predict(rows).sum()
""",
        """
class Probe:
    def __init__(self, path):
        self.net = keras.models.load_model(path)
    def features(self, x):
        part = keras.Model(self.net.input, self.net.get_layer("a").output)
        return part.predict(x)
for path in ("a.keras", "b.keras"):
    Probe(path).features(rows)
""",
        """
def load(path):
    return keras.models.load_model(path)
for path in ("a.keras", "b.keras"):
    print(load(path).predict(rows))
for _ in range(3):
    net = load("a.keras")
    net.fit(rows, rows)
    print(net.predict(rows))
""",
        """
class Service:
    def __init__(self, path):
        self.path = path
    def change(self, path):
        self.path = path
    def load(self):
        return keras.models.load_model(self.path)
    def score(self, x):
        net = self.load()
        return net.predict(x)
service = Service("m.keras")
for name in ("a.npy", "b.npy"):
    service.score(np.load(name))
""",
        """
class Service:
    def __init__(self, path):
        self.path = path
    def load(self):
        return keras.models.load_model(self.path)
for path in ("a.keras", "b.keras"):
    net = Service(path).load()
    print(net.predict(rows))
""",
        """
class Scorer:
    def __init__(self, path):
        self.net = keras.models.load_model(path)
    def scores(self, x):
        return self.net.predict(x)
scorer = Scorer("m.keras")
for path in ("a.keras", "b.keras"):
    print(scorer.scores(rows), Scorer(path).scores(rows))
""",
        """
class Scorer:
    only = None
    def __new__(cls):
        cls.only = cls.only or super().__new__(cls)
        return cls.only
    def __init__(self):
        self.net = keras.models.load_model("m.keras")
    def scores(self, x):
        return self.net.predict(x)
for name in ("a.npy", "b.npy"):
    print(Scorer().scores(np.load(name)))
""",
        """
class Scorer:
    net = None
    def __init__(self):
        if Scorer.net is None:
            Scorer.net = keras.models.load_model("m.keras")
    def scores(self, x):
        return self.net.predict(x)
for name in ("a.npy", "b.npy"):
    print(Scorer().scores(np.load(name)))
""",
        """
class Agent:
    def __init__(self):
        self.net = keras.Sequential([keras.layers.Dense(3)])
    def act(self, x):
        return self.net.predict(x)
for run in range(3):
    print(Agent().act(np.load("x.npy")))
""",
        """
for size in (3, 4):
    head = keras.Sequential([keras.layers.Dense(size), *model.layers[:-1]])
    print(head.predict(np.load("x.npy")))
""",
        """
class Scorer:
    def __init__(self, path=None):
        self.load(path or random.choice(paths))
    def load(self, path):
        self.net = keras.models.load_model(path)
    def scores(self, x):
        return self.net.predict(x)
@app.route('/')
def home():
    return Scorer().scores(read())
""",
    ],
)
def test_parts_that_are_made_once_differ_or_are_trained(lines_of: Lines, code: str) -> None:
    assert lines_of("KI205", HEAD_OF_PARTS + code) == []
