"""A fault of our own, wherever it is, changes no outcome: each function that a hook reaches is made to raise in turn.

The inner runs see a small module called `keras`, so that a hundred of them take seconds.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any

import numpy  # noqa: F401  the inner runs must not be the first to import it
import pytest

from pytest_keras_inference.watching import hooks

pytestmark = pytest.mark.sampled(3)

REACHED = (
    "plugin",
    "printable",
    "vocabulary",
    "report.record",
    "report.summary",
    "session.run",
    "session.allow",
    "watching.calls",
    "watching.callsite",
    "watching.findings",
    "watching.hooks",
    "importhook",
    "watching.observing",
    "watching.predict_watch",
    "watching.speedup",
    "watching.tapes",
    "watching.text",
    "session.wholerun",
)
"""Modules whose code runs in pytest's hooks, in the import of keras and around the calls of a model."""

GUARDS = {
    *(f"plugin.pytest_{name}" for name in (
        "addoption", "configure", "unconfigure", "terminal_summary", "collect_file", "collection_modifyitems",
    )),
    *(f"plugin.Session.pytest_{name}" for name in (
        "runtest_protocol", "runtest_call", "runtest_teardown", "runtest_makereport", "runtest_logreport",
        "testnodedown", "sessionfinish",
    )),
    *(f"plugin.Session.{name}" for name in ("__dir__", "stop", "_begin", "_fail_if_misused", "_keras_imported")),
    "plugin.__dir__",
    "plugin._guard",
    "plugin._session",
    "plugin._keeper",
    "importhook.ImportWatch.find_spec",
}  # fmt: skip
"""What pytest and Python call themselves: these hold the guard."""

ASKED_FOR = {
    *(f"watching.predict_watch.{name}" for name in (
        "PredictBudgetError.__init__", "PredictWatch.__init__", "PredictWatch.findings", "PredictWatch.sites",
        "PredictWatch.count", "PredictWatch.check", "PredictWatch.at_most", "PredictWatch.to_dict",
        "PredictWatch.__str__", "Budget.__init__", "Budget.__enter__", "Budget.__exit__", "watch_predicts",
    )),
    "report.summary.plain",
    "watching.hooks.paused",
    "watching.calls.SiteCalls.typical_seconds",
}  # fmt: skip
"""What a test calls by name: a fault in it is that test's to see."""

FAKE_KERAS = """
import numpy as np

__version__ = "3.0"


class config:
    @staticmethod
    def backend():
        return "numpy"


class Model:
    name = "fake"
    trainable_variables = ()

    def __call__(self, x, training=False):
        return x

    def predict(self, x, batch_size=None, verbose=0):
        return np.asarray(x)

    def predict_on_batch(self, x):
        return np.asarray(x)

    def predict_step(self, x):
        return x

    def count_params(self):
        return 0

    def evaluate(self, x, y, batch_size=None):
        return 0.0

    def fit(self, x, y):
        self.evaluate(x, y)
"""

CONFTEST = """
import sys

import pytest

for name in ("keras", "tf_keras"):
    sys.modules.pop(name, None)


@pytest.fixture(autouse=True)
def watched_too(predict_watch):
    yield
"""

SCORING = """
import numpy as np


def each_row(model, x):
    for i in range(len(x)):
        model.predict(x[i : i + 1])
        model.predict(x=x[:1])


def each_number(model):
    for i in range(10):
        model.predict(np.full((1, 3), i))
"""

USES = """
import keras
import numpy as np
import pytest
import scoring

keras.Model().predict(np.ones((1, 3)))


def test_loops():
    model, x = keras.Model(), np.arange(30.0).reshape(10, 3)
    scoring.each_row(model, x)
    model(x)
    model.evaluate(x, x)
    model.fit(x, x)


@pytest.mark.keras_inference(allow=["KI202"])
def test_excused():
    scoring.each_number(keras.Model())


@pytest.mark.predict_budget(calls=3)
def test_budget():
    keras.Model().predict([[1.0]])


def test_that_raises():
    class Broken(keras.Model):
        def predict(self, x):
            return super().predict(x, nothing=1)

    with pytest.raises(TypeError):
        Broken().predict(1)


def test_without_keras():
    pass


def test_fails():
    keras.Model().predict(np.ones((1, 3)))
    raise ValueError("a fault of the user")
"""

OPTIONS = ("-p", "no:cacheprovider", "--keras-inference-json=seen.json", "--keras-inference-html=seen.html")
OUTCOME = {"passed": 5, "failed": 1}


def functions() -> Iterator[tuple[str, Any, str, Any]]:
    """(label, owner, name, what stands there) of every function and method of the modules that hooks reach."""
    for short in REACHED:
        module = import_module(f"pytest_keras_inference.{short}")
        for owner_label, owner in owners(module, short):
            for name, value in list(vars(owner).items()):
                plain = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
                own = isinstance(plain, FunctionType) and plain.__code__.co_filename == module.__file__
                label = f"{owner_label}.{name}"
                if own and label not in GUARDS | ASKED_FOR:
                    yield label, owner, name, value


def owners(module: ModuleType, short: str) -> Iterator[tuple[str, Any]]:
    yield short, module
    for name, value in vars(module).items():
        if inspect.isclass(value) and value.__module__ == module.__name__:
            yield f"{short}.{name}", value


def importers(value: Any) -> list[ModuleType]:
    """The modules of the package that hold `value` under its own name: they took it with `from ... import`."""
    name = getattr(value, "__name__", "")
    return [
        module
        for path, module in list(sys.modules.items())
        if path.startswith("pytest_keras_inference.") and vars(module).get(name) is value
    ]


