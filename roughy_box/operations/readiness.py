"""Can the box do its work right now? Every check really tries, cheaply and for a bounded time.

Anybody may ask, so asking is no way to load the box: all who ask at once share one look, which
counts for a second; and a try that hangs is waited for again, never begun beside itself.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from roughy_box.config.values import format_size
from roughy_box.media.children import ChildError
from roughy_box.services.box import Box
from roughy_box.storage.database import DATABASE_ERRORS, is_disk_full, try_write_lock
from roughy_box.storage.folder import read_marker

log = logging.getLogger(__name__)

FRESH = 1.0  # seconds a look counts for
PATIENCE = 2.0  # seconds a check may take
TICKS_WITHIN = 30.0  # seconds; the clockwork ticks every few


@dataclass(frozen=True, slots=True)
class Check:
    """How one check went; ``problem`` is a sentence with what helps, ``None`` if all is well."""

    name: str
    problem: str | None


class Readiness:
    """Looks at one served box."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._tries: dict[str, asyncio.Future[str | None]] = {}
        self._look_task: asyncio.Task[tuple[Check, ...]] | None = None
        self._looked = -FRESH
        self._failing: frozenset[str] = frozenset()

    async def look(self) -> tuple[Check, ...]:
        """Every check, in the order of :data:`CHECKS`; at most a second old."""
        if self._look_task is None or (self._look_task.done() and time.monotonic() - self._looked >= FRESH):
            self._look_task = asyncio.create_task(self._look())
        return await asyncio.shield(self._look_task)

    async def _look(self) -> tuple[Check, ...]:
        checks = tuple(await asyncio.gather(*(self._bounded(name, check) for name, check in CHECKS.items())))
        self._looked = time.monotonic()
        self._tell(checks)
        return checks

    async def _bounded(self, name: str, check: Callable[[Box], Awaitable[str | None]]) -> Check:
        attempt = self._tries[name] = self._tries.get(name) or asyncio.ensure_future(check(self._box))
        await asyncio.wait({attempt}, timeout=PATIENCE)
        if not attempt.done():
            return Check(name, f"No answer within {PATIENCE:.0f} s. {HELP[name]}")
        del self._tries[name]
        try:
            return Check(name, attempt.result())
        except Exception:
            log.exception("the readiness check %s failed", name)
            return Check(name, f"This could not be looked at. {HELP[name]}")

    def _tell(self, checks: tuple[Check, ...]) -> None:
        """Log what changed: once when a check begins to fail, once when it passes again."""
        for check in checks:
            if check.problem and check.name not in self._failing:
                log.warning("not ready: %s: %s", check.name, check.problem)
            elif not check.problem and check.name in self._failing:
                log.info("ready again: %s", check.name)
        self._failing = frozenset(check.name for check in checks if check.problem)


async def _database(_box: Box) -> str | None:
    """By the server's own connection: an upload or a charge would have to wait just the same."""
    try:
        await try_write_lock()
    except DATABASE_ERRORS as error:
        reason = "its disk is full" if is_disk_full(error) else str(error)
        return f"The database cannot be written: {reason}. {HELP['database']}"
    return None


async def _folder(box: Box) -> str | None:
    try:
        found = await asyncio.to_thread(read_marker, box.folder.root)
        await asyncio.to_thread(os.stat, box.folder.database)
    except OSError as error:
        return f"The marker or the database of the data folder cannot be read: {error.strerror}. {HELP['folder']}"
    except ValueError:
        return f"The marker of the data folder is damaged. {HELP['folder']}"
    if found != box.folder.box_id:
        return f"The data folder is of another box now. {HELP['folder']}"
    if not await asyncio.to_thread(os.access, box.folder.root, os.W_OK):
        return f"The data folder cannot be written any more. {HELP['folder']}"
    return None


async def _disk(box: Box) -> str | None:
    try:
        available = await asyncio.to_thread(box.blobs.available)
    except OSError as error:
        return f"The disk of the data folder cannot be asked: {error.strerror}. {HELP['folder']}"
    if available >= 0:
        return None
    reserve = box.config.storage.reserve
    free, floor = format_size(reserve + available), format_size(reserve)
    return f"{free} are free, less than storage.reserve ({floor}). {HELP['disk']}"


async def _scheduler(box: Box) -> str | None:
    if box.ticked_at is None:
        return f"The scheduler has not begun yet. {HELP['scheduler']}"
    silence = time.monotonic() - box.ticked_at
    return f"The scheduler has not ticked for {silence:.0f} s. {HELP['scheduler']}" if silence > TICKS_WITHIN else None


async def _media(box: Box) -> str | None:
    try:
        await box.detector.start()
    except ChildError as error:
        return f"{error}. {HELP['media']}"
    return None


async def _serving(box: Box) -> str | None:
    return f"The box is stopping. {HELP['serving']}" if box.draining else None


CHECKS: dict[str, Callable[[Box], Awaitable[str | None]]] = {
    "serving": _serving,
    "database": _database,
    "folder": _folder,
    "disk": _disk,
    "scheduler": _scheduler,
    "media": _media,
}
HELP = {
    "serving": "Ask again when it has started.",
    "database": "Look for another program that holds box.db; 'roughy-box doctor' tells more.",
    "folder": "Check that its disk is mounted and writable, then restart the server.",
    "disk": "Delete assets or free some space.",
    "scheduler": "If it stays so, restart the server; its log tells why.",
    "media": "'roughy-box doctor' tells more.",
}
