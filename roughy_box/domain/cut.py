"""A cut: what to keep of an asset, and what was dropped and why, as integer frames of the source's grid.

Spans are half-open ranges of frames. The grid of a video asset is its frame rate, that of an audio asset
a thousandth of a second; frame 0 is the first picture, or the first sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

AUDIO_GRID = Fraction(1000)  # frames a second of an asset without a picture

DropReason = Literal["pause", "filler", "retake", "false_start", "off_script", "noise", "by_hand"]
WordKind = Literal["word", "filler", "noise"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A kept span, with the words spoken in it."""

    start: int
    end: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A span left out; ``kept_instead`` is the text of the take that replaces it, if there is one."""

    start: int
    end: int
    reason: DropReason
    text: str = ""
    kept_instead: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A kept span that may be worth dropping."""

    start: int
    end: int
    reason: DropReason
    text: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A spoken word; its times are seconds from the first frame."""

    text: str
    start: float
    end: float
    confidence: float | None = None
    kind: WordKind = "word"
    kept: bool = True


@dataclass(frozen=True, slots=True)
class CutWarning:
    """A point that a person should look at: a code for programs and a sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The cut of a source of ``length`` frames; segments and dropped spans together cover it, in order."""

    rate: Fraction  # frames a second
    length: int
    segments: tuple[Segment, ...]
    dropped: tuple[Dropped, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    words: tuple[Word, ...] = ()
    warnings: tuple[CutWarning, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a plan that breaks its rules. Errors: ``ValueError``."""
        if not self.segments:
            raise ValueError("a plan keeps at least one span")
        reached = 0
        spans = [(span.start, span.end) for span in self.segments] + [(span.start, span.end) for span in self.dropped]
        for start, end in sorted(spans):
            if start != reached or end <= start:
                raise ValueError(f"the span {start}-{end} does not follow frame {reached}")
            reached = end
        if reached != self.length:
            raise ValueError(f"the spans end at frame {reached} of {self.length}")

    @property
    def kept(self) -> int:
        """The number of kept frames."""
        return sum(segment.end - segment.start for segment in self.segments)
