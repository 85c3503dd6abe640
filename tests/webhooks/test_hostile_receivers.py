"""Receivers that do what they can to hold, fill or lead astray the box: real sockets, one attempt each."""

from __future__ import annotations

import asyncio
import gzip
import ipaddress
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import h11
import pytest

from roughy_box.domain.webhook import LARGEST_ANSWER
from roughy_box.domain.webhook_address import Address
from roughy_box.outgoing import sender
from roughy_box.outgoing.answer import Answer
from roughy_box.outgoing.names import Names
from roughy_box.outgoing.policy import Policy
from roughy_box.outgoing.sender import Sender
from tests.certificates import certify

BODY = b'{"type":"endpoint.test"}'
HEADERS = {"Content-Type": "application/json", "svix-id": "1"}
LOCAL = "127.0.0.1"
UNUSABLE = "The answer is not valid HTTP, or its headers are too large."
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Zone(Names):
    """Resolves every name to the next of some answers."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = [*answers]
        self.asked: list[str] = []

    async def resolve(self, host: str) -> list[Address]:
        self.asked.append(host)
        return [ipaddress.ip_address(each) for each in self.answers.pop(0)]


class Receiver:
    """A server that plays ``script`` on each connection after the request, and keeps what it got."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[bytes] = []
        self.written = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.requests.append(head + await reader.readexactly(len(BODY)))
        try:
            await self.script(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def flood(self, writer: asyncio.StreamWriter, part: bytes, most: int = 64 * 1024**2) -> None:
        """Write one part over and over, until the other side is gone."""
        while self.written < most:
            writer.write(part)
            await writer.drain()
            self.written += len(part)


def answering(content: bytes) -> Script:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()

    return script


@asynccontextmanager
async def receiving(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver(script)
    server = await asyncio.start_server(receiver.serve, LOCAL, 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


async def post(url: str, names: Names | None = None, port: int = 1) -> Answer:
    return await Sender(Policy(True, port, None, names or Names())).post(url, HEADERS, BODY)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> float:
    """Shorten the time for an answer."""
    monkeypatch.setattr(sender, "ANSWER_TIMEOUT", 0.6)
    return 0.6


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", Answer(204)),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", Answer(200)),
        (b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n", Answer(302)),
        (b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\nok", Answer(200)),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n" * 50 + b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", Answer(202)),
        (
            b"SSH-2.0-OpenSSH_9.2 secret-banner\r\n\r\n",
            Answer(None, UNUSABLE),
        ),
        (b"", Answer(None, "The connection was closed before the answer was complete.")),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nonly",
            Answer(None, "The connection was closed before the answer was complete."),
        ),
    ],
    ids=["204", "1.0", "redirect", "cookie", "hints", "banner", "nothing", "short"],
)
async def test_answer_read_once_and_no_further(content: bytes, answer: Answer) -> None:
    async with receiving(answering(content)) as receiver:
        assert await post(f"http://{LOCAL}:{receiver.port}/hook?a=%20b") == answer
    (request,) = receiver.requests
    assert request.startswith(b"POST /hook?a=%20b HTTP/1.1\r\n")
    assert f"\r\nHost: {LOCAL}:{receiver.port}\r\n".encode() in request
    assert request.endswith(b"\r\n\r\n" + BODY)


async def test_compressed_answer_read_as_it_comes() -> None:
    bomb = gzip.compress(bytes(64 * 1024**2))

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
        await receiver.flood(writer, head + bomb, most=len(bomb))

    async with receiving(script) as receiver:
        assert await post(f"http://{LOCAL}:{receiver.port}/") == Answer(200)


async def test_endless_body_cut_at_its_limit() -> None:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await receiver.flood(writer, bytes(65_536))

    async with receiving(script) as receiver:
        assert await post(f"http://{LOCAL}:{receiver.port}/") == Answer(200)
        # The rest is what the sockets hold.
        assert receiver.written < LARGEST_ANSWER + 16 * 1024**2


async def test_endless_headers_refused() -> None:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        await receiver.flood(writer, b"X-More: " + b"x" * 8000 + b"\r\n")

    async with receiving(script) as receiver:
        answer = await post(f"http://{LOCAL}:{receiver.port}/")
        assert answer == Answer(None, UNUSABLE)
        assert receiver.written < 16 * 1024**2


@pytest.mark.parametrize(
    ("start", "part", "answer"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", Answer(None, UNUSABLE)),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", Answer(200)),
    ],
    ids=["interim answers", "chunks"],
)
async def test_endless_small_parts_cut_at_limit(start: bytes, part: bytes, answer: Answer) -> None:
    """They cost much more to parse than other bytes, and hold up everything else meanwhile."""

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        await receiver.flood(writer, part * 1000)

    parsed = 0

    def parsing(connection: h11.Connection) -> object:
        nonlocal parsed
        parsed += 1
        return next_event(connection)

    next_event = h11.Connection.next_event
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(h11.Connection, "next_event", parsing)
        async with receiving(script) as receiver:
            assert await post(f"http://{LOCAL}:{receiver.port}/") == answer
    assert parsed < 20_000


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\n\r\n"])
async def test_dripping_answer_given_up(hurried: float, start: bytes) -> None:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            if start:
                writer.write(b"x")
                await writer.drain()
            await asyncio.sleep(0.02)

    async with receiving(script) as receiver:
        began = time.monotonic()
        answer = await post(f"http://{LOCAL}:{receiver.port}/")
        assert answer == Answer(None, "No complete answer within 1 seconds.")
        assert time.monotonic() - began < hurried + 2


