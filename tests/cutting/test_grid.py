"""Frame rates and the frame grid."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roughy_box.cutting.clock_time import clock_time
from roughy_box.cutting.grid import Grid, standard_rate


@pytest.mark.parametrize(
    ("measured", "standard"),
    [
        ("2997/100", "30000/1001"),
        ("2999/100", "30"),
        ("87169000/2905633", "30"),
        ("2398/100", "24000/1001"),
        ("23976/1000", "24000/1001"),
        ("24", "24"),
        ("24000/1001", "24000/1001"),
        ("5994/100", "60000/1001"),
        ("50", "50"),
        ("15", "15"),
        ("25/2", "25/2"),
        ("29.5", "59/2"),
    ],
)
def test_rate_snaps_to_the_standard_list(measured: str, standard: str) -> None:
    assert standard_rate(Fraction(measured)) == Fraction(standard)


@pytest.mark.parametrize(("rate", "length"), [("0", 5), ("-25", 5), ("25", 0)])
def test_grid_without_frames_is_refused(rate: str, length: int) -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        Grid(Fraction(rate), length)


def test_points_snap_to_the_nearest_frame_inside() -> None:
    grid = Grid(Fraction(25), 50)
    assert [grid.frame(seconds) for seconds in (-1, 0.019, 0.021, 1.99, 3)] == [0, 0, 1, 50, 50]


@given(st.sampled_from(["24000/1001", "25", "30000/1001", "120", "1000"]), st.integers(0, 10**7))
def test_frame_written_with_six_decimals_comes_back(rate: str, frame: int) -> None:
    grid = Grid(Fraction(rate), 10**7)
    assert grid.frame(round(grid.seconds(frame), 6)) == frame


def test_grid_of_sound_is_milliseconds() -> None:
    assert Grid.of_sound(1.2345) == Grid(Fraction(1000), 1235)
    assert Grid.of_sound(0).length == 1


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (65.9, "1:05"), (3725.4, "1:02:05"), (-1, "0:00")])
def test_clock_time_is_as_on_a_player(seconds: float, text: str) -> None:
    assert clock_time(seconds) == text
