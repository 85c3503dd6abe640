"""The parts of the document around its operations: title, guide, groups, keys."""

from __future__ import annotations

from typing import Any

import roughy_box
from roughy_box.http.openapi import guide

Json = dict[str, Any]

INFO: Json = {
    "title": "Roughy Box",
    "summary": "Media intake for a studio's own machine.",
    "description": guide.text(),
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
