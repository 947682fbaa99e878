"""What reads a clock, by the last name of what is called."""

from __future__ import annotations

CLOCKS = frozenset(
    "clock monotonic monotonic_ns perf_counter perf_counter_ns process_time process_time_ns time time_ns".split()
)
"""Functions that are called for how much time has gone by since they were called before."""

SHOWS = frozenset(
    """
    debug display echo info log print putText set_description set_postfix warning write
    """.split()
)
"""Functions and methods that show a value and keep nothing."""
