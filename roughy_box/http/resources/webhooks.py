"""``/v1/webhook-endpoints``: URLs that events are posted to."""

from __future__ import annotations

from typing import Any

from sanic import HTTPResponse

from roughy_box.domain.webhook import EndpointState
from roughy_box.http.openapi.operation import NOTHING, Content, Operation, PathParameter, json_answer, json_body
from roughy_box.http.resources import examples
from roughy_box.http.resources.webhook_models import (
    Endpoint,
    EndpointChange,
    EndpointPage,
    EndpointWithSecret,
    NewEndpoint,
    Rotation,
)
from roughy_box.http.server.call import Call
from roughy_box.http.server.endpoints import delete_one, read_one
from roughy_box.http.server.requests import Page, path_id, read_json, read_query
from roughy_box.http.server.responses import json_response, page_response
from roughy_box.http.server.urls import base_url
from roughy_box.services import deliveries, webhooks
from roughy_box.services.webhook_json import endpoint_json
from roughy_box.services.webhooks import NewSecret

PATH = {"endpoint_id": PathParameter("The id of the webhook endpoint.", examples.ENDPOINT_ID)}


def _with_secret(new: NewSecret) -> dict[str, Any]:
    return endpoint_json(new.endpoint) | {"secret": new.secret}


async def create(call: Call) -> HTTPResponse:
    """``POST /v1/webhook-endpoints``."""
    wish = await read_json(call.request, NewEndpoint)
    base = base_url(call.request, call.box.config)
    box = call.box
    new = await webhooks.create(
        box.sender.policy, box.secret, call.account_id, wish.url, wish.event_types, wish.description
    )
    return json_response(_with_secret(new), 201, {"Location": f"{base}/v1/webhook-endpoints/{new.endpoint.id}"})


_ID_OF_ANSWER = {"endpoint_id": "$response.body#/id"}
CREATE = Operation(
    "create_webhook_endpoint",
    "Webhooks",
    "Create a webhook endpoint",
    {
        201: json_answer(
            "The endpoint, with its secret.",
            EndpointWithSecret,
            headers=("Location",),
            links={
                "read_webhook_endpoint": _ID_OF_ANSWER,
                "change_webhook_endpoint": _ID_OF_ANSWER,
                "delete_webhook_endpoint": _ID_OF_ANSWER,
                "rotate_webhook_secret": _ID_OF_ANSWER,
                "test_webhook_endpoint": _ID_OF_ANSWER,
                "list_webhook_deliveries": _ID_OF_ANSWER,
            },
            endpoint=examples.ENDPOINT_WITH_SECRET,
        )
    },
    "An account has at most 50; one more is a `conflict`. The URL must not lead to the box itself, nor to a "
    "link-local, metadata or multicast address.",
    errors=("conflict",),
    body=json_body(NewEndpoint, endpoint=examples.NEW_ENDPOINT),
)


async def list_page(call: Call) -> HTTPResponse:
    """``GET /v1/webhook-endpoints``."""
    query = read_query(call.request, Page)
    rows, total = await webhooks.page(call.account_id, query.limit, query.offset)
    return page_response(rows, total, query, endpoint_json)


LIST = Operation(
    "list_webhook_endpoints",
    "Webhooks",
    "List webhook endpoints",
    {200: json_answer("Endpoints, newest first.", EndpointPage, endpoints=examples.page(examples.ENDPOINT))},
    "Disabled ones, too.",
    query=Page,
)


read = read_one("endpoint_id", webhooks.get, lambda _box, endpoint: endpoint_json(endpoint))
READ = Operation(
    "read_webhook_endpoint",
    "Webhooks",
    "Read a webhook endpoint",
    {200: json_answer("The endpoint.", Endpoint, enabled=examples.ENDPOINT, disabled=examples.DISABLED_ENDPOINT)},
    "Its secret is shown only when it is created or rotated.",
    path=PATH,
)


async def change(call: Call, endpoint_id: str) -> HTTPResponse:
    """``PATCH /v1/webhook-endpoints/{id}``."""
    endpoint_id = path_id("endpoint_id", endpoint_id)
    wish = await read_json(call.request, EndpointChange)
    endpoint = await webhooks.change(
        call.box.sender.policy,
        call.account_id,
        endpoint_id,
        webhooks.EndpointChange(
            wish.url, wish.event_types, wish.description, EndpointState(wish.state) if wish.state else None
        ),
    )
    call.box.jobs.wake(deliveries.KIND)  # what waited for it to be enabled
    return json_response(endpoint_json(endpoint))


CHANGE = Operation(
    "change_webhook_endpoint",
    "Webhooks",
    "Change, disable or enable a webhook endpoint",
    {200: json_answer("The changed endpoint.", Endpoint, endpoint=examples.ENDPOINT)},
    "A value left out, or null, is unchanged.",
    path=PATH,
    body=json_body(EndpointChange, enable={"state": "enabled"}, events={"event_types": ["asset.ready"]}),
)


delete = delete_one("endpoint_id", webhooks.delete)
DELETE = Operation(
    "delete_webhook_endpoint",
    "Webhooks",
    "Delete a webhook endpoint and its history",
    {204: NOTHING},
    "Final. What waits is not delivered any more.",
    path=PATH,
)


async def rotate(call: Call, endpoint_id: str) -> HTTPResponse:
    """``POST /v1/webhook-endpoints/{id}/rotate``."""
    endpoint_id = path_id("endpoint_id", endpoint_id)
    wish = await read_json(call.request, Rotation, optional=True)
    new = await webhooks.rotate(call.box.secret, call.account_id, endpoint_id, expire_old=bool(wish.expire_old))
    return json_response(_with_secret(new))


ROTATE = Operation(
    "rotate_webhook_secret",
    "Webhooks",
    "Replace the secret of a webhook endpoint",
    {
        200: json_answer(
            "The endpoint, with its new secret.", EndpointWithSecret, endpoint=examples.ENDPOINT_WITH_SECRET
        )
    },
    "The old secret signs along for 24 hours, so that receivers have time to change; `expire_old` ends it at once. "
    "Every rotation adds a signature for a day, and the fifth in a day is a `conflict`.",
    errors=("conflict",),
    path=PATH,
    body=Content(Rotation, {"keep_old": {}, "expire_old": {"expire_old": True}}, is_required=False),
)
