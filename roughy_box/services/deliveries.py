"""Deliveries of webhooks: sent by the engine, at least once, in the order of an entity's events until one fails.

A delivery is a row that the database writes with its event, so a restart finds those that were not confirmed. An
attempt is confirmed by the answer alone; one that was cut off by the end of the process is made once more.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Collection, Mapping
from json import loads
from typing import Any

from roughy_box import __version__
from roughy_box.base import clock
from roughy_box.domain.errors import BoxError
from roughy_box.domain.webhook import (
    GONE,
    KEPT,
    LONGEST_RETRY,
    TEST_EVENT,
    DeliveryState,
    EndpointState,
    body,
    is_success,
    retry_wait,
)
from roughy_box.domain.webhook_signature import derive_secret, signed_headers
from roughy_box.jobs.kind import Job, JobProgress, Kind
from roughy_box.outgoing.answer import Answer
from roughy_box.services import deadlines, webhooks
from roughy_box.services.box import Box
from roughy_box.storage import webhooks as rows
from roughy_box.storage.database import let_others_write, statement
from roughy_box.storage.models import WebhookDelivery
from roughy_box.storage.webhooks import Attempted

KIND = "delivery"
MOST_AT_A_TIME = 256  # of all endpoints, each a connection
_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "Content-Type": "application/json",
    "User-Agent": f"roughy-box/{__version__}",
}

log = logging.getLogger(__name__)


async def page(account_id: str, endpoint_id: str, limit: int, offset: int) -> tuple[list[WebhookDelivery], int]:
    """Return one page of an endpoint's deliveries, newest first, and the number of all. Errors: ``not_found``."""
    await webhooks.get(account_id, endpoint_id)
    query = WebhookDelivery.filter(endpoint_id=endpoint_id)
    return await query.order_by("-seq").offset(offset).limit(limit), await query.count()


async def add_test(account_id: str, endpoint_id: str) -> WebhookDelivery:
    """Have a test event delivered to an endpoint. Errors: ``not_found``, ``conflict`` for a disabled one."""
    await _get_enabled(account_id, endpoint_id)
    return await _insert_test(endpoint_id)


async def retry(account_id: str, endpoint_id: str, delivery_id: str) -> WebhookDelivery:
    """Have a delivery attempted now, in place of the planned attempt; a delivered or a failed one, too.

    Errors: ``not_found``, ``conflict`` for a disabled endpoint.
    """
    await webhooks.get(account_id, endpoint_id)
    found = await WebhookDelivery.get_or_none(id=delivery_id, endpoint_id=endpoint_id)
    if found is None:
        raise BoxError("not_found", "This webhook endpoint has no such delivery.")
    await _get_enabled(account_id, endpoint_id)
    await _retry(endpoint_id, delivery_id)
    await found.refresh_from_db()
    return found


async def _get_enabled(account_id: str, endpoint_id: str) -> None:
    endpoint = await webhooks.get(account_id, endpoint_id)
    if endpoint.state != EndpointState.ENABLED:
        raise BoxError("conflict", "This webhook endpoint is disabled. Enable it first.")


async def look(box: Box) -> None:
    """Have the engine look for retries that are due, and for events that another process has committed."""
    box.jobs.wake(KIND)


async def prune(box: Box) -> None:
    """Delete history that is older than anyone may ask for, and that of deleted endpoints."""
    await deadlines.follow_clock(box)
    for endpoint_id in await rows.without_endpoint():
        await webhooks.purge(endpoint_id)
    if deadlines.is_trusted(box, KEPT):
        while await rows.delete_older(box.clock.now() - KEPT * clock.SECOND) == rows.BATCH:
            await let_others_write()
    # No retry is planned that far ahead: the clock was wrong when this one was.
    now = box.clock.now()
    await rows.bring_forward(now + int(LONGEST_RETRY * clock.SECOND), now)


async def _find(box: Box, after_account: str, excluded: Collection[str], *, newest: bool = False) -> Job | None:
    # The newest may not come before the oldest of its entity, so there is no difference.
    row = await rows.next_due(box.clock.now(), after_account, excluded)
    return Job(row["id"], row["account_id"], row["endpoint_id"], "webhook endpoint") if row else None


async def _run(box: Box, job: Job, _progress: JobProgress) -> None:
    """Make one attempt. Errors: those of the database."""
    row = await rows.planned(job.id, clock.now())
    if row is None:
        return
    answer = await _send(box, row)
    outcome = _outcome(box, row, answer)
    await box.outcomes.store(outcome)
    _count(box, row, outcome)


async def _send(box: Box, row: Mapping[str, Any]) -> Answer:
    content = body(row["event_type"], row["entity_id"], row["asset_id"], row["previous_state"])
    secrets = [derive_secret(box.secret, salt) for salt in loads(row["salts"])]
    # Receivers compare with the wall clock, however it was set.
    signed = signed_headers(secrets, row["id"], clock.now() // clock.SECOND, content)
    return await box.sender.post(row["url"], _HEADERS | signed, content)


def _outcome(box: Box, row: Mapping[str, Any], answer: Answer) -> Attempted:
    now, ids = box.clock.now(), (row["id"], row["endpoint_id"])
    if answer.status is not None and is_success(answer.status):
        return Attempted(*ids, DeliveryState.DELIVERED, answer.status, None, None, now)
    error = answer.error or _refusal(answer.status)
    wait = None if answer.status == GONE else retry_wait(row["attempts"] + 1, random.random())
    if wait is None:
        return Attempted(*ids, DeliveryState.FAILED, answer.status, error, None, None)
    return Attempted(*ids, DeliveryState.PENDING, answer.status, error, now + int(wait * clock.SECOND), None)


def _refusal(status: int | None) -> str:
    if status is not None and 300 <= status < 400:
        return f"The receiver answered {status}; redirects are not followed."
    return f"The receiver answered {status}."


def _count(box: Box, row: Mapping[str, Any], outcome: Attempted) -> None:
    kind = "retried" if outcome.state == DeliveryState.PENDING else outcome.state
    seconds = (box.clock.now() - row["created_at"]) / clock.SECOND
    box.metrics.attempted(kind, seconds, is_first=row["attempts"] == 0)
    log.debug("delivery %s to webhook endpoint %s: %s, %s", row["id"], row["endpoint_id"], kind, outcome.status)


@statement
async def _insert_test(endpoint_id: str) -> WebhookDelivery:
    now = clock.now()
    return await WebhookDelivery.create(
        endpoint_id=endpoint_id,
        event_type=TEST_EVENT,
        entity_id=endpoint_id,
        next_attempt_at=now,
        created_at=now,
    )


@statement
async def _retry(endpoint_id: str, delivery_id: str) -> None:
    await rows.retry(endpoint_id, delivery_id, clock.now())


# It waits for other servers and takes no CPU slot. The rows say how many of one endpoint may run.
DELIVERY: Kind[Box] = Kind(KIND, _find, _run, takes_slot=False, cap=MOST_AT_A_TIME)
