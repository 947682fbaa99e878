"""What is the receiver? Each line with a call of the predict family says beside it what is known of its receiver.

`proven`: the code shows a Keras model being made. `likely`: only how the object is used speaks for one. `no`: the code
shows something else. `unknown`: nothing is shown, and nothing is reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from textwrap import dedent

import pytest

from lint_rules.semantics.knowledge.model_methods import PREDICT_FAMILY
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.receivers import Receiver, receivers_of

Look = Callable[[str | dict[str, str]], Project]
Verdicts = Callable[[str | dict[str, str]], None]
VERDICT = re.compile(r"#.*\b(proven|likely|no|unknown)$")


def receivers(project: Project) -> dict[tuple[str, int], Receiver]:
    """(file, row) of every call of the predict family, and what its receiver is."""
    found = {}
    for path in project.files:
        module = project.module(path)
        for method in PREDICT_FAMILY:
            for call in module.calls.get(method, ()):
                if hasattr(call.func, "value"):
                    found[path.name, call.lineno] = receivers_of(project).of_call(module, call)
    return found


@pytest.fixture
def verdicts(view: Look) -> Verdicts:
    """Compare the verdict on every receiver with the one that its line names."""

    def compare(code: str | dict[str, str]) -> None:
        project = view({"code.py": code} if isinstance(code, str) else code)
        told = {place: receiver.verdict.name.lower() for place, receiver in receivers(project).items()}
        wanted = {
            (path.name, row): found.group(1)
            for path in project.files
            for row, line in enumerate(path.read_text().splitlines(), 1)
            if (found := VERDICT.search(line))
        }
        assert wanted
        assert told == wanted

    return compare


def table(**cases: str) -> pytest.MarkDecorator:
    """One test a keyword, named after it."""
    return pytest.mark.parametrize("code", list(cases.values()), ids=[name.replace("_", "-") for name in cases])


# Evidence for a Keras model


@pytest.mark.parametrize(
    ("imports", "maker"),
    [
        ("import keras", "keras.Sequential([])"),
        ("import keras", "keras.models.Sequential()"),
        ("import keras", "keras.Model(inputs, outputs)"),
        ("import keras", "keras.models.load_model('m.keras')"),
        ("import keras", "keras.saving.load_model('m.keras')"),
        ("import keras", "keras.models.clone_model(other)"),
        ("import keras", "keras.models.model_from_json(text)"),
        ("import keras", "keras.applications.ResNet50()"),
        ("import keras", "keras.applications.efficientnet.EfficientNetB0(weights=None)"),
        ("from keras import Model", "Model(inputs=a, outputs=b)"),
        ("from keras.models import Sequential as S", "S()"),
        ("from keras.applications.vgg16 import VGG16", "VGG16()"),
        ("import tensorflow as tf", "tf.keras.Sequential()"),
        ("import tensorflow as tf", "tf.keras.models.load_model('m')"),
        ("import tensorflow.keras as keras", "keras.Model(a, b)"),
        ("from tensorflow import keras", "keras.Model(a, b)"),
        ("from tensorflow.keras import models", "models.Sequential()"),
        ("from tensorflow.keras.models import load_model", "load_model('m')"),
        ("from tensorflow.python.keras.models import Model", "Model(a, b)"),
        ("import tensorflow.compat.v1 as tf", "tf.keras.Sequential()"),
        ("import tf_keras", "tf_keras.Sequential()"),
        ("import tf_keras as keras", "keras.models.load_model('m')"),
        ("from keras.src.models import Sequential", "Sequential()"),
        ("import keras_hub", "keras_hub.models.BertTextClassifier.from_preset('bert')"),
        ("import keras_hub", "keras_hub.models.ImageClassifier.from_preset('resnet')"),
        ("from keras_nlp.models import BertClassifier", "BertClassifier.from_preset('bert')"),
        ("import keras_cv", "keras_cv.models.YOLOV8Detector(num_classes=2)"),
        ("from transformers import TFBertModel", "TFBertModel.from_pretrained('bert')"),
        ("from transformers import TFAutoModelForSequenceClassification as T", "T.from_pretrained('bert')"),
        ("import segmentation_models as sm", "sm.Unet('resnet34')"),
        ("import keras", "keras.Sequential.from_config(settings)"),
        ("import keras", "type(keras.Model(a, b)).from_config(settings)"),
        ("import keras", "keras.Model(a, b).__class__.from_config(settings)"),
        ("import keras_tuner as kt", "kt.Hyperband(build).get_best_models(num_models=1)[0]"),
        ("from kerastuner.tuners import RandomSearch", "RandomSearch(build).get_best_models()[0]"),
        ("import keras_tuner", "keras_tuner.BayesianOptimization(build).hypermodel.build(values)"),
        ("import autokeras as ak", "ak.ImageClassifier().export_model()"),
        ("from hyperas import optim", "optim.minimize(model=build)[1]"),
        ("import talos", "talos.Scan(x, y, grid, build).best_model('val_acc')"),
        ("import mlflow", "mlflow.keras.load_model('m')"),
        ("from huggingface_hub import from_pretrained_keras", "from_pretrained_keras('me/net')"),
        ("import tensorflow_decision_forests as tfdf", "tfdf.keras.RandomForestModel()"),
        ("from deepctr.models import DeepFM", "DeepFM(columns, columns)"),
        ("from keras_segmentation.models.unet import vgg_unet", "vgg_unet(3)"),
        ("from keras_unet.models import custom_unet", "custom_unet((64, 64, 3))"),
        ("from spektral.models import GCN", "GCN(3)"),
        ("import tensorflowjs as tfjs", "tfjs.converters.load_keras_model('m.json')"),
        ("from tcn import compiled_tcn", "compiled_tcn(num_feat=1)"),
        ("from keras.wrappers.scikit_learn import KerasClassifier", "KerasClassifier(build).model"),
        ("from scikeras.wrappers import KerasRegressor", "KerasRegressor(build).fit(x, y).model_"),
    ],
)
def test_what_keras_and_its_libraries_make_is_proven(verdicts: Verdicts, imports: str, maker: str) -> None:
    verdicts(f"{imports}\nm = {maker}\nm.predict(x)  # proven\n")


@table(
    self_in_a_model_subclass="""
        import keras
        class Net(keras.Model):
            def score(self, x):
                return self.predict(x)  # proven
        """,
    self_in_a_subclass_of_a_subclass="""
        from keras import Model
        class Base(Model):
            pass
        class Net(Base):
            def score(self, x):
                return self.predict_on_batch(x)  # proven
        Net().predict(x)  # proven
        """,
    super_in_a_model_subclass="""
        import keras
        class Net(keras.Model):
            def score(self, x):
                return super().predict(x)  # proven
        """,
    factory="""
        import keras
        def build():
            model = keras.Sequential()
            model.add(keras.layers.Dense(1))
            model.compile(loss="mse")
            return model
        build().predict(x)  # proven
        m = build()
        m.predict(x)  # proven
        """,
    factory_of_a_factory="""
        import keras
        def inner(n):
            return keras.Sequential([keras.layers.Dense(n)])
        def outer():
            return inner(3)
        outer().predict(x)  # proven
        """,
    factory_that_gives_a_tuple="""
        import keras
        def build():
            encoder = keras.Model(a, b)
            return encoder, 3
        encoder, size = build()
        encoder.predict(x)  # proven
        """,
    tuple_element_by_index="""
        import keras
        def build():
            return 3, keras.Model(a, b)
        parts = build()
        parts[1].predict(x)  # proven
        """,
    nested_tuples="""
        import keras
        def build():
            return (keras.Model(a, b), keras.Model(a, c)), 3
        (encoder, decoder), size = build()
        decoder.predict(x)  # proven
        """,
    static_method_factory="""
        import keras
        class Zoo:
            @staticmethod
            def make():
                return keras.Sequential()
        m = Zoo.make()
        m.predict(x)  # proven
        """,
    class_method_factory="""
        import keras
        class Net(keras.Model):
            @classmethod
            def create(cls):
                return cls()
        m = Net.create()
        m.predict(x)  # proven
        """,
    assigned_in_branches="""
        import keras
        if small:
            m = keras.Sequential()
        else:
            m = keras.applications.VGG16()
        m.predict(x)  # proven
        """,
    conditional_expression="""
        import keras
        m = keras.Sequential() if small else keras.models.load_model("m")
        m.predict(x)  # proven
        """,
    none_first="""
        import keras
        model = None
        def setup():
            global model
            model = keras.models.load_model("m")
        def run(x):
            return model.predict(x)  # proven
        """,
    walrus="""
        import keras
        if (m := keras.models.load_model("m")) is not None:
            m.predict(x)  # proven
        """,
    with_open_strategy_scope="""
        import tensorflow as tf
        strategy = tf.distribute.MirroredStrategy()
        with strategy.scope():
            m = tf.keras.Sequential()
        m.predict(x)  # proven
        """,
    copy_of_a_model="""
        import copy, keras
        m = copy.deepcopy(keras.Sequential())
        m.predict(x)  # proven
        """,
    what_a_constant_leaves_to_be_returned="""
        import keras
        class Builder:
            def __init__(self):
                self.model = keras.Sequential()
        def build(path, whole=True):
            builder = Builder()
            builder.load(path)
            if whole:
                return builder.model
            else:
                return builder
        build("m").predict(x)  # proven
        build("m", whole=False).predict(x)  # no
        """,
    compiled_by_torch="""
        import keras, torch
        def build(compiled: bool):
            made = keras.Sequential()
            return torch.compile(made, mode="default") if compiled else made
        m = build(True)
        m.predict(x)  # proven
        """,
    its_own_wrapper_on_the_other_branch="""
        import keras
        class Wrapper:
            def __init__(self, net):
                self.net = net
            def predict(self, x):
                return self.net.predict(x)  # proven
        def score(x, wrapped):
            net = keras.Sequential()
            either = Wrapper(net) if wrapped else net
            return either.predict(x)  # likely
        """,
    not_wrapped_where_the_call_says_so="""
        import keras
        class Wrapper:
            def __init__(self, net):
                self.net = net
            def predict(self, x):
                return self.net(x)
        def chosen(wrapped=False):
            net = keras.Sequential()
            return Wrapper(net) if wrapped else net
        def bound(wrapped=False):
            net = keras.Sequential()
            if wrapped:
                net = Wrapper(net)
            return net
        chosen().predict(x)  # proven
        chosen(True).predict(x)  # no
        chosen(asked).predict(x)  # unknown
        bound().predict(x)  # proven
        bound(asked).predict(x)  # unknown
        """,
)
def test_what_the_code_makes_is_proven(verdicts: Verdicts, code: str) -> None:
    verdicts(code)


@table(
    in_init="""
        import keras
        class Agent:
            def __init__(self):
                self.model = keras.Sequential()
            def act(self, x):
                return self.model.predict(x)  # proven
        """,
    by_a_builder_method="""
        import keras
        class Agent:
            def __init__(self):
                self.model = self._build()
            def _build(self):
                model = keras.Sequential()
                return model
            def act(self, x):
                return self.model.predict(x)  # proven
        """,
    in_a_method_that_stands_later="""
        import keras
        class Agent:
            def __init__(self):
                self.model = None
            def act(self, x):
                return self.model.predict(x)  # proven
            def load(self):
                self.model = keras.models.load_model("m")
        """,
    unpacked="""
        import keras
        class Agent:
            def __init__(self):
                self.actor, self.critic = self.build()
            def build(self):
                return keras.Model(a, b), keras.Model(a, c)
            def value(self, x):
                return self.critic.predict(x)  # proven
        """,
    bound_in_a_base_class="""
        import keras
        class Base:
            def __init__(self):
                self.model = keras.Sequential()
        class Agent(Base):
            def act(self, x):
                return self.model.predict(x)  # proven
        """,
    bound_in_a_subclass="""
        import keras
        class Base:
            model = None
            def act(self, x):
                return self.model.predict(x)  # proven
        class Agent(Base):
            def __init__(self):
                self.model = keras.Sequential()
        """,
    class_attribute="""
        import keras
        class Service:
            model = keras.models.load_model("m")
            def run(self, x):
                return self.model.predict(x)  # proven
            @classmethod
            def run_all(cls, x):
                return cls.model.predict(x)  # proven
        """,
    through_the_instance="""
        import keras
        class Agent:
            def __init__(self):
                self.model = keras.Sequential()
        agent = Agent()
        agent.model.predict(x)  # proven
        """,
    through_two_instances="""
        import keras
        class Brain:
            def __init__(self):
                self.model = keras.Sequential()
        class Agent:
            def __init__(self):
                self.brain = Brain()
            def act(self, x):
                return self.brain.model.predict(x)  # proven
        """,
    bound_from_outside="""
        import keras
        class Agent:
            pass
        agent = Agent()
        agent.model = keras.Sequential()
        agent.model.predict(x)  # proven
        """,
    property="""
        import keras
        class Agent:
            @property
            def model(self):
                if self._model is None:
                    self._model = keras.models.load_model("m")
                return self._model
            def act(self, x):
                return self.model.predict(x)  # proven
        Agent().model.predict(x)  # proven
        """,
    cached_property="""
        import keras
        from functools import cached_property
        class Agent:
            @cached_property
            def model(self):
                return keras.models.load_model("m")
            def act(self, x):
                return self.model.predict(x)  # proven
        """,
    hides_the_method_that_made_it="""
        import keras
        class Agent:
            def __init__(self, path=None):
                self.model = keras.models.load_model(path) if path else self.model()
            def model(self):
                return keras.Sequential([keras.layers.Dense(3)])
            def act(self, x):
                return self.model.predict(x)  # likely
        Agent().model.predict(x)  # likely
        """,
    list_of_models="""
        import keras
        models = [keras.Sequential() for _ in range(3)]
        models[0].predict(x)  # proven
        for m in models:
            m.predict(x)  # proven
        """,
    list_that_grows="""
        import keras
        models = []
        for path in paths:
            models.append(keras.models.load_model(path))
        [m.predict(x) for m in models]  # proven
        for i, m in enumerate(models):
            m.predict(x)  # proven
        for m, w in zip(models, weights):
            m.predict(x)  # proven
        """,
    dict_of_models="""
        import keras
        models = {"a": keras.Sequential()}
        models["b"] = keras.Sequential()
        models[name].predict(x)  # proven
        models.get(name).predict(x)  # proven
        for name, m in models.items():
            m.predict(x)  # proven
        """,
    collection_on_an_instance="""
        import keras
        class Ensemble:
            def __init__(self):
                self.members = []
            def grow(self):
                self.members.append(keras.Sequential())
            def vote(self, x):
                return [m.predict(x) for m in self.members]  # proven
        """,
    annotated_parameter="""
        import keras
        def score(model: keras.Model, x):
            return model.predict(x)  # proven
        """,
    annotated_as_optional="""
        from __future__ import annotations
        from typing import Optional
        import tensorflow as tf
        def score(x, model: Optional[tf.keras.Model] = None, other: tf.keras.Sequential | None = None):
            model.predict(x)  # proven
            other.predict(x)  # proven
        """,
    quoted_annotation="""
        import keras
        def score(model: "keras.Model", x):
            return model.predict(x)  # proven
        """,
    annotated_attribute="""
        import keras
        class Agent:
            model: keras.Model
            def act(self, x):
                return self.model.predict(x)  # proven
        """,
    annotated_result="""
        import keras
        def build(name, **options) -> keras.Model:
            return globals()[name](**options)
        class Scorer:
            def __init__(self, name):
                self.model = build(name)
            def score(self, x):
                return self.model.predict(x)  # proven
        """,
    annotated_result_of_a_declared_method="""
        from abc import ABC, abstractmethod
        import keras
        class Scorer(ABC):
            @abstractmethod
            def build(self) -> keras.Model:
                ...
            def score(self, x):
                return self.build().predict(x)  # proven
        """,
    annotated_list="""
        import keras
        def vote(models: list[keras.Model], x):
            for m in models:
                m.predict(x)  # proven
        """,
    dataclass_field="""
        import keras
        from dataclasses import dataclass
        @dataclass
        class Agent:
            model: keras.Model
            def act(self, x):
                return self.model.predict(x)  # proven
        """,
    filled_by_the_caller="""
        import keras
        def score(model, x):
            return model.predict(x)  # proven
        score(keras.models.load_model("m"), x)
        """,
    filled_by_keyword="""
        import keras
        def score(x, model=None):
            return model.predict(x)  # proven
        net = keras.Sequential()
        score(x, model=net)
        """,
    filled_through_two_functions="""
        import keras
        def inner(x, m):
            return m.predict(x)  # proven
        def outer(model, x):
            return inner(x, model)
        outer(keras.Sequential(), x)
        """,
    handed_to_a_constructor="""
        import keras
        class Agent:
            def __init__(self, model):
                self.model = model
            def act(self, x):
                return self.model.predict(x)  # proven
        Agent(keras.Sequential())
        """,
    default_value="""
        import keras
        MODEL = keras.models.load_model("m")
        def score(x, model=MODEL):
            return model.predict(x)  # proven
        """,
    bound_by_setattr_name="""
        import keras
        class Agent:
            def __init__(self):
                self.model = keras.Sequential()
            def act(self, x):
                model = self.model
                return model.predict(x)  # proven
        """,
    getattr_by_name="""
        import keras
        class Agent:
            def __init__(self):
                self.model = keras.Sequential()
        getattr(Agent(), "model").predict(x)  # proven
        """,
    closure="""
        import keras
        def make():
            model = keras.Sequential()
            def score(x):
                return model.predict(x)  # proven
            return score
        """,
    none_until_it_is_bound_from_outside="""
        import keras
        class Agent:
            def __init__(self):
                self.net = None
            def act(self, x):
                return self.net.predict(x)  # proven
        agent = Agent()
        agent.net = keras.Sequential()
        """,
)
def test_where_a_model_is_kept_it_is_found_again(verdicts: Verdicts, code: str) -> None:
    verdicts(code)


@pytest.mark.parametrize(
    "user",
    [
        "from zoo import build\nbuild().predict(x)  # proven",
        "from zoo import build as make\nmake().predict(x)  # proven",
        "import zoo\nzoo.build().predict(x)  # proven",
        "import zoo as z\nm = z.build()\nm.predict(x)  # proven",
        "from zoo import pair\nm, n = pair()\nm.predict(x)  # proven",
        "from zoo import MODEL\nMODEL.predict(x)  # proven",
        "import zoo\nzoo.MODEL.predict(x)  # proven",
        "from zoo import *\nMODEL.predict(x)  # proven",
        "from zoo import Net\nNet().predict(x)  # proven",
        "from zoo import Net\nclass Mine(Net): pass\nMine().predict(x)  # proven",
        "from zoo import Agent\nAgent().model.predict(x)  # proven",
        "from zoo import Own\nOwn().predict(x)  # no",
    ],
)
def test_other_modules_of_the_project_are_read(verdicts: Verdicts, user: str) -> None:
    zoo = """
        import keras
        def build():
            return keras.Sequential()
        def pair():
            return build(), 1
        MODEL = build()
        class Net(keras.Model):
            pass
        class Agent:
            def __init__(self):
                self.model = build()
        class Own(keras.Model):
            def predict(self, x):
                return self(x)
        """
    verdicts({"zoo.py": zoo, "use.py": user + "\n"})


@pytest.mark.parametrize("user", ["import lib\nlib.networks.Net", "from lib import networks\nnetworks.Net"])
def test_a_package_that_names_its_own_modules_is_read(verdicts: Verdicts, user: str) -> None:
    verdicts(
        {
            "lib/__init__.py": "from .tf import networks\n",
            "lib/tf/__init__.py": "from . import layers\nfrom . import networks\n",
            "lib/tf/layers.py": "",
            "lib/tf/networks.py": "import keras\nclass Net(keras.Model):\n    pass\n",
            "use.py": f"{user}().predict(x)  # proven\n",
        }
    )


def test_stars_that_go_round_in_circles_bring_what_any_of_the_modules_binds(verdicts: Verdicts) -> None:
    names = [f"m{number}" for number in range(12)]
    stars = {name: "".join(f"from p.{other} import *\n" for other in names if other != name) for name in names}
    verdicts(
        {
            "p/__init__.py": "",
            **{f"p/{name}.py": text for name, text in stars.items()},
            "p/m7.py": f"import keras\n{stars['m7']}MODEL = keras.Sequential()\n",
            "p/use.py": "from p.m0 import *\nMODEL.predict(x)  # proven\n",
        }
    )


def test_a_stub_of_keras_aside_is_not_keras(verdicts: Verdicts) -> None:
    verdicts(
        {
            "docs/stubs/tensorflow/__init__.py": "",
            "docs/stubs/tensorflow/keras.py": "models = layers = None\n",
            "lib/__init__.py": "",
            "lib/net.py": "from tensorflow import keras\nkeras.models.load_model('m').predict(x)  # proven\n",
        }
    )


@pytest.mark.parametrize("name", ["keras", "keras_core", "tf_keras"])
def test_in_the_repository_of_keras_itself_keras_is_what_it_is_elsewhere(verdicts: Verdicts, name: str) -> None:
    parts = {f"{name}/{part}/__init__.py": "" for part in ("layers", "models", "losses", "optimizers", "src")}
    verdicts(
        {
            **parts,
            f"{name}/__init__.py": f"from {name}.src.made_by_a_script import *\n",
            "examples/script.py": f"""\
