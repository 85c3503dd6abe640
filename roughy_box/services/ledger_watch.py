"""Checks the invariants of the ledger while the box serves, for the metrics; ``doctor`` checks the same."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from roughy_box.base.tasks import lower_thread_priority
from roughy_box.services.box import Box
from roughy_box.storage.inspection import Unreadable, inspected

log = logging.getLogger(__name__)

LARGEST_SHARE = 0.01  # of the time, however long the ledger is


class LedgerWatch:
    """Keeps the ledger's state in ``box.metrics`` up to date."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._next = 0.0
        self._closed = False

    async def look(self) -> None:
        """Check the ledger, unless a check is not due yet."""
        began = time.monotonic()
        if self._is_over() or began < self._next:
            return
        try:
            loop = asyncio.get_running_loop()
            faults = await loop.run_in_executor(_pool, self._faults, self._box.folder.database)
        except Unreadable as error:
            if not self._is_over():
                log.warning("the ledger could not be looked through: %s", error)
            return
        finally:
            self._next = began + (time.monotonic() - began) / LARGEST_SHARE
        if self._is_over():
            return
        metrics = self._box.metrics
        if faults and (metrics.ledger_checked_at is None or metrics.ledger_is_consistent):
            log.error("the ledger breaks its rules: %s. Run 'roughy-box doctor'", faults[0])
        metrics.ledger_is_consistent, metrics.ledger_checked_at = not faults, time.time()

    def close(self) -> None:
        """End a look that is running; the drain of the box ends it, too."""
        self._closed = True

    def _is_over(self) -> bool:
        return self._closed or self._box.draining

    def _faults(self, database: Path) -> list[str]:
        """Return a sentence for each broken invariant; runs in a thread."""
        # Imported late, as a start does not need it.
        from roughy_box.storage.invariants import LEDGER

        faults = []
        with inspected(database) as opened:
            opened.end_when(self._is_over)
            for sentence, query in LEDGER:
                if row := next(opened.rows(query), None):
                    faults.append(sentence.format(row[0]))
        return faults


_pool = ThreadPoolExecutor(
    max_workers=1, thread_name_prefix="ledger", initializer=lower_thread_priority, initargs=(19,)
)
