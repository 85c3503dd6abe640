"""Warnings of a plan that do not come from the script alone."""

from __future__ import annotations

from collections.abc import Sequence

from roughy_box.cutting.clock_time import clock_time
from roughy_box.cutting.grid import Grid
from roughy_box.cutting.listening import NO_ENGINE, Listening
from roughy_box.domain.cut import CutWarning, Suggestion

_OUTSIDE = 1.0  # seconds of sound before and after the picture that go without a word
_SHOWN = 0.05  # seconds: less is 0.0
_UNSURE = 0.5  # mean confidence of the words
_LISTED = 8


def mismatch(coverage: float) -> CutWarning:
    """Return the warning that a script was ignored."""
    return CutWarning(
        "script_mismatch",
        f"Only {coverage:.0%} of the script was heard in the recording, so it was not used; "
        "check that it is the script of this recording.",
    )


def no_recognizer(listening: Listening, *, with_script: bool) -> CutWarning:
    """Return the warning that no words were heard."""
    script = " and the script was not used" if with_script else ""
    left = "pauses and repeated sound alone were cut, fillers and remarks are still in."
    return CutWarning("no_recognizer", f"{_why_no_words(listening)}{script}: {left}")


def _why_no_words(listening: Listening) -> str:
    if listening.language:
        return f"There is no recognizer for the language “{listening.language}”"
    if listening.engine.name == NO_ENGINE.name:
        return "There is no recognizer"
    return "The language could not be told and was not given with the upload, so no recognizer was used"


def low_confidence(listening: Listening) -> CutWarning | None:
    """Return a warning if the recognizer was unsure of most words."""
    known = [word.confidence for word in listening.words if word.confidence is not None and word.kind == "word"]
    if not listening.engine.guesses or not known or sum(known) / len(known) >= _UNSURE:
        return None
    mean = sum(known) / len(known)
    return CutWarning("low_confidence", f"The recognizer was unsure of its words ({mean:.0%}); look over the cut.")


def to_look_at(suggestions: Sequence[Suggestion], grid: Grid) -> CutWarning | None:
    """Return a warning that names kept places which may be worth dropping."""
    if not suggestions:
        return None
    times = [clock_time(grid.seconds(suggestion.start)) for suggestion in suggestions]
    more = f" and {len(times) - _LISTED} more" if len(times) > _LISTED else ""
    return CutWarning("suggestions", f"Kept, but perhaps worth dropping: at {', '.join(times[:_LISTED])}{more}.")


def sound_outside_picture(before: float, after: float) -> CutWarning | None:
    """Return a warning if more than a second of sound has no picture, before the first and after the last one."""
    before, after = max(0.0, before), max(0.0, after)
    if before + after <= _OUTSIDE:
        return None
    places = [f"{before:.1f} s before the first one"] if before >= _SHOWN else []
    places += [f"{after:.1f} s after the last one"] if after >= _SHOWN else []
    return CutWarning(
        "sound_outside_picture",
        f"Sound without a picture was left out: {' and '.join(places)}. To keep it, upload the sound as its own file.",
    )
