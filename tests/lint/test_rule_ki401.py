"""KI401: arguments that the predict family does not take. Missed and false alarms side by side."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lint_rules.findings.diagnostics import Diagnostic, Severity

Judge = Callable[..., list[Diagnostic]]
KERAS_2 = {"requirements.txt": "keras==2.10.0\n"}


def table(**cases: str) -> pytest.MarkDecorator:
    """One test a keyword, named after it."""
    return pytest.mark.parametrize("code", list(cases.values()), ids=[name.replace("_", "-") for name in cases])


@pytest.mark.parametrize(
    "call",
    [
        "predict(x, training=False)",
        "predict(x, training=True)",
        "predict(x, y=labels)",
        "predict(x, epochs=3)",
        "predict(x, shuffle=False)",
        "predict(x, sample_weight=w)",
        "predict(x, workers=4)",
        "predict(x, use_multiprocessing=True)",
        "predict(x, max_queue_size=10)",
        "evaluate(x, y, workers=2)",
        "evaluate(x, y, training=False)",
        "predict_on_batch(x, verbose=0)",
        "predict_on_batch(x, batch_size=32)",
        "predict_on_batch(x, training=False)",
        "test_on_batch(x, y, verbose=0)",
    ],
)
def test_missed_alarms(judge: Judge, call: str) -> None:
    judge(f"y = model.{call}  # KI401\n")


@table(
    two_wrong_arguments_are_one_finding="""
        model.predict(x, training=False, workers=4)  # KI401
        """,
    on_self="""
        class Net(keras.Model):
            def score(self, x):
                return self.predict(x, training=False)  # KI401
        """,
    labels_from_a_loader="""
        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
        model.predict(x_test, y_test)  # KI401
        """,
    labels_from_a_split="""
        from sklearn.model_selection import train_test_split
        x_train, x_test, y_train, y_test = train_test_split(x, y)
        model.predict(x_test, y_test)  # KI401
        """,
    labels_that_are_an_array="""
        labels = np.zeros(10)
        model.predict(x, labels)  # KI401
        """,
    among_the_loop_rules="""
        for x in xs:
            model.predict(x[None], training=False)  # KI201 KI401
        """,
)
def test_missed_alarms_in_code(judge: Judge, code: str) -> None:
    judge(code)


@table(
    every_argument_that_predict_has="""
        model.predict(x, batch_size=32, verbose="auto", steps=None, callbacks=None)  # ok
        """,
    every_argument_that_evaluate_has="""
        model.evaluate(x, y, batch_size=2, verbose=0, sample_weight=w, steps=1, callbacks=[], return_dict=True)  # ok
        """,
    batch_size_given_positionally="""
        model.predict(x, 32)  # ok
        model.predict(x, batch)  # ok
        model.predict(x, BATCH_SIZE, 0)  # ok
        """,
    batch_size_computed="""
        model.predict(x, len(x) // 4)  # ok
        size = int(np.ceil(len(x) / 4))
        model.predict(x, size)  # ok
        """,
    unknown_positional_argument="""
        def run(x, size):
            return model.predict(x, size)  # ok
        """,
    training_of_a_direct_call="""
        model(x, training=False)
        model.predict(x)  # ok
        """,
    overridden_with_such_a_parameter="""
        class Net(keras.Model):
            def predict(self, x, training=False):
                return self(x, training=training)
        Net().predict(x, training=True)
        """,
    another_library="""
        from sklearn.svm import SVC
        SVC().predict(x, training=True)
        """,
    unknown_receiver="""
        def run(thing, x):
            return thing.predict(x, training=True)
        """,
    options_unpacked="""
        model.predict(x, **options)  # ok
        """,
)
def test_false_alarms(judge: Judge, code: str) -> None:
    judge(code)


@pytest.mark.parametrize(
    "requirement",
    ["keras==2.10.0", "tensorflow==2.9.1", "tensorflow<2.16", "tensorflow~=2.8.0", "tf_keras>=2.15\ntf_keras==2.17"],
)
def test_in_projects_on_keras_2_workers_are_fine(judge: Judge, requirement: str) -> None:
    judge(
        {
            "requirements.txt": requirement + "\n",
            "code.py": """
                import keras
                model = keras.models.load_model("m")
                model.predict(x, workers=4)  # ok
                model.predict(x, training=False)  # KI401
                """,
        }
    )


@pytest.mark.parametrize("requirement", ["keras>=3", "keras==3.5", "tensorflow>=2.16", "tensorflow==2.17.0", "numpy"])
def test_in_projects_on_keras_3_they_are_not(judge: Judge, requirement: str) -> None:
    judge(
        {
            "requirements.txt": requirement + "\n",
            "code.py": "import keras\nmodel = keras.Sequential()\nmodel.predict(x, workers=4)  # KI401\n",
        }
    )


def test_code_that_imports_tf_keras_is_on_keras_2(judge: Judge) -> None:
    judge({"code.py": "import tf_keras\nmodel = tf_keras.Sequential()\nmodel.predict(x, workers=4)  # ok\n"})


def test_tf_keras_stays_keras_2_beside_a_tensorflow_that_has_keras_3(judge: Judge) -> None:
    judge(
        {
            "requirements.txt": "tensorflow==2.17.1\ntf_keras==2.17.0\n",
            "old.py": "from tf_keras.models import Model\nmodel = Model(x, y)\nmodel.predict(x, workers=4)  # ok\n",
            "asked.py": "import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\n"
            "from tensorflow.keras import Model\nmodel = Model(x, y)\nmodel.predict(x, workers=4)  # ok\n",
            "new.py": "from keras.models import Model  # not tf_keras\n"
            "model = Model(x, y)\nmodel.predict(x, workers=4)  # KI401\n",
        }
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            "predict(x, training=False)",
            "predict() takes no argument 'training'. It always runs in inference mode. Remove it.",
        ),
        (
            "predict(x, workers=2)",
            "predict() takes no argument 'workers' since Keras 3: a PyDataset has it in its constructor. Remove it.",
        ),
        (
            "predict(x, np.zeros(3))",
            "predict() takes batch_size as its second argument, not labels. Leave them out, or call evaluate(x, y).",
        ),
    ],
)
def test_the_message_names_the_argument(judge: Judge, call: str, message: str) -> None:
    (found,) = judge(f"model.{call}  # KI401\n")
    assert found.message == message
    assert found.severity is Severity.ERROR
