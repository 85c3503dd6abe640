"""The encoders of pictures: H.264 by x264, or by a device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from av import VideoStream
from av.codec.hwaccel import HWAccel
from av.container import OutputContainer

from roughy_box.media.render_output import X264, Encoder
from roughy_box.media.worker.render.painting import Colors

_KEY_FRAMES = 2  # seconds from one to the next
_BUFFER = 2  # seconds over which the largest rate is averaged


@dataclass(frozen=True, slots=True)
class _Encoder:
    """An encoder of ffmpeg's: its settings, those that aim at a quality, and the kind of device that it needs."""

    codec: str
    settings: Mapping[str, str]
    quality: Mapping[str, str] = field(default_factory=dict)
    device: str | None = None


ENCODERS: Mapping[str, _Encoder] = {
    "x264": _Encoder("libx264", {"profile": "high"}),
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


def _chosen(encoder: Encoder) -> _Encoder:
    chosen = ENCODERS[encoder.name]
    if encoder.name != X264:
        return chosen
    return replace(chosen, settings={**chosen.settings, "preset": encoder.preset}, quality={"crf": str(encoder.crf)})


def add_pictures(container: OutputContainer, pictures: Encoding, encoder: Encoder, threads: int) -> VideoStream:
    """Add a track of H.264 High, 4:2:0, 8 bits. Errors: ``av.FFmpegError``, ``ValueError`` without the encoder."""
    chosen = _chosen(encoder)
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
    codec.pix_fmt = "yuv420p"
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
