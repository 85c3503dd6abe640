"""A receiver of webhooks, with the answers a test wants."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    """One attempt."""

    headers: dict[str, str]
    body: bytes
    path: str
    at: float
    ended_at: float = 0.0

    @property
    def id(self) -> str:
        return self.headers["svix-id"]

    @property
    def event(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def entity(self) -> str:
        return str(self.event["data"]["entity_id"])


Answers = Callable[[Received], int]


@dataclass
class Receiver:
    """Answers with the status that ``answers`` returns, which may take its time; 204 without one."""

    answers: Answers | None = None
    received: list[Received] = field(default_factory=list)
    port: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def at_once(self, *paths: str) -> int:
        """Return the most attempts that ran at the same time."""
        chosen = [each for each in self.received if not paths or each.path in paths]
        return max(sum(1 for other in chosen if other.at <= each.at < (other.ended_at or 1e12)) for each in chosen)

    def hang(self, _: Received) -> int:
        """Never answer, until the end of the test."""
        self.closing.wait()
        return 0


@contextmanager
def receiving(answers: Answers | None = None) -> Iterator[Receiver]:
    """Run a receiver on a port of its own."""
    receiver = Receiver(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(size := int(self.headers["Content-Length"]))
            if len(body) < size:  # the sender was killed
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            received = Received(headers, body, self.path, time.time())
            receiver.received.append(received)
            status = receiver.answers(received) if receiver.answers else 204
            received.ended_at = time.time()
            if status:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.closing.set()
        server.shutdown()
        server.server_close()
