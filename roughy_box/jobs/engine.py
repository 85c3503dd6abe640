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
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

from roughy_box.base.tasks import log_exception
from roughy_box.jobs.failure_log import FailureLog
from roughy_box.jobs.kind import Job, JobProgress, Kind
from roughy_box.jobs.queue import Queue, Running

log = logging.getLogger(__name__)

C = TypeVar("C")


class UnchangedError(Exception):
    """A job ended well, but its row waits as before."""


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
        self._failures = FailureLog((*expected, UnchangedError))
        self.retries: Counter[str] = Counter()  # by kind
        self._context = context
        self._queues = {kind.name: Queue(kind) for kind in kinds}
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

    def wake(self, *kinds: str) -> None:
        """Look for work now rather than at the next tick; ``kinds``: those that may have new rows, by default all."""
        for kind in kinds or self._queues:
            self._queues[kind].may_wait = True
        self._fill_soon()

    def _fill_soon(self) -> None:
        if not self._closed and not self._is_woken:
            self._is_woken = True
            self._wake_up = asyncio.create_task(self._fill_all())
            self._wake_up.add_done_callback(log_exception)

    async def fill(self) -> None:
        """Start what waits, as far as the budget allows. Rows that were postponed are found when this ticks."""
        for queue in self._queues.values():
            queue.may_wait = True
        await self._fill_all()

    async def _fill_all(self) -> None:
        async with self._filling:
            self._is_woken = False
            self._failures.flush()
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

    def _all(self) -> Iterator[Running]:
        return (running for queue in self._queues.values() for running in queue.running.values())

    async def _fill(self, queue: Queue[C]) -> None:
        while not self._closed and queue.may_wait and (slots := self._room(queue)) is not None:
            queue.may_wait = False  # before the look, during which a new row may come
            job = await queue.next(self._context)
            if job is None:
                queue.blocked_since = None
                return
            queue.may_wait = True
            self._start(queue, job, slots)

    def _room(self, queue: Queue[C]) -> int | None:
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
        if kind.has_own_slot and self._gives_way(queue):
            return 1
        # Until nothing of the kind waits any more, however long the jobs of other kinds go on.
        return 1 if not count and self._has_waited_long(queue) else None

    def _gives_way(self, queue: Queue[C]) -> bool:
        """Return whether the jobs of a kind leave its own slot to one more: none runs, or all do for long."""
        if not queue.running:
            return True
        if queue.kind.gives_way is None or len(queue.running) > self.slots:
            return False
        return time.monotonic() - max(each.began for each in queue.running.values()) >= queue.kind.gives_way

    def _has_waited_long(self, queue: Queue[C]) -> bool:
        if queue.kind.longest_wait is None:
            return False
        if queue.blocked_since is None:
            queue.blocked_since = time.monotonic()
        return time.monotonic() - queue.blocked_since >= queue.kind.longest_wait

    def _start(self, queue: Queue[C], job: Job, slots: int) -> None:
        progress, began = JobProgress(slots), time.monotonic()
        task = asyncio.create_task(self._run(queue, job, progress, began))
        queue.running[job.id] = Running(job, progress, task, began)

    async def _run(self, queue: Queue[C], job: Job, progress: JobProgress, began: float) -> None:
        try:
            await queue.kind.run(self._context, job, progress)
            if queue.goes_round(job, began):
                raise UnchangedError("it ended without a result")
            queue.settle(job)
        except asyncio.CancelledError:
            queue.settle(job)
            raise
        except Exception as error:
            self._retry(queue, job, error)
        finally:
            del queue.running[job.id]
            self.wake(queue.kind.name, *queue.kind.leads_to)

    def _retry(self, queue: Queue[C], job: Job, error: Exception) -> None:
        self.retries[queue.kind.name] += 1
        self._failures.add(queue.kind.name, job, queue.postpone(job), error)


async def _stopped(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
