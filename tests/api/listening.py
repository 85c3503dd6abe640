"""A reader of the event stream: it collects in the background what comes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from tests.harness import LiveBox, wait_until

PATH = "/v1/events"


@dataclass(frozen=True)
class Event:
    """An event as it was read; ``at`` is when, of the monotonic clock."""

    id: int | None
    type: str
    data: dict[str, Any]
    at: float


class Listener:
    """One open stream. ``ended`` is true once it has ended in order."""

    def __init__(self, box: LiveBox, key: str | None = None, last_id: int | str | None = None, types: str = "") -> None:
        self.events: list[Event] = []
        self.comments = 0
        self.ended = False
        self._client = box.client(key)
        headers = {} if last_id is None else {"Last-Event-ID": str(last_id)}
        request = self._client.build_request("GET", PATH, headers=headers, params={"types": types} if types else {})
        self.answer = self._client.send(request, stream=True)
        assert self.answer.status_code == 200, self.answer.read()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def start(self) -> int:
        """The number that the stream begins after."""
        return int(self.answer.headers["Last-Event-ID"])

    @property
    def types(self) -> list[str]:
        """The types of the events, without progress."""
        return [event.type for event in self.events if event.id is not None]

    def of(self, event_type: str) -> list[Event]:
        """Return the events of a type."""
        return [event for event in self.events if event.type == event_type]

    def wait_for(self, *event_types: str) -> None:
        """Wait until an event of each type has come."""
        wait_until(lambda: {*event_types} <= {event.type for event in self.events})

    def wait_until(self, condition: Callable[[Listener], Any]) -> Any:
        """Wait until a condition holds."""
        return wait_until(lambda: condition(self))

    def close(self) -> None:
        """Close the connection."""
        self.answer.close()
        self._client.close()

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> None:
        try:
            for lines in blocks(self.answer.iter_lines()):
                self._note(lines)
            self.ended = True
        except (httpx.HTTPError, httpx.StreamError, OSError, AttributeError):
            pass  # cut, or closed by this side

    def _note(self, lines: list[str]) -> None:
        if lines[0].startswith(":"):
            self.comments += 1
            return
        fields = dict(line.split(": ", 1) for line in lines)
        assert [*fields] in (["id", "event", "data"], ["event", "data"]), lines
        number = int(fields["id"]) if "id" in fields else None
        self.events.append(Event(number, fields["event"], json.loads(fields["data"]), time.monotonic()))


def blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield the lines of each complete event."""
    block: list[str] = []
    for line in lines:
        if line:
            block.append(line)
        elif block:
            yield block
            block = []
