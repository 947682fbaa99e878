"""What calls do with lists, dicts and queues, by the last name of what is called."""

from __future__ import annotations

ADDS_ONE = ("append", "appendleft", "add", "insert")
"""Methods that put their last argument into a list."""

ADDS_MANY = ("extend",)
"""Methods that put the elements of their last argument into a list."""

KEEPS = ("setdefault", "put", "put_nowait")
"""Methods that put their last argument into a dict or a queue."""
