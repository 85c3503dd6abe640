from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from roughy_box.client.api import BoxClient
from roughy_box.client.downloads import download
from roughy_box.client.errors import ClientError

CONTENT = bytes(range(251)) * 4000


@dataclass
class Server:
    """A file server whose first answers break off after so many bytes."""

    breaks: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=lambda: ['"one"'])  # of the answers; the last one stays
    ranges: list[str | None] = field(default_factory=list)
    is_open: bool = True
    url: str = ""


class Handler(BaseHTTPRequestHandler):
    server_state: Server

    def do_GET(self) -> None:
        state = self.server_state
        state.ranges.append(self.headers["Range"])
        tag = state.tags.pop(0) if len(state.tags) > 1 else state.tags[0]
        if not state.is_open:
            self.send_response(403)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = 0
        if self.headers["Range"] and self.headers["If-Range"] == tag:
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        else:
            self.send_response(200)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        self.wfile.write(CONTENT[start:][: state.breaks.pop(0) if state.breaks else None])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()
    http = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"server_state": state}))
    state.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    http.shutdown()
    http.server_close()
    thread.join()


def fetch(server: Server, path: Path) -> list[tuple[int, int]]:
    seen: list[tuple[int, int]] = []
    with BoxClient(server.url, "sk_1", sleep=lambda _: None) as client:
        download(client, lambda: f"{server.url}/files/a", path, lambda at, total: seen.append((at, total)))
    return seen


def test_download_interrupted_receives_only_the_rest(server: Server, tmp_path: Path) -> None:
    server.breaks = [300_000, 300_000]
    seen = fetch(server, tmp_path / "a.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=300000-", "bytes=600000-"]
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert {total for _, total in seen} == {len(CONTENT)}


def test_download_of_changed_file_starts_over(server: Server, tmp_path: Path) -> None:
    server.breaks, server.tags = [300_000], ['"one"', '"two"']
    fetch(server, tmp_path / "a.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=300000-"]


def test_download_refused_leaves_the_file_that_was_there(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"before")
    server.is_open = False
    with pytest.raises(ClientError) as refused:
        fetch(server, tmp_path / "a.mp4")
    assert refused.value.code == "forbidden"
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("a.mp4", b"before")]


def test_download_never_sends_the_key_elsewhere(server: Server, tmp_path: Path) -> None:
    with BoxClient("http://127.0.0.1:1", "sk_1") as client, pytest.raises(ClientError) as refused:
        download(client, lambda: f"{server.url}/files/a", tmp_path / "a.mp4", lambda at, total: None)
    assert refused.value.code == "url"
    assert server.ranges == []


def test_download_into_missing_folder_names_it(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ClientError, match=r"/no/a\.mp4: cannot be written: No such file or directory\.$"):
        fetch(server, tmp_path / "no" / "a.mp4")
