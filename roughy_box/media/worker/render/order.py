"""What the server wants of a render, and what is found for it in the source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av import AudioStream, VideoStream
from av.container import InputContainer

from roughy_box.media import formats
from roughy_box.media.description import Description
from roughy_box.media.render_output import Encoder, RenderOutput
from roughy_box.media.worker.file import Descriptor
from roughy_box.media.worker.open import open_untrusted
from roughy_box.media.worker.render.source import CorruptError
from roughy_box.media.worker.render.spans import Spans
from roughy_box.media.worker.streams import media_streams

_MOST_THREADS = 16  # each holds some pictures; more of them hardly make it faster


class UnsupportedError(Exception):
    """The source has not what the output needs; the text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Order:
    """The arguments of the task."""

    source: Description
    spans: Spans
    output: RenderOutput
    threads: int
    encoder: Encoder

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Order:
        """Return the order that the server sent."""
        source = Description.from_json(arguments["source"])
        spans = Spans(source.rate, [(start, end) for start, end in arguments["segments"]])
        output = RenderOutput(**arguments["output"])
        return cls(
            source, spans, output, min(max(1, arguments["threads"]), _MOST_THREADS), Encoder(**arguments["encoder"])
        )

    @property
    def rate(self) -> Fraction:
        """Return the pictures a second of the output."""
        return Fraction(self.output.frame_rate) if self.output.frame_rate else self.source.rate


@contextmanager
def opened(descriptor: int) -> Iterator[InputContainer]:
    """Open the source for one track: each track reads on its own, so none waits for another one far away.

    Errors: :class:`~roughy_box.media.worker.render.source.CorruptError` when it does not open any more.
    """
    try:
        container = open_untrusted(Descriptor(descriptor), formats.demuxers())
    except av.FFmpegError as error:
        if isinstance(error, MemoryError):
            raise
        raise CorruptError(0.0) from None
    with container:
        yield container


def picture_stream(container: InputContainer) -> VideoStream | None:
    """Return the track of pictures, None where there are no pictures."""
    streams = media_streams(container)
    return next((each for each in streams if isinstance(each, VideoStream) and each.codec_context), None)


def sound_stream(container: InputContainer, source: Description) -> AudioStream | None:
    """Return the default track of sound, None where there is no sound."""
    if not source.tracks:
        return None
    wanted = source.tracks[source.default_track].stream
    for stream in media_streams(container):
        if isinstance(stream, AudioStream) and stream.index == wanted and stream.codec_context:
            return stream
    return None
