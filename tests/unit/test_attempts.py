"""Wrong keys by address."""

from __future__ import annotations

import pytest

from roughy_box.http.server import call
from roughy_box.http.server.call import FailedAttempts


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, in its only element."""
    moment = [1000.0]
    monkeypatch.setattr(call.time, "monotonic", lambda: moment[0])
    return moment


def test_attempts_new_minute_count_restarts(clock):
    failed = FailedAttempts(2)
    waits = []
    for seconds in (0, 10, 10, 39.5, 0.5, 1, 1):
        clock[0] += seconds
        waits.append(failed.note("192.0.2.1"))
    assert waits == [0, 0, 40, 1, 0, 0, 58]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:0:0:1", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("unknown", "unknown", True),
    ],
)
def test_attempts_ipv6_counted_by_network(clock, one, other, is_same):
    failed = FailedAttempts(1)
    failed.note(one)
    assert bool(failed.note(other)) is is_same


def test_attempts_oldest_address_dropped_first(clock, monkeypatch):
    monkeypatch.setattr(call, "MOST_ADDRESSES", 2)
    failed = FailedAttempts(1)
    for address in ("a", "b", "a", "c"):
        failed.note(address)
    assert [bool(failed.note(address)) for address in ("a", "c")] == [True, True]
    assert failed.note("b") == 0
