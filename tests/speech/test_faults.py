"""Recognizers that fail: given up for the next one with a warning; the server and the recording stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from roughy_box.media.jobs import JobError
from roughy_box.speech.recognizers import Offer, Setup, statuses
from roughy_box.speech.selection import Choice
from tests.speech.hearing import hear
from tests.speech.voices import SENTENCES, quiet, said
from tests.tools import needs

pytestmark = needs("flite")
HERE = Path(__file__).parents[2]
NAMES = ("Crashing", "Raising", "Hanging", "Hungry", "Unable", "Lying", "Unloadable")


@pytest.fixture(autouse=True)
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install them, as a distribution that names them by entry points."""
    installed = tmp_path / "site"
    facts = installed / "faulty-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1.0\n")
    lines = [f"{name.lower()} = tests.speech.faulty_recognizers:{name}" for name in NAMES]
    (facts / "entry_points.txt").write_text("\n".join(["[roughy_box.recognizers]", *lines, ""]))
    monkeypatch.setenv("PYTHONPATH", f"{HERE}:{installed}")
    monkeypatch.syspath_prepend(str(installed))


@pytest.fixture
def speech(recording) -> Path:
    recording.add(quiet(0.4)).say(said(SENTENCES[0])).add(quiet(0.4))
    return recording.write()


def choice(name: str) -> Choice:
    return Choice(Offer(name, name, frozenset({"en"})), "en")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("crashing", "It crashed, or wanted more memory than it may have."),
        ("raising", "It crashed, or wanted more memory than it may have."),
        ("hungry", "It crashed, or wanted more memory than it may have."),
        ("lying", "It crashed, or wanted more memory than it may have."),
        ("unable", "Its model is of another version."),
    ],
)
async def test_faulty_recognizer_next_one_hears(children, speech, sphinx, name, reason):
    heard, _ = await hear(children, speech, choice(name), Choice(sphinx, "en"), script=SENTENCES[0])
    assert heard.choice.offer == sphinx
    assert heard.words >= 10
    assert heard.warnings == (f"{name} was not used. {reason}",)


async def test_hanging_recognizer_given_up(children, speech):
    heard, _ = await hear(children, speech, choice("hanging"), timeout=4.0)
    assert (heard.choice.offer.engine, heard.words) == ("none", 0)
    assert heard.islands >= 1
    assert heard.warnings == ("hanging was not used. It took too long, or was silent for too long.",)


async def test_recognizer_without_memory_given_up(children, speech, sphinx):
    heard, _ = await hear(
        children, speech, choice("hungry"), choice("unable"), Choice(sphinx, "en"), memory=2 * 1024**3
    )
    assert [warning.partition(" ")[0] for warning in heard.warnings] == ["hungry", "unable"]
    assert heard.choice.offer == sphinx


async def test_missing_recognizer_given_up(children, speech):
    heard, _ = await hear(children, speech, choice("gone"))
    assert heard.choice.offer.engine == "none"
    assert len(heard.warnings) == 1


async def test_damaged_media_is_the_medias_fault(children, tmp_path):
    path = tmp_path / "noise.wav"
    path.write_bytes(b"RIFF" + bytes(range(256)) * 40)
    with pytest.raises(JobError):
        await hear_raw(children, path)


async def hear_raw(children, path: Path) -> None:
    import tempfile

    from roughy_box.media.listening import Request, listen
    from tests.speech.hearing import MEMORY, NOBODY

    with tempfile.TemporaryFile() as output:
        await listen(children, Request(path, 1000, [NOBODY]), output, timeout=None, memory_limit=MEMORY)


def test_statuses_unloadable_recognizer_named():
    found = statuses(Setup())
    assert found["unloadable"].is_broken
    assert found["unloadable"].sentence == "It cannot be loaded: RuntimeError: no license"
    assert list(found)[:2] == ["faster-whisper", "pocketsphinx"]
