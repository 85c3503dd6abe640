"""Plans as bytes: they come back whole, and nothing else passes for one."""

from __future__ import annotations

import json
import zlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roughy_box.cutting.plan_document import pack, unpack
from roughy_box.domain.cut import CutWarning, Dropped, Plan, Segment, Suggestion, Word

PLAN = Plan(
    rate=Fraction(30000, 1001),
    length=100,
    segments=(Segment(10, 40, "Today we bake."), Segment(60, 90)),
    dropped=(
        Dropped(0, 10, "pause"),
        Dropped(40, 60, "retake", "Today we", "Today we bake."),
        Dropped(90, 100, "by_hand"),
    ),
    suggestions=(Suggestion(12, 20, "filler", "um"),),
    words=(Word("Today", 0.4, 0.6, 0.93), Word("um", 2.1, 2.2, None, "filler", kept=False)),
    warnings=(CutWarning("low_confidence", "The recognizer was unsure of its words (40%); look over the cut."),),
)


def damaged(**values: object) -> bytes:
    return zlib.compress(json.dumps(json.loads(zlib.decompress(pack(PLAN))) | values).encode())


def test_plan_packed_unpacks_equal() -> None:
    assert unpack(pack(PLAN)) == PLAN
    assert pack(unpack(pack(PLAN))) == pack(PLAN)


@given(
    st.lists(st.tuples(st.integers(1, 50), st.booleans(), st.text(max_size=5)), min_size=1, max_size=40),
    st.fractions(min_value=1, max_value=1000, max_denominator=1001),
)
def test_any_plan_unpacks_equal(spans: list[tuple[int, bool, str]], rate: Fraction) -> None:
    reached, segments, dropped = 0, [Segment(0, 1)], []
    reached = 1
    for length, is_kept, text in spans:
        if is_kept:
            segments.append(Segment(reached, reached + length, text))
        else:
            dropped.append(Dropped(reached, reached + length, "noise", text))
        reached += length
    plan = Plan(rate, reached, tuple(segments), tuple(dropped))
    assert unpack(pack(plan)) == plan


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        zlib.compress(b"{}"),
        zlib.compress(b"[]"),
        zlib.compress(b"[" * 100_000),
        damaged(version=2),
        damaged(rate="1/0"),
        damaged(rate=30),
        damaged(length=99),
        damaged(length=True),
        damaged(segments=[]),
        damaged(segments=[[0, 100]]),
        damaged(dropped=[[0, 10, "boredom", "", None]]),
        damaged(words=[["a", float("nan"), 1, None, "word", True]]),
        damaged(words=[["a", 0, 1, None, "shout", True]]),
        damaged(warnings=[["a"]]),
    ],
)
def test_other_bytes_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        unpack(content)
