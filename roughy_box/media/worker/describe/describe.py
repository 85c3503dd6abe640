"""The description of a file, from its headers, its first and its last packets, and one decoded picture."""

from __future__ import annotations

from fractions import Fraction

import av
from av import AudioStream, VideoStream
from av.container import InputContainer
from av.stream import Disposition

from roughy_box.cutting.grid import Grid, standard_rate
from roughy_box.domain.asset import MediaType
from roughy_box.media import formats
from roughy_box.media.description import Description, PictureSize, SoundTrack
from roughy_box.media.worker.describe.extent import measure_extent
from roughy_box.media.worker.describe.timecode import find_samples, find_timecode
from roughy_box.media.worker.file import Readable
from roughy_box.media.worker.open import MAX_PIXELS, open_untrusted
from roughy_box.media.worker.orientation import Orientation, orientation_of
from roughy_box.media.worker.streams import media_streams, time_base

_FASTEST = 240  # frames a second; what claims more is a clock and no rate
_USUAL = Fraction(30)
_TRIES = 250  # packets decoded in search of a picture


def describe(file: Readable, media_type: MediaType, duration_ms: int) -> Description | None:
    """Return the description of a file that was measured before; None where it does not open any more."""
    duration = Fraction(duration_ms, 1000)
    try:
        with open_untrusted(file, formats.demuxers()) as container:
            streams = media_streams(container)
            sounds = [each for each in streams if isinstance(each, AudioStream) and each.codec_context]
            pictures = [each for each in streams if isinstance(each, VideoStream) and each.codec_context]
            if media_type == "video" and pictures:
                return _of_video(file, container, pictures[0], sounds, duration)
            return _of_sound(container, sounds, duration) if sounds else None
    except av.FFmpegError:
        return None


def _of_video(
    file: Readable, container: InputContainer, stream: VideoStream, sounds: list[AudioStream], duration: Fraction
) -> Description | None:
    rate = _rate(stream)
    extent = measure_extent(container, stream, rate, duration)
    picture = _picture(container, stream)
    if picture is None:
        return None
    start = _start(container)
    shown = _shown_duration(container, duration)
    offset = max(Fraction(0), extent.first - start)
    length = max(1, round(min(extent.end - extent.first, duration + 1 / rate) * rate))
    return Description(
        rate=rate,
        length=length,
        duration=max(shown, offset + length / rate),
        picture=picture,
        tracks=_tracks(sounds),
        default_track=_default(sounds),
        offset=offset,
        file_start=start,
        variable_rate=extent.variable,
        timecode=find_timecode(file, container, stream, rate),
        sound=_sound(sounds, start, start + duration, start + offset),
    )


def _of_sound(container: InputContainer, sounds: list[AudioStream], duration: Fraction) -> Description:
    grid = Grid.of_sound(float(duration))
    start = _start(container)
    first = min((each.start_time * time_base(each) for each in sounds if each.start_time is not None), default=start)
    offset = max(Fraction(0), first - start)
    return Description(
        rate=grid.rate,
        length=grid.length,
        duration=max(_shown_duration(container, duration), offset + grid.length / grid.rate),
        tracks=_tracks(sounds),
        default_track=_default(sounds),
        offset=offset,
        file_start=start,
        samples=find_samples(container),
    )


def _rate(stream: VideoStream) -> Fraction:
    """Return the rate of the grid: ``average_rate`` of a variable rate is none (measured)."""
    for rate in (stream.guessed_rate, stream.base_rate, stream.average_rate):
        if rate and 1 <= rate <= _FASTEST:
            return standard_rate(Fraction(rate))
    return _USUAL


def _start(container: InputContainer) -> Fraction:
    return Fraction(container.start_time or 0, av.time_base)


def _shown_duration(container: InputContainer, duration: Fraction) -> Fraction:
    return Fraction(container.duration, av.time_base) if container.duration else duration


def _tracks(sounds: list[AudioStream]) -> tuple[SoundTrack, ...]:
    return tuple(
        SoundTrack(max(1, each.codec_context.channels), each.codec_context.sample_rate or 48000, each.index)
        for each in sounds
    )


def _sound(
    sounds: list[AudioStream], start: Fraction, end: Fraction, zero: Fraction
) -> tuple[Fraction, Fraction] | None:
    """Return the start and the end of the default track, counted from ``zero``, in a file from ``start`` to ``end``."""
    if not sounds:
        return None
    stream = sounds[_default(sounds)]
    base = time_base(stream)
    first = start if stream.start_time is None else stream.start_time * base
    last = min(end, first + stream.duration * base) if stream.duration else end
    return first - zero, last - zero


def _default(sounds: list[AudioStream]) -> int:
    marked = (index for index, each in enumerate(sounds) if each.disposition & Disposition.default)
    return next(marked, 0)


def _picture(container: InputContainer, stream: VideoStream) -> PictureSize | None:
    """Return the size of the pictures; how they are turned is known once one is decoded."""
    stream.codec_context.thread_count = 1
    stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    orientation, width, height = Orientation(0, False), stream.codec_context.width, stream.codec_context.height
    try:
        container.seek(stream.start_time or 0, stream=stream)
        for count, packet in enumerate(container.demux(stream)):
            if frames := packet.decode():
                orientation, width, height = orientation_of(frames[0]), frames[0].width, frames[0].height
                break
            if count >= _TRIES:
                break
    except (av.FFmpegError, IndexError):
        pass
    if not (width and height):
        return None
    aspect = stream.sample_aspect_ratio or Fraction(1)
    aspect = aspect if Fraction(1, 10) <= aspect <= 10 else Fraction(1)
    return PictureSize(width, height, aspect, *orientation)
