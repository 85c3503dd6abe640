"""A proxy of a few lines that changes requests and answers as a test asks."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

BLOCK = 64 * 1024

# Takes received data and returns what to pass on; None ends the connection.
Change = Callable[[bytes], bytes | None]


class _Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


class _Server(_Threads):
    def __init__(self, box_port: int, request: Change, answer: Change) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.box_port, self.request_change, self.answer_change = box_port, request, answer


class _Connection(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.server.box_port)) as box:
            back = threading.Thread(target=_pump, args=[box, self.request, self.server.answer_change], daemon=True)
            back.start()
            _pump(self.request, box, self.server.request_change)
            back.join()


def _pump(source: socket.socket, sink: socket.socket, change: Change) -> None:
    with suppress(OSError):
        while (data := source.recv(BLOCK)) and (passed := change(data)) is not None:
            sink.sendall(passed)
    for each in (source, sink):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


def as_it_is(data: bytes) -> bytes:
    """Return the data unchanged."""
    return data


@contextmanager
def faulty(box_port: int, request: Change = as_it_is, answer: Change = as_it_is) -> Iterator[str]:
    """Run such a proxy; yield its address."""
    with _Server(box_port, request, answer) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


@contextmanager
def answering(page: bytes) -> Iterator[str]:
    """Run a server that answers everything with the same page; yield its address."""
    with speaking(lambda _request: [page]) as url:
        yield url


@contextmanager
def speaking(speech: Callable[[bytes], Iterable[bytes]]) -> Iterator[str]:
    """Run a server that answers the first request of each connection, part by part; yield its address."""

    class Speaker(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                for part in speech(self.request.recv(BLOCK)):
                    self.request.sendall(part)

    with _Threads(("127.0.0.1", 0), Speaker) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
