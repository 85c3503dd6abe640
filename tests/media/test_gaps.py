"""Stretches of a file without packets of the known streams."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from roughy_box.media.worker.probe.gaps import Gaps

KIB = 1024


def gaps_between(*packets: tuple[int | None, int]) -> list[tuple[int, int]]:
    """Return the gaps of a file of 1000 KiB with packets of these positions and sizes, in KiB."""
    gaps = Gaps()
    stream = (SimpleNamespace(pos=None if at is None else at * KIB, size=size * KIB) for at, size in packets)
    assert len(list(gaps.watch(cast("Any", stream)))) == len(packets)
    return [(start // KIB, stop // KIB) for start, stop in gaps.up_to(1000 * KIB)]


@pytest.mark.parametrize(
    ("packets", "found"),
    [
        ([(0, 500), (520, 460)], []),
        ([(0, 300), (500, 480)], [(300, 500)]),
        ([(0, 300), (300, 300)], [(600, 1000)]),
        # A large picture is complete only after the sound that lies within it.
        ([(0, 10), (600, 10), (10, 590), (620, 360)], []),
        # The last packet before a splice is handed out at the end of the file.
        ([(0, 100), (600, 380), (100, 8)], [(109, 600)]),
        # A parser cuts frames whose position only the first one knows.
        ([(0, 400), (None, 300), (None, 260)], []),
    ],
    ids=["headers", "between", "tail", "interleaved", "held back", "without position"],
)
def test_gaps(packets: list[tuple[int | None, int]], found: list[tuple[int, int]]) -> None:
    assert gaps_between(*packets) == found


def test_gaps_too_many_largest_kept() -> None:
    small = [(index * 40, 1) for index in range(23)]
    found = gaps_between(*small)
    assert len(found) == 16
    assert found == sorted(found)
    assert (881, 1000) in found
