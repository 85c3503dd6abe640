"""An upload that is begun and never finished."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

from roughy_box.client.connectivity.answers import number
from roughy_box.client.connectivity.visit import CHUNK_TYPE, TUS, Visit

MOST = 1024**2  # bytes that are ever sent of one
ARRIVAL = 5.0  # seconds until what was sent is there


@dataclass(frozen=True, slots=True)
class Upload:
    """Where it goes to, and the bytes that were announced."""

    path: str
    size: int


def chunk_headers(offset: int) -> dict[str, str]:
    """What every chunk needs."""
    return {**TUS, "Upload-Offset": str(offset), "Content-Type": CHUNK_TYPE}


def media(size: int) -> bytes:
    """The beginning of a WAV file of ``size`` bytes, of noise, so that nothing on the way can make it smaller."""
    form = b"\x01\x00\x01\x00" + _word(48_000) + _word(96_000) + b"\x02\x00\x10\x00"
    head = b"RIFF" + _word(size - 8) + b"WAVEfmt " + _word(len(form)) + form + b"data" + _word(size - 44)
    return head + random.Random(0).randbytes(max(0, min(size, MOST) - len(head)))


def _word(value: int) -> bytes:
    return value.to_bytes(4, "little")


def offset_of(visit: Visit, upload: Upload) -> int:
    """How many bytes the box says it has."""
    return number(visit.ask("HEAD", upload.path, TUS).headers.get("upload-offset")) or 0


def has_arrived(visit: Visit, upload: Upload, wanted: int) -> bool:
    """Whether the offset gets to ``wanted`` soon."""
    deadline = time.monotonic() + ARRIVAL
    while offset_of(visit, upload) < wanted:
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.1)
    return True
