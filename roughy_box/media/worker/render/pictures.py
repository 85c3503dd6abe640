"""The picture of the source that is shown at each frame of the grid."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, islice
from math import ceil, floor
from typing import TypeAlias

from av import VideoFrame, VideoStream
from av.packet import Packet

from roughy_box.media.description import Description
from roughy_box.media.worker.render.deinterlace import deinterlaced
from roughy_box.media.worker.render.source import FAR, HOPELESS, CorruptError, Track

# Timestamps are rounded to milliseconds in some formats, the first one, too.
_ROUNDING = Fraction(2, 1000)
_BACK = (0, 1, 4, 16, 64, 256)  # seconds before a place, to look for a key frame from there on
_LOOKED_AT = 1000  # packets
_HELD_BACK = 64  # packets that a decoder takes before it gives a picture
_AHEAD = 10  # seconds that a clock leaps where another one replaces it

Packets: TypeAlias = "Iterator[Packet[VideoStream]]"


class Pictures:
    """Decodes forward, and passes over a gap from a key frame on where that leaves out pictures."""

    def __init__(
        self, track: Track[VideoStream], source: Description, scout: Track[VideoStream] | None, threads: int
    ) -> None:
        """Decode the first picture. ``scout`` looks for key frames, as looking for them loses the place of a reader."""
        self._track = track
        self._threads = threads
        self._scout = scout if track.can_seek else None
        self._rate = source.rate
        self._scale = track.base * source.rate
        self._origin = track.zero * source.rate
        self._length = source.length
        self._varies = source.variable_rate
        self._decoded = -1  # the frame of the last picture
        self._end = 0  # the frame after those that it is shown for
        self._fed: int | None = None  # the place of the last packet that the decoder was given
        self._is_over = False  # pictures that must be there do not decode any more
        self._shown: VideoFrame | None = None
        self._pictures = deinterlaced(self._decode(track.packets()), threads)
        self._next = next(self._pictures, None)

    @property
    def end(self) -> Fraction | None:
        """Return the second where the pictures end, None if there are more than were asked for."""
        return None if self._next else self._end / self._rate

    def at(self, frame: int) -> VideoFrame:
        """Return the picture that is shown at ``frame``, which is never less than before.

        Errors: :class:`CorruptError` where pictures that must be there do not decode.
        """
        if self._next and self._scout and frame - self._next[0] > FAR * self._rate:
            self._jump(frame)
        while self._next and (self._next[0] <= frame or self._shown is None):
            self._shown = self._next[1]
            self._next = next(self._pictures, None)
        if self._shown is None or (self._is_over and frame - self._decoded > self._rate):
            raise CorruptError(float((self._decoded + 1) / self._rate))
        return self._shown

    def _decode(self, packets: Packets, earliest: int | None = None) -> Iterator[tuple[int, VideoFrame]]:
        """Yield the pictures with the frames they are for; those before ``earliest`` lack what they refer to."""
        silent, reached, end = 0, 0, Fraction(0)
        for packet in packets:
            if packet.size:
                self._fed, silent = _place(packet), silent + 1
                reached = self._frame(packet.pts, reached)
                end = max(end, reached + (packet.duration or 0) * self._scale)
            for picture in self._track.decode(packet):
                silent = 0
                ticks = picture.pts if picture.pts is not None else picture.dts
                if ticks is None or earliest is None or ticks >= earliest:
                    assert isinstance(picture, VideoFrame)
                    self._decoded = self._monotonic(self._frame(ticks, self._decoded + 1))
                    self._end = self._decoded + max(1, round((picture.duration or 0) * self._scale))
                    yield self._decoded, picture
            if silent > _HELD_BACK + HOPELESS * self._rate:
                break
        is_short = not self._track.is_spliced and self._length - end > HOPELESS * self._rate
        self._is_over = self._track.is_broken or is_short or reached - self._decoded > self._rate

    def _frame(self, ticks: int | None, otherwise: int) -> int:
        """Return the first frame that shows a picture: the nearest, or where the rate varies, none before its time."""
        if ticks is None:
            return otherwise
        place = ticks * self._scale - self._origin
        return ceil(place - _ROUNDING * self._rate) if self._varies else floor(place + Fraction(1, 2))

    def _monotonic(self, frame: int) -> int:
        """Return ``frame``; where one clock was replaced by another, the pictures go on after the last one."""
        if not self._track.can_seek:
            leap = frame - self._decoded
            if leap < -self._rate or (leap > _AHEAD * self._rate and self._track.is_spliced):
                self._origin += leap - 1
                return self._decoded + 1
        return frame

    def _jump(self, frame: int) -> None:
        """Go on at the last key frame from which ``frame`` can be reached, if that leaves out pictures."""
        assert self._scout
        fed = self._fed
        for back in _BACK:
            place = max(Fraction(0), frame / self._rate - back)
            key = _key(self._scout) if self._scout.seek(place) else None
            if key is None or self._frame(key.pts, 0) > frame:
                continue
            if fed is not None and _place(key) <= fed:
                return
            self._restart(place)
            if self._next and self._next[0] <= frame:
                return
            fed = None
        if fed is None:
            # The index promises more than it keeps; from the first picture on every one decodes.
            self._scout = None
            self._restart(Fraction(0))

    def _restart(self, place: Fraction) -> None:
        """Decode from the first key frame after a place."""
        self._shown, self._next = None, None
        key = _key(self._track) if self._track.seek(place) else None
        if key is not None:
            pictures = self._decode(chain([key], self._track.packets()), key.pts)
            self._pictures = deinterlaced(pictures, self._threads)
            self._next = next(self._pictures, None)


def _key(track: Track[VideoStream]) -> Packet[VideoStream] | None:
    packets = islice(track.packets(), _LOOKED_AT)
    return next((packet for packet in packets if packet.is_keyframe and packet.pts is not None), None)


def _place(packet: Packet[VideoStream]) -> int:
    """Return a number that grows with the packets of a stream."""
    return next((each for each in (packet.dts, packet.pts) if each is not None), 0)
