"""Resolves host names in threads of their own.

A resolver may take half a minute. The thread pool of the event loop must not wait for it, as files are written there,
nor may the end of the process: these threads are daemons.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from contextlib import suppress

from roughy_box.base.tasks import retrieve_exception
from roughy_box.domain.webhook_address import Address

MOST = 64  # look-ups at a time

Found = list[Address] | Exception


class Names:
    """Resolves names; callers that ask for the same name at the same time share one look-up."""

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Task[list[Address]]] = {}
        self._slots = asyncio.Semaphore(MOST)

    async def resolve(self, host: str) -> list[Address]:
        """Return all addresses of a host, in the order of preference. Errors: ``OSError`` where there are none."""
        running = self._running.get(host)
        if running is None:
            running = self._running[host] = asyncio.create_task(self._resolve(host))
            running.add_done_callback(retrieve_exception)  # there may be no caller left
        # One that gives up does not take the look-up from the others.
        return await asyncio.shield(running)

    async def _resolve(self, host: str) -> list[Address]:
        try:
            async with self._slots:
                return await _in_thread(host)
        finally:
            del self._running[host]


def _in_thread(host: str) -> asyncio.Future[list[Address]]:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[list[Address]] = loop.create_future()

    def finish(found: Found) -> None:
        if future.cancelled():  # the process ends
            return
        if isinstance(found, Exception):
            future.set_exception(found)
        else:
            future.set_result(found)

    def run() -> None:
        found = _look_up(host)
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(finish, found)

    threading.Thread(target=run, name="resolve", daemon=True).start()
    return future


def _look_up(host: str) -> Found:
    try:
        rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return OSError(str(error))
    # The scope of a link-local address is of no use: these are refused.
    found = dict.fromkeys(ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in rows)
    return [*found] or OSError("no address")
