"""Sources whose pictures carry their number and whose sound tells its own place, and renders read back."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av import AudioFrame, VideoFrame
from av.filter import Graph

from roughy_box.domain.asset import Preparation
from roughy_box.media.description import Description
from roughy_box.media.render_output import Encoder
from roughy_box.media.worker.describe.describe import describe
from roughy_box.media.worker.file import Descriptor
from roughy_box.media.worker.probe.measure import probe
from roughy_box.media.worker.render.render import render

Floats = npt.NDArray[np.float32]

BITS = 10
_DARK, _BRIGHT = 50, 200
NTSC = Fraction(30000, 1001)


def noise(seconds: float, rate: int, channels: int) -> Floats:
    """Return noise that is alike nowhere, a row for each channel; no louder than encoders take."""
    generator = np.random.default_rng(7)
    rough = generator.uniform(-0.5, 0.5, (channels, round(seconds * rate) + 8))
    # Without the highest pitches, which encoders leave out.
    smooth = sum(rough[:, shift : shift + round(seconds * rate)] for shift in range(8)) / 3
    return np.asarray(smooth, dtype=np.float32)


@dataclass(frozen=True)
class Source:
    """A source to make. ``stamps`` are the times of its pictures in frames, 0 to ``count`` if left out.

    ``lead`` and ``late`` are seconds before the pictures and the sound begin. A picture is dark and has a bright
    corner, top left, and its number in bars below it. With ``fields``, "tff" or "bff", its second field already shows
    the next number.
    """

    rate: Fraction = Fraction(25)
    count: int = 100
    codec: str = "libx264"
    options: Mapping[str, str] = field(default_factory=lambda: {"preset": "ultrafast", "g": "25", "bf": "0"})
    size: tuple[int, int] = (160, 120)
    format: str = "yuv420p"
    colors: tuple[int, int, int] | None = None  # primaries, transfer, matrix
    aspect: Fraction = Fraction(1)
    stamps: Sequence[float] | None = None
    lead: float = 0
    sound: Floats | None = None
    sound_rate: int = 48000
    sound_codec: str = "aac"
    layout: str | None = None
    late: float = 0
    pictures: bool = True
    fields: str | None = None

    def make(self, path: Path, **options: str) -> Path:
        """Write the source."""
        with av.open(path, "w", container_options=options) as container:
            picture = self._add_pictures(container) if self.pictures else None
            sound = self._add_sound(container) if self.sound is not None else None
            container.start_encoding()
            packets = [*(self._encode_pictures(picture) if picture else []), *(self._encode(sound) if sound else [])]
            for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
                container.mux(packet)
        return path

    def _add_pictures(self, container: Any) -> Any:
        stream = container.add_stream(self.codec, rate=self.rate, options=dict(self.options))
        stream.width, stream.height = self.size
        stream.pix_fmt = self.format
        codec = stream.codec_context
        codec.time_base = 1 / self.rate / (1 if self.stamps is None else 1000)
        codec.sample_aspect_ratio = self.aspect
        if self.colors:
            codec.color_primaries, codec.color_trc, codec.colorspace = self.colors
            codec.color_range = 1
        return stream

    def _encode_pictures(self, stream: Any) -> list[Any]:
        packets = []
        base = stream.codec_context.time_base
        for number in range(self.count if self.stamps is None else len(self.stamps)):
            at = number if self.stamps is None else self.stamps[number]
            frame = numbered(number, self.size) if self.fields is None else interlaced(number, self.size, self.fields)
            frame = frame.reformat(format=self.format)
            frame.time_base, frame.pts = base, round((at / self.rate + Fraction(self.lead)) / base)
            packets += stream.encode(frame)
        return [*packets, *stream.encode(None)]

    def _add_sound(self, container: Any) -> Any:
        stream = container.add_stream(self.sound_codec, rate=self.sound_rate)
        assert self.sound is not None
        stream.layout = self.layout or {1: "mono", 2: "stereo", 6: "5.1"}[len(self.sound)]
        if self.sound_codec in ("aac", "libmp3lame"):
            stream.format = "fltp"
            stream.bit_rate = 128_000 * len(self.sound)
        return stream

    def _encode(self, stream: Any) -> list[Any]:
        assert self.sound is not None
        frame = AudioFrame.from_ndarray(self.sound, format="fltp", layout=stream.layout.name)
        frame.sample_rate, frame.pts = self.sound_rate, round(self.late * self.sound_rate)
        frame.time_base = Fraction(1, self.sound_rate)
        return [*stream.encode(frame), *stream.encode(None)]


def numbered(number: int, size: tuple[int, int]) -> VideoFrame:
    """Return the picture of a number."""
    width, height = size
    picture = np.full((height, width), _DARK, dtype=np.uint8)
    picture[: height // 4, : width // 4] = _BRIGHT
    for bit in range(BITS):
        if number >> bit & 1:
            picture[height // 2 :, width * bit // BITS : width * (bit + 1) // BITS] = _BRIGHT
    frame = VideoFrame(width, height, "yuv420p")
    for plane, values in zip(frame.planes, (picture, None, None), strict=True):
        rows = np.full((plane.height, plane.line_size), 128, dtype=np.uint8)
        if values is not None:
            rows[:, :width] = values
        plane.update(rows.tobytes())
    return frame


def interlaced(number: int, size: tuple[int, int], fields: str) -> VideoFrame:
    """Return a picture whose first field is of a number, and its second one of the next."""
    frame, following = numbered(number, size), numbered(number + 1, size)
    rows = np.frombuffer(memoryview(frame.planes[0]), dtype=np.uint8).reshape(size[1], -1).copy()
    later = np.frombuffer(memoryview(following.planes[0]), dtype=np.uint8).reshape(rows.shape)
    second = 1 if fields == "tff" else 0
    rows[second::2] = later[second::2]
    frame.planes[0].update(rows.tobytes())
    graph = Graph()
    graph.link_nodes(
        graph.add_buffer(width=size[0], height=size[1], format=frame.format, time_base=Fraction(1, 1000)),
        graph.add("setfield", fields),
        graph.add("buffersink"),
    ).configure()
    frame.pts = 0
    graph.push(frame)
    marked = graph.pull()
    assert isinstance(marked, VideoFrame)
    return marked


def luma(frame: VideoFrame) -> npt.NDArray[np.uint8]:
    """Return the brightness of a picture of 8 bits."""
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(frame.height, plane.line_size)
    return rows[:, : frame.width]


def number_of(frame: VideoFrame) -> int:
    """Return the number that a picture shows."""
    rows = luma(frame)
    height, width = rows.shape
    bars = rows[height * 5 // 8 : height * 7 // 8]
    columns = [bars[:, width * (2 * bit + 1) // (2 * BITS)].mean() for bit in range(BITS)]
    return sum(int(value > (_DARK + _BRIGHT) / 2) << bit for bit, value in enumerate(columns))


def flip_track(path: Path, matrix: Sequence[int]) -> Path:
    """Write a matrix into the track header of the pictures (ISO/IEC 14496-12, 8.3.2): how players turn them."""
    data = bytearray(path.read_bytes())
    begin = data.index(b"tkhd") + 4 + 40
    a, b, c, d = (value << 16 for value in matrix)
    data[begin : begin + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


@contextmanager
def _open(path: Path, flags: int) -> Any:
    descriptor = os.open(path, flags, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def described(path: Path) -> Description:
    """Return the description that the box has of a file."""
    with _open(path, os.O_RDONLY) as descriptor:
        measured = probe(Descriptor(descriptor))
        assert isinstance(measured, Preparation), measured
        found = describe(Descriptor(descriptor), measured.kind.type, measured.duration_ms)
    assert found
    return found


class _Progress:
    """Takes progress and counts the packets and blocks that were worked on."""

    def __init__(self) -> None:
        self.work = 0

    def alive(self) -> None:
        self.work += 1

    def report(self, share: float) -> None:
        assert 0 <= share <= 1

    @contextmanager
    def kept_alive(self) -> Any:
        yield


@dataclass
class Made:
    """A render read back."""

    path: Path
    outcome: Mapping[str, Any]
    source: Description
    work: int

    @property
    def warnings(self) -> list[str]:
        return [code for code, _ in self.outcome["warnings"]]

    def frames(self) -> list[VideoFrame]:
        with av.open(self.path) as container:
            return list(container.decode(video=0))

    def numbers(self) -> list[int]:
        """Return the numbers of all pictures; their times are those of the rate."""
        frames = self.frames()
        with av.open(self.path) as container:
            rate = container.streams.video[0].average_rate
        assert rate
        assert [round(frame.time * rate) for frame in frames] == list(range(len(frames)))
        return [number_of(frame) for frame in frames]

    def sound(self) -> tuple[Floats, int]:
        """Return the samples, a row for each channel, each at its time; and their rate."""
        with av.open(self.path) as container:
            stream = container.streams.audio[0]
            found: list[tuple[int, Floats]] = []
            for frame in container.decode(stream):
                at = round(frame.pts * frame.time_base * frame.sample_rate)
                found.append((at, frame.to_ndarray()))
            if self.path.suffix == ".mp3":  # players leave out what comes before its first sample
                found = [(at - found[0][0], samples) for at, samples in found]
            end = max(at + samples.shape[1] for at, samples in found)
            sound = np.zeros((found[0][1].shape[0], end), dtype=np.float32)
            for at, samples in found:
                sound[:, max(0, at) : at + samples.shape[1]] = samples[:, max(0, -at) :]
            return sound, stream.sample_rate


def rendered(
    source: Path,
    target: Path,
    segments: Sequence[tuple[int, int]] | None = None,
    *,
    description: Description | None = None,
    encoder: Encoder | None = None,
    **output: Any,
) -> Made:
    """Render in this process, by the function that a child calls."""
    description = description or described(source)
    arguments = {
        "source": description.to_json(),
        "segments": list(segments or [(0, description.length)]),
        "output": {"format": target.suffix[1:], **output},
        "threads": 2,
        "encoder": asdict(encoder or Encoder()),
    }
    progress = _Progress()
    with _open(source, os.O_RDONLY) as read, _open(target, os.O_RDWR | os.O_CREAT | os.O_TRUNC) as written:
        outcome = render(progress, arguments, read, written)  # type: ignore[arg-type]
    assert "size" in outcome, outcome
    return Made(target, outcome, description, progress.work)


def lag(heard: Floats, at: int, source: Floats, place: int, length: int) -> int:
    """Return by how many samples ``heard`` at ``at`` is later than ``source`` at ``place``, as they are most alike."""
    most = 200
    piece = heard[at : at + length]
    around = source[place - most : place + length + most]
    alike = np.correlate(around, piece, "valid")
    return int(most - np.argmax(alike))
