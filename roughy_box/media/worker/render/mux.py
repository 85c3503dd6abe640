"""The container that a render is written to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from heapq import merge
from typing import Any

import av
from av.container import OutputContainer
from av.packet import Packet

from roughy_box.media.worker.render.output import Output

# The index of a movie stands before its media; ffmpeg moves the media for it in the end, a part at a time.
_FAST_START = {"movflags": "+faststart"}
# Each packet of MP3 would be a write of its own.
_GATHERED = {"flush_packets": "0"}
_MUXERS = {"m4a": "ipod"}
_BLOCK = 1024**2


def open_output(output: Output, format_: str) -> OutputContainer:
    """Return a container that is written to ``output``."""
    return av.open(
        output,
        "w",
        format=_MUXERS.get(format_, format_),
        container_options=_GATHERED if format_ == "mp3" else _FAST_START,
        buffer_size=_BLOCK,
        io_open=output.reopened,
    )


def woven(*tracks: Iterable[Packet[Any]]) -> Iterator[Packet[Any]]:
    """Yield the packets of all tracks by their times, as players want them; each track is read as it is used up."""
    yield from merge(*tracks, key=time_of)


def time_of(packet: Packet[Any]) -> Fraction:
    """Return the second at which a packet is decoded."""
    assert packet.dts is not None
    return packet.dts * packet.time_base
