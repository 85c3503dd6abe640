"""What comes back from the other side, and what may be believed of it: it need not be a box."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MOST = 1024**2  # bytes of an answer; those of a box to these calls are far smaller
_LONGEST = 300  # characters of a sentence


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; its headers are asked for in lower case. A status of 0 stands for a connection that was closed."""

    status: int
    headers: Mapping[str, str]
    text: str


CLOSED = Answer(0, {}, "")


def document(answer: Answer) -> dict[str, Any]:
    """The resource in an answer, empty if there is none."""
    return _parsed(answer.text)


def code_of(answer: Answer) -> str | None:
    """The error code if it is the box that refused; ``None`` for the page of a proxy."""
    code = _error(answer).get("code")
    return code if isinstance(code, str) else None


def said(answer: Answer) -> str:
    """The sentence of a refusal by the box."""
    return str(_error(answer).get("message", ""))[:_LONGEST]


def id_in(resource: object) -> str:
    """The id of a resource, empty if it has none that could be part of an address."""
    value = resource.get("id") if isinstance(resource, dict) else None
    return value if isinstance(value, str) and re.fullmatch(r"[0-9A-Za-z-]{1,64}", value) else ""


def items_of(answer: Answer) -> list[dict[str, Any]]:
    """The resources in a page."""
    items = document(answer).get("items")
    return [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []


def number(text: str | None) -> int | None:
    """The bytes that a header tells, if it does."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,18}", text) else None


def instant(value: object) -> float:
    """Seconds of a time that a resource tells; not a number if it is none, and so neither before nor after any."""
    try:
        return datetime.fromisoformat(str(value)).timestamp()
    except (ValueError, OverflowError):
        return math.nan


def _error(answer: Answer) -> dict[str, Any]:
    # From the first brace to the last: an answer read off the wire may still be in chunks.
    error = _parsed(answer.text[answer.text.find("{") : answer.text.rfind("}") + 1]).get("error")
    return error if isinstance(error, dict) else {}


def _parsed(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
