"""The options, markers, hooks and fixtures that pytest sees.

Thin on purpose: what does the work is imported when a test needs it, so that a run without Keras pays for two small
modules and a meta-path finder, and nothing else. When it starts, pytest inspects every name that `dir` gives of a
plugin, so that `dir` gives hooks and fixtures only.

Nothing in here asserts: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_keras_inference import fault
from pytest_keras_inference.importhook import MODULES, ImportWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path
    from types import ModuleType

    from pytest_keras_inference.session.fixtures import (
        GradientCheck,
        InferenceCost,
        MarkedBudget,
        ModeCheck,
        PredictParity,
    )
    from pytest_keras_inference.session.run import Run
    from pytest_keras_inference.watching.predict_watch import PredictWatch

MODES = ("off", "report", "strict")
_CARRIED = "keras_inference"
"""Name under which a test's record travels on its report, and a worker's on its output."""
_THRESHOLD = "10"
_SESSION = "keras_inference_session"
_GUARD = pytest.StashKey[fault.Guard]()
_MARKERS = (
    "predict_budget(calls=None, min_rows=None): fail if the test calls predict and its kin more often than `calls` "
    "or with fewer rows than `min_rows`",
    "keras_inference(allow=[...]): excuse what these rules find in the test",
    "keras_lint: the items of --keras-lint",
)


_FIXTURES = ("gradient_check", "inference_cost", "mode_check", "predict_parity", "predict_watch")


def __dir__() -> list[str]:
    return [*_FIXTURES, *(name for name in globals() if name.startswith("pytest_"))]


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
        "keras_inference_threshold", "calls from one place within one test that make a loop of it", default=_THRESHOLD
    )


def pytest_configure(config: pytest.Config) -> None:
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    fault.forget()
    session = _guard(config)(Session, config)
    if session is not None:
        config.pluginmanager.register(session, _SESSION)
        _guard(config)(session.start)


def pytest_unconfigure(config: pytest.Config) -> None:
    session = _session(config)
    if session is not None:
        session.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """The section at the end; nothing if there is nothing to say."""
    guard, session = _guard(config), _session(config)
    run = None if session is None else session.run
    lines = (None if run is None else guard(run.lines, exitstatus)) or []
    trouble = sorted(guard.faults)
    if lines and trouble:
        lines.append("")
    lines += [f"the watch switched itself off: {reason}" for reason in trouble]
    if lines:
        terminalreporter.section("keras inference")
    for line in lines:
        terminalreporter.line(line)
    for line in (None if run is None else guard(run.written)) or ():
        terminalreporter.write_sep("-", line)


class Session:
    """The hooks of one session: they hand on what pytest tells to a `Run`, which is made once there is work for it.

    Nothing but the user's own code runs unguarded in them.
    """

    def __init__(self, config: pytest.Config) -> None:
        """Reads the mode. Raises pytest.UsageError for one that cannot be."""
        self.run: Run | None = None
        self._config = config
        self._guarded = _guard(config)
        self._mode: str = config.getoption("keras_inference") or config.getini("keras_inference")
        if self._mode not in MODES:
            raise pytest.UsageError(f"keras_inference = {self._mode}: write off, report or strict")
        self._is_worker = hasattr(config, "workerinput")
        self._imports: ImportWatch | None = None
        self._running = ""

    def __dir__(self) -> list[str]:
        return [name for name in vars(type(self)) if name.startswith("pytest_")]

    def start(self) -> None:
        """Wait for keras; what is set otherwise than by default is read now."""
        if self._is_set_up():
            self._begun()
        if self._mode != "off":
            self._imports = ImportWatch(self._keras_imported)
            self._imports.start()

    def stop(self) -> None:
        """Leave no trace in the process."""
        imports, self._imports = self._imports, None
        if imports is not None:
            self._guarded(imports.stop)
        if self.run is not None:
            self._guarded(self.run.stop)

    # what pytest calls

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Calls from here on belong to this test."""
        if self._imports is not None and not sys.modules.keys().isdisjoint(MODULES):
            self._keras_imported()  # imported in a way that the finder could not follow
        self._begin(item.nodeid)
        try:
            return (yield)
        finally:
            self._begin("")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """The budget of a test, and strict mode."""
        mark = item.get_closest_marker("predict_budget")
        budget = None if mark is None else self._guarded(self._budget, mark)
        try:
            yield
        finally:
            if budget is not None:
                self._guarded(budget.stop)
        exceeded = None if budget is None else self._guarded(budget.exceeded)
        if exceeded:
            pytest.fail(exceeded, pytrace=False)
        if self.run is not None:
            self._guarded(self.run.measure, item)
            self._fail_if_misused(item)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        """Strict mode, for what fixtures did on their way out."""
        yield
        self._fail_if_misused(item)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Explains a failure, and sends the test's record with the last report of the test."""
        report = yield
        record = None if self.run is None else self._guarded(self.run.reported, item, report)
        if record is not None:
            setattr(report, _CARRIED, record)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test's record arrives, from this process or from a worker; or a part of a test has ended."""
        if self.run is not None and hasattr(report, "context"):
            self._guarded(self.run.subtest)
        carried = getattr(report, _CARRIED, None)
        if carried is not None and not self._is_worker:
            self._guarded(lambda: self._begun().add(carried))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker of pytest-xdist is done."""
        rest = getattr(node, "workeroutput", {}).get(_CARRIED)
        if rest is not None:
            self._guarded(lambda: self._begun().receive(rest))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """What no test's report carried; then the files."""
        run = self.run
        rest = None if run is None else self._guarded(run.rest)
        self.stop()
        if run is None or rest is None:
            return
        if self._is_worker:
            self._config.workeroutput[_CARRIED] = rest  # type: ignore[attr-defined]
        else:
            self._guarded(run.finish, rest)

    # what these are made of

    def _is_set_up(self) -> bool:
        """Whether something is set that is to be read, or known to be wrong, before the tests run."""
        config = self._config
        return bool(
            config.getoption("keras_inference_json")
            or config.getoption("keras_inference_html")
            or config.getini("keras_inference_allow")
            or config.getini("keras_inference_threshold") != _THRESHOLD
        )

    def _begun(self) -> Run:
        if self.run is None:
            from pytest_keras_inference.session.run import Run

            self.run = Run(self._config, self._mode, self._guarded)
            self.run.begin(self._running)
        return self.run

    def _keras_imported(self, module: ModuleType | None = None) -> None:
        if not self._guarded.faults:
            self._guarded(lambda: self._begun().watch())

    def _begin(self, test: str) -> None:
        self._running = test
        if self.run is not None:
            self._guarded(self.run.begin, test)

    def _budget(self, mark: pytest.Mark) -> MarkedBudget:
        from pytest_keras_inference.session.fixtures import MarkedBudget

        budget = MarkedBudget(mark)
        budget.start()
        return budget

    def _fail_if_misused(self, item: pytest.Item) -> None:
        __tracebackhide__ = True
        misuse = self._guarded(self.run.strict_text, item) if self.run is not None and self._mode == "strict" else None
        if misuse:
            pytest.fail(misuse, pytrace=False)


