"""Recordings whose tracks, fragments or key frames come late."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from roughy_box.media import atoms
from tests.media.corpus import ffmpeg, picture, tone
from tests.media.recorders import copy_packets

Maker = Callable[[Path], Path]


def _late_guest(*codec: object, start: int = 8) -> Maker:
    """Make two sounds of 10 s, of which the second starts at ``start`` seconds."""

    def make(path: Path) -> Path:
        ffmpeg(*tone(10, 48000), "-itsoffset", start, *tone(10, 48000), "-map", 0, "-map", 1, *codec, path)
        return path

    return make


def _late_camera(*codecs: object, sound: int = 905) -> Maker:
    """Make a sound of ``sound`` seconds and a video from 900 to 905 s."""

    def make(path: Path) -> Path:
        late = ["-itsoffset", 900, *picture(5), "-map", 0, "-map", 1, "-fps_mode", "passthrough"]
        ffmpeg(*tone(sound, 11025), *late, *codecs, "-b:a", "32k", path)
        return path

    return make


_X264 = ("-c:v", "libx264", "-c:a", "aac")
_VP8 = ("-c:v", "libvpx", "-c:a", "libopus")

LATE_TRACKS: Mapping[str, tuple[Maker, float]] = {
    "guest.m4a": (_late_guest("-c:a", "aac"), 18),
    "guest.mka": (_late_guest("-c:a", "libopus"), 18),
    "guest.webm": (_late_guest("-c:a", "libopus"), 18),
    "guest.ogg": (_late_guest("-c:a", "libvorbis"), 18),
    "guest.mov": (_late_guest("-c:a", "pcm_s16le"), 18),
    "guest.wma": (_late_guest("-c:a", "wmav2"), 18),
    "guest.ts": (_late_guest("-c:a", "aac"), 18),
    "far.m4a": (_late_guest("-c:a", "aac", start=900), 910),
    "far.mka": (_late_guest("-c:a", "libopus", start=900), 910),
    "camera.mp4": (_late_camera(*_X264), 905),
    "camera.ts": (_late_camera(*_X264), 905),
    "pause.mp4": (_late_camera(*_X264, sound=60), 905),
    "pause.mkv": (_late_camera(*_X264, sound=60), 905),
    "pause.flv": (_late_camera(*_X264, sound=60), 905),
    "pause.webm": (_late_camera(*_VP8, sound=60), 905),
}


def _fragments(path: Path, source: Path, skip: int, keep: int) -> Path:
    """Keep the header and some fragments, as a recorder with a ring or a viewer who joins late does."""
    data, kept, number, start = source.read_bytes(), b"", 0, 0
    for atom in atoms.walk(lambda start, size: data[start : start + size], 0, len(data)):
        number += atom.type == b"moof"
        is_media = atom.type in (b"moof", b"mdat")
        if (skip < number <= skip + keep) if is_media else atom.type != b"mfra":
            kept += data[start : atom.end]
        start = atom.end
    path.write_bytes(kept)
    return path


def joined_late(*arguments: object) -> Maker:
    """Make fragments of 2 s and keep those from 10 to 20 s."""

    def make(path: Path) -> Path:
        flags = ["-movflags", "frag_keyframe+empty_moov+default_base_moof", "-f", "mp4"]
        ffmpeg(*arguments, *flags, whole := path.with_suffix(".whole.mp4"))
        return _fragments(path, whole, 5, 5)

    return make


def _offset(path: Path) -> Path:
    ffmpeg(*picture(10), *tone(10), *_X264, "-output_ts_offset", 5000, path)
    return path


JOINED_LATE: Mapping[str, Maker] = {
    "film.mp4": joined_late(*picture(30), *tone(30, 16000), *_X264, "-g", 20),
    "sound.m4a": joined_late(*tone(30, 16000), "-c:a", "aac", "-frag_duration", 2_000_000),
    "film.mkv": _offset,
    "film.flv": _offset,
    "film.ts": _offset,
}


def late_key_frame(path: Path, **options: str) -> Path:
    """Make a recording that starts just after a key frame; the next comes 269 pictures later."""
    sources = [*picture(12, rate=25), *tone(12, 44100)]
    ffmpeg(*sources, "-c:v", "libx264", "-g", 270, "-bf", 0, "-c:a", "aac", whole := path.with_suffix(".whole.mkv"))
    return copy_packets(whole, path, lambda kind, seconds, number: kind == "audio" or number > 0, **options)


def still_screen(path: Path, codec: str, **options: str) -> Path:
    """Make a video of 1,200 s without a frame from 100 to 1,000 s."""
    source = ["-f", "lavfi", "-t", 1200, "-i", "color=c=black:size=64x48:rate=1"]
    ffmpeg(*source, "-c:v", codec, "-g", 100_000, "-bf", 0, whole := path.with_suffix(f".whole{path.suffix}"))
    return copy_packets(whole, path, lambda kind, seconds, number: not 100 <= seconds < 1000, **options)


def pasted(path: Path, *seconds: int, piped: bool = False) -> Path:
    """Make one Matroska file of several, one after the other."""
    codecs = _VP8 if path.suffix == ".webm" else _X264
    container = ["-f", path.suffix[1:].replace("mkv", "matroska")]
    parts = []
    for number in seconds:
        part = path.with_suffix(f".{number}")
        sources = [*picture(number), *tone(number, 48000), *codecs, *container]
        ffmpeg(*sources, "pipe:1", output=part) if piped else ffmpeg(*sources, part)
        parts.append(part.read_bytes())
    path.write_bytes(b"".join(parts))
    return path
