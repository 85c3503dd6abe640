"""Short restarts, which cost an alignment less as added words than as a jump, made into jumps.

"the quick | the quick brown fox": going back two words at the price of a jump is dearer than two words
that the script lacks. A stretch off the script that repeats the words before it or begins those after
it is a take of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from roughy_box.cutting.reading.alignment import MATCHED, Path
from roughy_box.cutting.reading.heard import Heard
from roughy_box.cutting.text.similarity import Similarities

ALIKE = 0.7
_LONGEST = 12  # words; a longer one has jumped


def mark_restarts(path: Path, said: Sequence[Heard], script: Sequence[str]) -> None:
    """Change ``path`` where words off the script begin or repeat the reading around them."""
    next_match = len(said)  # the next matched word after the stretch at hand
    opened = len(said)  # the first word of the stretch after it
    for first, last in reversed(list(stretches(path, said))):
        if last + 1 != opened:
            next_match = last + 1
        opened = first
        place = _place(path, said, script, first, last, next_match)
        if place is not None:
            match(path, first, last, place)
            next_match = first


def _place(
    path: Path, said: Sequence[Heard], script: Sequence[str], first: int, last: int, next_match: int
) -> int | None:
    """Return the word of the script that a stretch begins with, or ``None`` if it restarts nothing."""
    count = last - first + 1
    if count > _LONGEST or (count == 1 and not said[first].opens):
        return None
    goes_on = next_match == last + 1 < len(said) and not said[last + 1].opens
    places = [int(path.places[first]) - count + 1] if count > 1 or goes_on else []
    if next_match < len(said):
        begins = int(path.places[next_match])
        places = [begins, begins - count, *places]
    goes_back = int(path.places[next_match]) if next_match == last + 1 < len(said) else None
    words = said[first : last + 1]
    return next((place for place in places if _reads(words, script, place, breaks_off=place == goes_back)), None)


def stretches(path: Path, said: Sequence[Heard]) -> Iterator[tuple[int, int]]:
    """Yield first and last word of each stretch off the script inside one island."""
    first: int | None = None
    for number in range(len(said) + 1):
        ends = number == len(said) or path.kinds[number] == MATCHED or said[number].opens
        if first is not None and ends:
            yield first, number - 1
            first = None
        if number < len(said) and path.kinds[number] != MATCHED and first is None:
            first = number


def _reads(said: Sequence[Heard], script: Sequence[str], place: int, *, breaks_off: bool) -> bool:
    """Return if the words are those of the script from ``place`` on, the last perhaps broken off.

    ``breaks_off`` if they are begun again at once: half a word before that is heard as any other.
    """
    written = script[max(place, 0) : place + len(said)]
    if place < 0 or len(written) < len(said):
        return False
    total = sum(_alike(word.text, text) for word, text in zip(said[:-1], written[:-1], strict=True))
    last = 1.0 if written[-1].startswith(said[-1].text) else _alike(said[-1].text, written[-1])
    last = max(last, 0.5) if breaks_off and len(said) > 1 else last
    return last >= 0.5 and total + last >= ALIKE * len(said)


def _alike(one: str, other: str) -> float:
    return 1.0 if one == other else float(Similarities([other]).row(one)[0])


def match(path: Path, first: int, last: int, place: int) -> None:
    """Have the words from ``first`` to ``last`` read the script from ``place`` on, after a jump."""
    count = last - first + 1
    path.places[first : last + 1] = range(place, place + count)
    path.kinds[first : last + 1] = MATCHED
    path.similar[first : last + 1] = 1
    path.jumps[first] = True
