"""The judgement of speech without a script: what is said again or says nothing is dropped."""

from __future__ import annotations

from collections.abc import Callable

from roughy_box.cutting.listening import CEPSTRUM_STEP, Listening
from roughy_box.cutting.repeats.asides import announces_restart, is_aside
from roughy_box.cutting.repeats.fillers import is_lone_filler, may_be_filler
from roughy_box.cutting.repeats.guards import Superseded, all_repeats, superseded
from roughy_box.cutting.repeats.search import Repeat
from roughy_box.cutting.repeats.speech import Speech, prepare
from roughy_box.cutting.repeats.stumbles import stumbles
from roughy_box.cutting.repeats.tails import restarted_tail
from roughy_box.cutting.verdicts import KEPT, Judgement, Verdict

_ENDS_TOGETHER = 0.25  # seconds between the ends of two takes that are both whole


def judge_speech(listening: Listening, advance: Callable[[float], None]) -> Judgement:
    """Return what to keep of free speech; ``advance`` hears the share done."""
    speech = prepare(listening)
    result = superseded(speech, all_repeats(speech, advance))
    judgement = Judgement.keeping(listening)
    for number, words in enumerate(listening.words_of()):
        verdict = _verdict(speech, result, number)
        judgement.islands[number] = verdict
        judgement.words[words.start : words.stop] = [verdict] * len(words)
        if verdict == KEPT and words:
            _look_closer(speech, result, number, judgement, words)
        elif verdict == KEPT and number in result.meant:
            judgement.unsure[number] = "retake"
        elif verdict == KEPT and number in result.remarks:
            judgement.unsure[number] = "off_script"
    return judgement


def _verdict(speech: Speech, result: Superseded, number: int) -> Verdict:
    if number in result.takes:
        return _replaced(speech, result.takes[number])
    if number in result.asides or announces_restart(speech, number):
        return Verdict("off_script")
    if number in speech.noises:
        return Verdict("noise")
    return Verdict("filler") if is_lone_filler(speech, number) else KEPT


def _look_closer(speech: Speech, result: Superseded, number: int, judgement: Judgement, words: range) -> None:
    """Drop the words of a kept island that are said again, or mark what may be worth dropping."""
    for again in stumbles(speech, number):
        judgement.words[again.start : again.stop] = [Verdict("false_start")] * len(again)
    tail = restarted_tail(speech, number, result)
    if tail is not None:
        judgement.words[tail : words.stop] = [Verdict("false_start")] * (words.stop - tail)
    elif number in result.meant:
        judgement.unsure[number] = "retake"
    elif number in result.remarks or is_aside(speech, number):
        judgement.unsure[number] = "off_script"
    elif all(word.kind == "noise" for word in speech.heard[number]):
        judgement.unsure[number] = "noise"
    elif may_be_filler(speech, number):
        judgement.unsure[number] = "filler"


def _replaced(speech: Speech, repeat: Repeat) -> Verdict:
    """Return the verdict on a take: broken off if the one that counts goes on where it ended."""
    start, end = repeat.start, repeat.end
    words = speech.words_from(start.island, start.words, end.words - start.words)
    texts = dict.fromkeys(word.word for word in words)
    instead = " ".join(speech.listening.words[word].text.strip() for word in texts) or None
    by_words = words and not repeat.by_sound
    whole = _ends_island(speech, words[-1].word) if by_words else _ends_sound(speech, start.island, end.seconds)
    return Verdict("retake" if whole else "false_start", instead)


def _ends_island(speech: Speech, word: int) -> bool:
    words = speech.listening.words
    return word + 1 == len(words) or words[word + 1].island != words[word].island


def _ends_sound(speech: Speech, island: int, seconds: float) -> bool:
    """Return if a stretch from the beginning of an island ends with one of the next islands."""
    assert speech.frames is not None
    end = 0.0
    for frames in speech.frames[island:]:
        end += len(frames) * CEPSTRUM_STEP
        if end + _ENDS_TOGETHER > seconds:
            return abs(end - seconds) < _ENDS_TOGETHER
    return True
