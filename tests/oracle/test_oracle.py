"""The oracle: small programs that really run, under the watch of the plugin, and what the linter says of their code.

The two halves of the project check each other. A call site that the watch calls misuse is found by the linter, and a
loop that the linter finds is misuse when it runs. Lines that misuse a model say so, with the code that the author of
the program gives them (`# KI202`), so that the two cannot be wrong together.

An ordinary run takes some of the programs, others with every commit; `EVERY_PROGRAM=true` takes all.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lint_rules.config.settings import Overrides
from lint_rules.run.pipeline import check
from lint_rules.run.request import Request

PROGRAMS = Path(__file__).with_name("programs")
EVERY_PROGRAM = os.environ.get("EVERY_PROGRAM", "").lower() in {"1", "true"}
SAMPLE = 20
"""Programs of an ordinary run: half a minute on one core, most of it for TensorFlow to start."""

LOOPS = frozenset({"KI201", "KI202", "KI203", "KI204"})
"""Small calls that repeat. The watch sees that they do, the linter why: the code of the watch may be another."""
SEEN = LOOPS | {"KI101", "KI102"}
"""What both halves can see."""

MISMATCHES: Mapping[tuple[str, str], str] = {
    (
        "sensor_events.py",
        'score = model.predict(np.array([[message["t"], message["h"]]]), verbose=0)[0, 0]',
    ): "the linter does not follow a function into a list of listeners, from which it is called later",
}
"""Where the halves differ, by the program and the line of the call, and why."""

MARK = re.compile(r"  # (KI\d{3})$")

RUN_THEM = """
import runpy
import sys
from pathlib import Path

import keras
import pytest

PROGRAMS = sorted(Path(__file__).with_name("programs").glob("*.py"))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_it_runs(program):
    keras.utils.set_random_seed(0)
    runpy.run_path(str(program), run_name="__main__")
"""


@dataclass(frozen=True, order=True)
class Site:
    """A call in a program: rows and columns from 1. Of code that TensorFlow traces the watch knows the row alone."""

    program: str
    row: int
    column: int


def programs() -> list[Path]:
    """The programs of this run, by name."""
    every = sorted(PROGRAMS.glob("*.py"))
    return every if EVERY_PROGRAM else sorted(random.Random(_commit()).sample(every, SAMPLE))


def _commit() -> str:
    command = ["git", "-C", str(PROGRAMS), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def watched(folder: Path) -> dict[Site, set[str]]:
    """What the watch says of each call site, once all programs have run to their end."""
    (folder / "test_programs.py").write_text(RUN_THEM)
    file = folder / "observations.json"
    options = ["-q", "-p", "no:cacheprovider", f"--rootdir={folder}", f"--keras-inference-json={file}"]
    plugin = [] if _is_installed() else ["-p", "pytest_keras_inference.plugin"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *plugin, str(folder / "test_programs.py")],
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    found: dict[Site, set[str]] = defaultdict(set)
    for place in json.loads(file.read_text())["observations"]:
        site = Site(Path(place["filename"]).name, place["location"]["row"], place["location"]["column"] or 0)
        found[site] |= {finding["code"] for finding in place["findings"]}
    return found


def _is_installed() -> bool:
    from importlib.metadata import entry_points

    return any(entry.name == "keras_inference" for entry in entry_points(group="pytest11"))


def linted(folder: Path) -> dict[Site, set[str]]:
    """What the linter finds at each call site."""
    found: dict[Site, set[str]] = defaultdict(set)
    request = Request(paths=(str(folder / "programs"),), overrides=Overrides(severity="info"))
    for each in check(request).diagnostics:
        start = each.location.start
        found[Site(Path(each.location.filename).name, start.row, start.column)].add(each.code)
    return found


def _in_one_place(seen: Mapping[Site, set[str]], read: Mapping[Site, set[str]]) -> dict[Site, set[str]]:
    """What was seen, each site with the column of the finding in its row where it has none of its own."""
    columns = {(site.program, site.row): site for site in read}
    return {site if site.column else columns.get((site.program, site.row), site): codes for site, codes in seen.items()}


def marked(paths: Iterable[Path]) -> dict[tuple[str, int], str]:
    """The code of each line that is marked as misuse."""
    return {
        (path.name, row): mark.group(1)
        for path in paths
        for row, line in enumerate(path.read_text().splitlines(), 1)
        if (mark := MARK.search(line)) is not None
    }


def _table(sites: Sequence[Site], seen: Mapping[Site, set[str]], read: Mapping[Site, set[str]]) -> str:
    lines = [f"{'call site':44}  {'watch':12}  linter"]
    for site in sites:
        where = f"{site.program}:{site.row}:{site.column}"
        lines.append(f"{where:44}  {' '.join(sorted(seen.get(site, ()))):12}  {' '.join(sorted(read.get(site, ())))}")
    return "\n".join(lines)


def _line(site: Site) -> tuple[str, str]:
    text = (PROGRAMS / site.program).read_text().splitlines()[site.row - 1]
    return site.program, MARK.sub("", text).strip()


def test_watch_and_linter_and_author_agree(tmp_path: Path) -> None:
    (tmp_path / "programs").mkdir()
    paths = [Path(shutil.copy(path, tmp_path / "programs")) for path in programs()]
    read = linted(tmp_path)
    seen = _in_one_place(watched(tmp_path), read)

    sites = sorted({site for site in (*seen, *read) if (seen.get(site, set()) | read.get(site, set())) & SEEN})
    print(_table(sites, seen, read))
    missed = {_line(site) for site, codes in seen.items() if codes & LOOPS and not read.get(site, set()) & LOOPS}
    missed |= {_line(site) for site, codes in seen.items() if (codes & SEEN) - LOOPS - read.get(site, set())}
    invented = {_line(site) for site, codes in read.items() if codes & SEEN and not seen.get(site, set()) & SEEN}
    names = {path.name for path in paths}
    assert missed | invented == {place for place in MISMATCHES if place[0] in names}, _table(sites, seen, read)

    said = marked(paths)
    assert {(site.program, site.row) for site, codes in seen.items() if codes & SEEN} == said.keys()
    told = {(site.program, site.row): code for site, codes in read.items() for code in codes & SEEN}
    assert told == {place: code for place, code in said.items() if place in told}


def test_programs_are_many_and_a_good_part_misuses_nothing() -> None:
    every = sorted(PROGRAMS.glob("*.py"))
    wrong = {name for name, _ in marked(every)}
    assert len(every) >= 60
    assert len(every) / 3 < len(wrong) < len(every) * 2 / 3
