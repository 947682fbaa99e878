"""KI405 predict-on-shuffled-data: predictions in one order, labels in another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Lines = Callable[..., list[str]]

HEAD = """
import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.metrics import accuracy_score, classification_report, confusion_matrix
from tensorflow.keras.preprocessing.image import ImageDataGenerator

model = keras.models.load_model("m.keras")
images = ImageDataGenerator(rescale=1 / 255)
"""
CALL = "scores = model.predict(test)"


def judged(lines_of: Lines, body: str, **files: str) -> list[str]:
    return lines_of("KI405", HEAD + body, **files)


# Missed alarms


@pytest.mark.parametrize(
    "source",
    [
        "images.flow_from_directory('test')",
        "images.flow_from_directory('test', shuffle=True, seed=1)",
        "images.flow_from_dataframe(frame, directory='test')",
        "images.flow(x, y)",
        "ImageDataGenerator().flow_from_directory('test')",
    ],
)
@pytest.mark.parametrize("labels", ["test.classes", "test.labels", "test.filenames", "next(test)[1]", "test[0][1]"])
def test_iterators_shuffle_by_default(lines_of: Lines, source: str, labels: str) -> None:
    body = f"test = {source}\n{CALL}\nprint(accuracy_score({labels}, scores.argmax(axis=1)))\n"
    assert judged(lines_of, body) == [CALL]


@pytest.mark.parametrize(
    "source",
    [
        "keras.utils.image_dataset_from_directory('test')",
        "tf.keras.preprocessing.image_dataset_from_directory('test', seed=3).map(scale).prefetch(1)",
        "keras.utils.text_dataset_from_directory('test')",
        "keras.utils.audio_dataset_from_directory('test')",
        "tf.data.Dataset.from_tensor_slices((x, y)).shuffle(100).batch(8)",
        "tf.data.Dataset.from_tensor_slices((x, y)).batch(8).shuffle(100, seed=1)",
    ],
)
@pytest.mark.parametrize(
    "labels",
    [
        "np.concatenate([y for x, y in test], axis=0)",
        "np.concatenate([batch[1].numpy() for batch in test])",
        "[label for _, label in test.unbatch()]",
        "list(test.map(lambda x, y: y).unbatch().as_numpy_iterator())",
        "np.concatenate(tuple(test.map(lambda x, y: y)))",
        "np.fromiter(test.map(lambda x, y: y).unbatch().as_numpy_iterator(), int)",
    ],
)
def test_a_second_pass_over_a_shuffled_data_set(lines_of: Lines, source: str, labels: str) -> None:
    body = f"test = {source}\n{CALL}\nwanted = {labels}\nprint(classification_report(wanted, scores.argmax(1)))\n"
    assert judged(lines_of, body) == [CALL]


def test_labels_collected_in_a_loop_of_their_own(lines_of: Lines) -> None:
    body = f"""
test = keras.utils.image_dataset_from_directory('test')
wanted = []
for batch, labels in test:
    wanted.extend(labels.numpy())
{CALL}
print(confusion_matrix(wanted, np.argmax(scores, axis=1)))
"""
    assert judged(lines_of, body) == [CALL]


@pytest.mark.parametrize(
    "meeting",
    [
        "right = np.mean(guessed == test.classes)",
        "right = np.sum(np.equal(guessed, test.classes)) / len(test.classes)",
        "wrong = [n for n, g, c in zip(test.filenames, guessed, test.classes) if g != c]",
        "table = pd.DataFrame({'file': test.filenames, 'class': guessed})",
        "print(confusion_matrix(y_true=test.classes, y_pred=guessed))",
    ],
)
def test_every_way_to_put_them_side_by_side(lines_of: Lines, meeting: str) -> None:
    body = f"test = images.flow_from_directory('test')\n{CALL}\nguessed = scores.argmax(axis=1)\n{meeting}\n"
    assert judged(lines_of, body) == [CALL]


@pytest.mark.parametrize(
    "learning",
    ["head.fit(scores, wanted, epochs=3)", "head.fit(x=scores, y=wanted)", "svm.fit(scores, wanted)"],
)
def test_features_learned_with_labels_of_another_pass(lines_of: Lines, learning: str) -> None:
    body = f"test = images.flow_from_directory('test')\n{CALL}\nwanted = keras.utils.to_categorical(test.classes)\n"
    assert judged(lines_of, f"{body}{learning}\n") == [CALL]


def test_features_and_labels_of_the_validation_data(lines_of: Lines) -> None:
    body = f"test = images.flow_from_directory('test')\n{CALL}\n"
    assert judged(lines_of, f"{body}head.fit(a, b, validation_data=(scores, test.classes))\n") == [CALL]
    assert judged(lines_of, f"{body}head.fit(a, test.classes, validation_data=(scores, b))\n") == []


def test_the_array_that_the_generator_was_made_of(lines_of: Lines) -> None:
    made = "x, y = np.load('x.npy'), np.load('y.npy')\ntest = images.flow(x, y)\n"
    body = f"{made}{CALL}\nprint(accuracy_score(y, scores > 0.5))\n"
    assert judged(lines_of, body) == [CALL]


def test_a_generator_from_a_helper_and_from_the_instance(lines_of: Lines) -> None:
    helper = """
