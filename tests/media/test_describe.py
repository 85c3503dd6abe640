"""Descriptions of files for timelines: grid, tracks, timecode, of files that ffmpeg made."""

from __future__ import annotations

import json
import os
import struct
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from roughy_box.domain.asset import Preparation
from roughy_box.media.description import Description, PictureSize
from roughy_box.media.worker.describe.describe import describe
from roughy_box.media.worker.file import Descriptor
from roughy_box.media.worker.probe.measure import probe
from tests.media.numbered import flip_track
from tests.tools import needs

pytestmark = needs("ffmpeg")

NTSC = Fraction(30000, 1001)
PICTURE = "-f lavfi -i testsrc2=s=160x120:r={rate}:d={seconds}"
SOUND = "-f lavfi -i sine=d={seconds}"


def made(path: Path, *arguments: str) -> Description | None:
    """Make a file with ffmpeg and return its description."""
    words = [word for each in arguments for word in each.split()]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *words, path], check=True)
    return described(path)


def described(path: Path) -> Description | None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        measured = probe(Descriptor(descriptor))
        assert isinstance(measured, Preparation)
        found = describe(Descriptor(descriptor), measured.kind.type, measured.duration_ms)
    finally:
        os.close(descriptor)
    if found:
        assert Description.from_json(found.to_json()) == found
    return found


