"""What draws random numbers."""

from __future__ import annotations

DRAWS = frozenset(
    """
    choice choices normal rand randint randn random sample shuffle uniform
    """.split()
)
"""Methods of random generators, by their names."""
