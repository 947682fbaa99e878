"""`github`, `gitlab`, `junit` and `--statistics`: exactly what the machines are told."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

from lint_rules.findings.diagnostics import Confidence, Diagnostic, Location, Position, Severity, TraceStep
from lint_rules.findings.report import Report
from lint_rules.findings.view import View
from lint_rules.output import render, statistics
from lint_rules.output.links import rule_url
from lint_rules.output.markdown import MOST

NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "source": ["hi\n"]},
        {"cell_type": "code", "source": ["import keras\n", "m.predict(x)"]},
    ]
}
VIEW = View(
    cwd="/w",
    texts={
        "/w/pkg/a.py": b"y = m.predict(x)\n",
        "/w/pkg/b.py": b"y = m.predict(x)\n",
        "/w/n.ipynb": json.dumps(NOTEBOOK, indent=1).encode(),
        "/else/c.py": b"f(\n)\n",
    },
)


def found(
    code: str, severity: Severity, location: Location, message: str, trace: tuple[TraceStep, ...] = ()
) -> Diagnostic:
    return Diagnostic(code, "a-name", message, severity, Confidence.CERTAIN, location, trace)


def at(filename: str, row: int, column: int, end: int, cell: int | None = None) -> Location:
    return Location(filename, Position(row, column), Position(row, end), cell)


STEP = TraceStep(at("/w/train.py", 7, 3, 9), "in this loop")
REPORT = Report(
    (
        found("KI203", Severity.INFO, Location("/else/c.py", Position(1, 1), Position(2, 2)), "i"),
        found("KI101", Severity.ERROR, at("/w/n.ipynb", 2, 1, 13, cell=2), "in a <cell> & more"),
        found("KI201", Severity.WARNING, at("/w/pkg/a.py", 1, 5, 17), "costs 100%,\nor: more", (STEP,)),
        found("KI201", Severity.WARNING, at("/w/pkg/b.py", 1, 5, 17), "m\x1b"),
        found("KI201", Severity.WARNING, at("/w/pkg/b.py", 1, 5, 17), "m"),
    ),
    checked=4,
)


def test_github_annotations() -> None:
    assert render("github", REPORT, VIEW).splitlines() == [
        "::notice title=keras-inference KI203 a-name,file=/else/c.py,line=1,endLine=2::i",
        "::error title=keras-inference KI101 a-name,file=n.ipynb,line=13::cell 2, row 2: in a <cell> & more",
        "::warning title=keras-inference KI201 a-name,file=pkg/a.py,line=1,endLine=1,col=5,endColumn=17"
        "::costs 100%25,%0Aor: more",
        "::warning title=keras-inference KI201 a-name,file=pkg/b.py,line=1,endLine=1,col=5,endColumn=17::m\\x1b",
        "::warning title=keras-inference KI201 a-name,file=pkg/b.py,line=1,endLine=1,col=5,endColumn=17::m",
    ]


def test_a_github_file_name_is_escaped() -> None:
    odd = found("KI201", Severity.WARNING, at("/w/a,b:c.py", 1, 1, 2), "m")
    assert ",file=a%2Cb%3Ac.py," in render("github", Report((odd,)), VIEW)


def test_services_are_told_names_from_the_top_of_the_repository() -> None:
    view = replace(VIEW, cwd="/w/pkg", root="/w")
    report = Report(REPORT.diagnostics[2:3])
    assert ",file=pkg/a.py," in render("github", report, view)
    assert json.loads(render("gitlab", report, view))[0]["location"]["path"] == "pkg/a.py"
    assert "| pkg/a.py:1:5 |" in render("markdown", report, view)
    assert render("concise", report, view).startswith("a.py:1:5: ")


def test_the_summary_in_markdown() -> None:
    code = "costs `a|b` and *more* <b>, in `f(x)`\n::x"
    report = Report(
        (found("KI201", Severity.WARNING, at("/w/a|_b.py", 1, 5, 17), code), REPORT.diagnostics[1]), checked=2
    )
    assert render("markdown", report, VIEW).splitlines() == [
        "### keras-inference",
        "",
        "| severity | where | finding |",
        "|---|---|---|",
        f"| ⚠️ warning | a\\|\\_b.py:1:5 | [KI201 a-name]({rule_url('a-name')}): "
        "costs `a\\|b` and \\*more\\* \\<b\\>, in `f(x)`\\\\n::x |",
        f"| ❌ error | n.ipynb:cell 2:2:1 | [KI101 a-name]({rule_url('a-name')}): in a \\<cell\\> \\& more |",
        "",
        "Found 2 findings (1 error, 1 warning) in 2 of 2 files.",
    ]


def test_the_summary_without_findings_and_with_too_many() -> None:
    assert render("markdown", Report(checked=2), VIEW) == "### keras-inference\n\nNo findings in 2 files.\n"
    many = render("markdown", Report(REPORT.diagnostics[2:3] * (MOST + 2)), VIEW)
    assert many.count("warning |") == MOST
    assert "| | | and 2 more |\n" in many


def test_gitlab_issues() -> None:
    issues = json.loads(render("gitlab", REPORT, VIEW))
    fingerprints = [issue.pop("fingerprint") for issue in issues]
    assert issues[1:3] == [
        {
            "description": "KI101 a-name: cell 2, row 2: in a <cell> & more",
            "check_name": "KI101",
            "severity": "critical",
            "location": {
                "path": "n.ipynb",
                "positions": {"begin": {"line": 13, "column": 1}, "end": {"line": 13, "column": 13}},
            },
        },
        {
            "description": "KI201 a-name: costs 100%,\nor: more",
            "check_name": "KI201",
            "severity": "major",
            "location": {
                "path": "pkg/a.py",
                "positions": {"begin": {"line": 1, "column": 5}, "end": {"line": 1, "column": 17}},
            },
        },
    ]
    assert issues[0]["severity"] == "info"
    assert len(set(fingerprints)) == len(issues) == 5


def test_a_gitlab_fingerprint_survives_shifted_lines() -> None:
    shifted = View(cwd="/w", texts={"/w/pkg/a.py": b"\n\ny = m.predict( x )\n"})
    before, after = (
        json.loads(render("gitlab", Report((found("KI201", Severity.WARNING, location, "m"),)), view))[0]["fingerprint"]
        for location, view in ((at("/w/pkg/a.py", 1, 5, 17), VIEW), (at("/w/pkg/a.py", 3, 5, 19), shifted))
    )
    assert before == after


def test_no_gitlab_issues() -> None:
    assert render("gitlab", Report(), VIEW) == "[]\n"


def test_junit() -> None:
    assert render("junit", REPORT._replace(diagnostics=REPORT.diagnostics[1:4]), VIEW) == (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<testsuites name="keras-inference" tests="3" failures="3" errors="0">\n'
        '  <testsuite name="n.ipynb" tests="1" failures="1" errors="0">\n'
        '    <testcase name="KI101 a-name n.ipynb:cell 2:2:1" classname="n.ipynb" file="n.ipynb" line="13">\n'
        '      <failure type="error" message="in a &lt;cell&gt; &amp; more">\n'
        "n.ipynb:cell 2:2:1: in a &lt;cell&gt; &amp; more</failure>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        '  <testsuite name="pkg/a.py" tests="1" failures="1" errors="0">\n'
        '    <testcase name="KI201 a-name pkg/a.py:1:5" classname="pkg/a.py" file="pkg/a.py" line="1">\n'
        '      <failure type="warning" message="costs 100%,&#10;or: more">\n'
        "pkg/a.py:1:5: costs 100%,\nor: more\n"
        "train.py:7:3: in this loop</failure>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        '  <testsuite name="pkg/b.py" tests="1" failures="1" errors="0">\n'
        '    <testcase name="KI201 a-name pkg/b.py:1:5" classname="pkg/b.py" file="pkg/b.py" line="1">\n'
        '      <failure type="warning" message="m\\x1b">\n'
        "pkg/b.py:1:5: m\\x1b</failure>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n"
    )


def test_junit_is_xml_and_counts_add_up() -> None:
    root = ET.fromstring(render("junit", REPORT, VIEW).encode())
    suites = root.findall("testsuite")
    assert [suite.get("failures") for suite in suites] == ["1", "1", "1", "2"]
    assert root.get("tests") == root.get("failures") == str(len(root.findall("testsuite/testcase/failure")))


def test_junit_without_findings_is_one_test_that_passed() -> None:
    root = ET.fromstring(render("junit", Report(checked=3), VIEW).encode())
    assert (root.get("tests"), root.get("failures"), len(root.findall("testsuite/testcase"))) == ("1", "0", 1)
    assert root.find("testsuite/testcase/failure") is None


def test_statistics() -> None:
    assert statistics.render(REPORT, as_json=False) == (
        "3  KI201  predict-per-sample\n1  KI101  predict-breaks-gradient\n1  KI203  predict-per-batch\n"
    )
    assert json.loads(statistics.render(REPORT, as_json=True))[0] == {
        "code": "KI201",
        "name": "predict-per-sample",
        "count": 3,
    }
    assert statistics.render(Report(), as_json=False) == ""
