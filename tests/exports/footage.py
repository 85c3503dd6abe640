"""Clips whose pictures say their own number in blocks of black and white, and what reads the numbers back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av

BITS, BLOCK, WIDTH, HEIGHT = 12, 16, 192, 32
SAMPLE_RATE = 48000
_TICKS = 1000  # of the time base of pictures, in each frame


def film(
    path: Path,
    frames: int,
    rate: Fraction,
    *,
    delay: Fraction = Fraction(0),
    times: Sequence[Fraction] | None = None,
    sound: float | None = None,
    sound_delay: Fraction = Fraction(0),
    tones: Sequence[int] = (),
) -> Path:
    """Encode numbered pictures with B-frames; ``times`` in seconds makes the rate variable.

    ``tones`` are the levels of silent-or-not sound tracks: a constant value of 16-bit samples each.
    """
    with av.open(str(path), "w") as out:
        base = 1 / (rate * _TICKS)
        picture = out.add_stream(
            "libx264", rate=rate, options={"preset": "ultrafast", "bf": "2", "g": "12", "crf": "20"}
        )
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        picture.codec_context.time_base = base
        tracks = [out.add_stream("aac", rate=SAMPLE_RATE, layout="stereo") for _ in tones]
        for number in range(frames):
            frame = _picture(number)
            moment = times[number] if times else number / rate
            frame.pts, frame.time_base = round((moment + delay) / base), base
            out.mux(picture.encode(frame))
        out.mux(picture.encode())
        for track, level in zip(tracks, tones, strict=True):
            for frame in _sound(level, sound or float(frames / rate), sound_delay):
                out.mux(track.encode(frame))
            out.mux(track.encode())
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


def _sound(value: int, seconds: float, delay: Fraction) -> Iterable[av.AudioFrame]:
    size, total = 1024, int(seconds * SAMPLE_RATE)
    for start in range(0, total, size):
        frame = av.AudioFrame("s16", "stereo", size)
        pair = b"".join((value * sign).to_bytes(2, "little", signed=True) * 2 for sign in (1, 1, 1, 1, -1, -1, -1, -1))
        frame.planes[0].update(pair * (size // 8))
        frame.sample_rate, frame.time_base = SAMPLE_RATE, Fraction(1, SAMPLE_RATE)
        frame.pts = start + int(delay * SAMPLE_RATE)
        yield frame
