"""Guards of the repeats that may be dropped: a take is superseded only with everything up to the take that counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from roughy_box.cutting.repeats.asides import is_aside, may_be_aside
from roughy_box.cutting.repeats.fillers import is_lone_filler
from roughy_box.cutting.repeats.search import Repeat, Start, find_repeats
from roughy_box.cutting.repeats.speech import Speech

PHRASE = 0.25  # seconds: speech that goes on sooner was not broken off
_REMARK = 2.2  # seconds between two takes that may be a remark in words that nothing knows
_APART = 0.35  # seconds of quiet before such a remark: in a figure of speech the sentence goes on
_WORDS = 4  # of a take that may be followed by one: shorter ones are often repeated on purpose
# A whole sentence this long is hardly said twice on purpose, whatever lies between.
_SENTENCE_WORDS, _SENTENCE = 6, 1.5  # words; seconds where there are none
_LONG_REMARK = 3.0  # seconds after such a sentence


@dataclass(slots=True)
class Superseded:
    """Islands that a later take replaces; asides between the two, what may be one; repeats that may be meant."""

    takes: dict[int, Repeat] = field(default_factory=dict)
    asides: set[int] = field(default_factory=set)
    remarks: set[int] = field(default_factory=set)
    meant: set[int] = field(default_factory=set)


def all_repeats(speech: Speech, advance: Callable[[float], None]) -> list[Repeat | None]:
    """Return for each island where it is said again; ``advance`` hears the share done."""
    found: list[Repeat | None] = []
    chain: Start | None = None
    for number in range(len(speech.islands)):
        advance(number / len(speech.islands))
        repeat = find_repeats(speech, number, chain)
        found.append(repeat)
        chain = repeat.end if repeat else None
    return found


def superseded(speech: Speech, repeats: list[Repeat | None]) -> Superseded:
    """Return which islands are superseded, decided from the last to the first."""
    result = Superseded()
    for number in range(len(repeats) - 1, -1, -1):
        repeat = repeats[number]
        if repeat is None:
            continue
        between = range(number + 1, repeat.start.island)
        known = result.takes.keys() | result.asides | result.remarks
        remarks = [other for other in between if other not in known]
        goes_on = speech.gap(number) < PHRASE and number + 1 not in result.takes
        if repeat.sure and not goes_on and _are_remarks(speech, number, remarks):
            result.takes[number] = repeat
            result.asides |= {other for other in remarks if may_be_aside(speech, other)}
            result.remarks |= set(remarks) - result.asides
        else:
            result.meant.add(number)
    return result


def _is_sentence(speech: Speech, number: int) -> bool:
    if speech.listening.engine.recognizes:
        return len(speech.words[number]) >= _SENTENCE_WORDS
    return speech.islands[number].duration >= _SENTENCE


def _are_remarks(speech: Speech, take: int, islands: list[int]) -> bool:
    """Return if what lies between a take and the next belongs to neither."""
    if all(number in speech.noises or is_aside(speech, number) or is_lone_filler(speech, number) for number in islands):
        return True
    if speech.gap(islands[0] - 1) < _APART or (speech.listening.engine.recognizes and len(speech.words[take]) < _WORDS):
        return False
    longest = _LONG_REMARK if _is_sentence(speech, take) else _REMARK
    return sum(speech.islands[number].duration for number in islands) <= longest
