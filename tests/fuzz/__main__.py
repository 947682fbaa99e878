"""`python tests/fuzz TARGET [OPTION ...] [FOLDER ...]`: fuzz a target, guided by coverage.

Needs `pip install atheris`. The options are libFuzzer's (`-max_total_time=600`, `-runs=100000`); inputs that reach
something new are added to the first folder, and the seeds of the target are read besides.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent

try:
    import atheris
except ImportError:
    raise SystemExit("atheris is not installed: pip install atheris") from None

with atheris.instrument_imports(include=["lint_rules"]):
    from targets import TARGETS

if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
    raise SystemExit(f"usage: python tests/fuzz {{{'|'.join(TARGETS)}}} [OPTION ...] [FOLDER ...]")
name = sys.argv.pop(1)
atheris.Setup([*sys.argv, f"-dict={HERE / 'words.dict'}", str(HERE / "seeds" / name)], TARGETS[name])
atheris.Fuzz()
