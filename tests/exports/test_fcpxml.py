from __future__ import annotations

from fractions import Fraction
from typing import cast, get_args
from xml.etree import ElementTree as ET

import pytest

from roughy_box.exports import formats
from roughy_box.exports.source import AudioTrack, Picture
from roughy_box.exports.timecode import Timecode
from roughy_box.exports.timeline import Export, Show
from tests.exports.plans import NTSC, NTSC_60, STEREO, export, plan
from tests.exports.rules import fcpxml_faults
from tests.exports.sources import KINDS, ODD

HOUR = 3600


def tree(of: Export) -> ET.Element:
    return ET.fromstring(formats.write("fcpxml", of))


def one(of: Export, path: str) -> ET.Element:
    found = tree(of).findall(path)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("show", get_args(Show))
@pytest.mark.parametrize("kind", [*KINDS, *ODD])
def test_fcpxml_of_a_source_keeps_to_the_rules(kind: str, show: Show) -> None:
    of = {**KINDS, **ODD}[kind](show)
    if of.spans:
        assert fcpxml_faults(formats.write("fcpxml", of).decode()) == []


def test_rules_find_a_wrong_place_and_a_wrong_attribute() -> None:
    right = formats.write("fcpxml", export(plan(NTSC, [3]))).decode()
    assert fcpxml_faults(right.replace("<asset ", '<asset src="a" '))
    assert fcpxml_faults(right.replace("<spine>", "").replace("</spine>", ""))
    assert fcpxml_faults(right.replace('ref="r2"', 'ref="r9"'))


def test_times_of_ntsc_lie_on_the_grid() -> None:
    clips = tree(export(plan(NTSC, [10, 5, 20]))).findall(".//asset-clip")
    assert [clip.get("start") for clip in clips] == ["0s", "15015/30000s"]
    assert [clip.get("offset") for clip in clips] == ["0s", "10010/30000s"]


def test_clip_starts_at_the_timecode_and_its_offset_does_not() -> None:
    of = export(plan(Fraction(25), [10, 5, 20]), timecode=Timecode(HOUR * 25, Fraction(25)))
    assert one(of, ".//asset").get("start") == "90000/25s"
    clips = tree(of).findall(".//asset-clip")
    assert [clip.get("start") for clip in clips] == ["90000/25s", "90015/25s"]
    assert [clip.get("offset") for clip in clips] == ["0s", "10/25s"]


def test_asset_has_the_length_of_the_source() -> None:
    assert one(export(plan(Fraction(25), [10, 5, 20])), ".//asset").get("duration") == "35/25s"


@pytest.mark.parametrize(("drop", "word"), [(True, "DF"), (False, "NDF")])
def test_drop_frame_is_said_where_the_source_says_so(drop: bool, word: str) -> None:
    of = export(plan(NTSC_60, [10]), timecode=Timecode(1798, NTSC, drop))
    assert one(of, ".//sequence").get("tcFormat") == one(of, ".//asset-clip").get("tcFormat") == word


@pytest.mark.parametrize(
    ("channels", "layout"),
    [(1, "stereo"), (2, "stereo"), (6, "surround")],
)
def test_audio_layout_is_never_mono(channels: int, layout: str) -> None:
    of = export(plan(NTSC, [10]), tracks=(AudioTrack(channels, 48000),))
    assert one(of, ".//sequence").get("audioLayout") == layout
    assert one(of, ".//asset").get("audioChannels") == str(channels)


@pytest.mark.parametrize(("rate", "word"), [(48000, "48k"), (44100, "44.1k"), (16000, "48k")])
def test_audio_rate_of_a_sequence_is_one_of_the_list(rate: int, word: str) -> None:
    of = export(plan(NTSC, [10]), tracks=(AudioTrack(2, rate),))
    assert one(of, ".//sequence").get("audioRate") == word
    assert one(of, ".//asset").get("audioRate") == str(rate)


def test_default_track_of_two_is_the_only_one_heard() -> None:
    of = export(plan(NTSC, [10]), tracks=(AudioTrack(1, 48000), STEREO), default_track=1)
    sources = tree(of).findall(".//audio-channel-source")
    assert [(source.get("srcCh"), source.get("enabled", "1")) for source in sources] == [("1", "0"), ("2, 3", "1")]


def test_source_without_sound_has_no_word_of_it() -> None:
    assert "udio" not in formats.write("fcpxml", export(plan(NTSC, [10]), tracks=())).decode()


def test_sound_alone_counts_in_samples() -> None:
    of = KINDS["sound alone with timecode"]("kept")
    assert one(of, ".//asset").get("start") == "172800000/48000s"
    assert one(of, ".//asset").get("hasVideo") is None
    assert tree(of).findall(".//asset-clip")[1].get("offset") == "57744/48000s"
    assert one(of, ".//format").get("frameDuration") == "1/30s"


def test_source_at_15_has_a_format_of_its_own() -> None:
    of = export(plan(Fraction(15), [10]))
    formats_ = {made.get("id"): made.get("frameDuration") for made in tree(of).iter("format")}
    assert formats_ == {"r1": "1/30s", "r3": "1/15s"}
    assert one(of, ".//asset").get("format") == "r3"
    assert one(of, ".//sequence").get("format") == "r1"


def test_turned_source_has_a_portrait_format() -> None:
    made = one(KINDS["portrait, turned"]("kept"), ".//format")
    assert (made.get("width"), made.get("height")) == ("1080", "1920")


@pytest.mark.parametrize(("rotation", "pixel"), [(0, ("4", "3")), (180, ("4", "3")), (90, ("3", "4"))])
def test_anamorphic_source_has_the_shape_of_its_pixels(rotation: int, pixel: tuple[str, str]) -> None:
    made = one(export(plan(NTSC, [9]), picture=Picture(1440, 1080, Fraction(4, 3), rotation)), ".//format")
    assert (made.get("paspH"), made.get("paspV")) == pixel


def test_media_of_the_asset_is_a_percent_encoded_url() -> None:
    media = one(KINDS["umlauts and signs"]("kept"), ".//asset/media-rep")
    assert media.get("src") == "file:///f/%C3%9Cbung%20%221%22%20%26%20%3Cb%3E%20%5D%5D%3E%20100%25.mov"


def test_disabled_spans_are_switched_off() -> None:
    clips = tree(KINDS["timecode"]("disabled")).findall(".//asset-clip")
    assert [clip.get("enabled", "1") for clip in clips] == ["1", "0"] * 4


def test_shows_are_those_of_the_query() -> None:
    assert get_args(Show) == ("kept", *cast(tuple[str, ...], formats.DROPPED))
