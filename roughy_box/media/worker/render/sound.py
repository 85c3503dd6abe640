"""The sound of a render: the samples of its spans, encoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from av import AudioFrame, AudioStream
from av.container import OutputContainer
from av.packet import Packet

from roughy_box.media.worker.render.joints import Floats, Source, joined
from roughy_box.media.worker.render.mp3 import CODEC, Mp3
from roughy_box.media.worker.render.spans import Piece

_CODECS = {"mp3": CODEC}
_LAYOUTS = {1: "mono", 2: "stereo"}
_COMMON = (32000, 44100, 48000)


def sample_rate(of_source: int) -> int:
    """Return the rate of the output: rates that every player and every bit rate of an encoder can do."""
    if of_source in _COMMON:
        return of_source
    return 44100 if of_source % 11025 == 0 else 48000


def add_sound(container: OutputContainer, format_: str, rate: int, channels: int, bits: int) -> AudioStream:
    """Add a track of AAC or MP3, of ``bits`` a second."""
    stream = container.add_stream(_CODECS.get(format_, "aac"), rate=rate, bit_rate=bits)
    assert isinstance(stream, AudioStream)
    stream.codec_context.layout = _LAYOUTS[channels]
    stream.codec_context.format = "fltp"
    return stream


def encoded_sound(stream: AudioStream, source: Source, pieces: Sequence[Piece]) -> Iterator[Packet[AudioStream]]:
    """Yield the packets of the sound, one piece faded into the next."""
    codec = stream.codec_context
    sound = _in_channels(joined(source, pieces, codec.sample_rate), codec.channels)
    yield from Mp3(stream).packets(sound) if codec.name == CODEC else _encoded(stream, sound)


def _in_channels(sound: Iterable[Floats], channels: int) -> Iterator[Floats]:
    for samples in sound:
        yield samples if samples.shape[1] == channels else np.repeat(samples, channels, axis=1)


def _encoded(stream: AudioStream, sound: Iterable[Floats]) -> Iterator[Packet[AudioStream]]:
    codec = stream.codec_context
    written = 0
    for samples in sound:
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), format="fltp", layout=codec.layout.name)
        frame.sample_rate, frame.pts = codec.sample_rate, written
        written += len(samples)
        yield from stream.encode(frame)
    yield from stream.encode(None)
