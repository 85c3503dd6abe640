"""The sound of the source by the place of its samples, counted from frame 0 of the grid."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

import numpy as np
import numpy.typing as npt
from av import AudioFrame, AudioResampler, AudioStream

from roughy_box.media.worker.render.downmix import channels_of, is_plain, mixed_down
from roughy_box.media.worker.render.source import HOPELESS, CorruptError, Track

Floats = npt.NDArray[np.float32]

# Decoders need what comes before a place: a frame of AAC, the bit reservoir of MP3, 80 ms of Opus.
_BEFORE = Fraction(1, 2)
_TOLERATED = 0.020  # seconds: clocks are rounded, and corrected now and then
_SET_BACK = 1.0  # seconds; further back, the clock was replaced by another
_AHEAD = 10.0
_RECENT = 32  # frames


@dataclass(slots=True)
class _Run:
    """Frames that follow each other. ``read`` is where they have come to in the source, ``written`` in the output."""

    form: tuple[str, str, int]
    read: float
    written: int
    names: tuple[str, ...]
    resampler: AudioResampler | None


class Samples:
    """Decodes the sound of a track, in the rate and the channels that are wanted."""

    def __init__(self, track: Track[AudioStream], rate: int, channels: int) -> None:
        self.rate = rate
        self.channels = channels
        self._track = track
        self._run: _Run | None = None
        self._shift = 0.0  # seconds that a clock was set back
        self._leads: deque[float] = deque(maxlen=_RECENT)
        self._anchor: float | None = None  # where a frame of the source begins, in samples of its own rate
        self._skipped_to: Fraction | None = None
        self._failing: Fraction | None = None

    @property
    def lead(self) -> float:
        """Return the seconds that the clock is ahead of the samples, as of late; 0 if it is but imprecise."""
        lead = median(self._leads) if self._leads else 0.0
        spread = max(self._leads) - min(self._leads) if self._leads else 0.0
        return lead if abs(lead) > max(1 / self.rate, float(self._track.base), spread) else 0.0

    def parts(self) -> Iterator[tuple[int, Floats]]:
        """Yield the sound from where reading is now, with the places where it begins.

        Errors: :class:`~roughy_box.media.worker.render.source.CorruptError`.
        """
        for packet in self._track.packets():
            time = None if packet.pts is None else self._track.seconds(packet.pts)
            if self._skipped_to is not None and packet.size:
                if time is not None and time < self._skipped_to:
                    continue
                self._skipped_to = None
            frames = self._track.decode(packet)
            self._watch(time, bool(frames or not packet.size))
            for frame in frames:
                assert isinstance(frame, AudioFrame)
                yield from self._heard(frame)
        yield from self._rest()

    def skip(self, place: int) -> None:
        """Go on a little before a place, where :meth:`parts` begins again."""
        until = Fraction(place, self.rate) - _BEFORE
        if not (self._track.can_seek and self._track.seek(until)):
            self._skipped_to = until  # the packets up to there say what the time is
        self._track.codec.flush_buffers()
        self._run = None
        self._leads.clear()

    def _watch(self, time: Fraction | None, is_heard: bool) -> None:
        if is_heard:
            self._failing = None
        elif time is not None:
            if self._failing is None:
                self._failing = time
            if time - self._failing > HOPELESS:
                raise CorruptError(float(self._failing))

    def _heard(self, frame: AudioFrame) -> Iterator[tuple[int, Floats]]:
        place = self._place(frame)
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._run is None or self._run.form != form or self._is_elsewhere(self._run, place):
            yield from self._rest()
            self._run = self._begin(frame, form, place)
        self._run.read += frame.samples
        frame.pts = None
        yield from self._written(self._run, self._run.resampler.resample(frame) if self._run.resampler else [frame])

    def _place(self, frame: AudioFrame) -> float | None:
        """Return where the clock says that a frame begins, in samples of its own rate."""
        if frame.pts is None:
            return None
        return (float(self._track.seconds(frame.pts)) + self._shift) * frame.sample_rate

    def _is_elsewhere(self, run: _Run, place: float | None) -> bool:
        """Return whether a frame does not follow the ones before it, and note by how much the clock is ahead."""
        if place is None:
            return False
        lead = (place - run.read) / run.form[2]
        if lead < -_SET_BACK or (lead > _AHEAD and self._track.is_spliced):
            self._shift -= lead
            return False
        if abs(lead) > _TOLERATED:
            self._leads.clear()
            return True
        self._leads.append(lead)
        return False

    def _begin(self, frame: AudioFrame, form: tuple[str, str, int], place: float | None) -> _Run:
        rate = frame.sample_rate
        if place is None:
            place = self._run.read * rate / self._run.form[2] if self._run else 0.0
        elif self._anchor is None:
            self._anchor = place + frame.samples
        else:
            place = self._whole_frames(place, frame)
        needs_no_change = rate == self.rate and is_plain(frame)
        resampler = None if needs_no_change else AudioResampler(format="flt", layout=frame.layout, rate=self.rate)
        names = tuple(channel.name for channel in frame.layout.channels)
        return _Run(form, place, round(place * self.rate / rate), names, resampler)

    def _whole_frames(self, place: float, frame: AudioFrame) -> float:
        """Return a place more exactly than a clock of milliseconds, where frames of one length follow the first."""
        assert self._anchor is not None
        tick = float(self._track.base) * frame.sample_rate
        near = self._anchor + round((place - self._anchor) / frame.samples) * frame.samples
        return near if 1 < tick < frame.samples / 4 and abs(near - place) <= tick else place

    def _rest(self) -> Iterator[tuple[int, Floats]]:
        """Yield what the resampler has held back."""
        if self._run and self._run.resampler:
            yield from self._written(self._run, self._run.resampler.resample(None))

    def _written(self, run: _Run, frames: list[AudioFrame]) -> Iterator[tuple[int, Floats]]:
        for frame in frames:
            samples = mixed_down(channels_of(frame), run.names, self.channels)
            yield run.written, samples
            run.written += len(samples)
