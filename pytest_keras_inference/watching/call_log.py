"""What the calls of a program, or of the test that runs, add up to: the one way in which calls are recorded, for the
watch over a test run and for that over a program."""

from __future__ import annotations

from typing import Any

from pytest_keras_inference.watching import backwards, callsite, hooks, observing, tapes
from pytest_keras_inference.watching.calls import DIRECT, Call, SiteCalls
from pytest_keras_inference.watching.callsite import CallSite
from pytest_keras_inference.watching.findings import Finding
from pytest_keras_inference.watching.growth import Growth, MemoryLooks
from pytest_keras_inference.watching.loops import Loop, loop_around
from pytest_keras_inference.watching.predict_watch import Tally
from pytest_keras_inference.watching.tracing import TOLD, Retracing, Traces
from pytest_keras_inference.watching.training_calls import TrainingCalls

_MEASURED = 5
"""Places at which other ways of calling are measured: each costs a trace and a few calls."""
_KEPT_BYTES = 100 * 2**20
"""A model up to this size is kept until it has been measured: a larger one is let go when the program lets it go."""

Key = tuple[CallSite, str]
"""A place and a kind of call."""


class CallLog:
    """Adds calls up by place, kind and model, test by test ("" outside tests), and keeps what measuring needs."""

    def __init__(self, threshold: int, *, measures: bool = False) -> None:
        """`threshold` calls from one place make a loop of it: with `measures` model and input of that call are kept."""
        self._test = ""
        self._calls = 0
        self.samples: dict[Key, tuple[Any, Any]] = {}
        """Models and inputs of loops, to measure with."""
        self.measured: set[CallSite] = set()
        """Places that need no sample any more."""
        self.measures = measures
        self._threshold = threshold
        self._tally = Tally()
        self._memory = MemoryLooks()
        self._traces = Traces()
        self._training = TrainingCalls()
        self._stacks: dict[Key, callsite.Stack] = {}

    def start(self) -> None:
        """Hear of gradients, and of those that a call cut off. Calls themselves are handed over with `add`."""
        tapes.on_lost(self._lost)
        backwards.on_gradients(self._training.gradients_taken)

    def stop(self) -> None:
        """Undo `start`."""
        tapes.off_lost(self._lost)
        backwards.off_gradients(self._training.gradients_taken)

    def begin(self, test: str) -> None:
        """Calls from here on belong to this test."""
        hooks.settle(anew=True)
        self._test = test

    @property
    def calls(self) -> int:
        """How many calls there were."""
        hooks.settle()
        return self._calls

    def add(self, call: Call, model: Any, x: Any) -> None:
        """Count a call, or those that it stands for."""
        sites = self._tally.add(call, self._test)
        self._calls += call.times
        self._memory.look(self._calls)
        if call.kind == DIRECT and call.training and not call.failed:
            self._training.look(call, model, x, self._calls)
        if call.kind == DIRECT or call.inside == "fit":
            return
        self._traces.look(call, model, x)
        key = (call.site, call.kind)
        if sites.calls == 2 or (call.first and key not in self._stacks):
            self._stacks[key] = callsite.stack(4)
        if self.measures and sites.calls == self._threshold and call.kind == "predict" and not call.tracing:
            self._keep_sample(key, model, x)

    def of(self, test: str = "") -> list[SiteCalls]:
        """What was counted in `test`."""
        hooks.settle()
        return self._tally.of(test)

    def take(self, test: str = "") -> list[SiteCalls]:
        """What was counted in `test`; another one begins, and of this one nothing is kept."""
        hooks.settle()
        observing.forget_inputs()
        self.samples.clear()
        self._stacks.clear()
        self._traces.forget()
        self._training.forget()
        self._memory.forget()
        return self._tally.take(test)

    def retracings(self, least: int = TOLD) -> list[Retracing]:
        """The models whose predict was traced at least so often beyond the first time, the worst first."""
        return self._traces.retracings(least)

    def in_training_mode(self, test: str = "", *, monte_carlo: bool = False) -> list[Finding]:
        """Places that call models in training mode where no gradient is taken; see `TrainingCalls.findings`."""
        return list(self._training.findings(test=test, monte_carlo=monte_carlo))

    @property
    def growth(self) -> Growth | None:
        """By how much memory grew, if it grew all the time."""
        return self._memory.growth

    def stack(self, site: CallSite, kind: str) -> callsite.Stack | None:
        """What was on the stack when a place called a second time, or first called another model."""
        return self._stacks.get((site, kind))

    def loop(self, site: CallSite, kind: str) -> Loop | None:
        """The loop that makes the calls of a place repeat, as the source of what was on the stack shows it."""
        stack = self.stack(site, kind)
        return None if stack is None else loop_around(stack.spans)

    def _keep_sample(self, key: Key, model: Any, x: Any) -> None:
        if key in self.samples or key[0] in self.measured or type(x).__name__ != "ndarray":
            return
        if len(self.samples) + len(self.measured) < _MEASURED and model.count_params() * 4 <= _KEPT_BYTES:
            self.samples[key] = (model, x.copy())

    def _lost(self, call: Call) -> None:
        self._tally.lost(call, self._test)
