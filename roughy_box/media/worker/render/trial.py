"""The task ``encoder``: a few small pictures, to see that an encoder and its device work. Runs in the child."""

from __future__ import annotations

import io
from fractions import Fraction

import av
from av import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from roughy_box.media.render_output import Encoder
from roughy_box.media.worker.render.encoders import Encoding, add_pictures
from roughy_box.media.worker.render.painting import FORMAT, Colors
from roughy_box.media.worker.render.video import encoded_pictures

_SIZE = (320, 240)  # devices refuse much smaller ones
_PICTURES = 5
_RATE = Fraction(25)
_MOST = 1_000_000  # bits a second


def works(encoder: Encoder) -> bool:
    """Return whether pictures can be encoded."""
    colors = Colors(ColorPrimaries.BT709, ColorTrc.BT709, Colorspace.ITU709, ColorRange.MPEG)
    try:
        with av.open(io.BytesIO(), "w", format="mp4") as container:
            stream = add_pictures(container, Encoding(_SIZE, _RATE, colors, _MOST), encoder, threads=1)
            pictures = [VideoFrame(*_SIZE, FORMAT) for _ in range(_PICTURES)]
            container.mux([*encoded_pictures(stream, pictures)])
    except (av.FFmpegError, ValueError, NotImplementedError):
        return False
    return True
