"""Renders through the public API: create and read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from roughy_box.client.api import BoxClient
from roughy_box.client.errors import ClientError
from roughy_box.client.responses import json_object
from roughy_box.domain.ids import is_id

Render = dict[str, Any]
UNFINISHED = ("pending", "processing")


def create_render(client: BoxClient, asset_id: str, cut_id: str | None, output: Mapping[str, Any]) -> Render:
    """Return the render of an asset, or of one of its cuts: the earlier one for the same request.

    Errors: ClientError.
    """
    body = {"asset_id": asset_id, "cut_id": cut_id, "output": dict(output)}
    return _render(client.request("POST", "/v1/renders", json=body))


def read_render(client: BoxClient, render_id: str) -> Render:
    """Return a render, with its ``download_url`` once it is completed. Errors: ClientError."""
    if not is_id(render_id.lower()):
        raise ClientError(f"{render_id} is not the id of a render.", "not_found")
    return _render(client.request("GET", f"/v1/renders/{render_id}"))


def _render(response: httpx.Response) -> Render:
    return json_object(response, "id", "state", "output", "progress", "warnings", "error_message")
