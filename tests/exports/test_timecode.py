from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentimelineio.opentime import RationalTime

from roughy_box.exports.timecode import STANDARD_RATES, Timecode, can_drop, label, parse, timebase, timeline_rate
from tests.exports.plans import FILM, NTSC, NTSC_60
from tests.fuzz.effort import SOAK

DAY = 24 * 3600


def _otio(frame: int, rate: Fraction, drop: bool) -> str:
    return RationalTime(frame, float(rate)).to_timecode(float(rate), drop)


def _frames_of_a_day(rate: Fraction) -> Iterable[int]:
    """All frames in a soak, which takes a minute; else those around each minute, and some between."""
    labels, day = timebase(rate), DAY * rate.numerator // rate.denominator
    if SOAK:
        return range(day)
    minutes = (minute * 60 * rate.numerator // rate.denominator for minute in range(24 * 60))
    around = {frame + step for frame in minutes for step in range(-2, labels // 15 + 3)}
    return sorted(frame for frame in around | {*range(0, day, 997)} if 0 <= frame < day)


@pytest.mark.parametrize("rate", [NTSC, NTSC_60])
def test_drop_frame_of_a_whole_day_is_that_of_otio(rate: Fraction) -> None:
    wrong = [frame for frame in _frames_of_a_day(rate) if label(frame, rate, True) != _otio(frame, rate, True)]
    assert not wrong


@pytest.mark.parametrize("rate", [rate for rate in STANDARD_RATES if timebase(rate) <= 60])
def test_labels_without_drop_count_every_frame(rate: Fraction) -> None:
    base = timebase(rate)
    for frame in (0, base - 1, base, 60 * base - 1, 60 * base, 3599 * base + 7, 23 * 3600 * base - 1):
        assert label(frame, rate) == _otio(frame, rate, False)


def test_labels_begin_again_after_a_day() -> None:
    assert label(2589408, NTSC, True) == "00:00:00;00"
    assert label(DAY * 25 + 1, Fraction(25)) == "00:00:00:01"


def test_labels_over_a_hundred_frames_have_three_digits() -> None:
    assert label(119, Fraction(120)) == "00:00:00:119"


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (Fraction(15), Fraction(30)),
        (Fraction(25, 2), Fraction(25)),
        (Fraction(12), Fraction(24)),
        (Fraction(15000, 1001), NTSC),
        (Fraction(12000, 1001), FILM),
        (Fraction(20), Fraction(60)),
        (NTSC_60, NTSC_60),
        (Fraction(7), Fraction(30)),
        (Fraction(90), Fraction(60)),
        (Fraction(137, 10), Fraction(30)),
    ],
)
def test_timeline_rate_is_one_that_editors_know(rate: Fraction, expected: Fraction) -> None:
    assert timeline_rate(rate) == expected


@given(st.sampled_from(STANDARD_RATES), st.integers(0, 2_000_000), st.booleans())
def test_labels_read_back_are_the_same_place(rate: Fraction, frame: int, drop: bool) -> None:
    drop = drop and can_drop(rate)
    assert parse(label(frame, rate, drop), rate) == Timecode(frame, rate, drop)


@pytest.mark.parametrize("text", ["", "1:2:3:4", "24:00:00:00", "00:60:00:00", "00:00:60:00", "00:00:00:30", "abc"])
def test_parse_of_other_text_is_none(text: str) -> None:
    assert parse(text, NTSC) is None


def test_parse_takes_a_skipped_label_for_the_next() -> None:
    assert parse("00:01:00;00", NTSC) == parse("00:01:00;02", NTSC)


@pytest.mark.parametrize("mark", [";", ".", ","])
def test_parse_knows_the_marks_of_drop_frame(mark: str) -> None:
    assert parse(f"01:00:00{mark}00", NTSC) == Timecode(107892, NTSC, True)
    assert parse(f"01:00:00{mark}00", Fraction(25)) == Timecode(90000, Fraction(25))


@given(st.integers(0, 2589407))
def test_timecode_with_doubled_pictures_keeps_its_label(frame: int) -> None:
    start = Timecode(frame, NTSC, True)
    there = start.at(NTSC_60)
    assert there == Timecode(2 * frame, NTSC_60, True)
    assert str(there)[:9] == str(start)[:9]


def test_timecode_at_a_rate_without_drop_keeps_its_label() -> None:
    assert str(Timecode(107892, NTSC, True).at(Fraction(25))) == "01:00:00:00"
    assert str(Timecode(86400, Fraction(24)).at(FILM)) == "01:00:00:00"


def test_timecode_in_samples_becomes_frames() -> None:
    assert Timecode(48000 * 3600 + 24000, Fraction(48000)).at(Fraction(30)) == Timecode(108015, Fraction(30))
