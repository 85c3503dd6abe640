"""Which streams of a container count, and what they make of it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from av import AudioStream, VideoStream
from av.container import InputContainer
from av.stream import Disposition

from roughy_box.domain.asset import MediaKind
from roughy_box.media.formats import Family

MediaStream = AudioStream | VideoStream


def media_streams(container: InputContainer) -> list[MediaStream]:
    """The audio and video of ``container``; cover pictures and chapter thumbnails are neither.

    They die with the container: a stream asked after its close takes the process down.
    """
    return [
        stream
        for stream in container.streams
        if isinstance(stream, MediaStream) and not stream.disposition & Disposition.attached_pic
    ]


def kind_of(family: Family, streams: Sequence[MediaStream]) -> MediaKind:
    """The kind of a container of ``family`` that holds ``streams``."""
    if any(stream.type == "video" for stream in streams):
        return family.kind("video")
    codecs = [stream.codec_context.codec.canonical_name for stream in streams if stream.codec_context]
    return family.kind("audio", *codecs[:1])


def is_pcm(stream: MediaStream) -> bool:
    """Whether ``stream`` is plain samples, whose number follows from the size of its packets."""
    return bool(stream.codec_context) and stream.codec_context.codec.canonical_name.startswith("pcm_")


def time_base(stream: MediaStream) -> Fraction:
    """Seconds of one tick; ffmpeg always sets it when it reads, its type just does not say so."""
    assert stream.time_base
    return stream.time_base
