"""The command: what it prints, what it exits with, and what it says to a wrong argument."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rule_modules import Written

from lint_rules.cli import main
from lint_rules.cli.parser import SHELLS
from lint_rules.config import discovery
from lint_rules.config.keys import KEYS
from lint_rules.config.settings import read_settings
from lint_rules.output.links import rule_url
from pytest_keras_inference.version import VERSION
from pytest_keras_inference.vocabulary import TEXTS

Project = Callable[[dict[str, str]], Path]
Run = Callable[..., tuple[int, str, str]]
HIT = "import keras\nm.predict(x)\n"

pytestmark = pytest.mark.usefixtures("plain_rules")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command: (exit code, standard output, standard error)."""

    def call(*arguments: str, stdin: str | bytes | None = None) -> tuple[int, str, str]:
        if stdin is not None:
            data = stdin if isinstance(stdin, bytes) else stdin.encode()
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        try:
            code = main(arguments)
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


# Summaries


def test_a_summary_is_added_to_a_file(project: Project, run: Run) -> None:
    root = project({"a.py": HIT, "summary.md": "before\n"})
    code, out, err = run("check", "--output-format", "github", "--summary-file", "summary.md")
    assert (code, out.count("::warning"), err) == (1, 1, "")
    text = (root / "summary.md").read_text("utf-8")
    assert text.startswith("before\n### keras-inference\n\n| severity | where | finding |\n")
    assert text.endswith("\nFound 1 finding (1 warning) in 1 of 1 file.\n")


def test_a_summary_that_cannot_be_written_is_told(project: Project, run: Run) -> None:
    project({"a.py": HIT})
    code, _, err = run("check", "--summary-file", "no/such.md")
    assert (code, err) == (
        2,
        "keras-inference: error: --summary-file no/such.md: cannot be written: No such file or directory\n",
    )


def test_services_are_told_names_from_the_top_of_the_repository(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project({"sub/a.py": HIT, ".git/HEAD": ""})
    monkeypatch.chdir(root / "sub")
    assert ",file=sub/a.py," in run("check", "--output-format", "github")[1]
    assert '"path": "sub/a.py"' in run("check", "--output-format", "gitlab")[1]
    assert '"uri": "sub/a.py"' in run("check", "--output-format", "sarif")[1]
    assert run("check", "--output-format", "concise")[1].startswith("a.py:2:1: ")


# Exit codes


def test_0_without_findings(project: Project, run: Run) -> None:
    project({"a.py": "import keras\n", "b.py": "x = 1\n"})
    assert run("check") == (0, "No findings in 2 files.\n", "")


def test_1_with_findings(project: Project, run: Run) -> None:
    project({"a.py": HIT})
    assert run("check", "--output-format", "concise") == (1, "a.py:2:1: KI201 predict is called\n", "")


def test_1_with_a_file_that_cannot_be_read(project: Project, run: Run) -> None:
    project({"a.py": "def f(:\n"})
    code, out, _ = run("check", "a.py", "--output-format=concise")
    assert (code, out) == (1, "a.py:1:7: KI000 syntax error: invalid syntax\n")


def test_0_when_asked_for(project: Project, run: Run) -> None:
    project({"a.py": HIT})
    code, out, _ = run("check", "--exit-zero", "--output-format", "concise", ".")
    assert (code, out) == (0, "a.py:2:1: KI201 predict is called\n")


@pytest.mark.parametrize(("level", "code"), [("error", 0), ("warning", 1), ("info", 1), ("never", 0)])
def test_the_severity_that_fails_a_run(project: Project, run: Run, level: str, code: int) -> None:
    project({"a.py": HIT})
    assert run("check", "--fail-on", level, "--output-format", "concise")[0] == code


def test_an_error_of_our_own_fails_a_run_whatever_else_does(project: Project, run: Run) -> None:
    project({"a.py": HIT, "sub/b.py": HIT, "sub/pyproject.toml": "[tool.keras-inference]\nselekt = 1"})
    assert run("check", "--fail-on", "never")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope.py"], "nope.py: no such file or folder"),
        (["--select", "KI901"], '--select: unknown rule "KI901". Allowed are codes (KI101), prefixes (KI2), names'),
        (["--ignore", "predict-per-stp"], '--ignore: unknown rule "predict-per-stp"; did you mean "predict-per-step"?'),
        (
            ["--per-file-ignores", "tests"],
            '--per-file-ignores: "tests" is not PATTERN:RULES; write "tests/*:KI201,KI202"',
        ),
        (["--files-from", "nope.txt"], "--files-from nope.txt: cannot be read: No such file or directory"),
        (
            ["--output-file", "no/such/folder"],
            "--output-file no/such/folder: cannot be written: No such file or directory",
        ),
    ],
)
def test_2_with_arguments_that_cannot_be(project: Project, run: Run, arguments: list[str], message: str) -> None:
    project({"a.py": HIT})
    code, out, err = run("check", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"keras-inference: error: {message}")


