"""The error catalogue: every way the product says no.

One row a code: the HTTP status it travels with and the sentence used when the place that
raises has nothing more precise to say. The codes are those of the public contract, and 416 for ranges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CATALOGUE: dict[str, tuple[int, str]] = {
    "bad_request": (400, "The request is malformed."),
    "unauthenticated": (401, "Send an API key: 'Authorization: Bearer sk_...'."),
    "insufficient_credits": (402, "The credit balance is used up. Top up, then try again."),
    "forbidden": (403, "This is not allowed."),
    "not_found": (404, "There is nothing here."),
    "method_not_allowed": (405, "This address does not know that method."),
    "conflict": (409, "This does not fit the present state."),
    # Clients of the TUS protocol retry a 409 after asking HEAD; the finer code lets them
    # tell a wrong offset (worth a retry) from a file that is no media (final).
    "offset_mismatch": (409, "Upload-Offset is not where this upload stands. Ask HEAD."),
    "unsupported_media": (409, "These bytes are no audio or video the box knows."),
    "gone": (410, "This upload is over."),
    "precondition_failed": (412, "Send 'Tus-Resumable: 1.0.0'."),
    "payload_too_large": (413, "That is more than fits here."),
    "unsupported_media_type": (415, "The Content-Type is not the one expected here."),
    "range_not_satisfiable": (416, "The range lies outside the file."),
    "validation_error": (422, "Some fields are not valid."),
    # tus-js-client and Uppy retry a 423 on their own, unlike the other 4xx.
    "locked": (423, "Another request is writing to this upload."),
    # Never said to an upload verb: tus-js-client takes a 429 as final.
    "rate_limited": (429, "Too many requests of this kind. Try again later."),
    "internal_error": (500, "Something went wrong in the box. Its log has the details."),
    "unavailable": (503, "The box cannot do this right now. Try again in a moment."),
    "insufficient_storage": (507, "The disk of the box has no room for this."),
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One invalid field; ``field`` starts with ``body.``, ``query.`` or ``path.``."""

    field: str
    message: str


class BoxError(Exception):
    """An answer to the client: a code of the catalogue, a sentence, headers if any."""

    def __init__(
        self,
        code: str,
        message: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        fields: Sequence[FieldError] = (),
    ) -> None:
        self.code = code
        self.status, default = CATALOGUE[code]
        self.message = message or default
        self.headers = dict(headers or {})
        self.fields = tuple(fields)
        super().__init__(self.message)


def invalid(field: str, message: str) -> BoxError:
    """A ``validation_error`` about one field."""
    return BoxError("validation_error", f"{field}: {message}", fields=[FieldError(field, message)])


class SetupError(Exception):
    """What keeps the box from running, said to the person at the terminal.

    The sentence names the cause and the way out; the command line prints it and exits with 1.
    """
