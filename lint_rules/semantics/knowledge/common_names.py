"""What methods of all kinds of objects are called."""

from __future__ import annotations

COMMON_METHODS = frozenset(
    """
    __call__ add append build call close compile evaluate execute fit forward generate get init learn load main move
    next open play plot pop predict process put read remember render reset run sample save send set setup show start
    step stop store summary test train transform update write
    """.split()
)
"""Names so common that an unknown receiver says nothing of them."""
