"""Hesitations that stand alone. The weak spot: joined ones stay, and short answers must."""

from __future__ import annotations

from roughy_box.cutting.listening import HeardWord
from roughy_box.cutting.misplaced import SHORT
from roughy_box.cutting.reading.heard import is_filler, is_spelled_filler
from roughy_box.cutting.repeats.speech import Speech
from roughy_box.cutting.sound.warping import steadiness
from roughy_box.cutting.text.tokens import fold, tokens

_APART = 0.1  # seconds of quiet on either side
_STEADY = 0.57  # mean cosine distance of frames 60 ms apart
_VERY_STEADY = 0.4  # the same where nothing else tells
_UNSURE = 0.25  # the most confident word of a guess
_FASTEST = 32.0  # characters a second that can be said
# Whisper's usual guesses for sounds that are no words.
_GUESSES = frozenset({"thank you", "thanks for watching", "you", "bye", "on a move"})
_DOUBTFUL = 0.5  # confidence below which such a guess is one
# A recognizer without fillers writes them as these; alone they say nothing.
_WEAK = frozenset({"a", "an", "the", "of"})
# As these it hears them too; if it is sure, or the sound moves as that of a word does, they may have been said.
_MISHEARD = frozenset({"and", "them", "her", "but", "or", "are", "hum"})
_HARDLY = 0.55  # confidence
_SAID_ALONE = (
    "yes no yeah yep nope right okay ok sure true false never maybe good great well so now here there why how what "
    "who when where please thanks hello hi hey stop go one two three four five six seven eight nine ten "
    "sí no bueno vale claro nunca oui non si bon voilà merci ja nein doch gut genau danke"
)
_ANSWERS = frozenset(map(fold, _SAID_ALONE.split()))


def is_lone_filler(speech: Speech, number: int) -> bool:
    """Return if an island is a filler that may be dropped."""
    words = speech.heard[number]
    if not words or not _stands_alone(speech, number) or _answers(words):
        return False
    language = speech.listening.language
    if all(word.kind == "noise" or is_filler(word, language) or _is_weak(word) for word in words):
        return any(word.kind != "noise" for word in words) or _steadiness(speech, number) < _VERY_STEADY
    if is_spelled_filler(words, language) or _is_misheard(speech, number, words):
        return True
    return speech.listening.engine.guesses and _is_guess(speech, number, words)


def may_be_filler(speech: Speech, number: int) -> bool:
    """Return if an island is short and weak enough to be offered as a filler."""
    words = speech.heard[number]
    if not words or not _stands_alone(speech, number) or _answers(words):
        return False
    sure = max((word.confidence or 0 for word in words), default=0)
    return sum(len(text) for word in words for text in _texts(word)) <= 3 or sure < _UNSURE


def _texts(word: HeardWord) -> list[str]:
    return [token.text for token in tokens(word.text)]


def _is_weak(word: HeardWord) -> bool:
    texts = _texts(word)
    return len(texts) == 1 and texts[0] in _WEAK


def _is_misheard(speech: Speech, number: int, words: list[HeardWord]) -> bool:
    """Return if an island is one word that a filler is heard as, unsurely, and its sound is sustained."""
    texts, confidence = [text for word in words for text in _texts(word)], words[0].confidence
    if len(texts) != 1 or texts[0] not in _MISHEARD or confidence is None or confidence >= _HARDLY:
        return False
    return _steadiness(speech, number) < _STEADY


def _steadiness(speech: Speech, number: int) -> float:
    return float("inf") if speech.frames is None else steadiness(speech.frames[number])


def _answers(words: list[HeardWord]) -> bool:
    return any(text in _ANSWERS for word in words for text in _texts(word))


def _stands_alone(speech: Speech, number: int) -> bool:
    return speech.islands[number].duration < SHORT and speech.listening.quiet_around(number) > _APART


def _is_guess(speech: Speech, number: int, words: list[HeardWord]) -> bool:
    """Return if the words look made up: a stock guess, too fast, or unsure of a sustained sound."""
    text = " ".join(text for word in words for text in _texts(word))
    if len(text) > _FASTEST * speech.islands[number].duration:
        return True
    surest = max((1.0 if word.confidence is None else word.confidence for word in words), default=1.0)
    if text in _GUESSES and surest < _DOUBTFUL:
        return True
    return surest < _UNSURE and _steadiness(speech, number) < _STEADY