import {name} as k
from {name} import layers
from {name}.models import load_model
inputs = k.Input((3,))
k.Model(inputs, layers.Dense(1)(inputs)).predict(x)  # proven
load_model(path).predict(x)  # proven
""",
        }
    )


def test_a_package_that_only_has_the_name_of_keras_is_read(verdicts: Verdicts) -> None:
    verdicts(
        {
            "keras/__init__.py": "from .wrapped import Model\n",
            "keras/wrapped.py": "class Model:\n    def predict(self, x):\n        return x\n",
            "script.py": "import keras\nkeras.Model().predict(x)  # no\n",
        }
    )


def test_an_early_copy_of_keras_is_keras_as_well(verdicts: Verdicts) -> None:
    parts = ("objectives", "optimizers", "layers/core", "layers/__init__", "__init__")
    verdicts(
        {
            **{f"keras-master/keras/{part}.py": "" for part in parts},
            "keras-master/keras/models.py": "class Sequential:\n    def predict(self, x):\n        return x\n",
            "keras-master/examples/script.py": """\
from keras.models import Sequential
Sequential().predict(x)  # proven
""",
        }
    )


def test_one_of_very_many_models_is_a_model(verdicts: Verdicts) -> None:
    steps = "".join(f"    x{i + 1} = x{i}\n" for i in range(12))
    builders = "".join(f"def build{i}():\n    x0 = keras.Sequential()\n{steps}    return x12\n" for i in range(60))
    made = "".join(f"    if size == {i}:\n        return build{i}()\n" for i in range(60))
    verdicts(f"import keras\n{builders}def make(size):\n{made}make(n).predict(x)  # proven\n")


def test_an_attribute_is_bound_in_another_module(verdicts: Verdicts) -> None:
    verdicts(
        {
            "agents.py": """
                class Agent:
                    def act(self, x):
                        return self.net.predict(x)  # proven
                    def look(self, x):
                        return self.eyes.predict(x)  # no
                class Other:
                    def act(self, x):
                        return self.net.predict(x)  # unknown
                """,
            "main.py": """
                import keras
                import sklearn.svm
                from agents import Agent
                agent = Agent()
                agent.net = keras.Sequential()
                agent.eyes = sklearn.svm.SVC()
                """,
        }
    )


def test_the_global_of_a_module_is_bound_in_another_one(verdicts: Verdicts) -> None:
    verdicts(
        {
            "shared.py": """
                model = None
                models = []
                other = None
                class Mine:
                    def predict(self, x): return x
                mine = Mine()
                def score(x):
                    return model.predict(x)  # proven
                """,
            "unshared.py": """
                model = None
                def score(x):
                    return model.predict(x)  # unknown
                """,
            "use.py": """
                import shared
                from unshared import model
                def score(x):
                    shared.model.predict(x)  # proven
                    shared.models[0].predict(x)  # proven
                    shared.other.predict(x)  # no
                    shared.mine.predict(x)  # no
                    model.predict(x)  # unknown
                """,
            "main.py": """
                import keras
                import sklearn.svm
                import shared as s
                s.model = keras.Sequential()
                s.models = [keras.Sequential() for _ in range(3)]
                s.other = sklearn.svm.SVC()
                s.mine = keras.Sequential()
                """,
        }
    )


def test_a_module_that_is_called_as_its_package_does_not_hide_the_rest_of_it(verdicts: Verdicts) -> None:
    verdicts(
        {
            "zoo/zoo.py": "def feed(x): return x\n",
            "zoo/parts.py": "import keras\nMODEL = keras.Sequential()\n",
            "zoo/use.py": """
                from zoo import parts
                from zoo.parts import MODEL
                parts.MODEL.predict(x)  # proven
                MODEL.predict(x)  # proven
                """,
            "main.py": "from zoo import use\n",
        }
    )


def test_a_parameter_is_filled_by_callers_in_other_modules(verdicts: Verdicts) -> None:
    verdicts(
        {
            "score.py": "def score(model, x):\n    return model.predict(x)  # proven\n",
            "main.py": "import keras\nfrom score import score\nscore(keras.models.load_model('m'), x)\n",
        }
    )


# Weak evidence


@table(
    compiled_with_a_loss="""
        import keras
        def train(model, x):
            model.compile(loss="mse", optimizer="adam")
            model.predict(x)  # likely
        """,
    fitted_for_epochs="""
        import keras
        def train(model, x, y):
            model.fit(x, y, epochs=3)
            model.predict(x)  # likely
        """,
    trained_on_batches="""
        import keras
        def train(model, x, y):
            model.train_on_batch(x, y)
            model.predict(x)  # likely
        """,
    attribute_with_weights_set="""
        import keras
        class Agent:
            def __init__(self, model):
                self.model = model
            def sync(self, other):
                self.model.set_weights(other.get_weights())
                other.set_weights(self.model.get_weights())
            def act(self, x):
                return self.model.predict(x)  # likely
        """,
    keras_only_arguments="""
        import keras
        def score(model, x):
            return model.predict(x, verbose=0)  # likely
        """,
    its_layers_read="""
        import keras
        def activations(network, x, at):
            print(network.predict(x))  # likely
            return keras.Model(network.inputs, network.layers[at].output)
        """,
    called_under_a_tape="""
        import tensorflow as tf
        def saliency(network, x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = network(x)
            return tape.gradient(y, x)
        class Explainer:
            def __init__(self, network):
                self.network = network
            def gradients(self, x):
                return saliency(x=x, network=self.network)
            def scores(self, x):
                return self.network.predict(x)  # likely
        """,
    keras_only_arguments_in_another_method="""
        import keras
        class Attack:
            def __init__(self, model):
                self.model = model
            def labels(self, x):
                return self.model.predict(x, batch_size=8)  # likely
            def run(self, x):
                return self.model.predict(x)  # likely
        """,
    layer_that_predicts="""
        import keras
        both = keras.models.load_model("autoencoder.keras")
        encoder = both.get_layer("encoder")
        encoder.predict(x)  # likely
        both.layers[1].predict(x)  # likely
        """,
    keras_only_arguments_elsewhere="""
        import keras
        def score(model, x):
            first = model.predict(x, verbose=0)  # likely
            return first + model.predict(x)  # likely
        """,
)
def test_use_as_a_keras_model_makes_one_likely(verdicts: Verdicts, code: str) -> None:
    verdicts(code)


@table(
    fit_alone="""
        import keras
        def train(model, x, y):
            model.fit(x, y)
            model.predict(x)  # unknown
        """,
    fitted_with_a_keyword_that_keras_never_had="""
        import keras
        def train(model, x, y):
            model.fit(x, y, epochs=3, train_data=x)
            model.compile(loss="mse", learning_rate=0.1)
            model.predict(x)  # unknown
        """,
    weights_set_and_no_more="""
        import keras
        def sync(model, weights, x):
            model.set_weights(weights)
            model.predict(x)  # unknown
        """,
    same_name_in_another_function="""
        import keras
        def train(model, x, y):
            model.train_on_batch(x, y)
        def score(model, x):
            model.predict(x)  # unknown
        """,
    same_attribute_of_another_class="""
        import keras
        class Trainer:
            def train(self, x, y):
                self.model.train_on_batch(x, y)
        class Scorer:
            def score(self, x):
                self.model.predict(x)  # unknown
        """,
    arguments_of_keras_where_others_predict="""
        import keras
        class Estimator:
            def predict(self, x, batch_size=32):
                return x
        class Attack:
            def __init__(self, estimator):
                self.estimator = estimator
            def first(self, x):
                return self.estimator.predict(x, batch_size=4)  # unknown
            def again(self, x):
                return self.estimator.predict(x)  # unknown
        """,
    a_project_without_keras="""
        def train(model, x, y):
            model.train_on_batch(x, y)
            model.predict(x)  # unknown
        """,
    a_class_whose_predict_takes_the_same_arguments="""
        import keras
        class Estimator:
            def predict(self, x, batch_size=128):
                return self.net(x)
        class Attack:
            def __init__(self, estimator):
                self.estimator = estimator
            def labels(self, x):
                return self.estimator.predict(x, batch_size=8)  # unknown
            def run(self, x):
                return self.estimator.predict(x)  # unknown
        """,
    called_under_a_tape_where_others_predict="""
        import tensorflow as tf
        class Wrapper(tf.Module):
            def predict(self, x):
                return self(x)
        def saliency(network, x):
            network.predict(x)  # unknown
            with tf.GradientTape() as tape:
                y = network(x)
            return tape.gradient(y, x)
        """,
    its_layers_read_where_others_predict="""
        import keras
        class Net:
            def __init__(self, layers):
                self.layers = layers
            def predict(self, x):
                return self.layers[0](x)
        def score(network, x):
            print(len(network.layers))
            return network.predict(x)  # unknown
        """,
    called_under_no_tape="""
        import tensorflow as tf
        def saliency(network, x):
            network.predict(x)  # unknown
            return network(x)
        """,
)
def test_what_many_libraries_do_speaks_for_nothing(verdicts: Verdicts, code: str) -> None:
    verdicts(code)


# Evidence against


@table(
    own_predict="""
        import keras
        class Agent:
            def __init__(self):
                self.model = keras.Sequential()
            def predict(self, x):
                return self.model(x)
        Agent().predict(x)  # no
        """,
    own_predict_in_a_model_subclass="""
        import keras
        class Detector(keras.Model):
            def predict(self, x, shapes):
                return self(x)
            def step(self, x, shapes):
                return self.predict(x, shapes)  # no
        """,
    own_predict_in_a_project_base="""
        import keras
        class Base:
            def predict(self, x):
                return x
        class Agent(Base):
            pass
        Agent().predict(x)  # no
        """,
    own_predict_in_a_base_of_unknown_kin="""
        import keras
        from elsewhere import Mixin
        class Base(Mixin):
            def predict(self, x):
                return x
        class Agent(Base):
            def run(self, x):
                return self.predict(x)  # no
        """,
    class_without_kin="""
        import keras
        class Agent:
            def run(self, x):
                return self.predict(x)  # no
        """,
    layer_subclass="""
        import keras
        class Block(keras.layers.Layer):
            def run(self, x):
                return self.predict(x)  # no
        """,
    numpy_array="""
        import keras
        import numpy as np
        np.zeros(3).predict(x)  # no
        """,
    function="""
        import keras
        def model(x): return x
        model.predict(x)  # no
        """,
    module="""
        import keras
        import os
        os.predict(x)  # no
        """,
    test_case_evaluate="""
        import tensorflow as tf
        class NetTest(tf.test.TestCase):
            def test_sum(self):
                self.evaluate(tf.reduce_sum([1]))  # no
        """,
    rebound_before_use="""
        import keras
        from sklearn.linear_model import Ridge
        m = keras.Sequential()
        m = Ridge()
        m.predict(x)  # no
        """,
    compiled_but_of_another_library="""
        import keras
        from sklearn.svm import SVC
        m = SVC()
        m.fit(x, y)
        m.predict(x)  # no
        """,
    named_in_an_annotation="""
        import keras
        from sklearn.base import BaseEstimator
        def score(model: BaseEstimator, x):
            return model.predict(x)  # no
        """,
    subclass_of_another_library="""
        import keras
        from sklearn.base import BaseEstimator
        class Mine(BaseEstimator):
            def run(self, x):
                return self.predict(x)  # no
        """,
)
def test_what_the_code_shows_to_be_something_else_is_no_model(verdicts: Verdicts, code: str) -> None:
    verdicts(code)


@pytest.mark.parametrize(
    ("imports", "maker"),
    [
        ("from sklearn.ensemble import RandomForestClassifier as F", "F()"),
        ("import sklearn.pipeline as p", "p.Pipeline([])"),
        ("import xgboost as xgb", "xgb.XGBClassifier()"),
        ("import lightgbm", "lightgbm.Booster()"),
        ("import statsmodels.api as sm", "sm.OLS(y, x).fit()"),
        ("import torch", "torch.load('m.pt')"),
        ("from scikeras.wrappers import KerasClassifier", "KerasClassifier(build)"),
        ("from art.estimators.classification import KerasClassifier", "KerasClassifier(model)"),
        ("from alibi_detect.od import OutlierVAE", "OutlierVAE()"),
        ("from ultralytics import YOLO", "YOLO('v8')"),
        ("from stable_baselines3 import PPO", "PPO.load('m')"),
    ],
)
def test_models_of_other_libraries_are_none_of_keras(verdicts: Verdicts, imports: str, maker: str) -> None:
    verdicts(f"import keras\n{imports}\nm = {maker}\nm.predict(x)  # no\n")


@pytest.mark.parametrize(
    ("imports", "maker"),
    [
        ("import tensorflow as tf", "tf.saved_model.load(path)"),
        ("import tensorflow as tf", "tf.saved_model.load(path, tags=['serve']).model"),
        ("import tensorflow.compat.v2 as tf", "tf.saved_model.load(path).nets['trunk']"),
        ("from tensorflow import saved_model", "saved_model.load(path)"),
        ("import tensorflow_hub as hub", "hub.load(handle).model"),
    ],
)
def test_what_a_saved_model_was_restored_to_is_none_of_keras(verdicts: Verdicts, imports: str, maker: str) -> None:
    verdicts(
        f"""\
import keras
{imports}
m = {maker}
m.predict_on_batch(x)  # no
m.evaluate(x, batch_size=3)  # no
def score(net, x):
    return net.predict(x, batch_size=3)  # no
score(m, x)
"""
    )


def test_keras_restores_models_of_keras(verdicts: Verdicts) -> None:
    verdicts("import tensorflow as tf\ntf.keras.models.load_model(path).predict_on_batch(x)  # proven\n")


@pytest.mark.parametrize(
    ("imports", "other", "verdict"),
    [
        ("import onnxruntime", "onnxruntime.InferenceSession(path)", "likely"),
        ("import cv2", "cv2.dnn.readNet(path)", "likely"),
        ("import joblib, sklearn.svm", "sklearn.svm.SVC()", "unknown"),
        ("import cv2", "cv2.face.LBPHFaceRecognizer_create()", "unknown"),
    ],
)
def test_only_what_can_predict_is_a_rival(verdicts: Verdicts, imports: str, other: str, verdict: str) -> None:
    verdicts(
        f"import keras\n{imports}\n"
        "def load(path):\n"
        f"    return {other} if path.endswith('x') else keras.models.load_model(path)\n"
        "def score(model, x):\n"
        f"    return model.predict(x)  # {verdict}\n"
        "score(load(path), x)\n"
    )


# Names alone


@pytest.mark.parametrize("name", ["model", "keras_model", "self.model", "net.model", "model_", "autoencoder"])
def test_a_name_alone_proves_nothing(verdicts: Verdicts, name: str) -> None:
    verdicts(f"import keras\ndef run(self, {name.split('.')[0]}, x):\n    {name}.predict(x)  # unknown\n"
             .replace("self, self", "self"))  # fmt: skip


@table(
    unpickled="""
        import keras, pickle
        m = pickle.load(stream)
        m.predict(x)  # unknown
        """,
    made_by_an_unknown_library="""
        import keras
        from somewhere import build
        build().predict(x)  # unknown
        """,
    subclass_of_something_unseen="""
        import keras
        from somewhere import Base
        class Net(Base):
            def run(self, x):
                return self.predict(x)  # unknown
        """,
    callers_that_tell_nothing="""
        import keras
        def score(model, x):
            return model.predict(x)  # unknown
        score(thing, x)
        """,
    undefined="""
        import keras
        nowhere.predict(x)  # unknown
        """,
)
def test_what_the_code_does_not_show_stays_unknown(verdicts: Verdicts, code: str) -> None:
    verdicts(code)


def test_a_receiver_knows_its_evidence_and_its_models(view: Look) -> None:
    project = view({"code.py": "import keras\nm = keras.models.load_model('m')\nm.predict(x)\n"})
    receiver = receivers(project)["code.py", 3]
    assert receiver.evidence == "made by keras.models.load_model"
    assert [type(model).__name__ for model in receiver.models] == ["KerasModel"]


def test_what_is_likely_tells_why(view: Look) -> None:
    project = view({"code.py": "import keras\ndef f(m, x):\n    m.train_on_batch(x)\n    m.predict(x)\n"})
    assert receivers(project)["code.py", 4].evidence == "train_on_batch() is called on it"


def test_settings_can_name_models_and_what_is_none(view: Look) -> None:
    from dataclasses import replace

    project = view({"code.py": "import keras, zoo\nm = zoo.make()\nm.predict(x)\nkeras.Sequential().predict(x)\n"})
    project.options = replace(project.options, model_factories=("zoo.make",), not_models=("keras.Sequential",))
    verdicts = {row: receiver.verdict.name for (_, row), receiver in receivers(project).items()}
    assert verdicts[3] == "PROVEN"
    assert verdicts[4] != "PROVEN"


# Containers, by key and by place


@table(
    dict_call="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        models = dict(a=build(), b=build())
        for x in xs:
            print(models['a'].predict(x))  # proven
        """,
    defaultdict="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        from collections import defaultdict
        models = defaultdict(build)
        for x in xs:
            print(models['a'].predict(x))  # proven
        """,
    list_map="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        ms = list(map(keras.models.load_model, ['a', 'b']))
        def f(xs):
            for x in xs:
                print(ms[0].predict(x))  # proven
        """,
    unpack_map="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        a, b = map(keras.models.load_model, ['a', 'b'])
        def f(xs):
            for x in xs:
                print(a.predict(x))  # proven
        """,
    dict_zip="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        ms = dict(zip('ab', [build(), build()]))
        def f(xs):
            for x in xs:
                print(ms['a'].predict(x))  # proven
        """,
    objarray="""
        import numpy as np
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        models = np.empty(3, dtype=object)
        for i in range(3):
            models[i] = build()
        def f(xs):
            for x in xs:
                print(models[0].predict(x))  # proven
        """,
    sorted_key="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        models = [build()]
        best = max(models, key=score)
        def f(xs):
            for x in xs:
                print(best.predict(x))  # proven
        """,
    rand_choice="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        import random
        models = [build()]
        m = random.choice(models)
        def f(xs):
            for x in xs:
                m.predict(x)  # proven
        """,
    augadd="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        models = []
        models += [build()]
        def f(xs):
            for x in xs:
                print(models[0].predict(x))  # proven
        """,
    another_item_of_the_same_dict="""
        import keras
        from sklearn.svm import SVC
        nets = {'deep': keras.Sequential(), 'flat': SVC()}
        nets['deep'].predict(x)  # proven
        nets['flat'].predict(x)  # no
        nets[name].predict(x)  # unknown
        """,
)
def test_containers_by_key_and_by_place(verdicts: Verdicts, code: str) -> None:
    verdicts(dedent(code))


def test_the_class_of_a_model_of_the_project_makes_models(verdicts: Verdicts) -> None:
    verdicts("""
        import keras
        class Net(keras.Model):
            def call(self, x):
                return x
        class Plain:
            def from_config(self):
                return self
        Net.from_config(settings).predict(x)  # proven
        Net().__class__.from_config(settings).predict(x)  # proven
        type(Net())().predict(x)  # proven
        type(Plain())().predict(x)  # no
        """)


def test_a_kind_of_dict_holds_what_it_is_made_of(verdicts: Verdicts) -> None:
    verdicts("""
        import keras
        from sklearn.svm import SVC
        class Bag(dict):
            def __call__(self):
                return self
        class Other(dict):
            def __getitem__(self, name):
                return SVC()
        def build():
            return Bag({"model": keras.Sequential(), "other": SVC()})
        build()["model"].predict(x)  # proven
        build()["other"].predict(x)  # no
        Bag(model=keras.Sequential())["model"].predict(x)  # proven
        dict(build())["model"].predict(x)  # unknown
        Other({"model": keras.Sequential()})["model"].predict(x)  # no
        """)


@pytest.mark.parametrize(
    ("head", "verdict"),
    [
        ("import sys\nsys.path.append('../code')", "proven"),
        ("import os, sys\nsys.path.insert(0, os.path.join(os.getcwd(), 'code'))", "proven"),
        ("import os\nos.chdir('../code')", "proven"),
        ("import os", "unknown"),
    ],
)
def test_a_module_in_a_folder_that_is_put_on_the_path(verdicts: Verdicts, head: str, verdict: str) -> None:
    files = {
        "code/loading.py": "import keras\ndef load():\n    return keras.models.load_model('m')\n",
        "code/random.py": "import keras\nmodel = keras.Sequential()\n",
        "app/run.py": f"{head}\nfrom loading import *\nimport random\nload().predict(x)  # {verdict}\n"
        "random.model.predict(x)  # no\n",
        "app/other.py": "import sys\nimport keras\nfrom twice import model\nmodel.predict(x)  # no\n",
        "one/twice.py": "import keras\nmodel = keras.Sequential()\n",
        "two/twice.py": "import keras\nmodel = keras.Sequential()\n",
    }
    verdicts(files)


# Attributes that are set by name


@table(
    setattr_self="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        class A:
            def __init__(self):
                setattr(self, 'model', build())
            def run(self, xs):
                for x in xs:
                    print(self.model.predict(x))  # proven
        """,
    setattr_kwargs="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        class A:
            def __init__(self, **kwargs):
                for k, v in kwargs.items():
                    setattr(self, k, v)
            def run(self, xs):
                for x in xs:
                    print(self.model.predict(x))  # proven
        A(model=build()).run([])
        """,
    dict_update="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        class A:
            def __init__(self, **kwargs):
                self.__dict__.update(kwargs)
            def run(self, xs):
                for x in xs:
                    print(self.model.predict(x))  # proven
        A(model=build()).run([])
        """,
    dict_update2="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        class A:
            def __init__(self):
                self.__dict__.update(model=build())
            def run(self, xs):
                for x in xs:
                    print(self.model.predict(x))  # proven
        """,
    dunder_dict_item="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        class A:
            def __init__(self):
                self.__dict__['model'] = build()
            def run(self, xs):
                for x in xs:
                    print(self.model.predict(x))  # proven
        """,
    app_state="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        from fastapi import FastAPI
        app = FastAPI()
        app.state.model = build()
        def f(xs):
            for x in xs:
                print(app.state.model.predict(x))  # proven
        """,
    app_config="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        from flask import Flask
        app = Flask(__name__)
        app.config['MODEL'] = build()
        def f(xs):
            for x in xs:
                print(app.config['MODEL'].predict(x))  # proven
        """,
    another_name="""
        import keras
        class A:
            def __init__(self, **options):
                self.__dict__.update(options)
            def run(self, x):
                self.net.predict(x)  # proven
                self.scaler.predict(x)  # unknown
        A(net=keras.Sequential())
        """,
    object_setattr="""
        import keras
        class Frozen:
            def __init__(self):
                object.__setattr__(self, "net", keras.Sequential())
                super().__setattr__("other", open("log"))
            def score(self, x):
                self.other.predict(x)  # unknown
                return self.net.predict(x)  # proven
        """,
    frozen_dataclass="""
        import dataclasses
        import keras
        @dataclasses.dataclass(frozen=True)
        class Frozen:
            path: str
            net: object = dataclasses.field(init=False)
            def __post_init__(self):
                object.__setattr__(self, "net", keras.models.load_model(self.path))
        Frozen("m.keras").net.predict(x)  # proven
        """,
    setattr_by_a_table="""
        import keras
        class Policy:
            PARTS = {"actor": keras.Sequential, "log": dict}
            def __init__(self):
                for name, make in self.PARTS.items():
                    setattr(self, name, make())
                for name, part in (("critic", keras.Sequential()), ("memory", [])):
                    setattr(self, name, part)
                for name in ("first", "second"):
                    setattr(self, name, keras.Sequential())
            def score(self, x):
                self.actor.predict(x)  # proven
                self.critic.predict(x)  # proven
                self.second.predict(x)  # proven
                self.third.predict(x)  # unknown
                self.log.predict(x)  # unknown
        """,
    setattr_on_another_object="""
        import keras
        class Policy:
            def __init__(self):
                self.agent = None
            def score(self, x):
                return self.agent.net.predict(x)  # proven
        class Agent:
            def __init__(self, policy):
                self.net = keras.Sequential()
                setattr(policy, "agent", self)
        Agent(Policy())
        """,
)
def test_attributes_that_are_set_by_name(verdicts: Verdicts, code: str) -> None:
    verdicts(dedent(code))


