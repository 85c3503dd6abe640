"""The word of the script that each heard word is: the cheapest path, found by Viterbi's algorithm.

Keeping a pointer for every word and place would take gigabytes. As in Hirschberg (CACM 18, 1975) only the
states before every block of words are kept; from the last block to the first, states are computed again
and the path is walked back through them. Time twice, memory by the square root.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isqrt

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.reading.costs import INSERT, LEAVE, STAY, Costs, Moves, State
from roughy_box.cutting.text.similarity import Similarities

Advance = Callable[[float], None]

MATCHED, INSERTED, OFF_SCRIPT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Said:
    """A heard word to align; ``opens`` if it is the first of its island."""

    text: str
    opens: bool


@dataclass(slots=True)
class Path:
    """The place of each heard word.

    ``places`` is the script word reached last (-1 before the first), ``kinds`` one of ``MATCHED``,
    ``INSERTED`` and ``OFF_SCRIPT``, ``jumps`` the words reached by a jump, ``similar`` how well it matches.
    """

    places: npt.NDArray[np.int32]
    kinds: npt.NDArray[np.uint8]
    jumps: npt.NDArray[np.bool_]
    similar: npt.NDArray[np.float32]

    @classmethod
    def of_length(cls, count: int) -> Path:
        """Return a path of ``count`` words that are all off the script."""
        return cls(
            np.full(count, -1, dtype=np.int32),
            np.full(count, OFF_SCRIPT, dtype=np.uint8),
            np.zeros(count, dtype=np.bool_),
            np.zeros(count, dtype=np.float32),
        )


class _Lattice:
    """Heard words against the places of a script."""

    def __init__(self, said: Sequence[Said], script: Sequence[str], optional: Sequence[bool]) -> None:
        self.said = said
        self.moves = Moves(np.array(optional, dtype=np.bool_))
        vocabulary = {word: number for number, word in enumerate(dict.fromkeys(script))}
        self._numbers = np.array([vocabulary[word] for word in script], dtype=np.int32)
        self._similarities = Similarities(list(vocabulary))

    def similarity(self, number: int) -> Costs:
        """Return how alike a heard word is to each word of the script."""
        return self._similarities.row(self.said[number].text)[self._numbers]

    def states(self, state: State, words: range) -> Iterator[State]:
        """Yield the state after each of ``words``."""
        for number in words:
            state = self.moves.step(state, self.similarity(number), self.said[number].opens)
            yield state


def align(said: Sequence[Said], script: Sequence[str], optional: Sequence[bool], advance: Advance) -> Path:
    """Return the cheapest path of ``said`` through ``script``; ``advance`` hears the share done."""
    path = Path.of_length(len(said))
    if not said or not script:
        return path
    lattice = _Lattice(said, script, optional)
    blocks = _blocks(len(said))
    before: list[State] = []
    state = lattice.moves.begin()
    for number, block in enumerate(blocks):
        advance(number / len(blocks) / 2)
        before.append(state)
        for after in lattice.states(state, block):
            state = after
    end = _cheaper(state, int(np.argmin(state.least)))
    for number, block in reversed(list(enumerate(blocks))):
        start = before.pop()
        end = _walk_back(lattice, path, block, [start, *lattice.states(start, block)], end)
        advance(1 - number / len(blocks) / 2)
    return path


@dataclass(frozen=True, slots=True)
class _End:
    place: int
    off: bool


def _blocks(count: int) -> list[range]:
    size = max(16, isqrt(count))
    return [range(start, min(start + size, count)) for start in range(0, count, size)]


def _walk_back(lattice: _Lattice, path: Path, block: range, states: list[State], end: _End) -> _End:
    """Write the path through a block that ends at ``end``; return where it begins."""
    for number in reversed(block):
        before = states[number - block.start]
        end = _off(lattice, path, number, before, end) if end.off else _on(lattice, path, number, before, end)
    return end


def _cheaper(state: State, place: int) -> _End:
    return _End(place, bool(state.off[place] < state.on[place]))


def _off(lattice: _Lattice, path: Path, number: int, before: State, end: _End) -> _End:
    path.places[number] = end.place - 1
    opens = lattice.said[number].opens
    entered, stayed = before.on[end.place] + np.float32(LEAVE[opens]), before.off[end.place] + np.float32(STAY[opens])
    return _End(end.place, bool(stayed <= entered))


def _on(lattice: _Lattice, path: Path, number: int, before: State, end: _End) -> _End:
    place = end.place
    path.places[number], path.kinds[number] = place - 1, INSERTED
    if place == 0:
        return end
    similar = float(lattice.similarity(number)[place - 1])
    sources = lattice.moves.sources(before, place, lattice.said[number].opens)
    move = min(range(len(sources)), key=lambda index: sources[index][0])
    cost, source = sources[move]
    if before.on[place] + INSERT < cost + 1 - similar:
        return end
    path.kinds[number], path.jumps[number], path.similar[number] = MATCHED, move > 0, similar
    return _cheaper(before, source)
