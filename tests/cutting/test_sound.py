"""Levels, edges, islands and cepstra of sound."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roughy_box.cutting.sound.cepstra import FeatureBuilder
from roughy_box.cutting.sound.edges import refined
from roughy_box.cutting.sound.levels import RATE, levels, quietest
from roughy_box.cutting.sound.voice import find_islands, voiced

STEP = 0.032


def tone(seconds: float, hertz: float = 220.0, peak: float = 8000) -> npt.NDArray[np.int16]:
    time = np.arange(round(seconds * RATE)) / RATE
    return (peak * np.sin(2 * np.pi * hertz * time)).astype(np.int16)


def hush(seconds: float) -> npt.NDArray[np.int16]:
    return np.random.default_rng(1).integers(-8, 9, round(seconds * RATE)).astype(np.int16)


def test_levels_are_decibels_of_five_milliseconds() -> None:
    found = levels(np.concatenate([np.zeros(160, np.int16), np.full(160, 1000, np.int16), np.zeros(79, np.int16)]))
    assert found == pytest.approx([0, 0, 60, 60], abs=0.01)


def test_quietest_point_is_in_the_dip() -> None:
    sound = np.concatenate([tone(0.5), hush(0.06), tone(0.5)])
    assert quietest(levels(sound), 0.3, 0.8) == pytest.approx(0.53, abs=0.02)


def test_quietest_point_of_even_sound_is_the_middle() -> None:
    assert quietest(levels(tone(1)), 0.2, 0.6) == pytest.approx(0.4, abs=0.03)
    assert quietest(levels(tone(1)), 0.6, 0.6) == 0.6
    assert quietest(levels(tone(1)), 5.0, 6.0) == 5.5


def test_edges_move_to_the_sound() -> None:
    sound = levels(np.concatenate([hush(1), tone(1), hush(1)]))
    for span in ((1.2, 1.7), (0.8, 2.2), (1.0, 2.0)):
        assert refined([span], sound) == [pytest.approx((1.0, 2.0), abs=0.011)]


def test_edges_move_no_farther_than_allowed() -> None:
    sound = levels(np.concatenate([hush(1), tone(3), hush(1)]))
    assert refined([(2.0, 3.0)], sound) == [pytest.approx((1.65, 3.35), abs=0.011)]


def test_edges_leave_the_echo_of_a_room() -> None:
    sound = levels(np.concatenate([hush(1), tone(1), tone(0.3, peak=140), hush(1)]))
    assert refined([(1.0, 2.1)], sound) == [pytest.approx((1.0, 2.0), abs=0.011)]


def test_spans_that_touch_become_one() -> None:
    sound = levels(np.concatenate([hush(1), tone(2), hush(1)]))
    assert refined([(1.0, 1.8), (2.2, 3.0)], sound) == [pytest.approx((1.0, 3.0), abs=0.011)]


def test_edges_stay_in_even_noise_and_outside_of_the_sound() -> None:
    assert refined([(0.5, 1.0)], levels(hush(2))) == [(0.5, 1.0)]
    assert refined([(5.0, 6.0)], levels(hush(2))) == [(5.0, 6.0)]


def test_voice_goes_on_above_the_lower_threshold() -> None:
    probabilities = [0.1] * 10 + [0.3] * 2 + [0.9] * 10 + [0.25] * 5 + [0.1] * 10 + [0.3] * 10
    assert voiced(probabilities, STEP) == [pytest.approx((12 * STEP, 27 * STEP))]


def test_short_gap_of_voice_is_closed_and_a_long_one_not() -> None:
    assert len(voiced([0.9] * 5 + [0.0] * 3 + [0.9] * 5, STEP)) == 1
    assert len(voiced([0.9] * 5 + [0.0] * 4 + [0.9] * 5, STEP)) == 2


@pytest.mark.parametrize("probabilities", [[], [0.0] * 100, [0.34] * 100])
def test_room_tone_has_no_islands(probabilities: list[float]) -> None:
    assert find_islands(probabilities, STEP, levels(hush(1))) == ()


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0, 1), max_size=60), st.integers(0, 2**32 - 1))
def test_islands_are_in_order_and_apart(probabilities: list[float], seed: int) -> None:
    loud = np.random.default_rng(seed).uniform(0, 80, round(len(probabilities) * STEP / 0.005)).astype(np.float32)
    reached = -1.0
    for island in find_islands(probabilities, STEP, loud):
        assert reached < island.start < island.end
        reached = island.end


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 9000), max_size=8))
def test_features_are_the_same_in_any_chunks(cuts: list[int]) -> None:
    sound = np.concatenate([hush(0.2), tone(0.3), tone(0.1, 440)])
    whole, parts = FeatureBuilder(), FeatureBuilder()
    whole.feed(sound)
    for chunk in np.split(sound, sorted(cuts)):
        parts.feed(chunk)
    one, other = whole.finish(), parts.finish()
    assert np.array_equal(one.levels, other.levels)
    assert np.allclose(one.cepstra, other.cepstra, atol=0.01)
    assert len(one.levels) == 120
    assert len(one.cepstra) == 29  # windows of 32 ms, each 20 ms, that end inside 600 ms


def test_features_of_no_sound_are_empty() -> None:
    features = FeatureBuilder().finish()
    assert features.levels.shape == (0,)
    assert features.cepstra.shape == (0, 12)


def test_cepstra_tell_sounds_apart_at_any_level() -> None:
    builder = FeatureBuilder()
    for sound in (tone(0.2, 300), tone(0.2, 300, 4000), tone(0.2, 2500)):
        builder.feed(sound)
    rows = builder.finish().cepstra
    low, soft, high = rows[4], rows[14], rows[24]
    assert np.linalg.norm(low - soft) < np.linalg.norm(low - high) / 3
