"""Several SARIF reports of ours as one: the parts of a run that was shared out over machines.

A service takes a second report of the same category for the next run, in which everything is repaired that it does not
hold; so the parts have to come to it as one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lint_rules.output.json_text import to_json

TOOL = "keras-inference"


class NotOursError(ValueError):
    """A text is no SARIF report of ours, or not of the same version as the others; the message says which."""


def read_run(text: str | bytes) -> dict[str, Any]:
    """The one run of a report.

    Raises:
        NotOursError: it is not JSON, not SARIF 2.1.0, or the report of another tool.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotOursError(f"not JSON: {error}") from None
    runs = document.get("runs") if isinstance(document, dict) and document.get("version") == "2.1.0" else None
    if not isinstance(runs, list) or len(runs) != 1 or not isinstance(runs[0], dict):
        raise NotOursError("no SARIF 2.1.0 report with one run")
    run: dict[str, Any] = runs[0]
    if _driver(run).get("name") != TOOL or not isinstance(run.get("results"), list):
        raise NotOursError(f"the report of another tool than {TOOL}")
    return run


def merged(runs: Sequence[dict[str, Any]], schema: str) -> str:
    """One report with the results of all runs, each once, in the order in which one run would have them.

    Raises:
        NotOursError: they are of different versions.
    """
    first = runs[0]
    versions = sorted({str(_driver(run).get("semanticVersion")) for run in runs})
    if len(versions) > 1:
        raise NotOursError(f"the reports are of different versions: {', '.join(versions)}")
    results = {json.dumps(result, sort_keys=True): result for run in runs for result in run["results"]}
    notes = [
        note
        for run in runs
        for invocation in run.get("invocations", [])
        for note in invocation.get("toolExecutionNotifications", [])
    ]
    success = all(each.get("executionSuccessful", True) for run in runs for each in run.get("invocations", []))
    invocation = {"executionSuccessful": success, **({"toolExecutionNotifications": notes} if notes else {})}
    run = {**first, "invocations": [invocation], "results": sorted(results.values(), key=_place)}
    return to_json({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _driver(run: Mapping[str, Any]) -> Mapping[str, Any]:
    tool = run.get("tool")
    driver = tool.get("driver") if isinstance(tool, dict) else None
    return driver if isinstance(driver, dict) else {}


def _place(result: Mapping[str, Any]) -> tuple[str, int, int, str, str]:
    """By file, row and column, then by rule."""
    physical = result["locations"][0]["physicalLocation"]
    region = physical["region"]
    return (
        physical["artifactLocation"]["uri"],
        region["startLine"],
        region.get("startColumn", 0),
        result["ruleId"],
        result["message"]["text"],
    )
