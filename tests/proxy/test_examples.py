"""The examples for nginx and Caddy, each in front of a box, over TLS: all clients work through them."""

from __future__ import annotations

import json
import random
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tusclient.client import TusClient

from tests.api.wire import MIB, arrived, chunk_head, chunked, dripping, wav
from tests.harness import Api, LiveBox, wait_until
from tests.proxy.conftest import CLIENT
from tests.proxy.proxies import Proxy, caddy, nginx
from tests.tools import needs

pytestmark = needs("nginx", "caddy", "openssl")

RUN = {"nginx": nginx, "caddy": caddy}
LETTER = b"This is a letter and no film.\n" * 300_000


@pytest.fixture(scope="module", params=RUN)
def proxy(
    request: pytest.FixtureRequest, hidden_box: LiveBox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    if request.param == "nginx":
        yield request.getfixturevalue("good_nginx")
    else:
        with RUN[request.param](tmp_path_factory.mktemp(request.param), hidden_box) as running:
            yield running


@pytest.fixture
def api(proxy: Proxy, through: Callable[[Proxy], Api]) -> Api:
    return through(proxy)


def test_proxy_large_upload_and_download(api: Api, proxy: Proxy) -> None:
    content = wav(12 * MIB)
    asset_id, url = api.asset(len(content))
    assert url == f"{proxy.url}/v1/uploads/{asset_id}"
    assert api.patch(url, 0, content[: 5 * MIB]).status_code == 204
    # The same without a length.
    assert api.patch(url, 5 * MIB, iter([content[5 * MIB : 8 * MIB], content[8 * MIB :]])).status_code == 204
    asset = api.settled(asset_id)
    assert asset["state"] == "ready"
    assert asset["download_url"].startswith(f"{proxy.url}/files/")
    whole = api.http.get(asset["download_url"])
    assert whole.content == content
    assert whole.headers["ETag"] == f'"{asset_id}"'
    part = api.http.get(asset["download_url"], headers={"Range": "bytes=1000000-1000999"})
    assert (part.status_code, part.content) == (206, content[1_000_000:1_001_000])
    assert part.headers["Content-Range"] == f"bytes 1000000-1000999/{len(content)}"
    assert api.http.get(asset["download_url"], headers={"Range": "bytes=99999999-"}).status_code == 416


def test_proxy_tuspy_resumes(api: Api, proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(proxy.cert))
    # tuspy sends its chunks with http.client of the standard library.
    monkeypatch.setenv("SSL_CERT_FILE", str(proxy.cert))
    path = tmp_path / "talk.wav"
    path.write_bytes(wav(5 * MIB))
    asset_id, url = api.asset(5 * MIB)
    client = TusClient(f"{proxy.url}/v1/uploads", headers={"Authorization": f"Bearer {api.box.key}"})
    client.uploader(str(path), url=url, chunk_size=MIB).upload(stop_at=2 * MIB)
    again = client.uploader(str(path), url=url, chunk_size=2 * MIB)
    assert again.offset == 2 * MIB
    again.upload()
    assert api.settled(asset_id)["state"] == "ready"


def test_proxy_broken_upload_keeps_bytes(api: Api, proxy: Proxy) -> None:
    content = wav(4 * MIB)
    asset_id, url = api.asset(len(content))
    with proxy.connect() as wire:
        wire.sendall(chunk_head(api.box, url, 0, len(content)) + content[: 2 * MIB])
        arrived(api, url, 2 * MIB)
        # Without a TLS shutdown, as when a cable is pulled.
        wire.shutdown(socket.SHUT_RDWR)
    wait_until(lambda: api.patch(url, 2 * MIB, content[2 * MIB :]).status_code == 204)
    assert api.settled(asset_id)["state"] == "ready"
    assert api.http.get(api.get(asset_id)["download_url"]).content == content


def test_proxy_chunked_body_streams(api: Api, proxy: Proxy) -> None:
    content = wav(MIB)
    _, url = api.asset(len(content))
    with proxy.connect() as wire:
        wire.sendall(chunk_head(api.box, url, 0, None) + chunked(content[: MIB // 2], 10_000))
        arrived(api, url, MIB // 2)
        wire.sendall(chunked(content[MIB // 2 :], 10_000) + b"0\r\n\r\n")
        assert wire.recv(100).startswith(b"HTTP/1.1 204")


def test_proxy_early_refusal_arrives(api: Api, proxy: Proxy) -> None:
    asset_id, url = api.asset(len(LETTER))
    with proxy.connect() as wire, dripping_over_tls(wire, chunk_head(api.box, url, 0, len(LETTER)), LETTER):
        answer = b""
        while b'"error"' not in answer:
            received = wire.recv(65536)
            assert received, answer
            answer += received
    assert answer.startswith(b"HTTP/1.1 409")
    assert b'"unsupported_media"' in answer
    assert api.get(asset_id)["error_code"] == "unsupported_media"


@pytest.mark.parametrize("turn", range(3))
def test_proxy_early_refusal_reaches_fast_client(proxy: Proxy, through: Callable[[Proxy], Api], turn: int) -> None:
    api = through(proxy)
    _, url = api.asset(len(LETTER))
    answer = api.patch(url, 0, LETTER)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "unsupported_media")
    # nginx may close the rest of this connection at any time, so the next one is new. The box works as before.
    assert through(proxy).upload(wav(MIB))["state"] == "ready"


def test_proxy_passes_other_refusals(api: Api) -> None:
    content = wav(MIB)
    _, url = api.asset(len(content))
    wrong = api.patch(url, 77, content)
    assert (wrong.status_code, wrong.headers["Upload-Offset"]) == (409, "0")
    assert wrong.json()["error"]["code"] == "offset_mismatch"
    assert api.http.head(url).headers["Tus-Version"] == "1.0.0"  # 412: no version was sent
    assert api.http.get("/v1/nothing").json()["error"]["code"] == "not_found"
    assert api.http.delete(url, headers={"Tus-Resumable": "1.0.0"}).status_code == 204
    assert api.head(url).status_code == 404


def test_proxy_expect_continue(api: Api, proxy: Proxy) -> None:
    content = wav(MIB)
    _, url = api.asset(len(content))
    with proxy.connect() as wire:
        wire.sendall(chunk_head(api.box, url, 0, len(content), "Expect: 100-continue"))
        assert wire.recv(100).startswith(b"HTTP/1.1 100")
        wire.sendall(content)
        assert wire.recv(100).startswith(b"HTTP/1.1 204")


def test_proxy_console_loads(api: Api) -> None:
    page = api.http.get("/")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Content-Security-Policy" in page.headers
    assert api.http.get("/js/main.js").headers["Content-Type"].startswith("text/javascript")
    again = api.http.get("/", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304


def test_proxy_plain_http_redirects(proxy: Proxy) -> None:
    answer = httpx.post(f"{proxy.plain_url}/v1/projects", verify=False, headers={"Host": f"localhost:{proxy.port}"})
    assert answer.status_code == 308
    assert answer.headers["Location"].startswith("https://localhost")


def test_proxy_passes_client_and_request_id(api: Api) -> None:
    request_id = f"through-a-proxy-{random.random()}"
    forged = {"X-Forwarded-For": "203.0.113.99", "X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "99"}
    answer = api.http.get("/v1/projects", headers={"X-Request-ID": request_id, **forged})
    assert answer.headers["X-Request-ID"] == request_id
    assert seen(api.box, request_id)["client"] == CLIENT


def test_proxy_wrong_keys_count_per_client(api: Api, proxy: Proxy) -> None:
    def ask(client: str) -> int:
        transport = httpx.HTTPTransport(local_address=client, verify=proxy.trusting())
        with httpx.Client(transport=transport, headers={"Authorization": "Bearer sk_wrong"}) as client_without_key:
            # A new forged address each time does not help.
            forged = {"X-Forwarded-For": f"203.0.113.{random.randrange(256)}"}
            return client_without_key.get(f"{proxy.url}/v1/projects", headers=forged).status_code

    clients = ["127.0.0.3", "127.0.0.4"] if proxy.folder.name.startswith("nginx") else ["127.0.0.5", "127.0.0.6"]
    assert [ask(clients[0]) for _ in range(4)] == [401, 401, 401, 429]
    assert ask(clients[1]) == 401


def test_proxy_forged_forwarded_headers_ignored(api: Api, proxy: Proxy) -> None:
    forged = {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "99"}
    made = api.http.post("/v1/projects", json={"name": "x"}, headers={**forged, "Forwarded": "host=evil.example"})
    assert made.headers["Location"] == f"{proxy.url}/v1/projects/{made.json()['id']}"
    # Host has no port for the default one, and no other header may set it.
    made = api.http.post("/v1/projects", json={"name": "x"}, headers={**forged, "Host": "localhost"})
    assert made.headers["Location"] == f"https://localhost/v1/projects/{made.json()['id']}"


def seen(box: LiveBox, request_id: str) -> dict[str, str]:
    """Return the log line of a request."""
    lines = (json.loads(line) for line in box.log().splitlines() if request_id in line)
    return next(line for line in lines if line["logger"] == "roughy_box.access")


def dripping_over_tls(wire: ssl.SSLSocket, head: bytes, content: bytes):
    """Send slowly without an end."""

    class Sender:
        def send(self, data: bytes) -> None:
            wire.sendall(data)

    wire.sendall(head)
    return dripping(Sender(), content, 5000)  # type: ignore[arg-type]
