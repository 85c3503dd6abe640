"""The job engine: order, fairness, slots, cancellation, retries, and kinds that fail at every step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import replace
from types import SimpleNamespace

import pytest

from roughy_box.jobs import engine as engine_module
from roughy_box.jobs import failure_log, postponed, queue
from roughy_box.jobs.engine import Engine
from roughy_box.jobs.kind import Job, JobProgress, Kind


class Desk:
    """Stands in for the tables: the rows that wait, and what became of them."""

    def __init__(self) -> None:
        self.waiting: dict[str, list[Job]] = {}
        self.looks: list[str] = []  # the kinds that rows were looked for, one for each look
        self.started: list[str] = []
        self.done: list[str] = []
        self.cancelled: list[str] = []
        self.gate = asyncio.Event()
        self.trouble: Exception | None = None

    def add(self, kind: str, account: str, *names: str, asset: str = "") -> None:
        """Let rows wait, in this order."""
        self.waiting.setdefault(kind, []).extend(Job(name, account, asset or name) for name in names)

    def kind(self, name: str, **settings: object) -> Kind[Desk]:
        """Return a kind whose jobs run until the gate is open."""

        async def find(desk: Desk, after: str, excluded: Collection[str], /, *, newest: bool = False) -> Job | None:
            seen = set(excluded)
            desk.looks.append(name)
            rows = [job for job in desk.waiting.get(name, []) if job.id not in seen]
            ordered = rows[::-1] if newest else rows
            return min(ordered, key=lambda job: (job.account_id <= after, job.account_id), default=None)

        async def run(desk: Desk, job: Job, progress: JobProgress) -> None:
            desk.started.append(job.id)
            try:
                await desk.gate.wait()
                if desk.trouble:
                    raise desk.trouble
            except asyncio.CancelledError:
                desk.cancelled.append(job.id)
                raise
            desk.waiting[name].remove(job)
            desk.done.append(job.id)

        return replace(Kind(name, find, run), **settings)  # type: ignore[arg-type]


@pytest.fixture
async def desk() -> Desk:
    return Desk()


Start = Callable[..., Engine[Desk]]


@pytest.fixture
async def start(desk: Desk) -> AsyncIterator[Start]:
    engines: list[Engine[Desk]] = []

    def make(*kinds: Kind[Desk], slots: int = 2) -> Engine[Desk]:
        engines.append(Engine(kinds, desk, slots))
        return engines[-1]

    yield make
    for engine in engines:
        await engine.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.001)


class Clock:
    """The monotonic clock of the engine, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        for module in (engine_module, failure_log, postponed, queue):
            monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: self.now))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def test_fill_slots_taken_starts_no_more(desk: Desk, start: Start) -> None:
    desk.add("a", "1", "x", "y", "z")
    engine = start(desk.kind("a"))
    await engine.fill()
    await until(lambda: len(desk.started) == 2)
    await engine.fill()
    assert (desk.started, engine.running("a")) == (["x", "y"], 2)
    desk.gate.set()
    await until(lambda: desk.done == ["x", "y", "z"])


async def test_fill_two_kinds_higher_priority_first(desk: Desk, start: Start) -> None:
    desk.add("low", "1", "l1", "l2")
    desk.add("high", "1", "h1", "h2")
    desk.gate.set()
    engine = start(desk.kind("high"), desk.kind("low"), slots=1)
    await engine.fill()
    await until(lambda: len(desk.done) == 4)
    assert desk.started == ["h1", "h2", "l1", "l2"]


async def test_fill_many_rows_of_one_account_others_in_turn(desk: Desk, start: Start) -> None:
    desk.add("a", "1", *(f"big{number}" for number in range(1000)))
    desk.add("a", "2", *(f"small{number}" for number in range(10)))
    desk.gate.set()
    engine = start(desk.kind("a"), slots=1)
    await engine.fill()
    await until(lambda: len(desk.done) >= 25)
    assert sum(name.startswith("small") for name in desk.started[:21]) == 10
    assert [name for name in desk.started if name.startswith("small")] == [f"small{number}" for number in range(10)]


async def test_own_slot_budget_taken_one_more_starts(desk: Desk, start: Start) -> None:
    desk.add("render", "1", "r")
    desk.add("prepare", "1", "p1", "p2")
    engine = start(desk.kind("prepare", has_own_slot=True), desk.kind("render", takes_all=True))
    desk.waiting["prepare"], later = [], desk.waiting["prepare"]
    await engine.fill()
    await until(lambda: desk.started == ["r"])
    desk.waiting["prepare"] = later
    await engine.fill()
    await until(lambda: desk.started == ["r", "p1"])
    await engine.fill()
    assert engine.running("prepare") == 1


