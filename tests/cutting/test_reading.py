"""Recordings with a script: what is kept, dropped, shown and warned of."""

from __future__ import annotations

import pytest

from roughy_box.cutting.listening import Engine
from tests.cutting.talk import codes, cut, kept_text, reasons, talk

SCRIPT = (
    "The committee met on Thursday to discuss the harbor. Most members agreed about the old bridge.\n"
    "A small group wanted to wait until summer. In the end they voted to begin at once."
)
FIRST, SECOND, THIRD, FOURTH = (
    "the committee met on thursday to discuss the harbor",
    "most members agreed about the old bridge",
    "a small group wanted to wait until summer",
    "in the end they voted to begin at once",
)


def test_clean_reading_is_kept_whole() -> None:
    plan = cut(talk(FIRST, SECOND, THIRD, FOURTH), SCRIPT)
    assert kept_text(plan) == SCRIPT.replace("\n", " ")
    assert reasons(plan) == []
    assert plan.warnings == ()


def test_retake_is_dropped_for_the_last_take() -> None:
    plan = cut(talk(FIRST, SECOND, SECOND, THIRD, FOURTH), SCRIPT)
    assert kept_text(plan) == SCRIPT.replace("\n", " ")
    (dropped,) = [span for span in plan.dropped if span.reason == "retake"]
    assert dropped.text == dropped.kept_instead == "Most members agreed about the old bridge."
    assert plan.segments[0].end <= dropped.start


def test_false_start_is_named_and_dropped() -> None:
    plan = cut(talk(FIRST, "most members agreed", SECOND, THIRD, FOURTH), SCRIPT)
    assert reasons(plan) == ["false_start"]
    assert kept_text(plan) == SCRIPT.replace("\n", " ")


def test_remark_and_filler_are_dropped() -> None:
    plan = cut(talk(FIRST, "um", SECOND, "sorry where was i", THIRD, FOURTH), SCRIPT)
    assert reasons(plan) == ["filler", "off_script"]
    assert kept_text(plan) == SCRIPT.replace("\n", " ")


def test_island_without_words_is_noise() -> None:
    plan = cut(talk(FIRST, "~achoo", SECOND, THIRD, FOURTH), SCRIPT)
    assert reasons(plan) == ["noise"]


def test_tail_said_again_is_cut_at_the_word() -> None:
    plan = cut(talk(FIRST + " most members", SECOND, THIRD, FOURTH, sound=True), SCRIPT)
    assert kept_text(plan) == SCRIPT.replace("\n", " ")
    assert reasons(plan) == ["false_start"]


@pytest.mark.parametrize(
    ("option", "islands", "text"),
    [
        ({"retakes": "keep"}, (SECOND, SECOND), "Most members agreed about the old bridge. " * 2),
        ({"fillers": "keep"}, ("um", SECOND), "um Most members agreed about the old bridge. "),
        (
            {"off_script": "keep"},
            ("pardon my french", SECOND),
            "pardon my french Most members agreed about the old bridge. ",
        ),
    ],
)
def test_option_keeps_what_would_go(option: dict[str, str], islands: tuple[str, ...], text: str) -> None:
    plan = cut(talk(FIRST, *islands, THIRD, FOURTH), SCRIPT, **option)
    assert kept_text(plan) == SCRIPT.replace("\n", " ").replace("Most members agreed about the old bridge. ", text)


def test_late_pick_up_stays_where_it_was_said() -> None:
    plan = cut(talk(FIRST, SECOND, THIRD, FOURTH, SECOND), SCRIPT)
    assert kept_text(plan).endswith("at once. Most members agreed about the old bridge.")
    assert kept_text(plan).count("bridge") == 1
    (warning,) = [warning for warning in plan.warnings if warning.code == "late_pick_up"]
    assert "Most members agreed about the old bridge." in warning.message
    assert "0:" in warning.message


def test_script_in_another_order_keeps_everything() -> None:
    plan = cut(talk(THIRD, FOURTH, FIRST, SECOND), SCRIPT)
    assert reasons(plan) == []
    assert "late_pick_up" in codes(plan)


@pytest.mark.parametrize(
    "islands",
    [
        (f"{FIRST} most path", SECOND),
        (FIRST, f"most narrow {SECOND}"),
        (f"{FIRST} most members air", SECOND),
    ],
)
def test_half_a_word_heard_as_another_is_a_false_start(islands: tuple[str, ...]) -> None:
    plan = cut(talk(*islands, THIRD, FOURTH), SCRIPT)
    assert kept_text(plan) == SCRIPT.replace("\n", " ")
    assert reasons(plan) == ["false_start"]


def test_short_sentence_said_too_early_is_kept() -> None:
    plan = cut(talk("welcome back", "the committee met to discuss the", FIRST), f"{FIRST}. Welcome back.")
    assert kept_text(plan).casefold() == f"welcome back. {FIRST}."
    assert reasons(plan) == ["false_start"]


def test_sentence_read_once_more_after_the_next_one_counts() -> None:
    plan = cut(talk(FIRST, "most members agreed about the old fridge", THIRD, SECOND, FOURTH), SCRIPT)
    assert [segment.text for segment in plan.segments if "fridge" in segment.text] == []
    assert kept_text(plan).count("old bridge") == 1
    assert reasons(plan) == ["retake"]
    assert "late_pick_up" in codes(plan)


