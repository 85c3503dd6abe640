"""One visit to a box: its calls, what it created there, and the deletion of that."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from roughy_box import __version__
from roughy_box.client.connectivity.findings import Stop
from roughy_box.client.connectivity.wire import CALL, Answer, Deadline, Wire, document, id_in, instant, items_of
from roughy_box.config.values import parse_url, parse_word

T = TypeVar("T")
TUS = {"Tus-Resumable": "1.0.0"}
CHUNK_TYPE = "application/offset+octet-stream"
CONNECT = 5.0  # seconds
CLEANING = 8.0  # seconds for all deletions
ANSWER_LIMIT = 1024**2  # bytes of an answer; those of a box to these calls are far smaller
PROJECT = "roughy-box doctor"
PAGE = 100
# Seconds after which a project of another visit was left behind: no visit leaves its own empty for long, and none
# lasts minutes.
EMPTY = 10.0
BEGUN = 600.0
# The states that a visit leaves its assets in; media of users gets further.
_UNFINISHED = ("pending_upload", "failed")
UNKNOWN_PROXY = (
    "See the log of the proxy; 'roughy-box example nginx' and 'roughy-box example caddy' show what is needed."
)


class Visit:
    """Calls to one box with one key, until ``deadline``. Errors: ValueError about the address or the key."""

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
        """Return whether the address is an ``https`` one."""
        return urlsplit(self.url).scheme == "https"

    def get_without_key(self, path: str) -> Answer:
        """Get a resource without the key. Errors: httpx.RequestError, :class:`Stop`."""
        return self._call("GET", path, {})

    def call(self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any) -> Answer:
        """Call the API with the key. Errors: :class:`Stop` when the connection breaks."""
        try:
            return self._call(method, path, {**self.headers, **(headers or {})}, **options)
        except httpx.RequestError as error:
            raise _broken(method, path, error) from None

    def get_head(self, path: str, headers: Mapping[str, str]) -> Answer:
        """Get only the head of an answer that may be long, without the key. Errors: :class:`Stop`."""
        try:
            return self._call("GET", path, headers, most=None)
        except httpx.RequestError as error:
            raise _broken("GET", path, error) from None

    def wire(self, path: str) -> Wire:
        """Open a raw connection for one request. Errors: OSError."""
        return Wire(self.url + path, self.tls, self.deadline)

    def _call(
        self, method: str, path: str, headers: Mapping[str, str], most: int | None = ANSWER_LIMIT, **options: Any
    ) -> Answer:
        request = f"{method} {path.partition('?')[0]}"
        seconds = 0.0
        try:
            seconds = self.deadline.left(CALL)
            return self._run(self._timed(seconds, method, path, dict(headers), most, options))
        except TimeoutError:
            limit = f"within {CALL:.0f} s" if seconds == CALL else "before the time for all checks was up"
            raise Stop("too slow", f"{request} was not answered in full {limit}", UNKNOWN_PROXY) from None
        except _EndlessError:
            problem = f"{request} has an answer without end: more than {ANSWER_LIMIT // 1024**2} MiB came"
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
    """More data came than any answer of a box has."""


async def _body(response: httpx.Response, most: int) -> bytes:
    body = bytearray()
    async for block in response.aiter_raw():
        body += block
        if len(body) > most:
            raise _EndlessError
    return bytes(body)


def _broken(method: str, path: str, error: httpx.RequestError) -> Stop:
    reason = str(error) or type(error).__name__
    return Stop("connection", f"{method} {path.partition('?')[0]} got no answer: {reason}", UNKNOWN_PROXY)


def clean_up(visit: Visit) -> list[str]:
    """Delete what this visit created and what earlier ones left behind; return notes on what could not be deleted."""
    if not visit.project_id:
        return []
    visit.deadline = Deadline(CLEANING)
    if _delete(visit, f"/v1/projects/{visit.project_id}"):
        with suppress(Stop):
            for project_id in [*_left_behind(visit)]:
                _delete(visit, f"/v1/projects/{project_id}")
        return []
    # For proxies that block DELETE. The project is deleted by a later visit that comes another way.
    for asset_id in visit.asset_ids:
        _delete(visit, f"/v1/uploads/{asset_id}", "POST", {**TUS, "X-HTTP-Method-Override": "DELETE"})
    return [
        f"The project '{PROJECT}' ({visit.project_id}) could not be deleted. Delete it on the box; "
        "otherwise the next check that gets through does."
    ]


def _left_behind(visit: Visit) -> Iterator[str]:
    """Yield the ids of projects that earlier visits left behind. Errors: :class:`Stop`."""
    for offset in range(0, 10 * PAGE, PAGE):
        projects = items_of(visit.call("GET", "/v1/projects", params={"limit": PAGE, "offset": offset}))
        for project in projects:
            project_id = id_in(project)
            if project.get("name") != PROJECT or not project_id:
                continue
            age = time.time() + visit.ahead - instant(project.get("created_at"))
            if age > _least_age(visit, project_id):
                yield project_id
        if len(projects) < PAGE:
            return


def _least_age(visit: Visit, project_id: str) -> float:
    """Return the age in seconds from which such a project may be deleted."""
    answer = visit.call("GET", "/v1/assets", params={"project_id": project_id, "limit": PAGE})
    assets = items_of(answer)
    if document(answer).get("total") != len(assets) or any(each.get("state") not in _UNFINISHED for each in assets):
        return float("inf")
    return BEGUN if assets else EMPTY


def _delete(visit: Visit, path: str, method: str = "DELETE", headers: Mapping[str, str] | None = None) -> bool:
    try:
        return visit.call(method, path, headers).status in (204, 404)
    except Stop:
        return False
