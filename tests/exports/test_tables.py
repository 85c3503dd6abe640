"""The formats without a timeline: JSON, CSV, LosslessCut, Audacity."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roughy_box.domain.cut import CutWarning, Dropped, Plan, Segment, Suggestion, Word
from roughy_box.exports import formats
from roughy_box.exports.timeline import Export
from tests.exports.plans import ASSET, FILM, NTSC, export, frames, plan
from tests.exports.sources import KINDS

SPOKEN = Plan(
    NTSC,
    100,
    (Segment(10, 40, 'Hello, "you"'), Segment(60, 100, "=SUM(A1)")),
    (Dropped(0, 10, "pause"), Dropped(40, 60, "retake", "Hello\tyu", kept_instead="Hello, you")),
    (Suggestion(60, 70, "filler", "um"),),
    (Word("Hello", 0.4, 0.8, 0.93), Word("um", 2.1, 2.2, kind="filler", kept=False)),
    (CutWarning("no_recognizer", "No words."),),
)


def written(name: str, of: Export) -> str:
    return formats.write(name, of).decode()


def document(of: Export) -> dict[str, Any]:
    return json.loads(written("json", of))


def rows(of: Export) -> list[dict[str, str]]:
    return list(csv.DictReader(written("csv", of).splitlines()))


def test_json_of_a_plan_has_all_fields_of_the_contract() -> None:
    found = document(export(SPOKEN, offset=Fraction(1, 3)))
    assert found["cut_id"] == "cut"
    assert found["asset_id"] == ASSET
    assert found["engine"] == "engine/1"
    assert found["frame_rate"] == "30000/1001"
    assert found["duration_seconds"] == 3.336667
    assert found["kept_seconds"] == 2.335667
    assert found["source_offset"] == 0.333333
    first = {"start": 0.333667, "end": 1.334667, "start_frame": 10, "end_frame": 40, "text": 'Hello, "you"'}
    assert found["segments"][0] == first
    assert found["dropped"][1] == {
        "start": 1.334667,
        "end": 2.002,
        "reason": "retake",
        "text": "Hello\tyu",
        "kept_instead": "Hello, you",
    }
    assert found["suggestions"] == [{"start": 2.002, "end": 2.335667, "reason": "filler", "text": "um"}]
    hello = {"text": "Hello", "start": 0.4, "end": 0.8, "confidence": 0.93, "kind": "word", "kept": True}
    assert found["words"][0] == hello
    assert found["words"][1]["confidence"] is None
    assert found["warnings"] == [{"code": "no_recognizer", "message": "No words."}]


def test_json_of_sound_alone_has_no_frame_rate() -> None:
    assert document(KINDS["sound alone"]("kept"))["frame_rate"] is None


@given(st.sampled_from([FILM, NTSC, Fraction(25), Fraction(25, 2)]), st.lists(st.integers(1, 5000), min_size=1))
def test_json_seconds_snapped_to_frames_are_the_plan(rate: Fraction, lengths: list[int]) -> None:
    of = export(plan(rate, lengths))
    found = [(round(span["start"] * rate), round(span["end"] * rate)) for span in document(of)["segments"]]
    assert found == frames(of.plan)


def test_json_of_kept_and_dropped_covers_the_source() -> None:
    found = document(export(SPOKEN))
    spans = sorted((span["start"], span["end"]) for span in (*found["segments"], *found["dropped"]))
    assert [end for _, end in spans[:-1]] == [start for start, _ in spans[1:]]
    assert (spans[0][0], spans[-1][1]) == (0, found["duration_seconds"])


def test_json_of_dropped_spans_has_them_as_segments() -> None:
    found = document(export(SPOKEN, "only"))
    assert [(span["start_frame"], span["end_frame"]) for span in found["segments"]] == [(0, 10), (40, 60)]


def test_json_of_broken_letters_is_still_utf_8() -> None:
    of = export(replace(SPOKEN, words=(Word("a\ud800b", 0.4, 0.8),)))
    assert document(of)["words"][0]["text"] == "a?b"


def test_csv_has_every_span_in_order() -> None:
    found = rows(export(SPOKEN))
    assert list(found[0]) == ["start", "end", "start_frame", "end_frame", "kept", "reason", "text"]
    assert [row["start_frame"] for row in found] == ["0", "10", "40", "60"]
    assert [row["kept"] for row in found] == ["false", "true", "false", "true"]
    assert [row["reason"] for row in found] == ["pause", "", "retake", ""]
    assert found[1]["start"] == "0.333667"


def test_csv_text_is_quoted_and_never_a_formula() -> None:
    found = rows(export(SPOKEN))
    assert [row["text"] for row in found] == ["", 'Hello, "you"', "Hello yu", "'=SUM(A1)"]


def test_csv_of_dropped_spans_has_them_alone() -> None:
    assert [row["kept"] for row in rows(export(SPOKEN, "only"))] == ["false", "false"]


def test_llc_has_a_bare_file_name_and_the_players_seconds() -> None:
    of = export(SPOKEN, path="C:\\Footage\\a b.mov", offset=Fraction(1, 2))
    project = json.loads(written("llc", of))
    assert project["version"] == 1
    assert project["mediaFileName"] == "a b.mov"
    assert project["cutSegments"][0] == {"start": 0.833667, "end": 1.834667, "name": 'Hello, "you"'}
    assert len(project["cutSegments"]) == 2


def test_llc_of_dropped_spans_names_them_by_text_or_reason() -> None:
    names = [span["name"] for span in json.loads(written("llc", export(SPOKEN, "only")))["cutSegments"]]
    assert names == ["pause", "Hello yu"]


@pytest.mark.parametrize("show", ["kept", "only"])
def test_audacity_labels_are_the_dropped_spans(show: str) -> None:
    of = replace(export(SPOKEN, offset=Fraction(1, 2)), show=show)
    assert written("audacity", of) == "0.500000\t0.833667\tpause\n1.834667\t2.502000\tretake: Hello yu\n"