def test_remark_in_words_already_read_stays_off_the_script() -> None:
    plan = cut(talk(FIRST, "to the harbor", SECOND), f"{FIRST}. {SECOND}.")
    assert reasons(plan) == ["off_script"]


def test_missing_part_is_named_with_its_place() -> None:
    plan = cut(talk(FIRST, SECOND, FOURTH), SCRIPT)
    (warning,) = [warning for warning in plan.warnings if warning.code == "script_missing_parts"]
    assert "A small group wanted to wait until summer." in warning.message
    assert "after 0:" in warning.message


def test_unheard_speech_that_fills_a_gap_stays() -> None:
    plan = cut(talk(FIRST, SECOND, "~" + THIRD, FOURTH), SCRIPT)
    assert reasons(plan) == []
    assert [suggestion.reason for suggestion in plan.suggestions] == ["off_script"]
    assert "script_missing_parts" not in codes(plan)


def test_unheard_first_and_last_sentence_stay() -> None:
    plan = cut(talk("gloop drovel snarf wimble grunk flim", SECOND, THIRD, "bleeb drun wov flipper snoot ga"), SCRIPT)
    assert reasons(plan) == []
    assert [suggestion.reason for suggestion in plan.suggestions] == ["off_script"] * 2


def test_unheard_sentences_one_after_the_other_fill_a_gap() -> None:
    plan = cut(talk(FIRST, "gloop drovel snarf", "wimble grunk flim bleeb drun wov flipper snoot gar", FOURTH), SCRIPT)
    assert reasons(plan) == []


def test_unheard_speech_said_again_fills_a_gap_once() -> None:
    garbled = "gloop drovel snarf wimble grunk flim"
    plan = cut(talk(FIRST, SECOND, garbled, garbled, FOURTH), SCRIPT)
    assert reasons(plan) == ["off_script"]
    assert [suggestion.text for suggestion in plan.suggestions] == [garbled]


def test_unheard_refrain_of_the_script_stays_as_often() -> None:
    garbled = "gloop drovel snarf wimble grunk flim"
    script = f"{FIRST}. {SECOND}. We went home again and we sang. We went home again and we sang. {FOURTH}."
    assert reasons(cut(talk(FIRST, SECOND, garbled, garbled, FOURTH), script)) == []


def test_unheard_speech_too_long_for_the_gap_goes() -> None:
    plan = cut(talk(FIRST, SECOND, "~" + f"{THIRD} " * 4, FOURTH), SCRIPT)
    assert reasons(plan) == ["noise"]
    assert "script_missing_parts" in codes(plan)


def test_wrong_script_is_ignored_with_a_warning() -> None:
    plan = cut(talk(FIRST, SECOND, THIRD, FOURTH), "Add two spoons of sugar, stir, and bake for an hour. " * 5)
    assert codes(plan) == {"script_mismatch"}
    assert kept_text(plan).split() == " ".join((FIRST, SECOND, THIRD, FOURTH)).split()


def test_script_without_a_recognizer_is_not_used() -> None:
    plan = cut(talk(FIRST, SECOND, engine=Engine("none", recognizes=False), language="fr"), SCRIPT)
    (warning,) = plan.warnings
    assert warning.code == "no_recognizer"
    assert "“fr”" in warning.message
    assert "script was not used" in warning.message
    assert reasons(plan) == []


def test_language_not_told_is_not_a_missing_recognizer() -> None:
    plan = cut(talk(FIRST, SECOND, engine=Engine("pocketsphinx 5.1.1", recognizes=False), language=None))
    (warning,) = plan.warnings
    assert warning.code == "no_recognizer"
    assert "language could not be told" in warning.message


def test_short_recording_of_a_long_script_is_a_mismatch() -> None:
    assert "script_mismatch" in codes(cut(talk(FIRST), SCRIPT + " " + "Something else entirely follows here. " * 30))


def test_figures_are_shown_as_the_script_writes_them() -> None:
    script = "We paid $1,250 for the well-known house, didn't we?"
    spoken = "we paid one thousand two hundred fifty dollars for the well known house didn't we"
    plan = cut(talk(spoken), script)
    assert [word.text for word in plan.words] == script.split()
    assert kept_text(plan) == script


def test_missed_word_is_shown_with_the_next() -> None:
    plan = cut(talk("the committee on thursday to discuss the harbor", SECOND, THIRD, FOURTH), SCRIPT)
    assert kept_text(plan) == SCRIPT.replace("\n", " ")


def test_same_sentence_50_times_is_kept_50_times() -> None:
    plan = cut(talk(*[SECOND] * 50), "Most members agreed about the old bridge. " * 50)
    assert kept_text(plan).count("bridge") == 50


def test_same_sentence_said_50_times_is_kept_once() -> None:
    plan = cut(talk(*[SECOND] * 50), "Most members agreed about the old bridge.")
    assert kept_text(plan) == "Most members agreed about the old bridge."
    assert set(reasons(plan)) == {"retake"}


@pytest.mark.parametrize(
    "script", ["bridge", "😀🎉", "שלום עולם", "Ajoutez deux cuillères", "x" * 100_000, "(" * 5000, "\n# \n"]
)
def test_odd_script_ends_in_a_plan(script: str) -> None:
    assert cut(talk(FIRST, SECOND, THIRD, FOURTH), script).segments


def test_script_of_one_word_keeps_that_word() -> None:
    plan = cut(talk(FIRST, "bridge", THIRD), "Bridge!")
    assert kept_text(plan) == "Bridge!"
