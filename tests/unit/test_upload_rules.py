"""The rules of one upload: offsets in any spelling, lengths, first chunks, expiry."""

from __future__ import annotations

import pytest

from roughy_box.domain import upload as rules
from roughy_box.domain.errors import BoxError

SECOND = 1_000_000
HOUR = 3600 * SECOND


@pytest.mark.parametrize(
    ("text", "offset"),
    [("0", 0), ("00", 0), ("007", 7), ("64", 64), (str(50 * 1024**3), 50 * 1024**3), ("9" * 18, 10**18 - 1)],
)
def test_offset_parsed(text: str, offset: int) -> None:
    assert rules.parse_offset([text]) == offset


@pytest.mark.parametrize(
    "values",
    [
        [],
        ["0", "0"],
        ["0", "1"],
        *[[text] for text in ("", " ", " 1", "1 ", "1\n", "+1", "-1", "-0", "1.0", "1e3", "0x1", "1_0", "1,2", "x")],
        *[[text] for text in ("9" * 19, "٠", "１", "²", "\u200f1", "NaN", "null", "1\x00")],
    ],
)
def test_bad_offset_refused(values: list[str]) -> None:
    with pytest.raises(BoxError) as refusal:
        rules.parse_offset(values)
    assert (refusal.value.code, refusal.value.status) == ("bad_request", 400)


def test_other_offset_mismatch() -> None:
    rules.check_offset(10, 10)
    for claimed in (0, 9, 11):
        with pytest.raises(BoxError) as refusal:
            rules.check_offset(claimed, 10)
        assert (refusal.value.code, refusal.value.headers) == ("offset_mismatch", {"Upload-Offset": "10"})


@pytest.mark.parametrize(
    ("declared", "offset", "length", "fits"),
    [
        (None, 0, 100, True),
        (0, 100, 100, True),
        (100, 0, 100, True),
        (90, 10, 100, True),
        (101, 0, 100, False),
        (91, 10, 100, False),
        (1, 100, 100, False),
    ],
)
def test_body_too_long_refused(declared: int | None, offset: int, length: int, fits: bool) -> None:
    if fits:
        rules.check_body_length(declared, offset, length)
        return
    with pytest.raises(BoxError) as refusal:
        rules.check_body_length(declared, offset, length)
    assert (refusal.value.code, refusal.value.status) == ("payload_too_large", 413)
    assert "100 bytes" in refusal.value.message


def test_first_chunk_below_64_bytes_refused() -> None:
    for stored in (64, 65, 10**12):
        rules.check_first_chunk(stored)
    for stored in (1, 63):
        with pytest.raises(BoxError) as refusal:
            rules.check_first_chunk(stored)
        assert refusal.value.code == "bad_request"


@pytest.mark.parametrize("idle", [SECOND // 1000, SECOND, 60 * SECOND, 48 * HOUR, 365 * 24 * HOUR])
def test_stored_expiry_not_before_promise(idle: int) -> None:
    """The row never holds an earlier instant than the client was sent, nor one much later."""
    slack = rules.expiry_slack(idle)
    assert 0 <= slack <= min(60 * SECOND, idle)
    due = 10**15
    assert rules.needs_new_expiry(due - 1, due, idle)
    assert not rules.needs_new_expiry(due, due, idle)
    assert not rules.needs_new_expiry(due + slack, due, idle)
    assert rules.needs_new_expiry(due + slack + 1, due, idle)


def test_small_chunks_expiry_written_once_a_minute() -> None:
    idle = 48 * HOUR
    stored, writes = 0, 0
    for second in range(600):
        due = second * SECOND + idle
        if rules.needs_new_expiry(stored, due, idle):
            stored, writes = due + rules.expiry_slack(idle), writes + 1
    assert writes <= 10


def test_sizes_as_contract() -> None:
    assert (rules.MIN_SIZE, rules.MAX_SIZE) == (64, 50 * 2**30)
