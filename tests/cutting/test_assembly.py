"""Pieces to segments and dropped spans: pads, pauses, frames."""

from __future__ import annotations

from fractions import Fraction

import pytest

from roughy_box.cutting.assembly import segments
from roughy_box.cutting.grid import Grid
from roughy_box.cutting.leftovers import leftovers
from roughy_box.cutting.listening import HeardWord, Island, Listening
from roughy_box.cutting.options import Options
from roughy_box.cutting.pieces import Piece, find_pieces
from roughy_box.cutting.verdicts import KEPT, Judgement, Verdict
from tests.cutting.talk import HEARS, talk

MILLISECONDS = Grid(Fraction(1000), 10_000)
RETAKE = Verdict("retake", "the later one")


def piece(start: float, end: float, verdict: Verdict = KEPT) -> Piece:
    return Piece(start, end, verdict, 0, range(0))


def kept(*pieces: Piece, grid: Grid = MILLISECONDS, **options: float) -> list[tuple[int, int]]:
    return segments(pieces, Options(**options), grid)  # type: ignore[arg-type]


def dropped(*pieces: Piece, grid: Grid = MILLISECONDS) -> list[tuple[int, int, str]]:
    return [(span.start, span.end, span.reason) for span in leftovers(kept(*pieces, grid=grid), pieces, grid, 0.6)]


def test_speech_keeps_its_pads() -> None:
    assert kept(piece(2, 4)) == [(1920, 4120)]
    assert kept(piece(2, 4), pad_before=0.5, pad_after=0.0) == [(1500, 4000)]


def test_pads_end_with_the_source() -> None:
    assert kept(piece(0.02, 9.95)) == [(0, 10_000)]


def test_short_pause_stays() -> None:
    assert kept(piece(1, 2), piece(2.6, 4)) == [(920, 4120)]


def test_long_pause_is_shortened_to_the_option() -> None:
    first, second = kept(piece(1, 2), piece(4, 5))
    assert (first[1] - 2000) + (4000 - second[0]) == 600
    assert first[1] - 2000 == 360  # as the pads are to each other
    first, second = kept(piece(1, 2), piece(4, 5), max_pause=1.0, pad_before=0.0, pad_after=0.0)
    assert (first, second) == ((1000, 2500), (3500, 5000))


def test_pause_hardly_too_long_is_no_joint() -> None:
    assert len(kept(piece(1, 2), piece(2.63, 4))) == 1
    assert len(kept(piece(1, 2), piece(2.65, 4))) == 2


def test_pad_takes_half_the_pause_to_what_was_dropped() -> None:
    assert kept(piece(1, 2), piece(2.1, 3, RETAKE), piece(3.1, 4)) == [(920, 2050), (3050, 4120)]


def test_cut_inside_an_island_has_no_pad() -> None:
    assert kept(piece(1, 2), piece(2, 3, RETAKE), piece(3, 4)) == [(920, 2000), (3000, 4120)]


def test_speck_of_speech_is_dropped_unless_alone() -> None:
    pieces = (piece(1, 2), piece(2, 2.5, RETAKE), piece(2.5, 2.6), piece(2.6, 3, RETAKE), piece(3, 4))
    assert kept(*pieces) == [(920, 2000), (3000, 4120)]
    assert (2500, 2600, "noise") in dropped(*pieces)
    assert kept(piece(1, 1.05), pad_before=0.0, pad_after=0.0) == [(1000, 1150)]


@pytest.mark.parametrize("rate", ["24000/1001", "25", "60", "1000"])
def test_no_segment_is_under_150_ms(rate: str) -> None:
    grid = Grid(Fraction(rate), int(10 * Fraction(rate)))
    pieces = (piece(1, 2, RETAKE), piece(2, 2.13), piece(2.13, 4, RETAKE), piece(5, 6))
    assert all((end - start) / grid.rate >= Fraction(15, 100) for start, end in kept(*pieces, grid=grid))


def test_nothing_kept_has_no_segments() -> None:
    assert kept(piece(1, 2, RETAKE)) == []


def test_pause_in_front_of_a_dropped_take_goes_with_it() -> None:
    assert dropped(piece(1, 2), piece(2.5, 4, RETAKE), piece(4.5, 9.95)) == [(0, 920, "pause"), (2120, 4420, "retake")]


def test_long_pause_stands_alone() -> None:
    found = dropped(piece(0.05, 2), piece(4, 5, RETAKE), piece(5.5, 9.95))
    assert found == [(2120, 4000, "pause"), (4000, 5420, "retake")]


def test_pause_between_two_reasons_is_shared() -> None:
    found = dropped(piece(0.05, 2), piece(2, 3, RETAKE), piece(3.4, 4, Verdict("filler")), piece(4, 9.95))
    assert found == [(2000, 3200, "retake"), (3200, 4000, "filler")]


def test_pieces_of_one_take_are_one_span() -> None:
    found = dropped(piece(0.05, 2), piece(2, 3, RETAKE), piece(3.4, 4, RETAKE), piece(4, 9.95))
    assert found == [(2000, 4000, "retake")]


def judged(listening: Listening, *verdicts: Verdict) -> list[Piece]:
    judgement = Judgement.keeping(listening)
    judgement.words = list(verdicts)
    return find_pieces(listening, judgement, Grid.of_sound(listening.duration))


def test_island_is_cut_at_the_dip_between_words() -> None:
    listening = talk("harbor bridge", sound=True)
    assert listening.sound is not None
    border = listening.words[0].end + 0.09  # the recognizer was early
    listening.sound.levels[round((border - 0.02) / 0.005) : round((border + 0.02) / 0.005)] = 20
    first, second = judged(listening, KEPT, RETAKE)
    assert first.end == second.start == pytest.approx(border, abs=0.006)
    assert (first.words, second.words) == (range(1), range(1, 2))


def test_island_with_one_verdict_is_one_piece() -> None:
    listening = talk("harbor bridge", "mill")
    assert [(found.start, found.end) for found in judged(listening, KEPT, KEPT, RETAKE)] == [
        (island.start, island.end) for island in listening.islands
    ]


def test_word_times_outside_of_the_island_do_no_harm() -> None:
    words = tuple(HeardWord(text, 7.0, 7.5, 0) for text in "abc")
    listening = Listening(9.0, (Island(1.0, 2.0),), words, None, HEARS)
    pieces = judged(listening, KEPT, RETAKE, KEPT)
    assert pieces[0].start == 1.0
    assert pieces[-1].end == 2.0


def test_sound_outside_of_the_picture_has_no_pieces() -> None:
    listening = Listening(9.0, (Island(0.5, 1.5), Island(2.0, 4.0), Island(6.0, 7.0)), offset=-2.5)
    pieces = find_pieces(listening, Judgement.keeping(listening), Grid(Fraction(25), 100))
    assert [(found.start, found.end) for found in pieces] == [(0.0, 1.5), (3.5, 4.0)]
