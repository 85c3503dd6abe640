"""Readiness: whether the box can do its work now. Every check really tries, cheaply and for a bounded time.

Requests need no key, so they must not load the box: concurrent requests share one run, which is valid for
a second; and a check that hangs is waited for again, never started a second time.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from roughy_box.config.values import format_size
from roughy_box.media.children import ChildError
from roughy_box.services.box import Box
from roughy_box.storage import artifacts
from roughy_box.storage.database import DATABASE_ERRORS, is_disk_full, try_write_lock
from roughy_box.storage.folder import read_marker

log = logging.getLogger(__name__)

FRESH = 1.0  # seconds a result is valid
CHECK_TIMEOUT = 2.0  # seconds a check may take
TICKS_WITHIN = 30.0  # seconds; the scheduler ticks every few


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check; ``problem`` is a sentence with a remedy, ``None`` if it passed."""

    name: str
    problem: str | None


class Readiness:
    """Checks one served box."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._attempts: dict[str, asyncio.Future[str | None]] = {}
        self._run: asyncio.Task[tuple[Check, ...]] | None = None
        self._checked_at = -FRESH
        self._failing: frozenset[str] = frozenset()

    async def check(self) -> tuple[Check, ...]:
        """Return the result of every check, in the order of :data:`CHECKS`; at most a second old."""
        if self._run is None or (self._run.done() and time.monotonic() - self._checked_at >= FRESH):
            self._run = asyncio.create_task(self._check_all())
        return await asyncio.shield(self._run)

    async def _check_all(self) -> tuple[Check, ...]:
        checks = tuple(await asyncio.gather(*(self._bounded(name, check) for name, check in CHECKS.items())))
        self._checked_at = time.monotonic()
        self._log_changes(checks)
        return checks

    async def _bounded(self, name: str, check: Callable[[Box], Awaitable[str | None]]) -> Check:
        attempt = self._attempts[name] = self._attempts.get(name) or asyncio.ensure_future(check(self._box))
        await asyncio.wait({attempt}, timeout=CHECK_TIMEOUT)
        if not attempt.done():
            return Check(name, f"No answer within {CHECK_TIMEOUT:.0f} s. {HELP[name]}")
        del self._attempts[name]
        try:
            return Check(name, attempt.result())
        except Exception:
            log.exception("the readiness check %s failed", name)
            return Check(name, f"This could not be checked. {HELP[name]}")

    def _log_changes(self, checks: tuple[Check, ...]) -> None:
        """Log a check once when it starts to fail and once when it passes again."""
        for check in checks:
            if check.problem and check.name not in self._failing:
                log.warning("not ready: %s: %s", check.name, check.problem)
            elif not check.problem and check.name in self._failing:
                log.info("ready again: %s", check.name)
        self._failing = frozenset(check.name for check in checks if check.problem)


async def _database(_box: Box) -> str | None:
    """Use the server's own connection: an upload or a charge would have to wait just the same."""
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
        return f"The data folder belongs to another box now. {HELP['folder']}"
    if unusable := await asyncio.to_thread(_unusable_folder, box.folder.root):
        return f"{unusable}. {HELP['folder']}"
    return None


def _unusable_folder(root: Path) -> str | None:
    if not os.access(root, os.W_OK):
        return "The data folder is no longer writable"
    for name in ("incoming", "media", artifacts.FOLDER):
        # That of derived files is made with the first of them.
        if (name != artifacts.FOLDER or os.path.lexists(root / name)) and not _is_writable(root / name):
            return f"The folder {name} of the data folder is missing or not writable"
    return None


def _is_writable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


async def _disk(box: Box) -> str | None:
    try:
        available = await asyncio.to_thread(box.blobs.available)
    except OSError as error:
        return f"The free space of the data folder cannot be read: {error.strerror}. {HELP['folder']}"
    if available >= 0:
        return None
    reserve = box.config.storage.reserve
    free, floor = format_size(reserve + available), format_size(reserve)
    return f"{free} are free, less than storage.reserve ({floor}). {HELP['disk']}"


async def _scheduler(box: Box) -> str | None:
    if box.ticked_at is None:
        return f"The scheduler has not started yet. {HELP['scheduler']}"
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
    "serving": "Try again when it has started.",
    "database": "Look for another program that holds box.db; see 'roughy-box doctor'.",
    "folder": "Check that its disk is mounted and writable, then restart the server.",
    "disk": "Delete assets or free some space.",
    "scheduler": "If this persists, restart the server; its log has the reason.",
    "media": "See 'roughy-box doctor'.",
}
