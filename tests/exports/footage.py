"""Clips whose pictures say their own number in blocks of black and white, and what reads the numbers back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

BITS, BLOCK, WIDTH, HEIGHT = 12, 16, 192, 32
SAMPLE_RATE = 48000
_BLOCK, _PERIOD = 1024, 128  # samples of a frame of sound, and of its wave
Wave = Iterator[av.AudioFrame]
_TICKS = 1000  # of the time base of pictures, in each frame


def film(
    path: Path,
    frames: int,
    rate: Fraction,
    *,
    delay: Fraction = Fraction(0),
    times: Sequence[Fraction] | None = None,
    sound: Fraction | None = None,
    tones: Sequence[int] = (),
    blink: int = 0,
) -> Path:
    """Encode numbered pictures with B-frames, none for sound alone; ``times`` in seconds makes the rate variable.

    Each of ``tones`` is a track of sound: a square wave as loud as these samples of 16 bits, silent in every other
    ``blink`` pictures. Sound and pictures are interleaved, as in files of cameras.
    """
    with av.open(str(path), "w") as out:
        base = 1 / (rate * _TICKS)
        picture = _picture_stream(out, rate, base) if frames else None
        tracks = [out.add_stream("aac", rate=SAMPLE_RATE, layout="stereo") for _ in tones]
        length = sound or frames / rate + delay
        waves = [_sound(tone, length, blink / rate, delay) for tone in tones]
        for number in range(frames):
            moment = (times[number] if times else number / rate) + delay
            frame = _picture(number)
            frame.pts, frame.time_base = round(moment / base), base
            out.mux(picture.encode(frame))
            _encode_sound(out, tracks, waves, moment)
        _encode_sound(out, tracks, waves, length)
        for stream in filter(None, (picture, *tracks)):
            out.mux(stream.encode())
    return path


def _encode_sound(out: OutputContainer, tracks: list[AudioStream], waves: list[Wave], until: Fraction) -> None:
    for stream, wave in zip(tracks, waves, strict=True):
        for frame in wave:
            out.mux(stream.encode(frame))
            if Fraction(frame.pts, SAMPLE_RATE) > until:
                break


def numbers(path: Path) -> list[int]:
    """The numbers of all pictures of a file, as they are shown."""
    with av.open(str(path)) as file:
        return [_number(frame) for frame in file.decode(video=0)]


def level(path: Path) -> float:
    """The mean of the absolute samples of the sound, 0 to 32767."""
    samples = [abs(sample) for _, block in _blocks(path) for sample in block]
    return sum(samples) / len(samples)


def levels(path: Path, rate: Fraction, zero: float) -> dict[int, float]:
    """The level during each picture, by its place; pictures begin at ``zero`` seconds."""
    found: dict[int, list[int]] = {}
    for moment, block in _blocks(path):
        for index in range(0, len(block), 16):
            place = int((moment + index / SAMPLE_RATE - zero) * rate)
            found.setdefault(place, []).append(abs(block[index]))
    return {place: sum(samples) / len(samples) for place, samples in found.items()}


def _blocks(path: Path) -> Iterator[tuple[float, list[int]]]:
    with av.open(str(path)) as file:
        resampler = av.AudioResampler("s16", "mono", SAMPLE_RATE)
        for frame in file.decode(audio=0):
            for plain in resampler.resample(frame):
                yield float(frame.time), memoryview(bytes(plain.planes[0])[: plain.samples * 2]).cast("h").tolist()


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


def _sound(value: int, seconds: Fraction, blink: Fraction, delay: Fraction) -> Wave:
    high, low = (sample.to_bytes(2, "little", signed=True) * 2 for sample in (value, -value))
    loud, silent = high * 64 + low * 64, bytes(4 * _PERIOD)  # 375 Hz
    for start in range(0, int(seconds * SAMPLE_RATE), _BLOCK):
        frame = av.AudioFrame("s16", "stereo", _BLOCK)
        moments = (Fraction(start + at, SAMPLE_RATE) - delay for at in range(0, _BLOCK, _PERIOD))
        frame.planes[0].update(b"".join(silent if blink and moment // blink % 2 else loud for moment in moments))
        frame.sample_rate, frame.time_base, frame.pts = SAMPLE_RATE, Fraction(1, SAMPLE_RATE), start
        yield frame
