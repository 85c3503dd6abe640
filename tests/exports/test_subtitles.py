from __future__ import annotations

import io
import json
from typing import Any

import pysubs2
import pytest
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st

from roughy_box.domain.cut import Dropped, Plan, Segment, Word
from roughy_box.domain.errors import BoxError
from roughy_box.exports import subtitles
from roughy_box.exports.captions import make_cues, passages
from tests.exports.spoken import RATE, said, speech

NASTY = "a < b & c > d <b>bold</b> {\\an8} --> &amp; 1 00:00:01,000"


def written(name: str, of: Plan, timeline: str = "cut") -> str:
    return subtitles.write(name, of, timeline).decode()


def expected(of: Plan) -> list[tuple[int, int, str]]:
    return [(cue.start, cue.end, "\n".join(cue.lines)) for cue in make_cues(passages(of, "cut"))]


def by_pysubs2(of: Plan) -> list[tuple[int, int, str]]:
    file = pysubs2.SSAFile.from_string(written("srt", of), "srt")
    return [(line.start, line.end, line.text.replace("\u2060", "").replace("\\N", "\n")) for line in file]


def by_webvtt(of: Plan) -> list[tuple[int, int, str]]:
    file = webvtt.from_buffer(io.StringIO(written("vtt", of)))
    return [(_ms(cue.start), _ms(cue.end), _plain(cue.text)) for cue in file]


def _ms(clock: str) -> int:
    hours, minutes, seconds = clock.split(":")
    return round((int(hours) * 60 + int(minutes)) * 60000 + float(seconds) * 1000)


def _plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@settings(max_examples=40, deadline=None)
@given(speech())
def test_any_speech_reads_back_from_srt_and_vtt(of: Plan) -> None:
    assert by_pysubs2(of) == expected(of)
    assert by_webvtt(of) == expected(of)


def test_nasty_text_reads_back_from_srt() -> None:
    assert by_pysubs2(said(NASTY)) == expected(said(NASTY))
    assert not any(mark in written("srt", said(NASTY)) for mark in ("<b>", "{\\", "--> &"))


def test_nasty_text_reads_back_from_vtt() -> None:
    assert by_webvtt(said(NASTY)) == expected(said(NASTY))
    assert "-->" not in "".join(line for line in written("vtt", said(NASTY)).splitlines() if line[:2] != "00")


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5))
def test_any_text_is_as_many_cues_in_both_readers(words: list[str]) -> None:
    spoken = tuple(Word(text, at, at + 0.5) for at, text in enumerate(words))
    of = Plan(RATE, 200, (Segment(0, 200),), words=spoken)
    assert len(by_pysubs2(of)) == len(by_webvtt(of)) == len(expected(of))


def test_srt_is_numbered_and_separated() -> None:
    assert written("srt", said("One two. ", each=2)) == "1\n00:00:00,000 --> 00:00:03,800\nOne two.\n"


def test_vtt_has_its_head_and_points() -> None:
    assert written("vtt", said("Fish & chips", each=1)) == "WEBVTT\n\n00:00:00.000 --> 00:00:02.900\nFish &amp; chips\n"


def test_times_after_an_hour_are_right() -> None:
    of = Plan(RATE, 25 * 4000, (Segment(0, 25 * 4000),), words=(Word("late", 3723.5, 3725.0),))
    assert "01:02:03,500 --> 01:02:05,000" in written("srt", of)


def test_txt_is_what_stays_in_paragraphs_of_sentences() -> None:
    spans = (Segment(0, 50), Segment(100, 150), Segment(200, 250))
    words = (("One", 0.1), ("two", 1.0), ("gone", 3.0), ("three.", 5.0), ("Four.", 9.0))
    of = Plan(
        RATE,
        250,
        spans,
        (Dropped(50, 100, "retake"), Dropped(150, 200, "pause")),
        words=tuple(Word(text, at, at + 0.4) for text, at in words),
    )
    assert written("txt", of) == "One two three.\n\nFour.\n"


def test_txt_without_sentences_ends_paragraphs_after_a_while() -> None:
    length = 25 * 20
    segments = [Segment(2 * at * length, (2 * at + 1) * length) for at in range(20)]
    dropped = [Dropped((2 * at + 1) * length, (2 * at + 2) * length, "pause") for at in range(20)]
    words = [Word("x" * 9, at + 0.1, at + 0.9) for at in range(800)]
    of = Plan(RATE, 40 * length, tuple(segments), tuple(dropped), words=tuple(words))
    assert written("txt", of).count("\n\n") == 4


def test_txt_of_japanese_has_no_spaces() -> None:
    assert written("txt", said("今日は|粗編集|です。", separator="|")) == "今日は粗編集です。\n"


def test_json_has_cues_and_words_with_their_times() -> None:
    of = Plan(RATE, 100, (Segment(50, 100),), (Dropped(0, 50, "pause"),), words=(Word("one", 2.5, 3.0, 0.9),))
    found: dict[str, Any] = json.loads(written("json", of))
    assert found["cues"] == [{"start": 0.5, "end": 1.5, "text": "one"}]
    assert found["words"] == [{"text": "one", "start": 0.5, "end": 1.0, "confidence": 0.9, "kind": "word"}]
    assert json.loads(written("json", of, "source"))["words"][0]["start"] == 2.5


@pytest.mark.parametrize(("format_", "timeline", "field"), [("ass", "cut", "format"), ("srt", "both", "timeline")])
def test_captions_of_unknown_kind_are_refused(format_: str, timeline: str, field: str) -> None:
    with pytest.raises(BoxError) as refused:
        written(format_, said("one"), timeline)
    assert refused.value.fields[0].field == f"query.{field}"


def test_plan_has_words_only_where_one_is_kept() -> None:
    assert subtitles.has_words(said("one"))
    assert not subtitles.has_words(Plan(RATE, 9, (Segment(0, 9),)))
    assert not subtitles.has_words(Plan(RATE, 9, (Segment(0, 9),), words=(Word("click", 0, 0.1, kind="noise"),)))


@pytest.mark.parametrize("name", subtitles.CAPTIONS)
def test_captions_without_words_are_an_empty_file(name: str) -> None:
    assert "00:00" not in written(name, Plan(RATE, 9, (Segment(0, 9),)))
