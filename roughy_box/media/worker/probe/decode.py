"""Whether a stream decodes, and how much sound comes out of it."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import av
from av import AudioFrame
from av.packet import Packet

from roughy_box.media.worker.open import MAX_PIXELS
from roughy_box.media.worker.streams import MediaStream

# A stream that starts between two key frames needs a while; one that needs more is broken.
_TRIAL_PACKETS = 250


class Decoding:
    """The decoder of one stream and the account of what it gave."""

    def __init__(self, stream: MediaStream) -> None:
        self.stream = stream
        self.frames = 0
        self._packets = 0
        self._failures = 0
        self._samples: Counter[int] = Counter()
        self.longest_frame = Fraction(0)
        if stream.codec_context:
            stream.codec_context.thread_count = 1
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}

    @property
    def undecided(self) -> bool:
        """Whether the stream may still prove that it decodes: no frame yet, and not tried for long."""
        return not self.frames and self._packets < _TRIAL_PACKETS

    @property
    def works(self) -> bool:
        """Whether frames came out and no more than half of the packets failed."""
        return self.frames > 0 and self._failures * 2 <= self._packets

    @property
    def seconds(self) -> Fraction:
        """How long the decoded sound plays."""
        return sum((Fraction(samples, rate) for rate, samples in self._samples.items()), Fraction(0))

    def feed(self, packet: Packet[MediaStream]) -> None:
        """Decode one packet; the empty one at the end makes the decoder give what it holds back."""
        self._packets += 1
        # Encrypted bytes now and then pass for frames of noise.
        if not self.stream.codec_context or packet.has_sidedata("encryption_info"):
            self._failures += 1
            return
        try:
            frames = packet.decode()
        except MemoryError:
            raise
        except av.FFmpegError:
            self._failures += 1
            return
        self.frames += len(frames)
        for frame in frames:
            if isinstance(frame, AudioFrame):
                self._samples[frame.sample_rate] += frame.samples
                self.longest_frame = max(self.longest_frame, Fraction(frame.samples, frame.sample_rate))
