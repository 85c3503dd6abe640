"""Chunked coding, right and wrong: stored is what a strict reader decodes, and nothing in it is a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.api.wire import HIDDEN, chunk_head, incoming, wav
from tests.fuzz.effort import effort
from tests.fuzz.readers import Reply, check_error, exchange, is_health, replies_in, requests_in
from tests.fuzz.streams import CRUMBS, Stream, mostly
from tests.harness import Api

PLAIN_SIZES = ("%x", "%X", "%08x")
STRANGE_SIZES = ("%x;a=b", '%x;a="\r\n"', "0x%x", " %x", "%x ", "+%x", "-%x", "%x_", "%020x")
STRANGE_ENDS = ("\n", "xx", "", "\r\n\r\n")
PLAIN_TAILS = ("0\r\n\r\n", "000\r\n\r\n")
STRANGE_TAILS = ("0\r\nA: b\r\n\r\n", "0\r\nContent-Length: 5\r\n\r\n", "0\r\n", "", "0\n\n", "0\r\n\r\n" + HIDDEN)
CUTS = st.lists(st.integers(0, 500), max_size=3)
PARTS = st.lists(st.one_of(st.just(HIDDEN.encode()), st.binary(min_size=1, max_size=100)), max_size=4)


@st.composite
def bodies(draw: st.DrawFn, strange: bool = True) -> bytes:
    """Some chunks; if they may be ``strange``, of sorts, with something behind them and a few bytes changed."""

    def part(usual: Sequence[str], others: Sequence[str]) -> str:
        return draw(mostly(usual, others if strange else usual))

    body = bytearray()
    for data in draw(PARTS):
        size = part(PLAIN_SIZES, STRANGE_SIZES) % len(data)
        body += (size + part(["\r\n"], STRANGE_ENDS)).encode() + data + part(["\r\n"], STRANGE_ENDS).encode()
    body += part(PLAIN_TAILS, STRANGE_TAILS).encode()
    for _ in range(max(0, draw(st.integers(-3, 2))) if strange else 0):
        at = draw(st.integers(0, len(body)))
        body[at : at + draw(st.integers(0, 2))] = draw(st.sampled_from(CRUMBS))
    return bytes(body)


@dataclass(frozen=True)
class Sent:
    """The outcome of a chunked request, and the body that a strict reader decodes."""

    replies: list[Reply]
    stored: bytes
    strictly: bytes
    is_whole: bool
    hidden: int  # requests behind the body


@pytest.fixture
def upload(api: Api) -> tuple[str, str]:
    """The id and address of an upload that has begun and takes anything from now on."""
    content = wav(1000)
    asset_id, url = api.asset(1024**3)
    assert api.patch(url, 0, content).status_code == 204
    return asset_id, url


def send(api: Api, upload: tuple[str, str], body: bytes, cuts: list[int]) -> Sent:
    asset_id, url = upload
    offset = api.offset(url)
    request = chunk_head(api.box, url, offset, None) + body
    replies = replies_in(exchange(api.box, Stream(request, tuple(cuts)).pieces()))
    stored = incoming(api.box, asset_id).read_bytes()[offset:]
    assert api.offset(url) == offset + len(stored)
    return Sent(replies, stored, *read_strictly(request), requests_in(request).count("/healthz"))


def read_strictly(request: bytes) -> tuple[bytes, bool]:
    """The body as far as it can be decoded, and whether that is all of it."""
    server, data = h11.Connection(h11.SERVER), b""
    server.receive_data(request)
    server.receive_data(b"")
    while True:
        try:
            event = server.next_event()
        except h11.RemoteProtocolError:
            return data, False
        if isinstance(event, h11.Data):
            data += event.data
        elif not isinstance(event, h11.Request):
            return data, isinstance(event, h11.EndOfMessage)


@given(body=bodies(), cuts=CUTS)
@example(body=b"5\r\nabcdexx0\r\n\r\n", cuts=[])
@example(body=b"0x5\r\nabcde\r\n0\r\n\r\n", cuts=[])
@example(body=b"5;a\nb\r\nabcde\r\n0\r\n\r\n", cuts=[])
@effort(150)
def test_chunked_body_stored_only_if_strictly_valid(
    api: Api, upload: tuple[str, str], body: bytes, cuts: list[int]
) -> None:
    sent = send(api, upload, body, cuts)
    for reply in sent.replies:
        check_error(reply)
    if sent.replies[0].status == 204:
        assert (sent.strictly, sent.is_whole) == (sent.stored, True)
    else:
        assert sent.replies[0].status == 400
        assert sent.strictly.startswith(sent.stored)
    assert sum(map(is_health, sent.replies)) <= sent.hidden


@given(body=bodies(strange=False), cuts=CUTS)
@effort(50)
def test_chunked_body_split_anywhere_stored(api: Api, upload: tuple[str, str], body: bytes, cuts: list[int]) -> None:
    sent = send(api, upload, body, cuts)
    assert [reply.status for reply in sent.replies] == [204]
    assert sent.stored == sent.strictly
