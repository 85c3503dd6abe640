"""Media that give the decoders work: a sound that takes a while, a picture that takes much memory."""

from __future__ import annotations

import io
import struct
import zlib
from fractions import Fraction
from functools import cache

import av


@cache
def long_sound(seconds: int) -> bytes:
    """Silence as FLAC: a small file whose every sample is decoded, some thousand seconds of it in one."""
    rate, samples = 48_000, 4096
    out = io.BytesIO()
    with av.open(out, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=rate)
        stream.layout, stream.format = "mono", "s16"
        frame = av.AudioFrame(format="s16", layout="mono", samples=samples)
        frame.sample_rate = rate
        frame.planes[0].update(bytes(2 * samples))
        for number in range(seconds * rate // samples):
            frame.pts = number * samples
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


@cache
def large_picture(side: int) -> bytes:
    """A film of one black picture, ``side`` pixels wide and high, three bytes each once it is decoded."""
    packed = zlib.compressobj(1)
    row = bytes(1 + 3 * side)
    pixels = b"".join(packed.compress(row) for _ in range(side)) + packed.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = _part(b"IHDR", header), _part(b"IDAT", pixels), _part(b"IEND", b"")
    out = io.BytesIO()
    with av.open(out, "w", format="mov") as container:
        stream = container.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = side, side, "rgb24"
        packet = av.Packet(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
        packet.stream, packet.time_base = stream, Fraction(1)
        packet.pts = packet.dts = 0
        packet.duration = 1
        container.mux(packet)
    return out.getvalue()


def _part(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