def _guard(config: pytest.Config) -> fault.Guard:
    """What keeps our faults from the tests of this session, and remembers them.

    What is wrong with the user's options and markers (pytest.UsageError) is no fault, and passes.
    """
    if _GUARD not in config.stash:
        config.stash[_GUARD] = fault.Guard(pytest.UsageError)
    return config.stash[_GUARD]


def _session(config: pytest.Config) -> Session | None:
    session: Session | None = config.pluginmanager.get_plugin(_SESSION)
    return session


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

            _guard(config)(from_markers, item)  # a wrong marker is told before anything runs


@pytest.fixture
def gradient_check(request: pytest.FixtureRequest) -> Iterator[GradientCheck]:
    """Fails on None, all-zero, NaN and infinite gradients and says why: gradient_check(model, x, y, loss=...)."""
    from pytest_keras_inference.session.fixtures import GradientCheck

    check = GradientCheck(_keeper(request))
    yield check
    _guard(request.config)(check.require_used)


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
    _guard(request.config)(watch.start)
    yield watch
    _guard(request.config)(watch.stop)


def _keeper(request: pytest.FixtureRequest) -> Callable[[str, Any], None]:
    session, test = _session(request.config), request.node.nodeid

    def keep(check: str, report: Any) -> None:
        if session is not None and session.run is not None:
            _guard(request.config)(session.run.keep, test, check, report)

    return keep
