"""The samples that a player cuts off: what an encoder added before and after the sound.

ffmpeg reports them with the first and the last packets (``AV_PKT_DATA_SKIP_SAMPLES``): the pre-skip of Opus, the
delay and padding of LAME, the DiscardPadding of Matroska.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction

from av.audio.codeccontext import AudioCodecContext
from av.packet import Packet

from roughy_box.media.worker.streams import MediaStream

_SAMPLES = struct.Struct("<II")  # at the start, at the end


def cut_at_start(packet: Packet[MediaStream]) -> Fraction:
    """Return the seconds to cut from the start of a sound with the first packet ``packet``."""
    return _cuts(packet)[0]


def cut_at_end(tail: Sequence[Packet[MediaStream]]) -> Fraction:
    """Return the seconds to cut from the end of a sound with the last packets ``tail``.

    A container may have shortened the duration of its last packet already.
    """
    if len(tail) < 2 or tail[-1].duration != tail[-2].duration:
        return Fraction(0)
    return sum((_cuts(packet)[1] for packet in tail), Fraction(0))


def _cuts(packet: Packet[MediaStream]) -> tuple[Fraction, Fraction]:
    context = packet.stream.codec_context
    if not isinstance(context, AudioCodecContext) or not context.sample_rate or packet.is_discard:
        return Fraction(0), Fraction(0)
    if not packet.has_sidedata("skip_samples"):
        return Fraction(0), Fraction(0)
    start, end = _SAMPLES.unpack_from(bytes(packet.get_sidedata("skip_samples")))
    return Fraction(start, context.sample_rate), Fraction(end, context.sample_rate)
