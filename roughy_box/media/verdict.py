"""The answer of a look at the head of an upload, and the sizes at which to look.

Free of libmagic and PyAV: both sides of the line import it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from roughy_box.domain.asset import MediaKind
from roughy_box.media.formats import KINDS

HEAD_MIN = 64
HEAD_MAX = 1024 * 1024
SENTENCE_MAX = 300
_LONGEST = 100 * 365 * 24 * 3600 * 1000
STAGES = (HEAD_MIN, 4096, 65536, HEAD_MAX)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a head says: a kind to accept, or ``None`` and the reason for a person.

    ``settled``: more bytes would not change the answer, so the caller acts on it at once. Else
    the caller looks again at the next of :data:`STAGES`; at the last one, or at the end of the
    first chunk, the answer counts as it stands. A kind accepted unsettled is provisional and is
    corrected when the asset is prepared.
    """

    kind: MediaKind | None
    settled: bool
    reason: str = ""

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str | bytes) -> Verdict:
        """The verdict that :meth:`to_json` wrote; anything else is a ``ValueError``."""
        match parsed(line):
            case {"kind": None, "settled": bool(settled), "reason": str(reason)} if is_sentence(reason):
                return cls(None, settled, reason)
            case {"kind": dict(kind), "settled": bool(settled)}:
                return cls(kind_from_json(kind), settled)
        raise ValueError("not a verdict")


def kind_from_json(values: object) -> MediaKind:
    """The kind whose fields are ``values``, one that the box gives; anything else is a ``ValueError``.

    Its fields become a header and the name of a file.
    """
    match values:
        case {"type": "audio" | "video" as type_, "content_type": str(content_type), "extension": str(extension)}:
            kind = MediaKind(type_, content_type, extension)
            if kind in KINDS:
                return kind
    raise ValueError("not a media kind")


def parsed(line: str | bytes) -> object:
    """The JSON that a child wrote; anything else is a ``ValueError``."""
    try:
        return json.loads(line)
    except RecursionError:
        raise ValueError("nested without end") from None


def is_duration(number: int) -> bool:
    """Whether a child may have measured so many milliseconds: no file that the box takes plays longer."""
    return type(number) is int and 0 < number <= _LONGEST


def is_sentence(text: str) -> bool:
    """Whether a child may have written it for people: it goes to logs and terminals."""
    return len(text) <= SENTENCE_MAX and text.isprintable()


def is_language(code: str | None) -> bool:
    """Return whether a child may have heard this language: a code of two or three letters, or none."""
    return code is None or (len(code) in (2, 3) and code.isascii() and code.isalpha() and code.islower())
