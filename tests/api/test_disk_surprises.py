"""Somebody changes the data folder under the feet of a running server."""

from __future__ import annotations

import shutil

from tests.api.wire import Wire, incoming, wav
from tests.harness import Api, LiveBox

CONTENT = wav(100_000)


def test_a_file_that_was_cut_is_sent_again_from_there(api: Api, shared_box: LiveBox):
    asset_id, url = api.asset(len(CONTENT))
    assert api.patch(url, 0, CONTENT[:50_000]).status_code == 204
    with incoming(shared_box, asset_id).open("r+b") as file:
        file.truncate(10_000)
    refused = api.patch(url, 50_000, CONTENT[50_000:])
    assert (refused.status_code, refused.headers["Upload-Offset"]) == (409, "10000")
    assert api.offset(url) == 10_000
    assert api.patch(url, 10_000, CONTENT[10_000:]).status_code == 204
    assert api.settled(asset_id)["state"] == "ready"


def test_a_file_that_was_removed_is_sent_again(api: Api, shared_box: LiveBox):
    asset_id, url = api.asset(len(CONTENT))
    assert api.patch(url, 0, CONTENT[:50_000]).status_code == 204
    incoming(shared_box, asset_id).unlink()
    assert api.offset(url) == 0
    assert api.patch(url, 0, CONTENT).status_code == 204
    assert api.settled(asset_id)["state"] == "ready"


def test_without_its_folder_nothing_is_promised(fresh_box):
    box = fresh_box()
    api = Api(box)
    project_id = api.project()
    shutil.rmtree(box.data_dir / "incoming")
    refused = api.http.post("/v1/assets", json={"project_id": project_id, "size_bytes": 1000})
    assert refused.status_code == 503
    assert refused.json()["error"]["code"] == "unavailable"
    assert api.http.get("/v1/assets").json()["total"] == 0


def test_a_target_that_is_none_gets_the_envelope_and_leaves_no_trace(fresh_box):
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
