"""Several processes judge what one would: the same findings, in the same order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lint_rules.cli import main
from lint_rules.run import workers
from lint_rules.run.judge_file import FileJudge
from lint_rules.run.pipeline import check
from lint_rules.run.request import Request
from lint_rules.run.workers import FILES_PER_WORKER, how_many, in_workers

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has one process for all")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "models.py").write_text("import keras\ndef build():\n    return keras.Sequential()\n")
    for number in range(40):
        (tmp_path / f"part_{number}.py").write_text(
            f"from models import build\nmodel = build()\nfor row in rows_{number}:\n    model.predict(row[None])\n"
        )
    (tmp_path / "broken.py").write_text("model.predict(\n")
    return tmp_path


def test_the_report_is_that_of_one_process(project: Path) -> None:
    one = check(Request((str(project),), fixes=True))
    assert len(one.diagnostics) == 41
    assert check(Request((str(project),), fixes=True, jobs=3)) == one


def test_what_they_find_is_kept_as_well(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = check(Request((str(project),), cache=True, jobs=3))
    monkeypatch.setattr(FileJudge, "judge", lambda *_, **__: pytest.fail("judged again"))
    assert check(Request((str(project),), cache=True)) == one


def test_the_findings_of_one_file_rest_on_others_there_too(project: Path) -> None:
    check(Request((str(project),), cache=True, jobs=3))
    (project / "models.py").write_text("import keras\nfrom sklearn.svm import SVC\ndef build():\n    return SVC()\n")
    assert [found.code for found in check(Request((str(project),), cache=True, jobs=3)).diagnostics] == ["KI000"]


def test_a_process_that_dies_costs_time_alone() -> None:
    here = os.getpid()

    def judge(item: int) -> int:
        if item == 11 and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return item * item

    assert list(in_workers(judge, range(30), 2)) == [item * item for item in range(30)]


def test_an_error_comes_out() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_workers(lambda item: 1 // item, [1, 0], 2))


def test_one_process_is_this_one() -> None:
    assert list(in_workers(lambda _: os.getpid(), [1, 2], 1)) == [os.getpid()] * 2
    assert os.getpid() not in list(in_workers(lambda _: os.getpid(), [1, 2], 2))


def test_how_many_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert how_many(FILES_PER_WORKER, None) == 1
    assert how_many(3 * FILES_PER_WORKER, None) == 3
    assert how_many(100 * FILES_PER_WORKER, None) == 4
    assert how_many(100, 0) == 4
    assert how_many(100, 2) == 2
    assert how_many(3, 8) == 3
    assert how_many(0, 8) == 1
    monkeypatch.delattr(os, "fork")
    assert how_many(100, 8) == 1


@pytest.mark.parametrize("value", ["-1", "many", "1.5", "1000"])
def test_a_number_that_is_none(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["check", "--jobs", value])
    assert end.value.code == 2
    assert f'"{value}" is not a number of processes' in capsys.readouterr().err


def test_ctrl_c_ends_all_of_them(project: Path) -> None:
    """The judged file says when it is being judged; then the whole group is interrupted, as a terminal does it."""
    script = (
        "import sys, time\n"
        "from lint_rules.run.judge_file import FileJudge\n"
        "from lint_rules.cli import main\n"
        "inner = FileJudge.judge\n"
        "def slow(*arguments, **options):\n"
        "    print('judging', flush=True)\n"
        "    time.sleep(0.05)\n"
        "    return inner(*arguments, **options)\n"
        "FileJudge.judge = slow\n"
        "raise SystemExit(main(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", script, "check", str(project), "--jobs", "2"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("judging")
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == "keras-inference: interrupted\n"
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_nothing_is_left_of_a_run() -> None:
    list(in_workers(str, [1, 2, 3], 2))
    assert workers._judge is None


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the processes of another one are listed on Linux")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left_of_a_run_that_is_ended(number: signal.Signals) -> None:
    code = (
        "import os, time\n"
        "from lint_rules.run.workers import in_workers\n"
        "def judge(item):\n"
        "    os.write(1, b'%d\\n' % os.getpid())\n"  # in one piece, whatever the other one writes
        "    time.sleep(600)\n"
        "list(in_workers(judge, range(16), 2))\n"
    )
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
    assert run.stdout is not None
    pids = [int(run.stdout.readline()) for _ in range(2)]
    assert all(Path(f"/proc/{pid}").exists() for pid in pids)
    run.send_signal(number)
    assert run.wait() == -number
    # The processes hold the other end of this pipe too: it ends once all of them have.
    assert run.stdout.read() == b""
    run.stdout.close()
