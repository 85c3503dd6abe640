"""The pictures of a render: those that its spans show, painted and encoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from av import VideoFrame, VideoStream
from av.packet import Packet
from av.video.frame import PictureType

from roughy_box.media.worker.render.painting import Painter
from roughy_box.media.worker.render.pictures import Pictures
from roughy_box.media.worker.render.spans import Spans

_WAITING = 24 * 1024**2  # bytes of pictures between the decoder and the encoder
_MOST_WAITING = 16


def waiting(size: tuple[int, int]) -> int:
    """Return how many pictures may wait for the encoder."""
    return max(2, min(_MOST_WAITING, _WAITING // (size[0] * size[1] * 3 // 2)))


def painted(pictures: Pictures, painter: Painter, spans: Spans, rate: Fraction) -> Iterator[VideoFrame]:
    """Yield each picture of an output of ``rate`` pictures a second; one that is shown on comes again."""
    for frame in spans.frames(rate):
        yield painter.paint(pictures.at(frame))


def encoded_pictures(stream: VideoStream, pictures: Iterable[VideoFrame]) -> Iterator[Packet[VideoStream]]:
    """Yield the packets of the pictures. A picture gets its time here: it may be the same object as the one before."""
    for number, picture in enumerate(pictures):
        picture.pts, picture.time_base = number, stream.codec_context.time_base
        picture.pict_type = PictureType.NONE
        yield from stream.encode(picture)
    yield from stream.encode(None)
