"""Clients that do not read answers are closed for new ones, like idle ones."""

from __future__ import annotations

import socket
from contextlib import ExitStack, suppress

from tests.api.wire import Wire
from tests.harness import LiveBox, wait_until

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: box\r\n\r\n"


def deaf(box: LiveBox, stack: ExitStack) -> None:
    """A connection with many answers due and none read."""
    connection = stack.enter_context(socket.socket())
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    connection.connect(("127.0.0.1", box.port))
    connection.settimeout(1)
    with suppress(TimeoutError):
        connection.sendall(HEALTH * 50_000)


def test_client_not_reading_makes_room(fresh_box):
    """This works without a key, so it must not lock out clients that have one."""
    box = fresh_box({"SERVER_MAX_CONNECTIONS": "2"})
    with ExitStack() as stack:
        for _ in range(2):
            deaf(box, stack)

        def served() -> bool:
            with Wire(box) as wire:
                wire.send(HEALTH)
                return wire.answer("GET").status == 200

        wait_until(served, patience=90)
