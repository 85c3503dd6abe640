"""The data folder is changed while the server runs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.api.answers import refused
from tests.api.wire import Wire, incoming, wav
from tests.harness import Api, LiveBox

CONTENT = wav(100_000)


def test_truncated_upload_continues_from_its_size(api: Api, shared_box: LiveBox):
    asset_id, url = api.asset(len(CONTENT))
    assert api.patch(url, 0, CONTENT[:50_000]).status_code == 204
    with incoming(shared_box, asset_id).open("r+b") as file:
        file.truncate(10_000)
    answer = api.patch(url, 50_000, CONTENT[50_000:])
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (409, "10000")
    assert api.offset(url) == 10_000
    assert api.patch(url, 10_000, CONTENT[10_000:]).status_code == 204
    assert api.settled(asset_id)["state"] == "ready"


def test_removed_upload_is_sent_again(api: Api, shared_box: LiveBox):
    asset_id, url = api.asset(len(CONTENT))
    assert api.patch(url, 0, CONTENT[:50_000]).status_code == 204
    incoming(shared_box, asset_id).unlink()
    assert api.offset(url) == 0
    assert api.patch(url, 0, CONTENT).status_code == 204
    assert api.settled(asset_id)["state"] == "ready"


@pytest.mark.parametrize("size", [0, len(CONTENT) - 1, len(CONTENT) + 1], ids=["empty", "shorter", "longer"])
@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-99"}], ids=["whole", "range"])
def test_changed_media_is_not_served(api: Api, shared_box: LiveBox, size: int, headers: dict[str, str]):
    asset = api.upload(CONTENT)
    (path,) = shared_box.data_dir.rglob(f"{asset['id']}.wav")
    os.truncate(path, size)
    answer = api.http.get(asset["download_url"], headers=headers)
    refused(answer, "internal_error")
    assert "Restore it from a backup" in answer.json()["error"]["message"]
    assert f"{asset['id']} has {size} bytes instead of {len(CONTENT)}" in shared_box.log()
    path.write_bytes(CONTENT)
    assert api.http.get(asset["download_url"]).content == CONTENT


@pytest.mark.parametrize("other", ["link", "pipe", "folder"])
def test_foreign_file_is_not_served(api: Api, shared_box: LiveBox, tmp_path: Path, other: str):
    asset = api.upload(CONTENT)
    (path,) = shared_box.data_dir.rglob(f"{asset['id']}.wav")
    aside = path.rename(tmp_path / "aside")
    if other == "link":
        path.symlink_to(aside)
    elif other == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    refused(api.http.get(asset["download_url"], timeout=10), "internal_error")
    assert f"cannot open {path.name}" in shared_box.log()
    assert "Traceback" not in shared_box.log()
    path.rmdir() if other == "folder" else path.unlink()
    shutil.move(aside, path)
    assert api.http.get(asset["download_url"]).content == CONTENT


def test_missing_folder_acknowledges_nothing(fresh_box):
    box = fresh_box()
    api = Api(box)
    project_id = api.project()
    shutil.rmtree(box.data_dir / "incoming")
    refused(api.http.post("/v1/assets", json={"project_id": project_id, "size_bytes": 1000}), "unavailable")
    assert api.http.get("/v1/assets").json()["total"] == 0


def test_invalid_target_is_enveloped_and_leaves_no_trace(fresh_box):
    box = fresh_box()
    for target in ("v1/assets", "?x", "http://[", "a\x1b[31m:1", "*"):
        with Wire(box) as wire:
            wire.send(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            answer = wire.answer()
            assert answer.status in (400, 404)
            assert answer.code in ("bad_request", "not_found")
    box.stop()
    assert "Traceback" not in box.log()
    assert "\x1b" not in box.log()
