"""What the fixtures hand to a test: the public functions, with failures that point at the test's own line.

Each class is a callable with the signature of the function it stands for. An AssertionError of a check becomes
pytest's own failure, raised from a hidden frame, so that pytest shows the test's line and the report, and nothing
of this package.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import pytest

from pytest_keras_inference.fault import without_own_frames
from pytest_keras_inference.watching.predict_watch import PredictBudgetError, PredictWatch

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from pytest_keras_inference.cost.measure import CostReport
    from pytest_keras_inference.gradients.check import GradientReport
    from pytest_keras_inference.modes.check import ModeReport
    from pytest_keras_inference.modes.parity import ParityReport

_P = ParamSpec("_P")
_R = TypeVar("_R")
Keep = Callable[[str, Any], None]
"""Called with the name of the check and its report, which the HTML page and the JSON file show later."""


class _Check:
    """What all checks share: a place to keep their reports."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep


class GradientCheck(_Check):
    """The `gradient_check` fixture: `check_gradients`, and `watch` for the test's own training step."""

    def __init__(self, keep: Keep) -> None:
        super().__init__(keep)
        self._blocks: list[GradientWatchBlock] = []

    def __call__(self, *args: Any, **kwargs: Any) -> GradientReport:
        """As `pytest_keras_inference.check_gradients`; a failure shows its report."""
        __tracebackhide__ = True
        from pytest_keras_inference.gradients.check import check_gradients

        report = _run(check_gradients, self._keep, "gradient_check", *args, **kwargs)
        self._keep("gradient_check", report)
        return report

    def watch(self, *args: Any, **kwargs: Any) -> GradientWatchBlock:
        """As `pytest_keras_inference.watch_gradients`; a failure shows its report."""
        from pytest_keras_inference.gradients.check import watch_gradients

        __tracebackhide__ = True
        block = GradientWatchBlock(watch_gradients(*args, **kwargs), self._keep)
        self._blocks.append(block)
        return block

    def require_used(self) -> None:
        """Fail if a watch was made and never entered: it checked nothing."""
        __tracebackhide__ = True
        if any(not block.entered for block in self._blocks):
            pytest.fail(
                "gradient_check.watch() was called and nothing was checked: use it as "
                "`with gradient_check.watch() as watched:` around the training step",
                pytrace=False,
            )


class GradientWatchBlock:
    """The `with` block of `gradient_check.watch()`."""

    def __init__(self, block: AbstractContextManager[Any], keep: Keep) -> None:
        self._block = block
        self._keep = keep
        self._watched: Any = None

    @property
    def entered(self) -> bool:
        """Whether it was used in a `with` statement."""
        return self._watched is not None

    def __enter__(self) -> Any:
        __tracebackhide__ = True
        self._watched = self._block.__enter__()
        return self._watched

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        __tracebackhide__ = True
        swallowed = _run(self._block.__exit__, self._keep, "gradient_check.watch", kind, error, trace)
        for report in self._watched.reports:
            self._keep("gradient_check.watch", report)
        return swallowed


class ModeCheck(_Check):
    """The `mode_check` fixture: `check_modes`."""

    def __call__(self, *args: Any, **kwargs: Any) -> ModeReport:
        """As `pytest_keras_inference.check_modes`."""
        __tracebackhide__ = True
        from pytest_keras_inference.modes.check import check_modes

        report = _run(check_modes, self._keep, "mode_check", *args, **kwargs)
        self._keep("mode_check", report)
        return report


class PredictParity(_Check):
    """The `predict_parity` fixture: `check_parity`."""

    def __call__(self, *args: Any, **kwargs: Any) -> ParityReport:
        """As `pytest_keras_inference.check_parity`; a failure shows its report."""
        __tracebackhide__ = True
        from pytest_keras_inference.modes.parity import check_parity

        report = _run(check_parity, self._keep, "predict_parity", *args, **kwargs)
        self._keep("predict_parity", report)
        return report


class InferenceCost(_Check):
    """The `inference_cost` fixture: `measure_cost`."""

    def __call__(self, *args: Any, **kwargs: Any) -> CostReport:
        """As `pytest_keras_inference.measure_cost`."""
        __tracebackhide__ = True
        from pytest_keras_inference.cost.measure import measure_cost

        report = _run(measure_cost, self._keep, "inference_cost", *args, **kwargs)
        self._keep("inference_cost", report)
        return report


def _run(check: Callable[_P, _R], keep: Keep, name: str, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
    """Run `check`; its AssertionError becomes a pytest failure with the same text. A failed check's report is kept.

    An error that this package raised itself, for a wrong argument, is shown at the test's line too.
    """
    __tracebackhide__ = True
    try:
        return check(*args, **kwargs)
    except AssertionError as error:
        failure = error
    except Exception as error:
        if isinstance(error, TypeError | ValueError) and _is_ours(error):
            raise error.with_traceback(None) from None
        error.__traceback__ = without_own_frames(error.__traceback__)
        raise
    report = getattr(failure, "report", None)
    if report is not None:
        keep(name, report)
    if failure.__suppress_context__:
        raise pytest.fail.Exception(str(failure)) from None
    pytest.fail(str(failure))


def _is_ours(error: Exception) -> bool:
    """Whether code of this package raised it, not Keras or the user's code below it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and str(trace.tb_frame.f_globals.get("__name__")).startswith("pytest_keras_inference.")


class MarkedBudget:
    """The `predict_budget` marker of a test."""

    def __init__(self, mark: pytest.Mark) -> None:
        if mark.args or not mark.kwargs or set(mark.kwargs) - {"calls", "min_rows"}:
            pytest.fail("@pytest.mark.predict_budget takes calls=..., min_rows=... or both", pytrace=False)
        self._limits = dict(mark.kwargs)
        self._watch = PredictWatch()

    def start(self) -> None:
        """Count from now on."""
        self._watch.start()

    def stop(self) -> None:
        """Count no longer."""
        self._watch.stop()

    def exceeded(self) -> str:
        """What was called too often or with too few rows; empty if nothing was."""
        try:
            self._watch.check(**self._limits, name="@pytest.mark.predict_budget")
        except PredictBudgetError as error:
            return str(error)
        return ""
