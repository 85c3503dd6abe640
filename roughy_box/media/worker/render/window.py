"""A window on the sound of the source that moves forward; silence where there is no sound."""

from __future__ import annotations

from collections import deque
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from av import AudioStream

from roughy_box.media.worker.render.samples import Samples
from roughy_box.media.worker.render.source import FAR, HOPELESS, CorruptError, Track

Floats = npt.NDArray[np.float32]

_FILLED = 0.3  # seconds that a decoder gives at most beyond what the last packet says
_HISTORY = 0.1  # seconds that stay: a piece may begin before the last one was faded out


class Window:
    """Returns samples by their places; there must be sound up to before the place ``least``."""

    def __init__(self, samples: Samples, track: Track[AudioStream], least: int = 0) -> None:
        self._samples = samples
        self._least = least
        self._track = track
        self._parts: deque[tuple[int, Floats]] = deque()
        self._reached = -FAR * samples.rate
        self._end = 0  # of what was read, taken or not
        self._is_lost = False  # nothing was read since a gap was passed over
        self._drift = 0
        self._is_over = False
        self._read = samples.parts()
        self._fill(1)  # the first samples say where frames begin

    def find_end(self) -> Fraction | None:
        """Return the second where the sound ends, None if there is more than was asked for; reads up to it."""
        if not self._is_over:
            return None
        heard = Fraction(self._end, self._samples.rate)
        if self._is_lost:
            self._track.read_tail(Fraction(self._reached, self._samples.rate))
            return max(heard, self._track.end)
        return self._track.end if 0 < heard - self._track.end < _FILLED else heard

    def begin(self, place: int) -> None:
        """Go to a place that a fade hides: over a gap, and to where the clock is if it has drifted."""
        if place - self._reached > FAR * self._samples.rate:
            self._samples.skip(place)
            self._parts.clear()
            self._is_lost = True
            self._reached, self._is_over = place - FAR * self._samples.rate, False
            self._read = self._samples.parts()
        self._fill(place)
        self._drift = round(self._samples.lead * self._samples.rate)

    def take(self, start: int, end: int) -> Floats:
        """Return the samples from a place to before another; neither is ever far before earlier ones.

        Errors: :class:`~roughy_box.media.worker.render.source.CorruptError`.
        """
        start, end = start - self._drift, end - self._drift
        self._fill(end)
        if self._is_over and end - self._reached > self._samples.rate and self._is_short:
            raise CorruptError(self._reached / self._samples.rate)
        taken = np.zeros((end - start, self._samples.channels), dtype=np.float32)
        for at, part in self._parts:
            first, last = max(start, at), min(end, at + len(part))
            if first < last:
                taken[first - start : last - start] = part[first - at : last - at]
        self._forget(start - round(_HISTORY * self._samples.rate))
        if not np.isfinite(taken).all():  # of a damaged source
            np.nan_to_num(taken, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        return taken

    @property
    def _is_short(self) -> bool:
        """Return whether the sound has ended before its time."""
        return self._track.is_broken or self._least - self._reached > HOPELESS * self._samples.rate

    def _fill(self, end: int) -> None:
        while self._reached < end and not self._is_over:
            part = next(self._read, None)
            if part is None:
                self._is_over = True
                return
            self._end, self._is_lost = max(self._end, part[0] + len(part[1])), False
            if (late := self._reached - part[0]) < len(part[1]):
                # Where sound overlaps, the earlier one stays.
                self._parts.append((part[0] + late, part[1][late:]) if late > 0 else part)
                self._reached = part[0] + len(part[1])

    def _forget(self, place: int) -> None:
        while self._parts and self._parts[0][0] + len(self._parts[0][1]) < place:
            self._parts.popleft()
