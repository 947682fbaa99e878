"""Nothing from a file's name, its source, the settings or a message acts on who shows the output of the command.

Every output is read as a terminal and as a CI service would: no control character, no mark that turns the direction of
the text, no line of its own, no command to the service.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lint_rules.cli import main
from lint_rules.config.keys import FORMATS
from lint_rules.findings.diagnostics import (
    Applicability,
    Confidence,
    Diagnostic,
    Edit,
    Fix,
    Location,
    Observed,
    Position,
    Severity,
    TraceStep,
)
from lint_rules.findings.report import Report
from lint_rules.findings.view import View
from lint_rules.output import render
from lint_rules.run.progress import line as progress_line
from lint_rules.terminal import shown_diff
from pytest_keras_inference.printable import printable

NASTY = {
    "clears the screen": "\x1b[2J\x1b[31m",
    "names the window": "\x1b]0;title\x07",
    "eight bit escape": "\x9b2J",
    "goes back": "\r\x08\x08",
    "tab and form feed": "a\tb\x0cc",
    "NUL and DEL": "\x00\x7f",
    "line feed": "\n::stop-commands::x",
    "line end and command": "\r\n##[error]x",
    "line ends of Unicode": "\x85::error::x\u2028::error::y\u2029z",
    "turns direction": "\u202egnp.\u202c\u2067x\u2069\u200f",
    "nobody sees it": "\u200b\ufeff\u2060\U000e0041",
    "no text": "\udcff",
    "command at the start": "::error::x",
    "command behind blanks": "  ::warning::x",
    "command of old": "##[error]x",
    "command in the middle": "x ##[group]y ##vso[task.setvariable variable=PATH]z",
    "escapes of formats": "%0A::error::x &#10; \\n ]]> <b> \"'`$(x)",
}
ACTIVE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
ANNOTATION = re.compile(r"::(error|warning|notice) title=keras-inference KI\d+ [^:\n]*::")

each_nasty = pytest.mark.parametrize("nasty", NASTY.values(), ids=NASTY.keys())


def check_harmless(output: str, output_format: str = "text", *, own: str = "") -> None:
    """`own` are the active characters that the output may have itself."""
    assert not (set(ACTIVE.findall(output)) - set(own)), ascii(output)
    assert "##[" not in output
    assert "##vso[" not in output
    for line in re.split("[\n\r\x0b\x0c\x85\u2028\u2029]", output):
        if line.lstrip().startswith("::"):
            assert output_format == "github", line
            assert ANNOTATION.match(line), line


def finding(nasty: str) -> Diagnostic:
    """A finding with the text wherever text of others can be."""
    name = f"/site/{nasty}.py"
    here = Location(name, Position(2, 5), Position(2, 20))
    edit = Edit(Position(2, 5), Position(2, 20), nasty)
    return Diagnostic(
        "KI201",
        "predict-per-sample",
        f"runs once per sample of {nasty}",
        Severity.WARNING,
        Confidence.CERTAIN,
        here,
        (TraceStep(here, nasty),),
        Fix(Applicability.SAFE, nasty, (edit,)),
        observed=Observed(3, 1, 1, 1.5, 0.5, tests=(f"test.py::test[{nasty}]",), only=True),
    )


@each_nasty
@pytest.mark.parametrize("cwd", ["/site", "/elsewhere"])
@pytest.mark.parametrize("output_format", FORMATS)
def test_every_format(output_format: str, cwd: str, nasty: str) -> None:
    found = finding(nasty)
    text = f"import keras\n{nasty} = model.predict(x)\n"
    source = {found.location.filename: text.encode(errors="surrogatepass")}
    report = Report((found,), (found,), (found,), checked=1, failures=(nasty,), baselined=True)
    output = render(output_format, report, View(cwd=cwd, texts=source))
    check_harmless(output, output_format)


@each_nasty
def test_readers_of_json_get_what_is_there(nasty: str) -> None:
    report = Report((finding(nasty),), checked=1)
    (as_json,) = json.loads(render("json", report, View(cwd="/site")))
    as_line = json.loads(render("jsonl", report, View(cwd="/site")))
    assert as_json == as_line
    assert as_json["filename"] == f"/site/{nasty}.py".encode(errors="surrogateescape").decode(errors="backslashreplace")
    assert as_json["message"] == f"runs once per sample of {nasty}"
    assert as_json["fix"]["edits"][0]["content"] == nasty
    (issue,) = json.loads(render("gitlab", report, View(cwd="/site", texts={as_json["filename"]: b"\n"})))
    assert issue["location"]["path"] == as_json["filename"].removeprefix("/site/")


@each_nasty
def test_readers_of_xml_get_a_document(nasty: str) -> None:
    root = ElementTree.fromstring(render("junit", Report((finding(nasty),), checked=1), View(cwd="/site")))
    assert [suite.get("name") for suite in root] == [printable(f"{nasty}.py")]


def test_github_reads_line_ends_and_separators_back() -> None:
    report = Report((finding("a,b:c\n100%0A\r"),), checked=1)
    annotation = render("github", report, View(cwd="/site"))
    properties, _, data = annotation.removeprefix("::warning ").partition("::")
    assert "file=a%2Cb%3Ac%0A100%250A%0D.py," in properties
    assert data.startswith("runs once per sample of a,b:c%0A100%250A%0D (seen only at run time")


@each_nasty
def test_a_diff_to_look_at(nasty: str) -> None:
    context = "".join(f" {line}\n" for line in nasty.split("\n"))
    check_harmless(shown_diff(f"--- {printable(nasty)}\n{context}-a\tb\r\n+c\n"), own="\t\r")


def test_a_diff_of_plain_code_is_a_patch() -> None:
    head = "--- a.py\n+++ a.py\n@@ -1,2 +1,2 @@\n"
    diff = f"{head} \tdéjà = '\u3000\xa0\u200d'  # 日本\r\n-x\n+y\n\\ No newline at end of file\n"
    assert shown_diff(diff) == diff


@each_nasty
def test_the_progress_bar(nasty: str) -> None:
    check_harmless(progress_line(1, 2, nasty.replace("#", ""), 79))


# The whole command. No file system has names with NUL or slashes, and a Python file holds no lone surrogates.

Run = Callable[..., str]
HIT = "import keras\nm = keras.Sequential([keras.layers.Dense(1)])\n"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs the command in a folder; all that it writes, to both streams."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")

    def call(*arguments: str, stdin: str | None = None) -> str:
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        with contextlib.suppress(SystemExit):
            main(arguments)
        captured = capsys.readouterr()
        return captured.out + captured.err

    return call


def write(name: str, text: str) -> None:
    try:
        Path(name).write_text(text, encoding="utf-8")
    except (OSError, ValueError, UnicodeError):
        pytest.skip("no file can have this name here")


WAYS = (
    *(["check", "--output-format", name] for name in FORMATS),
    ["check", "--statistics"],
    ["check", "--diff", "--unsafe-fixes"],
    ["check", "--show-files"],
    ["check", "--show-settings"],
    ["check", "--fix"],
    ["check", "--add-noqa"],
)


@each_nasty
@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_the_name_of_a_file(run: Run, way: list[str], nasty: str) -> None:
    name = f"{nasty.replace('/', '')}.py"
    write(name, f"{HIT}for x in data:\n    y = m.predict(x[None], training=False)\n")
    output = run(*way, "--no-cache", ".")
    check_harmless(output, way[-1])
    assert "Traceback" not in output


@each_nasty
@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_the_source(run: Run, way: list[str], nasty: str) -> None:
    plain = nasty.replace("\x00", "").replace("\\", "").encode(errors="replace").decode()
    loop = f'for x in load("""{plain} """):\n    y = m.predict(x[None], training=False)\n'
    write("a.py", f'{HIT}"""\n{plain}\n"""\n{loop}')
    check_harmless(run(*way, "--no-cache", "."), way[-1], own="\t\r" if "--diff" in way else "")


@each_nasty
def test_what_cannot_be_read_as_python(run: Run, nasty: str) -> None:
    write(f"{nasty.replace('/', '')}.py", f"import keras\nx = (\n# {nasty.encode(errors='replace').decode()}\n")
    for name in FORMATS:
        check_harmless(run("check", "--no-cache", "--output-format", name, "."), name)


@each_nasty
@pytest.mark.parametrize(
    "settings",
    [
        "severity = {}",
        "baseline = {}",
        "keras-version = {}",
        "exclude = {}",
        "exclude = [{}]",
        "{} = 1",
        "per-file-ignores = {{ {} = [{}] }}",
    ],
)
def test_the_settings(run: Run, settings: str, nasty: str) -> None:
    quoted = json.dumps(nasty.encode(errors="replace").decode())
    write("a.py", HIT)
    write("pyproject.toml", f"[tool.keras-inference]\n{settings.format(quoted, quoted)}\n")
    check_harmless(run("check", "--no-cache", "."))
    check_harmless(run("check", "--show-settings"))


@each_nasty
@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "{}"],
        ["check", "--{}"],
        ["check", "--select", "{}"],
        ["check", "--jobs", "{}"],
        ["check", "--output-format", "{}"],
        ["check", "--files-from", "{}"],
        ["check", "--observations", "{}"],
        ["check", "--baseline", "{}"],
        ["check", "--output-file", "nowhere/{}"],
        ["check", "--per-file-ignores", "{}"],
        ["rule", "{}"],
        ["{}"],
    ],
    ids=" ".join,
)
def test_an_argument(run: Run, arguments: list[str], nasty: str) -> None:
    if "\x00" in nasty:
        pytest.skip("no argument can hold NUL")
    write("a.py", HIT)
    check_harmless(run(*(argument.format(nasty) for argument in arguments)))


@each_nasty
def test_standard_input_under_a_name(run: Run, nasty: str) -> None:
    if "\x00" in nasty:
        pytest.skip("no argument can hold NUL")
    text = f"{HIT}for x in data:\n    y = m.predict(x[None], training=False)\n"
    for way in ([], ["--diff"], ["--fix"]):
        output = run("check", "--no-cache", *way, "--stdin-filename", f"{nasty}.py", "-", stdin=text)
        check_harmless(output)
        assert "Traceback" not in output
