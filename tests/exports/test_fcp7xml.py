from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest

from roughy_box.exports import formats
from roughy_box.exports.source import AudioTrack, Picture
from roughy_box.exports.timecode import Timecode
from roughy_box.exports.timeline import Export
from tests.exports.plans import FILM, NTSC, NTSC_60, STEREO, export, plan
from tests.exports.sources import KINDS


def tree(of: Export) -> ET.Element:
    return ET.fromstring(formats.write("fcp7xml", of))


def text(of: Export, path: str) -> str | None:
    return tree(of).findtext(path)


@pytest.mark.parametrize(
    ("rate", "timebase", "ntsc"),
    [
        (FILM, "24", "TRUE"),
        (Fraction(24), "24", "FALSE"),
        (NTSC, "30", "TRUE"),
        (Fraction(25, 2), "25", "FALSE"),
        (NTSC_60, "60", "TRUE"),
    ],
)
def test_rate_is_a_timebase_and_a_flag(rate: Fraction, timebase: str, ntsc: str) -> None:
    of = export(plan(rate, [9]))
    assert text(of, "sequence/rate/timebase") == timebase
    assert text(of, "sequence/rate/ntsc") == ntsc


def test_in_counts_from_the_first_picture_not_the_timecode() -> None:
    of = export(plan(Fraction(25), [10, 5, 20]), timecode=Timecode(90000, Fraction(25)))
    assert [item.findtext("in") for item in tree(of).iterfind(".//video//clipitem")] == ["0", "15"]


def test_timecode_of_the_file_is_at_its_own_rate() -> None:
    of = export(plan(NTSC_60, [10]), timecode=Timecode(107892, NTSC, drop=True))
    timecode = tree(of).find(".//file/timecode")
    assert timecode is not None
    assert timecode.findtext("rate/timebase") == "30"
    assert timecode.findtext("string") == "01:00:00;00"
    assert timecode.findtext("frame") == "107892"
    assert timecode.findtext("displayformat") == "DF"


def test_timecode_in_samples_is_at_the_timelines_rate() -> None:
    of = KINDS["sound alone with timecode"]("kept")
    assert text(of, ".//file/timecode/frame") == "108000"
    assert text(of, ".//file/timecode/rate/timebase") == "30"


@pytest.mark.parametrize(("drop", "frame"), [(True, "107892"), (False, "108000")])
def test_sequence_begins_at_one_hour(drop: bool, frame: str) -> None:
    of = export(plan(NTSC, [10]), timecode=Timecode(1798, NTSC, drop))
    assert text(of, "sequence/timecode/frame") == frame
    assert text(of, "sequence/timecode/displayformat") == ("DF" if drop else "NDF")


def test_picture_and_channels_of_an_edit_are_linked() -> None:
    items = tree(export(plan(NTSC, [10, 5, 20]))).findall(".//clipitem")
    links = {item.get("id"): [link.text for link in item.iter("linkclipref")] for item in items}
    for index in (1, 2):
        group = [f"video-1-{index}", f"audio-1-{index}", f"audio-2-{index}"]
        assert [links[name] for name in group] == [group] * 3
    assert len(links) == 6


def test_silent_source_has_neither_links_nor_sound() -> None:
    written = formats.write("fcp7xml", export(plan(NTSC, [10]), tracks=())).decode()
    assert "audio" not in written
    assert "link" not in written


@pytest.mark.parametrize(
    ("tracks", "default", "heard"),
    [
        ((AudioTrack(6, 48000),), 0, ["1", "2", "3", "4", "5", "6"]),
        ((AudioTrack(1, 48000),), 0, ["1"]),
        ((AudioTrack(1, 48000), STEREO), 1, ["2", "3"]),
        ((STEREO, AudioTrack(1, 48000)), 0, ["1", "2"]),
    ],
)
def test_channels_are_those_of_the_default_track(
    tracks: tuple[AudioTrack, ...], default: int, heard: list[str]
) -> None:
    of = export(plan(NTSC, [10]), tracks=tracks, default_track=default)
    assert [index.text for index in tree(of).iterfind(".//sourcetrack/trackindex")] == heard
    counts = [count.text for count in tree(of).iterfind(".//file/media/audio/channelcount")]
    assert counts == [str(track.channels) for track in tracks]


def test_stereo_is_marked_as_a_pair() -> None:
    tracks = tree(export(plan(NTSC, [10]))).findall(".//audio/track")
    assert [track.get("currentExplodedTrackIndex") for track in tracks] == ["0", "1"]
    assert [track[-1].text for track in tracks] == ["1", "2"]


def test_file_is_never_empty_of_duration() -> None:
    assert text(KINDS["sound ends later"]("kept"), ".//file/duration") == "700"
    assert text(KINDS["one frame long"]("kept"), ".//file/duration") == "1"


def test_disabled_spans_are_switched_off_on_all_tracks() -> None:
    for track in tree(KINDS["timecode"]("disabled")).iterfind("sequence/media/*/track"):
        assert [item.findtext("enabled") for item in track.iterfind("clipitem")] == ["TRUE", "FALSE"] * 4


@pytest.mark.parametrize(
    ("picture", "pixels", "anamorphic"),
    [
        (Picture(1920, 1080), "square", "FALSE"),
        (Picture(1440, 1080, Fraction(4, 3)), "HD-(1440x1080)", "FALSE"),
        (Picture(720, 576, Fraction(64, 45)), "PAL-601", "TRUE"),
        (Picture(720, 480, Fraction(8, 9)), "NTSC-601", "FALSE"),
    ],
)
def test_pixels_have_the_names_of_the_format(picture: Picture, pixels: str, anamorphic: str) -> None:
    of = export(plan(NTSC, [10]), picture=picture)
    assert text(of, ".//format/samplecharacteristics/pixelaspectratio") == pixels
    assert text(of, ".//format/samplecharacteristics/anamorphic") == anamorphic


def test_turned_source_has_a_portrait_sequence() -> None:
    assert text(KINDS["portrait, turned"]("kept"), ".//format/samplecharacteristics/height") == "1920"
