"""`keras-inference server` with editors that can do more: ask for findings, have settings, show progress, hold texts
that are no files yet, and send the Python of a notebook as one text."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from language_client import Editor

from lint_rules.config.keys import SettingsError
from lint_rules.config.settings import Overrides, Selection
from lint_rules.output.links import DOCS
from lint_rules.server.actions import LONGEST_TITLE, title
from lint_rules.server.client_settings import overrides

pytestmark = pytest.mark.sampled(2)

BAD = """\
import keras

model = keras.models.load_model("model.keras")
print(model.predict(keras.ops.ones((2, 3))).numpy())
"""
GOOD = BAD.replace(".numpy()", "")
AGENT = """\
import keras


class Agent:
    def __init__(self):
        self.model = keras.models.load_model("model.keras")

    def act(self, state):
        return self.model.predict(state)
"""
TRAIN = """\
from agent import Agent


def train(env):
    agent = Agent()
    state, done = env.reset(), False
    while not done:
        state, done = env.step(agent.act(state))
"""
PULLS = {"textDocument": {"diagnostic": {}}, "workspace": {"diagnostics": {"refreshSupport": True}}}
Edit = Callable[..., Editor]


# Findings that the editor asks for


def pulled(editor: Editor, uri: str, known: str | None = None) -> dict[str, Any]:
    """The answer of the server to an editor that asks for the findings of a text."""
    params = {"textDocument": {"uri": uri}, "previousResultId": known}
    report: dict[str, Any] = editor.request("textDocument/diagnostic", params)
    return report


def test_an_editor_that_asks_gets_findings_once_and_none_unasked(edit: Edit, tmp_path: Path) -> None:
    editor = edit({"a.py": BAD}, PULLS)
    offered = editor.server["capabilities"]["diagnosticProvider"]
    assert (offered["interFileDependencies"], offered["workspaceDiagnostics"]) == (True, False)
    uri = editor.open(tmp_path / "a.py")
    first = pulled(editor, uri)
    assert (first["kind"], [found["code"] for found in first["items"]]) == ("full", ["KI403"])
    assert pulled(editor, uri, first["resultId"]) == {"kind": "unchanged", "resultId": first["resultId"]}
    editor.type(uri, GOOD)
    second = pulled(editor, uri, first["resultId"])
    assert (second["kind"], second["items"]) == ("full", [])
    editor.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert pulled(editor, uri)["items"] == []
    assert editor.leave() == 0
    unasked = [each["params"] for each in editor.heard() if each.get("method") == "textDocument/publishDiagnostics"]
    assert unasked == [{"uri": uri, "diagnostics": []}]  # when it was closed


def test_the_cells_of_a_notebook_are_told_unasked(edit: Edit, tmp_path: Path) -> None:
    editor = edit({}, PULLS | {"notebookDocument": {"synchronization": {}}})
    cell, notebook = f"vscode-notebook-cell:{tmp_path}/n.ipynb#1", (tmp_path / "n.ipynb").as_uri()
    cells = [{"kind": 2, "document": cell}]
    opened = {"uri": notebook, "notebookType": "jupyter-notebook", "version": 1, "cells": cells}
    texts = [{"uri": cell, "languageId": "python", "version": 1, "text": BAD}]
    editor.notify("notebookDocument/didOpen", {"notebookDocument": opened, "cellTextDocuments": texts})
    assert [found["code"] for found in editor.findings(cell, 1)] == ["KI403"]
    assert pulled(editor, cell)["items"] == []


def test_an_editor_that_asks_is_told_when_another_text_changed_what_it_has(edit: Edit, tmp_path: Path) -> None:
    editor = edit({"agent.py": AGENT, "train.py": TRAIN}, PULLS)
    agent, train = editor.open(tmp_path / "agent.py"), editor.open(tmp_path / "train.py")
    assert [found["code"] for found in pulled(editor, agent)["items"]] == ["KI202"]
    editor.type(train, TRAIN.replace("while", "if"))
    editor.asked("workspace/diagnostic/refresh", None)
    assert pulled(editor, agent)["items"] == []


def test_a_finding_links_to_its_page_and_to_the_loop(edit: Edit, tmp_path: Path) -> None:
    editor = edit({"agent.py": AGENT, "train.py": TRAIN}, PULLS)
    (found,) = pulled(editor, editor.open(tmp_path / "agent.py"))["items"]
    assert found["codeDescription"] == {"href": f"{DOCS}/rules/predict-per-step/"}
    train = (tmp_path / "train.py").as_uri()
    steps = [(step["location"]["uri"], step["message"]) for step in found["relatedInformation"]]
    assert steps[-1] == (train, "in this loop: while not done")


# Settings of the editor


@pytest.mark.parametrize(
    ("given", "laid_over"),
    [
        (None, Overrides()),
        ({}, Overrides()),
        ({"severity": None, "ignore": []}, Overrides()),
        ({"minConfidence": "certain"}, Overrides(min_confidence="certain")),
        ({"min-confidence": "certain", "severity": "info"}, Overrides(min_confidence="certain", severity="info")),
        ({"select": ["KI2", "predict-breaks-gradient"]}, Overrides(selection=Selection(("KI2", "KI101")))),
        ({"select": []}, Overrides(selection=Selection(()))),
        ({"extendSelect": ["ki001"], "ignore": ["KI203"]}, Overrides(Selection(None, ("KI001",), ("KI203",)))),
        ({"perFileIgnores": {"tests/*": ["KI2"]}}, Overrides(per_file_ignores=(("tests/*", ("KI2",)),))),
        ({"extendExclude": ["old"]}, Overrides(extend_exclude=("old",))),
        ({"baseline": "known.json"}, Overrides(baseline="/project/known.json")),
        (
            {"ruleSeverity": {"KI2": "error"}, "unfixable": ["KI1"], "severity": "info"},
            Overrides(severity="info", below=({"rule-severity": (("KI2", "error"),), "unfixable": ("KI1",)},)),
        ),
    ],
)
def test_settings_of_the_editor_are_options_of_the_command(given: object, laid_over: Overrides) -> None:
    assert overrides(given, "/project") == laid_over


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([], "settings of the editor, keras-inference: expected an object, got []"),
        ({"severty": "info"}, '"severty" cannot be set here; did you mean "severity"? What can: select, '),
        ({"backend": "jax"}, '"backend" cannot be set here; write it into pyproject.toml. What can: select, '),
        ({"severity": "low"}, 'keras-inference severity: "low" is not allowed. Allowed: "error", "warning", "info".'),
        ({"ignore": "KI201"}, "keras-inference ignore: expected a list of strings, got "),
        ({"ignore": ["KI999"]}, 'keras-inference ignore: unknown rule "KI999"'),
    ],
)
def test_a_wrong_setting_is_told_with_its_key(given: object, told: str) -> None:
    with pytest.raises(SettingsError) as raised:
        overrides(given, None)
    assert told in str(raised.value)


def test_settings_come_with_the_beginning_and_change(edit: Edit, tmp_path: Path) -> None:
    editor = edit({"a.py": BAD}, options={"ignore": ["KI403"]})
    uri = editor.open(tmp_path / "a.py")
    assert editor.findings(uri) == []
    editor.notify("workspace/didChangeConfiguration", {"settings": {"keras-inference": {"ignore": []}}})
    assert editor.codes(uri) == ["KI403"]
    editor.notify("workspace/didChangeConfiguration", {"settings": {"keras-inference": {"ignore": ["KI4"]}}})
    assert editor.findings(uri) == []
    # Wrong ones are told, and leave those that hold.
    editor.notify("workspace/didChangeConfiguration", {"settings": {"keras-inference": {"ignore": 4}}})
    told = editor.wait(lambda message: message.get("method") == "window/showMessage")["params"]["message"]
    assert told.startswith("keras-inference: settings of the editor, keras-inference ignore: expected a list")
    editor.type(uri, f"{BAD}#\n")
    assert editor.findings(uri) == []


def test_an_editor_that_keeps_settings_is_asked_for_them(edit: Edit, tmp_path: Path) -> None:
    able = {"workspace": {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}}}
    editor = edit({"a.py": BAD}, able)
    (registered,) = editor.asked("client/registerCapability", None)["registrations"]
    assert registered["registerOptions"] == {"section": "keras-inference"}
    assert editor.asked("workspace/configuration", [{"ignore": ["KI403"]}]) == {
        "items": [{"section": "keras-inference"}]
    }
    uri = editor.open(tmp_path / "a.py")
    assert editor.findings(uri) == []
    editor.notify("workspace/didChangeConfiguration", {"settings": None})
    editor.asked("workspace/configuration", [{"ignore": []}])
    assert editor.codes(uri) == ["KI403"]


def test_wrong_settings_of_the_project_answer_every_question(edit: Edit, tmp_path: Path) -> None:
    able = {**PULLS, "textDocument": {"diagnostic": {}, "codeAction": {"disabledSupport": True}}}
    editor = edit({"a.py": BAD, "pyproject.toml": "[tool.keras-inference]\nignore = ['KI999']\n"}, able)
    uri = editor.open(tmp_path / "a.py")
    (found,) = pulled(editor, uri)["items"]
    assert found["message"].startswith("Not checked, because of the settings: ")
    assert editor.actions(uri, 3, only=["quickfix"]) == {}
    (fix_all,) = editor.actions(uri, 3, only=["source.fixAll"]).values()
    assert "KI999" in fix_all["disabled"]["reason"]
    assert "edit" not in fix_all
    assert (
        editor.request("textDocument/hover", {"textDocument": {"uri": uri}, "position": {"line": 3, "character": 9}})
        is None
    )


# Progress


def test_the_first_look_at_a_project_shows_progress_and_later_ones_do_not(edit: Edit, tmp_path: Path) -> None:
    editor = edit({"a.py": BAD}, {"window": {"workDoneProgress": True}})
    uri = editor.open(tmp_path / "a.py")
    token = editor.asked("window/workDoneProgress/create", None)["token"]
    shown = [editor.wait(lambda message: message.get("method") == "$/progress")["params"] for _ in range(2)]
    assert [(each["token"], each["value"]["kind"]) for each in shown] == [(token, "begin"), (token, "end")]
    assert shown[0]["value"]["title"] == "keras-inference: reading the project"
    assert editor.codes(uri) == ["KI403"]
    editor.type(uri, GOOD)
    assert editor.findings(uri) == []
    assert editor.leave() == 0
    assert [message for message in editor.heard() if "progress" in message.get("method", "").lower()] == []


# Texts that are no files


@pytest.mark.parametrize("folder", [True, False])
def test_a_text_that_was_never_saved_is_judged(edit: Edit, folder: bool) -> None:
    editor = edit({}, folder=folder)
    uri = editor.open_text("untitled:Untitled-1", BAD)
    assert editor.codes(uri) == ["KI403"]
    fix, comment = editor.actions(uri, 3, only=["quickfix"]).values()
    assert editor.apply(fix) == {uri: GOOD}
    assert editor.apply(comment) == {uri: BAD.replace("numpy())", "numpy())  # noqa: KI403")}
    editor.type(uri, GOOD)
    assert editor.findings(uri) == []
    other = editor.open_text("untitled:Untitled-2", "# not Python", "markdown")
    assert editor.open_text("untitled:Untitled-3", BAD) != other
    assert editor.codes("untitled:Untitled-3") == ["KI403"]


def test_a_text_that_was_never_saved_calls_into_the_folder_that_is_open(edit: Edit, tmp_path: Path) -> None:
    editor = edit({"agent.py": AGENT})
    agent = editor.open(tmp_path / "agent.py")
    assert editor.findings(agent) == []
    scratch = editor.open_text("untitled:Untitled-1", TRAIN)
    assert editor.findings(scratch) == []
    (found,) = editor.findings(agent)
    assert [step["location"]["uri"] for step in found["relatedInformation"]] == [scratch, scratch]


def test_the_python_of_a_notebook_as_one_text_is_judged(edit: Edit, tmp_path: Path) -> None:
    """JupyterLab sends the cells of a notebook so, under the address of the notebook."""
    editor = edit({})
    uri = editor.open_text((tmp_path / "n.ipynb").as_uri(), f"# cell 1\n\n\n{BAD}")
    (found,) = editor.findings(uri)
    assert (found["code"], found["range"]["start"]) == ("KI403", {"line": 6, "character": 6})
    fix, _ = editor.actions(uri, 6, only=["quickfix"]).values()
    assert editor.apply(fix) == {uri: f"# cell 1\n\n\n{GOOD}"}
    editor.type(uri, GOOD)
    assert editor.findings(uri) == []


@pytest.mark.parametrize("language", ["json", "python"])
def test_a_notebook_that_is_shown_as_its_json_is_left_alone(edit: Edit, tmp_path: Path, language: str) -> None:
    editor = edit({"a.py": BAD})
    cell = {"cell_type": "code", "source": BAD, "metadata": {}, "outputs": [], "execution_count": None}
    text = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    notebook = editor.open_text((tmp_path / "n.ipynb").as_uri(), text, language)
    assert editor.actions(notebook, 0) == {}


# Titles


def test_no_title_is_longer_than_a_menu_is_wide() -> None:
    assert title("KI403", "Drop .numpy(): the value is NumPy already", safe=True) == "KI403: Drop .numpy()"
    assert title("KI202", "Call predict_on_batch(), which returns the same", safe=False) == (
        "KI202: Call predict_on_batch() (unsafe)"
    )
    long = title("KI202", "word " * 30, safe=False)
    assert len(long) <= LONGEST_TITLE
    assert long.endswith("word… (unsafe)")


def test_what_is_left_out_of_a_title_is_told_over_the_finding(edit: Edit, tmp_path: Path) -> None:
    editor = edit({"agent.py": AGENT, "train.py": TRAIN})
    uri = editor.open(tmp_path / "agent.py")
    assert editor.codes(uri) == ["KI202"]
    page = editor.request(
        "textDocument/hover", {"textDocument": {"uri": uri}, "position": {"line": 8, "character": 20}}
    )
    assert "\n\nFix (unsafe): Call predict_on_batch()" in page["contents"]["value"]
