"""`keras-inference server`: an editor's session with the real process, message by message.

The client (`language_client`) speaks JSON-RPC itself and holds the texts as an editor does, so that what the server
says of a text is tried on that text.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_client import Editor
from lsprotocol import types

from lint_rules.cli import main
from lint_rules.server.changes import changed

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


# One file


def test_a_finding_its_quick_fix_and_a_clean_goodbye(edit: Callable[..., Editor], tmp_path: Path) -> None:
    editor = edit({"a.py": BAD})
    uri = editor.open(tmp_path / "a.py")
    (found,) = editor.findings(uri)
    assert (found["code"], found["severity"], found["source"]) == ("KI403", 1, "keras-inference")
    assert editor.cut(uri, found["range"]) == "model.predict(keras.ops.ones((2, 3))).numpy()"
    assert found["message"] == "predict() returns NumPy arrays, which have no .numpy(). Drop it."

    actions = editor.actions(uri, 3, only=["quickfix"])
    assert list(actions) == [
        "KI403: Drop .numpy()",
        "KI403: Silence it on this line with # noqa",
    ]
    fix, comment = actions.values()
    assert fix["isPreferred"] is True
    assert "isPreferred" not in comment
    assert [told["code"] for told in fix["diagnostics"]] == ["KI403"]
    assert editor.apply(comment) == {uri: BAD.replace("numpy())", "numpy())  # noqa: KI403")}
    assert editor.apply(fix) == {uri: GOOD}
    editor.type(uri, GOOD)
    assert editor.findings(uri) == []
    assert editor.actions(uri, 3) == {}
    assert editor.leave() == 0


def test_the_noqa_comment_that_is_offered_silences(edit: Callable[..., Editor], tmp_path: Path) -> None:
    editor = edit({"a.py": BAD})
    uri = editor.open(tmp_path / "a.py", BAD.replace("numpy())", "numpy())  # noqa: KI403"))
    assert editor.findings(uri) == []


def test_a_fix_that_may_change_behaviour_says_so_and_is_not_preferred(
    edit: Callable[..., Editor], tmp_path: Path
) -> None:
    editor = edit({"agent.py": AGENT, "train.py": TRAIN})
    uri = editor.open(tmp_path / "agent.py")
    assert editor.codes(uri) == ["KI202"]
    titles = editor.actions(uri, 8, only=["quickfix"])
    (unsafe,) = [action for title, action in titles.items() if title.endswith("(unsafe)")]
    assert "isPreferred" not in unsafe
    assert editor.actions(uri, 8, only=["source.fixAll"]) == {}


@pytest.mark.parametrize("is_open", [True, False])
def test_a_fix_that_changes_another_file_names_it(edit: Callable[..., Editor], tmp_path: Path, is_open: bool) -> None:
    helper = AGENT.replace("act(self, state)", "score(self, image)").replace(
        "predict(state)", "predict(image[None])[0]"
    )
    loop = "from agent import Agent\n\nagent = Agent()\n\n\ndef run(images):\n    return [{}]\n"
    files = {"agent.py": helper, "loop.py": loop.format("agent.score(image) for image in images")}
    editor = edit(files, {"workspace": {"workspaceEdit": {"documentChanges": True}}})
    uri = editor.open(tmp_path / "agent.py")
    other = editor.open(tmp_path / "loop.py") if is_open else (tmp_path / "loop.py").as_uri()
    assert editor.codes(uri) == ["KI201"]
    titles = editor.actions(uri, 8, only=["quickfix"])
    (action,) = [action for title, action in titles.items() if title.endswith("(unsafe)")]
    changes = {change["textDocument"]["uri"]: change for change in action["edit"]["documentChanges"]}
    assert changes.keys() == {uri, other}
    assert changes[other]["textDocument"]["version"] == (1 if is_open else None)
    (change,) = changes[other]["edits"]
    assert change["newText"] == "agent.score_all(images)"
    assert change["range"] == {"start": {"line": 6, "character": 11}, "end": {"line": 6, "character": 51}}


def test_all_safe_fixes_at_once_even_where_one_lies_in_another(edit: Callable[..., Editor], tmp_path: Path) -> None:
    text = (
        BAD.replace("predict(keras.ops.ones((2, 3)))", "predict(keras.ops.ones((2, 3)), workers=2)")
        + 'print("x", model.predict(keras.ops.ones((1, 3))).numpy())\n'
    )
    editor = edit({"a.py": text}, {"workspace": {"workspaceEdit": {"documentChanges": True}}})
    uri = editor.open(tmp_path / "a.py")
    assert editor.codes(uri) == ["KI401", "KI403"]
    (action,) = editor.actions(uri, 0, only=["source.fixAll"]).values()
    assert action["kind"] == "source.fixAll.keras-inference"
    (change,) = action["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": 1}
    assert editor.apply(action) == {uri: GOOD + 'print("x", model.predict(keras.ops.ones((1, 3))))\n'}
    # What was offered has not been taken: the text is as it was.
    assert list(editor.actions(uri, 3, only=["source.organizeImports"])) == []
    assert len(editor.actions(uri, 3, only=["quickfix"])) == 2


def test_the_page_of_the_rule_is_shown_over_a_finding_and_nowhere_else(
    edit: Callable[..., Editor], tmp_path: Path
) -> None:
    editor = edit({"a.py": BAD})
    uri = editor.open(tmp_path / "a.py")
    at = {"textDocument": {"uri": uri}, "position": {"line": 3, "character": 10}}
    page = editor.request("textDocument/hover", at)
    assert page["contents"]["kind"] == "markdown"
    assert page["contents"]["value"].startswith("**KI403** predict() returns NumPy arrays")
    assert "# numpy-on-predict (KI403)" in page["contents"]["value"]
    assert "## Why is this bad?" in page["contents"]["value"]
    assert editor.request("textDocument/hover", {**at, "position": {"line": 0, "character": 2}}) is None


def test_columns_are_counted_as_the_editor_counts_them(edit: Callable[..., Editor], tmp_path: Path) -> None:
    text = BAD.replace("print(", 'print("\N{GRINNING FACE}é", ')
    editor = edit({})
    uri = editor.open(tmp_path / "new.py", text)
    (found,) = editor.findings(uri)
    assert editor.cut(uri, found["range"]) == "model.predict(keras.ops.ones((2, 3))).numpy()"
    fix, _ = editor.actions(uri, 3, only=["quickfix"]).values()
    assert editor.apply(fix) == {uri: text.replace(".numpy()", "")}


def test_a_file_that_is_no_python_is_told_where_and_recovers(edit: Callable[..., Editor], tmp_path: Path) -> None:
    editor = edit({"a.py": BAD})
    uri = editor.open(tmp_path / "a.py", "def (:\n")
    (found,) = editor.findings(uri)
    assert (found["code"], found["severity"]) == ("KI000", 1)
    assert found["range"]["start"] == {"line": 0, "character": 4}
    # Half a statement, as it is while somebody types, costs that statement.
    editor.type(uri, BAD + "def (:\n")
    assert editor.codes(uri) == ["KI403"]
    editor.type(uri, BAD)
    assert editor.codes(uri) == ["KI403"]


def test_a_text_is_judged_once_it_rests(edit: Callable[..., Editor], tmp_path: Path) -> None:
    editor = edit({"a.py": BAD})
    uri = editor.open(tmp_path / "a.py")
    assert editor.codes(uri) == ["KI403"]
    for number in range(20):
        editor.type(uri, GOOD + "#" * number + "\n")
    assert editor.findings(uri) == []
    shown = [message for message in editor._aside if message.get("method") == "textDocument/publishDiagnostics"]
    assert len(shown) < 5


# The project around it


def test_the_trace_leads_into_the_other_file_and_its_unsaved_text_counts(
    edit: Callable[..., Editor], tmp_path: Path
) -> None:
    editor = edit({"agent.py": AGENT, "train.py": TRAIN})
    agent = editor.open(tmp_path / "agent.py")
    (found,) = editor.findings(agent)
    assert found["code"] == "KI202"
    related = found["relatedInformation"]
    train = (tmp_path / "train.py").as_uri()
    assert [step["location"]["uri"] for step in related] == [train, train]
    assert related[-1]["message"] == "in this loop: while not done"

    assert editor.open(tmp_path / "train.py") == train
    assert editor.findings(train) == []
    assert editor.cut(train, related[0]["location"]["range"]) == "agent.act(state)"
    assert editor.codes(agent) == ["KI202"]
    # The loop goes, but only in the editor; then the editor's text goes.
    editor.type(train, TRAIN.replace("while", "if"))
    assert editor.findings(agent) == []
    editor.notify("textDocument/didClose", {"textDocument": {"uri": train}})
    assert editor.codes(agent) == ["KI202"]


def test_a_caller_that_is_not_on_disk_yet_counts(edit: Callable[..., Editor], tmp_path: Path) -> None:
    editor = edit({"agent.py": AGENT})
    agent = editor.open(tmp_path / "agent.py")
    assert editor.findings(agent) == []
    train = editor.open(tmp_path / "train.py", TRAIN)
    assert editor.findings(train) == []
    assert editor.codes(agent) == ["KI202"]


def test_a_change_on_disk_is_seen_when_the_editor_tells_of_it(edit: Callable[..., Editor], tmp_path: Path) -> None:
    watching = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
    editor = edit({"agent.py": AGENT, "train.py": TRAIN}, watching)
    asked = editor.wait(lambda message: message.get("method") == "client/registerCapability")
    (registration,) = asked["params"]["registrations"]
    patterns = [watcher["globPattern"] for watcher in registration["registerOptions"]["watchers"]]
    assert patterns == ["**/*.py", "**/*.ipynb", "**/keras-inference.toml", "**/pyproject.toml", "**/.gitignore"]
    agent = editor.open(tmp_path / "agent.py")
    assert editor.codes(agent) == ["KI202"]
    (tmp_path / "train.py").write_text(TRAIN.replace("while", "if"), encoding="utf-8")
    changes = [{"uri": (tmp_path / "train.py").as_uri(), "type": 2}]
    editor.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    assert editor.findings(agent) == []


def test_wrong_settings_are_shown_once_and_right_ones_hold_after_a_save(
    edit: Callable[..., Editor], tmp_path: Path
) -> None:
    editor = edit({"a.py": BAD, "pyproject.toml": "[tool.keras-inference]\nignore = ['KI999']\n"})
    uri = editor.open(tmp_path / "a.py")
    # Without a word in the file, it would seem to be clean.
    (found,) = editor.findings(uri)
    assert (found["range"]["start"], found["severity"]) == ({"line": 0, "character": 0}, 1)
    told = editor.wait(lambda message: message.get("method") == "window/showMessage")["params"]["message"]
    assert told == found["message"].replace("Not checked, because of the settings", "keras-inference")
    assert "pyproject.toml" in told
    assert "KI999" in told
    (tmp_path / "pyproject.toml").write_text("[tool.keras-inference]\nextend-exclude = ['b.py']\n", encoding="utf-8")
    editor.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    assert editor.codes(uri) == ["KI403"]
    excluded = editor.open(tmp_path / "b.py", BAD)
    assert editor.findings(excluded) == []


def test_a_closed_file_shows_nothing(edit: Callable[..., Editor], tmp_path: Path) -> None:
    editor = edit({"a.py": BAD})
    uri = editor.open(tmp_path / "a.py")
    assert editor.codes(uri) == ["KI403"]
    editor.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    closed = editor.wait(lambda message: message.get("method") == "textDocument/publishDiagnostics")
    assert closed["params"] == {"uri": uri, "diagnostics": []}


# Notebooks


def _notebook(path: Path, texts: list[str]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A notebook as an editor opens it: the first cell is prose, and prose is not sent along."""
    cells = [{"kind": 1, "document": f"vscode-notebook-cell:{path}#prose"}]
    documents = []
    for number, text in enumerate(texts):
        uri = f"vscode-notebook-cell:{path}#{number}"
        cells.append({"kind": 2, "document": uri})
        documents.append({"uri": uri, "languageId": "python", "version": 1, "text": text})
    notebook = {"uri": path.as_uri(), "notebookType": "jupyter-notebook", "version": 1, "cells": cells}
    return notebook, documents


