"""Who hears a recording: by what is ready, the settings, the language of the asset and of the script."""

from __future__ import annotations

import pytest

from roughy_box.speech.recognizers import NONE, Offer, Status
from roughy_box.speech.script_language import is_latin, script_language
from roughy_box.speech.selection import select

ENGLISH, MANY = frozenset({"en"}), frozenset({"en", "es", "fr", "de"})
SPHINX = Offer("pocketsphinx", "pocketsphinx 1", ENGLISH, needs_script=True)
BASE = Offer("faster-whisper", "whisper base", MANY, detects=True, guesses=True)
TINY_EN = Offer("faster-whisper", "whisper tiny.en", ENGLISH, guesses=True)
ENGLISH_SCRIPT = "The baker opens his shop in the morning and it is good for all of you."
SPANISH_SCRIPT = "El perro corre por la calle y la casa está muy lejos de los dos."


def statuses(*offers: Offer) -> dict[str, Status]:
    return {
        name: Status("x", tuple(offer for offer in offers if offer.engine == name))
        for name in ("faster-whisper", "pocketsphinx")
    }


@pytest.mark.parametrize(
    ("offers", "engine", "language", "script", "expected"),
    [
        ([SPHINX], "auto", "en", None, [(SPHINX, "en")]),
        ([SPHINX], "auto", "es", None, []),
        ([SPHINX], "auto", None, None, [(SPHINX, None)]),
        ([SPHINX], "auto", None, ENGLISH_SCRIPT, [(SPHINX, "en")]),
        ([SPHINX], "auto", None, SPANISH_SCRIPT, []),
        ([SPHINX], "auto", None, "今日は天気がいいですね", []),
        ([SPHINX], "pocketsphinx", "es", None, []),
        ([BASE, SPHINX], "auto", "en", None, [(BASE, "en"), (SPHINX, "en")]),
        ([BASE, SPHINX], "auto", "es", None, [(BASE, "es")]),
        ([BASE, SPHINX], "auto", "sw", None, []),
        ([BASE, SPHINX], "auto", None, None, [(BASE, None), (SPHINX, None)]),
        ([BASE, SPHINX], "auto", None, SPANISH_SCRIPT, [(BASE, None)]),
        ([BASE, SPHINX], "pocketsphinx", "en", None, [(SPHINX, "en"), (BASE, "en")]),
        ([BASE, TINY_EN, SPHINX], "auto", "en", None, [(BASE, "en"), (TINY_EN, "en"), (SPHINX, "en")]),
        ([TINY_EN, BASE, SPHINX], "auto", None, None, [(BASE, None), (TINY_EN, None), (SPHINX, None)]),
        ([TINY_EN, SPHINX], "auto", "de", None, []),
        ([BASE, SPHINX], "none", "en", None, []),
        ([SPHINX], "faster-whisper", "en", None, [(SPHINX, "en")]),
        ([], "auto", "en", None, []),
    ],
)
def test_select_order(offers, engine, language, script, expected):
    chosen = select(statuses(*offers), engine, language, script).choices
    assert [(choice.offer, choice.language) for choice in chosen[:-1]] == expected
    assert chosen[-1].offer.engine == NONE


def test_select_missing_engine_noted():
    note = select({"faster-whisper": Status("It has no model.")}, "faster-whisper", "en", None).note
    assert note == "faster-whisper was set and cannot be used. It has no model."


@pytest.mark.parametrize("engine", ["auto", "none", "pocketsphinx"])
def test_select_ready_engine_not_noted(engine):
    assert select(statuses(SPHINX), engine, "en", None).note is None


@pytest.mark.parametrize(
    ("script", "language"),
    [
        (ENGLISH_SCRIPT, "en"),
        (SPANISH_SCRIPT, "es"),
        ("Nous allons à la plage avec les enfants et il fait beau dans le sud.", "fr"),
        ("Der Hund ist nicht in dem Haus und die Katze schläft auf dem Sofa.", "de"),
        ("Мы не были на работе, но всё это было так давно.", "ru"),
        ("Hello world", None),
        ("", None),
        ("1234 😀 5678", None),
    ],
)
def test_script_language(script, language):
    assert script_language(script) == language


@pytest.mark.parametrize(("script", "latin"), [("Käse, ça va", True), ("你好吗", False), ("Привет, Bob", False)])
def test_is_latin(script, latin):
    assert is_latin(script) is latin
