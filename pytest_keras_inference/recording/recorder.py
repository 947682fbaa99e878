"""Records what the models of a program give, call by call, for who wants to know whether a change changes that.

Imports next to nothing until the program has imported Keras. Nothing that goes wrong here reaches the program.
"""

from __future__ import annotations

import atexit
import json
import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pytest_keras_inference import recorded
from pytest_keras_inference.fault import guarded
from pytest_keras_inference.importhook import ImportWatch
from pytest_keras_inference.recording.moved import lead_to_the_copy

if TYPE_CHECKING:
    from types import ModuleType

    from pytest_keras_inference.gradients.applied import AppliedGradients
    from pytest_keras_inference.watching.calls import Call

SEED = 0


def begin() -> None:
    """Record this process, from its import of Keras to its end."""
    project, _, copy = os.environ.get(recorded.MOVED, "").rstrip("\n").partition("\n")
    if project:
        lead_to_the_copy(project, copy)
    _Recorder(os.environ[recorded.VARIABLE]).begin()


class _Recorder:
    """This process, and every one that it forks: each writes files of its own."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._imports = ImportWatch(self._keras_imported)
        self._lock = threading.Lock()
        self._began = os.getpid()
        self._pid = 0
        self._files: tuple[int, int] | None = None
        self._applied: AppliedGradients | None = None
        self._given: dict[int, list[int]] = {}
        """The shape of one input, by the number of the call whose output comes next."""

    def begin(self) -> None:
        self._imports.start()
        atexit.register(lambda: guarded(self._end))

    def _keras_imported(self, module: ModuleType) -> None:
        from pytest_keras_inference.gradients.applied import AppliedGradients
        from pytest_keras_inference.watching import hooks

        set_seed = getattr(getattr(module, "utils", None), "set_random_seed", None)
        if set_seed is not None:
            set_seed(SEED)  # a program that sets a seed of its own does so later
        if self._applied is None:
            self._applied = AppliedGradients()
            hooks.listen(self._called)
            hooks.listen_outputs(self._gave)
        self._applied.start()

    def _called(self, call: Call, model: Any, x: Any) -> None:
        """Of what a call was given only the shape of a row is recorded."""
        with suppress(TypeError):
            self._given[id(call)] = [int(length) for length in getattr(x, "shape", ())[1:]]

    def _gave(self, call: Call, result: Any) -> None:
        parts = [] if call.failed else list(_parts(result))
        line: dict[str, Any] = {
            "file": call.site.filename,
            "line": call.site.line,
            "kind": call.kind,
            "model": call.model,
            "rows": call.rows,
            "input": self._given.pop(id(call), []),
            "seconds": round(call.seconds, 6),
            "failed": call.failed,
            "type": type(result).__name__,
        }
        outputs = []
        values = []
        for part in parts:
            kept = _kept(part)
            if kept is None:  # a symbolic tensor: the call traced a graph
                line["traced"] = True
                continue
            outputs.append({"dtype": str(kept.dtype), "shape": list(kept.shape[1:]), "rows": kept.rows})
            values.append(kept.values)
        line["outputs"] = outputs
        with self._lock:
            self._write(line, values)

    def _write(self, line: dict[str, Any], values: list[bytes]) -> None:
        """Unbuffered, so that a process that is killed, or leaves by `os._exit`, has told what it did."""
        if self._pid != os.getpid():
            self._pid = os.getpid()
            name = os.path.join(self._folder, f"{time.time_ns():020d}-{self._pid}")
            self._files = _new(name + recorded.LINES), _new(name + recorded.VALUES)
        assert self._files is not None
        lines, kept = self._files
        for each in values:
            os.write(kept, each)
        os.write(lines, json.dumps(line).encode() + b"\n")

    def _end(self) -> None:
        self._imports.stop()
        if self._applied is None or self._began != os.getpid():
            return
        missing = sorted({path for broken in self._applied.broken if broken.status == "none" for path in broken.paths})
        with self._lock:
            self._write({"without_gradient": missing}, [])


def _new(name: str) -> int:
    """A new file to write to, open until the process ends."""
    return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)


def _parts(result: Any) -> Any:
    """The arrays of an output: of a list, a tuple or a dict, one after the other."""
    if isinstance(result, dict):
        for each in result.values():
            yield from _parts(each)
    elif isinstance(result, (list, tuple)):
        for each in result:
            yield from _parts(each)
    elif result is not None:
        yield result


class _Kept:
    """An output as it is written down: its shape, and for each row up to `WIDTH` values."""

    __slots__ = ("dtype", "rows", "shape", "values")

    def __init__(self, array: Any) -> None:
        import numpy as np

        self.dtype, self.shape = array.dtype, array.shape
        self.rows = int(array.shape[0]) if array.ndim else 1
        flat = array.reshape(self.rows, -1) if array.size else np.zeros((self.rows, 0))
        self.values = _narrow(_numbers(flat)).tobytes()


def _kept(part: Any) -> _Kept | None:
    import numpy as np

    if hasattr(part, "detach"):
        with suppress(TypeError, RuntimeError):
            return _Kept(part.detach().cpu().numpy())
        part = part.detach().float()
    try:
        return _Kept(np.asarray(part))
    except Exception:  # what a symbolic tensor raises differs between the backends
        return None


def _numbers(flat: Any) -> Any:
    """Rows as float64; of text, a number that its bytes give."""
    import zlib

    import numpy as np

    if flat.dtype.kind == "c":
        return np.concatenate([flat.real, flat.imag], axis=1).astype("float64")
    if flat.dtype.kind in "OSU":
        texts = [[float(zlib.crc32(str(value).encode())) for value in row] for row in flat.tolist()]
        return np.asarray(texts, "float64").reshape(flat.shape)
    return flat.astype("float64")


def _narrow(rows: Any) -> Any:
    import numpy as np

    length = rows.shape[1]
    if length <= recorded.WIDTH:
        return rows
    at = np.linspace(0, length - 1, recorded.WIDTH - 2).astype(int)
    return np.concatenate([rows[:, at], rows.mean(axis=1, keepdims=True), rows.std(axis=1, keepdims=True)], axis=1)
