"""Messages from the editor, checked before anything acts on them: every request gets an answer, if only an error.

What is wrong with a message is the editor's to mend: it is answered with the error that the protocol has for it, or
told in a line of the error output where nothing can be answered. It is never shown to the person who edits.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcParseError,
    JsonRpcServerNotInitialized,
)
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol

# What goes wrong is answered or told below; the library would write a traceback of it as well.
logging.getLogger("pygls").setLevel(logging.CRITICAL)


class Protocol(LanguageServerProtocol):  # type: ignore[misc]
    """The protocol of the library, which itself leaves requests unanswered that it cannot read."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Leave an object of a message as JSON has it: only a whole message tells what it is."""
        return data

    def handle_message(self, message: Any) -> None:
        """Hand a message to its handler, or refuse it."""
        if not isinstance(message, dict) or message.get("jsonrpc") != self.VERSION:
            self.refuse(_id_of(message), JsonRpcInvalidRequest("a message must be one object of JSON-RPC 2.0"))
            return
        method, asks = message.get("method"), "id" in message
        error = self._out_of_turn(method) if method is not None else None
        if asks and method is not None and _id_of(message) is None:
            error = JsonRpcInvalidRequest("the id of a request must be a string or an integer")
        if error is None:
            try:
                structured = super().structure_message(message)
            except Exception as cause:
                error = JsonRpcInvalidParams(f"the parameters of {method} do not fit: {_reasons(cause)}")
        if error is None:
            super().handle_message(structured)
        elif asks and method is not None:
            self.refuse(_id_of(message), error)
        else:
            _log(f"{method or 'an answer'} was passed over: {error.message}")

    def refuse(self, number: int | str | None, error: JsonRpcException) -> None:
        """Answer a message with an error; None is the id of one that cannot be told."""
        self._send_response(number, error=error.to_response_error())

    def _out_of_turn(self, method: object) -> JsonRpcException | None:
        """Why a method may not be called now."""
        if not isinstance(method, str):
            return JsonRpcInvalidRequest("a method must be a string")
        if method == types.EXIT:
            return None
        if self._shutdown:
            return JsonRpcInvalidRequest(f"{method} after shutdown: only exit may follow")
        if method == types.INITIALIZE:
            return JsonRpcInvalidRequest("the server is initialized already") if self._is_initialized() else None
        return None if self._is_initialized() else JsonRpcServerNotInitialized(f"{method} before initialize")

    def _is_initialized(self) -> bool:
        try:
            return self.workspace is not None
        except RuntimeError:
            return False


class Server(LanguageServer):  # type: ignore[misc]
    """The server of the library, which itself shows every error to the person who edits."""

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Write a line of an error that no answer tells; what is no JSON is answered as such."""
        if source is JsonRpcException:
            self.protocol.refuse(None, JsonRpcParseError("a message must be JSON in UTF-8"))
        _log(f"{type(error).__name__}: {error}")


def _id_of(message: object) -> int | str | None:
    """The id of a message, if it has one that an answer can name."""
    number = message.get("id") if isinstance(message, dict) else None
    return number if isinstance(number, int | str) and not isinstance(number, bool) else None


def _reasons(error: Exception) -> str:
    """What of the parameters is wrong, and where."""
    from cattrs import transform_error

    cause = error.__cause__ or error
    return "; ".join(transform_error(cause)) or str(cause)


def _log(text: str) -> None:
    print(f"keras-inference: {' '.join(text.split())}", file=sys.stderr)
