"""Heard words as words to align: figures spelled out, fillers and noises left out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from roughy_box.cutting.listening import HeardWord, Listening
from roughy_box.cutting.text.hesitations import hesitations
from roughy_box.cutting.text.spoken import reads_english, spoken


class Heard(NamedTuple):
    """One spoken word: its text, the heard word it is part of, its island, if it is the first there."""

    text: str
    word: int
    island: int
    opens: bool


def heard(listening: Listening, vocabulary: Collection[str] = ()) -> list[Heard]:
    """Return the spoken words in order; a filler counts as one only if ``vocabulary`` has it."""
    english = reads_english(listening.language)
    fillers = hesitations(listening.language) - set(vocabulary)
    found: list[Heard] = []
    for number, word in enumerate(listening.words):
        for token in spoken(word.text, english=english) if word.kind == "word" else ():
            if token.text not in fillers:
                opens = not found or found[-1].island != word.island
                found.append(Heard(token.text, number, word.island, opens))
    return found


def is_filler(word: HeardWord, language: str | None) -> bool:
    """Return if a heard word is a hesitation, by its kind or its text."""
    if word.kind != "word":
        return word.kind == "filler"
    texts = [token.text for token in spoken(word.text, english=False)]
    return bool(texts) and all(text in hesitations(language) for text in texts)


def is_spelled_filler(words: Sequence[HeardWord], language: str | None) -> bool:
    """Return if single letters make up a hesitation: ``h m m``."""
    letters = [word.text.strip().casefold() for word in words]
    return all(len(letter) == 1 for letter in letters) and "".join(letters) in hesitations(language)
