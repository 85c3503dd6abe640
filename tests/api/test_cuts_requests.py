"""Requests of cuts: which are taken, which are the same, who sees them. Contract, section 9."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.answers import GHOST, refused
from tests.api.conftest import Member
from tests.api.talks import ended, fields, post, read
from tests.harness import Api, LiveBox
from tests.media_bytes import wav

DEFAULTS = {
    "retakes": "remove",
    "fillers": "remove",
    "off_script": "remove",
    "max_pause": 0.6,
    "pad_before": 0.08,
    "pad_after": 0.12,
}
SPAN = [{"start": 0, "end": 1}]


@pytest.fixture
def asset(api: Api) -> str:
    """A ready sound without speech."""
    return str(api.upload(wav(2))["id"])


def test_cut_pending_with_location(api: Api, asset: str) -> None:
    answer = api.http.post("/v1/cuts", json={"asset_id": asset.upper(), "unknown": 1})
    cut = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{api.box.url}/v1/cuts/{cut['id']}")
    assert list(cut) == [
        *("id", "asset_id", "state", "script", "error_code", "error_message", "created_at", "started_at"),
        *("completed_at", "progress", "stage", "by_hand", "based_on", "options", "summary"),
    ]
    assert (cut["asset_id"], cut["state"], cut["options"], cut["by_hand"]) == (asset, "pending", DEFAULTS, False)
    assert [cut[name] for name in ("script", "started_at", "completed_at", "stage", "summary")] == [None] * 5


def test_silence_failed_posted_again_same_row(api: Api, asset: str) -> None:
    first = post(api, asset)
    failed = ended(api, first["id"])
    assert (failed["state"], failed["error_code"], failed["completed_at"]) == ("failed", "no_speech", None)
    assert failed["error_message"]
    again = post(api, asset, 200, script=" \n", options={"max_pause": 0.6, "fillers": None})
    assert (again["id"], again["created_at"], again["error_code"]) == (first["id"], first["created_at"], None)
    assert ended(api, first["id"])["error_code"] == "no_speech"


def test_other_script_or_option_other_cut(api: Api, asset: str) -> None:
    wishes: list[dict[str, Any]] = [{}, {"script": "A"}, {"script": "A "}, {"options": {"max_pause": 1}}]
    made = [post(api, asset, **wish) for wish in wishes]
    assert len({cut["id"] for cut in made}) == 4
    assert post(api, asset, 200, options={"max_pause": 1.0})["id"] == made[3]["id"]
    assert [cut["script"] for cut in made] == [None, "A", "A ", None]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"asset_id": "x"}, "body.asset_id"),
        ({"script": 5}, "body.script"),
        ({"script": "a" * 100_001}, "body.script"),
        ({"script": "a\0b"}, "body.script"),
        ({"script": "\ud800"}, "body.script"),
        ({"options": []}, "body.options"),
        ({"options": {"retakes": "drop"}}, "body.options.retakes"),
        ({"options": {"max_pause": 0.05}}, "body.options.max_pause"),
        ({"options": {"max_pause": 11}}, "body.options.max_pause"),
        ({"options": {"max_pause": True}}, "body.options.max_pause"),
        ({"options": {"pad_before": -0.1}}, "body.options.pad_before"),
        ({"options": {"pad_after": "0.1"}}, "body.options.pad_after"),
        ({"segments": SPAN, "based_on": "x"}, "body.based_on"),
    ],
)
def test_bad_value_named(api: Api, asset: str, wish: dict[str, Any], field: str) -> None:
    content = {"asset_id": asset} | wish
    answer = api.http.post("/v1/cuts", content=json.dumps(content), headers={"Content-Type": "application/json"})
    assert fields(answer) == [field]


def test_longest_script_taken(api: Api, asset: str) -> None:
    script = "\N{GRINNING FACE}" * 100_000  # 1.2 MB as escapes
    cut = post(api, asset, script=script)
    assert read(api, cut["id"])["script"] == script


def test_asset_not_ready_refused(member: Callable[..., Member]) -> None:
    poor = member(credits=1)
    pending, _ = poor.api.asset(1000)
    unpaid = poor.api.upload(wav(121))["id"]
    for wish in ({}, {"segments": SPAN}):
        answer = poor.api.http.post("/v1/cuts", json={"asset_id": pending} | wish)
        refused(answer, "asset_processing")
        assert int(answer.headers["Retry-After"]) >= 1
    refused(poor.api.http.post("/v1/cuts", json={"asset_id": unpaid}), "asset_payment_required")
    assert poor.api.http.get("/v1/cuts").json()["total"] == 0


def test_failed_asset_refused(api: Api) -> None:
    asset, url = api.asset(2000)
    refused(api.patch(url, 0, bytes(2000)), "unsupported_media")
    refused(api.http.post("/v1/cuts", json={"asset_id": asset}), "asset_failed")


def test_foreign_cut_not_found(member: Callable[..., Member]) -> None:
    one, other = member(), member()
    asset = one.api.upload(wav(2))["id"]
    cut = post(one.api, asset, segments=SPAN)["id"]
    for path in (f"/v1/cuts/{cut}", f"/v1/cuts/{cut}/export", f"/v1/cuts/{cut}/subtitle/export"):
        refused(other.api.http.get(path), "not_found")
    refused(other.api.http.delete(f"/v1/cuts/{cut}"), "not_found")
    refused(other.api.http.post("/v1/cuts", json={"asset_id": asset}), "not_found")
    refused(other.api.http.post("/v1/cuts", json={"asset_id": GHOST}), "not_found")
    assert other.api.http.get("/v1/cuts").json()["items"] == []
    assert read(one.api, cut)["id"] == cut


def test_list_filtered_newest_first(member: Callable[..., Member]) -> None:
    api = member().api
    projects = [api.project(), api.project()]
    assets = [api.upload(wav(2), project)["id"] for project in projects]
    made = [post(api, asset, segments=[{"start": 0, "end": end}])["id"] for asset in assets for end in (1, 1.5)]

    def listed(**query: str) -> list[str]:
        return [cut["id"] for cut in api.http.get("/v1/cuts", params=query).json()["items"]]

    assert listed() == made[::-1]
    assert listed(asset_id=assets[0]) == listed(project_id=projects[0]) == made[1::-1]
    assert listed(asset_id=assets[0], project_id=projects[1]) == []
    assert listed(state="completed", limit="1", offset="1") == [made[2]]
    assert listed(state="failed") == []
    assert fields(api.http.get("/v1/cuts?state=done")) == ["query.state"]


def test_deleted_cut_gone_asset_stays(api: Api, asset: str) -> None:
    cut = post(api, asset, segments=SPAN)["id"]
    assert api.http.delete(f"/v1/cuts/{cut}").status_code == 204
    refused(api.http.get(f"/v1/cuts/{cut}"), "not_found")
    refused(api.http.delete(f"/v1/cuts/{cut}"), "not_found")
    assert api.get(asset)["state"] == "ready"


def test_project_deleted_cuts_gone(fresh_box: Callable[..., LiveBox]) -> None:
    api = Api(fresh_box())
    project = api.project()
    asset = api.upload(wav(2), project)["id"]
    post(api, asset, segments=SPAN)
    post(api, asset)
    assert api.http.delete(f"/v1/projects/{project}").status_code == 204
    assert api.http.get("/v1/cuts").json()["total"] == 0
