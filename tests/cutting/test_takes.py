"""Runs and takes: which reading of every place counts."""

from __future__ import annotations

import numpy as np
import pytest

from roughy_box.cutting.reading.alignment import MATCHED, OFF_SCRIPT, Path, Said, align
from roughy_box.cutting.reading.echoes import mark_echoes
from roughy_box.cutting.reading.heard import Heard, heard
from roughy_box.cutting.reading.neighbors import verdicts_of_heard
from roughy_box.cutting.reading.restarts import mark_restarts
from roughy_box.cutting.reading.runs import Run, find_runs
from roughy_box.cutting.reading.takes import last_takes
from roughy_box.cutting.verdicts import KEPT, Verdict
from tests.cutting.talk import talk

_TEXT = "the quick brown fox jumps over the lazy dog and then sleeps under an old tree"
SCRIPT = _TEXT.split()


def run(start: int, end: int, similarity: float = 1.0) -> Run:
    return Run(0, end - start, start, end, similarity)


def kept_places(*runs: Run, ends: tuple[int, ...] = (), length: int = 40) -> list[list[int]]:
    takes = last_takes(runs, [place in ends for place in range(length)])
    return [
        [place for place, owner in enumerate(take.owners, start=take.run.start) if owner < 0] if take.kept else []
        for take in takes
    ]


def test_last_of_two_takes_is_kept() -> None:
    assert kept_places(run(0, 9), run(0, 9)) == [[], list(range(10))]


def test_take_covered_in_part_loses_that_part() -> None:
    assert kept_places(run(0, 20), run(15, 30)) == [list(range(15)), list(range(15, 31))]


def test_take_covered_for_the_most_part_goes_whole() -> None:
    assert kept_places(run(0, 9), run(0, 7)) == [list(range(10)), []]  # the second breaks off
    assert kept_places(run(0, 9), run(0, 7), ends=(7,)) == [[], list(range(8))]


def test_restart_given_up_leaves_the_whole_take() -> None:
    assert kept_places(run(0, 20), run(0, 5), run(21, 30)) == [list(range(21)), [], list(range(21, 31))]


def test_pick_up_of_a_clause_replaces_it() -> None:
    first, pick_up = kept_places(run(0, 20), run(5, 8), ends=(8,))
    assert first == [*range(5), *range(9, 21)]
    assert pick_up == [5, 6, 7, 8]


def test_run_unlike_the_script_is_dropped() -> None:
    assert kept_places(run(0, 9, 0.3), run(10, 19)) == [[], list(range(10, 20))]


def test_third_take_wins_over_second_and_first() -> None:
    assert kept_places(run(0, 9), run(0, 6), run(0, 9)) == [[], [], list(range(10))]


def test_take_is_replaced_by_the_last_that_covers_it() -> None:
    first, second, _ = last_takes([run(0, 9), run(5, 14), run(0, 9)], [False] * 40)
    assert first.owners == [2] * 10
    assert second.owners == [2] * 5 + [-1] * 5


def runs_of(*islands: str) -> list[tuple[int, int]]:
    said = heard(talk(*islands))
    path = align([Said(word.text, word.opens) for word in said], SCRIPT, [False] * len(SCRIPT), lambda share: None)
    mark_restarts(path, said, SCRIPT)
    return [(found.start, found.end) for found in find_runs(path, [word.island for word in said])]


def test_short_restart_is_a_run_of_its_own() -> None:
    """Two words too many cost less than going back, so the path alone does not tell."""
    assert runs_of("the quick", "the quick brown fox jumps") == [(0, 1), (0, 4)]


def test_restart_of_a_broken_word_is_a_run_of_its_own() -> None:
    assert runs_of("the qui", "the quick brown fox jumps") == [(0, 1), (0, 4)]


def test_restart_of_the_last_words_is_a_run_of_its_own() -> None:
    assert runs_of("the quick brown fox", "brown fox jumps over") == [(0, 1), (2, 3), (2, 5)]


def test_take_after_a_remark_reads_the_script() -> None:
    islands = ("the quick brown", "sorry let me start again", "the quick brown", "fox jumps over the lazy dog")
    assert runs_of(*islands) == [(0, 2), (0, 8)]


def test_remark_before_a_take_is_trimmed_off_it() -> None:
    spoken = ("and then sleeps under an old tree", "no wait", "the was room", "and then sleeps under an old tree")
    assert runs_of(" ".join(SCRIPT[:9]), *spoken) == [(0, 15), (9, 15)]


def test_misheard_remark_owns_no_words_left_out_after_it() -> None:
    places = [*range(9), 6, 7, 10, 11]
    path = Path(
        np.array(places, dtype=np.int32),
        np.full(13, MATCHED, dtype=np.uint8),
        np.arange(13) == 9,
        np.ones(13, dtype=np.float32),
    )
    found = find_runs(path, [0] * 9 + [1] * 2 + [2] * 2)
    assert [(run.start, run.end) for run in found] == [(0, 8), (6, 7), (10, 11)]


def test_restart_before_an_added_remark_is_a_run_of_its_own() -> None:
    assert runs_of("the quick", "once more", "the quick brown fox jumps") == [(0, 1), (0, 4)]


def test_word_missed_inside_an_island_ends_no_run() -> None:
    assert runs_of("the quick fox jumps over") == [(0, 5)]


def test_words_right_before_the_next_match_read_the_script() -> None:
    said = heard(talk("the quick brown", "fox jumps over"))
    path = Path(
        np.array([-1, -1, -1, 3, 4, 5], dtype=np.int32),
        np.array([OFF_SCRIPT] * 3 + [MATCHED] * 3, dtype=np.uint8),
        np.arange(6) == 3,
        np.ones(6, dtype=np.float32),
    )
    mark_restarts(path, said, SCRIPT)
    assert path.places.tolist() == list(range(6))
    assert set(path.kinds.tolist()) == {MATCHED}


def test_heard_word_takes_the_verdict_of_its_first_word() -> None:
    listening = talk("$5", "um")
    words = heard(listening)
    assert [word.text for word in words] == ["five", "dollars"]
    assert verdicts_of_heard(listening, words, [KEPT, Verdict("off_script")]) == [KEPT, Verdict("filler")]


@pytest.mark.parametrize(
    ("again", "read"), [("the moles were afraid", True), ("the goals are great", False), ("the", False)]
)
def test_island_heard_like_the_one_before_reads_what_it_read(again: str, read: bool) -> None:
    islands = ["the moles were afraid", "a remark", again]
    said = [
        Heard(word, 0, island, place == 0)
        for island, text in enumerate(islands)
        for place, word in enumerate(text.split())
    ]
    path = Path.of_length(len(said))
    path.places[:4], path.kinds[:4], path.similar[:4] = range(7, 11), MATCHED, 0.7
    mark_echoes(path, said)
    echo = slice(6, len(said))
    assert (path.kinds[echo] == MATCHED).all() == read
    assert path.jumps[6] == read
    if read:
        assert path.places[echo].tolist() == [7, 8, 9, 10]
