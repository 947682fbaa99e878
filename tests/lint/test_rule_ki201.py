"""KI201: predict runs once per sample although the samples are independent. Missed and false alarms side by side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lint_rules import check_source
from lint_rules.findings.diagnostics import Confidence, Diagnostic, Severity

Judge = Callable[..., list[Diagnostic]]


def table(**cases: str) -> pytest.MarkDecorator:
    """One test a keyword, named after it."""
    return pytest.mark.parametrize("code", list(cases.values()), ids=[name.replace("_", "-") for name in cases])


# One sample, however it is written


@pytest.mark.parametrize(
    "sample",
    [
        "x[None]",
        "x[None, ...]",
        "x[np.newaxis]",
        "x[np.newaxis, :, :, np.newaxis]",
        "np.expand_dims(x, 0)",
        "np.expand_dims(x, axis=0)",
        "np.expand_dims(x, axis=(0, -1))",
        "np.expand_dims(x, [0, 3])",
        "tf.expand_dims(x, axis=0)",
        "np.array([x])",
        "np.asarray([x]) / 255.0",
        "np.array([x], dtype=np.float32)",
        "tf.constant([x])",
        "tf.convert_to_tensor([x])",
        "x.reshape(1, 28, 28)",
        "x.reshape((1, 28, 28, 1))",
        "x.reshape((1,) + x.shape)",
        "np.reshape(x, (1, -1))",
        "np.reshape(x, [1, 28, 28])",
        "tf.reshape(x, (1, -1))",
        "np.stack([x])",
        "np.vstack([x[None]])",
        "np.expand_dims(x, 0).astype('float32') / 255",
        "keras.applications.vgg16.preprocess_input(np.expand_dims(x, 0))",
        "[x[None], other[None]]",
        "{'image': x[None]}",
        "[np.array([x]), np.array([y])]",
        "tokenizer.texts_to_sequences([x])",
        "pad_sequences(tokenizer.texts_to_sequences([x]), maxlen=50)",
        "keras.utils.pad_sequences([x], maxlen=50)",
        "scaler.transform([x])",
        "np.atleast_2d(x)",
        "np.array(x, ndmin=4)",
        "np.broadcast_to(x, (1, 28, 28))",
        "np.take(x, [0], axis=0)",
        "{name: np.array([value]) for name, value in x.items()}",
    ],
)
def test_missed_alarms_by_the_shape_of_the_sample(judge: Judge, sample: str) -> None:
    judge(f"for x in samples:\n    score = model.predict({sample})  # KI201\n")


@table(
    one_row_of_each="""
        for i in range(len(x)):
            losses.append(model.evaluate(x[i : i + 1], y[i : i + 1], verbose=0))  # KI201
        """,
    in_a_helper="""
        def loss_of(image, label):
            return model.evaluate(image[None], label[None], verbose=0)[0]  # KI201
        losses = [loss_of(image, label) for image, label in zip(images, labels)]
        """,
)
def test_evaluations_of_one_sample(judge: Judge, code: str) -> None:
    for found in judge(code):
        assert "Predict all samples in one call, and compute the loss of each" in found.message
        assert found.fix is None


@table(
    of_whole_sets="""
        for name in names:
            x, y = load(name)
            loss = model.evaluate(x, y)[0]  # ok
        """,
    of_chunks="""
        for i in range(0, len(x), 64):
            losses.append(model.evaluate(x[i : i + 64], y[i : i + 64])[0])  # ok
        """,
    of_a_data_set="""
        for data in sets:
            loss, accuracy = model.evaluate(data)  # ok
        """,
    between_steps_of_training="""
        for i in range(len(x)):
            model.train_on_batch(x[i : i + 1], y[i : i + 1])
            losses.append(model.evaluate(x[i : i + 1], y[i : i + 1]))  # ok
        """,
)
def test_evaluations_of_more(judge: Judge, code: str) -> None:
    judge(code)


@table(
    data_sets="""
        data = tf.data.Dataset.from_tensor_slices((x, y))
        for a, b in data.batch(1).prefetch(2):
            print(model.predict(a))  # KI201
        size = 1
        for a in keras.utils.image_dataset_from_directory("d", batch_size=size):
            print(model.predict(a))  # KI201
        for a, b in data.batch(1).unbatch().batch(8):
            print(model.predict(a))  # KI203
        """,
    iterators="""
        from tensorflow.keras.preprocessing.image import ImageDataGenerator
        flow = ImageDataGenerator().flow_from_directory("d", batch_size=1)
        for i, (x, y) in zip(range(15), flow):
            print(model.predict(keras.applications.vgg16.preprocess_input(x)))  # KI201
        for i in range(len(flow)):
            x, y = flow[i]
            print(model.predict(x))  # KI201
        for i in range(9):
            x, y = next(flow)
            print(model.predict(x))  # KI201
        for x, y in ImageDataGenerator().flow(images, labels, batch_size=1):
            print(model.predict(x))  # KI201
        for x, y in ImageDataGenerator().flow(images, labels, batch_size=4):
            print(model.predict(x))  # KI203
        """,
)
def test_batches_of_one(judge: Judge, code: str) -> None:
    judge(code, select=("KI201", "KI203"))


@table(
    handed_on_one_by_one="""
        def one_by_one(items):
            for item in items:
                yield item
        def logged(items):
            for item in one_by_one(items):
                print(item)
                yield item
        for path in logged(paths):
            scores = model.predict(prepare(path))  # KI201
            print(scores[0])
        """,
    largest_of_all_outputs="""
        for path in paths:
            scores = model.predict(prepare(path))  # KI201
            print(names[np.argmax(scores)], scores.max())
        """,
    first_row_of_the_output="""
        for path in paths:
            image = prepare(path)
            label = model.predict(image)[0].argmax()  # KI201
            mask = model.predict(image, verbose=0)  # KI201
            save(mask[0, :, :, 0])
        """,
    first_of_a_position_for_each_row="""
        for path in paths:
            print(names[np.argmax(model.predict(prepare(path)), axis=1)[0]])  # KI201
            text = decode(model.predict(prepare(path)).argmax(axis=2)[0])  # KI201
            best = np.max(model.predict(prepare(path)), axis=-1)  # KI201
            print(best[0])
        """,
    one_number="""
        for path in paths:
            print(float(model.predict(prepare(path))))  # KI201
            y = model.predict(prepare(path)).item()  # KI201
        """,
    a_condition="""
        for path in paths:
            score = model.predict(prepare(path))  # KI201
            if score > 0.5 and score < 0.9:
                print(path)
            kind = "a" if not model.predict(convert(path)) < 0.5 else "b"  # KI201
        """,
    one_row_of_a_table="""
        table = np.zeros((len(images), 512))
        for i, (name, image) in enumerate(images.items()):
            table[i, :] = model.predict(image).ravel()  # KI201
        """,
    outputs_told_apart="""
        two = keras.Model(model.inputs, [a, b])
        for path in paths:
            policy, value = two.predict(prepare(path))  # KI201
            print(policy[0], value[0, 0])
        """,
    taken_in_the_caller="""
        def scores(path):
            return np.round(model.predict(prepare(path)), 2)  # KI201
        for path in paths:
            found = scores(path)
            print(names[found.argmax()])
        """,
)
def test_outputs_that_are_taken_for_those_of_one_sample(judge: Judge, code: str) -> None:
    judge(code)


@table(
    rows_one_by_one="""
        for path in paths:
            scores = model.predict(prepare(path))
            best = scores[0]
            for row in scores:
                print(row)
        """,
    classes_of_all_rows="""
        for path in paths:
            scores = model.predict(prepare(path))
            print(np.argmax(scores, axis=1), scores.argmax(-1))
            show(scores[k], scores[:, 0])
            total = model.predict(prepare(path)).sum(axis=0)
            show(total[0])
        """,
    one_of_several_outputs="""
        two = keras.Model(model.inputs, [a, b])
        for path in paths:
            policy = two.predict(prepare(path))[0]
            both = two.predict(convert(path))
            print(both[0], both[1])
        """,
    flat_but_whole="""
        tables = []
        for path in paths:
            tables.append(model.predict(prepare(path)).ravel())
            result[:, k] = model.predict(convert(path)).ravel()
            print((model.predict(read(path)) > 0.5).mean())
        """,
    batches_of_a_dataset="""
        data = keras.utils.image_dataset_from_directory("d")
        for x, y in data:
            show(model.predict(x)[0])  # KI203
        """,
)
def test_outputs_of_many_rows(judge: Judge, code: str) -> None:
    judge(code, select=("KI201", "KI203"))


@table(
    an_ensemble_in_a_branch="""
        models = []
        for style in styles:
            models.append(keras.models.load_model(style))
        for path in paths:
            if path.endswith(".gif"):
                for model, style in zip(models, styles):
                    convert(path, style)
            else:
                for model, style in zip(models, styles):
                    save(model.predict(read(path)[None]))  # KI201
        """,
    one_sample_asked_a_lot="""
        for tokens, segments in samples:
            pairs = np.array(candidates(tokens))
            tokens = np.repeat([tokens], len(pairs), axis=0)
            segments = np.repeat([segments], len(pairs), axis=0)
            print(model.predict([tokens, segments, pairs]))  # KI201
        """,
    in_many_turns_of_the_loop="""
        shown = 0
        ready = True
        for i, x in enumerate(samples):
            kind = kinds[i]
            if kind == 3:
                print(model.predict(x[None]))  # KI201
            if shown == 10:
                print(model.predict(x[None]))  # KI201
                shown = 10
            if ready:
                print(model.predict(x[None]))  # KI201
            ready = True
        """,
    by_index="""
        for i in range(len(xs)):
            y = model.predict(xs[i : i + 1])  # KI201
        """,
    by_index_and_new_axis="""
        for i in range(10):
            y = model.predict(xs[i][None])  # KI201
        """,
    enumerated="""
        for i, x in enumerate(xs):
            y = model.predict(x[None])  # KI201
        """,
    zipped="""
        for x, label in zip(xs, labels):
            y = model.predict(x[None])  # KI201
        """,
    with_a_progress_bar="""
        from tqdm import tqdm
        for x in tqdm(xs):
            y = model.predict(x[None])  # KI201
        """,
    prepared_step_by_step="""
        for path in paths:
            image = keras.utils.load_img(path, target_size=(224, 224))
            image = keras.utils.img_to_array(image)
            image = np.expand_dims(image, axis=0)
            image = keras.applications.vgg16.preprocess_input(image)
            y = model.predict(image)  # KI201
        """,
    files_of_a_folder="""
        import os, cv2
        for name in os.listdir(folder):
            image = cv2.imread(os.path.join(folder, name))
            image = cv2.resize(image, (64, 64)).reshape(1, 64, 64, 3)
            print(name, model.predict(image).argmax())  # KI201
        """,
    rows_of_a_frame="""
        for _, row in frame.iterrows():
            y = model.predict(np.array([row.values]))  # KI201
        """,
    result_collected="""
        results = []
        for x in xs:
            results.append(model.predict(x[None])[0])  # KI201
        """,
    result_counted="""
        right = 0
        for x, y in zip(xs, ys):
            if model.predict(x[None]).argmax() == y:  # KI201
                right += 1
        """,
    list_comprehension="""
        ys = [model.predict(x[None])[0] for x in xs]  # KI201
        """,
    generator_expression="""
        best = max(model.predict(x[None]).max() for x in xs)  # KI201
        """,
    dict_comprehension="""
        scores = {name: model.predict(x[None]) for name, x in samples.items()}  # KI201
        """,
    pictures_with_titles="""
        import matplotlib.pyplot as plt
        for i in range(9):
            plt.subplot(3, 3, i + 1)
            plt.title(np.argmax(model.predict(x_test[i].reshape(1, 28, 28))))  # KI201
        """,
    stacked_once_more="""
        for path in paths:
            image = np.expand_dims(keras.utils.img_to_array(load(path)), axis=0)
            images = np.vstack([image])
            print(model.predict(images, batch_size=10))  # KI201
        """,
    drawn_by_a_random_index="""
        import random
        for _ in range(10):
            i = random.randint(0, len(xs) - 1)
            print(model.predict(xs[i : i + 1]))  # KI201
        """,
    occluded_patches="""
        for i in range(0, 224, 8):
            for j in range(0, 224, 8):
                image = original.copy()
                image[i : i + 8, j : j + 8] = 0
                heat[i, j] = model.predict(image[None])[0, label]  # KI201
        """,
    windows_of_an_image="""
        def windows(image, step, size):
            for y in range(0, image.shape[0], step):
                for x in range(0, image.shape[1], step):
                    yield x, y, image[y : y + size, x : x + size]
        for x, y, window in windows(image, 8, 64):
            score = model.predict(np.expand_dims(window, axis=0))  # KI201
        """,
    faces_of_a_frame="""
        import cv2
        camera = cv2.VideoCapture(0)
        while True:
            ok, frame = camera.read()
            for x, y, w, h in detector.detectMultiScale(frame):
                face = cv2.resize(frame[y : y + h, x : x + w], (48, 48)).astype("float") / 255.0
                face = np.expand_dims(keras.utils.img_to_array(face), axis=0)
                label = model.predict(face)[0].argmax()  # KI201
        """,
    several_inputs_under_one_name="""
        for a, b in pairs:
            given = [np.array([a]), np.array([b])]
            y = model.predict(given)  # KI201
        """,
    models_picked_by_name_for_each_sample="""
        names = ["left", "right"]
        models = {name: keras.models.load_model(name) for name in names}
        for i in range(len(x)):
            for j in range(2):
                name = names[j]
                y = models[name].predict(np.expand_dims(x[i], 0))  # KI201
        """,
    result_kept_in_another_attribute="""
        class Reader:
            def __init__(self, texts):
                self.model = keras.models.load_model("reader.keras")
                self.texts = texts
            def read(self):
                for i in range(len(self.texts)):
                    self.last = self.model.predict(self.texts[i : i + 1])  # KI201
        """,
    beams_of_one_length="""
        beams = [[1]]
        while len(beams[0]) < 20:
            grown = []
            for beam in beams:
                scores = model.predict(np.array([beam]))[0]  # KI201
                for word in np.argsort(scores)[-3:]:
                    grown.append([*beam, word])
            beams = grown
        """,
    image_drawn_on_after_its_prediction="""
        import cv2
        for path in paths:
            image = cv2.imread(path)
            scores = model.predict(cv2.resize(image, (64, 64))[None])[0]  # KI201
            image[scores > 0.5] = 255
            cv2.imwrite(path, image)
        """,
    sample_overwritten_after_its_prediction="""
        for sample in samples:
            mask = model.predict(sample[None])[0]  # KI201
            for i in range(len(sample)):
                sample[i] = mask[i]
            keep(sample)
        """,
    rows_of_a_fold="""
        for train, test in folds.split(x):
            net = keras.models.clone_model(model)
            net.fit(x[train], y[train])
            for i in test:
                z = net.predict(x[i : i + 1])  # KI201
        """,
    inner_loop_of_two="""
        for patch_row in grid:
            for patch in patch_row:
                y = model.predict(patch[None])  # KI201
        """,
    stopped_at_the_first_hit="""
        def find(xs):
            for x in xs:
                if model.predict(x[None])[0] > 0.5:  # KI201
                    return x
        hit = any(model.predict(x[None])[0] > 0.5 for x in xs)  # KI201
        """,
    errors_skipped="""
        for path in paths:
            try:
                x = load(path)[None]
                y = model.predict(x)  # KI201
            except OSError:
                continue
        """,
    numbers_of_a_row="""
        for row in frame.itertuples():
            z = model.predict([[row.a, row.b]])  # KI201
            z = model.predict(np.array([[row.a, row.b]]))  # KI201
        """,
    features_for_another_library="""
        vgg = keras.applications.VGG16(include_top=False)
        features = []
        for path in paths:
            features.append(vgg.predict(np.expand_dims(load(path), 0)).flatten())  # KI201
        classifier.fit(features, labels)
        """,
    single_images_of_a_generator="""
        for i in range(100):
            noise = np.random.normal(0, 1, (1, 100))
            save(model.predict(noise), i)  # KI201
        """,
    drawn_in_the_call="""
        for i in range(100):
            save(model.predict(np.random.randn(1, 100)), i)  # KI201
        faces = [model.predict(np.random.normal(size=(1, 100))) for _ in range(100)]  # KI201
        """,
    drawn_one_at_a_time_by_a_helper="""
        def points(size, n):
            return np.random.randn(size * n).reshape(n, size)
        for i in range(100):
            noise = points(100, 1)
            save(model.predict(noise), i)  # KI201
        """,
    list_of_one_sample="""
        for text in texts:
            rows = []
            rows.append(encode(text))
            score = model.predict(pad_sequences(rows, maxlen=40))  # KI201
        """,
    clipped="""
        for strength in strengths:
            image = tf.clip_by_value(original[None] + strength, -1, 1)
            print(model.predict(image))  # KI201
        """,
    encoded_and_decoded_again="""
        encoder, decoder = keras.Model(a, b), keras.Model(c, d)
        for x in xs:
            code = encoder.predict(x[None])  # KI201
            image = decoder.predict(code.reshape(1, -1))  # KI201
        i = 0
        while i < len(xs):
            code = encoder.predict(xs[i : i + 1])  # KI201
            image = decoder.predict(code.reshape(1, -1))  # KI201
            i += 1
        """,
    every_sample_through_an_ensemble="""
        models = [keras.models.load_model(path) for path in paths]
        for x in xs:
            for m in models:
                votes.append(m.predict(x[None]))  # KI201
            votes.append(np.mean([m.predict(x[None]) for m in models]))  # KI201
        """,
    every_sample_through_each_model_loaded="""
        for path in paths:
            net = keras.models.load_model(path)
            for x in xs:
                scores.append(net.predict(x[None]))  # KI201
        """,
    predict_on_batch_too="""
        for x in xs:
            y = model.predict_on_batch(x[None])  # KI201
        """,
    list_that_is_used_up="""
        queue = list(paths)
        while queue:
            path = queue.pop()
            print(model.predict(np.load(path)[None]))  # KI201
        """,
    prediction_kept_on_its_sample="""
        for sample in samples:
            sample.score = model.predict(sample.x[None])[0]  # KI201
        for record in records:
            record["pred"] = model.predict(np.expand_dims(record["img"], 0))  # KI201
        """,
    prediction_kept_in_the_same_row="""
        for i in range(n):
            rows[i]["y"] = model.predict(rows[i]["x"][None])  # KI201
            clean[i] = model.predict(clean[i][None])[0]  # KI201
        for i, row in frame.iterrows():
            frame.loc[i, "y"] = model.predict(row.values.reshape(1, -1))  # KI201
            frame.loc[i, "z"] = model.predict(frame.loc[i, columns].values.reshape(1, -1))  # KI201
            frame.loc[i, "u"] = model.predict(frame.loc[[i], columns].values)[0, 0]  # KI201
        """,
    mask_painted_over_the_image="""
        import cv2
        for image in images:
            mask = model.predict(image[None])[0]  # KI201
            image = np.copy(image)
            image[mask > 0.5] = 0
        for path in paths:
            image = cv2.imread(path)
            mask = model.predict(image[None])[0]  # KI201
            image[mask > 0.5] = 0
        """,
    positional_second_input="""
        for a, b in pairs:
            score = model.predict([np.array([a]), np.array([b])])  # KI201
        """,
    counting_while_loop="""
        i = 0
        while i < len(xs):
            y = model.predict(xs[i : i + 1])  # KI201
            i += 1
        """,
    a_subclass_that_only_scores_in_the_loop_of_its_base="""
        class Scorer:
            def score(self, x):
                raise NotImplementedError
            def run(self, xs):
                for x in xs:
                    self.score(x)
        class Deep(Scorer):
            def score(self, x):
                self.last = model.predict(x[None])  # KI201
        """,
    two_calls_of_which_the_second_takes_what_the_first_gave="""
        def score(x):
            return model.predict(x[None])  # KI201
        for x in xs:
            score(score(x)[0])
        """,
    a_list_of_inputs_under_a_name="""
        for a, b in pairs:
            inputs = [np.array([a]), np.array([b])]
            score = model.predict(inputs)  # KI201
        """,
    inference_behind_training="""
        for epoch in range(10):
            model.fit(x, y)
        for sample in samples:
            print(model.predict(sample[None]))  # KI201
        """,
    image_given_its_axis_by_minus_one="""
        import cv2
        for path in paths:
            image = cv2.resize(cv2.imread(path), (64, 64))
            print(model.predict(np.array(image).reshape(-1, 64, 64, 3)))  # KI201
        """,
    cells_cut_out_of_an_image="""
        for i in range(9):
            cell = board[i * 28 : (i + 1) * 28, 0:28] / 255.0
            digits.append(model.predict(cell.reshape((-1, 28, 28, 1))).argmax())  # KI201
        """,
    buffer_for_one_image="""
        from PIL import Image, ImageOps
        for path in paths:
            data = np.ndarray(shape=(1, 224, 224, 3), dtype=np.float32)
            data[0] = np.asarray(ImageOps.fit(Image.open(path), (224, 224)))
            print(model.predict(data))  # KI201
        """,
    features_scaled_on_the_way="""
        from sklearn.preprocessing import StandardScaler
        for series in collection:
            scaled = StandardScaler().fit(series).transform(series)
            print(model.predict(scaled[None]))  # KI201
        """,
    result_written_beside_the_sample="""
        for item in items:
            item["score"] = model.predict(item["pixels"][None])[0, 0]  # KI201
        for record in records:
            record.score = model.predict(record.pixels[None])[0, 0]  # KI201
        import pandas as pd
        frame = pd.read_csv("rows.csv")
        for i, row in frame.iterrows():
            frame.loc[i, "score"] = model.predict(row.values[None])[0, 0]  # KI201
        for i in range(len(x_test)):
            x_test[i] = model.predict(x_test[i][None])[0]  # KI201
        """,
    an_attribute_that_is_emptied_again="""
        class Scorer:
            def __init__(self):
                self.found = None
            def begin(self):
                self.found = None
            def score(self, image):
                if self.found is None:
                    self.found = model.predict(image[None])  # KI201
                return self.found
        scorer = Scorer()
        for image in images:
            scorer.begin()
            scorer.score(image)
        """,
    seconds_printed="""
        import time
        for path in paths:
            start = time.time()
            label = model.predict(load(path)[None]).argmax()  # KI201
            seconds = time.time() - start
            print(path, label, f"{seconds:.2f} s")
        """,
    seconds_of_a_stopwatch_printed="""
        import time
        class Stopwatch:
            def __enter__(self):
                self.start = time.perf_counter()
                return self
            def __exit__(self, *args):
                self.elapsed = time.perf_counter() - self.start
        class Session:
            def __enter__(self):
                self.begun = time.time()
                return self
            def __exit__(self, *args):
                self.closed = True
        for path in paths:
            with Stopwatch() as watch:
                label = model.predict(load(path)[None]).argmax()  # KI201
            print(label, watch.elapsed)
        for path in paths:
            with Session() as session:
                label = model.predict(load(path)[None]).argmax()  # KI201
            begun.append(session.begun)
        """,
    random_model_asked_again="""
        class Random(keras.layers.Dropout):
            def call(self, x):
                return super().call(x, training=True)
        net = keras.Sequential([keras.layers.Dense(8), Random(0.5), keras.layers.Dense(1)])
        spread = np.stack([net.predict(x_test[:1]) for _ in range(100)]).std(axis=0)  # KI201
        """,
    another_estimator_that_has_returned="""
        from sklearn.ensemble import RandomForestClassifier
        def score(kind, xs):
            net = keras.models.load_model("a.keras")
            if kind == "forest":
                net = RandomForestClassifier()
                return [net.predict(x[None]) for x in xs]
            return [net.predict(x[None]) for x in xs]  # KI201
        """,
    another_estimator_that_every_case_replaces="""
        from sklearn.ensemble import RandomForestClassifier
        def score(kind, xs):
            net = RandomForestClassifier()
            match kind:
                case "small":
                    net = keras.models.load_model("small.keras")
                case _:
                    net = keras.models.load_model("large.keras")
            return [net.predict(x[None]) for x in xs]  # KI201
        """,
    another_estimator_that_ends_the_program="""
        import sys
        from sklearn.ensemble import RandomForestClassifier
        def score(xs):
            net = None
            try:
                net = keras.models.load_model("a.keras")
            except OSError:
                net = RandomForestClassifier()
                sys.exit(net.predict(xs))
            return [net.predict(x[None]) for x in xs]  # KI201
        """,
    another_estimator_until_the_loop_is_left="""
        from sklearn.ensemble import RandomForestClassifier
        net = RandomForestClassifier()
        while True:
            if ready():
                net = keras.models.load_model("a.keras")
                break
        for x in xs:
            net.predict(x[None])  # KI201
        """,
    another_estimator_before_the_function_is_called="""
        from sklearn.ensemble import RandomForestClassifier
        net = RandomForestClassifier()
        def score(x):
            return net.predict(x[None])  # KI201
        net = keras.models.load_model("a.keras")
        for x in xs:
            score(x)
        """,
    a_few_rows_drawn_outside_of_functions="""
        import numpy as np
        rng = np.random.default_rng(0)
        for i in range(1000):
            noise = rng.standard_normal((8, 128))
            for image in model.predict(noise):  # KI201
                save(image)
        for i in range(1000):
            save(model.predict(np.random.random((8, 128))))  # KI201
        """,
    cells_of_what_is_filled_are_counted="""
        import numpy as np
        def occlusion(image):
            heat = np.zeros((9, 9))
            for i in range(heat.shape[0]):
                for j in range(heat.shape[1]):
                    patched = image.copy()
                    patched[i:i + 8, j:j + 8] = 0.5
                    heat[i, j] = model.predict(patched[None])[0, 0]  # KI201
            return heat
        """,
    a_model_that_is_loaded_when_it_is_first_needed="""
        import numpy as np
        def labels(paths):
            net = None
            for path in paths:
                if net is None:
                    net = keras.models.load_model("m.keras")
                print(net.predict(np.load(path)[None]))  # KI201
        """,
    rows_that_are_replaced_by_their_outputs="""
        for i in range(len(rows)):
            rows[i] = model.predict(rows[i:i + 1])[0]  # KI201
        """,
)
def test_missed_alarms_in_loops(judge: Judge, code: str) -> None:
    judge(code)


@table(
    helper="""
        def classify(image):
            image = image.reshape(1, 28, 28)
            return model.predict(image).argmax()  # KI201
        labels = []
        for image in images:
            labels.append(classify(image))
        """,
    mapped_and_resized_to_one_size="""
        from PIL import Image
        def classify(path):
            return model.predict(np.array(Image.open(path).resize((96, 96)))[None])  # KI201
        labels = list(map(classify, paths))
        """,
    a_library_function_that_a_class_keeps="""
        class Extractor:
            prepare = staticmethod(keras.applications.resnet.preprocess_input)
            def extract(self, image):
                return model.predict(self.prepare(image[None]))  # KI201
        extractor = Extractor()
        for image in images:
            extractor.extract(image)
        """,
    helper_in_a_comprehension="""
        def classify(image):
            return model.predict(np.expand_dims(image, 0))  # KI201
        labels = [classify(image) for image in images]
        """,
    helper_of_a_helper="""
        def raw(x):
            return model.predict(x)  # KI201
        def classify(image):
            return raw(image[None]).argmax()
        labels = [classify(image) for image in images]
        """,
    helper_that_takes_the_model="""
        def classify(net, path):
            image = load(path)
            return net.predict(np.array([image]))  # KI201
        net = keras.models.load_model("m")
        for path in paths:
            print(path, classify(net, path))
        """,
    batched_by_the_caller_as_one="""
        def score(batch):
            return model.predict(batch)  # KI201
        for x in xs:
            score(np.expand_dims(x, 0))
        """,
    method="""
        class Classifier:
            def __init__(self):
                self.model = keras.Sequential()
            def classify(self, image):
                return self.model.predict(image[None])  # KI201
            def classify_all(self, images):
                return [self.classify(image) for image in images]
        """,
    method_of_an_instance="""
        class Classifier:
            def __init__(self):
                self.model = keras.Sequential()
            def classify(self, image):
                return self.model.predict(image[None])  # KI201
        classifier = Classifier()
        for image in images:
            classifier.classify(image)
        """,
    prepared_by_a_helper="""
        def prepare(path):
            image = load(path)
            return np.expand_dims(image, 0)
        for path in paths:
            model.predict(prepare(path))  # KI201
        """,
    map_of_a_function="""
        def classify(image):
            return model.predict(image[None]).argmax()  # KI201
        labels = list(map(classify, images))
        """,
    map_of_a_lambda="""
        labels = list(map(lambda image: model.predict(image[None]), images))  # KI201
        """,
    apply_on_a_column="""
        frame["label"] = frame["text"].apply(lambda text: model.predict(encode([text]).reshape(1, -1)))  # KI201
        """,
    vectorize="""
        score = np.vectorize(lambda x: model.predict(np.array([x])))  # KI201
        """,
    executor_with_partial="""
        from functools import partial
        from multiprocessing.pool import ThreadPool
        def classify(net, image):
            return net.predict(image[None])  # KI201
        ThreadPool().map(partial(classify, model), images)
        """,
    joblib="""
        from joblib import Parallel, delayed
        def classify(image):
            return model.predict(image[None])  # KI201
        Parallel(n_jobs=2)(delayed(classify)(image) for image in images)
        """,
    apply_on_rows="""
        frame["p"] = frame.apply(lambda row: model.predict(np.array([row.values]))[0, 0], axis=1)  # KI201
        """,
    apply_of_a_lambda_around_a_helper="""
        def sentiment(text):
            tokens = pad_sequences(tokenizer.texts_to_sequences([text]), maxlen=50)
            return model.predict(tokens)[0][0]  # KI201
        frame["score"] = frame["text"].apply(lambda text: sentiment(text))
        """,
    submitted="""
        def classify(image):
            return model.predict(image[None])  # KI201
        with ThreadPoolExecutor() as pool:
            jobs = [pool.submit(classify, image) for image in images]
        """,
    sort_key="""
        ranked = sorted(moves, key=lambda move: model.predict(np.array([move])))  # KI201
        """,
    eager_map_fn="""
        def one(x):
            return model.predict(x[None])  # KI201
        tf.map_fn(one, xs)
        """,
    generator_function="""
        def labels(images):
            for image in images:
                yield model.predict(image[None])  # KI201
        """,
    list_of_one_image="""
        def detect(images):
            images = [prepare(image) for image in images]
            return model.predict(np.array(images))  # KI201
        empty = [path for path in paths if len(detect([load(path)])[0]) == 0]
        """,
    buffer_as_long_as_a_list_of_one="""
        def detect(images):
            n = len(images)
            batch = np.zeros((n, 64, 64, 3))
            for i in range(n):
                batch[i] = prepare(images[i])
            return model.predict(batch)  # KI201
        for i in range(100):
            one = [load(i)]
            print(detect(one)[0])
        """,
    method_of_an_object_that_keeps_results="""
        class App:
            def __init__(self, size):
                self.model = keras.Sequential()
                self.size = size
                self.last = None
            def prepare(self, image):
                return resized(image, self.size)[None]
            def classify(self, image):
                return self.model.predict(self.prepare(image)).argmax()  # KI201
            def run(self, images):
                for image in images:
                    label = self.classify(image)
                    self.last = label
                    self.count(label)
            def count(self, label):
                self.counts[label] += 1
        """,
    image_in_a_parameter="""
        import cv2
        def classify(image):
            return model.predict(image.reshape(-1, 64, 64, 3)).argmax()  # KI201
        labels = [classify(cv2.imread(path)) for path in paths]
        """,
    helper_that_changes_the_sample="""
        def darker(image, by):
            image = tf.cast(image, tf.float32)
            return image - by
        for image in images:
            image = np.expand_dims(image, 0)
            print(model.predict(darker(image, 0.1)))  # KI201
        """,
    function_handed_to_a_helper="""
        def guarded(action):
            try:
                return action()
            except ValueError:
                return None
        for image in images:
            guarded(lambda: model.predict(image[None]))  # KI201
        """,
    what_a_function_around_it_has="""
        def labels(paths):
            for path in paths:
                row = np.load(path)
                def ask():
                    return model.predict(row[None])  # KI201
                print(ask())
        def retried(x):
            run = lambda: model.predict(x)  # KI201
            return run()
        for image in images:
            retried(image[None])
        def later(x):
            def run():
                return model.predict(x)  # KI201
            return run
        for image in images:
            print(later(image[None])())
        """,
    defaults_that_hold_the_element="""
        for image in images:
            def ask(x=image):
                return model.predict(x[None])  # KI201
            print(ask())
        """,
    an_ensemble_that_is_mapped="""
        import functools
        nets = [keras.models.load_model(f"{i}.keras") for i in range(3)]
        def votes(x):
            return list(map(lambda net: net.predict(x)[0], nets))  # KI201
        def total(x):
            return functools.reduce(lambda sum_, net: sum_ + net.predict(x)[0], nets, 0.0)  # KI201
        for image in images:
            print(votes(image[None]), total(image[None]))
        """,
    an_object_that_is_indexed="""
        import numpy as np
        class Vectors:
            def __init__(self, paths):
                self.paths = paths
            def __len__(self):
                return len(self.paths)
            def __getitem__(self, index):
                return model.predict(np.load(self.paths[index])[None])[0]  # KI201
        vectors = Vectors(paths)
        table = np.stack([vectors[i] for i in range(len(vectors))])
        """,
    what_calls_itself_whatever_it_predicts="""
        import numpy as np
        def visit(path):
            if path.is_dir():
                for child in path.iterdir():
                    visit(child)
            else:
                print(path, model.predict(np.load(path)[None]))  # KI201
        visit(root)
        def total(node):
            if not node.children:
                return model.predict(node.row[None])[0, 0]  # KI201
            return sum(total(child) for child in node.children)
        total(tree)
        """,
)
def test_missed_alarms_through_calls(judge: Judge, code: str) -> None:
    judge(code)


def test_missed_alarm_in_another_module(judge: Judge) -> None:
    (found,) = judge(
        {
            "pkg/__init__.py": "from .classify import classify\n",
            "pkg/classify.py": """
                import keras
                import numpy as np
                model = keras.models.load_model("digits.keras")
                def classify(image):
                    return np.argmax(model.predict(image[None])[0])  # KI201
                """,
            "run.py": """
                from pkg import classify
                def main(images):
                    for image in images:
                        print(classify(image))
                """,
        }
    )
    steps = [(step.location.filename.rpartition("/")[2], step.location.start.row) for step in found.trace]
    assert steps == [("run.py", 4), ("run.py", 3)]
    assert found.trace[-1].message == "in this loop: for image in images"


# False alarms


@table(
    a_model_that_each_sample_chooses="""
        first, second = keras.models.load_model("a"), keras.models.load_model("b")
        for path in paths:
            if path.endswith(".gif"):
                chosen = keras.models.load_model(path)
            else:
                chosen = keras.models.load_model(path + "b")
            save(chosen.predict(read(path)[None]))
        """,
    in_one_turn_of_the_loop="""
        shown = 0
        first = True
        for i, x in enumerate(samples):
            if i == 3:
                print(model.predict(x[None]))
            if shown == 10:
                print(model.predict(x[None]))
            shown += 1
            if first:
                first = False
                print(model.predict(x[None]))
        for k in range(9):
            if k == 0:
                print(model.predict(samples[k][None]))
        """,
    copies_beside_other_rows="""
        for k in range(10):
            noise = np.random.rand(64, 8)
            label = np.repeat(codes[k : k + 1], 64, axis=0)
            show(model.predict([noise, label]))
        """,
    batch_before_the_loop="""
        ys = model.predict(xs)  # ok
        for y in ys:
            print(y)
        """,
    iterable_of_the_loop="""
        for y in model.predict(xs):  # ok
            print(y)
        """,
    once_outside="""
        y = model.predict(x[None])  # ok
        """,
    helper_that_nobody_calls="""
        def classify(image):
            return model.predict(image[None])  # ok
        """,
    helper_called_once="""
        def classify(image):
            return model.predict(image[None])  # ok
        classify(image)
        """,
    direct_call="""
        for x in xs:
            y = model(x[None], training=False)
        model.predict(xs)  # ok
        """,
    model_is_the_loop_variable="""
        models = [keras.models.load_model(path) for path in paths]
        votes = [m.predict(x[None]) for m in models]  # ok
        for m in models:
            votes.append(m.predict(x[None]))  # ok
        """,
    ensembles_built_in_the_loop_around="""
        def build():
            return keras.Sequential([keras.layers.Dense(1)])
        for fold in folds:
            models = [build() for _ in range(3)]
            for m in models:
                m.fit(x, y)
                votes.append(m.predict(sample[None]))  # ok
        """,
    ensemble_scored_after_each_epoch="""
        models = [keras.models.load_model(path) for path in paths]
        for epoch in range(3):
            for m in models:
                m.fit(x, y)
                print(m.predict(x_val))  # ok
        """,
    model_is_what_is_mapped="""
        models = [keras.models.load_model(path) for path in paths]
        def vote(m):
            return m.predict(x[None])  # ok
        votes = list(map(vote, models))
        votes = list(map(lambda path: keras.models.load_model(path).predict(x[None]), paths))  # ok
        """,
    model_picked_by_the_loop="""
        models = {"a": keras.Sequential(), "b": keras.Sequential()}
        for name in models:
            models[name].predict(x[None])  # ok
        """,
    model_loaded_in_the_loop="""
        for path in paths:
            net = keras.models.load_model(path)
            print(net.predict(x[None]))  # ok
        """,
    model_built_by_a_helper_in_the_loop="""
        def build(n):
            return keras.Sequential([keras.layers.Dense(n)])
        for n in sizes:
            net = build(n)
            net.fit(x, y)
            print(net.predict(x[None]))  # ok
        """,
    model_built_by_a_method_in_the_loop="""
        class Trial:
            def build(self, seed):
                keras.utils.set_random_seed(seed)
                net = keras.Sequential([keras.layers.Dense(1)])
                self.net = net
            def cross_validate(self, folds):
                for i, (train, held) in enumerate(folds):
                    self.build(i)
                    self.net.fit(self.x[train], self.y[train])
                    self.table = self.net.predict(self.x[held][None])  # ok
        """,
    model_built_by_a_method_where_there_is_none="""
        class Scorer:
            net = None
            def load(self):
                if self.net is None:
                    self.net = keras.models.load_model("net.keras")
            def scores(self, rows):
                for row in rows:
                    self.load()
                    print(self.net.predict(row[None]))  # KI201
        """,
    weights_loaded_in_the_loop="""
        for path in checkpoints:
            model.load_weights(path)
            print(model.predict(grid))  # ok
        """,
    k_fold="""
        for train, test in folds.split(x):
            net = keras.models.clone_model(model)
            net.fit(x[train], y[train])
            scores.append(metric(y[test], net.predict(x[test])))  # ok
        """,
    k_fold_without_a_new_model="""
        for train, test in folds.split(x):
            model.fit(x[train], y[train], epochs=3)
            scores.append(metric(y[test], model.predict(x[test])))  # ok
        """,
    per_epoch_evaluation="""
        for epoch in range(epochs):
            model.fit(x, y)
            y_pred = model.predict(x_val)  # ok
            print(epoch, metric(y_val, y_pred))
        """,
    train_on_batch_and_a_sample_grid="""
        for epoch in range(epochs):
            model.train_on_batch(x, y)
            noise = np.random.normal(0, 1, (25, 100))
            images = model.predict(noise)  # ok
            save(images)
        """,
    one_sample_shown_each_epoch="""
        for epoch in range(epochs):
            model.train_on_batch(x, y)
            noise = np.random.normal(0, 1, (1, 100))
            show(model.predict(noise))  # ok
        """,
    whole_sets="""
        for name, data in [("train", x_train), ("test", x_test)]:
            print(name, model.predict(data).mean())  # ok
        """,
    whole_sets_loaded_by_name="""
        for name in names:
            (x_train, y_train), (x_test, y_test) = load_data(name)
            print(model.predict(x_test))  # ok
        """,
    files_of_many_rows="""
        import pandas as pd
        for path in paths:
            frame = pd.read_csv(path)
            print(model.predict(frame))  # ok
        """,
    rows_gathered_into_a_batch="""
        for group in groups:
            rows = []
            for item in group:
                rows.append(encode(item))
            model.predict(np.array(rows))  # ok
        """,
    batch_built_by_a_comprehension="""
        for group in groups:
            model.predict(np.array([encode(item) for item in group]))  # ok
        """,
    stacked_batch="""
        for group in groups:
            model.predict(np.stack(group))  # ok
        """,
    unknown_rows="""
        for item in items:
            model.predict(prepare(item))  # ok
        """,
    retry="""
        for attempt in range(3):
            try:
                y = model.predict(x[None])  # ok
                break
            except OSError:
                time.sleep(1)
        """,
    first_hit_only="""
        for x in xs:
            y = model.predict(x[None])  # ok
            break
        """,
    helper_asked_for_many="""
        def points(size, n):
            return np.random.randn(size * n).reshape(n, size)
        for i in range(10):
            print(model.predict(points(100, 64)))  # ok
        """,
    list_filled_in_the_loop="""
        for path in paths:
            rows = []
            for line in open(path):
                rows.append(encode(line))
            print(model.predict(np.array(rows)))  # ok
        """,
    list_of_one_input="""
        for name in names:
            inputs = []
            inputs.append(load_set(name))
            print(model.predict(inputs))  # ok
        """,
    frames_side_by_side="""
        for name in names:
            channels = [open_channel(name, i) for i in range(4)]
            print(model.predict(np.stack(channels, axis=-1)))  # ok
        """,
    function_that_another_hands_over="""
        def repeated(action):
            for _ in range(10):
                action()
        def once(action):
            return action()
        repeated(lambda: print("x"))
        once(lambda: model.predict(image[None]))  # ok
        """,
    function_that_runs_in_a_loop_for_others="""
        def run(action):
            return action()
        for _ in range(10):
            run(lambda: print("x"))
        run(lambda: model.predict(image[None]))  # ok
        """,
    an_attribute_that_is_filled_once="""
        class Scorer:
            def __init__(self):
                self.size = None
            def measure(self):
                return model.predict(np.zeros((1, 8, 8))).shape  # ok
            def score(self, image):
                if self.size is None:
                    self.size = self.measure()
                if not hasattr(self, "first"):
                    self.first = model.predict(image[None])  # ok
                try:
                    self.overlap
                except AttributeError:
                    self.overlap = model.predict(image[None])  # ok
                return image.reshape(self.size)
            def score_all(self, images):
                for image in images:
                    if self.best is None:
                        self.best = model.predict(image[None])  # ok
        scorer = Scorer()
        for image in images:
            scorer.score(image)
        """,
    benchmark="""
        import time
        for _ in range(100):
            start = time.perf_counter()
            model.predict(x[None])  # ok
            times.append(time.perf_counter() - start)
        """,
    training_step_beside_a_progress_bar="""
        from tqdm import tqdm
        generator = keras.models.load_model("generator.keras")
        bar = tqdm(batches)
        for real in bar:
            fake = generator.predict(real)  # ok
            loss = model.train_on_batch(fake, real)
            bar.set_description(f"loss {loss}")
        """,
    benchmark_around_the_loop="""
        import time
        start = time.time()
        for _ in range(100):
            model.predict(x[None])  # ok
        print(time.time() - start)
        """,
    benchmark_by_a_stopwatch="""
        import time
        class Stopwatch:
            def __enter__(self):
                self.start = time.perf_counter()
                return self
            def __exit__(self, *args):
                self.elapsed = time.perf_counter() - self.start
        for x in xs:
            with Stopwatch() as watch:
                y = model.predict(x[None])  # ok
                scores.append(y)
            seconds.append(watch.elapsed)
        for x in xs:
            with Stopwatch() as watch:
                model.predict(x[None])  # ok
            print(watch.elapsed)
        """,
    benchmark_whose_results_are_used="""
        import time
        for x in xs:
            start = time.time()
            y = model.predict(x[None])  # ok
            seconds.append(time.time() - start)
            scores.append(y)
        """,
    timed_in_a_helper_of_another_name="""
        import time
        def measure(x):
            start = time.time()
            y = model.predict(x[None])  # ok
            seconds.append(time.time() - start)
            return y
        run = measure
        for x in xs:
            scores.append(run(x))
        """,
    samples_that_a_training_step_shows="""
        def step(x, y):
            model.train_on_batch(x, y)
            noise = np.random.normal(0, 1, (1, 100))
            show(model.predict(noise))  # ok
        for epoch in range(epochs):
            step(x, y)
        """,
    timed_in_a_helper="""
        import time
        def measure(x):
            start = time.time()
            y = model.predict(x[None])  # ok
            seconds.append(time.time() - start)
            return y
        for x in xs:
            scores.append(measure(x))
        """,
    benchmark_of_one_sample="""
        import time
        def measure(path):
            x = load(path)[None]
            model.predict(x)  # ok
            start = time.time()
            for _ in range(10):
                y = model.predict(x)  # ok
            print((time.time() - start) / 10)
        for path in paths:
            measure(path)
        """,
    lists_of_several_images="""
        def detect(images):
            images = [prepare(image) for image in images]
            return model.predict(np.array(images))  # ok
        for left, right in pairs:
            detect([left, right])
        for album in albums:
            detect(album)
        """,
    list_that_grows_before="""
        def detect(images):
            return model.predict(np.array([prepare(image) for image in images]))  # ok
        for album in albums:
            chosen = [album.cover]
            chosen.extend(album.pages)
            detect(chosen)
        """,
    result_written_beside_a_whole_set="""
        import pandas as pd
        for path in paths:
            frame = pd.read_csv(path)
            frame["score"] = model.predict(encode(frame["text"]))  # ok
            frame.to_csv(path)
        """,
    rows_chosen_by_a_mask="""
        def score(group):
            return model.predict(group)  # ok
        groups = []
        for c in range(10):
            chosen = np.where(labels == c)[0]
            groups.append(x_test[chosen])
        for i in range(len(groups)):
            print(score(groups[i]).mean())
        """,
    random_model_over_a_whole_set="""
        votes = [model.predict(x_test) for _ in range(10)]  # ok
        """,
    weights_set_in_between="""
        from keras import backend as K
        for i in range(20):
            K.set_value(embedding, i / 20 * values)
            steps.append(model.predict(x_test[:1]))  # ok
        """,
    frames_gathered_first="""
        import cv2
        film, frames = cv2.VideoCapture("film.mp4"), []
        while True:
            ok, frame = film.read()
            if not ok:
                break
            frames.append(frame)
        model.predict(np.array(frames))  # ok
        """,
    teacher_of_a_training_loop="""
        teacher = keras.models.load_model("teacher.keras")
        for x_batch, y_batch in data:
            soft = teacher.predict(x_batch)  # ok
            model.train_on_batch(x_batch, soft)
        """,
    a_whole_set_whose_targets_a_static_method_makes="""
        class Clustering:
            def __init__(self, x):
                self.x, self.model = x, keras.Sequential()
            @staticmethod
            def target(q):
                return q**2 / q.sum(0)
            def fit(self, rounds):
                for _ in range(rounds):
                    p = self.target(self.model.predict(self.x))  # ok
                    self.model.fit(self.x, p)
        Clustering(load()).fit(9)
        """,
    a_helper_that_is_given_the_same_row="""
        row = np.zeros((1, 8))
        def show(net, x):
            print(net.predict(x))  # ok
        stateful = keras.Sequential([keras.layers.LSTM(8, stateful=True)])
        for k in range(10):
            show(stateful, row)
        """,
    sample_grid_now_and_then="""
        def sample(epoch):
            noise = np.random.normal(0, 1, (25, 100))
            save(model.predict(noise))  # ok
        for epoch in range(1000):
            discriminator.train_on_batch(x, y)
            if epoch % 100 == 0:
                sample(epoch)
        """,
    warm_up="""
        model.predict(np.zeros((1, 224, 224, 3)))  # ok
        """,
    timeit="""
        import timeit
        timeit.timeit(lambda: model.predict(x[None]), number=100)  # ok
        """,
    timed_for_each_size="""
        import time
        for size in [1, 8, 32]:
            x = np.random.rand(size, 10)
            start = time.perf_counter()
            model.predict(x, verbose=0)  # ok
            times.append(time.perf_counter() - start)
        """,
    frames_of_each_film="""
        for film in films:
            frames = np.array(read_frames(film))
            model.predict(frames)  # ok
        """,
    every_item_for_each_user="""
        for user in users:
            scores = model.predict([np.full(n_items, user), items])  # ok
        """,
    bootstrap="""
        for _ in range(100):
            rows = np.random.choice(len(x), len(x))
            scores.append(metric(y[rows], model.predict(x[rows])))  # ok
        """,
    test_time_augmentation="""
        for _ in range(5):
            votes.append(model.predict(augment(x_test)))  # ok
        """,
    rows_of_one_class="""
        for c in range(10):
            chosen = x[y == c]
            print(c, model.predict(chosen).mean())  # ok
        """,
    folders_in_whole_batches="""
        def score(paths):
            images = [load(path) for path in paths]
            return model.predict(np.array(images))  # ok
        for folder in folders:
            score(folder)
        """,
    request_handler="""
        @app.route("/label", methods=["POST"])
        def label():
            return str(model.predict(np.array([decode(request.data)])))  # ok
        """,
    search_without_gradients="""
        from scipy.optimize import minimize
        def cost(x):
            return model.predict(x.reshape(1, -1))[0, 0]  # KI202
        minimize(cost, start)
        """,
    single_sample_goes_elsewhere="""
        def score(x):
            if len(x) == 1:
                return model.predict_on_batch(x)
            return model.predict(x)  # ok
        for x in xs:
            score(x)
        """,
    single_sample_of_the_loop_goes_elsewhere="""
        for x in xs:
            if len(x) == 1:
                alone.append(x)
                continue
            scores.append(model.predict(x))  # ok
        """,
    a_benchmark_that_names_its_model="""
        import time
        for x in xs:
            begin = time.time()
            timed = (model, "m")
            y = timed[0].predict(x[None])  # ok
            seconds.append(time.time() - begin)
        """,
    a_subclass_that_trains_in_the_loop_of_its_base="""
        class Learner:
            def learn(self, x):
                raise NotImplementedError
            def run(self, env):
                x = env.reset()
                while self.step < 1000:
                    x = env.step(self.act(x))
                    self.learn(x)
        class Deep(Learner):
            def act(self, x):
                return 1
            def learn(self, x):
                y = model.predict_on_batch(np.array([x]))  # ok
                model.train_on_batch(x, y)
        """,
    an_agent_that_is_asked_once_more_at_the_end="""
        class Agent:
            def act(self, x):
                return model.predict_on_batch(np.array([x]))[0]  # ok
        agent, x = Agent(), env.reset()
        while rounds < 1000:
            x, done = env.step(agent.act(x))
            if done:
                agent.act(x)
        """,
    two_of_each_in_a_list_that_is_filled_from_a_list_of_one="""
        def detect(images):
            molded = []
            for image in images:
                molded.append(image)
                molded.append(image[::-1])
            return model.predict(np.stack(molded))  # ok
        for path in paths:
            print(detect([cv2.imread(path)]))
        """,
    lists_of_one_added_one_behind_the_other="""
        for path in paths:
            images = []
            images += [cv2.imread(path)]
            images += [cv2.imread(path.replace("left", "right"))]
            print(model.predict(np.stack(images)))  # ok
        for path in paths:
            images = []
            for name in os.listdir(path):
                images = images + [cv2.imread(name)]
            print(model.predict(np.stack(images)))  # ok
        """,
    a_list_of_inputs_under_a_name="""
        for state, action in batches:
            inputs = [state]
            inputs.insert(0, action)
            print(model.predict(inputs))  # ok
        """,
    not_keras="""
        from sklearn.svm import SVC
        clf = SVC()
        for x in xs:
            clf.predict(x[None])
        """,
    nested_def_in_a_loop="""
        for x in xs:
            def show(x):
                return model.predict(x[None])  # ok
            handlers.append(show)
        """,
    code_that_nothing_leads_to="""
        def score(xs):
            return model.predict(xs)
            for x in xs:
                model.predict(x[None])
        if False:
            for x in xs:
                model.predict(x[None])
        """,
    a_model_that_has_been_replaced_in_both_arms="""
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.svm import SVC
        net = keras.models.load_model("a.keras")
        if kind:
            net = RandomForestClassifier()
        else:
            net = SVC()
        for x in xs:
            net.predict(x[None])
        """,
    models_loaded_for_what_is_mapped="""
        def votes(x):
            return list(map(lambda path: keras.models.load_model(path).predict(x), paths))
        def vote(net):
            return net.predict(x[None])
        for image in images:
            votes(image[None])
        results = list(map(vote, map(keras.models.load_model, paths)))
        """,
    a_model_of_the_function_around="""
        def scores(paths, x):
            for path in paths:
                net = keras.models.load_model(path)
                run = lambda: net.predict(x[None])
                print(run())
        """,
    a_model_that_is_loaded_again="""
        def scores(paths, x):
            net = None
            for path in paths:
                if net is None:
                    net = keras.models.load_model(path)
                print(net.predict(x[None]))
                net = None
        """,
)
def test_false_alarms(judge: Judge, code: str) -> None:
    judge(code, select=("KI201", "KI202", "KI203"))


@pytest.mark.parametrize("name", ["test_net.py", "net_test.py", "conftest.py", "tests/test_net.py"])
def test_tests_are_left_alone(judge: Judge, name: str) -> None:
    loop = "import keras\nmodel = keras.Sequential()\nfor x in xs:\n    model.predict(x[None])  # ok\n"
    judge({name: f"import pytest\n{loop}"})
    judge({name: f"{loop}def test_shape():\n    assert model.output_shape\n"})


@pytest.mark.parametrize("name", ["test_signs.py", "policy_test.py"])
@pytest.mark.parametrize("body", ["", "def main():\n    show()\nmain()\n", "def test(agent, episodes):\n    show()\n"])
def test_scripts_that_are_called_tests_are_no_tests(judge: Judge, name: str, body: str) -> None:
    judge(
        {name: f"import keras\nmodel = keras.Sequential()\n{body}for x in xs:\n    model.predict(x[None])  # KI201\n"}
    )


@pytest.mark.parametrize(
    ("called", "mark"),
    [("test_model('m.keras', 3)", "KI201"), ("test_model(paths)", "KI201"), ("test_model()", "ok"), ("main()", "ok")],
)
def test_a_function_that_is_called_with_arguments_is_no_test(judge: Judge, called: str, mark: str) -> None:
    body = "import keras\ndef test_model(path, size=3):\n    model = keras.models.load_model(path)\n    for x in xs:\n"
    body += f"        model.predict(x[None])  # {mark}\n"
    judge({"test_captions.py": f"{body}if __name__ == '__main__':\n    {called}\n"})


@table(
    one_of_several_models_by_index="""
        models = [keras.models.load_model(f"part{i}.h5") for i in range(5)]
        for record in records:
            x = np.asarray(record)[None, :]
            y = np.mean([models[m].predict(x) for m in range(5)], axis=0)  # KI201
        """,
    models_of_an_object="""
        class Annotator:
            def __init__(self):
                self.models = [keras.models.load_model(path) for path in paths]
        def score(record, annotator):
            return [annotator.models[m].predict(np.asarray(record)[None]) for m in range(5)]  # KI201
        annotator = Annotator()
        for record in records:
            print(score(record, annotator))
        """,
    a_few_rows_drawn_each_time="""
        for i in range(1000):
            np.save(f"sample{i}.npy", model.predict(np.random.normal(size=(16, 8))))  # KI201
        """,
    a_few_rows_drawn_for_a_helper="""
        def show(noise, i):
            np.save(f"sample{i}.npy", model.predict(noise))  # KI201
        for i in range(10):
            show(np.random.uniform(-1.0, 1.0, size=[16, 100]), i)
        """,
    a_few_rows_drawn_beside_the_same_of_another_input="""
        def drawn(count):
            return np.random.normal(size=(count, 100))
        def show(hair, eyes):
            noise = drawn(16)
            print(model.predict([noise, np.full(16, hair), np.full(16, eyes)]))  # KI201
        for hair in range(12):
            for eyes in range(10):
                show(hair, eyes)
        """,
    a_list_that_is_filled_from_a_list_of_one="""
        def detect(images):
            molded = []
            for image in images:
                molded.append(image - 128.0)
            return model.predict(np.stack(molded))  # KI201
        for path in paths:
            print(detect([cv2.imread(path)]))
        """,
    functions_that_change_something_else="""
        class Account:
            def __init__(self):
                self.cash, self.fee = 100.0, 1.0
        account = Account()
        def buy(day):
            account.cash -= prices[day]
        for day in range(250):
            if np.argmax(model.predict(np.array([[prices[day], account.fee]]))) == 1:  # KI201
                buy(day)
        def simulate(account):
            for day in range(250):
                if np.argmax(model.predict(np.array([[prices[day], account.cash]]))) == 1:  # KI201
                    buy(day)
        """,
    a_list_of_one_added_to_an_empty_list="""
        def detect(images):
            molded = []
            molded += [image - 128.0 for image in images]
            return model.predict(np.stack(molded))  # KI201
        for path in paths:
            print(detect([cv2.imread(path)]))
        """,
    a_list_of_one_behind_an_empty_list="""
        for path in paths:
            images = []
            images = images + [cv2.imread(path)]
            print(model.predict(np.stack(images)))  # KI201
        """,
    one_row_tiled="""
        for point in points:
            z = np.tile(np.array([point]), 16).reshape(16, 2)
            print(model.predict(z, batch_size=16)[0])  # KI201
        """,
    a_series_of_one="""
        import pandas as pd
        ratings = [model.predict([pd.Series([user]), pd.Series([item])]) for user, item in pairs]  # KI201
        """,
    the_shape_in_a_name="""
        shape = (1, 28, 28, 1)
        for k in range(50):
            print(model.predict(xs[k].reshape(shape)))  # KI201
        """,
    an_axis_added_by_a_helper="""
        def add_axes(x, axis):
            for a in axis:
                x = np.expand_dims(x, axis=a)
            return x
        for path in paths:
            print(model.predict(add_axes(np.load(path), [0, -1])))  # KI201
        """,
    another_name_of_preprocess_input="""
        from keras.applications.vgg16 import preprocess_input as prepare
        for x in xs:
            print(model.predict(prepare(np.expand_dims(x, 0))))  # KI201
        """,
    the_second_of_two_models="""
        encoder = keras.models.load_model("encoder.keras")
        for x in xs:
            code = encoder.predict(x[None])  # KI201
            print(model.predict(code))  # KI201
        """,
)
def test_missed_alarms_of_models_and_shapes(judge: Judge, code: str) -> None:
    judge(code)


def test_so_are_test_functions_in_other_files(judge: Judge) -> None:
    judge(
        """
        def test_all(xs):
            for x in xs:
                model.predict(x[None])  # ok
        """
    )


def test_the_outermost_function_tells_whether_it_is_a_test(judge: Judge) -> None:
    judge(
        """
        def compare(xs):
            def test_shapes():
                for x in xs:
                    model.predict(x[None])  # KI201
            test_shapes()

        def test_all(xs):
            def compare():
                for x in xs:
                    model.predict(x[None])  # ok
            compare()

        class Checks:
            def test_some(self, xs):
                for x in xs:
                    model.predict(x[None])  # ok
        """
    )


# What it says


@pytest.mark.parametrize(
    ("setup", "cost"),
    [
        ("", "500-600 times"),
        ("import os\nos.environ['KERAS_BACKEND'] = 'jax'\n", "17-119 times"),
        ("import os\nos.environ['KERAS_BACKEND'] = 'torch'\n", "47-88 times"),
    ],
    ids=["tensorflow", "jax", "torch"],
)
def test_the_message_names_the_loop_and_the_cost_on_the_backend(judge: Judge, setup: str, cost: str) -> None:
    (found,) = judge(setup + "for x in xs:\n    model.predict(x[None])  # KI201\n")
    assert "runs once per sample of `for x in xs`" in found.message
    assert cost in found.message
    assert found.message.endswith("Collect the samples and predict them in one call.")
    assert found.severity is Severity.WARNING


def test_a_way_over_an_unknown_object_makes_a_likely_finding(judge: Judge) -> None:
    (found,) = judge(
        """
        class Classifier:
            def __init__(self):
                self.model = keras.Sequential()
            def classify_image(self, image):
                return self.model.predict(image[None])  # KI201
        def run(thing, images):
            return [thing.classify_image(image) for image in images]
        """
    )
    assert found.confidence is Confidence.LIKELY


def test_loops_of_tests_do_not_repeat_what_they_test(judge: Judge) -> None:
    judge(
        {
            "net.py": """
                import keras
                import numpy as np
                model = keras.models.load_model("net.keras")
                def score(x):
                    return model.predict(np.expand_dims(x, 0))  # ok
                """,
            "test_net.py": """
                from net import score
                def test_scores():
                    for x in samples:
                        assert score(x) > 0
                def check_scores(many):
                    for x in many:
                        assert score(x) > 0
                def test_more():
                    check_scores(samples)
                """,
        },
        select=("KI201", "KI202"),
    )


def test_a_script_may_call_its_evaluation_a_test(judge: Judge) -> None:
    judge(
        {
            "net.py": """
                import keras
                import numpy as np
                model = keras.models.load_model("net.keras")
                def score(x):
                    return model.predict(np.expand_dims(x, 0))  # KI201
                """,
            "run.py": """
                from net import score
                def test_all(samples):
                    for x in samples:
                        print(score(x))
                """,
        },
        select=("KI201", "KI202"),
    )


@pytest.mark.parametrize(
    ("outputs", "batched"),
    [
        ("outputs", True),
        ("[outputs]", True),
        ("[outputs, inputs]", True),
        ("(outputs, inputs)", True),
        ("[*several]", False),
        ("[layer.output for layer in layers]", False),
        ("several", True),
    ],
)
def test_a_model_is_batched_by_the_fix_where_its_outputs_are_shown(outputs: str, batched: bool) -> None:
    code = (
        "import keras\nimport numpy as np\n"
        "inputs = keras.Input((8,))\noutputs = keras.layers.Dense(2)(inputs)\nseveral = [outputs, inputs]\n"
        f"model = keras.Model(inputs, {outputs})\n"
        "scores = []\nfor x in xs:\n    scores.append(model.predict(x[None]))\n"
    )
    (found,) = check_source(code, "code.py", select=["KI201"], fixes=True)
    assert found.fix is not None
    assert ("in one call" in found.fix.message) is batched


# Samples of different lengths


@pytest.mark.parametrize(
    ("prepared", "may_differ"),
    [
        ("x = np.array([[vocabulary[word] for word in sample.split()]])", True),
        ("x = np.array([vocabulary[word] for word in sample.split()])[None]", True),
        ("x = np.zeros((1, len(sample), 8))\n        x[0, 0] = sample[0]", True),
        ("x = sample[: int(sample[0])][None]", True),
        ("x = np.array(tokenizer.texts_to_sequences([sample]))", True),
        ("x = sample[:: int(sample[0])][None]", True),
        ("x = np.array([ids(sample, vocabulary)])", True),
        ("x = padded(sample, vocabulary)", False),
        ("x = keras.utils.pad_sequences([[vocabulary[word] for word in sample.split()]], maxlen=20)", False),
        ("x = np.array([[sample[name] for name in ('a', 'b')]])", False),
        ("x = np.array([[sample[n] for n in range(8)]])", False),
        ("x = sample[None]", False),
        ("x = np.expand_dims(sample[2:10], 0)", False),
        ("x = series[sample : sample + 8][None]", False),
    ],
)
def test_samples_that_may_differ_in_length_are_padded_first(tmp_path: Path, prepared: str, may_differ: bool) -> None:
    code = f"""
