"""Seconds as people read them on a player: ``1:02:05``."""

from __future__ import annotations


def clock_time(seconds: float) -> str:
    """Return hours (if any), minutes and seconds, rounded down."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
