"""The small parsers of client input, each compared with an independent one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import h11
from hypothesis import example, given
from hypothesis import strategies as st
from sanic import Request
from sanic.compat import Header
from sanic.exceptions import BadRequest

from roughy_box.config.loading import load
from roughy_box.domain.errors import BoxError
from roughy_box.domain.upload import parse_offset
from roughy_box.http.app import check_head
from roughy_box.http.server.urls import base_url
from roughy_box.http.transfer.ranges import parse_range
from tests.fuzz.effort import effort
from tests.fuzz.streams import requests

T = TypeVar("T")


def told(read: Callable[..., T], *arguments: object) -> T | BoxError:
    """Return the value a parser returns, or its error."""
    try:
        return read(*arguments)
    except BoxError as refusal:
        return refusal


NUMBERS = st.one_of(st.integers(0, 30), st.integers(0, 10**19)).map(str)
DIGITS = st.text("0123456789", max_size=20)
ODD = st.sampled_from(["", " ", "+1", "-1", "1_0", "0x1", "٣", "1.0", "1e3", "1,2", "\t1", "1\n", "²"])


@given(values=st.lists(st.one_of(NUMBERS, DIGITS, ODD, st.text(max_size=5)), max_size=2))
@example(values=["1\n"])
@effort(200)
def test_offset_one_plain_number(values: list[str]) -> None:
    is_plain = len(values) == 1 and bool(re.match(r"[0-9]{1,18}\Z", values[0]))
    offset = told(parse_offset, values)
    if isinstance(offset, BoxError):
        assert (offset.status, is_plain) == (400, False)
    else:
        assert (offset, is_plain) == (int(values[0]), True)


@st.composite
def range_values(draw: st.DrawFn) -> str:
    """Something like ``bytes=2-5``."""
    first, last = draw(st.one_of(NUMBERS, st.just(""), ODD)), draw(st.one_of(NUMBERS, st.just(""), ODD))
    unit, between = (
        draw(st.sampled_from(["bytes=", "bytes=", "bytes= ", "items=", "Bytes=", ""])),
        draw(st.sampled_from("--- ,")),
    )
    return f"{unit}{first}{between}{last}"


@given(
    value=st.one_of(range_values(), st.text(max_size=20)), size=st.one_of(st.integers(0, 30), st.integers(0, 10**12))
)
@effort(400)
def test_range_parsed_exactly_or_ignored(value: str, size: int) -> None:
    plain = re.match(r"(?i:bytes)=\s*([0-9]*)-([0-9]*)\s*\Z", value, re.ASCII)
    span = told(parse_range, value, size)
    if isinstance(span, BoxError):
        assert plain, value
        # Nothing of the file is asked for.
        assert int(plain[1]) >= size if plain[1] else 0 in (int(plain[2]), size)
        assert (span.status, span.headers) == (416, {"Content-Range": f"bytes */{size}"})
        return
    if span is None:
        return
    assert plain, value
    wished = range(size)[int(plain[1]) : int(plain[2] or size) + 1] if plain[1] else range(size)[-int(plain[2]) :]
    assert list(wished[:2]) == list(range(span.start, span.end + 1)[:2])
    assert (wished[0], wished[-1]) == (span.start, span.end)
    assert span.length == len(wished)


@given(request=requests())
@effort(200)
def test_head_accepted_unambiguous(request: bytes) -> None:
    head = request.partition(b"\r\n\r\n")[0]
    try:
        asyncio.run(check_head(head))
    except BadRequest:
        return
    fields = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
    # Framing that contradicts itself and versions that do not exist are refused elsewhere.
    framing = {b"content-length", b"transfer-encoding"}
    kept = [name + b":" + value for name, _, value in fields if name.lower() not in framing]
    server = h11.Connection(h11.SERVER)
    server.receive_data(b"\r\n".join([head.split(b" ")[0] + b" / HTTP/1.0", *kept, b"", b""]))
    event = server.next_event()
    assert isinstance(event, h11.Request)
    assert event.method == head.split(b" ")[0]
    assert [name for name, _ in event.headers] == [name.lower() for name, _, _ in fields if name.lower() not in framing]


HOSTS = st.one_of(
    st.from_regex(r"[a-z0-9.-]{1,20}(:[0-9]{1,6})?", fullmatch=True),
    st.from_regex(r"\[[0-9a-f:.]{1,20}\](:[0-9]{1,6})?", fullmatch=True),
    st.text("ab.:[]@/?#%\\ \t\r\n-_0123456789é", max_size=12),
    st.text(max_size=12),
)


@given(
    host=HOSTS,
    forwarded=st.none() | HOSTS,
    scheme=st.none() | st.sampled_from(["https", "http", "ftp", "http, https", ""]),
)
@effort(200)
def test_url_plain_origin_or_refused(host: str, forwarded: str | None, scheme: str | None) -> None:
    config = load(None, {"ROUGHY_BOX_SERVER_TRUSTED_PROXIES": "127.0.0.1"})
    given_headers = {"host": host, "x-forwarded-host": forwarded, "x-forwarded-proto": scheme}
    headers = Header({name: value for name, value in given_headers.items() if value is not None})
    peer = SimpleNamespace(client_ip="127.0.0.1")
    request = cast(Request, cast(Any, SimpleNamespace(headers=headers, conn_info=peer)))
    made = told(base_url, request, config)
    if isinstance(made, BoxError):
        assert made.status == 400
        return
    parts = urlsplit(made)
    assert parts.scheme in ("http", "https")
    assert made == f"{parts.scheme}://{parts.netloc}"
    assert parts.hostname
    assert parts.port is None or 0 <= parts.port < 65536
    assert made.isascii()
    assert made.isprintable()
    assert not set(" @\\\"'<>%") & set(made)
