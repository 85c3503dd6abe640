"""The parts of Sanic that its documentation does not promise."""

from __future__ import annotations

from typing import Any

from sanic import Request


def stream_of(request: Request) -> Any:
    """Sanic's side of the request: undocumented, but without underscore and stable for years.

    Used of it: ``request_body``, ``request_bytes``, ``request_bytes_left``, ``request_max_size``,
    ``recv_buffer``, ``expecting_continue``, ``keep_alive``, ``protocol``, ``read()`` and iteration.
    """
    return request.stream
