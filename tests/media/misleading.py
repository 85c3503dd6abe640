"""Media with a misleading duration in its header or clock."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.media.corpus import (
    ffmpeg,
    make_mp3,
    make_mp3_vbr_without_xing,
    make_mp4,
    picture,
    tone,
    uneven,
)


def mp3_vbr(path: Path) -> Path:
    return make_mp3_vbr_without_xing(path, 20)


def aac_variable(path: Path) -> Path:
    ffmpeg(*uneven(20), "-c:a", "aac", "-q:a", 2, "-f", "adts", path)
    return path


def mp3_pasted(path: Path) -> Path:
    long, short = (make_mp3(path.with_suffix(f".{seconds}.mp3"), seconds) for seconds in (6, 3))
    path.write_bytes(long.read_bytes() + short.read_bytes())
    return path


def mp3_forged(path: Path) -> Path:
    data = bytearray(make_mp3(path, 5).read_bytes())
    at = data.index(b"Info")
    struct.pack_into(">I", data, at + 8, 10_000_000)
    path.write_bytes(data)
    return path


def mp3_forged_short(path: Path) -> Path:
    data = bytearray(make_mp3(path, 5).read_bytes())
    struct.pack_into(">I", data, data.index(b"Info") + 8, 5)
    path.write_bytes(data)
    return path


def _through_pipe(path: Path, *arguments: object) -> Path:
    """Write to a pipe, so that the header never gets the duration."""
    ffmpeg(*arguments, "pipe:1", output=path)
    return path


def mkv_piped(path: Path) -> Path:
    return _through_pipe(path, *picture(5), *tone(5), "-c:v", "libx264", "-f", "matroska")


def webm_sound_piped(path: Path) -> Path:
    return _through_pipe(path, *tone(5), "-c:a", "libopus", "-f", "webm")


def flac_piped(path: Path) -> Path:
    return _through_pipe(path, *tone(5), "-f", "flac")


def wav_piped(path: Path) -> Path:
    return _through_pipe(path, *tone(5), "-f", "wav")


def flv_without_duration(path: Path) -> Path:
    return _through_pipe(path, *picture(5), *tone(5), "-c:v", "flv", "-flvflags", "no_duration_filesize", "-f", "flv")


def _mkv_claiming(path: Path, seconds: float) -> Path:
    ffmpeg(*picture(5), *tone(5), "-c:v", "libx264", path)
    data = bytearray(path.read_bytes())
    struct.pack_into(">d", data, data.index(b"\x44\x89\x88") + 3, seconds * 1000)
    path.write_bytes(data)
    return path


def mkv_claims_ages(path: Path) -> Path:
    return _mkv_claiming(path, 1e9)


def mkv_claims_nan(path: Path) -> Path:
    return _mkv_claiming(path, float("nan"))


def mkv_claims_negative(path: Path) -> Path:
    return _mkv_claiming(path, -5)


def mkv_claims_half(path: Path) -> Path:
    return _mkv_claiming(path, 2.5)


def mkv_late_subtitle(path: Path) -> Path:
    return _with_subtitle(path, "srt")


def mp4_late_subtitle(path: Path) -> Path:
    return _with_subtitle(path, "mov_text")


def _with_subtitle(path: Path, codec: str) -> Path:
    text = path.with_suffix(".srt")
    text.write_text("1\n00:00:01,000 --> 00:00:02,000\nhere\n\n2\n00:00:29,000 --> 00:00:30,000\nthere\n")
    ffmpeg(*picture(5), *tone(5), "-i", text, "-c:v", "libx264", "-c:s", codec, path)
    return path


def flac_forged(path: Path) -> Path:
    ffmpeg(*tone(5), path)
    data = bytearray(path.read_bytes())
    data[22:26] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    return path


def _ts(path: Path, *arguments: object) -> Path:
    ffmpeg(*picture(5), *tone(5), "-c:v", "libx264", *arguments, path)
    return path


def ts_spliced(path: Path) -> Path:
    data = _ts(path).read_bytes()
    path.write_bytes(data + data)
    return path


def ts_leaping(path: Path) -> Path:
    later = _ts(path.with_suffix(".later.ts"), "-output_ts_offset", 5000)
    path.write_bytes(_ts(path).read_bytes() + later.read_bytes())
    return path


def ts_lost(path: Path) -> Path:
    """Leave out the middle 15 s, as a receiver without a signal does: ffmpeg plays on at once there."""
    ffmpeg(*picture(25), *tone(25), "-c:v", "libx264", "-b:v", "200k", "-minrate", "200k", path)
    data = path.read_bytes()
    fifth = len(data) // 188 // 5 * 188
    path.write_bytes(data[:fifth] + data[4 * fifth :])
    return path


def avi_late_sound(path: Path) -> Path:
    """Have a second sound begin at 5 s: ffmpeg and its players play it from 0."""
    late = ["-itsoffset", 5, *tone(5)]
    tracks = ["-map", 0, "-map", 1, "-map", 2]
    ffmpeg(*picture(5), *tone(5), *late, *tracks, "-c:v", "mpeg4", "-c:a", "libmp3lame", path)
    return path


def ts_wrapping(path: Path) -> Path:
    return _ts(path, "-output_ts_offset", 2**33 / 90000 - 3)


def ogg_chained(path: Path) -> Path:
    links = []
    for serial in (1, 100):
        ffmpeg(*tone(5), "-c:a", "libopus", "-serial_offset", serial, path)
        links.append(path.read_bytes())
    path.write_bytes(b"".join(links))
    return path


def ogg_forged(path: Path) -> Path:
    """Move the position of the last page a day ahead, under a valid checksum."""
    ffmpeg(*tone(5), "-c:a", "libopus", path)
    data = bytearray(path.read_bytes())
    at = data.rindex(b"OggS")
    struct.pack_into("<Q", data, at + 6, 86400 * 48000)
    struct.pack_into("<I", data, at + 22, 0)
    struct.pack_into("<I", data, at + 22, _ogg_checksum(data[at:]))
    path.write_bytes(data)
    return path


def _ogg_checksum(page: bytes | bytearray) -> int:
    checksum = 0
    for byte in page:
        checksum ^= byte << 24
        for _ in range(8):
            checksum = (checksum << 1 ^ (0x04C11DB7 if checksum & 0x80000000 else 0)) & 0xFFFFFFFF
    return checksum


def ogg_starts_late(path: Path) -> Path:
    ffmpeg(*tone(5), "-c:a", "libopus", "-output_ts_offset", 60, path)
    return path


def mp4_edit_list(path: Path) -> Path:
    """Cut without encoding: the part before the cut is still in the file and must not count."""
    whole = path.with_suffix(".whole.mp4")
    ffmpeg(*picture(10), *tone(10), "-c:v", "libx264", "-g", 100, "-c:a", "aac", whole)
    ffmpeg("-ss", 5, "-i", whole, "-c", "copy", path)
    return path


def mp4_late_sound(path: Path) -> Path:
    ffmpeg(*picture(5), "-itsoffset", 2, *tone(3), "-c:v", "libx264", "-c:a", "aac", path)
    return path


def mp4_forged_header(path: Path) -> Path:
    data = bytearray(make_mp4(path, 5).read_bytes())
    struct.pack_into(">I", data, data.index(b"mvhd") + 20, 0x7FFFFFFF)
    path.write_bytes(data)
    return path


def mp4_fragmented(path: Path) -> Path:
    flags = ["-movflags", "frag_keyframe+empty_moov+default_base_moof"]
    return _through_pipe(path, *picture(5), *tone(5), "-c:v", "libx264", "-bf", 0, "-c:a", "aac", *flags, "-f", "mp4")


def wav_forged_size(path: Path) -> Path:
    ffmpeg(*tone(5), path)
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.index(b"data") + 4, 0xFFFFFFFF)
    path.write_bytes(data)
    return path


def wav_forged_rate(path: Path) -> Path:
    ffmpeg(*tone(5), path)
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 28, 1)
    path.write_bytes(data)
    return path


def _other_streams(path: Path, seconds: float, *arguments: object) -> bytes:
    """Return a transport stream with other PIDs, like those of another program."""
    numbers = ["-streamid", "0:512", "-streamid", "1:513", "-mpegts_start_pid", "0x200", "-f", "mpegts"]
    ffmpeg(*arguments, *numbers, other := path.with_suffix(f".{seconds}"))
    return other.read_bytes()


def _film(seconds: float) -> list[object]:
    return [*picture(seconds), *tone(seconds), "-c:v", "libx264", "-c:a", "aac"]


def ts_other_program(path: Path) -> Path:
    path.write_bytes(_ts(path).read_bytes() + _other_streams(path, 20, *_film(20)))
    return path


def ts_programs_in_turn(path: Path) -> Path:
    both = _ts(path).read_bytes() + _other_streams(path, 12, *_film(12))
    path.write_bytes(both + both)
    return path


def ts_other_sound(path: Path) -> Path:
    ffmpeg(*tone(8), "-c:a", "aac", path)
    path.write_bytes(path.read_bytes() + _other_streams(path, 6, *tone(6), "-c:a", "aac"))
    return path


def ts_unseen_in_between(path: Path) -> Path:
    """Make both ends so long that ffmpeg, which reads the start and the end, does not see the middle."""
    noisy = [
        *picture(12),
        "-bf",
        0,
        "-vf",
        "noise=alls=100:allf=t",
        "-c:v",
        "mpeg2video",
        "-b:v",
        "8M",
        "-minrate",
        "8M",
    ]
    ffmpeg(*noisy, *["-s", "320x240", "-r", 25], path)
    ends = path.read_bytes()
    path.write_bytes(ends + _other_streams(path, 10, *_film(10)) + ends)
    return path


def flv_late_stream(path: Path) -> Path:
    """Append a second file in other codecs, which players do not reach."""
    ffmpeg(*_film(4), second := path.with_suffix(".second.flv"))
    ffmpeg(*picture(5), *tone(5), "-c:v", "flv", "-c:a", "libmp3lame", path)
    path.write_bytes(path.read_bytes() + second.read_bytes())
    return path


def _retimed(path: Path, *arguments: object) -> Path:
    """Make the clocks of all streams run a hundred times faster."""
    ffmpeg(*arguments, path)
    data = bytearray(path.read_bytes())
    at = -1
    while (at := data.find(b"mdhd", at + 1)) > 0:
        scale = struct.unpack_from(">I", data, at + 16)[0]
        struct.pack_into(">I", data, at + 16, scale * 100)
    path.write_bytes(data)
    return path


def mp4_hurried(path: Path) -> Path:
    return _retimed(path, *_film(20))


def mov_hurried(path: Path) -> Path:
    return _retimed(path, *tone(20), "-c:a", "pcm_s16le")


def m4a_hurried(path: Path) -> Path:
    """Make all fragments start at zero and last almost no time."""
    flags = ["-movflags", "frag_keyframe+empty_moov", "-frag_duration", 1_000_000]
    ffmpeg(*tone(20), "-c:a", "aac", *flags, path)
    data = bytearray(path.read_bytes())
    at = -1
    while (at := data.find(b"tfhd", at + 1)) > 0:
        if data[at + 7] & 8:
            struct.pack_into(">I", data, _duration_of_frames(data, at), 10)
        if (at := data.find(b"tfdt", at)) > 0:
            struct.pack_into(">Q" if data[at + 4] else ">I", data, at + 8, 0)
    path.write_bytes(data)
    return path


def mp4_leaping(path: Path) -> Path:
    """Make the frames of one fragment last 2**30 ticks each, while the next fragment starts as before."""
    flags = ["-movflags", "dash+frag_keyframe+empty_moov"]
    ffmpeg(*picture(6), "-c:v", "libx264", "-g", 10, "-bf", 0, *flags, path)
    data = bytearray(path.read_bytes())
    at = data.index(b"tfhd", data.index(b"tfhd") + 4)
    assert data[at + 7] & 8, "a duration for all frames"
    struct.pack_into(">I", data, _duration_of_frames(data, at), 2**30)
    path.write_bytes(data)
    return path


def _duration_of_frames(data: bytearray, at: int) -> int:
    """Return the offset of the default duration in the ``tfhd`` at ``at``, after two optional fields."""
    flags = data[at + 7]
    return at + 12 + 8 * (flags & 1) + 4 * (flags >> 1 & 1)


@dataclass(frozen=True)
class Misleading:
    """A file and its real duration, to within ``tolerance`` seconds."""

    make: Callable[[Path], Path]
    extension: str
    seconds: float
    tolerance: float = 0.06

    @property
    def name(self) -> str:
        return self.make.__name__

    def create(self, folder: Path) -> Path:
        return self.make(folder / f"{self.name}.{self.extension}")


MISLEADING = (
    Misleading(mp3_vbr, "mp3", 20),
    Misleading(mp3_pasted, "mp3", 9),
    Misleading(mp3_forged, "mp3", 5),
    Misleading(mp3_forged_short, "mp3", 5),
    Misleading(aac_variable, "aac", 20),
    Misleading(mkv_piped, "mkv", 5),
    Misleading(webm_sound_piped, "webm", 5),
    Misleading(flac_piped, "flac", 5),
    Misleading(wav_piped, "wav", 5),
    Misleading(flv_without_duration, "flv", 5),
    Misleading(mkv_claims_ages, "mkv", 5),
    Misleading(mkv_claims_nan, "mkv", 5),
    Misleading(mkv_claims_negative, "mkv", 5),
    Misleading(mkv_claims_half, "mkv", 5),
    Misleading(mkv_late_subtitle, "mkv", 5),
    Misleading(mp4_late_subtitle, "mp4", 5),
    Misleading(flac_forged, "flac", 5),
    Misleading(ts_spliced, "ts", 10),
    Misleading(ts_leaping, "ts", 10),
    Misleading(ts_wrapping, "ts", 5),
    Misleading(ts_lost, "ts", 10, 1),
    Misleading(avi_late_sound, "avi", 5, 0.2),
    Misleading(ogg_chained, "opus", 10),
    Misleading(ogg_forged, "opus", 5),
    Misleading(ogg_starts_late, "opus", 5),
    Misleading(mp4_edit_list, "mp4", 5),
    Misleading(mp4_late_sound, "mp4", 5),
    Misleading(mp4_forged_header, "mp4", 5),
    Misleading(mp4_fragmented, "mp4", 5),
    Misleading(wav_forged_size, "wav", 5),
    Misleading(wav_forged_rate, "wav", 5),
    Misleading(ts_other_program, "ts", 25, 1),
    Misleading(ts_programs_in_turn, "ts", 34, 1),
    Misleading(ts_other_sound, "ts", 14, 0.6),
    Misleading(ts_unseen_in_between, "ts", 34, 0.6),
    Misleading(flv_late_stream, "flv", 5),
    Misleading(mp4_hurried, "mp4", 20),
    Misleading(mov_hurried, "mov", 20, 0),
    Misleading(m4a_hurried, "m4a", 20),
    Misleading(mp4_leaping, "mp4", 6),
)
