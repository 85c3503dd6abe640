"""Waveforms of sound. Runs in the child; sound that does not decode has none."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
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


def measure_peaks(file: Readable, duration_ms: int, most: int) -> list[int] | None:
    """Return the peak, 0 to 255, of each of up to ``most`` equal parts of the duration; ``None`` without sound."""
    count = max(1, min(most, duration_ms // _SHORTEST))
    loudest = array("H", bytes(2 * count))
    each = duration_ms * _RATE / 1000 / count
    heard = False
    with open_untrusted(file, formats.demuxers()) as container:
        stream = next((each for each in media_streams(container) if isinstance(each, AudioStream)), None)
        if stream is None or stream.codec_context is None:
            return None
        only(container, stream)
        stream.codec_context.thread_count = 1
        for position, samples in _sound(container, stream):
            if position >= each * count:
                break
            heard = True
            _note(loudest, each, position, samples)
    return [min(255, level * 256 // _LOUDEST) for level in loudest] if heard else None


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


def _note(loudest: array[int], each: float, position: int, samples: memoryview) -> None:
    """Raise the peaks of the parts that ``samples`` belong to."""
    start = 0
    while start < len(samples):
        part = int((position + start) / each)
        if part >= len(loudest):
            return
        end = min(len(samples), max(start + 1, round((part + 1) * each) - position))
        piece = samples[start:end]
        loudest[part] = max(loudest[part], max(piece), -min(piece))
        start = end
