"""The two tracks of a render, each with its own reader of the source and its own threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from fractions import Fraction

from av import AudioStream, VideoStream
from av.container import OutputContainer
from av.packet import Packet

from roughy_box.media.render_output import picture_size, sound_rate, video_rate
from roughy_box.media.worker.render.ahead import Ahead
from roughy_box.media.worker.render.encoders import Encoding, add_pictures
from roughy_box.media.worker.render.order import Order, UnsupportedError, opened, picture_stream, sound_stream
from roughy_box.media.worker.render.painting import Colors, Painter
from roughy_box.media.worker.render.pictures import Pictures
from roughy_box.media.worker.render.samples import Samples
from roughy_box.media.worker.render.sound import add_sound, encoded_sound, sample_rate
from roughy_box.media.worker.render.source import FAR, Track
from roughy_box.media.worker.render.spans import Missing
from roughy_box.media.worker.render.video import encoded_pictures, painted, waiting
from roughy_box.media.worker.render.window import Window

_PACKETS = 256  # that wait for the other track


class PictureTrack:
    """The pictures: decoded and painted in one thread, encoded in another."""

    def __init__(
        self,
        order: Order,
        track: Track[VideoStream],
        scout: Track[VideoStream] | None,
        container: OutputContainer,
    ) -> None:
        picture = order.source.picture
        assert picture
        self._order = order
        self._track = track
        self._size = picture_size(picture, order.output.resolution)
        self._pictures = Pictures(track, order.source, scout, order.threads)
        self._painter = Painter(picture, self._size, order.threads)
        first = self._painter.paint(self._pictures.at(next(order.spans.frames(order.rate))))
        most = video_rate(order.output, min(self._size), track.bits)
        encoding = Encoding(self._size, order.rate, Colors.of(first), most, bool(order.output.video_bitrate))
        self._stream = add_pictures(container, encoding, order.encoder, order.threads)

    @classmethod
    def of(
        cls, order: Order, source: int, container: OutputContainer, stack: ExitStack, on_work: Callable[[], None]
    ) -> PictureTrack | None:
        """Return the track with its first picture decoded, None where the output has no pictures.

        Errors: :class:`UnsupportedError`, :class:`~roughy_box.media.worker.render.source.CorruptError`.
        """
        if not order.output.has_picture:
            return None
        track = _picture_track(order, source, stack, order.threads, on_work)
        has_gap = order.spans.longest_gap > FAR * order.source.rate
        scout = _picture_track(order, source, stack, 1, on_work) if has_gap else None
        return cls(order, track, scout, container)

    @property
    def duration(self) -> Fraction:
        """Return the seconds of all pictures."""
        return self._order.spans.pictures(self._order.rate) / self._order.rate

    @property
    def damages(self) -> int:
        """Return the number of places that did not decode."""
        return self._track.damages

    def find_missing(self) -> Missing | None:
        """Return what the source has no pictures for, after the last packet."""
        end = self._pictures.end
        return None if end is None else self._order.spans.missing(end)

    @property
    def keeps_hdr(self) -> bool:
        """Return whether the pictures are HDR as they were."""
        return self._painter.keeps_hdr

    def packets(self, stack: ExitStack) -> Iterable[Packet[VideoStream]]:
        """Return the encoded pictures; the threads that make them end with ``stack``."""
        order = self._order
        pictures = painted(self._pictures, self._painter, order.spans, order.rate)
        ahead = stack.enter_context(Ahead(pictures, waiting(self._size)))
        return stack.enter_context(Ahead(encoded_pictures(self._stream, ahead), _PACKETS))


class SoundTrack:
    """The sound: decoded, cut and encoded in one thread."""

    def __init__(self, order: Order, track: Track[AudioStream], container: OutputContainer, channels: int) -> None:
        output = order.output
        rate = sample_rate(track.stream.codec_context.sample_rate)
        self._spans = order.spans
        self._track = track
        self._pieces = order.spans.pieces(rate)
        self._rate = rate
        is_alone = order.source.picture is None and len(order.source.tracks) == 1
        least = int(order.source.length / order.source.rate * rate) if is_alone else 0
        self._window = Window(Samples(track, rate, min(2, channels)), track, least)
        written = 2 if output.has_picture else min(2, channels)
        self._stream = add_sound(container, output.format, rate, written, sound_rate(output))

    @classmethod
    def of(
        cls, order: Order, source: int, container: OutputContainer, stack: ExitStack, on_work: Callable[[], None]
    ) -> SoundTrack | None:
        """Return the track, None where there is no sound beside the pictures.

        Errors: :class:`UnsupportedError`, :class:`~roughy_box.media.worker.render.source.CorruptError`.
        """
        read = stack.enter_context(opened(source))
        stream = sound_stream(read, order.source)
        if stream is None:
            if order.output.has_picture:
                return None
            raise UnsupportedError("The source has no sound; render it as mp4 or mov.")
        channels = order.source.tracks[order.source.default_track].channels
        return cls(order, Track(read, stream, order.source, 1, on_work), container, channels)

    @property
    def duration(self) -> Fraction:
        """Return the seconds of all samples."""
        return Fraction(sum(piece.length for piece in self._pieces), self._rate)

    @property
    def damages(self) -> int:
        """Return the number of places that did not decode."""
        return self._track.damages

    def find_missing(self) -> Missing | None:
        """Return what the source has no sound for, after the last packet."""
        end = self._window.find_end()
        return None if end is None else self._spans.missing(end)

    def packets(self, stack: ExitStack) -> Iterable[Packet[AudioStream]]:
        """Return the encoded sound; the thread that makes it ends with ``stack``."""
        return stack.enter_context(Ahead(encoded_sound(self._stream, self._window, self._pieces), _PACKETS))


def _picture_track(
    order: Order, source: int, stack: ExitStack, threads: int, on_work: Callable[[], None]
) -> Track[VideoStream]:
    read = stack.enter_context(opened(source))
    stream = picture_stream(read)
    if stream is None or order.source.picture is None:
        raise UnsupportedError("The source has no picture; render it as m4a or mp3.")
    return Track(read, stream, order.source, threads, on_work)
