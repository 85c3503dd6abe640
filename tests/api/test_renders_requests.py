"""Requests of renders: which are taken, which are the same, who sees them. Contract, section 10."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from roughy_box.domain.render import RenderState
from tests.api import talks
from tests.api.answers import GHOST, refused
from tests.api.conftest import Member
from tests.api.films import film, post, read
from tests.api.talks import fields
from tests.harness import Api, LiveBox
from tests.media_bytes import wav

SPAN = [{"start": 0, "end": 1}]
MP4 = {"format": "mp4"}


@pytest.fixture(scope="module")
def assets(shared_box: LiveBox) -> dict[str, str]:
    """A ready asset of each kind."""
    api = Api(shared_box)
    content = {"video": film(), "silent": film(has_sound=False), "audio": wav(2)}
    return {kind: str(api.upload(each)["id"]) for kind, each in content.items()}


def test_render_pending_with_location(api: Api, assets: dict[str, str]) -> None:
    wish = {"asset_id": assets["video"].upper(), "output": MP4 | {"frame_rate": 5, "unknown": 1}, "unknown": 1}
    answer = api.http.post("/v1/renders", json=wish)
    render = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{api.box.url}/v1/renders/{render['id']}")
    assert list(render) == [
        *("id", "asset_id", "cut_id", "state", "output", "size_bytes", "error_code", "error_message", "created_at"),
        *("started_at", "completed_at", "progress", "warnings", "duration_seconds"),
    ]
    assert (render["asset_id"], render["cut_id"], render["state"]) == (assets["video"], None, "pending")
    assert render["output"] == {
        "format": "mp4",
        "resolution": None,
        "video_bitrate": None,
        "audio_bitrate": None,
        "frame_rate": 5,
    }
    assert (render["progress"], render["warnings"], render["size_bytes"]) == (0.0, [], None)


@pytest.mark.parametrize(
    ("kind", "output", "field"),
    [
        ("video", {}, "format"),
        ("video", {"format": "avi"}, "format"),
        ("video", {"format": "MP4"}, "format"),
        ("video", MP4 | {"resolution": "480p"}, "resolution"),
        ("video", MP4 | {"resolution": 720}, "resolution"),
        ("video", MP4 | {"video_bitrate": 6}, "video_bitrate"),
        ("video", MP4 | {"video_bitrate": 5.0}, "video_bitrate"),
        ("video", MP4 | {"video_bitrate": "5"}, "video_bitrate"),
        ("video", MP4 | {"audio_bitrate": 0}, "audio_bitrate"),
        ("video", MP4 | {"audio_bitrate": True}, "audio_bitrate"),
        ("video", MP4 | {"frame_rate": 0}, "frame_rate"),
        ("video", MP4 | {"frame_rate": 121}, "frame_rate"),
        ("video", MP4 | {"frame_rate": 29.97}, "frame_rate"),
        ("video", MP4 | {"frame_rate": "25"}, "frame_rate"),
        ("video", MP4 | {"frame_rate": [25]}, "frame_rate"),
        ("video", MP4 | {"frame_rate": True}, "frame_rate"),
        ("video", {"format": "m4a", "resolution": "720p"}, "resolution"),
        ("video", {"format": "mp3", "video_bitrate": 5}, "video_bitrate"),
        ("audio", {"format": "mp3", "frame_rate": 25}, "frame_rate"),
        ("audio", {"format": "mp4"}, "format"),
        ("audio", {"format": "mov"}, "format"),
        ("silent", {"format": "m4a"}, "format"),
        ("silent", {"format": "mp3"}, "format"),
    ],
)
def test_bad_output_named(api: Api, assets: dict[str, str], kind: str, output: dict[str, Any], field: str) -> None:
    answer = api.http.post("/v1/renders", json={"asset_id": assets[kind], "output": output})
    assert fields(answer) == [f"body.output.{field}"]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"asset_id": "x", "output": MP4}, "body.asset_id"),
        ({"asset_id": GHOST}, "body.output"),
        ({"asset_id": GHOST, "output": "mp4"}, "body.output"),
        ({"asset_id": GHOST, "output": MP4, "cut_id": 5}, "body.cut_id"),
    ],
)
def test_bad_value_named(api: Api, wish: dict[str, Any], field: str) -> None:
    answer = api.http.post("/v1/renders", json=wish)
    assert fields(answer) == [field]
    assert "New" not in answer.text  # no name of a class


def test_same_request_same_render(api: Api, assets: dict[str, str]) -> None:
    asset = assets["video"]
    cut = talks.post(api, asset, segments=SPAN)["id"]
    wishes: list[dict[str, Any]] = [
        {"format": "mov"},
        {"format": "mov", "frame_rate": 24},
        {"format": "mov", "frame_rate": "24000/1001"},
        {"format": "mov", "cut_id": cut},
        {"format": "mov", "resolution": "720p"},
        {"format": "mp3"},
    ]
    made = [post(api, asset, **wish)["id"] for wish in wishes]
    assert len(set(made)) == len(wishes)
    assert [post(api, asset, 200, **wish)["id"] for wish in wishes] == made
    assert post(api, asset, 200, format="mov", video_bitrate=None, cut_id=None)["id"] == made[0]
    assert read(api, made[2])["output"]["frame_rate"] == "24000/1001"


def test_cut_deleted_render_stays_not_full(api: Api, assets: dict[str, str]) -> None:
    asset = assets["silent"]
    cut = talks.post(api, asset, segments=SPAN)["id"]
    render = post(api, asset, cut_id=cut)["id"]
    assert api.http.delete(f"/v1/cuts/{cut}").status_code == 204
    assert read(api, render)["cut_id"] is None
    assert post(api, asset)["id"] != render
    refused(api.http.post("/v1/renders", json={"asset_id": asset, "cut_id": cut, "output": MP4}), "not_found")


def test_cut_not_completed_refused(api: Api, assets: dict[str, str]) -> None:
    asset = assets["audio"]
    wish = {"asset_id": asset, "output": {"format": "mp3"}}
    cut = talks.post(api, asset, options={"max_pause": 5})["id"]
    refused(api.http.post("/v1/renders", json=wish | {"cut_id": cut}), "modifier_not_ready")
    assert talks.ended(api, cut)["state"] == "failed"
    error = refused(api.http.post("/v1/renders", json=wish | {"cut_id": cut}), "modifier_not_ready")
    assert "Post it again" in error["message"]
    of_other = talks.post(api, assets["video"], segments=[{"start": 0, "end": 0.6}])["id"]
    for other in (GHOST, of_other):
        refused(api.http.post("/v1/renders", json=wish | {"cut_id": other}), "not_found")


def test_asset_not_ready_refused(member: Callable[..., Member]) -> None:
    poor = member(credits=1)
    pending, _ = poor.api.asset(1000)
    unpaid = poor.api.upload(wav(121))["id"]
    output = {"format": "mp3"}
    answer = poor.api.http.post("/v1/renders", json={"asset_id": pending, "output": output})
    refused(answer, "asset_processing")
    assert int(answer.headers["Retry-After"]) >= 1
    refused(poor.api.http.post("/v1/renders", json={"asset_id": unpaid, "output": output}), "asset_payment_required")
    refused(poor.api.http.post("/v1/renders", json={"asset_id": GHOST, "output": output}), "not_found")
    assert poor.api.http.get("/v1/renders").json()["total"] == 0


def test_failed_asset_refused(api: Api) -> None:
    asset, url = api.asset(2000)
    refused(api.patch(url, 0, bytes(2000)), "unsupported_media")
    refused(api.http.post("/v1/renders", json={"asset_id": asset, "output": MP4}), "asset_failed")


def test_foreign_render_not_found(member: Callable[..., Member]) -> None:
    one, other = member(), member()
    asset = one.api.upload(wav(2))["id"]
    render = post(one.api, asset, format="mp3")["id"]
    refused(other.api.http.get(f"/v1/renders/{render}"), "not_found")
    refused(other.api.http.delete(f"/v1/renders/{render}"), "not_found")
    refused(other.api.http.post("/v1/renders", json={"asset_id": asset, "output": {"format": "mp3"}}), "not_found")
    assert other.api.http.get("/v1/renders").json()["items"] == []
    assert read(one.api, render)["id"] == render
    for path in (f"/v1/renders/{GHOST}", "/v1/renders/x"):
        assert other.api.http.get(path).status_code == other.api.http.delete(path).status_code
    assert fields(other.api.http.get("/v1/renders/x")) == ["path.render_id"]


def test_list_filtered_newest_first(member: Callable[..., Member]) -> None:
    api = member().api
    projects = [api.project(), api.project()]
    assets = [api.upload(wav(2), project)["id"] for project in projects]
    cut = talks.post(api, assets[0], segments=SPAN)["id"]
    made = [post(api, asset, format=name)["id"] for asset in assets for name in ("mp3", "m4a")]
    made.append(post(api, assets[0], format="mp3", cut_id=cut)["id"])

    def listed(**query: str) -> list[str]:
        page = api.http.get("/v1/renders", params=query).json()
        assert page["total"] >= len(page["items"])
        return [render["id"] for render in page["items"]]

    assert listed() == made[::-1]
    assert listed(asset_id=assets[0]) == listed(project_id=projects[0]) == [made[4], made[1], made[0]]
    assert listed(asset_id=assets[0], project_id=projects[1]) == []
    assert listed(cut_id=cut) == [made[4]]
    assert listed(limit="1", offset="1") == [made[3]]
    by_state = [render for state in RenderState for render in listed(state=state)]
    assert sorted(by_state) == sorted(made)
    assert fields(api.http.get("/v1/renders?state=cancelled")) == ["query.state"]
    assert fields(api.http.get("/v1/renders?cut_id=1")) == ["query.cut_id"]
