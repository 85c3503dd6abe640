"""The audio and video streams of a container, and the media kind that follows from them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from av import AudioStream, VideoStream
from av.audio.codeccontext import AudioCodecContext
from av.container import InputContainer
from av.stream import Discard, Disposition

from roughy_box.domain.asset import MediaKind
from roughy_box.media.formats import Family

MediaStream = AudioStream | VideoStream
_PLAIN_SAMPLES = re.compile(r"pcm_(?:[usf](8|16|24|32|64)(?:le|be)?(?:_planar)?|alaw|mulaw)")


def media_streams(container: InputContainer) -> list[MediaStream]:
    """Return the audio and video streams of ``container``, without cover pictures and chapter thumbnails.

    Do not use a stream after its container was closed: that crashes the process.
    """
    return [
        stream
        for stream in container.streams
        if isinstance(stream, MediaStream) and not stream.disposition & Disposition.attached_pic
    ]


def only(container: InputContainer, wanted: MediaStream) -> None:
    """Make the demuxer skip every other stream, where the format supports it."""
    for stream in container.streams:
        if stream.index != wanted.index:
            stream.discard = Discard.all


def kind_of(family: Family, streams: Sequence[MediaStream]) -> MediaKind:
    """Return the kind of a container of ``family`` that holds ``streams``."""
    if any(stream.type == "video" for stream in streams):
        return family.kind("video")
    codecs = [stream.codec_context.codec.canonical_name for stream in streams if stream.codec_context]
    return family.kind("audio", *codecs[:1])


def pcm_rate(stream: MediaStream) -> int:
    """Return the bytes of one second of PCM; 0 for any other sound.

    The PCM of DVD and Blu-ray has headers in its packets and must be decoded.
    """
    context = stream.codec_context
    plain = _PLAIN_SAMPLES.fullmatch(context.codec.canonical_name) if context else None
    if not plain or not isinstance(context, AudioCodecContext):
        return 0
    return int(plain[1] or 8) // 8 * context.channels * context.sample_rate


def is_packed_pcm(stream: MediaStream) -> bool:
    """Return whether the stream is PCM with headers in its packets, as on discs."""
    context = stream.codec_context
    return bool(context) and context.codec.canonical_name.startswith("pcm_") and not pcm_rate(stream)


def time_base(stream: MediaStream) -> Fraction:
    """Return the seconds of one tick. ffmpeg always sets it on input, though PyAV types it as optional."""
    assert stream.time_base
    return stream.time_base
