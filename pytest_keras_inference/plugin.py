"""The options, markers and fixtures that pytest sees. The hooks of a session are in `run`.

Thin on purpose: what does the work is imported when a test needs it, so that a run without Keras pays for two small
modules and a meta-path finder, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_keras_inference.session.run import MODES, Run, faults_of, guarded
from pytest_keras_inference.watching import fault

if TYPE_CHECKING:
    from pytest_keras_inference.session.fixtures import GradientCheck, InferenceCost, ModeCheck, PredictParity
    from pytest_keras_inference.watching.predict_watch import PredictWatch

_RUN = "keras_inference_run"
_MARKERS = (
    "predict_budget(calls=None, min_rows=None): fail if the test calls predict and its kin more often than `calls` "
    "or with fewer rows than `min_rows`",
    "keras_inference(allow=[...]): excuse what these rules find in the test",
    "keras_lint: the items of --keras-lint",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("keras inference")
    group.addoption(
        "--keras-inference",
        choices=MODES,
        help="watch how tests call Keras models: report tells misuse of predict at the end (default), strict fails "
        "the test it happens in",
    )
    group.addoption("--keras-inference-json", metavar="FILE", help="write what was observed to FILE")
    group.addoption("--keras-inference-html", metavar="FILE", help="write what was observed to FILE, as one page")
    group.addoption("--keras-lint", action="store_true", help="lint the project's Python files as test items")
    parser.addini("keras_inference", "watch how tests call Keras models: off, report or strict", default="report")
    parser.addini(
        "keras_inference_allow",
        "rules to excuse, a line each: CODE everywhere, or path/glob.py: CODE",
        type="linelist",
        default=[],
    )
    parser.addini(
        "keras_inference_threshold", "calls from one place within one test that make a loop of it", default="10"
    )


def pytest_configure(config: pytest.Config) -> None:
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    fault.forget()
    run = guarded(config, Run, config)
    if run is not None:
        config.pluginmanager.register(run, _RUN)
        guarded(config, run.start)


def pytest_unconfigure(config: pytest.Config) -> None:
    run: Run | None = config.pluginmanager.get_plugin(_RUN)
    if run is not None:
        guarded(config, run.stop)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """The section at the end; nothing if there is nothing to say."""
    run: Run | None = config.pluginmanager.get_plugin(_RUN)
    lines = (guarded(config, run.lines, exitstatus) if run is not None else None) or []
    trouble = faults_of(config)
    if lines and trouble:
        lines.append("")
    lines += [f"the watch switched itself off: {reason}" for reason in trouble]
    if lines:
        terminalreporter.section("keras inference")
    for line in lines:
        terminalreporter.line(line)
    for line in (guarded(config, run.written) if run is not None else None) or ():
        terminalreporter.write_sep("-", line)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix != ".py" or not parent.config.getoption("keras_lint"):
        return None
    from pytest_keras_inference.session.lint_items import lint_file

    return lint_file(file_path, parent.session)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("keras_lint") and config.args_source is not pytest.Config.ArgsSource.ARGS:
        from pytest_keras_inference.session.lint_items import NAME, project_items

        items.extend(project_items(session, {item.path for item in items if item.name == NAME}))
    for item in items:
        if item.get_closest_marker("keras_inference") is not None:
            from pytest_keras_inference.session.allow import from_markers

            guarded(config, from_markers, item)  # a wrong marker is told before anything runs


@pytest.fixture
def gradient_check(request: pytest.FixtureRequest) -> Iterator[GradientCheck]:
    """Fails on None, all-zero, NaN and infinite gradients and says why: gradient_check(model, x, y, loss=...)."""
    from pytest_keras_inference.session.fixtures import GradientCheck

    check = GradientCheck(_keeper(request))
    yield check
    guarded(request.config, check.require_used)


@pytest.fixture
def mode_check(request: pytest.FixtureRequest) -> ModeCheck:
    """Compares a model in training, inference and bare calls: mode_check(model, x) returns a ModeReport."""
    from pytest_keras_inference.session.fixtures import ModeCheck

    return ModeCheck(_keeper(request))


@pytest.fixture
def predict_parity(request: pytest.FixtureRequest) -> PredictParity:
    """Compares predict with the direct call and other batch sizes: predict_parity(model, x)."""
    from pytest_keras_inference.session.fixtures import PredictParity

    return PredictParity(_keeper(request))


@pytest.fixture
def inference_cost(request: pytest.FixtureRequest) -> InferenceCost:
    """Measures the ways of calling a model over batch sizes: inference_cost(model, sample) returns a CostReport."""
    from pytest_keras_inference.session.fixtures import InferenceCost

    return InferenceCost(_keeper(request))


@pytest.fixture
def predict_watch(request: pytest.FixtureRequest) -> Iterator[PredictWatch]:
    """Records the calls of Keras models in the test: with predict_watch.at_most(calls=1): ..."""
    from pytest_keras_inference.watching.predict_watch import PredictWatch

    watch = PredictWatch()
    guarded(request.config, watch.start)
    yield watch
    guarded(request.config, watch.stop)


def _keeper(request: pytest.FixtureRequest) -> Callable[[str, Any], None]:
    run: Run | None = request.config.pluginmanager.get_plugin(_RUN)
    test = request.node.nodeid

    def keep(check: str, report: Any) -> None:
        if run is not None:
            run.keep(test, check, report)

    return keep