def test_a_notebook_is_judged_as_one_module_and_told_cell_by_cell(edit: Callable[..., Editor], tmp_path: Path) -> None:
    editor = edit({}, {"notebookDocument": {"synchronization": {}}})
    assert editor.server["capabilities"]["notebookDocumentSync"]["notebookSelector"][0]["cells"] == [
        {"language": "python"}
    ]
    notebook, documents = _notebook(
        tmp_path / "n.ipynb",
        [BAD.partition("print")[0], "%matplotlib inline\nprint(model.predict(keras.ops.ones((2, 3))).numpy())"],
    )
    editor.notify("notebookDocument/didOpen", {"notebookDocument": notebook, "cellTextDocuments": documents})
    first, second = (document["uri"] for document in documents)
    for document in documents:
        editor.texts[document["uri"]], editor.versions[document["uri"]] = document["text"], 1
    assert editor.findings(first) == []
    (found,) = editor.findings(second)
    assert found["code"] == "KI403"
    assert found["range"]["start"] == {"line": 1, "character": 6}

    fix, _ = editor.actions(second, 1, only=["quickfix"]).values()
    fixed = "%matplotlib inline\nprint(model.predict(keras.ops.ones((2, 3))))"
    assert editor.apply(fix) == {second: fixed}
    (fix_all,) = editor.actions(second, 1, only=["source.fixAll"]).values()
    assert editor.apply(fix_all) == {second: fixed}
    assert editor.actions(first, 1, only=["quickfix"]) == {}

    # The model's cell goes: nothing proves what `model` is.
    editor.notify(
        "notebookDocument/didChange",
        {
            "notebookDocument": {"uri": notebook["uri"], "version": 2},
            "change": {
                "cells": {
                    "structure": {
                        "array": {"start": 1, "deleteCount": 1},
                        "didClose": [{"uri": first}],
                    }
                }
            },
        },
    )
    assert editor.findings(second) == []
    # A change of a few characters, as editors send them for cells.
    change = {
        "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 18}},
        "text": "import keras\nmodel = keras.Sequential()",
    }
    editor.notify(
        "notebookDocument/didChange",
        {
            "notebookDocument": {"uri": notebook["uri"], "version": 3},
            "change": {
                "cells": {"textContent": [{"document": {"uri": second, "version": 2}, "changes": [change]}]},
            },
        },
    )
    editor.versions[second] = 2
    assert editor.codes(second) == ["KI403"]


