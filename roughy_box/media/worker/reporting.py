"""Progress of a long job, also while a library computes for seconds without a word."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from roughy_box.media.worker.line import Line

_EVERY = 0.5  # seconds
# One call of a library takes no longer than this, on the slowest machine; then the watchdog may have the child.
_LONGEST_CALL = 120


class Reporter:
    """Reports the progress of one stage after the other; ``work`` grows with each report."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._turn = threading.Lock()
        self._work = 0
        self._fraction = 0.0
        self._stage: str | None = None
        self._begin, self._end = 0.0, 1.0
        self._still = 0

    def stage(self, stage: str, begin: float, end: float) -> None:
        """Begin a stage, which takes the part of the job from ``begin`` to ``end``."""
        self._stage, self._begin, self._end = stage, begin, end
        self.report(0.0)

    def report(self, share: float) -> None:
        """Note how much of the stage is done, 0 to 1."""
        with self._turn:
            self._fraction = max(self._fraction, self._begin + min(1.0, share) * (self._end - self._begin))
            self._still = 0
            self._send()

    def alive(self) -> None:
        """Note that the work goes on."""
        self.report(0.0)

    @contextmanager
    def kept_alive(self) -> Iterator[None]:
        """Report again and again, for a while, when the work inside says nothing."""
        done = threading.Event()
        thread = threading.Thread(target=self._repeat, args=(done,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _repeat(self, done: threading.Event) -> None:
        while not done.wait(_EVERY):
            with self._turn:
                self._still += 1
                if self._still <= _LONGEST_CALL / _EVERY:
                    self._send()

    def _send(self) -> None:
        self._work += 1
        self._line.progress(self._fraction, self._work, self._stage)
