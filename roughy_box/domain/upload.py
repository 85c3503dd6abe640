"""The rules of one upload: where a chunk may start, how large it may be, when the upload expires.

Offsets and lengths are bytes, instants are microseconds since the epoch.
"""

from __future__ import annotations

import re
from enum import StrEnum

from roughy_box.domain.errors import BoxError

MIN_SIZE = 64
MAX_SIZE = 50 * 1024**3

# ASCII digits only: int() also accepts "+1", "1_0" and the digits of other scripts.
_DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)


def parse_offset(values: list[str]) -> int:
    """Return the ``Upload-Offset`` of a request, given all values of the header.

    Errors: ``bad_request`` unless there is exactly one non-negative integer (TUS 1.0.0, Headers).
    """
    if len(values) != 1 or not _DIGITS.fullmatch(values[0]):
        raise BoxError("bad_request", "Upload-Offset must be given once, as a whole number of bytes.")
    return int(values[0])


def check_offset(claimed: int, actual: int) -> None:
    """Refuse a chunk that does not start at the offset of the upload (TUS 1.0.0, PATCH: 409)."""
    if claimed != actual:
        raise BoxError(
            "offset_mismatch",
            f"Upload-Offset is {claimed}, but the offset of the upload is {actual}.",
            headers={"Upload-Offset": str(actual)},
        )


def check_body_length(declared: int | None, offset: int, length: int) -> None:
    """Refuse a body that declares more bytes than the upload still lacks."""
    if declared is not None and declared > length - offset:
        raise beyond_length(length)


def beyond_length(length: int) -> BoxError:
    """Return the error for bytes past the declared length; they are not stored, those before them are kept."""
    return BoxError("payload_too_large", f"The upload has a declared length of {length} bytes; this body exceeds it.")


def check_first_chunk(stored: int) -> None:
    """Refuse a first chunk too short for detection."""
    if stored < MIN_SIZE:
        raise BoxError("bad_request", f"The first chunk must carry at least {MIN_SIZE} bytes.")


def needs_new_expiry(stored: int, due: int, idle_us: int) -> bool:
    """Return whether the stored expiry must be updated to keep the promise ``due``.

    A row may hold a slightly later instant than the client was sent, never an earlier one: many small
    chunks then cost one write per minute instead of one each.
    """
    return not due <= stored <= due + expiry_slack(idle_us)


def expiry_slack(idle_us: int) -> int:
    """Return how much later than ``Upload-Expires`` an idle upload may be reaped, in microseconds."""
    return min(60_000_000, idle_us // 1000)


class BodyEnd(StrEnum):
    """Why a request body ended."""

    COMPLETE = "complete"  # every byte the request declared
    LOST = "lost"  # the connection was lost
    SILENT = "silent"  # no bytes for too long
    STOPPED = "stopped"  # the server stopped reading it
    MALFORMED = "malformed"  # the chunked coding is broken
