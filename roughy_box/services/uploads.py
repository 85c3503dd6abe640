"""One upload: its status, receiving chunks, cancellation, completion, expiry."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from functools import partial

from roughy_box.domain import upload as rules
from roughy_box.domain.asset import State
from roughy_box.domain.errors import BoxError
from roughy_box.domain.ids import is_id
from roughy_box.media.verdict import HEAD_MAX
from roughy_box.services import deadlines, upload_transitions
from roughy_box.services.box import Box
from roughy_box.services.chunk import Body, Chunk
from roughy_box.services.detection import FirstChunkCheck
from roughy_box.services.upload_sessions import UploadSession
from roughy_box.storage.blobs import IncomingFile
from roughy_box.storage.models import Asset, VisibleAsset

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UploadStatus:
    """The status of an upload: sizes in bytes; no ``expires_at`` once it is complete."""

    offset: int
    length: int
    expires_at: int | None = None


async def status(box: Box, account_id: str, upload_id: str) -> UploadStatus:
    """Return the status of an upload; never disturbs its writer (TUS 1.0.0, HEAD).

    Errors: ``not_found``; ``gone`` for one that was rejected or has expired.
    """
    session = box.sessions.find(upload_id, account_id)
    if session is None:
        return await _status_of_ended(account_id, upload_id)
    _check_open(box, session)
    if session.writer is None:
        await _follow_file(box, session)
    return UploadStatus(session.offset, session.length, session.expires_at)


async def receive(box: Box, account_id: str, upload_id: str, claimed: int, body: Body) -> UploadStatus:
    """Store a chunk that starts at ``claimed`` (TUS 1.0.0, PATCH). Must not be cancelled.

    Every byte that arrives is kept, however the request ends.
    Errors: ``not_found``, ``gone``, ``locked``, ``offset_mismatch``, and those of :class:`Chunk`.
    """
    if box.draining:
        raise _stopping()
    session = box.sessions.find(upload_id, account_id)
    if session is None:
        return await _receive_after_end(account_id, upload_id, claimed, body)
    _check_open(box, session)
    async with session.writing(body.stop) as writer:
        # While this one waited, the writer before may have completed the upload, or the box may have begun to stop.
        if box.draining:
            raise _stopping()
        if box.sessions.find(upload_id, account_id) is not session:
            return await _receive_after_end(account_id, upload_id, claimed, body)
        if not body.declared:
            # A body without bytes never opens the file, which is where the length is checked otherwise.
            await _follow_file(box, session)
        rules.check_offset(claimed, session.offset)
        rules.check_body_length(body.declared, session.offset, session.length)
        if body.declared and not session.detected:
            rules.check_first_chunk(session.offset + body.declared)
        await Chunk(box, session, writer, body).store()
    return UploadStatus(session.offset, session.length, None if session.is_complete() else session.expires_at)


async def terminate(box: Box, account_id: str, upload_id: str) -> None:
    """Cancel an unfinished upload and delete its asset; do nothing to any other upload.

    A late cancel must never delete a complete, perhaps paid asset. The row goes first: until it is gone,
    a writer goes on as if nothing had been asked.
    """
    session = box.sessions.find(upload_id, account_id)
    if session is None:
        return
    if await box.delete(partial(upload_transitions.delete_pending, upload_id)):
        await end(box, session, "cancelled", BoxError("gone", "This upload was cancelled."))


def register(box: Box, asset: Asset, *, offset: int = 0, expiry: float | None = None) -> UploadSession:
    """Open the upload of an asset that waits for its bytes; ``expiry``: the seconds it has from now if it is new."""
    assert asset.expires_at is not None
    session = UploadSession(
        asset_id=asset.id,
        account_id=asset.account_id,
        project_id=asset.project_id,
        length=asset.declared_size,
        offset=offset,
        durable=offset,
        expires_at=asset.expires_at,
        stored_expiry=asset.expires_at,
        detected=asset.type is not None,
        due=None if expiry is None else time.monotonic() + expiry,
    )
    box.sessions.add(session)
    return session


async def restore(box: Box) -> None:
    """Register the open uploads after a start, with the offsets of their files."""
    await asyncio.to_thread(box.blobs.sync_names)
    pending = await VisibleAsset.filter(state=State.PENDING_UPLOAD).order_by("seq")
    offsets = await asyncio.to_thread(lambda: [_recover(box, asset) for asset in pending])
    for asset, offset in zip(pending, offsets, strict=True):
        register(box, asset, offset=offset)


async def complete_whole(box: Box) -> None:
    """Complete uploads whose bytes are all here although no request did so: after a crash or a full disk."""
    for session in box.sessions:
        if session.is_complete() and session.writer is None:
            await _complete_unattended(box, session)


async def reap_expired(box: Box) -> None:
    """Delete uploads that were idle for too long; never one that is being written to."""
    await deadlines.follow_clock(box)
    for session in box.sessions:
        if session.writer is None and _has_expired(box, session):
            await _expire(box, session)


def stop_all(box: Box) -> None:
    """Stop every writer; their clients are asked to try again."""
    box.draining = True
    for session in box.sessions:
        if session.writer:
            session.writer.stop(_stopping())


async def end(box: Box, session: UploadSession, outcome: str, verdict: BoxError) -> None:
    """End an upload whose row is gone: its writer stops, its bytes go."""
    await session.close(verdict)
    box.forget(session, outcome)
    await asyncio.to_thread(box.blobs.remove, session.project_id, session.asset_id)


async def _expire(box: Box, session: UploadSession) -> None:
    """Delete an upload that no request is writing to. Closed first: a chunk that came now would be lost."""
    session.refuse(verdict := _expired())
    try:
        await box.delete(partial(upload_transitions.delete_pending, session.asset_id))
    except BaseException:
        session.reopen(verdict)
        raise
    await end(box, session, "expired", verdict)
    log.info("upload %s expired", session.asset_id)


async def _status_of_ended(account_id: str, upload_id: str) -> UploadStatus:
    asset = await VisibleAsset.get_or_none(id=upload_id, account_id=account_id) if is_id(upload_id) else None
    if asset is None:
        raise BoxError("not_found", "There is no such upload.")
    if asset.size_bytes is None:
        raise BoxError("gone", asset.error_message or "This upload has ended.")
    return UploadStatus(asset.size_bytes, asset.size_bytes)


async def _receive_after_end(account_id: str, upload_id: str, claimed: int, body: Body) -> UploadStatus:
    """Accept an empty chunk at the end of a complete upload; refuse any other."""
    done = await _status_of_ended(account_id, upload_id)
    rules.check_offset(claimed, done.offset)
    rules.check_body_length(body.declared, done.offset, done.length)
    async for data in body:
        if data:
            raise rules.beyond_length(done.length)
    return done


async def _complete_unattended(box: Box, session: UploadSession) -> None:
    try:
        async with session.writing(lambda: None):
            if not session.detected:
                head = await asyncio.to_thread(_head_of, box, session)
                await upload_transitions.apply_verdict(
                    box, session, await FirstChunkCheck(box.detector, head).conclude()
                )
            await upload_transitions.complete(box, session)
    except BoxError as refusal:
        log.info("upload %s: %s", session.asset_id, refusal)


async def _follow_file(box: Box, session: UploadSession) -> None:
    before = session.offset
    # In a thread: on a disk that hangs it takes for ever.
    length = await asyncio.to_thread(box.blobs.received, session.asset_id)
    if session.offset == before:
        session.follow_file(length)


def _check_open(box: Box, session: UploadSession) -> None:
    if session.ended:
        raise session.ended
    if session.writer is None and _has_expired(box, session):
        raise _expired()


def _has_expired(box: Box, session: UploadSession) -> bool:
    if session.due is not None:
        return time.monotonic() >= session.due
    options = box.config.uploads
    return deadlines.is_past(box, session.expires_at, options.idle_expiry if session.offset else options.initial_expiry)


def _recover(box: Box, asset: Asset) -> int:
    """Return the offset after a start: the bytes on disk, synced now, as they may not have been."""
    if not box.blobs.received(asset.id):
        return 0
    file = IncomingFile(box.blobs.incoming(asset.id))
    try:
        if file.size() > asset.declared_size:
            file.truncate(asset.declared_size)
        file.trim()
        file.sync()
        return file.size()
    finally:
        file.close()


def _head_of(box: Box, session: UploadSession) -> bytes:
    with box.blobs.incoming(session.asset_id).open("rb") as file:
        return file.read(HEAD_MAX)


def _expired() -> BoxError:
    return BoxError("gone", "This upload was idle for too long and has expired. Create the asset again.")


def _stopping() -> BoxError:
    return BoxError("unavailable", "The box is stopping. Try again in a moment.", headers={"Retry-After": "5"})
