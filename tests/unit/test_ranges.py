"""The ``Range`` header: one part, the whole, or 416 (RFC 9110, section 14)."""

from __future__ import annotations

import pytest

from roughy_box.domain.errors import BoxError
from roughy_box.http.transfer.ranges import Span, parse_range

SIZE = 1000


@pytest.mark.parametrize(
    ("value", "span"),
    [
        ("bytes=0-0", Span(0, 0)),
        ("Bytes=0-0", Span(0, 0)),  # units know no case (RFC 9110, section 14.1)
        ("BYTES=10-19", Span(10, 19)),
        ("bytes=0-999", Span(0, 999)),
        ("bytes=0-1000", Span(0, 999)),
        ("bytes=999-", Span(999, 999)),
        ("bytes=10-19", Span(10, 19)),
        ("bytes= 10-19", Span(10, 19)),
        ("bytes=-1", Span(999, 999)),
        ("bytes=-1000", Span(0, 999)),
        ("bytes=-1001", Span(0, 999)),
        ("bytes=0-" + "9" * 19, Span(0, 999)),
    ],
)
def test_range_single_parsed(value: str, span: Span) -> None:
    assert parse_range(value, SIZE) == span
    assert span.length == span.end - span.start + 1 > 0


@pytest.mark.parametrize(
    "value",
    [
        *("", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=1-2,3-4", "bytes=a-b", "bytes=1-2-3", "bytes=1_0-20"),
        *("bytes=٠-٩", "bytes=--1", "bytes=+1-2", "Bytes 0-1", "octets=0-1", "0-1"),
    ],
)
def test_range_unsupported_ignored(value: str) -> None:
    assert parse_range(value, SIZE) is None


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("bytes=1000-", SIZE),
        ("bytes=1000-2000", SIZE),
        ("bytes=-0", SIZE),
        ("bytes=0-", 0),
        ("bytes=" + "9" * 19 + "-", SIZE),
        ("bytes=-5", 0),
    ],
)
def test_range_outside_refused(value: str, size: int) -> None:
    with pytest.raises(BoxError) as refusal:
        parse_range(value, size)
    assert refusal.value.status == 416
    assert refusal.value.headers == {"Content-Range": f"bytes */{size}"}
