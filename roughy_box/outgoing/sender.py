"""Posts bodies to URLs, each once and within limits, and reports the answer or why there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from roughy_box.domain.webhook import ANSWER_TIMEOUT
from roughy_box.outgoing.answer import Answer
from roughy_box.outgoing.policy import Policy

if TYPE_CHECKING:
    from roughy_box.outgoing.exchange import Exchange


class Sender:
    """Sends requests to addresses that ``policy`` allows."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._exchange: Exchange | None = None
        self._opening = asyncio.Lock()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post ``body`` and return the answer once it is complete, or 64 KiB of it are there."""
        exchange = await self._opened()
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                return await exchange.post(url, headers, body)
        except TimeoutError:
            return Answer(None, f"No complete answer within {ANSWER_TIMEOUT:.0f} seconds.")

    async def _opened(self) -> Exchange:
        async with self._opening:
            if self._exchange is None:
                self._exchange = await asyncio.to_thread(_open, self.policy)
            return self._exchange


def _open(policy: Policy) -> Exchange:
    # The HTTP library and the certificates of the system take a tenth of a second, which a start need not wait for.
    from roughy_box.outgoing.exchange import Exchange

    return Exchange(policy)
