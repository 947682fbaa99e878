"""Programs run as processes, by Python and by `keras-inference run`.

What only concerns the process runs on a Keras of three methods: it starts in a tenth of a second, and the watch treats
it as it treats any other.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WATCHED = ("-m", "pytest_keras_inference", "run")

SMALL_KERAS = '''
"""Has what the watch looks for in a Keras, and no backend."""
import sys
import types

__version__ = "3.0"


class Model:
    name = "small"
    weights = ()

    def predict(self, x, verbose=None):
        if x is None:
            raise ValueError("no input")
        return x

    def __call__(self, x, training=None):
        return x

    def count_params(self):
        return 0


config = types.SimpleNamespace(backend=lambda: "none")
'''


@dataclass(frozen=True)
class Ended:
    """How a process ended: what it wrote, its exit code, -N for a signal N."""

    out: bytes
    err: str
    code: int


class Programs:
    """A folder of programs, and the two ways to run them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("COV_", "PYTEST_"))},
            "PYTHONPATH": str(ROOT),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "CUDA_VISIBLE_DEVICES": "-1",
        }

    def write(self, name: str, text: str) -> Path:
        """A file of the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def plain(self, *arguments: str, flags: tuple[str, ...] = (), stdin: bytes = b"") -> Ended:
        """`python FLAGS ARGUMENTS`."""
        return self._run([sys.executable, *flags, *arguments], stdin)

    def watched(self, *arguments: str, flags: tuple[str, ...] = (), stdin: bytes = b"") -> Ended:
        """`keras-inference run ARGUMENTS`, by a Python with these flags."""
        return self._run([sys.executable, *flags, *WATCHED, *arguments], stdin)

    def started(self, *arguments: str) -> subprocess.Popen[bytes]:
        """The same, still running; it has a session of its own, so that signals reach nobody else."""
        return subprocess.Popen(
            [sys.executable, *WATCHED, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def signalled(self, number: signal.Signals, *arguments: str) -> Ended:
        """The same, sent a signal once it has written a line."""
        process = self.started(*arguments)
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        return Ended(first + out, err.decode(), process.returncode)

    def _run(self, command: list[str], stdin: bytes) -> Ended:
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, input=stdin, capture_output=True, timeout=300, check=False
        )
        return Ended(done.stdout, done.stderr.decode(errors="replace"), done.returncode)


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    """Programs that import the Keras that is installed."""
    return Programs(tmp_path)


@pytest.fixture
def small(programs: Programs) -> Programs:
    """Programs whose Keras is the small one, in a folder that the environment names."""
    programs.write("library/keras.py", SMALL_KERAS)
    programs.environment["PYTHONPATH"] = os.pathsep.join([str(programs.folder / "library"), str(ROOT)])
    return programs


RunBoth = Callable[..., Ended]


@pytest.fixture
def same(small: Programs) -> RunBoth:
    """Runs a program both ways, and gives how it ended: alike to the byte, in what it wrote and in its exit code."""

    def run(*arguments: str, flags: tuple[str, ...] = (), stdin: bytes = b"") -> Ended:
        plain = small.plain(*arguments, flags=flags, stdin=stdin)
        watched = small.watched(*arguments, flags=flags, stdin=stdin)
        assert watched == plain
        return plain

    return run
