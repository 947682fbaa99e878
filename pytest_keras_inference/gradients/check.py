"""`gradient_check`: which gradients of a model are None, zero or not finite, and why.

`check_gradients` runs the model itself; `watch_gradients` judges what the user's own training step computes.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pytest_keras_inference.gradients.backends import adapter_of
from pytest_keras_inference.gradients.call import GradientCall, owners
from pytest_keras_inference.gradients.causes import WORDS, Source
from pytest_keras_inference.gradients.judge import Leniency, judge, merged, patterns
from pytest_keras_inference.gradients.loss import ConstantLossError, Forward, forward_of
from pytest_keras_inference.gradients.probe import Effect, effect_of
from pytest_keras_inference.gradients.recorder import Recorder, here, keras_watched
from pytest_keras_inference.gradients.report import Cause, GradientError, GradientReport, GradientRow
from pytest_keras_inference.gradients.watch import (
    NoGradientError,
    Watched,
    describe_source,
    failure_note,
    watch_gradients,
)
from pytest_keras_inference.models.flavour import Flavour, flavour_of, is_seed, takes_training, variables_of
from pytest_keras_inference.models.snapshot import Snapshot, kept
from pytest_keras_inference.models.ways import require_batch
from pytest_keras_inference.watching.callsite import CallSite

__all__ = [
    "Cause",
    "GradientError",
    "GradientReport",
    "GradientRow",
    "NoGradientError",
    "Watched",
    "check_gradients",
    "watch_gradients",
]

_FURTHER_DRAWS = 2
_STEP = 0.05


def check_gradients(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    loss: Any = None,
    sources: Sequence[Any] | Literal["input"] | None = None,
    training: bool = True,
    allow_none: Iterable[str] = (),
    allow_zero: Iterable[str] = (),
    atol: float = 0.0,
) -> GradientReport:
    """Differentiate a loss of `model` and say of every variable whether its gradient is there, and if not, why not.

    Runs on the model's backend: a GradientTape, `jax.value_and_grad` over a stateless call, torch autograd. Weights,
    state and seeds are left as they were found; a model that is not built yet gets built.

    Args:
        model: a Keras model or layer.
        x: one batch, as the model takes it: an array, or a list, tuple or dict of arrays.
        y: targets for `loss`, of any structure.
        loss: a Keras loss (name or object) or a function of (y, outputs), of (outputs) without `y`, that returns a
            scalar or one value per sample. Default: the compiled loss if `y` is given, else a fixed projection of
            the outputs.
        sources: variables, or "input" for the gradient with respect to `x` (saliency, adversarial examples).
            Default: the model's trainable variables.
        training: passed to the model.
        allow_none, allow_zero: paths, leading parts of paths or shell patterns of variables whose gradient may be
            missing or zero.
        atol: a gradient whose elements are all within it counts as zero.

    Returns:
        The report, with one row per source.

    Raises:
        GradientError: a gradient is None, all zero, NaN or infinite. A None is tried under further seeds first, a
            zero under further seeds and after one optimiser step. The message is the printed report.
        ValueError: there is nothing to differentiate, `y` without a loss, a loss that returns None, a pattern that
            matches no variable, or a batch of no rows or of another shape.
        TypeError: `x` is a dataset or a generator, `loss` is no loss, or `sources` are no variables.
    """
    __tracebackhide__ = True
    flavour = flavour_of(model)
    home = here()
    lenient = Leniency(patterns(allow_none, "allow_none"), patterns(allow_zero, "allow_zero"), atol=atol)
    require_batch(x, "check_gradients", model)
    if not getattr(model, "built", True) or (sources is None and not model.variables):
        model(x)
    with kept(model, flavour) as found:
        check = _Check(model, flavour, x, y, loss, sources, training, lenient, home, found)
        report = check.report()
    if not report.ok:
        raise GradientError(report)
    lenient.require_matches(row.path for row in report.rows)
    return report


@dataclass
class _Check:
    """One run of `check_gradients`."""

    model: Any
    flavour: Flavour
    x: Any
    y: Any
    loss: Any
    sources: Any
    training: bool
    lenient: Leniency
    home: CallSite | None
    found: Snapshot
    adapter: Any = field(init=False)
    forward: Forward = field(init=False)

    def __post_init__(self) -> None:
        self.adapter = adapter_of(self.flavour.backend)
        takes = self.flavour.is_keras3 or takes_training(self.model)
        call = {"training": self.training} if takes else {}
        self.x = self.adapter.tensors(self.x)
        self.forward = forward_of(self.model, self.flavour, self.y, self.loss, call)

    def report(self) -> GradientReport:
        first = self.attempt(self.sources)
        attempts = [first]
        rows = first.rows
        for draw in range(_FURTHER_DRAWS if not first.raised else 0):
            if not any(row.failed for row in rows):
                break
            self._reseed(draw)
            attempts.append(self.attempt(self.sources, explaining=False))
            rows = tuple(merged(list(column)) for column in zip(*(one.rows for one in attempts), strict=True))
        if any(row.status == "zero" and row.failed for row in rows) and not first.raised:
            rows = self._after_a_step(rows)
        if any(row.failed and row.cause and row.cause.kind in ("zero", "undecided") for row in rows):
            rows = self._probed(rows, first)
        notes = () if first.failure is None else (failure_note(first.failure),)
        return GradientReport(rows=rows, backend=self.flavour.backend, loss=first.loss, notes=notes)

    def attempt(self, sources: Any, explaining: bool = True) -> _Attempt:
        """Run the loss and its gradients once, watched."""
        recorder = Recorder(self.adapter.nodes, self.home)
        recorder.explaining = explaining
        variables = self._variables(sources)
        described = self._described(recorder, variables)
        calls: list[GradientCall] = []
        with ExitStack() as stack:
            stack.enter_context(keras_watched(recorder))
            try:
                self.adapter.differentiate(recorder, self.forward, self.x, variables, described, calls.append, stack)
            except ConstantLossError as error:
                cause = self._constant_loss(error, recorder)
                calls.append(GradientCall(described, (None,) * len(described), (), cause=cause))
            finally:
                self.adapter.repair(self.found)
        if recorder.failure is not None and not calls:
            raise recorder.failure
        call = calls[-1]
        return _Attempt(call, judge(call, recorder, self.flavour.backend, self.lenient), recorder.failure)

    def _constant_loss(self, error: ConstantLossError, recorder: Recorder) -> Cause:
        """The loss left the tensors; where the first of them was converted, or else where the function stands."""
        code = getattr(self.loss, "__code__", None)
        site = next((use.site for use in recorder.trace.numpy if use.site), None)
        if site is None and code is not None:
            site = CallSite(code.co_filename, code.co_firstlineno, code.co_firstlineno, 0, 0, code.co_name)
        return Cause(
            "numpy",
            f"{error}, a constant: no gradient flows through it",
            f"stay in tensors: {WORDS[self.flavour.backend].stays}",
            "KI103",
            site,
        )

    def _variables(self, sources: Any) -> list[Any] | None:
        if isinstance(sources, str):
            if sources != "input":
                raise ValueError(f'sources={sources!r}: give a list of variables, or "input" for the gradient of x')
            return None
        found = list(self.model.trainable_variables if sources is None else sources)
        if not found:
            raise ValueError(
                "there is nothing to differentiate: the model has no trainable variables"
                if sources is None
                else "there is nothing to differentiate: sources is empty"
            )
        for one in found:
            if not hasattr(one, "shape"):
                raise TypeError(
                    f"sources: {one!r} is no variable: take them from model.trainable_variables, or give "
                    '"input" for the gradient of x'
                )
        return found

    def _described(self, recorder: Recorder, variables: list[Any] | None) -> tuple[Source, ...]:
        if variables is None:
            leaves = self.adapter.paths(self.x)
            return tuple(
                describe_source(leaf, n, recorder.nodes(leaf), path="input" + path)
                for n, (path, leaf) in enumerate(leaves)
            )
        owned = owners([self.model])
        return tuple(
            describe_source(variable, n, recorder.nodes(variable), owned.get(id(variable), ()))
            for n, variable in enumerate(variables)
        )

    def _reseed(self, draw: int) -> None:
        """Other random numbers for every generator in reach; `kept` puts them back."""
        import numpy as np

        random.seed(draw)
        np.random.seed(draw)
        for variable in variables_of(self.model):
            if is_seed(variable) and self.flavour.is_keras3:
                variable.assign(variable.numpy() + np.asarray(draw + 1, variable.numpy().dtype))

    def _after_a_step(self, rows: tuple[GradientRow, ...]) -> tuple[GradientRow, ...]:
        """A gradient that is zero only until the first step (a zero-initialised layer behind it) is no failure."""
        import numpy as np

        if not self.model.trainable_variables:
            return rows
        whole = self.attempt(None, explaining=False)
        for variable, gradient in zip(self.model.trainable_variables, whole.call.gradients, strict=True):
            if isinstance(gradient, np.ndarray) and gradient.any() and np.isfinite(gradient).all():
                variable.assign(variable.numpy() - _STEP * gradient / np.abs(gradient).max())
        again = self.attempt(self.sources, explaining=False)
        return tuple(
            replace(later, note="zero only at initialisation")
            if row.failed and row.status == "zero" and later.status == "ok"
            else row
            for row, later in zip(rows, again.rows, strict=True)
        )

    def _probed(self, rows: tuple[GradientRow, ...], first: _Attempt) -> tuple[GradientRow, ...]:
        """Where the evidence does not decide, say whether a small change of the variable moves the loss."""
        probed = []
        variables = self._variables(self.sources)
        for position, row in enumerate(rows):
            if row.failed and row.cause and row.cause.kind in ("zero", "undecided") and variables is not None:
                effect = effect_of(variables[position], self._loss, self.found)
                row = replace(row, cause=first.told_again(position, effect, row.cause))
            probed.append(row)
        return tuple(probed)

    def _loss(self) -> float:
        return float(self.adapter.evaluate(self.forward, self.x))


@dataclass(frozen=True)
class _Attempt:
    """One gradient and its verdict."""

    call: GradientCall
    rows: tuple[GradientRow, ...]
    failure: Exception | None = None

    @property
    def loss(self) -> float | None:
        return self.call.loss

    @property
    def raised(self) -> bool:
        """Whether the computation itself failed, so that another draw tells nothing."""
        return self.call.cause is not None

    def told_again(self, position: int, effect: Effect | None, cause: Cause) -> Cause:
        """`cause` with what the probe found."""
        none = self.rows[position].status == "none"
        return probed_cause(effect, none, cause) if effect is not None else cause


def probed_cause(effect: Effect, none: bool, cause: Cause) -> Cause:
    """What a perturbation says of a gradient for which no evidence was found."""
    if effect == "stationary" and not none:
        return Cause(
            "minimum",
            "the loss is at a minimum (or maximum) for this batch: it changes alike whichever way the variable goes, "
            "and its gradient is zero",
            "check with another batch or other targets; allow_zero=... if this is meant",
        )
    if effect == "none":
        return replace(cause, what="no effect on the loss was seen when the variable was changed a little")
    gradient = "there is no gradient" if none else "its gradient is zero"
    return replace(
        cause,
        what=f"a small change of the variable moves the loss, yet {gradient}: the path is broken where it was not seen",
    )
