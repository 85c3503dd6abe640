from __future__ import annotations

import unicodedata
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roughy_box.domain.cut import AUDIO_GRID, Dropped, Plan, Segment, Word
from roughy_box.exports.captions import Timeline, make_cues, passages
from roughy_box.exports.cues import LINE, LONGEST, READING, SHORTEST, Cue
from roughy_box.exports.scripts import ends_clause, ends_sentence, needs_space, pieces
from tests.exports.spoken import RATE, said, speech, texts

JAPANESE = "今日は粗編集について話します。なぜこんなに時間がかかるのでしょうか。それは聞くことがとても多いからです。"
CHINESE = "今天我们来谈谈粗剪，以及为什么它需要这么长时间。大部分时间都花在听每一个镜头上，然后进行比较和选择。"
THAI = "วันนี้เราจะพูดถึงการตัดต่อแบบหยาบและทำไมมันใช้เวลานานมากเพราะต้องฟังทุกครั้งแล้วเปรียบเทียบ"
ARABIC = "اليوم سنتحدث عن المونتاج الأولي، ولماذا يستغرق وقتا طويلا؟ معظم الوقت يضيع في الاستماع."


def cues(of: Plan, timeline: Timeline = "cut", offset: Fraction = Fraction(0)) -> list[Cue]:
    return make_cues(passages(of, timeline, offset))


def shown(of: Plan) -> list[str]:
    return ["\n".join(cue.lines) for cue in cues(of)]


def test_cues_of_sentences_break_at_their_ends_and_clauses() -> None:
    text = (
        "So today we are going to talk about rough cuts, and why they take so long. "
        "Most of the time is spent listening. You listen to every take, you compare them all, and then you cut."
    )
    assert shown(said(text)) == [
        "So today we are going to talk about\nrough cuts, and why they take so long.",
        "Most of the time is spent listening.",
        "You listen to every take,\nyou compare them all, and then you cut.",
    ]


def test_cue_without_a_sentence_ends_at_a_clause() -> None:
    first = "alpha beta gamma delta epsilon zeta eta theta,"
    assert (
        shown(said(f"{first} iota kappa lambda my ny xi omikron pi rho sigma tau", each=0.25))[0].split()
        == first.split()
    )


def test_cue_without_a_clause_ends_at_a_breath() -> None:
    before = said("alpha beta gamma delta epsilon zeta eta theta iota kappa", each=0.25).words
    after = said("lambda my ny xi omikron pi rho sigma tau ypsilon", each=0.25).words
    moved = tuple(replace(word, start=word.start + 3, end=word.end + 3) for word in after)
    of = Plan(RATE, 150, (Segment(0, 150),), words=before + moved)
    assert shown(of)[1].startswith("lambda")


@settings(max_examples=60, deadline=None)
@given(speech(), st.sampled_from(["cut", "source"]))
def test_any_speech_makes_cues_that_can_be_read(of: Plan, timeline: Timeline) -> None:
    found = cues(of, timeline)
    for cue in found:
        assert 1 <= len(cue.lines) <= 2
        assert all(0 < len(line) <= LINE and line == line.strip() for line in cue.lines)
        assert 0 < cue.end - cue.start <= LONGEST
    assert all(before.end <= after.start for before, after in pairwise(found))


@settings(max_examples=60, deadline=None)
@given(speech())
def test_any_speech_keeps_its_words_in_order(of: Plan) -> None:
    kept = []
    for segment in of.segments:
        inside = (float(segment.start / of.rate), float(segment.end / of.rate))
        kept += [word.text for word in of.words if inside[0] <= (word.start + word.end) / 2 < inside[1]]
    assert " ".join(" ".join(cue.lines) for cue in cues(of)).split() == kept


@settings(max_examples=60, deadline=None)
@given(speech(), st.sampled_from(["cut", "source"]))
def test_no_cue_lies_across_a_joint(of: Plan, timeline: Timeline) -> None:
    at, joints = 0, []
    for segment in of.segments:
        length = segment.end - segment.start
        joints.append((at, at + length) if timeline == "cut" else (segment.start, segment.end))
        at += length
    for cue in cues(of, timeline):
        assert any(start / of.rate * 1000 <= cue.start and cue.end <= end / of.rate * 1000 for start, end in joints)


