"""What decorators do to what a function returns."""

from __future__ import annotations

PROPERTIES = ("property", "cached_property", "lazy_property", "lazyproperty", "lazy")
"""Decorators of methods that are read like attributes."""

CONTEXT_MANAGERS = ("contextmanager", "asynccontextmanager")
"""Decorators that make a context manager of a generator."""

GIVE_WHAT_IS_RETURNED = frozenset(
    """
    staticmethod classmethod property cached_property abstractmethod override final overload
    cache lru_cache wraps njit typechecked beartype no_grad inference_mode
    """.split()
)
"""Decorators, by their last name, of functions that still give the value that their body returns.
"""
