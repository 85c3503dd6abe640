"""The pieces of sound one after the other, each faded into the next around the joint. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from roughy_box.media.worker.render.spans import Piece

Floats = npt.NDArray[np.float32]

FADE = 0.010  # seconds


class Source(Protocol):
    """Sound by the places of its samples; neither method is called for places before earlier ones."""

    def begin(self, place: int, /) -> None:
        """Go to the beginning of a piece."""

    def take(self, start: int, end: int, /) -> Floats:
        """Return the samples from a place to before another."""


def joined(source: Source, pieces: Sequence[Piece], sample_rate: int) -> Iterator[Floats]:
    """Yield the sound of the pieces, about a second at a time; fades change nothing about its length.

    A fade takes in what follows the one piece in the source and what comes before the other one. It is linear: where
    both are alike, as in a steady noise, it is as loud as they are. Shorter pieces have shorter fades.
    """
    halves = [0, *(_half(before, after, sample_rate) for before, after in pairwise(pieces)), 0]
    fading: Floats | None = None
    for piece, before, after in zip(pieces, halves, halves[1:], strict=False):
        source.begin(piece.start - before)
        if fading is not None and before:
            yield _faded(fading, source.take(piece.start - before, piece.start + before))
        for start in range(piece.start + before, piece.end - after, sample_rate):
            yield source.take(start, min(start + sample_rate, piece.end - after))
        fading = source.take(piece.end - after, piece.end + after) if after else None


def _half(before: Piece, after: Piece, sample_rate: int) -> int:
    return min(round(FADE / 2 * sample_rate), before.length // 2, after.length // 2)


def _faded(before: Floats, after: Floats) -> Floats:
    weight = ((np.arange(len(before), dtype=np.float32) + np.float32(0.5)) / np.float32(len(before)))[:, None]
    return before * (1 - weight) + after * weight
