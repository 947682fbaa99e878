"""Which gradients an optimizer is given that are None, zero or NaN, while a program trains.

Light enough for a whole program: it looks at what `optimizer.apply` gets, and asks for values at few steps only. Why a
gradient is missing it says where the run shows it; where that takes more, `watch_gradients` records a step in full.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_keras_inference import fault
from pytest_keras_inference.gradients.call import status_of
from pytest_keras_inference.gradients.report import Cause, site_dict
from pytest_keras_inference.vocabulary import TEXTS
from pytest_keras_inference.watching import callsite, tapes
from pytest_keras_inference.watching.callsite import CallSite

if TYPE_CHECKING:
    from pytest_keras_inference.gradients.watch import Watched

_CONCRETE = ("EagerTensor", "ArrayImpl", "Tensor", "Parameter")
"""Class names of gradients that have values: of TensorFlow, JAX and torch."""
_LARGEST = 4_000_000
"""Elements up to which the values of a gradient are looked at."""
_MOST_READS = 8
"""Values read under one tape that are remembered: the first of them is named."""
_LONGEST_STEP = 100
"""Calls of models, and"""
_MOST_OPERATIONS = 20_000
"""operations, beyond which a step is not recorded further: its next part may be hours of something else."""
_ENOUGH = 3
"""Steps at which a gradient must have been zero, all that were looked at, to be told."""
_READERS = {"numpy": ".numpy()", "__array__": "np.asarray()", "__float__": "float()"}
_WORDS = {"none": "None", "zero": "all zero", "nan": "NaN", "inf": "infinite"}


@dataclass(frozen=True, slots=True)
class BrokenGradients:
    """Gradients that one place handed to an optimizer.

    status: "none", "zero", "nan" or "inf"
    paths: names of the variables; `of` variables were handed over
    first_step: the step, counted from 1, at which it was first so
    steps: the steps at which it was so, of `looked` that were looked at
    """

    site: CallSite
    status: str
    paths: tuple[str, ...]
    of: int
    first_step: int
    steps: int
    looked: int
    cause: Cause | None

    @property
    def severity(self) -> str:
        """As of a rule: an error where the cause is one, a warning for what is None or NaN, else a remark."""
        if self.cause is not None and self.cause.code is not None:
            return TEXTS[self.cause.code].severity
        return "info" if self.status == "zero" else "warning"

    @property
    def summary(self) -> str:
        """What is wrong with which gradients, without the place."""
        count = len(self.paths)
        whose = f"{count} of {self.of} variables" if self.of > 1 else "the only variable"
        since = f"since step {self.first_step}" if self.steps > 1 else f"at step {self.first_step}"
        one = count == 1 or self.of == 1
        subject = f"the gradient of {whose} is" if one else f"gradients of {whose} are"
        what = f"{subject} {_WORDS[self.status]} {since}"
        if self.status == "zero":
            what += f", at each of the {self.looked} steps looked at"
        shown = ", ".join(self.paths[:3]) + (f" and {count - 3} more" if count > 3 else "")
        return f"{what} ({shown})"

    def __str__(self) -> str:
        return f"{self.site.location} {self.summary}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, which JSON can carry."""
        return {
            "where": site_dict(self.site),
            "status": self.status,
            "variables": list(self.paths),
            "of": self.of,
            "first_step": self.first_step,
            "steps": self.steps,
            "looked": self.looked,
            "severity": self.severity,
            "cause": None if self.cause is None else self.cause.to_dict(),
        }


@dataclass(slots=True)
class _Variable:
    """What was seen of one variable at one place: step -> status, of the steps that were looked at."""

    first: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    looked: int = 0


@dataclass(slots=True)
class _Place:
    steps: int = 0
    variables: dict[str, _Variable] = field(default_factory=dict)
    cause: Cause | None = None
    """Why gradients are None, from what little is always watched."""
    reasons: dict[str, Cause] = field(default_factory=dict)
    """Why, variable by variable, from one step that was recorded in full."""
    most: int = 0


class _Here(threading.local):
    """This thread: whether an optimizer is at work, what a tape gave last, and what left it as NumPy."""

    busy = False
    tape: Any = None
    reads: tuple[tuple[str, CallSite], ...] = ()
    lost: tuple[Any, ...] = ()


