"""Recordings of robotic voices, with what they say and when."""

from __future__ import annotations

import subprocess
import wave
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.sound.levels import RATE

Int16 = npt.NDArray[np.int16]

SENTENCES = (
    "The weather in the mountains can change within a few minutes.",
    "Every morning the baker opens his shop before sunrise.",
    "Our editors work with hundreds of recordings every month.",
)
SPANISH = "Queremos grabar este vídeo otra vez porque había mucho ruido. El perro corre por la calle cada mañana."


@cache
def said(text: str, voice: str = "slt") -> Int16:
    """Return 16 kHz samples of ``text`` spoken by a voice of flite."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "said.wav")
        subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True)
        return _read(path)


@cache
def said_abroad(text: str, language: str) -> Int16:
    """Return the same by espeak-ng, in another language."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "said.wav")
        subprocess.run(["espeak-ng", "-v", language, "-s", "150", "-w", str(path), text], check=True)
        return _read(path)


def quiet(seconds: float) -> Int16:
    """Return a quiet room."""
    return np.random.default_rng(7).normal(0, 6, round(seconds * RATE)).astype(np.int16)


class Recording:
    """A WAV file that grows by speech and quiet; ``spans`` are the seconds of each speech, silence around it cut."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spans: list[tuple[float, float]] = []
        self._parts: list[Int16] = []

    @property
    def duration(self) -> float:
        return sum(map(len, self._parts)) / RATE

    @property
    def duration_ms(self) -> int:
        return round(self.duration * 1000)

    def say(self, samples: Int16) -> Recording:
        loud = np.flatnonzero(np.abs(samples.astype(int)) > 1000)
        start = self.duration
        self.spans.append((start + loud[0] / RATE, start + loud[-1] / RATE))
        return self.add(samples)

    def add(self, samples: Int16) -> Recording:
        self._parts.append(samples)
        return self

    def samples(self) -> Int16:
        return np.concatenate(self._parts)

    def write(self) -> Path:
        write_wav(self.path, self.samples())
        return self.path


def read_sentences(recording: Recording) -> str:
    """Have all sentences read with pauses; return them as a script."""
    recording.add(quiet(0.7))
    for sentence in SENTENCES:
        recording.say(said(sentence)).add(quiet(0.8))
    recording.write()
    return " ".join(SENTENCES)


def write_wav(path: Path, samples: npt.NDArray[np.int16], rate: int = RATE) -> None:
    """Write one row a channel, or mono."""
    channels = np.atleast_2d(samples)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(channels.T.astype("<i2").tobytes())


def _read(path: Path) -> Int16:
    with wave.open(str(path)) as file:
        samples, rate = np.frombuffer(file.readframes(-1), dtype=np.int16), file.getframerate()
    places = np.arange(0, len(samples), rate / RATE)
    return np.interp(places, np.arange(len(samples)), samples).astype(np.int16)
