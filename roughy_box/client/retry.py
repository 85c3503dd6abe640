"""Retries of temporary failures, with growing pauses or after the Retry-After of the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from roughy_box.client.errors import TemporaryError

Result = TypeVar("Result")
ATTEMPTS = 10  # failures in a row before giving up; with the pauses about two minutes
# The same after a call was given up, until one succeeds: the other files of a folder are tried, but a box that stays
# away does not cost two minutes for each.
ATTEMPTS_AFTER = 3


class Retries:
    """The retries of one client; ``on_retry`` gets a sentence for people about each."""

    def __init__(self, sleep: Callable[[float], None], on_retry: Callable[[str], None]) -> None:
        self.sleep = sleep
        self.on_retry = on_retry
        self.attempts = ATTEMPTS

    def of(self, call: Callable[[], Result]) -> Result:
        """Return the result of ``call``, repeated while it fails temporarily. Errors: TemporaryError, the last one."""
        backoff = Backoff(self)
        while True:
            try:
                result = call()
            except TemporaryError as error:
                backoff.pause(error)
            else:
                backoff.reset()
                return result


class Backoff:
    """A bound on failures in a row, and the pauses between them, for one piece of work."""

    def __init__(self, retries: Retries) -> None:
        self._retries = retries
        self._failures = 0

    def reset(self) -> None:
        """Count from zero again, after a success."""
        self._failures = 0
        self._retries.attempts = ATTEMPTS

    def pause(self, error: TemporaryError) -> None:
        """Wait before the next attempt. Errors: ``error`` if there were too many."""
        self._failures += 1
        if self._failures > self._retries.attempts:
            self._retries.attempts = ATTEMPTS_AFTER
            raise error
        seconds = min(0.25 * 2**self._failures, 30.0) if error.retry_after is None else error.retry_after
        self._retries.on_retry(f"{error.message} Trying again in {seconds:.0f} s.")
        self._retries.sleep(seconds)
