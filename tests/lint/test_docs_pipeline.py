"""The pages on settings and formats name what there is, and nothing else."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from lint_rules.cli import main
from lint_rules.config.keys import FORMATS, KEYS
from lint_rules.config.settings import SettingsFinder

DOCS = Path(__file__).parents[2] / "docs"


def test_every_key_of_the_settings_has_its_line_and_no_other_has() -> None:
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE) == list(KEYS)
    for key, spec in KEYS.items():
        line = next(line for line in text.splitlines() if line.startswith(f"| `{key}` |"))
        assert all(f'"{word}"' in line for word in spec.allowed)


def test_the_example_of_the_settings_is_accepted(tmp_path: Path) -> None:
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    example, extending = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert tomllib.loads(extending)["tool"]["keras-inference"].keys() <= KEYS.keys()
    assert tomllib.loads(example)["tool"]["keras-inference"].keys() <= KEYS.keys()
    (tmp_path / "pyproject.toml").write_text(example, encoding="utf-8")
    assert SettingsFinder().of_folder(str(tmp_path)).model_factories == ("zoo.models.build",)


def test_every_format_is_told() -> None:
    text = (DOCS / "ci.md").read_text(encoding="utf-8")
    assert set(re.findall(r"--output-format ([a-z]+)", text)) == {"sarif", "gitlab", "junit", "json", "markdown"}
    assert all(re.search(rf"\b{name}\b", text, re.IGNORECASE) for name in set(FORMATS) - {"text", "concise"})


def test_every_option_that_the_pages_name_exists(capsys: pytest.CaptureFixture[str]) -> None:
    named = set()
    for page in ("ci.md", "adopting.md", "notebooks.md", "settings.md", "terminal.md"):
        named |= set(re.findall(r"(--[a-z][a-z-]+)", (DOCS / page).read_text(encoding="utf-8")))
    for command in ([], ["check"], ["rule"], ["merge-sarif"]):
        with pytest.raises(SystemExit, match="0"):
            main([*command, "--help"])
    known = set(re.findall(r"(--[a-z][a-z-]+)", capsys.readouterr().out))
    plugin = (DOCS.parent / "pytest_keras_inference" / "plugin.py").read_text(encoding="utf-8")
    known |= set(re.findall(r'addoption\(\s*"(--[a-z-]+)"', plugin))
    assert named <= known
