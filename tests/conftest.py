"""For all tests: backends that may be missing, and which tests start first.

A test of another backend is marked `backend("jax")`. Without that package it is skipped and says how to add it; with
CI=true nothing that is missing is skipped: it fails. `--only-backend jax` is for an environment in which JAX is the
only backend: what cannot hold there is not collected. With TensorFlow as the only one all files of tests/plugin hold.

Of the cases of a long test, or the tests of a long module, marked `sampled(n)`, a run takes one in n, others with every
commit. EVERYTHING=true takes all, and so does naming the file or the test on the command line. `--one-in n` takes one
in n of all tests, those that are named too.
"""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from collections.abc import Generator, Iterator
from importlib import util
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from sampling import one_in

pytest_plugins = ["pytester"]  # pytest takes this from the outermost conftest only

# Timings say nothing on a busy machine: no example fails for being slow.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
# JAX compiles every operation of an eager program by itself; the results are the same without the optimiser's passes
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "true")
# and torch waits for its threads at every one of them, longer than a small array takes
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell starts jobs in the background with Ctrl-C ignored, and so would be every command that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

MAY_BE_MISSING = {"keras_hub"}
"""Too large for one test: its defaults are compared where it is installed."""
ON_ANY_BACKEND = (
    "test_adapters.py",
    "test_callsite.py",
    "test_compare.py",
    "test_gradient_use.py",
    "test_hooks.py",
    "test_modes.py",
    "test_own_faults.py",
    "test_parity.py",
    "test_plugin_loads.py",
    "test_predict_watch.py",
    "test_unused.py",
)
"""Files of tests/plugin whose tests hold on every backend, but for those that are marked with one."""
SLOW_FIRST = (
    "test_other_backends.py",
    "test_every_twin.py",
    "test_everything_installed.py",
)
"""Files of long tests: a worker that got one last would be alone with it."""

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def pytest_addoption(parser: pytest.Parser) -> None:
    choices = ("jax", "tensorflow", "torch")
    parser.addoption("--only-backend", choices=choices, help="the backend of an environment that has one")
    parser.addoption("--one-in", type=int, default=1, metavar="N", help="take one test in N, others with every commit")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    backend = config.getoption("only_backend")
    if backend in (None, "tensorflow") or collection_path.is_dir():
        return None
    return True if collection_path.name not in (*ON_ANY_BACKEND, f"gradients_on_{backend}.py") else None


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("only_backend"):
        os.environ["KERAS_BACKEND"] = config.getoption("only_backend")
    config.addinivalue_line("markers", "backend(name): needs this package; missing is a failure under CI=true")
    config.addinivalue_line("markers", "sampled(n): a run takes one in n of these tests, others with every commit")
    # where the project is installed the outer run has the plugin too, and would watch the misuse that tests need
    outer = config.pluginmanager.get_plugin("keras_inference_session")
    if outer is not None:
        outer.stop()


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("backend"):
        (name,) = mark.args
        if util.find_spec(name) is None:
            message = f"{name} is not installed; to run this test: pip install {name}"
            if IN_CI:
                pytest.fail(message, pytrace=False)
            pytest.skip(message)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in SLOW_FIRST)
    backend = config.getoption("only_backend")
    elsewhere = [item for item in items if backend and any(m.args != (backend,) for m in item.iter_markers("backend"))]
    named = {Path(config.invocation_params.dir, argument.partition("::")[0]) for argument in config.args}
    left = {*elsewhere, *beyond_the_sample([item for item in items if item.path not in named])}
    here = [item.nodeid for item in items if item not in left]
    taken = one_in(config.getoption("one_in"), here)
    left |= {item for item in items if item.nodeid not in taken}
    if left:
        config.hook.pytest_deselected(items=[item for item in items if item in left])
        items[:] = [item for item in items if item not in left]


def beyond_the_sample(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """Of each test, class or module that is marked `sampled(n)`, what this run does not take."""
    marked: dict[tuple[str, int], list[pytest.Item]] = defaultdict(list)
    for item in items:
        for node, mark in item.iter_markers_with_node("sampled"):
            marked[node.nodeid.partition("[")[0], mark.args[0]].append(item)
    for (_, share), cases in marked.items():
        taken = one_in(share, [item.nodeid for item in cases])
        yield from (item for item in cases if item.nodeid not in taken)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return missing_fails((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return missing_fails((yield))


def missing_fails(report: Report) -> Report:
    """Under CI, the report of a test or file that `pytest.importorskip` left out says that it failed, and why."""
    if IN_CI and report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason.startswith("could not import ") and reason.split("'")[1].partition(".")[0] not in MAY_BE_MISSING:
            report.outcome = "failed"
            report.longrepr = f"{reason}\nCI=true: what the tests need has to be installed: pip install '.[test]' torch"
    return report
