"""The result of detection, and the sizes of a head at which detection runs.

Does not import libmagic and PyAV, because the server imports it as well.
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
    """The media kind of a head, or ``None`` and the reason as a sentence for people.

    ``settled``: more bytes would not change the answer, so the caller acts on it at once. Otherwise the
    caller tries again at the next of :data:`STAGES`; at the last one, or at the end of the first chunk,
    the answer is final. A kind accepted unsettled is provisional and is corrected when the asset is
    prepared.
    """

    kind: MediaKind | None
    settled: bool
    reason: str = ""

    def to_json(self) -> str:
        """Return the verdict as one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str | bytes) -> Verdict:
        """Return the verdict that :meth:`to_json` wrote. Errors: ``ValueError`` for anything else."""
        match parsed(line):
            case {"kind": None, "settled": bool(settled), "reason": str(reason)} if is_sentence(reason):
                return cls(None, settled, reason)
            case {"kind": dict(kind), "settled": bool(settled)}:
                return cls(kind_from_json(kind), settled)
        raise ValueError("not a verdict")


def kind_from_json(values: object) -> MediaKind:
    """Return the kind with the fields ``values``.

    Errors: ``ValueError`` for a kind that is not in :data:`~roughy_box.media.formats.KINDS`, because its
    fields become a header and a file name.
    """
    match values:
        case {"type": "audio" | "video" as type_, "content_type": str(content_type), "extension": str(extension)}:
            kind = MediaKind(type_, content_type, extension)
            if kind in KINDS:
                return kind
    raise ValueError("not a media kind")


def parsed(line: str | bytes) -> object:
    """Return the JSON that a child wrote. Errors: ``ValueError`` for anything else."""
    try:
        return json.loads(line)
    except RecursionError:
        raise ValueError("nested without end") from None


def is_duration(number: int) -> bool:
    """Return whether ``number`` can be a duration in milliseconds: no file that fits the box plays longer."""
    return type(number) is int and 0 < number <= _LONGEST


def is_sentence(text: str) -> bool:
    """Return whether ``text`` is fit for logs and terminals: short and printable."""
    return len(text) <= SENTENCE_MAX and text.isprintable()


def is_language(code: str | None) -> bool:
    """Return whether a child may have heard this language: a code of two or three letters, or none."""
    return code is None or (len(code) in (2, 3) and code.isascii() and code.isalpha() and code.islower())
