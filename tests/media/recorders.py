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
            if packet.dts is None or packet.pts is None:
                continue
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
