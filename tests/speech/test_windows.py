"""Islands as stretches, stretches in windows, times back: nothing lost, nothing moved into a neighbor."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from roughy_box.cutting.listening import LEVEL_STEP, Island
from roughy_box.cutting.sound.levels import RATE
from roughy_box.speech.samples import Samples
from roughy_box.speech.stretches import PAD, stretches
from roughy_box.speech.whisper.windows import LONGEST, QUIET, alone, packed

pairs = st.lists(st.tuples(st.floats(0.13, 5), st.floats(0.1, 90)), min_size=1, max_size=30)


def islands_of(pauses_and_lengths: list[tuple[float, float]]) -> list[Island]:
    islands, now = [], 0.0
    for pause, length in pauses_and_lengths:
        islands.append(Island(now + pause, now + pause + length))
        now += pause + length
    return islands


def flat_levels(islands: list[Island]) -> np.ndarray:
    return np.full(int(islands[-1].end / LEVEL_STEP) + 100, 40, dtype=np.float32)


@given(pairs)
def test_stretches_cover_islands(pauses_and_lengths):
    islands = islands_of(pauses_and_lengths)
    found = list(stretches(islands, flat_levels(islands), 27.0))
    for number, island in enumerate(islands):
        own = [stretch for stretch in found if stretch.island == number]
        assert own[0].start <= island.start
        assert own[-1].end >= island.end
        assert own[0].start >= island.start - PAD
        assert [a.end for a in own[:-1]] == [b.start for b in own[1:]]
        assert all(0 < stretch.duration <= 27.0 + 1e-6 for stretch in own)
    assert all(a.end <= b.start + 1e-9 for a, b in itertools.pairwise(found))


@given(pairs)
def test_windows_hold_all_in_order(pauses_and_lengths):
    islands = islands_of(pauses_and_lengths)
    found = list(stretches(islands, flat_levels(islands), LONGEST - 1))
    windows = list(packed(found))
    assert [stretch for window in windows for stretch in window.stretches] == found
    assert all(window.duration <= LONGEST + 1e-6 for window in windows)
    for window in windows:
        ends = [place + stretch.duration for place, stretch in zip(window.places, window.stretches, strict=True)]
        assert all(b - a >= QUIET - 1e-9 for a, b in zip(ends, window.places[1:], strict=False))


@given(pairs, st.floats(0, 1), st.floats(-0.5, 0.5))
def test_windows_locate_words(pauses_and_lengths, share, error):
    islands = islands_of(pauses_and_lengths)
    for window in packed(stretches(islands, flat_levels(islands), LONGEST - 1)):
        for number, (stretch, place) in enumerate(zip(window.stretches, window.places, strict=True)):
            at = place + share * stretch.duration
            found, start, end = window.locate(at + error, at + error)
            assert found == number
            assert stretch.start <= start <= end <= stretch.end
            assert abs(start - (stretch.start + share * stretch.duration)) <= abs(error) + 1e-6


def test_window_sound_in_place():
    samples = Samples()
    samples.keep(0, np.arange(3 * RATE, dtype=np.int16))
    (window,) = packed(stretches([Island(1.0, 1.5)], np.zeros(800, np.float32), 27.0))
    sound = window.sound(samples)
    assert len(sound) == round(window.duration * RATE)
    first = round(window.places[0] * RATE)
    assert not sound[:first].any()
    assert sound[first] * 32768 == round(window.stretches[0].start * RATE)
    assert alone(window.stretches[0]).stretches == window.stretches


def test_samples_dropped_read_as_silence():
    samples = Samples()
    samples.keep(0, np.ones(10 * RATE, dtype=np.int16))
    samples.drop(2.5, 6.2)
    heard = samples.read(0, 10)
    assert [int(heard[second * RATE :][:RATE].sum()) // RATE for second in range(10)] == [1, 1, 1, 0, 0, 0, 1, 1, 1, 1]
    assert len(samples.read(9.5, 12)) == RATE // 2
    assert len(samples.read(11, 12)) == 0
