"""The language server: what an editor has open is judged as it is typed, with the project around it in view.

`stream` and `protocol` let in what is a message, `client` and `client_settings` are what the editor can and wants,
`editing` and `documents` what it holds, `addresses` says which of it is a file, `judge` has it judged,
`messages`, `actions`, `reports` and `progress` say the answers in the protocol's words, `app` is the server itself. All
but `stream`, `client_settings`, `documents` and `judge` need the extra `server`.
"""

from __future__ import annotations

from typing import NoReturn

from lint_rules.config.keys import SettingsError

_MISSING = (
    "server: the language server needs pygls 2 or newer, which is not installed here; "
    'install the extra: pip install "pytest-keras-inference[server]"'
)


def serve() -> NoReturn:
    """Speak the Language Server Protocol on standard input and output until the editor has gone.

    The process ends with the exit code that the protocol wants: 0 after a shutdown, 1 when the editor went without one.

    Raises:
        SettingsError: the extra is not installed.
    """
    try:
        from lint_rules.server.app import App
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise SettingsError(_MISSING) from error
    App().run()
