"""The signals that stop a server: two at once are one, a later one ends it without draining."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from roughy_box.http import serve


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Restore the handlers of the test run."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def is_handled() -> bool:
    return signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL


async def stopped() -> asyncio.Event:
    """The event that a first signal sets."""
    stop = serve._stop_on_signal()
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(stop.wait(), 30)
    return stop


async def test_same_signal_twice_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "ONE_SIGNAL", 3600.0)
    stop = await stopped()
    for _ in range(10):
        await asyncio.sleep(0)
    assert is_handled()
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.sleep(0)
    assert stop.is_set()


async def test_later_signal_default_action(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "ONE_SIGNAL", 0.01)
    await stopped()
    async with asyncio.timeout(30):
        while is_handled():
            await asyncio.sleep(0.01)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
