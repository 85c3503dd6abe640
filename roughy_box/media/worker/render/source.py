"""One track of the source: its packets in order, from any place, and what went wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import floor
from typing import Generic, TypeVar, cast

import av
from av import AudioStream, VideoStream
from av.codec import CodecContext
from av.container import InputContainer
from av.frame import Frame
from av.packet import Packet
from av.stream import Discard

from roughy_box.media.description import Description
from roughy_box.media.worker.confine import memory_is_left
from roughy_box.media.worker.open import MAX_PIXELS
from roughy_box.media.worker.probe.splices import FREE_RUNNING
from roughy_box.media.worker.streams import MediaStream, media_streams, only, time_base

# Decoding that has failed for so many seconds will not get better.
HOPELESS = 5
# Reading through is exact everywhere, and cheaper over less.
FAR = 5
_TAILS = (10, 60, 600)  # seconds before a place where the last packets are looked for, then all before it

# The times of their packets are in the file, and not counted from where reading began.
_EXACT = ("mov", "matroska", "wav", "w64", "aiff", "caf", "flac", "mpegts", "mxf")


S = TypeVar("S", AudioStream, VideoStream)


class CorruptError(Exception):
    """The source cannot be read or decoded from a second of its grid on."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"does not decode from {seconds:.3f} s on")
        self.seconds = max(0.0, seconds)


class Track(Generic[S]):
    """The packets of one stream; all times are seconds of the grid of the source.

    ``on_work`` is called with each packet, ``damages`` counts what did not decode as it should. ``is_broken`` is True
    once the file cannot be read on; ``is_spliced`` says that its clock is replaced by others.
    """

    def __init__(
        self,
        container: InputContainer,
        stream: S,
        source: Description,
        threads: int,
        on_work: Callable[[], None],
    ) -> None:
        only(container, stream)
        self.stream: S = stream
        self.codec: CodecContext = stream.codec_context
        self.codec.thread_type = "AUTO"
        self.codec.options = {"threads": str(threads), "max_pixels": str(MAX_PIXELS)}
        self.base = time_base(stream)
        self.demuxer = container.format.name.split(",")[0]
        self.zero = source.file_start + source.offset
        self._tick, self._zero = float(self.base), float(self.zero)
        self.is_spliced = self.demuxer in FREE_RUNNING and not _is_one_clock(container, source)
        self.can_seek = self.demuxer in _EXACT and not self.is_spliced
        self.is_broken = False
        self.damages = 0
        self._end = 0  # in ticks
        self._container = container
        self._on_work = on_work
        self._guide = _guide(container) if self.demuxer == "matroska" and stream.type == "audio" else None
        self._packets: Iterator[Packet[S]] = self._read()

    @property
    def bits(self) -> int | None:
        """Return the bits a second of the stream, or those of the file, which are more; None where neither is known."""
        own = self.codec.bit_rate if self.demuxer == "mov" else 0
        return own or self._container.bit_rate or None

    @property
    def end(self) -> Fraction:
        """Return where the packets end that were read so far; the last one of a track may end within a frame."""
        return self._end * self.base - self.zero

    def seconds(self, ticks: int) -> float:
        """Return the time of a timestamp, to a millionth of a sample."""
        return ticks * self._tick - self._zero

    def packets(self) -> Iterator[Packet[S]]:
        """Yield the packets from where reading is now, at the end an empty one."""
        for packet in self._packets:
            self._on_work()
            if packet.size and packet.pts is not None:
                self._end = max(self._end, packet.pts + (packet.duration or 0))
            yield packet

    def read_tail(self, seconds: Fraction) -> None:
        """Read the last packets before a time that is beyond them, so that ``end`` is that of the track."""
        for back in (*_TAILS, seconds) if self.can_seek else ():
            if self.seek(max(Fraction(0), seconds - back)):
                sizes = [packet.size for packet in self.packets()]
                if any(sizes):
                    return

    def seek(self, seconds: Fraction) -> bool:
        """Go on reading at or before a time. Return False where the format cannot go there."""
        stream: MediaStream = self.stream
        if self._guide:
            stream = self._guide
            stream.discard = Discard.default
        try:
            self._container.seek(floor((seconds + self.zero) / time_base(stream)), stream=stream)
        except (av.FFmpegError, OverflowError):
            return False
        self._packets = self._read()
        return True

    def decode(self, packet: Packet[S]) -> list[Frame]:
        """Return the frames that a packet completes, none where it is damaged."""
        try:
            frames = cast("list[Frame]", packet.decode())
        except MemoryError:
            if not memory_is_left():
                raise
            frames = []
        except (av.FFmpegError, EOFError, ValueError):
            frames = []
        else:
            self.damages += sum(frame.is_corrupt for frame in frames)
            return frames
        self.damages += 1
        return frames

    def _read(self) -> Iterator[Packet[S]]:
        try:
            for packet in self._container.demux(self.stream):
                if self._guide:  # it has led here
                    self._guide.discard = Discard.all
                yield packet
        except MemoryError:
            if not memory_is_left():
                raise
            self.is_broken = True
        except (av.FFmpegError, IndexError):
            self.is_broken = True


def _guide(container: InputContainer) -> VideoStream | None:
    """Return the track whose key frames the index of a Matroska file leads to, as it hardly ever leads to sound."""
    return next((each for each in media_streams(container) if isinstance(each, VideoStream)), None)


def _is_one_clock(container: InputContainer, source: Description) -> bool:
    """Return if a clock without an index runs through the whole file: else places are found by chance."""
    promised = Fraction(container.duration or 0, av.time_base)
    measured = source.offset + source.length / source.rate
    return abs(promised - measured) <= 1 + measured / 50
