"""All sound tracks of a file, decoded once and mixed to mono, 16 kHz, in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import av
import numpy as np
import numpy.typing as npt
from av import AudioStream, VideoStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard

from roughy_box.cutting.sound.levels import RATE
from roughy_box.media import formats
from roughy_box.media.worker.confine import memory_is_left
from roughy_box.media.worker.file import Readable
from roughy_box.media.worker.listen.mixer import Mixer
from roughy_box.media.worker.listen.track import Track
from roughy_box.media.worker.open import open_untrusted
from roughy_box.media.worker.streams import media_streams, time_base

_BEHIND = 30 * RATE  # samples: a track that is further behind has ended, or starts later
_MARGIN = 1.0  # seconds that sound may be longer than the asset


@dataclass(frozen=True, slots=True)
class MixedSound:
    """The sound of a file: ``begin`` is its first sample, ``picture`` the first picture, on the file's own clock.

    ``picture`` is None without pictures.
    """

    begin: float
    picture: float | None
    tracks: int
    chunks: Iterator[npt.NDArray[np.int16]]

    @property
    def offset(self) -> float:
        """Return the seconds from the first picture to the first sample."""
        return 0.0 if self.picture is None else self.begin - self.picture


@contextmanager
def mixed_sound(file: Readable, duration: float) -> Iterator[MixedSound | None]:
    """Open the sound of a file that plays ``duration`` seconds; None where it has none.

    Every chunk but the last has ``CHUNK`` samples.
    """
    with open_untrusted(file, formats.demuxers()) as container:
        streams = media_streams(container)
        audio = [each for each in streams if isinstance(each, AudioStream) and each.codec_context]
        if not audio:
            yield None
            return
        for stream in container.streams:
            if stream not in audio:
                stream.discard = Discard.all
        begin = _begin(container, audio)
        pictures = [each for each in streams if isinstance(each, VideoStream)]
        picture = _begin(container, pictures) if pictures else None
        yield MixedSound(begin, picture, len(audio), _chunks(container, audio, begin, duration + _MARGIN))


def _begin(container: InputContainer, streams: list[AudioStream] | list[VideoStream]) -> float:
    starts = [each.start_time * time_base(each) for each in streams if each.start_time is not None]
    return float(min(starts, default=Fraction(container.start_time or 0, av.time_base)))


def _chunks(
    container: InputContainer, streams: list[AudioStream], begin: float, longest: float
) -> Iterator[npt.NDArray[np.int16]]:
    tracks = {stream.index: Track(stream, begin, longest) for stream in streams}
    mixer = Mixer(len(tracks))
    for packet in _packets(container, streams):
        for start, samples in tracks[packet.stream.index].decode(packet):
            ends = [track.end for track in tracks.values()]
            yield from mixer.until(max(min(ends), max(ends) - _BEHIND))
            mixer.add(start, samples)
    yield mixer.rest()


def _packets(container: InputContainer, streams: list[AudioStream]) -> Iterator[Packet[AudioStream]]:
    """Every packet up to the end, or to the first place that cannot be read on from."""
    try:
        yield from cast("Iterator[Packet[AudioStream]]", container.demux(*streams))
    except MemoryError:
        if not memory_is_left():
            raise
    except (av.FFmpegError, IndexError):
        return