async def test_own_slot_long_job_gives_way(desk: Desk, start: Start, clock: Clock) -> None:
    desk.add("waveform", "1", "w1", "w2")
    desk.add("cut", "1", "c1", "c2")
    engine = start(
        desk.kind("prepare", has_own_slot=True, gives_way=10.0),
        desk.kind("cut", has_own_slot=True),
        desk.kind("waveform"),
    )
    desk.waiting["cut"], cuts = [], desk.waiting["cut"]
    await engine.fill()
    desk.waiting["cut"] = cuts
    desk.add("prepare", "1", *"abcde")
    running = []
    for _ in range(5):
        await engine.fill()
        clock.now += 9.9
        await engine.fill()
        running.append((engine.running("prepare"), engine.running("cut")))
        clock.now += 0.2
    assert running == [(1, 1), (2, 1), (3, 1), (3, 1), (3, 1)]


async def test_takes_all_gets_the_free_slots(desk: Desk, start: Start) -> None:
    desk.add("prepare", "1", "p")
    desk.add("render", "1", "r")
    engine = start(desk.kind("prepare"), desk.kind("render", takes_all=True), slots=4)
    await engine.fill()
    progress = engine.progress("render", "r")
    assert progress
    assert progress.slots == 3


async def test_longest_wait_over_starts_beyond_budget(desk: Desk, start: Start) -> None:
    desk.add("render", "1", "r")
    desk.add("poster", "1", "p1", "p2")
    engine = start(desk.kind("render", takes_all=True), desk.kind("poster", longest_wait=0.05))
    await engine.fill()
    assert engine.running("poster") == 0
    await asyncio.sleep(0.06)
    await engine.fill()
    assert engine.running("poster") == 1
    await engine.fill()
    assert engine.running("poster") == 1


async def test_longest_wait_over_all_of_the_kind_in_turn(desk: Desk, start: Start) -> None:
    desk.add("render", "1", "r")
    desk.add("poster", "1", *(f"p{number}" for number in range(20)))
    render, posters = desk.kind("render", takes_all=True), desk.kind("poster", longest_wait=0.05)

    async def quick(desk: Desk, job: Job, progress: JobProgress) -> None:
        desk.waiting["poster"].remove(job)
        desk.done.append(job.id)

    engine = start(render, replace(posters, run=quick))
    await engine.fill()
    await asyncio.sleep(0.06)
    await engine.fill()
    await until(lambda: len(desk.done) == 20)
    assert engine.running("render") == 1


async def test_no_slot_taken_kind_runs_up_to_its_cap(desk: Desk, start: Start) -> None:
    desk.add("render", "1", "r")
    desk.add("delivery", "1", "d1", "d2", "d3")
    engine = start(desk.kind("render", takes_all=True), desk.kind("delivery", takes_slot=False, cap=2))
    await engine.fill()
    assert (engine.running("render"), engine.running("delivery")) == (1, 2)


async def test_cancel_running_job_returns_when_it_has_ended(desk: Desk, start: Start) -> None:
    desk.add("poster", "1", "p", asset="asset")
    desk.add("waveform", "1", "w", asset="asset")
    desk.add("waveform", "1", "other")
    engine = start(desk.kind("poster"), desk.kind("waveform"), slots=3)
    await engine.fill()
    await until(lambda: len(desk.started) == 3)
    desk.waiting["poster"], desk.waiting["waveform"] = [], desk.waiting["waveform"][1:]
    await engine.cancel("asset")
    assert sorted(desk.cancelled) == ["p", "w"]
    assert (engine.running("poster"), engine.running("waveform")) == (0, 1)


async def test_end_of_job_looks_at_kinds_it_leads_to(desk: Desk, start: Start) -> None:
    desk.add("a", "1", "x")
    engine = start(desk.kind("a", leads_to=("c",)), desk.kind("b"), desk.kind("c"))
    await engine.fill()
    desk.looks.clear()
    desk.add("c", "1", "made")
    desk.gate.set()
    await until(lambda: desk.done == ["x", "made"])
    assert "b" not in desk.looks


async def test_wake_of_one_kind_looks_at_no_other(desk: Desk, start: Start) -> None:
    engine = start(desk.kind("a"), desk.kind("b"))
    await engine.fill()
    desk.looks.clear()
    desk.add("b", "1", "x")
    engine.wake("b")
    await until(lambda: desk.started == ["x"])
    assert "a" not in desk.looks


async def test_cancel_while_found_job_is_stopped(desk: Desk, start: Start) -> None:
    """A row that was found before it was deleted must not start behind the back of the deletion."""
    desk.add("a", "1", "x")
    kind, found = desk.kind("a"), asyncio.Event()
    looked = asyncio.Event()

    async def slow_find(desk: Desk, after: str, excluded: Collection[str], /, *, newest: bool = False) -> Job | None:
        job = await kind.find(desk, after, excluded)
        looked.set()
        await found.wait()
        return job

    engine = start(replace(kind, find=slow_find))
    engine.wake()
    await looked.wait()
    desk.waiting["a"] = []
    cancelling = asyncio.create_task(engine.cancel("x"))
    await asyncio.sleep(0)
    found.set()
    await cancelling
    assert engine.running("a") == 0
    assert desk.done == []


