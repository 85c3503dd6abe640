"""Recordings heard in a real child: speech regions, words with and without a script, what is no speech."""

from __future__ import annotations

import numpy as np
import pytest

from roughy_box.media.listening import NoSound
from roughy_box.speech.selection import Choice
from tests.speech.hearing import convert, hear, listening, words
from tests.speech.voices import RATE, SENTENCES, SPANISH, quiet, read_sentences, said, said_abroad
from tests.tools import needs

pytestmark = needs("flite", "espeak-ng", "ffmpeg")
_EDGE = 0.06  # seconds of speech that may be missing at an edge


def music() -> np.ndarray:
    """Return five bars of chords on a plucked string, with a beat."""
    time = np.arange(RATE) / RATE
    bars = [
        sum(
            np.sin(2 * np.pi * note * harmonic * time) / harmonic * np.exp(-2 * time)
            for note in (root, root * 1.25, root * 1.5)
            for harmonic in range(1, 6)
        )
        for root in (220, 196, 175, 165, 220)
    ]
    beat = np.tile(np.random.default_rng(2).normal(0, 1, RATE // 4) * np.exp(-40 * time[: RATE // 4]), 20)
    return (3000 * (np.concatenate(bars) + beat)).clip(-32000, 32000).astype(np.int16)


def is_kept(span: tuple[float, float], islands) -> bool:
    """Return whether the islands cover a span of speech but for its edges."""
    start, end = span
    inside = [island for island in islands if island.start < end and island.end > start]
    return bool(inside) and inside[0].start <= start + _EDGE and inside[-1].end >= end - _EDGE


async def test_islands_cover_speech(children, recording):
    read_sentences(recording)
    heard = await listening(children, recording.path)
    assert heard.duration == pytest.approx(recording.duration)
    assert all(is_kept(span, heard.islands) for span in recording.spans)
    speech = sum(end - start for start, end in recording.spans)
    assert sum(island.duration for island in heard.islands) <= speech + 0.25 * len(recording.spans)
    assert (heard.engine.recognizes, heard.words, heard.offset) == (False, (), 0.0)


async def test_sphinx_hears_script_as_written(children, recording, sphinx):
    script = read_sentences(recording)
    heard = await listening(children, recording.path, Choice(sphinx, "en"), script=script)
    assert words(heard) == script.lower().replace(".", "").split()
    assert (heard.engine.name, heard.engine.recognizes, heard.language) == (sphinx.identity, True, "en")
    for word in heard.words:
        island = heard.islands[word.island]
        assert island.start - 0.2 <= word.start < word.end <= island.end + 0.2


async def test_sphinx_aside_beside_script_heard(children, recording, sphinx):
    recording.add(quiet(0.5)).say(said(SENTENCES[0])).add(quiet(0.7)).say(said("Sorry, once more.")).add(quiet(0.7))
    recording.say(said(SENTENCES[0])).add(quiet(0.5)).write()
    heard = await listening(children, recording.path, Choice(sphinx, "en"), script=SENTENCES[0])
    assert "sorry" in words(heard)
    assert words(heard).count("mountains") == 2


async def test_sphinx_script_with_made_up_words_heard(children, recording, sphinx):
    script = "Zorblax ships the webhooks to Kubernetes."
    recording.add(quiet(0.5)).say(said(script)).add(quiet(0.5)).write()
    heard = await listening(children, recording.path, Choice(sphinx, "en"), script=script)
    assert words(heard)[0] == "zorblax"
    assert {"webhooks", "kubernetes"} <= set(words(heard))


async def test_sphinx_without_script_hears_words(children, recording, sphinx):
    recording.add(quiet(0.5)).say(said(SENTENCES[0])).add(quiet(0.5)).write()
    heard = await listening(children, recording.path, Choice(sphinx, "en"))
    expected = SENTENCES[0].lower().rstrip(".").split()
    assert len(set(expected) & set(words(heard))) >= 8


async def test_sphinx_unknown_language_not_english(children, recording, sphinx):
    recording.add(quiet(0.5)).say(said_abroad(SPANISH, "es")).add(quiet(0.5)).write()
    heard = await listening(children, recording.path, Choice(sphinx, None))
    assert (heard.words, heard.language, heard.engine.recognizes) == ((), None, False)
    assert heard.engine.name == sphinx.identity
    assert heard.islands


async def test_sphinx_unknown_language_english(children, recording, sphinx):
    script = read_sentences(recording)
    heard = await listening(children, recording.path, Choice(sphinx, None), script=script)
    assert heard.language == "en"
    assert len(heard.words) >= 28


def test_sphinx_stretch_too_short_for_words_has_none():
    from roughy_box.speech.sphinx.decoder import Decoder

    decoder = Decoder(SENTENCES[0])
    assert [list(decoder.words(quiet(seconds).tobytes(), lambda: None)) for seconds in (0, 0.02, 0.06)] == [[]] * 3


@pytest.mark.parametrize("script", ["😀 🎬", "你好吗", "!!! ---", "word", "x" * 3000, "مرحبا بالعالم"])
async def test_sphinx_odd_script_heard(children, recording, sphinx, script):
    recording.add(quiet(0.3)).say(said("Yes.")).add(quiet(0.3)).write()
    heard, _ = await hear(children, recording.path, Choice(sphinx, "en"), script=script)
    assert heard.choice.offer == sphinx
    assert heard.warnings == ()


async def test_listening_again_same_bytes(children, recording, sphinx):
    script = read_sentences(recording)
    made = {(await hear(children, recording.path, Choice(sphinx, "en"), script=script))[1] for _ in range(2)}
    assert len(made) == 1


async def test_listening_reports_stages(children, recording, sphinx):
    script = read_sentences(recording)
    seen: list[tuple[float, str | None]] = []
    await hear(
        children,
        recording.path,
        Choice(sphinx, "en"),
        script=script,
        on_progress=lambda fraction, stage: seen.append((fraction, stage)),
    )
    stages = list(dict.fromkeys(stage for _, stage in seen))
    assert stages == ["listening", "recognizing"]
    assert [fraction for fraction, _ in seen] == sorted(fraction for fraction, _ in seen)


@pytest.mark.parametrize("sound", ["silence", "room", "tone", "music"])
async def test_listening_without_speech_has_no_islands(children, recording, sphinx, sound):
    seconds = np.arange(5 * RATE) / RATE
    samples = {
        "silence": np.zeros(5 * RATE, dtype=np.int16),
        "room": quiet(5),
        "tone": (8000 * np.sin(2 * np.pi * 440 * seconds)).astype(np.int16),
        "music": music(),
    }
    recording.add(samples[sound]).write()
    heard, _ = await hear(children, recording.path, Choice(sphinx, "en"))
    assert (heard.islands, heard.words) == (0, 0)


async def test_listening_without_sound_refused(children, tmp_path):
    video = convert([], tmp_path / "mute.mp4", "-f", "lavfi", "-i", "testsrc=d=1:s=64x64")
    with pytest.raises(NoSound):
        await hear(children, video)


async def test_voice_by_other_library_same_islands(recording):
    from roughy_box.speech import voice

    read_sentences(recording)
    found = []
    for load in (voice._lite, voice._plain):
        network = load()
        floats = recording.samples().astype(np.float32) / 32768
        windows = [floats[start : start + 512].copy() for start in range(0, len(floats) - 512, 512)]
        found.append(np.array([network(window) for window in windows]) >= 0.35)
    assert (found[0] != found[1]).mean() < 0.01