# Functions and modules that are looked up by name


@table(
    globals_name="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        def make(name):
            return globals()['build']()
        m = make('b')
        for x in xs:
            m.predict(x)  # proven
        """,
    globals_dyn="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        def build_cnn():
            return build()
        def make(name):
            return globals()['build_' + name]()
        m = make('cnn')
        for x in xs:
            m.predict(x)  # proven
        """,
    getattr_module="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        import sys
        def make():
            return getattr(sys.modules[__name__], 'build')()
        m = make()
        for x in xs:
            m.predict(x)  # proven
        """,
    registry_get="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        B = {'cnn': build}
        m = B.get('cnn')()
        for x in xs:
            m.predict(x)  # proven
        """,
    registry_class="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        class Net(keras.Model):
            def call(self, x, training=None):
                return x
        B = {'net': Net}
        m = B['net']()
        for x in xs:
            m.predict(x)  # proven
        """,
    lru_wrap="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        from functools import lru_cache
        get = lru_cache(build)
        for x in xs:
            print(get().predict(x))  # proven
        """,
    lru_wrap2="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        from functools import lru_cache
        get = lru_cache(maxsize=1)(build)
        for x in xs:
            print(get().predict(x))  # proven
        """,
    a_name_that_shows_nothing="""
        import keras
        def build():
            return keras.Sequential()
        globals()[name]().predict(x)  # unknown
        """,
)
def test_functions_and_modules_that_are_looked_up_by_name(verdicts: Verdicts, code: str) -> None:
    verdicts(dedent(code))


# Hooks of a base class


@table(
    hook="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        class Base:
            def __init__(self):
                self.model = self.create()
            def create(self):
                raise NotImplementedError
            def run(self, xs):
                for x in xs:
                    print(self.model.predict(x))  # proven
        class Sub(Base):
            def create(self):
                return build()
        """,
    hook_abc="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        import abc
        class Base(abc.ABC):
            def __init__(self):
                self.model = self.create()
            @abc.abstractmethod
            def create(self):
                pass
            def run(self, xs):
                for x in xs:
                    print(self.model.predict(x))  # proven
        class Sub(Base):
            def create(self):
                return build()
        """,
    hook_none="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        class Base:
            def __init__(self):
                self.model = self.create()
            def create(self):
                return None
            def run(self, xs):
                for x in xs:
                    print(self.model.predict(x))  # proven
        class Sub(Base):
            def create(self):
                return build()
        """,
    class_attr_hook="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        class Base:
            builder = None
            def __init__(self):
                self.model = self.builder()
            def run(self, xs):
                for x in xs:
                    print(self.model.predict(x))  # proven
        class Sub(Base):
            builder = staticmethod(build)
        """,
    property_fn="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        class A:
            def _get(self):
                return build()
            net = property(_get)
            def run(self, xs):
                for x in xs:
                    print(self.net.predict(x))  # proven
        """,
    singleton_new="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        class S:
            _i = None
            def __new__(cls):
                if cls._i is None:
                    cls._i = super().__new__(cls)
                    cls._i.net = build()
                return cls._i
        def f(xs):
            for x in xs:
                print(S().net.predict(x))  # proven
        """,
)
def test_hooks_of_a_base_class(verdicts: Verdicts, code: str) -> None:
    verdicts(dedent(code))


# Records


@table(
    namedtuple="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        from collections import namedtuple
        B = namedtuple('B', 'model scaler')
        b = B(build(), 3)
        for x in xs:
            print(b.model.predict(x))  # proven
        """,
    namedtuple_kw="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        from collections import namedtuple
        B = namedtuple('B', ['model', 'scaler'])
        def load():
            return B(scaler=3, model=build())
        b = load()
        for x in xs:
            print(b.model.predict(x))  # proven
        """,
    class_of_fields="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        from typing import NamedTuple, Any
        class B(NamedTuple):
            model: Any
            n: int
        b = B(build(), 3)
        for x in xs:
            print(b.model.predict(x))  # proven
        """,
    class_of_fields_unpacked="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        from typing import NamedTuple, Any
        class B(NamedTuple):
            model: Any
            n: int
        m, n = B(build(), 3)
        for x in xs:
            m.predict(x)  # proven
        """,
    dataclass="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        from dataclasses import dataclass
        from typing import Any
        @dataclass
        class B:
            model: Any
            n: int
            def run(self, xs):
                for x in xs:
                    print(self.model.predict(x))  # proven
        B(build(), 3).run([])
        """,
    dataclass_factory="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        from dataclasses import dataclass, field
        from typing import Any
        @dataclass
        class B:
            n: int
            model: Any = field(default_factory=build)
            def run(self, xs):
                for x in xs:
                    print(self.model.predict(x))  # proven
        """,
    simplenamespace="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        from types import SimpleNamespace
        b = SimpleNamespace(model=build(), n=3)
        for x in xs:
            print(b.model.predict(x))  # proven
        """,
    another_field="""
        import keras
        from collections import namedtuple
        from sklearn.svm import SVC
        Pair = namedtuple('Pair', 'deep flat')
        pair = Pair(keras.Sequential(), SVC())
        pair.deep.predict(x)  # proven
        pair.flat.predict(x)  # no
        """,
)
def test_records(verdicts: Verdicts, code: str) -> None:
    verdicts(dedent(code))


