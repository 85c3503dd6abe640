"""Trial decoding of a stream: the proof that it plays, and a count of the sound that comes out."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import av
from av import AudioFrame
from av.packet import Packet

from roughy_box.media.worker.open import MAX_PIXELS
from roughy_box.media.worker.streams import MediaStream

# A stream gives its first frame within this many packets after a key frame, or it is broken.
_TRIAL_PACKETS = 250
# After a jump a decoder may fail on packets that refer to those it did not get.
_PREROLL = 2


class Decoding:
    """The decoder of one stream and the count of its frames and failures."""

    def __init__(self, stream: MediaStream) -> None:
        self.stream = stream
        self.frames = 0
        self.failures = 0
        self.longest_frame = Fraction(0)
        self.longest_packet = Fraction(0)
        self._packets = 0
        self._preroll = 0
        # Every packet of sound stands alone; pictures before a key frame refer to others that are missing.
        self._awaits_key = stream.type == "video"
        self._before_key = 0
        self._samples: Counter[int] = Counter()
        if stream.codec_context:
            stream.codec_context.thread_count = 1
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}

    @property
    def undecided(self) -> bool:
        """Return whether no frame came yet, and too few packets were tried to give up."""
        return not self.frames and self._packets < _TRIAL_PACKETS

    @property
    def works(self) -> bool:
        """Return whether frames came out and no more than half of the packets failed."""
        return self.frames > 0 and self.failures * 2 <= self._packets

    @property
    def seconds(self) -> Fraction:
        """Return the seconds of decoded sound."""
        return sum((Fraction(samples, rate) for rate, samples in self._samples.items()), Fraction(0))

    def restart(self) -> None:
        """Prepare for packets that do not follow those before."""
        self._preroll = _PREROLL
        if self.stream.codec_context and self.stream.codec_context.is_open:
            self.stream.codec_context.flush_buffers()

    def feed(self, packet: Packet[MediaStream]) -> bool:
        """Decode one packet and return whether that went well; an empty one flushes the decoder."""
        if self._awaits_key and self._passes_by(packet):
            return True
        is_preroll = self._preroll > 0
        self._preroll -= is_preroll
        self._packets += not is_preroll
        frames = self._decode(packet)
        if frames is None:
            self.failures += not is_preroll
            return is_preroll
        self.frames += len(frames)
        played = Fraction(0)
        for frame in frames:
            if isinstance(frame, AudioFrame):
                self._samples[frame.sample_rate] += frame.samples
                seconds = Fraction(frame.samples, frame.sample_rate)
                played += seconds
                self.longest_frame = max(self.longest_frame, seconds)
        self.longest_packet = max(self.longest_packet, played)
        return True

    def _passes_by(self, packet: Packet[MediaStream]) -> bool:
        """Return whether ``packet`` is skipped because the first key frame is still to come.

        Some codecs mark no frame as one, so a number of packets is tried all the same.
        """
        if packet.is_keyframe or not packet.size:
            self._awaits_key = False
            return False
        self._before_key += 1
        if self._before_key <= _TRIAL_PACKETS:
            self.frames += len(self._decode(packet) or ())
        return True

    def _decode(self, packet: Packet[MediaStream]) -> list[object] | None:
        """Return the frames of a packet, ``None`` if it fails."""
        # Encrypted bytes now and then decode to frames of noise.
        if not self.stream.codec_context or packet.has_sidedata("encryption_info"):
            return None
        try:
            return list(packet.decode())
        except MemoryError:
            raise
        except av.FFmpegError:
            return None
