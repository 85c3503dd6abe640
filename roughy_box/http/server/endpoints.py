"""The endpoints that are the same for each resource: reading one row of the account, and deleting one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sanic import HTTPResponse

from roughy_box.http.server.call import Call, Endpoint
from roughy_box.http.server.requests import path_id
from roughy_box.http.server.responses import json_response
from roughy_box.services.box import Box

Row = TypeVar("Row")


def read_one(
    parameter: str, find: Callable[[str, str], Awaitable[Row]], show: Callable[[Box, Row], dict[str, Any]]
) -> Endpoint:
    """Return the endpoint that answers with one row.

    ``parameter``: the id in the path. ``find`` takes the ids of the account and of the row and raises
    ``not_found``; ``show`` renders what it returns.
    """

    async def read(call: Call, **path: str) -> HTTPResponse:
        row = await find(call.account_id, path_id(parameter, path[parameter]))
        return json_response(show(call.box, row))

    return read


def delete_one(parameter: str, delete: Callable[[Box, str, str], Awaitable[None]]) -> Endpoint:
    """Return the endpoint that deletes one row; ``delete`` takes the ids as ``find`` in :func:`read_one` does."""

    async def endpoint(call: Call, **path: str) -> HTTPResponse:
        await delete(call.box, call.account_id, path_id(parameter, path[parameter]))
        return HTTPResponse(status=204)

    return endpoint