import keras
import numpy as np

model = keras.models.load_model("m.keras")


def ids(text, vocabulary):
    return [vocabulary[word] for word in text.split()]


def padded(text, vocabulary):
    return keras.utils.pad_sequences([ids(text, vocabulary)], maxlen=20)


def run(samples, vocabulary, tokenizer, series):
    scores = []
    for sample in samples:
        {prepared}
        scores.append(model.predict(x)[0])
    return scores
"""
    (found,) = check_source(code, str(tmp_path / "code.py"), select=["KI201"], fixes=True)
    assert ("pad them to one length first" in found.message) is may_differ
    assert ("Collect the samples and predict them in one call." in found.message) is not may_differ
    assert found.fix is not None
    assert found.fix.message.startswith("Call predict_on_batch()" if may_differ else "Predict all samples in one call")


@pytest.mark.parametrize(
    "drawing",
    [
        "cv2.putText(image, str(label), (x, y), 0, 1, (0, 0, 0))",
        "cv2.rectangle(image, (x, y), (x + 9, y + 9), (0, int(label), 0))",
        "draw(image, label)",
    ],
)
def test_labels_drawn_on_the_image_do_not_make_the_next_input(judge: Judge, drawing: str) -> None:
    judge(f"""
    import cv2

    def draw(target, label):
        cv2.putText(target, str(label), (0, 0), 0, 1, (0, 0, 0))

    def annotate(image, boxes):
        for x, y, w, h in boxes:
            crop = cv2.resize(image[y : y + h, x : x + w], (32, 32))[None]
            label = model.predict(crop)[0].argmax()  # KI201
            {drawing}
    """)


# Only what is fitted changes


@table(
    another_model_is_fitted="""
        first = keras.models.load_model("first.keras")
        second = keras.models.load_model("second.keras")
        for x in xs:
            wanted = first.predict(x[None])  # KI201
            second.fit(x[None], wanted)
        """,
    a_frozen_part_of_what_is_fitted="""
        features = keras.Sequential(model.layers[:-2])
        features.trainable = False
        noise = keras.Input((8,))
        search = keras.Model(noise, features(keras.layers.Dense(16)(noise)))
        for x in xs:
            search.fit(np.zeros((1, 8)), features.predict(x[None]))  # KI201
        """,
    a_model_of_other_layers="""
        first = keras.Sequential([keras.layers.Dense(8), keras.layers.Dense(2)])
        entry = keras.Input((4,))
        second = keras.Model(entry, keras.layers.Dense(2)(keras.layers.Dense(8)(entry)))
        for x in xs:
            second.fit(x[None], first.predict(x[None]))  # KI201
        """,
    a_part_whose_layers_are_frozen_one_by_one="""
        features = keras.Sequential(model.layers[:-2])
        for layer in features.layers:
            layer.trainable = False
        search = keras.Sequential([keras.layers.Dense(16), features])
        for x in xs:
            search.fit(x[None], features.predict(x[None]))  # KI201
        """,
    a_part_that_is_frozen_where_it_is_made="""
        class Search:
            def __init__(self, model):
                self.features = self.extract(model)
                noise = keras.Input((8,))
                self.model = keras.Model(noise, self.features(keras.layers.Dense(16)(noise)))
            def extract(self, model):
                part = keras.Sequential(model.layers[:-2])
                part.trainable = False
                return part
            def score(self, x):
                wanted = self.features.predict(x)  # KI201
                return self.model.fit(np.zeros((1, 8)), wanted)
        search = Search(model)
        for x in xs:
            search.score(x[None])
        """,
    another_model_whose_layers_are_its_own="""
        critic = keras.Sequential([keras.layers.Dense(8), keras.layers.Dense(1)])
        for x, y in pairs:
            critic.train_on_batch(model.predict(x[None]), y[None])  # KI201
        """,
    a_model_that_two_objects_hold="""
        class Teacher:
            def __init__(self, path):
                self.net = keras.models.load_model(path)
            def soft(self, x):
                return self.net.predict(x[None])  # KI201
        class Student:
            def __init__(self):
                self.net = keras.Sequential([keras.layers.Dense(3)])
            def fit(self, x, y):
                self.net.fit(x[None], y)
        teacher, student = Teacher("t.keras"), Student()
        for x in xs:
            student.fit(x, teacher.soft(x))
        """,
    what_is_no_model="""
        class Log:
            def fit(self, x):
                print("fitted", x)
        log = Log()
        for x in xs:
            log.fit(model.predict(x[None]))  # KI201
        """,
)
def test_missed_alarms_beside_training(judge: Judge, code: str) -> None:
    judge(code)


@table(
    the_model_itself="""
        first = keras.models.load_model("first.keras")
        for x in xs:
            first.fit(x[None], first.predict(x[None]))  # KI202
        """,
    a_part_of_what_is_fitted="""
        features = keras.Sequential(model.layers[:-2])
        noise = keras.Input((8,))
        search = keras.Model(noise, features(keras.layers.Dense(16)(noise)))
        for x in xs:
            search.fit(np.zeros((1, 8)), features.predict(x[None]))  # KI202
        """,
    frozen_but_for_its_last_layers="""
        features = keras.Sequential(model.layers[:-2])
        for layer in features.layers:
            layer.trainable = False
        for layer in features.layers[-4:]:
            layer.trainable = True
        search = keras.Sequential([features])
        for x in xs:
            search.fit(x[None], features.predict(x[None]))  # KI202
        """,
    some_layers_frozen="""
        features = keras.Sequential(model.layers[:-2])
        for layer in features.layers:
            if "conv" in layer.name:
                layer.trainable = False
        search = keras.Sequential([features])
        for x in xs:
            search.fit(x[None], features.predict(x[None]))  # KI202
        """,
    frozen_for_a_while_only="""
        features = keras.Sequential(model.layers[:-2])
        features.trainable = False
        search = keras.Sequential([features])
        features.trainable = True
        for x in xs:
            search.fit(x[None], features.predict(x[None]))  # KI202
        """,
    a_part_that_is_frozen_after_the_whole_was_compiled="""
        def make():
            return keras.Sequential([keras.layers.Dense(3)])
        features = make()
        noise = keras.Input((8,))
        search = keras.Model(noise, features(keras.layers.Dense(16)(noise)))
        search.compile("adam", "mse")
        features.trainable = False
        def look(features):
            show(features.predict(np.random.rand(10, 16)))
        for epoch in range(9):
            search.train_on_batch(x, y)
            look(features)
        """,
    a_part_that_is_thawed_where_it_is_made="""
        class Search:
            def __init__(self, model):
                self.features = self.extract(model)
                noise = keras.Input((8,))
                self.model = keras.Model(noise, self.features(keras.layers.Dense(16)(noise)))
            def extract(self, model):
                part = keras.Sequential(model.layers[:-2])
                part.trainable = flag
                return part
            def score(self, x):
                wanted = self.features.predict(x)  # KI202
                return self.model.fit(np.zeros((1, 8)), wanted)
        search = Search(model)
        for x in xs:
            search.score(x[None])
        """,
    one_of_a_list="""
        models = [keras.models.load_model(path) for path in paths]
        for x in xs:
            models[0].fit(x[None], models[1].predict(x[None]))  # KI202
        """,
    a_part_of_what_is_trained="""
        encoder = keras.Sequential([keras.layers.Dense(8)])
        whole = keras.Sequential([encoder, keras.layers.Dense(1)])
        for x, y in pairs:
            print(encoder.predict(x[None]))  # KI202
            whole.train_on_batch(x[None], y[None])
        """,
    a_wrapper_that_trains_it="""
        class Learner:
            def __init__(self, net):
                self.net = net
            def fit(self, x, y):
                self.net.fit(x, y)
        learner = Learner(model)
        for x, y in pairs:
            print(model.predict(x[None]))  # KI202
            learner.fit(x[None], y[None])
        """,
)
def test_a_model_that_may_change_is_no_sample_loop(judge: Judge, code: str) -> None:
    judge(code)


# Python that a data set calls back

_OPEN = "keras.Sequential([keras.Input((None, 3)), keras.layers.LSTM(2)])"


@pytest.mark.parametrize(
    ("model", "loop", "sample", "may_differ"),
    [
        ("keras.Model(inputs, keras.layers.LSTM(2)(inputs))", "for x in xs", "x", True),
        ("keras.Sequential([keras.layers.LSTM(2, input_shape=(None, 3))])", "for x in xs", "x", True),
        (_OPEN, "for x in xs", "x", True),
        (_OPEN, "for x in np.load('xs.npy')", "x", False),
        (_OPEN, "for x in xs", "keras.ops.pad(x, 2)", False),
        ("keras.Sequential([keras.Input((9, 3)), keras.layers.LSTM(2)])", "for x in xs", "x", False),
    ],
)
def test_a_model_that_leaves_an_axis_open_takes_samples_of_any_length(
    model: str, loop: str, sample: str, may_differ: bool
) -> None:
    code = (
        "import keras\nimport numpy as np\ninputs = keras.Input((None, 3))\n"
        f"model = {model}\nscores = []\ndef run(xs):\n    {loop}:\n"
        f"        scores.append(model.predict({sample}[None])[0])\n"
    )
    (found,) = check_source(code, "code.py", select=["KI201"], fixes=True)
    assert ("may differ in length" in found.message) is may_differ


_ROWS = "rows = tf.data.Dataset.from_tensor_slices(np.ones((8, 5)))"


@table(
    py_function=f"""
        {_ROWS}
        def encode(row):
            return model.predict(row)  # KI201
        coded = rows.map(lambda row: tf.py_function(encode, [row[None]], tf.float32))
        """,
    numpy_function=f"""
        {_ROWS}
        def encode(row):
            return model.predict(row[None])  # KI201
        coded = rows.map(lambda row: tf.numpy_function(encode, [row], tf.float32))
        """,
    by_keyword_in_a_function=f"""
        {_ROWS}
        def encode(row):
            return model.predict(np.expand_dims(row, 0))  # KI201
        def wrapped(row):
            return tf.py_function(func=encode, inp=[row], Tout=tf.float32)
        coded = rows.map(wrapped, num_parallel_calls=4)
        """,
    a_method="""
        class Feeder:
            def encode(self, row):
                return model.predict(row[None])  # KI201
            def load(self, rows):
                data = tf.data.Dataset.from_tensor_slices(rows)
                return data.map(lambda row: tf.numpy_function(self.encode, [row], tf.float32))
        """,
    an_object_that_is_called="""
        class Encoder:
            def encode(self, row):
                return model.predict(row[None])  # KI201
            def __call__(self, row):
                return tf.numpy_function(self.encode, [row], tf.float32)
        coded = tf.data.Dataset.from_tensor_slices(np.ones((8, 5))).map(Encoder())
        """,
)
def test_python_that_a_data_set_calls_back(judge: Judge, code: str) -> None:
    judge(code)


@table(
    once="""
        def encode(row):
            return model.predict(row)  # ok
        value = tf.py_function(encode, [np.ones((1, 5))], tf.float32)
        """,
    whole_batches=f"""
        {_ROWS}
        def encode(batch):
            return model.predict(batch)  # KI203
        coded = rows.batch(32).map(lambda batch: tf.py_function(encode, [batch], tf.float32))
        """,
)
def test_python_that_runs_once_or_on_batches(judge: Judge, code: str) -> None:
    judge(code)


# Handed to threads, processes and pools


@pytest.mark.parametrize(
    "run",
    [
        "with Pool(4) as pool:\n    pool.map(label, xs)\n",
        "pool = ThreadPool(4)\nfor x in xs:\n    pool.apply_async(label, (x,))\n",
        "for x in xs:\n    Thread(target=label, args=(x,)).start()\n",
        "for x in xs:\n    Thread(target=label, kwargs={'x': x}).start()\n",
        "with ThreadPoolExecutor() as pool:\n    for x in xs:\n        pool.submit(label, x)\n",
        "async def main():\n    for x in xs:\n        await asyncio.to_thread(label, x)\n",
    ],
)
def test_one_sample_for_each_task_of_a_pool(judge: Callable[..., list[Diagnostic]], run: str) -> None:
    head = """
