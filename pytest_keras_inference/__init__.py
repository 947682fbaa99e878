"""Watches code run: a pytest plugin that checks how Keras models are called.

Every check the fixtures make is an ordinary function too, for scripts and notebooks::

    from pytest_keras_inference import check_gradients, check_modes, check_parity, measure_cost, watch_predicts

and ``with watch() as seen:`` watches a part of any program as a whole.

Names are imported on first use: importing this package imports neither keras nor a backend.

Nothing in here asserts: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_keras_inference.cost.measure import CostReport, measure_cost
    from pytest_keras_inference.gradients.check import GradientError, GradientReport, check_gradients, watch_gradients
    from pytest_keras_inference.modes.check import ModeReport, check_modes
    from pytest_keras_inference.modes.parity import ParityReport, check_parity
    from pytest_keras_inference.program.watch import ProgramWatch, watch
    from pytest_keras_inference.watching.predict_watch import PredictBudgetError, PredictWatch, watch_predicts

__all__ = [
    "CostReport",
    "GradientError",
    "GradientReport",
    "ModeReport",
    "ParityReport",
    "PredictBudgetError",
    "PredictWatch",
    "ProgramWatch",
    "check_gradients",
    "check_modes",
    "check_parity",
    "measure_cost",
    "watch",
    "watch_gradients",
    "watch_predicts",
]

_HOME = {
    "CostReport": "cost.measure",
    "GradientError": "gradients.check",
    "GradientReport": "gradients.check",
    "ModeReport": "modes.check",
    "ParityReport": "modes.parity",
    "PredictBudgetError": "watching.predict_watch",
    "PredictWatch": "watching.predict_watch",
    "ProgramWatch": "program.watch",
    "check_gradients": "gradients.check",
    "check_modes": "modes.check",
    "check_parity": "modes.parity",
    "load_ipython_extension": "notebook.extension",
    "measure_cost": "cost.measure",
    "unload_ipython_extension": "notebook.extension",
    "watch": "program.watch",
    "watch_gradients": "gradients.check",
    "watch_predicts": "watching.predict_watch",
}


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
