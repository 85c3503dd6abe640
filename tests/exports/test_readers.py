"""Format by kind of source by reader: every cell has the plan's frames, or another reader judges it."""

from __future__ import annotations

import re
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roughy_box.domain.cut import AUDIO_GRID
from roughy_box.exports import formats
from roughy_box.exports.timecode import STANDARD_RATES, timebase
from roughy_box.exports.timeline import Export, Show
from tests.exports.plans import FILM, NTSC, export, frames, plan
from tests.exports.readers import OF_PLAN, READERS, Reading, Spans
from tests.exports.sources import KINDS, ODD
from tests.tools import sample


def is_known_fault(reader: str, of: Export) -> bool:
    """The adapter of FCPXML rounds 30000/1001 down to 29 frames a second, and frames down that floats fall short of.

    ``fcpxml by fractions`` judges those.
    """
    if reader != "fcpxml by otio":
        return False
    rate = of.source.rate
    return not of.source.picture or rate.denominator > 1 or _falls_short(formats.write("fcpxml", of).decode(), rate)


def _falls_short(text: str, rate: Fraction) -> bool:
    times = [(int(n), int(d)) for n, d in re.findall(r'"(\d+)/(\d+)s"', text)]
    return any(int(n / d * int(rate)) != n * rate / d for n, d in times)


def expected(of: Export, show: Show, reader: str) -> Spans:
    """The frames that a timeline should show: those of the plan, or the nearest, never none."""
    if reader in OF_PLAN and not (reader.startswith("fcpxml") and of.source.picture):
        return frames(of.plan, show)
    rate = of.rate if reader != "mlt by entries" else of.source.rate if of.source.picture else Fraction(30)
    ratio = rate / of.source.rate
    last = max(1, floor(of.source.length * ratio + Fraction(1, 2))) - 1
    found = []
    for start, end in frames(of.plan, show):
        first = min(floor(start * ratio + Fraction(1, 2)), last)
        found.append((first, max(floor(end * ratio + Fraction(1, 2)), first + 1)))
    return found


def read(reader: str, of: Export) -> Reading:
    format_, understand = READERS[reader]
    return understand(formats.write(format_, of).decode(), of)


def check(reader: str, of: Export) -> None:
    want, reading = expected(of, of.show, reader), read(reader, of)
    assert reading.picture == (want if of.source.picture else [])
    if reader != "fcpxml by otio":  # leaves the sound out that a clip has with its picture
        assert bool(reading.sound) == bool(of.source.tracks)
    assert all(track == want for track in reading.sound)


@pytest.mark.parametrize("kind", sample(KINDS))
@pytest.mark.parametrize("reader", READERS)
def test_reader_of_a_source_finds_the_plans_frames(reader: str, kind: str) -> None:
    of = KINDS[kind]("kept")
    if not is_known_fault(reader, of):
        check(reader, of)


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("reader", ["otio", "edl by otio", "fcp7xml by otio", "fcpxml by fractions"])
def test_reader_of_an_odd_rate_finds_the_nearest_frames(reader: str, kind: str) -> None:
    check(reader, ODD[kind]("kept"))


@pytest.mark.parametrize("kind", ["29.97", "sound"])
@pytest.mark.parametrize("reader", READERS)
def test_reader_of_dropped_spans_finds_them_alone(reader: str, kind: str) -> None:
    of = KINDS["drop-frame" if kind == "29.97" else "sound alone"]("only")
    if not is_known_fault(reader, of):
        check(reader, of)
    assert all(read("otio", of).enabled)


@pytest.mark.parametrize("reader", ["otio", "fcpxml by fractions", "fcp7xml by clip items"])
def test_reader_of_disabled_spans_finds_them_switched_off(reader: str) -> None:
    of = KINDS["drop-frame"]("disabled")
    check(reader, of)
    assert read(reader, of).enabled[:8] == [True, False] * 4


@pytest.mark.parametrize("reader", ["otio", "edl by otio", "fcp7xml by otio", "fcpxml by otio"])
def test_reader_finds_the_name_of_the_sequence(reader: str) -> None:
    assert read(reader, KINDS["umlauts and signs"]("kept")).name == "Übung \"1\" & <b> ]]> 'x'"


@pytest.mark.parametrize(
    ("kind", "otio", "fcp7"),
    [
        ("Windows", "file:///C:/Footage/Day%201/A001.mov", "file://localhost/C%3a/Footage/Day%201/A001.mov"),
        ("network share", "file://nas/media/A001.mov", "file://nas/media/A001.mov"),
        ("macOS", "file:///Volumes/My%20Disk/A001.mov", "file://localhost/Volumes/My%20Disk/A001.mov"),
        ("relative", "A001.mov", "A001.mov"),
    ],
)
def test_reader_finds_the_media_where_the_editor_has_it(kind: str, otio: str, fcp7: str) -> None:
    assert read("otio", KINDS[kind]("kept")).urls == {otio}
    assert read("fcp7xml by otio", KINDS[kind]("kept")).urls == {fcp7}


@pytest.mark.parametrize("reader", ["otio", "edl by otio", "fcp7xml by clip items", "fcpxml by fractions"])
def test_reader_of_5000_segments_finds_all(reader: str) -> None:
    check(reader, export(plan(NTSC, [1 + n * 7919 % 83 for n in range(10000)])))


def test_every_format_has_a_reader() -> None:
    assert {format_ for format_, _ in READERS.values()} == set(formats.FORMATS)


def test_every_reader_judges_most_kinds() -> None:
    for reader in READERS:
        assert sum(not is_known_fault(reader, kind("kept")) for kind in KINDS.values()) >= len(KINDS) // 2


spans = st.lists(st.integers(1, 400), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([rate for rate in STANDARD_RATES if timebase(rate) <= 60]), spans, st.booleans())
def test_any_plan_read_back_has_its_frames(rate: Fraction, lengths: list[int], first_kept: bool) -> None:
    of = export(plan(rate, lengths, first_kept=first_kept or len(lengths) == 1))
    for reader in READERS:
        if not is_known_fault(reader, of):
            check(reader, of)


@settings(max_examples=20, deadline=None)
@given(spans)
def test_any_plan_of_sound_read_back_is_the_nearest(lengths: list[int]) -> None:
    of = export(plan(AUDIO_GRID, lengths))
    for reader in READERS:
        if not is_known_fault(reader, of):
            check(reader, of)


def test_fcpxml_of_film_is_read_wrongly_by_otio() -> None:
    """When this fails, the adapter has been corrected, and may judge these rates."""
    of = export(plan(FILM, [240, 10, 240]))
    assert read("fcpxml by fractions", of).picture == frames(of.plan)
    with pytest.raises(AssertionError):
        read("fcpxml by otio", of)
