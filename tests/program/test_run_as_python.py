"""`keras-inference run` runs a program as Python does: same output, same errors, same exit code, same everything."""

from __future__ import annotations

import json
import os
import signal
import sys
import zipfile

import pytest

FACTS = """
    import json, os, sys, threading
    main = sys.modules["__main__"]
    spec = getattr(main, "__spec__", None)
    print(json.dumps({
        "argv": sys.argv,
        "path": sys.path,
        "name": __name__,
        "file": globals().get("__file__"),
        "package": globals().get("__package__"),
        "spec": spec and [spec.name, spec.origin],
        "loader": type(__loader__).__name__,
        "flags": list(sys.flags),
        "options": {k: str(v) for k, v in sys._xoptions.items()},
        "warnings": sys.warnoptions,
        "environment": dict(os.environ),
        "meta_path": len(sys.meta_path) - any(type(f).__name__ == "ImportWatch" for f in sys.meta_path),
        "path_hooks": len(sys.path_hooks),
        "importers": [path for path in sys.path_importer_cache if path.endswith("startup")],
        "sitecustomize": getattr(sys.modules.get("sitecustomize"), "__file__", None),
        "hooks": [sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__],
        "stdout": [sys.stdout is sys.__stdout__, sys.stdout.encoding, sys.stdout.line_buffering],
        "threads": threading.active_count(),
        "trace": [sys.gettrace(), sys.getprofile()],
        "limit": sys.getrecursionlimit(),
        "frames": sys._getframe().f_back is None,
    }, indent=1, sort_keys=True))
"""


class TestWhatItFinds:
    """`__main__`, its arguments, its path, its environment."""

    def test_a_script(self, small, same) -> None:
        small.write("apps/facts.py", FACTS)
        facts = json.loads(same("apps/facts.py", "--json", "x", "-m", "two words").out)
        assert facts["argv"] == ["apps/facts.py", "--json", "x", "-m", "two words"]
        assert facts["path"][0] == str(small.folder / "apps")

    def test_a_module(self, small, same) -> None:
        small.write("package/__init__.py", "")
        small.write("package/tool.py", FACTS)
        facts = json.loads(same("-m", "package.tool", "--html", "y").out)
        assert facts["argv"][1:] == ["--html", "y"]
        assert facts["spec"][0] == "package.tool"
        assert facts["frames"] is False  # runpy's, as without the watch

    def test_a_package(self, small, same) -> None:
        small.write("package/__init__.py", "")
        small.write("package/__main__.py", FACTS)
        same("-m", "package", "1")

    def test_a_folder_and_a_zip_file(self, small, same) -> None:
        small.write("app/__main__.py", FACTS)
        same("app", "1")
        with zipfile.ZipFile(small.folder / "app.zip", "w") as archive:
            archive.write(small.folder / "app/__main__.py", "__main__.py")
        same("app.zip", "1")

    def test_a_command_and_standard_input(self, small, same) -> None:
        assert same("-c", "import sys; print(sys.argv)", "1").out == b"['-c', '1']\n"
        assert same("-", "1", stdin=b"import sys; print(sys.argv)").out == b"['-', '1']\n"

    def test_the_options_of_python(self, small, same) -> None:
        small.write("facts.py", FACTS)
        facts = json.loads(same("facts.py", flags=("-X", "dev", "-W", "error::UserWarning", "-O")).out)
        assert facts["options"] == {"dev": "True"}
        assert "error::UserWarning" in facts["warnings"]

    def test_a_sitecustomize_of_ones_own(self, small, same) -> None:
        small.write("library/sitecustomize.py", "import sys\nsys.setrecursionlimit(1234)\n")
        small.write("facts.py", FACTS)
        facts = json.loads(same("facts.py").out)
        assert facts["limit"] == 1234
        assert facts["sitecustomize"] == str(small.folder / "library/sitecustomize.py")

    def test_no_python_path(self, small, same) -> None:
        """As where the package is installed."""
        del small.environment["PYTHONPATH"]
        small.write("facts.py", FACTS)
        code = f"import sys; sys.path.append({os.path.dirname(os.path.dirname(__file__)).removesuffix('/tests')!r})"
        small.write("run.py", f"{code}\nfrom pytest_keras_inference.program.command import main\nmain(sys.argv[1:])")
        plain = small.plain("facts.py")
        assert small.plain("run.py", "facts.py") == plain
        assert "PYTHONPATH" not in json.loads(plain.out)["environment"]

    def test_modules_before_keras(self, small) -> None:
        """What the watch brings is its own, and a few of the standard library that are not heavy."""
        small.write("names.py", "import sys; print(*sorted(sys.modules))")
        plain, watched = (set(run("names.py").out.decode().split()) for run in (small.plain, small.watched))
        new = {name for name in watched - plain if not name.startswith("pytest_keras_inference")}
        assert new <= sys.stdlib_module_names | {
            name for name in new if name.partition(".")[0] in sys.stdlib_module_names
        }
        assert not {"importlib.abc", "threading", "json", "argparse", "subprocess", "tempfile"} & new
        own = {name for name in watched - plain if name.startswith("pytest_keras_inference")}
        assert own == {
            "pytest_keras_inference",
            "pytest_keras_inference.fault",
            "pytest_keras_inference.importhook",
            "pytest_keras_inference.program",
            "pytest_keras_inference.program.inside",
            "pytest_keras_inference.program.options",
            "pytest_keras_inference.recorded",
        }


