"""CMX3600, the edit decision list: for every editor, and the least of what any needs.

Every line of an edit has a number of its own, picture and sound too: two lines with one number are a
transition. Reel names are ``AX``, for lists of files in place of tapes.
"""

from __future__ import annotations

from fractions import Fraction

from roughy_box.domain.errors import invalid
from roughy_box.exports.text import one_line, shortened
from roughy_box.exports.timecode import Timecode, label, timebase
from roughy_box.exports.timeline import Clip, Export, clips

MOST_EVENTS = 999  # three digits; readers differ on more
_FASTEST = 60  # frames have two digits
_TITLE = 70  # characters of a title, as CMX3600 has them


def write(export: Export) -> str:
    """Return the edit decision list of an export. Errors: ``validation_error`` for more than 60 frames a second."""
    rate, drop = export.rate, export.drop_frame
    if timebase(rate) > _FASTEST:
        raise invalid(
            "query.format", f"An EDL has at most {_FASTEST} frames a second, and this source {timebase(rate)}."
        )
    lines = [f"TITLE: {shortened(export.name, _TITLE)}", f"FCM: {'DROP FRAME' if drop else 'NON-DROP FRAME'}", ""]
    comment = f"* FROM CLIP NAME: {one_line(export.source.media.file_name)}"
    tracks, number = _tracks(export), 0
    for clip in clips(export, rate):
        times = _times(export, rate, drop, clip)
        for track in tracks:
            number += 1
            lines += [f"{number:03}  AX       {track:<5} C        {times}", comment]
    return "\n".join(lines) + "\n"


def events(export: Export) -> int:
    """Return the number of numbered lines; more than ``MOST_EVENTS`` deserve a warning."""
    return len(export.spans) * len(_tracks(export))


def hour(rate: Fraction, drop: bool = False) -> int:
    """Return the frame whose label is 01:00:00:00, where sequences begin."""
    base = timebase(rate)
    skipped = (base // 15) * 54 if drop else 0
    return 3600 * base - skipped


def _tracks(export: Export) -> list[str]:
    track = export.source.track
    sound = [] if track is None else ["A" if track.channels == 1 else "AA"]
    return ["V", *sound] if export.source.picture else sound


def _times(export: Export, rate: Fraction, drop: bool, clip: Clip) -> str:
    first = (export.source.timecode or Timecode(0, rate)).at(rate).frame
    record = hour(rate, drop)
    frames = (first + clip.start, first + clip.end, record + clip.at, record + clip.until)
    return " ".join(label(frame, rate, drop) for frame in frames)
