"""What `keras-inference run` tells at the end of a program, however it ends, and what it leaves behind."""

from __future__ import annotations

import json
import re
import signal
import time

import pytest

LOOP = """
    import sys
    import keras

    model = keras.Model()


    def act(state):
        return model.predict(state, verbose=0)


    def play(steps):
        step = 0
        while step < steps:
            act([step])
            step += 1


    play(12)
    print("played")
"""

REPORT = """\
keras-inference: watched T, T of it in 12 calls of predict that fewer or other calls would do

loop.py:9 predict: 12 calls of 1 row, T
    KI202 predict-per-step: the same model, a few rows at a time
    in this loop: loop.py:14, while step < steps
    > return model.predict(state, verbose=0)
    instead: model.predict_on_batch(x), or model(x, training=False); one call for all samples if they do not depend on \
each other

See what fixes them: keras-inference check --diff --unsafe-fixes loop.py
"""


def steady(text: str) -> str:
    """A report with its times as `T`."""
    return re.sub(r"[0-9][0-9,.]* m?s\b", "T", text)


class TestTheReport:
    """One, on standard error, at the end."""

    def test_a_loop(self, small) -> None:
        small.write("loop.py", LOOP)
        ended = small.watched("loop.py")
        assert steady(ended.err) == REPORT
        assert (ended.out, ended.code) == (b"played\n", 0)

    def test_nothing_to_say(self, small) -> None:
        small.write("loop.py", LOOP.replace("play(12)", "play(9)"))
        assert small.watched("loop.py").err == ""

    def test_a_program_without_keras(self, small) -> None:
        small.write("loop.py", "print('no model')")
        assert small.watched("loop.py", "x").err == ""

    @pytest.mark.parametrize(
        ("ending", "code", "said"),
        [
            ("1 / 0", 1, "ZeroDivisionError: division by zero\n"),
            ("sys.exit('over')", 1, "over\n"),
            ("raise KeyboardInterrupt", -signal.SIGINT, "KeyboardInterrupt\n"),
        ],
    )
    def test_after_an_exception(self, small, ending: str, code: int, said: str) -> None:
        small.write("loop.py", f"{LOOP}\n    {ending}\n")
        ended = small.watched("loop.py")
        assert steady(ended.err).endswith(said + REPORT)
        assert (ended.out, ended.code) == (b"played\n", code)

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_after_a_signal(self, small, number: signal.Signals) -> None:
        small.write("loop.py", f"{LOOP}\n    sys.stdout.flush()\n    import time; time.sleep(60)\n")
        ended = small.signalled(number, "loop.py")
        assert steady(ended.err).endswith(REPORT)
        assert ended.code == -number
        assert ("KeyboardInterrupt" in ended.err) == (number == signal.SIGINT)

    def test_a_limit(self, small) -> None:
        small.write("loop.py", f"{LOOP}\n    import time; time.sleep(60)\n")
        begin = time.monotonic()
        ended = small.watched("--limit-seconds", "0.5", "loop.py")
        assert steady(ended.err).endswith("KeyboardInterrupt\n" + REPORT)
        assert ended.code == -signal.SIGINT
        assert time.monotonic() - begin < 50

    def test_a_program_that_closes_standard_error(self, small) -> None:
        small.write("loop.py", f"{LOOP}\n    sys.stderr.close()\n")
        assert small.watched("--fail-on", "warning", "loop.py").code == 1

    def test_a_program_with_a_standard_error_of_its_own(self, small) -> None:
        small.write("loop.py", f"{LOOP}\n    import io\n    sys.stderr = io.StringIO()\n")
        assert steady(small.watched("loop.py").err) == REPORT

    def test_ignored(self, small) -> None:
        small.write("loop.py", LOOP)
        assert small.watched("--ignore", "KI202", "loop.py").err == ""

    def test_the_names_of_files_are_shown_as_they_may_be(self, small) -> None:
        small.write("lo\x1bop.py", LOOP)
        err = small.watched("lo\x1bop.py").err
        assert "lo\\x1bop.py:9 predict" in err
        assert "\x1b" not in err


