"""From when to when a stream plays, by the times of its packets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from av.packet import Packet

from roughy_box.media.streams import MediaStream, time_base

# A clock that goes back this far was restarted: files pasted together, a splice, a chained Ogg.
_BACK = 1
# Forward jumps are a splice only where a clock runs on its own; elsewhere they are a real gap.
_AHEAD = 10
_FREE_RUNNING = ("mpegts", "mpeg")
# No codec packs more sound than this into one packet; a larger claim is a forged time.
_LONGEST_SOUND = 30


@dataclass(frozen=True, slots=True)
class Extent:
    """Seconds: where the first packet starts, where the last one starts, where the last one ends."""

    first: Fraction
    last: Fraction
    end: Fraction


class Timeline:
    """The extent of one stream; :meth:`add` runs once a packet and is kept lean."""

    def __init__(self, stream: MediaStream, demuxer: str) -> None:
        self._base = time_base(stream)
        self._back = -math.ceil(_BACK / self._base)
        self._ahead = math.ceil(_AHEAD / self._base) if demuxer in _FREE_RUNNING else math.inf
        self._longest = math.ceil(_LONGEST_SOUND / self._base) if stream.type == "audio" else math.inf
        self._shift = 0
        self._step = 0
        self._dts: int | None = None
        self._first: int | None = None
        self._last = 0
        self._end = 0

    def add(self, packet: Packet[MediaStream]) -> None:
        """Take one packet in; one that is cut away by an edit list, or holds nothing, is passed over."""
        dts, start, duration = packet.dts, packet.pts, packet.duration or self._step
        if packet.is_discard or not packet.size or duration > self._longest:
            return
        if start is None:
            start = self._end - self._shift if dts is None else dts
        if dts is None:
            dts = start
        if self._first is None:
            self._first = self._last = self._end = start
        elif self._dts is not None:
            gap = dts - self._dts
            if self._back <= gap <= self._ahead:
                self._step = gap
            else:
                self._shift = self._end - start
        self._dts = dts
        self._place(start + self._shift, duration)

    def _place(self, start: int, duration: int) -> None:
        if start < self._first:  # type: ignore[operator]
            self._first = start
        if start > self._last:
            self._last = start
        if start + duration > self._end:
            self._end = start + duration

    @property
    def extent(self) -> Extent | None:
        """What the packets cover; ``None`` without one."""
        if self._first is None:
            return None
        return Extent(self._first * self._base, self._last * self._base, self._end * self._base)
