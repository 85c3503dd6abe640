"""What the document says beside its operations: its title, groups, keys, path parameters and links."""

from __future__ import annotations

from typing import Any

import roughy_box
from roughy_box.http.openapi import examples, guides

Json = dict[str, Any]

INFO: Json = {
    "title": "Roughy Box",
    "summary": "Media intake for a studio's own machine.",
    "description": guides.TEXT,
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

KEY: Json = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key, `sk_...`: the one that `roughy-box init` showed, or one of `roughy-box key create`.",
}

ANYTHING: Json = {"type": "string", "minLength": 1}
_NAMED = "The asset's id and extension."
_UUID: Json = {"type": "string", "format": "uuid"}
# By name; where a name means something else below another folder, with that before it.
PATH_PARAMETERS: dict[str, Json] = {
    "project_id": {"schema": _UUID, "example": examples.PROJECT_ID, "description": "The id of the project."},
    "asset_id": {"schema": _UUID, "example": examples.ASSET_ID, "description": "The id of the asset."},
    # Not checked for its form: what is no id is an upload that does not exist.
    "upload_id": {"schema": ANYTHING, "example": examples.ASSET_ID, "description": "The id of the asset."},
    "name": {"schema": ANYTHING, "example": f"{examples.ASSET_ID}.mp4", "description": _NAMED},
    "posters/name": {"schema": ANYTHING, "example": f"{examples.ASSET_ID}.jpg", "description": _NAMED},
    "waveforms/name": {"schema": ANYTHING, "example": f"{examples.ASSET_ID}.json", "description": _NAMED},
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
