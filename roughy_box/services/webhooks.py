"""Webhook endpoints: create, read, change, delete, rotate their secrets."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from roughy_box.base import clock
from roughy_box.base.tasks import start_to_completion
from roughy_box.domain.errors import BoxError, invalid
from roughy_box.domain.ids import is_id
from roughy_box.domain.webhook import (
    MOST_ENDPOINTS,
    MOST_OLD_SECRETS,
    SECRET_OVERLAP,
    DisabledReason,
    EndpointState,
)
from roughy_box.domain.webhook_address import parse_target
from roughy_box.domain.webhook_signature import SALT_BYTES, derive_secret
from roughy_box.outgoing.policy import Policy, RefusedAddress, UnknownName
from roughy_box.services.box import Box
from roughy_box.storage.database import let_others_write, statement, transaction
from roughy_box.storage.models import WebhookEndpoint, WebhookSecret
from roughy_box.storage.webhooks import BATCH, delete_history

RESOLVE_TIMEOUT = 5.0  # seconds; a name that takes longer counts as one that does not resolve yet


@dataclass(frozen=True, slots=True)
class NewSecret:
    """An endpoint and its new secret, which is not stored."""

    endpoint: WebhookEndpoint
    secret: str


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """New values of an endpoint; None keeps a value, and an empty description removes it."""

    url: str | None = None
    event_types: Sequence[str] | None = None
    description: str | None = None
    state: EndpointState | None = None


async def create(
    policy: Policy, box_secret: bytes, account_id: str, url: str, event_types: Sequence[str], description: str | None
) -> NewSecret:
    """Create an endpoint. Errors: ``validation_error`` for the URL, ``conflict`` for one too many."""
    await check_url(policy, url)
    endpoint, salt = await _insert(account_id, url, event_types, description or None)
    return NewSecret(endpoint, derive_secret(box_secret, salt))


async def check_url(policy: Policy, url: str) -> None:
    """Refuse a URL that deliveries may not go to. One whose name does not resolve, for now, is accepted.

    Errors: ``validation_error``.
    """
    try:
        async with asyncio.timeout(RESOLVE_TIMEOUT):
            await policy.addresses(parse_target(url))
    except (ValueError, RefusedAddress) as error:
        raise invalid("body.url", str(error)) from None
    except (UnknownName, TimeoutError):
        pass


async def get(account_id: str, endpoint_id: str) -> WebhookEndpoint:
    """Return an endpoint of the account. Errors: ``not_found``."""
    endpoint = await WebhookEndpoint.get_or_none(id=endpoint_id, account_id=account_id)
    if endpoint is None:
        raise BoxError("not_found", "There is no such webhook endpoint.")
    return endpoint


async def find(endpoint_id: str) -> WebhookEndpoint | None:
    """Return an endpoint of any account, for the operator of the box."""
    return await WebhookEndpoint.get_or_none(id=endpoint_id) if is_id(endpoint_id) else None


async def page(account_id: str, limit: int, offset: int) -> tuple[list[WebhookEndpoint], int]:
    """Return one page of the account's endpoints, newest first, and the number of all."""
    query = WebhookEndpoint.filter(account_id=account_id)
    return await query.order_by("-seq").offset(offset).limit(limit), await query.count()


async def change(policy: Policy, account_id: str, endpoint_id: str, wish: EndpointChange) -> WebhookEndpoint:
    """Change an endpoint. Enabling one ends its time of failure. Errors: ``not_found``, ``validation_error``."""
    await get(account_id, endpoint_id)
    if wish.url is not None:
        await check_url(policy, wish.url)
    return await _change(account_id, endpoint_id, wish)


async def delete(box: Box, account_id: str, endpoint_id: str) -> None:
    """Delete an endpoint at once; running attempts stop. Errors: ``not_found``."""
    await remove(account_id, endpoint_id)
    await box.jobs.cancel(endpoint_id)


async def remove(account_id: str, endpoint_id: str) -> None:
    """Delete the row of an endpoint; its history follows in batches. Errors: ``not_found``."""
    await get(account_id, endpoint_id)
    await _delete_row(endpoint_id)
    start_to_completion(purge(endpoint_id))


async def purge(endpoint_id: str) -> None:
    """Delete the history of an endpoint that is gone."""
    while await delete_history(endpoint_id) == BATCH:
        await let_others_write()


@transaction
async def rotate(box_secret: bytes, account_id: str, endpoint_id: str, *, expire_old: bool) -> NewSecret:
    """Give an endpoint a new secret. Those before it sign along for a day, unless ``expire_old``.

    Errors: ``not_found``, ``conflict`` after too many rotations in a day.
    """
    endpoint, now = await get(account_id, endpoint_id), clock.now()
    old = WebhookSecret.filter(endpoint_id=endpoint_id)
    await old.filter(expires_at__lte=now).delete()
    if expire_old:
        await old.delete()
    else:
        if await old.filter(expires_at__isnull=False).count() >= MOST_OLD_SECRETS:
            raise BoxError(
                "conflict",
                f"The secret was rotated {MOST_OLD_SECRETS} times within a day. Send 'expire_old': true to end all "
                "older secrets at once.",
            )
        await old.filter(expires_at=None).update(expires_at=now + SECRET_OVERLAP * clock.SECOND)
    return NewSecret(endpoint, derive_secret(box_secret, await _add_salt(endpoint_id)))


@transaction
async def _insert(
    account_id: str, url: str, event_types: Sequence[str], description: str | None
) -> tuple[WebhookEndpoint, str]:
    if await WebhookEndpoint.filter(account_id=account_id).count() >= MOST_ENDPOINTS:
        raise BoxError("conflict", f"An account has at most {MOST_ENDPOINTS} webhook endpoints. Delete one first.")
    endpoint = await WebhookEndpoint.create(
        account_id=account_id,
        url=url,
        event_types=json.dumps([*event_types]),
        description=description,
        created_at=clock.now(),
    )
    return endpoint, await _add_salt(endpoint.id)


async def _add_salt(endpoint_id: str) -> str:
    salt = secrets.token_hex(SALT_BYTES)
    await WebhookSecret.create(endpoint_id=endpoint_id, salt=salt)
    return salt


@transaction
async def _change(account_id: str, endpoint_id: str, wish: EndpointChange) -> WebhookEndpoint:
    endpoint = await get(account_id, endpoint_id)
    await endpoint.update_from_dict(_changes(endpoint, wish)).save()
    return endpoint


def _changes(endpoint: WebhookEndpoint, wish: EndpointChange) -> dict[str, object]:
    found: dict[str, object] = {}
    if wish.url is not None:
        found |= {"url": wish.url, "failing_since": None}
    if wish.event_types is not None:
        found["event_types"] = json.dumps([*wish.event_types])
    if wish.description is not None:
        found["description"] = wish.description or None
    if wish.state is not None and wish.state != endpoint.state:
        reason = DisabledReason.MANUAL if wish.state == EndpointState.DISABLED else None
        found |= {"state": wish.state, "disabled_reason": reason, "failing_since": None}
    return found


@statement
async def _delete_row(endpoint_id: str) -> None:
    await WebhookEndpoint.filter(id=endpoint_id).delete()
