"""Open uploads in memory: their offsets, and the lock for writing.

One process serves, so memory is enough for the locking. One writer at a time: a second one is
refused while the first is really sending, and takes over when the first went silent: a client
whose network failed must not be locked out by its own dead connection. A writer is released only
after its last write has returned, so none of its bytes can land late.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from roughy_box.domain.errors import BoxError

SILENCE = 2.0  # seconds without a byte after which a holder may be replaced
HANDOVER = 5.0  # seconds a replaced holder has to release the upload


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

    def is_silent(self) -> bool:
        """Return whether the client has been silent for long enough to be replaced."""
        return time.monotonic() - self.last_heard >= SILENCE

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
    ended: BoxError | None = None  # set once nothing may be written any more
    writer: Writer | None = field(default=None, repr=False)

    def is_complete(self) -> bool:
        """Return whether every declared byte has arrived."""
        return self.offset == self.length

    def close(self, verdict: BoxError) -> None:
        """End the upload for good: its writer and all later requests fail with ``verdict``."""
        self.ended = verdict
        if self.writer:
            self.writer.stop(verdict)

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
        deadline = time.monotonic() + HANDOVER
        while holder := self.writer:
            if self.ended or (holder.verdict is None and not holder.is_silent()):
                break
            holder.stop(_locked("Another request took this upload over."))
            try:
                await asyncio.wait_for(holder.released.wait(), deadline - time.monotonic())
            except TimeoutError:
                break
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
