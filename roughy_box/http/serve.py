"""Serve an opened box, and drain it when it is stopped."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from roughy_box.base.certificate import Certificate
from roughy_box.base.tasks import wait_for_all
from roughy_box.config.options import Config
from roughy_box.http.app import create_app
from roughy_box.http.listeners import BACKLOG, accept
from roughy_box.http.server import sanic_compat, supervisor
from roughy_box.http.server.call import App
from roughy_box.http.server.loop_lag import Lag, measured
from roughy_box.http.server.protocol import BoxProtocol
from roughy_box.http.server.sanic_compat import AsyncioServer
from roughy_box.services import scheduler, uploads
from roughy_box.services.box import Box
from roughy_box.services.event_stream import EventStream
from roughy_box.services.serving import open_for_serving

log = logging.getLogger(__name__)

DRAIN = 10.0  # seconds that running requests have after the signal
# Seconds in which signals count as one: a terminal signals a whole group, and a parent in it may pass its own on.
ONE_SIGNAL = 0.5
HANDSHAKE = 10.0  # seconds; a connection counts only once its TLS is established
RENEWAL = 2.0  # seconds between checks of the certificate's files


async def serve(config: Config, listeners: Sequence[socket.socket], announce: Callable[[Box], None]) -> None:
    """Serve the box of ``config`` on ``listeners`` until SIGINT, SIGTERM or SIGHUP, then drain.

    ``announce`` is called once requests are answered, and systemd is notified. A second signal ends without draining.
    Errors: :class:`SetupError`.
    """
    sanic_compat.check()
    stop = _stop_on_signal()
    async with open_for_serving(config, listeners[0].getsockname()[1]) as box:
        await uploads.restore(box)
        app = create_app(box)
        tls = _tls(config)
        secured = {"ssl_handshake_timeout": HANDSHAKE} if tls else {}
        context = tls.context if tls else None
        server = await app.create_server(
            sock=listeners[0],
            ssl=context,
            backlog=BACKLOG,
            protocol=BoxProtocol,
            return_asyncio_server=True,
            asyncio_server_kwargs={"start_serving": False} | secured,
        )
        assert server
        sanic_compat.note_http_version(app)
        await server.startup()
        await server.before_start()
        async with scheduler.running(box), _renewed(tls), supervisor.keep_alive(), app.ctx.events.running():
            await server.after_start()
            further = await _further_servers(app, server, listeners, {"ssl": context, "start_serving": False} | secured)
            await accept(listeners, [server, *further])
            box.jobs.wake()
            announce(box)
            supervisor.notify("READY=1", f"STATUS=Serving {box.folder.root}")
            with measured(Lag(box.metrics.registry)):
                await stop.wait()
            supervisor.notify("STOPPING=1", "STATUS=Draining running requests")
            log.info("stopping")
            await _drain(box, server, further, app.ctx.events)
        await server.after_stop()


async def _further_servers(
    app: App, server: AsyncioServer, listeners: Sequence[socket.socket], options: Mapping[str, Any]
) -> list[asyncio.Server]:
    """Return servers for the sockets after the first, which Sanic's own takes."""
    loop = asyncio.get_running_loop()
    protocol = partial(BoxProtocol, loop=loop, app=app, connections=server.connections)
    return [await loop.create_server(protocol, sock=listener, backlog=BACKLOG, **options) for listener in listeners[1:]]


def _stop_on_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    # Closing the terminal stops the server as well, unless it was started to outlive it (nohup).
    hangup = [] if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN else [signal.SIGHUP]

    def on_signal() -> None:
        if not stop.is_set():
            stop.set()
            loop.call_later(ONE_SIGNAL, restore_defaults)

    def restore_defaults() -> None:
        # The next one meets the default action again and ends the process at once.
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        # SIGHUP may come twice for one terminal: from the system and from the shell.
        for number in hangup:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)

    for number in (signal.SIGINT, signal.SIGTERM, *hangup):
        loop.add_signal_handler(number, on_signal)
    return stop


def _tls(config: Config) -> Certificate | None:
    chain, key = config.server.tls_cert, config.server.tls_key
    if not chain or not key:
        return None
    certificate = Certificate(chain, key)
    if certificate.is_expired():
        # Not refused: some clients connect regardless.
        log.warning("the certificate in server.tls_cert has expired; a new one is loaded without a restart")
    return certificate


@asynccontextmanager
async def _renewed(tls: Certificate | None) -> AsyncIterator[None]:
    """Load a renewed certificate while the box is served."""

    async def follow(certificate: Certificate) -> None:
        while True:
            await asyncio.sleep(RENEWAL)
            certificate.renew()

    follower = asyncio.create_task(follow(tls)) if tls else None
    try:
        yield
    finally:
        if follower:
            follower.cancel()
            with suppress(asyncio.CancelledError):
                await follower


async def _drain(box: Box, server: AsyncioServer, further: Sequence[asyncio.Server], events: EventStream) -> None:
    """Refuse new connections, stop uploads with their bytes kept, end event streams, and wait for running answers."""
    assert server.server
    for each in (server.server, *further):
        each.close()
    uploads.stop_all(box)
    events.close()
    await server.before_stop()
    try:
        async with asyncio.timeout(DRAIN):
            await wait_for_all()
            while server.connections:
                for connection in list(server.connections):
                    if connection.is_idle():
                        connection.close()
                await asyncio.sleep(0.05)
    except TimeoutError:
        log.warning("cut %d connections", len(server.connections))
    for connection in list(server.connections):
        connection.abort()
    await wait_for_all()