# Context managers and iterators of the project


@table(
    ctxmgr="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        from contextlib import contextmanager
        @contextmanager
        def loaded():
            m = build()
            yield m
        def f(xs):
            with loaded() as m:
                for x in xs:
                    m.predict(x)  # proven
        """,
    ctxcls="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        class L:
            def __enter__(self):
                self.m = build()
                return self.m
            def __exit__(self, *a):
                pass
        def f(xs):
            with L() as m:
                for x in xs:
                    m.predict(x)  # proven
        """,
    ctxself="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        class L:
            def __enter__(self):
                self.m = build()
                return self
            def __exit__(self, *a):
                pass
        def f(xs):
            with L() as l:
                for x in xs:
                    print(l.m.predict(x))  # proven
        """,
    wrapper_getitem="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        class W:
            def __init__(self):
                self.ms = [build()]
            def __getitem__(self, i):
                return self.ms[i]
        def f(xs):
            w = W()
            for x in xs:
                print(w[0].predict(x))  # proven
        """,
    wrapper_iter="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        class W:
            def __init__(self):
                self.ms = [build()]
            def __iter__(self):
                return iter(self.ms)
        def f(xs):
            for m in W():
                for x in xs:
                    m.predict(x)  # proven
        """,
    wrapper_iter_yield="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        class W:
            def __init__(self):
                self.ms = [build()]
            def __iter__(self):
                for m in self.ms:
                    yield m
        def f(xs):
            for m in W():
                for x in xs:
                    m.predict(x)  # proven
        """,
    wrapper_iter_from="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        class W:
            def __init__(self):
                self.ms = [build()]
            def __iter__(self):
                yield from self.ms
        def f(xs):
            for m in W():
                for x in xs:
                    m.predict(x)  # proven
        """,
    gen_list="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        def nets():
            for k in range(3):
                yield build()
        ms = list(nets())
        def f(xs):
            for x in xs:
                print(ms[0].predict(x))  # proven
        """,
)
def test_context_managers_and_iterators_of_the_project(verdicts: Verdicts, code: str) -> None:
    verdicts(dedent(code))


