"""A wall clock that steps against the monotonic one, and what may be deleted by it."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from roughy_box.base.clock import SECOND, SteadyClock
from roughy_box.services import deadlines

DAY = 86_400.0


class Clocks:
    """Both clocks, in seconds."""

    def __init__(self) -> None:
        self.wall, self.monotonic = 1.8e9, 1000.0

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    both = Clocks()
    monkeypatch.setattr(time, "time_ns", lambda: int(both.wall * 1e9))
    monkeypatch.setattr(time, "monotonic_ns", lambda: int(both.monotonic * 1e9))
    return both


def test_steady_clock_time_passes_no_step(clocks):
    steady = SteadyClock()
    clocks.pass_by(3 * DAY)
    assert steady.take_step() is None
    assert steady.now() == clocks.wall * SECOND
    assert steady.is_steady_for(3 * DAY)


@pytest.mark.parametrize("by", [60 * DAY, -DAY, 2.0])
def test_steady_clock_step_seen_once(clocks, by):
    steady = SteadyClock()
    began = clocks.wall
    clocks.pass_by(1000)
    clocks.wall += by
    assert steady.now() == int((began + 1000) * SECOND)  # not before it is noticed
    step = steady.take_step()
    assert step
    assert (step.by, step.since, step.until) == (by * SECOND, began * SECOND, (began + 1000) * SECOND)
    assert steady.now() == clocks.wall * SECOND
    assert not steady.is_steady_for(1)
    assert steady.take_step() is None
    clocks.pass_by(1)
    assert steady.is_steady_for(1)


def test_steady_clock_slewed_no_step(clocks):
    steady = SteadyClock()
    for _ in range(10):
        clocks.pass_by(5)
        clocks.wall += 0.4
        assert steady.take_step() is None
    assert steady.is_steady_for(50)


@pytest.mark.parametrize(("expiry", "held_off"), [(2.0, 0.2), (3600.0, 360.0), (2 * DAY, 600.0), (30 * DAY, 600.0)])
@pytest.mark.parametrize("steps", [False, True])
def test_deadline_of_row_held_off(clocks, expiry, held_off, steps):
    box = SimpleNamespace(clock=SteadyClock())
    if steps:
        clocks.pass_by(DAY)
        clocks.wall += 60 * DAY
        box.clock.take_step()
    instant = int((clocks.wall - 1) * SECOND)
    clocks.pass_by(held_off - 0.01)
    assert not deadlines.is_past(box, instant, expiry)
    clocks.pass_by(0.02)
    assert deadlines.is_past(box, instant, expiry)
