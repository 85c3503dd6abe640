"""The rules of renders: outputs that do not fit, and the space that one may take."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from roughy_box.domain.render import BadOutput, MediaType, check_output, check_sound
from roughy_box.media.description import Description, PictureSize, SoundTrack
from roughy_box.media.render_output import RenderOutput
from roughy_box.services.renders import estimate
from roughy_box.storage.models import Asset

SECONDS = 100
PICTURE = PictureSize(1920, 1080, Fraction(1), 0)
TRACK = SoundTrack(2, 48_000, 1)
MBIT = 1_000_000


@pytest.mark.parametrize(
    ("output", "source_rate", "has_sound", "bits"),
    [
        ({"format": "mp4", "video_bitrate": 5, "audio_bitrate": 128}, 100 * MBIT, True, 5_128_000),
        ({"format": "mp4", "video_bitrate": 50}, 20 * MBIT, True, 20_192_000),  # never above the source
        ({"format": "mov"}, 100 * MBIT, False, 10 * MBIT),
        ({"format": "mov", "resolution": "720p"}, 100 * MBIT, True, 5_192_000),
        ({"format": "mp4", "resolution": "4k"}, 100 * MBIT, True, 10_192_000),  # never larger than the source
        ({"format": "m4a"}, 100 * MBIT, True, 160_000),
        ({"format": "mp3", "audio_bitrate": 320}, MBIT, True, 320_000),
    ],
)
def test_estimate_bit_rates_and_a_tenth(output: dict[str, Any], source_rate: int, has_sound: bool, bits: int) -> None:
    tracks = (TRACK,) if has_sound else ()
    source = Description(Fraction(25), 25 * SECONDS, Fraction(SECONDS), PICTURE, tracks)
    asset = Asset(size_bytes=source_rate // 8 * SECONDS, duration_ms=1000 * SECONDS)
    assert estimate(RenderOutput(**output), source, SECONDS, asset) == round(bits * SECONDS / 8 * 1.1)


@pytest.mark.parametrize(
    ("format", "given", "media_type", "member"),
    [
        ("mp3", ("format", "frame_rate"), "video", "frame_rate"),
        ("m4a", ("format", "frame_rate", "resolution"), "audio", "resolution"),
        ("mov", ("format",), "audio", "format"),
    ],
)
def test_output_that_does_not_fit_names_member(
    format: str, given: tuple[str, ...], media_type: MediaType, member: str
) -> None:
    with pytest.raises(BadOutput) as caught:
        check_output(format, given, media_type)
    assert caught.value.member == member


def test_output_that_fits_taken() -> None:
    check_output("mp4", ("format", "resolution", "video_bitrate", "frame_rate"), "video")
    check_output("m4a", ("format", "audio_bitrate"), "video")
    check_output("mp3", ("format",), "audio")


def test_sound_format_of_silent_asset_refused() -> None:
    check_sound("mp4", has_sound=False)
    check_sound("mp3", has_sound=True)
    with pytest.raises(BadOutput, match="needs sound"):
        check_sound("m4a", has_sound=False)
