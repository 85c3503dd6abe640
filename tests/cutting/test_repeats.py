"""Free speech: repeats are dropped, figures of speech and answers stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

import pytest

from roughy_box.cutting.listening import NO_ENGINE, Engine, HeardWord, Listening
from roughy_box.cutting.repeats.prefix import match_prefix
from tests.cutting.talk import codes, cut, kept_text, reasons, talk

FIRST = "the committee met on thursday to discuss the harbor"
SECOND = "most members agreed about the old bridge"
WHISPER = Engine("faster-whisper", guesses=True)


def reworded(listening: Listening, texts: Sequence[str]) -> Listening:
    """Return a listening whose first words were heard as others."""
    pairs = zip_longest(listening.words, texts)
    return replace(listening, words=tuple(replace(word, text=text or word.text) for word, text in pairs))


@pytest.mark.parametrize("sound", [True, False])
def test_retake_is_dropped_for_the_later_one(sound: bool) -> None:
    plan = cut(talk(FIRST, SECOND, SECOND, sound=sound))
    assert kept_text(plan) == f"{FIRST} {SECOND}"
    (dropped,) = [span for span in plan.dropped if span.reason != "pause"]
    assert (dropped.reason, dropped.text, dropped.kept_instead) == ("retake", SECOND, SECOND)


def test_false_start_is_dropped() -> None:
    plan = cut(talk(FIRST, "most members agr", SECOND))
    assert kept_text(plan) == f"{FIRST} {SECOND}"
    assert reasons(plan) == ["false_start"]


def test_takes_that_split_at_other_pauses_match() -> None:
    plan = cut(talk("most members agreed", "about the old bridge", SECOND, FIRST))
    assert kept_text(plan) == f"{SECOND} {FIRST}"
    plan = cut(talk(SECOND, "most members agreed", "about the old bridge", FIRST))
    assert kept_text(plan) == f"{SECOND} {FIRST}"


def test_takes_that_pause_too_briefly_to_split_match() -> None:
    plan = cut(
        talk(
            "most members agreed",
            "about the old bridge",
            "most members agreed...about the old bridge",
            engine=NO_ENGINE,
            sound=True,
        )
    )
    assert reasons(plan) == ["false_start", "retake"]


def test_remark_between_takes_goes_with_the_first() -> None:
    plan = cut(talk(SECOND, "sorry let me start again", SECOND))
    assert kept_text(plan) == SECOND
    assert reasons(plan) == ["retake", "off_script"]


@pytest.mark.parametrize("engine", [Engine("pocketsphinx"), NO_ENGINE])
def test_unknown_remark_between_takes_is_offered(engine: Engine) -> None:
    plan = cut(talk(SECOND, "what a pity", SECOND, engine=engine, sound=True))
    assert reasons(plan) == ["retake"]
    assert [suggestion.reason for suggestion in plan.suggestions] == ["off_script"]


@pytest.mark.parametrize(("take", "found"), [(SECOND, ["retake"]), ("most members of us agreed", [])])
def test_take_is_dropped_across_a_long_remark_if_long(take: str, found: list[str]) -> None:
    assert reasons(cut(talk(take, "there is a fly on my nose today for once", take))) == found


def test_take_in_two_islands_before_a_remark_goes_whole() -> None:
    plan = cut(talk("most members agreed|0.2", "about the old bridge", "what a pity", SECOND))
    assert kept_text(plan) == f"what a pity {SECOND}"


@pytest.mark.parametrize(
    ("language", "remark"),
    [
        ("en", "sorry let me try that again"),
        ("es", "perdón otra vez desde el principio"),
        ("fr", "pardon je recommence"),
        ("de", "entschuldigung nochmal von vorn"),
    ],
)
def test_announced_restart_is_dropped(language: str, remark: str) -> None:
    assert reasons(cut(talk(FIRST, remark, SECOND, language=language))) == ["off_script"]


@pytest.mark.parametrize("island", ["sorry again", "i am so sorry", "start again from the top", "no more"])
def test_words_that_may_be_told_are_kept(island: str) -> None:
    assert reasons(cut(talk(FIRST, island, SECOND))) == []


def test_remark_alone_is_offered_only() -> None:
    plan = cut(talk(FIRST, "let me try that again", SECOND))
    assert reasons(plan) == []
    assert [suggestion.reason for suggestion in plan.suggestions] == ["off_script"]
    assert "suggestions" in codes(plan)


def test_end_said_again_is_cut_at_the_word() -> None:
    plan = cut(talk("we walked along the river and then we", "and then we saw the mill", sound=True))
    assert kept_text(plan) == "we walked along the river and then we saw the mill"
    assert reasons(plan) == ["false_start"]


def test_misheard_end_said_again_is_cut_by_its_sound() -> None:
    listening = talk("it carries two lanes of traffic again the toll has", "the toll has not changed", sound=True)
    misheard = ["it", "carries", "two", "lanes", "of", "traffic", "again", "to", "tell", "hat", "in", "tells"]
    plan = cut(reworded(listening, misheard))
    assert kept_text(plan) == "it carries two lanes of traffic again in tells has not changed"
    assert reasons(plan) == ["false_start"]


@pytest.mark.parametrize("sound", [True, False])
def test_words_begun_again_at_once_are_cut(sound: bool) -> None:
    plan = cut(talk(FIRST, "most members most members agreed about the old bridge", sound=sound))
    assert kept_text(plan) == f"{FIRST} {SECOND}"
    assert reasons(plan) == ["false_start"]


def test_misheard_restart_is_cut_by_its_sound() -> None:
    listening = talk(FIRST, "today only today only tourists travel on it", sound=True)
    plan = cut(reworded(listening, [*FIRST.split(), "to", "own"]))
    assert kept_text(plan) == f"{FIRST} today only tourists travel on it"
    assert reasons(plan) == ["false_start"]


@pytest.mark.parametrize("sound", [True, False])
@pytest.mark.parametrize(
    "island",
    [
        "they tried again and again and again",
        "we will win we will win",
        "no no no no never",
        "it was very very cold",
        "step by step by step we came closer",
        "he came on monday she came on sunday",
    ],
)
def test_words_repeated_on_purpose_stay(island: str, sound: bool) -> None:
    assert reasons(cut(talk(FIRST, island, SECOND, sound=sound))) == []


def test_misheard_take_is_found_by_its_sound() -> None:
    listening = talk(FIRST, SECOND, SECOND, sound=True)
    plan = cut(reworded(listening, ["salmon" if word.island == 1 else word.text for word in listening.words]))
    assert reasons(plan) == ["retake"]


@pytest.mark.parametrize("sound", [True, False])
@pytest.mark.parametrize("engine", [Engine("pocketsphinx"), WHISPER, NO_ENGINE])
@pytest.mark.parametrize(
    "islands",
    [
        (
            "it was the best of times",
            "it was the worst of times",
            "it was the age of wisdom",
            "it was the age of foolishness",
        ),
        ("we shall fight on the beaches", "we shall fight on the landing grounds", "we shall fight in the fields"),
        ("in the morning|0.2", "we eat bread", "in the morning|0.2", "we drink tea"),
        ("are you ready", "yes", "are you sure", "yes", "right"),
        ("never", "never give in", "never give up"),
        ("he loved the sea", "the sea was calm"),
        ("she came on monday", "she came on sunday"),
        ("what do we want", "clean water", "when do we want it"),
    ],
)
def test_figure_of_speech_loses_nothing(islands: tuple[str, ...], engine: Engine, sound: bool) -> None:
    plan = cut(talk(*islands, engine=engine, sound=sound))
    assert reasons(plan) == []


@pytest.mark.parametrize(("take", "found"), [("never again", []), ("never aga", ["false_start"])])
def test_two_words_are_a_false_start_if_broken_off(take: str, found: list[str]) -> None:
    assert reasons(cut(talk(FIRST, take, "never again will we leave", sound=True))) == found


def test_take_misheard_throughout_is_found_by_its_sound() -> None:
    listening = talk(FIRST, "most members agreed about", SECOND, sound=True)
    misheard = [*FIRST.split(), "the", "moles", "are", "out"]
    assert reasons(cut(reworded(listening, misheard))) == ["false_start"]


def test_same_words_in_another_voice_are_no_retake() -> None:
    listening = talk("thank you very much indeed", "thank you very much indeed", sound=True)
    assert listening.sound is not None
    second = listening.islands[1]
    listening.sound.cepstra[round(second.start / 0.02) : round(second.end / 0.02)] *= -1
    assert reasons(cut(listening)) == []


def test_speech_that_goes_on_at_once_was_not_broken_off() -> None:
    assert reasons(cut(talk("one more thing|0.2", "one more thing i want to say"))) == []
    assert reasons(cut(talk("one more thing|0.4", "one more thing i want to say"))) == ["false_start"]


def test_repeat_after_other_speech_is_meant() -> None:
    assert reasons(cut(talk(SECOND, FIRST, SECOND))) == []


def test_repeat_after_20_seconds_is_meant() -> None:
    assert reasons(cut(talk(SECOND + "|25", SECOND))) == []


def test_sound_alone_finds_takes_and_warns() -> None:
    plan = cut(talk(FIRST, SECOND, SECOND, engine=NO_ENGINE, language="fr", sound=True))
    assert reasons(plan) == ["retake"]
    assert codes(plan) == {"no_recognizer"}


def test_no_recognizer_and_no_sound_keeps_all_speech() -> None:
    plan = cut(talk(SECOND, SECOND, "um", engine=NO_ENGINE))
    assert reasons(plan) == []


@pytest.mark.parametrize("filler", ["um", "uh", "hmm", "h m m", "the"])
def test_lone_filler_is_dropped(filler: str) -> None:
    assert reasons(cut(talk(FIRST, filler, SECOND))) == ["filler"]


@pytest.mark.parametrize(
    ("text", "confidence", "sound", "dropped"),
    [("and", 0.3, "mmnn", ["filler"]), ("and", 0.9, "mmnn", []), ("and", 0.3, "brushes", []), ("up", 0.3, "mmnn", [])],
)
def test_filler_heard_as_a_word_is_dropped(text: str, confidence: float, sound: str, dropped: list[str]) -> None:
    listening = talk(FIRST, sound, SECOND, sound=True)
    words = [replace(word, text=text, confidence=confidence) if word.island == 1 else word for word in listening.words]
    assert reasons(cut(replace(listening, words=tuple(words)))) == dropped


@pytest.mark.parametrize(("sound", "dropped"), [("mmnn", ["filler"]), ("brushes", [])])
def test_sustained_sound_heard_as_noise_is_a_filler(sound: str, dropped: list[str]) -> None:
    listening = talk(FIRST, sound, SECOND, sound=True)
    words = [replace(word, text="", kind="noise") if word.island == 1 else word for word in listening.words]
    assert reasons(cut(replace(listening, words=tuple(words)))) == dropped


@pytest.mark.parametrize("answer", ["yes", "no", "right", "okay", "bridge"])
def test_short_answer_is_kept(answer: str) -> None:
    assert reasons(cut(talk(FIRST, answer, SECOND))) == []


@pytest.mark.parametrize(("before", "found"), [("~um", ["filler"]), ("~ummmmmmmmmmmmmmm", []), ("yes", [])])
def test_filler_written_at_the_head_of_the_next_island_is_dropped(before: str, found: list[str]) -> None:
    plan = cut(talk(FIRST, before, f"um {SECOND}"))
    assert reasons(plan) == found
    assert [word.text for word in plan.words if not word.kept] == (["um"] if found else [])


def test_joined_filler_is_kept() -> None:
    assert reasons(cut(talk(FIRST + "|0.05", "um|0.05", SECOND))) == []


@pytest.mark.parametrize("engine", [Engine("pocketsphinx"), NO_ENGINE])
@pytest.mark.parametrize(("text", "dropped"), [("hh", ["noise"]), ("hhhhhhhhhhhhhhh", [])])
def test_short_sound_without_a_vowel_is_noise(engine: Engine, text: str, dropped: list[str]) -> None:
    listening = talk(FIRST, text, SECOND, engine=engine, sound=True)
    assert listening.sound is not None
    listening.sound.cepstra_of(listening.islands[1])[:, 0] = -5
    assert reasons(cut(listening)) == dropped


@pytest.mark.parametrize(
    ("text", "confidence", "dropped"), [("that", 0.4, ["noise"]), ("that", 0.8, []), ("um", 0.4, ["filler"])]
)
def test_short_sound_that_stands_still_is_no_word(text: str, confidence: float, dropped: list[str]) -> None:
    listening = talk(FIRST, "hhhh", SECOND, sound=True)
    words = [replace(word, text=text, confidence=confidence) if word.island == 1 else word for word in listening.words]
    assert reasons(cut(replace(listening, words=tuple(words)))) == dropped


def test_whispered_recording_keeps_its_short_words() -> None:
    listening = talk(FIRST, "stop", SECOND, sound=True)
    assert listening.sound is not None
    listening.sound.cepstra[:, 0] = -5
    assert reasons(cut(listening)) == []


def test_sound_without_words_is_kept() -> None:
    assert reasons(cut(talk(FIRST, "~mm", SECOND))) == []


@pytest.mark.parametrize(
    ("text", "confidence", "dropped"),
    [
        ("bye", 0.2, ["filler"]),
        ("bye", 0.9, []),
        ("mood", 0.2, ["filler"]),
        ("mood", 0.3, []),
        ("supercalifragilistics" * 2, 0.9, ["filler"]),
    ],
)
def test_guess_of_whisper_is_a_filler(text: str, confidence: float, dropped: list[str]) -> None:
    listening = talk(FIRST, "mmnn", SECOND, engine=WHISPER, sound=True)
    words = [
        HeardWord(
            text if word.island == 1 else word.text,
            word.start,
            word.end,
            word.island,
            confidence if word.island == 1 else 0.9,
        )
        for word in listening.words
    ]
    guessed = Listening(listening.duration, listening.islands, tuple(words), listening.sound, WHISPER, "en")
    assert reasons(cut(guessed)) == dropped


def test_unsure_words_of_whisper_are_warned_of() -> None:
    listening = talk(FIRST, SECOND, engine=WHISPER)
    words = [HeardWord(word.text, word.start, word.end, word.island, 0.3) for word in listening.words]
    plan = cut(Listening(listening.duration, listening.islands, tuple(words), None, WHISPER, "en"))
    assert "low_confidence" in codes(plan)


def test_prefix_counts_last_word_and_contradictions() -> None:
    good = match_prefix([[1, 0, 0], [0, 1, 0]])
    assert (good.score, good.last, good.used, good.contrary, good.agrees) == (1, 1, 2, 0, True)
    other = match_prefix([[1, 0, 0, 0], [0, 0.2, 0, 0], [0, 0, 1, 0]])
    assert (other.used, other.contrary, other.agrees) == (3, 1, True)
    cut_off = match_prefix([[1, 0], [0, 1], [0, 0]])
    assert (cut_off.last, cut_off.agrees) == (0, False)
    assert match_prefix([]).agrees is False
