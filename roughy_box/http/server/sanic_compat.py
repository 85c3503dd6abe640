"""The parts of Sanic that its documentation does not promise, each named once.

The other modules of ``http`` take them from here. Every release of Sanic may change them, so a server checks them
before it starts, and setup.cfg allows only the releases that were tried.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol, cast

import sanic
from sanic import Request

from roughy_box.domain.errors import SetupError

NEEDED = "sanic>=25.12,<25.13"

try:
    from sanic.application.state import ApplicationServerInfo
    from sanic.http import Http, Stage
    from sanic.http.constants import HTTP
    from sanic.http.http1 import HTTP_CONTINUE
    from sanic.server import AsyncioServer, HttpProtocol
except ImportError as error:
    raise SetupError(f"Sanic {sanic.__version__} cannot be used: {error}. Install {NEEDED}.") from None

__all__ = ("HTTP_CONTINUE", "AsyncioServer", "Http", "HttpProtocol", "Stage")

_HTTP = (
    "__aiter__",
    *("_receive_more", "_send", "create_empty_request", "exception", "expecting_continue", "keep_alive", "protocol"),
    *("read", "recv_buffer", "request", "request_body", "request_bytes", "request_bytes_left", "request_max_size"),
    *("response_bytes_left", "stage", "url"),
)
_PROTOCOL = (
    *("HTTP_CLASS", "_data_received", "_task", "_time", "abort", "app", "close", "conn_info", "connection_lost"),
    *("connection_made", "data_received", "http", "loop", "pause_writing", "receive_more", "recv_buffer"),
    *("resume_writing", "send", "transport"),
)
USED: Mapping[type, tuple[str, ...]] = {
    Http: _HTTP,
    HttpProtocol: _PROTOCOL,
    Stage: ("IDLE", "REQUEST"),
    Request: ("receive_body", "stream"),
    AsyncioServer: ("connections", "server"),
}


def check(used: Mapping[type, tuple[str, ...]] = USED) -> None:
    """Raise :class:`SetupError` where the installed Sanic lacks what is used of it."""
    missing = [
        f"{owner.__name__}.{name}" for owner, names in used.items() for name in names if not hasattr(owner, name)
    ]
    if missing:
        raise SetupError(f"Sanic {sanic.__version__} lacks {', '.join(missing)}, which the box uses. Install {NEEDED}.")


class Connection(Protocol):
    """The protocol of a connection: Sanic's, as ours extends it."""

    transport: Any
    body_unread: bool
    is_unfinished: bool

    def abort(self) -> None:
        """Cut the connection."""

    def touch(self) -> None:
        """Note progress that Sanic does not see."""

    def end_with_client(self) -> None:
        """Close the connection once the client shuts its sending side."""

    def cut_if_stalled(self) -> None:
        """Cut the connection if the client does not read."""

    def limit_rest(self, request: Request) -> None:
        """End the connection if the rest of a refused body does not come soon."""


class Stream(Protocol):
    """Sanic's side of a request. ``request_body``: "chunked", true, or false once it was read."""

    protocol: Connection
    recv_buffer: bytearray
    request_body: str | bool | None
    request_bytes: int
    request_bytes_left: int
    request_max_size: float
    response_bytes_left: int
    expecting_continue: bool
    keep_alive: bool

    async def read(self) -> bytes | None:
        """Return the next bytes of the body, ``None`` at its end."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the bytes of the body."""


def stream_of(request: Request) -> Stream:
    """Return Sanic's side of a request."""
    return cast(Stream, request.stream)


def note_http_version(app: sanic.Sanic[Any, Any]) -> None:
    """Note that ``app`` speaks HTTP/1.1: ``create_server()`` does not, and Sanic then sends an empty Alt-Svc."""
    app.state.server_info.append(ApplicationServerInfo(settings={"version": HTTP.VERSION_1}))
