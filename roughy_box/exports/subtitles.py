"""The table of caption formats, and their writers.

WebVTT escapes ``&``, ``<`` and ``>``. SubRip has no escapes: an invisible word joiner keeps players from
taking a text for markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from roughy_box.domain.cut import Plan
from roughy_box.domain.errors import invalid
from roughy_box.exports.captions import Passage, Timeline, make_cues, passages
from roughy_box.exports.cues import text_of
from roughy_box.exports.plan_json import word_fields
from roughy_box.exports.scripts import ends_sentence, needs_space
from roughy_box.exports.text import json_lines

_MARKUP = re.compile(r"<|\{(?=\\)|--(?=>)")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_PARAGRAPH = 600  # characters after which one ends with the next passage, where there are no sentences
TIMELINES: tuple[Timeline, ...] = ("cut", "source")


@dataclass(frozen=True, slots=True)
class CaptionFormat:
    """A format of captions: how it is sent, and who writes it."""

    content_type: str
    extension: str
    write: Callable[[list[Passage]], str]


def write(name: str, plan: Plan, timeline: str = "cut", offset: Fraction = Fraction(0)) -> bytes:
    """Return captions in UTF-8; ``offset`` is that of the source, for the timeline of the source.

    Errors: ``validation_error`` of ``query.format`` and ``query.timeline``.
    """
    chosen = find(name)
    for known in TIMELINES:
        if known == timeline:
            return chosen.write(passages(plan, known, offset)).encode(errors="replace")
    raise invalid("query.timeline", f"One of {', '.join(TIMELINES)}.")


def find(name: str) -> CaptionFormat:
    """Return a format by its name. Errors: ``validation_error`` of ``query.format``."""
    if name not in CAPTIONS:
        raise invalid("query.format", f"One of {', '.join(CAPTIONS)}.")
    return CAPTIONS[name]


def has_words(plan: Plan) -> bool:
    """Return True for a plan that captions can be made of."""
    return any(span.words for span in passages(plan, "cut"))


def _srt(spans: list[Passage]) -> str:
    blocks = []
    for number, cue in enumerate(make_cues(spans), 1):
        lines = [_MARKUP.sub("\\g<0>\u2060", line) for line in cue.lines]
        times = f"{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}"
        blocks.append("\n".join([str(number), times, *lines]) + "\n")
    return "\n".join(blocks)


def _vtt(spans: list[Passage]) -> str:
    blocks = ["WEBVTT\n"]
    for cue in make_cues(spans):
        times = f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}"
        blocks.append("\n".join([times, *(line.translate(_ESCAPES) for line in cue.lines)]) + "\n")
    return "\n".join(blocks)


def _txt(spans: list[Passage]) -> str:
    """Return the transcript of what stays; a paragraph ends where a passage ends a sentence."""
    paragraphs = [""]
    for span in spans:
        text = text_of(span.parts)
        if ends_sentence(paragraphs[-1]) or len(paragraphs[-1]) > _PARAGRAPH:
            paragraphs.append("")
        space = " " if paragraphs[-1] and text and needs_space(paragraphs[-1], text) else ""
        paragraphs[-1] += space + text
    return "\n".join(f"{paragraph}\n" for paragraph in paragraphs if paragraph)


def _json(spans: list[Passage]) -> str:
    cues = [
        {"start": cue.start / 1000, "end": cue.end / 1000, "text": "\n".join(cue.lines)} for cue in make_cues(spans)
    ]
    words = [word_fields(word) for span in spans for word in span.words]
    for word in words:
        del word["kept"]
    return json_lines({"cues": cues, "words": words})


def _clock(milliseconds: int, point: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{rest:03}"


CAPTIONS: dict[str, CaptionFormat] = {
    "srt": CaptionFormat("application/x-subrip; charset=utf-8", "srt", _srt),
    "vtt": CaptionFormat("text/vtt; charset=utf-8", "vtt", _vtt),
    "txt": CaptionFormat("text/plain; charset=utf-8", "txt", _txt),
    "json": CaptionFormat("application/json", "json", _json),
}
