"""A stand-in for the hub that models are downloaded from: one repository, served from a folder on loopback."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"
_PIECE = 256 * 1024


class Hub(ThreadingHTTPServer):
    """Serves ``folder`` as any repository; ``stall_at`` stops the weights after so many bytes."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.stall_at: int | None = None
        self.stalled = threading.Event()
        self.ended = threading.Event()
        self.ranges: list[str] = []
        self.paths: list[str] = []
        self.etags = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hub

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        # Asked through a proxy, a request names the whole URL.
        path = re.sub(r"^http://[^/]+", "", self.path).partition("?")[0]
        self.server.paths.append(self.path)
        if path.startswith("/api/models/"):
            self._describe(is_list="/tree/" in path, with_body=with_body)
            return
        file = self.server.folder / path.rpartition("/")[2]
        if "/resolve/" not in path or not file.is_file():
            self.send_error(404)
            return
        self._give(file, with_body)

    def _describe(self, *, is_list: bool, with_body: bool) -> None:
        files = sorted(self.server.folder.iterdir())
        if is_list:
            content: object = [
                {"type": "file", "path": file.name, "size": file.stat().st_size, "oid": self.server.etags[file.name]}
                for file in files
            ]
        else:
            siblings = [{"rfilename": file.name} for file in files]
            content = {"id": "Systran/faster-whisper-tiny", "sha": COMMIT, "siblings": siblings}
        body = json.dumps(content).encode()
        self._head(200, len(body), {"Content-Type": "application/json"})
        if with_body:
            self.wfile.write(body)

    def _give(self, file: Path, with_body: bool) -> None:
        size, start = file.stat().st_size, 0
        headers = {"ETag": f'"{self.server.etags[file.name]}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        if match := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")):
            start = int(match[1])
            self.server.ranges.append(match[0])
            headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
        self._head(206 if start else 200, size - start, headers)
        if with_body:
            self._send(file, start)

    def _send(self, file: Path, start: int) -> None:
        stall_at = self.server.stall_at if file.name == "model.bin" else None
        with file.open("rb") as content:
            content.seek(start)
            while data := content.read(_PIECE):
                if stall_at is not None and content.tell() > stall_at:
                    self.server.stalled.set()
                    self.server.ended.wait(60)
                    return
                self.wfile.write(data)

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(length), **headers}.items():
            self.send_header(name, value)
        self.end_headers()


@contextmanager
def serving(folder: Path) -> Iterator[Hub]:
    """Serve ``folder`` meanwhile."""
    with Hub(folder) as hub:
        thread = threading.Thread(target=hub.serve_forever, daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            hub.ended.set()
            hub.shutdown()
            thread.join()
