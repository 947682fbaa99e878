"""What calls do with lists, dicts and queues, by the last name of what is called."""

from __future__ import annotations

ADDS_ONE = ("append", "appendleft", "add", "insert", "put", "put_nowait")
"""Methods that put their last argument into a list or a queue."""

ADDS_MANY = ("extend",)
"""Methods that put the elements of their last argument into a list."""

KEEPS = ("setdefault",)
"""Methods that put their last argument into a dict."""

TAKES_OUT = ("pop", "popleft", "get", "get_nowait")
"""Methods that take one element out of a list, a deque or a queue; of a dict they read what is under a key."""

MAKES_LIST = frozenset({"deque", "list"})
"""What makes something that these methods fill."""
