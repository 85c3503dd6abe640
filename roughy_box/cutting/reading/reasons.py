"""Takes to verdicts: what was dropped is a retake or a false start of what counts instead."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from roughy_box.cutting.reading.alignment import INSERTED, MATCHED, Path
from roughy_box.cutting.reading.takes import Take
from roughy_box.cutting.text.script import Script
from roughy_box.cutting.verdicts import KEPT, Verdict

OFF = Verdict("off_script")


def verdicts_of_words(path: Path, takes: Sequence[Take], script: Script) -> list[Verdict | None]:
    """Return a verdict for each spoken word, ``None`` for added words, which go with their neighbors."""
    verdicts: list[Verdict | None] = [None if kind == INSERTED else OFF for kind in path.kinds.tolist()]
    for take in takes:
        of_places = _of_places(take, takes, script)
        for number in range(take.run.first, take.run.last + 1):
            if path.kinds[number] == MATCHED:
                verdicts[number] = of_places[int(path.places[number]) - take.run.start]
    return verdicts


def _of_places(take: Take, takes: Sequence[Take], script: Script) -> list[Verdict]:
    """Return a verdict for each place of a run."""
    places = range(take.run.start, take.run.end + 1)
    owned = [place for place, owner in zip(places, take.owners, strict=True) if owner >= 0]
    if not take.kept:
        return [_replaced(owned, takes[max(take.owners)], script) if owned else OFF] * len(places)
    verdicts: list[Verdict] = []
    for owner, group in groupby(zip(places, take.owners, strict=True), key=lambda pair: pair[1]):
        stretch = [place for place, _ in group]
        verdicts += [_replaced(stretch, takes[owner], script) if owner >= 0 else KEPT] * len(stretch)
    return verdicts


def _replaced(places: Sequence[int], by: Take, script: Script) -> Verdict:
    """Return the verdict on places that another take replaces: broken off inside a clause, or said again."""
    broken = not script.words[places[-1]].ends_clause and by.run.end > places[-1]
    return Verdict("false_start" if broken else "retake", script.own_text(places[0], places[-1]))
