"""Which library calls give what never ends, what ends, and what ends where their subject does."""

from __future__ import annotations

from lint_rules.semantics.knowledge.iteration import PROGRESS_BARS

ENDLESS = frozenset({"itertools.cycle", "itertools.count"})
"""Functions whose iterators never end."""

REPEATING = frozenset({"repeat"})
"""Methods of a data set that go through it for ever, unless they are given a count."""

CUTTING = frozenset({"take", "islice", "take_while", "takewhile"})
"""What ends in any case."""

KEEPING = PROGRESS_BARS.union(
    """
    map batch prefetch with_options unbatch padded_batch skip shuffle cache filter enumerate as_numpy_iterator
    ignore_errors shard rebatch apply iter
    """.split()
)
"""What ends where its subject does."""
