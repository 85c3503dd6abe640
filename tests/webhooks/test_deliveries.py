"""Deliveries by a live box: signed, in order, isolated, retried, and ended."""

from __future__ import annotations

import time
from typing import Any

import pytest
import standardwebhooks
import svix

from roughy_box import __version__
from tests.harness import wait_until
from tests.media_bytes import wav
from tests.webhooks.conftest import Member
from tests.webhooks.receiver import Received, Receiver

DAY = 24 * 3600 * 10**6


def verified(received: Received, *secrets: str) -> dict[str, Any]:
    """Return the event of an attempt, verified by both libraries with each secret."""
    for secret in secrets:
        svix.Webhook(secret).verify(received.body, received.headers)
        assert standardwebhooks.Webhook(secret).verify(received.body, received.headers) == received.event
    return received.event


def accepts(received: Received, secret: str) -> bool:
    try:
        svix.Webhook(secret).verify(received.body, received.headers)
    except svix.WebhookVerificationError:
        return False
    return True


def test_asset_events_delivered_signed_at_once(member: Member, receiver: Receiver) -> None:
    endpoint = member.endpoint(receiver.url("/hook?token=in-the-url"), description=" To the archive ")
    secret = endpoint["secret"]
    asset = member.api.upload(wav(1))["id"]
    rejected, url = member.api.asset(1000)
    member.api.patch(url, 0, b"only words " * 50)
    wait_until(lambda: len(receiver.received) == 2, patience=3)
    events = {(each.path, each.entity): verified(each, secret) for each in receiver.received}
    assert events == {
        ("/hook?token=in-the-url", asset): {
            "type": "asset.ready",
            "data": {"entity_id": asset, "asset_id": asset, "previous_state": "processing"},
        },
        ("/hook?token=in-the-url", rejected): {
            "type": "asset.failed",
            "data": {"entity_id": rejected, "asset_id": rejected},
        },
    }
    headers = receiver.received[0].headers
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == f"roughy-box/{__version__}"
    assert headers["host"] == f"127.0.0.1:{receiver.port}"
    for name in ("id", "timestamp", "signature"):
        assert headers[f"svix-{name}"] == headers[f"webhook-{name}"]
    found = member.settled(endpoint, 2)
    assert {each["id"] for each in found} == {each.id for each in receiver.received}
    assert [(each["attempts"], each["last_status"], each["last_error"], each["next_attempt_at"]) for each in found] == [
        (1, 204, None, None)
    ] * 2
    # Neither the secret nor the URL is written anywhere but where it is needed.
    box, key = member.api.box, secret.removeprefix("whsec_")
    assert key not in box.log()
    assert "in-the-url" not in box.log()
    assert all(key.encode() not in path.read_bytes() for path in box.data_dir.glob("box.db*"))


def test_entity_in_order_until_first_failure(member: Member, receiver: Receiver) -> None:
    failing = True

    def answers(received: Received) -> int:
        time.sleep(0.02)
        return 503 if failing and received.entity == "b" else 200

    receiver.answers = answers
    endpoint = member.endpoint(receiver.url(), event_types=["cut.completed"])
    member.happen(*"aaaa")
    in_order = [each["id"] for each in member.settled(endpoint, 4)]
    assert [each.id for each in receiver.received] == in_order
    assert receiver.at_once() == 1
    receiver.received.clear()
    member.happen("b", "b", "b")
    wait_until(lambda: len(receiver.received) >= 3)
    failing = False
    first, *_ = member.settled(endpoint, 7)[4:]
    attempts = [each for each in receiver.received if each.id == first["id"]]
    assert [first["state"], first["attempts"]] == ["delivered", len(attempts)]
    # Each was tried, and none waited for the retry of another.
    assert len({each.id for each in receiver.received[:3]}) == 3
    # The same id, signed with the time of each attempt, after 5 s and a little more.
    assert 5.0 <= attempts[1].at - attempts[0].at < 7.5
    assert attempts[0].headers["svix-timestamp"] != attempts[1].headers["svix-timestamp"]
    assert attempts[0].body == attempts[1].body
    verified(attempts[1], endpoint["secret"])


