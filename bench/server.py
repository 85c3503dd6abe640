"""The common interface of the servers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from bench import wire
from bench.wire import Shot
from tests.harness import CHUNK_TYPE

TUS = {"Tus-Resumable": "1.0.0"}


def head(method: str, path: str, **headers: str) -> bytes:
    """Return the head of a request; underscores in the names of headers stand for dashes."""
    fields = {"Host": "127.0.0.1", **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode()


class Server:
    """One server process with a separate folder."""

    name: str
    port: int
    pid: int
    small_gets: list[str]

    def start(self, folder: Path) -> None:
        """Set up in a new folder and serve."""
        raise NotImplementedError

    def launch(self) -> None:
        """Serve; return once requests are answered."""
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def headers(self) -> dict[str, str]:
        """Return the headers of every request."""
        return {}

    def get(self, path: str, **headers: str) -> bytes:
        return head("GET", path, **self.headers(), **headers)

    def creation(self, size: int) -> bytes:
        """Return the request that announces an upload."""
        raise NotImplementedError

    def open(self, size: int) -> str:
        """Announce an upload and return its path."""
        with wire.connect(self.port) as connection:
            connection.sendall(self.creation(size))
            answer = wire.receive(connection)
        assert answer.status == 201, answer
        return urlsplit(answer.headers["location"]).path

    def chunk(self, path: str, start: int, length: int, announced: int = 0) -> Shot:
        """Return the request that sends one part of the file, or only the start of what it announces."""
        tus = {"Upload_Offset": str(start), "Content_Type": CHUNK_TYPE, "Content_Length": str(announced or length)}
        return Shot(head("PATCH", path, **self.headers(), **tus), start, length)

    def chunks(self, path: str, size: int, chunk: int) -> list[Shot]:
        """Return the requests for the whole file in chunks of one size."""
        return [self.chunk(path, start, min(chunk, size - start)) for start in range(0, size, chunk)]

    def clear(self, paths: Iterable[str]) -> None:
        """Remove the uploads once nothing works on them."""
        raise NotImplementedError
