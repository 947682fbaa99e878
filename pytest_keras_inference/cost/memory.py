"""The peak memory of a piece of work: on the accelerator where there is one, else of this process."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

_STATUS = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")


class MemoryMeter:
    """Measures how far memory grows above where it stood when the meter was made.

    On an accelerator the backend's own counter says it, if it can be reset. On the CPU it is the resident memory of
    this process, whose peak only Linux can reset and read (proc(5), `clear_refs` and `VmHWM`). Allocators keep what
    they once took, so run the frugal work first: what it left is counted again for what comes after.
    """

    def __init__(self, backend: ModuleType) -> None:
        gc.collect()
        _trim()
        self._backend = backend
        self._start = _resident("VmRSS")

    def peak_bytes(self, work: Callable[[], Any]) -> int | None:
        """Run `work` once; the bytes at its peak above the start, or None where the platform cannot tell."""
        if self._backend.device_name() != "CPU":
            before = self._backend.device_peak_bytes(reset=True)
            self._backend.wait(work())
            peak = self._backend.device_peak_bytes()
            return None if before is None or peak is None else int(peak) - int(before)
        on_host = self._start is not None and _reset_peak()
        self._backend.wait(work())
        after = _resident("VmHWM") if on_host else None
        return None if after is None or self._start is None else max(0, after - self._start)


def _resident(field: str) -> int | None:
    try:
        text = _STATUS.read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    for line in text.splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    return None


def _reset_peak() -> bool:
    try:
        _RESET.write_text("5", encoding="ascii")
    except OSError:
        return False
    return True


def _trim() -> None:
    """Hand freed memory back, or what the work takes from the allocator's stock would not be seen."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
