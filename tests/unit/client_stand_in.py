"""A stand-in for a box for the tests of the client, with all faults of a real one."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "sk_0123456789abcdef"


@dataclass
class StandIn:
    """The parts of a box that a client sees, with faults on request."""

    projects: list[dict[str, Any]] = field(default_factory=list)
    assets: dict[str, dict[str, Any]] = field(default_factory=dict)
    stored: dict[str, bytearray] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    faults: list[Callable[[Handler, str], None]] = field(default_factory=list)  # one for each PATCH to come
    refusals: dict[tuple[str, str], tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    hiccups: dict[tuple[str, str], list[Callable[[Handler], None]]] = field(default_factory=dict)
    limit: Callable[[Handler, str], bool] | None = None  # refuses a PATCH, as a proxy before the box does
    log: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""
    upload_url: str = ""  # given out instead of that of the stand-in
    discard: bool = False
    polls: int = 1  # reads of a whole asset before it is ready

    def count(self, method: str) -> int:
        return sum(entry[0] == method for entry in self.log)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement
    box: StandIn

    def answer(self, status: int, body: object = None, **headers: object) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def refuse(self, status: int, code: str, message: str, **headers: object) -> None:
        self.answer(status, {"error": {"code": code, "message": message}}, **headers)

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def hang_up(self) -> None:
        # SO_LINGER of zero seconds: the peer sees a reset, as it does when a server closes on unread bytes.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (OSError, ValueError):  # a connection that a fault has closed
            self.close_connection = True

    def dispatch(self) -> None:
        url = urlsplit(self.path)
        self.box.log.append((self.command, self.path))
        _, _, kind, *rest = url.path.split("/")
        if self.box.hiccups.get((self.command, kind)):
            self.box.hiccups[self.command, kind].pop(0)(self)
        elif (self.command, kind) in self.box.refusals:
            self.body()
            status, headers, content = self.box.refusals[self.command, kind]
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
        elif self.headers["Authorization"] != f"Bearer {KEY}":
            self.body()
            self.refuse(401, "unauthenticated", "Wrong key.")
        else:
            getattr(self, f"{self.command.lower()}_{kind}")(
                *rest, **{k: int(v[0]) for k, v in parse_qs(url.query).items()}
            )

    do_GET = do_POST = do_HEAD = do_PATCH = do_DELETE = dispatch  # noqa: N815

    def get_credits(self, _: str) -> None:
        self.answer(200, {"balance": 41})

    def get_projects(self, limit: int, offset: int) -> None:
        items = self.box.projects[offset : offset + limit]
        self.answer(200, {"items": items, "total": len(self.box.projects), "limit": limit, "offset": offset})

    def post_projects(self) -> None:
        self.box.projects.append({"id": "made", "name": json.loads(self.body())["name"]})
        self.answer(201, self.box.projects[-1])

    def post_assets(self) -> None:
        wish = json.loads(self.body())
        asset_id = f"asset-{len(self.box.assets) + 1}"
        self.box.assets[asset_id] = {
            "id": asset_id, "project_id": wish["project_id"], "state": "pending_upload", "language": wish["language"],
            "name": wish["name"],
            "error_code": None, "error_message": None,
        }  # fmt: skip
        self.box.lengths[asset_id], self.box.stored[asset_id] = wish["size_bytes"], bytearray()
        self.answer(201, self.box.assets[asset_id], Location=f"/v1/uploads/{asset_id}")

    def get_assets(self, asset_id: str) -> None:
        asset = self.box.assets.get(asset_id)
        if asset is None:
            return self.refuse(404, "not_found", "Not found.")
        pending = asset["state"] == "pending_upload"
        url = self.box.upload_url or f"http://{self.headers['Host']}/v1/uploads/{asset_id}" if pending else None
        self.answer(200, asset | {"upload_url": url})
        if asset["state"] == "processing":
            self.box.polls -= 1
            asset["state"] = "ready" if self.box.polls <= 0 else "processing"

    def delete_assets(self, asset_id: str) -> None:
        del self.box.assets[asset_id]
        self.answer(204)

    def head_uploads(self, asset_id: str) -> None:
        if self.box.assets.get(asset_id, {"state": "failed"})["state"] == "failed":
            return self.answer(410)
        self.answer(200, Upload_Offset=len(self.box.stored[asset_id]), Upload_Length=self.box.lengths[asset_id])

    def patch_uploads(self, asset_id: str) -> None:
        if self.box.limit and self.box.limit(self, asset_id):
            return None
        stored = self.box.stored[asset_id]
        assert self.headers["Content-Type"] == "application/offset+octet-stream"
        assert self.headers["Tus-Resumable"] == "1.0.0"
        assert int(self.headers["Upload-Offset"]) == len(stored)
        if self.box.faults:
            return self.box.faults.pop(0)(self, asset_id)
        left = int(self.headers["Content-Length"])
        total = len(stored) + left
        while left:
            part = self.rfile.read1(min(left, 65_536))
            if not part:  # the client has gone
                self.close_connection = True
                return
            left -= len(part)
            stored += b"" if self.box.discard else part
        if total == self.box.lengths[asset_id]:
            self.box.assets[asset_id]["state"] = "processing"
        self.answer(204, Upload_Offset=total)

    def log_message(self, *_: object) -> None:
        pass


def broken_after(count: int) -> Callable[[Handler, str], None]:
    """Return a fault that breaks the connection after ``count`` bytes of the chunk."""

    def fault(handler: Handler, asset_id: str) -> None:
        handler.box.stored[asset_id] += handler.rfile.read(count)
        handler.hang_up()

    return fault


def answering(status: int, code: str, **headers: object) -> Callable[[Handler, str], None]:
    def fault(handler: Handler, _: str) -> None:
        handler.body()
        handler.refuse(status, code, f"The box says {code}.", **headers)

    return fault


@contextlib.contextmanager
def serving() -> Iterator[StandIn]:
    stand_in = StandIn()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("BoundHandler", (Handler,), {"box": stand_in}))
    server.daemon_threads = True
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
