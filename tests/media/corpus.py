"""Small media files made by ffmpeg during the test, some changed byte by byte.

All are short and tiny: the container matters, not the picture.
"""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from roughy_box.domain.asset import MediaKind, MediaType

FFMPEG = shutil.which("ffmpeg")
needs_ffmpeg = pytest.mark.skipif(FFMPEG is None, reason="the ffmpeg program makes the media of this test")


def ffmpeg(*arguments: object, output: Path | None = None) -> None:
    """Run ffmpeg, overwriting files; its output to ``pipe:1`` goes to ``output``."""
    command = [FFMPEG or "ffmpeg", "-y", "-nostdin", "-v", "error", *map(str, arguments)]
    written = subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout
    if output:
        output.write_bytes(written)


def tone(seconds: float, rate: int = 44100) -> list[str]:
    """Return the input arguments of a sine."""
    return ["-f", "lavfi", "-t", str(seconds), "-i", f"sine=frequency=440:sample_rate={rate}"]


def uneven(seconds: float) -> list[str]:
    """Return input of near silence, then noise, so that the first part misleads about a variable bit rate."""
    source = f"anoisesrc=r=44100:d={seconds},volume=enable='lt(t,{seconds / 2})':volume=0.0001"
    return ["-f", "lavfi", "-t", str(seconds), "-i", source]


def picture(seconds: float, size: str = "64x48", rate: int = 10) -> list[str]:
    """Return input of a moving test picture."""
    return ["-f", "lavfi", "-t", str(seconds), "-i", f"testsrc=size={size}:rate={rate}"]


def cover(path: Path) -> Path:
    """Make a PNG of some kilobytes for a tag."""
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=320x240", "-frames:v", 1, path)
    return path


