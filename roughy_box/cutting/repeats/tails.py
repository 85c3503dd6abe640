"""The end of an island that the next one starts with again: "and then we | and then we left"."""

from __future__ import annotations

from roughy_box.cutting.listening import CEPSTRUM_STEP
from roughy_box.cutting.reading.heard import Heard
from roughy_box.cutting.repeats.guards import PHRASE, Superseded
from roughy_box.cutting.repeats.prefix import ALIKE, match_prefix
from roughy_box.cutting.repeats.speech import Speech
from roughy_box.cutting.sound.warping import restart, sounds_alike, surely_same, warp

_SHORTEST, _LONGEST = 3, 8  # words; fewer are often meant
_NEAR = 0.12  # seconds between the start of a word and of the sound that is said again
_SENTENCE_ENDS = (".", "!", "?", "…", "。")


def restarted_tail(speech: Speech, number: int, result: Superseded) -> int | None:
    """Return the heard word from which on the next kept island says an island's end again."""
    following = _next(speech, number, result)
    words = speech.words[number]
    if following is None or speech.gap(number) < PHRASE or _ends_sentence(speech, number):
        return None
    for count in range(min(_LONGEST, len(words) - 1), _SHORTEST - 1, -1):
        prefix = match_prefix(speech.alike.rows(words[-count:], speech.words_from(following, 0, count)))
        if prefix.agrees and not prefix.contrary and _sounds_alike(speech, number, words[-count].word, following):
            return words[-count].word
    return _by_sound(speech, number, following)


def _by_sound(speech: Speech, number: int, following: int) -> int | None:
    """Return the same by the sound alone: the last words of what breaks off are often misheard."""
    if speech.frames is None:
        return None
    frames, words = speech.frames[number], speech.words[number]
    begin = restart(frames, speech.frames_from(following, 0, len(frames)))
    if begin is None:
        return None
    time = speech.islands[number].start + begin * CEPSTRUM_STEP
    starts = (abs(speech.listening.words[word.word].start - time) for word in words)
    first = next((place for place, apart in enumerate(starts) if apart < _NEAR), 0)
    if not first or not _is_broken(speech, words[first:], following):
        return None
    tail = frames[begin:]
    heard = warp(tail, [speech.frames_from(following, 0, 2 * len(tail) + 8)])[0]
    return words[first].word if heard is not None and surely_same(heard) else None


def _is_broken(speech: Speech, tail: list[Heard], following: int) -> bool:
    """Return if a tail may be one by its words; two that are heard alike again may be meant: "the sea. The sea"."""
    if len(tail) == _SHORTEST - 1:
        return match_prefix(speech.alike.rows(tail, speech.words_from(following, 0, len(tail)))).last < ALIKE
    return _SHORTEST <= len(tail) <= _LONGEST


def _next(speech: Speech, number: int, result: Superseded) -> int | None:
    dropped = result.takes.keys() | result.asides
    later = range(number + 1, min(number + 4, len(speech.islands)))
    following = next((other for other in later if other not in dropped), None)
    return following if following is not None and speech.words[following] else None


def _ends_sentence(speech: Speech, number: int) -> bool:
    return bool(speech.heard[number]) and speech.heard[number][-1].text.rstrip().endswith(_SENTENCE_ENDS)


def _sounds_alike(speech: Speech, number: int, word: int, following: int) -> bool:
    """Return if the sound agrees; the first word's start is not exact, so that its worst moment says nothing."""
    if speech.frames is None:
        return True
    start = speech.listening.words[word].start - speech.islands[number].start
    frames = speech.frames[number][max(0, round(start / CEPSTRUM_STEP)) :]
    heard = warp(frames, [speech.frames_from(following, 0, 2 * len(frames) + 8)])[0]
    return heard is not None and sounds_alike(heard)