# Coming and going


@pytest.mark.parametrize("way", ["end of input", "exit without shutdown"])
def test_an_editor_that_goes_without_a_word_leaves_no_server_behind(
    edit: Callable[..., Editor], tmp_path: Path, way: str
) -> None:
    editor = edit({"a.py": BAD})
    editor.open(tmp_path / "a.py")
    if way == "exit without shutdown":
        editor.notify("exit", None)
    assert editor.leave(politely=False) == 1
    assert editor.process.stderr is not None
    assert b"Traceback" not in editor.process.stderr.read()


def test_without_the_extra_the_command_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "lint_rules.server.app", raising=False)
    monkeypatch.setitem(sys.modules, "pygls", None)
    monkeypatch.setitem(sys.modules, "pygls.lsp.server", None)
    assert main(["server"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "keras-inference: error: server: the language server needs pygls 2 or newer, which is not installed here; "
        'install the extra: pip install "pytest-keras-inference[server]"\n'
    )


# Changes of a text

_LINES = st.text(st.sampled_from("a\n\r\f\N{GRINNING FACE}é"), max_size=12)


def _width(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _position(text: str, offset: int) -> types.Position:
    """Where an offset is, by the protocol: lines end at a line feed, a carriage return, or both."""
    lines = text[:offset].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return types.Position(len(lines) - 1, _width(lines[-1]))


@given(_LINES, _LINES, st.data())
def test_a_change_of_a_stretch_changes_that_stretch(text: str, new: str, data: st.DataObject) -> None:
    # No position lies between the two characters of one line end.
    places = [place for place in range(len(text) + 1) if text[place - 1 : place + 1] != "\r\n"]
    start = data.draw(st.sampled_from(places))
    end = data.draw(st.sampled_from([place for place in places if place >= start]))
    stretch = types.Range(_position(text, start), _position(text, end))
    change = types.TextDocumentContentChangePartial(range=stretch, text=new)
    assert changed(text, [change], _width) == text[:start] + new + text[end:]


def test_a_position_behind_the_end_is_the_end() -> None:
    far = types.Range(types.Position(0, 99), types.Position(99, 0))
    change = types.TextDocumentContentChangePartial(range=far, text="!")
    assert changed("one\ntwo\n", [change], _width) == "one!"