def test_silent_endpoint_holds_up_no_other(member: Member, receiver: Receiver) -> None:
    receiver.answers = lambda received: receiver.hang(received) if received.path == "/silent" else 200
    member.endpoint(receiver.url("/silent"), event_types=["cut.completed"])
    good = member.endpoint(receiver.url("/good"), event_types=["cut.completed"])
    member.happen(*(f"entity {number}" for number in range(20)))
    began = time.monotonic()
    member.settled(good, 20)
    assert time.monotonic() - began < 5
    assert receiver.at_once("/silent") == 4
    assert sum(each.path == "/silent" for each in receiver.received) == 4


def test_failing_endpoint_tried_one_at_a_time(member: Member, receiver: Receiver) -> None:
    def answers(_: Received) -> int:
        time.sleep(0.03)
        return 500

    receiver.answers = answers
    endpoint = member.endpoint(receiver.url(), event_types=["cut.completed"])
    member.happen("first")
    wait_until(lambda: member.deliveries(endpoint)[0]["attempts"] == 1)
    receiver.received.clear()
    member.happen(*(f"entity {number}" for number in range(8)))
    wait_until(lambda: len(receiver.received) >= 8)
    assert receiver.at_once() == 1
    # Until it answers again.
    receiver.answers = lambda _: time.sleep(0.1) or 200
    member.happen(*(f"later {number}" for number in range(12)))
    wait_until(lambda: sum(each.entity.startswith("later") for each in receiver.received) == 12)
    assert 1 < receiver.at_once() <= 4


def test_retry_by_hand_now_with_same_id(member: Member, receiver: Receiver) -> None:
    receiver.answers = lambda _: 500
    endpoint = member.endpoint(receiver.url())
    sent = member.call("POST", endpoint, "/test", 202)
    (failed,) = wait_until(lambda: (found := member.deliveries(endpoint))[0]["attempts"] and found)
    assert (failed["state"], failed["last_status"]) == ("pending", 500)
    assert failed["last_error"] == "The receiver answered 500."
    assert failed["next_attempt_at"] > failed["created_at"]
    receiver.answers = lambda _: 200
    retried = member.call("POST", endpoint, f"/deliveries/{sent['id']}/retry", 202)
    assert (retried["state"], retried["attempts"]) == ("pending", 1)
    (delivered,) = member.settled(endpoint, 1)
    assert delivered["attempts"] == 2
    # In place of the planned one; a delivered one is sent again.
    assert member.call("POST", endpoint, f"/deliveries/{sent['id']}/retry", 202)["delivered_at"] is None
    (again,) = wait_until(lambda: (found := member.settled(endpoint, 1))[0]["attempts"] == 3 and found)
    assert again["delivered_at"] > delivered["delivered_at"]
    assert [each.id for each in receiver.received] == [sent["id"]] * 3


def test_last_attempt_failed_delivery_failed(member: Member, receiver: Receiver) -> None:
    receiver.answers = lambda _: 301
    endpoint = member.endpoint(receiver.url())
    sent = member.call("POST", endpoint, "/test", 202)
    wait_until(lambda: member.deliveries(endpoint)[0]["attempts"] == 1)
    member.change("UPDATE webhook_delivery SET attempts = 7 WHERE id = ?", sent["id"])
    member.call("POST", endpoint, f"/deliveries/{sent['id']}/retry", 202)
    (failed,) = member.settled(endpoint, 1, "failed")
    assert (failed["attempts"], failed["next_attempt_at"]) == (8, None)
    assert failed["last_error"] == "The receiver answered 301; redirects are not followed."
    assert member.call("GET", endpoint)["state"] == "enabled"


