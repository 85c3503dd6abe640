"""A recording aligned with its script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from roughy_box.cutting.listening import Listening
from roughy_box.cutting.reading.alignment import Path, Said, align
from roughy_box.cutting.reading.heard import Heard, heard
from roughy_box.cutting.reading.out_of_order import mark_out_of_order
from roughy_box.cutting.reading.restarts import mark_restarts
from roughy_box.cutting.reading.runs import Run, find_runs, found_places
from roughy_box.cutting.reading.takes import LEAST_SIMILAR
from roughy_box.cutting.text.script import Script

LEAST_COVERAGE = 0.35  # of the script's words: with less it is the script of something else

Advance = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """The spoken words, their path through the script, and its runs."""

    script: Script
    said: list[Heard]
    path: Path
    runs: list[Run]

    @property
    def coverage(self) -> float:
        """Return the share of the script's words that were heard."""
        found = found_places(self.path, self.runs, len(self.script.words), LEAST_SIMILAR)
        needed = np.array([not word.optional for word in self.script.words], dtype=np.bool_)
        return float(np.mean(found[needed])) if needed.any() else 0.0


def read(listening: Listening, script: Script, advance: Advance) -> Reading:
    """Return the recording aligned with its script; ``advance`` hears the share done."""
    texts = [word.text for word in script.words]
    said = heard(listening, set(texts))
    aligned = [Said(word.text, word.opens) for word in said]
    path = align(aligned, texts, [word.optional for word in script.words], advance)
    mark_restarts(path, said, texts)
    mark_out_of_order(path, said, script.words)
    return Reading(script, said, path, find_runs(path, [word.island for word in said]))
