"""The error catalog: every error the API answers with.

One row per code: its HTTP status, and the sentence used when the raising code has nothing more precise
to say. The codes are those of the public contract, and 416 for ranges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CATALOG: dict[str, tuple[int, str]] = {
    "bad_request": (400, "The request is malformed."),
    "unauthenticated": (401, "Send an API key: 'Authorization: Bearer sk_...'."),
    "insufficient_credits": (402, "The credit balance is used up. Top up, then try again."),
    "forbidden": (403, "Not allowed."),
    "not_found": (404, "Not found."),
    "method_not_allowed": (405, "Method not allowed."),
    "conflict": (409, "The request conflicts with the current state."),
    # TUS clients retry a 409 after a HEAD; the finer code lets them distinguish a wrong offset
    # (worth a retry) from a file that is not media (final).
    "offset_mismatch": (409, "Wrong Upload-Offset. Send HEAD for the current offset."),
    "unsupported_media": (409, "Unsupported audio or video format."),
    "asset_processing": (409, "The asset is not ready yet. Wait until its state is 'ready'."),
    "asset_payment_required": (409, "The balance does not cover this asset. Top up, then try again."),
    "asset_failed": (409, "This asset has failed and cannot be used."),
    "modifier_not_ready": (409, "The cut is not completed yet. Wait until it is."),
    "gone": (410, "This upload has ended."),
    "precondition_failed": (412, "Send 'Tus-Resumable: 1.0.0'."),
    "payload_too_large": (413, "Request body too large."),
    "unsupported_media_type": (415, "Unsupported Content-Type."),
    "range_not_satisfiable": (416, "The range is outside the file."),
    "validation_error": (422, "Some fields are invalid."),
    # tus-js-client and Uppy retry a 423 on their own, unlike the other 4xx.
    "locked": (423, "Another request is writing to this upload."),
    # Never sent to an upload request: tus-js-client treats a 429 as final.
    "rate_limited": (429, "Too many requests of this kind. Try again later."),
    "internal_error": (500, "Internal error. The log of the box has the details."),
    "unavailable": (503, "Temporarily unavailable. Try again in a moment."),
    "insufficient_storage": (507, "Not enough space on the disk of the box."),
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One invalid field; ``field`` starts with ``body.``, ``query.`` or ``path.``."""

    field: str
    message: str


class BoxError(Exception):
    """An error answer to the client: a code of the catalog, a sentence, and headers if any."""

    def __init__(
        self,
        code: str,
        message: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        fields: Sequence[FieldError] = (),
    ) -> None:
        self.code = code
        self.status, default = CATALOG[code]
        self.message = message or default
        self.headers = dict(headers or {})
        self.fields = tuple(fields)
        super().__init__(self.message)


def invalid(field: str, message: str) -> BoxError:
    """Return a ``validation_error`` about one field."""
    return BoxError("validation_error", f"{field}: {message}", fields=[FieldError(field, message)])


class SetupError(Exception):
    """A reason why the box cannot run, written for the person at the terminal.

    The message names the cause and the remedy; the command line prints it and exits with 1.
    """
