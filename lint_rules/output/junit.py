"""JUnit XML: a test suite for each file with findings, a failure for each finding."""

from __future__ import annotations

from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from lint_rules.findings.diagnostics import Diagnostic
from lint_rules.findings.report import Report
from lint_rules.findings.view import View, place
from lint_rules.output.measured import seen
from lint_rules.regex import lazy_pattern
from pytest_keras_inference.printable import printable, printable_lines

_NOT_XML = lazy_pattern("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report, view: View) -> str:
    """The report; without findings it holds one test that passed."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>']
    number = len(report.diagnostics)
    lines.append(f'<testsuites name="keras-inference" tests="{max(1, number)}" failures="{number}" errors="0">')
    if not report.diagnostics:
        lines.append('  <testsuite name="keras-inference" tests="1" failures="0" errors="0">')
        lines.append('    <testcase name="no findings" classname="keras-inference"/>')
        lines.append("  </testsuite>")
    for filename, found in groupby(report.diagnostics, key=lambda found: found.location.filename):
        lines += _suite(printable(view.uri(filename)), list(found), view)
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def _suite(name: str, diagnostics: list[Diagnostic], view: View) -> list[str]:
    number = len(diagnostics)
    lines = [f'  <testsuite name={_attribute(name)} tests="{number}" failures="{number}" errors="0">']
    for found in diagnostics:
        line = view.file_row(found.location, found.location.start.row)
        title = _attribute(f"{found.code} {found.name} {place(found.location, view)}")
        lines.append(f'    <testcase name={title} classname={_attribute(name)} file={_attribute(name)} line="{line}">')
        text = "\n".join(
            [
                f"{place(found.location, view)}: {printable_lines(found.message)}",
                *([printable(seen(found.observed))] if found.observed is not None else []),
                *(f"{place(step.location, view)}: {printable_lines(step.message)}" for step in found.trace),
            ]
        )
        message = _attribute(printable_lines(found.message))
        lines.append(f"      <failure type={_attribute(found.severity.value)} message={message}>")
        lines.append(f"{_text(text)}</failure>")
        lines.append("    </testcase>")
    return [*lines, "  </testsuite>"]


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("?", text), {"\n": "&#10;"})


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("?", text))
