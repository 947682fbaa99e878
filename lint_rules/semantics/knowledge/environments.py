"""How environments of reinforcement learning are registered under a name, and made by it.

https://gymnasium.farama.org/api/registry/
"""

from __future__ import annotations

_PACKAGES = ("gym", "gymnasium")

MAKERS = frozenset(f"{package}.{name}" for package in _PACKAGES for name in ("make", "envs.registration.make"))
"""Functions that make the environment that is registered under a name, their first argument."""

REGISTRARS = frozenset(
    f"{package}.{name}" for package in _PACKAGES for name in ("register", "envs.register", "envs.registration.register")
)
"""Functions that register a name, `id`, for a class, `entry_point`: by itself, or written `"package.module:Class"`."""
