"""Made-up recordings: what was said, island by island, as a recognizer would hear it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.grid import Grid
from roughy_box.cutting.listening import Engine, HeardWord, Island, Listening, Sound
from roughy_box.cutting.options import Options
from roughy_box.cutting.plan import make_plan
from roughy_box.domain.cut import Plan

HEARS = Engine("pocketsphinx")
SECONDS_A_LETTER = 0.07
_STEPS = 4  # frames of cepstra a letter


def talk(
    *islands: str, pause: float = 0.5, engine: Engine = HEARS, language: str | None = "en", sound: bool = False
) -> Listening:
    """Return a listening: each island's words at a steady pace, with its sound if asked for.

    ``"text|0.2"`` gives the pause after an island, ``"~text"`` says it without a recognizer hearing it.
    """
    spans: list[Island] = []
    words: list[HeardWord] = []
    time = 0.5
    texts: list[str] = []
    for number, island in enumerate(islands):
        text, _, own = island.partition("|")
        start = time
        for word in text.lstrip("~").split():
            end = time + SECONDS_A_LETTER * (len(word) + 1)
            if not text.startswith("~"):
                words.append(HeardWord(word, time, end, number))
            time = end
        spans.append(Island(start, time))
        texts.append(text.lstrip("~"))
        time += float(own or pause)
    features = spoken_sound(spans, texts, time) if sound else None
    return Listening(time, tuple(spans), tuple(words) if engine.recognizes else (), features, engine, language)


def spoken_sound(spans: list[Island], texts: list[str], duration: float) -> Sound:
    """Return features in which each letter sounds like itself: the same text, the same sound."""
    levels = np.full(round(duration / 0.005), 15, dtype=np.float32)
    cepstra = np.zeros((round(duration / 0.02), 12), dtype=np.float32)
    for span, text in zip(spans, texts, strict=True):
        levels[round(span.start / 0.005) : round(span.end / 0.005)] = 60
        first, last = round(span.start / 0.02), round(span.end / 0.02)
        letters = np.linspace(0, len(text), last - first, endpoint=False).astype(int)
        cepstra[first:last] = [letter_sound(text[letter]) for letter in letters]
    return Sound(levels, cepstra)


def letter_sound(letter: str) -> npt.NDArray[np.float32]:
    """Return a direction of its own for each letter."""
    return np.random.default_rng(ord(letter)).normal(size=12).astype(np.float32)


def cut(listening: Listening, script: str | None = None, **options: object) -> Plan:
    """Return the plan on the grid of an audio asset."""
    return make_plan(listening, script, Options(**options), Grid.of_sound(listening.duration))  # type: ignore[arg-type]


def video(listening: Listening, rate: str = "30000/1001") -> Grid:
    """Return the grid of a video as long as its sound."""
    return Grid(Fraction(rate), max(1, int(listening.duration * Fraction(rate))))


def kept_text(plan: Plan) -> str:
    """Return the text of all segments."""
    return " ".join(segment.text for segment in plan.segments)


def reasons(plan: Plan) -> list[str]:
    """Return the reasons of the dropped spans in order, pauses left out."""
    return [dropped.reason for dropped in plan.dropped if dropped.reason != "pause"]


def codes(plan: Plan) -> set[str]:
    """Return the codes of the warnings."""
    return {warning.code for warning in plan.warnings}
