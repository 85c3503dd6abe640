from __future__ import annotations

from fractions import Fraction

import pytest

from roughy_box.domain.errors import BoxError
from roughy_box.exports import edl, formats
from roughy_box.exports.source import AudioTrack
from roughy_box.exports.timecode import Timecode
from roughy_box.exports.timeline import Export
from tests.exports.plans import NTSC, NTSC_60, export, plan
from tests.exports.sources import KINDS


def lines(of: Export) -> list[str]:
    return formats.write("edl", of).decode().splitlines()


def events(of: Export) -> list[list[str]]:
    return [line.split() for line in lines(of) if line[:3].isdigit()]


def test_edl_of_two_spans_is_as_expected() -> None:
    assert lines(export(plan(Fraction(25), [10, 5, 20]))) == [
        "TITLE: Rough cut",
        "FCM: NON-DROP FRAME",
        "",
        "001  AX       V     C        00:00:00:00 00:00:00:10 01:00:00:00 01:00:00:10",
        "* FROM CLIP NAME: a.mov",
        "002  AX       AA    C        00:00:00:00 00:00:00:10 01:00:00:00 01:00:00:10",
        "* FROM CLIP NAME: a.mov",
        "003  AX       V     C        00:00:00:15 00:00:01:10 01:00:00:10 01:00:01:05",
        "* FROM CLIP NAME: a.mov",
        "004  AX       AA    C        00:00:00:15 00:00:01:10 01:00:00:10 01:00:01:05",
        "* FROM CLIP NAME: a.mov",
    ]


@pytest.mark.parametrize("rate", [NTSC, NTSC_60])
def test_drop_frame_is_said_and_written_where_the_source_has_it(rate: Fraction) -> None:
    of = export(plan(rate, [10]), timecode=Timecode(107892, NTSC, drop=True))
    assert lines(of)[1] == "FCM: DROP FRAME"
    assert events(of)[0][4] == "01:00:00;00"
    assert events(of)[0][6] == "01:00:00;00"


@pytest.mark.parametrize("rate", [NTSC, NTSC_60])
def test_ntsc_without_timecode_is_non_drop(rate: Fraction) -> None:
    of = export(plan(rate, [2000]))
    assert lines(of)[1] == "FCM: NON-DROP FRAME"
    assert ";" not in formats.write("edl", of).decode()


@pytest.mark.parametrize(
    ("tracks", "words"),
    [((), ["V"]), ((AudioTrack(1, 48000),), ["V", "A"]), ((AudioTrack(6, 48000),), ["V", "AA"])],
)
def test_tracks_are_those_of_the_source(tracks: tuple[AudioTrack, ...], words: list[str]) -> None:
    assert [event[2] for event in events(export(plan(NTSC, [10]), tracks=tracks))] == words


def test_sound_alone_has_no_picture_events() -> None:
    assert {event[2] for event in events(KINDS["sound alone"]("kept"))} == {"AA"}


def test_every_event_has_a_number_of_its_own_and_reel_ax() -> None:
    found = events(export(plan(NTSC, [2] * 1200)))
    assert [int(event[0]) for event in found] == list(range(1, 1201))
    assert {event[1] for event in found} == {"AX"}


@pytest.mark.parametrize(("spans", "long"), [(997, False), (999, True)])
def test_events_are_counted_for_the_warning(spans: int, long: bool) -> None:
    of = export(plan(NTSC, [1] * spans))
    assert edl.events(of) == len(events(of))
    assert (edl.events(of) > edl.MOST_EVENTS) is long


def test_title_is_one_line_of_70_characters() -> None:
    of = export(plan(NTSC, [1]), name="Übung \n" * 30)
    assert len(lines(of)[0]) <= len("TITLE: ") + 70
    assert lines(of)[1].startswith("FCM:")


@pytest.mark.parametrize("rate", [Fraction(100), Fraction(120000, 1001), Fraction(120)])
def test_edl_of_more_than_60_frames_a_second_is_refused(rate: Fraction) -> None:
    with pytest.raises(BoxError) as refused:
        lines(export(plan(rate, [9])))
    assert refused.value.fields[0].field == "query.format"


def test_source_times_go_round_at_midnight() -> None:
    of = export(plan(Fraction(25), [50]), timecode=Timecode(24 * 90000 - 25, Fraction(25)))
    assert events(of)[0][4:6] == ["23:59:59:00", "00:00:01:00"]
