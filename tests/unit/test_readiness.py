"""Readiness: shared by all who ask, bounded in time, and never two tries of the same check at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from roughy_box.media.children import ChildError
from roughy_box.operations import readiness
from roughy_box.operations.readiness import CHECKS, Readiness


class Probe:
    """A check that counts its tries and can be made to hang or fail."""

    def __init__(self) -> None:
        self.tries = 0
        self.problem: str | None = None
        self.trouble: Exception | None = None
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, _box: Any) -> str | None:
        self.tries += 1
        await self.go.wait()
        if self.trouble:
            raise self.trouble
        return self.problem


@pytest.fixture
async def probe(monkeypatch: pytest.MonkeyPatch) -> Probe:
    probe = Probe()
    monkeypatch.setattr(readiness, "CHECKS", {"disk": probe})
    return probe


def look_at(**box: Any) -> Readiness:
    return Readiness(SimpleNamespace(**box))  # type: ignore[arg-type]


async def test_readiness_concurrent_requests_share_check(probe, monkeypatch):
    looking = look_at()
    await asyncio.gather(*(looking.check() for _ in range(100)))
    await looking.check()
    assert probe.tries == 1
    monkeypatch.setattr(readiness, "FRESH", 0.0)
    await looking.check()
    assert probe.tries == 2


async def test_readiness_cancelled_request_others_answered(probe):
    probe.go.clear()
    looking = look_at()
    first, second = (asyncio.create_task(looking.check()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    probe.go.set()
    assert [check.problem for check in await second] == [None]


async def test_readiness_hanging_check_reported_not_restarted(probe, monkeypatch):
    monkeypatch.setattr(readiness, "CHECK_TIMEOUT", 0.01)
    monkeypatch.setattr(readiness, "FRESH", 0.0)
    probe.go.clear()
    looking = look_at()
    for _ in range(3):
        (check,) = await looking.check()
        assert "No answer" in str(check.problem)
    assert probe.tries == 1
    probe.go.set()
    async with asyncio.timeout(30):
        while (await looking.check())[0].problem:
            pass


async def test_readiness_failing_check_details_only_in_log(probe, caplog):
    probe.trouble = RuntimeError("a path of ours")
    (check,) = await look_at().check()
    assert "could not be checked" in str(check.problem)
    assert "a path of ours" not in str(check.problem)
    assert "a path of ours" in caplog.text


async def test_readiness_only_changes_logged(probe, monkeypatch, caplog):
    monkeypatch.setattr(readiness, "FRESH", 0.0)
    caplog.set_level("INFO")
    looking = look_at()
    for problem in (None, "Full.", "Full.", "Full.", None, None):
        probe.problem = problem
        await looking.check()
    assert [record.message for record in caplog.records] == ["not ready: disk: Full.", "ready again: disk"]


def detector(start: Callable[[], Awaitable[None]]) -> SimpleNamespace:
    return SimpleNamespace(start=start)


async def no_child() -> None:
    raise ChildError("media-detect did not start: it ended with status 1")


@pytest.mark.parametrize(
    ("name", "box", "words"),
    [
        ("serving", {"draining": True}, "The box is stopping"),
        ("serving", {"draining": False}, None),
        ("scheduler", {"ticked_at": None}, "has not started"),
        ("scheduler", {"ticked_at": time.monotonic() - 3600}, "not ticked for 3"),
        ("scheduler", {"ticked_at": time.monotonic() + 3600}, None),
        ("media", {"detector": detector(no_child)}, "it ended with status 1"),
    ],
)
async def test_readiness_internal_checks(name, box, words):
    problem = await CHECKS[name](SimpleNamespace(**box))
    assert (problem is None) if words is None else (words in problem and readiness.HELP[name] in problem)
