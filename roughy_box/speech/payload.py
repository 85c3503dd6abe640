"""A listening as bytes, so that a second cut need not hear again. Same listening, same bytes.

A line that names the format, then one zlib stream: the length of a JSON document, the document, the levels in
hundredths of a decibel (int16), the cepstra (float16; zero outside of islands, where no rule looks at them).
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.listening import CEPSTRUM_STEP, Engine, HeardWord, Island, Listening, Sound
from roughy_box.domain.cut import WordKind

_MAGIC = b"roughy-box listening 1\n"
_LENGTH = struct.Struct("<I")
_KINDS = get_args(WordKind)
_LEVEL = 100  # steps of a decibel
_LONGEST = 100 * 3600  # seconds of sound
_MOST = 4 * 1024**3  # bytes of a payload once it is unpacked
_WINDOW = 2  # rows of cepstra around an island that are kept


def pack(listening: Listening, facts: Mapping[str, Any]) -> bytes:
    """Return the bytes of a listening, and with it ``facts``: JSON of the caller's choice."""
    assert listening.sound is not None
    levels = np.round(listening.sound.levels * _LEVEL).astype("<i2")
    cepstra = _in_islands(listening, listening.sound.cepstra).astype("<f2")
    document = json.dumps(_document(listening, cepstra, levels, facts), separators=(",", ":"), sort_keys=True).encode()
    packer = zlib.compressobj(6)
    parts = [_LENGTH.pack(len(document)), document, levels.tobytes(), cepstra.tobytes()]
    return b"".join([_MAGIC, *(packer.compress(part) for part in parts), packer.flush()])


def unpack(payload: bytes) -> tuple[Listening, dict[str, Any]]:
    """Return the listening and the facts of a payload.

    Errors: ``ValueError`` for anything that :func:`pack` does not make: the payload comes from a child.
    """
    try:
        return _unpack(payload)
    except (zlib.error, struct.error, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a listening: {error}") from None


def _unpack(payload: bytes) -> tuple[Listening, dict[str, Any]]:
    if not payload.startswith(_MAGIC):
        raise ValueError("not a listening of this version")
    stream = zlib.decompressobj()
    content = memoryview(stream.decompress(memoryview(payload)[len(_MAGIC) :], _MOST))
    if not stream.eof:
        raise ValueError("a listening that ends early, or is too long")
    (length,) = _LENGTH.unpack_from(content)
    document = json.loads(bytes(content[_LENGTH.size : _LENGTH.size + length]))
    rest = content[_LENGTH.size + length :]
    steps, (rows, columns) = _count(document["levels"]), map(_count, document["cepstra"])
    if len(rest) != 2 * (steps + rows * columns):
        raise ValueError("sound features of another length")
    levels = np.frombuffer(rest, dtype="<i2", count=steps).astype(np.float32) / np.float32(_LEVEL)
    cepstra = np.frombuffer(rest, dtype="<f2", offset=2 * steps).reshape(rows, columns).astype(np.float32)
    if not np.isfinite(cepstra).all():
        raise ValueError("sound features that are no numbers")
    return _listening(document, Sound(levels, cepstra)), dict(document["facts"])


def _document(
    listening: Listening, cepstra: npt.NDArray[np.float16], levels: npt.NDArray[np.int16], facts: Mapping[str, Any]
) -> dict[str, Any]:
    engine, words = listening.engine, listening.words
    return {
        "duration": round(listening.duration, 6),
        "offset": round(listening.offset, 6),
        "language": listening.language,
        "engine": {"name": engine.name, "recognizes": engine.recognizes, "guesses": engine.guesses},
        "islands": [[round(island.start, 3), round(island.end, 3)] for island in listening.islands],
        "words": {
            "text": [word.text for word in words],
            "start": [round(word.start, 3) for word in words],
            "end": [round(word.end, 3) for word in words],
            "island": [word.island for word in words],
            "confidence": [None if word.confidence is None else round(word.confidence, 3) for word in words],
            "kind": [_KINDS.index(word.kind) for word in words],
        },
        "levels": len(levels),
        "cepstra": list(cepstra.shape),
        "facts": dict(facts),
    }


def _listening(document: Mapping[str, Any], sound: Sound) -> Listening:
    words, engine = document["words"], document["engine"]
    columns = (words[name] for name in ("text", "start", "end", "island", "confidence", "kind"))
    return Listening(
        duration=_number(document["duration"]),
        islands=tuple(Island(_number(start), _number(end)) for start, end in document["islands"]),
        words=tuple(_word(*row) for row in zip(*columns, strict=True)),
        sound=sound,
        engine=Engine(_text(engine["name"]), bool(engine["recognizes"]), bool(engine["guesses"])),
        language=None if document["language"] is None else _text(document["language"]),
        offset=_number(document["offset"], below=-_LONGEST),
    )


def _word(text: object, start: object, end: object, island: object, confidence: object, kind: int) -> HeardWord:
    sure = None if confidence is None else _number(confidence)
    return HeardWord(_text(text), _number(start), _number(end), _count(island), sure, _KINDS[_count(kind)])


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value


def _number(value: object, below: float = 0.0) -> float:
    if not isinstance(value, int | float) or not math.isfinite(value) or not below <= value <= _LONGEST:
        raise ValueError("not a time")
    return float(value)


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("not a count")
    return value


def _in_islands(listening: Listening, cepstra: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    row: Callable[[float], int] = lambda seconds: round(seconds / CEPSTRUM_STEP)  # noqa: E731
    kept = np.zeros_like(cepstra)
    for island in listening.islands:
        rows = slice(max(0, row(island.start) - _WINDOW), row(island.end) + _WINDOW)
        kept[rows] = cepstra[rows]
    return kept