class AppliedGradients:
    """Watches the optimizers of every imported Keras between `start` and `stop`."""

    def __init__(self) -> None:
        self._places: dict[CallSite, _Place] = {}
        self._undo: list[tuple[Any, str, Any, Any]] = []
        self._here = _Here()
        self._is_on = False
        self._recording: AbstractContextManager[Watched] | None = None
        self._recorded: Watched | None = None
        self._calls_left = 0
        self._reads: dict[int, list[tuple[str, CallSite]]] = {}

    def start(self) -> None:
        """Watch what is imported now."""
        for library, method in (("keras", "apply"), ("tf_keras", "apply_gradients")):
            owner = getattr(getattr(sys.modules.get(library), "optimizers", None), "Optimizer", None)
            if owner is not None and hasattr(owner, method):
                self._replace(owner, method, self._applies)
        if "tensorflow" in sys.modules:
            self._follow_reads()
            tapes.off_asked(self._asked)
            tapes.on_asked(self._asked)
        self._is_on = True

    def stop(self) -> None:
        """Put everything back."""
        self._is_on = False
        self._end_recording()
        tapes.off_asked(self._asked)
        for owner, name, own, wrapper in reversed(self._undo):
            if vars(owner).get(name) is not wrapper:
                continue  # someone wrapped it again: leave theirs
            if own is None:
                delattr(owner, name)
            else:
                setattr(owner, name, own)
        self._undo.clear()

    def model_called(self, times: int = 1) -> None:
        """Models were called: what takes many calls is no step any more, and is not recorded further."""
        if self._recording is not None:
            self._calls_left -= times
            if self._calls_left < 0:
                self._end_recording()

    @property
    def broken(self) -> list[BrokenGradients]:
        """What is to be told, in the order in which the places first applied gradients."""
        return [found for site, place in self._places.items() for found in _told(site, place)]

    # hooks

    def _replace(self, owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
        if any((owner, name) == (known, of) for known, of, _, _ in self._undo):
            return
        own = vars(owner).get(name)
        wrapper = wrap(getattr(owner, name))
        setattr(owner, name, wrapper)
        self._undo.append((owner, name, own, wrapper))

    def _applies(self, original: Callable[..., Any]) -> Callable[..., Any]:
        is_pairs = original.__name__ == "apply_gradients"

        @functools.wraps(original)
        def apply(optimizer: Any, gradients: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            here = self._here
            outermost = not here.busy
            if outermost and self._is_on and fault.trouble() is None:
                if is_pairs:
                    gradients = list(gradients)
                fault.guarded(self._look, optimizer, gradients, args, kwargs, is_pairs)
            here.busy = True
            try:
                return original(optimizer, gradients, *args, **kwargs)
            except BaseException as error:
                fault.without_own_frame(error)
                raise
            finally:
                here.busy = not outermost

        return apply

    def _follow_reads(self) -> None:
        from tensorflow.python.framework import ops

        base = ops.EagerTensor.__mro__[1]
        for name, how in _READERS.items():
            owner = next((one for one in (base, ops.EagerTensor) if name in vars(one)), None)
            if owner is not None:
                self._replace(owner, name, functools.partial(self._reading, how))

    def _reading(self, how: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def read(tensor: Any, *args: Any, **kwargs: Any) -> Any:
            if self._is_on and tapes.innermost() is not None:
                fault.guarded(self._note_read, how)
            try:
                return original(tensor, *args, **kwargs)
            except BaseException as error:
                fault.without_own_frame(error)
                raise

        return read

    def _note_read(self, how: str) -> None:
        reads = self._reads.setdefault(id(tapes.innermost()), [])
        if len(reads) >= _MOST_READS:
            return
        site = callsite.find(3)
        if site is not callsite.UNKNOWN_SITE:
            reads.append((how, site))

    def _asked(self, tape: Any, gradients: Any) -> None:
        """A tape has given gradients: keep what happened under it, for the optimizer that gets them."""
        here = self._here
        here.reads = tuple(self._reads.get(id(tape), ()))
        here.lost = tuple(tapes.lost_by(tape))
        self._reads.clear()  # ids of tapes are used again; what another open tape saw is no evidence worth a leak

    def _look(self, optimizer: Any, gradients: Any, args: Any, kwargs: Any, is_pairs: bool) -> None:
        if is_pairs:
            pairs = gradients
        else:
            variables = args[0] if args else kwargs.get("trainable_variables")
            if variables is None:
                variables = getattr(optimizer, "_trainable_variables", None) or ()
            pairs = list(zip(gradients, variables, strict=False))
        if not pairs:
            return
        reasons = self._end_recording()
        site = callsite.find(4)
        place = self._places.setdefault(site, _Place())
        place.reasons.update(reasons)
        place.steps += 1
        place.most = max(place.most, len(pairs))
        is_sampled = place.steps & (place.steps - 1) == 0  # 1, 2, 4, 8, ...
        if not is_sampled and all(gradient is not None for gradient, _ in pairs):
            return
        statuses = {_path(variable, n): _status(gradient) for n, (gradient, variable) in enumerate(pairs)}
        for path, status in statuses.items():
            seen = place.variables.setdefault(path, _Variable())
            seen.looked += 1
            seen.first.setdefault(status, place.steps)
            seen.counts[status] = seen.counts.get(status, 0) + 1
        if "none" in statuses.values() and place.cause is None:
            place.cause = self._cause(all(status == "none" for status in statuses.values()))
            if place.cause.code is None and any(type(gradient).__name__ == "EagerTensor" for gradient, _ in pairs):
                self._record_next_step()

    def _record_next_step(self) -> None:
        """From here to the next time that an optimizer is given gradients, record what happens to them."""
        from pytest_keras_inference.gradients.watch import recording

        self._calls_left = _LONGEST_STEP
        self._recording = recording("tensorflow", _MOST_OPERATIONS)
        self._recorded = self._recording.__enter__()

    def _end_recording(self) -> dict[str, Cause]:
        """The causes of the gradients that were None in the step that was recorded, by variable."""
        recording, self._recording = self._recording, None
        watched, self._recorded = self._recorded, None
        if recording is None or watched is None:
            return {}
        recording.__exit__(None, None, None)
        rows = [row for report in watched.reports for row in report.rows]
        return {row.path: row.cause for row in rows if row.status == "none" and row.cause is not None}

    def _cause(self, is_all: bool) -> Cause:
        """Why gradients are None, from what happened under the tape that gave them."""
        here = self._here
        for call in here.lost:
            return Cause(
                "predict",
                f"{call.kind} ran under the tape and returned NumPy values: no gradient flows through it",
                TEXTS["KI101"].instead,
                "KI101",
                call.site,
            )
        if is_all and here.reads:
            how, site = here.reads[0]
            return Cause(
                "numpy",
                f"{how} under the tape gives a NumPy value: nothing that is computed from it has a gradient",
                TEXTS["KI103"].instead,
                "KI103",
                site,
            )
        return Cause(
            "undecided",
            "the loss does not depend on them, or what it depends on left the framework on its way",
            "run one step in `with pytest_keras_inference.watch_gradients() as seen:`, which says why of each variable",
        )


def _told(site: CallSite, place: _Place) -> list[BrokenGradients]:
    found = []
    for status in ("none", "nan", "inf", "zero"):
        hit = {path: seen for path, seen in place.variables.items() if _is_told(seen, status)}
        by_cause: dict[Cause | None, dict[str, _Variable]] = {}
        for path, seen in hit.items():
            cause = place.reasons.get(path, place.cause) if status == "none" else None
            by_cause.setdefault(cause, {})[path] = seen
        for cause, those in by_cause.items():
            found.append(
                BrokenGradients(
                    site=site,
                    status=status,
                    paths=tuple(those),
                    of=place.most,
                    first_step=min(seen.first[status] for seen in those.values()),
                    steps=max(seen.counts[status] for seen in those.values()),
                    looked=max(seen.looked for seen in those.values()),
                    cause=cause,
                )
            )
    return found


def _is_told(seen: _Variable, status: str) -> bool:
    count = seen.counts.get(status, 0)
    return count == seen.looked >= _ENOUGH if status == "zero" else count > 0


def _path(variable: Any, number: int) -> str:
    return str(getattr(variable, "path", None) or getattr(variable, "name", None) or f"variable {number}")


def _status(gradient: Any) -> str:
    """The status of one gradient; "ok" for what has no values to look at."""
    if gradient is None:
        return "none"
    if type(gradient).__name__ not in _CONCRETE or not hasattr(gradient, "shape"):
        return "ok"
    values = _values(gradient)
    if values is None:
        return "ok"
    status, _ = status_of(values, 0.0)
    return status


def _values(gradient: Any) -> Any:
    """A concrete gradient as a NumPy array; None for a symbolic, a large or an exotic one."""
    import numpy as np

    size = 1
    for length in gradient.shape:
        size *= int(length or 0)
    if not 0 < size <= _LARGEST:
        return None
    try:
        if hasattr(gradient, "_numpy_internal"):
            values = gradient._numpy_internal()
        elif hasattr(gradient, "detach"):
            values = gradient.detach().float().cpu().numpy()
        else:
            values = np.asarray(gradient)
    except (TypeError, ValueError, RuntimeError, NotImplementedError):
        return None
    return values if values.dtype.kind in "fc" else None


def described(steps: Sequence[BrokenGradients], told: Collection[CallSite] = ()) -> list[str]:
    """Lines for a person: each with its cause, and what to write instead; a cause at a site that is `told` elsewhere
    is only named."""
    lines: list[str] = []
    for broken in steps:
        lines.append(str(broken))
        cause = broken.cause
        if cause is None:
            continue
        if cause.site is not None and cause.site in told:
            lines.append(f"    because of {cause.kind} at {cause.site.location}, see {cause.code} above")
            continue
        code = f"{cause.code} {TEXTS[cause.code].name}: " if cause.code else ""
        at = f", {cause.site.location}" if cause.site else ""
        lines.append(f"    {code}{cause.what}{at}")
        if cause.site is not None:
            lines += [f"    > {line}" for line in cause.site.code.splitlines()[:4]]
        lines.append(f"    instead: {cause.instead}")
    return lines
