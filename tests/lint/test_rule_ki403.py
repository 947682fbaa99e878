"""KI403: .numpy() on what predict returns. Missed and false alarms side by side."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lint_rules.findings.diagnostics import Diagnostic, Severity

Judge = Callable[..., list[Diagnostic]]


def table(**cases: str) -> pytest.MarkDecorator:
    """One test a keyword, named after it."""
    return pytest.mark.parametrize("code", list(cases.values()), ids=[name.replace("_", "-") for name in cases])


@table(
    directly="y = model.predict(x).numpy()  # KI403",
    predict_on_batch="y = model.predict_on_batch(x).numpy()  # KI403",
    on_a_variable="""
        y = model.predict(x)
        print(y.numpy())  # KI403
        """,
    in_a_function="""
        def score(x):
            y = model.predict(x, verbose=0)
            return y.numpy()  # KI403
        """,
    indexed="y = model.predict(x)[0].numpy()  # KI403",
    in_both_branches="""
        if small:
            y = model.predict_on_batch(x)
        else:
            y = model.predict(x)
        print(y.numpy())  # KI403
        """,
    what_a_helper_returns="""
        def scores(net, x):
            return net.predict(x)
        def first(x):
            found = scores(model, x)
            return found
        y = first(x)
        print(y.numpy())  # KI403
        print(scores(model, x)[0].numpy())  # KI403
        """,
    unpacked_and_iterated="""
        mean, spread = model.predict(x)
        print(spread.numpy())  # KI403
        for row in model.predict(x):
            print(row.numpy())  # KI403
        """,
    kept_by_an_object="""
        class Scores:
            def __init__(self, x):
                self.found = model.predict(x)
            def show(self):
                print(self.found.numpy())  # KI403
        """,
    passed_to_a_helper="""
        def show(scores):
            print(scores.numpy())  # KI403
        show(model.predict(x))
        """,
    on_self="""
        class Net(keras.Model):
            def score(self, x):
                return self.predict(x).numpy()  # KI403
        """,
)
def test_missed_alarms(judge: Judge, code: str) -> None:
    judge(code, select=("KI403",))


@table(
    direct_call="""
        y = model(x).numpy()
        model.predict(x)  # ok
        """,
    tensor_made_of_it="""
        y = tf.constant(model.predict(x)).numpy()  # ok
        """,
    rebound_as_a_tensor="""
        y = model.predict(x)  # ok
        y = tf.constant(y)
        print(y.numpy())
        """,
    tensor_in_one_branch="""
        if fast:
            y = model(x)
        else:
            y = model.predict(x)  # ok
        print(y.numpy())
        """,
    passed_to_a_helper_with_a_tensor="""
        def show(scores):
            print(scores.numpy())
        show(model.predict(x))  # ok
        show(model(x))
        """,
    in_a_pair="""
        found = (x, model.predict(x))  # ok
        print(found[n].numpy())
        """,
    own_predict="""
        class Net(keras.Model):
            def predict(self, x):
                return self(x)
        Net().predict(x).numpy()
        """,
    another_library="""
        import torch
        net = torch.load("net.pt")
        net.predict(x).numpy()
        """,
    unknown_receiver="""
        def run(net, x):
            return net.predict(x).numpy()
        """,
    guarded="""
        y = model.predict(x)  # ok
        if hasattr(y, "numpy"):
            y = y.numpy()
        """,
    numpy_of_another_name="""
        y, z = model.predict(x), model(x)  # ok
        print(z.numpy())
        """,
)
def test_false_alarms(judge: Judge, code: str) -> None:
    judge(code, select=("KI403",))


def test_the_message(judge: Judge) -> None:
    (found,) = judge("y = model.predict(x).numpy()  # KI403\n", select=("KI403",))
    assert found.message == "predict() returns NumPy arrays, which have no .numpy(). Drop it."
    assert found.severity is Severity.ERROR
