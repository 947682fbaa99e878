"""KI402: calls that Keras no longer has. Missed and false alarms side by side."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lint_rules.findings.diagnostics import Diagnostic, Severity

Judge = Callable[..., list[Diagnostic]]


def table(**cases: str) -> pytest.MarkDecorator:
    """One test a keyword, named after it."""
    return pytest.mark.parametrize("code", list(cases.values()), ids=[name.replace("_", "-") for name in cases])


@table(
    predict_classes="model.predict_classes(x)  # KI402",
    predict_proba="model.predict_proba(x)  # KI402",
    predict_generator="model.predict_generator(flow, steps=3)  # KI402",
    evaluate_generator="model.evaluate_generator(flow, steps=3)  # KI402",
    on_an_attribute="""
        class Service:
            def __init__(self):
                self.model = keras.models.load_model("m")
            def label(self, x):
                return self.model.predict_classes(x)  # KI402
        """,
    on_self="""
        class Net(keras.Model):
            def label(self, x):
                return self.predict_proba(x)  # KI402
        """,
    set_learning_phase="keras.backend.set_learning_phase(0)  # KI402",
    set_learning_phase_imported="""
        from keras.backend import set_learning_phase
        set_learning_phase(0)  # KI402
        """,
    eval="model.eval()  # KI402",
)
def test_missed_alarms(judge: Judge, code: str) -> None:
    judge(code, select=("KI402",))


@table(
    predict="model.predict(x)  # ok",
    scikit_learn="""
        from sklearn.svm import SVC
        SVC().predict_proba(x)
        """,
    scikeras="""
        from scikeras.wrappers import KerasClassifier
        KerasClassifier(model).predict_proba(x)
        """,
    likely_receivers_are_not_enough="""
        def run(net, x):
            net.compile(loss="mse")
            return net.predict_proba(x)
        """,
    unknown_receiver="""
        def run(net, x):
            return net.predict_classes(x), net.eval()
        """,
    own_predict_classes="""
        class Net(keras.Model):
            def predict_classes(self, x):
                return self.predict(x).argmax(axis=-1)
        Net().predict_classes(x)
        """,
    own_eval="""
        class Net(keras.Model):
            def eval(self):
                return self
        Net().eval()
        """,
    torch_module="""
        import torch
        net = torch.nn.Linear(1, 1)
        net.eval()
        """,
    keras_model_on_the_torch_backend="""
        import torch
        model.eval()
        """,
    pandas_eval="""
        import pandas as pd
        pd.DataFrame().eval("a + b")
        eval("1 + 1")
        """,
)
def test_false_alarms(judge: Judge, code: str) -> None:
    judge(code, select=("KI402",))


@pytest.mark.parametrize("call", ["predict_classes(x)", "predict_generator(flow)", "evaluate_generator(flow)"])
def test_projects_on_an_old_keras_have_them(judge: Judge, call: str) -> None:
    judge(
        {
            "requirements.txt": "keras==2.2.4\n",
            "code.py": f"import keras\nmodel = keras.Sequential()\nmodel.{call}\n",
        },
        select=("KI402",),
    )


@pytest.mark.parametrize(
    ("call", "instead"),
    [
        ("predict_classes(x)", "argmax"),
        ("predict_generator(flow)", "predict("),
        ("evaluate_generator(flow)", "evaluate("),
        ("eval()", "training=False"),
    ],
)
def test_the_message_says_what_to_write(judge: Judge, call: str, instead: str) -> None:
    (found,) = judge(f"model.{call}  # KI402\n", select=("KI402",))
    assert instead in found.message
    assert found.severity is Severity.ERROR