# What callers spread


@table(
    starargs="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        def f(xs, *models):
            for x in xs:
                print(models[0].predict(x))  # proven
        f([], build(), build())
        """,
    kwargs="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        def f(xs, **kw):
            for x in xs:
                print(kw['model'].predict(x))  # proven
        f([], model=build())
        """,
    kwargs_spread="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        def f(xs, model):
            for x in xs:
                print(model.predict(x))  # proven
        opts = {'model': build()}
        f([], **opts)
        """,
    args_spread="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        def f(model, xs):
            for x in xs:
                print(model.predict(x))  # proven
        args = (build(), [])
        f(*args)
        """,
)
def test_what_callers_spread(verdicts: Verdicts, code: str) -> None:
    verdicts(dedent(code))


# Files that the project writes itself


@table(
    joblib_dump="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        import joblib
        def train():
            m = build()
            m.fit(1, 2)
            joblib.dump(m, 'm.joblib')
        def run(xs):
            m = joblib.load('m.joblib')
            for x in xs:
                m.predict(x)  # proven
        """,
    pickle_with="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        import pickle
        PATH = 'm.pkl'
        def train():
            m = build()
            with open(PATH, 'wb') as f:
                pickle.dump(m, f)
        def run(xs):
            with open(PATH, 'rb') as f:
                m = pickle.load(f)
            for x in xs:
                m.predict(x)  # proven
        """,
    pickle_to_a_default="""
        import keras
        import pickle
        def train(path="m.pkl"):
            with open(path, 'wb') as f:
                pickle.dump({"model": keras.Sequential([keras.layers.Dense(2)]), "mean": 0.3}, f)
        def run(x):
            with open('m.pkl', 'rb') as f:
                pickle.load(f)["model"].predict(x)  # proven
        """,
    pickle_tuple="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        import pickle
        def train():
            m = build()
            with open('m.pkl', 'wb') as f:
                pickle.dump((m, 3), f)
        def run(xs):
            with open('m.pkl', 'rb') as f:
                m, k = pickle.load(f)
            for x in xs:
                m.predict(x)  # proven
        """,
    pickle_dict="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        import pickle
        def train():
            m = build()
            pickle.dump({'m': m}, open('m.pkl', 'wb'))
        def run(xs):
            b = pickle.load(open('m.pkl', 'rb'))
            for x in xs:
                print(b['m'].predict(x))  # proven
        """,
    another_file="""
        import keras, pickle
        from sklearn.svm import SVC
        pickle.dump(keras.Sequential(), open('deep.pkl', 'wb'))
        pickle.dump(SVC(), open('flat.pkl', 'wb'))
        pickle.load(open('flat.pkl', 'rb')).predict(x)  # no
        pickle.load(open(path, 'rb')).predict(x)  # unknown
        """,
)
def test_files_that_the_project_writes_itself(verdicts: Verdicts, code: str) -> None:
    verdicts(dedent(code))


