"""Open uploads in memory: their offsets, and the lock for writing.

One process serves, so memory is enough for the locking. One writer at a time: a second one waits for
the first, as a client that resumes right after a break meets its own old request, and takes over when
the first falls silent. It is refused only while the first is really sending. A writer gives way only
after its last write has returned, so nothing of it can land late.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from roughy_box.base.clock import SECOND, SteadyClock
from roughy_box.domain.errors import BoxError

log = logging.getLogger(__name__)

SILENCE = 2.0  # seconds without a byte after which a holder may be replaced
LONGEST_WAIT = 2.5  # seconds a second writer waits for the holder


class Writer:
    """The right of one request to write to one upload."""

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self.last_heard = time.monotonic()
        self.released = asyncio.Event()
        self.verdict: BoxError | None = None

    def heard(self) -> None:
        """Note that the client sent something."""
        self.last_heard = time.monotonic()

    def patience(self) -> float:
        """Return the seconds after which the holder may be replaced unless it sends something."""
        return self.last_heard + SILENCE - time.monotonic()

    def stop(self, verdict: BoxError) -> None:
        """Ask the holder to end; its request fails with ``verdict``."""
        if self.verdict is None:
            self.verdict = verdict
            self._interrupt()


@dataclass(eq=False)
class UploadSession:
    """One open upload: sizes in bytes, instants in microseconds."""

    asset_id: str
    account_id: str
    project_id: str
    length: int
    offset: int  # written, survives the end of the process
    durable: int  # synced, survives a power cut
    expires_at: int  # as sent to the client
    stored_expiry: int  # in the row, never earlier
    detected: bool  # the first chunk was accepted as media
    due: float | None = None  # when it expires, by the monotonic clock; None: set by an earlier process
    writer: Writer | None = field(default=None, repr=False)
    _refusals: list[BoxError] = field(default_factory=list, repr=False)

    @property
    def ended(self) -> BoxError | None:
        """The answer to every request once nothing may be written any more."""
        return self._refusals[0] if self._refusals else None

    def is_complete(self) -> bool:
        """Return whether every declared byte has arrived."""
        return self.offset == self.length

    def follow_file(self, length: int) -> None:
        """Adopt the length of a file that is shorter than expected: another program truncated or removed it."""
        if length < self.offset:
            log.error("upload %s lost bytes on disk: %d of %d are left", self.asset_id, length, self.offset)
            self.offset = length
            self.durable = min(self.durable, length)
            if not length:
                self.detected = False

    def follow(self, clock: SteadyClock) -> None:
        """Tell the expiry by a wall clock that has stepped."""
        assert self.due is not None
        lead = self.stored_expiry - self.expires_at
        self.expires_at = clock.now() + int((self.due - time.monotonic()) * SECOND)
        self.stored_expiry = self.expires_at + lead

    def refuse(self, verdict: BoxError) -> None:
        """Answer every further request with ``verdict``."""
        self._refusals.append(verdict)

    def reopen(self, verdict: BoxError) -> None:
        """Take a refusal back: what it was for did not happen."""
        self._refusals.remove(verdict)

    async def close(self, verdict: BoxError) -> None:
        """End the upload: its writer and every further request get ``verdict``. Return when no writer is left."""
        self.refuse(verdict)
        if self.writer:
            self.writer.stop(verdict)
        await self.idle()

    @asynccontextmanager
    async def writing(self, interrupt: Callable[[], None]) -> AsyncIterator[Writer]:
        """Lock the upload for writing; ``interrupt`` is called when this writer must end.

        Errors: ``locked`` while another one is sending, or the error that the upload ended with.
        """
        await self._take_over()
        writer = self.writer = Writer(interrupt)
        try:
            yield writer
        finally:
            self.writer = None
            writer.released.set()

    async def idle(self) -> None:
        """Wait until the upload has no writer."""
        while self.writer:
            await self.writer.released.wait()

    async def _take_over(self) -> None:
        deadline = time.monotonic() + LONGEST_WAIT
        while (holder := self.writer) and not self.ended and (left := deadline - time.monotonic()) > 0:
            if (patience := holder.patience()) <= 0:
                holder.stop(_locked("Another request took this upload over."))
                patience = left
            with suppress(TimeoutError):
                await asyncio.wait_for(holder.released.wait(), min(left, patience))
        if self.ended:
            raise self.ended
        if self.writer:
            raise _locked("Another request is writing to this upload.")


def _locked(message: str) -> BoxError:
    return BoxError("locked", message, headers={"Retry-After": "1"})


class UploadSessions:
    """The open uploads of the box, by id."""

    def __init__(self) -> None:
        self._open: dict[str, UploadSession] = {}
        self._counts: Counter[str] = Counter()
        self.declared = 0  # bytes of all open uploads, including those received

    def add(self, session: UploadSession) -> None:
        """Register a new or restored upload."""
        self._open[session.asset_id] = session
        self._counts[session.account_id] += 1
        self.declared += session.length

    def find(self, asset_id: str, account_id: str) -> UploadSession | None:
        """Return the open upload with that id, if it belongs to the account."""
        session = self._open.get(asset_id)
        return session if session and session.account_id == account_id else None

    def remove(self, session: UploadSession) -> bool:
        """Remove an upload that ended; return whether it was registered."""
        is_known = self._open.pop(session.asset_id, None) is not None
        if is_known:
            self._counts[session.account_id] -= 1
            self.declared -= session.length
        return is_known

    def count(self, account_id: str) -> int:
        """Return the number of open uploads of the account."""
        return self._counts[account_id]

    def of_project(self, project_id: str) -> list[UploadSession]:
        """Return the open uploads of one project."""
        return [session for session in self._open.values() if session.project_id == project_id]

    def outstanding(self) -> int:
        """Return the bytes missing in all open uploads; at most ``declared``, which takes no time to read."""
        return sum(session.length - session.offset for session in self)

    def __iter__(self) -> Iterator[UploadSession]:
        return iter(list(self._open.values()))