def sources():
    train = images.flow_from_directory('train')
    test = images.flow_from_directory('test', batch_size=8)
    return train, test

train, test = sources()
"""
    assert judged(lines_of, f"{helper}{CALL}\nprint(accuracy_score(test.classes, scores.argmax(1)))\n") == [CALL]
    instance = """
class Report:
    def __init__(self):
        self.test = images.flow_from_directory('test')

    def show(self):
        scores = model.predict(self.test)
        return confusion_matrix(self.test.classes, scores.argmax(axis=1))
"""
    assert judged(lines_of, instance) == ["scores = model.predict(self.test)"]


def test_only_the_first_of_both_subsets_is_shuffled(lines_of: Lines) -> None:
    body = """
train, test = keras.utils.image_dataset_from_directory('all', validation_split=0.2, subset='both', seed=1)
scores = model.predict({0})
print(accuracy_score([y for x, y in {0}.unbatch()], scores.argmax(1)))
"""
    assert judged(lines_of, body.format("train")) == ["scores = model.predict(train)"]
    assert judged(lines_of, body.format("test")) == []


# False alarms


@pytest.mark.parametrize(
    "source",
    [
        "images.flow_from_directory('test', shuffle=False)",
        "images.flow_from_directory('test', (64, 64), 'rgb', None, 'categorical', 32, False)",
        "images.flow_from_directory('test', shuffle=keep)",
        "images.flow_from_directory('test', **options)",
        "keras.utils.image_dataset_from_directory('test', shuffle=False)",
        "keras.utils.image_dataset_from_directory('test').cache()",
        "keras.utils.timeseries_dataset_from_array(x, y, 8)",
        "tf.data.Dataset.from_tensor_slices((x, y)).shuffle(100, reshuffle_each_iteration=False).batch(8)",
        "tf.data.Dataset.from_tensor_slices((x, y)).batch(8)",
        "make_test_set()",
    ],
)
def test_sources_whose_order_is_kept_or_not_shown(lines_of: Lines, source: str) -> None:
    body = f"test = {source}\n{CALL}\nprint(accuracy_score(test.classes, scores.argmax(axis=1)))\n"
    body += "print(accuracy_score(np.concatenate([y for x, y in test]), scores.argmax(axis=1)))\n"
    assert judged(lines_of, body) == []


def test_shuffling_under_a_condition_is_not_shown(lines_of: Lines) -> None:
    body = f"""
def load(path, train):
    data = tf.data.Dataset.from_tensor_slices((x, y))
    if train:
        data = data.shuffle(100)
    return data.batch(8)

test = load('test', False)
{CALL}
print(accuracy_score(np.concatenate([y for x, y in test]), scores.argmax(axis=1)))
"""
    assert judged(lines_of, body) == []


def test_labels_of_the_same_pass(lines_of: Lines) -> None:
    body = """
test = keras.utils.image_dataset_from_directory('test')
wanted, guessed = [], []
for batch, labels in test:
    wanted.extend(labels.numpy())
    guessed.extend(model.predict(batch).argmax(axis=1))
