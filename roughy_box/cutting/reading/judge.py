"""The judgement of a reading: what of the recording reads the script, and which take of it counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from roughy_box.cutting.listening import Listening
from roughy_box.cutting.reading.alignment import MATCHED
from roughy_box.cutting.reading.gaps import Interval, keep_unheard
from roughy_box.cutting.reading.neighbors import verdicts_of_heard
from roughy_box.cutting.reading.notices import Spoken, late_pick_ups, missing_parts
from roughy_box.cutting.reading.reading import Reading
from roughy_box.cutting.reading.reasons import verdicts_of_words
from roughy_box.cutting.reading.shown import shown_words
from roughy_box.cutting.reading.takes import last_takes
from roughy_box.cutting.verdicts import KEPT, Judgement, Verdict


def judge_reading(listening: Listening, reading: Reading) -> Judgement:
    """Return what to keep of a reading, with the script's own words and what a person should look at."""
    script = reading.script
    takes = last_takes(reading.runs, [word.ends_clause for word in script.words])
    verdicts = verdicts_of_words(reading.path, takes, script)
    words = verdicts_of_heard(listening, reading.said, verdicts)
    judgement = Judgement(words, [Verdict("noise")] * len(listening.islands))
    read_words = _kept_readings(reading, verdicts)
    filled = keep_unheard(judgement, listening, reading, _places_of_islands(listening, reading, read_words))
    judgement.shown = shown_words(listening, reading)
    spoken = _spoken(listening, reading, read_words)
    warnings = (missing_parts(spoken, script, filled), late_pick_ups(spoken, script))
    judgement.warnings = [warning for warning in warnings if warning]
    return judgement


def _kept_readings(reading: Reading, verdicts: Sequence[Verdict | None]) -> list[int]:
    """Return the spoken words that are kept and read the script."""
    kinds = reading.path.kinds.tolist()
    return [number for number, verdict in enumerate(verdicts) if verdict == KEPT and kinds[number] == MATCHED]


def _spoken(listening: Listening, reading: Reading, read_words: Sequence[int]) -> Spoken:
    times = [listening.words[reading.said[number].word].start + listening.offset for number in read_words]
    return Spoken(reading.path.places[list(read_words)], np.array(times, dtype=np.float64))


def _places_of_islands(listening: Listening, reading: Reading, read_words: Sequence[int]) -> list[Interval | None]:
    """Return the first and last place of the script that each island reads."""
    found: list[Interval | None] = [None] * len(listening.islands)
    for number in read_words:
        island, place = reading.said[number].island, int(reading.path.places[number])
        interval = found[island]
        found[island] = (interval[0] if interval else place, place)
    return found
