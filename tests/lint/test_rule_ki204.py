"""KI204: the same model predicts the same input again. Missed and false alarms side by side."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lint_rules import check_paths
from lint_rules.findings.diagnostics import Diagnostic, Severity

Judge = Callable[..., list[Diagnostic]]
LOOPS = ("KI201", "KI202", "KI203", "KI204")


def table(**cases: str) -> pytest.MarkDecorator:
    """One test a keyword, named after it."""
    return pytest.mark.parametrize("code", list(cases.values()), ids=[name.replace("_", "-") for name in cases])


@table(
    one_batch_of_an_iterator="""
        flow = keras.preprocessing.image.ImageDataGenerator().flow_from_directory("d", shuffle=False)
        def masks(batches):
            images = batches[0]
            for k in range(10):
                save(model.predict(images)[k])  # KI204
        masks(flow)
        """,
    array_made_before_the_loop="""
        x = np.random.rand(100, 8)
        for k in range(10):
            print(k, model.predict(x)[:, k].mean())  # KI204
        """,
    libraries_under_other_names="""
        import numpy as arrays
        from matplotlib import pyplot as figure
        x = arrays.random.rand(100, 8)
        for k in range(10):
            figure.plot(x[:, k])
            print(k, model.predict(arrays.log1p(x))[:, k].mean())  # KI204
        """,
    a_helper_that_each_iteration_gives_the_same="""
        x = np.random.rand(100, 8)
        def share(threshold, rows):
            scores = model.predict(rows)  # KI204
            return (scores > threshold).mean()
        for threshold in (0.1, 0.5, 0.9):
            print(threshold, share(threshold, x))
        """,
    a_helper_that_reads_what_the_module_has="""
        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
        def share(threshold):
            return (model.predict(x_test) > threshold).mean()  # KI204
        shares = [share(threshold) for threshold in (0.1, 0.5, 0.9)]
        """,
    one_row_made_before_the_loop="""
        x = np.zeros((1, 8))
        for k in range(10):
            print(k, model.predict(x)[0, k])  # KI204
        """,
    element_of_the_result_by_the_loop="""
        x = np.load("x.npy")
        labels = []
        for i in range(len(x)):
            labels.append(np.argmax(model.predict(x)[i]))  # KI204
        """,
    counted_by_hand="""
        x, i = np.load("x.npy"), 0
        while i < 5:
            print(model.predict(x)[i].argmax())  # KI204
            i += 1
        """,
    comprehension="""
        x = np.load("x.npy")
        labels = [model.predict(x)[i] for i in range(len(x))]  # KI204
        """,
    thresholds_over_a_loaded_set="""
        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
        for threshold in [0.1, 0.5, 0.9]:
            print(threshold, (model.predict(x_test) > threshold).sum())  # KI204
        """,
    thresholds_over_a_split="""
        from sklearn.model_selection import train_test_split
        x_train, x_test, y_train, y_test = train_test_split(np.load("x.npy"), np.load("y.npy"))
        for threshold in [0.1, 0.5, 0.9]:
            print(threshold, (model.predict(x_test) > threshold).sum())  # KI204
        """,
    inner_loop_only="""
        for path in paths:
            x = np.load(path)
            for k in range(10):
                print(model.predict(x)[:, k])  # KI204
        """,
    twice_in_one_statement="""
        print(model.predict(x)[0], model.predict(x)[1])  # KI204
        """,
    twice_by_another_way_of_passing="""
        a = model.predict(x, verbose=0)
        b = model.predict(x=x)  # KI204
        c = model.predict(verbose=1, x=x)  # KI204
        d = model.predict(x, 64, 0)
        e = model.predict(x, batch_size=64)  # KI204
        """,
    twice_in_a_row="""
        label = np.argmax(model.predict(image))
        score = np.max(model.predict(image))  # KI204
        """,
    twice_in_a_function="""
        from sklearn.metrics import mean_absolute_error as mae, root_mean_squared_error as rmse
        def report(x, y):
            print(mae(y, model.predict(x)))
            print(rmse(y, model.predict(x)))  # KI204
        """,
    the_third_time="""
        a = model.predict(x)
        b = model.predict(x)  # KI204
        c = model.predict(x)  # KI204
        """,
    the_same_model_under_other_names="""
        held = {"net": model}
        a = held["net"].predict(x)
        net = model
        b = net.predict(x)  # KI204
        """,
    two_helpers_that_predict_what_they_are_given="""
        class Judge:
            def __init__(self):
                self.net = model
            def label(self, image):
                return np.argmax(self.net.predict(image))
            def score(self, image):
                return float(np.max(self.net.predict(image)))  # KI204
        def report(judge, image):
            print(judge.label(image), judge.score(image))
        report(Judge(), x)
        def label(net, image):
            return np.argmax(net.predict(image))
        def score(image):
            print("scored")
            return np.max(model.predict(image))  # KI204
        a = label(model, x)
        b = score(x)
        """,
    the_same_input_kept_in_a_record="""
        class Job:
            def __init__(self, data):
                self.data = data
        a = model.predict(x)
        job = Job(x)
        b = model.predict(job.data)  # KI204
        """,
    what_an_object_keeps_from_its_constructor="""
        class Scorer:
            def __init__(self):
                self.image = np.zeros((1, 8))
                self.asked = 0
            def score(self):
                self.asked += 1
                return model.predict(self.image)[0, 0]  # KI204
        scorer = Scorer()
        for threshold in (0.1, 0.5, 0.9):
            print(threshold, scorer.score() > threshold)
        """,
    what_its_base_class_keeps="""
        class Base:
            def __init__(self):
                self.rows = np.load("x.npy")[None]
        class Scorer(Base):
            def score(self):
                return model.predict(self.rows)  # KI204
            def all(self):
                return [(self.score() > threshold).mean() for threshold in (0.1, 0.5, 0.9)]
        """,
    what_is_asked_for_each_element="""
        import numpy as np
        rows = np.load("rows.npy")
        def score(threshold):
            return np.mean(model.predict(rows)[:, 0] > threshold)  # KI204
        best = max(np.linspace(0, 1, 9), key=score)
        """,
    names_that_may_come_again="""
        x = np.load("x.npy")
        for mode in ("mean", "max", "max"):
            if mode == "max":
                print(model.predict(x).max())  # KI204
        for mode in modes:
            if mode == "max":
                print(model.predict(x).max())  # KI204
        """,
)
def test_missed_alarms(judge: Judge, code: str) -> None:
    judge(code, select=("KI204",))


@table(
    other_steps="""
        a = model.predict(x, steps=2)  # ok
        b = model.predict(x, steps=3)  # ok
        c = model.predict(x, **options)  # ok
        """,
    another_batch_each_time="""
        flow = keras.preprocessing.image.ImageDataGenerator().flow_from_directory("d", shuffle=False)
        for k in range(10):
            save(model.predict(flow)[k])
        images = next(flow)
        for k in range(10):
            images = next(flow)
            save(model.predict(images)[k])  # KI203
        """,
    predicted_before_the_loop="""
        x = np.random.rand(100, 8)
        scores = model.predict(x)  # ok
        for k in range(10):
            print(k, scores[:, k].mean())
        """,
    input_of_the_loop="""
        x = np.load("x.npy")
        for i in range(len(x)):
            print(model.predict(x[i : i + 1]))  # KI201
        """,
    input_changed_in_the_loop="""
        x = np.zeros((1, 8))
        for k in range(8):
            x[0, k] = 1
            print(model.predict(x))  # KI201
        """,
    input_changed_by_a_method="""
        x = np.zeros((100, 8))
        for k in range(8):
            x.sort(axis=0)
            print(model.predict(x))  # ok
        """,
    input_changed_by_a_function="""
        x = np.zeros((100, 8))
        for k in range(8):
            np.random.shuffle(x)
            print(model.predict(x))  # ok
        """,
    input_handed_to_a_function_that_may_change_it="""
        x = np.zeros((100, 8))
        for k in range(8):
            disturb(x)
            print(model.predict(x))  # ok
        """,
    trained_between="""
        x = np.load("x.npy")
        for epoch in range(10):
            model.fit(x, y)
            print(model.predict(x))  # ok
        """,
    trained_by_a_helper="""
        x = np.load("x.npy")
        def train():
            model.train_on_batch(a, b)
        for epoch in range(10):
            train()
            print(model.predict(x))  # ok
        """,
    weights_set_between="""
        x = np.load("x.npy")
        for weights in snapshots:
            model.set_weights(weights)
            print(model.predict(x))  # ok
        """,
    another_model_each_time="""
        x = np.load("x.npy")
        models = [keras.Sequential() for _ in range(3)]
        for m in models:
            print(m.predict(x))  # ok
        """,
    columns_shuffled_in_turn="""
        x = np.load("x.npy")
        for column in range(8):
            kept = x[:, column].copy()
            np.random.shuffle(x[:, column])
            print(column, model.predict(x).mean())  # ok
            x[:, column] = kept
        """,
    drawn_anew="""
        for k in range(10):
            x = np.random.rand(100, 8)
            print(model.predict(x))  # ok
        """,
    drawn_in_the_call="""
        for k in range(10):
            print(k, model.predict(np.random.rand(100, 8))[:, k])  # ok
        """,
    drawn_in_the_call_by_an_imported_name="""
        from numpy.random import rand
        for k in range(10):
            print(k, model.predict(rand(100, 8))[:, k])  # ok
        """,
    timed="""
        import time
        x = np.load("x.npy")
        for k in range(10):
            start = time.time()
            model.predict(x)  # ok
            print(time.time() - start)
        """,
    generator_as_input="""
        flow = make_generator()
        for k in range(10):
            print(model.predict(flow))  # ok
        """,
    unknown_input="""
        def run(x):
            for k in range(10):
                print(model.predict(x))  # ok
        """,
    while_loop_that_waits="""
        x = np.load("x.npy")
        while not ready():
            print(model.predict(x))  # ok
        """,
    monte_carlo_dropout="""
        inputs = keras.Input((8,))
        hidden = keras.layers.Dropout(0.5)(inputs, training=True)
        net = keras.Model(inputs, keras.layers.Dense(1)(hidden))
        x = np.load("x.npy")
        for k in range(10):
            print(k, net.predict(x)[:, k])  # ok
        """,
    monte_carlo_dropout_in_a_subclass="""
        class Always(keras.layers.Dropout):
            def call(self, x):
                return super().call(x, training=True)
        net = keras.Sequential([keras.layers.Dense(8), Always(0.5), keras.layers.Dense(1)])
        x = np.load("x.npy")
        for k in range(10):
            print(k, net.predict(x)[:, k])  # ok
        """,
    stateful_model="""
        net = keras.Sequential([keras.layers.LSTM(8, stateful=True)])
        x = np.zeros((1, 1, 8))
        for k in range(10):
            print(k, net.predict(x)[:, k])  # ok
        """,
    samples_collected_over_and_over="""
        x = np.load("x.npy")
        samples = [model.predict(x) for _ in range(100)]  # ok
        """,
    samples_filled_in_over_and_over="""
        x = np.load("x.npy")
        for i in range(100):
            samples[i] = model.predict(x)  # ok
        """,
    sampling_layer="""
        class Sampling(keras.layers.Layer):
            def call(self, z):
                return z + tf.random.normal(tf.shape(z))
        net = keras.Sequential([keras.layers.Dense(2), Sampling()])
        x = np.load("x.npy")
        for k in range(10):
            print(k, net.predict(x)[:, k])  # ok
        """,
    fitted_between_two_calls="""
        before = model.predict(x)  # ok
        model.fit(x, y)
        after = model.predict(x)  # ok
        """,
    warmed_up_and_timed="""
        import time
        model.predict(x)  # ok
        begin = time.perf_counter()
        model.predict(x)  # ok
        print(time.perf_counter() - begin)
        """,
    input_bound_between_two_calls="""
        a = model.predict(x)  # ok
        x = x + 1
        b = model.predict(x)  # ok
        """,
    item_set_between_two_calls="""
        a = model.predict(x)  # ok
        x[0] = 1
        b = model.predict(x)  # ok
        """,
    two_models="""
        other = keras.models.clone_model(model)
        a, b = model.predict(x), other.predict(x)  # ok
        """,
    two_inputs="""
        a, b = model.predict(x), model.predict(z)  # ok
        """,
    other_batch_size="""
        a = model.predict(x, batch_size=1)  # ok
        b = model.predict(x, batch_size=64)  # ok
        """,
    in_two_branches="""
        if verbose:
            a = model.predict(x)  # ok
        else:
            b = model.predict(x)  # ok
        """,
    a_part_of_what_the_loop_trains="""
        x = np.zeros((1, 8))
        first = keras.Sequential([keras.layers.Dense(8)])
        entry = keras.Input((8,))
        second = keras.Model(entry, keras.layers.Dense(2)(first(entry)))
        for k in range(100):
            second.train_on_batch(x, targets[k])
            print(first.predict(x))  # ok
        """,
    another_model_of_one_function="""
        def build():
            return keras.Sequential([keras.layers.Dense(8)])
        x = np.zeros((1, 8))
        first, second = build(), build()
        for k in range(100):
            second.train_on_batch(x, targets[k])
            print(first.predict(x))  # ok
        """,
    two_helpers_of_which_one_changes_what_it_is_given="""
        def label(image):
            image[0] = 0
            return np.argmax(model.predict(image))  # ok
        def score(image):
            return np.max(model.predict(image))  # ok
        a, b = label(x), score(x)
        """,
    two_helpers_with_inputs_of_their_own="""
        def label(image):
            small = image / 255
            return np.argmax(model.predict(small))  # ok
        def score(image):
            small = image / 127
            return np.max(model.predict(small))  # ok
        a, b = label(x), score(x)
        """,
    two_helpers_of_which_one_may_not_predict="""
        def label(image):
            if image is None:
                return 0
            return np.argmax(model.predict(image))  # ok
        def score(image):
            return np.max(model.predict(image))  # ok
        a, b = label(x), score(x)
        """,
    something_unknown_between="""
        a = model.predict(x)  # ok
        advance(x)
        b = model.predict(x)  # ok
        """,
    random_model_asked_twice="""
        import tensorflow_probability as tfp
        bayes = keras.Sequential([tfp.layers.DenseFlipout(8), keras.layers.Dense(1)])
        a = bayes.predict(x)  # ok
        b = bayes.predict(x)  # ok
        """,
    a_library_that_writes_under_another_name="""
        import numpy as arrays
        x, shown = arrays.zeros((1, 8)), arrays.zeros((1, 8))
        for k in range(10):
            arrays.copyto(x, shown + k)
            print(model.predict(x)[0, k])  # KI201
        a = model.predict(x)  # ok
        arrays.copyto(x, shown)
        b = model.predict(x)  # ok
        """,
    a_helper_that_predicts_once_only="""
        x = np.random.rand(100, 8)
        found = {}
        def share(threshold):
            if "scores" not in found:
                found["scores"] = model.predict(x)  # ok
            return (found["scores"] > threshold).mean()
        shares = [share(threshold) for threshold in (0.1, 0.5, 0.9)]
        """,
    a_helper_whose_results_are_kept="""
        import functools
        x = np.random.rand(100, 8)
        @functools.lru_cache
        def scores(rows):
            return model.predict(rows)  # ok
        shares = [(scores(x) > threshold).mean() for threshold in (0.1, 0.5, 0.9)]
        """,
    a_helper_that_changes_what_it_is_given="""
        x = np.random.rand(100, 8)
        def share(threshold, rows):
            rows[rows < threshold] = 0
            return model.predict(rows).mean()  # ok
        shares = [share(threshold, x) for threshold in (0.1, 0.5, 0.9)]
        """,
    a_helper_that_is_given_other_rows="""
        x = np.random.rand(100, 8)
        def share(threshold, rows):
            return (model.predict(rows) > threshold).mean()  # ok
        shares = [share(threshold, x[x > threshold]) for threshold in (0.1, 0.5, 0.9)]
        """,
    a_helper_with_a_batch_size_of_the_loop="""
        x = np.random.rand(100, 8)
        def scores(rows, size):
            return model.predict(rows, batch_size=size)  # ok
        for size in (8, 16, 32):
            print(size, scores(x, size).mean())
        """,
    next_batch_of_a_generator="""
        a = model.predict(next(flow))  # ok
        b = model.predict(next(flow))  # ok
        """,
    an_input_that_another_method_stores="""
        class Scorer:
            def __init__(self):
                self.rows = np.zeros((9, 8))
            def show(self, rows):
                self.rows = rows
            def score(self):
                return model.predict(self.rows)  # ok
        scorer = Scorer()
        for threshold in (0.1, 0.5, 0.9):
            scorer.show(np.random.rand(9, 8))
            print(threshold, scorer.score() > threshold)
        """,
    a_method_and_the_one_that_overrides_it="""
        class Maker:
            def make(self, codes):
                return model.predict(codes)  # ok
            def show(self, codes):
                print(self.make(codes))
        class Other(Maker):
            def make(self, codes):
                return model.predict(codes)  # ok
        Other().show(np.random.rand(9, 8))
        """,
    an_input_that_another_object_writes_into="""
        class Game:
            def __init__(self):
                self.board = np.zeros((9, 8))
            def play(self, move):
                self.board[move] = 1
        class Player:
            def __init__(self, game):
                self.board = game.board
            def score(self):
                return model.predict(self.board)  # ok
        game = Game()
        player = Player(game)
        for move in range(8):
            game.play(move)
            print(move, player.score())
        """,
    an_input_that_code_elsewhere_stores="""
        class Scorer:
            def __init__(self):
                self.rows = np.zeros((9, 8))
            def score(self):
                return model.predict(self.rows)  # ok
        def ask(scorer):
            return [(scorer.score() > threshold).mean() for threshold in (0.1, 0.5, 0.9)]
        def listen(scorer, rows):
            scorer.rows = rows
        ask(Scorer())
        """,
    an_input_that_another_method_writes_into="""
        class Scorer:
            def __init__(self):
                self.rows = np.zeros((9, 8))
            def move(self):
                rows = self.rows
                rows += 1
            def score(self):
                return model.predict(self.rows)  # ok
        scorer = Scorer()
        for threshold in (0.1, 0.5, 0.9):
            scorer.move()
            print(threshold, scorer.score() > threshold)
        """,
    an_input_of_the_function_around="""
        def retried(x):
            def run():
                return model.predict(x)  # KI201
            return run()
        def later(x):
            def run():
                return model.predict(x)  # KI201
            return run
        for row in rows:
            retried(np.array([row]))
            later(np.array([row]))()
        for row in rows:
            def answer(x=np.array([row])):
                return model.predict(x)  # KI201
            print(answer())
        for row in rows:
            shifted = np.array([row])
            def move():
                return model.predict(shifted)  # KI201
            print(move())
        """,
    what_is_asked_for_each_element_changes_it="""
        import numpy as np
        rows = np.load("rows.npy")
        def score(scale):
            return np.mean(model.predict(rows * scale)[:, 0])  # ok
        best = max(np.linspace(0, 1, 9), key=score)
        def trained(rate):
            model.optimizer.learning_rate = rate
            model.fit(rows, targets)
            return np.mean(model.predict(rows))  # ok
        best = min((0.1, 0.01), key=trained)
        """,
    one_turn_by_its_name="""
        x = np.load("x.npy")
        for mode in ("mean", "max"):
            if mode == "max":
                print(model.predict(x).max())  # ok
        for mode in ("mean", "max"):
            match mode:
                case "max":
                    print(model.predict(x).max())  # ok
                case _:
                    print(mode)
        for name, limit in limits.items():
            if name == "test":
                print(model.predict(x) > 0.5)  # ok
        """,
)
def test_false_alarms(judge: Judge, code: str) -> None:
    judge(code, select=LOOPS)


def test_tests_are_left_alone(judge: Judge) -> None:
    judge({"test_net.py": "import keras\nm = keras.Sequential()\nassert (m.predict(x) == m.predict(x)).all()  # ok\n"})


def test_the_cells_of_a_notebook_may_each_predict(tmp_path: Path) -> None:
    cells = [
        "import keras\nmodel = keras.models.load_model('m.keras')",
        "codes = model.predict(x)",
        "print(model.predict(x).shape)",
        "a = model.predict(x)\nb = model.predict(x)",
    ]
    made = [{"cell_type": "code", "source": cell} for cell in cells]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    (found,) = check_paths([tmp_path], select=["KI204"])
    assert (found.location.cell, found.location.start.row) == (4, 2)


def test_the_message_names_the_loop(judge: Judge) -> None:
    (found,) = judge("x = np.zeros((9, 2))\nfor k in range(9):\n    print(model.predict(x)[k])  # KI204\n")
    assert "gives the same result in every iteration of `for k in range(9)`" in found.message
    assert found.severity is Severity.WARNING


def test_the_message_names_the_line_of_the_first_call(judge: Judge) -> None:
    (found,) = judge("a = model.predict(x)\nb = model.predict(x)  # KI204\n")
    assert "(line 5)" in found.message
    assert [step.location.start.row for step in found.trace] == [5]


# Inputs that are written in place


@table(
    drawn_on="""
        import cv2
        x = np.zeros((1, 64, 64, 1), np.uint8)
        for start, end in lines:
            cv2.line(x[0], start, end, 255)
            print(model.predict(x))  # ok
        """,
    copied_into="""
        x = np.zeros((1, 8))
        for row in rows:
            np.copyto(x[0], row)
            print(model.predict(x))  # KI201
        """,
    output_of_a_function="""
        x = np.zeros((1, 8))
        for row in rows:
            np.clip(row, 0, 1, out=x[0])
            print(model.predict(x))  # KI201
        """,
    output_by_position="""
        x = np.zeros((1, 8))
        for row in rows:
            np.add(row, 1.0, x[0])
            print(model.predict(x))  # KI201
        """,
    output_of_a_method="""
        x = np.zeros((1, 8))
        for block in np.load("blocks.npy"):
            block.mean(axis=0, out=x[0])
            print(model.predict(x))  # KI201
        """,
    written_through_a_view_that_a_function_gives="""
        buffer = np.zeros((1, 28, 28))
        view = np.squeeze(buffer)
        for i in range(9):
            view[i] = 1
            print(model.predict(buffer))  # KI201
        """,
    written_through_a_view="""
        x = np.zeros((1, 8))
        line = x.reshape(8)
        for row in rows:
            line[:] = row
            print(model.predict(x))  # KI201
        """,
    read_through_a_view="""
        x = np.zeros((4, 8))
        line = x[0]
        for row in rows:
            x[0] = row
            print(model.predict(line[None]))  # KI201
        """,
    helper_that_fills="""
        def fill(target, row):
            target[0, :4] = row[:4]
            target[0, 4:] = 0

        x = np.zeros((1, 8))
        for row in rows:
            fill(x, row)
            print(model.predict(x))  # KI201
        """,
    helper_of_a_helper="""
        def put(values, target):
            np.copyto(dst=target, src=values)

        def fill(target, row):
            put(row / 255.0, target[0])

        x = np.zeros((1, 8))
        for row in rows:
            fill(row=row, target=x)
            print(model.predict(x))  # KI201
        """,
    image_buffer="""
        import cv2

        x = np.zeros((1, 32, 32, 3), np.uint8)
        for name in names:
            cv2.resize(cv2.imread(name), (32, 32), dst=x[0])
            print(model.predict(x))  # KI201
        """,
    another_array_is_written="""
        x, shown = np.zeros((1, 8)), np.zeros(8)
        for k in range(10):
            np.copyto(shown, k)
            print(model.predict(x)[0, k])  # KI204
        """,
    helper_that_reads="""
        def show(values, target):
            target.append(values.mean())

        x, means = np.zeros((1, 8)), []
        for k in range(10):
            show(np.ones(k + 1), means)
            print(model.predict(x)[0, k])  # KI204
        """,
)
def test_an_input_that_is_written_in_place_is_not_the_same(judge: Judge, code: str) -> None:
    judge(code, LOOPS)
