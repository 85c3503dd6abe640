"""The sound of renders: in step with the pictures at every piece, without clicks, in the channels of the source."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

from tests.media.numbered import NTSC, Floats, Made, Source, lag, noise, rendered
from tests.tools import sample

FADE = 0.005  # seconds on either side of a joint
SECONDS = 8.0
MOST = 200  # samples
SEGMENTS = [(5, 25), (40, 41), (60, 95), (97, 120), (150, 190)]
FAR = [(12, 40), (400, 440), (700, 745), (900, 940)]

KINDS: dict[str, tuple[Source, str]] = {
    "aac in mp4": (Source(count=200, sound=noise(SECONDS, 48000, 2)), "mp4"),
    "aac 44.1 in mov": (Source(rate=NTSC, count=240, sound=noise(SECONDS, 44100, 2), sound_rate=44100), "mov"),
    "aac in matroska": (Source(rate=NTSC, count=240, sound=noise(SECONDS, 44100, 2), sound_rate=44100), "mkv"),
    "aac in transport": (Source(count=200, sound=noise(SECONDS, 48000, 2)), "ts"),
    "opus in webm": (
        Source(
            count=200,
            codec="libvpx",
            options={"cpu-used": "8", "deadline": "realtime"},
            sound=noise(SECONDS, 48000, 2),
            sound_codec="libopus",
        ),
        "webm",
    ),
    "mp3 in avi": (
        Source(
            count=200,
            codec="mpeg4",
            sound=noise(SECONDS, 44100, 2),
            sound_rate=44100,
            sound_codec="libmp3lame",
            options={"b": "2M"},
        ),
        "avi",
    ),
    "pcm in mov": (Source(count=200, sound=noise(SECONDS, 48000, 2), sound_codec="pcm_s16le"), "mov"),
    "pcm 96 in mov": (
        Source(count=200, sound=noise(SECONDS, 96000, 2), sound_rate=96000, sound_codec="pcm_s24le"),
        "mov",
    ),
    "late pictures": (Source(count=200, lead=0.76, sound=noise(SECONDS + 1, 48000, 2)), "mp4"),
    "late sound": (Source(count=200, late=1.5, sound=noise(6, 48000, 2)), "mp4"),
    "late sound in matroska": (Source(count=200, late=1.5, sound=noise(6, 48000, 2)), "mkv"),
    "short sound": (Source(count=200, sound=noise(3.3, 48000, 2)), "mp4"),
}


def original(path: Path) -> tuple[Floats, int, float]:
    """Return the sound of a source, its rate, and the seconds from the first picture to its first sample."""
    with av.open(path) as container:
        stream = container.streams.audio[0]
        frames = list(container.decode(stream))
        sound = np.concatenate(
            [
                frame.to_ndarray().reshape(-1, frame.samples)
                if frame.format.is_planar
                else frame.to_ndarray().reshape(frame.samples, -1).T
                for frame in frames
            ],
            axis=1,
        )
        pictures = [each for each in container.streams.video if each.start_time is not None]
        first = min((each.start_time * each.time_base for each in pictures), default=frames[0].time)
        return sound[0].astype(np.float32), stream.sample_rate, float(frames[0].time - first)


def lags(path: Path, made: Made, segments: list[tuple[int, int]]) -> list[int]:
    """Return for each piece with sound by how many samples it is late."""
    heard, rate = made.sound()
    sound, sound_rate, begin = original(path)
    sound = sound[:: sound_rate // rate]
    margin = round(FADE * rate) + 2
    found, kept = [], 0
    for start, end in segments:
        at = round(kept / made.source.rate * rate) + margin
        place = round((float(start / made.source.rate) - begin) * rate) + margin
        length = round((end - start) / made.source.rate * rate) - 2 * margin
        kept += end - start
        if place >= MOST and place + length + MOST <= len(sound):
            found.append(lag(heard[0], at, sound, place, min(length, 9600)))
    return found


@pytest.mark.parametrize("kind", sample(KINDS))
def test_pieces_in_step(tmp_path: Path, kind: str) -> None:
    source, extension = KINDS[kind]
    path = source.make(tmp_path / f"a.{extension}")
    made = rendered(path, tmp_path / "out.mp4", SEGMENTS)
    late = lags(path, made, SEGMENTS)
    assert len(late) >= 2
    assert max(map(abs, late)) <= 2, late
    sound, rate = made.sound()
    kept = float(sum(end - start for start, end in SEGMENTS) / made.source.rate)
    assert abs(sound.shape[1] - kept * rate) <= 1024
    assert float(Fraction(made.outcome["duration"])) == kept


FAR_KINDS = {
    "mp4": ("mp4", "aac", 48000),
    "mov": ("mov", "pcm_s16le", 48000),
    "mkv": ("mkv", "aac", 44100),
    "mkv opus": ("mkv", "libopus", 48000),
    "ts": ("ts", "aac", 48000),
    "m4a": ("m4a", "aac", 44100),
    "wav": ("wav", "pcm_s16le", 44100),
    "mp3": ("mp3", "libmp3lame", 44100),
    "flac": ("flac", "flac", 48000),
    "mka": ("mka", "aac", 48000),
    "ogg": ("ogg", "libopus", 48000),
    "adts": ("aac", "aac", 44100),
}


@pytest.mark.parametrize("kind", sample(FAR_KINDS))
def test_distant_pieces_in_step(tmp_path: Path, kind: str) -> None:
    extension, codec, rate = FAR_KINDS[kind]
    has_picture = extension in ("mp4", "mov", "mkv", "ts")
    source = Source(count=1000, sound=noise(40, rate, 1), sound_rate=rate, sound_codec=codec, pictures=has_picture)
    path = source.make(tmp_path / f"a.{extension}")
    segments = [(start * (1 if has_picture else 40), end * (1 if has_picture else 40)) for start, end in FAR]
    made = rendered(path, tmp_path / ("out.mp4" if has_picture else "out.m4a"), segments)
    late = lags(path, made, segments)
    assert len(late) == len(FAR)
    assert max(map(abs, late)) <= 2, late


def second_difference(sound: Floats) -> Floats:
    return np.abs(np.diff(sound, 2))


@pytest.mark.parametrize("extension", ["mp4", "m4a", "mp3"])
def test_joints_do_not_click(tmp_path: Path, extension: str) -> None:
    rate, tone = 48000, 440.0
    times = np.arange(8 * rate) / rate
    wave = (0.4 * np.sin(2 * np.pi * tone * times)).astype(np.float32)[None]
    path = Source(count=200, sound=wave, sound_codec="pcm_s16le").make(tmp_path / "a.mov")
    segments = [(start, start + 9) for start in range(3, 190, 13)]
    made = rendered(path, tmp_path / f"out.{extension}", segments)
    sound, rate = made.sound()
    assert abs(sound.shape[1] - len(segments) * 9 * rate / 25) <= 1152
    bends = second_difference(sound[0])
    inside, joints = [], []
    for number in range(1, len(segments)):
        joint = number * 9 * rate // 25
        joints.append(bends[joint - 480 : joint + 480].max())
        inside.append(bends[joint + 2000 : joint + 8000].max())
    assert max(joints) <= 2 * max(inside)
    # As loud as it is between two joints, or softer where the waves are against each other.
    assert np.abs(sound).max() <= 0.42


@pytest.mark.parametrize(
    ("channels", "extension", "expected"),
    [(1, "mp4", 2), (1, "mov", 2), (1, "m4a", 1), (1, "mp3", 1), (2, "m4a", 2), (6, "mp4", 2), (6, "mp3", 2)],
)
def test_channels(tmp_path: Path, channels: int, extension: str, expected: int) -> None:
    levels = np.linspace(0.1, 0.35, channels, dtype=np.float32)
    times = np.arange(2 * 48000) / 48000
    wave = np.stack([level * np.sin(2 * np.pi * 300 * (number + 1) * times) for number, level in enumerate(levels)])
    source = Source(count=50, sound=wave.astype(np.float32), sound_codec="pcm_s16le")
    made = rendered(source.make(tmp_path / "a.mov"), tmp_path / f"out.{extension}", [(0, 20), (30, 50)])
    sound, _ = made.sound()
    assert len(sound) == expected
    body = sound[:, 4000:40000]
    strength = np.abs(np.fft.rfft(body))
    step = body.shape[1] / 48000
    peaks = [[float(one[round(300 * (number + 1) * step)]) for number in range(channels)] for one in strength]
    full = body.shape[1] / 2
    heard = [[round(value / full / float(level), 1) for value, level in zip(row, levels, strict=True)] for row in peaks]
    side = 0.7
    wanted = {
        1: [[1.0]] * expected,
        2: [[1.0, 0.0], [0.0, 1.0]],
        6: [[1.0, 0.0, side, 0.0, side, 0.0], [0.0, 1.0, side, 0.0, 0.0, side]],
    }
    assert heard == wanted[channels]
    if channels == 1 and expected == 2:
        assert np.abs(sound[0] - sound[1]).max() < 1e-3


@pytest.mark.parametrize(("extension", "bits"), [("m4a", None), ("mp3", None), ("m4a", 256), ("mp3", 320)])
def test_length_and_bit_rate_of_sound(tmp_path: Path, extension: str, bits: int | None) -> None:
    source = Source(pictures=False, sound=noise(6, 44100, 2), sound_rate=44100, sound_codec="pcm_s16le")
    segments = [(0, 1), (17, 1033), (2000, 2007), (3000, 5900)]
    made = rendered(source.make(tmp_path / "a.wav"), tmp_path / f"out.{extension}", segments, audio_bitrate=bits)
    sound, rate = made.sound()
    wanted = round(sum(end - start for start, end in segments) * rate / 1000)
    assert rate == 44100
    assert 0 <= sound.shape[1] - wanted <= (1024 if extension == "m4a" else 0)
    assert Fraction(made.outcome["duration"]) == Fraction(wanted, rate)
    with av.open(made.path) as container:
        found = container.streams.audio[0].codec_context.bit_rate
    assert found == pytest.approx(1000 * (bits or {"m4a": 160, "mp3": 192}[extension]), rel=0.1)


def test_default_track_alone(tmp_path: Path) -> None:
    loud, quiet = noise(4, 48000, 1), noise(4, 48000, 1)[:, ::-1] / 10
    paths = [
        Source(count=100, pictures=number == 0, sound=sound.astype(np.float32), sound_codec="pcm_s16le").make(
            tmp_path / f"{number}.mov"
        )
        for number, sound in enumerate((loud, quiet))
    ]
    both = tmp_path / "both.mkv"
    with av.open(both, "w") as written, av.open(paths[0]) as first, av.open(paths[1]) as second:
        streams = [*first.streams, *second.streams]
        copies = [written.add_stream_from_template(stream) for stream in streams]
        copies[1].disposition, copies[2].disposition = Disposition(0), Disposition.default
        packets = [packet for read in (first, second) for packet in read.demux()]
        for packet in sorted(packets, key=lambda packet: (packet.dts or 0) * packet.time_base):
            if packet.size:
                packet.stream = copies[streams.index(packet.stream)]
                written.mux(packet)
    made = rendered(both, tmp_path / "out.m4a")
    assert (len(made.source.tracks), made.source.default_track) == (2, 1)
    sound, _ = made.sound()
    assert np.abs(sound).max() < np.abs(loud).max() / 4


def test_sound_does_not_decode_pictures(tmp_path: Path) -> None:
    path = Source(count=100, sound=noise(4, 48000, 1)).make(tmp_path / "a.mp4")
    with_pictures, without = (rendered(path, tmp_path / f"out.{each}").work for each in ("mp4", "m4a"))
    assert without < with_pictures - 200


def test_drifting_clock_followed(tmp_path: Path) -> None:
    """The clock of a recorder that is corrected by a few samples now and then, as those of telephones are."""
    sound = noise(40, 48000, 1)
    path = Source(count=1000, sound=sound).make(tmp_path / "a.mp4")
    drifting = tmp_path / "b.mp4"
    with av.open(path) as read, av.open(drifting, "w") as written:
        copies = [written.add_stream_from_template(stream) for stream in read.streams]
        for packet in read.demux():
            if packet.size:
                if packet.stream.type == "audio":
                    packet.pts = packet.dts = packet.pts + packet.pts // 4800  # 400 samples after 40 s
                packet.stream = copies[packet.stream_index]
                written.mux(packet)
    segments = [(start, start + 20) for start in range(30, 980, 50)]
    made = rendered(drifting, tmp_path / "out.mov", segments)
    heard, rate = made.sound()
    margin = round(FADE * rate) + 2
    late = [
        lag(heard[0], number * 38400 + margin, sound[0], start * 1920 - start * 1920 // 4800 + margin, 9600)
        for number, (start, _) in enumerate(segments)
    ]
    assert max(map(abs, late)) <= 10, late
