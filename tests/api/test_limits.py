"""Limits on what one client can take: connections, heads and bodies, wrong keys, open uploads."""

from __future__ import annotations

import json
from contextlib import ExitStack

import httpx
import pytest

from roughy_box.domain.webhook import LONGEST_DESCRIPTION, EventType
from roughy_box.domain.webhook_address import LONGEST_URL
from tests.api.wire import Wire, chunk_head, request_head
from tests.harness import Api, wait_until
from tests.media_bytes import wav

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: box\r\n\r\n"


def test_idle_connection_makes_room_for_a_new_one(fresh_box):
    box = fresh_box({"SERVER_MAX_CONNECTIONS": "3"})
    with ExitStack() as stack:
        wires = [stack.enter_context(Wire(box)) for _ in range(3)]
        for wire in wires:
            wire.send(HEALTH)
            assert wire.answer("GET").status == 200
        with Wire(box) as late:
            late.send(HEALTH)
            assert late.answer("GET").status == 200
            # Only the oldest was closed.
            assert wires[0].rest() == b""
            wires[1].send(HEALTH)
            assert wires[1].answer("GET").status == 200


def test_connection_beyond_busy_limit_gets_503(fresh_box):
    box = fresh_box({"SERVER_MAX_CONNECTIONS": "2"})
    api = Api(box)
    uploads = [api.asset(10_000) for _ in range(2)]
    api.http.close()
    with ExitStack() as stack:
        writers = []
        for asset_id, url in uploads:
            wire = stack.enter_context(Wire(box))
            wire.send(chunk_head(box, url, 0, 10_000) + wav(1)[:100])
            writers.append((wire, box.data_dir / "incoming" / asset_id))
            wait_until(lambda: writers[-1][1].exists())
        with Wire(box) as late:
            late.send(HEALTH)
            refused = late.answer("GET")
            assert (refused.status, refused.code) == (503, "unavailable")
            assert int(refused.headers["retry-after"]) > 0
            assert refused.headers["x-request-id"]
            assert late.rest() == b""
        # Busy connections were not affected, and a place that becomes free can be taken.
        writers[0][0].send(bytes(9_900))
        assert writers[0][0].answer().status == 204
        writers[0][0].close()

        def served() -> bool:
            with Wire(box) as next_one:
                next_one.send(HEALTH)
                return next_one.answer("GET").status == 200

        wait_until(served)


def test_sizes_of_heads_and_json_are_configurable(fresh_box):
    box = fresh_box({"SERVER_MAX_HEAD": "2KiB", "SERVER_MAX_JSON": "64KiB"})
    api = Api(box)
    with Wire(box) as wire:
        wire.send(request_head(box, "GET", box.url + "/v1/projects", "X-Long: " + "x" * 3000))
        assert 400 <= wire.answer("GET").status < 500
        assert wire.rest() == b""
    fits = api.http.post("/v1/projects", json={"name": "fits", "ignored": "x" * 64_000})
    assert fits.status_code == 201
    # The longest values there are, written as long as JSON allows, fit in.
    url = "https://example.com/".ljust(LONGEST_URL, "x")
    longest = {"url": url, "event_types": [*EventType], "description": "\U0001f3ac" * LONGEST_DESCRIPTION}
    escaped = json.dumps(longest).replace("x", "\\u0078")
    assert api.http.post("/v1/webhook-endpoints", content=escaped).status_code == 201
    too_large = api.http.post("/v1/projects", json={"name": "large", "ignored": "x" * 66_000})
    assert too_large.status_code == 413
    assert "64 KiB" in too_large.json()["error"]["message"]


