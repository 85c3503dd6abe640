"""Cuts by hand: an editor's segments with the words and reasons of the plan they correct."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roughy_box.cutting.by_hand import BadSegment, plan_by_hand
from roughy_box.cutting.grid import Grid
from roughy_box.cutting.options import Options
from roughy_box.cutting.plan import make_plan
from roughy_box.domain.cut import Plan
from tests.cutting.talk import kept_text, talk, video

LISTENING = talk("we start at the harbor", "um", "the old bridge stands", "the old bridge stands still", "then we rest")
GRID = video(LISTENING)
BASE = make_plan(LISTENING, "We start at the harbor. The old bridge stands still. Then we rest.", Options(), GRID)


def seconds(plan: Plan) -> list[tuple[float, float]]:
    """Return segments as a JSON export gives them."""
    return [(round(float(s.start / plan.rate), 6), round(float(s.end / plan.rate), 6)) for s in plan.segments]


def test_exported_seconds_give_the_same_plan() -> None:
    assert len(BASE.segments) > 1
    assert plan_by_hand(seconds(BASE), GRID, GRID.duration, BASE) == BASE


def test_restored_take_has_its_words_and_lost_ones_go() -> None:
    retake = next(span for span in BASE.dropped if span.reason == "false_start")
    spans = [(float(retake.start / GRID.rate), float(retake.end / GRID.rate))]
    plan = plan_by_hand(spans, GRID, GRID.duration, BASE)
    assert kept_text(plan) == retake.text == "The old bridge stands"
    by_hand = [span for span in plan.dropped if span.reason == "by_hand"]
    assert "We start at the harbor." in " ".join(span.text for span in by_hand)
    assert any(span.reason == "filler" for span in plan.dropped)


def test_touching_segments_are_joined() -> None:
    plan = plan_by_hand([(0.0, 0.5), (0.5, 1.0), (1.004, 1.5), (2.0, 2.5)], GRID, GRID.duration, None)
    assert [(segment.start, segment.end) for segment in plan.segments] == [(0, 45), (60, 75)]
    assert {span.reason for span in plan.dropped} == {"by_hand"}


def test_base_on_another_grid_is_not_used() -> None:
    other = Grid(Fraction(25), GRID.length)
    assert plan_by_hand([(0, 1)], other, other.duration, BASE).words == ()


def test_end_beyond_the_last_picture_is_clamped() -> None:
    plan = plan_by_hand([(0.5, GRID.duration + 0.8)], GRID, GRID.duration + 0.8, None)
    assert plan.segments[-1].end == GRID.length


@pytest.mark.parametrize(
    ("spans", "index", "member"),
    [
        ([(-0.1, 1.0)], 0, "start"),
        ([(0.0, 1.0), (0.9, 2.0)], 1, "start"),
        ([(0.0, 1.0), (1.0, 9999.0)], 1, "end"),
        ([(0.0, 0.001)], 0, "end"),
        ([(1.0, 0.5)], 0, "end"),
        ([(0.0, 1.0), (2.0, 2.01), (3.0, 4.0)], 1, "end"),
    ],
)
def test_impossible_segment_is_named(spans: list[tuple[float, float]], index: int, member: str) -> None:
    with pytest.raises(BadSegment) as caught:
        plan_by_hand(spans, GRID, GRID.duration, BASE)
    assert (caught.value.index, caught.value.member) == (index, member)


@pytest.mark.parametrize("count", [0, 10_001])
def test_number_of_segments_has_limits(count: int) -> None:
    with pytest.raises(ValueError, match="10000"):
        plan_by_hand([(0.0, 1.0)] * count, GRID, GRID.duration, BASE)


@settings(deadline=None)
@given(st.lists(st.integers(0, GRID.length), min_size=2, max_size=20, unique=True), st.booleans())
def test_plan_by_hand_keeps_exactly_the_segments(points: list[int], with_base: bool) -> None:
    points = sorted(points)[: len(points) // 2 * 2]
    spans = list(zip(points[::2], points[1::2], strict=True))
    asked = [(start / float(GRID.rate), end / float(GRID.rate)) for start, end in spans]
    plan = plan_by_hand(asked, GRID, GRID.duration, BASE if with_base else None)
    assert [(segment.start, segment.end) for segment in plan.segments] == spans
    assert len(plan.words) == (len(BASE.words) if with_base else 0)
