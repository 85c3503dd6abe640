"""How words are pronounced: the dictionary of the model, words derived from its words, else the rules of spelling."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from roughy_box.cutting.text.tokens import fold
from roughy_box.speech.sphinx.spelling import sounds

_VOICELESS = {"P", "T", "K", "F", "TH"}
_HISSING = {"S", "Z", "SH", "ZH", "CH", "JH"}
# Endings of words whose stem is known, and what they add to its sounds.
_ENDINGS = (
    ("ing", "IH NG"),
    ("ly", "L IY"),
    ("ness", "N AH S"),
    ("ment", "M AH N T"),
    ("less", "L AH S"),
    ("able", "AH B AH L"),
    ("ish", "IH SH"),
    ("est", "AH S T"),
    ("er", "ER"),
)
_SHORTEST = 3  # letters of each half of a compound
_PARTS = 24  # letters of the longest word that is tried as a compound


class Dictionary:
    """The words of a dictionary file: one a line with its sounds, ``word(2)`` for another pronunciation."""

    def __init__(self, path: Path) -> None:
        self._sounds: dict[str, list[str]] = defaultdict(list)
        self._written: dict[str, str] = {}
        with path.open(encoding="utf-8") as file:
            for line in file:
                entry, _, said = line.rstrip().partition(" ")
                word = entry.partition("(")[0]
                self._add(word, said)

    def _add(self, word: str, said: str) -> None:
        folded = fold(word) if not word.isalpha() else word
        self._sounds[folded].append(said)
        # "were" is a word of its own, although "we're" folds to it, too.
        self._written[folded] = folded if folded == word else self._written.get(folded, word)

    def words(self) -> Iterator[tuple[str, str]]:
        """Yield each folded word, and how the dictionary writes it."""
        yield from self._written.items()

    def written(self, folded: str) -> str:
        """Return how a folded word is written: ``don't`` for ``dont``."""
        return self._written.get(folded, folded)

    def pronunciations(self, folded: str) -> list[str]:
        """Return the ways to say a folded word; none for a word of another alphabet."""
        if said := self._sounds.get(folded):
            return list(dict.fromkeys(said))
        guess = self._plural(folded) or self._past(folded) or self._ending(folded) or self._compound(folded)
        guess = guess or sounds(folded)
        return [guess] if guess else []

    def _stem(self, *spellings: str) -> str | None:
        return next((self._sounds[each][0] for each in spellings if each in self._sounds), None)

    def _plural(self, word: str) -> str | None:
        if not word.endswith("s"):
            return None
        said = self._stem(word[:-1], *([word[:-2]] if word.endswith("es") else []))
        if said is None:
            return None
        last = said.split()[-1]
        return f"{said} {'IH Z' if last in _HISSING else 'S' if last in _VOICELESS else 'Z'}"

    def _past(self, word: str) -> str | None:
        said = self._stem(word[:-2], word[:-1]) if word.endswith("ed") else None
        if said is None:
            return None
        last = said.split()[-1]
        hard = last in _VOICELESS | _HISSING - {"Z", "ZH", "JH"}
        return f"{said} {'IH D' if last in ('T', 'D') else 'T' if hard else 'D'}"

    def _ending(self, word: str) -> str | None:
        for ending, added in _ENDINGS:
            stem = word.removesuffix(ending)
            if stem != word and (said := self._stem(stem, stem + "e", stem[:-1])):
                return f"{said} {added}"
        return None

    def _compound(self, word: str) -> str | None:
        if len(word) > _PARTS:
            return None
        for end in range(len(word) - _SHORTEST, _SHORTEST - 1, -1):
            if word[:end] in self._sounds and word[end:] in self._sounds:
                return f"{self._sounds[word[:end]][0]} {self._sounds[word[end:]][0]}"
        return None
