"""What the document says beside its operations: the introduction, groups, path parameters and links."""

from __future__ import annotations

from typing import Any

import roughy_box
from roughy_box.http.openapi import examples

Json = dict[str, Any]

_INTRODUCTION = """\
Resumable intake of audio and video. A client announces a file (`create_asset`), sends its bytes to the address in the
`Location` header over [TUS 1.0.0](https://tus.io/protocols/resumable-upload) (`send_chunk`; any TUS client does it),
and asks for the asset until it is `ready` (`read_asset`).

- Every call needs an API key, `Authorization: Bearer sk_...`, where nothing else is said.
- An error is `{"error": {"code", "message"}}`, with `fields` if single values of the request are at fault. What belongs
  to another account is answered as what does not exist: 404. A method that an address does not have: 405, with `Allow`.
- Ids are UUIDs, times are UTC with six fraction digits. A value that does not apply is `null`, never left out. Members
  of a body and parameters of a query that are not described here are ignored.
- Lists are newest first and take `limit` and `offset`.
- Every answer carries an `X-Request-ID`, which is in the log of the box, too.
"""

INFO: Json = {
    "title": "Roughy Box",
    "summary": "Media intake for a studio's own machine.",
    "description": _INTRODUCTION,
    "version": roughy_box.__version__,
    "license": {"name": "MIT", "identifier": "MIT"},
}

TAGS = {
    "Projects": "Folders of footage.",
    "Assets": "First `pending_upload`, then `processing`, then `ready`, `failed`, or `pending_payment` until a top-up.",
    "Uploads": "TUS 1.0.0 with termination and expiration. The id of an upload is that of its asset.",
    "Files": "Stored bytes, at addresses that are signed and short-lived.",
    "Credits": "One credit per started minute of media.",
    "Service": "The box itself.",
    "Preflight": "What browsers ask before a page of another origin calls the API.",
}

ANYTHING: Json = {"type": "string", "minLength": 1}
_UUID: Json = {"type": "string", "format": "uuid"}
# By name; where a name means something else below another folder, with that before it.
PATH_PARAMETERS: dict[str, Json] = {
    "project_id": {"schema": _UUID, "example": examples.PROJECT_ID},
    "asset_id": {"schema": _UUID, "example": examples.ASSET_ID},
    # Not checked for its form: what is no id is an upload that does not exist.
    "upload_id": {"schema": ANYTHING, "example": examples.ASSET_ID},
    "name": {"schema": ANYTHING, "example": f"{examples.ASSET_ID}.mp4", "description": "The asset's id and extension."},
    "posters/name": {"schema": ANYTHING, "example": f"{examples.ASSET_ID}.jpg"},
    "waveforms/name": {"schema": ANYTHING, "example": f"{examples.ASSET_ID}.json"},
}

_CREATED = "$response.body#/id"
_PROJECT: Json = {"project_id": _CREATED}
_ASSET: Json = {"asset_id": _CREATED}
_UPLOAD: Json = {"upload_id": _CREATED, "header.Tus-Resumable": "1.0.0"}
LINKS: dict[str, Json] = {
    "read_project": {"operationId": "read_project", "parameters": _PROJECT},
    "change_project": {"operationId": "change_project", "parameters": _PROJECT},
    "delete_project": {"operationId": "delete_project", "parameters": _PROJECT},
    "list_assets": {"operationId": "list_assets", "parameters": _PROJECT},
    "read_asset": {"operationId": "read_asset", "parameters": _ASSET},
    "delete_asset": {"operationId": "delete_asset", "parameters": _ASSET},
    "read_upload": {"operationId": "read_upload", "parameters": _UPLOAD},
    "send_chunk": {"operationId": "send_chunk", "parameters": {**_UPLOAD, "header.Upload-Offset": "0"}},
    "cancel_upload": {"operationId": "cancel_upload", "parameters": _UPLOAD},
}
