"""Is the box well? Every check says what is wrong and how to mend it."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from tortoise import connections

from roughy_box import clock
from roughy_box.config import format_size
from roughy_box.domain.asset import State
from roughy_box.media.runner import Detector
from roughy_box.storage.blobs import Blobs
from roughy_box.storage.folder import Folder
from roughy_box.storage.models import Asset

FLOOR = 1024**3  # bytes the database and deletes should find free
OVERDUE = 3600 * clock.SECOND


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    check: str
    problem: str
    remedy: str


# Each statement returns one row a fault; the sentence is filled with the first column.
INVARIANTS = (
    (
        "balance {} differs from the sum of its entries",
        """SELECT a.name FROM account a LEFT JOIN ledger l ON l.account_id = a.id
           GROUP BY a.id HAVING a.balance <> coalesce(sum(l.delta), 0)""",
    ),
    (
        "the running balance is broken at entry {}",
        """SELECT seq FROM (SELECT seq, balance_after, sum(delta) OVER (PARTITION BY account_id ORDER BY seq) AS total
           FROM ledger) WHERE balance_after <> total""",
    ),
    (
        "ready asset {} has no charge of its price",
        """SELECT a.id FROM asset a LEFT JOIN ledger l ON l.asset_id = a.id AND l.type = 'consume_asset'
           WHERE a.state = 'ready' GROUP BY a.id HAVING count(l.seq) <> 1 OR sum(l.delta) <> -a.price""",
    ),
    (
        "asset {} is charged but not ready",
        """SELECT a.id FROM asset a JOIN ledger l ON l.asset_id = a.id AND l.type = 'consume_asset'
           WHERE a.state <> 'ready'""",
    ),
    (
        "asset {} waits for payment although the balance covers it",
        """SELECT a.id FROM asset a JOIN account c ON c.id = a.account_id
           WHERE a.state = 'pending_payment' AND c.balance >= a.price""",
    ),
    ("row {} refers to one that is gone", 'SELECT "table" FROM pragma_foreign_key_check'),
    ("the database is damaged: {}", "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'"),
)

_RESTORE = "Restore a backup; the database was changed by other means than this program."


async def examine(folder: Folder) -> AsyncIterator[Finding]:
    """Run every check on an opened box, serving or not."""
    for finding in (*_check_permissions(folder), *_check_disk(folder)):
        yield finding
    async for finding in _check_invariants():
        yield finding
    async for finding in _check_files(Blobs(folder.root)):
        yield finding
    async for finding in _check_media():
        yield finding


def _check_permissions(folder: Folder) -> Iterator[Finding]:
    for path in (folder.root / "secret", folder.database):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            yield Finding("permissions", f"{path} can be read by others ({mode:04o})", f"chmod 600 {path}")
    for path in (folder.root, folder.root / "incoming", folder.root / "media"):
        if not os.access(path, os.W_OK | os.X_OK):
            yield Finding("permissions", f"{path} cannot be written", "Check its owner and permissions.")


def _check_disk(folder: Folder) -> Iterator[Finding]:
    free = Blobs(folder.root).free()
    if free < FLOOR:
        yield Finding("disk", f"only {format_size(free)} are free", "Free some space, or delete assets.")


async def _check_invariants() -> AsyncIterator[Finding]:
    database = connections.get("default")
    for sentence, statement in INVARIANTS:
        for row in await database.execute_query_dict(statement):
            yield Finding("database", sentence.format(next(iter(row.values()))), _RESTORE)


async def _check_files(blobs: Blobs) -> AsyncIterator[Finding]:
    stored: dict[str, int] = {}
    for asset_id, path in await asyncio.to_thread(lambda: list(blobs.stored())):
        stored[asset_id] = path.stat().st_size
    async for asset in Asset.all().order_by("seq"):
        size = stored.pop(asset.id, None)
        if asset.size_bytes is not None and size != asset.size_bytes:
            found = "no file" if size is None else f"a file of {size}"
            yield Finding("files", f"asset {asset.id} should have {asset.size_bytes} bytes but has {found}", _RESTORE)
        if asset.state == State.PENDING_UPLOAD and (asset.expires_at or 0) + OVERDUE < clock.now():
            yield Finding("uploads", f"upload {asset.id} is overdue", "Start the server; it deletes it.")
    for asset_id in stored:
        yield Finding("files", f"a file of {asset_id} has no asset", "Start the server; it deletes it.")


async def _check_media() -> AsyncIterator[Finding]:
    detector = Detector()
    await detector.start()
    try:
        verdict = await detector.detect(_SILENT_WAV)
    finally:
        await detector.close()
    if verdict.kind is None:
        yield Finding("media", "libmagic or PyAV does not recognise a WAV file", "Install roughy-box again.")


_SILENT_WAV = (
    b"RIFF\x44\x04\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00"
    b"data\x20\x04\x00\x00" + bytes(1056)
)
