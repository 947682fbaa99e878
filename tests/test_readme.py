"""Everything that the README shows is executed here."""

import pathlib
import re
import subprocess
import sys
import tomllib

import pytest

from lint_rules.config.settings import read_settings
from lint_rules.rules.registry import RULES
from pytest_keras_inference.vocabulary import TEXTS

ROOT = pathlib.Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def fenced(language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def command(*arguments: str, cwd: pathlib.Path) -> subprocess.CompletedProcess[str]:
    """Run the installed command as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "lint_rules", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_the_first_snippet_prints_what_the_readme_shows(tmp_path: pathlib.Path) -> None:
    (tmp_path / "scores.py").write_text(fenced("python")[0], encoding="utf-8")
    run = command("check", "scores.py", cwd=tmp_path)
    shown = next(block for block in fenced("console") if block.startswith("$ keras-inference check scores.py\n"))
    assert run.stdout == shown.partition("\n")[2]
    assert run.returncode == 1


def test_the_table_names_every_rule() -> None:
    rows = re.findall(r"^\| (KI\d{3}) \| ([\w-]+) \| (.+) \|$", README, re.MULTILINE)
    assert rows == [(rule.code, rule.name, TEXTS[rule.code].summary) for rule in RULES]


def test_the_settings_are_accepted(tmp_path: pathlib.Path) -> None:
    block = fenced("toml")[0]
    assert tomllib.loads(block)
    (tmp_path / "pyproject.toml").write_text(block, encoding="utf-8")
    settings = read_settings(str(tmp_path / "pyproject.toml"))
    assert settings is not None
    assert settings.selections[-1].ignore == ("KI203",)
    assert settings.not_models == ("mylib.Ensemble",)


@pytest.mark.parametrize("folder", ["wrong", "right"])
def test_the_examples_are_as_they_say(folder: str) -> None:
    run = command("check", f"examples/{folder}", "--output-format", "concise", cwd=ROOT)
    found = {line.partition(":")[0].rpartition("/")[2] for line in run.stdout.splitlines() if " KI" in line}
    wanted = {"agent.py", "train.py", "saliency.py", "scoring.py"} if folder == "wrong" else set()
    assert (found, run.returncode) == (wanted, 1 if wanted else 0)


def test_the_quick_start_has_two_one_line_blocks() -> None:
    section = README.partition("\n## Quick start\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert len(blocks) == 2
    assert all(block.count("\n") == 1 for block in blocks)


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (ROOT / target).exists(), target
