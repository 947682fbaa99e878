"""SARIF as services take it: valid by the official schema, and whole again when the parts of a run are merged.

The models of `pydantic-sarif` are generated from the schema of the standard
(https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json), which is stated there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from lint_rules.cli import main

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def report(file: Path, *arguments: str) -> dict[str, Any]:
    """What a run writes to a file, found valid by the official schema."""
    assert (
        main(["check", "--no-cache", "--exit-zero", "--output-format", "sarif", "--output-file", str(file), *arguments])
        == 0
    )
    return valid(file)


def valid(file: Path) -> dict[str, Any]:
    Sarif.model_validate_json(file.read_text("utf-8"))
    document: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return document


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[Path]]:
    """The report on the examples, and the files with those of their first and their second half."""
    folder = tmp_path_factory.mktemp("sarif")
    names = sorted(str(path) for path in EXAMPLES.rglob("*") if path.suffix in (".py", ".ipynb"))
    halves = []
    for number in (0, 1):
        listed = folder / f"{number}.txt"
        listed.write_text("\n".join(names[number::2]), encoding="utf-8")
        halves.append(folder / f"{number}.sarif")
        report(halves[-1], "--files-from", str(listed))
    return report(folder / "whole.sarif", str(EXAMPLES)), halves


def test_a_report_with_findings_flows_and_fixes_is_valid(parts: tuple[dict[str, Any], list[Path]]) -> None:
    results = parts[0]["runs"][0]["results"]
    assert len(results) > 5
    assert any("codeFlows" in result for result in results)
    assert any("fixes" in result for result in results)


def test_the_schema_would_refuse_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    document = report(tmp_path / "a.sarif", str(tmp_path))
    document["runs"][0]["columnKind"] = "bytes"
    with pytest.raises(ValidationError):
        Sarif.model_validate(document)


def test_the_parts_of_a_run_make_the_whole(
    parts: tuple[dict[str, Any], list[Path]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, halves = parts
    target = tmp_path / "merged.sarif"
    assert main(["merge-sarif", *map(str, halves), "--output-file", str(target)]) == 0
    assert valid(target) == whole
    assert main(["merge-sarif", *map(str, (*halves, halves[0]))]) == 0
    assert json.loads(capsys.readouterr().out) == whole


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nothing", "not JSON: Expecting value"),
        ("[]", "no SARIF 2.1.0 report with one run"),
        (
            '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Ruff"}}, "results": []}]}',
            "the report of another tool",
        ),
    ],
)
def test_what_is_no_report_of_ours_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, why: str
) -> None:
    file = tmp_path / "a.sarif"
    file.write_text(text, encoding="utf-8")
    assert main(["merge-sarif", str(file)]) == 2
    assert capsys.readouterr().err.startswith(f"keras-inference: error: merge-sarif {file}: {why}")


def test_reports_of_different_versions_are_told(
    parts: tuple[dict[str, Any], list[Path]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "b.sarif"
    whole = json.loads(json.dumps(parts[0]))
    whole["runs"][0]["tool"]["driver"]["semanticVersion"] = "0.0.1"
    other.write_text(json.dumps(whole), encoding="utf-8")
    assert main(["merge-sarif", str(parts[1][0]), str(other)]) == 2
    assert "merge-sarif: the reports are of different versions: 0.0.1, " in capsys.readouterr().err