print(confusion_matrix(wanted, guessed))
"""
    assert judged(lines_of, body) == []


@pytest.mark.parametrize(
    "use",
    [
        "print(len(test.classes), scores.shape)",
        "names = {v: k for k, v in test.class_indices.items()}\nprint([names[k] for k in scores.argmax(1)])",
        "print(scores.sum() - len(test.classes))",
        "print(np.mean(scores) - np.mean(test.classes))",
        "print(accuracy_score(answers, scores.argmax(1)), test.classes)",
        "print(classification_report(answers, scores.argmax(1), labels=np.unique(test.classes)))",
    ],
)
def test_uses_in_which_the_order_of_rows_does_not_matter(lines_of: Lines, use: str) -> None:
    assert judged(lines_of, f"test = images.flow_from_directory('test')\n{CALL}\n{use}\n") == []


def test_labels_of_another_source(lines_of: Lines) -> None:
    body = "test = images.flow_from_directory('a')\nother = images.flow_from_directory('b', shuffle=False)\n"
    assert judged(lines_of, f"{body}{CALL}\nprint(accuracy_score(other.classes, scores.argmax(1)))\n") == []


def test_shuffling_switched_off_afterwards_or_undone(lines_of: Lines) -> None:
    off = f"test = images.flow_from_directory('a')\ntest.shuffle = False\n{CALL}\n"
    assert judged(lines_of, off + "print(accuracy_score(test.classes, scores.argmax(1)))\n") == []
    undone = f"test = images.flow_from_directory('a')\n{CALL}\n"
    undone += "print(accuracy_score(test.classes[test.index_array], scores.argmax(1)))\n"
    assert judged(lines_of, undone) == []


# Labels that a helper gathers


DATASET = "test = keras.utils.image_dataset_from_directory('test', label_mode='categorical')\n"


@pytest.mark.parametrize(
    "helper",
    [
        "def truth(data):\n    return np.concatenate([y for _, y in data])\n",
        "def truth(data):\n    found = []\n    for _, y in data:\n        found.extend(y.numpy())\n    return found\n",
        "def truth(data):\n    return [y.argmax() for _, y in data.unbatch().as_numpy_iterator()]\n",
        "def truth(data):\n    found = []\n    for _, y in data.unbatch():\n        found.append(np.argmax(y))\n"
        "    return np.array(found)\n",
        "def truth(data):\n    found, left = [], iter(data)\n    while True:\n        _, y = next(left)\n"
        "        found.append(y)\n        if len(found) == 9:\n            return found\n",
        "def truth(data):\n    for _, y in data:\n        yield from y.numpy()\n",
        "def truth(data):\n    images, found = zip(*data.unbatch())\n    return found\n",
        "def truth(data):\n    return np.fromiter((y for _, y in data.unbatch()), int)\n",
    ],
)
def test_labels_come_from_a_helper(lines_of: Lines, helper: str) -> None:
    use = "print(accuracy_score(list(truth(test)), scores.argmax(1)))\n"
    assert judged(lines_of, f"{helper}{DATASET}{CALL}\n{use}") == [CALL]


@pytest.mark.parametrize(("kind", "asked"), [("", "self.truth()"), ("@property", "self.truth")])
def test_labels_come_from_another_method(lines_of: Lines, kind: str, asked: str) -> None:
    code = f"""
class Report:
    def __init__(self, folder):
        self.test = images.flow_from_directory(folder)
    {kind}
    def truth(self):
        return self.test.labels
    def size(self):
        return self.test.samples
    def matrix(self):
        scores = model.predict(self.test)
        return confusion_matrix({asked}, scores.argmax(axis=1))
    def count(self):
        scores = model.predict(self.test)
        return np.subtract(self.size(), len(scores))
"""
    assert judged(lines_of, code) == ["scores = model.predict(self.test)"]


@pytest.mark.parametrize(
    "helper",
    [
        "def truth(data):\n    return sum(len(y) for _, y in data)\n",
        "def truth(data):\n    for _, y in data:\n        print(y)\n    return answers\n",
        "def truth(data):\n    return answers\n",
    ],
)
def test_a_helper_that_gives_no_labels(lines_of: Lines, helper: str) -> None:
    use = "print(accuracy_score(list(truth(test)), scores.argmax(1)))\n"
    assert judged(lines_of, f"{helper}{DATASET}{CALL}\n{use}") == []


@pytest.mark.parametrize(
    ("helper", "told"),
    [
        ("def scored(data):\n    return model.predict(data)\n", True),
        ("def scored(data):\n    found = model.predict(data)\n    return found, len(found)\n", True),
        ("def scored(data):\n    data.shuffle = False\n    return model.predict(data)\n", False),
        ("def scored(data):\n    return model.predict(data).mean()\n", False),
        ("def scored(data):\n    print(model.predict(data))\n    return answers\n", False),
    ],
)
def test_predictions_come_from_a_helper(lines_of: Lines, helper: str, told: bool) -> None:
    test = "test = images.flow_from_directory('test')\n"
    use = "print(accuracy_score(test.classes, scored(test)))\n"
    found = judged(lines_of, f"{helper}{test}{use}")
    assert [line.split("model.")[1] for line in found] == (["predict(data)"] if told else [])


def test_a_caller_that_keeps_the_order(lines_of: Lines) -> None:
    helper = "def scored(data):\n    return model.predict(data)\n"
    test = "test = images.flow_from_directory('test')\ntest.shuffle = False\n"
    assert judged(lines_of, f"{helper}{test}print(accuracy_score(test.classes, scored(test)))\n") == []


def test_a_helper_that_predicts_in_the_same_pass(lines_of: Lines) -> None:
    helper = "def both(data):\n    found = [(y, model.predict(x)) for x, y in data]\n    return found\n"
    use = "wanted, scores = zip(*both(test))\nprint(accuracy_score(wanted, scores))\n"
    assert judged(lines_of, f"{helper}{DATASET}{use}") == []


def test_a_method_that_is_gone_does_not_hide_the_order(judge: Callable[..., list[Any]]) -> None:
    code = HEAD + "test = images.flow_from_directory('test')\nscores = model.predict_generator(test)\n"
    code += "print(accuracy_score(test.classes, scores.argmax(1)))\n"
    code = code.replace("predict_generator(test)", "predict_generator(test)  # KI402 KI405")
    judge({"code.py": code}, select=("KI402", "KI405"))
