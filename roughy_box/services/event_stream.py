"""The event stream: every committed change reaches the subscribers of its account, in order.

Triggers write the events; here they are read once, after a commit, and handed to all subscribers. Commits of other
processes (the command line) are found by looking often. A subscriber that resumes has the events that it
missed read from the table.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress

from roughy_box.base import clock
from roughy_box.domain.errors import BoxError
from roughy_box.services import deadlines
from roughy_box.services.box import Box
from roughy_box.services.stream_entities import Entity, message
from roughy_box.services.stream_progress import ProgressWatch
from roughy_box.services.subscriber import Subscriber
from roughy_box.storage import stream_events
from roughy_box.storage.database import DATABASE_ERRORS, on_commit
from roughy_box.storage.stream_events import StreamEvent

MOST_STREAMS = 32  # of an account
REPLAY = 600  # seconds
HEARTBEAT = 15.0  # seconds
LOOK = 0.2  # seconds between two looks for commits of other processes
TICK = 0.5  # seconds between two messages about the progress of one job
GATHER = 0.02  # seconds in which commits are gathered
TURN = 256 * 1024  # bytes queued before the subscribers get their turn to send
COMMENT = b": keep-alive\n\n"

log = logging.getLogger(__name__)


class EventStream:
    """The subscribers of a box, at most ``most`` of all accounts, and the number of the last event they were sent."""

    def __init__(self, box: Box, entities: Sequence[Entity], most: int) -> None:
        self._box = box
        self._entities = {entity.name: entity for entity in entities}
        self._most = most
        self._subscribers: dict[str, set[Subscriber]] = defaultdict(set)
        self._number = 0
        self._reading = asyncio.Lock()
        self._wake = asyncio.Event()
        self._closed = False
        self._progress = ProgressWatch(box, entities)

    def __len__(self) -> int:
        return sum(map(len, self._subscribers.values()))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send what is committed while the block runs."""
        with on_commit(self._note_commit):
            task = asyncio.create_task(self._run())
            try:
                yield
            finally:
                self.close()
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    def close(self) -> None:
        """End every subscription, and refuse new ones. Repeatable."""
        self._closed = True
        for subscriber in self._all():
            subscriber.end()

    @asynccontextmanager
    async def subscribed(
        self, account_id: str, types: Collection[str], last_id: str, cut: Callable[[], None]
    ) -> AsyncIterator[Subscriber]:
        """Subscribe to the events of an account after the one of number ``last_id``.

        From now on, where that is empty, unknown, or older than what is replayed. ``cut`` is called when the
        subscription ends. Errors: ``rate_limited``, ``unavailable``.
        """
        self._check_room(account_id)
        # What is committed by now is not news to it.
        async with self._reading:
            await self._send_new()
            now = self._number
            after = await self._resumable(account_id, last_id, now)
        self._check_room(account_id)
        subscriber = Subscriber(account_id, types, after=now if after is None else after, until=self._number, cut=cut)
        with self._registered(subscriber):
            yield subscriber

    async def replay(self, subscriber: Subscriber) -> AsyncIterator[bytes]:
        """Yield the events that a subscriber missed."""
        while not subscriber.ended and subscriber.after < subscriber.until:
            events = await stream_events.read_of_account(subscriber.account_id, subscriber.after, subscriber.until)
            if not events:
                return
            for event in events:
                if event.type in subscriber.types:
                    yield self._message(event)
            subscriber.after = events[-1].seq

    def _check_room(self, account_id: str) -> None:
        if self._closed:
            raise BoxError("unavailable", headers={"Retry-After": "5"})
        if len(self._subscribers.get(account_id, ())) >= MOST_STREAMS:
            raise BoxError(
                "rate_limited",
                f"This account has {MOST_STREAMS} event streams, which is the most it may have. Close some.",
                headers={"Retry-After": str(int(HEARTBEAT))},
            )
        if len(self) >= self._most:
            raise BoxError(
                "unavailable",
                f"The box has {self._most} event streams, which is the most it may have. Try again in a moment.",
                headers={"Retry-After": str(int(HEARTBEAT))},
            )

    async def _resumable(self, account_id: str, last_id: str, now: int) -> int | None:
        """Return the number to resume from; None where something before the replayed time was missed."""
        number = int(last_id) if last_id.isascii() and last_id.isdigit() and len(last_id) < 19 else now
        if number >= now:
            return None
        oldest = self._box.clock.now() - REPLAY * clock.SECOND
        return number if number >= await stream_events.newest_before(account_id, oldest) else None

    @contextmanager
    def _registered(self, subscriber: Subscriber) -> Iterator[None]:
        subscribers = self._subscribers[subscriber.account_id]
        subscribers.add(subscriber)
        self._progress.forget()  # so that it learns of all
        self._wake.set()
        try:
            yield
        finally:
            subscribers.discard(subscriber)
            if not subscribers:
                self._subscribers.pop(subscriber.account_id, None)

    def _all(self) -> list[Subscriber]:
        return [each for subscribers in self._subscribers.values() for each in subscribers]

    def _note_commit(self) -> None:
        if self._subscribers:
            self._wake.set()

    async def _run(self) -> None:
        beat_due = tick_due = time.monotonic()
        while True:
            await self._woken()
            try:
                async with self._reading:
                    await self._send_new()
                    if (now := time.monotonic()) >= tick_due:
                        tick_due = now + TICK
                        async for account_id, event_type, text in self._progress.news(self._subscribers):
                            self._put(self._wanting(account_id, event_type), text)
                if now >= beat_due:
                    beat_due = now + HEARTBEAT
                    for subscriber in self._all():
                        subscriber.put_if_empty(COMMENT)
            except DATABASE_ERRORS as error:
                log.error("events cannot be read; tried again in a moment: %s", error)
            except Exception:
                log.exception("events cannot be sent; tried again in a moment")
            await asyncio.sleep(GATHER)

    async def _woken(self) -> None:
        """Wait for a commit; while there are subscribers, not for long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK if self._subscribers else None):
                await self._wake.wait()
        self._wake.clear()

    async def _send_new(self) -> None:
        if not self._subscribers:
            self._number = await stream_events.last_number()
            return
        queued = 0
        while events := await stream_events.read_after(self._number):
            for event in events:
                self._number = event.seq
                if subscribers := self._wanting(event.account_id, event.type):
                    self._put(subscribers, text := self._message(event))
                    queued += len(text)
                if queued > TURN:
                    queued = 0
                    await asyncio.sleep(0)

    def _wanting(self, account_id: str, event_type: str) -> list[Subscriber]:
        return [each for each in self._subscribers.get(account_id, ()) if event_type in each.types]

    def _put(self, subscribers: Sequence[Subscriber], text: bytes) -> None:
        for subscriber in subscribers:
            if not subscriber.ended and not subscriber.put(text):
                self._box.metrics.event_streams_cut.inc()
        self._box.metrics.stream_events.inc(len(subscribers))

    def _message(self, event: StreamEvent) -> bytes:
        entity = self._entities[event.type.partition(".")[0]]
        return message(event.type, entity.show(self._box, json.loads(event.entity)), event.seq)


async def prune(box: Box) -> None:
    """Delete events that are too old to be replayed."""
    await deadlines.follow_clock(box)
    if deadlines.is_trusted(box, REPLAY):
        await stream_events.prune(box.clock.now() - REPLAY * clock.SECOND)
