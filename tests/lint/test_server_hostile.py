"""The language server under messages that no editor should send: each request is answered, and nobody is shown why.

What is wrong with a message is answered with the protocol's error for it; what cannot be a message ends the stream.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from language_client import SECONDS, Editor

from lint_rules.server.stream import Messages

pytestmark = pytest.mark.sampled(3)

INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, PARSE_ERROR, NOT_INITIALIZED = -32600, -32601, -32602, -32700, -32002

BAD = """\
import keras

model = keras.models.load_model("model.keras")
print(model.predict(keras.ops.ones((2, 3))).numpy())
"""
Edit = Callable[..., Editor]


def hover(uri: object, line: object = 3, character: object = 10) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}


def alive(editor: Editor, uri: str) -> None:
    """The server still judges, and has shown nothing of what was wrong."""
    editor.type(uri, editor.texts[uri] + "#\n")
    assert editor.codes(uri) == ["KI403"]
    assert editor.request("textDocument/hover", hover(uri))["contents"]["value"].startswith("**KI403**")
    assert editor.said() == []


# Parameters


def test_parameters_that_do_not_fit_are_invalid(edit: Edit, tmp_path: Path) -> None:
    editor = edit({"a.py": BAD})
    uri = editor.open(tmp_path / "a.py")
    assert editor.codes(uri) == ["KI403"]
    for method in ("textDocument/hover", "textDocument/codeAction"):
        for params in (None, [], 3, "x", {}, {"textDocument": None}, {"textDocument": {"uri": uri}, "position": None}):
            answer = editor.ask(method, params)
            assert answer["error"]["code"] == INVALID_PARAMS, params
            assert method in answer["error"]["message"]
            assert "Traceback" not in json.dumps(answer)
    alive(editor, uri)


def test_positions_no_text_has(edit: Edit, tmp_path: Path) -> None:
    editor = edit({"a.py": BAD})
    uri = editor.open(tmp_path / "a.py")
    for line, character in [
        (-1, 0),
        (0, -7),
        (2**31, 0),
        (10**400, 0),
        ("x", 0),
        (None, 0),
        ([], 1),
        (float("nan"), 0),
    ]:
        assert editor.ask("textDocument/hover", hover(uri, line, character))["error"]["code"] == INVALID_PARAMS
    for line, character in [(3, 2**31 - 1), (99, 0), (2**31 - 1, 2**31 - 1)]:
        assert editor.request("textDocument/hover", hover(uri, line, character)) is None
        place = {"start": {"line": line, "character": 0}, "end": {"line": 0, "character": 0}}
        params = {"textDocument": {"uri": uri}, "range": place, "context": {"diagnostics": []}}
        assert isinstance(editor.request("textDocument/codeAction", params), list)
    alive(editor, uri)


def test_a_change_that_does_not_fit_is_passed_over(edit: Edit, tmp_path: Path) -> None:
    editor = edit({"a.py": BAD})
    uri = editor.open(tmp_path / "a.py")
    below = {"start": {"line": -1, "character": 0}, "end": {"line": 0, "character": 0}}
    for uri_of_change in (uri, "file:///never/opened.py"):
        document = {"uri": uri_of_change, "version": 1}
        editor.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"range": below}]})
        editor.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": None}]})
        editor.notify("textDocument/didChange", {"textDocument": document})
    never = {"textDocument": {"uri": "file:///never/opened.py", "version": 1}, "contentChanges": [{"text": ""}]}
    editor.notify("textDocument/didChange", never)
    editor.notify("textDocument/didClose", {"textDocument": {"uri": "file:///never/opened.py"}})
    alive(editor, uri)


# Documents


STRANGE = [
    "",
    "file:",
    "file:///",
    "file://",
    "file:///a.py",
    "file:///{root}",
    "file://{root}/nul%00byte.py",
    "file://{root}/" + "a" * 5000 + ".py",
    "file://{root}/" + "a/" * 3000 + "b.py",
    "file://{root}/a.py/inside_a_file.py",
    "file://{root}/../elsewhere.py",
    "file://another.host/share/a.py",
    "file://[/a.py",
    "http://[::1/a.py",
    "vscode-notebook-cell:/a.ipynb#1",
    "git:/a.py?%7B%7D",
    "relative.py",
    "file://{root}/\ud800.py",
]


def test_a_document_that_is_no_file_of_the_workspace_is_left_alone(edit: Edit, tmp_path: Path) -> None:
    editor = edit({"a.py": BAD})
    good = editor.open(tmp_path / "a.py")
    for uri in STRANGE:
        strange = uri.format(root=tmp_path)
        item = {"uri": strange, "languageId": "python", "version": 1, "text": BAD}
        editor.notify("textDocument/didOpen", {"textDocument": item})
        assert editor.ask("textDocument/hover", hover(strange)).get("result") is None
        change = {"textDocument": {"uri": strange, "version": 2}, "contentChanges": [{"text": BAD}]}
        editor.notify("textDocument/didChange", change)
        editor.notify("textDocument/didSave", {"textDocument": {"uri": strange}})
    alive(editor, good)
    for uri in STRANGE:
        editor.notify("textDocument/didClose", {"textDocument": {"uri": uri.format(root=tmp_path)}})
    alive(editor, good)


def test_another_language_is_left_alone(edit: Edit, tmp_path: Path) -> None:
    editor = edit({"a.py": BAD})
    good = editor.open(tmp_path / "a.py")
    item = {"uri": (tmp_path / "README.md").as_uri(), "languageId": "markdown", "version": 1, "text": "# print x\n"}
    editor.notify("textDocument/didOpen", {"textDocument": item})
    assert editor.request("textDocument/hover", hover(item["uri"])) is None
    alive(editor, good)


def test_half_a_character_is_no_reason_to_stop(edit: Edit, tmp_path: Path) -> None:
    editor = edit({})
    text = BAD.replace("print(", 'print("\ud83d", ')
    uri = editor.open(tmp_path / "a.py", text)
    (found,) = editor.findings(uri)
    assert (found["code"], found["range"]["start"]) == ("KI403", {"line": 3, "character": 11})
    fix, _ = editor.actions(uri, 3, only=["quickfix"]).values()
    (edits,) = fix["edit"]["changes"].values()
    assert edits[0]["range"]["end"] == found["range"]["end"]


def test_nothing_around_the_workspace_is_read(edit: Edit, tmp_path: Path) -> None:
    """The model is predicted step by step by a caller beside the folder that the editor works in."""
    agent = (
        "import keras\n\n\nclass Agent:\n    def __init__(self):\n"
        '        self.model = keras.models.load_model("m.keras")\n\n'
        "    def act(self, state):\n        return self.model.predict(state)\n"
    )
    train = (
        "from work.agent import Agent\n\n\ndef train(env):\n    agent = Agent()\n    state, done = env.reset(), False\n"
        "    while not done:\n        state, done = env.step(agent.act(state))\n"
    )
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    work = tmp_path / "work"
    work.mkdir()
    (work / "agent.py").write_text(agent, encoding="utf-8")
    (tmp_path / "train.py").write_text(train, encoding="utf-8")
    for folder, codes in [(tmp_path, ["KI202"]), (work, [])]:
        editor = Editor(folder)
        try:
            assert editor.codes(editor.open(work / "agent.py")) == codes
            assert editor.leave() == 0
        finally:
            editor.process.kill()


# Messages


NO_MESSAGES = [
    (b"{", PARSE_ERROR),
    (b"\xff\xfe", PARSE_ERROR),
    (b"[" * 100_000, PARSE_ERROR),
    (b"9" * 10_000, PARSE_ERROR),
    (b"null", INVALID_REQUEST),
    (b"[]", INVALID_REQUEST),
    (b"3", INVALID_REQUEST),
    (b'{"id": null, "method": "textDocument/hover", "jsonrpc": "2.0"}', INVALID_REQUEST),
    (b'{"id": {}, "method": "textDocument/hover", "jsonrpc": "2.0"}', INVALID_REQUEST),
    (b'{"id": true, "method": "shutdown", "jsonrpc": "2.0"}', INVALID_REQUEST),
]


def test_what_is_no_message_is_answered_as_such(edit: Edit, tmp_path: Path) -> None:
    editor = edit({"a.py": BAD})
    uri = editor.open(tmp_path / "a.py")
    for body, code in NO_MESSAGES:
        editor.send(body)
        assert editor.answer(None)["error"]["code"] == code, body[:80]
    alive(editor, uri)


NOT_MET: list[tuple[dict[str, Any], int]] = [
    ({"id": "x", "method": "textDocument/hover", "params": {}}, INVALID_REQUEST),
    ({"jsonrpc": "1.0", "id": "x", "method": "shutdown"}, INVALID_REQUEST),
    ({"jsonrpc": "2.0", "id": "x", "method": 5}, INVALID_REQUEST),
    ({"jsonrpc": "2.0", "id": "x", "method": "no/such/method", "params": {}}, METHOD_NOT_FOUND),
    ({"jsonrpc": "2.0", "id": "x", "method": "initialize", "params": {"capabilities": {}}}, INVALID_REQUEST),
    (
        {"jsonrpc": "2.0", "id": "x", "method": "workspace/executeCommand", "params": {"command": "?"}},
        INVALID_PARAMS,
    ),
]


def test_a_request_that_cannot_be_met_gets_its_error(edit: Edit, tmp_path: Path) -> None:
    editor = edit({"a.py": BAD})
    uri = editor.open(tmp_path / "a.py")
    for message, code in NOT_MET:
        editor.send(json.dumps(message).encode())
        assert editor.answer("x")["error"]["code"] == code, message
    alive(editor, uri)


def test_an_answer_that_nobody_asked_for_is_passed_over(edit: Edit, tmp_path: Path) -> None:
    editor = edit({"a.py": BAD})
    uri = editor.open(tmp_path / "a.py")
    for answer in ({"id": 99, "result": 1}, {"id": [], "result": 1}, {"id": 99, "error": {}}, {"id": 99}, {}):
        editor.send(json.dumps({"jsonrpc": "2.0", **answer}).encode())
    alive(editor, uri)


def test_requests_out_of_turn_are_answered(edit: Edit, tmp_path: Path) -> None:
    editor = edit({"a.py": BAD}, initialize=False)
    assert editor.ask("textDocument/hover", hover("file:///a.py"))["error"]["code"] == NOT_INITIALIZED
    assert editor.ask("initialize", {"capabilities": 3})["error"]["code"] == INVALID_PARAMS
    assert "error" in editor.ask("initialize", {"processId": None, "rootUri": "file://[", "capabilities": {}})
    root = {"processId": None, "rootUri": tmp_path.as_uri(), "capabilities": {}}
    assert "result" in editor.ask("initialize", root)
    uri = editor.open(tmp_path / "a.py")
    assert editor.codes(uri) == ["KI403"]
    assert editor.request("shutdown", None) is None
    assert editor.ask("textDocument/hover", hover(uri))["error"]["code"] == INVALID_REQUEST
    editor.notify("exit", None)
    assert editor.process.wait(timeout=SECONDS) == 0


# The stream


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: -5\r\n\r\n{}",
        b"Content-Length: 99999999999\r\n\r\n{}",
        b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}",
        b"Content-Length: five\r\n\r\n{}",
        b"Content-Length: 0x10\r\n\r\n{}",
        b"Content-Length:\r\n\r\n{}",
        b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"Content-Type: application/json\r\n\r\n{}",
        b"GET / HTTP/1.1\r\n\r\n",
        b"x" * 10_000,
    ],
)
def test_a_header_that_says_no_length_ends_the_stream(edit: Edit, tmp_path: Path, header: bytes) -> None:
    editor = edit({"a.py": BAD})
    assert editor.codes(editor.open(tmp_path / "a.py")) == ["KI403"]
    editor.write(header)
    assert editor.process.wait(timeout=SECONDS) == 1
    assert editor.process.stderr is not None
    (line,) = editor.process.stderr.read().decode().splitlines()
    assert line.startswith("keras-inference: the stream of messages is broken: ")


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: 2\r\n\r\n",
        b"content-length:2\r\n\r\n",
        b"Content-Length: 2\n\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length:  2 \r\n\r\n",
        b"\r\n\r\nContent-Length: 2\r\n\r\n",
        b"Content-Length: 0\r\n\r\nContent-Length: 2\r\n\r\n",
    ],
)
def test_a_header_that_says_the_length_is_read(header: bytes) -> None:
    messages = Messages(BytesIO((header + b"{}") * 2))
    for _ in range(2):
        assert messages.readline() == b"Content-Length: 2\r\n"
        assert messages.readline() == b"\r\n"
        assert messages.read(2) == b"{}"
    assert messages.readline() == b""
