"""Posters: telling frames, upright, from every video format."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from av import VideoFrame

from roughy_box.media.worker.file import Descriptor
from roughy_box.media.worker.poster import SIDE, draw_poster
from tests.media.corpus import SAMPLES, Sample, ffmpeg, make_wav
from tests.media.numbered import flip_track
from tests.tools import needs

pytestmark = needs("ffmpeg")

VIDEOS = [sample for sample in SAMPLES if sample.kind.type == "video"]
Pixel = tuple[int, int, int]


def drawn(path: Path) -> VideoFrame | None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        jpeg = draw_poster(Descriptor(descriptor))
    finally:
        os.close(descriptor)
    if jpeg is None:
        return None
    with av.open(io.BytesIO(jpeg), format="mjpeg") as picture:
        return next(picture.decode(video=0)).reformat(format="rgb24")


def pixel(frame: VideoFrame, x: float, y: float) -> Pixel:
    """Return the color at a place given as parts of width and height."""
    plane = frame.planes[0]
    start = int(y * frame.height) * plane.line_size + int(x * frame.width) * 3
    red, green, blue = bytes(plane)[start : start + 3]
    return red, green, blue


def is_red(color: Pixel) -> bool:
    return color[0] > 150 and max(color[1:]) < 100


@pytest.mark.parametrize("sample", VIDEOS, ids=lambda sample: sample.name)
def test_poster_every_format_drawn(sample: Sample, sample_path: Callable[[Sample], Path]) -> None:
    frame = drawn(sample_path(sample))
    assert frame
    # 3GP knows only a few sizes.
    assert (frame.width, frame.height) == ((128, 96) if sample.kind.extension == "3gp" else (64, 48))


@pytest.fixture(scope="module")
def striped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a video of 160 x 80 pixels with a red left quarter."""
    path = tmp_path_factory.mktemp("posters") / "striped.mp4"
    source = ["-f", "lavfi", "-i", "color=blue:size=160x80:duration=2", "-vf", "drawbox=0:0:40:80:red:fill"]
    ffmpeg(*source, "-pix_fmt", "yuv420p", path)
    return path


@pytest.mark.parametrize(
    ("turn", "size", "red_at"),
    [
        (0, (160, 80), (0.05, 0.5)),
        (90, (80, 160), (0.5, 0.95)),
        (180, (160, 80), (0.95, 0.5)),
        (270, (80, 160), (0.5, 0.05)),
    ],
)
def test_poster_rotated_video_upright(striped, tmp_path, turn, size, red_at):
    path = tmp_path / "turned.mp4"
    ffmpeg("-i", striped, "-c", "copy", "-metadata:s:v:0", f"rotate={turn}", path)
    frame = drawn(path)
    assert (frame.width, frame.height) == size
    assert is_red(pixel(frame, *red_at))
    assert sum(is_red(pixel(frame, x, y)) for x, y in ((0.05, 0.5), (0.5, 0.05), (0.95, 0.5), (0.5, 0.95))) == 1


@pytest.mark.parametrize(("matrix", "red_at"), [((-1, 0, 0, 1), (0.95, 0.5)), ((0, -1, -1, 0), (0.5, 0.95))])
def test_poster_mirrored_video_mirrored(
    striped: Path, tmp_path: Path, matrix: tuple[int, ...], red_at: tuple[float, float]
) -> None:
    path = tmp_path / "mirrored.mp4"
    path.write_bytes(striped.read_bytes())
    frame = drawn(flip_track(path, matrix))
    assert frame
    assert is_red(pixel(frame, *red_at))
    assert not is_red(pixel(frame, 1 - red_at[0], 1 - red_at[1]))


def test_poster_large_video_scaled_square_pixels(tmp_path):
    path = tmp_path / "wide.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=1440x1080:duration=1", "-vf", "setsar=4/3", "-pix_fmt", "yuv420p", path)
    frame = drawn(path)
    assert (frame.width, frame.height) == (SIDE, 360)


def test_poster_black_start_skipped(tmp_path):
    path = tmp_path / "fade.mp4"
    picture = "color=black:size=160x80:duration=4[a];testsrc2=size=160x80:duration=4[b];[a][b]concat"
    ffmpeg("-f", "lavfi", "-i", picture, "-g", "25", "-pix_fmt", "yuv420p", path)
    frame = drawn(path)
    assert max(max(pixel(frame, x / 10, 0.5)) for x in range(10)) > 100


def test_poster_audio_none_cut_file_drawn(tmp_path, striped):
    assert drawn(make_wav(tmp_path / "sound.wav", 1)) is None
    cut = tmp_path / "cut.ts"
    ffmpeg("-i", striped, "-c", "copy", tmp_path / "whole.ts")
    cut.write_bytes((tmp_path / "whole.ts").read_bytes()[:-1000])
    assert drawn(cut)
