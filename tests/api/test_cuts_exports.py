"""Exports of cuts over HTTP: every format, names, conditions, refusals. Contract, section 9."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest

from roughy_box.exports.formats import FORMATS
from tests.api.answers import refused
from tests.api.films import film
from tests.api.talks import fields, plan, post
from tests.harness import Api, LiveBox
from tests.media_bytes import wav


@pytest.fixture(scope="module")
def video_cut(shared_box: LiveBox) -> tuple[Api, str, str]:
    """A video of four seconds at 25 frames a second that was cut by hand; asset and cut."""
    api = Api(shared_box)
    asset = api.upload(film(4), api.project("Küche & Bad"))["id"]
    spans = [{"start": 0.4, "end": 1.2}, {"start": 2, "end": 3.6}]
    return api, asset, post(api, asset, segments=spans)["id"]


@pytest.mark.parametrize("name", FORMATS)
def test_format_sent_as_attachment(video_cut: tuple[Api, str, str], name: str) -> None:
    api, asset, cut = video_cut
    url = f"/v1/cuts/{cut}/export?format={name}"
    answer = api.http.get(url)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == FORMATS[name].content_type
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith(f'attachment; filename="Kuche & Bad - {asset}.{FORMATS[name].extension}"')
    assert "filename*=UTF-8''K%C3%BCche%20&%20Bad" in disposition
    head = api.http.head(url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(answer.content))
    assert head.headers["ETag"] == answer.headers["ETag"]
    unchanged = api.http.get(url, headers={"If-None-Match": answer.headers["ETag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_frames_are_those_of_pictures(video_cut: tuple[Api, str, str]) -> None:
    api, _, cut = video_cut
    made = plan(api, cut)
    assert (made["frame_rate"], made["duration_seconds"], made["source_offset"]) == ("25", 4.0, 0.0)
    assert [(span["start_frame"], span["end_frame"]) for span in made["segments"]] == [(10, 30), (50, 90)]
    edl = api.http.get(f"/v1/cuts/{cut}/export?format=edl").text
    assert "00:00:00:10 00:00:01:05 01:00:00:00 01:00:00:20" in edl


def test_media_and_name_in_timeline(video_cut: tuple[Api, str, str]) -> None:
    api, asset, cut = video_cut
    query = {"format": "fcpxml", "media": "/Volumes/Footage", "name": "Rough <1>"}
    document = ElementTree.fromstring(api.http.get(f"/v1/cuts/{cut}/export", params=query).content)
    (source,) = document.iter("media-rep")
    assert source.get("src") == f"file:///Volumes/Footage/{asset}.mkv"
    assert "Rough <1>" in {project.get("name") for project in document.iter("project")}
    default = api.http.get(f"/v1/cuts/{cut}/export?format=otio").json()
    assert str(api.box.data_dir.resolve()) in json.dumps(default)


def test_dropped_spans_shown(video_cut: tuple[Api, str, str]) -> None:
    api, _, cut = video_cut
    only = api.http.get(f"/v1/cuts/{cut}/export?dropped=only").json()
    assert [(span["start_frame"], span["end_frame"]) for span in only["segments"]] == [(0, 10), (30, 50), (90, 100)]
    assert api.http.get(f"/v1/cuts/{cut}/export?format=mlt&dropped=disabled").status_code == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("format=avid", "query.format"),
        ("format=", "query.format"),
        ("format=edl&dropped=disabled", "query.dropped"),
        ("dropped=all", "query.dropped"),
        ("media=a%00b", "query.media"),
        (f"media={'x' * 4097}", "query.media"),
        ("name=a%0Ab", "query.name"),
    ],
)
def test_bad_query_named(video_cut: tuple[Api, str, str], query: str, field: str) -> None:
    api, _, cut = video_cut
    answer = api.http.get(f"/v1/cuts/{cut}/export?{query}")
    assert fields(answer) == [field]
    assert not re.search("String|List|should", answer.text)


def test_bad_subtitle_query_named(video_cut: tuple[Api, str, str]) -> None:
    api, _, cut = video_cut
    path = f"/v1/cuts/{cut}/subtitle/export"
    assert fields(api.http.get(f"{path}?format=ass")) == ["query.format"]
    assert fields(api.http.get(f"{path}?timeline=wrong")) == ["query.timeline"]
    refused(api.http.get(path), "conflict")


def test_pending_cut_has_no_export(api: Api) -> None:
    cut = post(api, api.upload(wav(2))["id"], script="Never said.")["id"]
    for path in ("export", "subtitle/export"):
        refused(api.http.get(f"/v1/cuts/{cut}/{path}"), "conflict")


def test_name_of_asset_names_export(api: Api) -> None:
    content = wav(2)
    wish = {"project_id": api.project("Bakery"), "size_bytes": len(content), "name": "Interview 1.WAV"}
    created = api.http.post("/v1/assets", json=wish)
    api.patch(created.headers["Location"], 0, content)
    asset = api.settled(created.json()["id"])["id"]
    cut = post(api, asset, segments=[{"start": 0, "end": 1}])["id"]
    answer = api.http.get(f"/v1/cuts/{cut}/export?format=llc&media=/mnt/rushes")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Bakery - Interview 1.llc"'
    assert "Interview 1.WAV" in answer.text
