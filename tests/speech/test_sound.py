"""Sound as recorders write it: where it stands beside the picture, tracks, channels, rates, gaps."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from roughy_box.cutting.sound.levels import RATE
from roughy_box.media.worker.file import Descriptor
from roughy_box.media.worker.listen.mixer import Mixer
from roughy_box.media.worker.listen.sound import mixed_sound
from tests.speech.hearing import convert, listening
from tests.speech.voices import SENTENCES, quiet, said, write_wav
from tests.tools import needs

pytestmark = needs("flite", "ffmpeg")
PICTURE = ("-f", "lavfi", "-i", "testsrc=d=8:s=64x64:r=25")


def mixed(path: Path, duration: float = 60.0) -> tuple[float, np.ndarray]:
    """Return the offset of a file's sound and its samples."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with mixed_sound(Descriptor(descriptor), duration) as sound:
            assert sound
            return sound.offset, np.concatenate(list(sound.chunks))
    finally:
        os.close(descriptor)


def begin_of(samples: np.ndarray) -> float:
    """Return the seconds until it gets loud."""
    return float(np.flatnonzero(np.abs(samples.astype(int)) > 1500)[0] / RATE)


@pytest.fixture
def speech(recording) -> Path:
    recording.add(np.zeros(RATE // 2, np.int16)).say(said(SENTENCES[0])).add(quiet(0.5))
    return recording.write()


@pytest.mark.parametrize("form", ["mp4", "mkv", "mov", "ts"])
async def test_sound_five_seconds_late_keeps_its_place(children, tmp_path, speech, form):
    options = (*PICTURE, "-map", "0:a", "-map", "1:v", "-c:v", "mpeg4", "-shortest")
    video = convert([], tmp_path / f"late.{form}", "-itsoffset", "5", "-i", str(speech), *options)
    heard = await listening(children, video)
    assert heard.islands[0].start + heard.offset == pytest.approx(5 + begin_of(mixed(speech)[1]), abs=0.08)


async def test_sound_ending_early_ends_there(children, tmp_path, speech):
    video = convert([speech], tmp_path / "early.mp4", *PICTURE, "-map", "0:a", "-map", "1:v", "-c:v", "mpeg4")
    heard = await listening(children, video)
    assert heard.duration == pytest.approx(len(mixed(speech)[1]) / RATE, abs=0.1)
    assert heard.offset == pytest.approx(0, abs=0.05)


def test_sound_96_khz_8_channels_one_voice_heard(tmp_path, speech):
    one = mixed(speech)[1]
    channels = np.zeros((8, 6 * len(one)), dtype=np.int16)
    channels[3] = np.repeat(one, 6)  # where a surround mix has its low frequencies
    path = tmp_path / "many.wav"
    write_wav(path, channels, 96_000)
    offset, samples = mixed(path)
    assert (offset, len(samples)) == (0.0, pytest.approx(len(one), abs=200))
    assert np.abs(samples.astype(int)).max() > 0.25 * np.abs(one.astype(int)).max()


def test_sound_of_several_tracks_mixed(tmp_path, speech):
    later = tmp_path / "later.wav"
    write_wav(later, np.concatenate([np.zeros(6 * RATE, np.int16), said(SENTENCES[1])]))
    path = convert([speech, later], tmp_path / "two.mkv", "-map", "0", "-map", "1", "-c:a", "flac")
    samples = mixed(path)[1]
    assert begin_of(samples) == pytest.approx(begin_of(mixed(speech)[1]), abs=0.02)
    assert begin_of(samples[round(5.5 * RATE) :]) + 5.5 == pytest.approx(begin_of(mixed(later)[1]), abs=0.02)


def test_sound_with_gap_stays_on_its_clock(tmp_path, speech):
    silent = "aselect='not(between(t,1,2.5))'"
    path = convert([speech], tmp_path / "gap.mkv", "-af", silent, "-c:a", "pcm_s16le")
    assert len(mixed(path)[1]) == pytest.approx(len(mixed(speech)[1]), abs=0.05 * RATE)


def test_sound_longer_than_asset_left_out(speech):
    assert len(mixed(speech, duration=1.0)[1]) == 2 * RATE


def test_mixer_gap_of_hours_in_chunks():
    mixer = Mixer(1)
    mixer.add(0, np.full(RATE, 0.5, dtype=np.float32))
    chunks = list(mixer.until(3 * 3600 * RATE))
    assert len(chunks) == 180
    assert chunks[0][:RATE].min() == 16384
    assert not any(chunk.any() for chunk in chunks[1:])


def test_mixer_late_sound_left_out():
    mixer = Mixer(1)
    mixer.add(0, np.zeros(61 * RATE, dtype=np.float32))
    assert len(list(mixer.until(61 * RATE))) == 1
    mixer.add(59 * RATE, np.full(3 * RATE, 0.25, dtype=np.float32))
    rest = mixer.rest()
    assert len(rest) == 2 * RATE
    assert rest.min() == 8192


def test_mixer_loud_tracks_clipped():
    mixer = Mixer(2)
    for _ in range(2):
        mixer.add(0, np.ones(100, dtype=np.float32))
    assert mixer.rest().max() == 32767
