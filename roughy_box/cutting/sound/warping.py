"""The match of one stretch of sound with the beginning of another: dynamic time warping (Sakoe and Chiba, 1978).

Every frame of the first stretch meets one frame of the second, which advances by none, one or two
frames, never by none twice (Itakura, 1975). So a row of the table depends on rows before it alone, and
whole rows, of several partners at once, are computed in one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.listening import CEPSTRUM_STEP

Frames = npt.NDArray[np.float32]  # rows of unit length
Steps = npt.NDArray[np.uint8]

_SLACK = 6  # frames of the partner that may pass before the match begins
_WORST = 8  # frames
_LAST = 10  # frames that count less: speech that breaks off ends otherwise than speech that goes on
_LONGEST = 600  # frames: 12 s decide for longer islands
_LONGEST_TAIL = 150  # frames
_ALIKE = 0.20  # mean distance of stretches that are alike


@dataclass(frozen=True, slots=True)
class Warp:
    """A match of sound, and where it ends in the partner.

    Mean cosine distances: of all frames, of the last third, of the worst 160 ms, which tell one word
    that is another.
    """

    cost: float
    tail: float
    worst: float
    end: float  # seconds of the partner's frames


def sounds_alike(heard: Warp) -> bool:
    """Return if the sound does not speak against equal words."""
    return heard.cost < _ALIKE and heard.tail < 0.42


def sounds_same(heard: Warp) -> bool:
    """Return if one stretch repeats the other: measured, repeats cost .02 to .16, another word .4 and more at worst."""
    return sounds_alike(heard) and heard.worst < 0.36


def nowhere_differs(heard: Warp) -> bool:
    """Return if no moment of a stretch speaks against a repeat, said in another way perhaps.

    Measured, the worst moment of repeats that were broken off is up to 0.34, of any other speech 0.58 and more.
    """
    return heard.cost < 0.34 and heard.tail < 0.45 and heard.worst < 0.38


def surely_same(heard: Warp) -> bool:
    """Return if it does whatever the recognizer wrote: it hears the same word differently in two takes."""
    return heard.cost < 0.12 and heard.tail < 0.20 and heard.worst < 0.30


def unit_frames(cepstra: Frames, mean: Frames) -> Frames:
    """Return rows of unit length around ``mean``, that of all speech in the recording."""
    centered = cepstra - mean
    norms = np.linalg.norm(centered, axis=1, keepdims=True)
    unit: Frames = (centered / np.maximum(norms, np.float32(1e-6))).astype(np.float32)
    return unit


def warp(frames: Frames, partners: Sequence[Frames]) -> list[Warp | None]:
    """Return how well ``frames`` match the beginning of each partner; ``None`` where they cannot."""
    frames = frames[:_LONGEST]
    cut = [partner[: 2 * len(frames) + _SLACK] for partner in partners]
    widest = max(map(len, cut), default=0)
    if len(frames) < 3 or not widest:
        return [None] * len(partners)
    distance = np.full((len(frames), len(cut), widest), np.inf, dtype=np.float32)
    for number, partner in enumerate(cut):
        distance[:, number, : len(partner)] = np.maximum(1 - frames @ partner.T, 0)
    total, steps = _least(distance)
    return [_warp(distance[:, number], total[number], steps[:, number]) for number in range(len(cut))]


def _least(distance: Frames) -> tuple[Frames, Steps]:
    """Return the least sum for each end of the last row, and the steps that lead to each place.

    A step has in its low bits the frames advanced if the last one advanced, in bit 2 if the frame before
    had stayed; bit 3 tells that staying is the cheaper way to be there.
    """
    moved = distance[0].copy()
    moved[:, _SLACK:] = np.inf
    stayed = np.full_like(moved, np.inf)
    steps = np.zeros(distance.shape, dtype=np.uint8)
    for row in range(1, len(distance)):
        best = np.minimum(moved, stayed)
        had_stayed = stayed < moved
        one, two = _shifted(best, 1), _shifted(best, 2)
        far = two < one
        stays = np.where(far, np.roll(had_stayed, 2, axis=1), np.roll(had_stayed, 1, axis=1))
        steps[row] = np.where(far, 2, 1) | (stays.astype(np.uint8) << 2)
        stayed, moved = moved + distance[row], np.minimum(one, two) + distance[row]
        steps[row] |= (stayed < moved).astype(np.uint8) << 3
    return np.minimum(moved, stayed), steps


def _shifted(array: Frames, count: int) -> Frames:
    shifted = np.full_like(array, np.inf)
    shifted[:, count:] = array[:, :-count]
    return shifted


def _warp(distance: Frames, total: Frames, steps: Steps) -> Warp | None:
    end = int(np.argmin(total))
    if not np.isfinite(total[end]):
        return None
    along = distance[np.arange(len(distance)), _path(steps, end)]
    inner = along[:-_LAST] if len(along) > 4 * _LAST else along
    worst = np.convolve(inner, np.full(_WORST, 1 / _WORST), mode="valid") if len(inner) > _WORST else inner
    tail = along[-max(1, len(along) // 3) :]
    return Warp(float(along.mean()), float(tail.mean()), float(worst.max()), (end + 1) * CEPSTRUM_STEP)


def _path(steps: Steps, end: int) -> list[int]:
    """Return the frame of the partner that each frame meets."""
    place, stays = end, bool(steps[-1, end] & 8)
    places = [place]
    for row in range(len(steps) - 1, 0, -1):
        step = int(steps[row, place])
        if stays:  # the frame before it advanced to the same place
            stays = False
        else:
            place, stays = place - (step & 3), bool(step & 4)
        places.append(place)
    return places[::-1]


def restart(frames: Frames, partner: Frames) -> int | None:
    """Return the frame from which on ``frames`` may say to their end what ``partner`` begins with.

    The path that gains most on its way to the last frame, each frame gaining what its distance is below that of
    stretches that are alike (after Smith and Waterman, 1981); whether they are is for :func:`warp` to say.
    """
    first = max(0, len(frames) - _LONGEST_TAIL)
    partner = partner[: 2 * _LONGEST_TAIL]
    if len(partner) < 3 or not len(frames):
        return None
    gains = np.float32(_ALIKE) - np.maximum(1 - frames[first:] @ partner.T, 0)
    moved, begun = np.full(len(partner), -np.inf, dtype=np.float32), np.zeros(len(partner), dtype=np.int32)
    stayed, stayed_begun = moved.copy(), begun.copy()
    for row, gain in enumerate(gains):
        best, best_begun = np.maximum(moved, stayed), np.where(stayed > moved, stayed_begun, begun)
        stayed, stayed_begun = moved + gain, begun
        moved, begun = _advanced(best, best_begun, row)
        moved = moved + gain
    end = np.maximum(moved, stayed)
    place = int(np.argmax(end))
    if not end[place] > 0:
        return None
    return first + int(begun[place] if moved[place] >= stayed[place] else stayed_begun[place])


def _advanced(best: Frames, begun: npt.NDArray[np.int32], row: int) -> tuple[Frames, npt.NDArray[np.int32]]:
    """Return the most gained before each place, one or two frames back or by beginning there, and where that began."""
    one, two = (np.concatenate([np.full(step, -np.inf, dtype=np.float32), best[:-step]]) for step in (1, 2))
    far = two > one
    gained = np.where(far, two, one)
    began = np.where(far, np.roll(begun, 2), np.roll(begun, 1))
    fresh = np.zeros(len(best), dtype=np.bool_)
    fresh[:_SLACK] = gained[:_SLACK] < 0
    return np.where(fresh, np.float32(0), gained), np.where(fresh, row, began).astype(np.int32)


def steadiness(frames: Frames) -> float:
    """Return the mean cosine distance of frames 60 ms apart: low for a sustained sound."""
    apart = round(0.06 / CEPSTRUM_STEP)
    if len(frames) <= apart:
        return float("inf")
    return float(np.mean(1 - np.einsum("ij,ij->i", frames[apart:], frames[:-apart])))
