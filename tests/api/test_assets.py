"""Assets: the contract, section 3, row by row."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.api.answers import ASSET, ASSET_LISTED, ASSET_READ, GHOST, MALFORMED, UUID7, ids, moment, page, refused
from tests.harness import Api, LiveBox
from tests.media_bytes import wav

URL = "/v1/assets"
GIB = 1024**3


def announce(api: Api, **members: Any) -> Any:
    # Not json=: it cannot write a lone surrogate.
    return api.http.post(URL, content=json.dumps({"project_id": api.project(), "size_bytes": 1000} | members))


def test_create(api: Api, shared_box: LiveBox) -> None:
    project_id = api.project()
    answer = api.http.post(URL, json={"project_id": project_id, "size_bytes": 1000, "language": "de"})
    asset = answer.json()
    assert answer.status_code == 201
    assert list(asset) == ASSET
    assert UUID7.fullmatch(asset["id"])
    assert abs(moment(asset["created_at"]) - datetime.now(UTC)) < timedelta(minutes=1)
    filled = {name: value for name, value in asset.items() if value is not None}
    assert filled == {
        "id": asset["id"],
        "project_id": project_id,
        "state": "pending_upload",
        "language": "de",
        "created_at": asset["created_at"],
    }
    assert answer.headers["Location"] == f"{shared_box.url}/v1/uploads/{asset['id']}"
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    expires = answer.headers["Upload-Expires"]
    assert expires.endswith(" GMT")
    week = parsedate_to_datetime(expires) - moment(asset["created_at"])
    assert abs(week - timedelta(days=7)) < timedelta(seconds=2)
    api.http.delete(f"{URL}/{asset['id']}")


@pytest.mark.parametrize("size", [64, 65, 50 * GIB])
def test_valid_sizes_are_accepted(api: Api, size: int) -> None:
    answer = announce(api, size_bytes=size)
    if answer.status_code == 507 and size == 50 * GIB:
        return  # a valid size, for which this machine has no room
    assert answer.status_code == 201
    assert api.head(answer.headers["Location"]).headers["Upload-Length"] == str(size)
    api.http.delete(f"{URL}/{answer.json()['id']}")


@pytest.mark.parametrize(
    "size",
    ["0", "63", "-64", str(50 * GIB + 1), "64.0", "1e3", "1e999", '"64"', "true", "null", "[64]", "{}", str(10**30)],
)
def test_invalid_sizes_are_refused(api: Api, size: str) -> None:
    before = page(api.http.get(URL))["total"]
    answer = api.http.post(URL, content=f'{{"project_id": "{api.project()}", "size_bytes": {size}}}')
    refused(answer, "validation_error", "body.size_bytes")
    assert page(api.http.get(URL))["total"] == before


@pytest.mark.parametrize(("given", "kept"), [("en", "en"), ("DE", "de"), ("zH", "zh"), (None, None)])
def test_valid_languages_are_accepted(api: Api, given: str | None, kept: str | None) -> None:
    asset_id = announce(api, language=given).json()["id"]
    assert api.get(asset_id)["language"] == kept


@pytest.mark.parametrize("language", ["", "e", "eng", "xx", "zz", "e1", " en", "en-GB", "\ud800", 1, True, ["en"]])
def test_invalid_languages_are_refused(api: Api, language: object) -> None:
    refused(announce(api, language=language), "validation_error", "body.language")


@pytest.mark.parametrize("project_id", ["", "x", GHOST[:-1], GHOST + "0", "\ud800", 7, None, True, [GHOST]])
def test_invalid_project_ids_are_refused(api: Api, project_id: object) -> None:
    refused(announce(api, project_id=project_id), "validation_error", "body.project_id")


def test_unknown_project(api: Api) -> None:
    refused(announce(api, project_id=GHOST), "not_found")


def test_missing_members_are_all_named(api: Api) -> None:
    refused(api.http.post(URL, json={}), "validation_error", "body.project_id", "body.size_bytes")


def test_unknown_members_are_ignored(api: Api) -> None:
    made = announce(api, state="ready", type="video", id=GHOST, duration_seconds="1.000", content_type="video/mp4")
    assert made.status_code == 201
    assert made.json()["id"] != GHOST
    assert [made.json()[name] for name in ("state", "type", "content_type", "duration_seconds")] == [
        "pending_upload",
        None,
        None,
        None,
    ]


def test_asset_passes_its_states(api: Api) -> None:
    content = wav(1.25)
    asset_id, url = api.asset(len(content))
    new = api.get(asset_id)
    assert list(new) == ASSET_READ
    assert (new["upload_url"], new["download_url"], new["cuttable"]) == (url, None, False)

    api.patch(url, 0, content[:5000])
    begun = api.get(asset_id)
    kind = {"type": "audio", "content_type": "audio/wav", "extension": "wav"}
    assert begun == new | kind

    api.patch(url, 5000, content[5000:])
    ready = api.settled(asset_id)
    assert ready["download_url"]
    assert ready == begun | {
        "state": "ready",
        "size_bytes": len(content),
        "duration_seconds": "1.250",
        "upload_url": None,
        "download_url": ready["download_url"],
        "peaks_url": ready["peaks_url"],
        "proxy_url": ready["proxy_url"],
        "cuttable": True,
    }


def test_rejected_asset_has_the_reason(api: Api) -> None:
    asset_id, url = api.asset(1000)
    new = api.get(asset_id)
    refused(api.patch(url, 0, b"only words " * 50), "unsupported_media")
    failed = api.get(asset_id)
    assert failed["error_message"]
    assert failed == new | {
        "state": "failed",
        "error_code": "unsupported_media",
        "error_message": failed["error_message"],
        "upload_url": None,
    }


def test_list_and_its_filters(member: Any) -> None:
    api = member(credits=2).api
    first, second = api.project(), api.project()
    ready = api.upload(wav(1), first)["id"]
    unpaid = api.upload(wav(120, rate=1000), second)["id"]
    failed, url = api.asset(1000, second)
    api.patch(url, 0, b"only words " * 50)
    pending, _ = api.asset(1000, first)

    everything = page(api.http.get(URL))
    assert [item["id"] for item in everything["items"]] == [pending, failed, unpaid, ready]
    assert all(list(item) == ASSET_LISTED for item in everything["items"])
    rows = {
        "project_id=" + first: [pending, ready],
        "project_id=" + second: [failed, unpaid],
        "project_id=" + second.upper(): [failed, unpaid],
        "project_id=" + GHOST: [],
        "state=ready": [ready],
        "state=pending_payment": [unpaid],
        "state=failed": [failed],
        "state=pending_upload": [pending],
        "state=processing": [],
        f"state=ready&project_id={first}": [ready],
        f"state=ready&project_id={second}": [],
        "unknown=1": [pending, failed, unpaid, ready],
    }
    for query, expected in rows.items():
        assert ids(api.http.get(f"{URL}?{query}")) == expected, query


@pytest.mark.parametrize(
    ("query", "field"),
    [
        *[({"state": state}, "query.state") for state in ("", "done", "READY", "ready,failed")],
        *[({"project_id": project_id}, "query.project_id") for project_id in ("", *MALFORMED[:6])],
    ],
)
def test_bad_filters_never_widen_a_list(api: Api, query: dict[str, str], field: str) -> None:
    refused(api.http.get(URL, params=query), "validation_error", field)


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_asset_cannot_be_edited(api: Api, method: str) -> None:
    asset_id, _ = api.asset(1000)
    answer = api.http.request(method, f"{URL}/{asset_id}", json={"language": "fr"})
    refused(answer, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD, DELETE, OPTIONS"
    assert api.get(asset_id)["language"] is None


def pending(api: Api) -> str:
    return api.asset(1000)[0]


def partial(api: Api) -> str:
    asset_id, url = api.asset(1000)
    api.patch(url, 0, wav(1)[:700])
    return asset_id


def ready(api: Api) -> str:
    return str(api.upload(wav(1))["id"])


def unpaid(api: Api) -> str:
    return str(api.upload(wav(300, rate=1000))["id"])


def failed(api: Api) -> str:
    asset_id, url = api.asset(1000)
    api.patch(url, 0, b"only words " * 50)
    return asset_id


@pytest.mark.parametrize(
    ("make", "state"),
    [
        (pending, "pending_upload"),
        (partial, "pending_upload"),
        (ready, "ready"),
        (unpaid, "pending_payment"),
        (failed, "failed"),
    ],
)
def test_delete_in_every_state(member: Any, accounts_box: LiveBox, make: Callable[[Api], str], state: str) -> None:
    api = member(credits=3).api
    asset_id = make(api)
    assert api.get(asset_id)["state"] == state
    balance = api.balance()
    assert api.http.delete(f"{URL}/{asset_id}").status_code == 204
    is_gone(api, accounts_box.data_dir, asset_id)
    assert api.balance() == balance


def is_gone(api: Api, data_dir: Path, asset_id: str) -> None:
    """Assert that nothing of an asset is left: no row, no upload, no byte."""
    refused(api.http.get(f"{URL}/{asset_id}"), "not_found")
    refused(api.http.delete(f"{URL}/{asset_id}"), "not_found")
    refused(api.head(f"/v1/uploads/{asset_id}"), "not_found")
    assert asset_id not in ids(api.http.get(f"{URL}?limit=100"))
    assert list(data_dir.rglob(f"{asset_id}*")) == []


def test_unknown_asset(api: Api) -> None:
    refused(api.http.get(f"{URL}/{GHOST}"), "not_found")
    refused(api.http.delete(f"{URL}/{GHOST}"), "not_found")


def test_largest_size_is_configurable(proxied_box: LiveBox) -> None:
    api = Api(proxied_box)
    with api.http:
        assert announce(api, size_bytes=1024**2).status_code == 201
        error = refused(announce(api, size_bytes=1024**2 + 1), "validation_error", "body.size_bytes")
        assert "1 MiB" in error["message"]


def test_full_disk_refuses_assets(fresh_box: Callable[..., LiveBox]) -> None:
    """Space that other open uploads still need is not given twice."""
    box = fresh_box(credits=1)
    api = Api(box)
    with api.http:
        project_id = api.project()
        promised: list[int] = []

        def room() -> int:
            volume = os.statvfs(box.data_dir)
            return volume.f_bavail * volume.f_frsize - sum(promised)

        def answer_to(size: int) -> Any:
            return api.http.post(URL, json={"project_id": project_id, "size_bytes": size})

        if room() > 100 * 50 * GIB:
            pytest.skip("this machine has room for more files than a test should announce")
        while not promised or room() > 40 * GIB:
            size = min(50 * GIB, room() // 2)
            assert answer_to(size).status_code == 201
            promised.append(size)
        # Other programs write to this disk, too: sizes far enough above and below the free space.
        too_much = room() + min(2 * GIB, promised[0] // 2)
        before = page(api.http.get(URL))
        refused(answer_to(too_much), "insufficient_storage")
        assert page(api.http.get(URL)) == before
        api.http.delete(f"{URL}/{before['items'][-1]['id']}")
        assert answer_to(too_much).status_code == 201
