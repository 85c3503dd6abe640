"""The ways to cut that are compared: who hears, with a script or without; the figures each has to reach."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from bench.cuts import packages
from bench.cuts.cases import Case
from roughy_box.speech.recognizers import Offer, Setup, statuses
from roughy_box.speech.selection import NO_WORDS, Choice

_WITH_BASE = ("en", "es", "fr")


@dataclass(frozen=True)
class Way:
    """One way; ``targets`` are the least precision, recall and share removed."""

    name: str
    engine: str
    with_script: bool
    languages: tuple[str, ...]
    targets: tuple[float, float, float] | None

    def choice(self, case: Case) -> Choice:
        """Return who hears. Errors: ``packages.Unavailable``."""
        return Choice(_offer(self.engine), case.language)


@cache
def _offer(engine: str) -> Offer:
    if engine == "none":
        return NO_WORDS
    status = statuses(Setup(model=packages.whisper_base() if engine == "faster-whisper" else None))[engine]
    if not status.offers:
        raise packages.Unavailable(status.sentence)
    return status.offers[0]


WAYS = (
    Way("pocketsphinx, script", "pocketsphinx", True, ("en",), (0.985, 0.985, 0.97)),
    Way("base, script", "faster-whisper", True, _WITH_BASE, (0.985, 0.985, 0.97)),
    Way("pocketsphinx, free", "pocketsphinx", False, ("en",), (0.93, 0.99, 0.70)),
    Way("base, free", "faster-whisper", False, _WITH_BASE, (0.94, 0.99, 0.78)),
    Way("none", "none", False, ("es", "fr", "de"), (0.88, 0.995, 0.50)),
    Way("none, English", "none", False, ("en",), None),
)