# What is run elsewhere, kept in a queue, or registered by a decorator


@table(
    futures_of_an_executor="""
        from concurrent.futures import ThreadPoolExecutor, as_completed
        import keras
        def load(path):
            return keras.models.load_model(path)
        def train(path):
            return path
        with ThreadPoolExecutor() as pool:
            waiting = [pool.submit(load, path) for path in paths]
            pool.submit(keras.models.load_model, "m").result().predict(x)  # proven
            pool.submit(train, "m").result().predict(x)  # no
            waiting[0].result().predict(x)  # proven
            for future in as_completed(waiting):
                future.result().predict(x)  # proven
            for model in pool.map(load, paths):
                model.predict(x)  # proven
        """,
    results_of_a_pool="""
        from multiprocessing import Pool
        import keras
        def load(path):
            return keras.models.load_model(path)
        pool = Pool()
        pool.apply_async(load, ("m",)).get().predict(x)  # proven
        pool.map(load, paths)[0].predict(x)  # proven
        """,
    future_that_is_kept="""
        from concurrent.futures import ThreadPoolExecutor
        import keras
        class Loader:
            def __init__(self, path):
                self.pending = ThreadPoolExecutor().submit(self.load, path)
            def load(self, path):
                return keras.models.load_model(path)
            @property
            def model(self):
                return self.pending.result()
        Loader("m").model.predict(x)  # proven
        """,
    awaited="""
        import asyncio
        import keras
        async def main(loop):
            model = await asyncio.to_thread(keras.models.load_model, "m")
            model.predict(x)  # proven
            other = await asyncio.get_event_loop().run_in_executor(None, keras.models.load_model, "m")
            other.predict(x)  # proven
            frame = await asyncio.to_thread(read, "m")
            frame.predict(x)  # unknown
        """,
    queue_of_models="""
        import queue
        import keras
        free = queue.Queue()
        for path in paths:
            free.put(keras.models.load_model(path))
        free.get().predict(x)  # proven
        pairs = queue.Queue()
        pairs.put((keras.Sequential(), 1))
        model, number = pairs.get()
        model.predict(x)  # proven
        jobs = queue.Queue()
        jobs.put("m")
        jobs.get().predict(x)  # no
        """,
    registry_by_a_decorator="""
        import keras
        BUILDERS = {}
        def register(build):
            BUILDERS[build.__name__] = build
            return build
        @register
        def cnn():
            return keras.Sequential()
        BUILDERS[name]().predict(x)  # proven
        """,
    registry_by_a_decorator_with_a_name="""
        import keras
        from sklearn.svm import SVC
        class Registry:
            def __init__(self):
                self.makers = {}
            def register(self, name):
                def keep(maker):
                    self.makers[name] = maker
                    return maker
                return keep
            def build(self, name, **options):
                return self.makers[name](**options)
        MODELS = Registry()
        @MODELS.register("cnn")
        def cnn():
            return keras.Sequential()
        MODELS.build("cnn").predict(x)  # proven
        CLASSICAL = {}
        def classical(name):
            def keep(maker):
                CLASSICAL[name] = maker
                return maker
            return keep
        @classical("svm")
        def svm():
            return SVC()
        CLASSICAL["svm"]().predict(x)  # no
        """,
    registry_of_classes="""
        import keras
        class Factory:
            registry = {}
            @classmethod
            def register(cls, name):
                def keep(model):
                    cls.registry[name] = model
                    return model
                return keep
            @classmethod
            def create(cls, name):
                return cls.registry[name]()
        @Factory.register("mlp")
        class MLP(keras.Model):
            def call(self, x):
                return x
        Factory.create("mlp").predict(x)  # proven
        """,
    stored_on_the_options_of_a_command="""
        import argparse
        import keras
        from sklearn.svm import SVC
        def evaluate(args):
            args.model.predict(x)  # proven
            args.classical.predict(x)  # no
            args.path.predict(x)  # unknown
        def main():
            args = argparse.ArgumentParser().parse_args()
            args.model = keras.models.load_model("m")
            args.classical = SVC()
            evaluate(args)
        """,
)
def test_what_is_run_elsewhere_or_kept_for_later(verdicts: Verdicts, code: str) -> None:
    verdicts(code)


