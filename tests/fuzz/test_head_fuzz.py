"""Heads and framings of all sorts, byte by byte: one answer a request or a close, and never one request more.

What a request is, an independent strict parser tells (h11).
"""

from __future__ import annotations

from hypothesis import example, given

from tests.fuzz.effort import effort
from tests.fuzz.readers import check_error, exchange, is_health, replies_in, requests_in
from tests.fuzz.streams import KEY, Stream, streams
from tests.harness import Api

HOST = b"Host: box\r\n"
CREATE = (
    b'POST /v1/projects HTTP/1.1\r\nHost: box\r\nAuthorization: Bearer %s\r\nContent-Length: 13\r\n\r\n{"name": "x"}'
    % KEY
)


@given(stream=streams())
@example(stream=Stream(b" /v1/projects HTTP/1.1\r\n" + HOST + b"\r\n" + CREATE))
@example(stream=Stream(b"OPTIONS /v1/projects HTTP/1.0\r\n" + HOST + HOST + b"\r\n"))
@example(stream=Stream(b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\nExpect: \xe9\r\n\r\n"))
@example(stream=Stream(CREATE + b"GET"))
@effort(250)
def test_mutated_head_never_read_as_two(api: Api, stream: Stream) -> None:
    stream = stream.of(api.box.key)
    targets = requests_in(stream.data)
    replies = replies_in(exchange(api.box, stream.pieces()))
    for reply in replies:
        check_error(reply)
    assert len(replies) <= len(targets) + 1
    assert len(replies) <= len(targets) or replies[-1].status >= 400
    assert sum(map(is_health, replies)) <= sum("/healthz" in target for target in targets)
    assert api.http.get("/healthz").status_code == 200


@given(stream=streams(strange=False))
@effort(100)
def test_requests_answered_until_close(api: Api, stream: Stream) -> None:
    stream = stream.of(api.box.key)
    targets = requests_in(stream.data)
    replies = replies_in(exchange(api.box, stream.pieces()))
    for reply in replies:
        check_error(reply)
    assert replies
    assert len(replies) == len(targets) or replies[-1].headers["connection"] == "close"
    assert len(replies) <= len(targets)
