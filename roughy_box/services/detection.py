"""Judges the head of an upload while it streams in.

A look costs a round trip to the detector's child, so there is one look a stage: as soon as 64
bytes are there, then at growing heads until a look settles the matter or the first chunk ends.
"""

from __future__ import annotations

import logging

from roughy_box.domain.errors import BoxError
from roughy_box.media.children import ChildError
from roughy_box.media.detector import Detector
from roughy_box.media.verdict import HEAD_MAX, STAGES, Verdict

log = logging.getLogger(__name__)


class FirstChunkCheck:
    """The growing head of one upload and what the detector thinks of it."""

    def __init__(self, detector: Detector, head: bytes) -> None:
        self._detector = detector
        self._head = bytearray(head)
        self._looked_at = 0

    async def feed(self, data: bytes) -> Verdict | None:
        """Take in bytes; the verdict once more of them cannot change it, else ``None``."""
        self._head += data[: HEAD_MAX - len(self._head)]
        if self._stage(len(self._head)) == self._stage(self._looked_at):
            return None
        verdict = await self._look()
        return verdict if verdict.settled or len(self._head) >= HEAD_MAX else None

    async def conclude(self) -> Verdict:
        """The verdict on all there is."""
        return await self._look()

    async def _look(self) -> Verdict:
        self._looked_at = len(self._head)
        try:
            return await self._detector.detect(bytes(self._head))
        except ChildError as error:
            # Nothing about the media: the bytes are kept, and the client is to come back.
            log.error("no look at an upload: %s", error)
            raise BoxError("unavailable", headers={"Retry-After": "5"}) from error

    @staticmethod
    def _stage(size: int) -> int:
        return sum(size >= stage for stage in STAGES)
