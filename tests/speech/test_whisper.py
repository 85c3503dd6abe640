"""Whisper's tiny.en, heard in a real child: its words by island, its model folder whole, half or gone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from roughy_box.media.listening import RECOGNIZING
from roughy_box.speech.recognizers import Hints, Offer, RecognizerError, Setup, Sound, Status
from roughy_box.speech.samples import Samples
from roughy_box.speech.selection import Choice
from roughy_box.speech.whisper.model_folder import ModelError, check
from roughy_box.speech.whisper.recognizer import Whisper
from tests.speech.hearing import hear, listening, words
from tests.speech.voices import quiet, read_sentences, said
from tests.tools import needs

pytestmark = needs("flite")
BETWEEN_WINDOWS = (0.3, 0.9)  # of the job: the first of two windows was heard, the second was not


@pytest.fixture
def model(tiny_model: Path, tmp_path: Path) -> Path:
    """A copy that may be damaged; its weights are a link."""
    folder = tmp_path / "models" / "tiny.en"
    folder.mkdir(parents=True)
    for file in tiny_model.iterdir():
        if file.name == "model.bin":
            (folder / file.name).symlink_to(file)
        else:
            shutil.copy(file, folder)
    return folder


def offer_of(model: Path) -> Offer:
    (offer,) = Whisper().ready(Setup(model=model)).offers
    return offer


async def test_whisper_hears_words_in_their_islands(children, recording, tiny_model):
    script = read_sentences(recording)
    offer = offer_of(tiny_model)
    heard = await listening(children, recording.path, Choice(offer, "en"))
    expected = script.lower().replace(".", "").split()
    assert len(set(expected) & set(words(heard))) >= 0.85 * len(set(expected))
    assert (heard.engine.name, heard.engine.guesses, heard.language) == (offer.identity, True, "en")
    for word in heard.words:
        island = heard.islands[word.island]
        assert island.start - 0.2 <= word.start <= word.end <= island.end + 0.2
        assert 0 <= word.confidence <= 1


async def test_whisper_both_takes_heard(children, recording, tiny_model):
    take = said("The baker opens his shop.")
    recording.add(quiet(0.5)).say(take).add(quiet(0.4)).say(take).add(quiet(0.5)).write()
    heard = await listening(children, recording.path, Choice(offer_of(tiny_model), None))
    assert words(heard).count("baker") == 2
    assert len({word.island for word in heard.words}) == 2


async def test_whisper_model_gone_next_one_hears(children, recording, model, sphinx):
    offer = offer_of(model)
    shutil.rmtree(model)
    recording.add(quiet(0.3)).say(said("Yes.")).add(quiet(0.3)).write()
    heard, _ = await hear(children, recording.path, Choice(offer, "en"), Choice(sphinx, "en"))
    assert heard.choice.offer == sphinx
    assert heard.warnings == (f"faster-whisper was not used. There is no folder {model}.",)


def test_whisper_model_gone_after_offer_said_in_sentence(model):
    offer = offer_of(model)
    shutil.rmtree(model)
    nothing = Sound((), Samples(), np.zeros(0, dtype=np.float32))
    with pytest.raises(RecognizerError, match=f"There is no folder {model}"):
        Whisper().words(nothing, offer, Hints("en"), lambda _: None)


async def test_whisper_model_gone_while_it_hears_words_stay(children, recording, model, sphinx):
    offer = offer_of(model)
    for _ in range(4):  # more than one window
        read_sentences(recording)

    def remove(share: float, stage: str | None) -> None:
        low, high = BETWEEN_WINDOWS
        if stage == RECOGNIZING and low < share < high:
            shutil.rmtree(model, ignore_errors=True)

    heard, _ = await hear(children, recording.path, Choice(offer, "en"), Choice(sphinx, "en"), on_progress=remove)
    assert not model.exists()
    assert (heard.choice.offer, heard.warnings) == (offer, ())
    assert heard.words > 80


async def test_whisper_damaged_weights_next_one_hears(children, recording, model, sphinx):
    weights = (model / "model.bin").read_bytes()
    (model / "model.bin").unlink()
    # Its first tables are named otherwise: whole, as far as lengths tell.
    (model / "model.bin").write_bytes(weights.replace(b"decoder/", b"recoded/"))
    recording.add(quiet(0.3)).say(said("Yes.")).add(quiet(0.3)).write()
    heard, _ = await hear(children, recording.path, Choice(offer_of(model), "en"), Choice(sphinx, "en"))
    assert heard.choice.offer == sphinx
    assert heard.warnings[0].startswith("faster-whisper was not used. ")


def test_model_folder_whole(model):
    found = check(model)
    assert (found.name, found.languages, found.is_multilingual) == ("tiny.en", {"en"}, False)
    assert found.size == 75_537_502


def test_model_with_larger_vocabulary_multilingual(model):
    (model / "vocabulary.txt").unlink()
    (model / "vocabulary.json").write_text(json.dumps(["x"] * 51_865))
    found = check(model)
    assert found.is_multilingual
    assert {"en", "es", "fr", "de", "ja"} <= found.languages


@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json", "vocabulary.txt"])
def test_model_file_missing_named(model, name):
    (model / name).unlink()
    with pytest.raises(ModelError, match=name):
        check(model)


def cut_weights(model: Path) -> None:
    content = (model / "model.bin").read_bytes()
    (model / "model.bin").unlink()
    (model / "model.bin").write_bytes(content[:-1])


def spoil(name: str, content: bytes) -> Callable[[Path], None]:
    def damage(model: Path) -> None:
        (model / name).unlink()
        (model / name).write_bytes(content)

    return damage


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (cut_weights, "is incomplete: it ends after 75537501 bytes"),
        (spoil("model.bin", b""), "is incomplete"),
        (spoil("model.bin", b"PK\3\4" + bytes(100)), "is not a Whisper model in the form that CTranslate2 reads"),
        (spoil("model.bin", b"\x06\0\0\0\x0c\0WhisperSpec\0\3\0\0\0\xff\xff\xff\xff"), "is incomplete"),
        (spoil("config.json", b"{"), "is damaged: it is not JSON"),
        (spoil("tokenizer.json", b"[" * 100_000), "is damaged: it is not JSON"),
    ],
)
def test_model_damaged_file_named(model, damage, reason):
    damage(model)
    with pytest.raises(ModelError, match=reason):
        check(model)


def test_ready_names_broken_model_beside_whole_one(model):
    shutil.copytree(model, model.parent / "half", symlinks=True)
    (model.parent / "half" / "config.json").unlink()
    status = Whisper().ready(Setup(models=model.parent))
    assert [offer.model for offer in status.offers] == [model]
    assert status.is_broken
    assert status.sentence.startswith("It hears English with tiny.en. ")
    assert "half is not a complete model: config.json is missing" in status.sentence


def test_ready_unfinished_folders_passed_over(tmp_path):
    (tmp_path / ".base.download").mkdir()
    (tmp_path / ".base.new").mkdir()
    status = Whisper().ready(Setup(models=tmp_path))
    assert status == Status(status.sentence)
    assert "speech install base" in status.sentence


def test_ready_chosen_model_missing_named(tmp_path):
    status = Whisper().ready(Setup(model=tmp_path / "x", models=tmp_path))
    assert (status.offers, status.is_broken) == ((), True)
    assert status.sentence == f"There is no folder {tmp_path / 'x'}."
