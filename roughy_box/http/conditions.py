"""Conditional requests (RFC 9110, section 13)."""

from __future__ import annotations


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Whether the client says in ``If-None-Match`` that it has what ``etag`` names; weak tags count."""
    if if_none_match is None:
        return False
    tags = (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))
    return if_none_match.strip() == "*" or etag in tags
