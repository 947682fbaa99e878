"""What the command exits with."""

from __future__ import annotations

CLEAN, FINDINGS, ERROR = 0, 1, 2
INTERRUPTED = 130
