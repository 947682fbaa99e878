"""KI203: a loop feeds predict batch by batch. Missed and false alarms side by side."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

from lint_rules.findings.diagnostics import Diagnostic, Severity

Judge = Callable[..., list[Diagnostic]]


def table(**cases: str) -> pytest.MarkDecorator:
    """One test a keyword, named after it."""
    return pytest.mark.parametrize("code", list(cases.values()), ids=[name.replace("_", "-") for name in cases])


@table(
    a_list_that_is_predicted_when_full_for_each_volume="""
        for name in names:
            batch = []
            for cube in cubes(np.load(name)):
                if cube.sum() > 20:
                    batch.append(cube[None])
                    if len(batch) % size == 0:
                        print(model.predict(np.vstack(batch), batch_size=size))  # KI203
                        batch = []
        """,
    batches_of_a_sequence_by_index="""
        from tensorflow.keras.utils import Sequence
        def evaluate(batches: Sequence):
            for i in range(len(batches)):
                x, y = batches[i]
                print(model.predict(x))  # KI203
        class Batches(Sequence):
            def __getitem__(self, i):
                return read(i)
        held = Batches()
        for i in range(len(held)):
            batch = held[i]
            print(model.predict(batch[0]))  # KI203
        """,
    batches_of_a_loader_of_torch="""
        from torch.utils.data import DataLoader
        def embeddings(loader: DataLoader):
            found = []
            for batch in loader:
                x = batch[0] if isinstance(batch, tuple) else batch
                found.append(model.predict(x, verbose=0))  # KI203
            return np.concatenate(found)
        """,
    batches_of_a_generator_by_index="""
        flow = keras.preprocessing.image.ImageDataGenerator().flow_from_directory("d")
        for i in range(len(flow)):
            print(model.predict(flow[i][0]))  # KI203
        """,
    generator_made_for_each_piece="""
        import pandas as pd
        class Batches(keras.utils.Sequence):
            def __init__(self, names, size):
                self.names = names
            def __getitem__(self, i):
                return read(self.names[i])
        def pieces(names, size):
            start = 0
            while start < len(names):
                yield names[start : start + size]
                start += size
        names = pd.read_csv("names.csv").name.tolist()
        todo = pieces(names, 64)
        for _ in range(len(names) // 64):
            batches = Batches(next(todo), 64)
            print(model.predict_generator(batches))  # KI203 KI402
        """,
    the_next_batch_of_a_data_set="""
        student = keras.Sequential([keras.layers.Dense(2)])
        model.trainable = False
        for _ in range(1000):
            x, y = mnist.train.next_batch(128)
            student.fit(x, model.predict(x))  # KI203
            keras.backend.set_value(student.optimizer.lr, 0.01)
        """,
    what_an_object_yields_that_is_called="""
        class Reader:
            def __call__(self, names, size):
                for start in range(0, len(names), size):
                    yield read(names[start : start + size])
        reader = Reader()
        for inputs in reader(names, 64):
            print(model.predict(inputs))  # KI203
        """,
    what_the_documentation_calls_a_generator="""
        def score(model, source):
            'Scores.\\n\\nArgs:\\n    model: a Keras model\\n    source: data generator'
            for batch in source:
                print(model.predict(batch[0]))  # KI203
        """,
    a_buffer_that_is_scaled="""
        pair = np.zeros((2, 64, 64, 1))
        for k in range(30):
            pair[0] = first[k]
            pair[1] = second[k]
            print(model.predict([(pair - mean) / deviation]))  # KI203
        """,
    batches_of_an_iterator_of_the_project="""
        class Batches:
            def __init__(self, names, size):
                self.names, self.size = names, size
            def __iter__(self):
                return self
            def __next__(self):
                batch = np.zeros((self.size, 64, 64, 3))
                for i in range(self.size):
                    batch[i] = read(self.names)
                return batch
        def masks(images):
            return model.predict(images)  # KI203
        for images in Batches(names, 16):
            save(masks(images[:, :, 0:32, :]))
        """,
    next_pair_of_a_generator="""
        def pairs(paths):
            for path in paths:
                yield read(path), labels_of(path)
        batches = pairs(paths)
        for _ in range(100):
            x, y = next(batches)
            print(model.predict(x), y)  # KI203
        """,
    bounds_of_the_last_piece="""
        for k in range(len(paths) // 32 + 1):
            first, last = k * 32, min((k + 1) * 32, len(paths))
            images = []
            for path in paths[first:last]:
                images.append(read(path)[np.newaxis])
            print(model.predict(np.vstack(images), batch_size=32))  # KI203
        for k in range(9):
            start = k * 32
            count = min(32, len(paths) - start)
            batch = np.empty((count, 8, 8, 3))
            for i in range(count):
                batch[i] = read(paths[start + i])
            print(model.predict(batch))  # KI203
        """,
    one_user_with_the_items_to_rank="""
        def hits(model, ratings, negatives):
            for k in range(len(ratings)):
                items = negatives[k]
                users = np.full(len(items), ratings[k][0], dtype="int32")
                scores = model.predict([users, np.array(items)], batch_size=100, verbose=0)  # KI203
        hits(model, ratings, negatives)
        for user, items in candidates.items():
            model.predict([np.array([user] * len(items)), np.array(items)])  # KI203
        def rank(k):
            items = negatives[k]
            return model.predict([np.repeat(ratings[k], len(items)), items])  # KI203
        for k in range(9):
            rank(k)
        """,
    annotated_dataset="""
        def evaluate(data: tf.data.Dataset):
            for x, y in data:
                print(model.predict(x))  # KI203
        """,
    slices_of_an_array="""
        scores = []
        for i in range(0, len(x), 256):
            scores.append(model.predict(x[i : i + 256]))  # KI203
        """,
    slices_by_a_counted_batch="""
        for b in range(n_batches):
            batch = x[b * size : (b + 1) * size]
            scores[b * size : (b + 1) * size] = model.predict(batch)  # KI203
        """,
    slices_in_a_comprehension="""
        scores = np.concatenate([model.predict(x[i : i + 64]) for i in range(0, len(x), 64)])  # KI203
        """,
    slices_in_a_while="""
        start = 0
        while start < len(x):
            out.append(model.predict(x[start : start + size]))  # KI203
            start += size
        """,
    dataset="""
        data = tf.data.Dataset.from_tensor_slices(x).batch(32)
        for batch in data:
            scores.append(model.predict(batch))  # KI203
        """,
    dataset_with_labels="""
        data = keras.utils.image_dataset_from_directory("images")
        for images, labels in data:
            y_pred.extend(model.predict(images).argmax(axis=1))  # KI203
            y_true.extend(labels.numpy())
        """,
    datasets_of_a_catalogue="""
        import tensorflow_datasets as tfds
        test = tfds.load("flowers", split="test", batch_size=32)
        for images, labels in test:
            scores.append(model.predict(images))  # KI203
        first, info = tfds.load("flowers", split="test", batch_size=32, with_info=True)
        for images, labels in first:
            scores.append(model.predict(images))  # KI203
        every = tfds.load("flowers", batch_size=32)
        for images, labels in every["test"]:
            scores.append(model.predict(images))  # KI203
        """,
    batches_of_a_generator_by_number="""
        feed = keras.preprocessing.image.ImageDataGenerator().flow_from_directory("images")
        for i in range(len(feed)):
            images, labels = feed[i]
            scores.append(model.predict(images))  # KI203
            scores.append(model.predict(feed[i][0]))  # KI203
        for _ in range(10):
            images, labels = feed.next()
            scores.append(model.predict(images))  # KI203
        """,
    batches_of_a_sequence_by_number="""
        class Feed(keras.utils.PyDataset):
            def __getitem__(self, i):
                return read(i)
        feed = Feed()
        for i in range(len(feed)):
            x, y = feed[i]
            scores.append(model.predict(x))  # KI203
        """,
    pieces_of_an_array="""
        import itertools
        for piece in np.array_split(x, 10):
            scores.append(model.predict(piece))  # KI203
        for piece in itertools.batched(paths, 64):
            scores.append(model.predict(read(piece)))  # KI203
        """,
    slices_reshaped="""
        for i in range(0, len(x), 256):
            scores.append(model.predict(x[i : i + 256].reshape(-1, 28, 28, 1)))  # KI203
        """,
    part_of_a_dataset="""
        data = tf.data.Dataset.from_tensor_slices(x).batch(32)
        for images, labels in data.take(3):
            show(images, model.predict(images))  # KI203
        """,
    generator_of_the_project="""
        def batches(x):
            for i in range(0, len(x), 32):
                yield x[i : i + 32]
        for batch in batches(x):
            scores.append(model.predict(batch))  # KI203
        """,
    sequence_of_the_project="""
        class Feed(keras.utils.Sequence):
            def __getitem__(self, i):
                return self.x[i * 32 : (i + 1) * 32], self.y[i * 32 : (i + 1) * 32]
        for images, labels in Feed():
            scores.append(model.predict(images))  # KI203
        """,
    inputs_of_the_next_batch="""
        for i in range(10):
            batch = next(batches)
            print(model.predict(batch[0]))  # KI203
        """,
    next_batch_of_a_data_set="""
        def scores_of(data, size):
            found = []
            for _ in range(len(data) // size):
                batch = data.next_batch(size, shuffle=False)
                found.append(model.predict(batch.images))  # KI203
            return found
        """,
    next_of_an_iterator="""
        flow = keras.preprocessing.image.ImageDataGenerator().flow_from_directory("images")
        for _ in range(len(flow)):
            images, labels = next(flow)
            scores.append(model.predict(images))  # KI203
        """,
    list_that_is_emptied_when_it_is_full="""
        pending = []
        for n, path in enumerate(paths, 1):
            pending.append(np.load(path))
            if n % 32 == 0:
                scores.extend(model.predict(np.stack(pending)))  # KI203
                pending.clear()
        """,
    list_of_an_object_that_is_emptied_when_it_is_full="""
        class Buffer:
            def __init__(self):
                self.rows, self.out = [], []
            def add(self, row):
                self.rows.append(row)
                if len(self.rows) >= 256:
                    self.flush()
            def flush(self):
                self.out.extend(model.predict(np.stack(self.rows)))  # KI203
                self.rows = []
        buffer = Buffer()
        for path in paths:
            buffer.add(np.load(path))
        """,
)
def test_missed_alarms(judge: Judge, code: str) -> None:
    judge(code)


@table(
    a_list_for_each_volume="""
        for name in names:
            batch = []
            for cube in cubes(np.load(name)):
                batch.append(cube[None])
            print(model.predict(np.vstack(batch)))  # ok
        """,
    another_loop_with_the_same_names="""
        for k in range(len(groups)):
            images = []
            for path in groups[k]:
                images.append(read(path)[np.newaxis])
            model.predict(np.vstack(images))
        for k in range(0, len(paths), 32):
            images = []
            for path in paths[k : k + 32]:
                images.append(read(path)[np.newaxis])
            save(images)
        """,
    one_user_with_all_items="""
        for user in users:
            scores = model.predict([np.full(len(items), user), items])
            model.predict([np.full(len(wanted[user]), 0.5), embed(wanted[user])])
        """,
    one_call="""
        scores = model.predict(x, batch_size=256)  # ok
        """,
    whole_dataset="""
        data = tf.data.Dataset.from_tensor_slices(x).batch(32)
        scores = model.predict(data)  # ok
        """,
    predict_on_batch="""
        for i in range(0, len(x), 256):
            scores.append(model.predict_on_batch(x[i : i + 256]))  # ok
        """,
    one_sample_at_a_time="""
        for i in range(len(x)):
            scores.append(model.predict(x[i : i + 1]))  # KI201
        """,
    trained_between="""
        for i in range(0, len(x), 256):
            model.train_on_batch(x[i : i + 256], y[i : i + 256])
            scores.append(model.predict(x[i : i + 256]))  # ok
        """,
    all_windows_of_each_series="""
        def windows(series, width):
            return np.array([series[i - width : i] for i in range(width, len(series))])
        for name in names:
            print(model.predict(windows(load(name), width)))  # ok
        for name in names:
            series, rows = load(name), []
            last = series.shape[0] - 1
            for i in range(width, last):
                rows.append(series[i - width : i])
            print(model.predict(np.array(rows)))  # ok
        """,
    buffer_of_whole_volumes="""
        volume = np.zeros((240, 240, 155, 4))
        for case in cases:
            for channel, name in enumerate(names):
                volume[:, :, :, channel] = read(case, name)
            print(model.predict(volume))  # ok
        """,
    buffer_filled_for_each_step_of_training="""
        noise = np.zeros((32, 100))
        for step in range(1000):
            for i in range(32):
                noise[i] = np.random.normal(size=100)
            fake = model.predict(noise)  # ok
            model.train_on_batch(fake, y)
        """,
    each_fold_its_rows="""
        for train, test in folds.split(x):
            net = keras.models.clone_model(model)
            net.fit(x[train], y[train])
            scores.append(net.predict(x[test]))  # ok
        """,
    helper_that_nobody_loops_over="""
        def part(x, start, stop):
            return model.predict(x[start:stop])  # ok
        part(x, 0, 100)
        """,
    chunks_of_a_file="""
        import pandas as pd
        for chunk in pd.read_csv("rows.csv", chunksize=1000):
            out.append(model.predict(chunk))  # ok
        """,
    slices_of_an_hdf5_file="""
        import h5py
        with h5py.File("rows.h5") as rows:
            x = rows["x"]
            for i in range(0, len(x), 256):
                out.append(model.predict(x[i : i + 256]))  # ok
        """,
    slices_of_a_memmap="""
        x = np.memmap("rows.bin", mode="r", shape=(1000, 10))
        for i in range(0, len(x), 256):
            out.append(model.predict(x[i : i + 256]))  # ok
        """,
    slices_of_an_array_loaded_lazily="""
        x = np.load("rows.npy", mmap_mode="r")
        for i in range(0, len(x), 256):
            out.append(model.predict(x[i : i + 256]))  # ok
        """,
    slice_that_does_not_move="""
        import time
        for size in sizes:
            start = time.time()
            model.predict(x[:1000], batch_size=size)  # ok
            print(time.time() - start)
        """,
    data_sets_by_number="""
        for i in range(3):
            x, y = pairs[i]
            scores.append(model.predict(x))  # ok
        """,
    list_of_an_object_that_is_never_emptied="""
        class Buffer:
            def __init__(self):
                self.rows = []
            def add(self, row):
                self.rows.append(row)
            def scores(self):
                return model.predict(np.stack(self.rows))  # ok
        for folder in folders:
            buffer = Buffer()
            for path in folder:
                buffer.add(np.load(path))
            print(buffer.scores())
        """,
    what_a_source_without_end_gives="""
        def drawn():
            while True:
                yield np.random.rand(32, 8)
        def labelled(source):
            for x in source:
                yield x, model.predict(x)  # ok
        student.fit(labelled(drawn()), steps_per_epoch=9)
        """,
    data_sets_by_name="""
        for name, data in {"train": x_train, "test": x_test}.items():
            print(name, model.predict(data))  # ok
        """,
)
def test_false_alarms(judge: Judge, code: str) -> None:
    judge(code)


def test_the_message_names_the_loop_and_the_one_call(judge: Judge) -> None:
    (found,) = judge("for i in range(0, len(x), 8):\n    model.predict(x[i : i + 8])  # KI203\n")
    assert "`for i in range(0, len(x), 8)`" in found.message
    assert "predict(x, batch_size=n)" in found.message
    assert found.severity is Severity.INFO


BATCHES = """
    import collections
    import keras
    import numpy as np
    model = keras.models.load_model("m.keras")
    """


@pytest.mark.parametrize(
    "code",
    [
        """
        def encode(x):
            return model.predict(x)[0]  # KI203
        for start in range(0, len(data), 2500):
            encode(data[start:start + 2500])
        """,
        """
        def run(names, n):
            for start in range(0, len(names), n):
                images = np.array([np.load(name) for name in names[start:start + n]])
                yield model.predict(images)  # KI203
        """,
        """
        def process(batch):
            print(model.predict(np.array(batch)))  # KI203
        pending = []
        for name in names:
            pending.append(np.load(name))
            if len(pending) == 1000:
                process(pending)
                pending = []
        """,
        """
        def batches(paths):
            while True:
                yield np.stack([np.load(path) for path in np.random.choice(paths, 32)])
        source = batches(paths)
        i = 0
        while i < 100:
            np.save(str(i), model.predict(next(source)))  # KI203
            i += 1
        """,
        """
        class Batches(keras.utils.Sequence):
            def __getitem__(self, i):
                rows = slice(i * self.size, (i + 1) * self.size)
                return self.x[rows], self.y[rows]
        feed = Batches()
        for i in range(len(feed)):
            batch = feed[i]
            print(model.predict(batch[0]))  # KI203
        """,
        """
        class Best(keras.callbacks.Callback):
            def __init__(self, feed: keras.utils.Sequence):
                self.feed = feed
            def on_epoch_end(self, epoch, logs=None):
                for i in range(100):
                    x, y = self.feed[i]
                    print(self.model.predict(x))  # KI203
        """,
        """
        class Collector:
            def __init__(self, size):
                self.rows, self.size, self.scores = [], size, []
            def add(self, row):
                self.rows.append(row)
                if len(self.rows) == self.size:
                    self.flush()
            def flush(self):
                self.scores.extend(model.predict(np.stack(self.rows)))  # KI203
                self.rows = []
        collector = Collector(32)
        for row in np.load("rows.npy"):
            collector.add(row)
        collector.flush()
        """,
        """
        waiting = []
        for name in names:
            waiting.append(np.load(name))
            if len(waiting) >= 64:
                print(model.predict(np.array(waiting)))  # KI203
                waiting.clear()
        """,
        """
        waiting = collections.deque(images)
        while waiting:
            batch = []
            while waiting and len(batch) < 8:
                batch.append(waiting.popleft())
            print(model.predict(np.stack(batch)))  # KI203
        """,
        """
        rest = list(images)
        while len(rest) > 0:
            batch, rest = rest[:8], rest[8:]
            print(model.predict(np.stack(batch)))  # KI203
        """,
        """
        import tensorflow as tf
        def pieces(rows, n):
            return (rows[i:i + n] for i in range(0, len(rows), n))
        for piece in pieces(images, 200):
            print(model.predict(tf.data.Dataset.from_tensor_slices(piece).batch(32)))  # KI203
        """,
        """
        from itertools import batched
        from more_itertools import chunked
        def load(names):
            return np.stack([np.load(name) for name in names])
        for group in batched(names, 64):
            print(model.predict(load(group)))  # KI203
        for group in chunked(names, 64):
            print(model.predict(load(group)))  # KI203
        """,
    ],
    ids=[
        *("helper", "stacked", "flushed", "next", "sequence", "callback", "collector", "cleared", "taken", "cut"),
        *("returned", "grouped"),
    ],
)
def test_missed_alarms_of_pieces(judge: Judge, code: str) -> None:
    judge(dedent(BATCHES) + dedent(code))


@pytest.mark.parametrize(
    "code",
    [
        """
        class Episode:
            def __init__(self):
                self.rows = []
            def add(self, row):
                self.rows.append(row)
            def close(self):
                print(model.predict(np.stack(self.rows)))  # ok
                self.rows = []
        episode = Episode()
        for day in days:
            for row in day:
                episode.add(row)
            episode.close()
        """,
        """
        def show(model, dataset, batches=1):
            for images, labels in dataset.take(batches):
                print(model.predict(images))  # ok
        import tensorflow as tf
        show(model, tf.data.Dataset.load("val"))
        """,
        """
        import tensorflow as tf
        SHOWN = 1
        data = tf.data.Dataset.load("val")
        scores = [model.predict(images) for images, labels in data.take(SHOWN)]  # ok
        """,
        """
        for name, data in sets.items():
            print(name, np.mean((model.predict(data[0][10:]) - data[1][10:]) ** 2))  # ok
        """,
        """
        def errors(sets, skipped=24):
            for name in sets:
                x, y = sets[name]
                print(name, np.mean((model.predict(x[skipped:]) - y[skipped:]) ** 2))  # ok
        """,
        """
        def stream(inputs):
            while True:
                x = next(inputs)
                yield model.predict(x)  # ok
        """,
        """
        class Server:
            def __init__(self):
                self.waiting = collections.deque()
            def run(self):
                while self.waiting:
                    batch = [self.waiting.popleft() for _ in range(min(8, len(self.waiting)))]
                    print(model.predict(np.stack(batch)))  # ok
        """,
    ],
    ids=[
        *(
            "what-ends-an-episode",
            "take-one",
            "take-one-at-once",
            "the-same-cut-of-several-sets",
            "a-cut-of-a-parameter",
        ),
        *("for-a-consumer", "what-others-fill"),
    ],
)
def test_false_alarms_of_pieces(judge: Judge, code: str) -> None:
    judge(dedent(BATCHES) + dedent(code), select=("KI201", "KI202", "KI203"))


@table(
    a_list_of_outputs_that_is_joined="""
        outputs = []
        for x, y in stream():
            outputs.append(model.predict(x))  # KI203
        print(np.concatenate(outputs))
        """,
    joined_under_another_function="""
        outputs = []
        for batch in stream():
            outputs.append(np.argmax(model.predict(batch["x"]), axis=1))  # KI203
        print(np.hstack(outputs))
        """,
    a_list_that_is_extended="""
        guesses = []
        for k in range(len(self.held)):
            x, y = self.held[k]
            guesses.extend(model.predict(x).argmax(axis=1))  # KI203
        """,
    stretches_of_an_array="""
        whole, at = np.zeros((1000, 3)), 0
        for batch in tqdm(stream(), total=10):
            output = model.predict(batch)  # KI203
            whole[at : at + len(output)] = output
            at += len(output)
        """,
    joined_one_by_one="""
        whole = np.zeros((0, 3))
        for batch in stream():
            whole = np.concatenate([whole, model.predict(batch)])  # KI203
        """,
    appended_one_by_one="""
        whole = np.array([])
        for batch in stream():
            whole = np.append(whole, model.predict(batch))  # KI203
        """,
    a_few_rows_of_each_kind="""
        shown = []
        for label in range(10):
            wanted = np.zeros((10, 8))
            wanted[:, label % 8] = 1
            shown.extend(model.predict([np.ones((10, 8)), wanted]))  # KI203
        print(np.array(shown))
        """,
    many_rows_of_each_kind="""
        shown = []
        for label in range(10):
            wanted = np.zeros((1000, 8))
            wanted[:, label % 8] = 1
            shown.extend(model.predict([np.ones((1000, 8)), wanted]))  # ok
        print(np.array(shown))
        """,
    a_few_rows_that_are_shown_by_themselves="""
        for label in range(10):
            wanted = np.zeros((10, 8))
            wanted[:, label % 8] = 1
            show(model.predict([np.ones((10, 8)), wanted]))  # ok
        """,
    rows_that_are_counted="""
        seen = 0
        for image, label in stream():
            loss += score(label, model.predict(image))  # KI203
            n = image.shape[0]
            seen += n
        """,
    one_array_for_each_set="""
        scores = []
        for x, y in stream():
            scores.append(np.mean(model.predict(x) == y))  # ok
        print(np.concatenate(scores))
        """,
    outputs_that_are_kept_apart="""
        outputs = []
        for x in stream():
            outputs.append(model.predict(x))  # ok
        print(np.stack(outputs))
        """,
    columns_beside_each_other="""
        for k, x in enumerate(stream()):
            whole[:, k] = model.predict(x)  # ok
        """,
    what_is_read_from_each_file="""
        outputs = []
        for name in names:
            outputs.append(model.predict(read(name)))  # ok
        print(np.concatenate(outputs))
        """,
)
def test_outputs_that_become_rows_of_one_whole(judge: Judge, code: str) -> None:
    judge(dedent(code), select=("KI201", "KI202", "KI203"))


def test_what_an_iterator_of_the_project_gives_next_is_a_piece(judge: Judge) -> None:
    judge(
        """
        class Batches(keras.utils.Sequence):
            def next(self):
                return np.zeros((len(self.numbers), 3)), self.y
        held = Batches()
        for _ in range(100):
            x, y = held.next()
            print(model.predict(x))  # KI203
        """
    )


def test_a_data_set_that_an_object_is_made_with_gives_batches(judge: Judge) -> None:
    judge(
        """
        def rate(model, data):
            for x, y in data:
                print(np.mean(model.predict(x) == y))  # KI203
        class Rating(keras.callbacks.Callback):
            def __init__(self, data):
                self.data = data
            def on_epoch_end(self, epoch, logs=None):
                rate(self.model, self.data)
        Rating(tf.data.Dataset.load("val").batch(32))
        """
    )


@table(
    stretches_that_the_loop_hands_out="""
        whole = np.zeros((len(paths), 3))
        for names, start, end in chunks(paths, 32):
            output = model.predict(read(names))  # KI203
            whole[start:end, :] = np.mean(output, axis=2)
        """,
    rows_that_the_loop_hands_out="""
        def cut(rows, size):
            for i in range(0, len(rows), size):
                yield rows[i:i + size]
        def encode(names):
            return scale(model.predict(np.array([read(name) for name in names])))  # KI203
        whole = np.zeros((len(paths), 3))
        for chunk in cut(list(range(len(paths))), 100):
            whole[chunk] = encode([paths[i] for i in chunk])
        """,
    rows_beside_one_another="""
        for i in range(100):
            whole[i * 32 : (i + 1) * 32] = model.predict(read(i))  # KI203
        """,
    one_row_for_each_set="""
        for i, path in enumerate(paths):
            whole[i] = model.predict(np.array([read(name) for name in names(path)])).mean(axis=0)  # ok
        """,
    a_new_array_for_each_set="""
        for path, start, end in paths:
            part = np.zeros((100, 3))
            part[start:end] = model.predict(read(path))  # ok
            save(part)
        """,
    the_same_stretch_for_each_set="""
        for path in paths:
            whole[first:last] = model.predict(read(path))  # ok
            save(whole)
        """,
    rows_of_something_else="""
        for path, start, end in paths:
            whole[start:end] = read(path)
            save(model.predict(read(path)))  # ok
        """,
    tiles_of_a_picture="""
        parts = []
        for top in range(0, 100, 10):
            inner = [slice(top, top + 10), slice(0, 10)]
            parts.append((prepare(picture[tuple(inner)]), tuple(inner)))
        for tile, inner in parts:
            whole[inner] = model.predict(prepare(tile))  # ok
        """,
    rows_that_are_counted_on="""
        done = 0
        for batch in stream():
            outputs = model.predict(batch)  # KI203
            part, n = np.zeros((32, 3)), 0
            for row in range(32):
                part[n] = scale(outputs[row])
                n += 1
            whole[done : done + n] = part[:n]
            done += n
        """,
    rows_of_files_that_are_counted_on="""
        done = 0
        for path in paths:
            outputs = scale(model.predict(read(path)))  # ok
            whole[done : done + len(outputs)] = outputs
            done += len(outputs)
        """,
    rows_that_are_not_counted_on="""
        for batch in stream():
            outputs = scale(model.predict(batch))  # ok
            whole[first:last] = outputs
            save(whole)
        """,
    a_model_that_is_trained_between="""
        for path, start, end in paths:
            model.fit(read(path), labels[start:end])
            whole[start:end] = model.predict(read(path))  # ok
        """,
)
def test_a_whole_that_is_filled_by_the_parts_which_a_loop_hands_out(judge: Judge, code: str) -> None:
    judge(dedent(code), select=("KI201", "KI202", "KI203"))