def raising(value: Any) -> Any:
    """What stands in for `value`: the same kind of attribute, and it raises."""

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise ZeroDivisionError("a fault of our own")

    if isinstance(value, property):
        return property(broken)
    return type(value)(broken) if isinstance(value, classmethod | staticmethod) else broken


CASES = {label: (owner, name, value) for label, owner, name, value in functions()}


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeini("[pytest]\npythonpath = .\nkeras_inference_allow =\n    other.py: KI201\n")
    pytester.makepyfile(keras=FAKE_KERAS, scoring=SCORING, test_uses=USES, conftest=CONFTEST)
    return pytester


def test_the_unbroken_run_tells_what_it_saw(project: pytest.Pytester) -> None:
    result = project.runpytest_inprocess(*OPTIONS)
    result.assert_outcomes(**OUTCOME)
    text = result.stdout.str()
    assert "KI201 predict-per-sample" in text
    assert "generated keras inference file: seen.json" in text
    assert "switched itself off" not in text


@pytest.mark.parametrize("label", sorted(CASES))
def test_no_fault_of_ours_changes_an_outcome(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, label: str
) -> None:
    owner, name, value = CASES[label]
    for place in (owner, *importers(value)):
        monkeypatch.setattr(place, name, raising(value))
    result = project.runpytest_inprocess(*OPTIONS)
    monkeypatch.undo()
    for listener in hooks._listeners:  # where the end of the watch was broken
        hooks.unlisten(listener)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(**OUTCOME)
    text = result.stdout.str() + result.stderr.str()
    assert "INTERNALERROR" not in text
    told = [line for line in result.stdout.lines if "ZeroDivisionError" in line]
    assert all(line.startswith("the watch switched itself off: ZeroDivisionError: ") for line in told), told
    assert len(told) <= 1
    if label in ALWAYS_CALLED:
        assert told


ALWAYS_CALLED = {
    "plugin.Session.__init__",
    "plugin.Session.start",
    "session.run.Run.__init__",
    "session.run.Run.watch",
    "session.run.Run.lines",
    "session.run._threshold",
    "watching.callsite.find",
    "watching.findings.judge",
    "watching.observing.begun",
    "watching.hooks._end",
    "watching.hooks.listen",
    "watching.hooks._wrap_module",
    "importhook.ImportWatch.start",
    "watching.predict_watch.Tally.add",
    "watching.text.finding_lines",
    "session.wholerun.RunWatch.finish",
}
"""Some that every such run calls: their fault must be told, not only survived."""


def test_the_list_of_what_is_called_is_no_list_of_names_that_are_gone() -> None:
    assert set(CASES) >= ALWAYS_CALLED
    assert len(CASES) > 100


class TestEndOfASession:
    """Whatever did not begin is not ended."""

    @pytest.mark.parametrize("options", [("--version",), ("--help",), ("--markers",), ("--no-such-option",)])
    def test_without_a_session(self, pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
        result = pytester.runpytest_inprocess(*options)
        assert result.ret == (pytest.ExitCode.USAGE_ERROR if "--no-such-option" in options else pytest.ExitCode.OK)
        assert "Traceback" not in result.stderr.str()

    def test_when_another_plugin_ends_the_configuration(self, pytester: pytest.Pytester) -> None:
        pytester.makeconftest(
            """
            import pytest


            @pytest.hookimpl(tryfirst=True)
            def pytest_configure():
                pytest.exit("not today")
            """
        )
        result = pytester.runpytest_subprocess()
        assert "Traceback" not in result.stderr.str()

    @pytest.mark.backend("jax")
    def test_where_tensorflow_is_not_installed(
        self, pytester: pytest.Pytester, in_backend: Callable[..., pytest.RunResult]
    ) -> None:
        pytester.makeconftest("import sys\n\nsys.modules['tensorflow'] = None\n")
        pytester.makepyfile(
            """
            import keras
            import numpy as np


            def test_one(predict_watch):
                model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
                model.predict(np.ones((1, 3)), verbose=0)
                assert predict_watch.count("predict") == 1
            """
        )
        result = in_backend("jax")
        assert result.ret == pytest.ExitCode.OK
        assert "Traceback" not in result.stderr.str()
        assert "switched itself off" not in result.stdout.str()

    def test_tapes_that_were_never_followed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from pytest_keras_inference.watching import tapes

        monkeypatch.setitem(sys.modules, "tensorflow", None)
        tapes.unfollow()


class TestImports:
    """The finder for keras lets everybody else find it, and their faults are theirs."""

    def test_a_finder_of_the_old_kind_is_passed_over(self, project: pytest.Pytester) -> None:
        project.makeconftest(
            CONFTEST
            + "\n\nclass Old:\n    def find_module(self, name, path=None):\n        return None\n\n\n"
            + "sys.meta_path.insert(0, Old())\n"
        )
        result = project.runpytest_inprocess()
        result.assert_outcomes(**OUTCOME)
        assert "switched itself off" not in result.stdout.str()

    def test_two_watches_are_both_told(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
        from pytest_keras_inference import importhook

        (tmp_path / "lazy_fake.py").write_text("class Model:\n    pass\n", encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setattr(importhook, "MODULES", ("lazy_fake",))
        heard: list[str] = []
        watches = [importhook.ImportWatch(lambda module, n=n: heard.append(f"{n} {module.__name__}")) for n in (1, 2)]
        for watch in watches:
            watch.start()
        try:
            import_module("lazy_fake")
        finally:
            for watch in watches:
                watch.stop()
            sys.modules.pop("lazy_fake", None)
        assert sorted(heard) == ["1 lazy_fake", "2 lazy_fake"]
