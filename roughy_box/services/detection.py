"""Detects the type of an upload from its head, while it streams in.

A detection costs a round trip to the detector's child, so there is one a stage: as soon as 64 bytes
are there, then at growing heads until a verdict is settled or the first chunk ends.
"""

from __future__ import annotations

import logging

from roughy_box.domain.errors import BoxError
from roughy_box.media.children import ChildError
from roughy_box.media.detector import Detector
from roughy_box.media.verdict import HEAD_MAX, STAGES, Verdict

log = logging.getLogger(__name__)


class FirstChunkCheck:
    """The growing head of one upload, and the verdicts of the detector on it."""

    def __init__(self, detector: Detector, head: bytes) -> None:
        self._detector = detector
        self._head = bytearray(head)
        self._detected_at = 0

    async def feed(self, data: bytes) -> Verdict | None:
        """Add bytes; return the verdict once more of them cannot change it, else ``None``."""
        self._head += data[: HEAD_MAX - len(self._head)]
        if self._stage(len(self._head)) == self._stage(self._detected_at):
            return None
        verdict = await self._detect()
        return verdict if verdict.settled or len(self._head) >= HEAD_MAX else None

    async def conclude(self) -> Verdict:
        """Return the verdict on all bytes so far."""
        return await self._detect()

    async def _detect(self) -> Verdict:
        self._detected_at = len(self._head)
        try:
            return await self._detector.detect(bytes(self._head))
        except ChildError as error:
            # Not the fault of the media: the bytes are kept, and the client should try again.
            log.error("an upload could not be checked: %s", error)
            raise BoxError("unavailable", headers={"Retry-After": "5"}) from error

    @staticmethod
    def _stage(size: int) -> int:
        return sum(size >= stage for stage in STAGES)
