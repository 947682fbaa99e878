"""Draws what the README's first example prints on a terminal: `python docs/pictures/terminal_run.py` renews the SVG.

Needs rich (`pip install '.[test]'`). The picture loads nothing: where a viewer has no font of the first name, its own
monospaced one is stretched to fit.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "pictures" / "terminal-run.svg"
COMMAND = ("check", "scores.py")
COLUMNS = 104


def example() -> str:
    """The README's first example."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return readme.partition("```python\n")[2].partition("```")[0]


def output() -> str:
    """What the command prints of the example, with the colours of a terminal."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "scores.py").write_text(example(), encoding="utf-8")
        run = subprocess.run(
            [sys.executable, str(ROOT / "keras_inference_command.py"), *COMMAND, "--no-cache"],
            cwd=folder,
            env=os.environ | {"FORCE_COLOR": "1"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    if run.returncode != 1:
        raise SystemExit(f"the example has no findings: exit code {run.returncode}\n{run.stderr}")
    return run.stdout


def drawn(printed: str) -> str:
    """An SVG of a terminal after the command."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text(f"$ keras-inference {' '.join(COMMAND)}", style="bold"))
    console.print(Text.from_ansi(printed))
    svg = console.export_svg(title="keras-inference", theme=MONOKAI, unique_id="terminal")
    return re.sub(r"@font-face \{[^}]*\}\s*", "", svg)


if __name__ == "__main__":
    PICTURE.write_text(drawn(output()), encoding="utf-8")
