"""`check --fix --verify COMMAND`: the real command, on projects whose programs run real Keras models."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
MODEL = """
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="softmax")])
"""
RANK = """
    from model import model


    def rank(images):
        return [model.predict(image[None], verbose=0)[0] for image in images]
"""

Verify = Callable[..., subprocess.CompletedProcess[str]]
Files = Callable[[Mapping[str, str]], None]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    def write(texts: Mapping[str, str]) -> None:
        for name, text in texts.items():
            (tmp_path / name).write_text(textwrap.dedent(text).lstrip("\n"))

    return write


def arguments(command: str, *more: str) -> list[str]:
    verify = ["--unsafe-fixes", "--verify", command]
    return [sys.executable, "-m", "lint_rules", "check", "--no-cache", *verify, *more]


def environment(scratch: Path) -> dict[str, str]:
    scratch.mkdir(exist_ok=True)
    quick = {"JAX_PLATFORMS": "cpu", "XLA_FLAGS": "--xla_backend_optimization_level=0"}
    return {**os.environ, **quick, "PYTHONPATH": str(PROJECT), "KERAS_BACKEND": "jax", "TMPDIR": str(scratch)}


@pytest.fixture
def verify(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Verify:
    """Run the command in the project; afterwards nothing of it is left in the folder for temporary files."""
    scratch = tmp_path_factory.mktemp("scratch")

    def call(command: str, *more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            arguments(command, *(more or ("--fix",))),
            cwd=tmp_path,
            env=environment(scratch),
            capture_output=True,
            text=True,
            check=False,
        )
        assert list(scratch.iterdir()) == []
        return done

    return call


def python(script: str) -> str:
    return f"{sys.executable} {script}"


pytestmark = [pytest.mark.backend("jax"), pytest.mark.sampled(4)]


def test_the_page_shows_what_is_verified_and_what_is_left(files: Files, verify: Verify, tmp_path: Path) -> None:
    """Two fixes that look alike, of which one is proven; but for the seconds, the command prints what is shown."""
    page = (PROJECT / "docs" / "fixing.md").read_text("utf-8")
    shown = dict(re.findall(r'```(?:python|console) title="(.*?)"\n(.*?)```', page, re.DOTALL))
    verified = shown.pop("verified")
    assert "".join(verified.splitlines(keepends=True)[:3]) in (PROJECT / "README.md").read_text("utf-8")
    line, _, told = verified.partition("\n")
    files(shown)
    assert line.startswith("$ keras-inference check --fix --unsafe-fixes --verify ")
    done = verify(python("report.py"))
    assert without_seconds(done.stderr + done.stdout) == without_seconds(told)
    assert done.returncode == 1
    fixed = (tmp_path / "scoring.py").read_text()
    assert "    return list(model.predict(np.stack(list(records)), verbose=0))\n\n\ndef rescore(" in fixed
    assert fixed.count("[model.predict(record[None], verbose=0)[0] for record in records]") == 1


def without_seconds(text: str) -> str:
    return re.sub(r"[\d.e+-]+ s\b", "# s", text)


LOOP = """

def rank(images):
    return [model.predict(image[None], verbose=0)[0] for image in images]
"""
LEFT = {
    "centred.py": """
        import keras


        class Centred(keras.layers.Layer):
            def call(self, x):
                return x - keras.ops.mean(x, axis=0, keepdims=True)


        model = keras.Sequential([keras.Input((3,)), Centred(), keras.layers.Dense(4)])
    """,
    "drawn.py": MODEL,
    "lengths.py": """
        import keras

        model = keras.Sequential([keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(1)])
    """,
}
TESTS = """
    import os
    import centred
    import drawn
    import lengths
    import numpy as np


    def test_what_depends_on_the_other_rows():
        assert len(centred.rank(np.linspace(0, 1, 36, dtype="float32").reshape(12, 3))) == 12


    def test_what_is_drawn():
        drawn.rank(np.random.default_rng(int.from_bytes(os.urandom(4))).random((12, 3)).astype("float32"))


    def test_images_of_two_lengths():
        assert len(lengths.rank([np.zeros((3, 1), "float32"), np.zeros((5, 1), "float32")])) == 2
"""


def test_what_does_not_hold_gives_way_to_a_weaker_fix_or_is_left(files: Files, verify: Verify, tmp_path: Path) -> None:
    """Each for a reason of its own, which the other fixes do not hide."""
    files({"pyproject.toml": "", "test_all.py": TESTS})
    files({name: textwrap.dedent(model) + LOOP for name, model in LEFT.items()})
    before = {path.name: path.read_text() for path in tmp_path.glob("*.py")}
    done = verify(f"{sys.executable} -m pytest -q -p no:cacheprovider test_all.py")
    told = dict(re.findall(r"^(\w+)\.py:\d+: KI20. (.*)", done.stderr, re.MULTILINE))
    assert re.match(
        r"verified: 12 calls -> 12; .* \(a weaker fix; of the first: 12 of 12 rows differ by up to ",
        told.pop("centred"),
    )
    assert re.match(
        r"verified: 2 calls -> 2; .* \(a weaker fix; of the first: test_all.py::test_images_of_two_lengths failed\)",
        told.pop("lengths"),
    )
    assert told == {
        "drawn": "not verified: not verifiable: two runs without any fix predict different values; "
        "set all seeds in the program",
    }
    after = {name: (tmp_path / name).read_text() for name in before}
    assert {name for name in before if before[name] != after[name]} == {"centred.py", "lengths.py"}
    assert "[model.predict_on_batch(image[None])[0] for image in images]" in after["centred.py"]
    assert done.returncode == 1


def test_a_command_that_fails_before_any_fix_ends_the_run(files: Files, verify: Verify, tmp_path: Path) -> None:
    files({"model.py": MODEL, "rank.py": RANK, "score.py": "raise SystemExit('no data here')"})
    done = verify(python("score.py"))
    assert done.returncode == 2
    assert "ended with exit code 1 before anything was fixed" in done.stderr
    assert "no data here" in done.stderr
    assert "np.stack" not in (tmp_path / "rank.py").read_text()


EMBEDDER = """
    import numpy as np
    from model import model


    def embed(image):
        image = image / 2
        return model.predict(image[None], verbose=0)[0]
