"""Loops made at random and fixed under `--verify`: it keeps a fix where a plain comparison of the program before and
after finds no difference, and no other.

`VERIFIED_PROGRAMS=500 python -m pytest tests/fuzz/test_verified_loops.py` looks at so many programs; without it a few
are looked at, others every day.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from loop_programs import Program, programs, run
from test_fixed_loops import fixed

ROOT = Path(__file__).parents[2]
COUNT = int(os.environ.get("VERIFIED_PROGRAMS", "10"))
FIRST = 0 if "VERIFIED_PROGRAMS" in os.environ else datetime.date.today().toordinal() * COUNT
TOGETHER = 50
"""Programs of one project: the command runs them all, three times if every fix holds."""
DRIVER = """\
import importlib
import json

import keras
from loop_programs import plain

keras.utils.set_random_seed(3)
keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="sigmoid")]).save("model.keras")
for name, watched in json.load(open("watched.json")).items():
    try:
        module = importlib.import_module(name)
    except Exception as error:
        print(name, "failed:", type(error).__name__)
    else:
        print(name, {each: plain(getattr(module, each, None)) for each in watched})
"""


def verified(folder: Path, chosen: list[Program]) -> str:
    """What `--verify` says of the fixes of some programs, in a project of their own."""
    for program in chosen:
        (folder / f"p{program.seed}.py").write_text(program.code)
    (folder / "watched.json").write_text(json.dumps({f"p{each.seed}": each.watched for each in chosen}))
    (folder / "driver.py").write_text(DRIVER)
    check = ["check", "--no-cache", "--select", "KI201,KI202,KI203,KI204,KI403"]
    verify = ["--fix", "--unsafe-fixes", "--verify", f"{sys.executable} driver.py"]
    done = subprocess.run(
        [sys.executable, "-m", "lint_rules", *check, *verify],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests/fuzz'}", "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stderr


@pytest.mark.backend("jax")
@pytest.mark.parametrize("first", range(FIRST, FIRST + COUNT, TOGETHER))
def test_verifying_agrees_with_a_plain_comparison(tmp_path: Path, first: int) -> None:
    chosen = list(programs(first, min(TOGETHER, FIRST + COUNT - first)))
    told = verified(tmp_path, chosen)
    wrong, kept = [], 0
    for program in chosen:
        before = run(program.code, program.watched)
        code = fixed(tmp_path, program.code)
        after = run(code, program.watched)
        same = (before.failed, before.printed, before.values) == (after.failed, after.printed, after.values)
        verdicts = re.findall(rf"^p{program.seed}\.py:\d+: .*", told, re.MULTILINE)
        if not before.calls or code == program.code:
            continue
        held = bool(verdicts) and all("not verified" not in verdict for verdict in verdicts)
        kept += held
        if held != same:
            wrong.append(f"seed {program.seed}: a plain comparison says {same}, verifying: {verdicts}")
    print(f"{len(chosen)} programs: the fixes of {kept} held, {len(wrong)} disagree")
    assert not wrong, "\n".join(wrong)
    assert kept >= len(chosen) // 4
