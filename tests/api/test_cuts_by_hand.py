"""Cuts by hand: completed at once, and an editor's corrections come back by them. Contract, section 9."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.answers import GHOST, refused
from tests.api.talks import fields, plan, post, read
from tests.harness import Api, LiveBox
from tests.media_bytes import wav

SPANS = [{"start": 0.5, "end": 1.25}, {"start": 2, "end": 3.0}]


@pytest.fixture
def asset(api: Api) -> str:
    """A ready sound of five seconds."""
    return str(api.upload(wav(5))["id"])


def test_segments_completed_in_answer(api: Api, asset: str) -> None:
    cut = post(api, asset, segments=SPANS, script="Not used.", options={"max_pause": 1})
    assert (cut["state"], cut["by_hand"], cut["based_on"]) == ("completed", True, None)
    assert cut["started_at"] == cut["completed_at"] >= cut["created_at"]
    assert (cut["progress"], cut["stage"], cut["script"]) == (1.0, None, "Not used.")
    assert cut["options"]["max_pause"] == 1.0
    assert cut["summary"] == {
        "duration_seconds": "5.000",
        "kept_seconds": "1.750",
        "segments": 2,
        "dropped": {"by_hand": 3},
        "warnings": [],
    }
    assert read(api, cut["id"]) == cut


def test_plan_covers_source_on_grid(api: Api, asset: str) -> None:
    made = plan(api, post(api, asset, segments=SPANS)["id"])
    assert [(span["start_frame"], span["end_frame"]) for span in made["segments"]] == [(500, 1250), (2000, 3000)]
    assert (made["frame_rate"], made["duration_seconds"]) == (None, 5.0)
    reached = 0.0
    for span in sorted(made["segments"] + made["dropped"], key=lambda span: span["start"]):
        assert span["start"] == reached
        reached = span["end"]
    assert reached == 5.0


def test_exported_seconds_posted_back_same_plan(api: Api, asset: str) -> None:
    first = post(api, asset, segments=SPANS)
    exported = plan(api, first["id"])
    spans = [{"start": span["start"], "end": span["end"]} for span in exported["segments"]]
    second = post(api, asset, segments=spans, based_on=first["id"])
    assert second["based_on"] == first["id"] != second["id"]
    assert plan(api, second["id"]) | {"cut_id": ""} == exported | {"cut_id": ""}


def test_same_segments_same_cut(api: Api, asset: str) -> None:
    first = post(api, asset, segments=[{"start": 1, "end": 2}])
    assert post(api, asset, 200, segments=[{"start": 1.0, "end": 2.0}], options={"retakes": None}) == first
    assert post(api, asset, segments=[{"start": 1, "end": 2.5}])["id"] != first["id"]


def test_touching_segments_joined_end_clamped(api: Api, asset: str) -> None:
    made = plan(api, post(api, asset, segments=[{"start": 1, "end": 2}, {"start": 2, "end": 5}])["id"])
    assert [(span["start"], span["end"]) for span in made["segments"]] == [(1.0, 5.0)]


@pytest.mark.parametrize(
    ("spans", "field"),
    [
        ([], "body.segments"),
        ([{"start": 1}], "body.segments.0.end"),
        ([{"start": -1, "end": 2}], "body.segments.0.start"),
        ([{"start": "1", "end": 2}], "body.segments.0.start"),
        ([{"start": 1, "end": 1.0001}], "body.segments.0.end"),
        ([{"start": 1, "end": 2}, {"start": 1.5, "end": 3}], "body.segments.1.start"),
        ([{"start": 3, "end": 4}, {"start": 1, "end": 2}], "body.segments.1.start"),
        ([{"start": 1, "end": 5.5}], "body.segments.0.end"),
        ([{"start": 0, "end": 1e308}], "body.segments.0.end"),
        ([{"start": 0, "end": 1}] * 10_001, "body.segments"),
    ],
)
def test_bad_segment_named(api: Api, asset: str, spans: list[Any], field: str) -> None:
    answer = api.http.post("/v1/cuts", json={"asset_id": asset, "segments": spans})
    assert fields(answer) == [field]
    assert "should" not in answer.text
    assert "after validation" not in answer.text


def test_ten_thousand_segments_taken(api: Api) -> None:
    asset = api.upload(wav(21))["id"]
    spans = [{"start": index / 500, "end": index / 500 + 0.001} for index in range(10_000)]
    cut = post(api, asset, segments=spans)
    assert cut["summary"]["segments"] == 10_000
    assert [each["code"] for each in cut["summary"]["warnings"]] == ["edl_too_long"]


def test_base_of_other_asset_not_found(api: Api, asset: str) -> None:
    other = post(api, api.upload(wav(2))["id"], segments=[{"start": 0, "end": 1}])
    for base in (GHOST, other["id"]):
        wish = {"asset_id": asset, "segments": SPANS, "based_on": base}
        refused(api.http.post("/v1/cuts", json=wish), "not_found")
    assert fields(api.http.post("/v1/cuts", json={"asset_id": asset, "based_on": other["id"]})) == ["body.based_on"]


def test_base_deleted_based_on_null(api: Api, asset: str) -> None:
    first = post(api, asset, segments=SPANS)
    second = post(api, asset, segments=[{"start": 0, "end": 1}], based_on=first["id"])
    assert api.http.delete(f"/v1/cuts/{first['id']}").status_code == 204
    assert read(api, second["id"])["based_on"] is None


def test_media_missing_cut_failed_then_completed(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box()
    api = Api(box)
    asset = api.upload(wav(5))["id"]
    (path,) = box.data_dir.rglob(f"{asset}.wav")
    hidden = path.rename(box.folder / "hidden.wav")
    cut = post(api, asset, segments=SPANS)
    assert (cut["state"], cut["error_code"], cut["completed_at"]) == ("failed", "media_missing", None)
    assert refused(api.http.get(f"/v1/cuts/{cut['id']}/export"), "conflict")
    hidden.rename(path)
    again = post(api, asset, 200, segments=SPANS)
    assert (again["id"], again["state"], again["error_code"]) == (cut["id"], "completed", None)
