"""Rendered files: size and direction of the pictures, colors, bit rates, the index in front, damaged sources."""

from __future__ import annotations

import errno
import json
import os
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roughy_box.media import atoms
from roughy_box.media.description import PictureSize
from roughy_box.media.render_output import (
    DAMAGED_MEDIA,
    HDR_KEPT,
    SOURCE_ENDS_EARLY,
    RenderOutput,
    picture_size,
    sound_rate,
    video_rate,
)
from roughy_box.media.worker.render.painting import Painter
from tests.media.numbered import Source, described, flip_track, luma, noise, rendered
from tests.tools import needs

SQUARE = Fraction(1)
CLOCKWISE = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}  # QuickTime File Format, "Matrices"
MIRRORED = {0: (-1, 0, 0, 1), 90: (0, -1, -1, 0), 180: (1, 0, 0, -1), 270: (0, 1, 1, 0)}
CORNERS = {0: (0, 0), 90: (0, -1), 180: (-1, -1), 270: (-1, 0)}  # of the bright corner: row, column
MIRRORED_CORNERS = {0: (0, -1), 90: (-1, -1), 180: (-1, 0), 270: (0, 0)}  # mirrored left to right, then turned


@pytest.mark.parametrize(
    ("picture", "resolution", "size"),
    [
        (PictureSize(1920, 1080, SQUARE, 0), None, (1920, 1080)),
        (PictureSize(1920, 1080, SQUARE, 0), "720p", (1280, 720)),
        (PictureSize(1920, 1080, SQUARE, 0), "4k", (1920, 1080)),
        (PictureSize(1920, 1080, SQUARE, 90), "720p", (720, 1280)),
        (PictureSize(4096, 2160, SQUARE, 0), "1080p", (2048, 1080)),
        (PictureSize(2048, 858, SQUARE, 0), "720p", (1718, 720)),
        (PictureSize(720, 576, Fraction(64, 45), 0), None, (1024, 576)),
        (PictureSize(720, 480, Fraction(8, 9), 0), None, (640, 480)),
        (PictureSize(1440, 1080, Fraction(4, 3), 270), "720p", (720, 1280)),
        (PictureSize(161, 121, SQUARE, 0), None, (160, 120)),
        (PictureSize(1, 1, SQUARE, 0), None, (2, 2)),
    ],
)
def test_picture_size(picture: PictureSize, resolution: str | None, size: tuple[int, int]) -> None:
    assert picture_size(picture, resolution) == size


def test_bit_rates_capped_at_source() -> None:
    assert video_rate(RenderOutput("mp4"), 720, None) == 5_000_000
    assert video_rate(RenderOutput("mp4"), 1080, 8_000_000) == 8_000_000
    assert video_rate(RenderOutput("mp4"), 1440, 90_000_000) == 35_000_000
    assert video_rate(RenderOutput("mov", video_bitrate=50), 1080, 90_000_000) == 50_000_000
    assert video_rate(RenderOutput("mov", video_bitrate=50), 1080, 3_000_000) == 3_000_000
    assert [sound_rate(RenderOutput(each)) for each in ("mp4", "mov", "m4a", "mp3")] == [192000, 192000, 160000, 192000]
    assert sound_rate(RenderOutput("mp3", audio_bitrate=320)) == 320_000


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_turned_and_mirrored_pixels(tmp_path: Path, turn: int, mirrored: bool) -> None:
    path = Source(count=8, size=(160, 90)).make(tmp_path / "a.mp4")
    if turn or mirrored:
        flip_track(path, (MIRRORED if mirrored else CLOCKWISE)[turn])
    made = rendered(path, tmp_path / "out.mp4")
    frames = made.frames()
    assert len(frames) == 8
    assert frames[0].rotation == 0
    pixels = luma(frames[0])
    assert pixels.shape == ((160, 90) if turn in (90, 270) else (90, 160))
    bright = [(row, column) for row in (0, -1) for column in (0, -1) if pixels[row, column] > 150]
    assert bright == [(MIRRORED_CORNERS if mirrored else CORNERS)[turn]]


