"""Posters of videos. Runs in the child; a video that does not decode has none."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice

import av
from av import VideoFrame, VideoStream
from av.codec import CodecContext
from av.container import InputContainer
from av.filter import Graph
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext

from roughy_box.media import formats
from roughy_box.media.worker.file import Readable
from roughy_box.media.worker.open import MAX_PIXELS, open_untrusted
from roughy_box.media.worker.orientation import orientation_of
from roughy_box.media.worker.streams import media_streams, only, time_base

SIDE = 640  # pixels, the longer one
# As parts of the duration: the beginning is often black or a slate.
_PLACES = (Fraction(1, 10), Fraction(1, 3), Fraction(2, 3))
_FAR = 5000  # packets searched for key frames
_TRIES = 250  # packets decoded where no frame is marked as a key frame
_TICK = Fraction(1, 25)


def draw_poster(file: Readable) -> bytes | None:
    """Return a JPEG of a telling frame, upright, at most 640 pixels wide and high; ``None`` without video."""
    with open_untrusted(file, formats.demuxers()) as container:
        stream = next((each for each in media_streams(container) if isinstance(each, VideoStream)), None)
        if stream is None or stream.codec_context is None:
            return None
        only(container, stream)
        stream.codec_context.thread_count = 1
        stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        stream.codec_context.skip_frame = "NONKEY"
        pictures = [_jpeg(frame, stream) for frame in islice(_frames(container, stream), len(_PLACES))]
    # Black, blurred and empty frames compress best, so the largest JPEG shows most.
    return max(pictures, key=len, default=None)


def _frames(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Yield a key frame from each of a few places; where none is marked, the first frame that decodes."""
    found = False
    for place in _PLACES if container.duration else (Fraction(0),):
        for frame in islice(_key_frames(container, stream, place), 1):
            found = True
            yield frame
    if not found:
        stream.codec_context.skip_frame = "DEFAULT"
        for packet in islice(_packets(container, stream, 0), _TRIES):
            yield from _decode(stream, packet)


def _key_frames(container: InputContainer, stream: VideoStream, place: Fraction) -> Iterator[VideoFrame]:
    seconds = Fraction(container.duration or 0, av.time_base) * place
    offset = int(seconds / time_base(stream)) + (stream.start_time or 0)
    for packet in _packets(container, stream, offset):
        if packet.is_keyframe:
            # Flushed at once: a decoder delays frames until those that follow arrive.
            yield from [*_decode(stream, packet), *_decode(stream, None)]
            stream.codec_context.flush_buffers()


def _packets(container: InputContainer, stream: VideoStream, offset: int) -> Iterator[Packet[VideoStream]]:
    try:
        container.seek(offset, stream=stream)
        yield from islice(container.demux(stream), _FAR)
    except av.FFmpegError:
        return


def _decode(stream: VideoStream, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
    try:
        return stream.codec_context.decode(packet)
    except av.FFmpegError:
        return []


def _jpeg(frame: VideoFrame, stream: VideoStream) -> bytes:
    shown = _upright(frame, stream.sample_aspect_ratio or Fraction(1))
    encoder = CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = shown.width, shown.height, "yuvj420p"
    encoder.time_base = _TICK
    encoder.options = {"qmin": "3", "qmax": "5"}
    shown.pts = 0
    return b"".join(bytes(packet) for packet in (*encoder.encode(shown), *encoder.encode(None)))


def _upright(frame: VideoFrame, pixel_shape: Fraction) -> VideoFrame:
    """Return ``frame`` with square pixels, rotated as the camera was held, scaled down."""
    shape = pixel_shape if Fraction(1, 4) < pixel_shape < 4 else Fraction(1)
    scale = min(Fraction(SIDE) / (frame.width * shape), Fraction(SIDE, frame.height), Fraction(1))
    width, height = (max(2, round(side * scale / 2) * 2) for side in (frame.width * shape, frame.height))
    steps = [("scale", f"{width}:{height}"), ("setsar", "1")]
    steps += orientation_of(frame).filters
    graph = Graph()
    last = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=_TICK)
    for name, arguments in [*steps, ("format", "yuvj420p"), ("buffersink", "")]:
        following = graph.add(name, arguments)
        last.link_to(following)
        last = following
    graph.configure()
    frame.pts = 0
    graph.push(frame)
    shown = graph.pull()
    assert isinstance(shown, VideoFrame)
    return shown
