"""From when to when a stream plays, by the times of its packets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from av.packet import Packet

from roughy_box.media.worker.streams import MediaStream, time_base

# A clock that goes back this far was restarted: files pasted together, a splice, a chained Ogg.
_BACK = 1
# A clock that runs on its own was changed for another when it leaps this far ahead.
_AHEAD = 10
# Elsewhere a leap is a real pause, up to what no picture and no pause lasts: that is damage.
LONGEST_PAUSE = 600
# No codec packs more sound than this into one packet; a larger claim is a forged time.
_LONGEST_SOUND = 30
# What stands side by side in a transport stream is no further apart than this.
_INTERLEAVED = 3
FREE_RUNNING = ("mpegts", "mpeg")


@dataclass(frozen=True, slots=True)
class Extent:
    """Seconds: where the first packet starts, where the last one starts, where the last one ends."""

    first: Fraction
    last: Fraction
    end: Fraction


class Timeline:
    """The extent of one stream; :meth:`add` runs once a packet and is kept lean."""

    def __init__(self, stream: MediaStream, demuxer: str, others: Sequence[Timeline] = ()) -> None:
        self._base = time_base(stream)
        self._others = others if demuxer in FREE_RUNNING else ()
        # An index gives each packet its place: a clock that goes back in it was wrong before.
        self._is_indexed = demuxer == "mov"
        self._back = -math.ceil(_BACK / self._base)
        self._ahead = math.ceil((_AHEAD if demuxer in FREE_RUNNING else LONGEST_PAUSE) / self._base)
        self._longest = math.ceil((_LONGEST_SOUND if stream.type == "audio" else LONGEST_PAUSE) / self._base)
        self._is_sound = stream.type == "audio"
        self._shift = 0
        self._step = 0
        self._dts: int | None = None
        self._first: int | None = None
        self._last = 0
        self._end = 0
        self._cut: tuple[int, int] | None = None
        self.packets = 0

    def add(self, packet: Packet[MediaStream]) -> None:
        """Take one packet in; one that is cut away by an edit list, or holds nothing, is passed over."""
        dts, start, duration = packet.dts, packet.pts, packet.duration or self._step
        if not packet.size:
            return
        self.packets += 1
        if duration > self._longest:
            if self._is_sound:
                return
            duration = self._step or self._longest
        if dts is None and self._is_sound:
            dts = start
        elif dts is not None and (start is None or start - dts > self._longest):
            start = dts
        if start is None:
            # Several frames of sound share one time: the next time tells how long they were.
            self._end += packet.duration or 0
            return
        if packet.is_discard:
            self._pass_over(start, duration)
            return
        if self._first is None:
            self._shift = self._enter(start)
            self._first = self._last = self._end = start + self._shift
        elif dts is not None and self._dts is not None:
            gap = dts - self._dts
            if self._back <= gap <= self._ahead:
                self._step = gap
            elif self._is_indexed and gap < 0:
                self._shift = 0
            else:
                self._shift = self._resume(start)
        self._dts = self._dts if dts is None else dts
        self._place(start + self._shift, duration)

    def _enter(self, start: int) -> int:
        """The shift of the first packet: none, unless the others run on another clock by now."""
        reached = self._reached_by_others()
        if reached is None or _side_by_side(start * self._base - reached):
            return 0
        return self._common_shift(start, reached, None) or math.ceil(reached / self._base) - start

    def _resume(self, start: int) -> int:
        """The shift after a leap: that of the others, else on from our end or from theirs if they left us behind."""
        reached = self._reached_by_others()
        if reached is None:
            return self._end - start
        shift = self._common_shift(start, reached, self.shift)
        if shift is not None:
            return shift
        behind = reached - self._end * self._base > _INTERLEAVED
        return (math.ceil(reached / self._base) if behind else self._end) - start

    def _common_shift(self, start: int, reached: Fraction, outdated: Fraction | None) -> int | None:
        """The shift of another stream that went over to the new clock before us, if there is one."""
        shifts = (other.shift for other in self._others if other.started and other is not self)
        fitting = (s for s in shifts if s != outdated and _side_by_side(start * self._base + s - reached))
        return next((round(shift / self._base) for shift in fitting), None)

    def _reached_by_others(self) -> Fraction | None:
        return max((other.reached for other in self._others if other.started and other is not self), default=None)

    def _pass_over(self, start: int, duration: int) -> None:
        first, end = self._cut or (start, start)
        self._cut = min(first, start), max(end, start + duration)

    def _place(self, start: int, duration: int) -> None:
        if start < self._first:  # type: ignore[operator]
            self._first = start
        if start > self._last:
            self._last = start
        if start + duration > self._end:
            self._end = start + duration

    @property
    def shift(self) -> Fraction:
        """Seconds from the clock of the stream to that of the whole file."""
        return self._shift * self._base

    @property
    def started(self) -> bool:
        """Whether a packet told where on the clock the stream is."""
        return self._first is not None

    @property
    def reached(self) -> Fraction:
        """Seconds on the clock at which everything so far ends."""
        return self._end * self._base

    @property
    def extent(self) -> Extent | None:
        """What the packets cover; ``None`` without one."""
        if self._first is None and not self._end:
            return None
        return Extent((self._first or 0) * self._base, self._last * self._base, self._end * self._base)

    @property
    def clocked(self) -> Fraction:
        """Seconds that the clock runs over all packets, also those that an edit list cuts away."""
        spans = [(self._first, self._end)] if self._first is not None else []
        spans += [self._cut] if self._cut else []
        return (max(end for _, end in spans) - min(first for first, _ in spans)) * self._base if spans else Fraction(0)


def _side_by_side(distance: Fraction) -> bool:
    return -_INTERLEAVED <= distance <= _AHEAD