# Wrappers that hand everything on


@table(
    method_that_is_kept="""
        import keras
        from sklearn.svm import SVC
        class Base:
            def __init__(self):
                self.net = keras.models.load_model("m")
                self.old = SVC()
                self.predict = self.net.predict
                self.predict_proba = self.old.predict_proba
        class Scorer(Base):
            def predict_on_batch(self, x):
                return x
        Scorer().predict(x)  # proven
        Scorer().predict_proba(x)  # no
        Scorer().predict_on_batch(x)  # no
        """,
    wrapper_getattr="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        class W:
            def __init__(self, m):
                self._m = m
            def __getattr__(self, n):
                return getattr(self._m, n)
        def f(xs):
            w = W(build())
            for x in xs:
                print(w.predict(x))  # proven
        """,
    wrapper_getattr_ret="""
        import keras
        def build():
            return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        class W:
            def __init__(self, m):
                self._m = m
            def __getattr__(self, n):
                try:
                    return self.__dict__[n]
                except KeyError:
                    return getattr(self._m, n)
        def f(xs):
            w = W(build())
            for x in xs:
                print(w.predict(x))  # proven
        """,
    wrapper_getattribute="""
        import keras
        class W:
            def __init__(self, m):
                self._m = m
            def __getattr__(self, n):
                if n == "_m":
                    raise AttributeError(n)
                return self._m.__getattribute__(n)
        W(keras.Sequential([keras.layers.Dense(2)])).predict(x)  # proven
        """,
    a_wrapper_with_its_own_predict="""
        import keras
        class Wrapper:
            def __init__(self, net):
                self.net = net
            def __getattr__(self, name):
                return getattr(self.net, name)
            def predict(self, x):
                return self.net(x, training=False)
        Wrapper(keras.Sequential()).predict(x)  # no
        """,
)
def test_wrappers_that_hand_everything_on(verdicts: Verdicts, code: str) -> None:
    verdicts(dedent(code))


def test_a_call_tells_a_wrapper_from_the_model_that_it_wraps_on_one_branch(verdicts: Verdicts) -> None:
    verdicts(
        """import keras
class Adapter:
    def __init__(self, net):
        self.net = net
    def predict(self, x, adapt=True):
        return self.net(x, training=adapt)
def score(net, x, adapt):
    if adapt:
        net = Adapter(net)
    net.predict(x)  # unknown
    net.predict(x, adapt=False)  # no
    net.predict(x, verbose=0)  # proven
score(keras.Sequential(), rows, True)
"""
    )


def test_a_pickle_is_read_in_another_module_than_it_is_written_in(verdicts: Verdicts) -> None:
    verdicts(
        {
            "settings.py": "PATH = 'artifacts/net.pkl'\n",
            "train.py": "import keras, pickle\nfrom settings import PATH\nwith open(PATH, 'wb') as file:\n"
            "    pickle.dump(keras.Sequential(), file)\n",
            "serve.py": "import pickle, settings\nfrom settings import PATH\nwith open(PATH, 'rb') as file:\n"
            "    pickle.load(file).predict(x)  # proven\n",
        }
    )


@pytest.mark.parametrize(
    ("stores", "reads"),
    [
        (
            "import keras\nasync def start(app):\n    app['model'] = keras.models.load_model(path)\n",
            "async def handle(request):\n    return request.app['model'].predict(x)  # proven\n",
        ),
        (
            "import keras\nfrom aiohttp import web\napp = web.Application()\napp['model'] = keras.Sequential()\n",
            "async def handle(request: web.Request):\n"
            "    request.app['model'].predict(x)  # proven\n"
            "    return request.app['scaler'].predict(x)  # unknown\n",
        ),
    ],
    ids=["of-a-hook", "of-an-application"],
)
def test_what_an_aiohttp_application_keeps_for_its_handlers(verdicts: Verdicts, stores: str, reads: str) -> None:
    verdicts({"setup.py": stores, "views.py": "from aiohttp import web\n" + reads})


@pytest.mark.parametrize(
    ("stores", "reads"),
    [
        ("app.config['NET'] = model", "current_app.config['NET'].predict(x)  # proven"),
        ("app.extensions['net'] = model", "current_app.extensions['net'].predict(x)  # proven"),
        ("app.net = model", "current_app.net.predict(x)  # proven"),
        ("app.net = model", "current_app.other.predict(x)  # unknown"),
        ("settings['NET'] = model", "current_app.config['NET'].predict(x)  # unknown"),
    ],
)
def test_what_a_flask_application_keeps_for_its_handlers(verdicts: Verdicts, stores: str, reads: str) -> None:
    verdicts(
        {
            "factory.py": f"""\
import keras
from flask import Flask
def create_app(settings):
    app = Flask(__name__)
    model = keras.models.load_model("m.keras")
    {stores}
    return app
""",
            "views.py": f"""\
from flask import Blueprint, current_app
def score(x):
    return {reads}
""",
        }
    )


def test_what_a_fastapi_application_keeps_for_its_handlers(verdicts: Verdicts) -> None:
    verdicts(
        {
            "start.py": """\
import keras
from fastapi import FastAPI
async def lifespan(app: FastAPI):
    app.state.model = keras.models.load_model("m.keras")
    yield
""",
            "routes.py": """\
from fastapi import APIRouter, Request
router = APIRouter()
@router.post("/")
async def score(request: Request, rows: list[float]):
    model = request.app.state.model
    return model.predict(rows)  # proven
""",
        }
    )


@table(
    in_the_style_of_google="""
        import tensorflow as tf
        def explain(net, x):
            \"""Explain one prediction.

            Args:
                net: a ``tf.keras.Model`` that gives probabilities.
                x: a sample, shaped as Keras wants it for a model.
            \"""
            x.predict(x)  # unknown
            return net.predict(x)  # likely
        """,
    in_the_style_of_numpy="""
        import tensorflow as tf
        class Explainer:
            \"""Explains.

            Parameters
            ----------
            net : keras.Model
                The model to explain.
            x : array
                Samples.
            \"""
            def __init__(self, net, x):
                self.net = net
            def run(self, x):
                return self.net.predict(x)  # likely
        """,
    in_the_style_of_sphinx="""
        import keras
        def explain(net, x):
            \"""Explain.

            :param net: a compiled Keras model
            :param x: the sample
            \"""
            return net.predict(x)  # likely
        """,
    of_several_libraries="""
        import keras
        def explain(net, other, x):
            \"""Explain.

            Args:
                net: a Keras or PyTorch model.
                other: a Keras model or a function.
            \"""
            other.predict(x)  # unknown
            return net.predict(x)  # unknown
        """,
)
def test_a_parameter_that_is_documented_as_a_model_of_keras(verdicts: Verdicts, code: str) -> None:
    verdicts(dedent(code))