class TestFailOn:
    """The exit code is the program's, or 1 where it succeeds and what was seen is that severe."""

    @pytest.mark.parametrize(
        ("severity", "ending", "code"),
        [
            ("warning", "", 1),
            ("info", "", 1),
            ("error", "", 0),
            ("warning", "sys.exit(3)", 3),
            ("warning", "raise KeyboardInterrupt", -signal.SIGINT),
            ("warning", "import os; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
        ],
    )
    def test_exit_code(self, small, severity: str, ending: str, code: int) -> None:
        small.write("loop.py", f"{LOOP}\n    import signal\n    {ending}\n")
        ended = small.watched("--fail-on", severity, "loop.py")
        assert steady(ended.err).endswith(REPORT)
        assert ended.code == code

    def test_input_and_arguments(self, small) -> None:
        small.write("asks.py", "import sys\nprint(input(), sys.argv[1:])")
        ended = small.watched("--fail-on=info", "asks.py", "--x", stdin=b"line\n")
        assert (ended.out, ended.err, ended.code) == (b"line ['--x']\n", "", 0)

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
    def test_signals_are_handed_on(self, small, number: signal.Signals) -> None:
        small.write("loop.py", f"{LOOP}\n    sys.stdout.flush()\n    import time; time.sleep(60)\n")
        ended = small.signalled(number, "--fail-on", "warning", "loop.py")
        assert ended.code == -number
        assert steady(ended.err) == (REPORT if number == signal.SIGTERM else "")


class TestFiles:
    """What was seen, for `check --observations` and for people."""

    def test_json(self, small) -> None:
        small.write("loop.py", LOOP)
        small.watched("--json", "seen/run.json", "loop.py")
        data = json.loads((small.folder / "seen/run.json").read_text())
        assert (data["version"], data["tool"], data["root"]) == (1, "pytest-keras-inference", str(small.folder))
        assert data["keras"] == "keras 3.0"
        (seen,) = data["observations"]
        assert (seen["path"], seen["location"]["row"], seen["calls"], seen["rows"]) == ("loop.py", 9, 12, 12)
        assert seen["loop"] == {"filename": str(small.folder / "loop.py"), "row": 14, "text": "while step < steps"}
        assert [finding["code"] for finding in seen["findings"]] == ["KI202"]
        assert (data["gradients"], data["retracings"], data["memory_growth"]) == ([], [], [])

    def test_json_of_a_program_without_keras(self, small) -> None:
        small.write("loop.py", "import os; os.chdir('/')")
        small.watched("--json=run.json", "loop.py")
        assert json.loads((small.folder / "run.json").read_text())["observations"] == []

    def test_html(self, small) -> None:
        small.write("loop.py", LOOP)
        small.watched("--html", "run.html", "loop.py")
        text = (small.folder / "run.html").read_text()
        assert "KI202" in text
        assert "loop.py:9" in text

    def test_a_file_that_cannot_be_written(self, small) -> None:
        small.write("loop.py", "import keras")
        ended = small.watched("--json", "library", "loop.py")
        assert ended.err == f"keras-inference: cannot write {small.folder}/library: Is a directory\n"
        assert ended.code == 0

    def test_the_linter_reads_it(self, small) -> None:
        """Findings by measured time, how often each ran, and sites that only the run saw."""
        small.write("loop.py", LOOP.replace("act([step])", "globals()['act']([step])"))
        small.watched("--json", "run.json", "loop.py")
        checked = small.plain("-m", "lint_rules", "check", "--observations", "run.json", "loop.py")
        line = next(line for line in checked.out.decode().splitlines() if "seen only at run time" in line)
        assert steady(line.strip()) == (
            "= seen only at run time: 12 calls of 1 row, T; in this loop: loop.py:14, while step < steps"
        )
        assert b"loop.py:9:12: KI202 predict-per-step" in checked.out


def test_a_fault_of_the_watch_is_told_and_harms_nobody(small) -> None:
    text = (small.folder / "library/keras.py").read_text()
    small.write("library/keras.py", f"{text}\nModel.name = property(lambda model: 1 / 0)\n")
    small.write("loop.py", LOOP)
    ended = small.watched("loop.py")
    assert (ended.out, ended.code) == (b"played\n", 0)
    assert ended.err.startswith("keras-inference: ")
    assert "the watch switched itself off: ZeroDivisionError: division by zero at " in ended.err
