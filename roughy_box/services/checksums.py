"""The SHA-256 of every prepared asset, computed once, in the background, so that decay can be told later.

Reading a file of 50 GiB takes minutes, so it is done by one thread of the lowest priority, one file
at a time, and ends between two pieces when the box stops or the asset is deleted. While clients send,
it takes a tenth of the time: their bytes go to the same disk and wait for it. It never pauses
wholly, as a box that is sent to day and night must get there, too.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tortoise.queryset import QuerySet

from roughy_box.base.progress import Progress
from roughy_box.base.tasks import lower_thread_priority
from roughy_box.domain.asset import State
from roughy_box.services.box import Box
from roughy_box.storage.copies import blocks
from roughy_box.storage.database import statement
from roughy_box.storage.models import Asset

log = logging.getLogger(__name__)

SHARE_BESIDE_UPLOADS = 0.1
LONGEST_PAUSE = 0.5  # seconds; also how long stopping may have to wait
LOOK_EVERY = 0.5  # seconds between two looks at who is sending


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


class Digester:
    """Gives the prepared assets of a served box their digests, oldest first."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._set_aside: set[str] = set()
        self._closed = False

    async def fill(self) -> None:
        """Go through the assets that have no digest yet; ends early when the box stops."""
        seq = 0
        while not self._is_stopping() and (asset := await _lacking(after=seq).first()):
            seq = asset.seq
            if asset.id not in self._set_aside:
                await self._add_digest(asset)

    def close(self) -> None:
        """Stop soon; what was not finished begins again at the next start."""
        self._closed = True

    def _is_stopping(self) -> bool:
        return self._closed or self._box.draining

    async def _add_digest(self, asset: Asset) -> None:
        assert asset.extension is not None
        path = self._box.blobs.media(asset.project_id, asset.id, asset.extension)
        reading = _Reading(self, path)
        try:
            sha256 = await asyncio.get_running_loop().run_in_executor(_pool, sha256_of, path, reading)
        except _Stopped:
            return
        except OSError as error:
            await self._complain(asset, error.strerror or str(error))
            return
        if reading.size == asset.size_bytes:
            await _store(asset.id, sha256)
        else:
            await self._complain(asset, f"{reading.size} of its {asset.size_bytes} bytes are there")

    async def _complain(self, asset: Asset, reason: str) -> None:
        if not await Asset.exists(id=asset.id):
            return  # deleted under our hands
        self._set_aside.add(asset.id)
        log.warning("asset %s gets no sha256 until the next start, its file cannot be read whole: %s", asset.id, reason)

    def must_end(self, path: Path) -> bool:
        """Whether there is no use in reading on, asked between two pieces."""
        return self._is_stopping() or not path.exists()

    def is_anybody_sending(self) -> bool:
        """Whether a client writes to an upload right now."""
        return any(session.writer for session in self._box.sessions)


def pause_after(seconds: float, *, beside_uploads: bool) -> float:
    """How long to leave the disk to others after ``seconds`` of reading."""
    return min(LONGEST_PAUSE, seconds * (1 / SHARE_BESIDE_UPLOADS - 1)) if beside_uploads else 0.0


class _Stopped(Exception):
    """There is no use in reading on."""


class _Reading(Progress):
    """One file being read, in the worker's thread."""

    def __init__(self, digester: Digester, path: Path) -> None:
        self._digester = digester
        self._path = path
        self._since = self._looked = time.monotonic()
        self._beside_uploads = digester.is_anybody_sending()
        self.size = 0

    def advance(self, count: int) -> None:
        self.size += count
        if self._digester.must_end(self._path):
            raise _Stopped
        now = time.monotonic()
        if now - self._looked >= LOOK_EVERY:
            self._looked, self._beside_uploads = now, self._digester.is_anybody_sending()
        if pause := pause_after(now - self._since, beside_uploads=self._beside_uploads):
            time.sleep(pause)
        self._since = time.monotonic()


def _lacking(after: int) -> QuerySet[Asset]:
    """The prepared assets without a digest, oldest first, from behind the place ``after`` on."""
    prepared = [State.PENDING_PAYMENT, State.READY]
    return Asset.filter(sha256__isnull=True, state__in=prepared, seq__gt=after).order_by("seq").limit(1)


@statement
async def _store(asset_id: str, sha256: str) -> None:
    await Asset.filter(id=asset_id, sha256__isnull=True).update(sha256=sha256)


_pool = ThreadPoolExecutor(
    max_workers=1, thread_name_prefix="digest", initializer=lower_thread_priority, initargs=(19,)
)
