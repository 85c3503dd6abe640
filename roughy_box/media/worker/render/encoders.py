"""The encoders of pictures: H.264 by x264, or by a device."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import av
from av import VideoFrame, VideoStream
from av.codec.codec import UnknownCodecError
from av.codec.hwaccel import HWAccel
from av.container import OutputContainer

from roughy_box.media.worker.render.painting import FORMAT, Colors

_QUALITY = 20  # of x264, where 18 can hardly be told from the source
_KEY_FRAMES = 2  # seconds from one to the next
_TRIED = (640, 360)
_TRIES = 4
_BUFFER = 2  # seconds over which the largest rate is averaged


@dataclass(frozen=True, slots=True)
class _Encoder:
    """An encoder of ffmpeg's: its settings, those that aim at a quality, and the kind of device that it needs."""

    codec: str
    settings: Mapping[str, str]
    quality: Mapping[str, str] = field(default_factory=dict)
    device: str | None = None


ENCODERS: Mapping[str, _Encoder] = {
    "x264": _Encoder("libx264", {"preset": "veryfast", "profile": "high"}, {"crf": str(_QUALITY)}),
    "vaapi": _Encoder("h264_vaapi", {"profile": "high", "rc_mode": "VBR"}, device="vaapi"),
    "nvenc": _Encoder("h264_nvenc", {"profile": "high", "preset": "p4", "rc": "vbr"}, {"cq": "23"}),
    "videotoolbox": _Encoder("h264_videotoolbox", {"profile": "high", "allow_sw": "0"}),
}


@dataclass(frozen=True, slots=True)
class Encoding:
    """The pictures to encode: size, rate and colors, and the most bits a second; all of them if ``is_wanted``."""

    size: tuple[int, int]
    rate: Fraction
    colors: Colors
    most: int
    is_wanted: bool = False


def add_pictures(container: OutputContainer, pictures: Encoding, encoder: str, threads: int) -> VideoStream:
    """Add a track of H.264 High, 4:2:0, 8 bits. Errors: ``av.FFmpegError``, ``ValueError`` without the encoder."""
    chosen = ENCODERS[encoder]
    aims_at_rate = pictures.is_wanted or not chosen.quality
    stream = container.add_stream(
        chosen.codec,
        rate=pictures.rate,
        options={
            **chosen.settings,
            **({} if aims_at_rate else chosen.quality),
            "maxrate": str(pictures.most),
            "bufsize": str(_BUFFER * pictures.most),
        },
        hwaccel=HWAccel(chosen.device) if chosen.device else None,
    )
    assert isinstance(stream, VideoStream)
    codec = stream.codec_context
    codec.width, codec.height = pictures.size
    codec.pix_fmt = FORMAT
    codec.time_base = 1 / pictures.rate
    codec.framerate = pictures.rate
    codec.gop_size = max(1, round(_KEY_FRAMES * pictures.rate))
    codec.bit_rate = pictures.most if aims_at_rate else 0
    codec.sample_aspect_ratio = Fraction(1)
    codec.thread_count = max(1, threads + threads // 2)  # as x264 would choose itself for so many processors
    colors = pictures.colors
    codec.color_primaries, codec.color_trc = colors.primaries, colors.transfer
    codec.colorspace, codec.color_range = colors.matrix, colors.range
    return stream


def try_encoder(encoder: str) -> str:
    """Encode a few pictures as a render does; return why that failed, empty if it did not."""
    colors = Colors(primaries=1, transfer=1, matrix=1, range=1)
    pictures = Encoding(_TRIED, Fraction(25), colors, most=1_000_000)
    try:
        with av.open(io.BytesIO(), "w", format="mp4") as container:
            stream = add_pictures(container, pictures, encoder, threads=1)
            container.start_encoding()
            for number in range(_TRIES):
                frame = VideoFrame(*_TRIED, FORMAT)
                frame.pts, frame.time_base = number, stream.codec_context.time_base
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    except UnknownCodecError:
        return f"this build of ffmpeg lacks {ENCODERS[encoder].codec}."
    except (av.FFmpegError, ValueError, RuntimeError, NotImplementedError) as error:
        return f"ffmpeg says: {getattr(error, 'strerror', None) or error}."
    return ""
