"""The snippets for editors are well-formed, and start the server that there is."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from lint_rules.cli import main
from lint_rules.server.actions import FIX_ALL
from lint_rules.server.client_settings import TAKEN, overrides

PAGE = (Path(__file__).parents[2] / "docs" / "editors.md").read_text(encoding="utf-8")
COMMAND = ["keras-inference", "server"]


def snippets(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_vs_code_knows_the_action_of_the_server() -> None:
    _, settings = map(json.loads, snippets("json"))
    assert list(settings["editor.codeActionsOnSave"]) == [FIX_ALL]
    assert f"`{FIX_ALL}`" in PAGE


def test_the_settings_of_an_editor_are_taken() -> None:
    settings, _ = map(json.loads, snippets("json"))
    laid_over = overrides(settings["keras-inference"], None)
    assert (laid_over.severity, laid_over.min_confidence) == ("info", "certain")
    (keys,) = re.findall(r"The keys are (.*?), written so", PAGE, re.DOTALL)
    assert tuple(re.findall(r"`([\w-]+)`", keys)) == TAKEN


def test_helix_starts_the_server_for_python() -> None:
    (languages,) = map(tomllib.loads, snippets("toml"))
    (name,) = languages["language-server"]
    server = languages["language-server"][name]
    assert [server["command"], *server["args"]] == COMMAND
    (python,) = languages["language"]
    assert python["name"] == "python"
    assert python["language-servers"][-1] == name


@pytest.mark.parametrize("snippet", [*snippets("lua"), *snippets("elisp")])
def test_neovim_and_emacs_start_the_server_and_close_what_they_open(snippet: str) -> None:
    assert re.findall(r'"(keras-inference)",? "(\w+)"', snippet) == [tuple(COMMAND)]
    bare = re.sub(r'"[^"\n]*"', "", snippet)
    assert '"' not in bare
    opened: list[str] = []
    for character in bare:
        if character in "([{":
            opened.append(character)
        elif character in ")]}":
            assert opened.pop() + character in ("()", "[]", "{}")
    assert opened == []
    assert len(re.findall(r"\bfunction\b", bare)) == len(re.findall(r"\bend\b", bare))


def test_every_editor_of_the_page_has_a_snippet() -> None:
    assert (len(snippets("json")), len(snippets("lua")), len(snippets("toml")), len(snippets("elisp"))) == (2, 2, 1, 2)


def test_the_external_tool_prints_what_its_output_filter_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (arguments,) = snippets("text")
    file = tmp_path / "a.py"
    file.write_text(
        'import keras\nmodel = keras.models.load_model("m")\nmodel.predict([0]).numpy()\n', encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path.parent)
    assert main(arguments.replace("$FilePath$", str(file)).split()) == 1
    line = capsys.readouterr().out.splitlines()[0]
    assert re.match(rf"({re.escape(str(file))}|{file.parent.name}/a\.py):3:1: KI403", line)


def test_the_extra_that_the_page_names_exists() -> None:
    pyproject = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    (extra,) = set(re.findall(r"pytest-keras-inference\[(\w+)\]", PAGE))
    assert any(need.startswith("pygls") for need in pyproject["project"]["optional-dependencies"][extra])
