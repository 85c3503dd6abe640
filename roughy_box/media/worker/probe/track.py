"""One stream under measurement: its times, its trial, and what its packets hold by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from av.packet import Packet

from roughy_box.media.worker.probe.decode import Decoding
from roughy_box.media.worker.probe.timeline import Timeline
from roughy_box.media.worker.streams import MediaStream, pcm_rate

# Each packet of these is a frame, and each frame holds the same number of samples.
_EVEN_FRAMES = frozenset({"aac", "ac3", "mp1", "mp2", "mp3"})
# A clock this much shorter than the sound it dates is forged; what a damaged file loses is less.
_FORGED = Fraction(3, 2)


class Track:
    """A stream with everything that is known about its length."""

    def __init__(self, stream: MediaStream, demuxer: str, others: Sequence[Timeline]) -> None:
        self.stream = stream
        self.timeline = Timeline(stream, demuxer, others)
        self.decoding = Decoding(stream)
        self.pcm_rate = pcm_rate(stream) if stream.type == "audio" else 0
        self.add = self._weigh if self.pcm_rate else self.timeline.add
        self._bytes = 0
        self._cut_bytes = 0

    def _weigh(self, packet: Packet[MediaStream]) -> None:
        if packet.is_discard:
            self._cut_bytes += packet.size
        else:
            self._bytes += packet.size
        self.timeline.add(packet)

    @property
    def heard(self) -> Fraction:
        """Seconds of sound: all of it if the clock that would cut it is forged, else what is played."""
        kept = Fraction(self._bytes, self.pcm_rate) if self.pcm_rate else self.decoding.seconds
        return max(kept, self.recorded_under_forged_clock)

    @property
    def recorded_under_forged_clock(self) -> Fraction:
        """Seconds of sound that the packets hold where their clock denies most of it, else 0."""
        recorded = self._recorded
        return recorded if recorded > self.timeline.clocked * _FORGED + 1 else Fraction(0)

    @property
    def _recorded(self) -> Fraction:
        if self.pcm_rate:
            return Fraction(self._bytes + self._cut_bytes, self.pcm_rate)
        context = self.stream.codec_context
        if self.stream.type != "audio" or not context or context.codec.canonical_name not in _EVEN_FRAMES:
            return Fraction(0)
        return self.timeline.packets * self.decoding.longest_frame


class Tracks:
    """The streams of one container, by their index."""

    def __init__(self, streams: Sequence[MediaStream], demuxer: str) -> None:
        timelines: list[Timeline] = []
        self.by_index: dict[int, Track] = {}
        for stream in streams:
            track = self.by_index[stream.index] = Track(stream, demuxer, timelines)
            timelines.append(track.timeline)

    def __iter__(self) -> Iterator[Track]:
        return iter(self.by_index.values())
