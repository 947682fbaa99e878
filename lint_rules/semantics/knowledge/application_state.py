"""Where web frameworks keep what the handlers of an application share: `app["model"]`, `app.config["MODEL"]`.

One file puts a model there when the application starts, and the handlers in others read it through the request.
"""

from __future__ import annotations

FRAMEWORKS = ("aiohttp", "fastapi", "flask", "quart", "sanic", "starlette")
"""The packages whose states are known."""

_STATES = frozenset(
    """
    aiohttp.web.Application aiohttp.web.Request.app
    fastapi.FastAPI.state fastapi.Request.app.state fastapi.WebSocket.app.state
    starlette.applications.Starlette.state starlette.requests.Request.app.state
    flask.Flask flask.Flask.config flask.Flask.extensions
    flask.current_app flask.current_app.config flask.current_app.extensions
    quart.Quart quart.Quart.config quart.current_app quart.current_app.config
    sanic.Sanic.ctx sanic.Request.app.ctx sanic.request.Request.app.ctx
    """.split()
)
"""What an application and a handler's view of it are called; names below one package mean the same object."""

_THROUGH = frozenset({"app", "application", "config", "ctx", "current_app", "extensions", "state"})
"""The last part of the name under which a handler reaches the state of an application that nothing declares."""


def is_state(name: str) -> bool:
    """Whether what has this qualified name is the state of a web application."""
    return name in _STATES


def may_be_state(attribute: str | None) -> bool:
    """Whether the last part of a dotted name is one under which frameworks hand out an application's state."""
    return attribute in _THROUGH
