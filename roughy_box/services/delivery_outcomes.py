"""Stores the outcomes of attempts: those that end while one transaction runs are stored together by the next.

Many endpoints then cost the database no more commits than a few do, and a single outcome waits for nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from roughy_box.base import clock
from roughy_box.base.tasks import run_to_completion
from roughy_box.domain.webhook import FAILING_LIMIT, GONE, DeliveryState, DisabledReason
from roughy_box.storage import webhooks
from roughy_box.storage.database import transaction
from roughy_box.storage.webhooks import Attempted

log = logging.getLogger(__name__)


@dataclass
class Outcomes:
    """The outcomes that wait to be stored."""

    _waiting: list[tuple[Attempted, asyncio.Future[None]]] = field(default_factory=list)
    _is_storing: bool = False

    async def store(self, outcome: Attempted) -> None:
        """Store an outcome; return once it is committed. Errors: those of the database."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((outcome, done))
        if not self._is_storing:
            self._is_storing = True
            await run_to_completion(self._store_all())
        await done

    async def _store_all(self) -> None:
        try:
            while batch := self._waiting:
                self._waiting = []
                error: Exception | None = None
                try:
                    await _store([outcome for outcome, _ in batch], clock.now())
                except Exception as failure:  # each caller gets it
                    error = failure
                for _, done in batch:
                    # A caller that was cancelled has cancelled its future.
                    with suppress(asyncio.InvalidStateError):
                        done.set_exception(error) if error else done.set_result(None)
        finally:
            self._is_storing = False


@transaction
async def _store(outcomes: Sequence[Attempted], now: int) -> None:
    await webhooks.store_attempts(outcomes)
    await webhooks.note_success({each.endpoint_id for each in outcomes if each.state == DeliveryState.DELIVERED})
    for each in outcomes:
        if each.state == DeliveryState.DELIVERED:
            continue
        if each.status == GONE:
            disabled = await webhooks.disable(each.endpoint_id, DisabledReason.GONE)
        else:
            disabled = await webhooks.note_failure(each.endpoint_id, now, now - FAILING_LIMIT * clock.SECOND)
        if disabled:
            reason = "its receiver answered 410" if each.status == GONE else "no delivery arrived for five days"
            log.warning("webhook endpoint %s was disabled: %s", each.endpoint_id, reason)
