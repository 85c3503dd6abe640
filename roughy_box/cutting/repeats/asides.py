"""The phrases that speakers say to themselves before they start again: "sorry, once more"."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from roughy_box.cutting.repeats.speech import Speech
from roughy_box.cutting.text.tokens import fold

_LONGEST_WORDS = 8
_LONGEST_SECONDS = 3.0
_SHARE = 0.6  # of the words are stock words
_SHARE_BETWEEN = 0.5  # the same between a take and its retake
# The first list alone makes an aside; the second goes along with it.
_KEYS = {
    "en": "sorry again oops wrong wait redo cut take restart scratch pardon over repeat damn shit fuck try more",
    "es": "perdón perdona siento repito otra nuevo mal corta espera",
    "fr": "pardon désolé désolée reprends recommence encore zut attends coupe mince",
    "de": "entschuldigung sorry nochmal nochmals falsch moment quatsch mist noch stopp",
}
_OTHERS = {
    "en": "let me start go from the top one two three once time that was is i am im ill no okay ok so do it please",
    "es": "vez de desde el principio lo siento a ver vamos no",
    "fr": "je une fois de depuis le début on la non bon",
    "de": "einmal mal von vorn ich das war nein okay also bitte",
}

# Said together, they announce that something is said again; either alone may belong to what is told.
_APOLOGIES = {
    "en": "sorry oops whoops pardon",
    "es": "perdón perdona siento",
    "fr": "pardon désolé désolée zut",
    "de": "entschuldigung sorry mist quatsch",
}
_ANNOUNCING = {
    "en": "again more over restart redo retake repeat start take try",
    "es": "vez nuevo repito principio",
    "fr": "fois reprends recommence encore début",
    "de": "nochmal nochmals noch vorn",
}
_ANNOUNCED_SHARE = 0.75
_FEWEST = 3  # words of an announcement: "sorry again" ends a letter


def announces_restart(speech: Speech, number: int) -> bool:
    """Return if an island can only be about the recording: "sorry, let me start again"."""
    words, language = _words(speech, number), _language(speech)
    if len(words) < _FEWEST or _share(speech, words) < _ANNOUNCED_SHARE:
        return False
    return all(_folded(of.get(language, "")).intersection(words) for of in (_APOLOGIES, _ANNOUNCING))


def is_aside(speech: Speech, number: int) -> bool:
    """Return if an island is nothing but a remark on the take."""
    words = _words(speech, number)
    return any(word in _keys(speech) for word in words) and _share(speech, words) >= _SHARE


def may_be_aside(speech: Speech, number: int) -> bool:
    """Return if an island between two takes is a remark on them, misheard perhaps."""
    return _share(speech, _words(speech, number)) >= _SHARE_BETWEEN


def _words(speech: Speech, number: int) -> list[str]:
    """Return the words of an island that is short enough for a remark."""
    words = [word.text for word in speech.words[number]]
    return words if len(words) <= _LONGEST_WORDS and speech.islands[number].duration <= _LONGEST_SECONDS else []


def _language(speech: Speech) -> str:
    return (speech.listening.language or "en").split("-")[0].lower()


def _keys(speech: Speech) -> frozenset[str]:
    return _folded(_KEYS.get(_language(speech), ""))


@cache
def _folded(words: str) -> frozenset[str]:
    return frozenset(map(fold, words.split()))


def _share(speech: Speech, words: Sequence[str]) -> float:
    stock = _keys(speech) | _folded(_OTHERS.get(_language(speech), ""))
    return sum(word in stock for word in words) / len(words) if words else 0.0
