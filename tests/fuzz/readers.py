"""Strict readers of both sides of a connection (h11), and the exchange they are shown."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import h11

from roughy_box.domain.errors import CATALOG
from tests.harness import LiveBox


def requests_in(data: bytes) -> list[str]:
    """The targets of the requests that a strict server finds before it finds a fault; bodies may be cut."""
    server = h11.Connection(h11.SERVER, max_incomplete_event_size=8192)
    targets: list[str] = []
    server.receive_data(data)
    server.receive_data(b"")
    while True:
        try:
            event = server.next_event()
        except h11.RemoteProtocolError:
            return targets
        match event:
            case h11.Request():
                targets.append(event.target.decode())
            case h11.EndOfMessage():
                # Only a served request lets the next one in.
                server.send(h11.Response(status_code=404, headers=[("Content-Length", "0")]))
                server.send(h11.EndOfMessage())
                if server.our_state is h11.MUST_CLOSE or server.their_state is h11.MUST_CLOSE:
                    return targets
                server.start_next_cycle()
            case h11.NEED_DATA | h11.PAUSED | h11.ConnectionClosed():
                return targets


@dataclass(frozen=True)
class Reply:
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes


def replies_in(data: bytes, methods: Sequence[str] = ()) -> list[Reply]:
    """The answers in what a server sent to requests of ``methods`` (GET when there are more).

    Errors: ``h11.RemoteProtocolError`` for what is not HTTP to the letter, or comes after the last answer.
    """
    client = h11.Connection(h11.CLIENT)
    client.receive_data(data)
    client.receive_data(b"")
    replies: list[Reply] = []
    while client.trailing_data[0]:
        method = methods[len(replies)] if len(replies) < len(methods) else "GET"
        client.send(h11.Request(method=method, target="/", headers=[("Host", "box")]))
        client.send(h11.EndOfMessage())
        replies.append(_next_reply(client))
        if client.their_state is not h11.DONE:
            assert not client.trailing_data[0], "an answer comes after the last one"
            return replies
        client.start_next_cycle()
    return replies


def _next_reply(client: h11.Connection) -> Reply:
    head, body = None, b""
    while not isinstance(event := client.next_event(), h11.EndOfMessage):
        match event:
            case h11.Response():
                head = event
            case h11.Data():
                body += event.data
            case h11.ConnectionClosed() | h11.NEED_DATA:
                raise h11.RemoteProtocolError("the answer is cut")
    assert head
    headers = {name.decode(): value.decode() for name, value in head.headers}
    assert "content-length" in headers or head.status_code in (204, 304)
    return Reply(head.status_code, headers, body)


def is_health(reply: Reply) -> bool:
    """Return whether this is the answer to the request that is hidden in bodies."""
    return reply.body.startswith(b'{"status"')


def exchange(box: LiveBox, pieces: list[bytes]) -> bytes:
    """Send ``pieces`` and shut the sending side; return all that the box sends until it closes."""
    said = b""
    with box.connect() as connection, suppress(ConnectionResetError):
        with suppress(OSError):  # closed already
            for piece in pieces:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
        while data := connection.recv(65536):
            said += data
    return said


def check_error(reply: Reply) -> None:
    assert reply.status < 500, reply
    assert reply.headers["x-request-id"]
    if reply.status >= 400:
        error = json.loads(reply.body)["error"]
        assert CATALOG[error["code"]][0] == reply.status
        assert error["message"].isprintable()
