"""Media as cameras, phones and recorders write it: gaps, late tracks, old containers."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import av

from roughy_box.media import atoms
from tests.media.corpus import ffmpeg, picture, tone

Keep = Callable[[str, float, int], bool]  # kind of stream, seconds, number of the packet in its stream


def copy_packets(source: Path, path: Path, keep: Keep, **options: str) -> Path:
    """Copy the packets that ``keep`` selects; their times stay as they were."""
    with av.open(source) as read, av.open(path, "w", options=options) as written:
        copies = {stream.index: written.add_stream_from_template(stream) for stream in read.streams}
        numbers = dict.fromkeys(copies, -1)
        for packet in read.demux():
            if packet.pts is None:
                continue
            if packet.dts is None:  # Matroska has none
                packet.dts = packet.pts
            numbers[packet.stream_index] += 1
            seconds = float(packet.pts * packet.time_base)
            if keep(packet.stream.type, seconds, numbers[packet.stream_index]):
                packet.stream = copies[packet.stream_index]
                written.mux(packet)
    return path


def top_level(data: bytes) -> dict[bytes, bytes]:
    """Return the top-level atoms of a movie by type, headers included."""
    found, start = {}, 0
    for atom in atoms.walk(lambda start, size: data[start : start + size], 0, len(data)):
        found[atom.type] = data[start : atom.end]
        start = atom.end
    return found


def quicktime_without_ftyp(path: Path, before: bytes, *, long_size: bool = False) -> Path:
    """Make a movie of ``before``, the media and, last, the index."""
    sources = [*picture(4, size="320x240", rate=25), *tone(4, 48000)]
    ffmpeg(*sources, "-c:v", "mjpeg", "-q:v", 3, "-c:a", "pcm_s16be", whole := path.with_suffix(".whole.mov"))
    data = whole.read_bytes()
    found = top_level(data)
    media, index = found[b"mdat"], bytearray(found[b"moov"])
    moved = len(before) + 8 * long_size - data.index(media)
    if long_size:
        media = struct.pack(">I4sQ", 1, b"mdat", len(media) + 8) + media[8:]
    at = -1
    while (at := index.find(b"stco", at + 1)) > 0:
        for entry in range(at + 12, at + 12 + 4 * struct.unpack_from(">I", index, at + 8)[0], 4):
            struct.pack_into(">I", index, entry, struct.unpack_from(">I", index, entry)[0] + moved)
    path.write_bytes(before + media + index)
    return path


def _atom(kind: bytes, contents: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(contents), kind) + contents


FIRST_ATOMS: Mapping[str, bytes] = {
    "mdat": b"",
    "wide": _atom(b"wide"),
    "skip": _atom(b"skip", bytes(100)),
    "free": _atom(b"free", bytes(3000)),
    "pnot": _atom(b"pnot", bytes(12)) + _atom(b"PICT", bytes(500)),
    "junk": _atom(b"junk", b"junk" * 9),
    "uuid": _atom(b"uuid", bytes(range(16)) + bytes(40)),
}


def _with_gap(path: Path, *codec: object, **options: str) -> Path:
    """Make half a minute of sound without packets from 10 to 20 s."""
    ffmpeg(*tone(30, 48000), *codec, whole := path.with_suffix(f".whole{path.suffix}"))
    return copy_packets(whole, path, lambda kind, seconds, number: not 10 <= seconds < 20, **options)


_FRAGMENTS = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "frag_duration": "2000000"}

SOUND_WITH_GAP: Mapping[str, Callable[[Path], Path]] = {
    "opus.webm": lambda path: _with_gap(path, "-c:a", "libopus"),
    "vorbis.webm": lambda path: _with_gap(path, "-c:a", "libvorbis"),
    "opus.ogg": lambda path: _with_gap(path, "-c:a", "libopus"),
    "aac.mka": lambda path: _with_gap(path, "-c:a", "aac"),
    "mp3.mka": lambda path: _with_gap(path, "-c:a", "libmp3lame"),
    "pcm.mka": lambda path: _with_gap(path, "-c:a", "pcm_s16le"),
    "aac.m4a": lambda path: _with_gap(path, "-c:a", "aac"),
    "alac.m4a": lambda path: _with_gap(path, "-c:a", "alac"),
    "opus.mp4": lambda path: _with_gap(path, "-c:a", "libopus"),
    "fragmented.m4a": lambda path: _with_gap(path, "-c:a", "aac", **_FRAGMENTS),
    "aac.flv": lambda path: _with_gap(path, "-c:a", "aac", "-ar", 44100),
    "wma2.wma": lambda path: _with_gap(path, "-c:a", "wmav2"),
}


def muted_by_dtx(path: Path) -> Path:
    """Make a minute of Opus in which a speaker is muted all along: a tiny packet now and then."""
    ffmpeg(*tone(60, 48000), "-c:a", "libopus", whole := path.with_suffix(".whole.webm"))
    with av.open(whole) as read, av.open(path, "w") as written:
        copy = written.add_stream_from_template(read.streams[0])
        for number, packet in enumerate(read.demux()):
            if packet.dts is None or number % 20:
                continue
            noise = av.Packet(b"\x08")  # the header of a frame that is empty
            noise.pts, noise.dts, noise.duration, noise.time_base = packet.pts, packet.dts, 20, packet.time_base
            noise.stream = copy
            written.mux(noise)
    return path


def slowed_down(path: Path) -> Path:
    """Make 20 s of sound with a clock that claims ten times as much."""
    ffmpeg(*tone(20, 44100), "-c:a", "aac", whole := path.with_suffix(f".whole{path.suffix}"))
    with av.open(whole) as read, av.open(path, "w") as written:
        copy = written.add_stream_from_template(read.streams[0])
        for packet in read.demux():
            if packet.dts is not None and packet.pts is not None:
                packet.pts, packet.dts = 10 * packet.pts, 10 * packet.dts
                packet.stream = copy
                written.mux(packet)
    return path
