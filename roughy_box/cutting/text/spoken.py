"""Text as the words that are said, each with the place it was written at."""

from __future__ import annotations

from roughy_box.cutting.text.abbreviations import abbreviations
from roughy_box.cutting.text.figures import Figure, figures
from roughy_box.cutting.text.tokens import Token, tokens


def reads_english(language: str | None) -> bool:
    """Return if figures are read in English; an unknown language counts, both sides are read alike."""
    return language is None or language.split("-")[0].lower() == "en"


def spoken(text: str, *, english: bool) -> list[Token]:
    """Return the words of ``text`` as they are said; the words of one figure share its range."""
    found: list[Token] = []
    reached = 0
    for figure in _readings(text) if english else ():
        found += _between(text, reached, figure.start)
        found += [Token(word, figure.start, figure.end) for word in figure.words]
        reached = figure.end
    return found + _between(text, reached, len(text))


def _between(text: str, start: int, end: int) -> list[Token]:
    return [Token(word, start + left, start + right) for word, left, right in tokens(text[start:end])]


def _readings(text: str) -> list[Figure]:
    """Return figures and abbreviations in order; where two overlap the earlier start counts."""
    both = sorted((*figures(text), *abbreviations(text)), key=lambda figure: (figure.start, -figure.end))
    kept: list[Figure] = []
    for figure in both:
        if not kept or figure.start >= kept[-1].end:
            kept.append(figure)
    return kept