def test_2_with_settings_that_cannot_be(project: Project, run: Run) -> None:
    root = project({"pyproject.toml": "[tool.keras-inference]\nbackend = 'theano'\n", "a.py": HIT})
    assert run("check") == (
        2,
        "",
        f'keras-inference: error: {root / "pyproject.toml"}: [tool.keras-inference] backend: "theano" is not allowed. '
        'Allowed: "tensorflow", "jax", "torch".\n',
    )


@pytest.mark.parametrize(
    "arguments", [[], ["chek"], ["check", "--output-format", "xml"], ["check", "--severity", "no"]]
)
def test_2_with_what_argparse_refuses(run: Run, arguments: list[str]) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert "keras-inference" in err


def test_2_with_an_error_of_our_own(project: Project, run: Run, use_rules: Callable[..., None]) -> None:
    from lint_rules.rules.base import Rule

    use_rules(Rule("KI201", written=Written("", lambda module, project: iter([1 / 0]))))  # type: ignore[list-item]
    project({"a.py": HIT})
    code, out, err = run("check")
    assert (code, out) == (2, "No findings in 1 file.\n")
    assert err.startswith("keras-inference: internal error: KI201 failed on ")
    assert err.endswith("ZeroDivisionError: division by zero\n")


def test_2_with_an_error_that_nothing_expected(project: Project, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> list[discovery.File]:
        raise ZeroDivisionError("nothing to walk through")

    monkeypatch.setattr(discovery, "discover", broken)
    project({"a.py": "import keras\n"})
    code, out, err = run("check")
    assert (code, out) == (2, "")
    assert "ZeroDivisionError: nothing to walk through\n" in err
    assert err.endswith("keras-inference: internal error, please report the lines above\n")


# Standard input


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["-"], "<stdin>"),
        (["--stdin-filename", "pkg/a.py"], "pkg/a.py"),
        (["-", "--stdin-filename", "pkg/a.py"], "pkg/a.py"),
    ],
)
def test_standard_input(project: Project, run: Run, arguments: list[str], name: str) -> None:
    project({})
    code, out, _ = run("check", *arguments, stdin=HIT)
    assert code == 1
    assert out.startswith(f"{name}:2:1: KI201 [*] predict-called [warning]: predict is called\n2 | m.predict(x)\n")


def test_a_notebook_on_standard_input(project: Project, run: Run) -> None:
    project({})
    text = json.dumps({"cells": [{"cell_type": "code", "source": HIT}]})
    code, out, _ = run("check", "--stdin-filename", "a.ipynb", "--output-format", "concise", stdin=text)
    assert (code, out) == (1, "a.ipynb:cell 1:2:1: KI201 predict is called\n")


# Lists of files


