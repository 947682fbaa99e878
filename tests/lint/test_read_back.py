"""Values that are read back from where they were kept, and other names for one thing: found as if written directly."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lint_rules.findings.diagnostics import Diagnostic

Judge = Callable[..., list[Diagnostic]]


@pytest.mark.parametrize(
    "code",
    [
        """
        for x in samples:
            net = model
            y = net.predict(x[None])  # KI201
        """,
        """
        for x in samples:
            both = (model, x)
            y = both[0].predict(both[1][None])  # KI201
        """,
        """
        for x in samples:
            row = {"net": model, "image": x[None]}
            y = row["net"].predict(row["image"])  # KI201
        """,
        """
        from contextlib import contextmanager
        @contextmanager
        def opened(image):
            yield image[None]
        for x in samples:
            with opened(x) as image:
                y = model.predict(image)  # KI201
        """,
        """
        class Opened:
            def __init__(self, image):
                self.image = image
            def __enter__(self):
                return self.image[None]
        for x in samples:
            with Opened(x) as image:
                y = model.predict(image)  # KI201
        """,
        """
        def score(net, image):
            return net.predict(image)  # KI201
        for x in samples:
            pair = (model, x[None])
            y = score(*pair)
        """,
        """
        class Run:
            def __init__(self, net, image):
                self.net = net
                self.image = image
        for x in samples:
            run = Run(model, image=x)
            y = run.net.predict(run.image[None])  # KI201
        """,
        """
        from dataclasses import dataclass
        @dataclass
        class Run:
            net: object
            image: object
        for x in samples:
            run = Run(model, x)
            y = run.net.predict(run.image[None])  # KI201
        """,
        """
        from typing import NamedTuple
        class Run(NamedTuple):
            image: object
            net: object
        for x in samples:
            run = Run(x, net=model)
            same = run
            y = same.net.predict(same.image[None])  # KI201
        """,
        """
        from dataclasses import dataclass
        @dataclass
        class Scorer:
            net: keras.Model
            scale: float = 1.0
            def all(self, rows):
                for row in rows:
                    yield self.net.predict(row[None])  # KI201
        """,
        """
        x = np.zeros((9, 2))
        for k in range(9):
            rows = x
            print(model.predict(rows)[k])  # KI204
        """,
        """
        walk = iter(samples)
        while True:
            try:
                x = next(walk)
            except StopIteration:
                break
            y = model.predict(x[None])  # KI201
        """,
        """
        walk = iter(samples)
        while (x := next(walk, None)) is not None:
            y = model.predict(x[None])  # KI201
        """,
    ],
)
def test_found_as_if_written_directly(judge: Judge, code: str) -> None:
    judge(code)


@pytest.mark.parametrize(
    "code",
    [
        """
        for path in paths:
            both = (keras.models.load_model(path), 0)
            y = both[0].predict(x[None])
        """,
        """
        class Run:
            def __init__(self, net):
                self.net = net
        for path in paths:
            run = Run(keras.models.load_model(path))
            y = run.net.predict(x[None])
        """,
        """
        nets = {"a": model}
        nets["a"] = Other()
        for x in samples:
            nets["a"].run(x[None])
        """,
        """
        from dataclasses import dataclass
        from sklearn.svm import SVC
        @dataclass
        class Run:
            net: object
            other: object
        run = Run(model, SVC())
        for x in samples:
            y = run.other.predict(x[None])
        """,
        """
        pair = (model, SVC())
        for x in samples:
            y = pair[1].predict(x[None])
        """,
    ],
)
def test_something_else_was_kept(judge: Judge, code: str) -> None:
    judge(code)


def test_an_import_under_another_name(judge: Judge) -> None:
    judge(
        {
            "a.py": """
            import keras
            from keras.preprocessing.image import ImageDataGenerator as Images
            from sklearn.metrics import confusion_matrix as table

            model = keras.models.load_model("m.keras")
            test = Images().flow_from_directory("test")
            scores = model.predict(test)  # KI405
            print(table(test.classes, scores.argmax(axis=1)))
            """
        },
        select=("KI405",),
    )


def test_another_function_under_the_name_of_an_import(judge: Judge) -> None:
    judge(
        {
            "a.py": """
            import keras
            from keras.preprocessing.image import ImageDataGenerator as Images
            from sklearn.metrics import confusion_matrix as table

            model = keras.models.load_model("m.keras")
            test = Images().flow_from_directory("test")
            scores = model.predict(test)

            def show(table):
                table(test.classes, scores.argmax(axis=1))
            """
        },
        select=("KI405",),
    )


def test_what_a_base_class_of_another_module_keeps(judge: Judge) -> None:
    judge(
        {
            "base.py": """
            class Base:
                def __init__(self, net):
                    self.net = net
            """,
            "run.py": """
            import keras
            from base import Base

            class Run(Base):
                def __init__(self, net, scale):
                    super().__init__(net)
                    self.scale = scale

            run = Run(keras.models.load_model("m.keras"), 2)
            for x in samples:
                print(run.net.predict(x[None]) * run.scale)  # KI201
            """,
        }
    )