"""
FIRST = """
    from embedder import embed


    def first(images):
        return [embed(image) for image in images]
"""
SECOND = """
    import embedder
    import numpy as np
    from first import first


    def second(images):
        out = []
        for image in images:
            out.append(embedder.embed(image))
        return out


    images = np.linspace(0, 1, 36, dtype="float32").reshape(12, 3)
    print(first(images)[3], embedder.embed(images[5]), second(images[4:])[2])
"""


AHEAD = """
    import os
    import pickle
    import numpy as np
    import pandas as pd
    import second
    from model import model

    grid = np.linspace(0, 1, 60, dtype="float32").reshape(5, 4, 3)
    heat = np.zeros((5, 4))
    for y in range(5):
        for x in range(4):
            heat[y, x] = model.predict(grid[y, x][None], verbose=0)[0, 1]
    table = pd.DataFrame(grid[0], columns=list("abc"))
    table["score"] = table.apply(lambda row: model.predict(row.values[None], verbose=0)[0, 2], axis=1)
    near = []
    for turn in range(2):
        for row in grid[0]:
            first = model.predict(grid[0][:2], verbose=0)
            near.append(row + first[0, :3])
        print(turn)
    print(heat, table, near)
    found = {"run": os.getpid(), "heat": heat, "by name": {str(number): row for number, row in enumerate(near)}}
    with open("found.pickle", "wb") as file:
        pickle.dump(found, file)
"""
START = "import subprocess, sys\nsubprocess.run([sys.executable, 'ahead.py'], check=True)\n"


def test_helpers_of_several_files_loops_in_loops_and_tables(files: Files, verify: Verify, tmp_path: Path) -> None:
    """One copy of the helper predicts for both loops that call it, and the helper for the call outside of a loop.

    What is the same in all turns leaves two loops, one fix after the other: the second puts it where no fix was told.
    The program is started by the command, and writes a pickle, which may differ in last digits and in what differs in
    each run.
    """
    pytest.importorskip("pandas")
    files({"pyproject.toml": "", "model.py": MODEL, "embedder.py": EMBEDDER, "first.py": FIRST, "second.py": SECOND})
    files({"ahead.py": AHEAD, "start.py": START})
    done = verify(python("start.py"))
    told = [re.sub(r";.*", "", line) for line in done.stderr.splitlines()]
    assert told == [
        "ahead.py:12: KI201 verified: 20 calls -> 1",
        "ahead.py:14: KI201 verified: 4 calls -> 1",
        "ahead.py:18: KI204 verified: 8 calls -> 1",
        "embedder.py:7: KI201 verified: 21 calls -> 3",
        "Fixed 5 findings in 4 files.",
    ]
    assert "    return embed_all(images)\n" in (tmp_path / "first.py").read_text()
    assert "    out.extend(embedder.embed_all(images))\n" in (tmp_path / "second.py").read_text()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_who_is_interrupted_has_changed_nothing(
    files: Files, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, number: int, code: int
) -> None:
    files({"model.py": MODEL, "rank.py": RANK, "score.py": "import time\nopen('began', 'w').close()\ntime.sleep(600)"})
    scratch = tmp_path_factory.mktemp("scratch")
    before = (tmp_path / "rank.py").read_text()
    run = subprocess.Popen(
        arguments(f"{python('score.py')} & echo $! > {tmp_path}/pid; wait", "--fix"),
        cwd=tmp_path,
        env=environment(scratch),
        stderr=subprocess.PIPE,
    )
    while not list(scratch.glob("*/*/began")):
        assert run.poll() is None
        time.sleep(0.05)
    run.send_signal(number)
    _, _ = run.communicate(timeout=60)
    assert run.returncode == code
    assert (tmp_path / "rank.py").read_text() == before
    assert list(scratch.iterdir()) == []
    process = (tmp_path / "pid").read_text().strip()
    state = subprocess.run(["ps", "-o", "stat=", "-p", process], capture_output=True, text=True, check=False).stdout
    assert state[:1] in ("", "Z"), "the program goes on"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "--verify: tries fixes; give --fix, or --diff to see what it would keep"),
        (["--fix", "--watch"], "--verify: --watch does not try fixes; omit --watch or --verify"),
        (["--fix", "-"], "--verify: - stands in no project that a command could run in; omit - or --verify"),
        (["--fix", "--verify-timeout", "0"], '"0" is not a number of seconds above 0'),
    ],
)
def test_wrong_use(tmp_path: Path, options: list[str], told: str) -> None:
    done = subprocess.run(
        arguments("true", *options),
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr
