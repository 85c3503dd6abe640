"""Islands that one of the next islands says again: the text decides, the sound helps.

The whole of an island matches the beginning of a later one. Takes split differently at their pauses, so
a match may run through several islands, and the next island may go on where the last match ended.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from roughy_box.cutting.reading.heard import Heard
from roughy_box.cutting.repeats.prefix import ALIKE, Prefix, match_prefix
from roughy_box.cutting.repeats.speech import Speech
from roughy_box.cutting.sound.warping import Warp, nowhere_differs, sounds_same, surely_same, warp

AHEAD = 5  # islands that are compared
WITHIN = 20.0  # seconds
_OTHER_VOICE = 0.30  # mean cost from which on the same words were said by another voice, or in another way
_LONGEST = 80  # words; an island without a pause of that length repeats nothing
_PAUSE = 0.14  # seconds
_SHORTEST = 0.65  # seconds that sound alone can judge: shorter ones may be answers


@dataclass(frozen=True, slots=True)
class Start:
    """A place from which on something may be said again: an island, words and seconds into it."""

    island: int
    words: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Repeat:
    """An island said again from ``start`` on, up to ``end``; ``sure`` if it may be dropped for that."""

    start: Start
    end: Start
    sure: bool
    score: float
    by_sound: bool = False  # the words do not tell where it ends


def find_repeats(speech: Speech, number: int, chain: Start | None) -> Repeat | None:
    """Return where an island is said again, or ``None``; ``chain`` is where the last match ended."""
    island = speech.islands[number]
    last = min(number + AHEAD, len(speech.islands) - 1)
    starts = [Start(later) for later in range(number + 1, last + 1)]
    starts = [start for start in starts if speech.islands[start.island].start - island.end <= WITHIN]
    if chain and chain.island > number:
        # The pause that parted the takes before may be too short here to part anything.
        starts[:0] = [replace(chain, seconds=chain.seconds + pause) for pause in (0.0, _PAUSE)]
    warps = _warps(speech, number, starts)
    found = [_repeat(speech, number, start, heard) for start, heard in zip(starts, warps, strict=True)]
    repeats = [repeat for repeat in found if repeat]
    return max(repeats, key=lambda repeat: (repeat.sure, repeat.score), default=None)


def _warps(speech: Speech, number: int, starts: list[Start]) -> list[Warp | None]:
    if speech.frames is None or not starts:
        return [None] * len(starts)
    frames = speech.frames[number]
    partners = [speech.frames_from(start.island, start.seconds, 2 * len(frames) + 8) for start in starts]
    return warp(frames, partners)


def _repeat(speech: Speech, number: int, start: Start, heard: Warp | None) -> Repeat | None:
    if not speech.listening.engine.recognizes:
        return _by_sound(speech, number, start, heard)
    words = speech.words[number]
    others = speech.words_from(start.island, start.words, len(words) + 8)
    if not words or not others or len(words) > _LONGEST:
        return None
    prefix = match_prefix(_alike(speech, words, others))
    end = Start(start.island, start.words + prefix.used, start.seconds + (heard.end if heard else 0))
    # One word or two are often said twice on purpose, "Never. Never give in.", if they were not broken off.
    if len(words) == 1 or (len(words) == 2 and prefix.used and words[-1].text == others[prefix.used - 1].text):
        return Repeat(start, end, False, prefix.score) if prefix.agrees else None
    if prefix.agrees:
        return Repeat(start, end, _is_sure(prefix, heard), prefix.score)
    same = heard and (surely_same(heard) or (prefix.last >= ALIKE and sounds_same(heard)))
    if same:
        return Repeat(start, end, True, prefix.score, by_sound=True)
    return _by_sound(speech, number, start, heard, prefix.used)


def _is_sure(prefix: Prefix, heard: Warp | None) -> bool:
    """Return if matching words are a repeat and no figure of speech."""
    if prefix.contrary == 0:
        return heard is None or heard.cost < _OTHER_VOICE
    # "the best of times, the worst of times": alike but for a word. A misheard word sounds the same.
    return heard is not None and sounds_same(heard)


def _by_sound(speech: Speech, number: int, start: Start, heard: Warp | None, used: int = 0) -> Repeat | None:
    """Return a repeat that the sound alone tells; ``used`` words of the partner may be what is said again."""
    if heard is None or speech.islands[number].duration < _SHORTEST:
        return None
    if not nowhere_differs(heard):
        return None
    end = Start(start.island, start.words + used, start.seconds + heard.end)
    return Repeat(start, end, True, 1 - heard.cost, by_sound=True)


def _alike(speech: Speech, words: list[Heard], others: list[Heard]) -> list[list[float]]:
    """Return how alike words are; a last one that begins a longer one, "f" for "first", counts as that."""
    rows = speech.alike.rows(words, others)
    for column, other in enumerate(others):
        if other.text.startswith(words[-1].text):
            rows[-1][column] = 1.0
    return rows
