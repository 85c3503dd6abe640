"""Dynamic time warping, against the plain table of its steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roughy_box.cutting.listening import CEPSTRUM_STEP
from roughy_box.cutting.sound.warping import (
    _SLACK,
    Frames,
    nowhere_differs,
    restart,
    sounds_same,
    steadiness,
    unit_frames,
    warp,
)
from tests.cutting.talk import letter_sound

INFINITE = float("inf")


def speech(text: str, frames: int = 6) -> Frames:
    """Return frames that glide from letter to letter."""
    letters = np.array([letter_sound(letter) for letter in text])
    places = np.linspace(0, len(text) - 1, len(text) * frames)
    glide = np.array([np.interp(places, np.arange(len(text)), column) for column in letters.T]).T
    return (glide / np.linalg.norm(glide, axis=1, keepdims=True)).astype(np.float32)


def slow_cost(frames: Frames, partner: Frames) -> float:
    """Return the least mean cost: each frame meets one that is 0, 1 or 2 on, never 0 twice."""
    partner = partner[: 2 * len(frames) + _SLACK]
    distance = np.maximum(1 - frames.astype(float) @ partner.T.astype(float), 0)
    columns = range(len(partner))
    moved = [distance[0][column] if column < _SLACK else INFINITE for column in columns]
    stayed = [INFINITE] * len(partner)
    for row in distance[1:]:
        best = [INFINITE, INFINITE, *map(min, moved, stayed)]
        stayed = [moved[column] + row[column] for column in columns]
        moved = [min(best[column + 1], best[column]) + row[column] for column in columns]
    return float(min(map(min, moved, stayed))) / len(frames)


@settings(deadline=None, max_examples=60)
@given(
    st.text("abcd", min_size=1, max_size=5), st.lists(st.text("abcd", min_size=1, max_size=8), min_size=1, max_size=4)
)
def test_warp_costs_what_the_plain_table_says(text: str, partners: list[str]) -> None:
    frames = speech(text)
    for partner, found in zip(partners, warp(frames, [speech(other) for other in partners]), strict=True):
        slow = slow_cost(frames, speech(partner))
        assert (found.cost if found else INFINITE) == pytest.approx(slow, abs=1e-4)


@pytest.mark.parametrize("pace", [4, 6, 9])
def test_repeat_at_another_pace_sounds_the_same(pace: int) -> None:
    (found,) = warp(speech("harbor bridge"), [speech("harbor bridge and more", pace)])
    assert found is not None
    assert sounds_same(found)
    assert found.end == pytest.approx(13 * pace * CEPSTRUM_STEP, abs=0.15)


def test_other_text_does_not_sound_the_same() -> None:
    (found,) = warp(speech("harbor bridge"), [speech("quick foxes jump")])
    assert found is None or not sounds_same(found)


def test_one_other_word_shows_at_its_worst() -> None:
    (same,) = warp(speech("the best of all times"), [speech("the best of all times")])
    (other,) = warp(speech("the best of all times"), [speech("the wurk of all times")])
    assert same is not None
    assert other is not None
    assert other.cost < 0.2  # in the mean it would pass
    assert same.worst < 0.1 < 0.36 < other.worst
    assert not sounds_same(other)


def test_repeat_said_in_another_way_differs_nowhere() -> None:
    text, random = speech("the best of all times"), np.random.default_rng(3)
    hoarse = text + random.normal(0, 0.3, text.shape).astype(np.float32)
    (same,) = warp(text, [hoarse / np.linalg.norm(hoarse, axis=1, keepdims=True)])
    (other,) = warp(text, [speech("the wurk of all times")])
    assert same is not None
    assert other is not None
    assert same.cost > 0.2 > other.cost
    assert (nowhere_differs(same), nowhere_differs(other)) == (True, False)
    assert not sounds_same(same)


@pytest.mark.parametrize("pace", [5, 6, 8])
def test_restart_is_where_the_partner_begins(pace: int) -> None:
    begun = restart(speech("we walked along the river an the to"), speech("the toll has not changed", pace))
    assert begun == pytest.approx(6 * len("we walked along the river an "), abs=5)


def test_restart_of_other_speech_is_none() -> None:
    assert restart(speech("we walked along"), speech("quick foxes jump")) is None
    assert restart(speech("we walked"), speech("a")[:2]) is None
    assert restart(speech("a")[:0], speech("walked")) is None


def test_partner_that_is_too_short_is_no_match() -> None:
    assert warp(speech("harbor bridge"), [speech("har"), speech("a")[:0]])[0] is None
    assert warp(speech("a")[:2], [speech("abc")]) == [None]
    assert warp(speech("abc"), []) == []


def test_unit_frames_point_away_from_the_mean() -> None:
    rows = np.random.default_rng(2).normal(5, 1, (50, 12)).astype(np.float32)
    frames = unit_frames(rows, rows.mean(axis=0))
    assert np.linalg.norm(frames, axis=1) == pytest.approx(np.ones(50), abs=1e-5)
    assert np.abs(frames.mean(axis=0)).max() < 0.15
    assert unit_frames(np.zeros((3, 12), np.float32), np.zeros(12, np.float32)).tolist() == [[0.0] * 12] * 3


def test_sustained_sound_is_steadier_than_speech() -> None:
    assert steadiness(speech("aaaa")) < 0.01 < 0.2 < steadiness(speech("akzmrt", 3))
    assert steadiness(speech("a")[:2]) == INFINITE
