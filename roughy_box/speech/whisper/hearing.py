"""Islands through faster-whisper: packed into windows, and heard once more, alone, where the words look odd.

Greedy, without a prompt and without thresholds: measured, beams find nothing more, and what the library drops by
its own thresholds are takes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from roughy_box.cutting.listening import HeardWord, Island
from roughy_box.speech.recognizers import Heard, Hints, RecognizerError, Report, Sound
from roughy_box.speech.stretches import Stretch, stretches
from roughy_box.speech.whisper.languages import whisper_code
from roughy_box.speech.whisper.model_folder import Model
from roughy_box.speech.whisper.windows import LONGEST, Window, alone, packed

_EDGES = 1.0  # seconds of a window that are not speech
_SHORT = 0.35  # seconds of an island that may have no words
_SLOWEST, _FASTEST = 6.0, 28.0  # characters a second of words that were said
_WINDOWS_PER_RETRY = 4
_DETECTED_IN = 3  # windows in which the language is looked for


def hear(sound: Sound, model: Model, hints: Hints, report: Report) -> Heard:
    """Return the words of all islands. Errors: :class:`RecognizerError` when the model does not load."""
    whisper = _load(model, hints.threads)
    windows = list(packed(stretches(sound.islands, sound.levels, LONGEST - _EDGES)))
    language = whisper_code(hints.language) if hints.language else _language(whisper, model, sound, windows)
    groups: dict[Stretch, list[HeardWord]] = {}
    retries = 0
    for number, window in enumerate(windows, start=1):
        found = _transcribe(whisper, sound, window, language)
        odd = (stretch for stretch in window.stretches if _is_odd(found[stretch], stretch, sound.islands))
        for stretch in islice(odd, number // _WINDOWS_PER_RETRY + 1 - retries):
            retries += 1
            again = _transcribe(whisper, sound, alone(stretch), language)[stretch]
            if again and (not found[stretch] or not _is_odd(again, stretch, sound.islands)):
                found[stretch] = again
        groups |= found
        report(number / len(windows))
    return Heard([word for words in groups.values() for word in words], hints.language or language)


def _load(model: Model, threads: int) -> Any:
    # Before the import: a name that is not a folder must never be looked up.
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        from faster_whisper import WhisperModel

        # Else it takes four threads, whatever OMP_NUM_THREADS says.
        return WhisperModel(
            str(model.path), device="cpu", compute_type="int8", cpu_threads=max(1, threads), local_files_only=True
        )
    except MemoryError:
        raise
    except Exception as error:  # of CTranslate2, by the kind of fault
        raise RecognizerError(f"The model in {model.path} cannot be loaded: {error}") from None


def _language(whisper: Any, model: Model, sound: Sound, windows: Sequence[Window]) -> str:
    if not model.is_multilingual:
        return "en"
    scores: dict[str, float] = {}
    for window in windows[:_DETECTED_IN]:
        _, _, rated = whisper.detect_language(window.sound(sound.samples))
        for code, probability in rated:
            scores[code] = scores.get(code, 0.0) + probability
    return min(scores, key=lambda code: (-scores[code], code))


def _transcribe(whisper: Any, sound: Sound, window: Window, language: str) -> dict[Stretch, list[HeardWord]]:
    """Return the words of each stretch of a window."""
    found: dict[Stretch, list[HeardWord]] = {stretch: [] for stretch in window.stretches}
    for word in _words(whisper, window.sound(sound.samples), language):
        number, start, end = window.locate(word.start, word.end)
        stretch = window.stretches[number]
        confidence = min(1.0, max(0.0, float(word.probability)))
        found[stretch].append(HeardWord(word.word.strip(), start, end, stretch.island, confidence))
    return found


def _words(whisper: Any, samples: Any, language: str) -> Iterator[Any]:
    segments, _ = whisper.transcribe(
        np.ascontiguousarray(samples),
        language=language,
        beam_size=1,
        temperature=0.0,
        word_timestamps=True,
        condition_on_previous_text=False,
        vad_filter=False,
        no_speech_threshold=None,
        log_prob_threshold=None,
        compression_ratio_threshold=None,
    )
    for segment in segments:  # the work happens here
        yield from (word for word in segment.words or () if word.word.strip())


def _is_odd(words: Sequence[HeardWord], stretch: Stretch, islands: Sequence[Island]) -> bool:
    """Return whether words can hardly be all that was said in a stretch, or more than that."""
    spoken = min(stretch.end, islands[stretch.island].end) - max(stretch.start, islands[stretch.island].start)
    if not words:
        return spoken > _SHORT
    rate = sum(len(word.text) for word in words) / max(spoken, 0.01)
    return not _SLOWEST <= rate <= _FASTEST
