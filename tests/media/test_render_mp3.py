"""MP3 as renders hold it: exactly the sound, one header, as good as by the encoder of PyAV."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from tests.media.numbered import Floats, Source, lag, noise, rendered

FRAME = 1152


def voiced(seconds: float, rate: int, channels: int) -> Floats:
    """Return a tone with its harmonics, louder and softer, in noise."""
    times = np.arange(round(seconds * rate)) / rate
    pitch = 2 * np.pi * np.cumsum(140 + 30 * np.sin(2 * np.pi * times)) / rate
    tones = sum(np.sin(number * pitch) / number for number in range(1, 20))
    swell = 0.1 + 0.1 * np.sin(2 * np.pi * 3 * times) ** 2
    return (swell * tones + noise(seconds, rate, channels) * 0.01).astype(np.float32)


def nearness(sound: Floats, original: Floats) -> float:
    """Return the ratio of a sound to what differs from it, in dB."""
    return float(10 * np.log10((original**2).sum() / ((sound - original) ** 2).sum()))


@pytest.mark.parametrize(
    ("rate", "channels", "milliseconds", "bits"),
    [(48000, 1, 1, 192), (44100, 2, 1, 128), (32000, 2, 36, 320), (48000, 2, 24, 256), (44100, 1, 1066, 320)],
)
def test_every_sample_is_there(tmp_path: Path, rate: int, channels: int, milliseconds: int, bits: int) -> None:
    sound = noise(2, rate, channels)
    path = Source(pictures=False, sound=sound, sound_rate=rate, sound_codec="pcm_s16le").make(tmp_path / "a.wav")
    segment = 1, 1 + milliseconds
    start, end = (round(place * rate / 1000) for place in segment)
    made = rendered(path, tmp_path / "out.mp3", [segment], audio_bitrate=bits)
    heard, heard_rate = made.sound()
    assert (heard.shape, heard_rate) == ((channels, end - start), rate)
    assert nearness(heard[0], sound[0, start:end]) > 5
    if end - start > 9600:
        assert lag(heard[0], 1000, sound[0], start + 1000, 9600) == 0


def test_one_header_counts_frames(tmp_path: Path) -> None:
    """The frames in it are those of the file, each a packet; LAME's own header would be a frame of sound to players."""
    source = Source(pictures=False, sound=voiced(3, 44100, 2), sound_rate=44100, sound_codec="pcm_s16le")
    made = rendered(source.make(tmp_path / "a.wav"), tmp_path / "out.mp3")
    data = made.path.read_bytes()
    assert (data.count(b"Info"), data.count(b"Xing"), data[:3]) == (1, 0, b"ID3")
    at = data.index(b"Info")
    frames, size = (int.from_bytes(data[at + place : at + place + 4], "big") for place in (8, 12))
    with av.open(made.path) as container:
        packets = [packet for packet in container.demux() if packet.size]
    assert len(packets) == frames
    assert (frames - 1) * FRAME < 3 * 44100 + 1105 + FRAME
    assert size == len(data) - data.index(b"\xff\xfb")


@pytest.mark.parametrize("channels", [1, 2])
def test_as_near_as_by_the_usual_encoder(tmp_path: Path, channels: int) -> None:
    sound = voiced(4, 48000, channels)
    path = Source(pictures=False, sound=sound, sound_codec="pcm_s16le").make(tmp_path / "a.wav")
    ours, _ = rendered(path, tmp_path / "out.mp3").sound()
    with av.open(tmp_path / "usual.mp3", "w") as written, av.open(path) as read:
        stream = written.add_stream("libmp3lame", rate=48000, bit_rate=192_000, layout=("mono", "stereo")[channels - 1])
        for frame in read.decode(audio=0):
            written.mux(stream.encode(frame))
        written.mux(stream.encode(None))
    with av.open(tmp_path / "usual.mp3") as read:
        usual = np.concatenate([frame.to_ndarray() for frame in read.decode(audio=0)], axis=1)
    assert nearness(ours, sound) > nearness(usual, sound) - 1


def test_loud_samples_are_clipped(tmp_path: Path) -> None:
    wave = (1.5 * np.sin(2 * np.pi * 300 * np.arange(48000) / 48000)).astype(np.float32)[None]
    path = Source(pictures=False, sound=wave, sound_codec="pcm_f32le").make(tmp_path / "a.wav")
    heard, _ = rendered(path, tmp_path / "out.mp3", audio_bitrate=320).sound()
    assert nearness(heard, np.clip(wave, -1, 1)) > 25


def test_other_renders_do_not_load_it() -> None:
    code = "import sys, roughy_box.media.worker.render.render; print('lameenc' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"
