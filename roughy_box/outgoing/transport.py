"""A transport of httpx that connects only to addresses the policy allows.

The name is resolved where the connection is made, so there is no moment between the check of an address and its use
(DNS rebinding). TLS and ``Host`` still go by the name. There are no redirects, cookies, proxies or decompression here:
those belong to the client of httpx, which is not used.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterable
from typing import Any

import certifi
import httpcore
import httpx

from roughy_box.domain.webhook_address import Target
from roughy_box.outgoing.policy import Policy

CONNECT_TIMEOUT = 5.0  # seconds for each address of a name


class Transport(httpx.AsyncBaseTransport):
    """Sends requests over connections of their own, at most ``most`` at a time."""

    def __init__(self, policy: Policy, tls: ssl.SSLContext, most: int) -> None:
        self._pools = {
            scheme: httpcore.AsyncConnectionPool(
                ssl_context=tls,
                max_connections=most,
                # Each attempt has its addresses checked.
                max_keepalive_connections=0,
                network_backend=_Backend(policy, scheme),
            )
            for scheme in ("http", "https")
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. Errors: those of httpcore, :class:`RefusedAddress`, :class:`UnknownName`."""
        url = request.url
        answer = await self._pools[url.scheme].handle_async_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            await pool.aclose()


class _Body(httpx.AsyncByteStream):
    """The body of an answer."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


class _Backend(httpcore.AsyncNetworkBackend):
    """Connects to the addresses of a name in turn, after all of them were checked."""

    def __init__(self, policy: Policy, scheme: str) -> None:
        self._policy = policy
        self._scheme = scheme
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._policy.addresses(Target(self._scheme, host.lower(), port))
        for address in addresses[:-1]:
            try:
                return await self._sockets.connect_tcp(str(address), port, timeout=CONNECT_TIMEOUT)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._sockets.connect_tcp(str(addresses[-1]), port, timeout=timeout)


def tls_context() -> ssl.SSLContext:
    """Return a context that checks certificates by the store of the system, or by ``SSL_CERT_FILE``."""
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not paths.cafile and not paths.capath:  # as in a packed program on another system
        context.load_verify_locations(certifi.where())
    return context