def test_the_documentation_of_one_subclass_speaks_for_no_other(verdicts: Verdicts) -> None:
    verdicts(
        {
            "base.py": "class Base:\n"
            "    def __init__(self, model):\n"
            "        self.model = model\n"
            "    def output(self, x):\n"
            "        return self.model.predict(x)  # unknown\n",
            "of_keras.py": "import keras\nfrom base import Base\n"
            "class OfKeras(Base):\n"
            "    def __init__(self, model):\n"
            '        """\n        :param model: a trained Keras model\n        """\n'
            "        super().__init__(model)\n",
            "of_trees.py": "from base import Base\n"
            "class OfTrees(Base):\n"
            "    def __init__(self, model):\n"
            "        super().__init__(model)\n",
        }
    )


@pytest.mark.parametrize(
    "name",
    [
        'f"zoo.{kind}"',
        '"zoo." + kind',
        '"zoo.{}".format(kind)',
        '"zoo.%s" % kind',
        'f"zoo.{kind}.net"',
        'f"zoo.conv_{kind}"',
    ],
)
def test_a_module_whose_name_is_put_together(verdicts: Verdicts, name: str) -> None:
    net = "import keras\ndef build():\n    return keras.Sequential()\n"
    verdicts(
        {
            "zoo/__init__.py": "",
            "zoo/dense.py": net,
            "zoo/conv_small.py": net,
            "zoo/deep/__init__.py": net,
            "zoo/deep/net.py": net,
            "code.py": f"""\
import importlib
def pick(kind):
    name = {name}
    return importlib.import_module(name).build()
pick("dense").predict(x)  # proven
importlib.import_module(kind).build().predict(x)  # unknown
""",
        }
    )


@pytest.mark.parametrize(
    ("aside", "verdict"),
    [
        ("", "likely"),
        ("class Wrapper:\n    def predict(self, x): ...\n", "unknown"),
        ("class Net:\n    def __init__(self):\n        self.output_shape = 3\n", "likely"),
    ],
)
def test_what_is_read_of_a_model_speaks_for_keras(verdicts: Verdicts, aside: str, verdict: str) -> None:
    code = f"def f(net, x):\n    print(net.output_shape)\n    return net.predict(x)  # {verdict}\n"
    verdicts({"code.py": "import keras\n" + aside + code})


@pytest.mark.parametrize(
    ("imports", "given", "verdict"),
    [
        ("import keras, numpy as np", "np.expand_dims(image, 0).reshape(1, 28, 28)", "likely"),
        ("from tensorflow import nn\nimport numpy as np, sklearn", "image.reshape(1, 28, 28, 1)", "likely"),
        ("import keras, numpy as np", "image.reshape(1, -1)", "unknown"),
        ("import keras, numpy as np", "np.expand_dims(image, 0)", "unknown"),
        ("import numpy as np", "image.reshape(1, 28, 28, 1)", "unknown"),
        ("import keras, torch", "image.reshape(1, 28, 28, 1)", "unknown"),
    ],
)
def test_more_axes_than_a_table_has_speak_for_keras(verdicts: Verdicts, imports: str, given: str, verdict: str) -> None:
    verdicts(f"{imports}\ndef f(net, image):\n    return net.predict({given})  # {verdict}\n")


@pytest.mark.parametrize(
    ("imports", "given", "aside", "verdict"),
    [
        ("import keras, sklearn", "keras.utils.pad_sequences(rows, maxlen=80)", "", "likely"),
        ("from tensorflow.keras.applications.vgg16 import preprocess_input", "preprocess_input(rows)", "", "likely"),
        ("from keras.preprocessing import sequence", "sequence.pad_sequences(rows)", "", "likely"),
        ("import keras", "keras.utils.to_categorical(rows)", "", "unknown"),
        ("import keras\nfrom padding import pad_sequences", "pad_sequences(rows)", "", "unknown"),
        ("import keras, torch", "keras.utils.pad_sequences(rows)", "", "unknown"),
        ("import keras", "keras.utils.pad_sequences(rows)", "class A:\n    def predict(self, x): ...\n", "unknown"),
    ],
)
def test_what_keras_makes_for_networks_speaks_for_keras(
    verdicts: Verdicts, imports: str, given: str, aside: str, verdict: str
) -> None:
    verdicts(f"{imports}\n{aside}def f(net, rows):\n    x = {given}\n    return net.predict(x)  # {verdict}\n")


@table(
    a_function_that_gets_the_model="""
        import keras
        def map_of(net, x):
            print(net.predict(x))  # likely
            return weights(net, x)
        def weights(model, x):
            return model.get_layer("conv").output
        """,
    a_function_of_a_wrapper="""
        import keras
        def map_of(net, x):
            print(net.predict(x))  # unknown
            return weights(net, x)
        def weights(model, x):
            return model.coef_
        """,
)
def test_what_a_function_does_with_the_model_speaks_for_keras(verdicts: Verdicts, code: str) -> None:
    verdicts(dedent(code))


def test_what_tests_put_in_the_place_of_a_model_is_no_rival(verdicts: Verdicts) -> None:
    double = "class Double:\n    def predict(self, x):\n        return x\n"
    verdicts(
        {
            "tiler.py": "class Tiler:\n    def __init__(self, model):\n        self.model = model\n"
            "    def run(self, x):\n        return self.model.predict(x)  # proven\n",
            "main.py": "import keras\nfrom tiler import Tiler\nTiler(keras.models.load_model(path)).run(x)\n",
            "tests/test_tiler.py": f"import pytest\nfrom tiler import Tiler\n{double}"
            "def test_run():\n    Tiler(Double()).run(1)\n    assert Double().predict(1) == 1  # no\n",
        }
    )


def test_nor_is_its_method_one_of_the_project(verdicts: Verdicts) -> None:
    verdicts(
        {
            "tiles.py": "import keras\ndef run(net, x):\n    return net.predict(x, verbose=0)  # likely\n",
            "tests/test_tiles.py": "import pytest\nfrom tiles import run\n"
            "class Double:\n    def predict(self, x, verbose=0):\n        return x\n"
            "def test_run():\n    assert run(Double(), 1) == 1\n",
        }
    )


@table(
    held="""
        import keras
        def f(m, x):
            if isinstance(m, keras.Model):
                return m.predict(x)  # proven
            return m.predict(x)  # unknown
        """,
    left_before="""
        import keras
        def f(m, x):
            if not isinstance(m, (keras.Sequential, keras.Model)) or x is None:
                return m.predict(x)  # unknown
            return m.predict(x)  # proven
        """,
    asserted="""
        import keras
        def f(m, x):
            assert isinstance(m, keras.Model), m
            return m.predict(x)  # proven
        """,
    of_an_attribute="""
        import keras
        class Judge:
            def __init__(self, m):
                self.m = m
            def f(self, x):
                if not isinstance(self.m, keras.Model):
                    raise TypeError
                return self.m.predict(x)  # proven
            def g(self, x):
                assert isinstance(self.m, keras.Model)
                self.m = other(self.m)
                return self.m.predict(x)  # unknown
        """,
    bound_anew="""
        import keras
        def f(m, wrap, x):
            if isinstance(m, keras.Model):
                m = wrap(m)
                return m.predict(x)  # unknown
        """,
    one_of_two="""
        import keras
        def f(m, x):
            if isinstance(m, keras.Model) or x:
                return m.predict(x)  # unknown
        """,
    shown_to_be_another="""
        import keras
        from sklearn.svm import SVC
        def f(x):
            m = SVC()
            if isinstance(m, keras.Model):
                return m.predict(x)  # no
        """,
)
def test_what_a_test_tells_of_a_name(verdicts: Verdicts, code: str) -> None:
    verdicts(dedent(code))