@pytest.mark.parametrize(("aspect", "width"), [(Fraction(4, 3), 212), (Fraction(3, 4), 120)])
def test_square_pixels(tmp_path: Path, aspect: Fraction, width: int) -> None:
    made = rendered(Source(count=8, aspect=aspect).make(tmp_path / "a.mp4"), tmp_path / "out.mp4")
    frame = made.frames()[0]
    assert (frame.width, frame.height) == (width, 120)
    # The bright corner is a quarter of the picture still.
    assert [luma(frame)[5, width * part // 100] > 150 for part in (22, 28)] == [True, False]


def probed(path: Path) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", path]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


@needs("ffmpeg")
@pytest.mark.parametrize("extension", ["mp4", "mov"])
def test_ffprobe_agrees(tmp_path: Path, extension: str) -> None:
    source = Source(count=60, size=(322, 182), colors=(1, 1, 1), sound=noise(2.4, 48000, 1))
    made = rendered(source.make(tmp_path / "a.mkv"), tmp_path / f"out.{extension}", [(0, 20), (30, 60)])
    found = probed(made.path)
    picture, sound = found["streams"]
    assert (picture["codec_name"], picture["profile"], picture["pix_fmt"]) == ("h264", "High", "yuv420p")
    assert (picture["width"], picture["height"], picture["sample_aspect_ratio"]) == (322, 182, "1:1")
    assert (picture["r_frame_rate"], picture["avg_frame_rate"], picture["nb_frames"]) == ("25/1", "25/1", "50")
    colors = [picture[f"color_{each}"] for each in ("space", "transfer", "primaries", "range")]
    assert colors == ["bt709", "bt709", "bt709", "tv"]
    assert (sound["codec_name"], sound["channels"], sound["sample_rate"]) == ("aac", 2, "48000")
    assert [float(each["start_time"]) for each in found["streams"]] == [0, 0]
    assert [float(each["duration"]) for each in found["streams"]] == pytest.approx([2, 2], abs=0.0001)
    data = made.path.read_bytes()
    kinds = [atom.type for atom in atoms.walk(lambda start, size: data[start : start + size], 0, len(data))]
    assert kinds.index(b"moov") < kinds.index(b"mdat")
    assert made.outcome["size"] == len(data)


def test_hdr_tone_mapped(tmp_path: Path) -> None:
    source = Source(count=4, format="yuv420p10le", colors=(9, 16, 9))
    made = rendered(source.make(tmp_path / "a.mp4"), tmp_path / "out.mp4")
    frame = made.frames()[0]
    assert (frame.color_primaries, frame.color_trc, frame.colorspace, frame.color_range) == (1, 1, 1, 1)
    assert made.warnings == []
    dark, bright = int(luma(frame)[-1, -1]), int(luma(frame)[5, 5])
    assert dark < 50
    # Mapped and not cut off: what is as bright as a sheet of paper is not white yet.
    assert 150 < bright < 230


def test_hdr_kept_without_filters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Painter, "_tone_mappings", lambda self: iter([[("zscale", "there=is none")]]))
    source = Source(count=4, format="yuv420p10le", colors=(9, 16, 9))
    made = rendered(source.make(tmp_path / "a.mp4"), tmp_path / "out.mp4")
    frame = made.frames()[0]
    assert (frame.color_primaries, frame.color_trc, frame.colorspace) == (9, 16, 9)
    assert made.warnings == [HDR_KEPT]


@pytest.mark.parametrize(
    ("source", "extension"),
    [(Source(count=10), "m4a"), (Source(count=10), "mp3"), (Source(pictures=False, sound=noise(1, 48000, 1)), "mp4")],
)
def test_missing_track_unsupported(tmp_path: Path, source: Source, extension: str) -> None:
    path = source.make(tmp_path / "a.mov")
    with pytest.raises(AssertionError, match="unsupported"):
        rendered(path, tmp_path / f"out.{extension}")


def damaged(path: Path, first: float, last: float) -> Path:
    """Overwrite a part of the media, from one share of it to another; the index stays."""
    data = bytearray(path.read_bytes())
    start = 0
    for atom in atoms.walk(lambda start, size: bytes(data[start : start + size]), 0, len(data)):
        if atom.type == b"mdat":
            begin, size = start + 16, atom.end - start - 16
            begin, end = begin + round(size * first), begin + round(size * last)
            data[begin:end] = np.random.default_rng(1).bytes(end - begin)
        start = atom.end
    path.write_bytes(data)
    return path


def test_one_broken_frame_goes_on(tmp_path: Path) -> None:
    options = {"preset": "ultrafast", "g": "1"}
    path = damaged(Source(count=60, options=options).make(tmp_path / "a.mp4"), 0.5, 0.505)
    made = rendered(path, tmp_path / "out.mp4")
    wrong = [number for number, shown in enumerate(made.numbers()) if shown != number]
    assert len(made.frames()) == 60
    assert len(wrong) <= 2
    assert made.warnings == [DAMAGED_MEDIA]


@pytest.mark.parametrize("extension", ["mp4", "m4a"])
def test_half_broken_source_fails_with_place(tmp_path: Path, extension: str) -> None:
    source = Source(count=1000, sound=noise(40, 48000, 1) if extension == "m4a" else None)
    path = source.make(tmp_path / "a.mp4")
    description = described(path)
    damaged(path, 0.5, 1)
    with pytest.raises(AssertionError, match="corrupt_at") as error:
        rendered(path, tmp_path / f"out.{extension}", description=description)
    place = float(str(error.value).split("'corrupt_at': ")[1].split("}")[0])
    assert place == pytest.approx(20, abs=2)


@pytest.mark.parametrize(("extension", "room"), [("mp4", 0), ("mp4", 20_000), ("mp3", 0), ("mp3", 20_000)])
def test_full_disk_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extension: str, room: int) -> None:
    path = Source(count=100, sound=noise(4, 48000, 1)).make(tmp_path / "a.mp4")
    write = os.pwrite

    def full(descriptor: int, data: bytes, at: int) -> int:
        if at + len(data) > room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data, at)

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(AssertionError, match=f"'errno': {errno.ENOSPC}"):
        rendered(path, tmp_path / f"out.{extension}")


