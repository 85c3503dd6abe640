"""The public API of a box as a client calls it, one method a call, and the errors it raises."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any

import httpx

from roughy_box import __version__
from roughy_box.config.values import parse_url, parse_word
from roughy_box.domain.errors import CATALOGUE

LONGEST_PAUSE = 60.0
TUS = {"Tus-Resumable": "1.0.0"}

Asset = dict[str, Any]

# The first code of the catalog for each status, for answers that carry no envelope (HEAD, proxies).
_CODES = {status: code for code, (status, _) in reversed(CATALOGUE.items())}
_TEMPORARY_STATUS = (408, 423, 429)


class ClientError(Exception):
    """A failed call or a file that cannot be sent: a sentence for people, and a code of the API or ``file*``."""

    def __init__(self, message: str, code: str) -> None:
        self.message = message
        self.code = code
        super().__init__(message)


class TemporaryError(ClientError):
    """A failure worth a retry; ``retry_after`` is in seconds, None if the server named no time."""

    def __init__(self, message: str, code: str, retry_after: float | None = None) -> None:
        super().__init__(message, code)
        self.retry_after = retry_after


class OriginError(ClientError):
    """An address of the box has another origin than the box, and must not get the key; the code is ``url``."""

    def __init__(self, own: str, given: str) -> None:
        super().__init__(
            f"The box at {own} gave out an address at {given}; the API key is sent to {own} only. "
            "Set server.public_url on the box, or run 'roughy-box doctor --url' for the cause.",
            "url",
        )


class BoxClient:
    """The API of one box, for one key. Every method raises ClientError with the message of the server."""

    def __init__(self, url: str, key: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        try:
            self.url = parse_url(url)
        except ValueError as error:
            raise ClientError(f"The address of the box {error}.", "url") from None
        try:
            # Checked here, because the HTTP library would show a key it cannot send.
            authorization = f"Bearer {parse_word(key)}"
        except ValueError as error:
            raise ClientError(f"The API key {error}.", "unauthenticated") from None
        self.sleep = sleep
        headers = {"Authorization": authorization, "User-Agent": f"roughy-box/{__version__}"}
        self._http = httpx.Client(headers=headers, timeout=httpx.Timeout(60, connect=10))

    def __enter__(self) -> BoxClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def find_or_create_project(self, name: str) -> str:
        """Return the id of the newest active project of that name, creating one if there is none."""
        name = name.strip()
        for project in self._projects():
            if project["name"] == name:
                return str(project["id"])
        return str(_json(self._call("POST", "/v1/projects", json={"name": name}), "id")["id"])

    def _projects(self) -> Iterator[dict[str, Any]]:
        seen = 0
        while True:
            page = _json(self._call("GET", "/v1/projects", params={"limit": 100, "offset": seen}), "items", "total")
            yield from page["items"]
            seen += len(page["items"])
            if not page["items"] or seen >= page["total"]:
                return

    def create_asset(self, project_id: str, size: int, language: str | None = None) -> Asset:
        """Create an asset of ``size`` bytes to be uploaded; return it with its ``upload_url``."""
        body = {"project_id": project_id, "size_bytes": size, "language": language}
        response = self._call("POST", "/v1/assets", json=body)
        return _json(response, "id", "state") | {"upload_url": _location(response)}

    def asset(self, asset_id: str) -> Asset:
        """Return the asset."""
        return _json(self._call("GET", f"/v1/assets/{asset_id}"), "id", "state")

    def delete_asset(self, asset_id: str) -> None:
        """Delete the asset and its bytes."""
        self._call("DELETE", f"/v1/assets/{asset_id}")

    def balance(self) -> int:
        """Return the credits left."""
        return int(_json(self._call("GET", "/v1/credits/balance"), "balance")["balance"])

    def offset(self, upload_url: str) -> int:
        """Return the offset of the upload in bytes."""
        return _offset(self._call("HEAD", upload_url, headers=TUS))

    def patch(self, upload_url: str, start: int, end: int, blocks: Iterator[bytes]) -> int:
        """Send the bytes from ``start`` up to ``end`` as one chunk; return the new offset.

        Errors: TemporaryError ``offset_mismatch`` if the new offset lies outside the chunk.
        """
        headers = {
            **TUS,
            "Upload-Offset": str(start),
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(end - start),
        }
        offset = _offset(self._call("PATCH", upload_url, headers=headers, content=blocks))
        if not start < offset <= end:
            raise TemporaryError(f"The chunk {start} to {end} was accepted with offset {offset}.", "offset_mismatch")
        return offset

    def _call(self, method: str, address: str, **arguments: Any) -> httpx.Response:
        url = self._absolute(address)
        try:
            response = self._http.request(method, url, **arguments)
        except httpx.RequestError as error:
            reason = str(error) or type(error).__name__
            raise TemporaryError(f"No answer from {self.url}: {reason}", "connection") from error
        if not response.is_success:
            raise _refusal(response)
        return response

    def _absolute(self, address: str) -> str:
        """Return the URL of an address that the box gave out or of a path. Errors: :class:`OriginError`."""
        if address.startswith("/"):
            return self.url + address
        own = _origin(self.url)
        if (given := _origin(address)) != own:
            raise OriginError(own, given)
        return address


def _origin(address: str) -> str:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        return repr(address[:300])
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}:{url.port or {'http': 80, 'https': 443}.get(url.scheme)}"


def _json(response: httpx.Response, *members: str) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict) or not body.keys() >= set(members):
        raise _not_a_box(response)
    return body


def _location(response: httpx.Response) -> str:
    try:
        return str(response.url.join(response.headers["Location"]))
    except (KeyError, httpx.InvalidURL):
        raise _not_a_box(response) from None


def _offset(response: httpx.Response) -> int:
    value = response.headers.get("Upload-Offset", "")
    if not (value.isascii() and value.isdigit()):
        raise _not_a_box(response)
    return int(value)


def _not_a_box(response: httpx.Response) -> ClientError:
    return ClientError(f"{response.url.host} does not answer like a Roughy Box; is the address right?", "url")


def _refusal(response: httpx.Response) -> ClientError:
    status = response.status_code
    code, message = _code_and_message(response)
    # A 507 is final: the disk of the box does not empty itself while a client waits.
    if status in _TEMPORARY_STATUS or (status >= 500 and status != 507) or code == "offset_mismatch":
        return TemporaryError(message, code, _retry_after(response.headers.get("Retry-After", "")))
    return ClientError(message, code)


def _code_and_message(response: httpx.Response) -> tuple[str, str]:
    try:
        error = response.json()["error"]
        return str(error["code"]), str(error["message"])
    except (ValueError, LookupError, TypeError):  # HEAD has no body, a proxy has its own
        code = _CODES.get(response.status_code, "internal_error")
        return code, f"{response.url.host} answered {response.status_code} {response.reason_phrase}."


def _retry_after(value: str) -> float | None:
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_PAUSE)
    try:
        seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):  # not a date, or one without a zone
        return None
    return min(max(seconds, 0.0), LONGEST_PAUSE)
