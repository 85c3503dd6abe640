"""One visit to a box: its calls, and what it made there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from roughy_box import __version__
from roughy_box.client.connectivity.answers import MOST, Answer
from roughy_box.client.connectivity.deadline import CALL, Deadline
from roughy_box.client.connectivity.findings import Stop
from roughy_box.client.connectivity.wire import Wire
from roughy_box.config.values import parse_url, parse_word

T = TypeVar("T")
TUS = {"Tus-Resumable": "1.0.0"}
CHUNK_TYPE = "application/offset+octet-stream"
CONNECT = 5.0  # seconds
UNKNOWN_PROXY = (
    "See the log of the proxy; 'roughy-box example nginx' and 'roughy-box example caddy' show what is needed."
)


class Visit:
    """The way to one box, for one key, until ``deadline``. Errors: ValueError about the address or the key."""

    def __init__(self, url: str, key: str, facts: dict[str, Any], deadline: Deadline) -> None:
        self.url = parse_url(url)
        self.facts = facts
        facts["url"] = self.url
        self.headers = {"Authorization": f"Bearer {parse_word(key)}"}
        self.deadline = deadline
        self.ahead = 0.0  # seconds that the clock of the box is ahead of ours
        self.project_id = ""
        self.asset_ids: list[str] = []
        # Made once: it reads all certificates that are trusted.
        self.tls = httpx.create_ssl_context()
        # Not compressed: a few bytes could become gigabytes here.
        always = {"User-Agent": f"roughy-box/{__version__}", "Accept-Encoding": "identity"}
        # A loop of our own, because only what runs in one can be ended from outside, whatever it waits for.
        self._loop = asyncio.new_event_loop()
        self._http = httpx.AsyncClient(verify=self.tls, timeout=httpx.Timeout(None, connect=CONNECT), headers=always)

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self._run(self._close())
        finally:
            self._loop.close()

    @property
    def is_secure(self) -> bool:
        """Whether the address is an ``https`` one."""
        return urlsplit(self.url).scheme == "https"

    def look(self, path: str) -> Answer:
        """Get something without the key. Errors: httpx.RequestError, :class:`Stop`."""
        return self._call("GET", path, {})

    def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any) -> Answer:
        """One call with the key. Errors: :class:`Stop` when the connection breaks."""
        try:
            return self._call(method, path, {**self.headers, **(headers or {})}, **options)
        except httpx.RequestError as error:
            raise _broken(method, path, error) from None

    def peek(self, path: str, headers: Mapping[str, str]) -> Answer:
        """The head of an answer that may be long, without the key. Errors: :class:`Stop`."""
        try:
            return self._call("GET", path, headers, most=None)
        except httpx.RequestError as error:
            raise _broken("GET", path, error) from None

    def wire(self, path: str) -> Wire:
        """A raw connection for one request. Errors: OSError."""
        return Wire(self.url + path, self.tls, self.deadline)

    def _call(
        self, method: str, path: str, headers: Mapping[str, str], most: int | None = MOST, **options: Any
    ) -> Answer:
        what = f"{method} {path.partition('?')[0]}"
        seconds = 0.0
        try:
            seconds = self.deadline.left(CALL)
            return self._run(self._timed(seconds, method, path, dict(headers), most, options))
        except TimeoutError:
            patience = f"within {CALL:.0f} s" if seconds == CALL else "before the time for all checks was up"
            raise Stop("too slow", f"{what} was not answered in full {patience}", UNKNOWN_PROXY) from None
        except _EndlessError:
            problem = f"{what} is an answer without end: more than {MOST // 1024**2} MiB came, and it went on"
            raise Stop("answers without end", problem, UNKNOWN_PROXY) from None

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        # Not asyncio.Runner: it makes Ctrl-C a cancellation, which an error on the way out would hide.
        try:
            return self._loop.run_until_complete(work)
        except BaseException:
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            raise

    async def _close(self) -> None:
        cancelled = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*cancelled, return_exceptions=True)
        await self._http.aclose()

    async def _timed(
        self,
        seconds: float,
        method: str,
        path: str,
        headers: dict[str, str],
        most: int | None,
        options: dict[str, Any],
    ) -> Answer:
        async with (
            asyncio.timeout(seconds),
            self._http.stream(method, self.url + path, headers=headers, **options) as response,
        ):
            body = b"" if most is None else await _body(response, most)
            return Answer(response.status_code, response.headers, body.decode(errors="replace"))


class _EndlessError(Exception):
    """More came than any answer of a box has."""


async def _body(response: httpx.Response, most: int) -> bytes:
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > most:
            raise _EndlessError
    return bytes(body)


def _broken(method: str, path: str, error: httpx.RequestError) -> Stop:
    reason = str(error) or type(error).__name__
    return Stop("connection", f"{method} {path.partition('?')[0]} got no answer: {reason}", UNKNOWN_PROXY)
