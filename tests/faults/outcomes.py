"""Checks that every box passes after every fault, from outside."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import httpx

from tests.harness import Api, LiveBox, wait_until

LONG = 120.0  # seconds; many assets are prepared one after the other


def altered(api: Api, sent: Mapping[str, bytes]) -> list[str]:
    """The assets that did not become ready with exactly the bytes that were sent, by their ids."""
    return [asset_id for asset_id, content in sent.items() if not _is_ready_with(api, asset_id, content)]


def is_sound(api: Api) -> None:
    """Check that the doctor finds nothing, no file is without an asset, and no traceback was logged."""
    report = api.box.cli("doctor")
    assert report["ok"], report
    assert not orphans(api)
    assert "Traceback" not in api.box.log()


def orphans(api: Api) -> set[str]:
    """Names of files whose asset is gone."""
    return _names(api.box) - _ids(api)


def _is_ready_with(api: Api, asset_id: str, content: bytes) -> bool:
    asset = wait_until(lambda: (a := api.get(asset_id))["state"] != "processing" and a, LONG)
    if asset["state"] != "ready":
        return False
    stored = httpx.get(asset["download_url"], verify=False).content
    return hashlib.sha256(stored).digest() == hashlib.sha256(content).digest()


def _ids(api: Api) -> set[str]:
    found: set[str] = set()
    while True:
        page = api.http.get("/v1/assets", params={"limit": 100, "offset": len(found)}).json()
        found |= {item["id"] for item in page["items"]}
        if not page["items"] or len(found) >= page["total"]:
            return found


def _names(box: LiveBox) -> set[str]:
    folders = box.data_dir / "incoming", box.data_dir / "media"
    return {path.name.partition(".")[0] for folder in folders for path in folder.rglob("*") if path.is_file()}
