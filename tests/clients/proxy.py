"""A network that fails at a chosen byte."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator

BLOCK = 64 * 1024


class FailingProxy(socketserver.ThreadingTCPServer):
    """Forwards everything to a box, but breaks the connection that carries the ``limit``-th byte.

    ``meanwhile`` runs just before that; afterwards, new connections work as if nothing had been.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, box_port: int, limit: int, meanwhile: Callable[[], object]) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.box_port = box_port
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.has_failed = False
        self._left = limit
        self._meanwhile = meanwhile
        self._counting = threading.Lock()

    def allow(self, size: int) -> int:
        """How many of ``size`` bytes may pass; fewer only once."""
        with self._counting:
            self._left -= size
            if self._left >= 0 or self.has_failed:
                return size
            self.has_failed = True
        self._meanwhile()
        return size + self._left


class _Connection(socketserver.BaseRequestHandler):
    server: FailingProxy
    request: socket.socket

    def handle(self) -> None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.server.box_port)) as box:
            threading.Thread(target=self._answer, args=[box], daemon=True).start()
            try:
                self._forward(box)
            finally:
                # Closing alone would send nothing while the other thread reads.
                box.shutdown(socket.SHUT_RDWR)

    def _forward(self, box: socket.socket) -> None:
        while data := self.request.recv(BLOCK):
            allowed = self.server.allow(len(data))
            box.sendall(data[:allowed])
            if allowed < len(data):
                return

    def _answer(self, box: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := box.recv(BLOCK):
                self.request.sendall(data)
            self.request.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def failing(box_port: int, limit: int, meanwhile: Callable[[], object] = lambda: None) -> Iterator[FailingProxy]:
    """Run a proxy in front of a box; at the end it must have failed, or the test proves nothing."""
    with FailingProxy(box_port, limit, meanwhile) as proxy:
        threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
        assert proxy.has_failed, "the connection never broke"
