"""Which recognizer hears a recording: a pure rule of what is offered, the settings and the language.

English speech models are never given another language: words that are none cost takes that were said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from roughy_box.speech.recognizers import NONE, Offer, Status
from roughy_box.speech.script_language import is_latin, script_language

AUTO = "auto"
NO_WORDS = Offer(NONE, NONE, frozenset())
_ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Choice:
    """One recognizer to try, and the language it is to hear; None means that it finds it out."""

    offer: Offer
    language: str | None


@dataclass(frozen=True, slots=True)
class Selection:
    """The recognizers to try, the best first, the last one without words; ``note`` says what is not as it was set."""

    choices: tuple[Choice, ...]
    note: str | None = None


def select(statuses: Mapping[str, Status], engine: str, language: str | None, script: str | None) -> Selection:
    """Return who hears a recording.

    ``engine`` is ``speech.engine``; ``language`` is the asset's, two letters, or None where it is to be found out:
    from the sound if a recognizer can, else from the script, else it is taken for English and judged by how sure
    the recognizer is.
    """
    spoken = language or (script_language(script) if script else None)
    offers = [offer for status in statuses.values() for offer in status.offers]
    wanted = [offer for offer in offers if engine in (AUTO, offer.engine)]
    others = [offer for offer in offers if offer not in wanted] if engine != NONE else []
    assumed = spoken or (_ENGLISH if not script or is_latin(script) else None)
    choices = [choice for group in (wanted, others) for choice in _fitting(group, language, spoken, assumed)]
    return Selection((*choices, Choice(NO_WORDS, spoken)), _note(statuses, engine, wanted))


def _fitting(offers: Sequence[Offer], language: str | None, spoken: str | None, assumed: str | None) -> list[Choice]:
    """Return the offers that hear the language, in their order; those that detect an unknown one first."""
    detecting = [] if language else [offer for offer in offers if offer.detects]
    fitting = [offer for offer in offers if offer not in detecting and assumed in offer.languages]
    return [Choice(offer, None) for offer in detecting] + [Choice(offer, spoken) for offer in fitting]


def _note(statuses: Mapping[str, Status], engine: str, wanted: Sequence[Offer]) -> str | None:
    if engine in (AUTO, NONE) or wanted:
        return None
    status = statuses.get(engine)
    return f"{engine} was set and cannot be used. {status.sentence if status else 'It is not installed.'}"
