"""The rules of one upload: where a chunk may go, how much it may bring, when it expires.

Offsets and lengths are bytes, instants are microseconds since the epoch.
"""

from __future__ import annotations

import re
from enum import StrEnum

from roughy_box.domain.errors import BoxError

MIN_SIZE = 64
MAX_SIZE = 50 * 1024**3

# ASCII digits only: int() would also take "+1", "1_0" and the digits of other scripts.
_DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)


def parse_offset(values: list[str]) -> int:
    """The ``Upload-Offset`` of a request, from every value the header came with.

    Errors: ``bad_request`` unless there is exactly one non-negative integer (TUS 1.0.0, Headers).
    """
    if len(values) != 1 or not _DIGITS.fullmatch(values[0]):
        raise BoxError("bad_request", "Upload-Offset must be given once, as a whole number of bytes.")
    return int(values[0])


def check_offset(claimed: int, actual: int) -> None:
    """Refuse a chunk that does not start where the upload stands (TUS 1.0.0, PATCH: 409)."""
    if claimed != actual:
        raise BoxError(
            "offset_mismatch",
            f"Upload-Offset is {claimed}, but the upload stands at {actual}.",
            headers={"Upload-Offset": str(actual)},
        )


def check_body_length(declared: int | None, offset: int, length: int) -> None:
    """Refuse a body that announces more than the upload still lacks."""
    if declared is not None and declared > length - offset:
        raise beyond_length(length)


def beyond_length(length: int) -> BoxError:
    """The answer to bytes past the announced end; none of them is stored, what came before is kept."""
    return BoxError("payload_too_large", f"The upload was announced with {length} bytes; this body runs past them.")


def check_first_chunk(stored: int) -> None:
    """Refuse a first chunk that ends before the media can be told from its head."""
    if stored < MIN_SIZE:
        raise BoxError("bad_request", f"The first chunk must carry at least {MIN_SIZE} bytes.")


def needs_new_expiry(stored: int, due: int, idle_us: int) -> bool:
    """Whether the stored expiry must be written anew so that it keeps the promise ``due``.

    A row may promise slightly more than what the client was told, never less: many small
    chunks then cost one write a minute instead of one each.
    """
    return not due <= stored <= due + expiry_slack(idle_us)


def expiry_slack(idle_us: int) -> int:
    """How much later than told an idle upload may be reaped, in microseconds."""
    return min(60_000_000, idle_us // 1000)


class Ending(StrEnum):
    """How a request body came to its end."""

    COMPLETE = "complete"  # every byte the request announced
    LOST = "lost"  # the connection went away
    SILENT = "silent"  # nothing came for too long
    STOPPED = "stopped"  # we told it to stop
    MALFORMED = "malformed"  # the chunked coding is broken
