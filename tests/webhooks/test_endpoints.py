"""Endpoints by the API: what they look like, and a clear answer to everything that is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from roughy_box.domain.webhook import MOST_ENDPOINTS
from tests.api.answers import GHOST, refused
from tests.webhooks.conftest import Member

URL = "https://93.184.216.34/hook"
MEMBERS = ["id", "url", "event_types", "description", "created_at", "state", "disabled_reason"]


def test_endpoint_life(member: Member) -> None:
    api = member.api
    answer = api.http.post("/v1/webhook-endpoints", json={"url": URL, "event_types": ["asset.ready"], "extra": 1})
    made = answer.json()
    assert (answer.status_code, list(made)) == (201, [*MEMBERS, "secret"])
    assert answer.headers["Location"] == f"{api.box.url}/v1/webhook-endpoints/{made['id']}"
    shown = {name: made[name] for name in MEMBERS}
    assert shown == {
        "id": made["id"],
        "url": URL,
        "event_types": ["asset.ready"],
        "description": None,
        "created_at": made["created_at"],
        "state": "enabled",
        "disabled_reason": None,
    }
    other = member.endpoint("https://nowhere.invalid/not-yet", description="Later")
    assert member.call("GET", made) == shown
    page = api.http.get("/v1/webhook-endpoints").json()
    assert ([each["id"] for each in page["items"]], page["total"]) == ([other["id"], made["id"]], 2)
    changed = member.call("PATCH", made, state="disabled", description="Archive", event_types=["cut.failed"])
    assert changed == shown | {
        "state": "disabled",
        "disabled_reason": "manual",
        "description": "Archive",
        "event_types": ["cut.failed"],
    }
    assert member.call("PATCH", made, state="enabled", description=None) == changed | {
        "state": "enabled",
        "disabled_reason": None,
    }
    assert list(member.call("POST", made, "/rotate")) == [*MEMBERS, "secret"]
    member.call("DELETE", made, status=204)
    member.call("DELETE", made, status=404)
    assert api.http.get("/v1/webhook-endpoints").json()["total"] == 1


@pytest.mark.parametrize(
    ("wish", "field", "message"),
    [
        ({"event_types": []}, "event_types", "must name at least one event type"),
        ({"event_types": ["asset.ready", "asset.ready"]}, "event_types", "must name asset.ready once"),
        ({"event_types": ["asset.ready", "asset.gone"]}, "event_types", "must be of asset.ready, "),
        ({"event_types": ["endpoint.test"]}, "event_types", "must be of asset.ready, "),
        ({"event_types": ["asset.created"]}, "event_types", "must be of asset.ready, "),
        ({"event_types": "asset.ready"}, "event_types", "must be a valid list"),
        ({"event_types": [1]}, "event_types.0", "must be a valid string"),
        ({"event_types": None}, "event_types", "must be a valid list"),
        ({"url": None}, "url", "must be a valid string"),
        ({"url": "hooks.example.com"}, "url", "must be a URL such as"),
        ({"url": "ftp://example.com/"}, "url", "must start with https://"),
        ({"url": "https://me:secret@example.com/"}, "url", "must not contain a user name"),
        ({"url": f"https://example.com/{'x' * 2048}"}, "url", "must have at most 2048 characters"),
        ({"url": "https://169.254.169.254/latest/meta-data"}, "url", "a metadata service"),
        ({"url": "https://[::ffff:169.254.169.254]/"}, "url", "a metadata service"),
        ({"url": "http://2852039166/"}, "url", "four decimal numbers"),
        ({"url": "https://0.0.0.0/"}, "url", "unspecified"),
        ({"url": "http://93.184.216.34/"}, "url", "http is for private addresses only"),
        ({"description": "a\nb"}, "description", "must not contain control characters"),
        ({"description": "a\x85b"}, "description", "must not contain control characters"),
        ({"description": "a\u202eb"}, "description", "must not contain control characters"),
        ({"description": "x" * 1001}, "description", "must have at most 1000 characters"),
        ({"description": 7}, "description", "must be a valid string"),
    ],
)
def test_bad_values_refused_with_field(member: Member, wish: dict[str, Any], field: str, message: str) -> None:
    good = {"url": URL, "event_types": ["asset.ready"]}
    answer = member.api.http.post("/v1/webhook-endpoints", json=good | wish)
    (named,) = refused(answer, "validation_error", f"body.{field}")["fields"]
    assert message in named["message"]
    assert "secret@" not in answer.text
    if None not in wish.values():
        endpoint = member.endpoint(URL)
        changed = member.api.http.patch(f"/v1/webhook-endpoints/{endpoint['id']}", json=wish)
        assert refused(changed, "validation_error", f"body.{field}")["fields"] == [named]


def test_box_itself_refused(member: Member) -> None:
    for host in ("127.0.0.1", "localhost", "[::1]", "127.1.2.3"):
        wish = {"url": f"http://{host}:{member.api.box.port}/v1/assets", "event_types": ["asset.ready"]}
        answer = member.api.http.post("/v1/webhook-endpoints", json=wish)
        assert "this box" in refused(answer, "validation_error", "body.url")["message"]


def test_one_endpoint_too_many_conflict(member: Member) -> None:
    for _ in range(MOST_ENDPOINTS):
        endpoint = member.endpoint(URL)
    wish = {"url": URL, "event_types": ["asset.ready"]}
    answer = member.api.http.post("/v1/webhook-endpoints", json=wish)
    assert "at most 50 webhook endpoints. Delete one first." in refused(answer, "conflict")["message"]
    member.call("DELETE", endpoint, status=204)
    member.endpoint(URL)


def test_unknown_ids_and_states_refused(member: Member) -> None:
    api, endpoint = member.api, member.endpoint(URL)
    root = f"/v1/webhook-endpoints/{endpoint['id']}"
    refused(api.http.patch(root, json={"state": "paused"}), "validation_error", "body.state")
    refused(api.http.post(f"{root}/rotate", json={"expire_old": "yes"}), "validation_error", "body.expire_old")
    refused(api.http.post(f"{root}/deliveries/{GHOST}/retry"), "not_found")
    refused(api.http.post(f"{root}/deliveries/none/retry"), "validation_error", "path.delivery_id")
    refused(api.http.get(f"{root}/deliveries?limit=0"), "validation_error", "query.limit")
    other = member.endpoint(URL)
    sent = member.call("POST", other, "/test", 202)
    refused(api.http.post(f"{root}/deliveries/{sent['id']}/retry"), "not_found")


def test_delivery_looks_as_in_the_contract(member: Member) -> None:
    endpoint = member.endpoint("https://nowhere.invalid/")
    sent = member.call("POST", endpoint, "/test", 202)
    assert sent == {
        "id": sent["id"],
        "event_type": "endpoint.test",
        "entity_id": endpoint["id"],
        "state": "pending",
        "attempts": 0,
        "last_status": None,
        "last_error": None,
        "next_attempt_at": sent["created_at"],
        "created_at": sent["created_at"],
        "delivered_at": None,
    }
