"""MP3 by lameenc, a LAME with its vector code: the one in PyAV's wheels has none, and takes four times as long."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
from av import AudioFrame, AudioStream
from av.packet import Packet, PacketSideData

from roughy_box.media.worker.render.joints import Floats

CODEC = "libmp3lame"
_QUALITY = 5  # LAME's own choice, 3, takes half as long again for hundredths of a dB
_SAMPLES = 1152  # of a frame, at all rates of renders
_DELAY = 576 + 529  # samples before the sound: LAME's, and those of any decoder
_SYNC = b"\xff\xfb"  # MPEG 1, layer 3, without checksums
_PADDED = 0x02  # in the byte after it: the frame is longer by one


class Mp3:
    """The packets of a stream of :data:`CODEC`, from which the muxer has the header that says where the sound begins.

    The encoder of the stream encodes nothing that is written.
    """

    def __init__(self, stream: AudioStream) -> None:
        import lameenc  # in the children that need it alone

        codec = stream.codec_context
        assert codec.bit_rate
        self._stream = stream
        self._base = codec.time_base
        self._length = _SAMPLES // 8 * codec.bit_rate // codec.sample_rate
        self._encoder = lameenc.Encoder()
        self._encoder.silence()
        self._encoder.set_channels(codec.channels)
        self._encoder.set_in_sample_rate(codec.sample_rate)
        self._encoder.set_out_sample_rate(codec.sample_rate)
        self._encoder.set_bit_rate(codec.bit_rate // 1000)
        self._encoder.set_quality(_QUALITY)
        self._coded = bytearray()
        self._sound = 0
        self._at = -_DELAY

    def packets(self, sound: Iterable[Floats]) -> Iterator[Packet[AudioStream]]:
        """Yield a packet for each frame; the last one says how much of it comes after the sound."""
        last: Packet[AudioStream] | None = None
        for coded in self._encoded(sound):
            self._coded += coded
            while frame := self._frame():
                if last:
                    yield last
                last = self._packet(frame)
        assert last
        assert not self._coded
        last.set_sidedata(self._ending())
        yield last

    def _encoded(self, sound: Iterable[Floats]) -> Iterator[bytearray]:
        for samples in sound:
            self._sound += len(samples)
            yield self._encoder.encode(_rounded(samples).tobytes())
        yield self._encoder.flush()

    def _frame(self) -> bytes | None:
        """Return the next frame, which need not end where the encoder returns from a call."""
        head = self._coded[:4]
        if len(head) < 4:
            return None
        assert head.startswith(_SYNC)
        length = self._length + bool(head[2] & _PADDED)
        if len(self._coded) < length:
            return None
        frame = bytes(self._coded[:length])
        del self._coded[:length]
        return frame

    def _packet(self, frame: bytes) -> Packet[AudioStream]:
        packet: Packet[AudioStream] = Packet(frame)  # type: ignore[assignment]
        packet.stream = self._stream
        packet.time_base = self._base
        packet.pts = packet.dts = self._at
        packet.duration = _SAMPLES
        self._at += _SAMPLES
        return packet

    def _ending(self) -> PacketSideData:
        """Return what tells the muxer of the samples after the sound. PyAV only copies such data: it is overwritten."""
        codec = self._stream.codec_context
        silence = AudioFrame.from_ndarray(
            np.zeros((codec.channels, 1), dtype=np.float32), format="fltp", layout=codec.layout.name
        )
        silence.sample_rate, silence.pts = codec.sample_rate, 0
        first, *_ = [*codec.encode(silence), *codec.encode(None)]
        ending = first.get_sidedata("skip_samples")
        ending.update(struct.pack("<IIBB", _DELAY, self._at - self._sound, 0, 0))
        return ending


def _rounded(samples: Floats) -> npt.NDArray[np.int16]:
    rounded: npt.NDArray[np.int16] = np.clip(np.rint(samples * np.float32(32768)), -32768, 32767).astype("<i2")
    return rounded
