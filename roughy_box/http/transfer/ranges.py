"""Conditional requests and ranges (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from sanic import Request

from roughy_box.domain.errors import BoxError

_ONE_RANGE = re.compile(r"(?i:bytes)=\s*([0-9]{0,100})-([0-9]{0,100})\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes ``start`` to ``end``, both included."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """Return the number of bytes."""
        return self.end - self.start + 1


def parse_range(value: str, size: int) -> Span | None:
    """Return the single range of a header.

    ``None`` (the whole file) without a header and for another unit, several ranges or nonsense: a server may always
    ignore a range. Errors: ``range_not_satisfiable`` for a range outside the file.
    """
    match = _ONE_RANGE.fullmatch(value)
    if not match or not (match[1] or match[2]):
        return None
    if not match[1]:
        suffix = int(match[2])
        return Span(max(0, size - suffix), size - 1) if suffix and size else _unsatisfiable(size)
    start, end = int(match[1]), int(match[2] or size - 1)
    if match[2] and end < start:
        return None
    return Span(start, min(end, size - 1)) if start < size else _unsatisfiable(size)


def _unsatisfiable(size: int) -> Span:
    raise BoxError(
        "range_not_satisfiable",
        f"The range is outside the file of {size} bytes.",
        headers={"Content-Range": f"bytes */{size}"},
    )


def is_not_modified(request: Request, etag: str, modified: str) -> bool:
    """Return whether the client has this version of a file already; ``modified`` as in ``Last-Modified``."""
    if "if-none-match" in request.headers:
        return is_known(request, etag)
    since, at = _seconds(request.headers.get("if-modified-since", "")), _seconds(modified)
    return since is not None and at is not None and at <= since


def is_known(request: Request, etag: str) -> bool:
    """Return whether ``If-None-Match`` names ``etag``; weak tags count."""
    given = str(request.headers.get("if-none-match", ""))
    return given.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in given.split(","))


def _seconds(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None
