"""Gradients that are taken under `jit`, `scan`, `vmap` or `pmap`: judged at the end of the block.

While JAX traces there are no values. A callback that is traced with the gradient brings them whenever the compiled
program runs: of each gradient its size, and where one is wrong also what the loss was computed from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pytest_keras_inference.gradients.backends.jaxpr import evaluated, traced
from pytest_keras_inference.gradients.call import GradientCall, Size, size_of, status_of
from pytest_keras_inference.gradients.causes import Source
from pytest_keras_inference.gradients.recorder import Recorder
from pytest_keras_inference.gradients.trace import Node, Trace
from pytest_keras_inference.watching.callsite import CallSite

OnCall = Callable[[GradientCall], None]
_Pattern = tuple[str, ...]
"""The status of each gradient."""


@dataclass(frozen=True)
class _Run:
    """One time that the compiled program took the gradient."""

    sizes: tuple[Size, ...]
    loss: float | None

    @property
    def pattern(self) -> _Pattern:
        return tuple(status_of(size, 0.0)[0] for size in self.sizes)


@dataclass
class Deferred:
    """A gradient that was traced, and what its callback has brought."""

    recorder: Recorder
    on_call: OnCall
    sources: tuple[Source, ...]
    site: CallSite | None
    foreign_effect: bool | None
    trace: Trace
    closed: Any = None
    runs: list[_Run] = field(default_factory=list)
    values: dict[_Pattern, tuple[list[Any], list[Any]]] = field(default_factory=dict)
    """What the loss was computed from, for each combination of wrong gradients: constants and leaves."""
    over: bool = False

    def follow(self, scalar: Callable[[list[Any]], Any], leaves: list[Any], gradients: list[Any], loss: Any) -> None:
        """Trace the callback. Called where the gradient has been taken, under the user's transformation."""
        closed = traced(scalar, leaves) if self.recorder.explaining and not self.trace.predicts else None
        constants: list[Any] = [] if closed is None else list(closed.consts)
        if all(_is_plain(value) for value in constants):
            self.closed = closed
        else:
            constants = []
        jax.debug.callback(self._arrived, constants, leaves, gradients, loss)
        self.recorder.deferred.append(self.hand_over)

    def _arrived(self, constants: list[Any], leaves: list[Any], gradients: list[Any], loss: Any) -> None:
        if self.over:
            return
        with self.recorder.guarded():
            sizes = tuple(size_of(np.asarray(gradient)) for gradient in gradients)
            run = _Run(sizes, None if loss is None else float(loss))
            self.runs.append(run)
            if any(status != "ok" for status in run.pattern) and run.pattern not in self.values:
                copies = [[np.array(value) for value in values] for values in (constants, leaves)]
                self.values[run.pattern] = (copies[0], copies[1])

    def hand_over(self) -> None:
        """Judge what has arrived. Causes are looked for once for each combination of wrong gradients."""
        jax.effects_barrier()
        self.over = True
        told: set[_Pattern] = set()
        for run in self.runs:
            pattern = run.pattern
            sources, target = self.sources, tuple[Node, ...]()
            is_new = pattern not in told
            told.add(pattern)
            with _looking_at(self.recorder, replace(self.trace, ops=[], conversions=[]), is_new):
                if is_new and self.closed is not None and pattern in self.values:
                    constants, leaves = ([jnp.asarray(value) for value in found] for found in self.values[pattern])
                    inputs, target = evaluated(self.recorder, self.closed, constants, leaves)
                    sources = tuple(replace(one, nodes=(node,)) for one, node in zip(sources, inputs, strict=True))
                self.on_call(
                    GradientCall(
                        sources,
                        run.sizes,
                        target,
                        site=self.site,
                        loss=run.loss,
                        foreign_effect=self.foreign_effect,
                    )
                )


@contextmanager
def _looking_at(recorder: Recorder, trace: Trace, explaining: bool) -> Iterator[None]:
    """Let the recorder fill and explain another trace while the block lasts."""
    before, recorder.trace = recorder.trace, trace
    explained, recorder.explaining = recorder.explaining, recorder.explaining and explaining
    try:
        yield
    finally:
        recorder.trace = before
        recorder.explaining = explained and recorder.failure is None


def _is_plain(value: Any) -> bool:
    """Whether a callback can be given the value: keys of JAX's generators it cannot."""
    dtype = getattr(value, "dtype", None)
    return dtype is None or not jnp.issubdtype(dtype, jax.dtypes.prng_key)
