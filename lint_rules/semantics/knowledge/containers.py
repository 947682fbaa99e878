"""What calls do with lists, dicts and queues, by the last name of what is called."""

from __future__ import annotations

ADDS_ONE = ("append", "appendleft", "add", "insert")
"""Methods that put their last argument into a list."""

ADDS_MANY = ("extend",)
"""Methods that put the elements of their last argument into a list."""

KEEPS = ("setdefault", "put", "put_nowait")
"""Methods that put their last argument into a dict or a queue."""

WALKS = frozenset("reversed sorted list tuple tqdm trange iter set track as_completed islice".split())
"""What gives the elements of its first argument one by one."""

GIVE_AGAIN = frozenset({"itertools.cycle", "itertools.product"})
"""Walks that give the same objects several times: what is stored in one is read from it later."""
