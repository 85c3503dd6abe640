"""The sounds people make while they think, by language; short lists, as some are words elsewhere."""

from __future__ import annotations

from roughy_box.cutting.text.tokens import fold

_ANYWHERE = "hm hmm mm mmm mhm uhm"
_BY_LANGUAGE = {
    "en": "um umm uh uhh er err erm ah eh huh hum",
    "de": "äh ähm ähem öh öhm",
    "es": "eh em um",
    "fr": "euh heu hum um",
}


def hesitations(language: str | None) -> frozenset[str]:
    """Return the folded fillers of a language; for an unknown one those of English."""
    own = _BY_LANGUAGE.get((language or "en").split("-")[0].lower(), "")
    return frozenset(fold(word) for word in f"{_ANYWHERE} {own}".split())