def test_files_from_a_list(project: Project, run: Run) -> None:
    project({"a.py": HIT, "b.py": HIT, "c.py": HIT, "list.txt": "# changed\na.py\n\n  c.py\n"})
    expected = "a.py:2:1: KI201 predict is called\nc.py:2:1: KI201 predict is called\n"
    assert run("check", "--files-from", "list.txt", "--output-format", "concise") == (1, expected, "")
    assert run("check", "--files-from", "-", "--output-format", "concise", stdin="a.py\nc.py\n") == (1, expected, "")


def test_names_in_a_list_may_hold_anything_where_they_end_with_nul(project: Project, run: Run) -> None:
    project({"a.py": HIT, " b\nc.py": HIT, "d.py": HIT})
    listed = "a.py\0 b\nc.py\0"
    code, out, _ = run("check", "--files-from", "-", "--output-format", "json", stdin=listed)
    assert code == 1
    assert [Path(found["filename"]).name for found in json.loads(out)] == [" b\nc.py", "a.py"]


def test_an_empty_list_checks_nothing(project: Project, run: Run) -> None:
    project({"a.py": HIT})
    assert run("check", "--files-from", "-", stdin="") == (0, "No findings in 0 files.\n", "")


EXCLUDING = """
    [tool.keras-inference]
    extend-exclude = ["legacy", "src/made/*.py"]
    """


def test_what_is_excluded_is_no_part_of_the_run_however_it_is_listed(project: Project, run: Run) -> None:
    names = ["a.py", "legacy/b.py", "src/legacy/deep/c.py", "src/made/d.py", "src/made/by/e.py", "env/f.py"]
    project({"pyproject.toml": EXCLUDING, "env/pyvenv.cfg": "", **dict.fromkeys(names, HIT)})
    expected = run("check", "--output-format", "concise")
    assert expected[1] == "a.py:2:1: KI201 predict is called\n"
    assert run("check", "--files-from", "-", "--output-format", "concise", stdin="\n".join(names)) == expected
    assert run("check", "--force-exclude", *names, "--output-format", "concise") == expected


def test_a_named_file_is_checked_although_it_is_excluded(project: Project, run: Run) -> None:
    project({"pyproject.toml": EXCLUDING, "legacy/b.py": HIT})
    found = "legacy/b.py:2:1: KI201 predict is called\n"
    assert run("check", "legacy/b.py", "--output-format", "concise") == (1, found, "")
    assert run("check", "legacy/b.py", "--force-exclude") == (0, "No findings in 0 files.\n", "")


def test_a_folder_above_the_project_does_not_exclude_it(project: Project, run: Run) -> None:
    project({"build/pyproject.toml": "[tool.keras-inference]", "build/a.py": HIT})
    assert run("check", "build/a.py", "--force-exclude", "--output-format", "concise")[0] == 1


def test_forced_excludes_leave_folders_alone(project: Project, run: Run) -> None:
    project({"src/a.py": HIT, "src/build/b.py": HIT})
    found = "src/a.py:2:1: KI201 predict is called\n"
    assert run("check", "src", "--force-exclude", "--output-format", "concise") == (1, found, "")


def test_standard_input_cannot_be_two_things(project: Project, run: Run) -> None:
    project({})
    code, _, err = run("check", "-", "--files-from", "-", stdin="")
    assert code == 2
    assert err == "keras-inference: error: --files-from -: standard input is read as the text of a file already\n"


# What is selected


def test_options_of_rules(project: Project, run: Run) -> None:
    project({"a.py": f"{HIT}m.predict_on_batch(x)\nm.evaluate(x)\nloss.eval()\n"})

    def codes(*arguments: str) -> list[str]:
        _, out, _ = run("check", "--output-format", "concise", *arguments)
        return [line.split()[1] for line in out.splitlines()]

    assert codes() == ["KI201", "KI202", "KI101"]
    assert codes("--select", "KI1,KI202") == ["KI202", "KI101"]
    assert codes("--select", "KI1", "--select", "predict-per-sample") == ["KI201", "KI101"]
    assert codes("--ignore", "KI2") == ["KI101"]
    assert codes("--extend-select", "KI203") == ["KI201", "KI202", "KI203", "KI101"]
    assert codes("--severity", "info") == ["KI201", "KI202", "KI203", "KI101"]
    assert codes("--severity", "error") == ["KI101"]
    assert codes("--min-confidence", "certain") == ["KI201", "KI101"]
    assert codes("--per-file-ignores", "a.py:KI1,KI201") == ["KI202"]
    assert codes("--exclude", "a.py") == []