import asyncio
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pool
from multiprocessing.pool import ThreadPool
from threading import Thread
import keras
import numpy as np
model = keras.models.load_model("m.keras")
xs = np.load("x.npy")
def label(x):
    return model.predict(x[None]).argmax()  # KI201
"""
    judge(head + run, select=("KI201", "KI202"))


WIDTHS = {
    "for i in range(len(series) - n):\n        scores.append(model.predict(series[i:i + n][None]))": False,
    "for i in range(n, len(series)):\n        scores.append(model.predict(series[i - n:i][None]))": False,
    "for i in range(len(series)):\n        scores.append(model.predict(series[:i + n][None]))": True,
    "for i, m in enumerate(n):\n        scores.append(model.predict(series[i:i + m][None]))": True,
}


@pytest.mark.parametrize(("loop", "differ"), list(WIDTHS.items()))
def test_windows_of_a_width_that_the_function_is_given_have_one_length(loop: str, differ: bool) -> None:
    code = (
        "import keras\nmodel = keras.models.load_model('m')\n"
        f"def scan(series, n):\n    scores = []\n    {loop}\n    return scores\n"
    )
    (found,) = check_source(code, "code.py", select=["KI201"])
    assert ("may differ in length" in found.message) is differ


@table(
    rows="""
        for row in frame.itertuples():
            frame.at[row.Index, "score"] = model.predict(row.pixels[None])[0][0]  # KI201
        """,
    columns="""
        for i in range(len(frame)):
            frame["score"][i] = model.predict(frame["pixels"][i][None])[0][0]  # KI201
        """,
    keys="""
        def fill(table):
            for i in range(9):
                table["score"][i] = model.predict(table["pixels"][i][None])[0][0]  # KI201
        """,
)
def test_a_column_is_filled_from_another_one(judge: Judge, code: str) -> None:
    judge(code)


@table(
    same_column="""
        for i in range(len(frame)):
            frame["pixels"][i + 1] = model.predict(frame["pixels"][i][None])[0]  # KI202
        """,
    through_another="""
        for i in range(9):
            frame["next"] = model.predict(frame["now"][None])[0]  # KI202
            frame["now"] = frame["next"]
        """,
    next_row="""
        for row in graph.nodes:
            graph.state[row.target] = model.predict(graph.state[row.id][None])[0]  # KI202
        """,
)
def test_a_column_that_is_read_again_is_a_step(judge: Judge, code: str) -> None:
    judge(code, select=("KI201", "KI202"))


# A bound method that is handed on


@table(
    under_a_name="""
        predict = model.predict
        for x in xs:
            print(predict(x[None]))  # KI201
        """,
    under_a_name_of_the_module="""
        infer = model.predict
        def score(images):
            return [infer(image[None], verbose=0) for image in images]  # KI201
        """,
    in_an_attribute="""
        class Scorer:
            def __init__(self):
                self.model = keras.models.load_model("m.keras")
                self.infer = self.model.predict  # KI201
            def run(self, images):
                return [self.infer(image[None]) for image in images]
        """,
    mapped="""
        singles = [x[None] for x in xs]
        results = list(map(model.predict, singles))  # KI201
        """,
    reduced="""
        import functools
        total = functools.reduce(lambda best, x: max(best, model.predict(x[None])[0, 0]), xs, 0.0)  # KI201
        def add(total, row):
            return total + float(model.predict(row.reshape(1, -1)))  # KI201
        total = functools.reduce(add, xs, 0.0)
        """,
    of_a_pool="""
        from multiprocessing.dummy import Pool
        singles = [x[None] for x in xs]
        with Pool(4) as pool:
            results = pool.map(model.predict, singles)  # KI201
        """,
    submitted="""
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor() as executor:
            futures = [executor.submit(model.predict, x[None]) for x in xs]  # KI201
        """,
    partial="""
        from functools import partial
        infer = partial(model.predict, verbose=0)  # KI201
        for x in xs:
            print(infer(x[None]))
        """,
    given_to_a_function="""
        def score(infer, images):
            return [infer(image[None]) for image in images]
        score(model.predict, xs)  # KI201
        """,
    out_of_a_dict="""
        nets = {"large": keras.models.load_model("m.keras")}
        def score(infer, images):
            return [infer(image[None]) for image in images]
        score(nets["large"].predict, xs)  # KI201
        """,
    an_object_that_is_called="""
        class Score:
            def __call__(self, x):
                return model.predict(x[None])  # KI201
        results = list(map(Score(), xs))
        class Rank:
            def __call__(self, x):
                return model.predict(x[None])[0, 0]  # KI201
        rank = Rank()
        best = max(xs, key=rank)
        """,
    the_default_of_a_parameter="""
        def scores(images, *, score=lambda image: model.predict(image[None])[0]):  # KI201
            return [score(image) for image in images]
        def score_once(images, score=lambda images: model.predict(images)):
            return score(images)
        scores(xs)
        """,
)
def test_missed_alarms_of_a_method_that_is_handed_on(judge: Judge, code: str) -> None:
    judge(code)


@table(
    whole_sets="""
        sets = [np.load(path) for path in paths]
        results = list(map(model.predict, sets))
        """,
    whole_set_under_a_name="""
        infer = model.predict
        print(infer(xs))
        """,
    given_to_what_nobody_shows="""
        explainer = shap.KernelExplainer(model.predict, xs)
        for x in xs:
            explainer.shap_values(x[None])
        """,
    model_of_every_iteration="""
        def score(infer):
            return infer(xs[:1])
        for path in paths:
            print(score(keras.models.load_model(path).predict))
        """,
    another_library="""
        from sklearn.svm import SVC
        infer = SVC().fit(xs, ys).predict
        for x in xs:
            infer(x[None])
        """,
    asked_for="""
        for x in xs:
            if callable(model.predict):
                print(x)
        """,
    an_object_that_is_called_with_whole_sets="""
        class Score:
            def __call__(self, x):
                return model.predict(x)
        score = Score()
        results = list(map(score, [np.load(path) for path in paths]))
        """,
)
def test_false_alarms_of_a_method_that_is_handed_on(judge: Judge, code: str) -> None:
    judge(code)