@settings(max_examples=60, deadline=None)
@given(st.lists(texts, min_size=1, max_size=60))
def test_no_cue_is_short_where_the_passage_is_long(words: list[str]) -> None:
    of = said(" ".join(words), each=0.8)
    if of.length >= RATE:
        assert min(cue.end - cue.start for cue in cues(of)) >= min(SHORTEST, 1000 * of.length // RATE)


def test_short_cue_stays_a_second_and_a_long_text_to_be_read() -> None:
    quick = Word("Supercalifragilisticexpialidocious", 0, 0.2)
    of = Plan(RATE, 250, (Segment(0, 250),), words=(quick, Word("Yes.", 5.0, 5.1)))
    first, second = cues(of)
    assert first.end - first.start == -(-len(quick.text) * 1000 // READING)
    assert (second.start, second.end) == (5000, 6000)


def test_joint_wins_over_the_second() -> None:
    of = Plan(RATE, 60, (Segment(0, 10), Segment(50, 60)), (Dropped(10, 50, "pause"),), words=(Word("Yes.", 0.1, 0.2),))
    assert [(cue.start, cue.end) for cue in cues(of)] == [(100, 400)]


def test_word_held_for_ten_seconds_is_shown_for_seven() -> None:
    of = Plan(RATE, 300, (Segment(0, 300),), words=(Word("Aaah", 0, 10),))
    assert [(cue.start, cue.end) for cue in cues(of)] == [(0, LONGEST)]


def test_long_silence_ends_a_cue() -> None:
    of = Plan(RATE, 300, (Segment(0, 300),), words=(Word("One", 0, 0.3), Word("two", 4, 4.3)))
    assert shown(of) == ["One", "two"]


def test_times_in_the_cut_and_in_the_source() -> None:
    spans = (Segment(25, 75), Segment(100, 150))
    gone = (Dropped(0, 25, "pause"), Dropped(75, 100, "retake"))
    words = (Word("one", 1.2, 1.5), Word("not", 3.2, 3.6), Word("two", 4.4, 4.6), Word("so", 5.9, 6.3))
    of = Plan(RATE, 150, spans, gone, words=words[:3])
    assert [cue.start for cue in cues(of)] == [200, 2400]
    assert [cue.start for cue in cues(of, "source")] == [1200, 4400]
    assert [cue.start for cue in cues(of, "source", Fraction(1, 2))] == [1700, 4900]


def test_words_not_kept_noises_and_empty_ones_are_left_out() -> None:
    words = (
        Word("um", 0, 0.2, kind="filler", kept=False),
        Word("[click]", 0.3, 0.4, kind="noise"),
        Word(" ", 0.4, 0.5),
        Word("well", 0.5, 0.7, kind="filler"),
    )
    assert shown(Plan(RATE, 50, (Segment(0, 50),), words=words)) == ["well"]


def test_word_over_the_edge_of_a_segment_is_cut_to_it() -> None:
    of = Plan(RATE, 50, (Segment(0, 25),), (Dropped(25, 50, "pause"),), words=(Word("edge", 0.2, 1.4),))
    assert [(cue.start, cue.end) for cue in cues(of)] == [(200, 1000)]


def test_cues_of_sound_alone_count_thousandths() -> None:
    of = Plan(AUDIO_GRID, 5000, (Segment(0, 5000),), words=(Word("one", 1.234, 1.5),))
    assert cues(of)[0].start == 1234


@pytest.mark.parametrize("text", [JAPANESE, CHINESE, THAI])
def test_text_without_spaces_breaks_by_characters(text: str) -> None:
    of = Plan(RATE, 500, (Segment(0, 500),), words=(Word(text, 0, 20),))
    found = cues(of)
    assert len(found) > 1
    assert "".join("".join(cue.lines) for cue in found) == text
    assert all(len(line) <= LINE for cue in found for line in cue.lines)
    assert all(abs(before.end - after.start) <= 1 for before, after in pairwise(found))


@pytest.mark.parametrize("text", [JAPANESE, CHINESE])
def test_no_line_begins_with_a_closing_sign(text: str) -> None:
    of = Plan(RATE, 500, (Segment(0, 500),), words=(Word(text, 0, 20),))
    assert all(line[0] not in "。，、" for cue in cues(of) for line in cue.lines)


def test_text_from_right_to_left_passes_through() -> None:
    assert " ".join(" ".join(cue.lines) for cue in cues(said(ARABIC))) == ARABIC


def test_word_longer_than_a_line_is_cut_to_lines() -> None:
    assert shown(said("x" * 100, each=9)) == ["x" * 42 + "\n" + "x" * 42, "x" * 16]


def test_word_of_several_is_shown_as_such() -> None:
    of = Plan(RATE, 100, (Segment(0, 100),), words=(Word(" the  end ", 0, 1), Word("of\nit", 1, 2)))
    assert shown(of) == ["the end of it"]


def test_words_at_the_same_moment_do_not_overlap() -> None:
    words = tuple(Word("x" * 40, 1.0, 1.0) for _ in range(9))
    found = cues(Plan(RATE, 50, (Segment(0, 50),), words=words))
    assert all(before.end <= after.start for before, after in pairwise(found))
    assert found[-1].end <= 2000


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("hello", "you", True),
        ("今天", "我们", False),
        ("使う", "Python", False),
        ("Python", "を", False),
        ("วันนี้", "เรา", False),
        ("วันนี้", "Python", True),
        ("안녕", "하세요", True),
        ("hello", ",", False),
        ("مرحبا", "بك", True),
    ],
)
def test_space_between_words_depends_on_the_script(left: str, right: str, expected: bool) -> None:
    assert needs_space(left, right) is expected


@pytest.mark.parametrize("text", ["Yes.", "Yes!", "是。", "نعم؟", 'said "yes."', "हाँ।"])
def test_sentence_ends_are_known_in_many_scripts(text: str) -> None:
    assert ends_sentence(text)
    assert not ends_clause(text)


@pytest.mark.parametrize("text", ["yes,", "是，", "نعم،", "so:"])
def test_clause_ends_are_known_in_many_scripts(text: str) -> None:
    assert ends_clause(text)
    assert not ends_sentence(text)


def test_thai_vowels_stay_with_their_consonants() -> None:
    assert "".join(pieces(THAI, LINE)) == THAI
    assert not any(piece[-1] in "เแโใไ" or piece[0] in "ะาำ" for piece in pieces(THAI, LINE))
    assert not any(unicodedata.category(piece[0]) == "Mn" for piece in pieces(THAI, LINE))


def test_order_of_words_in_the_plan_does_not_matter() -> None:
    of = said("one two three")
    assert shown(replace(of, words=of.words[::-1])) == shown(of)
