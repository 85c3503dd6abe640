"""A plan as bytes and back: JSON in a zlib stream. Same plan, same bytes."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, get_args

from roughy_box.domain.cut import CutWarning, Dropped, DropReason, Plan, Segment, Suggestion, Word, WordKind

_VERSION = 1
_MOST = 512 * 1024**2  # bytes of a document once it is unpacked; ten hours of speech take 10 MB
_REASONS, _KINDS = get_args(DropReason), get_args(WordKind)


def pack(plan: Plan) -> bytes:
    """Return the bytes of a plan."""
    document = {
        "version": _VERSION,
        "rate": str(plan.rate),
        "length": plan.length,
        "segments": [[each.start, each.end, each.text] for each in plan.segments],
        "dropped": [[each.start, each.end, each.reason, each.text, each.kept_instead] for each in plan.dropped],
        "suggestions": [[each.start, each.end, each.reason, each.text] for each in plan.suggestions],
        "words": [[each.text, each.start, each.end, each.confidence, each.kind, each.kept] for each in plan.words],
        "warnings": [[each.code, each.message] for each in plan.warnings],
    }
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode(), 6)


def unpack(content: bytes) -> Plan:
    """Return the plan of such bytes. Errors: ``ValueError`` for anything that :func:`pack` does not make."""
    try:
        packed = zlib.decompressobj()
        document = json.loads(packed.decompress(content, _MOST))
        if document["version"] != _VERSION:
            raise ValueError("a plan of another version")
        return _plan(document)
    except (zlib.error, LookupError, TypeError, AttributeError, RecursionError, ZeroDivisionError) as error:
        raise ValueError(f"not a plan: {error}") from None


def _plan(document: dict[str, Any]) -> Plan:
    return Plan(
        rate=Fraction(_text(document["rate"])),
        length=_count(document["length"]),
        segments=tuple(Segment(*_span(row), _text(row[2])) for row in document["segments"]),
        dropped=tuple(_dropped(row) for row in document["dropped"]),
        suggestions=tuple(Suggestion(*_span(row), _reason(row[2]), _text(row[3])) for row in document["suggestions"]),
        words=tuple(_word(*row) for row in document["words"]),
        warnings=tuple(CutWarning(_text(code), _text(message)) for code, message in document["warnings"]),
    )


def _dropped(row: Sequence[Any]) -> Dropped:
    instead = None if row[4] is None else _text(row[4])
    return Dropped(*_span(row), _reason(row[2]), _text(row[3]), instead)


def _word(text: object, start: object, end: object, confidence: object, kind: object, kept: object) -> Word:
    if kind not in _KINDS:
        raise ValueError("not a kind of word")
    sure = None if confidence is None else _number(confidence)
    return Word(_text(text), _number(start), _number(end), sure, _KINDS[_KINDS.index(kind)], bool(kept))


def _span(row: Sequence[Any]) -> tuple[int, int]:
    return _count(row[0]), _count(row[1])


def _reason(value: object) -> DropReason:
    if value not in _REASONS:
        raise ValueError("not a reason")
    reason: DropReason = _REASONS[_REASONS.index(value)]
    return reason


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("not a count")
    return value


def _number(value: object) -> float:
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("not a number")
    return float(value)