def test_many_wrong_keys_are_rate_limited(fresh_box):
    box = fresh_box({"SERVER_FAILED_KEYS": "3"})
    api, stranger = Api(box), Api(box, key="sk_wrong")
    asset_id, url = api.asset(1000)

    answers = [stranger.http.get("/v1/projects") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert answers[-1].json()["error"]["code"] == "rate_limited"
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60

    # A valid key from the same address, often that of a whole studio, is accepted.
    assert api.get(asset_id)["state"] == "pending_upload"
    # TUS clients give up on a 429, so upload methods keep saying what is wrong.
    for answer in (stranger.head(url), stranger.patch(url, 0, b"x" * 100), stranger.http.delete(url)):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    # A missing key is not a guess.
    assert stranger.http.get("/v1/projects", headers={"Authorization": ""}).status_code in (401, 429)
    with Wire(box) as wire:
        wire.send(b"GET /v1/projects HTTP/1.1\r\nHost: box\r\n\r\n")
        assert wire.answer("GET").status == 401


def test_wrong_keys_behind_proxy_count_per_client(fresh_box):
    box = fresh_box({"SERVER_FAILED_KEYS": "2", "SERVER_TRUSTED_PROXIES": "127.0.0.1"})
    stranger = Api(box, key="sk_wrong")

    def ask(client: str) -> int:
        return stranger.http.get("/v1/projects", headers={"X-Forwarded-For": client}).status_code

    # Entries before the address that the proxy added are from the client itself.
    assert [ask(f"10.0.0.{number}, 203.0.113.7") for number in range(3)] == [401, 401, 429]
    assert ask("203.0.113.8") == 401
    assert ask("203.0.113.7, 127.0.0.1") == 429
    # Some proxies write the port, too, and some add a line of their own instead of an entry.
    assert ask("203.0.113.7:4711") == 429
    assert ask("[2001:db8::1]:4711") == 401
    lines = [("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-For", "203.0.113.7")]
    assert stranger.http.get("/v1/projects", headers=lines).status_code == 429
    # An invalid address is ignored: the wrong key counts for the nearest valid proxy.
    assert [ask(f"nobody {number}") for number in range(3)] == [401, 401, 429]


def test_ipv4_proxy_is_trusted_on_a_dual_stack_socket(fresh_box):
    box = fresh_box({"SERVER_FAILED_KEYS": "1", "SERVER_TRUSTED_PROXIES": "127.0.0.1", "SERVER_HOST": "::"})
    address = f"http://127.0.0.1:{box.port}/v1/projects"
    wrong = {"Authorization": "Bearer sk_wrong"}

    def ask(client: str) -> int:
        return httpx.get(address, headers={**wrong, "X-Forwarded-For": client}).status_code

    assert [ask("203.0.113.7"), ask("203.0.113.7"), ask("203.0.113.8")] == [401, 429, 401]


def test_open_uploads_of_an_account_are_limited(fresh_box):
    box = fresh_box({"UPLOADS_MAX_OPEN": "2"})
    api = Api(box)
    other = Api(box, key=box.cli("account", "add", "other", "--credits", "5")["api_key"])
    project_id = api.project()
    wish = {"project_id": project_id, "size_bytes": 1000}
    (asset_id, url), _ = api.asset(1000, project_id), api.asset(1000, project_id)

    refused = api.http.post("/v1/assets", json=wish)
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "rate_limited"
    assert "2 unfinished uploads" in refused.json()["error"]["message"]
    assert refused.headers["Retry-After"]
    assert api.http.get("/v1/assets").json()["total"] == 2
    other.asset(1000)

    api.http.delete(f"/v1/assets/{asset_id}")
    content = wav(1)
    asset_id, url = api.asset(len(content), project_id)
    assert api.http.post("/v1/assets", json=wish).status_code == 429
    # A complete one makes room, too; and the count survives a restart.
    assert api.patch(url, 0, content).status_code == 204
    api.asset(1000, project_id)
    box.stop()
    box.start()
    assert Api(box).http.post("/v1/assets", json=wish).status_code == 429


def test_reserve_is_not_given_to_uploads(fresh_box):
    box = fresh_box({"STORAGE_RESERVE": "1024TiB"})
    answer = Api(box).http.post("/v1/assets", json={"project_id": Api(box).project(), "size_bytes": 64})
    assert answer.status_code == 507


def test_running_upload_pauses_at_the_reserve(fresh_box):
    box = fresh_box()
    api = Api(box)
    content = wav(60)
    asset_id, url = api.asset(len(content))
    assert api.patch(url, 0, content[:100_000]).status_code == 204
    box.stop()
    box.environ["ROUGHY_BOX_STORAGE_RESERVE"] = "1024TiB"
    box.start()
    api = Api(box)
    paused = api.patch(url, 100_000, content[100_000:])
    assert (paused.status_code, paused.json()["error"]["code"]) == (507, "insufficient_storage")
    assert api.offset(url) == 100_000
    box.stop()
    del box.environ["ROUGHY_BOX_STORAGE_RESERVE"]
    box.start()
    api = Api(box)
    assert api.patch(url, 100_000, content[100_000:]).status_code == 204
    assert api.settled(asset_id)["state"] == "ready"


@pytest.mark.parametrize(("size", "status"), [(100, 201), (1001, 422)])
def test_largest_file_is_configurable(fresh_box, size, status):
    box = fresh_box({"UPLOADS_MAX_SIZE": "1000"})
    api = Api(box)
    answer = api.http.post("/v1/assets", json={"project_id": api.project(), "size_bytes": size})
    assert answer.status_code == status
    assert status == 201 or json.loads(answer.text)["error"]["fields"][0]["field"] == "body.size_bytes"
