"""From a real run to the real command: pytest writes what it saw, `keras-inference check --observations` reads it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

FILES = {
    "archive": """
        from scoring import model


        def nobody_runs_this(rows):
            return [model.predict(row[None], verbose=0)[0] for row in rows]
        """,
    "scoring": """
        import keras
        import tensorflow as tf

        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])


        def score(rows):
            return [
                model
                .predict(row[None], verbose=0)[0] for row in rows
            ]


        @tf.function
        def traced(x):
            if tf.reduce_sum(x) > 0:
                return model.predict(x)
            return x
        """,
    "steps": """
        def act(policy, state):
            return policy.predict(state[None], verbose=0).argmax()
        """,
    "test_project": """
        import numpy as np
        import pytest
        import scoring
        import steps

        X = np.ones((5, 3), "float32")


        def test_score():
            scoring.score(X)


        def test_traced():
            with pytest.raises(Exception):
                scoring.traced(X)


        @pytest.mark.parametrize("step", ["act"])
        def test_steps(step):
            state = X[0]
            for _ in range(4):
                state = state + 1 + getattr(steps, step)(scoring.model, state)
        """,
}


def check(pytester: pytest.Pytester, output_format: str) -> pytest.RunResult:
    arguments = ["check", "--observations", "seen.json", "--output-format", output_format]
    return pytester.run(sys.executable, "-m", "lint_rules", *arguments)


def test_a_run_ranks_the_findings_and_adds_its_own(
    pytester: pytest.Pytester, keras_in_process: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makeini("[pytest]\nkeras_inference_threshold = 3\npythonpath = .\n")
    pytester.makepyfile(**FILES)
    pytester.runpytest("--keras-inference-json=seen.json").assert_outcomes(passed=3)
    seen = json.loads(Path("seen.json").read_text(encoding="utf-8"))
    seconds = {(one["path"], one["location"]["row"]): one["seconds"] for one in seen["observations"]}
    assert sorted(seconds) == [("scoring.py", 10), ("scoring.py", 17), ("steps.py", 2)]

    result = check(pytester, "json")
    assert (result.ret, result.stderr.str()) == (1, "")
    found: list[dict[str, Any]] = json.loads(result.stdout.str())
    told = [
        (
            Path(each["filename"]).name,
            each["location"]["row"],
            each["code"],
            each.get("observed", {}).get("calls"),
            each.get("observed", {}).get("only_at_run_time"),
        )
        for each in found
    ]
    assert told == [
        ("archive.py", 5, "KI201", None, None),
        ("scoring.py", 9, "KI201", 5, False),
        ("scoring.py", 17, "KI102", 1, False),
        ("steps.py", 2, "KI202", 4, True),
    ]
    assert found[-1]["observed"]["tests"] == ["test_project.py::test_steps[act]"]

    lines = check(pytester, "concise").outlines
    assert [line.partition(":")[0] for line in lines] == [
        *(path for path, _ in sorted(seconds, key=lambda place: -seconds[place])),
        "archive.py",
    ]

    # Another checkout: nothing is left where the tests ran.
    home = pytester.mkdir("home")
    for path in [*pytester.path.glob("*.py"), Path("seen.json")]:
        path.rename(home / path.name)
    monkeypatch.chdir(home)
    assert check(pytester, "concise").outlines == lines

    Path("steps.py").write_text("def act(policy, state):\n    return 0\n", encoding="utf-8")
    changed = check(pytester, "concise")
    assert changed.outlines == [line for line in lines if not line.startswith("steps.py")]
    assert changed.errlines == [
        "keras-inference: --observations seen.json: changed since the run and left out: steps.py:2 (1 of 3 places); "
        "run the program or its tests again"
    ]
