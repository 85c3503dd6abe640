"""Alignment: the cheapest path, against the plain table of every word and place."""

from __future__ import annotations

import random
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roughy_box.cutting.reading import costs
from roughy_box.cutting.reading.alignment import INSERTED, MATCHED, OFF_SCRIPT, Path, Said, align
from roughy_box.cutting.text.similarity import Similarities

_WORDS = "the quick brown fox jumps over lazy dog and sleeps"
_TEXT = "the quick brown fox jumps over the lazy dog and then sleeps under an old tree"
VOCABULARY, SCRIPT = _WORDS.split(), _TEXT.split()


def silent(share: float) -> None:
    assert 0 <= share <= 1


def said(text: str) -> list[Said]:
    return [Said(word, number == 0) for island in text.split("|") for number, word in enumerate(island.split())]


def path_of(text: str, script: list[str] = SCRIPT) -> Path:
    return align(said(text), script, [False] * len(script), silent)


def move(source: int, target: int, opens: bool) -> float:
    """Return the price of matching ``target`` after ``source``; places count from 1."""
    back = costs.BACK[opens]
    if source >= target:
        return back + min(costs.DISTANCE * (source - target + 1), costs.FARTHEST)
    left_out = target - 1 - source
    return min(costs.SKIP * left_out, back + costs.FORWARD + min(costs.DISTANCE * left_out, costs.FARTHEST))


def least_cost(words: list[Said], script: list[str]) -> float:
    """Return the cost of the best path, found the slow way."""
    alike, places = Similarities(script), range(len(script) + 1)
    on, off = [0.0] + [float("inf")] * len(script), [float("inf")] * (len(script) + 1)
    for word in words:
        row, least = alike.row(word.text), list(map(min, on, off))
        matched = [
            min((least[source] + move(source, place, word.opens) for source in places), default=0) + 1 - row[place - 1]
            for place in places[1:]
        ]
        inserted = [cost + costs.INSERT for cost in on]
        off = [
            min(aside + costs.STAY[word.opens], cost + costs.LEAVE[word.opens]) + costs.OFF
            for cost, aside in zip(on, off, strict=True)
        ]
        on = [inserted[0], *map(min, inserted[1:], matched)]
    return float(min(*on, *off))


def cost_of(path: Path, words: list[Said], script: list[str]) -> float:
    alike = Similarities(script)
    total, place, aside = 0.0, 0, False
    for number, word in enumerate(words):
        after, kind = int(path.places[number]) + 1, path.kinds[number]
        if kind == MATCHED:
            total += move(place, after, word.opens) + 1 - alike.row(word.text)[after - 1]
        elif kind == INSERTED:
            assert after == place
            assert not aside
            total += costs.INSERT
        else:
            total += costs.OFF + (costs.STAY if aside else costs.LEAVE)[word.opens]
        place, aside = after, kind == OFF_SCRIPT
    return total


ISLANDS = st.lists(st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=6), min_size=1, max_size=8)


@settings(deadline=None, max_examples=60)
@given(ISLANDS, st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=12), st.sampled_from([0.01, 0.4]))
def test_path_costs_no_more_than_any(islands: list[list[str]], script: list[str], distance: float) -> None:
    """With the longer distance, three words are as far as any."""
    words = said("|".join(" ".join(island) for island in islands))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(costs, "DISTANCE", distance)
        path = align(words, script, [False] * len(script), silent)
        assert cost_of(path, words, script) == pytest.approx(least_cost(words, script), abs=1e-3)


def test_reading_in_order_matches_every_word() -> None:
    path = path_of(" ".join(SCRIPT))
    assert path.places.tolist() == list(range(len(SCRIPT)))
    assert set(path.kinds.tolist()) == {MATCHED}
    assert not path.jumps.any()


def test_sentence_said_again_jumps_back() -> None:
    path = path_of("the quick brown fox jumps over | the quick brown fox jumps over the lazy dog")
    assert path.places.tolist() == [*range(6), *range(9)]
    assert np.flatnonzero(path.jumps).tolist() == [6]


def test_sentence_picked_up_far_away_is_a_jump() -> None:
    script = [*SCRIPT[:8], *(f"w{number}" for number in range(2000))]
    path = path_of(" ".join(script) + " | " + " ".join(script[:8]), script)
    assert path.places[-8:].tolist() == list(range(8))


def test_remark_is_off_the_script_and_the_take_is_not() -> None:
    path = path_of(
        "the quick brown fox jumps over | sorry once more please | the quick brown fox jumps over the lazy dog"
    )
    assert path.kinds.tolist() == [MATCHED] * 6 + [OFF_SCRIPT] * 4 + [MATCHED] * 9


def test_optional_words_cost_nothing_to_leave_out() -> None:
    script = ["one", "two", *["aside"] * 30, "three", "four"]
    optional = [word == "aside" for word in script]
    path = align(said("one two three four"), script, optional, silent)
    assert path.places.tolist() == [0, 1, 32, 33]
    assert not path.jumps.any()


def test_blocks_give_the_path_of_one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(5)
    text = "|".join(" ".join(rng.choice(SCRIPT) for _ in range(5)) for _ in range(30))
    whole = path_of(text)
    monkeypatch.setattr("roughy_box.cutting.reading.alignment.isqrt", lambda count: count)
    again = path_of(text)
    assert again.places.tolist() == whole.places.tolist()
    assert again.kinds.tolist() == whole.kinds.tolist()


def test_progress_rises_to_the_end() -> None:
    shares: list[float] = []
    align(said(" ".join(SCRIPT * 10)), SCRIPT, [False] * len(SCRIPT), shares.append)
    assert len(shares) > 5
    assert all(before <= after for before, after in pairwise(shares))
    assert shares[-1] == 1


def test_progress_that_raises_stops() -> None:
    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        align(said("one"), SCRIPT, [False] * len(SCRIPT), stop)


@pytest.mark.parametrize(("words", "script"), [("", SCRIPT), ("one two", [])])
def test_nothing_to_align_is_off_the_script(words: str, script: list[str]) -> None:
    assert set(path_of(words, script).kinds.tolist()) <= {OFF_SCRIPT}


def test_long_reading_takes_little_memory() -> None:
    """Three bytes for each word and place would be 19 MB here."""
    rng = random.Random(1)
    script = ["".join(rng.choice("abcdefghij") for _ in range(4)) for _ in range(2500)]
    tracemalloc.start()
    path = align([Said(word, number % 8 == 0) for number, word in enumerate(script)], script, [False] * 2500, silent)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert path.places.tolist() == list(range(2500))
    assert peak < 14e6
