"""What a client does with one upload: ask, send, cancel. And what time does to it: expire."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from roughy_box.base import clock
from roughy_box.domain import upload as rules
from roughy_box.domain.asset import State
from roughy_box.domain.errors import BoxError
from roughy_box.domain.ids import is_id
from roughy_box.media.verdict import HEAD_MAX
from roughy_box.services import upload_transitions
from roughy_box.services.box import Box
from roughy_box.services.chunk import Body, Chunk
from roughy_box.services.detection import Recognition
from roughy_box.services.upload_sessions import Transfer
from roughy_box.storage.blobs import IncomingFile
from roughy_box.storage.models import Asset

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an upload is: sizes in bytes; no ``expires_at`` once it is whole."""

    offset: int
    length: int
    expires_at: int | None = None


async def standing(box: Box, account_id: str, upload_id: str) -> Standing:
    """How far an upload got; never disturbs who is writing to it (TUS 1.0.0, HEAD).

    Errors: ``not_found``; ``gone`` for one that was rejected or has expired.
    """
    transfer = box.transfers.find(upload_id, account_id)
    if transfer is None:
        return await _finished(account_id, upload_id)
    _check_open(transfer)
    if transfer.writer is None:
        _follow_file(box, transfer)
    return Standing(transfer.offset, transfer.length, transfer.expires_at)


async def receive(box: Box, account_id: str, upload_id: str, claimed: int, body: Body) -> Standing:
    """Store a chunk that starts at ``claimed`` (TUS 1.0.0, PATCH). Must not be cancelled.

    Every byte that arrives is kept, however the request ends.
    Errors: ``not_found``, ``gone``, ``locked``, ``offset_mismatch``, and those of :class:`Chunk`.
    """
    if box.draining:
        raise _stopping()
    transfer = box.transfers.find(upload_id, account_id)
    if transfer is None:
        return await _receive_after_end(account_id, upload_id, claimed, body)
    _check_open(transfer)
    async with transfer.writing(body.stop) as writer:
        # Waiting for the writer before us may have taken the upload to its end.
        if box.transfers.find(upload_id, account_id) is not transfer:
            return await _receive_after_end(account_id, upload_id, claimed, body)
        _follow_file(box, transfer)
        rules.check_offset(claimed, transfer.offset)
        rules.check_body_length(body.declared, transfer.offset, transfer.length)
        if body.declared and not transfer.recognised:
            rules.check_first_chunk(transfer.offset + body.declared)
        await Chunk(box, transfer, writer, body).store()
    return Standing(transfer.offset, transfer.length, None if transfer.is_whole() else transfer.expires_at)


async def terminate(box: Box, account_id: str, upload_id: str) -> None:
    """Cancel an unfinished upload and delete its asset; without effect on anything else.

    A late cancel must never delete a whole, perhaps paid asset.
    """
    transfer = box.transfers.find(upload_id, account_id)
    if transfer:
        verdict = BoxError("gone", "This upload was cancelled.")
        await _end(box, transfer, "cancelled", verdict, partial(upload_transitions.delete_pending, upload_id))


def register(box: Box, asset: Asset, *, offset: int = 0) -> Transfer:
    """Open the upload of an asset that waits for its bytes."""
    assert asset.expires_at is not None
    transfer = Transfer(
        asset_id=asset.id,
        account_id=asset.account_id,
        project_id=asset.project_id,
        length=asset.declared_size,
        offset=offset,
        durable=offset,
        expires_at=asset.expires_at,
        stored_expiry=asset.expires_at,
        recognised=asset.type is not None,
    )
    box.transfers.add(transfer)
    return transfer


async def restore(box: Box) -> None:
    """Take up the open uploads after a start: the files tell the offsets."""
    await asyncio.to_thread(box.blobs.sync_names)
    pending = await Asset.filter(state=State.PENDING_UPLOAD).order_by("seq")
    offsets = await asyncio.to_thread(lambda: [_recover(box, asset) for asset in pending])
    for asset, offset in zip(pending, offsets, strict=True):
        register(box, asset, offset=offset)


