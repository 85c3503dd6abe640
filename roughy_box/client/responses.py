"""Parsing the responses of a server, which may be a proxy or not a box at all."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from roughy_box.client.errors import BodyLimitError, ClientError, TemporaryError
from roughy_box.domain.errors import CATALOG

LONGEST_PAUSE = 60.0  # seconds

# The first code of the catalog for each status, for answers that carry no envelope (HEAD, proxies).
_CODES = {status: code for code, (status, _) in reversed(CATALOG.items())}
_TEMPORARY_STATUS = (408, 423, 429)


def json_object(response: httpx.Response, *members: str) -> dict[str, Any]:
    """Return the JSON object of a response. Errors: ClientError ``url`` if it lacks one of ``members``."""
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict) or not body.keys() >= set(members):
        raise not_a_box(response)
    return body


def location(response: httpx.Response) -> str:
    """Return the absolute Location of a response. Errors: ClientError ``url`` without one."""
    try:
        return str(response.url.join(response.headers["Location"]))
    except (KeyError, httpx.InvalidURL):
        raise not_a_box(response) from None


def upload_offset(response: httpx.Response) -> int:
    """Return the Upload-Offset of a response. Errors: ClientError ``url`` without one."""
    value = response.headers.get("Upload-Offset", "")
    if not (value.isascii() and value.isdigit()):
        raise not_a_box(response)
    return int(value)


def not_a_box(response: httpx.Response) -> ClientError:
    """Return the error about a response that no box gives."""
    return ClientError(f"{response.url.host} does not answer like a Roughy Box; is the address right?", "url")


def refusal(response: httpx.Response) -> ClientError:
    """Return the error about a response whose status is not 2xx; TemporaryError if a retry may help."""
    status = response.status_code
    code, message, is_from_box = _code_and_message(response)
    if status == 413 and not is_from_box:
        return BodyLimitError(response.url.host)
    if status in _TEMPORARY_STATUS or status >= 500 or code == "offset_mismatch":
        return TemporaryError(message, code, _retry_after(response.headers.get("Retry-After", "")))
    return ClientError(message, code, _fields(response))


def _fields(response: httpx.Response) -> dict[str, str]:
    try:
        return {str(each["field"]): str(each["message"]) for each in response.json()["error"]["fields"]}
    except (ValueError, LookupError, TypeError):  # most errors have none
        return {}


def _code_and_message(response: httpx.Response) -> tuple[str, str, bool]:
    """Return an error code, a message, and whether both are those of a box."""
    try:
        error = response.json()["error"]
        return str(error["code"]), str(error["message"]), error["code"] in CATALOG
    except (ValueError, LookupError, TypeError):  # HEAD has no body, a proxy has its own
        code = _CODES.get(response.status_code, "internal_error")
        return code, f"{response.url.host} answered {response.status_code} {response.reason_phrase}.", False


def _retry_after(value: str) -> float | None:
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_PAUSE)
    try:
        seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):  # not a date, or one without a zone
        return None
    return min(max(seconds, 0.0), LONGEST_PAUSE)
