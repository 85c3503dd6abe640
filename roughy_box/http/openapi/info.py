"""The parts of the document around its operations: title, guide, groups, keys.

The chapters of the guide are Markdown files. Code blocks that follow each other are the same step in several
languages, and all blocks of one language make one program.
``#name`` leads to an operation or a chapter.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import roughy_box
from roughy_box.domain.errors import CATALOG

Json = dict[str, Any]

CHAPTERS = (
    *("introduction", "authentication", "uploading", "states", "cuts", "renders", "events", "webhooks"),
    *("lists", "files", "errors", "conventions"),
)
_REMEDY = re.compile(r"^\| `(\w+)` \| (.+) \|$", re.MULTILINE)

TAGS = {
    "Projects": "Folders of footage.",
    "Assets": "First `pending_upload`, then `processing`, then `ready`, `failed`, or `pending_payment` until a top-up.",
    "Cuts": "What is worth keeping of an asset: `pending`, then `processing`, then `completed` or `failed`.",
    "Renders": "Finished files: `pending`, then `processing`, then `completed` or `failed`.",
    "Webhooks": "URLs that events are posted to, signed, until they are received.",
    "Uploads": "TUS 1.0.0 with termination and expiration. The id of an upload is that of its asset.",
    "Files": "Stored bytes, at signed, short-lived URLs.",
    "Events": "What happens in the account, as it happens.",
    "Credits": "One credit per started minute of media.",
    "Service": "The box itself.",
    "Preflight": "Requests that browsers send before a page of another origin calls the API.",
}

KEY: Json = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key, `sk_...`: the one that `roughy-box init` showed, or one of `roughy-box key create`.",
}


def info() -> Json:
    """Return the ``info`` of the document."""
    return {
        "title": "Roughy Box",
        "summary": "Rough cuts on a studio's own machine.",
        "description": guide(),
        "version": roughy_box.__version__,
        "license": {"name": "MIT", "identifier": "MIT"},
    }


def guide() -> str:
    """Return all chapters."""
    return "\n".join(f"{_read(name)}\n{error_table()}\n" if name == "errors" else _read(name) for name in CHAPTERS)


def remedies() -> dict[str, str]:
    """Return what to do about each error, by its code."""
    return dict(_REMEDY.findall(_read("remedies")))


def error_table() -> str:
    """Return a table of every code: status, meaning, remedy."""
    known = remedies()
    rows = (f"| `{code}` | {status} | {meaning} | {known[code]} |" for code, (status, meaning) in CATALOG.items())
    return "\n".join(("| Code | Status | Meaning | What to do |", "| --- | --- | --- | --- |", *rows))


def _read(name: str) -> str:
    return (files(__package__) / "guide" / f"{name}.md").read_text(encoding="utf-8")