async def test_hanging_resolver_given_up(hurried: float) -> None:
    class Silent(Names):
        async def resolve(self, host: str) -> list[Address]:
            await asyncio.sleep(100)
            return []

    assert (await post("https://slow.example/", Silent())).error == "No complete answer within 1 seconds."


async def test_name_rebound_checked_where_it_is_used() -> None:
    """Each attempt resolves once, and connects to that very address."""
    async with receiving(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as receiver:
        zone = Zone([LOCAL], ["169.254.169.254"], [LOCAL, "169.254.169.254"], [LOCAL])
        url = f"http://rebound.example:{receiver.port}/"
        client = Sender(Policy(True, 1, None, zone))
        answers = [await client.post(url, HEADERS, BODY) for _ in range(4)]
    refused = Answer(None, "The URL leads to 169.254.169.254, which is a metadata service: no deliveries go there.")
    assert answers == [Answer(200), refused, refused, Answer(200)]
    assert zone.asked == ["rebound.example"] * 4
    assert len(receiver.requests) == 2
    assert all(f"\r\nHost: rebound.example:{receiver.port}\r\n".encode() in each for each in receiver.requests)


async def test_own_port_refused_at_attempt() -> None:
    async with receiving(answering(b"HTTP/1.1 200 OK\r\n\r\n")) as receiver:
        answer = await post(f"http://name.example:{receiver.port}/", Zone([LOCAL]), port=receiver.port)
    assert answer == Answer(None, "The URL leads to this box: no deliveries go there.")
    assert receiver.requests == []


async def test_next_address_tried_when_first_refuses() -> None:
    async with receiving(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as receiver:
        url = f"http://two.example:{receiver.port}/"
        assert await post(url, Zone(["127.0.0.2", LOCAL])) == Answer(200)
        assert (await post(url, Zone(["127.0.0.2"]))).error == "The connection was refused."


async def test_certificate_checked_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = certify(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain, tmp_path / "key.pem")
    names: list[str | None] = []
    tls.sni_callback = lambda _socket, name, _context: names.append(name)
    async with receiving(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), tls) as receiver:
        urls = [f"https://{host}:{receiver.port}/" for host in ("localhost", LOCAL, "other.example")]
        unknown = await post(urls[0])
        assert (unknown.error or "").startswith("The certificate of the receiver cannot be verified: ")
        monkeypatch.setenv("SSL_CERT_FILE", str(chain))
        assert [await post(url, Zone([LOCAL])) for url in urls[:2]] == [Answer(200)] * 2
        other = await post(urls[2], Zone([LOCAL]))
        assert "other.example" in (other.error or "")
    assert names == ["localhost", "localhost", None, "other.example"]
    assert len(receiver.requests) == 2


async def test_plain_server_at_https_reported() -> None:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    server = await asyncio.start_server(script, LOCAL, 0)
    port = server.sockets[0].getsockname()[1]
    assert await post(f"https://{LOCAL}:{port}/") == Answer(None, "No TLS connection could be made.")
    server.close()
