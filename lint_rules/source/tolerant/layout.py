"""Indentation that this Python reads, for lines that stand as their author meant them."""

from __future__ import annotations

from collections.abc import Sequence

from lint_rules.records import NamedTuple


class Placed(NamedTuple):
    """How deep a line stands, in blocks. `odd` where the indentation fits none; `hollow` where its block is missing."""

    depth: int
    odd: bool
    hollow: bool


def depths(lines: Sequence[tuple[int, bool]]) -> list[Placed]:
    """The place of each line, told from its indentation and from whether it begins a block.

    A line further in than the block that it is in belongs to that block; one that fits no block belongs to the
    innermost one that is not further in.
    """
    placed: list[Placed] = []
    # (indentation, depth): several indentations may stand for one depth.
    open_blocks: list[tuple[int, int]] = [(lines[0][0], 0)] if lines else []
    awaited = False
    for number, (indent, begins) in enumerate(lines):
        odd = False
        if indent > open_blocks[-1][0]:
            odd = not awaited
            open_blocks.append((indent, open_blocks[-1][1] + awaited))
        else:
            while len(open_blocks) > 1 and indent < open_blocks[-1][0]:
                open_blocks.pop()
            odd = indent != open_blocks[-1][0]
        awaited = begins
        after = lines[number + 1][0] if number + 1 < len(lines) else -1
        placed.append(Placed(open_blocks[-1][1], odd, begins and after <= indent))
    return placed
