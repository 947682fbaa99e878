"""What the recorder left behind in the processes of a command: calls of models and the rows that they gave."""

from __future__ import annotations

import json
import os
from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lint_rules.records import dataclass, field
from pytest_keras_inference.recorded import LINES, VALUES, WIDTH


@dataclass(slots=True)
class SiteRecord:
    """All calls that one line of a file made on models, in order.

    rows: for each output row its values, up to `WIDTH` of them
    types, forms: what is known of the outputs: the type of the result; dtype and shape
    shapes: for each output row the shape of its input, where that is one array
    seconds: wall clock; traced: calls that only traced a graph, and have no values
    """

    calls: int = 0
    seconds: float = 0.0
    failed: int = 0
    traced: int = 0
    rows: list[array[float]] = field(default_factory=list)
    types: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    shapes: list[tuple[int, ...]] = field(default_factory=list)

    def add(self, line: Mapping[str, Any], rows: list[array[float]]) -> None:
        """Count one more call."""
        self.calls += 1
        self.seconds += line["seconds"]
        self.failed += bool(line["failed"])
        self.traced += bool(line.get("traced"))
        self.rows += rows
        self.shapes += [tuple(line["input"])] * len(rows)
        self.types.add(line["type"])
        self.forms |= {f"{output['dtype']} {output['shape']}" for output in line["outputs"]}


@dataclass(frozen=True, slots=True)
class Record:
    """What a run of the command recorded: by file and line the calls, and the variables that got no gradient."""

    sites: Mapping[tuple[str, int], SiteRecord]
    without_gradient: frozenset[str]

    def of_file(self, path: str) -> dict[int, SiteRecord]:
        """The sites in one file, by line."""
        return {line: site for (name, line), site in self.sites.items() if name == path}


def read_records(folder: str) -> Record:
    """Everything in a folder of records, process after process in the order in which they began."""
    sites: defaultdict[tuple[str, int], SiteRecord] = defaultdict(SiteRecord)
    missing: set[str] = set()
    for name in sorted(os.listdir(folder)):
        if not name.endswith(LINES):
            continue
        path = Path(folder, name)
        values = array("d")
        data = path.with_suffix(VALUES).read_bytes()
        values.frombytes(data[: len(data) // values.itemsize * values.itemsize])
        at = 0
        for line in _lines(path):
            missing.update(line.get("without_gradient", ()))
            if "file" not in line:
                continue
            rows, at = _rows(line, values, at)
            sites[os.path.realpath(line["file"]), line["line"]].add(line, rows)
    return Record(dict(sites), frozenset(missing))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for text in path.read_text("utf-8").splitlines():
        try:
            yield json.loads(text)
        except ValueError:  # the last line of a process that was killed
            return


def _rows(line: Mapping[str, Any], values: array[float], at: int) -> tuple[list[array[float]], int]:
    """The rows of one call, cut from the values of its process, and where those of the next call begin.

    Several outputs of one row stand together: a model of two outputs gives rows of both.
    """
    parts = []
    for output in line["outputs"]:
        width = 1
        for length in output["shape"]:
            width *= length
        width = min(width, WIDTH)
        parts.append([values[at + n * width : at + (n + 1) * width] for n in range(output["rows"])])
        at += output["rows"] * width
    if len({len(part) for part in parts}) == 1:
        return [sum(together[1:], start=together[0]) for together in zip(*parts, strict=True)], at
    return [row for part in parts for row in part], at
