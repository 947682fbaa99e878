"""Where the lines of a notebook's cells stand in the file itself, for those who read the file and not the cells."""

from __future__ import annotations

import json
from typing import Any


def file_rows(data: bytes) -> dict[tuple[int, int], int]:
    """The row in the JSON text of (cell, row in the cell), for every line that can be found there; rows from 1."""
    try:
        raw = data.decode("utf-8-sig")
        notebook = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    rows: dict[tuple[int, int], int] = {}
    position, row = 0, 1
    for number, cell in enumerate(_cells(notebook), start=1):
        source = cell.get("source", cell.get("input", "")) if isinstance(cell, dict) else ""
        # The key, so that the same line in the output of the cell before is not taken for this one.
        start = max(position, raw.find('"source"', position))
        row += raw.count("\n", position, start)
        position, line = start, 1
        for piece in source if isinstance(source, list) else [source]:
            at = _find(raw, str(piece), position)
            if at >= 0:
                row += raw.count("\n", position, at)
                position = at + 1
            for _ in range(max(1, str(piece).count("\n"))):
                rows.setdefault((number, line), row)
                line += 1
            if not str(piece).endswith("\n") and "\n" in str(piece):
                rows.setdefault((number, line), row)
    return rows


def _find(raw: str, piece: str, position: int) -> int:
    """Where a string is written next, with or without escapes for what is not ASCII."""
    places = [raw.find(json.dumps(piece, ensure_ascii=ascii_only), position) for ascii_only in (False, True)]
    return min((place for place in places if place >= 0), default=-1)


def _cells(notebook: Any) -> list[Any]:
    if not isinstance(notebook, dict):
        return []
    if isinstance(notebook.get("cells"), list):
        return list(notebook["cells"])
    sheets = notebook.get("worksheets")
    listed = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)] if isinstance(sheets, list) else []
    return [cell for cells in listed if isinstance(cells, list) for cell in cells]