@pytest.mark.parametrize(("extension", "share", "place"), [("mkv", 0.5, 20), ("mp4", 0.0001, 0)])
def test_cut_off_source_fails_with_place(tmp_path: Path, extension: str, share: float, place: float) -> None:
    path = Source(count=1000).make(tmp_path / f"a.{extension}")
    description = described(path)
    os.truncate(path, round(path.stat().st_size * share))
    with pytest.raises(AssertionError, match="corrupt_at") as error:
        rendered(path, tmp_path / "out.mp4", description=description)
    assert float(str(error.value).split("'corrupt_at': ")[1].split("}")[0]) == pytest.approx(place, abs=3)


def test_pictures_end_a_little_early_held_and_warned(tmp_path: Path) -> None:
    path = Source(count=1000).make(tmp_path / "a.mkv")
    description = described(path)
    os.truncate(path, round(path.stat().st_size * 0.95))
    made = rendered(path, tmp_path / "out.mp4", description=description)
    numbers = made.numbers()
    end = max(numbers) + 1
    assert 900 < end < 980
    assert numbers == [*range(end), *[end - 1] * (1000 - end)]
    ((code, sentence),) = made.outcome["warnings"]
    place = f"no pictures from {end / 25:.3f} s after its start (0:00:{end / 25:06.3f}) on"
    assert code == SOURCE_ENDS_EARLY
    assert place in sentence
    assert f"stays for {(1000 - end) / 25:.3f} s" in sentence
    # What is not in the plan is not missed.
    assert rendered(path, tmp_path / "out.mov", [(0, end)], description=description).warnings == []


def test_sound_ends_early_silent_and_warned(tmp_path: Path) -> None:
    source = Source(count=1000, sound=noise(30, 48000, 1), sound_codec="pcm_s16le")
    path = source.make(tmp_path / "a.mov")
    made = rendered(path, tmp_path / "out.m4a", [(0, 100), (700, 800), (900, 1000)])
    ((code, sentence),) = made.outcome["warnings"]
    assert code == SOURCE_ENDS_EARLY
    assert "no sound from 30.000 s after its start (0:00:30.000) on: the last 6.000 s are silent" in sentence
    sound, rate = made.sound()
    assert np.abs(sound[:, 6 * rate + 3000 :]).max() < 0.001 < np.abs(sound[:, 5 * rate :]).max()
    assert rendered(path, tmp_path / "full.mp3", [(0, 760)]).warnings == []


@pytest.mark.parametrize("extension", ["mov", "mkv"])
@pytest.mark.parametrize("gap", [(100, 900), (100, 760)])
def test_end_of_sound_named_where_gap_is_passed_over(tmp_path: Path, extension: str, gap: tuple[int, int]) -> None:
    path = Source(count=1000, sound=noise(30, 48000, 1), sound_codec="pcm_s16le").make(tmp_path / f"a.{extension}")
    (warning,) = rendered(path, tmp_path / "out.mp3", [(0, gap[0]), (gap[1], 1000)]).outcome["warnings"]
    assert (
        f"no sound from 30.000 s after its start (0:00:30.000) on: the last {(1000 - gap[1]) / 25:.3f} s" in warning[1]
    )


def test_sound_that_ends_within_a_frame_named_exactly(tmp_path: Path) -> None:
    path = Source(count=150, sound=noise(3, 44100, 1), sound_rate=44100).make(tmp_path / "a.mp4")
    for segments in ([(0, 150)], [(0, 62), (125, 150)]):
        (warning,) = rendered(path, tmp_path / "out.m4a", segments).outcome["warnings"]
        silent = 3 if len(segments) == 1 else 1
        assert (
            f"no sound from 3.000 s after its start (0:00:03.000) on: the last {silent}.000 s are silent" in warning[1]
        )
