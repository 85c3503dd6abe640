"""Webhook endpoints and deliveries as JSON, the same by the API and by commands."""

from __future__ import annotations

import json
from typing import Any

from roughy_box.base import clock
from roughy_box.storage.models import WebhookDelivery, WebhookEndpoint


def endpoint_json(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """Return an endpoint as the API and the commands show it."""
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "event_types": json.loads(endpoint.event_types),
        "description": endpoint.description,
        "created_at": clock.iso(endpoint.created_at),
        "state": endpoint.state,
        "disabled_reason": endpoint.disabled_reason,
    }


def delivery_json(delivery: WebhookDelivery) -> dict[str, Any]:
    """Return a delivery as the API and the commands show it."""
    return {
        "id": delivery.id,
        "event_type": delivery.event_type,
        "entity_id": delivery.entity_id,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "last_status": delivery.last_status,
        "last_error": delivery.last_error,
        "next_attempt_at": clock.iso_or_none(delivery.next_attempt_at),
        "created_at": clock.iso(delivery.created_at),
        "delivered_at": clock.iso_or_none(delivery.delivered_at),
    }
