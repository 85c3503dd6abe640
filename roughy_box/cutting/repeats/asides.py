"""What speakers say to themselves before they start again: "sorry, once more"."""

from __future__ import annotations

from collections.abc import Sequence

from roughy_box.cutting.repeats.speech import Speech
from roughy_box.cutting.text.tokens import fold

_LONGEST_WORDS = 8
_LONGEST_SECONDS = 3.0
_SHARE = 0.6  # of the words are stock words
# The first list alone makes an aside; the second goes along with it.
_KEYS = {
    "en": "sorry again oops wrong wait redo cut take restart scratch pardon over repeat damn shit fuck try more",
    "es": "perdón perdona repito otra nuevo mal corta espera",
    "fr": "pardon désolé reprends recommence encore zut attends coupe mince",
    "de": "entschuldigung sorry nochmal nochmals falsch moment quatsch mist noch stopp",
}
_OTHERS = {
    "en": "let me start go from the top one two three once time that was is i am im ill no okay ok so do it please",
    "es": "vez de desde el principio lo siento a ver vamos no",
    "fr": "je une fois de depuis le début on la non bon",
    "de": "einmal mal von vorn ich das war nein okay also bitte",
}


def is_aside(speech: Speech, number: int) -> bool:
    """Return if an island is nothing but a remark on the take; meant for between two takes alone."""
    words = [word.text for word in speech.words[number]]
    if not words or len(words) > _LONGEST_WORDS or speech.islands[number].duration > _LONGEST_SECONDS:
        return False
    language = (speech.listening.language or "en").split("-")[0].lower()
    keys = _folded(_KEYS.get(language, ""))
    stock = keys | _folded(_OTHERS.get(language, ""))
    return any(word in keys for word in words) and _share(words, stock) >= _SHARE


def _folded(words: str) -> frozenset[str]:
    return frozenset(map(fold, words.split()))


def _share(words: Sequence[str], stock: frozenset[str]) -> float:
    return sum(word in stock for word in words) / len(words)
