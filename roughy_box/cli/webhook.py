"""``webhook``: endpoints that events are posted to, and their deliveries."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from roughy_box.base.text import printable
from roughy_box.cli import group, output
from roughy_box.cli.command import Session, command
from roughy_box.domain.errors import BoxError, SetupError
from roughy_box.domain.webhook import ANSWER_TIMEOUT, EventType

if TYPE_CHECKING:
    from roughy_box.storage.models import WebhookDelivery, WebhookEndpoint

_EVENTS = [each.value for each in EventType]
# Seconds that a test may take: an attempt, and a moment until a running server finds it.
PATIENCE = ANSWER_TIMEOUT + 5.0
LOOK = 0.1  # seconds


@group.group("webhook")
def webhook_group() -> None:
    """Have events posted to URLs, and see what was delivered."""


@command(webhook_group, "add")
@click.argument("url")
@click.option(
    "--event",
    "events",
    multiple=True,
    type=click.Choice(_EVENTS),
    help="An event to send (repeat it for more).  [default: all]",
)
@click.option("--description", help="A note for people.")
@click.option("--account", "account_name", help="The account; not needed while there is only one.")
async def webhook_add(
    session: Session, url: str, events: tuple[str, ...], description: str | None, account_name: str | None
) -> None:
    """Have events posted to URL, and show the secret that signs them, once."""
    from roughy_box.domain.webhook import check_description, check_event_types
    from roughy_box.outgoing.policy import policy_of
    from roughy_box.services import accounts, webhooks
    from roughy_box.services.webhook_json import endpoint_json
    from roughy_box.storage.folder import open_folder

    with _one_line():
        types = check_event_types(dict.fromkeys(events) or _EVENTS)
        note = check_description(description or "")
        async with session.box() as config:
            account = await accounts.find(account_name)
            secret, policy = open_folder(config.storage.data_dir).read_secret(), policy_of(config, config.server.port)
            new = await webhooks.create(policy, secret, account.id, url, types, note)
    if session.as_json:
        output.document(endpoint_json(new.endpoint) | {"secret": new.secret})
    else:
        output.pairs({"id": new.endpoint.id, "events": ", ".join(types), "secret": new.secret})


@command(webhook_group, "list")
@click.option("--account", "account_name", help="The account; not needed while there is only one.")
async def webhook_list(session: Session, account_name: str | None) -> None:
    """List the webhook endpoints of an account, newest first."""
    from roughy_box.domain.webhook import MOST_ENDPOINTS
    from roughy_box.services import accounts, webhooks
    from roughy_box.services.webhook_json import endpoint_json

    async with session.box():
        account = await accounts.find(account_name)
        endpoints, _ = await webhooks.page(account.id, MOST_ENDPOINTS, 0)
    items = [endpoint_json(each) for each in endpoints]
    if session.as_json:
        output.document({"items": items})
        return
    rows = [
        (each["id"], each["state"], each["disabled_reason"], each["url"], ", ".join(each["event_types"]))
        for each in items
    ]
    output.table(("id", "state", "reason", "url", "events"), rows)


@command(webhook_group, "test")
@click.argument("endpoint_id")
async def webhook_test(session: Session, endpoint_id: str) -> None:
    """Deliver a test event to the endpoint ENDPOINT_ID, by the running server, and show the outcome."""
    from roughy_box.services import deliveries
    from roughy_box.services.webhook_json import delivery_json

    with _one_line():
        async with session.box():
            endpoint = await _find(endpoint_id)
            delivery = await _attempted(await deliveries.add_test(endpoint.account_id, endpoint.id))
    if session.as_json:
        output.document(delivery_json(delivery))
    if delivery.state != "delivered":
        reason = delivery.last_error or "No server is running on this box; the delivery waits for one."
        raise SetupError(f"The test was not delivered: {reason}")
    if not session.as_json:
        output.done(f"Delivered: the receiver answered {delivery.last_status}.")


@command(webhook_group, "remove")
@click.argument("endpoint_id")
async def webhook_remove(session: Session, endpoint_id: str) -> None:
    """Delete the endpoint ENDPOINT_ID and its history."""
    from roughy_box.services import webhooks

    with _one_line():
        async with session.box():
            endpoint = await _find(endpoint_id)
            await webhooks.remove(endpoint.account_id, endpoint.id)
    if session.as_json:
        output.document({"id": endpoint.id})
    else:
        output.done(f"{endpoint.id} ({printable(endpoint.url)}) is deleted.")


@command(webhook_group, "deliveries")
@click.argument("endpoint_id")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="The number of deliveries."
)
async def webhook_deliveries(session: Session, endpoint_id: str, limit: int) -> None:
    """Show the newest deliveries to the endpoint ENDPOINT_ID."""
    from roughy_box.services import deliveries
    from roughy_box.services.webhook_json import delivery_json

    with _one_line():
        async with session.box():
            endpoint = await _find(endpoint_id)
            found, total = await deliveries.page(endpoint.account_id, endpoint.id, limit, 0)
    if session.as_json:
        output.document({"total": total, "items": [delivery_json(each) for each in found]})
        return
    rows = [
        (output.utc_time(each.created_at), each.event_type, each.entity_id, each.state, each.attempts, each.last_error)
        for each in found
    ]
    output.table(("when", "event", "entity", "state", "attempts", "last error"), rows, right=("attempts",))
    if total > len(found):
        click.echo(f"{total - len(found)} older deliveries; use --limit to show them.")


async def _find(endpoint_id: str) -> WebhookEndpoint:
    from roughy_box.services import webhooks

    endpoint = await webhooks.find(endpoint_id)
    if endpoint is None:
        raise SetupError("There is no webhook endpoint with that id. 'roughy-box webhook list' shows their ids.")
    return endpoint


async def _attempted(delivery: WebhookDelivery) -> WebhookDelivery:
    """Wait until a delivery was attempted, for a limited time."""
    deadline = time.monotonic() + PATIENCE
    while not delivery.attempts and time.monotonic() < deadline:
        await asyncio.sleep(LOOK)
        await delivery.refresh_from_db()
    return delivery


@contextmanager
def _one_line() -> Iterator[None]:
    """Turn the errors of rules and use cases into lines for the terminal."""
    try:
        yield
    except BoxError as error:
        named = [f"{each.field.removeprefix('body.')} {each.message}" for each in error.fields]
        raise SetupError(f"The {named[0]}." if named else error.message) from None
    except ValueError as error:
        raise SetupError(f"The description {error}.") from None
