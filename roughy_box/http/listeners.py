"""The sockets that connections come in by: one for each address of the configured name."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from roughy_box.domain.errors import SetupError
from roughy_box.http.server.sanic_compat import AsyncioServer

BACKLOG = 1024
_ATTEMPTS = 20  # for a free port that is free at every address
# A name may have addresses that this machine does not have, or of a family that it does not use.
_NOT_OURS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def listen(host: str, port: int) -> list[socket.socket]:
    """Return sockets bound to every address of ``host`` that this machine has, all at one port.

    Errors: :class:`SetupError`.
    """
    try:
        # IPv6 may be in brackets as in a URL; a name that cannot be looked up is a UnicodeError.
        bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        found = socket.getaddrinfo(bare, port, type=socket.SOCK_STREAM)
        addresses = [*dict.fromkeys((family, address) for family, _, _, _, address in found)]
        for _ in range(_ATTEMPTS - 1):
            try:
                return _bound(addresses)
            except OSError as error:
                if port or error.errno != errno.EADDRINUSE:
                    raise
        return _bound(addresses)
    except (OSError, OverflowError, UnicodeError) as error:
        raise _cannot_listen(host, port, error) from None


async def accept(listeners: Sequence[socket.socket], servers: Sequence[AsyncioServer | asyncio.Server]) -> None:
    """Have each of ``servers`` take the connections of its listener. Errors: :class:`SetupError`."""
    for listener, server in zip(listeners, servers, strict=True):
        # Of two sockets bound to the same address only one may listen. Done here, as uvloop does not report a failure.
        try:
            listener.listen(BACKLOG)
            await server.start_serving()
        except OSError as error:
            host, port = listener.getsockname()[:2]
            raise _cannot_listen(host, port, error) from None


def _bound(addresses: Sequence[tuple[int, Any]]) -> list[socket.socket]:
    """Return a socket for each address of this machine. Errors: ``OSError`` where one cannot be bound, or none is."""
    listeners: list[socket.socket] = []
    foreign = OSError(errno.EADDRNOTAVAIL, "it has no address")
    with ExitStack() as in_vain:
        for family, address in addresses:
            # If any port will do, then that of the first.
            port = listeners[0].getsockname()[1] if listeners else address[1]
            try:
                listener = in_vain.enter_context(socket.socket(family, socket.SOCK_STREAM))
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6 and len(addresses) > 1:
                    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                listener.bind((address[0], port, *address[2:]))
            except OSError as error:
                if error.errno not in _NOT_OURS:
                    raise
                foreign = error
            else:
                listeners.append(listener)
        if not listeners:
            raise foreign
        in_vain.pop_all()
    return listeners


def _cannot_listen(host: str, port: int, error: Exception) -> SetupError:
    reason = getattr(error, "strerror", None) or error
    advice = "Choose another address with --host and --port."
    match getattr(error, "errno", None):
        case errno.EADDRINUSE:
            advice = "Another program uses it, perhaps another box. Stop it, or choose another port with --port."
        case errno.EACCES:
            advice = (
                "Ports below 1024 are reserved: choose a higher one with --port, behind a reverse proxy, or serve "
                "under systemd, whose unit ('roughy-box systemd') requests the permission."
            )
    return SetupError(f"Cannot listen on {host} port {port}: {reason}. {advice}")
