"""The access log: enough to see what happened, nothing that a client could forge."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.api.wire import Wire, request_head, wav
from tests.harness import Api, LiveBox, serving, wait_until

SETTINGS = {"LOG_FORMAT": "json", "SERVER_TRUSTED_PROXIES": "127.0.0.1", "STORAGE_RESERVE": "1MiB"}


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBox]:
    """A box that trusts its peers as proxies and logs JSON."""
    with serving(tmp_path_factory.mktemp("logged"), SETTINGS) as box:
        yield box


@pytest.fixture
def api(box: LiveBox) -> Iterator[Api]:
    client = Api(box)
    with client.http:
        yield client


def line_of(box: LiveBox, answer: httpx.Response) -> dict[str, Any]:
    """Return the line of an answer, found by its request id."""
    return line_with(box, answer.headers["X-Request-ID"])


def line_with(box: LiveBox, request_id: str) -> dict[str, Any]:
    """Return the line with a request id."""

    def find() -> dict[str, Any] | None:
        lines = (json.loads(line) for line in box.log().splitlines())
        return next((line for line in lines if line["request_id"] == request_id and "status" in line), None)

    return dict(wait_until(find))


def test_chunk_line_has_bytes_offset_and_speed(api: Api, box: LiveBox) -> None:
    content = wav(400_000)
    _, url = api.asset(len(content))
    for start, end in ((0, 1000), (1000, 400_000)):
        line = line_of(box, api.patch(url, start, content[start:end]))
        assert (line["level"], line["method"], line["status"]) == ("info", "PATCH", 204)
        assert (line["received"], line["offset"], line["sent"]) == (end - start, start, 0)
        assert line["mib_per_second"] > 0 or end == 1000
        assert f"received {end - start} bytes at {start}, " in line["message"]


def test_download_line_has_bytes_sent(api: Api, box: LiveBox) -> None:
    content = wav(400_000)
    url = api.get(api.upload(content)["id"])["download_url"]
    line = line_of(box, api.http.get(url))
    assert (line["status"], line["sent"], line["received"]) == (200, len(content), 0)
    assert "?" not in line["path"]
    assert "signature" not in line["message"]
    line = line_of(box, api.http.get(url, headers={"Range": "bytes=5-14"}))
    assert (line["status"], line["sent"]) == (206, 10)
    assert line_of(box, api.http.head(url))["sent"] == 0
    answer = api.http.get("/v1/credits/balance")
    assert line_of(box, answer)["sent"] == len(answer.content)


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        (None, "127.0.0.1"),
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("a, forged", "127.0.0.1"),
        ("203.0.113.7, unknown", "127.0.0.1"),
        ("203.0.113.7 200 0.1 ms", "127.0.0.1"),
    ],
)
def test_line_behind_proxy_has_the_client(api: Api, box: LiveBox, forwarded: str | None, client: str) -> None:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    line = line_of(box, api.http.get("/v1/credits/balance", headers=headers))
    assert line["client"] == client
    assert f" ms, {client}" in line["message"]


def test_client_gone_before_its_connection_was_served_is_a_dash(box: LiveBox, stopped: Callable[[int], None]) -> None:
    request_id = "gone-before-it-was-served"
    with Wire(box) as wire:
        stopped(box.process.pid)
        wire.send(request_head(box, "GET", f"{box.url}/v1/nothing", f"X-Request-ID: {request_id}"))
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.kill(box.process.pid, signal.SIGCONT)
    line = line_with(box, request_id)
    assert line["client"] == "-"
    assert " ms, -" in line["message"]


def test_error_line_has_the_code(api: Api, box: LiveBox) -> None:
    line = line_of(box, api.http.get("/v1/nothing"))
    assert (line["level"], line["status"], line["code"]) == ("info", 404, "not_found")
    asset = api.upload(wav(1000))
    (path,) = box.data_dir.rglob(f"{asset['id']}.wav")
    path.unlink()
    path.mkdir()
    line = line_of(box, api.http.get(api.get(asset["id"])["download_url"]))
    assert (line["level"], line["status"], line["code"]) == ("error", 500, "internal_error")


def test_unexpected_body_is_logged_as_usual(api: Api, box: LiveBox) -> None:
    answer = api.http.request("GET", "/v1/credits/balance", content=b'{"a": 1}')
    assert answer.status_code == 200
    assert api.http.get("/v1/credits/balance").status_code == 200, "and is not taken for a request"
    line_of(box, answer)
    assert "not consumed" not in box.log()


def test_access_log_can_be_switched_off(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box({"LOG_ACCESS": "false"})
    api = Api(box)
    with api.http:
        asset = api.upload(wav(1000))
        (path,) = box.data_dir.rglob(f"{asset['id']}.wav")
        path.unlink()
        path.mkdir()
        assert api.http.get("/v1/nothing").status_code == 404
        assert api.http.get(api.get(asset["id"])["download_url"]).status_code == 500
    wait_until(lambda: f"{asset['id']}.wav 500" in box.log())
    assert f"asset {asset['id']} is ready" in box.log()
    assert " 204 " not in box.log()
    assert " 404 " not in box.log()
