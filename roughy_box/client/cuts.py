"""Cuts through the public API: create, read, and receive as files for editors and players."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import httpx

from roughy_box.client.api import BoxClient
from roughy_box.client.errors import ClientError
from roughy_box.client.responses import json_object
from roughy_box.domain.ids import is_id
from roughy_box.exports import formats, subtitles
from roughy_box.exports.names import file_name

Cut = dict[str, Any]
UNFINISHED = ("pending", "processing")
_NAME = re.compile(r"filename\*=UTF-8''([^;\s]+)|filename=\"([^\"]*)\"", re.IGNORECASE)  # RFC 6266


@dataclass(frozen=True, slots=True)
class Exported:
    """A file made of a cut, and a name for it that is safe in every folder."""

    name: str
    content: bytes


def create_cut(client: BoxClient, asset_id: str, script: str | None, options: Mapping[str, Any]) -> Cut:
    """Return the cut of an asset: the earlier one for the same request. Errors: ClientError."""
    body = {"asset_id": asset_id, "script": script, "options": dict(options)}
    return _cut(client.request("POST", "/v1/cuts", json=body))


def read_cut(client: BoxClient, cut_id: str) -> Cut:
    """Return a cut. Errors: ClientError."""
    return _cut(client.request("GET", _path(cut_id)))


def export_timeline(client: BoxClient, cut_id: str, format: str, query: Mapping[str, str | None]) -> Exported:
    """Return a completed cut in one of the timeline formats; ``query`` as in the API. Errors: ClientError."""
    extension = formats.find(format).extension
    return _exported(client, f"{_path(cut_id)}/export", extension, {"format": format, **query})


def export_captions(client: BoxClient, cut_id: str, format: str, timeline: str | None = None) -> Exported:
    """Return the captions of a completed cut, with times in the cut or in the source. Errors: ClientError."""
    extension = subtitles.find(format).extension
    query = {"format": format, "timeline": timeline}
    return _exported(client, f"{_path(cut_id)}/subtitle/export", extension, query)


def _path(cut_id: str) -> str:
    if not is_id(cut_id.lower()):
        raise ClientError(f"{cut_id} is not the id of a cut.", "not_found")
    return f"/v1/cuts/{cut_id}"


def _cut(response: httpx.Response) -> Cut:
    return json_object(response, "id", "asset_id", "state", "progress", "stage", "summary", "error_message")


def _exported(client: BoxClient, path: str, extension: str, query: Mapping[str, str | None]) -> Exported:
    given = {name: value for name, value in query.items() if value is not None}
    response = client.request("GET", path, params=given)
    return Exported(_name(response.headers.get("Content-Disposition", ""), extension), response.content)


def _name(disposition: str, extension: str) -> str:
    """Return the name of a Content-Disposition, made safe: the server may be any."""
    found = max(_NAME.findall(disposition), default=("", ""))  # the encoded one comes after those without
    name = unquote(found[0]) or found[1]
    return file_name(name.removesuffix(f".{extension}") or "export", extension)
