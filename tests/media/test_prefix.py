"""Files behind ID3v2 tags or zeros, and WAV files that outgrew their header."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from roughy_box.media.worker.file import Descriptor
from roughy_box.media.worker.poster import draw_poster
from roughy_box.media.worker.waveform import measure_peaks
from tests.media.corpus import SAMPLES, Sample, id3, make_wav, needs_ffmpeg
from tests.media.probing import played, probed
from tests.media.test_detect import judged

BY_NAME = {sample.name: sample for sample in SAMPLES}
TAGGED = (
    *("sound.wav", "sound.aiff", "sound.au", "sound.m4a", "sound.wv", "sound.mp3", "sound.aac", "sound.flac"),
    *("sound.caf", "sound.opus", "sound.mka", "sound.w64", "sound.wma", "front.mp4", "end.mp4"),
)
SamplePath = Callable[[Sample], Path]


@needs_ffmpeg
@pytest.mark.parametrize("name", TAGGED)
def test_file_behind_tags_ready(name: str, sample_path: SamplePath, tmp_path: Path) -> None:
    sample = BY_NAME[name]
    plain = sample_path(sample)
    (path := tmp_path / name).write_bytes(id3(3000) + id3(100) + plain.read_bytes())
    assert judged(path.read_bytes()).kind == sample.kind
    assert probed(path) == probed(plain)


@needs_ffmpeg
@pytest.mark.parametrize("name", ["sound.mp3", "sound.aac", "sound.ac3", "sound.dts", "video.ts"])
@pytest.mark.parametrize("before", [b"", id3(500)], ids=["zeros", "tag and zeros"])
def test_file_behind_zeros_ready(name: str, before: bytes, sample_path: SamplePath, tmp_path: Path) -> None:
    """Test the formats that begin with a sync word; Chromium and mpv skip zeros before no others."""
    plain = sample_path(BY_NAME[name])
    (path := tmp_path / name).write_bytes(before + bytes(500) + plain.read_bytes())
    assert judged(path.read_bytes()).kind == BY_NAME[name].kind
    assert played(path) == pytest.approx(played(plain), abs=60)


@needs_ffmpeg
def test_previews_behind_tag_drawn(sample_path: SamplePath, tmp_path: Path) -> None:
    (path := tmp_path / "a.mp4").write_bytes(id3(3000) + sample_path(BY_NAME["end.mp4"]).read_bytes())
    with path.open("rb") as file:
        assert draw_poster(Descriptor(file.fileno()))
        assert measure_peaks(Descriptor(file.fileno()), 2000, 2000)


def test_tag_with_footer_skipped(tmp_path: Path) -> None:
    tag = bytearray(id3(500))
    tag[5] |= 0x10
    footer = b"3DI" + tag[3:10]
    wav = make_wav(tmp_path / "plain.wav", 1).read_bytes()
    (path := tmp_path / "a.wav").write_bytes(tag + footer + wav)
    assert judged(path.read_bytes()).kind == BY_NAME["sound.wav"].kind
    assert played(path) == 1000


def _huge_wav(path: Path, claimed: int, size: int, chunk: bytes = b"") -> Path:
    """Write a WAV of 48 kHz, 24 bit stereo with ``size`` bytes of silence under a header that claims ``claimed``."""
    form = struct.pack("<IHHIIHH", 16, 1, 2, 48000, 288_000, 6, 24)
    header = b"RIFF" + struct.pack("<I", (claimed + 36) % 2**32) + b"WAVEfmt " + form
    with path.open("wb") as file:
        file.write(header + b"data" + struct.pack("<I", claimed % 2**32))
        file.truncate(file.tell() + size)
        file.seek(0, 2)
        file.write(chunk)
    return path


@pytest.mark.parametrize("chunk", [b"", b"LIST\x04\x00\x00\x00INFO"], ids=["plain", "chunk"])
def test_wav_with_wrapped_size_plays_whole(chunk: bytes, tmp_path: Path) -> None:
    size = 4_400_006_400
    assert played(_huge_wav(tmp_path / "a.wav", size, size, chunk)) == 15_277_800


def test_wav_with_silence_behind_sound_counts_sound(tmp_path: Path) -> None:
    assert played(_huge_wav(tmp_path / "a.wav", 2_880_000, 2**31)) == 10_000
