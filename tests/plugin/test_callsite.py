"""Where a call came from: the nearest frame of the user's, with exact positions."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pytest_keras_inference.watching import callsite
from pytest_keras_inference.watching.callsite import CallSite, find, is_internal, short_path


@pytest.mark.parametrize(
    ("filename", "internal"),
    [
        (f"{sysconfig.get_path('stdlib')}/contextlib.py", True),
        (callsite.__file__, True),
        ("/opt/env/lib/python3.12/site-packages/keras/src/models/model.py", True),
        ("/usr/lib/python3/dist-packages/numpy/core.py", True),
        ("C:\\env\\Lib\\site-packages\\keras\\model.py", True),
        ("<frozen importlib._bootstrap>", True),
        ("<string>", True),
        ("/home/ann/my-site-packages-demo/train.py", False),
        ("/home/ann/project/train.py", False),
        ("<ipython-input-3-aa>", False),
        ("<stdin>", False),
        (__file__, False),
    ],
)
def test_what_counts_as_the_users_file(filename: str, internal: bool) -> None:
    assert is_internal(filename) is internal


def test_the_position_of_the_call_itself() -> None:
    name, site = "é", find(1)
    line = test_the_position_of_the_call_itself.__code__.co_firstlineno + 1
    text = Path(__file__).read_text(encoding="utf-8").splitlines()[line - 1]
    assert name == "é"
    assert site.code == text.strip()
    # columns count characters, not bytes: the é before the call takes two
    assert text[site.column - 1 : site.end_column - 1] == "find(1)"
    assert (site.line, site.end_line, site.filename) == (line, line, __file__)


def test_a_comprehension_belongs_to_its_function() -> None:
    (site,) = [find(1) for _ in range(1)]
    assert site.function == "test_a_comprehension_belongs_to_its_function"


def test_two_calls_on_one_line_are_two_places() -> None:
    one, two = find(1), find(1)
    assert one.line == two.line
    assert one.column < two.column


def test_the_same_call_is_the_same_object() -> None:
    sites = [find(1) for _ in range(3)]
    assert sites[0] is sites[1] is sites[2]


def test_functions_of_equal_text_in_two_files_are_told_apart() -> None:
    source = "def ask(find):\n    return find(1)\n"
    sites = []
    for filename in ("/project/one.py", "/project/two.py"):
        scope: dict[str, Callable[[object], CallSite]] = {}
        exec(compile(source, filename, "exec"), scope)
        sites.append(scope["ask"](find))
    assert [site.filename for site in sites] == ["/project/one.py", "/project/two.py"]


def test_no_frame_of_the_users_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask() -> CallSite:
        monkeypatch.setattr(callsite, "_internal", dict.fromkeys(_files_on_stack(), True))
        return find(1)

    # in a thread: the main one of an xdist worker starts in a script given on the command line
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(ask).result() is callsite.UNKNOWN_SITE


def test_a_pool_that_calls_without_the_users_code_is_told_where_it_is_waited_for() -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(time.sleep, 0.2)
        site = pool.submit(find).result()
    assert (site.filename, site.code) == (__file__, "site = pool.submit(find).result()")


def test_a_script_given_on_the_command_line_is_the_users() -> None:
    code = "from pytest_keras_inference.watching.callsite import find\nprint(find(1))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "<string>:2 in module level\n"


def test_paths_are_short_below_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert short_path(str(tmp_path / "agents" / "dqn.py")) == "agents/dqn.py"
    assert short_path("/elsewhere/dqn.py") == "/elsewhere/dqn.py"
    assert short_path("<stdin>") == "<stdin>"


def _files_on_stack() -> set[str]:
    frame = sys._getframe()
    files: set[str] = set()
    while frame is not None:
        files.add(frame.f_code.co_filename)
        frame = frame.f_back  # type: ignore[assignment]
    return files