def test_secret_rotated_both_sign_for_a_day(member: Member, receiver: Receiver) -> None:
    endpoint = member.endpoint(receiver.url())
    old = endpoint["secret"]
    new = member.call("POST", endpoint, "/rotate")["secret"]
    newest = member.call("POST", endpoint, "/rotate", expire_old=False)["secret"]

    def attempt() -> Received:
        receiver.received.clear()
        member.call("POST", endpoint, "/test", 202)
        wait_until(lambda: receiver.received)
        return receiver.received[0]

    verified(attempt(), old, new, newest)
    member.change("UPDATE webhook_secret SET expires_at = expires_at - ? WHERE endpoint_id = ?", DAY, endpoint["id"])
    assert [accepts(attempt(), secret) for secret in (old, new, newest)] == [False, False, True]
    only = member.call("POST", endpoint, "/rotate", expire_old=True)["secret"]
    assert [accepts(attempt(), secret) for secret in (newest, only)] == [False, True]
    for _ in range(4):
        member.call("POST", endpoint, "/rotate")
    refused = member.call("POST", endpoint, "/rotate", 409)
    assert "'expire_old': true" in refused["error"]["message"]
    assert member.call("POST", endpoint, "/rotate", expire_old=True)["secret"].startswith("whsec_")
    # A rotation without a body is one without wishes.
    assert member.api.http.post(f"/v1/webhook-endpoints/{endpoint['id']}/rotate").status_code == 200


def test_answer_410_disables_until_enabled(member: Member, receiver: Receiver) -> None:
    receiver.answers = lambda _: 410
    endpoint = member.endpoint(receiver.url(), event_types=["cut.completed"])
    member.happen("a", "a")
    disabled = wait_until(lambda: (now := member.call("GET", endpoint))["state"] == "disabled" and now)
    assert disabled["disabled_reason"] == "gone"
    first, second = member.deliveries(endpoint)
    assert (first["state"], first["last_status"], second["state"], second["attempts"]) == ("failed", 410, "pending", 0)
    for path in ("/test", f"/deliveries/{first['id']}/retry"):
        assert "Enable it first" in member.call("POST", endpoint, path, 409)["error"]["message"]
    member.happen("while disabled")
    assert len(member.deliveries(endpoint)) == 2
    receiver.answers = None
    enabled = member.call("PATCH", endpoint, state="enabled")
    assert (enabled["state"], enabled["disabled_reason"]) == ("enabled", None)
    # What waited comes now.
    assert member.settled(endpoint, 1)[1]["state"] == "delivered"


@pytest.mark.parametrize(("days", "state"), [(4.9, "enabled"), (5.1, "disabled")])
def test_five_days_of_failure_disable(member: Member, receiver: Receiver, days: float, state: str) -> None:
    receiver.answers = lambda _: 500
    endpoint = member.endpoint(receiver.url())
    member.change(
        "UPDATE webhook_endpoint SET failing_since = ? WHERE id = ?",
        int(time.time() * 10**6 - days * DAY),
        endpoint["id"],
    )
    member.call("POST", endpoint, "/test", 202)
    wait_until(lambda: member.deliveries(endpoint)[0]["attempts"] == 1)
    found = member.call("GET", endpoint)
    assert (found["state"], found["disabled_reason"]) == (state, "failing" if state == "disabled" else None)


def test_endpoint_deleted_nothing_more_sent(member: Member, receiver: Receiver) -> None:
    receiver.answers = receiver.hang
    endpoint = member.endpoint(receiver.url(), event_types=["cut.completed"])
    member.happen(*(f"entity {number}" for number in range(6)))
    wait_until(lambda: len(receiver.received) == 4)
    member.call("DELETE", endpoint, status=204)
    member.call("GET", endpoint, "/deliveries", 404)
    other = member.endpoint(receiver.url("/other"))
    receiver.answers = None
    member.call("POST", other, "/test", 202)
    member.settled(other, 1)
    assert sum(each.path == "/hook" for each in receiver.received) == 4


def test_url_changed_waiting_deliveries_go_there(member: Member, receiver: Receiver) -> None:
    receiver.answers = lambda received: 500 if received.path == "/old" else 200
    endpoint = member.endpoint(receiver.url("/old"))
    member.call("POST", endpoint, "/test", 202)
    wait_until(lambda: member.deliveries(endpoint)[0]["attempts"] == 1)
    changed = member.call("PATCH", endpoint, url=receiver.url("/new"), event_types=["asset.failed"], description="")
    assert (changed["event_types"], changed["description"]) == (["asset.failed"], None)
    member.settled(endpoint, 1)
    assert receiver.received[-1].path == "/new"
