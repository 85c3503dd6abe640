"""Waveforms: peaks at the right places."""

from __future__ import annotations

import array
import math
import os
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from roughy_box.media.worker.file import Descriptor
from roughy_box.media.worker.waveform import measure_extremes, measure_peaks
from tests.media.corpus import SAMPLES, Sample, ffmpeg, picture
from tests.tools import needs

MOST = 2000


def measured(path: Path, duration_ms: int, most: int = MOST) -> list[int] | None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return measure_peaks(Descriptor(descriptor), duration_ms, most)
    finally:
        os.close(descriptor)


def sound(path: Path, loudness: Callable[[float], float], seconds: float, rate: int = 48_000) -> Path:
    """Write a WAV file of 1 kHz with a loudness, 0 to 1, that depends on the time."""
    samples = (loudness(n / rate) * math.sin(n * 1000 * 2 * math.pi / rate) for n in range(int(seconds * rate)))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(array.array("h", (round(32767 * sample) for sample in samples)).tobytes())
    return path


def test_peaks_steps_follow_loudness(tmp_path):
    path = sound(tmp_path / "steps.wav", lambda t: (0, 0.25, 0.5, 1.0)[int(t)], 4)
    peaks = measured(path, 4000)
    assert len(peaks) == 400
    for second, level in enumerate((0, 64, 128, 256)):
        middle = peaks[second * 100 + 5 : second * 100 + 95]
        assert all(abs(peak - level) <= 12 for peak in middle), second


def test_extremes_steps_follow_loudness(tmp_path):
    path = sound(tmp_path / "steps.wav", lambda t: (0, 0.25, 0.5, 1.0)[int(t)], 4)
    with path.open("rb") as file:
        levels = array.array("b", measure_extremes(Descriptor(file.fileno()), 4005, 100))
    assert len(levels) == 2 * 401
    for second, level in enumerate((0, 32, 64, 127)):
        middle = slice(2 * (second * 100 + 5), 2 * (second * 100 + 95))
        assert all(abs(high - level) <= 6 for high in levels[middle][1::2]), second
        assert all(abs(low + level) <= 6 for low in levels[middle][::2]), second


def test_peaks_long_sound_limited(tmp_path):
    path = sound(tmp_path / "click.wav", lambda t: float(7.5 <= t < 7.6), 10, rate=8000)
    peaks = measured(path, 10_000, most=100)
    assert len(peaks) == 100
    assert [at for at, peak in enumerate(peaks) if peak > 100] == [75]
    assert len(measured(path, 10)) == 1


def test_peaks_beyond_duration_left_out(tmp_path):
    path = sound(tmp_path / "late.wav", lambda t: float(t >= 1), 3, rate=8000)
    peaks = measured(path, 1000)
    assert len(peaks) == 100
    assert max(peaks[:-1]) < 20


@needs("ffmpeg")
def test_peaks_late_sound_placed_late(tmp_path):
    path = tmp_path / "late.mkv"
    click = sound(tmp_path / "loud.wav", lambda t: 0.9, 1, rate=8000)
    ffmpeg(*picture(4), "-itsoffset", "2", "-i", click, "-map", "0:v", "-map", "1:a", "-c:a", "pcm_s16le", path)
    peaks = measured(path, 4000)
    loud = [at for at, peak in enumerate(peaks) if peak > 100]
    assert 195 <= loud[0] <= 205
    assert 295 <= loud[-1] <= 305


@needs("ffmpeg")
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_peaks_every_format_measured(sample: Sample, sample_path: Callable[[Sample], Path]) -> None:
    peaks = measured(sample_path(sample), 2000)
    assert peaks is not None or sample.kind.type == "video"
    # These two are made without an encoder, of silence.
    is_silent = sample.kind.extension in ("amr", "dsf")
    assert peaks is None or (len(peaks) == 200 and (max(peaks) > 5 or is_silent))
