"""The upload client: everything it does goes through the public API, resumably (TUS 1.0.0)."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from roughy_box import __version__
from roughy_box.client.files import ClientError, FileChangedError, SourceFile, UploadState
from roughy_box.config.values import parse_url, parse_word
from roughy_box.domain.errors import CATALOG

CHUNK = 50 * 1024**2
PATIENCE = 10  # failures in a row before giving up; with the back-off about two minutes
LONGEST_PAUSE = 60.0
UNFINISHED = ("pending_upload", "processing")

Asset = dict[str, Any]
Progress = Callable[[int], None]

# The first code of the catalogue for each status, for answers that carry no envelope (HEAD, proxies).
_CODES = {status: code for code, (status, _) in reversed(CATALOG.items())}
_TEMPORARY_STATUS = (408, 423, 429)


class TemporaryError(ClientError):
    """What may be over in a moment; ``retry_after`` is in seconds, None if the server named no time."""

    def __init__(self, message: str, code: str, retry_after: float | None = None) -> None:
        super().__init__(message, code)
        self.retry_after = retry_after


class BoxClient:
    """The API of one box, for one key. Every method raises ClientError with the server's sentence."""

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
        self._sleep = sleep
        headers = {"Authorization": authorization, "User-Agent": f"roughy-box/{__version__}"}
        self._http = httpx.Client(headers=headers, timeout=httpx.Timeout(60, connect=10))

    def __enter__(self) -> BoxClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def find_or_create_project(self, name: str) -> str:
        """The id of the newest active project of that name, made if there is none."""
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
        """A new asset for ``size`` bytes to come, with its ``upload_url``."""
        body = {"project_id": project_id, "size_bytes": size, "language": language}
        response = self._call("POST", "/v1/assets", json=body)
        return _json(response, "id", "state") | {"upload_url": _location(response)}

    def asset(self, asset_id: str) -> Asset:
        """The asset as it is now."""
        return _json(self._call("GET", f"/v1/assets/{asset_id}"), "id", "state")

    def delete_asset(self, asset_id: str) -> None:
        """Remove the asset and its bytes."""
        self._call("DELETE", f"/v1/assets/{asset_id}")

    def balance(self) -> int:
        """The credits left."""
        return int(_json(self._call("GET", "/v1/credits/balance"), "balance")["balance"])

    def offset(self, upload_url: str) -> int:
        """How many bytes of the upload the box holds."""
        return _offset(self._call("HEAD", upload_url, headers={"Tus-Resumable": "1.0.0"}))

    def send(self, file: SourceFile, upload_url: str, offset: int, on_progress: Progress) -> None:
        """Send what comes after ``offset``; ``on_progress`` is told the position in the file.

        Whatever may be over in a moment is waited for, then HEAD tells where to go on.
        """
        patience = _Patience(self._sleep)
        interrupted = False
        while offset < file.size:
            try:
                # A first HEAD is the caller's; later ones find out what a broken chunk left.
                reached = self.offset(upload_url) if interrupted else offset
                if reached > offset:
                    patience.restore()
                offset, interrupted = reached, False
                on_progress(offset)
                if offset < file.size:
                    offset = self._patch(file, upload_url, offset, on_progress)
                    patience.restore()
            except TemporaryError as error:
                interrupted = True
                patience.pause(error)

    def _patch(self, file: SourceFile, upload_url: str, offset: int, on_progress: Progress) -> int:
        end = min(offset + CHUNK, file.size)
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(end - offset),
        }
        reached = _offset(
            self._call("PATCH", upload_url, headers=headers, content=_body(file, offset, end, on_progress))
        )
        if not offset < reached <= end:
            raise TemporaryError(f"The box took bytes {offset} to {end} but stands at {reached}.", "offset_mismatch")
        return reached

    def wait_until_prepared(self, asset_id: str) -> Asset:
        """The asset once it is neither uploading nor processing, however long that takes."""
        patience = _Patience(self._sleep)
        pause = 0.1
        while True:
            try:
                asset = self.asset(asset_id)
                patience.restore()
                if asset["state"] not in UNFINISHED:
                    return asset
                pause = min(pause * 1.5, 2.0)
                self._sleep(pause)
            except TemporaryError as error:
                patience.pause(error)

    def _call(self, method: str, address: str, **arguments: Any) -> httpx.Response:
        url = self.url + address if address.startswith("/") else address
        try:
            response = self._http.request(method, url, **arguments)
        except httpx.RequestError as error:
            reason = str(error) or type(error).__name__
            raise TemporaryError(f"No answer from {self.url}: {reason}", "connection") from error
        if not response.is_success:
            raise _refusal(response)
        return response


