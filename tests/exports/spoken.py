"""Plans with words."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import strategies as st

from roughy_box.domain.cut import Dropped, Plan, Segment, Word
from tests.exports.plans import NTSC

RATE = Fraction(25)


def said(text: str, *, each: float = 0.3, rate: Fraction = RATE, separator: str | None = None) -> Plan:
    """A plan that keeps all, of words that begin each so many seconds."""
    texts = text.split(separator)
    words = tuple(Word(word, at * each, (at + 0.9) * each) for at, word in enumerate(texts))
    length = max(1, round(len(texts) * each * rate))
    return Plan(rate, length, (Segment(0, length),), words=words)


LETTERS = "abcdefghij"
texts = st.builds(
    lambda word, mark: word + mark,
    st.text(LETTERS, min_size=1, max_size=14),
    st.sampled_from(["", "", "", "", ",", ".", "?"]),
)


@st.composite
def speech(draw: st.DrawFn) -> Plan:
    """Words at the pace of people, at most 15 characters a second, in kept and dropped spans."""
    at, words = draw(st.floats(0, 1)), []
    for text in draw(st.lists(texts, min_size=1, max_size=60)):
        long = len(text) / draw(st.floats(8, 15)) + 0.05
        words.append(Word(text, at, at + long))
        at += long + draw(st.sampled_from([0.02, 0.02, 0.1, 0.4, 2.0]))
    rate = draw(st.sampled_from([RATE, NTSC]))
    length = int(at * rate) + 1
    inner = draw(st.lists(st.integers(1, length), max_size=8, unique=True))
    bounds = sorted({0, *inner, length})
    spans = list(pairwise(bounds))
    return Plan(
        rate,
        length,
        tuple(Segment(*span) for span in spans[::2]),
        tuple(Dropped(*span, "retake") for span in spans[1::2]),
        words=tuple(words),
    )
