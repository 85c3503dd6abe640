"""Runs the jobs of all kinds.

What there is to do stands in the tables, never here: a job is started when its row is found waiting, and a process
that was killed finds the same rows again. In memory are only the jobs that run, those that wait for another try,
and whose turn it is.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from roughy_box.base.tasks import log_exception
from roughy_box.jobs.kind import Job, JobProgress, Kind

log = logging.getLogger(__name__)

C = TypeVar("C")

FIRST_RETRY = 60.0  # seconds until a job is tried again after trouble that is not the media's
LAST_RETRY = 900.0  # seconds; each wait is twice the one before, up to this


@dataclass(slots=True)
class _Running:
    job: Job
    progress: JobProgress
    task: asyncio.Task[None]


@dataclass(frozen=True, slots=True)
class _Postponed:
    """A job that failed by no fault of its own: how often, and when it is due again (monotonic)."""

    failures: int
    due: float


class _Queue(Generic[C]):
    """The jobs of one kind: those that run, those that are postponed, and the account that had the last turn."""

    def __init__(self, kind: Kind[C]) -> None:
        self.kind = kind
        self.running: dict[str, _Running] = {}
        self.blocked_since: float | None = None
        self._postponed: dict[str, _Postponed] = {}
        self._last_account = ""

    async def next(self, context: C) -> Job | None:
        """Return the oldest waiting job of the account whose turn it is, or None."""
        excluded = self._not_now()
        job = await self.kind.find(context, self._last_account, excluded)
        if job is None and self._last_account:
            job = await self.kind.find(context, "", excluded)
        if job:
            self._last_account = job.account_id
        return job

    def postpone(self, job: Job) -> float:
        """Have ``job`` tried again later, and later each time; return the seconds until then."""
        known = self._postponed.get(job.id)
        failures = known.failures + 1 if known else 1
        pause = min(LAST_RETRY, FIRST_RETRY * 2.0 ** min(failures - 1, 10))
        self._postponed[job.id] = _Postponed(failures, time.monotonic() + pause)
        return pause

    def settle(self, job: Job) -> None:
        """Forget the failures of a job that ended."""
        self._postponed.pop(job.id, None)

    def _not_now(self) -> Collection[str]:
        now = time.monotonic()
        # What was due that long ago was deleted meanwhile: it would have failed again, or succeeded.
        self._postponed = {key: each for key, each in self._postponed.items() if each.due > now - LAST_RETRY}
        return [*self.running, *(job_id for job_id, each in self._postponed.items() if each.due > now)]


class Engine(Generic[C]):
    """Runs the waiting jobs of ``kinds``, which are in the order of their priority, within ``slots`` CPU slots.

    ``expected``: errors of the box, a full disk among them, that say all there is to say in one line of the log.
    """

    def __init__(
        self,
        kinds: Sequence[Kind[C]],
        context: C,
        slots: int,
        expected: tuple[type[Exception], ...] = (OSError,),
    ) -> None:
        self.slots = slots
        self._expected = expected
        self.retries: Counter[str] = Counter()  # by kind
        self._context = context
        self._queues = {kind.name: _Queue(kind) for kind in kinds}
        self._filling = asyncio.Lock()
        self._wake_up: asyncio.Task[None] | None = None
        self._is_woken = False
        self._closed = False

    @property
    def kinds(self) -> list[str]:
        """Return the names of the kinds, in the order of their priority."""
        return list(self._queues)

    def running(self, kind: str) -> int:
        """Return how many jobs of a kind run."""
        return len(self._queues[kind].running)

    def progress(self, kind: str, job_id: str) -> JobProgress | None:
        """Return the progress of a running job, None for one that does not run."""
        running = self._queues[kind].running.get(job_id)
        return running.progress if running else None

    def running_jobs(self, kind: str) -> list[tuple[Job, JobProgress]]:
        """Return the jobs of a kind that run, with their progress."""
        return [(each.job, each.progress) for each in self._queues[kind].running.values()]

    def wake(self) -> None:
        """Look for work now rather than at the next tick."""
        if not self._closed and not self._is_woken:
            self._is_woken = True
            self._wake_up = asyncio.create_task(self.fill())
            self._wake_up.add_done_callback(log_exception)

    async def fill(self) -> None:
        """Start what waits, as far as the budget allows."""
        async with self._filling:
            self._is_woken = False
            for queue in self._queues.values():
                try:
                    await self._fill(queue)
                except Exception as error:
                    trace = not isinstance(error, self._expected)
                    log.error("waiting jobs of kind %s cannot be found: %s", queue.kind.name, error, exc_info=trace)

    async def cancel(self, subject_id: str) -> None:
        """Stop the jobs of a row or of an asset, of whatever kind; return when none of them holds a file any more."""
        # A fill that found the row before it was deleted starts its job first.
        async with self._filling:
            tasks = [each.task for each in self._all() if subject_id in (each.job.id, each.job.asset_id)]
        await _stopped(tasks)

    async def close(self) -> None:
        """Stop all jobs; what was not finished begins again at the next start."""
        self._closed = True
        async with self._filling:
            tasks = [each.task for each in self._all()]
        await _stopped(tasks)
        if self._wake_up:
            await asyncio.wait({self._wake_up})

    def _all(self) -> Iterator[_Running]:
        return (running for queue in self._queues.values() for running in queue.running.values())

    async def _fill(self, queue: _Queue[C]) -> None:
        while not self._closed and (slots := self._room(queue)) is not None:
            job = await queue.next(self._context)
            if job is None:
                queue.blocked_since = None
                return
            self._start(queue, job, slots)

    def _room(self, queue: _Queue[C]) -> int | None:
        """Return the slots that one more job of a kind would get; None when it must wait."""
        kind, count = queue.kind, len(queue.running)
        if kind.cap is not None and count >= kind.cap:
            return None
        if not kind.takes_slot:
            return 0
        free = self.slots - sum(each.progress.slots for each in self._all())
        if free > 0:
            queue.blocked_since = None
            return free if kind.takes_all else 1
        if kind.has_own_slot and not count:
            return 1
        # Until nothing of the kind waits any more, however long the jobs of other kinds go on.
        return 1 if not count and self._has_waited_long(queue) else None

    def _has_waited_long(self, queue: _Queue[C]) -> bool:
        if queue.kind.longest_wait is None:
            return False
        if queue.blocked_since is None:
            queue.blocked_since = time.monotonic()
        return time.monotonic() - queue.blocked_since >= queue.kind.longest_wait

    def _start(self, queue: _Queue[C], job: Job, slots: int) -> None:
        progress = JobProgress(slots)
        task = asyncio.create_task(self._run(queue, job, progress))
        queue.running[job.id] = _Running(job, progress, task)

    async def _run(self, queue: _Queue[C], job: Job, progress: JobProgress) -> None:
        try:
            await queue.kind.run(self._context, job, progress)
            queue.settle(job)
        except asyncio.CancelledError:
            queue.settle(job)
            raise
        except Exception as error:
            self._retry(queue, job, error)
        finally:
            del queue.running[job.id]
            self.wake()

    def _retry(self, queue: _Queue[C], job: Job, error: Exception) -> None:
        pause = queue.postpone(job)
        self.retries[queue.kind.name] += 1
        trace = not isinstance(error, self._expected)
        log.error(
            "%s of asset %s failed and is tried again in %.0f s: %s",
            *(queue.kind.name, job.asset_id, pause, error),
            exc_info=trace,
        )


async def _stopped(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
