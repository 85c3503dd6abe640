"""Byte streams that are requests, nearly requests, or several requests in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from hypothesis import strategies as st

from tests.api.wire import HIDDEN

KEY = b"sk_KEY"  # stands for a real one
LOST = "/v1/uploads/01a1fe5b-0000-7000-8000-000000000000"
BODIES = (b"", b"{}", b'{"name": "x"}', HIDDEN.encode(), b"x" * 70)
TARGETS = ("/v1/credits/balance", "/v1/projects", LOST, "/v1/projects?limit=1", "*", "http://a/v1/projects", "/%00")
METHODS = ("GET", "POST", "PATCH", "DELETE", "OPTIONS", "PUT")
STRANGE_HOSTS = ("Host:", "Host: a b", "host:box ", "Host: box\r\nHost: box", "X: y")
STRANGE_METHODS = ("TRACE", "get", "M-SEARCH", "GE T", "{}", "", "CONNECT")
STRANGE_VERSIONS = ("HTTP/1.0", "HTTP/2.0", "HTTP/1.10", "http/1.1", "XHTTP/1.0", "HTTP/1.1 ", "")
# "{n}" stands for the length of the body.
FRAMINGS = ("Content-Length: {n}", "content-length:{n}", "Content-Length:\t{n} ", "Transfer-Encoding: chunked")
STRANGE_FRAMINGS = (
    *("Content-Length : {n}", "Content-Length: +{n}", "Content-Length: {n},{n}", "Content-Length: 0x{n}"),
    *("Content-Length: {n}\r\nContent-Length: {n}", "Content-Length: 0\r\nContent-Length: {n}", "Content-Length:"),
    *("Content-Length: {n}\r\n 0", " Content-Length: {n}", "Content-Length\x00: {n}", "Content-Length: \u0663", "X: y"),
    *("transfer-encoding:  chunked", "TE: chunked", "Transfer-Encoding: Chunked", "Transfer-Encoding: chunked "),
    *("Transfer-Encoding: \u00a0chunked", "Transfer-Encoding: \u3000chunked", "Transfer-Encoding: chunked\u0085"),
    *("Transfer-Encoding : chunked", "Transfer-Encoding: xchunked", "Transfer-Encoding: \x0bchunked"),
    *("Transfer-Encoding: gzip, chunked", "Transfer-Encoding: identity", "Transfer-Encoding:\r\n chunked"),
    *("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "Transfer_Encoding: chunked"),
    *("Content-Length: {n}\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 3"),
    *("X: y\nTransfer-Encoding: chunked", "X: y\rTransfer-Encoding: chunked", "Content-Length: {n}\r"),
)
EXTRAS = (
    *("Expect: 100-continue", "X-Request-ID: mine", "X-Request-ID: not\tsane", "Range: bytes=0-"),
    *(
        "X-HTTP-Method-Override: DELETE",
        "Tus-Resumable: 1.0.0",
        "X:\ty",
        "Content-Type: application/json",
        "Cookie: a=b",
    ),
)
STRANGE_EXTRAS = (
    *(
        "Connection: close",
        "Host: other",
        "Expect: nothing",
        "Expect: \xe9",
        "Upgrade: websocket",
        ": x",
        "\x00: x",
        "no colon",
        "a b: c",
    ),
    *("Authorization: Bearer sk_nobody", "X: " + "y" * 9000, "Accept: \x7f", "Accept: \u00e9"),
)
CRUMBS = (
    b"\r\n",
    b"\n",
    b"\r",
    b"\x00",
    b" ",
    b"\t",
    b":",
    b"\r\n\r\n",
    b"0\r\n\r\n",
    b"\xff",
    b",",
    b"\r\n ",
    b";x=\r\n",
)


@dataclass(frozen=True)
class Stream:
    """Bytes and the places where a client pauses in them."""

    data: bytes
    cuts: tuple[int, ...] = ()

    def of(self, key: str) -> Stream:
        """Return the same request with a key."""
        return replace(self, data=self.data.replace(KEY, key.encode()))

    def pieces(self) -> list[bytes]:
        """The bytes as they are sent."""
        places = [0, *sorted(min(cut, len(self.data)) for cut in self.cuts), len(self.data)]
        return [self.data[a:b] for a, b in pairwise(places) if a < b]


def mostly(usual: Sequence[str], strange: Sequence[str]) -> st.SearchStrategy[str]:
    """One of the usual, now and then one of the strange."""
    return st.integers(0, 7).flatmap(lambda chance: st.sampled_from(usual if chance else strange))


@st.composite
def requests(draw: st.DrawFn, strange: bool = True) -> bytes:
    """One request of sorts: each part of it is right or, if it may be ``strange``, wrong on its own."""

    def part(usual: Sequence[str], others: Sequence[str]) -> str:
        return draw(mostly(usual, others if strange else usual))

    body = draw(st.sampled_from(BODIES))
    start = f"{part(METHODS, STRANGE_METHODS)} {draw(st.sampled_from(TARGETS))} {part(['HTTP/1.1'], STRANGE_VERSIONS)}"
    framing = part(FRAMINGS, STRANGE_FRAMINGS)
    lines = [part(["Host: box"], STRANGE_HOSTS), f"Authorization: Bearer {KEY.decode()}"]
    lines += [part(EXTRAS, STRANGE_EXTRAS) for _ in range(draw(st.integers(0, 2)))]
    lines.insert(draw(st.integers(0, len(lines))), framing.format(n=len(body)))
    if "chunked" in framing.lower():
        size = draw(st.sampled_from(["%x", "%X", "%04x"])) % len(body)
        body = (size.encode() + b"\r\n" + body + b"\r\n" if body else b"") + b"0\r\n\r\n"
    return "\r\n".join([start, *lines, "", ""]).encode() + body


@st.composite
def streams(draw: st.DrawFn, strange: bool = True) -> Stream:
    """Up to three requests in pieces; if they may be ``strange``, with a few bytes changed."""
    data = bytearray(b"".join(draw(st.lists(requests(strange), min_size=1, max_size=3))))
    for _ in range(max(0, draw(st.integers(-2, 3))) if strange else 0):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 3))] = draw(st.one_of(st.sampled_from(CRUMBS), st.binary(max_size=3)))
    return Stream(bytes(data), tuple(draw(st.lists(st.integers(0, len(data)), max_size=4))))
