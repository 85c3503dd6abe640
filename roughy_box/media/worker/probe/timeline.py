"""The clock of a stream: from when to when it plays, by the times of its packets, gaps included."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from fractions import Fraction

from av.packet import Packet

from roughy_box.media.worker.probe import splices
from roughy_box.media.worker.probe.extent import LONGEST_PAUSE, Extent
from roughy_box.media.worker.probe.splices import AHEAD, FREE_RUNNING
from roughy_box.media.worker.streams import MediaStream, time_base

# A clock that goes back this far was restarted: files pasted together, a splice, a chained Ogg.
_BACK = 1
# No codec packs more sound than this into one packet; a larger claim is a forged time.
_LONGEST_SOUND = 30
_CLOCKED = frozenset({*FREE_RUNNING, "mov", "matroska", "flv", "asf", "ogg"})
# The last packets of a sound can carry the number of samples that a player cuts off.
_TAIL = 4
# Comfort noise of a muted speaker: a tiny packet now and then (discontinuous transmission).
_COMFORT_NOISE = 8


class Timeline:
    """The extent of one stream; :meth:`add` runs once per packet and is kept lean.

    One clock rules a Matroska or WebM file. Where two are pasted together it starts again: Chromium 156 plays only what
    lies beyond the end of the first, mpv 0.35 stops there, and neither plays one after the other. So presentation time
    counts once here. Ogg, MPEG-TS and raw formats are different: players do go on there.

    An AVI has no times. Muxers put empty chunks before a sound that begins late, and the header counts these; ffmpeg
    passes over them and plays the sound from the beginning. So its presentation time begins at 0, too.
    """

    def __init__(self, stream: MediaStream, demuxer: str, others: Sequence[Timeline] = ()) -> None:
        self._base = time_base(stream)
        self._others = others if demuxer in FREE_RUNNING else ()
        self._leaps_are_pauses = demuxer not in FREE_RUNNING
        # An index gives each packet its place: a clock that goes back in it was wrong before.
        self._is_indexed = demuxer == "mov"
        self._restarts = demuxer != "matroska"
        self._replayed_to: int | None = None
        self._back = -math.ceil(_BACK / self._base)
        self._ahead = math.ceil((LONGEST_PAUSE if self._leaps_are_pauses else AHEAD) / self._base)
        self._longest = math.ceil((_LONGEST_SOUND if stream.type == "audio" else LONGEST_PAUSE) / self._base)
        self._is_sound = stream.type == "audio"
        self._shift = 0
        self._step = 0
        self._dts: int | None = None
        self._first: int | None = None
        self._last = 0
        self._end = 0
        self._claimed = 0  # on the clock of the stream itself
        self._went_back = False
        self._cut: tuple[int, int] | None = None
        self._due: int | None = None  # where the next packet of a steady sound starts, on its own clock
        self._slack = 1 if self._base > Fraction(1, 2000) else 0  # rounded times
        self._usual = 0
        self.packets = 0
        self.untimed = 0
        self.breaks = 0
        # A raw format has no clock: its times are the sum of the durations before.
        self.has_clock = demuxer in _CLOCKED
        self.head: Packet[MediaStream] | None = None
        self.tail: deque[Packet[MediaStream]] = deque(maxlen=_TAIL if self._is_sound else 1)

    def add(self, packet: Packet[MediaStream]) -> None:
        """Take one packet in; one that is cut away by an edit list, or is empty, is skipped."""
        due, start = self._due, packet.pts
        if due is not None and start is not None and -self._slack <= start - due <= self._slack:
            duration = packet.duration
            if duration == self._usual and packet.size and not packet.is_discard:
                self.packets += 1
                self._dts = start
                self._due = start + duration
                self.tail.append(packet)
                return
        if packet.size and not self.is_replayed(packet):
            self._catch_up()
            self._add(packet)

    def is_replayed(self, packet: Packet[MediaStream]) -> bool:
        """Return whether the clock started again and did not yet come back to where it was."""
        if self._replayed_to is None or packet.pts is None:
            return False
        if packet.pts >= self._replayed_to:
            self._replayed_to = None
        return self._replayed_to is not None

    def _catch_up(self) -> None:
        """Place the steady packets that :meth:`add` only counted."""
        if self._due is not None and self._dts is not None:
            self._place(self._dts + self._shift, self._due - self._dts)

    def _add(self, packet: Packet[MediaStream]) -> None:
        dts, start, duration = packet.dts, packet.pts, packet.duration or self._step
        if self._goes_back(dts):
            self._replayed_to, self._due = self._end, None
            return
        self.packets += 1
        self.tail.append(packet)
        if self._is_sound:
            if duration > self._longest:
                duration = self._usual or self._step
        elif duration > self._longest:
            if start is not None:
                self._claimed = max(self._claimed, start + duration)
            duration = self._step or self._longest
        if dts is None and self._is_sound:
            dts = start
        elif dts is not None and (start is None or start - dts > self._longest):
            start = dts
        if start is None:
            # Several frames of sound share one time: the next time shows how long they were.
            self._end += packet.duration or 0
            self.untimed += 1
            self._due = None
            return
        if packet.is_discard:
            self._pass_over(start, duration)
            return
        if self._first is None:
            self._shift = splices.enter(self._base, start, self._others)
            self._first = self._last = self._end = start + self._shift
            self.head = packet
        elif dts is not None and self._dts is not None:
            self._follow(dts - self._dts, start, packet.size)
        self._dts = self._dts if dts is None else dts
        self._place(start + self._shift, duration)
        if self._is_sound:
            self._usual = duration
            self._due = start + duration if duration else None

    def _goes_back(self, dts: int | None) -> bool:
        """Return whether the one clock of the file starts again, unless it leaped ahead before."""
        if self._restarts or self._shift or dts is None or self._dts is None:
            return False
        return dts - self._dts < self._back

    def _follow(self, gap: int, start: int, size: int) -> None:
        """Judge the distance of a packet to the one before."""
        if self._due is not None and start - self._due > max(self._slack, self._usual // 2) and size > _COMFORT_NOISE:
            self.breaks += 1
        if self._back <= gap <= self._ahead:
            self._step = gap
        elif self._is_indexed and gap < 0:
            self._shift = 0
            self._went_back = True
        else:
            self._went_back = self._went_back or gap < 0
            self._shift = splices.resume(self, self._base, start, self._others)

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
        """Return the seconds from the clock of the stream to that of the whole file."""
        return self._shift * self._base

    @property
    def started(self) -> bool:
        """Return whether a packet had a time."""
        return self._first is not None

    @property
    def reached(self) -> Fraction:
        """Return the second at which everything so far ends."""
        self._catch_up()
        return self._end * self._base

    @property
    def extent(self) -> Extent | None:
        """Return what the packets cover; ``None`` without one."""
        if self._first is None and not self._end:
            return None
        self._catch_up()
        first, last, end = (tick * self._base for tick in (self._first or 0, self._last, self._end))
        claimed = max(self._claimed, self._end - self._shift) * self._base
        is_believable = self._leaps_are_pauses and not self._went_back
        return Extent(first, last, end, claimed if is_believable else end, self._went_back)

    @property
    def clocked(self) -> Fraction:
        """Return the seconds that the clock runs over all packets, also those that an edit list cuts away."""
        self._catch_up()
        spans = [(self._first, self._end)] if self._first is not None else []
        spans += [self._cut] if self._cut else []
        return (max(end for _, end in spans) - min(first for first, _ in spans)) * self._base if spans else Fraction(0)
