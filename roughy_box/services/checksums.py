"""The SHA-256 of every prepared asset, computed once, in the background, so that decay can be told later.

Reading a file of 50 GiB takes minutes, so it is done by one thread of the lowest priority, one file
at a time, and ends between two pieces when the box stops or the asset is deleted. While clients send,
it takes a tenth of the time: their bytes go to the same disk and wait for it. It never pauses
wholly, as a box that is sent to day and night must get there, too.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from roughy_box.base.progress import Progress
from roughy_box.base.tasks import lower_thread_priority, wait_uncancelled
from roughy_box.domain.asset import State
from roughy_box.jobs.kind import Job, JobProgress, Kind
from roughy_box.services.box import Box
from roughy_box.services.finding import rows_of
from roughy_box.storage.copies import blocks
from roughy_box.storage.database import statement
from roughy_box.storage.models import Asset, VisibleAsset

SHARE_BESIDE_UPLOADS = 0.1
LONGEST_PAUSE = 0.5  # seconds; also how long stopping may have to wait
LOOK_EVERY = 0.5  # seconds between two looks at who is sending

_WAITING = rows_of("asset", "sha256 IS NULL AND state IN ('pending_payment', 'ready')", asset_column="id")


_NO_PROGRESS = Progress()


def sha256_of(path: Path, progress: Progress = _NO_PROGRESS) -> str:
    """Return the SHA-256 of a file in hex.

    ``progress`` advances with each piece; an exception it raises ends the reading.
    Errors: :class:`FileNotFoundError`, :class:`ReadError`, both :class:`OSError`.
    """
    digest = hashlib.sha256()
    for block in blocks(path):
        digest.update(block)
        progress.advance(len(block))
    return digest.hexdigest()


def pause_after(seconds: float, *, beside_uploads: bool) -> float:
    """Return how long to leave the disk to others after ``seconds`` of reading."""
    return min(LONGEST_PAUSE, seconds * (1 / SHARE_BESIDE_UPLOADS - 1)) if beside_uploads else 0.0


async def _compute(box: Box, job: Job, progress: JobProgress) -> None:
    """Compute the checksum of one asset. Errors: ``OSError`` for a file that cannot be read whole."""
    asset = await VisibleAsset.get_or_none(id=job.id, sha256=None, state__in=[State.PENDING_PAYMENT, State.READY])
    if asset is None or asset.extension is None or asset.size_bytes is None:
        return
    path = box.blobs.media(asset.project_id, asset.id, asset.extension)
    reading = _Reading(box, asset.size_bytes, progress)
    work = asyncio.get_running_loop().run_in_executor(_pool, sha256_of, path, reading)
    try:
        sha256 = await wait_uncancelled(work, on_cancel=reading.stop)
    except _StoppedError:
        return
    if reading.size != asset.size_bytes:
        raise OSError(f"{reading.size} of its {asset.size_bytes} bytes are there")
    await _store(asset.id, sha256)


class _StoppedError(Exception):
    """The reading was stopped."""


class _Reading(Progress):
    """One file being read, in the worker's thread."""

    def __init__(self, box: Box, expected: int, progress: JobProgress) -> None:
        self._box = box
        self._expected = max(1, expected)
        self._progress = progress
        self._stopped = threading.Event()
        self._since = self._looked = time.monotonic()
        self._beside_uploads = self._is_receiving()
        self.size = 0

    def stop(self) -> None:
        """End the reading between two pieces."""
        self._stopped.set()

    def advance(self, count: int) -> None:
        """Note a piece, and pause while clients send."""
        self.size += count
        self._progress.report(self.size / self._expected)
        now = time.monotonic()
        if now - self._looked >= LOOK_EVERY:
            self._looked, self._beside_uploads = now, self._is_receiving()
        pause = pause_after(now - self._since, beside_uploads=self._beside_uploads)
        if self._stopped.wait(pause) if pause else self._stopped.is_set():
            raise _StoppedError
        self._since = time.monotonic()

    def _is_receiving(self) -> bool:
        return any(session.writer for session in self._box.sessions)


@statement
async def _store(asset_id: str, sha256: str) -> None:
    await Asset.filter(id=asset_id, sha256__isnull=True).update(sha256=sha256)


_pool = ThreadPoolExecutor(
    max_workers=1, thread_name_prefix="checksum", initializer=lower_thread_priority, initargs=(19,)
)

# Reading is the disk's work and throttled by itself, so it takes no slot from those that compute.
CHECKSUM: Kind[Box] = Kind("checksum", _WAITING, _compute, takes_slot=False, cap=1)
