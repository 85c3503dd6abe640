"""How long things may take in all: time-outs between bytes alone let a server that drips go on for ever."""

from __future__ import annotations

import time

# Seconds for one call, its answer included, and for all of them; the pauses come on top.
CALL = 10.0
VISIT = 25.0
CLEANING = 8.0


class Deadline:
    """A moment, ``seconds`` from now, after which nothing is waited for."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, most: float = CALL) -> float:
        """Seconds until then, but at most so many. Errors: TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time is up")
        return min(left, most)
