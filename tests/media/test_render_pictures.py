"""The pictures of renders: exactly those of the plan, of sources of every kind, each told by the number in it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av import VideoFrame

from tests.media.numbered import NTSC, Source, described, luma, rendered
from tests.tools import sample

LONG = {"preset": "ultrafast", "g": "50", "bf": "3", "b-pyramid": "normal", "x264-params": "scenecut=0:open-gop=1"}
KINDS: dict[str, tuple[Source, str, dict[str, str]]] = {
    "25": (Source(), "mp4", {}),
    "29.97": (Source(rate=NTSC), "mov", {}),
    "59.94": (Source(rate=Fraction(60000, 1001), count=200), "mp4", {}),
    "matroska": (Source(rate=NTSC), "mkv", {}),
    "transport": (Source(rate=NTSC, options=LONG), "ts", {}),
    "fragments": (Source(options=LONG), "mp4", {"movflags": "frag_keyframe+empty_moov"}),
    "starts late": (Source(lead=2, options=LONG), "mkv", {}),
    "hevc": (Source(codec="libx265", options={"preset": "ultrafast", "x265-params": "log-level=0"}), "mp4", {}),
    "vp9": (Source(codec="libvpx-vp9", options={"cpu-used": "8", "deadline": "realtime"}), "webm", {}),
    "mpeg2": (Source(codec="mpeg2video", options={"b": "4M", "g": "12", "bf": "2"}), "ts", {}),
    "program": (Source(codec="mpeg2video", options={"b": "4M", "g": "12", "bf": "2"}), "mpg", {}),
    "avi": (Source(codec="mpeg4", options={"b": "4M", "bf": "2"}), "avi", {}),
    "ten bits": (Source(format="yuv420p10le"), "mp4", {}),
    "rgb": (Source(codec="libx264rgb", format="rgb24"), "mkv", {}),
    "interlaced": (Source(fields="tff", options={"preset": "ultrafast", "flags": "+ildct+ilme"}), "mp4", {}),
    "full range": (Source(codec="mjpeg", format="yuvj420p", options={"b": "8M"}), "mov", {}),
}
SEGMENTS = [(3, 4), (7, 30), (31, 33), (60, 71), (90, 100)]


def frames_of(segments: list[tuple[int, int]]) -> list[int]:
    return [frame for start, end in segments for frame in range(start, end)]


@pytest.mark.parametrize("kind", sample(KINDS))
def test_frames_exact(tmp_path: Path, kind: str) -> None:
    source, extension, options = KINDS[kind]
    path = source.make(tmp_path / f"a.{extension}", **options)
    made = rendered(path, tmp_path / "out.mp4", SEGMENTS)
    assert made.source.rate == source.rate
    assert made.numbers() == frames_of(SEGMENTS)
    assert made.warnings == []
    whole = rendered(path, tmp_path / "whole.mov")
    assert whole.numbers() == list(range(made.source.length))


@pytest.mark.parametrize(
    ("codec", "extension", "options"),
    [
        ("libx264", "mp4", LONG),
        ("libx264", "mkv", LONG),
        ("libx264", "ts", LONG),
        ("libx264", "mp4", {**LONG, "g": "1000"}),
        ("libx264", "ts", {**LONG, "x264-params": "intra-refresh=1:scenecut=0", "bf": "0"}),
        ("libx265", "mp4", {"preset": "ultrafast", "x265-params": "log-level=0:open-gop=1:keyint=50:bframes=3"}),
        ("mpeg2video", "ts", {"b": "2M", "g": "50", "bf": "2"}),
    ],
)
def test_distant_pieces_exact(tmp_path: Path, codec: str, extension: str, options: dict[str, str]) -> None:
    path = Source(count=900, codec=codec, options=options).make(tmp_path / f"a.{extension}")
    segments = [(180, 190), (398, 403), (640, 650), (802, 803), (890, 900)]
    made = rendered(path, tmp_path / "out.mp4", segments)
    assert made.numbers() == frames_of(segments)
    assert made.warnings == []
    # Where an index says where key frames are, and these are near, most of the source is not even read.
    assert made.work < 450 or extension == "ts" or options.get("g") == "1000"


def shown(stamps: Sequence[float], at: float) -> int:
    return max(number for number, stamp in enumerate(stamps) if stamp <= at + 0.05)


HOLES = [at for at in range(200) if at % 7 not in (2, 4)]
STILL = [*range(30), *range(230, 260)]
DRIFTING = [at * 0.8 for at in range(50)] + [40 + at * 1.3 for at in range(60)]


@pytest.mark.parametrize(
    ("extension", "stamps"),
    [("mp4", HOLES), ("mkv", HOLES), ("mp4", STILL), ("mkv", STILL), ("mkv", DRIFTING)],
    ids=["holes-mp4", "holes-mkv", "still-mp4", "still-mkv", "drifting-mkv"],
)
def test_variable_rate_shows_what_was_there(tmp_path: Path, extension: str, stamps: Sequence[float]) -> None:
    source = Source(rate=NTSC, stamps=stamps, options={"preset": "ultrafast", "g": "20", "bf": "2"})
    path = source.make(tmp_path / f"a.{extension}")
    description = described(path)
    segments = [(5, 29), (31, 61), (70, description.length)]
    made = rendered(path, tmp_path / "out.mp4", segments)
    step = float(NTSC / description.rate)
    assert made.numbers() == [shown(stamps, frame * step) for frame in frames_of(segments)]


def combed(frame: VideoFrame) -> int:
    """Return how many pixels differ alike from those above and below."""
    rows = luma(frame).astype(int)
    above, below = rows[1:-1] - rows[:-2], rows[1:-1] - rows[2:]
    return int(((np.minimum(abs(above), abs(below)) > 40) & (above * below > 0)).sum())


FIELDS = {"flags": "+ildct+ilme", "g": "12", "bf": "2"}


@pytest.mark.parametrize(
    ("codec", "extension", "fields", "resolution"),
    [
        ("libx264", "mov", "tff", None),
        ("libx264", "mkv", "bff", "540p"),
        ("mpeg2video", "ts", "tff", None),
        ("mpeg2video", "ts", "bff", None),
    ],
)
def test_interlaced_without_combs(
    tmp_path: Path, codec: str, extension: str, fields: str, resolution: str | None
) -> None:
    options = FIELDS | ({"preset": "ultrafast"} if codec == "libx264" else {"b": "8M"})
    size = (160, 120) if resolution is None else (800, 600)
    source = Source(count=300, codec=codec, options=options, fields=fields, size=size, colors=(1, 1, 1))
    path = source.make(tmp_path / f"a.{extension}")
    with av.open(path) as read:
        assert combed(next(read.decode(video=0))) > 100
    segments = [(3, 20), (31, 33), (240, 260), (299, 300)]
    made = rendered(path, tmp_path / "out.mp4", segments, resolution=resolution)
    # A picture shows the moment of its first field.
    assert made.numbers() == frames_of(segments)
    frames = made.frames()
    assert max(map(combed, frames)) == 0
    assert {(frame.interlaced_frame, frame.colorspace, frame.color_primaries) for frame in frames} == {(False, 1, 1)}
    assert made.warnings == []


@pytest.mark.parametrize(
    ("wanted", "rate"), [("30", 30), ("12", 12), ("60000/1001", Fraction(60000, 1001)), ("1", 1), ("120", 120)]
)
def test_other_rate_shows_what_was_there(tmp_path: Path, wanted: str, rate: Any) -> None:
    path = Source().make(tmp_path / "a.mp4")
    made = rendered(path, tmp_path / "out.mp4", SEGMENTS, frame_rate=wanted)
    kept = frames_of(SEGMENTS)
    count = round(len(kept) * rate / 25)
    assert made.numbers() == [kept[min(int(number * 25 / rate), len(kept) - 1)] for number in range(count)]