async def complete_whole(box: Box) -> None:
    """Complete the uploads whose bytes are all here although no request did: after a crash or a full disk."""
    for transfer in box.transfers:
        if transfer.is_whole() and transfer.writer is None:
            await _complete_unattended(box, transfer)


async def reap_expired(box: Box) -> None:
    """Delete uploads that nobody continued in time; never one that is being written to."""
    for transfer in box.transfers:
        if transfer.writer is None and transfer.expires_at <= clock.now():
            await _end(
                box, transfer, "expired", _expired(), partial(upload_transitions.delete_pending, transfer.asset_id)
            )
            log.info("upload %s expired", transfer.asset_id)


def stop_all(box: Box) -> None:
    """Tell every writer to end; their clients are asked to come back."""
    box.draining = True
    for transfer in box.transfers:
        if transfer.writer:
            transfer.writer.stop(_stopping())


async def _end(
    box: Box, transfer: Transfer, outcome: str, verdict: BoxError, change_row: Callable[[], Awaitable[object]]
) -> None:
    """End an open upload: its writer stops, its row changes, its bytes go. In this order."""
    transfer.close(verdict)
    await transfer.idle()
    if box.transfers.find(transfer.asset_id, transfer.account_id) is not transfer:
        return  # its last byte was faster than we were
    try:
        await box.delete(change_row)
    except BaseException:
        transfer.over = None
        raise
    box.forget(transfer, outcome)
    await asyncio.to_thread(box.blobs.remove, transfer.project_id, transfer.asset_id)


async def _finished(account_id: str, upload_id: str) -> Standing:
    asset = await Asset.get_or_none(id=upload_id, account_id=account_id) if is_id(upload_id) else None
    if asset is None:
        raise BoxError("not_found", "There is no such upload.")
    if asset.size_bytes is None:
        raise BoxError("gone", asset.error_message or "This upload is over.")
    return Standing(asset.size_bytes, asset.size_bytes)


async def _receive_after_end(account_id: str, upload_id: str, claimed: int, body: Body) -> Standing:
    """A chunk for an upload that is whole: only an empty one at its very end changes nothing."""
    done = await _finished(account_id, upload_id)
    rules.check_offset(claimed, done.offset)
    rules.check_body_length(body.declared, done.offset, done.length)
    async for data in body:
        if data:
            raise rules.beyond_length(done.length)
    return done


async def _complete_unattended(box: Box, transfer: Transfer) -> None:
    try:
        async with transfer.writing(lambda: None):
            if not transfer.recognised:
                head = await asyncio.to_thread(_head_of, box, transfer)
                await upload_transitions.judge(box, transfer, await Recognition(box.detector, head).conclude())
            await upload_transitions.complete(box, transfer)
    except BoxError as refusal:
        log.info("upload %s: %s", transfer.asset_id, refusal)


def _follow_file(box: Box, transfer: Transfer) -> None:
    """Believe the file where it is shorter than we think: somebody cut or removed it under our feet.

    Done on the event loop: to look up a length that was looked up before costs microseconds.
    """
    length = box.blobs.received(transfer.asset_id)
    if length < transfer.offset:
        log.error("upload %s lost bytes on disk: %d of %d are left", transfer.asset_id, length, transfer.offset)
        transfer.offset = length
        transfer.durable = min(transfer.durable, length)
        if not length:
            transfer.recognised = False


def _check_open(transfer: Transfer) -> None:
    if transfer.over:
        raise transfer.over
    if transfer.writer is None and transfer.expires_at <= clock.now():
        raise _expired()


def _recover(box: Box, asset: Asset) -> int:
    """The offset after a start: the bytes on disk, synced now, as nobody knows whether they were."""
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


def _head_of(box: Box, transfer: Transfer) -> bytes:
    with box.blobs.incoming(transfer.asset_id).open("rb") as file:
        return file.read(HEAD_MAX)


def _expired() -> BoxError:
    return BoxError("gone", "This upload was idle for too long and has expired. Create the asset again.")


def _stopping() -> BoxError:
    return BoxError("unavailable", "The box is stopping. Try again in a moment.", headers={"Retry-After": "5"})
