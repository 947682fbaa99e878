"""What a run of the tests takes of something too long to look at whole: another part with every commit."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EVERYTHING = os.environ.get("EVERYTHING", "").lower() in {"1", "true"}


def one_in(share: int, names: Iterable[str]) -> set[str]:
    """At least one, and about one in `share`, of the names; all with EVERYTHING=true."""
    every = sorted(set(names), key=lambda name: hashlib.sha256(f"{seed()} {name}".encode()).digest())
    return set(every if EVERYTHING else every[: -(-len(every) // share)])


@cache
def seed() -> str:
    """The commit; in a tree without git, what the sources are."""
    found = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode == 0:
        return found.stdout.strip()
    sources = sorted(path for name in ("lint_rules", "pytest_keras_inference") for path in (ROOT / name).rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
