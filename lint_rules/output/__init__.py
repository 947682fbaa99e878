"""The output formats, one module each with `render(report, view) -> str`; they know findings and nothing else."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lint_rules.findings.report import Report
    from lint_rules.findings.view import View


def render_empty(name: str, report: Report) -> str | None:
    """A report without any finding, for the formats that can say so without further ado; None for the others."""
    if report.diagnostics or report.suppressed or report.known:
        return None
    if name == "text":
        from lint_rules.output.summary import summary

        return summary(report)
    return {"concise": "", "json": "[]\n", "jsonl": "", "github": ""}.get(name)


def render(name: str, report: Report, view: View) -> str:
    """The report in one of the FORMATS; empty, or ending with a line end."""
    module = import_module(f"lint_rules.output.{'json_' if name == 'json' else name}")
    text: str = module.render(report, view)
    return text
