"""Verdicts of spoken words spread to heard words: fillers and added words go with their neighbors."""

from __future__ import annotations

from collections.abc import Sequence

from roughy_box.cutting.listening import HeardWord, Listening
from roughy_box.cutting.reading.heard import Heard, is_filler, is_spelled_filler
from roughy_box.cutting.verdicts import Verdict


def verdicts_of_heard(listening: Listening, said: Sequence[Heard], verdicts: Sequence[Verdict | None]) -> list[Verdict]:
    """Return a verdict for each heard word.

    A word without one takes that of the word after it in its island, else before it; an island without
    any is a filler, a noise, or off the script.
    """
    found: list[Verdict | None] = [None] * len(listening.words)
    for word, verdict in zip(said, verdicts, strict=True):
        found[word.word] = found[word.word] or verdict
    complete: list[Verdict] = []
    for indexes in listening.words_of():
        complete += _filled(
            [found[index] for index in indexes], [listening.words[index] for index in indexes], listening.language
        )
    return complete


def _filled(verdicts: list[Verdict | None], words: list[HeardWord], language: str | None) -> list[Verdict]:
    following = next((verdict for verdict in reversed(verdicts) if verdict), _alone(words, language))
    filled: list[Verdict] = []
    for verdict in reversed(verdicts):
        following = verdict or following
        filled.append(following)
    return filled[::-1]


def _alone(words: Sequence[HeardWord], language: str | None) -> Verdict:
    if all(word.kind == "noise" for word in words):
        return Verdict("noise")
    filler = all(is_filler(word, language) for word in words) or is_spelled_filler(words, language)
    return Verdict("filler" if filler else "off_script")
