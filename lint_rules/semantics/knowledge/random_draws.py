"""What draws random numbers."""

from __future__ import annotations

DRAWS = frozenset(
    """
    choice choices integers normal rand randint randn random random_sample sample shuffle standard_normal uniform
    """.split()
)
"""Methods of random generators, by their names."""
