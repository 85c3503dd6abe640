"""The rules of webhooks: signatures that real receivers accept, the retry schedule, the body."""

from __future__ import annotations

import time

import pytest
import standardwebhooks
import svix

from roughy_box.domain.webhook import RETRY_AFTER, EventType, body, check_event_types, is_success, retry_wait
from roughy_box.domain.webhook_signature import derive_secret, signed_headers

BODY = body("cut.completed", "entity ü", "asset", None)
SECRETS = [derive_secret(b"box", salt) for salt in ("new", "old")]


def headers(*secrets: str, at: float | None = None) -> dict[str, str]:
    return signed_headers(secrets, "019de802-6b11-7f4e-a9d3-50c1e7a2b944", int(at or time.time()), BODY)


@pytest.mark.parametrize("secret", SECRETS)
def test_signature_both_libraries_accept_either_secret(secret: str) -> None:
    svix.Webhook(secret).verify(BODY, headers(*SECRETS))
    assert standardwebhooks.Webhook(secret).verify(BODY, headers(*SECRETS))["type"] == "cut.completed"


def test_signature_altered_or_old_or_other_secret_refused() -> None:
    now, (new, old) = time.time(), SECRETS
    for library, error in (
        (svix.Webhook, svix.WebhookVerificationError),
        (standardwebhooks.Webhook, standardwebhooks.WebhookVerificationError),
    ):
        receiver = library(new)
        for content, signed in (
            (BODY.replace(b"asset", b"ASSET"), headers(new)),
            (BODY, headers(old)),
            (BODY, headers(new, at=now - 400)),
            (BODY, {name: value.replace("019de802", "019de803") for name, value in headers(new).items()}),
        ):
            with pytest.raises(error):
                receiver.verify(content, signed)


def test_secret_derived_from_both_parts() -> None:
    found = {derive_secret(box, salt) for box in (b"a", b"b") for salt in ("x", "y")}
    assert len(found) == 4
    assert all(len(secret) == len("whsec_") + 44 for secret in found)


def test_retry_schedule_is_that_of_the_contract() -> None:
    hour = 3600
    assert [retry_wait(attempts, 0.0) for attempts in range(1, 9)] == [
        *(5, 300, 1800, 2 * hour, 5 * hour, 10 * hour, 10 * hour),
        None,
    ]
    for attempts, planned in enumerate(RETRY_AFTER, 1):
        wait = retry_wait(attempts, 0.999)
        assert wait is not None
        assert planned < wait < planned * 1.2


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            ("asset.ready", "a", "a", "pending_payment"),
            b'{"type":"asset.ready","data":{"entity_id":"a","asset_id":"a","previous_state":"pending_payment"}}',
        ),
        (("asset.failed", "a", "a", "processing"), b'{"type":"asset.failed","data":{"entity_id":"a","asset_id":"a"}}'),
        (("endpoint.test", "e", None, None), b'{"type":"endpoint.test","data":{"entity_id":"e","asset_id":null}}'),
    ],
)
def test_body_has_exactly_the_members_of_the_contract(values: tuple[str, str, str], expected: bytes) -> None:
    assert body(*values) == expected


def test_event_types_checked() -> None:
    assert check_event_types([*EventType]) == [*EventType]
    for wrong, message in (
        ([], "at least one"),
        (["asset.ready", "asset.ready"], "asset.ready once"),
        (["asset.gone"], "must be of"),
        (["endpoint.test"], "must be of"),
    ):
        with pytest.raises(ValueError, match=message):
            check_event_types(wrong)


def test_success_is_any_2xx() -> None:
    assert [status for status in range(100, 600) if is_success(status)] == [*range(200, 300)]
