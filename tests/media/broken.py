"""Media that cannot be prepared, or only partly."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.media.corpus import ffmpeg, make_mp4, make_wav, noise, picture, tone


def _overwrite_media(path: Path, filler: Callable[[int], bytes]) -> Path:
    """Replace the contents of the ``mdat`` box of an MP4."""
    data = path.read_bytes()
    at = data.index(b"mdat") + 4
    size = int.from_bytes(data[at - 8 : at - 4], "big") - 8
    path.write_bytes(data[:at] + filler(size) + data[at + size :])
    return path


def mp4_of_zeros(path: Path) -> Path:
    return _overwrite_media(make_mp4(path, 3), bytes)


def mp4_of_noise(path: Path) -> Path:
    return _overwrite_media(make_mp4(path, 3), noise)


def m4a_of_noise(path: Path) -> Path:
    ffmpeg(*tone(3), "-c:a", "aac", path)
    return _overwrite_media(path, noise)


def m4a_mostly_noise(path: Path) -> Path:
    """Too short to be called truncated; only the failing packets show the damage."""
    ffmpeg(*tone(1), "-c:a", "aac", path)
    data = path.read_bytes()
    start = data.index(b"mdat") + 4
    size = int.from_bytes(data[start - 8 : start - 4], "big") - 8
    kept = data[start : start + size // 4]
    return _overwrite_media(path, lambda size: kept + noise(size - len(kept)))


def mp4_encrypted(path: Path) -> Path:
    scheme = ["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "ab" * 16, "-encryption_kid", "cd" * 16]
    ffmpeg(*picture(3), *tone(3), "-c:v", "libx264", "-c:a", "aac", *scheme, path)
    return path


def m4a_encrypted(path: Path) -> Path:
    scheme = ["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "ab" * 16, "-encryption_kid", "cd" * 16]
    ffmpeg(*tone(3), "-c:a", "aac", *scheme, path)
    return path


def mp4_cut(path: Path) -> Path:
    return cut(make_mp4(path, 10, faststart=True))


def m4a_cut(path: Path) -> Path:
    ffmpeg(*tone(10), "-c:a", "aac", "-movflags", "+faststart", path)
    return cut(path)


def mp4_without_index(path: Path) -> Path:
    return cut(make_mp4(path, 3))


def mp4_greedy(path: Path) -> Path:
    """Claim more entries in the time table than fit in memory."""
    data = bytearray(make_mp4(path, 2).read_bytes())
    struct.pack_into(">I", data, data.index(b"stts") + 8, 2**31 - 1)
    path.write_bytes(data)
    return path


def random_bytes(path: Path) -> Path:
    path.write_bytes(noise(200_000))
    return path


def text_alone(path: Path) -> Path:
    text = path.with_suffix(".srt")
    text.write_text("1\n00:00:01,000 --> 00:00:02,000\nhere\n")
    ffmpeg("-i", text, "-c:s", "srt", path)
    return path


def wav_without_samples(path: Path) -> Path:
    return make_wav(path, 0)


def tag_without_sound(path: Path) -> Path:
    path.write_bytes(b"ID3\x04\x00\x00\x00\x00\x08\x00" + bytes(1024) + b"no sound here, only words. " * 9)
    return path


def png_bomb(path: Path) -> Path:
    """Make a video of one picture: a few bytes that decode to a quarter of a gigabyte."""
    side = 16_000
    row = zlib.compress(bytes((1 + side // 8) * side), 9)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    png = path.with_suffix(".png")
    png.write_bytes(b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", row) + _chunk(b"IEND", b""))
    ffmpeg("-f", "image2pipe", "-c:v", "png", "-i", png, "-c", "copy", path)
    return path


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def cut(path: Path) -> Path:
    """Keep the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


@dataclass(frozen=True)
class Broken:
    """A file and its failure code."""

    make: Callable[[Path], Path]
    extension: str
    code: str

    @property
    def name(self) -> str:
        return self.make.__name__

    def create(self, folder: Path) -> Path:
        return self.make(folder / f"{self.name}.{self.extension}")


BROKEN = (
    Broken(mp4_of_zeros, "mp4", "corrupt_media"),
    Broken(mp4_of_noise, "mp4", "corrupt_media"),
    Broken(m4a_of_noise, "m4a", "corrupt_media"),
    Broken(m4a_mostly_noise, "m4a", "corrupt_media"),
    Broken(mp4_encrypted, "mp4", "corrupt_media"),
    Broken(m4a_encrypted, "m4a", "corrupt_media"),
    Broken(mp4_cut, "mp4", "corrupt_media"),
    Broken(m4a_cut, "m4a", "corrupt_media"),
    Broken(mp4_without_index, "mp4", "unreadable_media"),
    Broken(mp4_greedy, "mp4", "unreadable_media"),
    Broken(random_bytes, "bin", "unreadable_media"),
    Broken(text_alone, "mkv", "unreadable_media"),
    Broken(wav_without_samples, "wav", "corrupt_media"),
    Broken(tag_without_sound, "mp3", "unreadable_media"),
    Broken(png_bomb, "mkv", "corrupt_media"),
)


def film(path: Path) -> Path:
    ffmpeg(*picture(10), *tone(10), "-c:v", "mpeg4", "-g", 10, path)
    return path


def sound(path: Path) -> Path:
    ffmpeg(*tone(10), path)
    return path


# Formats without an index of the whole file: half the file is half the media.
CUT = ((film, "mkv"), (film, "ts"), (film, "avi"), (sound, "mp3"), (sound, "ogg"), (sound, "flac"), (sound, "wav"))
