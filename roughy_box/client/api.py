"""The public API of a box, one method a call."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import httpx

from roughy_box import __version__
from roughy_box.client.errors import BodyLimitError, ClientError, OriginError, TemporaryError
from roughy_box.client.responses import json_object, location, not_a_box, refusal, upload_offset
from roughy_box.client.retry import Retries
from roughy_box.config.values import parse_url, parse_word

SMALLEST_CHUNK = 64 * 1024  # bytes; no proxy limits bodies to less
TUS = {"Tus-Resumable": "1.0.0"}

Asset = dict[str, Any]


class BoxClient:
    """The API of one box, for one key. Every method raises ClientError with the message of the server.

    Temporary failures are retried with growing pauses, or after the Retry-After of the server; :meth:`offset` and
    :meth:`patch` leave that to their caller, who continues at another offset.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        on_retry: Callable[[str], None] = lambda sentence: None,
        on_warning: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        try:
            self.url = parse_url(url)
        except ValueError as error:
            raise ClientError(f"The address of the box {error}.", "url") from None
        try:
            # Checked here, because the HTTP library would show a key it cannot send.
            authorization = f"Bearer {parse_word(key)}"
        except ValueError as error:
            raise ClientError(f"The API key {error}.", "unauthenticated") from None
        self.retries = Retries(sleep, on_retry)
        self.chunk_limit = sys.maxsize  # bytes; that of a proxy on the way
        self._warn = on_warning
        self._has_answered = False
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
        # Retried as a whole: a creation whose answer was lost is found in the list.
        return self.retries.of(lambda: self._find_or_create_project(name.strip()))

    def _find_or_create_project(self, name: str) -> str:
        for project in self._pages("/v1/projects", {}):
            if project["name"] == name:
                return str(project["id"])
        return str(json_object(self._call("POST", "/v1/projects", json={"name": name}), "id")["id"])

    def _pages(self, path: str, query: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        seen = 0
        while True:
            page = json_object(
                self._call("GET", path, params={**query, "limit": 100, "offset": seen}), "items", "total"
            )
            yield from page["items"]
            seen += len(page["items"])
            if not page["items"] or seen >= page["total"]:
                return

    def create_asset(self, project_id: str, size: int, language: str | None = None, name: str | None = None) -> Asset:
        """Create an asset of ``size`` bytes to be uploaded; return it with its ``upload_url``."""
        body = {"project_id": project_id, "size_bytes": size, "language": language, "name": name}
        # A creation whose answer was lost leaves an asset without bytes, which costs nothing and expires.
        response = self.request("POST", "/v1/assets", json=body)
        return json_object(response, "id", "state") | {"upload_url": location(response)}

    def asset(self, asset_id: str) -> Asset:
        """Return the asset."""
        response = self.request("GET", f"/v1/assets/{asset_id}")
        asset = json_object(response, "id", "state")
        if asset["state"] == "pending_upload" and not isinstance(asset.get("upload_url"), str):
            raise not_a_box(response)
        return asset

    def assets(self, project_id: str, part: str) -> list[Asset]:
        """Return the assets of a project with ``part`` in their names, newest first."""
        query = {"project_id": project_id, "q": part}
        return self.retries.of(lambda: list(self._pages("/v1/assets", query)))

    def part(self, url: str, start: int, end: int) -> bytes:
        """Return the bytes of a file of the box from ``start`` up to ``end``; none where a proxy sends it whole."""
        headers = {"Range": f"bytes={start}-{end - 1}", "Accept-Encoding": "identity"}

        def receive() -> bytes:
            with self.stream(url, headers) as response:
                return response.read() if response.status_code == 206 else b""

        return self.retries.of(receive)

    def delete_asset(self, asset_id: str) -> None:
        """Delete the asset and its bytes."""
        self.request("DELETE", f"/v1/assets/{asset_id}")

    def balance(self) -> int:
        """Return the credits left."""
        return int(json_object(self.request("GET", "/v1/credits/balance"), "balance")["balance"])

    def request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Return the response to any other call, with the arguments of httpx."""
        return self.retries.of(lambda: self._call(method, path, **arguments))

    def offset(self, upload_url: str) -> int:
        """Return the offset of the upload in bytes; not retried."""
        return upload_offset(self._call("HEAD", upload_url, headers=TUS))

    def patch(self, upload_url: str, start: int, end: int, blocks: Iterator[bytes]) -> int:
        """Send the bytes from ``start`` up to ``end`` as one chunk; return the new offset. Not retried.

        Errors: TemporaryError ``offset_mismatch`` if the new offset lies outside the chunk.
        """
        headers = {
            **TUS,
            "Upload-Offset": str(start),
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(end - start),
        }
        offset = upload_offset(self._call("PATCH", upload_url, headers=headers, content=blocks))
        if not start < offset <= end:
            raise TemporaryError(f"The chunk {start} to {end} was accepted with offset {offset}.", "offset_mismatch")
        return offset

    def lower_chunk_limit(self, error: BodyLimitError, refused: int) -> None:
        """Halve the size of chunks after one of ``refused`` bytes. Errors: ``error`` if it was small already."""
        if refused <= SMALLEST_CHUNK:
            raise error
        if self.chunk_limit == sys.maxsize:
            self._warn(f"{error.message} Until then, chunks are made smaller, which is slower.")
        self.chunk_limit = refused // 2

    @contextmanager
    def stream(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """Send GET and yield the response, whose body is still to be read; not retried."""
        with self._naming_failures(), self._http.stream("GET", self._absolute(url), headers=dict(headers)) as response:
            if not response.is_success:
                response.read()
            yield self._checked(response)

    def _call(self, method: str, address: str, **arguments: Any) -> httpx.Response:
        url = self._absolute(address)
        with self._naming_failures():
            return self._checked(self._http.request(method, url, **arguments))

    def _checked(self, response: httpx.Response) -> httpx.Response:
        self._has_answered = True
        if not response.is_success:
            raise refusal(response)
        return response

    @contextmanager
    def _naming_failures(self) -> Iterator[None]:
        try:
            yield
        except httpx.RequestError as error:
            message = f"No answer from {self.url}: {str(error) or type(error).__name__}"
            if not self._has_answered and isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
                # Most likely the address is wrong.
                raise ClientError(message, "connection") from error
            raise TemporaryError(message, "connection") from error

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
