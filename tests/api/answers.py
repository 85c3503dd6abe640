"""The shapes of answers: the contract, section 1, written down once."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import httpx

CODES = {
    "bad_request": 400,
    "unauthenticated": 401,
    "insufficient_credits": 402,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "conflict": 409,
    "offset_mismatch": 409,
    "unsupported_media": 409,
    "asset_processing": 409,
    "asset_payment_required": 409,
    "asset_failed": 409,
    "modifier_not_ready": 409,
    "gone": 410,
    "precondition_failed": 412,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
    "range_not_satisfiable": 416,
    "validation_error": 422,
    "locked": 423,
    "rate_limited": 429,
    "internal_error": 500,
    "unavailable": 503,
    "insufficient_storage": 507,
}
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
# Of the right form, and of no account.
GHOST = "01940000-0000-7000-8000-00000000dead"
MALFORMED = ("1", "x", GHOST[:-1], f"{GHOST}0", GHOST.replace("-", ""), "null", "%00", "..%2F..", "%E2%80%8F")

PROJECT = ["id", "name", "state", "archived_at", "created_at", "updated_at"]
ASSET = [
    *("id", "project_id", "type", "state", "extension", "size_bytes", "content_type", "duration_seconds"),
    *("language", "error_code", "error_message", "created_at", "name"),
]
ASSET_LISTED = [*ASSET, "poster_url", "waveform_url"]
ASSET_READ = [*ASSET_LISTED, "upload_url", "download_url", "peaks_url", "proxy_url", "cuttable"]
ENTRY = ["id", "type", "delta", "asset_id", "grant_id", "stripe_invoice_id", "created_at"]


def refused(answer: httpx.Response, code: str, *fields: str) -> dict[str, Any]:
    """Check an error: its status, its exact envelope, and the fields it names."""
    assert answer.status_code == CODES[code], answer.text
    assert answer.headers["X-Request-ID"]
    if answer.request.method == "HEAD":
        assert answer.content == b""
        return {}
    assert answer.headers["Content-Type"].startswith("application/json")
    body = answer.json()
    error = body["error"]
    assert list(body) == ["error"]
    assert error["code"] == code, answer.text
    assert error["message"]
    assert "\n" not in error["message"]
    assert list(error) == (["code", "message", "fields"] if fields else ["code", "message"]), answer.text
    named = error.get("fields", [])
    assert all(list(each) == ["field", "message"] and each["message"] for each in named)
    assert [each["field"] for each in named] == list(fields)
    return dict(error)


def moment(text: str) -> datetime:
    """Return a time of the API, which must be written as in the contract."""
    assert INSTANT.fullmatch(text), text
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def page(answer: httpx.Response) -> dict[str, Any]:
    """Return the body of a list, which must have the four members."""
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert list(body) == ["items", "total", "limit", "offset"]
    return dict(body)


def ids(answer: httpx.Response) -> list[str]:
    """Return the ids of a list's items."""
    return [item["id"] for item in page(answer)["items"]]
