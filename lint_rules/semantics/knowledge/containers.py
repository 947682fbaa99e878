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

TAKES_OR_SETS = frozenset({"pop", "popleft", "popitem", "remove", "clear", "update", "setdefault", "extendleft"})
"""Methods that change a list, a deque or a dict otherwise than by adding at its end."""

DICTS = frozenset({"dict", "OrderedDict", "UserDict"})
"""Classes whose objects are dicts."""

GROWS = frozenset({"append", "add", "appendleft", "extend"})
"""Methods that make a list, a deque or a set longer."""

USES_UP = ("pop", "popleft")
"""Methods by which a loop uses a list or a deque up."""

COPIES = frozenset({"dict", "frozenset", "list", "range", "set", "sorted", "tuple"})
"""What makes a collection of its own of what it is given."""

ALL_ANEW = frozenset({"copy", "items", "keys", "tolist", "values"})
"""Methods that give all elements of their object whenever they are called."""
