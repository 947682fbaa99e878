"""An editor for tests: a process of the language server, and the texts that are open in it."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SECONDS = 60
"""Far more than any answer takes on a busy machine."""


class Editor:
    """A process of the server, and the texts that are open in it."""

    def __init__(
        self,
        root: Path,
        capabilities: dict[str, Any] | None = None,
        *,
        initialize: bool = True,
        options: object = None,
        folder: bool = True,
    ) -> None:
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lint_rules", "server", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=root,
            env={"PATH": "", "PYTHONPATH": str(ROOT)},
        )
        self._messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._aside: list[dict[str, Any]] = []
        self._id = 0
        threading.Thread(target=self._read, daemon=True).start()
        if initialize:
            self._initialize(root.as_uri() if folder else None, capabilities or {}, options)

    def _initialize(self, root: str | None, capabilities: dict[str, Any], options: object) -> None:
        given = {"processId": None, "rootUri": root, "capabilities": capabilities, "initializationOptions": options}
        self.server = self.request("initialize", given)
        self.notify("initialized", {})

    # Messages

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while header := stream.readline():
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                header = stream.readline()
            self._messages.put(json.loads(stream.read(length)))
        self._messages.put(None)

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, body: bytes) -> None:
        """Send a message, whatever is in it."""
        self.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def _send(self, message: dict[str, Any]) -> None:
        self.send(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def notify(self, method: str, params: object) -> None:
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: object) -> dict[str, Any]:
        """The answer to a request, with its result or its error."""
        self._id += 1
        number = self._id
        self._send({"id": number, "method": method, "params": params})
        return self.answer(number)

    def answer(self, number: object) -> dict[str, Any]:
        """The answer that names a request."""
        return self.wait(lambda message: "method" not in message and message.get("id") == number)

    def request(self, method: str, params: object) -> Any:
        answer = self.ask(method, params)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def asked(self, method: str, result: object) -> Any:
        """The parameters of the next request of the server, which gets this answer."""
        message = self.wait(lambda message: message.get("method") == method and "id" in message)
        self._send({"id": message["id"], "result": result})
        return message.get("params")

    def heard(self) -> list[dict[str, Any]]:
        """What has come and was not waited for."""
        while not self._messages.empty():
            message = self._messages.get()
            if message is not None:
                self._aside.append(message)
        return list(self._aside)

    def said(self) -> list[str]:
        """What the server has shown or logged in the editor so far."""
        told = [message for message in self.heard() if message.get("method", "").startswith("window/")]
        return [message["params"]["message"] for message in told]

    def wait(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next message of a kind; what comes before it is kept for later questions."""
        for message in self._aside:
            if wanted(message):
                self._aside.remove(message)
                return message
        while True:
            message = self._messages.get(timeout=SECONDS)
            assert message is not None, "the server has gone"
            if wanted(message):
                return message
            self._aside.append(message)

    # Texts

    def open(self, path: Path, text: str | None = None) -> str:
        return self.open_text(path.as_uri(), path.read_text(encoding="utf-8") if text is None else text)

    def open_text(self, uri: str, text: str, language: str = "python") -> str:
        """Open a text under any address."""
        self.texts[uri] = text
        self.versions[uri] = 1
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return uri

    def type(self, uri: str, text: str) -> None:
        """Replace the whole text."""
        self.texts[uri] = text
        self.versions[uri] += 1
        document = {"uri": uri, "version": self.versions[uri]}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def findings(self, uri: str, version: int | None = None) -> list[dict[str, Any]]:
        """What the server shows for a version of a text, by default the newest."""
        wanted = self.versions[uri] if version is None else version
        message = self.wait(
            lambda message: (
                message.get("method") == "textDocument/publishDiagnostics"
                and message["params"]["uri"] == uri
                and message["params"].get("version") == wanted
            )
        )
        found: list[dict[str, Any]] = message["params"]["diagnostics"]
        return found

    def codes(self, uri: str) -> list[str]:
        return [found["code"] for found in self.findings(uri)]

    def cut(self, uri: str, place: dict[str, Any]) -> str:
        """The text of a range, counted in UTF-16 as the protocol does."""
        start, end = (_offset(self.texts[uri], place[side]) for side in ("start", "end"))
        return self.texts[uri].encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")

    def actions(self, uri: str, line: int, *, only: list[str] | None = None) -> dict[str, dict[str, Any]]:
        """The actions at a line (from 0), by title."""
        place = {"start": {"line": line, "character": 0}, "end": {"line": line, "character": 500}}
        context: dict[str, Any] = {"diagnostics": []} if only is None else {"diagnostics": [], "only": only}
        params = {"textDocument": {"uri": uri}, "range": place, "context": context}
        return {action["title"]: action for action in self.request("textDocument/codeAction", params)}

    def apply(self, action: dict[str, Any]) -> dict[str, str]:
        """The texts after an action, by address; nothing is sent."""
        after: dict[str, str] = {}
        for uri, edits in _changes(action["edit"]).items():
            data = self.texts[uri].encode("utf-16-le")
            for edit in sorted(edits, key=lambda edit: -_offset(self.texts[uri], edit["range"]["start"])):
                start, end = (_offset(self.texts[uri], edit["range"][side]) for side in ("start", "end"))
                data = data[: 2 * start] + edit["newText"].encode("utf-16-le") + data[2 * end :]
            after[uri] = data.decode("utf-16-le")
        return after

    def leave(self, *, politely: bool = True) -> int:
        if politely:
            assert self.request("shutdown", None) is None
            self.notify("exit", None)
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(timeout=SECONDS)


def _changes(edit: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    changes: dict[str, list[dict[str, Any]]] = dict(edit.get("changes") or {})
    for change in edit.get("documentChanges") or ():
        changes[change["textDocument"]["uri"]] = change["edits"]
    return changes


def _offset(text: str, position: dict[str, int]) -> int:
    """In UTF-16 units from the start of the text."""
    lines = text.splitlines(keepends=True)
    before = "".join(lines[: position["line"]])
    return len(before.encode("utf-16-le")) // 2 + position["character"]
