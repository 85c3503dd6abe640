"""One sound track as 16 kHz mono samples with their places on the clock."""

from __future__ import annotations

from collections.abc import Iterator

import av
import numpy as np
import numpy.typing as npt
from av import AudioFrame, AudioResampler, AudioStream
from av.packet import Packet

from roughy_box.cutting.sound.levels import RATE

Floats = npt.NDArray[np.float32]

# Clocks are rounded to milliseconds in some formats: less is no gap.
_TOLERANCE = RATE // 50
# Nearer, sound that overlaps is cut; further back, the clock was restarted and the sound goes on.
_OVERLAP = RATE


class Track:
    """Decodes one stream; ``end`` is the position that it has reached, in samples after ``begin`` seconds."""

    def __init__(self, stream: AudioStream, begin: float, longest: float) -> None:
        self.end = 0
        self._begin = begin
        self._longest = round(longest * RATE)
        self._resampler: AudioResampler | None = None
        self._form: tuple[str, str, int] | None = None
        stream.codec_context.thread_count = 1

    def decode(self, packet: Packet[AudioStream]) -> Iterator[tuple[int, Floats]]:
        """Yield the sound of a packet, with where it starts; damaged parts are left out."""
        try:
            frames = packet.decode()
        except MemoryError:
            raise
        except av.FFmpegError:
            return
        for frame in frames:
            skipped = self._place(frame)
            for samples in self._mono(frame):
                heard = samples[skipped:]
                skipped -= len(samples) - len(heard)
                if len(heard) and self.end < self._longest:
                    yield self.end, heard[: self._longest - self.end]
                    self.end += len(heard)

    def _place(self, frame: AudioFrame) -> int:
        """Move to where the clock says that ``frame`` starts; return how many of its samples came before."""
        if frame.time is None:
            return 0
        lead = round((frame.time - self._begin) * RATE) - self.end
        if lead > _TOLERANCE and self.end + lead < self._longest:
            self.end += lead
        return -lead if -_OVERLAP <= lead < -_TOLERANCE else 0

    def _mono(self, frame: AudioFrame) -> Iterator[Floats]:
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or form != self._form:
            self._form = form
            self._resampler = AudioResampler(format="flt", layout=frame.layout, rate=RATE)
        frame.pts = None
        for piece in self._resampler.resample(frame):
            yield _mixed_down(piece)


def _mixed_down(frame: AudioFrame) -> Floats:
    """Return one channel: more than two are microphones of their own more often than loudspeakers.

    Not by ``to_ndarray``: PyAV 18.1 reads beyond the planes of a layout without names, "8 channels".
    """
    count = frame.layout.nb_channels
    channels = np.frombuffer(memoryview(frame.planes[0]), dtype=np.float32, count=count * frame.samples).reshape(
        -1, count
    )
    samples: Floats = channels.sum(axis=1, dtype=np.float32) / np.float32(count if count <= 2 else count**0.5)
    return np.nan_to_num(samples, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
