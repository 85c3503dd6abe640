"""The errors that a route can answer with, by rule, and the form of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from pydantic import Field

from roughy_box.domain.errors import CATALOG
from roughy_box.http.openapi.operation import Operation
from roughy_box.http.server.responses import Schema

# A 400 or a 413 may also be about the head, which every route has. A 405 belongs to no route: it answers the methods
# that a path does not have.
_ANY = ("bad_request", "payload_too_large", "internal_error", "unavailable")
_HEADERS = {
    "unauthenticated": ("WWW-Authenticate",),
    "method_not_allowed": ("Allow",),
    "offset_mismatch": ("Upload-Offset",),
    "precondition_failed": ("Tus-Version",),
    "range_not_satisfiable": ("Content-Range",),
    "asset_processing": ("Retry-After?",),
    "locked": ("Retry-After",),
    "rate_limited": ("Retry-After",),
    "unavailable": ("Retry-After?",),
}
_FIELD = {"field": "body.name", "message": "must have 1 to 256 characters"}


class InvalidField(Schema):
    """An invalid value of the request."""

    field: str = Field(description="Its place: `body.`, `query.` or `path.` and its name.")
    message: str


class Problem(Schema):
    """An error."""

    code: Annotated[str, Field(json_schema_extra={"enum": [*CATALOG]})] = Field(
        description="For programs; each code always comes with the same status."
    )
    message: str = Field(description="One line for people.")
    fields: list[InvalidField] = Field(
        default_factory=list, description="Only with `validation_error`, when single values are at fault."
    )


class ErrorEnvelope(Schema):
    """The body of every error."""

    error: Problem


def codes_of(operation: Operation, method: str, path: str, *, public: bool) -> dict[int, list[str]]:
    """Return the error codes of an operation by status, in the order of the catalog."""
    is_upload = path.startswith("/v1/uploads") and method != "OPTIONS"
    has_checked_id = any(parameter.is_id for parameter in operation.path.values())
    codes = {*_ANY, *operation.errors}
    if not public:
        # TUS clients take a 429 as final, so uploads are never answered with it.
        codes |= {"unauthenticated"} if is_upload else {"unauthenticated", "rate_limited"}
        if has_checked_id:
            codes |= {"not_found", "validation_error"}
        if operation.query or (operation.body and operation.body.model):
            codes |= {"validation_error"}
    if is_upload:
        codes |= {"precondition_failed"}
    by_status: dict[int, list[str]] = {}
    for code, (status, _) in CATALOG.items():
        if code in codes:
            by_status.setdefault(status, []).append(code)
    return by_status


def description(codes: Sequence[str]) -> str:
    """Return the description of a status: the sentences of its codes."""
    return " ".join(f"`{code}`: {CATALOG[code][1]}" for code in codes)


def headers_of(codes: Sequence[str]) -> Iterable[str]:
    """Yield the headers of a status; those of only some of its codes are optional."""
    for code in codes:
        for name in _HEADERS.get(code, ()):
            yield name if len(codes) == 1 or name.endswith("?") else f"{name}?"


def example(code: str) -> dict[str, Any]:
    """Return the body of an error."""
    _, sentence = CATALOG[code]
    if code != "validation_error":
        return {"error": {"code": code, "message": sentence}}
    return {"error": {"code": code, "message": f"{_FIELD['field']} {_FIELD['message']}", "fields": [_FIELD]}}