def make_wav(path: Path, seconds: float, rate: int = 8000) -> Path:
    """Write silence as PCM; needs no ffmpeg."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(bytes(2 * round(seconds * rate)))
    return path


def make_mp4(path: Path, seconds: float, *, faststart: bool = False) -> Path:
    """Make H.264 and AAC; the index is last unless ``faststart``."""
    flags = ["-movflags", "+faststart"] if faststart else []
    ffmpeg(*picture(seconds), *tone(seconds), "-c:v", "libx264", "-c:a", "aac", *flags, path)
    return path


def make_mp3(path: Path, seconds: float) -> Path:
    """Make an MP3 of constant bit rate with a Xing/LAME header."""
    ffmpeg(*tone(seconds), "-c:a", "libmp3lame", path)
    return path


def make_mp3_vbr_without_xing(path: Path, seconds: float) -> Path:
    """Make an MP3 of variable bit rate that only a full scan can measure."""
    ffmpeg(*uneven(seconds), "-c:a", "libmp3lame", "-q:a", 4, "-write_xing", 0, "-id3v2_version", 0, path)
    return path


def make_amr(path: Path, seconds: float) -> Path:
    """Write narrow-band speech frames of 20 ms at 4.75 kbit/s."""
    path.write_bytes(b"#!AMR\n" + (b"\x04" + bytes(12)) * round(seconds * 50))
    return path


def make_dsf(path: Path, seconds: float) -> Path:
    """Write one channel of DSD64 silence."""
    rate, block = 2_822_400, 4096
    blocks = round(seconds * rate / 8 / block)
    fmt = struct.pack("<4sQIIIIIIQII", b"fmt ", 52, 1, 0, 1, 1, rate, 1, blocks * block * 8, block, 0)
    data = struct.pack("<4sQ", b"data", 12 + blocks * block) + b"\x69" * (blocks * block)
    head = struct.pack("<4sQQQ", b"DSD ", 28, 28 + len(fmt) + len(data), 0)
    path.write_bytes(head + fmt + data)
    return path


def id3(size: int) -> bytes:
    """Return an ID3v2 tag of ``size`` bytes in all, filled with padding."""
    length = size - 10
    return b"ID3\x04\x00\x00" + bytes(length >> shift & 0x7F for shift in (21, 14, 7, 0)) + bytes(length)


def noise(size: int, seed: int = 1) -> bytes:
    """Return random bytes that are the same every time."""
    return random.Random(seed).randbytes(size)


@dataclass(frozen=True)
class Sample:
    """An accepted file: its name, ffmpeg arguments or maker, and media kind."""

    name: str
    make: Sequence[object] | Callable[[Path, float], Path]
    kind: MediaKind

    def create(self, folder: Path, seconds: float = 2.0) -> Path:
        """Make the file in ``folder``."""
        path = folder / self.name
        if callable(self.make):
            return self.make(path, seconds)
        has_picture = "-c:v" in self.make
        ffmpeg(*(picture(seconds) if has_picture else []), *tone(seconds), "-shortest", *self.make, path)
        return path


def _video(name: str, content_type: str, *arguments: object) -> Sample:
    return _sample(name, "video", content_type, arguments)


def _audio(name: str, content_type: str, *arguments: object) -> Sample:
    return _sample(name, "audio", content_type, arguments)


def _sample(name: str, type_: MediaType, content_type: str, arguments: Sequence[object]) -> Sample:
    return Sample(name, arguments, MediaKind(type_, content_type, name.rpartition(".")[2]))


_H264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p")
_H263 = ("-c:v", "h263", "-s", "128x96", "-r", "30000/1001")
_MPEG2 = ("-c:v", "mpeg2video", "-r", "25", "-c:a", "mp2")
_VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")
_FRONT = ("-movflags", "+faststart")

SAMPLES = (
    _video("end.mp4", "video/mp4", *_H264, "-c:a", "aac"),
    _video("front.mp4", "video/mp4", *_H264, "-c:a", "aac", *_FRONT),
    _video("fragmented.mp4", "video/mp4", *_H264, "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"),
    _video("dash.mp4", "video/mp4", *_H264, "-c:a", "aac", "-brand", "dash", *_FRONT),
    _video("hevc.mp4", "video/mp4", "-c:v", "libx265", "-x265-params", "log-level=none", "-c:a", "aac", *_FRONT),
    _video("itunes.m4v", "video/x-m4v", *_H264, "-c:a", "aac", "-brand", "M4V ", "-f", "ipod", *_FRONT),
    _video("video.mov", "video/quicktime", *_H264, "-c:a", "aac", *_FRONT),
    _video("video.3gp", "video/3gpp", *_H263, "-c:a", "aac", *_FRONT),
    _video("video.3g2", "video/3gpp2", *_H264, "-c:a", "aac", *_FRONT),
    _video("video.mkv", "video/x-matroska", *_H264, "-c:a", "aac"),
    _video("video.webm", "video/webm", *_VP9, "-c:a", "libopus"),
    _video("video.avi", "video/x-msvideo", "-c:v", "mpeg4", "-c:a", "libmp3lame"),
    _video("video.ts", "video/mp2t", *_H264, "-c:a", "aac"),
    _video("video.m2ts", "video/mp2t", *_H264, "-c:a", "ac3", "-f", "mpegts", "-mpegts_m2ts_mode", 1),
    _video("video.mpg", "video/mpeg", *_MPEG2, "-f", "mpeg"),
    _video("video.flv", "video/x-flv", "-c:v", "flv", "-c:a", "libmp3lame"),
    _video("video.wmv", "video/x-ms-wmv", "-c:v", "wmv2", "-c:a", "wmav2"),
    _video("video.mxf", "application/mxf", "-c:v", "mpeg2video", "-r", "25", "-c:a", "pcm_s16le", "-ar", "48000"),
    _video("video.ogv", "video/ogg", "-c:v", "libtheora", "-c:a", "libvorbis"),
    _audio("sound.m4a", "audio/mp4", "-c:a", "aac"),
    _audio("book.m4a", "audio/mp4", "-c:a", "aac", "-brand", "M4B ", *_FRONT),
    _audio("isom.m4a", "audio/mp4", "-c:a", "aac", "-f", "mp4", *_FRONT),
    _audio("alac.m4a", "audio/mp4", "-c:a", "alac", *_FRONT),
    _audio("sound.mov", "video/quicktime", "-c:a", "aac", *_FRONT),
    _audio("sound.3gp", "audio/3gpp", "-c:a", "aac", *_FRONT),
    _audio("sound.3g2", "audio/3gpp2", "-c:a", "aac", *_FRONT),
    _audio("sound.mka", "audio/x-matroska", "-c:a", "libvorbis"),
    _audio("sound.webm", "audio/webm", "-c:a", "libopus"),
    _audio("sound.avi", "video/x-msvideo", "-c:a", "libmp3lame"),
    _audio("sound.ts", "video/mp2t", "-c:a", "aac"),
    _audio("sound.mpg", "video/mpeg", "-c:a", "mp2", "-f", "mpeg"),
    _audio("sound.flv", "video/x-flv", "-c:a", "libmp3lame"),
    _audio("sound.wma", "audio/x-ms-wma", "-c:a", "wmav2"),
    _audio("sound.mxf", "application/mxf", "-f", "mxf_opatom", "-c:a", "pcm_s16le", "-ar", "48000"),
    _audio("vorbis.ogg", "audio/ogg", "-c:a", "libvorbis"),
    _audio("sound.opus", "audio/ogg", "-c:a", "libopus"),
    _audio("speech.spx", "audio/ogg", "-c:a", "libspeex", "-ar", 16000),
    _audio("flac.oga", "audio/ogg", "-c:a", "flac"),
    _audio("sound.mp3", "audio/mpeg", "-c:a", "libmp3lame"),
    _audio("layer2.mp3", "audio/mpeg", "-c:a", "mp2", "-f", "mp2"),
    _audio("sound.aac", "audio/aac", "-c:a", "aac", "-f", "adts"),
    _audio("sound.flac", "audio/flac", "-c:a", "flac"),
    _audio("sound.wav", "audio/wav"),
    _audio("float.wav", "audio/wav", "-c:a", "pcm_f32le"),
    _audio("adpcm.wav", "audio/wav", "-c:a", "adpcm_ms"),
    _audio("rf64.wav", "audio/wav", "-rf64", "always"),
    _audio("bwf.wav", "audio/wav", "-write_bext", 1, "-metadata", "description=take 1"),
    _audio("sound.w64", "audio/x-w64"),
    _audio("sound.aiff", "audio/aiff"),
    _audio("sound.caf", "audio/x-caf"),
    _audio("sound.au", "audio/basic", "-c:a", "pcm_s16be"),
    _audio("sound.ac3", "audio/ac3", "-c:a", "ac3"),
    _audio("sound.eac3", "audio/eac3", "-c:a", "eac3"),
    _audio("sound.tta", "audio/x-tta", "-c:a", "tta"),
    _audio("sound.wv", "audio/x-wavpack", "-c:a", "wavpack"),
    _audio("sound.dts", "audio/vnd.dts", "-c:a", "dca", "-strict", "-2", "-ar", "48000"),
    Sample("sound.amr", make_amr, MediaKind("audio", "audio/amr", "amr")),
    Sample("sound.dsf", make_dsf, MediaKind("audio", "audio/x-dsf", "dsf")),
)
