"""Beside the real Ruff: its fixes leave the comments alone that it is told of, and those that are ours alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lint_rules.cli import main
from lint_rules.config.ruff_settings import LINE, unaware

CODE = """\
import keras

model = keras.models.load_model("m.keras")
scores = model.predict([1.0]).numpy()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text(CODE, encoding="utf-8")
    return tmp_path


def text() -> str:
    return Path("a.py").read_text(encoding="utf-8")


def ruff_fixes(*options: str) -> str:
    """What the file holds after the real Ruff has repaired every comment that it takes for wrong."""
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    assert ruff is not None, "install the extra test"
    select = "--select=RUF100,RUF101,RUF102,RUF103,F"
    subprocess.run([ruff, "check", "--no-cache", "--fix", select, *options, "a.py"], check=False, capture_output=True)
    return text()


def keep(option: str, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """Silence what is found in the file; the file, and what was told on standard error."""
    assert main(["check", "--no-cache", option]) == 0
    assert main(["check", "--no-cache", "--output-format", "concise"]) == 0
    return text(), capsys.readouterr().err


def test_ruff_removes_what_it_does_not_know_and_the_command_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "ruff.toml").write_text("line-length = 100\n", encoding="utf-8")
    commented, told = keep("--add-noqa", capsys)
    assert commented.endswith("# noqa: KI403\n")
    assert told.startswith(f"keras-inference: {folder / 'ruff.toml'}: Ruff takes these comments for mistakes")
    assert f"write `{LINE}` below `[tool.ruff.lint]`, or use --add-ignore" in told
    assert ruff_fixes() == CODE


def test_ruff_leaves_what_its_settings_name_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.ruff.lint]\n{LINE}\n", encoding="utf-8")
    commented, told = keep("--add-noqa", capsys)
    assert told == ""
    assert ruff_fixes() == commented


@pytest.mark.parametrize("settings", ["", LINE])
def test_ruff_leaves_our_own_comment_alone_whatever_its_settings(
    settings: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "ruff.toml").write_text(f"[lint]\n{settings}\n", encoding="utf-8")
    commented, told = keep("--add-ignore", capsys)
    assert commented.endswith("# keras-inference: ignore[KI403]\n")
    assert told == ""
    assert ruff_fixes("--preview") == commented


def test_a_comment_for_ruff_counts_where_ruff_keeps_it(folder: Path) -> None:
    (folder / "ruff.toml").write_text(f"lint.{LINE}\n", encoding="utf-8")
    commented = CODE.replace("scores =", "# ruff: ignore[KI403]\nscores =")
    (folder / "a.py").write_text(commented, encoding="utf-8")
    assert ruff_fixes() == commented
    assert main(["check", "--no-cache"]) == 0


def test_a_code_beside_an_unused_one_of_ruff_goes_with_it_unless_ruff_is_told(folder: Path) -> None:
    mixed = CODE.replace(".numpy()", ".numpy()  # noqa: F401, KI403")
    for settings, left in (("", CODE), (f"lint.{LINE}", CODE.replace(".numpy()", ".numpy()  # noqa: KI403"))):
        (folder / "ruff.toml").write_text(settings, encoding="utf-8")
        (folder / "a.py").write_text(mixed, encoding="utf-8")
        assert ruff_fixes("--select=RUF100") == left


def test_a_comment_that_ruff_rewrites_still_counts(folder: Path) -> None:
    (folder / "ruff.toml").write_text("", encoding="utf-8")
    both = CODE.replace(".numpy()", ".numpy(); import re  # noqa: F401, KI403")
    (folder / "a.py").write_text(both, encoding="utf-8")
    assert "# ruff: ignore[F401, KI403]" in ruff_fixes("--preview", "--select=RUF105", "--ignore=RUF100,RUF102")
    assert main(["check", "--no-cache"]) == 0


# Which settings of Ruff hold


def settings_in_view(files: dict[str, str]) -> list[str]:
    for name, body in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8")
    return [Path(path).relative_to(Path.cwd()).as_posix() for path in unaware(["sub/b.py"])]


@pytest.mark.parametrize(
    ("files", "unaware_of_us"),
    [
        ({"pyproject.toml": "[project]\nname = 'a'"}, []),
        ({"pyproject.toml": "[tool.ruff]"}, ["pyproject.toml"]),
        ({"pyproject.toml": "[tool.ruff]", "sub/ruff.toml": "lint.external = ['KI']"}, []),
        ({"pyproject.toml": "[tool.ruff.lint]\nexternal = ['KI']", "sub/.ruff.toml": ""}, ["sub/.ruff.toml"]),
        ({"pyproject.toml": "[tool.ruff.lint]\nexternal = ['KI']", "sub/ruff.toml": "extend='../pyproject.toml'"}, []),
        ({"ruff.toml": "external = ['V', 'KI']"}, []),
        ({"ruff.toml": "lint.external = ['V']"}, ["ruff.toml"]),
        ({"ruff.toml": "lint.external = 'KI'"}, ["ruff.toml"]),
        ({"ruff.toml": "extend = 'ruff.toml'"}, ["ruff.toml"]),
        ({"ruff.toml": "not toml", "pyproject.toml": "[tool]\nruff = 1"}, []),
    ],
)
def test_the_nearest_settings_of_ruff_hold(files: dict[str, str], unaware_of_us: list[str]) -> None:
    assert settings_in_view(files) == unaware_of_us