def test_noqa_can_be_looked_behind(project: Project, run: Run) -> None:
    project({"a.py": "import keras\nm.predict(x)  # noqa\n"})
    assert run("check") == (0, "No findings in 1 file (1 suppressed).\n", "")
    code, out, _ = run("check", "--ignore-noqa", "--output-format", "concise")
    assert (code, out) == (1, "a.py:2:1: KI201 predict is called\n")


# What would be done


def test_show_files(project: Project, run: Run) -> None:
    root = project({"b/a.py": "", "a.py": "", "venv/c.py": ""})
    assert run("check", "--show-files") == (0, f"{root / 'a.py'}\n{root / 'b/a.py'}\n", "")


def test_show_settings(project: Project, run: Run) -> None:
    root = project(
        {
            "pyproject.toml": """
            [tool.keras-inference]
            exclude = ["old"]
            backend = "jax"
            per-file-ignores = { "tests/*" = ["KI2"] }
            """
        }
    )
    code, out, _ = run("check", "--show-settings", "--ignore", "KI203")
    assert code == 0
    assert out.splitlines() == [
        f"# settings for {root}",
        f"# from {root / 'pyproject.toml'}",
        'rules = ["KI000", "KI002", "KI101", "KI201", "KI202"]',
        'per-file-ignores."tests/*" = ["KI2"]',
        'exclude = ["old"]',
        'fixable = ["ALL"]',
        "unfixable = []",
        "extend-safe-fixes = []",
        "extend-unsafe-fixes = []",
        "unsafe-fixes = false",
        'min-confidence = "likely"',
        'severity = "warning"',
        "model-factories = []",
        "model-attributes = []",
        "not-models = []",
        "step-functions = []",
        "traced-decorators = []",
        'backend = "jax"',
        'output-format = "text"',
    ]


# Rules explained


def test_the_page_of_a_rule_by_code_and_by_name(run: Run) -> None:
    page = "Finds predict.\n"
    assert run("rule", "KI201") == (0, page, "")
    assert run("rule", "predict-per-sample") == (0, page, "")


@pytest.mark.parametrize("code", ["KI000", "KI001"])
def test_our_own_rules_have_pages(run: Run, code: str) -> None:
    exit_code, out, _ = run("rule", code)
    assert exit_code == 0
    assert out.startswith(f"# {TEXTS[code].name} ({code})\n\n## What it does\n")


def test_all_rules(run: Run) -> None:
    code, out, _ = run("rule", "--all")
    assert code == 0
    own = ["KI000", "KI001", "KI002"]
    assert [line.split()[0] for line in out.splitlines()] == [*own, "KI101", "KI201", "KI202", "KI203"]
    assert out.splitlines()[4] == (
        "KI201  warning  predict-per-sample           "
        "predict() runs once per sample although the samples are independent"
    )


def test_the_rules_of_a_family(run: Run) -> None:
    code, out, _ = run("rule", "ki2")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["KI201", "KI202", "KI203"]


def test_a_rule_and_a_family_as_data(run: Run) -> None:
    rule = json.loads(run("rule", "KI201", "--output-format", "json")[1])
    assert rule == {
        "code": "KI201",
        "name": "predict-per-sample",
        "family": "Cost",
        "severity": "warning",
        "default": True,
        "summary": TEXTS["KI201"].summary,
        "instead": TEXTS["KI201"].instead,
        "explanation": "Finds predict.\n",
        "url": rule_url("predict-per-sample"),
    }
    assert json.loads(run("rule", "KI2", "--output-format", "json")[1])[0] == rule
    assert len(json.loads(run("rule", "--all", "--output-format", "json")[1])) == 7


