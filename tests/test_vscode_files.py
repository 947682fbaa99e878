"""What the extension for VS Code says of itself agrees with the server that it starts; no npm is needed here."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from lint_rules.server.actions import FIX_ALL
from lint_rules.server.client_settings import SECTION, TAKEN, overrides
from pytest_keras_inference.version import VERSION

HOME = Path(__file__).resolve().parents[1] / "editors" / "vscode"
PACKAGE: dict[str, Any] = json.loads((HOME / "package.json").read_text(encoding="utf-8"))
PROPERTIES: dict[str, Any] = PACKAGE["contributes"]["configuration"]["properties"]
OWN = {"path", "interpreter", "trace.server"}
"""Settings of the extension itself."""


def text_of(name: str) -> str:
    return (HOME / name).read_text(encoding="utf-8")


def camel(key: str) -> str:
    head, *rest = key.split("-")
    return head + "".join(word.capitalize() for word in rest)


def test_the_versions_are_one() -> None:
    lock = json.loads(text_of("package-lock.json"))
    assert {PACKAGE["version"], lock["version"], lock["packages"][""]["version"]} == {VERSION}


def test_the_settings_are_those_that_the_server_takes() -> None:
    names = {name.removeprefix(f"{SECTION}.") for name in PROPERTIES}
    assert names - OWN == {camel(key) for key in TAKEN}
    (told,) = re.findall(r"const TOLD = \[(.*?)\]", text_of("src/settings.ts"), re.DOTALL)
    assert set(re.findall(r'"(\w+)"', told)) == names - OWN


def test_the_defaults_leave_what_the_project_says() -> None:
    own = {f"{SECTION}.{name}" for name in OWN}
    defaults = {
        name.removeprefix(f"{SECTION}."): each["default"] for name, each in PROPERTIES.items() if name not in own
    }
    assert overrides(defaults, None) == overrides(None, None)


def test_every_allowed_value_is_one_of_the_server() -> None:
    for name, each in PROPERTIES.items():
        if (key := name.removeprefix(f"{SECTION}.")) not in OWN:
            for value in each.get("enum", ()):
                overrides({key: value}, None)


def test_the_page_names_every_setting_and_command() -> None:
    page = text_of("README.md")
    assert set(re.findall(r"`(keras-inference\.[\w.]+)`", page)) == set(PROPERTIES)
    assert FIX_ALL in page
    assert f'const FIX_ALL = "{FIX_ALL}";' in text_of("src/extension.ts")
    titles = [command["title"] for command in PACKAGE["contributes"]["commands"]]
    assert [title for title in titles if f"*Keras inference: {title}*" not in page and f"*{title}*" not in page] == []


def test_commands_are_registered_by_their_names() -> None:
    declared = {command["command"] for command in PACKAGE["contributes"]["commands"]}
    assert set(re.findall(r'registerCommand\("([\w.-]+)"', text_of("src/extension.ts"))) == declared


def test_the_licence_is_ours() -> None:
    assert text_of("LICENSE") == (HOME.parents[1] / "LICENSE").read_text(encoding="utf-8")