@pytest.mark.parametrize("extension", ["mp4", "mov", "mkv", "ts", "avi"])
@pytest.mark.parametrize("rate", ["24000/1001", "25", "30000/1001", "60"])
def test_grid_counts_pictures(tmp_path: Path, extension: str, rate: str) -> None:
    found = made(
        tmp_path / f"a.{extension}",
        PICTURE.format(rate=rate, seconds=4),
        SOUND.format(seconds=6),
        "-c:v mpeg4 -c:a aac",
    )
    assert found
    counted = -(-4 * Fraction(rate) // 1)
    assert (found.rate, found.variable_rate) == (Fraction(rate), False)
    # Two pictures of an AVI at 60 stay empty: a packet after the first one comes late there.
    assert found.length == pytest.approx(counted, abs=0 if extension != "avi" else 2)
    assert found.picture == PictureSize(160, 120, Fraction(1), 0)
    assert [(track.channels, track.sample_rate) for track in found.tracks] == [(1, 44100)]
    assert found.duration >= found.offset + found.length / found.rate


def test_rotation_clockwise_and_pixel_aspect(tmp_path: Path) -> None:
    plain = tmp_path / "plain.mp4"
    made(plain, PICTURE.format(rate=25, seconds=1), "-c:v mpeg4 -vf setsar=4/3")
    turned = described(flip_track(plain, (0, 1, -1, 0)))
    assert turned
    assert turned.picture == PictureSize(160, 120, Fraction(4, 3), 90)


@pytest.mark.parametrize("matrix", [(0, 0, 0, 0), (0, 1, 0, 1), (0, 1, 0, 0)])
def test_matrix_that_shows_nothing_turns_nothing(tmp_path: Path, matrix: tuple[int, ...]) -> None:
    plain = tmp_path / "plain.mp4"
    made(plain, PICTURE.format(rate=25, seconds=1), "-c:v mpeg4")
    shown = described(flip_track(plain, matrix))
    assert shown
    assert shown.picture == PictureSize(160, 120, Fraction(1), 0)


@pytest.mark.parametrize(
    ("name", "options", "outside"),
    [
        ("a.mp4", "", (0, 19)),
        ("a.mkv", "", (0, 19)),
        ("a.ts", "", (0, 19)),
        ("late.mkv", "-itsoffset 2", (2, 17)),
    ],
)
def test_sound_outside_pictures_measured(tmp_path: Path, name: str, options: str, outside: tuple[float, float]) -> None:
    found = made(
        tmp_path / name, SOUND.format(seconds=20), options, PICTURE.format(rate=25, seconds=1), "-c:v mpeg4 -c:a aac"
    )
    assert found
    assert found.outside == pytest.approx(outside, abs=0.3)
    older = json.loads(found.to_json())
    del older["sound"]
    assert Description.from_json(json.dumps(older)).outside[1] < 0


def _is_new() -> bool:
    """Return whether this ffmpeg is 6.0 or newer."""
    options = subprocess.run(["ffmpeg", "-v", "error", "-h", "full"], capture_output=True, check=True, text=True).stdout
    return "-display_rotation" in options


def test_timecode_at_own_rate(tmp_path: Path) -> None:
    found = made(tmp_path / "a.mov", PICTURE.format(rate="60000/1001", seconds=1), "-timecode 01:00:00;02 -c:v mpeg4")
    assert found
    assert found.timecode == ("01:00:00;02", Fraction(60000, 1001))


def test_timecode_track_at_half_the_rate(tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    made(path, PICTURE.format(rate="60000/1001", seconds=1), "-timecode 01:00:00;02 -c:v mpeg4")
    content = path.read_bytes()
    # A frame lasts 2002 of 60000 ticks, 30 a second: the timecode of many cameras beside 60 pictures a second.
    whole, half = (struct.pack(">IIB", 60000, length, count) for length, count in ((1001, 60), (2002, 30)))
    assert content.count(whole) == 1
    path.write_bytes(content.replace(whole, half))
    found = described(path)
    assert found
    # The file counts frames, so they last twice as long now.
    assert found.timecode == ("02:00:00;02", NTSC)


def of_sony(path: Path, rate: str, frames: int, xml: str = "") -> Description | None:
    """Make a file with a metadata track as cameras of Sony write it: the timecode in binary, the rest in XML."""
    made(path, PICTURE.format(rate=rate, seconds=1), "-timecode 01:00:00:00 -c:v mpeg4")
    content = bytearray(path.read_bytes())
    for before, after in ((b"mhlrtmcd", b"mhlrmeta"), (b"tmcd\0\0\0\0\0\0\0\1", b"rtmd\0\0\0\0\0\0\0\1")):
        place = content.index(before)
        content[place : place + len(before)] = after
    place = content.rindex(b"stco") + 12  # the offset of the only sample
    content[place : place + 4] = struct.pack(">I", len(content) + 8)
    content += struct.pack(">I4s13x5B14x", 40, b"mdat", 22, 34, 2, 0, frames)
    content += struct.pack(">I4s", 8 + len(xml), b"meta") + xml.encode()
    path.write_bytes(content)
    return described(path)


LTC = '<LtcChangeTable tcFps="{}" halfStep="true"><LtcChange frameCount="0" value="{}" status="increment"/>'


@pytest.mark.parametrize(
    ("rate", "frames", "xml", "label", "own"),
    [
        ("60000/1001", 12, LTC.format(30, "52023422"), "22:34:02;12", "30000/1001"),
        ("60000/1001", 12, LTC.format(30, "12023422"), "22:34:02:12", "30000/1001"),
        ("60000/1001", 12, LTC.format(60, "12023422"), "22:34:02:12", "60000/1001"),
        ("60000/1001", 12, "", "22:34:02:12", "30000/1001"),
        ("60000/1001", 48, "", "22:34:02:48", "60000/1001"),
        ("24000/1001", 12, "", "22:34:02:12", "24000/1001"),
        ("50", 24, LTC.format(25, "24023422"), "22:34:02:24", "25"),
        ("25", 24, LTC.format("99", "zz"), "22:34:02:24", "25"),
        ("25", 12, LTC.format("00", ""), "22:34:02:12", "25"),
    ],
)
def test_timecode_of_sony(tmp_path: Path, rate: str, frames: int, xml: str, label: str, own: str) -> None:
    found = of_sony(tmp_path / "a.mov", rate, frames, xml)
    assert found
    assert (found.rate, found.timecode) == (Fraction(rate), (label, Fraction(own)))


def test_broadcast_wave_start_in_samples(tmp_path: Path) -> None:
    found = made(tmp_path / "a.wav", SOUND.format(seconds=1), "-write_bext 1 -metadata time_reference=172800000")
    assert found
    assert (found.samples, found.timecode, found.picture) == (172_800_000, None, None)
    assert (found.rate, found.length) == (1000, 1000)


def test_variable_rate_seen(tmp_path: Path) -> None:
    found = made(
        tmp_path / "a.mkv",
        PICTURE.format(rate=30, seconds=4),
        "-vf select='not(between(mod(n\\,7)\\,2\\,4))' -fps_mode vfr -c:v mpeg4"
        if _is_new()
        else "-vf select='not(between(mod(n\\,7)\\,2\\,4))' -vsync vfr -c:v mpeg4",
    )
    assert found
    assert found.variable_rate


def test_two_tracks_second_default(tmp_path: Path) -> None:
    found = made(
        tmp_path / "a.mkv",
        SOUND.format(seconds=2),
        SOUND.format(seconds=2),
        "-map 0 -map 1 -c:a flac -disposition:a:0 0 -disposition:a:1 default",
    )
    assert found
    assert (len(found.tracks), found.default_track) == (2, 1)


@pytest.mark.parametrize("extension", ["mp4", "mkv"])
def test_picture_after_sound_offset(tmp_path: Path, extension: str) -> None:
    picture, sound = tmp_path / "picture.mp4", tmp_path / "sound.wav"
    made(picture, PICTURE.format(rate=25, seconds=2), "-c:v mpeg4")
    made(sound, SOUND.format(seconds=4))
    found = made(tmp_path / f"a.{extension}", f"-itsoffset 1 -i {picture} -i {sound}", "-c:v copy -c:a aac")
    assert found
    assert float(found.offset) == pytest.approx(1, abs=0.03)
    assert found.length == 50


def test_damaged_file_has_none(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF" + bytes(100))
    descriptor = os.open(path, os.O_RDONLY)
    assert describe(Descriptor(descriptor), "audio", 1000) is None
    os.close(descriptor)


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", '{"rate":"25"}'],
)
def test_other_json_no_description(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Description.from_json(text)
