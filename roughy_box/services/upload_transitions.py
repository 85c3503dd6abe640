"""State changes of an open upload: detected, rejected, complete, deleted. One statement each."""

from __future__ import annotations

import asyncio
import logging

from roughy_box.domain.asset import Event, Failure, FailureCode, MediaKind, State, move
from roughy_box.domain.errors import BoxError
from roughy_box.media.verdict import Verdict
from roughy_box.services.box import Box
from roughy_box.services.upload_sessions import UploadSession
from roughy_box.storage.database import statement
from roughy_box.storage.models import Asset, VisibleAsset

log = logging.getLogger(__name__)


async def apply_verdict(box: Box, session: UploadSession, verdict: Verdict) -> None:
    """Act on the verdict about the first chunk: record the kind, or reject the upload.

    Errors: ``unsupported_media``; the bytes are deleted then, and the asset has the reason.
    """
    if verdict.kind is None:
        await _reject(box, session, verdict.reason)
        raise BoxError("unsupported_media", verdict.reason)
    await _record_kind(session.asset_id, verdict.kind)
    session.detected = True


async def complete(box: Box, session: UploadSession) -> None:
    """Move a complete, durable upload on to preparation.

    Errors: ``gone`` when its row was deleted meanwhile; the bytes are deleted then.
    """
    moved = await _start_processing(session.asset_id, session.length)
    if not moved and not await VisibleAsset.exists(id=session.asset_id):
        session.refuse(verdict := BoxError("gone", "This upload was deleted."))
        box.forget(session, "deleted")
        await asyncio.to_thread(box.blobs.remove, session.project_id, session.asset_id)
        raise verdict
    box.forget(session, "completed")
    box.jobs.wake("prepare")


async def _reject(box: Box, session: UploadSession, reason: str) -> None:
    await _record_rejection(session.asset_id, Failure(FailureCode.UNSUPPORTED_MEDIA, reason))
    session.refuse(BoxError("gone", reason))
    box.forget(session, "rejected")
    box.jobs.wake("delivery")
    await asyncio.to_thread(box.blobs.remove, session.project_id, session.asset_id)
    log.info("upload %s rejected: %s", session.asset_id, reason)


@statement
async def delete_pending(asset_id: str) -> bool:
    """Delete the row of an asset whose upload is not complete; return False where there is none."""
    return bool(await Asset.filter(id=asset_id, state=State.PENDING_UPLOAD).delete())


@statement
async def store_expiry(asset_id: str, expires_at: int) -> None:
    """Set the instant after which the upload may be reaped."""
    await Asset.filter(id=asset_id, state=State.PENDING_UPLOAD).update(expires_at=expires_at)


@statement
async def _record_kind(asset_id: str, kind: MediaKind) -> None:
    await Asset.filter(id=asset_id, state=State.PENDING_UPLOAD).update(
        type=kind.type, content_type=kind.content_type, extension=kind.extension
    )


@statement
async def _record_rejection(asset_id: str, failure: Failure) -> None:
    state = move(State.PENDING_UPLOAD, Event.REJECTED)
    await Asset.filter(id=asset_id, state=State.PENDING_UPLOAD).update(
        state=state, error_code=failure.code, error_message=failure.message, expires_at=None
    )


@statement
async def _start_processing(asset_id: str, size: int) -> bool:
    state = move(State.PENDING_UPLOAD, Event.COMPLETED)
    pending = Asset.filter(id=asset_id, state=State.PENDING_UPLOAD)
    return bool(await pending.update(state=state, size_bytes=size, expires_at=None))
