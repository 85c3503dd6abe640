"""Stores one request body in the file of an upload.

Order: bytes written, bytes synced, row committed, and only then the response. An error on the way is
remembered and raised at the end, so that every byte that arrived is kept.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Protocol

from roughy_box.base import clock
from roughy_box.domain import upload as rules
from roughy_box.domain.errors import BoxError
from roughy_box.domain.upload import BodyEnd
from roughy_box.services import upload_transitions
from roughy_box.services.box import Box
from roughy_box.services.detection import FirstChunkCheck
from roughy_box.services.upload_sessions import UploadSession, Writer
from roughy_box.storage.blobs import IncomingFile

log = logging.getLogger(__name__)


class Body(Protocol):
    """The bytes of one request. Iteration raises nothing; ``ending`` says afterwards how it ended."""

    declared: int | None
    ending: BodyEnd

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield bytes as they arrive."""

    async def stream_to(self, sink: Callable[[memoryview], None]) -> None:
        """Stream the rest to ``sink``, called in a thread, where that is faster."""

    def stop(self) -> None:
        """End the iteration soon."""


class Chunk:
    """Stores one body for a writer that holds the upload."""

    def __init__(self, box: Box, session: UploadSession, writer: Writer, body: Body) -> None:
        self._box = box
        self._session = session
        self._writer = writer
        self._body = body
        self._first_chunk_check: FirstChunkCheck | None = None
        self._file: IncomingFile | None = None
        self._end = None if body.declared is None else session.offset + body.declared

    async def store(self) -> None:
        """Receive the body, make it durable, record it; then raise the error of the way, if any.

        Errors: the one that the writer was stopped with, ``offset_mismatch`` for a file that another program
        truncated, ``unsupported_media``, ``payload_too_large``, ``bad_request``, ``insufficient_storage``,
        ``unavailable``, ``internal_error``.
        """
        try:
            failure = await self._receive()
            if self._must_sync():
                await asyncio.to_thread(self._sync)
        finally:
            if self._file:
                await asyncio.to_thread(self._close)
        if self._session.is_complete():
            await upload_transitions.complete(self._box, self._session)
        elif failure is None:
            await self._refresh_expiry()
        if failure:
            raise failure

    async def _receive(self) -> BoxError | None:
        session, start = self._session, self._session.offset
        try:
            if not session.detected:
                head = await asyncio.to_thread(self._read_head, start) if start else b""
                self._first_chunk_check = FirstChunkCheck(self._box.detector, head)
            failure = await self._pump()
        except OSError as error:
            if self._file:
                session.offset = await asyncio.to_thread(self._file.size)
            return _disk_error(error)
        # A complete upload is always checked: the detection may have failed when its last bytes arrived.
        is_first_chunk_over = session.is_complete() or (failure is None and session.offset > start)
        if self._first_chunk_check and is_first_chunk_over:
            await upload_transitions.apply_verdict(self._box, session, await self._first_chunk_check.conclude())
        return failure

    async def _pump(self) -> BoxError | None:
        session, early = self._session, b""
        if self._first_chunk_check is None:
            await self._body.stream_to(self._store)
        async for data in self._body:
            self._writer.heard()
            # A first chunk that ends below the minimum must leave nothing behind: its bytes wait.
            if session.offset + len(early) + len(data) < rules.MIN_SIZE:
                early += data
                continue
            data, early = early + data, b""
            room = session.length - session.offset
            await self._write(data[:room])
            if len(data) > room:
                return rules.beyond_length(session.length)
            if self._first_chunk_check is None:
                await self._body.stream_to(self._store)
        if early and self._body.ending is BodyEnd.COMPLETE:
            rules.check_first_chunk(session.offset + len(early))
        if early:
            await self._write(early)
        return self._failure()

    async def _write(self, data: bytes) -> None:
        # A small chunk costs mostly the trips to a thread and back: its last bytes are written together with the sync.
        # Not so in stream_to(): a worker that waits for the disk would keep the bytes of others waiting.
        is_last = self._first_chunk_check is None and self._session.offset + len(data) == self._end
        await asyncio.to_thread(self._store_and_sync if is_last else self._store, memoryview(data))
        if self._first_chunk_check and (verdict := await self._first_chunk_check.feed(data)):
            self._first_chunk_check = None
            await upload_transitions.apply_verdict(self._box, self._session, verdict)

    def _store(self, data: memoryview) -> None:
        """Write the next bytes, in a thread. The offset moves only after the write returned."""
        self._opened().write(self._session.offset, data)
        self._session.offset += len(data)
        self._writer.heard()

    def _store_and_sync(self, data: memoryview) -> None:
        self._store(data)
        if self._must_sync():
            self._sync()
        self._close()

    def _close(self) -> None:
        """Close the file; runs in a thread, as on a disk that hangs even this takes for ever."""
        file, self._file = self._file, None
        if file:
            file.close()

    def _opened(self) -> IncomingFile:
        if self._file is None:
            self._file = self._box.blobs.open_incoming(self._session.asset_id)
            self._check_length(self._file)
            self._file.expect_end(self._end or 0)
        return self._file

    def _check_length(self, file: IncomingFile) -> None:
        # Only now, in the thread that opens the file anyway: a trip to a thread of its own costs a quarter of a small
        # chunk, and on the event loop a disk that hangs would stop everything.
        claimed = self._session.offset
        self._session.follow_file(file.size())
        rules.check_offset(claimed, self._session.offset)

    def _read_head(self, size: int) -> bytes:
        return self._opened().read_head(size)

    def _must_sync(self) -> bool:
        session = self._session
        is_wanted = session.is_complete() or self._box.config.uploads.sync == "always"
        return is_wanted and session.offset != session.durable

    def _sync(self) -> None:
        """Make written bytes durable, in a thread."""
        session, file = self._session, self._opened()
        try:
            file.sync()
        except OSError as error:
            # After a failed sync it is unknown which pages are on disk, and a second try would
            # claim that all are. Only what was durable before still counts.
            session.offset = session.durable
            session.detected = session.detected and session.durable > 0
            with suppress(OSError):
                file.truncate(session.durable)
            raise _disk_error(error) from error
        session.durable = session.offset

    def _failure(self) -> BoxError | None:
        if self._writer.verdict:
            return self._writer.verdict
        kept = f"{self._session.offset} bytes are kept: send HEAD for the current offset and continue."
        match self._body.ending:
            case BodyEnd.COMPLETE:
                return None
            case BodyEnd.SILENT:
                # Clients of the TUS protocol retry after a 503, but take a 408 as final.
                return BoxError("unavailable", f"No data arrived for too long. {kept}", headers={"Retry-After": "1"})
            case BodyEnd.MALFORMED:
                return BoxError("bad_request", f"The chunked encoding of the body is malformed. {kept}")
        return BoxError("bad_request", f"The body ended early. {kept}")

    async def _refresh_expiry(self) -> None:
        session = self._session
        expiry = self._box.config.uploads.idle_expiry
        idle = int(expiry * clock.SECOND)
        due = clock.now() + idle
        if rules.needs_new_expiry(session.stored_expiry, due, idle):
            stored = due + rules.expiry_slack(idle)
            await upload_transitions.store_expiry(session.asset_id, stored)
            session.stored_expiry = stored
        session.expires_at, session.due = due, time.monotonic() + expiry


def _disk_error(error: OSError) -> BoxError:
    log.error("cannot store an upload: %s", error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return BoxError("insufficient_storage", "The disk of the box is full. Bytes that arrived before are kept.")
    return BoxError("internal_error", "The disk of the box failed. Send HEAD for the current offset and continue.")
