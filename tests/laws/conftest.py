"""The laws import the programs and transformations that stand beside them (`pythonpath` in pyproject.toml)."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from laws.programs import EVERY_PROGRAM, Program, collect

SAMPLE = 60


def _seed() -> str:
    """The commit at hand: another sample with every commit, the same one when a failure is looked at."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


@pytest.fixture(scope="session")
def programs() -> list[Program]:
    """The programs of the specification: a sample, or all of them with EVERY_PROGRAM=true."""
    every = collect()
    if EVERY_PROGRAM:
        return every
    return random.Random(_seed()).sample(every, min(SAMPLE, len(every)))