class _Patience:
    """How often in a row something may fail, and how long to wait in between."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep = sleep
        self._failures = 0

    def restore(self) -> None:
        self._failures = 0

    def pause(self, error: TemporaryError) -> None:
        self._failures += 1
        if self._failures > PATIENCE:
            raise error
        backoff = min(0.25 * 2**self._failures, 30.0)
        self._sleep(backoff if error.retry_after is None else error.retry_after)


def _body(file: SourceFile, start: int, end: int, on_progress: Progress) -> Iterator[bytes]:
    for block in file.blocks(start, end):
        yield block
        start += len(block)
        on_progress(start)


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
    code, message = _said(response)
    # A 507 is final: the disk of the box does not empty itself while a client waits.
    if status in _TEMPORARY_STATUS or (status >= 500 and status != 507) or code == "offset_mismatch":
        return TemporaryError(message, code, _retry_after(response.headers.get("Retry-After", "")))
    return ClientError(message, code)


def _said(response: httpx.Response) -> tuple[str, str]:
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
    except (ValueError, TypeError):  # no date, or one without a zone
        return None
    return min(max(seconds, 0.0), LONGEST_PAUSE)


def upload_file(
    client: BoxClient,
    path: Path,
    project_id: str,
    *,
    language: str | None = None,
    on_progress: Progress,
    state: UploadState,
) -> Asset:
    """Send one file whole, going on where an earlier run stopped, and return the asset when it is prepared.

    A file that was sent to the project before, and has not changed since, is not sent (and paid) again.
    The asset may be ``failed`` or ``pending_payment``. Errors: ClientError; what the box refused for good and
    what changed while being sent is forgotten, so that the next run starts over.
    """
    with SourceFile(path) as file:
        asset = _resumable(client, file, project_id, state)
        if asset is None:
            asset = client.create_asset(project_id, file.size, language)
            state.remember(client.url, file, asset["id"])
        if asset["state"] == "pending_upload":
            _send(client, file, asset, on_progress, state)
        prepared = client.wait_until_prepared(asset["id"])
        if prepared["state"] == "failed":
            state.forget(client.url, file)
        return prepared


def _resumable(client: BoxClient, file: SourceFile, project_id: str, state: UploadState) -> Asset | None:
    asset_id = state.recall(client.url, file)
    if asset_id is None:
        return None
    try:
        asset = client.asset(asset_id)
    except ClientError as error:
        if error.code != "not_found":
            raise
        return None
    return asset if asset["project_id"] == project_id and asset["state"] != "failed" else None


def _send(client: BoxClient, file: SourceFile, asset: Asset, on_progress: Progress, state: UploadState) -> None:
    try:
        client.send(file, asset["upload_url"], client.offset(asset["upload_url"]), on_progress)
    except FileChangedError:
        with contextlib.suppress(ClientError):
            client.delete_asset(asset["id"])
        state.forget(client.url, file)
        raise
    except TemporaryError:
        raise
    except ClientError as error:
        verdict = _verdict(client, asset["id"])
        if verdict is None:
            raise
        state.forget(client.url, file)
        raise verdict from error


def _verdict(client: BoxClient, asset_id: str) -> ClientError | None:
    """Why the upload is over; None while it is open, so that a later run can go on.

    The asset is asked because HEAD has no sentence and the answer to a broken PATCH may have been lost.
    """
    try:
        asset = client.asset(asset_id)
    except ClientError as error:
        gone = ClientError("The upload has expired or was deleted; send the file again.", "gone")
        return gone if error.code == "not_found" else None
    return ClientError(asset["error_message"], asset["error_code"]) if asset["state"] == "failed" else None
