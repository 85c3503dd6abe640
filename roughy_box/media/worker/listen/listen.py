"""The task ``listen``: sound to a listening. Runs in the child.

The samples of speech are held in memory for the recognizer, the rest of the sound is gone once it was heard.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from roughy_box.cutting.listening import Engine, Island, Listening
from roughy_box.cutting.sound.cepstra import FeatureBuilder
from roughy_box.cutting.sound.levels import RATE
from roughy_box.cutting.sound.voice import OFF, find_islands
from roughy_box.media.worker.file import Descriptor
from roughy_box.media.worker.listen.sound import MixedSound, mixed_sound
from roughy_box.media.worker.reporting import Reporter
from roughy_box.speech.payload import pack
from roughy_box.speech.recognizers import (
    NONE,
    Heard,
    Hints,
    Offer,
    Recognizer,
    RecognizerError,
    Setup,
    Sound,
    recognizers,
)
from roughy_box.speech.samples import Samples
from roughy_box.speech.voice import STEP, VoiceDetector

_FAR = 1.0  # seconds
_LOOKED_AT = round(150 / STEP)  # probabilities: two chunks and a half
# Of the whole job; decoding and voice activity are a twentieth of what a recognizer takes.
_LISTENING = 0.15


def listen(reporter: Reporter, arguments: Mapping[str, Any], source: int, output: int) -> dict[str, Any]:
    """Hear a file and write the payload to ``output``; return what the server has to know of it.

    Errors: :class:`~roughy_box.speech.recognizers.RecognizerError`.
    """
    is_heard = arguments["engine"] != NONE
    reporter.stage("listening", 0.0, _LISTENING if is_heard else 1.0)
    file = Descriptor(source, lambda share, _: reporter.report(share))
    with mixed_sound(file, arguments["duration_ms"] / 1000) as mixed:
        if mixed is None:
            return {"has_sound": False}
        sound, listening = _hear(mixed, reporter)
    if not listening.duration:
        return {"has_sound": False}
    if is_heard and listening.islands:
        reporter.stage("recognizing", _LISTENING, 1.0)
        listening = _with_words(listening, sound, arguments, reporter)
    payload = pack(listening, _facts(arguments, mixed))
    _write(output, payload)
    return {
        "has_sound": True,
        "size": len(payload),
        "language": listening.language,
        "islands": len(listening.islands),
        "words": len(listening.words),
    }


def _hear(mixed: MixedSound, reporter: Reporter) -> tuple[Sound, Listening]:
    voice, features, samples, heard = VoiceDetector(), FeatureBuilder(), Samples(), 0
    for chunk in mixed.chunks:
        samples.keep(heard, chunk)
        features.feed(chunk)
        for start in range(0, len(chunk), RATE):
            voice.feed(chunk[start : start + RATE])
            reporter.report(0.0)
        heard += len(chunk)
        _forget_silence(samples, voice.probabilities)
    islands = find_islands(voice.finish(), STEP, (sound := features.finish()).levels)
    islands = tuple(Island(island.start, min(island.end, heard / RATE)) for island in islands)
    listening = Listening(heard / RATE, islands, sound=sound, offset=mixed.offset)
    return Sound(islands, samples, sound.levels), listening


def _forget_silence(samples: Samples, probabilities: Sequence[float]) -> None:
    """Drop sound that is further from any voice than an edge of an island can move.

    The last seconds wait for what follows them; what lies further back was dropped before.
    """
    first = max(0, len(probabilities) - _LOOKED_AT)
    voiced = (np.flatnonzero(np.asarray(probabilities[first:]) >= OFF) + first) * STEP
    edges = np.concatenate(([first * STEP - _FAR], voiced, [len(probabilities) * STEP]))
    for index in np.flatnonzero(np.diff(edges) > 2 * _FAR):
        samples.drop(float(edges[index]) + _FAR, float(edges[index + 1]) - _FAR)


def _with_words(listening: Listening, sound: Sound, arguments: Mapping[str, Any], reporter: Reporter) -> Listening:
    recognizer = recognizers()[arguments["engine"]]()
    offer = _offer(recognizer, arguments)
    hints = Hints(arguments["language"], arguments["script"], arguments["threads"])
    with reporter.kept_alive():
        heard = recognizer.words(sound, offer, hints, reporter.report)
    engine = Engine(offer.identity, recognizes=heard.language is not None, guesses=offer.guesses)
    return Listening(
        listening.duration,
        listening.islands,
        _in_place(heard, listening),
        listening.sound,
        engine,
        heard.language,
        listening.offset,
    )


def _offer(recognizer: Recognizer, arguments: Mapping[str, Any]) -> Offer:
    """Return the offer that the server chose; it may have gone since."""
    model = Path(arguments["model"]) if arguments["model"] else None
    status = recognizer.ready(Setup(model=model))
    for offer in status.offers:
        if offer.identity == arguments["identity"]:
            return offer
    raise RecognizerError(status.sentence)


def _in_place(heard: Heard, listening: Listening) -> tuple[Any, ...]:
    """Return the words in the order of islands and times, inside of the sound."""
    words = [word for word in heard.words if 0 <= word.start <= word.end <= listening.duration]
    return tuple(sorted(words, key=lambda word: (word.island, word.start, word.end)))


def _facts(arguments: Mapping[str, Any], mixed: MixedSound) -> dict[str, Any]:
    """Return what tells whether a payload serves another cut, and where the sound lies in the file."""
    script = arguments["script"]
    return {
        "identity": arguments["identity"],
        "script_sha256": hashlib.sha256(script.encode()).hexdigest() if script is not None else None,
        "tracks": mixed.tracks,
        "sound_begin": round(mixed.begin, 6),
        "picture_begin": None if mixed.picture is None else round(mixed.picture, 6),
    }


def _write(descriptor: int, payload: bytes) -> None:
    left = memoryview(payload)
    while left:
        left = left[os.write(descriptor, left) :]
