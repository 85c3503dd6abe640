"""The decoder of pocketsphinx, with its general model or with one made of a script."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pocketsphinx

from roughy_box.cutting.text.hesitations import hesitations
from roughy_box.cutting.text.script import read_script
from roughy_box.cutting.text.tokens import fold
from roughy_box.domain.cut import WordKind
from roughy_box.speech.sphinx.dictionary import Dictionary
from roughy_box.speech.sphinx.language_model import arpa, mixture

_OWN_FILES = Path("/proc/self/fd")
_FRAME = 0.01  # seconds
_PIECE = 8000  # bytes: a quarter of a second
_NOISES = frozenset({"[NOISE]", "[SPEECH]"})
_COMMON = 1500
_FILLERS = ("uh", "um", "er", "ah", "hm", "mm")
# What people say between takes, common or not.
_ASIDES = ("sorry", "again", "once", "more", "wait", "okay", "oops", "one", "take", "two", "let", "me", "start", "over")


class Spoken(NamedTuple):
    """A word, its times in seconds from the begin of what was decoded, and how sure the decoder is."""

    text: str
    start: float
    end: float
    confidence: float | None
    kind: WordKind


class Decoder:
    """Decodes stretches of speech one after the other: what it learns of the channel it keeps."""

    def __init__(self, script: str | None) -> None:
        self._fillers = hesitations("en")
        pocketsphinx.set_loglevel("FATAL")
        self._dictionary: Dictionary | None = None
        self._knows_the_channel = False
        self._decoder = self._of_script(script) if script is not None else self._general()

    def words(self, samples: bytes, report: Callable[[], None]) -> Iterator[Spoken]:
        """Yield the words of a stretch, 16 kHz and 16 bit; ``report`` is called all the while."""
        if not self._knows_the_channel:
            self._hear(samples, report)
            self._knows_the_channel = True
        self._hear(samples, report)
        for segment in self._decoder.seg() or ():  # None if nothing was heard
            text = segment.word.partition("(")[0]
            start, end = segment.start_frame * _FRAME, (segment.end_frame + 1) * _FRAME
            if text in _NOISES:
                yield Spoken("", start, end, None, "noise")
            elif text[:1] not in ("<", "["):
                yield self._spoken(text, start, end, segment.prob)

    def _hear(self, samples: bytes, report: Callable[[], None]) -> None:
        """Decode a stretch, normalized by the mean of what was decoded before it.

        As one piece it would be normalized by its own, which is no better, and Python would stand still meanwhile.
        """
        self._decoder.start_utt()
        for start in range(0, len(samples), _PIECE):
            self._decoder.process_raw(samples[start : start + _PIECE])
            report()
        self._decoder.end_utt()

    def _spoken(self, text: str, start: float, end: float, probability: float) -> Spoken:
        written = self._dictionary.written(text) if self._dictionary else text
        kind: WordKind = "filler" if fold(written) in self._fillers else "word"
        return Spoken(written, start, end, min(1.0, max(0.0, probability)), kind)

    def _general(self) -> pocketsphinx.Decoder:
        return pocketsphinx.Decoder(loglevel="FATAL")

    def _of_script(self, script: str) -> pocketsphinx.Decoder:
        model = Path(pocketsphinx.get_model_path()) / "en-us"
        self._dictionary = Dictionary(model / "cmudict-en-us.dict")
        common = _common_words(model, self._dictionary)
        clauses = _clauses(script, self._dictionary)
        if not clauses:  # emoji, letters of another alphabet
            return self._general()
        said = sorted({*common, *_FILLERS, *(word for clause in clauses for word in clause)})
        with ExitStack() as files:
            return pocketsphinx.Decoder(
                hmm=str(model / "en-us"),
                lm=_file(files, arpa(clauses, mixture(common, _FILLERS)), ".lm"),
                dict=_file(files, "".join(_entries(said, self._dictionary)), ".dict"),
                loglevel="FATAL",
            )


def _common_words(model: Path, dictionary: Dictionary) -> dict[str, float]:
    """Return the most common words of the general language model and how probable they are."""
    general = pocketsphinx.NGramModel.readfile(str(model / "en-us.lm.bin"))
    logarithm = pocketsphinx.LogMath()
    rated = sorted(((general.prob([written]), word) for word, written in dictionary.words()), reverse=True)
    chosen = [*rated[:_COMMON], *((probability, word) for probability, word in rated[_COMMON:] if word in _ASIDES)]
    return {word: logarithm.exp(probability) for probability, word in chosen}


def _clauses(script: str, dictionary: Dictionary) -> list[list[str]]:
    """Return the words of a script that can be pronounced, by clauses."""
    clauses: list[list[str]] = [[]]
    for word in read_script(script, "en").words:
        if dictionary.pronunciations(word.text):
            clauses[-1].append(word.text)
        if word.ends_clause:
            clauses.append([])
    return [clause for clause in clauses if clause]


def _entries(words: Sequence[str], dictionary: Dictionary) -> Iterator[str]:
    for word in words:
        for number, said in enumerate(dictionary.pronunciations(word), start=1):
            yield f"{word}{f'({number})' if number > 1 else ''} {said}\n"


def _file(files: ExitStack, content: str, suffix: str) -> str:
    """Return the path of a file for the decoder to read: in memory where the system can name such files."""
    if hasattr(os, "memfd_create") and _OWN_FILES.exists():
        descriptor = os.memfd_create("roughy-box" + suffix)
        files.callback(os.close, descriptor)
        with open(descriptor, "w", encoding="utf-8", closefd=False) as file:
            file.write(content)
        return str(_OWN_FILES / str(descriptor))
    path = Path(files.enter_context(tempfile.TemporaryDirectory())) / f"script{suffix}"
    path.write_text(content, encoding="utf-8")
    return str(path)
