"""Signed addresses and ranges: only the very address opens a file, and a range is the bytes it names."""

from __future__ import annotations

import random
import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.fuzz.effort import effort
from tests.fuzz.readers import Reply, check_error, exchange, replies_in
from tests.harness import Api, LiveBox
from tests.media_bytes import wav

CONTENT = wav(0.1, noise=random.Random(1))
SIZE = len(CONTENT)
CHARACTERS = st.sampled_from([*"0aF/.%&=?;+-_~", "%00", "%2e", "%2F", "../", "&expires=", "&signature=", "#", "é"])


@pytest.fixture(scope="module")
def target(shared_box: LiveBox) -> str:
    """Path and query of a file's signed address."""
    api = Api(shared_box)
    with api.http:
        split = urlsplit(api.get(api.upload(CONTENT)["id"])["download_url"])
        return f"{split.path}?{split.query}"


def get(box: LiveBox, target: str, *lines: str) -> Reply:
    """The one answer to a GET."""
    head = "\r\n".join([f"GET {target} HTTP/1.1", "Host: box", *lines, "", ""])
    (reply,) = replies_in(exchange(box, [head.encode()]))
    check_error(reply)
    return reply


def opens(target: str) -> tuple[str, object, object]:
    """The fields that a signature covers."""
    split = urlsplit(target)
    query = parse_qs(split.query)
    return unquote(split.path), query.get("expires", [""])[0], query.get("signature", [""])[0]


@given(places=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 2), CHARACTERS), min_size=1, max_size=3))
@example(places=[(300, 0, "")])
@effort(200)
def test_file_url_mutated_refused(shared_box: LiveBox, target: str, places: list[tuple[int, int, str]]) -> None:
    changed = target
    for place, length, put in places:
        at = place % (len(changed) + 1)
        changed = changed[:at] + put + changed[at + length :]
    reply = get(shared_box, changed)
    if opens(changed) == opens(target) and reply.status == 200:
        assert reply.body == CONTENT
    else:
        assert CONTENT not in reply.body
        assert reply.status in (400, 403, 404) or not urlsplit(changed).path.startswith("/files/")
    assert reply.status == 200 or changed != target


BOUNDS = st.one_of(
    st.just(""), st.integers(0, 2 * SIZE).map(str), st.sampled_from([str(SIZE), str(SIZE - 1), "9" * 30, "-1", "x"])
)
RANGES = st.one_of(
    st.builds("bytes={}-{}".format, BOUNDS, BOUNDS),
    st.builds(
        "{}={}-{}{}".format,
        st.sampled_from(["bytes", "Bytes", "items"]),
        BOUNDS,
        BOUNDS,
        st.sampled_from(["", ",0-1", " "]),
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12),
)


@given(value=RANGES)
@effort(150)
def test_range_returns_its_bytes(shared_box: LiveBox, target: str, value: str) -> None:
    reply = get(shared_box, target, f"Range: {value}")
    plain = re.match(r"(?i:bytes)=\s*([0-9]*)-([0-9]*)\s*\Z", value)
    match reply.status:
        case 200:
            assert reply.body == CONTENT
        case 206:
            assert plain
            first, last = plain[1], plain[2]
            wished = CONTENT[int(first) : int(last or SIZE) + 1] if first else CONTENT[-int(last) :]
            start = int(first) if first else SIZE - len(wished)
            assert reply.body == wished
            assert reply.headers["content-range"] == f"bytes {start}-{start + len(wished) - 1}/{SIZE}"
        case 416:
            assert plain
            assert int(plain[1]) >= SIZE if plain[1] else int(plain[2]) == 0
            assert reply.headers["content-range"] == f"bytes */{SIZE}"
        case status:
            pytest.fail(f"{value}: {status}")
