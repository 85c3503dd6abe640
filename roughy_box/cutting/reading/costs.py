"""The prices of the moves of an alignment, and one step of it over all places of the script at once.

A speaker who reads advances, leaves words out, says words that are not there, goes back, goes on
elsewhere, or talks off the script. The prices were measured on synthetic readings with retakes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Costs = npt.NDArray[np.float32]

SKIP = 0.45  # a word of the script left out
INSERT = 0.9  # a word said that the script lacks
BACK = (4.0, 2.2)  # inside an island, at its start
FORWARD = 1.8  # dearer than back
DISTANCE = 0.01  # a word jumped over
FARTHEST = 1.0  # all of them: a sentence that is read again at the end is paid for however long the script is
OFF = 0.4  # a word off the script
LEAVE = (2.5, 1.2)  # inside an island, at its start
STAY = (0.0, 1.2)  # off the script; at each island again, or a whole take after a remark would stay off too


@dataclass(frozen=True, slots=True)
class State:
    """The least cost of everything said so far by the last place of the script that was reached.

    ``on`` is reading there, ``off`` talking off it. Place 0 is before the first word.
    """

    on: Costs
    off: Costs

    @property
    def least(self) -> Costs:
        """Return the cheaper of both for each place."""
        return np.minimum(self.on, self.off)


class Moves:
    """The costs that are fixed for a script: the price of leaving out its words up to each place."""

    def __init__(self, optional: npt.NDArray[np.bool_]) -> None:
        prices = np.where(optional, np.float32(0), np.float32(SKIP))
        self.skipped = np.concatenate(([0], np.cumsum(prices, dtype=np.float64))).astype(np.float32)
        self.distance = (np.arange(len(self.skipped)) * DISTANCE).astype(np.float32)

    def begin(self) -> State:
        """Return the state before the first word is heard."""
        on = np.full(len(self.skipped), np.inf, dtype=np.float32)
        on[0] = 0
        return State(on, np.full_like(on, np.inf))

    def step(self, state: State, similarity: Costs, opens: bool) -> State:
        """Return the state after one more word; ``opens`` if it is the first of its island."""
        least = state.least
        back, leave, stay = np.float32(BACK[opens]), np.float32(LEAVE[opens]), np.float32(STAY[opens])
        on = state.on + np.float32(INSERT)
        skip = np.minimum.accumulate((least - self.skipped)[:-1]) + self.skipped[:-1]
        near = np.minimum.accumulate((least - self.distance)[:-1]) + self.distance[:-1]
        jump = np.minimum(near, np.minimum.accumulate(least[:-1]) + np.float32(FARTHEST))
        reach = np.minimum(skip, jump + (back + np.float32(FORWARD)))
        near = np.minimum.accumulate((least + self.distance)[:0:-1])[::-1] - self.distance[:-1]
        behind = np.minimum(near, np.minimum.accumulate(least[:0:-1])[::-1] + np.float32(FARTHEST))
        reach = np.minimum(reach, behind + back)
        on[1:] = np.minimum(on[1:], reach + (1 - similarity))
        off = np.minimum(state.off + stay, state.on + leave)
        return State(on, off + np.float32(OFF))

    def sources(self, state: State, place: int, opens: bool) -> tuple[tuple[float, int], ...]:
        """Return (cost, place before) of the cheapest advance, forward jump and jump back onto ``place``."""
        least = state.least
        last = place - 1
        skip = least[:place] - self.skipped[:place]
        jump = least[:place] + np.minimum(self.distance[last] - self.distance[:place], np.float32(FARTHEST))
        behind = least[place:] + np.minimum(self.distance[place:] - self.distance[last], np.float32(FARTHEST))
        # Of equal costs the nearest place counts: leaving out nothing is better than leaving out.
        near, far, after = last - int(np.argmin(skip[::-1])), last - int(np.argmin(jump[::-1])), int(np.argmin(behind))
        price = BACK[opens]
        return (
            (float(skip[near] + self.skipped[last]), near),
            (float(jump[far]) + price + FORWARD, far),
            (float(behind[after]) + price, place + after),
        )
