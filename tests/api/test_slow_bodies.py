"""JSON bodies that never become complete: their connections end, and make room for others before that."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.api.wire import Wire, request_head
from tests.harness import Api, LiveBox, serving, wait_until

MOST = 4


@pytest.fixture(scope="module")
def small_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBox]:
    with serving(tmp_path_factory.mktemp("small"), {"SERVER_MAX_CONNECTIONS": str(MOST)}) as box:
        yield box


def unfinished(box: LiveBox, framing: str, body: bytes) -> Wire:
    wire = Wire(box)
    wire.send(request_head(box, "POST", "/v1/projects", "Content-Type: application/json", framing) + body)
    return wire


@pytest.mark.parametrize(
    ("framing", "body"),
    [("Content-Length: 1000", b'{"name": '), ("Transfer-Encoding: chunked", b'9\r\n{"name": \r\n')],
    ids=["sized", "chunked"],
)
def test_unfinished_body_refused_and_closed(small_box: LiveBox, framing: str, body: bytes) -> None:
    began = time.monotonic()
    with unfinished(small_box, framing, body) as wire:
        answer = wire.answer("POST")
        assert 9.5 < time.monotonic() - began < 13
        assert (answer.status, answer.code, answer.headers["connection"]) == (400, "bad_request", "close")
        assert wire.rest() == b""


def test_large_body_has_more_time(small_box: LiveBox) -> None:
    name = b"x" * (64 * 1024)
    began = time.monotonic()
    with unfinished(small_box, f"Content-Length: {len(name) + 12}", b'{"name": "') as wire:
        time.sleep(11)
        wire.send(name + b'"}')
        assert wire.answer("POST").status == 422
    assert time.monotonic() - began < 13


def test_unfinished_bodies_make_room(small_box: LiveBox) -> None:
    with ExitStack() as stack:
        for _ in range(MOST):
            stack.enter_context(unfinished(small_box, "Content-Length: 1000", b'{"name": '))
        time.sleep(0.3)
        began = time.monotonic()
        with (api := Api(small_box)).http:
            wait_until(lambda: api.http.get("/v1/credits/balance").status_code == 200)
            assert time.monotonic() - began < 5
