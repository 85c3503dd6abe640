"""One stream under measurement: its clock, its trial, and the sound that its packets hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from av.packet import Packet

from roughy_box.media.worker.probe.decode import Decoding
from roughy_box.media.worker.probe.extent import Extent
from roughy_box.media.worker.probe.timeline import Timeline
from roughy_box.media.worker.probe.trim import cut_at_end, cut_at_start
from roughy_box.media.worker.streams import MediaStream, is_packed_pcm, pcm_rate, time_base

# Each packet of these is a frame, and each frame holds the same number of samples.
_EVEN_FRAMES = frozenset({"aac", "ac3", "mp1", "mp2", "mp3"})
# A clock this much shorter than the sound it dates is forged; damaged files lose less.
_FORGED = Fraction(3, 2)
# A clock is forged that leaves a gap after nearly every packet; lost packets come in runs.
_BROKEN = Fraction(9, 10)
_FEW = 8
# Packets and decoded sound agree where they differ less than this.
_ROUNDING = Fraction(1, 10)
# A few packets fail at the start of a recording, or where one was lost.
_SOME_FAILURES = 3
# Counted sound is finer than its clock, which may be rounded, where that does not show a gap.
_GAP = Fraction(1, 10)
# The claimed duration of a last packet is checked from here on.
_LONG_PACKET = 1


class Track:
    """A stream with everything that is known about its duration."""

    def __init__(self, stream: MediaStream, demuxer: str, others: Sequence[Timeline]) -> None:
        self.stream = stream
        self.timeline = Timeline(stream, demuxer, others)
        self.decoding = Decoding(stream)
        self.is_sound = stream.type == "audio"
        self.pcm_rate = pcm_rate(stream) if self.is_sound else 0
        self.add = self._weigh if self.pcm_rate else self.timeline.add
        self._base = time_base(stream)
        self._bytes = 0
        self._cut_bytes = 0
        self._claimed = 0  # ticks of PCM by the durations of its packets
        self._tried = Fraction(0)  # seconds of the decoded packets by their durations
        self._fed = 0
        self._stretched = 0
        self.is_whole = False

    def _weigh(self, packet: Packet[MediaStream]) -> None:
        if self.timeline.is_replayed(packet):
            return
        if packet.is_discard:
            self._cut_bytes += packet.size
        else:
            self._bytes += packet.size
        self._claimed += packet.duration or 0
        self.timeline.add(packet)

    def try_out(self, packet: Packet[MediaStream]) -> None:
        """Take one packet in, and decode it if no frame came yet."""
        self.add(packet)
        if self.decoding.undecided:
            self._feed(packet)

    def take_if_it_decodes(self, packet: Packet[MediaStream]) -> None:
        """Decode one packet, and take it in unless that fails."""
        if self.timeline.is_replayed(packet):
            return
        if (self.pcm_rate and not self.decoding.undecided) or self._feed(packet):
            self.add(packet)

    def _feed(self, packet: Packet[MediaStream]) -> bool:
        succeeded = self.decoding.feed(packet)
        if packet.size:
            claim = (packet.duration or 0) * self._base
            self._fed += 1
            self._tried += claim
            self._stretched += claim > 2 * self.decoding.longest_packet
        return succeeded

    @property
    def is_doubtful(self) -> bool:
        """Return whether the packets of a sound cannot be trusted."""
        if self.is_whole:
            return False
        if self.decoding.failures > _SOME_FAILURES:
            return True
        if self.pcm_rate:
            return False
        if is_packed_pcm(self.stream):
            return True
        decoded, rounding = self.decoding.seconds, 2 * self.decoding.longest_packet
        return (
            self.timeline.untimed * 2 > self.timeline.packets
            or self._clock_is_slow
            or self.recorded_under_forged_clock > 0
            or abs(self._tried - decoded) > decoded * _ROUNDING + rounding
        )

    @property
    def extent(self) -> Extent | None:
        """Return what the stream covers on the clock of the file, without what a player cuts off."""
        extent = self.timeline.extent
        if extent is None or not self.is_sound:
            return extent
        seconds = self._counted
        if seconds is not None and extent.claimed <= extent.end:
            end = extent.first + seconds
            return Extent(extent.first, end, end)
        first, end = extent.first, extent.end
        if self.timeline.head:
            first += cut_at_start(self.timeline.head)
        longest = self.decoding.longest_packet
        if longest and end - extent.last > max(Fraction(_LONG_PACKET), longest):
            end = extent.last + longest
        end -= cut_at_end(self.timeline.tail)
        return replace(extent, first=first, end=max(first, end), claimed=max(extent.claimed, end))

    @property
    def _counted(self) -> Fraction | None:
        """Return the seconds of sound that were counted, where they count more than the clock."""
        if forged := self.recorded_under_forged_clock:
            return forged
        if self.pcm_rate:
            seconds = Fraction(self._bytes, self.pcm_rate)
            gaps = self.timeline.clocked - Fraction(self._bytes + self._cut_bytes, self.pcm_rate)
            return seconds if gaps <= _GAP or self._clock_is_slow else None
        if not self.is_whole:
            return None
        decoded, timeline = self.decoding.seconds, self.timeline
        is_finer = not timeline.has_clock or timeline.clocked - decoded <= _GAP
        return decoded if is_finer or timeline.untimed or self._clock_is_slow else None

    @property
    def recorded_under_forged_clock(self) -> Fraction:
        """Return the seconds of sound that the packets hold where their clock denies most of it, else 0."""
        recorded = self._recorded
        return recorded if recorded > self.timeline.clocked * _FORGED + 1 else Fraction(0)

    @property
    def _recorded(self) -> Fraction:
        if self.pcm_rate:
            return Fraction(self._bytes + self._cut_bytes, self.pcm_rate)
        decoded = self.decoding.seconds if self.is_whole else Fraction(0)
        context = self.stream.codec_context
        if not self.is_sound or not context or context.codec.canonical_name not in _EVEN_FRAMES:
            return decoded
        # A decoder gives fewer frames than there are where their times make no sense.
        return max(decoded, self.timeline.packets * self.decoding.longest_frame)

    @property
    def _clock_is_slow(self) -> bool:
        """Return whether the clock claims more time than the sound has, all along and not just in gaps."""
        packets = self.timeline.packets
        if packets < _FEW:
            return False
        if self.pcm_rate:
            return self._claimed * self._base > self._recorded * _FORGED + 1
        return self.timeline.breaks >= packets * _BROKEN or self._stretched >= max(self._fed, _FEW) * _BROKEN