async def test_failure_of_a_job_retried_with_growing_waits(desk: Desk, start: Start, clock: Clock) -> None:
    desk.add("a", "1", "bad")
    desk.trouble = OSError("the disk is full")
    desk.gate.set()
    engine = start(desk.kind("a"))
    for failures, wait in enumerate((60.0, 120.0, 240.0, 480.0, 900.0, 900.0), start=1):
        await engine.fill()
        await until(lambda: engine.retries["a"] == failures)  # noqa: B023
        clock.now += wait - 1
        await engine.fill()
        assert len(desk.started) == failures
        clock.now += 1
    desk.trouble = None
    await engine.fill()
    await until(lambda: desk.done == ["bad"])


async def test_failure_of_a_job_others_go_on(desk: Desk, start: Start) -> None:
    desk.add("a", "1", "bad", "good")
    bad = desk.kind("a")

    async def run(desk: Desk, job: Job, progress: JobProgress) -> None:
        if job.id == "bad":
            raise RuntimeError("a bug")
        await bad.run(desk, job, progress)

    desk.gate.set()
    engine = start(replace(bad, run=run), slots=1)
    await engine.fill()
    await until(lambda: desk.done == ["good"])


async def test_retries_come_after_rows_never_tried(desk: Desk, start: Start, clock: Clock) -> None:
    desk.add("a", "1", "bad")
    desk.add("a", "2", "other")
    desk.trouble = OSError("its file is missing")
    desk.gate.set()
    engine = start(desk.kind("a"), slots=1)
    await engine.fill()
    await until(lambda: engine.retries["a"] == 2)
    desk.trouble = None
    clock.now += 61
    desk.add("a", "1", "new1", "new2")
    await engine.fill()
    await until(lambda: len(desk.done) == 4)
    assert desk.done == ["new1", "other", "new2", "bad"], "new ones first within an account, accounts in turn"


async def test_very_many_failures_cost_little(
    desk: Desk, start: Start, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    desk.add("a", "1", *(f"bad{number}" for number in range(3000)), "good", "bad")
    desk.add("a", "2", "other")
    kind = desk.kind("a")

    async def run(desk: Desk, job: Job, progress: JobProgress) -> None:
        if job.id.startswith("bad"):
            desk.started.append(job.id)
            raise FileNotFoundError(f"no bytes for {job.id}")
        await kind.run(desk, job, progress)

    desk.gate.set()
    engine = start(replace(kind, run=run), slots=1)
    for _ in range(24):
        await engine.fill()
        await until(lambda: not engine.running("a"))
        await asyncio.sleep(0.005)
        clock.now += 5
    assert len(desk.started) <= postponed.BURST + 24 * 5 * postponed.FAILURES_PER_SECOND + 2
    assert set(desk.done) == {"good", "other"}, (
        "the failures of an account hold up neither another one nor its new rows"
    )
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0] == "a of asset bad0 failed and is tried again in 60 s: no bytes for bad0"
    assert 2 <= len(lines) <= 3, lines
    assert "more times within 60 s" in lines[1]


async def test_job_without_result_postponed(
    desk: Desk, start: Start, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    desk.add("a", "1", "same", "next")
    kind = desk.kind("a")

    async def run(desk: Desk, job: Job, progress: JobProgress) -> None:
        if job.id == "same":
            desk.started.append(job.id)
        else:
            await kind.run(desk, job, progress)

    desk.gate.set()
    engine = start(replace(kind, run=run), slots=1)
    await engine.fill()
    await until(lambda: desk.done == ["next"])
    assert desk.started == ["same"] * queue.MOST_AT_ONCE + ["next"]
    assert "it ended without a result" in caplog.text
    clock.now += 61
    await engine.fill()
    await until(lambda: desk.started.count("same") == 2 * queue.MOST_AT_ONCE)


async def test_failure_to_find_other_kinds_go_on(desk: Desk, start: Start) -> None:
    async def find(desk: Desk, after: str, excluded: Collection[str], /, *, newest: bool = False) -> Job | None:
        raise RuntimeError("no such table")

    desk.add("b", "1", "x")
    desk.gate.set()
    engine = start(replace(desk.kind("a"), find=find), desk.kind("b"))
    await engine.fill()
    await until(lambda: desk.done == ["x"])


async def test_close_running_jobs_cancelled_and_none_started(desk: Desk, start: Start) -> None:
    desk.add("a", "1", "x", "y", "z")
    engine = start(desk.kind("a"))
    await engine.fill()
    await until(lambda: len(desk.started) == 2)
    await engine.close()
    await engine.fill()
    engine.wake()
    assert sorted(desk.cancelled) == ["x", "y"]
    assert desk.started == ["x", "y"]


def test_progress_reported_backwards_stays() -> None:
    progress = JobProgress(slots=1)
    progress.report(0.5, "matching")
    progress.report(0.2)
    assert (progress.fraction, progress.stage) == (0.5, "matching")
    progress.report(7.0)
    assert progress.fraction == 1.0
