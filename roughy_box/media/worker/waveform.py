"""Waveforms of sound, coarse and detailed. Runs in the child; sound that does not decode has none."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import av
from av import AudioResampler, AudioStream
from av.container import InputContainer

from roughy_box.media import formats
from roughy_box.media.worker.file import Readable
from roughy_box.media.worker.open import open_untrusted
from roughy_box.media.worker.streams import media_streams, only

_SHORTEST = 10  # milliseconds of a peak
_RATE = 8000  # samples a second: enough for a picture
_LOUDEST = 32768
_STEP = 256  # levels of 16 bits in one of 8


def measure_peaks(file: Readable, duration_ms: int, most: int) -> list[int] | None:
    """Return the peak, 0 to 255, of each of up to ``most`` equal parts of the duration; ``None`` without sound."""
    count = max(1, min(most, duration_ms // _SHORTEST))
    extremes = _Extremes(count, duration_ms * _RATE / 1000 / count)
    if not _measure(file, extremes):
        return None
    levels = (max(high, -low) for low, high in zip(extremes.lows, extremes.highs, strict=True))
    return [min(255, level * 256 // _LOUDEST) for level in levels]


def measure_extremes(file: Readable, duration_ms: int, rate: int) -> bytes | None:
    """Return the lowest and the highest level of each of ``rate`` parts a second; ``None`` without sound.

    Two signed bytes a part, in turns: a range of bytes is a range of time.
    """
    count = -(-duration_ms * rate // 1000)
    extremes = _Extremes(count, _RATE / rate)
    if not _measure(file, extremes):
        return None
    levels = array("b", bytes(2 * count))
    levels[::2] = array("b", (low // _STEP for low in extremes.lows))
    levels[1::2] = array("b", (high // _STEP for high in extremes.highs))
    return levels.tobytes()


@dataclass(slots=True)
class _Extremes:
    """The lowest and highest sample of each of ``count`` parts of ``each`` samples."""

    count: int
    each: float
    lows: array[int] = field(init=False)
    highs: array[int] = field(init=False)

    def __post_init__(self) -> None:
        self.lows, self.highs = array("h", bytes(2 * self.count)), array("h", bytes(2 * self.count))

    def note(self, position: int, samples: memoryview) -> None:
        """Widen the extremes of the parts that ``samples`` belong to."""
        start = 0
        while start < len(samples):
            part = int((position + start) / self.each)
            if part >= self.count:
                return
            end = min(len(samples), max(start + 1, round((part + 1) * self.each) - position))
            piece = samples[start:end]
            self.lows[part] = min(self.lows[part], min(piece))
            self.highs[part] = max(self.highs[part], max(piece))
            start = end


def _measure(file: Readable, extremes: _Extremes) -> bool:
    """Measure the first track of sound, and return whether any was heard."""
    heard = False
    with open_untrusted(file, formats.demuxers()) as container:
        stream = next((each for each in media_streams(container) if isinstance(each, AudioStream)), None)
        if stream is None or stream.codec_context is None:
            return False
        only(container, stream)
        stream.codec_context.thread_count = 1
        for position, samples in _sound(container, stream):
            if position >= extremes.each * extremes.count:
                break
            heard = True
            extremes.note(position, samples)
    return heard


def _sound(container: InputContainer, stream: AudioStream) -> Iterator[tuple[int, memoryview]]:
    """Yield pieces of the sound with their start, in samples since the start of the media.

    Damaged parts are skipped; the sound after them is placed by its clock, never before earlier sound.
    """
    resampler = AudioResampler(format="s16", layout="mono", rate=_RATE)
    begin = float(Fraction(container.start_time or 0, av.time_base))
    position = 0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue
        for frame in frames:
            if frame.time is not None:
                position = max(position, round((frame.time - begin) * _RATE))
            frame.pts = None
            for piece in resampler.resample(frame):
                yield position, memoryview(piece.planes[0]).cast("B")[: 2 * piece.samples].cast("h")
                position += piece.samples
