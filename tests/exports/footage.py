"""Clips whose pictures say their own number in blocks of black and white, and what reads the numbers back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.video.stream import VideoStream

BITS, BLOCK, WIDTH, HEIGHT = 12, 16, 192, 32
SAMPLE_RATE = 48000
_BLOCK = 1024  # samples of a frame of sound
_TICKS = 1000  # of the time base of pictures, in each frame


def film(
    path: Path,
    frames: int,
    rate: Fraction,
    *,
    delay: Fraction = Fraction(0),
    times: Sequence[Fraction] | None = None,
    sound: float | None = None,
    tones: Sequence[int] = (),
) -> Path:
    """Encode numbered pictures with B-frames, none for sound alone; ``times`` in seconds makes the rate variable.

    Each of ``tones`` is a track of sound: a square wave as loud as these samples of 16 bits.
    """
    with av.open(str(path), "w") as out:
        base = 1 / (rate * _TICKS)
        picture = _picture_stream(out, rate, base) if frames else None
        tracks = [out.add_stream("aac", rate=SAMPLE_RATE, layout="stereo") for _ in tones]
        for number in range(frames):
            frame = _picture(number)
            moment = times[number] if times else number / rate
            frame.pts, frame.time_base = round((moment + delay) / base), base
            out.mux(picture.encode(frame))
        for stream, level_ in zip(tracks, tones, strict=True):
            for sound_ in _sound(level_, sound or float(frames / rate)):
                out.mux(stream.encode(sound_))
        for stream in filter(None, (picture, *tracks)):
            out.mux(stream.encode())
    return path


def numbers(path: Path) -> list[int]:
    """The numbers of all pictures of a file, as they are shown."""
    with av.open(str(path)) as file:
        return [_number(frame) for frame in file.decode(video=0)]


def level(path: Path) -> float:
    """The mean of the absolute samples of the sound, 0 to 32767."""
    with av.open(str(path)) as file:
        resampler = av.AudioResampler("s16", "mono", 8000)
        samples: list[int] = []
        for frame in file.decode(audio=0):
            for plain in resampler.resample(frame):
                samples += memoryview(bytes(plain.planes[0])[: plain.samples * 2]).cast("h").tolist()
    return sum(map(abs, samples)) / len(samples)


def _picture_stream(out: OutputContainer, rate: Fraction, base: Fraction) -> VideoStream:
    options = {"preset": "ultrafast", "bf": "2", "g": "12", "crf": "20"}
    stream = out.add_stream("libx264", rate=rate, options=options)
    stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    stream.codec_context.time_base = base
    return stream


def _picture(number: int) -> av.VideoFrame:
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    row = b"".join((b"\xeb" if number >> bit & 1 else b"\x10") * BLOCK for bit in range(BITS))
    luma, *chroma = frame.planes
    luma.update(row.ljust(luma.line_size, b"\x10") * HEIGHT)
    for plane in chroma:
        plane.update(b"\x80" * plane.buffer_size)
    return frame


def _number(frame: av.VideoFrame) -> int:
    luma = frame.reformat(WIDTH, HEIGHT, "gray").planes[0]
    row = bytes(luma)[luma.line_size * HEIGHT // 2 :]
    return sum((row[bit * BLOCK + BLOCK // 2] > 127) << bit for bit in range(BITS))


def _sound(value: int, seconds: float) -> Iterable[av.AudioFrame]:
    high, low = (sample.to_bytes(2, "little", signed=True) * 2 for sample in (value, -value))
    for start in range(0, int(seconds * SAMPLE_RATE), _BLOCK):
        frame = av.AudioFrame("s16", "stereo", _BLOCK)
        frame.planes[0].update((high * 64 + low * 64) * (_BLOCK // 128))  # 375 Hz
        frame.sample_rate, frame.time_base, frame.pts = SAMPLE_RATE, Fraction(1, SAMPLE_RATE), start
        yield frame
