"""The outcome of one request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """The status of an answer, or a sentence that says why there is none."""

    status: int | None
    error: str | None = None
