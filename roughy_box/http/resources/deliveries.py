"""``/v1/webhook-endpoints/{id}/deliveries`` and ``/test``: the history of an endpoint, and what adds to it."""

from __future__ import annotations

from sanic import HTTPResponse

from roughy_box.http.openapi.operation import Operation, PathParameter, json_answer
from roughy_box.http.resources import examples, webhooks
from roughy_box.http.resources.webhook_models import Delivery, DeliveryPage
from roughy_box.http.server.call import Call
from roughy_box.http.server.requests import Page, path_id, read_query
from roughy_box.http.server.responses import json_response, page_response
from roughy_box.services import deliveries
from roughy_box.services.webhook_json import delivery_json

PATH = webhooks.PATH | {"delivery_id": PathParameter("The id of the delivery.", examples.DELIVERY_ID)}


async def send_test(call: Call, endpoint_id: str) -> HTTPResponse:
    """``POST /v1/webhook-endpoints/{id}/test``."""
    delivery = await deliveries.add_test(call.account_id, path_id("endpoint_id", endpoint_id))
    call.box.jobs.wake(deliveries.KIND)
    return json_response(delivery_json(delivery), 202)


TEST = Operation(
    "test_webhook_endpoint",
    "Webhooks",
    "Deliver a test event",
    {202: json_answer("The delivery that was added.", Delivery, delivery=examples.TEST_DELIVERY)},
    "An event of type `endpoint.test`, signed and retried like all others. A disabled endpoint is a `conflict`.",
    errors=("conflict",),
    path=webhooks.PATH,
)


async def list_page(call: Call, endpoint_id: str) -> HTTPResponse:
    """``GET /v1/webhook-endpoints/{id}/deliveries``."""
    query = read_query(call.request, Page)
    endpoint_id = path_id("endpoint_id", endpoint_id)
    rows, total = await deliveries.page(call.account_id, endpoint_id, query.limit, query.offset)
    return page_response(rows, total, query, delivery_json)


LIST = Operation(
    "list_webhook_deliveries",
    "Webhooks",
    "List the deliveries of a webhook endpoint",
    {
        200: json_answer(
            "Deliveries, newest first.",
            DeliveryPage,
            deliveries=examples.page(examples.DELIVERED, examples.FAILING_DELIVERY),
        )
    },
    "Those of the last 30 days.",
    path=webhooks.PATH,
    query=Page,
)


async def retry(call: Call, endpoint_id: str, delivery_id: str) -> HTTPResponse:
    """``POST /v1/webhook-endpoints/{id}/deliveries/{id}/retry``."""
    ids = path_id("endpoint_id", endpoint_id), path_id("delivery_id", delivery_id)
    delivery = await deliveries.retry(call.account_id, *ids)
    call.box.jobs.wake(deliveries.KIND)
    return json_response(delivery_json(delivery), 202)


RETRY = Operation(
    "retry_webhook_delivery",
    "Webhooks",
    "Attempt a delivery now",
    {202: json_answer("The delivery, `pending`.", Delivery, delivery=examples.TEST_DELIVERY)},
    "In place of the planned attempt, with the same id. One that was delivered is sent again. A disabled endpoint is a "
    "`conflict`.",
    errors=("conflict",),
    path=PATH,
)