PREDICTS = "import keras\nmodel = keras.Model()\nmodel.predict(1)\n"


class TestHowItEnds:
    """Exit codes, exceptions, signals: with Keras imported and a model called."""

    @pytest.mark.parametrize(
        ("ending", "code"),
        [
            ("", 0),
            ("raise SystemExit", 0),
            ("import sys; sys.exit(3)", 3),
            ("import sys; sys.exit('what is wrong')", 1),
            ("import os; os._exit(5)", 5),
            ("1 / 0", 1),
            ("raise KeyboardInterrupt", -signal.SIGINT),
            ("import os, signal; os.kill(os.getpid(), signal.SIGTERM); import time; time.sleep(9)", -signal.SIGTERM),
            ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
            ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV),
            ("import atexit; atexit.register(print, 'last words')", 0),
            ("import threading; threading.Timer(0.1, print, ['later']).start()", 0),
            ("import sys; sys.stdout.write('no end of line')", 0),
            ("import sys; sys.stdout.buffer.write(b'\\xff\\x00')", 0),
            ("def broken(", 1),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_ending(self, small, same, ending: str, code: int) -> None:
        small.write("ends.py", PREDICTS + ending)
        assert same("ends.py").code == code

    def test_no_such_module(self, same) -> None:
        same("-m", "no_such_module")

    @pytest.mark.parametrize(
        "line", ["model.predict(None)", "model(1, no_such=1)", "model.predict()", "list(map(model.predict, [None]))"]
    )
    def test_the_traceback_of_a_call_has_no_frame_of_the_watch(self, small, same, line: str) -> None:
        small.write("raises.py", f"{PREDICTS}\ndef act():\n    return {line}\n\nact()\n")
        err = same("raises.py").err
        assert "Error" in err

    def test_an_exception_that_the_program_prints_itself(self, small, same) -> None:
        small.write(
            "prints.py",
            PREDICTS + "import traceback\ntry:\n    model.predict(None)\nexcept ValueError:\n"
            "    print(traceback.format_exc())\n",
        )
        assert b"no input" in same("prints.py").out

    def test_a_keras_that_cannot_be_imported(self, small, same) -> None:
        small.write("library/keras.py", "import no_such_backend\n")
        small.write("ends.py", PREDICTS)
        assert "No module named 'no_such_backend'" in same("ends.py").err

    def test_a_closed_pipe(self, small) -> None:
        small.write("long.py", PREDICTS + "while True:\n    print('x' * 1000)\n")
        process = small.started("long.py")
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert b"BrokenPipeError" in process.stderr.read()
        assert process.wait(30) != 0


class TestWhatItDoes:
    """Input, processes, pickles, profilers."""

    def test_input(self, small, same) -> None:
        small.write("asks.py", PREDICTS + "print(input('name? ').upper()); import sys; print(sys.stdin.read())")
        assert same("asks.py", stdin=b"ada\nrest\n").out == b"name? ADA\nrest\n\n"

    @pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
    def test_multiprocessing(self, small, same, method: str) -> None:
        small.write(
            "works.py",
            f"""
            import multiprocessing, os, sys
            import keras

            class Job:
                def __init__(self, number):
                    self.number = number

                def __eq__(self, other):
                    return self.number == other.number

            def work(job):
                keras.Model().predict(1)
                return Job(job.number ** 2), __name__, sys.argv[1:]

            if __name__ == "__main__":
                context = multiprocessing.get_context({method!r})
                with context.Pool(2) as pool:
                    for job, name, arguments in pool.map(work, [Job(1), Job(2), Job(3)]):
                        print(job.number, type(job).__module__, name, arguments)
                process = context.Process(target=sys.exit, args=(7,))
                process.start()
                process.join()
                print(process.exitcode)
            """,
        )
        assert same("works.py", "a").out.endswith(b"7\n")

    def test_a_process_that_is_terminated(self, small, same) -> None:
        small.write(
            "ends.py",
            PREDICTS + "import multiprocessing, time\n"
            "child = multiprocessing.get_context('fork').Process(target=time.sleep, args=(20,))\n"
            "child.start(); child.terminate(); child.join(); print(child.exitcode)",
        )
        assert same("ends.py").out == b"-15\n"

    def test_a_fork_reports_nothing(self, small, same) -> None:
        """The calls of the child and its end are its own."""
        small.write(
            "forks.py",
            PREDICTS + "import os, sys\n"
            "child = os.fork()\n"
            "for _ in range(5 if child else 100):\n    model.predict(1)\n"
            "if child:\n    print(os.waitpid(child, 0)[1])\nelse:\n    sys.exit(2)\n",
        )
        assert same("forks.py").out == b"512\n"

    def test_pickles_of_its_classes(self, small, same) -> None:
        small.write(
            "pickles.py",
            "import pickle\nclass Point:\n    pass\n"
            "print(pickle.dumps(Point), type(pickle.loads(pickle.dumps(Point()))) is Point)\n",
        )
        assert b"True" in same("pickles.py").out

    def test_the_stack_below_a_program_and_its_warnings(self, small, same) -> None:
        small.write(
            "stack.py",
            PREDICTS + "import inspect, warnings\nprint(len(inspect.stack()))\nwarnings.warn('here', stacklevel=1)\n",
        )
        assert "stack.py:6: UserWarning: here" in same("stack.py").err

    def test_warnings_are_shown_once(self, programs) -> None:
        """Also where the watch reads sources to find out why a gradient is missing."""
        programs.environment["KERAS_BACKEND"] = "tensorflow"
        programs.write(
            "trains.py",
            """
            import keras
            import tensorflow as tf

            used, unused = tf.Variable([1.0], name="used"), tf.Variable([1.0], name="unused")
            optimizer = keras.optimizers.SGD()
            for step in range(4):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_sum(used * used)
                optimizer.apply(tape.gradient(loss, [used, unused]), [used, unused])
            """,
        )
        err = programs.watched("trains.py").err
        assert err.count("UserWarning: Gradients do not exist") == 1
        assert "the gradient of 1 of 2 variables is None since step 1" in err

    def test_asyncio(self, small, same) -> None:
        small.write(
            "runs.py",
            PREDICTS + "import asyncio\nasync def main():\n    print(await asyncio.to_thread(model.predict, 5))\n"
            "asyncio.run(main())",
        )
        assert same("runs.py").out == b"5\n"

    def test_a_profiler_and_a_debugger(self, small) -> None:
        small.write("script.py", PREDICTS + "print('done')")
        profiled = small.watched("-m", "cProfile", "-s", "name", "script.py")
        assert b"done\n" in profiled.out
        assert b"predict" in profiled.out
        debugged = small.watched("-m", "pdb", "-c", "continue", "script.py", stdin=b"q\n")
        assert b"done\n" in debugged.out


class TestWrongUse:
    """Told in one line, with exit code 2, before anything runs."""

    @pytest.mark.parametrize(
        ("arguments", "flags", "message"),
        [
            ((), (), "name a script, or a module behind -m"),
            (("--json", "x.json"), (), "name a script, or a module behind -m"),
            (("-m",), (), "name a script, or a module behind -m"),
            (("gone.py",), (), "gone.py: there is no such file"),
            (("--fail-on", "never", "x.py"), (), "argument --fail-on: invalid choice: 'never'"),
            (("--limit-seconds", "0", "x.py"), (), "argument --limit-seconds: '0' is no number of seconds above 0"),
            (("--ignore", "KI999", "x.py"), (), "argument --ignore: there is no rule 'KI999'"),
            (("--frobnicate", "x.py"), (), "unrecognized arguments: --frobnicate"),
        ],
    )
    def test_it_is_told(self, small, arguments: tuple[str, ...], flags: tuple[str, ...], message: str) -> None:
        small.write("x.py", "print('ran')")
        ended = small.watched(*arguments, flags=flags)
        assert ended.err.startswith(f"keras-inference run: error: {message}")
        assert (ended.out, ended.code) == (b"", 2)

    def test_a_python_that_lets_nothing_in(self, small) -> None:
        """With -S the package itself is found by the environment only, so that nothing else is in the way."""
        small.write("x.py", "print('ran')")
        ended = small.watched("x.py", flags=("-S",))
        assert ended.err == (
            "keras-inference run: error: python -S: -E, -I and -S let no watch into the program; leave them out here\n"
        )
        assert (ended.out, ended.code) == (b"", 2)

    def test_help(self, small) -> None:
        ended = small.watched("--help")
        assert ended.out.startswith(b"usage: keras-inference run [options] SCRIPT [ARGS]\n")
        assert ended.code == 0


def test_the_command_by_its_name(small, capsys: pytest.CaptureFixture[str]) -> None:
    """The console command goes the same way, and the part that reads code says where to go."""
    small.write("x.py", "import sys; print(sys.argv, sys.path[0])")
    plain = small.plain("x.py", "a")
    entry = small.write("keras-inference", "import sys\nfrom keras_inference_command import run\nsys.exit(run())\n")
    assert small.plain(str(entry), "run", "x.py", "a") == plain
    away = small.plain("-m", "lint_rules", "run", "x.py")
    assert (away.code, "python -m pytest_keras_inference run" in away.err) == (2, True)
