"""A model of uploads after the contract, as short as possible; the live box is compared with it."""

from __future__ import annotations

import io
import random
import wave
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

MIN_FIRST_CHUNK = 64
INITIAL_EXPIRY = 7 * 24 * 60  # minutes
IDLE_EXPIRY = 48 * 60  # minutes
RETENTION = 30 * 24 * 60  # minutes
BROKEN_HEAD = b"fLaC\x7f\xff\xff\xff"  # a block of no known kind, longer than any file here

# Which states may be seen after which, a preparation between two looks included.
AFTER = {
    "pending_upload": {"pending_upload", "processing", "ready", "pending_payment", "failed"},
    "processing": {"processing", "ready", "pending_payment", "failed"},
    "pending_payment": {"pending_payment", "ready"},
    "ready": {"ready"},
    "failed": {"failed"},
}
WHOLE_STATES = {"processing", "ready", "pending_payment", "failed"}


class Kind(StrEnum):
    """The kind of content of a file."""

    WAV = "wav"  # becomes ready
    BROKEN = "broken"  # begins like media, but nothing can be decoded
    TEXT = "text"  # no media, as its first bytes tell


class Phase(StrEnum):
    """The phases of an upload."""

    OPEN = "open"
    WHOLE = "whole"
    REJECTED = "rejected"
    GONE = "gone"


class Verdict(NamedTuple):
    """The status of the answer to a chunk, and the number of its bytes stored."""

    status: int
    code: str | None = None
    stored: int = 0


@dataclass(eq=False)
class Upload:
    """One upload as it should be; ``deadline`` counts the box's minutes."""

    asset_id: str
    url: str
    project_id: str
    kind: Kind
    content: bytes = field(repr=False)
    deadline: int
    offset: int = 0
    phase: Phase = Phase.OPEN
    seen: str = "pending_upload"
    unpaid_since: int | None = None

    @property
    def left(self) -> int:
        """Bytes still to come."""
        return len(self.content) - self.offset

    def part(self, share: int, extra: int = 0) -> bytes:
        """Some eighths of what is left, and ``extra`` bytes more as far as there are."""
        return self.content[self.offset :][: self.left * share // 8 + extra]

    @property
    def duration_ms(self) -> int:
        """Return its duration: a millisecond per byte, see :func:`content`."""
        return len(self.content) - 44

    @property
    def price(self) -> int:
        """Credits for it: one a started minute."""
        return -(-self.duration_ms // 60_000)

    @property
    def ends(self) -> set[str]:
        """The states its preparation may end in."""
        return {"failed"} if self.kind is Kind.BROKEN else {"ready", "pending_payment"}

    def judge(self, claimed: int, size: int, *, declared: bool) -> Verdict:
        """The contract's answer to a chunk of ``size`` bytes for offset ``claimed`` that arrives whole."""
        if self.phase is Phase.GONE:
            return Verdict(404, "not_found")
        if self.phase is Phase.REJECTED:
            return Verdict(410, "gone")
        if claimed != self.offset:
            return Verdict(409, "offset_mismatch")
        if declared and size > self.left:
            return Verdict(413, "payload_too_large")
        if self.phase is Phase.WHOLE:
            return Verdict(413, "payload_too_large") if size else Verdict(204)
        if size and self.offset + size < MIN_FIRST_CHUNK:
            return Verdict(400, "bad_request")
        if size and self.kind is Kind.TEXT:
            return Verdict(409, "unsupported_media")
        if size > self.left:
            return Verdict(413, "payload_too_large", self.left)
        return Verdict(204, None, size)

    def apply(self, verdict: Verdict, minute: int) -> None:
        """Follow a chunk that was answered so, ``minute`` being the box's time."""
        if verdict.code == "unsupported_media":
            self.phase = Phase.REJECTED
        if self.phase is Phase.OPEN:
            self.offset += verdict.stored
            self.phase = Phase.OPEN if self.left else Phase.WHOLE
            if verdict.status == 204:
                self.deadline = minute + IDLE_EXPIRY


def content(kind: Kind, size: int, seed: int) -> bytes:
    """A file of ``size`` bytes, unlike every other one; a WAV plays a millisecond for each byte behind its 44."""
    dice = random.Random(seed)
    if kind is Kind.TEXT:
        return bytes(dice.choices(b"abcdefgh ,.\n", k=size))
    if kind is Kind.BROKEN:
        return BROKEN_HEAD + dice.randbytes(size - len(BROKEN_HEAD))
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(1000)
        file.writeframes(dice.randbytes(size - 44))
    return out.getvalue()


def settles(balance: int, waiting: list[Upload]) -> list[str]:
    """The ids a top-up activates: oldest first, one the balance cannot cover is passed over."""
    chosen = []
    for upload in waiting:
        if upload.price <= balance:
            balance -= upload.price
            chosen.append(upload.asset_id)
    return chosen