def test_a_page_in_colour_has_the_same_letters(run: Run) -> None:
    plain = run("rule", "KI001")[1]
    painted = run("rule", "KI001", "--color", "always")[1]
    assert painted.startswith("\x1b[1m# unused-noqa (KI001)\x1b[0m\n")
    assert "\x1b[36mtotal = 0\x1b[0m" in painted
    assert re.sub(r"\x1b\[\d+m", "", painted) == plain


def test_a_rule_that_is_not_one(run: Run) -> None:
    assert run("rule", "KI9")[2].startswith('keras-inference: error: rule: unknown rule "KI9".')


# What may be meant


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["chek"], "check"),
        (["check", "--sevrity", "info"], "--severity"),
        (["check", "--sevrity=info"], "--severity"),
        (["check", "--output-format", "jason"], "json"),
        (["check", "--severity", "eror"], "error"),
        (["rule", "KI201", "--colour", "never"], "--color"),
        (["config", "selct"], "select"),
    ],
)
def test_a_mistyped_word_is_answered_with_what_may_be_meant(run: Run, arguments: list[str], meant: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert f'; did you mean "{meant}"?' in err


def test_a_path_instead_of_a_command(project: Project, run: Run) -> None:
    project({"a.py": HIT})
    assert '; did you mean "keras-inference check a.py"?' in run("a.py")[2]


def test_no_arguments_show_the_help(run: Run) -> None:
    code, out, err = run()
    assert (code, out) == (2, "")
    assert err.startswith("usage: keras-inference ")
    assert "check files and folders" in err


def test_short_options(project: Project, run: Run) -> None:
    root = project({"a.py": HIT})
    assert run("check", "-e", "-n", "-j", "1", "-o", "report.txt") == (0, "", "")
    assert "KI201" in (root / "report.txt").read_text("utf-8")
    assert run("-V")[1] == run("--version")[1]


def test_a_folder_with_nothing_to_check_is_told(project: Project, run: Run) -> None:
    project({"sub/a.txt": "", "pyproject.toml": "[tool.keras-inference]\nexclude = ['b.py']", "b.py": HIT})
    told = "keras-inference: warning: there are no Python files or notebooks to check in"
    assert run("check", "sub") == (0, "No findings in 0 files.\n", f"{told} sub\n")
    assert run("check") == (0, "No findings in 0 files.\n", f"{told} .\n")


@pytest.mark.parametrize(("when", "painted"), [("always", True), ("never", False), ("auto", False)])
def test_when_a_report_is_coloured(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch, when: str, painted: bool
) -> None:
    project({"a.py": HIT})
    monkeypatch.setenv("FORCE_COLOR", "1" if when == "never" else "")
    assert ("\x1b[" in run("check", "--color", when)[1]) is painted


# Settings


def test_the_keys_are_listed_and_explained(run: Run) -> None:
    code, out, _ = run("config")
    assert (code, [line.split()[0] for line in out.splitlines()]) == (0, list(KEYS))
    assert run("config", "fail-on") == (
        0,
        "fail-on: the lowest severity that makes the exit code 1\n\nType: a string\n"
        "Allowed: error, warning, info, never\nVariable: KERAS_INFERENCE_FAIL_ON\n\n"
        '[tool.keras-inference]\nfail-on = "error"\n',
        "",
    )
    assert list(json.loads(run("config", "--output-format", "json")[1])) == list(KEYS)


@pytest.mark.parametrize("key", sorted({*KEYS} - {"extend"}))
def test_what_a_page_of_a_key_says_can_be_written(project: Project, run: Run, key: str) -> None:
    page = run("config", key)[1]
    root = project({"pyproject.toml": page[page.index("[tool") :]})
    assert read_settings(str(root / "pyproject.toml")) is not None


# Caches


def test_what_runs_have_kept_is_deleted(project: Project, run: Run) -> None:
    root = project(
        {
            "a.py": HIT,
            "pyproject.toml": "[tool.keras-inference]\ncache-dir = 'kept'",
            "sub/pyproject.toml": "[tool.keras-inference]",
            "sub/b.py": HIT,
            "other/.keras_inference_cache/mine.txt": "not a cache of ours",
        }
    )
    run("check")
    assert (root / "kept").is_dir()
    below = str(Path("sub/.keras_inference_cache"))
    assert run("clean") == (0, f"Deleted kept\nDeleted {below}\nDeleted 2 caches.\n", "")
    assert not (root / "kept").exists()
    assert (root / "other/.keras_inference_cache/mine.txt").is_file()
    assert run("clean", "sub") == (0, "Deleted 0 caches.\n", "")
    assert run("clean", "nope")[2] == f"keras-inference: error: clean: {root / 'nope'}: no such folder\n"


# Completion


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_has_a_script(run: Run, shell: str) -> None:
    pytest.importorskip("shtab")
    code, out, err = run("completion", shell)
    assert (code, err) == (0, "")
    assert "merge-sarif" in out
    assert "fail-on" in out


def test_bash_completes_commands_options_and_values(project: Project, run: Run) -> None:
    pytest.importorskip("shtab")
    root = project({"a.py": HIT})
    (root / "complete.sh").write_text(run("completion", "bash")[1], encoding="utf-8")
    script = """
    . ./complete.sh
    words() {
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
        "$(complete -p keras-inference | sed 's/.*-F \\([^ ]*\\) .*/\\1/')" >/dev/null 2>&1
        echo "${COMPREPLY[@]}"
    }
    words keras-inference chec
    words keras-inference check --sev
    words keras-inference check --severity e
    """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.split("\n")[:3] == ["check", "--severity", "error"], done.stderr


def test_a_missing_package_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    code, out, err = run("completion", "zsh")
    assert (code, out) == (2, "")
    assert err.startswith("keras-inference: error: completion: needs shtab, which is not installed here; install")


# The process


def test_a_report_goes_to_a_file(project: Project, run: Run) -> None:
    root = project({"a.py": HIT})
    assert run("check", "--output-format", "jsonl", "--output-file", "out.jsonl") == (1, "", "")
    assert json.loads((root / "out.jsonl").read_text(encoding="utf-8"))["code"] == "KI201"


def test_the_same_output_whatever_the_hash_seed_and_the_command_is_a_module(project: Project) -> None:
    project({f"{name}.py": "import keras\n" + "x = m.evaluate(x)\n" * 3 + "(\n" for name in "abc"})
    outputs = {
        subprocess.run(
            [sys.executable, "-m", "lint_rules", "check", "--severity=info", "--output-format", "json", "a.py", "."],
            capture_output=True,
            env={"PYTHONHASHSEED": seed, "PATH": "", "PYTHONPATH": str(Path(__file__).parents[2])},
            check=False,
        ).stdout
        for seed in ("0", "1")
    }
    (output,) = outputs
    assert [Path(found["filename"]).name for found in json.loads(output)] == ["a.py", "b.py", "c.py"]


def test_a_reader_that_leaves_early_is_no_error_of_ours(project: Project) -> None:
    project({f"{number:03}.py": "(\nkeras.predict(\n" for number in range(300)})
    command = [sys.executable, "-m", "lint_rules", "check", "--output-format", "json"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": "", "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""


def test_the_version(run: Run) -> None:
    code, out, _ = run("--version")
    assert (code, out) == (0, f"keras-inference {VERSION}\n")


def test_what_measures_the_process_keeps_what_it_has_seen(tmp_path: Path) -> None:
    """The command ends its process at once, except where something waits for the end: a profiler, coverage."""
    kept = tmp_path / "seen"
    command = [sys.executable, "-m", "cProfile", "-o", str(kept), "-m", "lint_rules", "--version"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert kept.stat().st_size > 0
