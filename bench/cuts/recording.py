"""A case as sound: lines and noises with pauses in a quiet room, and the span in which each of them is heard."""

from __future__ import annotations

import hashlib
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.cuts.cases import Case, Unit
from bench.cuts.voices import Int16, Take, spoken
from roughy_box.cutting.sound.levels import RATE, levels

Random = np.random.Generator
Span = tuple[float, float]

_AUDIBLE = 32.0  # dB below the loudest 5 ms
_BROKEN = (0.14, 0.24)  # seconds of the last word that are cut off
_PAUSES = {"keep": (0.55, 1.1), "false_start": (0.3, 0.7)}
_PAUSE = (0.45, 0.9)
_LOUD = 6_000.0
_MADE = "3"  # to be changed with this module: what was made before is made again


@dataclass(frozen=True)
class Recording:
    """A WAV file and the seconds in which each unit of its case is heard."""

    path: Path
    duration: float
    spans: tuple[Span, ...]


def record(case: Case, folder: Path) -> Recording:
    """Return the recording of a case, made on the first call. Errors: ``packages.Unavailable``."""
    digest = hashlib.sha256(f"{_MADE} {case}".encode()).hexdigest()[:16]
    path = folder / f"{case.language}-{case.name}-{digest}.wav"
    spans = path.with_suffix(".spans")
    if not spans.is_file():
        samples, found = _made(case, np.random.default_rng(int(digest, 16)))
        _write(path, samples)
        spans.write_text("\n".join(f"{start:.4f} {end:.4f}" for start, end in found))
    read = [tuple(map(float, line.split())) for line in spans.read_text().splitlines()]
    return Recording(path, (path.stat().st_size - 44) / 2 / RATE, tuple(read))  # type: ignore[arg-type]


def _made(case: Case, random: Random) -> tuple[Int16, list[Span]]:
    parts: list[npt.NDArray[np.float64]] = [np.zeros(round(0.7 * RATE))]
    spans: list[Span] = []
    for unit in case.units:
        sound = _sound(case, unit, random)
        start = sum(map(len, parts)) / RATE
        spans.append((start, start + len(sound) / RATE))
        low, high = _PAUSES.get(unit.what, _PAUSE)
        pause = random.uniform(low, high) if unit.pause is None else unit.pause
        parts += [sound, np.zeros(round(pause * RATE))]
    samples = np.concatenate([*parts, np.zeros(round(0.6 * RATE))])
    room = random.normal(0, random.uniform(4, 20), len(samples))
    return np.clip(samples + room, -32_768, 32_767).astype(np.int16), spans


def _sound(case: Case, unit: Unit, random: Random) -> npt.NDArray[np.float64]:
    """Return what is heard of a line, the silence around it cut off."""
    if unit.what == "noise":
        return _NOISES[unit.text](random)
    take = Take(random.uniform(0.93, 1.08), random.uniform(0.96, 1.04), int(random.integers(-6, 7)))
    sound = _audible(spoken(case.voice, unit.text.rstrip("-"), take))
    if unit.text.endswith("-"):
        sound = _faded(sound[: len(sound) - round(random.uniform(*_BROKEN) * RATE)])
    peak = float(np.percentile(np.abs(sound), 99))
    return sound * (random.uniform(0.8, 1.2) * _LOUD / max(peak, 1.0))


def _audible(samples: Int16) -> npt.NDArray[np.float64]:
    loudness = levels(samples)
    loud = np.flatnonzero(loudness >= loudness.max() - _AUDIBLE)
    step = round(0.005 * RATE)
    return samples[loud[0] * step : (loud[-1] + 1) * step].astype(np.float64)


def _faded(sound: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    count = min(len(sound), round(0.01 * RATE))
    sound[len(sound) - count :] *= np.linspace(1, 0, count)
    return sound


def _cough(random: Random) -> npt.NDArray[np.float64]:
    """Return two bursts of colored noise."""
    return np.concatenate([_burst(random, 0.22, 9_000, 3), np.zeros(round(0.09 * RATE)), _burst(random, 0.3, 6_000, 3)])


def _knock(random: Random) -> npt.NDArray[np.float64]:
    """Return three dull strokes."""
    time = np.arange(round(0.09 * RATE)) / RATE
    stroke = np.sin(2 * np.pi * random.uniform(90, 180) * time) * np.exp(-time * 60) * 12_000
    return np.concatenate([stroke, np.zeros(round(0.11 * RATE))] * 3)[: -round(0.11 * RATE)]


def _breath(random: Random) -> npt.NDArray[np.float64]:
    return _burst(random, 0.5, 500, 1)


def _burst(random: Random, seconds: float, loudness: float, smooth: int) -> npt.NDArray[np.float64]:
    count = round(seconds * RATE)
    noise = np.convolve(random.normal(0, 1, count), np.ones(smooth) / smooth, mode="same")
    return noise * loudness * np.sin(np.pi * np.linspace(0.02, 0.98, count)) ** 1.5


_NOISES: dict[str, Callable[[Random], npt.NDArray[np.float64]]] = {"cough": _cough, "knock": _knock, "breath": _breath}


def _write(path: Path, samples: Int16) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
