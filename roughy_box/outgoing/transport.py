"""A transport of httpx that connects only to addresses the policy allows, and reads little of the answer.

Each request has a connection of its own. Its name is resolved where the connection is made, so there is no moment
between the check of an address and its use (DNS rebinding); TLS and ``Host`` still go by the name. Redirects, cookies,
proxies and decompression belong to the client of httpx, which is not used.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

import certifi
import h11
import httpx

from roughy_box.domain.webhook import LARGEST_ANSWER
from roughy_box.domain.webhook_address import Address, Target
from roughy_box.outgoing.policy import Policy

CONNECT_TIMEOUT = 5.0  # seconds for each address of a name but the last
LARGEST_HEAD = 16 * 1024  # bytes of an answer's status line and headers
_PART = 8 * 1024  # bytes; may be hundreds of interim answers or chunks, which are parsed in one go


class BrokenAnswer(Exception):
    """The connection was closed before the answer was complete."""


class LongAnswer(Exception):
    """No more of the answer is read."""


@dataclass(slots=True)
class _Connection:
    """A connection, and the state of HTTP/1.1 on it; ``left`` is how many bytes may still be read, of any kind."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    state: h11.Connection
    left: int = LARGEST_HEAD + LARGEST_ANSWER

    def send(self, request: httpx.Request) -> None:
        """Send a request in one write."""
        head = h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
        events = (head, h11.Data(data=request.content), h11.EndOfMessage())
        self.writer.write(b"".join(self.state.send(event) or b"" for event in events))

    async def receive(self) -> h11.Event:
        """Return the next part of the answer.

        Errors: :class:`BrokenAnswer`, :class:`LongAnswer`, h11.RemoteProtocolError, ``OSError``.
        """
        while (event := self.state.next_event()) is h11.NEED_DATA:
            if not self.left:
                raise LongAnswer
            await asyncio.sleep(0)  # a read of what is buffered does not let others run
            data = await self.reader.read(min(_PART, self.left))
            self.left -= len(data)
            self.state.receive_data(data)
            if not data:
                return self._last_event()
        assert isinstance(event, h11.Event)
        return event

    def _last_event(self) -> h11.Event:
        """Return the event that the end of the connection is: that of an answer without a length."""
        try:
            event = self.state.next_event()
        except h11.RemoteProtocolError:
            raise BrokenAnswer from None
        if not isinstance(event, h11.Event) or isinstance(event, h11.ConnectionClosed):
            raise BrokenAnswer
        return event

    def close(self) -> None:
        """Close without the farewells of TLS, for which a peer may have to be waited for."""
        self.writer.transport.abort()


class Transport(httpx.AsyncBaseTransport):
    """Sends requests over connections of their own."""

    def __init__(self, policy: Policy, tls: ssl.SSLContext) -> None:
        self._policy = policy
        self._tls = tls

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        Errors: :class:`RefusedAddress`, :class:`UnknownName`, ``OSError``, those of :meth:`_Connection.receive`.
        """
        url = request.url
        port = url.port or {"http": 80, "https": 443}[url.scheme]
        connection = await self._connect(Target(url.scheme, url.raw_host.decode("ascii").lower(), port))
        try:
            connection.send(request)
            while isinstance(head := await connection.receive(), h11.InformationalResponse):
                pass
        except BaseException:
            connection.close()
            raise
        assert isinstance(head, h11.Response)
        return httpx.Response(head.status_code, headers=head.headers.raw_items(), stream=_Body(connection))

    async def _connect(self, target: Target) -> _Connection:
        """Connect to the addresses of a name in turn, after all of them were checked."""
        *others, last = await self._policy.addresses(target)
        for address in others:
            try:
                async with asyncio.timeout(CONNECT_TIMEOUT):
                    return await self._open(target, address)
            except ssl.SSLError:
                raise
            except OSError:
                continue
        return await self._open(target, last)

    async def _open(self, target: Target, address: Address) -> _Connection:
        tls, name = (self._tls, target.host) if target.scheme == "https" else (None, None)
        reader, writer = await asyncio.open_connection(str(address), target.port, ssl=tls, server_hostname=name)
        return _Connection(reader, writer, h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD))


class _Body(httpx.AsyncByteStream):
    """The body of an answer, as far as it is read."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with suppress(LongAnswer):
            while isinstance(event := await self._connection.receive(), h11.Data):
                yield bytes(event.data)

    async def aclose(self) -> None:
        self._connection.close()


def tls_context() -> ssl.SSLContext:
    """Return a context that checks certificates by the store of the system, or by ``SSL_CERT_FILE``."""
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not paths.cafile and not paths.capath:  # as in a packed program on another system
        context.load_verify_locations(certifi.where())
    return context
