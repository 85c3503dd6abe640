"""One visit to a box: its calls, what it made there, and the tidying up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx

from roughy_box import __version__
from roughy_box.config_values import parse_url, parse_word
from roughy_box.reach.findings import Stop
from roughy_box.reach.wire import Answer, Wire

TUS = {"Tus-Resumable": "1.0.0"}
CHUNK_TYPE = "application/offset+octet-stream"
UNKNOWN_PROXY = (
    "See the log of the proxy; 'roughy-box example nginx' and 'roughy-box example caddy' show what is needed."
)


class Visit:
    """The way to one box, for one key. Errors: ValueError about the address or the key."""

    def __init__(self, url: str, key: str, facts: dict[str, Any]) -> None:
        self.url = parse_url(url)
        self.facts = facts
        facts["url"] = self.url
        self.headers = {"Authorization": f"Bearer {parse_word(key)}", "User-Agent": f"roughy-box/{__version__}"}
        self.project_id = ""
        self._asset_ids: list[str] = []
        # Made once: it reads all certificates that are trusted.
        self.tls = httpx.create_ssl_context()
        self._http = httpx.Client(verify=self.tls, timeout=httpx.Timeout(20, connect=10))

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    @property
    def is_secure(self) -> bool:
        """Whether the address is an ``https`` one."""
        return urlsplit(self.url).scheme == "https"

    def look(self, path: str) -> httpx.Response:
        """Get something that needs no key. Errors: httpx.RequestError."""
        return self._http.get(self.url + path)

    def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any) -> httpx.Response:
        """One call with the key. Errors: :class:`Stop` when the connection breaks."""
        try:
            return self._http.request(method, self.url + path, headers={**self.headers, **(headers or {})}, **options)
        except httpx.RequestError as error:
            raise _broken(method, path, error) from None

    def peek(self, path: str, headers: Mapping[str, str]) -> httpx.Response:
        """The head of an answer that may be long, without a key. Errors: :class:`Stop`."""
        try:
            with self._http.stream("GET", self.url + path, headers=dict(headers)) as response:
                return response
        except httpx.RequestError as error:
            raise _broken("GET", path, error) from None

    def wire(self, path: str) -> Wire:
        """A raw connection for one request. Errors: OSError."""
        return Wire(self.url + path, self.tls)

    def note_asset(self, asset_id: str) -> None:
        """Remember an asset that is to go again."""
        self._asset_ids.append(asset_id)

    def clean_up(self) -> list[str]:
        """Delete what was made; a note on what could not be."""
        left = [asset_id for asset_id in self._asset_ids if not self._delete(f"/v1/assets/{asset_id}")]
        if left:
            # For proxies that know no DELETE; whoever is left over expires.
            override = {**TUS, "X-HTTP-Method-Override": "DELETE"}
            left = [each for each in left if not self._delete(f"/v1/uploads/{each}", "POST", override)]
        if self.project_id and (left or not self._delete(f"/v1/projects/{self.project_id}")):
            return [f"The project 'roughy-box doctor' ({self.project_id}) could not be deleted: do it on the box."]
        return []

    def _delete(self, path: str, method: str = "DELETE", headers: Mapping[str, str] | None = None) -> bool:
        try:
            return self.ask(method, path, headers).status_code in (204, 404)
        except Stop:
            return False


def _broken(method: str, path: str, error: httpx.RequestError) -> Stop:
    reason = str(error) or type(error).__name__
    return Stop("connection", f"{method} {path.partition('?')[0]} got no answer: {reason}", UNKNOWN_PROXY)


def code_of(answer: httpx.Response | Answer) -> str | None:
    """The error code if it is the box that refused; ``None`` for the page of a proxy."""
    error = _envelope(answer.text).get("error")
    return str(error["code"]) if isinstance(error, dict) and "code" in error else None


def said(answer: httpx.Response | Answer) -> str:
    """The sentence of a refusal by the box."""
    error = _envelope(answer.text).get("error")
    return str(error.get("message", "")) if isinstance(error, dict) else ""


def document(answer: httpx.Response) -> dict[str, Any]:
    """The resource in an answer, empty if there is none."""
    return _envelope(answer.text)


def _envelope(text: str) -> dict[str, Any]:
    # From the first brace to the last: an answer read off the wire may still be in chunks.
    try:
        body = json.loads(text[text.find("{") : text.rfind("}") + 1])
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
